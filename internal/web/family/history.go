package family

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const historyPath = "/espace/historique"

// How many acts a page lists, and how many days of one act are shown before the rest is folded.
const (
	actsShown = 20
	daysShown = 8
)

func (p Pages) historyRoutes(s *web.Server) {
	s.Handle("GET /espace/historique", p.Door.Counter(p.history))
}

// historyPage is what was done on the household's bookings, by whom, the latest first.
type historyPage struct {
	ui.Page
	Acts         []actView
	Older, First string // addresses; empty when there is none
}

// actView is one act.
type actView struct {
	At            string
	When, By      string // "Lundi 30 novembre 2026", "10 h 04, par vous"
	Title         string
	About         string // the activities
	Why           string // the reason that an agent gave
	Lines, Folded []actLine
}

// actLine is what an act did to one day of a child.
type actLine struct{ Icon, Class, Who, Day, Text string }

func (p Pages) history(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, page := web.Town(r), historyPage{}
	mark := readMark(q.Raw("apres"))
	var acts []booking.HistoryEntry
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		acts, err = booking.History(r.Context(), tx, who.HouseholdID, mark, actsShown+1)
		return err
	})
	if err != nil {
		return err
	}
	if len(acts) > actsShown {
		acts = acts[:actsShown]
		page.Older = historyPath + "?apres=" + writeMark(acts[actsShown-1])
	}
	if mark != (booking.HistoryMark{}) {
		page.First = historyPath
	}
	for _, a := range acts {
		page.Acts = append(page.Acts, newAct(a, who, t.Loc))
	}
	page.Page = p.frame(w, r, "Historique", historyPath, who.Name())
	return web.Render(w, r, http.StatusOK, historyView(page))
}

// readMark reads where a page begins; what cannot be read is the first page.
func readMark(text string) booking.HistoryMark {
	at, id, _ := strings.Cut(text, "~")
	i, err := civil.ParseInstant(at)
	if err != nil {
		return booking.HistoryMark{}
	}
	return booking.HistoryMark{At: i, ID: id}
}

func writeMark(h booking.HistoryEntry) string { return url.QueryEscape(h.At.String() + "~" + h.ID) }

func newAct(h booking.HistoryEntry, who household.Guardian, loc *time.Location) actView {
	a := actView{At: h.At.String(), When: upper(civil.DateOf(h.At, loc).Long()), Title: actTitle(h.Outcome)}
	a.By = solid(civil.TimeOf(h.At, loc).French()) + ", " + actBy(h, who)
	var about []string
	if h.Outcome.Reason != "" {
		a.Why = upper(h.Outcome.Reason)
	}
	for _, d := range h.Outcome.Decisions {
		if d.Result == booking.Unchanged {
			continue
		}
		about = appendNew(about, d.Activity)
		l := newActLine(d, loc)
		if len(a.Lines) < daysShown {
			a.Lines = append(a.Lines, l)
		} else {
			a.Folded = append(a.Folded, l)
		}
	}
	a.About = strings.Join(about, ", ")
	if len(a.Folded) == 1 {
		a.Lines, a.Folded = append(a.Lines, a.Folded...), nil
	}
	return a
}

// actBy names who did it, as the guardian who reads calls them.
func actBy(h booking.HistoryEntry, who household.Guardian) string {
	switch {
	case h.Actor == who.Actor() && who.Counter == nil:
		return "par vous"
	case h.Outcome.Agent && h.Outcome.By != "":
		return "par le service (" + h.Outcome.By + ")"
	case h.Outcome.Agent:
		return "par le service"
	case h.Outcome.By != "":
		return "par " + h.Outcome.By
	}
	return "automatiquement"
}

// actKinds are the results in the order of a title, with the words that count them.
var actKinds = []struct {
	result    booking.Result
	one, many string
}{
	{booking.Booked, "jour réservé", "jours réservés"},
	{booking.Reopened, "jour rétabli", "jours rétablis"},
	{booking.Pending, "jour demandé", "jours demandés"},
	{booking.Waiting, "jour en liste d’attente", "jours en liste d’attente"},
	{booking.Offered, "place proposée", "places proposées"},
	{booking.Cancelled, "jour retiré", "jours retirés"},
	{booking.Closed, "jour fermé", "jours fermés"},
	{booking.Refused, "jour refusé", "jours refusés"},
}

// actTitle is "2 jours réservés, 1 jour retiré".
func actTitle(o booking.Outcome) string {
	var parts []string
	for _, k := range actKinds {
		if n := o.Count(k.result); n > 0 {
			parts = append(parts, ui.Count(n, k.one, k.many))
		}
	}
	if len(parts) == 0 {
		return "Aucun changement"
	}
	return strings.Join(parts, ", ")
}

func newActLine(d booking.Decision, loc *time.Location) actLine {
	l := actLine{Who: d.Child, Day: d.Day.Short(), Text: words.Decision(d, loc), Icon: "check", Class: "l-add"}
	switch d.Result {
	case booking.Pending:
		l.Icon = "hourglass"
	case booking.Waiting, booking.Offered:
		l.Icon, l.Class = "list-ordered", "l-wait"
	case booking.Cancelled:
		l.Icon, l.Class = "minus", "l-rem"
	case booking.Closed:
		l.Icon, l.Class = "door-closed", "l-ref"
	case booking.Refused:
		l.Icon, l.Class, l.Text = "x", "l-ref", refusedText(d, loc)
	}
	return l
}

// refusedText says a refusal that is over: "Repas : refusé, trop tard depuis le …".
func refusedText(d booking.Decision, loc *time.Location) string {
	name := d.OptionName
	if name == "" {
		name = upper(d.Noun)
	}
	if d.Refusal.Reason == booking.NoReason {
		return name + " : demande refusée par le service"
	}
	if !d.Add {
		return name + " : gardé, " + words.Refusal(d.Refusal, loc)
	}
	return name + " : refusé, " + words.Refusal(d.Refusal, loc)
}
