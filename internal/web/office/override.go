package office

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) overrideRoutes(s *web.Server) {
	s.Handle("GET /bureau/inscriptions/{enrolment}/reservations", p.Door.Office(staff.Instruct, p.calendar))
	s.Handle("POST /bureau/inscriptions/{enrolment}/reservations/recapitulatif", p.Door.Office(staff.Instruct, p.recap))
	s.Handle("POST /bureau/inscriptions/{enrolment}/reservations", p.Door.Office(staff.Instruct, p.override))
}

// calendarPath is where an agent books for a child, beyond the rules.
func calendarPath(enrolmentID string) string {
	return "/bureau/inscriptions/" + enrolmentID + "/reservations"
}

// calendarAddress is that calendar at the month of a day, for the household that booked it.
func calendarAddress(enrolmentID, householdID string, d civil.Date) string {
	return address(calendarPath(enrolmentID), "mois", civil.MonthOf(d).String(), "foyer", householdID)
}

// agentCalendar is the calendar of an enrolment as an agent fills it.
type agentCalendar struct {
	Enrolment  booking.EnrolmentView
	Month      civil.Month
	Home       household.Household   // for whom the agent books
	Homes      []household.Household // of the child
	Others     []ui.Tab              // the child's other activities
	Rows       []deskRow
	Weekend    bool // the activity runs on Saturdays or Sundays
	Changes    []booking.Change
	Carried    []booking.Change // outside the month shown
	Seen       []string         // values that were ticked when drawn
	Visible    []string         // values with a box
	Problem    string
	MayFind    bool // the agent reads households' files
	now        civil.Instant
	board      *booking.Board
	Outcome    booking.Outcome
	Form       *web.Form
	Submission string
	loc        *time.Location
}

func (p Pages) calendar(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := agentCalendar{Month: q.Month("mois")}
	return p.showCalendar(w, r, who, http.StatusOK, &v, q.Raw("foyer"))
}

// showCalendar draws a month with the changes wished so far.
func (p Pages) showCalendar(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v *agentCalendar, home string) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := v.open(r.Context(), tx, who, r.PathValue("enrolment"), home, t.Loc); err != nil {
			return err
		}
		return v.draw(r.Context(), tx)
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.title()+", "+v.Month.French(), "/bureau/inscriptions", who)
	page.Wide = true
	page.Crumbs = v.crumbs(who)
	return web.Render(w, r, status, calendarPage(page, v))
}

// open finds the enrolment, the household the agent books for, and the board over the month and the days of the changes.
func (v *agentCalendar) open(ctx context.Context, tx *db.Tx, who staff.Agent, enrolmentID, home string, loc *time.Location) (err error) {
	v.now, v.loc, v.MayFind = tx.Now, loc, who.May(staff.Search, "")
	if v.Enrolment, err = booking.EnrolmentByID(ctx, tx, enrolmentID); err != nil {
		return err
	}
	if err := v.homes(ctx, tx, home); err != nil {
		return err
	}
	if v.Month == (civil.Month{}) {
		v.Month = startMonth(civil.DateOf(tx.Now, loc), v.Enrolment.Enrolment.Period)
	}
	span := civil.Range{From: v.Month.First().Monday(), To: v.Month.Last().Monday().AddDays(6)}
	for _, c := range v.Changes {
		if c.Day.Before(span.From) {
			span.From = c.Day
		}
		if c.Day.After(span.To) {
			span.To = c.Day
		}
	}
	if v.board, err = booking.OpenForAgent(ctx, tx, who, enrolmentID, v.Home.ID, span, loc); err != nil {
		return err
	}
	return v.others(ctx, tx, who)
}

// startMonth is the month of a day, or the nearest one of the period.
func startMonth(today civil.Date, period civil.Range) civil.Month {
	switch {
	case today.Before(period.From):
		return civil.MonthOf(period.From)
	case today.After(period.To):
		return civil.MonthOf(period.To)
	}
	return civil.MonthOf(today)
}

// homes finds the households of the child; the one asked for must be among them.
func (v *agentCalendar) homes(ctx context.Context, tx *db.Tx, asked string) error {
	ids, err := household.HouseholdsOf(ctx, tx, v.Enrolment.Child.ID)
	if err != nil {
		return err
	}
	if asked != "" && !slices.Contains(ids, asked) {
		return fault.NotFoundf("Cet enfant n’est pas dans ce foyer.")
	}
	for _, id := range ids {
		h, err := household.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		v.Homes = append(v.Homes, h)
		if id == asked || (asked == "" && v.Home.ID == "") {
			v.Home = h
		}
	}
	if v.Home.ID == "" {
		return fault.Refusedf("Cet enfant n’a pas encore de foyer\u00a0: personne ne peut réserver pour lui.")
	}
	return nil
}

// others are the child's other enrolments of the month, at the agent's sites.
func (v *agentCalendar) others(ctx context.Context, tx *db.Tx, who staff.Agent) error {
	all, err := booking.EnrolmentsOfChild(ctx, tx, v.Enrolment.Child.ID)
	month := civil.Range{From: v.Month.First(), To: v.Month.Last()}
	for _, e := range all {
		if own := e.Enrolment.ID == v.Enrolment.Enrolment.ID; own || (e.Enrolment.Period.Overlaps(month) && who.May(staff.Instruct, e.Enrolment.SiteID)) {
			v.Others = append(v.Others, ui.Tab{Href: address(calendarPath(e.Enrolment.ID), "mois", v.Month.String(), "foyer", v.Home.ID), Label: e.Activity.Name, Current: own})
		}
	}
	return err
}

