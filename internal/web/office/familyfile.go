package office

import (
	"context"
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const officeChildren = "/bureau/enfants/"

func (p Pages) fileRoutes(s *web.Server) {
	s.Handle("POST /bureau/familles/{household}/notes", p.Door.Office(staff.Search, p.addNote))
	s.Handle("POST /bureau/familles/{household}/notes/{note}/fin", p.Door.Office(staff.Search, p.endNote))
	s.Handle("POST /bureau/enfants/{enfant}/sante", p.Door.Office(staff.Health, p.viewHealth))
	s.Handle("POST /bureau/enfants/{enfant}/vaccinations", p.Door.Office(staff.Instruct, p.checkVaccination))
}

// What the file of a household lists at most.
const (
	daysAhead  = 14
	plansShown = 40
	filesShown = 20
)

// dossierView is what the file of a household holds beside its members and enrolments.
type dossierView struct {
	Waits     []checkCard
	Decided   []decidedLine
	Plan      []planRow
	Documents []documentRow
	Threads   []threadRow
	Notes     []noteRow
	Confirmed string
	MayNote   bool
	MayHealth bool
	MayCheck  bool
}

type decidedLine struct{ When, What, Answer, Who string }

type planRow struct{ Day, Child, What, State string }

type documentRow struct{ What, Whose, When, State string }

type threadRow struct{ Href, Subject, When, Waits string }

type noteRow struct{ ID, Body, When, Who string }

// childFile is what is known of a child beside its school.
type childFile struct {
	Care      dossier.Care
	HasCare   bool // whether there is a PAI may be shown
	Doctor    string
	Insurance []string
	Vaccines  string
	Late      bool
	Contacts  []contactRow
	Consents  []ui.Diff // Label, Old: what holds, Now: who answered
}

type contactRow struct{ Name, Phone, Role, Whose, Until string }

func (v *fileView) loadFile(r *http.Request, tx *db.Tx, who staff.Agent, c *activity.Catalogue) error {
	ctx, t := r.Context(), web.Town(r)
	today := civil.DateOf(tx.Now, t.Loc)
	f := &v.File
	f.MayNote, f.MayHealth, f.MayCheck = true, who.May(staff.Health, ""), who.May(staff.Instruct, "")
	for i := range v.Children {
		if err := v.Children[i].load(r, tx, who, v.Household.ID); err != nil {
			return err
		}
	}
	if err := f.loadChanges(r, tx, who, v.Household.ID, today); err != nil {
		return err
	}
	if err := f.loadPlan(ctx, tx, c, v.Household.ID, today, t.Loc); err != nil {
		return err
	}
	if err := f.loadPapers(ctx, tx, v.Household.ID, t.Loc); err != nil {
		return err
	}
	if err := f.loadThreads(ctx, tx, who, v.Household.ID, t.Loc); err != nil {
		return err
	}
	last, err := dossier.ConfirmationOf(ctx, tx, v.Household.ID)
	if !last.At.IsZero() {
		f.Confirmed = "Dossier confirmé par " + last.Guardian + " le " + civil.DateOf(last.At, t.Loc).DayMonthYear() + "."
	} else {
		f.Confirmed = "Ce dossier n’a jamais été confirmé."
	}
	return err
}

func (f *dossierView) loadChanges(r *http.Request, tx *db.Tx, who staff.Agent, householdID string, today civil.Date) error {
	ctx, loc := r.Context(), web.Town(r).Loc
	list, err := dossier.ChangesOf(ctx, tx, householdID, filesShown)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Decision == dossier.Waiting && f.MayCheck {
			in, err := oneCheck(ctx, tx, who, today, c.ID)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			card, err := newCard(r, tx, who, in, today)
			if err != nil {
				return err
			}
			f.Waits = append(f.Waits, card)
		} else if c.Decision != dossier.Waiting {
			line := decidedLine{When: civil.ShortInstant(c.DecidedAt, loc), What: c.Definition().Label, Answer: decisionWord(c.Decision), Who: c.DecidedBy}
			if c.Reason != "" {
				line.Answer += " : " + c.Reason
			}
			f.Decided = append(f.Decided, line)
		}
	}
	notes, err := dossier.Notes(ctx, tx, householdID)
	for _, n := range notes {
		f.Notes = append(f.Notes, noteRow{n.ID, n.Body, civil.ShortInstant(n.At, loc), n.Agent})
	}
	return err
}

func decisionWord(d dossier.Decision) string {
	switch d {
	case dossier.Accepted:
		return "accepté"
	case dossier.Refused:
		return "refusé"
	case dossier.Withdrawn:
		return "retiré par la famille"
	case dossier.Replaced:
		return "remplacé par une autre déclaration"
	case dossier.Waiting:
	}
	return "en attente"
}

