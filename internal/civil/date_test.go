package civil_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/civil"
)

func anyDate() *rapid.Generator[civil.Date] {
	return rapid.Custom(func(t *rapid.T) civil.Date {
		return civil.New(1900, time.January, 1).AddDays(rapid.IntRange(0, 90_000).Draw(t, "days"))
	})
}

func TestDatesAgreeWithTheStandardLibrary(t *testing.T) {
	for n := -400_000; n < 400_000; n += 13 {
		want := time.Date(2000, time.January, 1+n, 0, 0, 0, 0, time.UTC)
		d := civil.New(2000, time.January, 1).AddDays(n)
		if y, m, day := want.Date(); d != (civil.Date{Year: y, Month: m, Day: day}) {
			t.Fatalf("%d days from 2000-01-01: %v, want %v", n, d, want)
		}
		year, week := d.ISOWeek()
		if y, w := want.ISOWeek(); d.Weekday() != want.Weekday() || year != y || week != w {
			t.Fatalf("%v: %v, week %d-%d", want, d.Weekday(), year, week)
		}
	}
}

func TestDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "date")
		n := rapid.IntRange(-5000, 5000).Draw(t, "n")
		later := d.AddDays(n)
		if later.DaysSince(d) != n || later.AddDays(-n) != d {
			t.Fatalf("%v + %d = %v", d, n, later)
		}
		if d.Before(later) != (n > 0) || d.After(later) != (n < 0) || (d.Compare(later) == 0) != (n == 0) {
			t.Fatalf("order of %v and %v", d, later)
		}
		if back, err := civil.Parse(d.String()); err != nil || back != d {
			t.Fatalf("%v reads back as %v, %v", d, back, err)
		}
		monday, err := civil.ParseWeek(d.WeekString())
		if err != nil || monday != d.Monday() || monday.Weekday() != time.Monday || d.DaysSince(monday) < 0 || d.DaysSince(monday) > 6 {
			t.Fatalf("week of %v starts %v, %v", d, monday, err)
		}
		m := civil.MonthOf(d)
		if back, err := civil.ParseMonth(m.String()); err != nil || back != m || m.Next().Prev() != m || !m.Range().Contains(d) {
			t.Fatalf("month of %v is %v, %v", d, m, err)
		}
		if m.Last().AddDays(1) != m.Next().First() || !m.Before(m.Next()) {
			t.Fatalf("%v does not end where %v begins", m, m.Next())
		}
	})
}

