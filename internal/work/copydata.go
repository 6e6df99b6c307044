package work

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/registration"
	"preau/internal/request"
	"preau/internal/thread"
	"preau/internal/town"
	"preau/internal/words"
)

// ownData is what a guardian's copy holds, section by section, in words: the page and the JSON are two writings of the same.
type ownData struct {
	Town, Name, At string
	List           []section
	Files          []ownFile
}

// section is one part of the copy; each line is a list of named values.
type section struct {
	ID, Title string
	Lines     []line
}

type line []value

type value struct{ Name, Text string }

// ownFile is a document of the vault, and its name in the archive.
type ownFile struct {
	Name string
	file blob.File
}

// sections is the JSON: a list of objects by section.
func (d ownData) sections() map[string][]map[string]string {
	out := map[string][]map[string]string{}
	for _, s := range d.List {
		list := []map[string]string{}
		for _, l := range s.Lines {
			object := map[string]string{}
			for _, v := range l {
				object[v.Name] = v.Text
			}
			list = append(list, object)
		}
		out[s.ID] = list
	}
	return out
}

// add adds a line of names and values in turn to a section; empty values are left out.
func (s *section) add(pairs ...string) {
	var l line
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			l = append(l, value{pairs[i], pairs[i+1]})
		}
	}
	if len(l) > 0 {
		s.Lines = append(s.Lines, l)
	}
}

// reader gathers a copy.
type reader struct {
	ctx context.Context
	tx  *db.Tx
	t   *town.Town
	who household.Guardian
	out ownData
}

// readOwn reads everything a guardian's copy holds.
func readOwn(ctx context.Context, tx *db.Tx, t *town.Town, who household.Guardian) (ownData, error) {
	r := &reader{ctx, tx, t, who, ownData{Town: t.Name, Name: who.Name(), At: civil.FrenchInstant(tx.Now, t.Loc)}}
	for _, read := range []func() error{r.account, r.requests, r.home, r.children, r.files, r.enrolments, r.bookings, r.absences, r.invoices, r.payments, r.mandates, r.agreements, r.submissions, r.messages, r.threads, r.documents, r.journal} {
		if err := read(); err != nil {
			return ownData{}, err
		}
	}
	return r.out, nil
}

func (r *reader) put(s *section) { r.out.List = append(r.out.List, *s) }

func (r *reader) when(i civil.Instant) string {
	if i.IsZero() {
		return ""
	}
	return civil.FrenchInstant(i, r.t.Loc)
}

func day(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.DayMonthYear()
}

func yesNo(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}

