package family

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/news"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// wishesShown is how many of the wishes under way the first page lists.
const wishesShown = 6

func (p Pages) homeRoutes(s *web.Server) {
	s.Handle("GET /espace", p.Door.Counter(p.home))
}

// homePage is what the first page of a family's space shows.
type homePage struct {
	ui.Page
	Now, First string // "Lundi 30 novembre 2026, 10 h 04", "Claire"
	Hold       string // since when and why bookings are blocked
	Due, After []due
	Asked      []document.Need // documents the family still has to give
	Nothing    string          // what stands in place of an empty list
	WeekTitle  string
	WeekOf     string // "Cette semaine", or the next when this one is over
	Kids       []kid
	Wishes     []wishLine
	MoreWishes int
	News       []ui.Story
}

// kid is a child with its week.
type kid struct {
	ID, Name, School string
	Second           bool // the other colour of the initial
	Calendars        []ui.Link
	Icons            []string
	Days             []day // none in a week of the other parent: the note says it
	Note             string
}

// wishLine is something the family waits for.
type wishLine struct {
	Icon, Day, At string // "ven. 4 déc. 2026", "2026-12-04"
	What, State   string
	Note          string
}

// home is the first page: what is due now, then each child's week.
func (p Pages) home(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t := web.Town(r)
	var page homePage
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		h, err := readHome(r.Context(), tx, who, t.Loc)
		if err != nil {
			return err
		}
		page = h.page(who)
		return nil
	})
	if err != nil {
		return err
	}
	page.Page = p.frame(w, r, "Accueil", signin.FamilyHome, who.Name())
	return web.Render(w, r, http.StatusOK, homeView(page))
}

// homeData is what the first page reads, in as many queries whatever the number of children, days and years.
type homeData struct {
	outlook
	kin      []booking.Kin
	monday   civil.Date // of the week shown
	lines    []booking.PlanLine
	wishes   []booking.PlanLine
	standing household.Standing
	file     []due // what the file asks
	news     []*news.Item
	needs    []document.Need
}

func readHome(ctx context.Context, tx *db.Tx, who household.Guardian, loc *time.Location) (*homeData, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	h := &homeData{outlook: outlook{scene: newScene(tx.Now, loc), catalogue: c}}
	h.cal, h.home, h.resident = c.Calendar, who.HouseholdID, h.standing.ResidentOn
	h.monday = shownMonday(h.today)
	if h.kin, err = booking.KinOf(ctx, tx, who, c, h.today); err != nil {
		return nil, err
	}
	if err := h.readCustody(ctx, tx, h.kin); err != nil {
		return nil, err
	}
	if asksStanding(h.kin) {
		if h.standing, err = household.StandingOf(ctx, tx, who.HouseholdID); err != nil {
			return nil, err
		}
		h.resident = h.standing.ResidentOn
	}
	h.look(h.kin)
	if h.wishes, err = booking.Wishes(ctx, tx, who, c, h.today, loc); err != nil {
		return nil, err
	}
	h.rank(h.wishes)
	span := civil.Range{From: h.today.Monday(), To: later(h.last, h.monday.AddDays(6))}
	if h.lines, err = booking.PlanLines(ctx, tx, who, c, span, loc); err != nil {
		return nil, err
	}
	h.arrange(h.kin, h.lines)
	if h.news, err = newsFor(ctx, tx, h.kin); err != nil {
		return nil, err
	}
	ask, asked, err := dueFile(ctx, tx, who.HouseholdID, loc)
	if asked {
		h.file = append(h.file, ask)
	}
	if err == nil {
		var owed []due
		owed, err = dueBills(ctx, tx, who.HouseholdID, loc)
		h.file = append(owed, h.file...)
	}
	if err == nil {
		_, h.needs, err = readNeeds(ctx, tx, who, h.kin, h.today)
	}
	return h, err
}

// readCustody reads the custody of the children shared with another household, if any.
func (s *scene) readCustody(ctx context.Context, tx *db.Tx, kin []booking.Kin) (err error) {
	if shared := sharedOf(kin); len(shared) > 0 {
		s.custody, err = household.Custodies(ctx, tx, shared)
	}
	return err
}

