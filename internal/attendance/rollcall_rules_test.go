package attendance_test

import (
	"testing"

	"preau/internal/attendance"
	"preau/internal/civil"
)

// How many adults the law asks for (CASF R227-15 and R227-16), each age band rounded up on its own.
func TestAdultsOfChildren(t *testing.T) {
	for _, c := range []struct {
		what          string
		regime        attendance.Regime
		minutes       int
		under6, over6 int
		want          int
	}{
		{"around school without a PEDT: 10 and 14", attendance.SchoolTime, 120, 10, 14, 2},
		{"one child more of each age is one adult more of each", attendance.SchoolTime, 120, 11, 15, 4},
		{"with a PEDT: 14 and 18", attendance.SchoolTimePEDT, 120, 14, 18, 2},
		{"exactly five hours is not more than five", attendance.SchoolTimePEDT, 300, 14, 18, 2},
		{"a whole Wednesday with a PEDT: 10 and 14", attendance.SchoolTimePEDT, 630, 14, 18, 4},
		{"a whole Wednesday without: 8 and 12", attendance.SchoolTime, 630, 8, 12, 2},
		{"holidays: 8 and 12, whatever the hours", attendance.HolidayTime, 240, 16, 13, 4},
		{"a group of one age needs nobody for the other", attendance.HolidayTime, 600, 0, 12, 1},
		{"lunch has no national number", attendance.NoRatio, 120, 60, 80, 0},
		{"the town's own numbers", attendance.TownRatio, 120, 13, 25, 3},
		{"nobody needs nobody", attendance.HolidayTime, 600, 0, 0, 0},
	} {
		if got := c.regime.Ratio(c.minutes, attendance.Ratio{Under6: 12, Over6: 25}).Adults(c.under6, c.over6); got != c.want {
			t.Errorf("%s: %d adults, want %d", c.what, got, c.want)
		}
	}
}

// Those who call the roll open it again themselves for some days; then the office does.
func TestWhoMayReopen(t *testing.T) {
	closed, err := civil.ParseInstant("2026-12-01T13:00:00.000Z")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		office bool
		hours  int
		want   bool
	}{
		{"the same day", false, 2, true},
		{"just before three days", false, 71, true},
		{"after three days", false, 72, false},
		{"the office, any time", true, 2000, true},
	} {
		later := closed.Add(civilHours(c.hours))
		if got := attendance.MayReopen(c.office, closed, later, 3); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
