package office

import (
	"net/http"
	"slices"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

func (p Pages) requestRoutes(s *web.Server) {
	s.Handle("GET /bureau/demandes", p.Door.Office(staff.Instruct, p.requests))
	s.Handle("POST /bureau/demandes", p.Door.Office(staff.Instruct, p.instruct))
}

// requestsShown is how many requests one page answers.
const requestsShown = 100

// requestsView is the page of the bookings that await instruction, or of the waiting lists.
type requestsView struct {
	Activity, Site     string // codes of the filter
	Activities, Sites  []ui.Option
	Lines              []requestLine
	Total, All, Queued int // requests of the filter, of the agent, waiting lists
	Form               *web.Form
	Ticked             []string
	Queues             []booking.Queue
	OnQueues           bool
}

// requestLine is one booking that awaits instruction.
type requestLine struct {
	ID, Child, Household, HouseholdID string
	What, Where, Day, Long, Asked     string
	Places, OverWord                  string
	Over                              bool // accepted after those above it, it has no place left
	Calendar                          string
	activity, site                    string
}

func (p Pages) requests(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := requestsView{Activity: q.Text("activite", 40), Site: q.Text("etablissement", 40), OnQueues: q.Raw("vue") == "attente"}
	return p.showRequests(w, r, who, http.StatusOK, v, q.Raw("cocher") == "tout")
}

// showRequests draws the page; all ticks every request shown.
func (p Pages) showRequests(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v requestsView, all bool) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := booking.PendingList(r.Context(), tx, who)
		if err != nil {
			return err
		}
		v.fill(list, t.Loc)
		v.Queues, err = booking.Queues(r.Context(), tx, who, civil.DateOf(tx.Now, t.Loc))
		v.Queued = len(v.Queues)
		return err
	})
	if err != nil {
		return err
	}
	if all {
		for _, l := range v.Lines {
			v.Ticked = append(v.Ticked, l.ID)
		}
	}
	page := p.frame(w, r, "Demandes", requestsPath, who)
	return web.Render(w, r, status, requestsPage(page, v))
}

// fill takes the requests of the filter, and offers the filters that would find some.
func (v *requestsView) fill(list []booking.PendingView, loc *time.Location) {
	v.All = len(list)
	v.Activities, v.Sites = []ui.Option{{Label: "Toutes"}}, []ui.Option{{Label: "Tous"}}
	for _, b := range list {
		v.Activities = offer(v.Activities, b.Activity.Code, b.Activity.Name)
		v.Sites = offer(v.Sites, b.Site.Code, b.Site.Name)
	}
	lines := slices.DeleteFunc(requestLines(list, loc), func(l requestLine) bool {
		return (v.Activity != "" && l.activity != v.Activity) || (v.Site != "" && l.site != v.Site)
	})
	v.Total = len(lines)
	v.Lines = lines[:min(len(lines), requestsShown)]
}

func offer(options []ui.Option, value, label string) []ui.Option {
	if slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value }) {
		return options
	}
	return append(options, ui.Option{Value: value, Label: label})
}

// requestLines says requests in words. What would go beyond the places is said on each:
// all that await a session are counted, in their order.
func requestLines(list []booking.PendingView, loc *time.Location) []requestLine {
	type session struct {
		activity, site, option string
		day                    civil.Date
	}
	of := func(b booking.PendingView) session {
		return session{b.Line.ActivityID, b.Line.SiteID, b.Line.OptionID, b.Line.Day}
	}
	waiting, rank := map[session]int64{}, map[session]int64{}
	for _, b := range list {
		waiting[of(b)]++
	}
	out := make([]requestLine, len(list))
	for i, b := range list {
		l := requestLine{ID: b.Line.ID, Child: b.Child.Name(), Household: b.Household, HouseholdID: b.Line.HouseholdID, What: b.Activity.Name, Where: b.Site.Name,
			Day: b.Line.Day.ShortNoYear(), Long: b.Line.Day.Long(), Asked: civil.ShortInstant(b.Line.MadeAt, loc), Places: occupancy(b.Booked, b.Places),
			Calendar: calendarAddress(b.Line.EnrolmentID, b.Line.HouseholdID, b.Line.Day), activity: b.Activity.Code, site: b.Site.Code}
		if len(b.Activity.LiveOptions()) > 1 {
			l.What += ", " + lowered(b.Line.OptionName)
		}
		rank[of(b)]++
		if free, limited := b.Free(); limited && free < waiting[of(b)] {
			l.Over, l.OverWord = rank[of(b)] > free, overWord(free, waiting[of(b)])
		}
		out[i] = l
	}
	return out
}

// overWord says how many requests there are for the places that are left.
func overWord(free, waiting int64) string {
	if free <= 0 {
		return "complet"
	}
	return many(waiting, "demande", "demandes") + " pour " + many(free, "place", "places")
}

// instruct accepts or refuses the requests that were ticked.
func (p Pages) instruct(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	ids, accept, reason := form.All("demande"), form.Raw("geste") == "accepter", form.Lines("motif", 500)
	v := requestsView{Activity: form.Text("activite", 40), Site: form.Text("etablissement", 40), Form: form, Ticked: ids}
	if form.Err() == nil && len(ids) <= requestsShown {
		var done booking.Instructed
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			done, err = booking.Instruct(r.Context(), tx, who, ids, accept, reason)
			return err
		})
		if err == nil {
			web.Flash(w, r, instructed(done, accept))
			return web.Redirect(w, r, address(requestsPath, "activite", v.Activity, "etablissement", v.Site))
		}
		if !form.Blame(err) {
			return err
		}
	}
	return p.showRequests(w, r, who, http.StatusUnprocessableEntity, v, false)
}

// instructed says what an instruction did, and what it did not.
func instructed(done booking.Instructed, accept bool) ui.Flash {
	f := ui.Flash{Kind: ui.Good}
	switch {
	case done.Done == 0:
		f.Kind, f.Title = ui.Warn, "Aucune demande n’a changé"
	case accept:
		f.Title = ui.Count(done.Done, "demande acceptée", "demandes acceptées")
	default:
		f.Title = ui.Count(done.Done, "demande refusée", "demandes refusées")
	}
	var say []string
	if done.Over > 0 {
		say = append(say, ui.Count(done.Over, "place a été ouverte", "places ont été ouvertes")+" au-delà de la capacité, pour ces jours seulement.")
	}
	if done.Already > 0 {
		say = append(say, ui.Count(done.Already, "demande avait déjà reçu une réponse ou a été retirée", "demandes avaient déjà reçu une réponse ou ont été retirées")+" entre-temps.")
	}
	if done.Closed > 0 {
		say = append(say, ui.Count(done.Closed, "demande n’est pas acceptée", "demandes ne sont pas acceptées")+"\u00a0: le jour est fermé.")
	}
	if done.Done > 0 {
		say = append(say, "Les familles sont prévenues par e-mail.")
	}
	for i, s := range say {
		if i > 0 {
			f.Text += " "
		}
		f.Text += s
	}
	return f
}

// tickID is the id of a box; the first has the one that a list of errors points to.
func tickID(i int) string {
	if i == 0 {
		return ui.FieldID("demande")
	}
	return ui.FieldID("demande") + "-" + itoa(i)
}

func overCount(lines []requestLine) (n int) {
	for _, l := range lines {
		if l.Over {
			n++
		}
	}
	return n
}
