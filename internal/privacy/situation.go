package privacy

import (
	"context"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
)

// SituationOf reads what decides of a guardian's request to be forgotten, as it stands now.
func SituationOf(ctx context.Context, tx *db.Tx, who household.Guardian, loc *time.Location) (s Situation, err error) {
	today := civil.DateOf(tx.Now, loc)
	guardians, err := household.Guardians(ctx, tx, who.HouseholdID)
	if err != nil {
		return s, err
	}
	s.Alone = true
	for _, g := range guardians {
		if g.ID != who.ID && g.Name() != "" {
			s.Alone = false
		}
	}
	if s.EnrolledUntil, err = booking.Enrolled(ctx, tx, who.HouseholdID, today); err != nil {
		return s, err
	}
	standing, err := household.StandingOf(ctx, tx, who.HouseholdID)
	if err != nil {
		return s, err
	}
	s.Disputed = standing.Hold != nil
	p, err := PolicyOf(ctx, tx)
	if err != nil {
		return s, err
	}
	last, n, err := booking.LastDay(ctx, tx, who.HouseholdID)
	if err != nil {
		return s, err
	}
	if s.Bookings = n; n > 0 {
		s.BookingsUntil = keptUntil(last, p.MonthsOf(categories[0]))
	}
	journal, _ := ByID(Journal)
	s.JournalUntil = today.AddMonths(p.MonthsOf(journal))
	return s, nil
}

// keptUntil is the first day on which Cutoff lets a booking of a day go: the end of its school year, and the months it is kept.
func keptUntil(day civil.Date, months int) civil.Date {
	year := day.Year
	if day.Month >= 8 {
		year++
	}
	return civil.New(year, 8, 1).AddMonths(months)
}
