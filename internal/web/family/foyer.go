package family

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	confirmPath = householdPath + "/confirmation"
	addressPath = householdPath + "/adresse"
)

func (p Pages) householdRoutes(s *web.Server) {
	s.Handle("GET /espace/foyer", p.Door.Family(p.household))
	s.Handle("POST /espace/foyer/informations/{rubrique}", p.Door.Family(p.declareHousehold))
	s.Handle("POST /espace/foyer/changements/{changement}/retrait", p.Door.Family(p.withdraw))
	s.Handle("POST /espace/foyer/quotient", p.Door.Family(p.chooseAsking))
	s.Handle("GET /espace/foyer/adresse", p.Door.Family(p.address))
	s.Handle("GET /espace/foyer/confirmation", p.Door.Family(p.confirmation))
	s.Handle("POST /espace/foyer/confirmation", p.Door.Family(p.confirm))
}

// householdView is the page of a household.
type householdView struct {
	Home      household.Household
	Due       string // since when a confirmation is asked; empty: none
	Confirmed string // the last one, in words
	Address   part
	Mine      []*part // of the guardian who looks: name, e-mail, phone
	Me        household.Guardian
	Others    []household.Guardian // of the same household
	Children  []kinLine
	Quotient  quotientView
}

// kinLine is a child in a list.
type kinLine struct{ Href, Name, Under, Note string }

// quotientView is the family quotient, and what it means.
type quotientView struct {
	Value, Source, Since string // empty Value: none is known
	Old                  []string
	Residence            string
	Prices               []priceLine
	Asking               bool   // the town may ask the CAF
	Refused              string // since when the household does not want it
}

// priceLine is what one unit of an activity costs the household today.
type priceLine struct{ What, Price, Why string }

func (p Pages) household(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showHousehold(w, r, who, nil)
}

func (p Pages) showHousehold(w http.ResponseWriter, r *http.Request, who household.Guardian, wrong *rejected) error {
	var v householdView
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx, who, wrong) })
	if err != nil {
		return err
	}
	return web.Render(w, r, statusOf(wrong), householdPage(p.frame(w, r, "Mon foyer", householdPath, who.Name()), v))
}

