package mandate_test

import (
	"testing"

	"preau/internal/civil"
	"preau/internal/mandate"
)

func TestDaysOfTheBanks(t *testing.T) {
	for name, c := range map[string]struct {
		day  string
		open bool
	}{
		"a Thursday":                      {"2026-12-10", true},
		"a Saturday":                      {"2026-12-12", false},
		"Christmas":                       {"2026-12-25", false},
		"the day after Christmas":         {"2025-12-26", false},
		"Good Friday":                     {"2027-03-26", false},
		"Easter Monday":                   {"2027-03-29", false},
		"1 May":                           {"2026-05-01", false},
		"a French holiday, 14 July":       {"2027-07-14", false},
		"a school holiday is no holiday":  {"2026-12-22", true},
		"the eve of the year's first day": {"2026-12-31", true},
	} {
		if got := mandate.BankDay(civil.MustParse(c.day)); got != c.open {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := mandate.Earliest(civil.New(2026, 12, 1), 6); got != civil.New(2026, 12, 9) {
		t.Errorf("six working days after Tuesday 1 December: %s", got)
	}
	if got := mandate.Earliest(civil.New(2026, 12, 23), 3); got != civil.New(2026, 12, 29) {
		t.Errorf("three working days after 23 December, over Christmas: %s", got)
	}
	for day, refused := range map[string]bool{"2026-12-09": false, "2026-12-08": true, "2026-12-12": true, "2027-04-01": true} {
		if err := mandate.CheckDue(civil.MustParse(day), civil.New(2026, 12, 1), 6); (err != nil) != refused {
			t.Errorf("%s: %v", day, err)
		}
	}
}