func (r *reader) account() error {
	s := &section{ID: "compte", Title: "Mon compte"}
	s.add("nom", r.who.Name(), "civilité", r.who.Civility, "e-mail du dossier", r.who.Email, "téléphone", household.FrenchPhone(r.who.Phone), "référence", r.who.Reference)
	if r.who.AccountID != "" {
		a, err := identity.ByID(r.ctx, r.tx, r.who.AccountID)
		if err != nil {
			return err
		}
		person, err := registration.PersonOf(r.ctx, r.tx, a.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		s.add("déclaré à l’ouverture", person.Name(), "nom de naissance", person.BirthName, "né(e) le", day(person.BornOn), "à", person.BirthPlace,
			"adresse", strings.TrimSpace(person.Address+" "+person.PostalCode+" "+person.City), "téléphone", household.FrenchPhone(person.AnyPhone()))
		if err := r.photo(a.ID); err != nil {
			return err
		}
		s.add("identifiant", a.Login, "e-mail de connexion", a.Email, "ouvert le", r.when(a.CreatedAt))
		sessions, err := identity.Sessions(r.ctx, r.tx, a)
		if err != nil {
			return err
		}
		for _, d := range sessions {
			s.add("appareil", d.Device, "connecté depuis", r.when(d.CreatedAt), "vu", r.when(d.SeenAt))
		}
		muted, err := notify.Muted(r.ctx, r.tx, a.ID)
		if err != nil {
			return err
		}
		for _, m := range muted {
			s.add("e-mails refusés", m.Label())
		}
	}
	r.put(s)
	return nil
}

// photo adds the picture that came with the sign-up.
func (r *reader) photo(accountID string) error {
	id, err := registration.PhotoOf(r.ctx, r.tx, accountID)
	if err != nil || id == "" {
		return err
	}
	f, err := blob.Find(r.ctx, r.tx, id)
	if err == nil {
		r.out.Files = append(r.out.Files, ownFile{vaultName(len(r.out.Files)+1, "photo.jpg"), f})
	}
	return err
}

// requests are what the account asked of the town, with every step.
func (r *reader) requests() error {
	s := &section{ID: "demarches", Title: "Mes démarches"}
	if r.who.AccountID != "" {
		list, err := request.List(r.ctx, r.tx, r.who.AccountID)
		if err != nil {
			return err
		}
		for _, q := range list {
			s.add("numéro", q.Number, "objet", q.Title(), "commencée le", r.when(q.MadeAt), "envoyée le", r.when(q.SubmittedAt), "dossier indiqué", q.Content.Reference, "précision", q.Content.Note)
			for _, c := range q.Content.Children {
				s.add("numéro", q.Number, "enfant indiqué", strings.TrimSpace(c.FirstName+" "+c.LastName), "né(e) le", day(c.BornOn), "école", c.School)
			}
			events, err := request.Events(r.ctx, r.tx, q.ID)
			if err != nil {
				return err
			}
			for _, e := range events {
				s.add("numéro", q.Number, "le", r.when(e.At), "par", e.ActorName, "texte", e.Text)
			}
		}
	}
	r.put(s)
	return nil
}

func (r *reader) home() error {
	h, err := household.ByID(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	s := &section{ID: "foyer", Title: "Mon foyer"}
	s.add("dossier", h.Name, "référence", h.Reference, "adresse", strings.TrimSpace(h.Address+" "+h.PostalCode+" "+h.City), "ouvert le", r.when(h.CreatedAt))
	guardians, err := household.Guardians(r.ctx, r.tx, h.ID)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if g.ID != r.who.ID && g.Name() != "" {
			s.add("autre responsable", g.Name())
		}
	}
	standing, err := household.StandingOf(r.ctx, r.tx, h.ID)
	if err != nil {
		return err
	}
	for _, q := range standing.Quotients {
		s.add("quotient familial", strconv.FormatFloat(float64(q.Value)/100, 'f', 2, 64), "à partir du", day(q.EffectiveOn), "source", q.Source)
	}
	for _, x := range standing.Residences {
		s.add("réside dans la commune", yesNo(x.Resident), "à partir du", day(x.From))
	}
	if err := r.prices(s, standing); err != nil {
		return err
	}
	if standing.Hold != nil {
		s.add("réservations bloquées", standing.Hold.Reason, "depuis le", r.when(standing.Hold.Since))
	}
	r.put(s)
	return nil
}

// prices are what changes the prices of the household beside its quotient and where it lives.
func (r *reader) prices(s *section, standing household.Standing) error {
	for _, x := range standing.Exceptions {
		s.add("payé au tarif de la commune par dérogation", yesNo(x.Resident), "motif", x.Reason, "du", day(x.From), "au", day(x.To))
	}
	home := r.who.HouseholdID
	aids, err := activity.AidsOf(r.ctx, r.tx, []string{home}, ever)
	if err != nil {
		return err
	}
	for _, a := range aids[home] {
		s.add("aide", a.Name, "montant", a.Amount(), "du", day(a.From), "au", day(a.To))
	}
	refusal, refused, err := household.RefusalOf(r.ctx, r.tx, home)
	if refused {
		s.add("refus que la mairie demande le quotient à la CAF", "oui", "depuis le", r.when(refusal.At))
	}
	return err
}

func (r *reader) enrolments() error {
	list, err := booking.EnrolmentsOf(r.ctx, r.tx, r.who)
	s := &section{ID: "inscriptions", Title: "Les inscriptions"}
	for _, e := range list {
		s.add("enfant", e.Child.FirstName, "activité", e.Activity.Name, "établissement", e.Site.Name, "du", day(e.Enrolment.Period.From), "au", day(e.Enrolment.Period.To))
	}
	r.put(s)
	return err
}

func (r *reader) bookings() error {
	c, err := activity.Load(r.ctx, r.tx)
	if err != nil {
		return err
	}
	lines, err := booking.PlanLines(r.ctx, r.tx, r.who, c, ever, r.t.Loc)
	s := &section{ID: "reservations", Title: "Les réservations"}
	for _, l := range lines {
		s.add("jour", day(l.Day), "enfant", l.Child, "activité", l.Activity.Name, "formule", l.OptionName, "état", words.State(l.State), "fait le", r.when(l.MadeAt))
	}
	r.put(s)
	return err
}

func (r *reader) submissions() error {
	s := &section{ID: "demandes", Title: "Ce que j’ai demandé pour les réservations"}
	mark := booking.HistoryMark{}
	for {
		list, err := booking.History(r.ctx, r.tx, r.who.HouseholdID, mark, sliceSize)
		if err != nil {
			return err
		}
		for _, h := range list {
			for _, d := range h.Outcome.Decisions {
				s.add("le", r.when(h.At), "par", h.Outcome.By, "enfant", d.Child, "jour", day(d.Day), "résultat", words.Decision(d, r.t.Loc))
			}
			mark = booking.HistoryMark{At: h.At, ID: h.ID}
		}
		if len(list) < sliceSize {
			r.put(s)
			return nil
		}
	}
}

func (r *reader) messages() error {
	s := &section{ID: "messages", Title: "Les messages reçus"}
	mark := notify.Mark{}
	for r.who.AccountID != "" {
		list, err := notify.Page(r.ctx, r.tx, r.who.AccountID, mark, sliceSize)
		if err != nil {
			return err
		}
		for _, m := range list {
			s.add("le", r.when(m.CreatedAt), "objet", m.Subject, "texte", m.Text, "envoyé à", m.Address, "lu le", r.when(m.ReadAt))
			mark = notify.Mark{At: m.CreatedAt, ID: m.ID}
		}
		if len(list) < sliceSize {
			break
		}
	}
	r.put(s)
	return nil
}

func (r *reader) threads() error {
	list, err := thread.List(r.ctx, r.tx, r.who, 10_000)
	if err != nil {
		return err
	}
	s := &section{ID: "echanges", Title: "Les échanges avec les services"}
	for _, l := range list {
		entries, err := thread.Entries(r.ctx, r.tx, l.ID)
		if err != nil {
			return err
		}
		for _, e := range entries {
			s.add("objet", l.Subject, "service", l.Service, "enfant", l.Child, "le", r.when(e.At), "par", e.AuthorName, "texte", e.Body)
		}
	}
	r.put(s)
	return nil
}

// documents are those of the vault; their files go along.
func (r *reader) documents() error {
	list, err := document.List(r.ctx, r.tx, r.who)
	if err != nil {
		return err
	}
	s := &section{ID: "documents", Title: "Les documents déposés"}
	for _, d := range list {
		s.add("type", d.Type.Name, "enfant", d.Child, "déposé le", r.when(d.DepositedAt), "par", d.DepositedBy, "envoyé le", r.when(d.SentAt), "valable jusqu’au", day(d.ValidUntil), "motif", d.Reason)
		for _, p := range d.Parts {
			if d.Stored == document.Scanning {
				continue // in quarantine: nobody opens it
			}
			f, err := blob.Find(r.ctx, r.tx, p.FileID)
			if err != nil {
				return err
			}
			r.out.Files = append(r.out.Files, ownFile{vaultName(len(r.out.Files)+1, p.Name), f})
		}
	}
	r.put(s)
	return nil
}

// journal is who looked at the file or changed it.
func (r *reader) journal() error {
	s := &section{ID: "journal", Title: "Qui a consulté ou modifié mon dossier"}
	guardians, err := household.Guardians(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	before := audit.Entry{}
	for {
		list, err := audit.List(r.ctx, r.tx, audit.Filter{Household: r.who.HouseholdID, Before: before, Limit: sliceSize})
		if err != nil {
			return err
		}
		for _, e := range list {
			s.add("le", r.when(e.At), "qui", actorName(e, guardians), "acte", words.Act(e.Act))
			before = e
		}
		if len(list) < sliceSize {
			r.put(s)
			return nil
		}
	}
}

// actorName names who did something, and not the adults of another household.
func actorName(e audit.Entry, own []household.Guardian) string {
	if !strings.HasPrefix(e.Actor, "guardian:") || slices.ContainsFunc(own, func(g household.Guardian) bool { return g.Actor() == e.Actor }) {
		return e.ActorName
	}
	return "L’autre foyer de l’enfant"
}
