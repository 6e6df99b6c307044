package family

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// recapPage is step 2: what would change, what would not and why, what it costs. Nothing is written yet.
type recapPage struct {
	ui.Page
	Path, Back   string
	Activity     string
	Fields       []hidden // the wish, for the calendar and for the confirmation
	Refused      string   // what is known to be refused, left out of the confirmation
	Same         []string // siblings asked for
	Opened       string
	View         string
	SubmissionID string
	Groups       []recapGroup
	Accepted     int
	Denied       int
	Total        money.Cents
	Priced       bool
	Button       string
	Why          []string // sentences that explain the prices
	Email        string
	AllOrNothing bool
	Problem      string // why nothing was written, after a confirmation
}

// recapGroup is one child's part.
type recapGroup struct {
	ID, Child, Site, Summary string
	Main                     bool
	Lines                    []recapLine
	Months                   []recapMonth // the same lines, when there are many
	Refused                  []refusedGroup
	DeniedCount              int
	Total                    money.Cents
}

type recapLine struct {
	Date                   civil.Date
	Day, Text, Class, Icon string
	Cents                  money.Cents
	Priced                 bool
}

// recapMonth folds the lines of one month.
type recapMonth struct {
	Title string
	Lines []recapLine
}

// manyLines is where a child's lines are folded by month.
const manyLines = 24

// refusedGroup are the days refused for one reason.
type refusedGroup struct {
	Reason string
	Days   []string
	Remove bool
}

// recap shows step 2, or redraws the calendar when one of its tools was used. It writes nothing.
func (p Pages) recap(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("enrolment")
	changes, err := readWish(id, f)
	if err != nil {
		return err
	}
	if f.Raw("outil") != "" || f.Raw("aller") != "" {
		return p.useTool(w, r, who, f, ofEnrolment(id, changes))
	}
	return p.showRecap(w, r, who, f, changes, "")
}

// showRecap decides the wish and shows the outcome; problem says why a confirmation wrote nothing.
func (p Pages) showRecap(w http.ResponseWriter, r *http.Request, who signin.Guardian, f *web.Form, changes []booking.Change, problem string) error {
	id := r.PathValue("enrolment")
	var d draft
	var o booking.Outcome
	err := townOf(r).read(r, func(ctx context.Context, tx *db.Tx, t *calendarTown) (err error) {
		if err := d.open(ctx, tx, t, who.Guardian, id, nil, func(c booking.EnrolmentView) view { return formView(f, c, civil.DateOf(tx.Now, t.loc)) }); err != nil {
			return err
		}
		if changes, err = d.withSiblings(changes, f.All("meme_demande")); err != nil {
			return err
		}
		o, err = booking.Decide(ctx, tx, who.Guardian, booking.Request{EnrolmentID: id, Changes: changes, Opened: p.openOpening(r, who, f.Raw("ouvert"))}, t.loc)
		return err
	})
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		page := p.calendarPage(w, r, who, &d)
		page.Problem = "Vous n’avez rien changé : cochez ou décochez au moins un jour."
		return web.Render(w, r, http.StatusUnprocessableEntity, calendarView(page))
	}
	page := p.recapPage(w, r, who, &d, o, f)
	page.Problem = problem
	status := http.StatusOK
	if page.Accepted == 0 || problem != "" {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, recapView(page))
}

func formView(f *web.Form, c booking.EnrolmentView, today civil.Date) view {
	if v, ok := readTarget(f.Raw("vue")); ok {
		return v
	}
	return view{Month: civil.MonthOf(clamp(today, c.Enrolment.Period))}
}

// withSiblings asks the same for the siblings that were chosen, once; a sibling already in the wish is asked again from the
// calendar's own changes. An enrolment that is not of the household is fault.NotFound.
func (d *draft) withSiblings(changes []booking.Change, ids []string) ([]booking.Change, error) {
	own := ofEnrolment(d.current.Enrolment.ID, changes)
	for _, id := range ids {
		i := slices.IndexFunc(d.all, func(v booking.EnrolmentView) bool { return v.Enrolment.ID == id })
		if i < 0 {
			return nil, fault.NotFoundf("Cette inscription n’existe pas.")
		}
		v := d.all[i]
		if v.Child.ID == d.current.Child.ID || v.Activity.Kind != d.current.Activity.Kind {
			continue
		}
		others := booking.Translate(own, d.current.Activity, v)
		changes = slices.DeleteFunc(changes, func(c booking.Change) bool { return c.EnrolmentID == id })
		changes = append(changes, others...)
	}
	return changes, nil
}

