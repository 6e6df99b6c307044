package demo

import (
	"context"
	"slices"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
)

// absences: Antoine and Léo missed lunch on the same two days of last week; Léo's certificate waits for an answer, Antoine has none and it is
// too late. A class goes on a trip.
func (s *story) absences(ctx context.Context) error {
	days := s.lunches(4, 2)
	if len(days) == 0 {
		return nil
	}
	if err := s.missed(ctx, days, s.antoine, s.leo); err != nil {
		return err
	}
	if err := s.certificate(ctx, days); err != nil {
		return err
	}
	trip := s.next("RESTAURATION", "245", 3, 1)
	if len(trip) == 0 {
		return nil
	}
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := attendance.Declare(ctx, tx, s.direction, attendance.TownEvent{Kind: attendance.ClassTrip, SchoolID: siteID(s.catalogue, "ROSTAND"), Level: "CM2",
			From: trip[0], To: trip[0], Reason: "Sortie au musée"})
		return err
	})
}

// lately: Antoine missed lunch again yesterday, or on the last day there was; there is still time to say why.
func (s *story) lately(ctx context.Context) error {
	if days := s.lunches(1, 1); len(days) > 0 {
		return s.missed(ctx, days, s.antoine)
	}
	return nil
}

// lunches are the latest n days on which the canteen ran, so many days ago at the latest.
func (s *story) lunches(ago, n int) (days []civil.Date) {
	a, _ := activityOf(s.catalogue, "RESTAURATION")
	for d := s.today().AddDays(-ago); len(days) < n && !d.Before(s.year.FirstDay); d = d.AddDays(-1) {
		if onWeekdays("1245", d) && s.catalogue.Service(a, "", d).Why == activity.Open {
			days = append([]civil.Date{d}, days...)
		}
	}
	return days
}

// missed has the roll-call say that children of Claire's were not there, whatever she had booked.
func (s *story) missed(ctx context.Context, days []civil.Date, children ...household.Child) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		facts, err := attendance.Facts(ctx, tx, []string{s.claire.HouseholdID}, civil.Range{From: days[0], To: days[len(days)-1]})
		if err != nil {
			return err
		}
		var entries []attendance.Entry
		for i := range facts {
			f := &facts[i]
			if f.Booked != attendance.BookedDay || f.Closed != "" || !slices.Contains(days, f.Day) || !slices.ContainsFunc(children, func(c household.Child) bool { return c.ID == f.ChildID }) {
				continue
			}
			entries = append(entries, attendance.Entry{ID: db.NewID(), AgentID: s.direction.ID, ChildID: f.ChildID, Came: attendance.Absent,
				Session: attendance.Session{ActivityID: f.ActivityID, SiteID: f.SiteID, Day: f.Day}, At: tx.Now, Source: attendance.OnPaper})
		}
		_, err = attendance.Replay(ctx, tx, s.direction, entries, s.Town.Loc)
		return err
	})
}

// certificate has Claire send Léo's, for the days that are hers.
func (s *story) certificate(ctx context.Context, days []civil.Date) error {
	content, err := sheetGiven{pages: 1}.content(0)
	if err != nil {
		return err
	}
	part, file, err := document.Take(ctx, s.Town.Files, "certificat.jpg", content)
	if err != nil {
		return err
	}
	n := attendance.NewClaim{UploadID: db.NewID(), ChildID: s.leo.ID, Words: "Une angine.", Deposit: document.Deposit{Parts: []document.Part{part}}}
	n.Deposit.Files = append(n.Deposit.Files, file)
	kept := false
	err = s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		list, err := attendance.Candidates(ctx, tx, s.claire, s.leo.ID, s.Town.Loc)
		if err != nil {
			return err
		}
		for _, c := range list {
			for _, d := range days {
				if c.Day == d {
					n.Days = append(n.Days, d)
				}
			}
		}
		if len(n.Days) == 0 {
			return nil // those days were the other parent's
		}
		_, kept, err = attendance.FileClaim(ctx, tx, s.claire, n, s.Town.Loc)
		return err
	})
	if err != nil || kept {
		return err
	}
	return s.Town.Files.Discard(ctx, file)
}
