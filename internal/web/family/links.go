package family

import (
	"context"
	"net/http"
	"time"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// The links of e-mails that act without signing in. Opening one changes nothing, whoever opens it, a scanner of mails among them;
// the button of its page does, once for what is booked. A link carries the town's signature, and names one guardian, one child and one day, or one
// account and one topic.

func (p Pages) linkRoutes(s *web.Server) {
	s.Handle("GET /absence/{ticket}", web.Anyone(p.absence))
	s.Handle("POST /absence/{ticket}", web.Anyone(p.announceAbsence))
	s.Handle("GET /desabonnement/{ticket}", web.Anyone(p.unsubscribe))
	s.Handle("POST /desabonnement/{ticket}", web.Anyone(p.stopMessages))
}

// errLink answers for a link that the town did not make, or that leads to nobody any more.
var errLink = fault.NotFoundf("Ce lien n’est pas valable. Connectez-vous à votre espace pour faire la même chose.")

// absenceView is what announcing an absence would do, or did.
type absenceView struct {
	ui.Page
	Child, Day        string // "Léo", "mardi 8 décembre"
	Cancelled, Billed []absenceItem
	Done              string // when it was announced; empty: not yet
	Action            string
}

// absenceItem is one booking of the day.
type absenceItem struct{ What, Until string }

// errTooLate answers for the link of a day that is over.
var errTooLate = fault.Refusedf("Ce lien ne sert plus : le jour est passé.")

// absenceTicket reads a link and finds whose it is.
func absenceTicket(ctx context.Context, tx *db.Tx, t *town.Town, ticket string) (g household.Guardian, c household.Child, day civil.Date, err error) {
	parts, ok := t.ReadTicket(attendance.Ticket, ticket, 3)
	if !ok {
		return g, c, day, errLink
	}
	if day, err = civil.Parse(parts[2]); err != nil {
		return g, c, day, errLink
	}
	if day.Before(civil.DateOf(tx.Now, t.Loc)) {
		return g, c, day, errTooLate
	}
	if g, err = household.GuardianByID(ctx, tx, parts[0]); err != nil {
		return g, c, day, lost(err)
	}
	if g.AccountID == "" {
		return g, c, day, errLink
	}
	account, err := identity.ByID(ctx, tx, g.AccountID)
	if err != nil {
		return g, c, day, lost(err)
	}
	if account.Suspended() {
		return g, c, day, errLink
	}
	c, err = household.ChildOf(ctx, tx, g, parts[1])
	return g, c, day, lost(err)
}

// lost says of what is gone that the link leads nowhere.
func lost(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errLink
	}
	return err
}

func (p Pages) absence(w http.ResponseWriter, r *http.Request) error {
	t, v := web.Town(r), absenceView{Action: r.URL.EscapedPath()}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		g, child, day, err := absenceTicket(r.Context(), tx, t, r.PathValue("ticket"))
		if err != nil {
			return err
		}
		v.Child, v.Day = child.FirstName, day.WeekdayDayMonth()
		cancelled, billed, err := attendance.Outlook(r.Context(), tx, g, child.ID, day, t.Loc)
		if err != nil || len(cancelled)+len(billed) > 0 {
			v.items(cancelled, billed, t.Loc)
			return err
		}
		n, _, err := attendance.Find(r.Context(), tx, g, child.ID, day)
		v.told(n, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	return p.showAbsence(w, r, v)
}

func (p Pages) showAbsence(w http.ResponseWriter, r *http.Request, v absenceView) error {
	v.Page = web.Frame(w, r, ui.Page{Title: "Signaler une absence"})
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, absencePage(v))
}

func (p Pages) announceAbsence(w http.ResponseWriter, r *http.Request) error {
	t, v := web.Town(r), absenceView{}
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		g, child, day, err := absenceTicket(r.Context(), tx, t, r.PathValue("ticket"))
		if err != nil {
			return err
		}
		v.Child, v.Day = child.FirstName, day.WeekdayDayMonth()
		n, err := attendance.Announce(r.Context(), tx, g, child.ID, day, t.Loc)
		v.told(n, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	return p.showAbsence(w, r, v)
}

// told shows what an announced absence did.
func (v *absenceView) told(n attendance.Notice, loc *time.Location) {
	if n.ID == "" {
		return
	}
	v.Done = civil.FrenchInstant(n.At, loc)
	v.items(n.Cancelled, n.Billed, loc)
}

func (v *absenceView) items(cancelled, billed []attendance.Item, loc *time.Location) {
	list := func(items []attendance.Item) (out []absenceItem) {
		for _, i := range items {
			item := absenceItem{What: i.Activity + ", " + i.Option}
			if !i.Until.IsZero() {
				item.Until = civil.FrenchInstant(i.Until, loc)
			}
			out = append(out, item)
		}
		return out
	}
	v.Cancelled, v.Billed = list(cancelled), list(billed)
}

// unsubscribeView is a topic to stop, or stopped.
type unsubscribeView struct {
	ui.Page
	Topic, Action string
	Done          bool
}

func unsubscribeTicket(t *town.Town, ticket string) (account string, topic notify.Topic, err error) {
	parts, ok := t.ReadTicket(notify.UnsubscribeTicket, ticket, 2)
	if !ok || !notify.Topic(parts[1]).Mutable() {
		return "", "", errLink
	}
	return parts[0], notify.Topic(parts[1]), nil
}

func (p Pages) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	_, topic, err := unsubscribeTicket(web.Town(r), r.PathValue("ticket"))
	if err != nil {
		return err
	}
	return p.showUnsubscribe(w, r, unsubscribeView{Topic: topic.Label(), Action: r.URL.EscapedPath()})
}

func (p Pages) showUnsubscribe(w http.ResponseWriter, r *http.Request, v unsubscribeView) error {
	v.Page = web.Frame(w, r, ui.Page{Title: "Ne plus recevoir ces messages"})
	return web.Render(w, r, http.StatusOK, unsubscribePage(v))
}

// stopMessages mutes a topic: by the button of the page, or by the mail program itself (RFC 8058), which sends no cookie and reads
// no page.
func (p Pages) stopMessages(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	account, topic, err := unsubscribeTicket(t, r.PathValue("ticket"))
	if err != nil {
		return err
	}
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := identity.ByID(r.Context(), tx, account); err != nil {
			return lost(err)
		}
		return notify.Mute(r.Context(), tx, account, topic)
	})
	if err != nil {
		return err
	}
	return p.showUnsubscribe(w, r, unsubscribeView{Topic: topic.Label(), Done: true})
}