func (p Pages) recapPage(w http.ResponseWriter, r *http.Request, who signin.Guardian, d *draft, o booking.Outcome, f *web.Form) recapPage {
	id := d.current.Enrolment.ID
	var all []booking.Change
	var refused []string
	page := recapPage{Path: reservationsPath + id, Back: reservationsPath + id + d.view.query(), Activity: d.current.Activity.Name, Same: f.All("meme_demande"),
		Opened: f.Raw("ouvert"), View: d.view.name(), SubmissionID: f.Raw("envoi"), Email: who.Email, AllOrNothing: f.Raw("tout") == "oui"}
	if page.SubmissionID == "" {
		page.SubmissionID = db.NewID()
	}
	whys := map[string]bool{}
	for _, dec := range o.Decisions {
		all = append(all, dec.Change)
		page.add(id, dec, d.town.loc)
		switch dec.Result {
		case booking.Refused:
			refused = append(refused, value(id, dec.Change))
			page.Denied++
		case booking.Unchanged:
		default:
			page.Accepted++
			if dec.Priced && dec.Why != "" && !whys[dec.Why] && dec.Effect() != 0 {
				whys[dec.Why] = true
				page.Why = append(page.Why, dec.Child+", "+words.LowerFirst(dec.Activity)+" : "+dec.Why)
			}
		}
	}
	page.Fields, page.Refused, page.Total = wishFields(id, all), join(refused), o.Effect()
	page.Button = confirmButton(o)
	page.summarise()
	page.Page = p.frame(w, r, "Récapitulatif, "+words.LowerFirst(page.Activity), "/espace/planning", who.Name())
	page.Task = true
	page.Crumbs = []ui.Link{{Href: "/espace", Label: "Accueil"}, {Href: page.Back, Label: upper(plural(d.current.Activity.NounPlural)) + " " + of(d.current.Child.FirstName)}, {Label: "Récapitulatif"}}
	return page
}

// add puts a decision in its child's group.
func (page *recapPage) add(main string, d booking.Decision, loc *time.Location) {
	i := slices.IndexFunc(page.Groups, func(g recapGroup) bool { return g.ID == d.EnrolmentID })
	if i < 0 {
		i = len(page.Groups)
		page.Groups = append(page.Groups, recapGroup{ID: d.EnrolmentID, Child: d.Child, Site: d.Site, Main: d.EnrolmentID == main})
	}
	g := &page.Groups[i]
	if d.Result == booking.Refused {
		g.refuse(d, loc)
		return
	}
	line := recapLine{Date: d.Day, Day: upper(d.Day.WeekdayDayMonth()), Text: words.Decision(d, loc), Cents: d.Effect(), Priced: d.Priced && d.Effect() != 0}
	switch d.Result {
	case booking.Cancelled:
		line.Class, line.Icon = "l-rem", "minus"
	case booking.Waiting:
		line.Class, line.Icon = "l-wait", "list-ordered"
	case booking.Pending:
		line.Class, line.Icon = "l-add", "hourglass"
	case booking.Unchanged:
		line.Class, line.Icon = "l-same", "check"
	default:
		line.Class, line.Icon = "l-add", "plus"
	}
	g.Lines = append(g.Lines, line)
	g.Total += d.Effect()
}

func (g *recapGroup) refuse(d booking.Decision, loc *time.Location) {
	reason := words.Decision(d, loc)
	i := slices.IndexFunc(g.Refused, func(r refusedGroup) bool { return r.Reason == reason })
	if i < 0 {
		i = len(g.Refused)
		g.Refused = append(g.Refused, refusedGroup{Reason: reason, Remove: !d.Add})
	}
	g.DeniedCount++
	g.Refused[i].Days = append(g.Refused[i].Days, d.Day.ShortNoYear())
}

func (page *recapPage) summarise() {
	for i := range page.Groups {
		g := &page.Groups[i]
		added, removed, waiting := 0, 0, 0
		for _, l := range g.Lines {
			added += one(l.Class == "l-add")
			removed += one(l.Class == "l-rem")
			waiting += one(l.Class == "l-wait")
			page.Priced = page.Priced || l.Priced
		}
		var parts []string
		if added > 0 {
			parts = append(parts, ui.Count(added, "ajout", "ajouts"))
		}
		if removed > 0 {
			parts = append(parts, ui.Count(removed, "retrait", "retraits"))
		}
		if waiting > 0 {
			parts = append(parts, ui.Count(waiting, "jour en liste d’attente", "jours en liste d’attente"))
		}
		if g.DeniedCount > 0 {
			parts = append(parts, ui.Count(g.DeniedCount, "refus", "refus"))
		}
		g.Summary = strings.Join(parts, ", ")
		g.fold()
	}
}

