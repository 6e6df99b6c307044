package privacy_test

import (
	"testing"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/privacy"
)

func TestCutoff(t *testing.T) {
	for _, c := range []struct {
		category string
		months   int
		today    string
		want     string
	}{
		{privacy.Messages, 12, "2026-12-01", "2025-12-01"},
		{privacy.Views, 6, "2026-08-31", "2026-02-28"},
		// A school year goes as a whole, twelve months after its end: in December 2026, all before the year 2025-2026.
		{privacy.Bookings, 12, "2026-12-01", "2025-08-01"},
		{privacy.Bookings, 12, "2027-07-31", "2025-08-01"},
		{privacy.Bookings, 12, "2027-08-01", "2026-08-01"},
		{privacy.Bookings, 24, "2027-08-01", "2025-08-01"},
	} {
		if got := privacy.Cutoff(c.category, c.months, civil.MustParse(c.today)).String(); got != c.want {
			t.Errorf("%s, %d months, on %s: before %s, want %s", c.category, c.months, c.today, got, c.want)
		}
	}
}

// Nothing goes before its months are over, and the longer it is kept, the older what goes.
func TestCutoffNeverGoesTooFar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := civil.New(2026, 1, 1).AddDays(rapid.IntRange(0, 4000).Draw(t, "day"))
		c := rapid.SampledFrom(privacy.Categories()).Draw(t, "category")
		months := rapid.IntRange(c.Least, c.Most).Draw(t, "months")
		cut := privacy.Cutoff(c.ID, months, today)
		if cut.After(today.AddMonths(-months)) {
			t.Fatalf("%s: %s goes on %s although it is kept %d months", c.ID, cut.AddDays(-1), today, months)
		}
		if longer := privacy.Cutoff(c.ID, months+1, today); longer.After(cut) {
			t.Fatalf("%s: a month more and %s goes instead of %s", c.ID, longer, cut)
		}
	})
}

func TestEachCategoryIsComplete(t *testing.T) {
	for _, c := range privacy.Categories() {
		if c.Label == "" || c.What == "" || c.People == "" || c.Purpose == "" || c.From == "" || c.Basis == "" || c.Then == "" {
			t.Errorf("%s: something is not said: %+v", c.ID, c)
		}
		if c.Months < c.Least || c.Months > c.Most || c.Least < 1 {
			t.Errorf("%s: %d months is not between %d and %d", c.ID, c.Months, c.Least, c.Most)
		}
	}
	if _, known := privacy.ByID("nothing"); known {
		t.Error("a category that is not there is found")
	}
}

// What becomes of the household when one of its adults asks to be forgotten.
func TestFates(t *testing.T) {
	july := civil.MustParse("2027-07-02")
	for _, c := range []struct {
		name  string
		s     privacy.Situation
		whole bool
		kept  int // lines that are kept, the journal included
	}{
		{"alone, nothing under way", privacy.Situation{Alone: true, JournalUntil: july}, true, 1},
		{"a child is enrolled", privacy.Situation{Alone: true, EnrolledUntil: july, JournalUntil: july}, false, 2},
		{"a debt is open", privacy.Situation{Alone: true, Disputed: true, JournalUntil: july}, false, 2},
		{"the other adult stays", privacy.Situation{JournalUntil: july}, false, 2},
		{"days in the books", privacy.Situation{Alone: true, Bookings: 12, BookingsUntil: july, JournalUntil: july}, true, 2},
	} {
		fates, kept := privacy.Fates(c.s), 0
		for _, f := range fates {
			if f.Kept {
				kept++
				if f.Until == "" || f.Why == "" {
					t.Errorf("%s: kept without an end or a reason: %+v", c.name, f)
				}
			}
		}
		if c.s.Whole() != c.whole || kept != c.kept {
			t.Errorf("%s: whole %v and %d kept, want %v and %d", c.name, c.s.Whole(), kept, c.whole, c.kept)
		}
	}
}