func (f *dossierView) loadPlan(ctx context.Context, tx *db.Tx, c *activity.Catalogue, householdID string, today civil.Date, loc *time.Location) error {
	lines, err := booking.PlanLines(ctx, tx, household.Guardian{HouseholdID: householdID}, c, civil.Range{From: today, To: today.AddDays(daysAhead)}, loc)
	for i := range lines {
		p := &lines[i]
		if len(f.Plan) == plansShown {
			break
		}
		f.Plan = append(f.Plan, planRow{Day: p.Day.ShortNoYear(), Child: p.Child, What: p.Activity.Name + ", " + lowered(p.Option.Name), State: words.State(p.State)})
	}
	return err
}

// loadPapers lists what the family sent to the service; what it only stores is its own.
func (f *dossierView) loadPapers(ctx context.Context, tx *db.Tx, householdID string, loc *time.Location) error {
	list, err := document.SentOf(ctx, tx, householdID)
	for i, d := range list {
		if i == filesShown {
			break
		}
		f.Documents = append(f.Documents, documentRow{What: d.Type.Name, Whose: d.Whose(), When: civil.DateOf(d.SentAt, loc).DayMonthYear(), State: documentState(d, civil.DateOf(tx.Now, loc))})
	}
	return err
}

func documentState(d document.Document, today civil.Date) string {
	switch d.State(today) {
	case document.Accepted:
		return "accepté"
	case document.Refused:
		return "refusé"
	case document.Expired:
		return "expiré"
	case document.ToCheck, document.Kept, document.Scanning:
	}
	return "à vérifier"
}

// loadThreads lists the conversations of the family with the services the agent answers for.
func (f *dossierView) loadThreads(ctx context.Context, tx *db.Tx, who staff.Agent, householdID string, loc *time.Location) error {
	if !who.May(staff.Answer, "") {
		return nil
	}
	services, err := thread.Services(ctx, tx)
	if err != nil {
		return err
	}
	list, err := thread.List(ctx, tx, household.Guardian{HouseholdID: householdID}, filesShown)
	for _, l := range list {
		if !thread.Sees(who, services, l.Thread) {
			continue
		}
		waits := map[thread.Waits]string{thread.ForService: "à répondre", thread.ForFamily: "attend la famille", thread.ForNobody: "terminé"}[l.Waits]
		f.Threads = append(f.Threads, threadRow{Href: threadsPath + "/" + l.ID, Subject: l.Subject, When: civil.ShortInstant(l.LastAt, loc), Waits: waits})
	}
	return err
}

