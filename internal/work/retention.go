package work

import (
	"context"

	"preau/internal/attendance"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/notify"
	"preau/internal/privacy"
	"preau/internal/thread"
	"preau/internal/town"
)

// Retain is the kind of the nightly job that applies the retention table.
const Retain = "work.retain"

const (
	sliceSize         = 200 // rows of one transaction
	householdsAtATime = 10  // of one transaction: each is many rows
	// leavingNotice is how long a family is told beforehand that it will be forgotten, in days.
	leavingNotice = 30
)

// limit is what goes in one category: what is older than a day, and the instant it begins.
type limit struct {
	day civil.Date
	at  civil.Instant
}

// keeper counts and removes what one category holds.
type keeper struct {
	id    string
	count func(ctx context.Context, tx *db.Tx, l limit) (gone, held int, err error)
	slice func(ctx context.Context, tx *db.Tx, l limit) (int, error)
	rest  func(ctx context.Context, tx *db.Tx, l limit) (int, error) // slices of what the rows leave behind, which is not counted; may be nil
}

// keepers are the categories that go row by row; families go by their own way.
var keepers = []keeper{
	{id: privacy.Bookings, count: func(ctx context.Context, tx *db.Tx, l limit) (int, int, error) {
		return booking.CountBefore(ctx, tx, l.day)
	},
		slice: forgetBookings, rest: forgetTraces},
	{id: privacy.Messages, count: plainCount(notify.CountBefore), slice: func(ctx context.Context, tx *db.Tx, l limit) (int, error) {
		return notify.ForgetBefore(ctx, tx, l.at, sliceSize)
	}},
	{id: privacy.Threads, count: plainCount(thread.CountEndedBefore), slice: func(ctx context.Context, tx *db.Tx, l limit) (int, error) {
		return thread.EndedBefore(ctx, tx, l.at, sliceSize)
	}},
	{id: privacy.Views, count: journalCount(true), slice: journalSlice(true)},
	{id: privacy.Journal, count: journalCount(false), slice: journalSlice(false)},
	{id: privacy.Mandates, count: plainCount(mandate.CountBefore), slice: func(ctx context.Context, tx *db.Tx, l limit) (int, error) {
		return mandate.ForgetBefore(ctx, tx, l.at, sliceSize)
	}},
}

func plainCount(count func(context.Context, *db.Tx, civil.Instant) (int, error)) func(context.Context, *db.Tx, limit) (int, int, error) {
	return func(ctx context.Context, tx *db.Tx, l limit) (int, int, error) {
		n, err := count(ctx, tx, l.at)
		return n, 0, err
	}
}

func journalCount(viewed bool) func(context.Context, *db.Tx, limit) (int, int, error) {
	return plainCount(func(ctx context.Context, tx *db.Tx, at civil.Instant) (int, error) {
		return audit.CountBefore(ctx, tx, at, viewed)
	})
}

func journalSlice(viewed bool) func(context.Context, *db.Tx, limit) (int, error) {
	return func(ctx context.Context, tx *db.Tx, l limit) (int, error) {
		return audit.ForgetBefore(ctx, tx, l.at, viewed, sliceSize)
	}
}

func forgetBookings(ctx context.Context, tx *db.Tx, l limit) (int, error) {
	return booking.ForgetBefore(ctx, tx, l.day, sliceSize)
}

// forgetTraces forgets a slice of what bookings leave behind.
func forgetTraces(ctx context.Context, tx *db.Tx, l limit) (int, error) {
	notices, err := attendance.ForgetBefore(ctx, tx, l.day, sliceSize)
	if err != nil {
		return 0, err
	}
	days, err := attendance.ForgetDays(ctx, tx, l.day, sliceSize)
	if err != nil {
		return 0, err
	}
	names, err := attendance.ForgetGuests(ctx, tx, l.day, sliceSize)
	if err != nil {
		return 0, err
	}
	claims, err := attendance.ForgetClaims(ctx, tx, l.day, sliceSize)
	if err != nil {
		return 0, err
	}
	sessions, err := attendance.ForgetSessions(ctx, tx, l.day, sliceSize)
	if err != nil {
		return 0, err
	}
	n, err := booking.ForgetTraces(ctx, tx, l.day, l.at, sliceSize)
	return n + notices + days + names + claims + sessions, err
}