// fold groups the lines by month when there are many.
func (g *recapGroup) fold() {
	if len(g.Lines) <= manyLines {
		return
	}
	for _, l := range g.Lines {
		title := upper(civil.MonthOf(l.Date).French())
		if n := len(g.Months); n == 0 || g.Months[n-1].Title != title {
			g.Months = append(g.Months, recapMonth{Title: title})
		}
		m := &g.Months[len(g.Months)-1]
		m.Lines = append(m.Lines, l)
	}
}

// confirmButton says what will happen: "Réserver 6 repas, en retirer 1".
func confirmButton(o booking.Outcome) string {
	adds, removes := o.Count(booking.Booked)+o.Count(booking.Pending)+o.Count(booking.Waiting), o.Count(booking.Cancelled)
	noun, nouns := "jour", "jours"
	for _, d := range o.Decisions {
		noun, nouns = d.Noun, d.Plural
	}
	switch {
	case adds > 0 && removes > 0:
		return "Réserver " + ui.Count(adds, noun, nouns) + ", en retirer " + itoa(removes)
	case adds > 0:
		return "Réserver " + ui.Count(adds, noun, nouns)
	}
	return "Retirer " + ui.Count(removes, noun, nouns)
}

// book confirms: the wish is decided again and written in one transaction. A second click finds the first answer.
func (p Pages) book(w http.ResponseWriter, r *http.Request, who signin.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("enrolment")
	changes, err := readWish(id, f)
	if err != nil {
		return err
	}
	if len(f.Raw("envoi")) < 16 || len(f.Raw("envoi")) > 64 {
		return fault.Invalidf("envoi", "Ce récapitulatif n’est plus valable. Revenez au calendrier et recommencez.")
	}
	request := booking.Request{SubmissionID: f.Raw("envoi"), EnrolmentID: id, Changes: without(changes, id, f.Raw("refus")), AllOrNothing: f.Raw("tout") == "oui",
		Opened: p.openOpening(r, who, f.Raw("ouvert"))}
	town := web.Town(r)
	var o booking.Outcome
	err = town.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		o, err = booking.Submit(r.Context(), tx, who.Guardian, request, town.Loc)
		return err
	})
	if err != nil {
		return err
	}
	if !o.Written {
		return p.showRecap(w, r, who, f, changes, notWritten(o, request.AllOrNothing))
	}
	target, _ := readTarget(f.Raw("vue"))
	query := "?"
	if target != (view{}) {
		query = target.query() + "&"
	}
	return web.Redirect(w, r, reservationsPath+id+query+"envoi="+o.SubmissionID)
}

func notWritten(o booking.Outcome, allOrNothing bool) string {
	if allOrNothing && o.Count(booking.Refused) > 0 {
		return "Rien n’a été enregistré : vous aviez demandé tout ou rien, et un jour n’est plus possible."
	}
	if o.Count(booking.Refused) > 0 {
		return "Rien n’a été enregistré : ces jours ne sont plus possibles."
	}
	return "Rien n’a été enregistré : tout est déjà comme vous le demandez."
}

// without leaves out the changes that the recapitulation showed as refused.
func without(changes []booking.Change, own, refused string) []booking.Change {
	list := strings.Fields(refused)
	return slices.DeleteFunc(slices.Clone(changes), func(c booking.Change) bool { return slices.Contains(list, value(own, c)) })
}

// An activity may grant a few minutes to a form that was opened in time. The opening is an instant signed for this session and
// this calendar's address space: absent, altered, or of another session, it gives no grace.
func (p Pages) sealOpening(r *http.Request, who signin.Guardian, at civil.Instant) string {
	text := at.String()
	return text + "." + base64.RawURLEncoding.EncodeToString(openingMAC(r, who, text))
}

func (p Pages) openOpening(r *http.Request, who signin.Guardian, sealed string) civil.Instant {
	i := strings.LastIndexByte(sealed, '.')
	if i < 0 {
		return civil.Instant{}
	}
	mac, err := base64.RawURLEncoding.DecodeString(sealed[i+1:])
	if err != nil || !hmac.Equal(mac, openingMAC(r, who, sealed[:i])) {
		return civil.Instant{}
	}
	at, err := civil.ParseInstant(sealed[:i])
	if err != nil {
		return civil.Instant{}
	}
	return at
}

func openingMAC(r *http.Request, who signin.Guardian, text string) []byte {
	mac := hmac.New(sha256.New, web.Town(r).KeyFor("calendar-opening"))
	mac.Write([]byte(who.Session.ID + "|" + text))
	return mac.Sum(nil)
}
