package work

import (
	"context"
	"strings"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
)

// tellClosure tells one household what a closure freed, or what came back when it was undone.
func tellClosure(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.ClosureTold) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			k, err := activity.ClosureByID(ctx, tx, p.ClosureID)
			if err != nil {
				return err
			}
			l := closureLetter(k, p.Undone, len(p.Bookings))
			l.link, l.words = t.BaseURL+"/espace/planning", "Voir le planning"
			back := "Annulé, non facturé"
			if p.Undone {
				back = "Rétabli"
			}
			if err := addLines(ctx, tx, l, p.Bookings, func(booking.Line) string { return back }); err != nil {
				return err
			}
			c, err := activity.Load(ctx, tx)
			if err != nil {
				return err
			}
			if err := addLines(ctx, tx, l, p.Lost, func(line booking.Line) string { return notBack(c, line) }); err != nil {
				return err
			}
			first := strings.Join(append(p.Bookings, p.Lost...), " ")
			return l.send(ctx, tx, p.HouseholdID, notify.Closures, "closure "+k.ID+" "+first+" "+undoneWord(p.Undone))
		})
	})
}

func undoneWord(undone bool) string {
	if undone {
		return "undone"
	}
	return "closed"
}

func closureLetter(k activity.Closure, undone bool, restored int) *letter {
	span := spanWords(k.From, k.To)
	switch {
	case !undone:
		return &letter{subject: "Fermeture " + span + " : " + k.Reason,
			before: []string{"Le service est fermé " + span + ". Motif : " + k.Reason + ".", "Ces réservations sont annulées. Rien n’est facturé, et vous n’avez rien à faire."}}
	case restored == 0:
		return &letter{subject: "Réouverture " + span,
			before: []string{"La fermeture prévue " + span + " (" + k.Reason + ") est annulée. Vos réservations n’ont pas pu être rétablies : réservez de nouveau ce qui vous est utile."}}
	}
	return &letter{subject: "Réouverture " + span + " : vos réservations sont rétablies",
		before: []string{"La fermeture prévue " + span + " (" + k.Reason + ") est annulée. Vos réservations redeviennent ce qu’elles étaient."}}
}

// notBack says why a booking did not come back: its day stays closed, or has changed.
func notBack(c *activity.Catalogue, line booking.Line) string {
	if a, ok := c.Activity(line.ActivityID); ok {
		if s := c.Service(a, line.SiteID, line.Day); s.Why == activity.Closed {
			return "Reste fermé, non facturé : " + s.Name
		}
	}
	return "Non rétabli : ce jour a changé entre-temps"
}

// addLines files bookings under their child and activity, each with its sentence.
func addLines(ctx context.Context, tx *db.Tx, l *letter, ids []string, sentence func(booking.Line) string) error {
	views := map[string]booking.EnrolmentView{}
	for _, id := range ids {
		line, err := booking.LineByID(ctx, tx, id)
		if err != nil {
			return err
		}
		v, ok := views[line.EnrolmentID]
		if !ok {
			if v, err = booking.EnrolmentByID(ctx, tx, line.EnrolmentID); err != nil {
				return err
			}
			views[line.EnrolmentID] = v
		}
		l.add(v.Child.FirstName+" – "+v.Activity.Name+", "+v.Site.Name, sentence(line), line.Day)
	}
	return nil
}
