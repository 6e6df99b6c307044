package civil_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"preau/internal/civil"
)

func paris(t interface{ Fatal(...any) }) *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestWallClockOfTheTown(t *testing.T) {
	loc := paris(t)
	cases := []struct{ name, day, at, want string }{
		{"winter is one hour ahead", "2026-12-07", "16:30", "2026-12-07T15:30:00.000Z"},
		{"summer is two hours ahead", "2026-07-01", "16:30", "2026-07-01T14:30:00.000Z"},
		{"a time that does not exist becomes 03:30", "2027-03-28", "02:30", "2027-03-28T01:30:00.000Z"},
		{"the first second of the jump becomes 03:00", "2027-03-28", "02:00", "2027-03-28T01:00:00.000Z"},
		{"just before the jump", "2027-03-28", "01:59", "2027-03-28T00:59:00.000Z"},
		{"just after the jump", "2027-03-28", "03:00", "2027-03-28T01:00:00.000Z"},
		{"a time that exists twice is the later", "2026-10-25", "02:30", "2026-10-25T01:30:00.000Z"},
		{"the first minute shown twice is the later", "2026-10-25", "02:00", "2026-10-25T01:00:00.000Z"},
		{"just before the clocks go back", "2026-10-25", "01:59", "2026-10-24T23:59:00.000Z"},
		{"just after the clocks went back", "2026-10-25", "03:00", "2026-10-25T02:00:00.000Z"},
		{"the morning after", "2026-10-26", "08:00", "2026-10-26T07:00:00.000Z"},
		{"the evening before", "2026-10-24", "21:00", "2026-10-24T19:00:00.000Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			at, err := civil.ParseTime(c.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := civil.Wall(civil.MustParse(c.day), at, 0, loc).String(); got != c.want {
				t.Errorf("%s %s is %s, want %s", c.day, c.at, got, c.want)
			}
		})
	}
}

func TestWallShowsWhatWasAsked(t *testing.T) {
	loc := paris(t)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "date")
		d.Year = 1980 + d.Year%80
		if d.Month == time.February && d.Day == 29 {
			d.Day = 28
		}
		at := civil.TimeOfDay(rapid.IntRange(180, 1439).Draw(t, "minutes")) // no change of clocks after 03:00
		i := civil.Wall(d, at, 59, loc)
		if civil.DateOf(i, loc) != d || civil.TimeOf(i, loc) != at || i.Time().Second() != 59 {
			t.Fatalf("%v %v is %v", d, at, i)
		}
		if later := civil.Wall(d.AddDays(1), at, 59, loc); later.Sub(i) < 23*time.Hour || later.Sub(i) > 25*time.Hour {
			t.Fatalf("a day lasts %v", later.Sub(i))
		}
	})
}

func TestInstant(t *testing.T) {
	i, err := civil.ParseInstant("2026-12-07T12:00:00.123+01:00")
	if err != nil || i.String() != "2026-12-07T11:00:00.123Z" {
		t.Fatalf("got %v, %v", i, err)
	}
	if same := civil.At(i.Time().In(paris(t)).Add(999 * time.Microsecond)); same != i {
		t.Errorf("%v is not %v", same, i)
	}
	if i.Second().String() != "2026-12-07T11:00:00.000Z" || !i.Second().Before(i) || !i.After(i.Second()) {
		t.Errorf("cut to the second: %v", i.Second())
	}
	if later := i.Add(time.Hour); later.Sub(i) != time.Hour || later.Compare(i) <= 0 {
		t.Errorf("an hour later: %v", later)
	}
	for _, src := range []any{"2026-12-07T11:00:00.123Z", []byte("2026-12-07T11:00:00.123Z"), i.Time().In(paris(t))} {
		var got civil.Instant
		if err := got.Scan(src); err != nil || got != i {
			t.Errorf("Scan(%v) = %v, %v", src, got, err)
		}
	}
	if v, err := i.Value(); err != nil || v != "2026-12-07T11:00:00.123Z" {
		t.Errorf("Value = %v, %v", v, err)
	}
	var never civil.Instant
	if err := never.Scan(nil); err != nil || !never.IsZero() || !never.Second().IsZero() || !civil.At(time.Time{}).IsZero() {
		t.Errorf("NULL = %v, %v", never, err)
	}
	if v, err := never.Value(); v != nil || err != nil {
		t.Errorf("never is stored as %v, %v", v, err)
	}
	if never.Scan(1) == nil || never.Scan("hier") == nil {
		t.Error("nonsense is read as an instant")
	}
}

func TestTimeOfDay(t *testing.T) {
	var at civil.TimeOfDay
	if err := at.Scan("16:30"); err != nil || at != civil.Clock(16, 30) || at.String() != "16:30" {
		t.Errorf("16:30 = %v, %v", at, err)
	}
	if err := at.Scan([]byte("07:05")); err != nil || at.French() != "7 h 05" {
		t.Errorf("07:05 = %v, %v", at, err)
	}
	if v, err := at.Value(); err != nil || v != "07:05" {
		t.Errorf("Value = %v, %v", v, err)
	}
	if at.Scan(nil) == nil || at.Scan(7) == nil {
		t.Error("no time of day is not midnight")
	}
}

func TestFrench(t *testing.T) {
	loc := paris(t)
	monday, first := civil.MustParse("2026-12-07"), civil.MustParse("2027-02-01")
	deadline := civil.Wall(civil.MustParse("2026-11-30"), civil.Clock(23, 59), 59, loc)
	cases := []struct{ got, want string }{
		{monday.Long(), "lundi 7 décembre 2026"},
		{monday.Short(), "lun. 7 déc. 2026"},
		{monday.DayMonth(), "7 décembre"},
		{monday.DayMonthYear(), "7 décembre 2026"},
		{monday.WeekdayDayMonth(), "lundi 7 décembre"},
		{monday.ShortNoYear(), "lun. 7 déc."},
		{monday.Numeric(), "07/12/2026"},
		{first.Long(), "lundi 1er février 2027"},
		{first.Short(), "lun. 1er févr. 2027"},
		{civil.MonthOf(monday).French(), "décembre 2026"},
		{civil.Clock(16, 0).French(), "16 h"},
		{civil.Clock(16, 30).French(), "16 h 30"},
		{civil.FrenchInstant(deadline, loc), "lundi 30 novembre 2026 à 23 h 59"},
		{civil.ShortInstant(deadline, loc), "lun. 30 nov. 23 h 59"},
		{civil.WeekdayName(time.Sunday), "dimanche"},
		{civil.ShortWeekdayName(time.Saturday), "sam."},
		{civil.MonthName(time.August), "août"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// The wire form is written and read by hand: as the standard library would, for every instant and every text.
func TestWireFormIsRFC3339(t *testing.T) {
	const layout = "2006-01-02T15:04:05.000Z"
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(-62135596799000, 253402300799999).Draw(t, "milliseconds")).UTC()
		text := civil.At(at).String()
		if text != at.Format(layout) {
			t.Fatalf("%s is written %s", at.Format(layout), text)
		}
		broken := []byte(text)
		broken[rapid.IntRange(0, len(broken)-1).Draw(t, "place")] = byte(rapid.IntRange(' ', '~').Draw(t, "letter"))
		want, wrong := time.Parse(time.RFC3339Nano, string(broken))
		got, err := civil.ParseInstant(string(broken))
		if (err != nil) != (wrong != nil) || err == nil && got != civil.At(want) {
			t.Fatalf("%s is read as %s (%v), want %s (%v)", broken, got, err, want, wrong)
		}
	})
}