// statusOf is the status of a page shown again because of a form.
func statusOf(wrong *rejected) int {
	if wrong != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (v *householdView) load(r *http.Request, tx *db.Tx, who household.Guardian, wrong *rejected) (err error) {
	ctx, loc := r.Context(), web.Town(r).Loc
	today := civil.DateOf(tx.Now, loc)
	v.Me = who
	if v.Home, err = household.ByID(ctx, tx, who.HouseholdID); err != nil {
		return err
	}
	if err = v.loadConfirmation(ctx, tx, loc); err != nil {
		return err
	}
	settings, err := dossier.ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	if err = v.loadParts(ctx, tx, settings); err != nil {
		return err
	}
	mine, err := dossier.DeclaredBy(ctx, tx, healthKey(r), who.HouseholdID)
	if err != nil {
		return err
	}
	parts := append([]*part{&v.Address}, v.Mine...)
	fill(parts, ofGuardian(mine, who.ID), nil, wrong, loc)
	if err := addProofs(ctx, tx, who, parts); err != nil {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	if v.Children, err = kinLines(ctx, tx, who, c, today); err != nil {
		return err
	}
	if err := v.Quotient.loadAsking(r, tx, who.HouseholdID); err != nil {
		return err
	}
	return v.Quotient.load(ctx, tx, c, who.HouseholdID, today)
}

// ofGuardian leaves out what the other guardian of the household declared of themselves.
func ofGuardian(list []dossier.Change, id string) []dossier.Change {
	var out []dossier.Change
	for _, c := range list {
		if c.GuardianID == "" || c.GuardianID == id {
			out = append(out, c)
		}
	}
	return out
}

func (v *householdView) loadConfirmation(ctx context.Context, tx *db.Tx, loc *time.Location) error {
	since, err := dossier.ConfirmationDue(ctx, tx, v.Home.ID, loc)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		v.Due = since.DayMonthYear()
	}
	last, err := dossier.ConfirmationOf(ctx, tx, v.Home.ID)
	if !last.At.IsZero() {
		v.Confirmed = last.Guardian + " a confirmé ce dossier le " + civil.DateOf(last.At, loc).DayMonthYear() + "."
	}
	return err
}

// loadParts reads the address, and what one may change of oneself.
func (v *householdView) loadParts(ctx context.Context, tx *db.Tx, s dossier.Settings) error {
	guardians, err := household.Guardians(ctx, tx, v.Home.ID)
	for _, g := range guardians {
		if g.ID == v.Me.ID {
			v.Me = g
		} else {
			v.Others = append(v.Others, g)
		}
	}
	v.Address = newPart(s, "adresse", "Adresse", householdPath)
	v.Address.Known = dossier.Content{"adresse": v.Home.Address, "code_postal": v.Home.PostalCode, "commune": v.Home.City}
	v.Address.Choose, v.Address.Label = true, "Changer d’adresse"
	v.Address.Note = "Elle décide si vous payez le tarif de la commune : un changement est vérifié par le service."
	for _, own := range []struct {
		slug, title, label string
		known              dossier.Content
	}{
		{"nom", "Nom", "Changer mon nom", dossier.Content{"civilite": v.Me.Civility, "prenom": v.Me.FirstName, "nom": v.Me.LastName}},
		{"email", "E-mail", "Changer mon e-mail", dossier.Content{"email": v.Me.Email}},
		{"telephone", "Téléphone", "Changer mon téléphone", dossier.Content{"telephone": v.Me.Phone}},
	} {
		one := newPart(s, own.slug, own.title, householdPath)
		one.Known, one.Label = own.known, own.label
		v.Mine = append(v.Mine, &one)
	}
	return err
}

// newPart is the part of a field as the town set it; its form goes to base.
func newPart(s dossier.Settings, slug, title, base string) part {
	d, _ := dossier.Define(slugs[slug])
	return part{Slug: slug, Title: title, Action: base + "/informations/" + slug, Items: d.Items, Mode: s.Mode(d.Field)}
}

// declareHousehold takes a change of the address or of oneself.
func (p Pages) declareHousehold(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	wrong, out, err := p.declare(w, r, who, "")
	if err != nil {
		return err
	}
	if wrong != nil {
		return p.showHousehold(w, r, who, wrong)
	}
	slug := r.PathValue("rubrique")
	d, _ := dossier.Define(slugs[slug])
	sayOutcome(w, r, out, d.Label)
	return web.Redirect(w, r, householdPath+"#"+slug)
}

func (q *quotientView) load(ctx context.Context, tx *db.Tx, c *activity.Catalogue, householdID string, today civil.Date) error {
	s, err := household.StandingOf(ctx, tx, householdID)
	if err != nil {
		return err
	}
	q.Residence = "hors de la commune"
	if s.ResidentOn(today) {
		q.Residence = "dans la commune"
	}
	facts := s.PriceFacts("", today) // of no child in particular: before the reductions of brothers and sisters
	if in, ok := s.QuotientOn(today); ok {
		q.Value, q.Since = tariff.Quotient(in.Value), in.EffectiveOn.DayMonthYear()
		q.Source = quotientKind(in.Kind) + ", " + in.Source + ", mois de référence " + monthWords(in.ReferenceMonth)
	}
	for _, old := range s.Quotients {
		q.Old = append([]string{"À partir du " + old.EffectiveOn.DayMonthYear() + " : " + tariff.Quotient(old.Value) + " (" + quotientKind(old.Kind) + ")"}, q.Old...)
	}
	for _, a := range c.Activities {
		if a.Archived {
			continue
		}
		for _, o := range a.LiveOptions() {
			if price, ok := c.Price(a.ID, o.ID, today, facts); ok {
				q.Prices = append(q.Prices, priceLine{What: a.Name + optionName(a, o), Price: price.Cents.String(), Why: price.Explanation})
			}
		}
	}
	return nil
}

func (q *quotientView) loadAsking(r *http.Request, tx *db.Tx, householdID string) error {
	t := web.Town(r)
	refusal, refused, err := household.RefusalOf(r.Context(), tx, householdID)
	if err != nil {
		return err
	}
	if refused {
		q.Refused = civil.DateOf(refusal.At, t.Loc).DayMonthYear()
	}
	_, q.Asking, err = household.QuotientServiceOf(r.Context(), tx, t.KeyFor(household.AskingPurpose))
	return err
}

// chooseAsking writes whether the household lets the town ask the CAF for its quotient.
func (p Pages) chooseAsking(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	refuse := f.One("choix", "Choisissez ce que vous permettez à la mairie.", "refus", "accord") == "refus"
	if f.Err() != nil {
		return f.Err()
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return household.RefuseAsking(r.Context(), tx, household.ByGuardian(who), who.HouseholdID, refuse)
	})
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "Votre refus est enregistré", Text: "La mairie ne demandera pas votre quotient à la CAF ni à la MSA."}
	if !refuse {
		said = ui.Flash{Kind: ui.Good, Title: "Votre accord est enregistré", Text: "La mairie peut demander votre quotient à la CAF ou à la MSA."}
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, householdPath+"#h-qf")
}

