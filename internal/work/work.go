package work

import (
	"context"
	"maps"
	"time"

	"preau/internal/attendance"
	"preau/internal/billing"
	"preau/internal/blob"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/notify"
	"preau/internal/payment"
	"preau/internal/privacy"
	"preau/internal/registration"
	"preau/internal/simulation"
	"preau/internal/thread"
	"preau/internal/town"
)

// Housekeep is the kind of the nightly job that forgets what no longer serves and checks the counters.
const Housekeep = "work.housekeep"

// Handlers gives the handler of every kind of job a town has.
func Handlers(t *town.Town) map[string]job.Handler {
	handlers := map[string]job.Handler{
		notify.JobKind:        Mail(t),
		booking.TellFamily:    tellFamily(t),
		booking.TellPromotion: tellPromotion(t),
		booking.TellClosure:   tellClosure(t),
		booking.TellCustody:   tellCustody(t),
		TellDesk:              tellDesk(t),
		booking.ExpireOffer:   expireOffer(t),
		booking.SettleClosure: settleClosure(t),
		simulation.JobKind:    simulate(t),
		booking.FillPlaces:    fillPlaces(t),
		thread.TellKind:       tellThread(t),
		attendance.TellKind:   tellAbsence(t),
		ByTheHour:             byTheHour(t),
		Retain:                retain(t),
		privacy.PreviewKind:   previewRetention(t),
		privacy.CopyKind:      makeCopy(t),
		privacy.EraseKind:     erase(t),
		Housekeep:             housekeep(t),
		blob.RemoveKind:       removeFile(t),
		document.TellDecision: tellDocument(t),
		document.ScanKind:     scanDocument(t),
		DocumentNight:         documentNight(t),
		SweepKind:             sweepFiles(t),
		payment.TellKind:      tellPayment(t),
		payment.SweepKind:     sweepPayments(t),

		attendance.TellClaimKind:   tellClaim(t),
		attendance.SettleEventKind: settleEvent(t),
		household.PrintLetters:     printLetters(t),
		household.SettleRollover:   settleRollover(t),
		household.ForgetLetters:    forgetLetters(t),

		billing.PrepareKind: prepareRun(t),
		billing.IssueKind:   issueRun(t),
	}
	maps.Copy(handlers, dossierHandlers(t))
	maps.Copy(handlers, billHandlers(t))
	maps.Copy(handlers, mandateHandlers(t))
	maps.Copy(handlers, dunningHandlers(t))
	return handlers
}

// Schedule is what a town does by the clock.
func Schedule(t *town.Town) []job.Periodic {
	return []job.Periodic{
		job.Every(Housekeep, job.Daily(civil.Clock(3, 15), t.Loc)),
		job.Every(Retain, job.Daily(civil.Clock(2, 30), t.Loc)),
		job.Every(ByTheHour, job.Interval(time.Hour)),
		job.Every(TellDesk, job.Interval(time.Hour)),
		job.Every(DocumentNight, job.Daily(civil.Clock(5, 30), t.Loc)),
		job.Every(payment.SweepKind, job.Interval(payment.SweepEvery)),
		job.Every(SweepKind, job.Daily(civil.Clock(3, 40), t.Loc)),
		job.Every(mandate.CollectKind, job.Daily(civil.Clock(6, 20), t.Loc)),
		job.Every(dunning.RemindKind, job.Daily(civil.Clock(8, 40), t.Loc)),
		job.Every(dunning.NightKind, job.Daily(civil.Clock(4, 20), t.Loc)),
		job.Every(MandateNight, job.Daily(civil.Clock(4, 10), t.Loc)),
		job.Every(RemindFiles, job.Daily(civil.Clock(9, 10), t.Loc)),
	}
}

// Worker is the worker of a town, not yet running.
func Worker(t *town.Town) *job.Worker {
	return &job.Worker{DB: t.DB, Handlers: Handlers(t), Periodic: Schedule(t), Log: t.Log}
}

// expireOffer takes back an offer nobody answered.
func expireOffer(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.ExpirePayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error { return booking.EndOffer(ctx, tx, p.BookingID, t.Loc) })
	})
}

// settleClosure frees the bookings of a closure, or brings them back, in transactions of one slice each: families go on booking
// in between. What a slice settled is not found again, so a job that dies goes on where it stopped.
func settleClosure(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.ClosurePayload) error {
		for {
			var more bool
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = booking.SettleSlice(ctx, tx, p, t.Loc)
				return err
			})
			if err != nil || !more {
				return err
			}
		}
	})
}

// fillPlaces gives places opened by the town to those who wait, one day a transaction.
func fillPlaces(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.FillPayload) error {
		var days []civil.Date
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			days, err = booking.DaysWaiting(ctx, tx, p)
			return err
		})
		if err != nil {
			return err
		}
		for _, day := range days {
			if err := t.DB.Write(ctx, func(tx *db.Tx) error { return booking.FillDay(ctx, tx, p, day, t.Loc) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// housekeep forgets ended sessions and old tries, and says in the log when a counter of places differs from its bookings:
// that is a mistake of the program, which the database and the tests should have met first.
func housekeep(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		if err := t.DB.Write(ctx, func(tx *db.Tx) error { return identity.Sweep(ctx, tx) }); err != nil {
			return err
		}
		if err := t.DB.Write(ctx, func(tx *db.Tx) error { return registration.Sweep(ctx, tx) }); err != nil {
			return err
		}
		if err := t.DB.Write(ctx, func(tx *db.Tx) error { return simulation.ForgetOld(ctx, tx, civil.DateOf(tx.Now, t.Loc), t.Loc) }); err != nil {
			return err
		}
		if err := dropCopies(ctx, t); err != nil {
			return err
		}
		var drifts []booking.Drift
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			drifts, err = booking.Drifts(ctx, tx)
			return err
		})
		for _, d := range drifts {
			t.Log.ErrorContext(ctx, "a counter of places differs from its bookings", "activity", d.Key.ActivityID, "site", d.Key.SiteID,
				"option", d.Key.OptionID, "day", d.Key.Day.String(), "group", d.Key.Group, "counter", d.Booked, "bookings", d.Counted)
		}
		return err
	})
}
