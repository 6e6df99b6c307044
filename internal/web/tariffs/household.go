package tariffs

import (
	"errors"
	"net/http"
	"strings"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/remote/particulier"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

const familiesPath = "/bureau/familles"

func (p Pages) householdRoutes(s *web.Server) {
	s.Handle("GET /bureau/familles/{household}/tarifs", p.Door.Office(staff.Search, p.household))
	s.Handle("POST /bureau/familles/{household}/tarifs/quotient", p.Door.Office(staff.Search, p.addQuotient))
	s.Handle("POST /bureau/familles/{household}/tarifs/caf", p.Door.Office(staff.Search, p.askQuotient))
	s.Handle("POST /bureau/familles/{household}/tarifs/refus", p.Door.Office(staff.Search, p.refuseAsking))
	s.Handle("POST /bureau/familles/{household}/tarifs/derogations", p.Door.Office(staff.Search, p.grantException))
	s.Handle("POST /bureau/familles/{household}/tarifs/derogations/{derogation}", p.Door.Office(staff.Search, p.endException))
	s.Handle("POST /bureau/familles/{household}/tarifs/aides", p.Door.Office(staff.Search, p.grantAid))
	s.Handle("POST /bureau/familles/{household}/tarifs/aides/{aide}", p.Door.Office(staff.Search, p.endAid))
}

// The forms of the page: an error is shown beside the fields of the one that was sent.
const (
	formQuotient  = "quotient"
	formException = "derogation"
	formAid       = "aide"
	formAsk       = "caf"
	formEnd       = "fin-" // of an exception or of an aid, then its id
)

// householdView is what a household pays and why.
type householdView struct {
	Household household.Household
	Standing  household.Standing
	Children  []household.Child
	Guardians []askedGuardian
	Prices    []childPrice
	Aids      []activity.Aid
	Catalogue *activity.Catalogue
	Today     civil.Date
	Next      civil.Date // first day of next month: what an effect is proposed for
	Asking    bool       // the town may ask the CAF
	Refused   string     // since when the family does not want it, and who wrote it down
	MayChange bool
	Form      *web.Form
	Which     string // the form that was sent
	Problem   string // of the service that was asked
}

// askedGuardian is a guardian the service could be asked about.
type askedGuardian struct {
	household.Guardian
	Person particulier.Person
	Lacks  []string
}

// childPrice is what a day of an option costs a child today, with its sentence.
type childPrice struct{ Child, What, Price, Why string }

func (v householdView) path() string { return familiesPath + "/" + v.Household.ID + "/tarifs" }

// of is the form as it was typed, when it is this one that was sent.
func (v householdView) of(which string) *web.Form {
	if v.Which == which {
		return v.Form
	}
	return nil
}

// mayChange tells whether an agent decides what a household pays: one who bills or enrols, for the whole town, since its prices are one
// wherever its children go.
func mayChange(who staff.Agent) bool {
	return len(who.Sites) == 0 && (who.May(staff.Bill, "") || who.May(staff.Enrol, ""))
}

func (p Pages) household(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showHousehold(w, r, who, http.StatusOK, householdView{})
}

func (p Pages) showHousehold(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v householdView) error {
	t := web.Town(r)
	id := r.PathValue("household")
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx, id) })
	if err != nil {
		return err
	}
	v.MayChange = mayChange(who)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error { // no view without its trace
		midnight := civil.Wall(civil.DateOf(tx.Now, t.Loc), 0, 0, t.Loc)
		return audit.Seen(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "household.view", Subject: "household:" + id, Household: id}, midnight)
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Tarifs de "+v.Household.Name, familiesPath, who)
	page.Crumbs = []ui.Link{{Href: familiesPath, Label: "Familles"}, {Href: familiesPath + "/" + id, Label: v.Household.Name}, {Label: "Tarifs"}}
	return web.Render(w, r, status, householdPage(page, v))
}

