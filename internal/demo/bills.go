package demo

import (
	"context"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/work"
)

// billedAt is when the bill of last month was made: on the fourth of this month, or this morning.
func (s *story) billedAt() civil.Instant {
	at := civil.Wall(civil.MonthOf(s.today()).First().AddDays(3), civil.Clock(9, 5), 0, s.Town.Loc)
	if morning := s.Begun.Add(-3 * time.Hour); morning.Before(at) {
		return morning
	}
	return at
}

// billedDays are the days of last month on which the crowd books, before a day: the first eight of the canteen, enough for a bill.
func (s *story) billedDays(before civil.Date) civil.Range {
	canteen, _ := activityOf(s.catalogue, "RESTAURATION")
	days := civil.Range{From: civil.MonthOf(s.today()).Prev().First()}
	if days.From.Before(s.year.FirstDay) {
		days.From = s.year.FirstDay
	}
	days.To = days.From.AddDays(-1)
	for n := 0; n < 8 && days.To.AddDays(1).Before(before); {
		days.To = days.To.AddDays(1)
		if s.catalogue.Service(canteen, "", days.To).Why == activity.Open {
			n++
		}
	}
	return days
}

// bills makes and issues the bill of last month for everybody, as the régie does: the roll-calls are in, it is prepared, looked at, issued.
// The known families are told; the mailbox has no room for all the others.
func (s *story) bills(ctx context.Context) error {
	month := civil.MonthOf(s.today()).Prev()
	if month.Last().Before(s.year.FirstDay) {
		return nil // the term has just begun
	}
	if err := s.rollCalls(ctx, month.Range()); err != nil {
		return err
	}
	run, err := s.issue(ctx, month)
	if err != nil {
		return err
	}
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		if err := job.Discard(ctx, tx, billing.IssuedKind); err != nil {
			return err
		}
		var known billing.IssuedPayload
		for _, who := range []household.Guardian{s.claire, s.karim} {
			list, err := billing.InvoicesOf(ctx, tx, who.HouseholdID)
			if err != nil {
				return err
			}
			for i := range list {
				if list[i].RunID == run.ID {
					known.Invoices = append(known.Invoices, list[i].ID)
				}
			}
		}
		return job.Queue(ctx, tx, billing.IssuedKind, known)
	})
}

// issue does at once what two jobs do while an agent waits.
func (s *story) issue(ctx context.Context, month civil.Month) (run billing.Run, err error) {
	by := household.ByAgent(s.direction)
	handlers := work.Handlers(s.Town)
	for _, step := range []struct {
		kind string
		ask  func(tx *db.Tx) error
	}{
		{billing.PrepareKind, func(tx *db.Tx) (err error) {
			run, err = billing.StartRun(ctx, tx, month, civil.DateOf(tx.Now, s.Town.Loc), by)
			return err
		}},
		{billing.IssueKind, func(tx *db.Tx) error {
			return billing.Issue(ctx, tx, run.ID, civil.Date{}, civil.Date{}, civil.DateOf(tx.Now, s.Town.Loc), by)
		}},
	} {
		err := s.Town.DB.Write(ctx, func(tx *db.Tx) error {
			if err := step.ask(tx); err != nil {
				return err
			}
			return job.Discard(ctx, tx, step.kind)
		})
		if err != nil {
			return run, err
		}
		if err := handlers[step.kind](ctx, []byte(db.JSON(billing.RunPayload{RunID: run.ID}))); err != nil {
			return run, err
		}
	}
	return run, nil
}

// rollCalls says of the children of the known families that they came on some days. Nobody has called the roll of the others: the preview of
// the run says so.
func (s *story) rollCalls(ctx context.Context, days civil.Range) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		facts, err := attendance.Facts(ctx, tx, []string{s.claire.HouseholdID, s.karim.HouseholdID}, days)
		if err != nil {
			return err
		}
		var entries []attendance.Entry
		for i := range facts {
			if f := &facts[i]; f.Outcome() == attendance.NotPointed {
				entries = append(entries, attendance.Entry{ID: db.NewID(), AgentID: s.direction.ID, Session: attendance.Session{ActivityID: f.ActivityID, SiteID: f.SiteID, Day: f.Day},
					ChildID: f.ChildID, OptionID: f.OptionID, Came: attendance.Present, At: civil.Wall(f.Day, civil.Clock(18, 40), 0, s.Town.Loc), Source: attendance.Imported})
			}
		}
		_, err = attendance.Replay(ctx, tx, s.direction, entries, s.Town.Loc)
		return err
	})
}