func forgetEnrolments(ctx context.Context, tx *db.Tx, l limit) (int, error) {
	return booking.ForgetEnrolments(ctx, tx, l.day, sliceSize)
}

const disputeHolds = "un blocage en cours (différend ou dette) les retient"

// retain applies the retention table when the town has switched it on. A run that a dead process left open is gone on with: what was
// removed is not there any more, and what is counted adds up.
func retain(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		var p privacy.Policy
		var run privacy.Run
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if p, err = privacy.PolicyOf(ctx, tx); err != nil || !p.On {
				return err
			}
			open := false
			if run, open, err = privacy.Applied(ctx, tx); err == nil && !open {
				run, err = privacy.Begin(ctx, tx, false, "Chaque nuit")
			}
			return err
		})
		if err != nil || !p.On {
			return err
		}
		for _, k := range keepers {
			if err := k.apply(ctx, t, run, p); err != nil {
				return err
			}
		}
		if err := forgetFamilies(ctx, t, run, p); err != nil {
			return err
		}
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			if err := privacy.ForgetRuns(ctx, tx); err != nil {
				return err
			}
			return privacy.Finish(ctx, tx, run.ID)
		})
	})
}

func limitOf(t *town.Town, p privacy.Policy, category string, now civil.Instant) limit {
	c, _ := privacy.ByID(category)
	day := privacy.Cutoff(category, p.MonthsOf(c), civil.DateOf(now, t.Loc))
	return limit{day, civil.Wall(day, 0, 0, t.Loc)}
}

// apply removes one category, a slice a transaction, with the count in the same transaction.
func (k keeper) apply(ctx context.Context, t *town.Town, run privacy.Run, p privacy.Policy) error {
	for {
		n := 0
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			l := limitOf(t, p, k.id, tx.Now)
			if n, err = k.slice(ctx, tx, l); err != nil {
				return err
			}
			line := privacy.Line{Category: k.id, Before: l.day, Removed: n}
			if n == 0 {
				if _, line.Held, err = k.count(ctx, tx, l); err != nil {
					return err
				}
				if line.Held > 0 {
					line.Why = disputeHolds
				}
			}
			return privacy.Note(ctx, tx, run.ID, line)
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return bySlices(ctx, t, p, k.id, k.rest)
		}
	}
}

// bySlices does the same until a slice finds nothing more, a transaction each.
func bySlices(ctx context.Context, t *town.Town, p privacy.Policy, category string, do func(context.Context, *db.Tx, limit) (int, error)) error {
	for do != nil {
		n := 0
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = do(ctx, tx, limitOf(t, p, category, tx.Now))
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// previewRetention counts what a run would remove now, category by category, each in a transaction that only reads.
func previewRetention(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, ask privacy.PreviewPayload) error {
		var p privacy.Policy
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			p, err = privacy.PolicyOf(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		var lines []privacy.Line
		for _, k := range keepers {
			line := privacy.Line{Category: k.id}
			err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
				l := limitOf(t, p, k.id, tx.Now)
				line.Before = l.day
				line.Removed, line.Held, err = k.count(ctx, tx, l)
				return err
			})
			if err != nil {
				return err
			}
			if line.Held > 0 {
				line.Why = disputeHolds
			}
			lines = append(lines, line)
		}
		line, err := countFamilies(ctx, t, p)
		if err != nil {
			return err
		}
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			run, err := privacy.Begin(ctx, tx, true, ask.By)
			if err != nil {
				return err
			}
			for _, l := range append(lines, line) {
				if err := privacy.Note(ctx, tx, run.ID, l); err != nil {
					return err
				}
			}
			return privacy.Finish(ctx, tx, run.ID)
		})
	})
}

// dropCopies removes the copies of data whose week is over; it goes with the housekeeping.
func dropCopies(ctx context.Context, t *town.Town) error {
	for {
		n := 0
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = privacy.DropCopies(ctx, tx, sliceSize)
			return err
		})
		if err != nil || n < sliceSize {
			return err
		}
	}
}