// readWish reads what was ticked and unticked, with what was wished in other months.
func readWish(form *web.Form, enrolmentID string) (changes []booking.Change, err error) {
	ticked, seen := form.All("jour"), form.All("vu")
	var asked []string
	for _, value := range form.All("visible") {
		on, was := slices.Contains(ticked, value), slices.Contains(seen, value)
		switch {
		case on && !was:
			asked = append(asked, "+"+value)
		case was && !on:
			asked = append(asked, "-"+value)
		}
	}
	for _, text := range append(form.All("changement"), asked...) {
		c, ok := readChange(text, enrolmentID)
		if !ok {
			return nil, fault.Invalidf("jour", "Cette demande n’a pas pu être lue. Rouvrez le calendrier et recommencez.")
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// readChange reads "+2026-12-07:REPAS".
func readChange(text, enrolmentID string) (booking.Change, bool) {
	if len(text) < 2 || (text[0] != '+' && text[0] != '-') {
		return booking.Change{}, false
	}
	day, option, ok := strings.Cut(text[1:], ":")
	d, err := civil.Parse(day)
	return booking.Change{EnrolmentID: enrolmentID, Day: d, Option: option, Add: text[0] == '+'}, ok && err == nil && option != ""
}

func changeText(c booking.Change) string {
	return map[bool]string{true: "+", false: "-"}[c.Add] + c.Day.String() + ":" + c.Option
}

// recap says what the changes would do; it writes nothing. A button of the calendar may also lead to another month, or back.
func (p Pages) recap(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := agentCalendar{Month: form.Month("mois"), Form: form, Submission: db.NewID()}
	if v.Changes, err = readWish(form, r.PathValue("enrolment")); err != nil {
		return err
	}
	home := form.Raw("foyer")
	switch {
	case form.Raw("aller") != "":
		v.Month = form.Month("aller")
		return p.showCalendar(w, r, who, http.StatusOK, &v, home)
	case form.Raw("outil") == "revenir":
		return p.showCalendar(w, r, who, http.StatusOK, &v, home)
	case len(v.Changes) == 0:
		v.Problem = "Cochez ou décochez au moins un jour"
		return p.showCalendar(w, r, who, http.StatusUnprocessableEntity, &v, home)
	}
	return p.showRecap(w, r, who, http.StatusOK, &v, home)
}

func (p Pages) showRecap(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v *agentCalendar, home string) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if err := v.open(r.Context(), tx, who, r.PathValue("enrolment"), home, t.Loc); err != nil {
			return err
		}
		v.Outcome, err = booking.OverrideDecide(r.Context(), tx, who, v.request(""), t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Relire avant d’enregistrer", "/bureau/inscriptions", who)
	page.Crumbs = v.crumbs(who)
	return web.Render(w, r, status, overridePage(page, v))
}

func (v *agentCalendar) request(reason string) booking.OverrideRequest {
	return booking.OverrideRequest{SubmissionID: v.Submission, EnrolmentID: v.Enrolment.Enrolment.ID, HouseholdID: v.Home.ID, Changes: v.Changes, Reason: reason}
}

// override writes the changes, with the agent's reason.
func (p Pages) override(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := agentCalendar{Month: form.Month("mois"), Form: form, Submission: form.Needed("envoi", 40, "Rouvrez le calendrier et recommencez.")}
	if v.Changes, err = readWish(form, r.PathValue("enrolment")); err != nil {
		return err
	}
	reason, home := form.Lines("motif", 500), form.Raw("foyer")
	if form.Err() == nil {
		t := web.Town(r)
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			if err := v.open(r.Context(), tx, who, r.PathValue("enrolment"), home, t.Loc); err != nil {
				return err
			}
			v.Outcome, err = booking.OverrideBook(r.Context(), tx, who, v.request(reason), t.Loc)
			return err
		})
		if err == nil {
			web.Flash(w, r, overridden(v.Outcome))
			return web.Redirect(w, r, address(calendarPath(v.Enrolment.Enrolment.ID), "mois", v.Month.String(), "foyer", v.Home.ID))
		}
		if !form.Blame(err) {
			return err
		}
	}
	again := agentCalendar{Month: v.Month, Form: form, Submission: v.Submission, Changes: v.Changes}
	return p.showRecap(w, r, who, http.StatusUnprocessableEntity, &again, home)
}

// overridden says what an override did.
func overridden(o booking.Outcome) ui.Flash {
	added, removed, refused := o.Count(booking.Booked), o.Count(booking.Cancelled), o.Count(booking.Refused)
	if !o.Written {
		return ui.Flash{Kind: ui.Warn, Title: "Rien n’a changé", Text: "Aucun de ces changements n’était possible."}
	}
	var done []string
	if added > 0 {
		done = append(done, ui.Count(added, "jour réservé", "jours réservés"))
	}
	if removed > 0 {
		done = append(done, ui.Count(removed, "jour retiré", "jours retirés"))
	}
	f := ui.Flash{Kind: ui.Good, Title: strings.Join(done, ", "), Text: "La famille est prévenue par e-mail, avec votre motif."}
	if refused > 0 {
		f.Text += " " + ui.Count(refused, "jour n’a pas pu changer.", "jours n’ont pas pu changer.")
	}
	return f
}

// effect is what the changes add to the household's bill.
func (v *agentCalendar) effect() money.Cents { return v.Outcome.Effect() }

func (v *agentCalendar) title() string {
	return words.UpperFirst(v.Enrolment.Child.FirstName) + ", " + lowered(v.Enrolment.Activity.Name)
}