func optionName(a *activity.Activity, o activity.Option) string {
	if len(a.LiveOptions()) == 1 {
		return ""
	}
	return ", " + strings.ToLower(o.Name)
}

func quotientKind(kind string) string {
	if kind == "caf" {
		return "attestation de la CAF"
	}
	return "avis d’impôt"
}

func monthWords(text string) string {
	if m, err := civil.ParseMonth(text); err == nil {
		return m.French()
	}
	return text
}

// kinLines lists the children of the household with their school.
func kinLines(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, today civil.Date) ([]kinLine, error) {
	children, err := household.Children(ctx, tx, who.HouseholdID)
	var list []kinLine
	for _, child := range children {
		schools, err := household.Schoolings(ctx, tx, child.ID)
		if err != nil {
			return nil, err
		}
		line := kinLine{Href: childrenPath + child.ID, Name: child.Name(), Under: ageWords(child, today)}
		for _, s := range schools {
			if s.SchoolYear == household.SchoolYearOf(today) {
				line.Under += ", " + schoolWords(c, s)
			}
		}
		if child.Shared {
			line.Note = "Partage son temps avec son autre parent"
		}
		list = append(list, line)
	}
	return list, err
}

// address proposes the addresses of the commune while one types.
func (p Pages) address(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := addressView{Query: q.Text("q", 120)}
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := dossier.ReadSettings(r.Context(), tx)
		if err != nil {
			return err
		}
		book, err := dossier.ReadAddressBook(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Known, v.Mode = book.Count > 0, s.Mode(dossier.Address)
		proofs := part{Mode: v.Mode}
		if err := addProofs(r.Context(), tx, who, []*part{&proofs}); err != nil {
			return err
		}
		v.Proofs = proofs.Proofs
		if v.Found, err = dossier.FindAddresses(r.Context(), tx, v.Query); err != nil {
			return err
		}
		if id := q.Raw("choix"); id != "" {
			v.Chosen, err = dossier.AddressByID(r.Context(), tx, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Changer d’adresse", householdPath, who.Name())
	page.Crumbs = []ui.Link{{Href: householdPath, Label: "Mon foyer"}, {Label: "Changer d’adresse"}}
	return web.Render(w, r, http.StatusOK, addressPage(page, v))
}

// here is the address of the page with the address that was chosen.
func (v addressView) here() string {
	if v.Chosen.ID == "" {
		return addressPath
	}
	return addressPath + "?choix=" + url.QueryEscape(v.Chosen.ID)
}

// addressView is a search among the addresses of the commune, and the one chosen.
type addressView struct {
	Query  string
	Known  bool // the town imported its addresses
	Mode   dossier.Mode
	Found  []dossier.FoundAddress
	Chosen dossier.FoundAddress
	Proofs []ui.Option
}
