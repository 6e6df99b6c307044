package family

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/ics"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// feedKey is the purpose of the key that seals the secrets of the feeds.
const feedKey = "feeds"

// What a feed holds, in days around today; what was cancelled is written as such for as long as before.
const (
	feedBefore = 31
	feedAfter  = 366
)

func newFeedBox(base string, f household.Feed, loc *time.Location) feedBox {
	address := base + "/agenda/" + f.Secret + ".ics"
	_, rest, _ := strings.Cut(address, "://")
	return feedBox{Address: address, Webcal: "webcal://" + rest, Since: civil.DateOf(f.CreatedAt, loc).DayMonthYear()}
}

// createFeed gives the guardian a secret address, in place of the one before.
func (p Pages) createFeed(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t := web.Town(r)
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := household.CreateFeed(r.Context(), tx, t.KeyFor(feedKey), who)
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre lien d’agenda est prêt", Text: "Il est plus bas sur cette page. S’il y en avait un autre, il ne fonctionne plus."})
	return web.Redirect(w, r, planningPath+"#agenda")
}

// revokeFeed ends the guardian's secret address.
func (p Pages) revokeFeed(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return household.RevokeFeed(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre lien d’agenda est supprimé", Text: "Les agendas qui l’utilisaient ne se mettent plus à jour. Vous pouvez en créer un autre."})
	return web.Redirect(w, r, planningPath+"#agenda")
}

// feed answers a calendar program that knows a secret address. Nobody is signed in: the secret is all there is.
func (p Pages) feed(w http.ResponseWriter, r *http.Request) error {
	secret, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok || secret == "" {
		return fault.NotFoundf("")
	}
	t := web.Town(r)
	var lines []booking.PlanLine
	var name string
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		who, err := household.GuardianByFeed(r.Context(), tx, secret)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, t.Loc)
		span := civil.Range{From: today.AddDays(-feedBefore), To: today.AddDays(feedAfter)}
		if lines, err = booking.FeedLines(r.Context(), tx, who, span, tx.Now.Add(-feedBefore*24*time.Hour), t.Loc); err != nil {
			return err
		}
		p, err := t.Profile(r.Context(), tx)
		name = p.Name
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := agenda(t, name, lines).Write(&b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", ics.ContentType)
	h.Set("Cache-Control", "private, max-age=900")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b.Bytes()) // a visitor who has left is nobody's failure
	return nil
}

// agenda writes bookings for a calendar program: children by their first name, and nothing of their health.
func agenda(t *town.Town, name string, lines []booking.PlanLine) ics.Calendar {
	c := ics.Calendar{Product: "-//Préau//Planning//FR", Name: "Enfants – " + name, Refresh: 12 * time.Hour, Zone: t.Loc}
	host := t.ID
	if u, err := url.Parse(t.BaseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	for i := range lines {
		c.Events = append(c.Events, event(t, host, &lines[i]))
	}
	return c
}

func event(t *town.Town, host string, p *booking.PlanLine) ics.Event {
	e := ics.Event{
		UID: p.ID + "@" + host, Stamp: p.Since, Sequence: int(p.Seq) - 1, Busy: p.State == booking.StateBooked,
		Start: civil.Wall(p.Day, p.Option.Starts, 0, t.Loc), End: civil.Wall(p.Day, p.Option.Ends, 0, t.Loc),
		Summary: p.Child + " : " + words.LowerFirst(lineName(p)), Location: p.Site.Name,
		Description: words.State(p.State) + ".", URL: t.BaseURL + reservationsPath + p.EnrolmentID + "?semaine=" + p.Day.WeekString(),
	}
	if p.Activity.Kind == activity.Canteen {
		e.Summary = p.Child + " : " + p.Activity.Noun
	}
	switch {
	case p.Closure != "" || !p.State.Live():
		e.Cancelled, e.Busy = true, false
		if p.Closure != "" {
			e.Description = "Fermé : " + words.LowerFirst(p.Closure) + "."
		}
	case p.State != booking.StateBooked:
		e.Summary += " (" + words.LowerFirst(words.State(p.State)) + ")"
	case !p.Until.IsZero():
		e.Description += "\nModifiable jusqu’au " + civil.FrenchInstant(p.Until, t.Loc) + "."
	}
	return e
}