func (v *householdView) load(r *http.Request, tx *db.Tx, id string) (err error) {
	ctx, t := r.Context(), web.Town(r)
	if v.Household, err = household.ByID(ctx, tx, id); err != nil {
		return err
	}
	if v.Standing, err = household.StandingOf(ctx, tx, id); err != nil {
		return err
	}
	if v.Children, err = household.Children(ctx, tx, id); err != nil {
		return err
	}
	if v.Catalogue, err = activity.Load(ctx, tx); err != nil {
		return err
	}
	v.Today = civil.DateOf(tx.Now, t.Loc)
	v.Next = civil.MonthOf(v.Today).Next().First()
	aids, err := activity.AidsOf(ctx, tx, []string{id}, civil.Range{From: civil.New(2000, 1, 1), To: civil.New(2200, 1, 1)})
	if err != nil {
		return err
	}
	v.Aids = aids[id]
	service, on, err := household.QuotientServiceOf(ctx, tx, t.KeyFor(household.AskingPurpose))
	v.Asking = on && !service.Locked
	if err != nil {
		return err
	}
	refusal, refused, err := household.RefusalOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if refused {
		v.Refused = civil.DateOf(refusal.At, t.Loc).DayMonthYear() + " (noté par " + refusal.ByName + ")"
	}
	guardians, err := household.Guardians(ctx, tx, id)
	for _, g := range guardians {
		person := household.AskedOf(g)
		v.Guardians = append(v.Guardians, askedGuardian{g, person, person.Lacks()})
	}
	if err != nil {
		return err
	}
	return v.loadPrices(r, tx, aids)
}

// loadPrices says what today costs each child in each activity it is enrolled in.
func (v *householdView) loadPrices(r *http.Request, tx *db.Tx, aids activity.Aids) error {
	for _, child := range v.Children {
		enrolments, err := booking.EnrolmentsOfChild(r.Context(), tx, child.ID)
		if err != nil {
			return err
		}
		schoolings, err := household.Schoolings(r.Context(), tx, child.ID)
		if err != nil {
			return err
		}
		f := v.Standing.PriceFacts(child.ID, v.Today)
		f.OwnMeal = child.Menu == "panier_pai"
		for _, s := range schoolings {
			if s.SchoolYear == household.SchoolYearOf(v.Today) {
				f.AgeGroup = booking.AgeGroup(s.Level)
			}
		}
		seen := map[string]bool{}
		for _, e := range enrolments {
			if e.Enrolment.Period.To.Before(v.Today) || seen[e.Activity.ID] {
				continue
			}
			seen[e.Activity.ID] = true
			f.Aids = aids.For(v.Household.ID, child.ID, e.Activity.ID, v.Today)
			for _, o := range e.Activity.LiveOptions() {
				parts, err := v.Catalogue.Quote(e.Activity.ID, o.ID, v.Today, tariff.Normal, f)
				if errors.Is(err, activity.ErrNoGrid) || len(parts) == 0 {
					continue
				}
				var why []string
				for _, part := range parts {
					why = append(why, part.Explanation)
				}
				v.Prices = append(v.Prices, childPrice{child.FirstName, e.Activity.Name + ", " + o.Name, tariff.Sum(parts).String(), strings.Join(why, " · ")})
			}
		}
	}
	return nil
}

// change reads a form and does what it says, in one transaction.
func (p Pages) change(w http.ResponseWriter, r *http.Request, who staff.Agent, which, said string, do func(tx *db.Tx, f *web.Form, id string) error) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if !mayChange(who) {
		return fault.Forbiddenf("Vos droits permettent de lire ces tarifs, non de les changer.")
	}
	id := r.PathValue("household")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := do(tx, f, id); err != nil {
			return err
		}
		return f.Err() // a field that cannot be read changes nothing
	})
	if f.Err() != nil || f.Blame(err) {
		return p.showHousehold(w, r, who, http.StatusUnprocessableEntity, householdView{Form: f, Which: which})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: said})
	return web.Redirect(w, r, familiesPath+"/"+id+"/tarifs")
}

func (p Pages) addQuotient(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.change(w, r, who, formQuotient, "Le quotient est enregistré", func(tx *db.Tx, f *web.Form, id string) error {
		q := household.Quotient{Kind: f.Raw("nature"), Source: f.Needed("source", 120, "Indiquez le justificatif vu."), EffectiveOn: day(f, "effet")}
		var err error
		if q.Value, err = tariff.ParseQuotient(f.Raw("quotient")); err != nil {
			f.Fail("quotient", "Écrivez un quotient, par exemple 912 ou 799,50.")
		}
		if m := f.Month("mois"); m != (civil.Month{}) {
			q.ReferenceMonth = m.String()
		}
		if f.Err() != nil {
			return f.Err()
		}
		_, err = household.AddQuotient(r.Context(), tx, household.ByAgent(who), id, q)
		return err
	})
}