// load reads what is known of a child; householdID is the file that is open.
func (f *fileChild) load(r *http.Request, tx *db.Tx, who staff.Agent, householdID string) error {
	ctx, t := r.Context(), web.Town(r)
	today, d := civil.DateOf(tx.Now, t.Loc), &f.File
	doctor, err := dossier.DoctorOf(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	if d.Doctor = doctor.Content["medecin"]; doctor.Content["medecin_telephone"] != "" {
		d.Doctor += ", " + household.FrenchPhone(doctor.Content["medecin_telephone"])
	}
	if who.May(staff.Health, "") {
		ask := dossier.CareRequest{ChildID: f.ID, HouseholdID: householdID}
		care, err := dossier.CareOf(ctx, tx, t.KeyFor("health"), []dossier.CareRequest{ask}, today)
		if err != nil {
			return err
		}
		d.Care, d.HasCare = care[ask], true
	}
	if err := d.loadSafety(ctx, tx, f.Child, today); err != nil {
		return err
	}
	contacts, err := dossier.AllContacts(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	for _, c := range contacts {
		row := contactRow{Name: c.Name, Phone: household.FrenchPhone(c.Phone), Role: roleOf(c), Whose: "ce foyer"}
		if c.Relation != "" {
			row.Name += ", " + c.Relation
		}
		if c.HouseholdID != householdID {
			row.Whose = "l’autre foyer"
		}
		if !c.EndedAt.IsZero() {
			row.Until = "jusqu’au " + civil.DateOf(c.EndedAt, t.Loc).DayMonthYear()
		}
		d.Contacts = append(d.Contacts, row)
	}
	consents, err := dossier.ConsentsOf(ctx, tx, f.Child, today)
	for _, s := range consents {
		line := ui.Diff{Label: s.Text.Title, Old: words.Consent(s)}
		for i, a := range s.Answers {
			if i > 0 {
				line.Now += ", "
			}
			line.Now += a.Guardian
		}
		d.Consents = append(d.Consents, line)
	}
	return err
}

func roleOf(c dossier.ChildContact) string {
	switch {
	case c.MayCollect && c.Emergency:
		return "vient chercher, urgence"
	case c.MayCollect:
		return "vient chercher"
	}
	return "urgence"
}

// loadSafety reads insurances and vaccinations.
func (f *childFile) loadSafety(ctx context.Context, tx *db.Tx, c household.Child, today civil.Date) error {
	insurances, err := dossier.Insurances(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, i := range insurances {
		text := i.Content["assureur"]
		if until, err := civil.Parse(i.Content["assurance_au"]); err == nil {
			text += ", jusqu’au " + until.DayMonthYear()
			if until.Before(today) {
				text += " (expirée)"
			}
		}
		f.Insurance = append(f.Insurance, text+", déclarée par "+i.MadeByName)
	}
	shots, err := dossier.Shots(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	report := dossier.ReportVaccines(c.BornOn, today, dossier.GivenBy(shots))
	seen, err := dossier.VaccinationChecked(ctx, tx, c.ID)
	until, bad := civil.Parse(seen.Content["jusqu_au"])
	switch {
	case bad == nil && !until.Before(today):
		f.Vaccines = "carnet vu par " + seen.MadeByName + ", en ordre jusqu’au " + until.DayMonthYear()
	case report.Missing == 0:
		f.Vaccines = "toutes notées par la famille"
	default:
		f.Vaccines, f.Late = ui.Count(report.Missing, "vaccination obligatoire manque", "vaccinations obligatoires manquent"), true
	}
	return err
}

// addNote writes a note for the other agents.
func (p Pages) addNote(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("household")
	body := f.Lines("note", 2000)
	if f.Err() != nil {
		return p.showFamily(w, r, who, http.StatusUnprocessableEntity, f)
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.AddNote(r.Context(), tx, who, id, body) })
	if err != nil && f.Blame(err) {
		return p.showFamily(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La note est dans le dossier"})
	return web.Redirect(w, r, familiesPath+"/"+id+"#h-notes")
}

func (p Pages) endNote(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	id := r.PathValue("household")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.EndNote(r.Context(), tx, who, id, r.PathValue("note")) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La note est retirée du dossier"})
	return web.Redirect(w, r, familiesPath+"/"+id+"#h-notes")
}

// healthView is what is known of a child's health, as an agent reads it.
type healthView struct {
	Child household.Child
	Said  string
	Lines []ui.Diff // Label, Old
	Back  string
}

// viewHealth shows what is known of a child's health. It is asked by a button, because the look is written down.
func (p Pages) viewHealth(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := healthView{Back: web.Local(f.Raw("retour"), "/bureau")}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if v.Child, err = household.FindChild(r.Context(), tx, r.PathValue("enfant")); err != nil {
			return err
		}
		if err := coversChild(r.Context(), tx, who, v.Child.ID, civil.DateOf(tx.Now, t.Loc)); err != nil {
			return err
		}
		fact, err := dossier.ViewHealth(r.Context(), tx, t.KeyFor("health"), who, v.Child.ID)
		if err != nil || fact.ID == "" {
			return err
		}
		v.Said = "Déclaré le " + civil.DateOf(fact.MadeAt, t.Loc).DayMonthYear() + ", enregistré par " + fact.MadeByName + "."
		d, _ := dossier.Define(dossier.Health)
		for _, i := range d.Items {
			if fact.Content[i.Key] != "" {
				v.Lines = append(v.Lines, ui.Diff{Label: i.Label, Old: words.Item(i, fact.Content[i.Key])})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, healthPage(p.frame(w, r, "Santé de "+v.Child.Name(), familiesPath, who), v))
}

// coversChild refuses an agent of some sites the child that is neither in school nor enrolled there.
func coversChild(ctx context.Context, tx *db.Tx, who staff.Agent, childID string, today civil.Date) error {
	if len(who.Sites) == 0 {
		return nil
	}
	schools, err := household.Schoolings(ctx, tx, childID)
	if err != nil {
		return err
	}
	for _, s := range schools {
		if s.SchoolYear == household.SchoolYearOf(today) && who.Covers(s.SiteID) {
			return nil
		}
	}
	enrolments, err := booking.EnrolmentsOfChild(ctx, tx, childID)
	if err != nil {
		return err
	}
	for _, e := range enrolments {
		if e.Enrolment.Period.Contains(today) && who.Covers(e.Enrolment.SiteID) {
			return nil
		}
	}
	return fault.NotFoundf("Cet enfant n’est pas accueilli sur vos sites.")
}

// checkVaccination writes that the vaccination record was seen, and until when it is in order.
func (p Pages) checkVaccination(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	until, id := f.Date("carnet_jusqu_au"), r.PathValue("enfant")
	back := web.Local(f.Raw("retour"), familiesPath)
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := coversChild(r.Context(), tx, who, id, civil.DateOf(tx.Now, t.Loc)); err != nil {
			return err
		}
		return dossier.CheckVaccination(r.Context(), tx, who, id, until)
	})
	if err != nil && f.Blame(err) {
		web.Flash(w, r, ui.Flash{Kind: ui.Bad, Title: f.Wrong()["carnet_jusqu_au"]})
		return web.Redirect(w, r, back)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le carnet est noté comme vu"})
	return web.Redirect(w, r, back)
}