func TestParseTyped(t *testing.T) {
	for _, s := range []string{"2026-12-07", "07/12/2026", "7/12/2026"} {
		if d, err := civil.ParseTyped(s); err != nil || d != civil.New(2026, 12, 7) {
			t.Errorf("%q is %s, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "//", "31/02/2026", "07/12/26", "007/12/2026", "2026/12/07", "7/12/2026/1"} {
		if d, err := civil.ParseTyped(s); err == nil {
			t.Errorf("%q is %s", s, d)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "0000-01-01", "07/12/2026", "2026-12-07T00:00", "2026_12_07", "２０２６-12"} {
		if d, err := civil.Parse(s); err == nil {
			t.Errorf("Parse(%q) = %v", s, d)
		}
	}
	for _, s := range []string{"", "2025-W53", "2026-W00", "2026-W54", "2026W50", "2026-50", "0000-W10"} {
		if d, err := civil.ParseWeek(s); err == nil {
			t.Errorf("ParseWeek(%q) = %v", s, d)
		}
	}
	for _, s := range []string{"", "2026-13", "2026", "2026-12-01"} {
		if m, err := civil.ParseMonth(s); err == nil {
			t.Errorf("ParseMonth(%q) = %v", s, m)
		}
	}
	for _, s := range []string{"", "24:00", "9:00", "12:60", "12h30", "12:3", "-1:00"} {
		if v, err := civil.ParseTime(s); err == nil {
			t.Errorf("ParseTime(%q) = %v", s, v)
		}
	}
}

func TestWeeksAroundTheNewYear(t *testing.T) {
	cases := map[string]string{"2026-12-07": "2026-W50", "2026-12-31": "2026-W53", "2027-01-03": "2026-W53", "2027-01-04": "2027-W01"}
	for day, want := range cases {
		if got := civil.MustParse(day).WeekString(); got != want {
			t.Errorf("%s is in %s, want %s", day, got, want)
		}
	}
}

func TestAddMonths(t *testing.T) {
	d := civil.MustParse("2027-01-31")
	for n, want := range map[int]string{1: "2027-02-28", 13: "2028-02-29", -1: "2026-12-31", -2: "2026-11-30", 0: "2027-01-31"} {
		if got := d.AddMonths(n).String(); got != want {
			t.Errorf("%d months later: %s, want %s", n, got, want)
		}
	}
	if got := civil.New(2026, time.December, 32); got != civil.MustParse("2027-01-01") {
		t.Errorf("32 December is %v", got)
	}
}

func TestAge(t *testing.T) {
	birth := civil.MustParse("2020-02-29")
	for day, want := range map[string]int{"2023-02-28": 2, "2023-03-01": 3, "2024-02-29": 4} {
		if got := civil.MustParse(day).Age(birth); got != want {
			t.Errorf("on %s: %d, want %d", day, got, want)
		}
	}
}

func TestRange(t *testing.T) {
	r := civil.Range{From: civil.MustParse("2026-12-30"), To: civil.MustParse("2027-01-02")}
	days := slices.Collect(r.Days())
	if len(days) != 4 || r.Len() != 4 || days[0] != r.From || days[3] != r.To {
		t.Fatalf("days %v", days)
	}
	for range r.Days() {
		break
	}
	if !r.Contains(r.To) || r.Contains(r.To.AddDays(1)) || r.Contains(r.From.AddDays(-1)) {
		t.Error("both ends are included, nothing else")
	}
	next := civil.Range{From: r.To, To: r.To}
	empty := civil.Range{From: r.To, To: r.From}
	if !r.Overlaps(next) || !next.Overlaps(r) || empty.Len() != 0 || empty.Overlaps(r) || r.Overlaps(empty) {
		t.Error("overlap is sharing a day")
	}
	if r.Overlaps(civil.Range{From: civil.MustParse("2027-01-03"), To: civil.MustParse("2027-01-09")}) {
		t.Error("ranges that only touch do not overlap")
	}
}

func TestDatabaseAndJSONForms(t *testing.T) {
	day := civil.MustParse("2026-12-07")
	for _, src := range []any{"2026-12-07", []byte("2026-12-07"), time.Date(2026, 12, 7, 0, 0, 0, 0, time.UTC)} {
		var d civil.Date
		if err := d.Scan(src); err != nil || d != day {
			t.Errorf("Scan(%v) = %v, %v", src, d, err)
		}
	}
	if v, err := day.Value(); err != nil || v != "2026-12-07" {
		t.Errorf("Value = %v, %v", v, err)
	}
	d := day
	if err := d.Scan(nil); err != nil || !d.IsZero() || d.String() != "" {
		t.Errorf("NULL = %v, %v", d, err)
	}
	if v, err := d.Value(); v != nil || err != nil {
		t.Errorf("no date is stored as %v, %v", v, err)
	}
	if err := d.Scan(7); err == nil {
		t.Error("a number is read as a date")
	}
	type payload struct {
		Day, None civil.Date
		Start     civil.TimeOfDay
		At, Never civil.Instant
	}
	in := payload{Day: day, Start: civil.Clock(16, 30), At: civil.At(time.Date(2026, 12, 7, 11, 0, 0, 1_999_999, time.UTC))}
	text, err := json.Marshal(in)
	want := `{"Day":"2026-12-07","None":"","Start":"16:30","At":"2026-12-07T11:00:00.001Z","Never":""}`
	if err != nil || string(text) != want {
		t.Errorf("JSON %s, %v", text, err)
	}
	var out payload
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("read back %+v, %v", out, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-12-07")
	f.Add("2026-W50")
	f.Add("16:30")
	f.Add("2026-12-07T11:00:00.001Z")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := civil.Parse(s); err == nil && d.String() != s {
			t.Errorf("date %q is %v", s, d)
		}
		if d, err := civil.ParseWeek(s); err == nil && d.WeekString() != s {
			t.Errorf("week %q is %v", s, d)
		}
		if m, err := civil.ParseMonth(s); err == nil && m.String() != s {
			t.Errorf("month %q is %v", s, m)
		}
		if v, err := civil.ParseTime(s); err == nil && v.String() != s {
			t.Errorf("time %q is %v", s, v)
		}
		if i, err := civil.ParseInstant(s); err == nil {
			if back, err := civil.ParseInstant(i.String()); !i.IsZero() && i.Time().Year() >= 0 && i.Time().Year() <= 9999 && (err != nil || back != i) {
				t.Errorf("instant %q is %v, reads back %v, %v", s, i, back, err)
			}
		}
	})
}
