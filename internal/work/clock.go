package work

import (
	"context"
	"errors"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
)

// ByTheHour is the kind of the hourly job that begins what the town does at hours of its own choice.
const ByTheHour = "work.hour"

// byTheHour begins what falls in the hour it was planned for. The town may change its hours at any time: they are read each time. What fails
// holds back none of the rest, and is run again with it: each is told once.
func byTheHour(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p job.Planned) error {
		var h notify.Hours
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			h, err = notify.HoursOf(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		day, hour := civil.DateOf(p.At, t.Loc), civil.TimeOf(p.At, t.Loc).Hour()
		failed := []error{tellKitchens(ctx, t, day, hour)}
		if h.Remind && hour == h.RemindAt {
			failed = append(failed, remind(ctx, t, civil.Wall(day.AddDays(1), civil.Clock(hour, 0), 0, t.Loc)))
		}
		if h.Digest && hour == h.DigestAt && day.Weekday() == time.Sunday {
			failed = append(failed, digest(ctx, t, day.AddDays(1)))
		}
		return errors.Join(failed...)
	})
}

// remind tells each household of its last moments to cancel until an instant, the same hour of the next day. A last moment is told
// once, whatever is run twice; a household is told in a transaction of its own.
func remind(ctx context.Context, t *town.Town, until civil.Instant) error {
	var homes []string
	var span civil.Range
	var now civil.Instant
	err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now
		homes, span, err = booking.DueHouseholds(ctx, tx, now, until, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	for _, home := range homes {
		if err := t.DB.Write(ctx, func(tx *db.Tx) error { return remindHome(ctx, tx, t, home, span, until) }); err != nil {
			return err
		}
	}
	return t.DB.Write(ctx, func(tx *db.Tx) error { return booking.ForgetReminders(ctx, tx) })
}

func remindHome(ctx context.Context, tx *db.Tx, t *town.Town, home string, span civil.Range, until civil.Instant) error {
	lines, err := booking.Due(ctx, tx, home, span, tx.Now, until, t.Loc)
	if err != nil {
		return err
	}
	l := &letter{link: t.BaseURL + "/espace/planning", words: "Voir et changer les réservations"}
	fresh := map[civil.Instant]bool{}
	var told []booking.PlanLine
	for _, line := range lines {
		if _, asked := fresh[line.Until]; !asked {
			if fresh[line.Until], err = booking.Reminded(ctx, tx, home, line.Until); err != nil {
				return err
			}
		}
		if fresh[line.Until] {
			told = append(told, line)
		}
	}
	if len(told) == 0 {
		return nil
	}
	for _, line := range told {
		l.add("Jusqu’au "+civil.FrenchInstant(line.Until, t.Loc), line.Child+" – "+line.Activity.Name+", "+line.OptionName, line.Day)
	}
	l.subject = "Dernier moment pour annuler : " + civil.ShortInstant(told[0].Until, t.Loc)
	l.before = []string{"Ces jours sont réservés. Ils ne pourront bientôt plus être annulés : après, ils seront facturés même si l’enfant ne vient pas. Si tout est juste, vous n’avez rien à faire."}
	return l.send(ctx, tx, home, notify.Reminders, "reminder "+home+" "+told[0].Until.String())
}
