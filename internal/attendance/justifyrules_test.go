package attendance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/attendance"
	"preau/internal/civil"

	"pgregory.net/rapid"
)

// moments reads "07/12 absent, 08/12 absent": a day of December 2026 unless the year follows, its hour, and what happened.
func moments(t *testing.T, text string) (out []attendance.Moment) {
	t.Helper()
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		s := attendance.Moment{Day: civil.MustParse(words[0]), Starts: civil.Clock(11, 30), Came: attendance.Came(words[len(words)-1])}
		if len(words) == 3 {
			at, err := civil.ParseTime(words[1])
			if err != nil {
				t.Fatal(err)
			}
			s.Starts = at
		}
		out = append(out, s)
	}
	return out
}

func paris(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestRunsOfAbsence(t *testing.T) {
	for _, c := range []struct{ name, moments, want string }{
		{"two days in a row are one absence", "2026-12-07 absent, 2026-12-08 absent", "2026-12-07 2026-12-08"},
		{"a weekend does not break it", "2026-12-11 absent, 2026-12-14 absent", "2026-12-11 2026-12-14"},
		{"a Wednesday without a booking does not break it", "2026-12-08 absent, 2026-12-10 absent", "2026-12-08 2026-12-10"},
		{"three days without a booking do not break it", "2026-12-10 absent, 2026-12-14 absent", "2026-12-10 2026-12-14"},
		{"four days without a booking break it", "2026-12-10 absent, 2026-12-15 absent", "2026-12-10 | 2026-12-15"},
		{"holidays break it", "2026-12-18 absent, 2027-01-04 absent", "2026-12-18 | 2027-01-04"},
		{"a presence between breaks it", "2026-12-07 absent, 2026-12-08 present, 2026-12-10 absent", "2026-12-07 | 2026-12-10"},
		{"a presence at another activity breaks it too", "2026-12-07 11:30 absent, 2026-12-07 16:30 present, 2026-12-08 absent", "2026-12-07 | 2026-12-08"},
		{"fallen ill at ten: the absence starts at lunch", "2026-12-07 07:30 present, 2026-12-07 11:30 absent, 2026-12-08 absent", "2026-12-07 2026-12-08"},
		{"all activities together: a day missed twice counts once", "2026-12-07 07:30 absent, 2026-12-07 11:30 absent", "2026-12-07"},
		{"away, back for lunch, away again: two absences meet on the day", "2026-12-07 absent, 2026-12-08 07:30 absent, 2026-12-08 11:30 present, 2026-12-08 16:30 absent", "2026-12-07 2026-12-08 | 2026-12-08"},
		{"a day that nobody pointed neither makes nor breaks an absence", "2026-12-07 absent, 2026-12-08 unpointed, 2026-12-10 absent", "2026-12-07 2026-12-10"},
		{"days that nobody pointed fill a gap: something was booked", "2026-12-07 absent, 2026-12-10 unpointed, 2026-12-14 absent", "2026-12-07 2026-12-14"},
		{"never absent", "2026-12-07 present, 2026-12-08 unpointed", ""},
		{"in whatever order they come", "2026-12-08 absent, 2026-12-07 absent", "2026-12-07 2026-12-08"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var runs []string
			for _, r := range attendance.Runs(moments(t, c.moments), 3) {
				var days []string
				for _, d := range r.Days {
					days = append(days, d.String())
				}
				runs = append(runs, strings.Join(days, " "))
			}
			if got := strings.Join(runs, " | "); got != c.want {
				t.Errorf("runs %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheLastInstantOfACertificate(t *testing.T) {
	loc := paris(t)
	at := func(text string) civil.Instant {
		w, err := time.ParseInLocation("2006-01-02 15:04:05", text, loc)
		if err != nil {
			t.Fatal(err)
		}
		return civil.At(w)
	}
	for _, c := range []struct{ name, moments, day, until string }{
		{"absent Monday and Tuesday: until Thursday, for both", "2026-12-07 absent, 2026-12-08 absent", "2026-12-08", "2026-12-10 23:59:59"},
		{"before the holidays", "2026-12-18 absent, 2027-01-04 absent", "2026-12-18", "2026-12-21 23:59:59"},
		{"after the holidays, another absence", "2026-12-18 absent, 2027-01-04 absent", "2027-01-04", "2027-01-07 23:59:59"},
		{"the clocks go back within: days of the calendar", "2026-10-24 absent", "2026-10-24", "2026-10-27 23:59:59"},
		{"the clocks go forward within", "2027-03-27 absent", "2027-03-27", "2027-03-30 23:59:59"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, ok := attendance.RunOf(attendance.Runs(moments(t, c.moments), 3), civil.MustParse(c.day))
			if got := attendance.Deadline(r.First(), 72, loc); !ok || got != at(c.until) {
				t.Errorf("until %s, want %s", civil.FrenchInstant(got, loc), c.until)
			}
		})
	}
	midnight := at("2026-12-08 00:00:00") // which ends the first day
	d := attendance.ClaimDay{Until: attendance.Deadline(civil.MustParse("2026-12-07"), 72, loc)}
	for name, c := range map[string]struct {
		after time.Duration
		late  bool
	}{
		"71 hours after the midnight that ends the first day": {71 * time.Hour, false},
		"the last second":                 {72*time.Hour - time.Second, false},
		"within the last second":          {72*time.Hour - time.Millisecond, false},
		"72 hours":                        {72 * time.Hour, true},
		"73 hours":                        {73 * time.Hour, true},
		"before the absence is even seen": {-24 * time.Hour, false},
	} {
		if got := d.Late(midnight.Add(c.after)); got != c.late {
			t.Errorf("%s: late %v, want %v", name, got, c.late)
		}
	}
	if got := attendance.Deadline(civil.MustParse("2026-12-07"), 36, loc); got != at("2026-12-09 11:59:59") {
		t.Errorf("36 hours: until %s", civil.FrenchInstant(got, loc))
	}
}

// What holds of runs whatever happened: each absence is in one, none spans a presence or too long a gap, and a presence more never brings a
// last instant nearer.
func TestRunsHold(t *testing.T) {
	loc := paris(t)
	start := civil.MustParse("2026-11-02")
	rapid.Check(t, func(t *rapid.T) {
		gap := rapid.IntRange(0, 5).Draw(t, "gap")
		var list []attendance.Moment
		for i := range rapid.IntRange(1, 25).Draw(t, "moments") {
			list = append(list, attendance.Moment{Day: start.AddDays(rapid.IntRange(0, 30).Draw(t, "day")), Starts: civil.TimeOfDay(60*6 + i),
				Came: rapid.SampledFrom([]attendance.Came{attendance.Absent, attendance.Absent, attendance.Present, attendance.Unpointed}).Draw(t, "came")})
		}
		runs := attendance.Runs(list, gap)
		booked := map[civil.Date]bool{}
		for _, s := range list {
			booked[s.Day] = true
			if _, in := attendance.RunOf(runs, s.Day); s.Came == attendance.Absent && !in {
				t.Fatalf("the absence of %s is in no run", s.Day)
			}
		}
		for i, r := range runs {
			if !slices.IsSortedFunc(r.Days, civil.Date.Compare) || i > 0 && r.First().Before(runs[i-1].Days[len(runs[i-1].Days)-1]) {
				t.Fatalf("out of order: %v", runs)
			}
			for d, empty := r.First(), 0; !d.After(r.Days[len(r.Days)-1]); d = d.AddDays(1) {
				if empty++; booked[d] {
					empty = 0
				}
				if empty > gap {
					t.Fatalf("a run over %d days without a booking: %v", empty, r.Days)
				}
			}
			for _, s := range list {
				if s.Came == attendance.Present && s.Day.After(r.First()) && s.Day.Before(r.Days[len(r.Days)-1]) {
					t.Fatalf("a run over a presence: %v over %s", r.Days, s.Day)
				}
			}
		}
		more := append(slices.Clone(list), attendance.Moment{Day: start.AddDays(rapid.IntRange(0, 30).Draw(t, "more")), Starts: civil.Clock(23, 0), Came: attendance.Present})
		after := attendance.Runs(more, gap)
		for _, s := range list {
			if s.Came != attendance.Absent {
				continue
			}
			was, _ := attendance.RunOf(runs, s.Day)
			is, _ := attendance.RunOf(after, s.Day)
			if is.First().Before(was.First()) {
				t.Fatalf("a presence brings the last instant of %s nearer: %s, then %s", s.Day, civil.FrenchInstant(attendance.Deadline(was.First(), 72, loc), loc), is.First())
			}
		}
	})
}