func (p Pages) grantException(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.change(w, r, who, formException, "La dérogation est enregistrée", func(tx *db.Tx, f *web.Form, id string) error {
		e := household.Exception{Resident: f.Raw("tarif") != "hors_commune", Reason: f.Text("motif", 200), From: day(f, "du"), To: day(f, "au")}
		if f.Err() != nil {
			return f.Err()
		}
		_, err := household.GrantException(r.Context(), tx, household.ByAgent(who), id, e)
		return err
	})
}

func (p Pages) endException(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.change(w, r, who, formEnd+r.PathValue("derogation"), "La dérogation prend fin", func(tx *db.Tx, f *web.Form, id string) error {
		return household.EndException(r.Context(), tx, household.ByAgent(who), id, r.PathValue("derogation"), day(f, "dernier"))
	})
}

func (p Pages) grantAid(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.change(w, r, who, formAid, "L’aide est enregistrée", func(tx *db.Tx, f *web.Form, id string) error {
		a := activity.Aid{HouseholdID: id, ChildID: f.Raw("enfant"), ActivityID: f.Raw("activite"), Payer: activity.Payer(f.Raw("payeur")), Name: f.Text("nom", 80), From: day(f, "du"), To: day(f, "au")}
		change, err := tariff.ParseChange(f.Raw("montant"))
		switch {
		case err != nil:
			f.Fail("montant", "Écrivez un montant par jour (« 2,00 ») ou une part du prix (« 50 % »).")
		case change.Price != nil:
			a.DayCents = *change.Price
		default:
			a.Percent = change.Percent
		}
		if f.Err() != nil {
			return f.Err()
		}
		_, err = activity.GrantAid(r.Context(), tx, household.ByAgent(who), a)
		return err
	})
}

func (p Pages) endAid(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.change(w, r, who, formEnd+r.PathValue("aide"), "L’aide prend fin", func(tx *db.Tx, f *web.Form, id string) error {
		return activity.EndAid(r.Context(), tx, household.ByAgent(who), id, r.PathValue("aide"), day(f, "dernier"))
	})
}

func exceptionWords(e household.Exception) string {
	if e.Resident {
		return "Tarif de la commune"
	}
	return "Tarif hors commune"
}

// until says the days of an exception or of an aid.
func until(from, to civil.Date) string {
	if to.IsZero() {
		return "depuis le " + from.DayMonthYear()
	}
	return "du " + from.DayMonthYear() + " au " + to.DayMonthYear()
}

func (v householdView) aidOf(a activity.Aid) string {
	who, what := "tous les enfants", "toutes les activités"
	for _, c := range v.Children {
		if c.ID == a.ChildID {
			who = c.FirstName
		}
	}
	if k, ok := v.Catalogue.Activity(a.ActivityID); ok {
		what = k.Name
	}
	return who + ", " + what
}

func (v householdView) childOptions() []ui.Option {
	list := []ui.Option{{Label: "Tous les enfants"}}
	for _, c := range v.Children {
		list = append(list, ui.Option{Value: c.ID, Label: c.FirstName})
	}
	return list
}

func (v householdView) activityOptions() []ui.Option {
	list := []ui.Option{{Label: "Toutes les activités"}}
	for _, a := range v.Catalogue.Activities {
		if !a.Archived {
			list = append(list, ui.Option{Value: a.ID, Label: a.Name})
		}
	}
	return list
}

func payers() []ui.Option {
	return []ui.Option{{Value: string(activity.CCAS), Label: "Le CCAS"}, {Value: string(activity.CAF), Label: "La CAF"}, {Value: string(activity.Employer), Label: "Un employeur"},
		{Value: string(activity.OtherPayer), Label: "Un autre organisme"}}
}

func monthWords(text string) string {
	if m, err := civil.ParseMonth(text); err == nil {
		return m.French()
	}
	return text
}

func kindWords(kind string) string {
	if kind == "impots" {
		return "Avis d’impôt"
	}
	return "CAF ou MSA"
}