// shownMonday is the week to show: on Saturday and Sunday, the one that comes.
func shownMonday(today civil.Date) civil.Date { return today.AddDays(2).Monday() }

// asksStanding tells whether a rule of the activities depends on the residence or on a hold.
func asksStanding(kin []booking.Kin) bool {
	return slices.ContainsFunc(kin, func(k booking.Kin) bool {
		return slices.ContainsFunc(k.Enrolments, func(v booking.EnrolmentView) bool {
			return v.Activity.NeedsPaidUp || v.Activity.PriorityOpening.String() != ""
		})
	})
}

func (h *homeData) page(who household.Guardian) homePage {
	page := homePage{Now: upper(h.today.Long()) + ", " + solid(civil.TimeOf(h.now, h.loc).French()), First: who.FirstName,
		WeekTitle: weekTitle(h.monday), WeekOf: "Cette semaine"}
	if h.monday.After(h.today) {
		page.WeekOf = "La semaine prochaine"
	}
	if hold := h.standing.Hold; hold != nil {
		page.Hold = "Depuis le " + civil.DateOf(hold.Since, h.loc).DayMonthYear() + " : " + words.LowerFirst(hold.Reason)
	}
	page.News = h.stories()
	page.Asked = h.needs
	page.Due, page.After = h.lists(h.lines, h.wishes)
	page.Due = append(page.Due, h.file...)
	if len(page.Due) == 0 {
		page.Nothing = "Aucun délai ne tombe d’ici demain soir."
	}
	for i, k := range h.kin {
		page.Kids = append(page.Kids, h.kid(k, i%2 == 1))
	}
	page.Wishes = h.wishLines()
	if n := len(page.Wishes); n > wishesShown {
		page.Wishes, page.MoreWishes = page.Wishes[:wishesShown], n-wishesShown
	}
	return page
}

func (h *homeData) kid(k booking.Kin, second bool) kid {
	out := kid{ID: k.Child.ID, Name: k.Child.FirstName, School: schoolOf(k), Second: second, Note: h.custodyNote(k.Child.ID, h.monday)}
	if days := h.weekOf(k.Child.ID, h.monday, h.lines); hasSlots(days) || !h.theirs(k.Child.ID, h.monday) {
		out.Days = days
	}
	for _, v := range k.Enrolments {
		out.Calendars = append(out.Calendars, ui.Link{Href: reservationsPath + v.Enrolment.ID, Label: shortName(v.Activity)})
		out.Icons = append(out.Icons, kindIcon(v.Activity.Kind))
	}
	return out
}

func hasSlots(days []day) bool {
	return slices.ContainsFunc(days, func(d day) bool { return len(d.Slots) > 0 })
}

// shortName names an activity on a button: "Repas", "Étude surveillée".
func shortName(a *activity.Activity) string {
	if a.Kind == activity.Canteen {
		return upper(a.NounPlural)
	}
	return a.Name
}

// wishLine says one thing that the family waits for.
func (s *scene) wishLine(p *booking.PlanLine) wishLine {
	in := s.slot(p)
	out := wishLine{Icon: in.Icon, Day: p.Day.Short(), At: p.Day.String(), What: lineName(p) + "\u00a0: " + p.Child, State: in.State}
	switch p.State {
	case booking.StatePending:
		out.Note = "Demandé le " + solid(civil.DateOf(p.MadeAt, s.loc).ShortNoYear()) + " Le service vous répond par e-mail."
	case booking.StateWaiting:
		out.Note = "Un e-mail vous prévient si une place se libère."
	}
	return out
}

// wishLines are the wishes under way, offers apart: they stand among what is due.
func (h *homeData) wishLines() []wishLine {
	var list []wishLine
	for i := range h.wishes {
		if p := &h.wishes[i]; p.State != booking.StateOffered {
			list = append(list, h.wishLine(p))
		}
	}
	return list
}
