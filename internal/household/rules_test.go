package household_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/household"
)

var paris = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return loc
}()

// zoneC is the school year 2026-2027 of zone C.
var zoneC = &calendar.Calendar{Years: []calendar.SchoolYear{{
	Label: "2026-2027", FirstDay: civil.MustParse("2026-09-01"), LastDay: civil.MustParse("2027-07-02"),
	Holidays: []calendar.Holiday{
		{Name: "Toussaint", From: civil.MustParse("2026-10-17"), To: civil.MustParse("2026-11-01")},
		{Name: "Noël", From: civil.MustParse("2026-12-19"), To: civil.MustParse("2027-01-03")},
		{Name: "Hiver", From: civil.MustParse("2027-02-06"), To: civil.MustParse("2027-02-21")},
		{Name: "Printemps", From: civil.MustParse("2027-04-03"), To: civil.MustParse("2027-04-18")},
	},
}}}

func at(s string) civil.Instant {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		if t, err = time.Parse("2006-01-02 15:04", s); err != nil {
			panic(err)
		}
	}
	return civil.Wall(civil.New(t.Year(), t.Month(), t.Day()), civil.Clock(t.Hour(), t.Minute()), t.Second(), paris)
}

// evenFridays is Karim's rule: even weeks, changeover on Friday at 16:00.
func evenFridays(home string) household.CustodyRule {
	return household.CustodyRule{HouseholdID: home, Weeks: household.EvenWeeks, Weekday: time.Friday, Time: civil.Clock(16, 0),
		Holidays: household.HolidaysAsWeeks, From: civil.MustParse("2026-09-01")}
}

// leo is the child of Claire and Karim: Karim has a rule, Claire has the rest.
func leo(dates ...household.CustodyDates) household.Custody {
	return household.Custody{Households: []string{"claire", "karim"}, Rules: []household.CustodyRule{evenFridays("karim")}, Dates: dates}
}

func with(c household.Custody, change func(*household.CustodyRule)) household.Custody {
	c.Rules = append([]household.CustodyRule(nil), c.Rules...)
	change(&c.Rules[0])
	return c
}

func dates(home, from, to string, decided bool, madeAt string) household.CustodyDates {
	return household.CustodyDates{HouseholdID: home, Starts: at(from), Ends: at(to), Decided: decided, MadeAt: at(madeAt)}
}

const made, later = "2026-09-01 10:00", "2026-09-02 10:00"

func TestHolder(t *testing.T) {
	halves := with(leo(), func(r *household.CustodyRule) { r.Holidays = household.FirstHalfEvenYears })
	oddHalves := with(leo(), func(r *household.CustodyRule) { r.Holidays = household.FirstHalfOddYears })
	alternate := with(leo(), func(r *household.CustodyRule) {
		r.Weeks, r.FirstDay = household.Alternate, civil.MustParse("2026-12-18")
	})
	alternateFromMonday := with(leo(), func(r *household.CustodyRule) {
		r.Weeks, r.FirstDay = household.Alternate, civil.MustParse("2026-12-14")
	})
	both := leo()
	both.Rules = append(both.Rules, evenFridays("claire"))
	complementary := leo()
	complementary.Rules = append(complementary.Rules, evenFridays("claire"))
	complementary.Rules[1].Weeks = household.OddWeeks
	until := with(leo(), func(r *household.CustodyRule) { r.To = civil.MustParse("2026-12-13") })
	holiday := leo(dates("claire", "2026-12-24 12:00", "2026-12-25 12:00", false, made))
	clash := leo(dates("claire", "2026-12-24 12:00", "2026-12-25 12:00", false, made), dates("karim", "2026-12-25 00:00", "2026-12-26 00:00", false, made))
	decided := clash
	decided.Dates = append(append([]household.CustodyDates(nil), clash.Dates...), dates("karim", "2026-12-24 00:00", "2026-12-26 00:00", true, made))
	redecided := decided
	redecided.Dates = append(append([]household.CustodyDates(nil), decided.Dates...), dates("claire", "2026-12-25 00:00", "2026-12-26 00:00", true, later))
	halvesAgainstWeeks := with(complementary, func(r *household.CustodyRule) { r.Holidays = household.FirstHalfEvenYears })
	halvesAgainstHalves := with(both, func(r *household.CustodyRule) { r.Holidays = household.FirstHalfEvenYears })
	halvesAgainstHalves.Rules[1].Holidays = household.FirstHalfEvenYears
	nobody := household.Custody{Households: []string{"claire", "karim"}}
	alone := household.Custody{Households: []string{"claire"}, Rules: []household.CustodyRule{evenFridays("claire")}}
	explicitInHalves := halves
	explicitInHalves.Dates = []household.CustodyDates{dates("claire", "2026-12-22 08:00", "2026-12-23 08:00", false, made)}

	for _, c := range []struct {
		name    string
		custody household.Custody
		at      string
		want    string // "?" is contested
	}{
		{"Karim's first second in week 50", leo(), "2026-12-11 16:00:00", "karim"},
		{"Claire's last second of week 49", leo(), "2026-12-11 15:59:59", "claire"},
		{"the canteen of Friday 11 December is Claire's", leo(), "2026-12-11 12:00", "claire"},
		{"the evening care of Friday 11 December is Karim's", leo(), "2026-12-11 16:30", "karim"},
		{"Karim keeps Léo over the weekend and into week 51", leo(), "2026-12-14 12:00", "karim"},
		{"Karim's last second", leo(), "2026-12-18 15:59:59", "karim"},
		{"Claire's from Friday 18 December at 16:00", leo(), "2026-12-18 16:00:00", "claire"},
		{"Karim's week 52 ends on Friday 1 January at 16:00", leo(), "2027-01-01 15:59:59", "karim"},
		{"week 53 is odd: Claire's", leo(), "2027-01-01 16:00:00", "claire"},
		{"week 1 is odd too: Claire's second week begins", leo(), "2027-01-08 16:00:00", "claire"},
		{"Claire's two weeks end on Friday 15 January", leo(), "2027-01-15 15:59:59", "claire"},
		{"week 2 is even: Karim's again", leo(), "2027-01-15 16:00:00", "karim"},
		{"before any rule began: contested", leo(), "2026-08-31 23:59:59", "?"},
		{"the rule begins within a week of Karim's", leo(), "2026-09-01 00:00", "claire"},
		{"an ended rule leaves the rest to both: contested", until, "2026-12-14 00:00", "?"},
		{"the last day of a rule counts", until, "2026-12-13 23:59:59", "karim"},

		{"alternate: the first week", alternate, "2026-12-18 16:00", "karim"},
		{"alternate: the second week is Claire's", alternate, "2026-12-25 16:00", "claire"},
		{"alternate: never two weeks in a row, whatever the numbers", alternate, "2027-01-01 16:00", "karim"},
		{"alternate: Claire's again in week 1", alternate, "2027-01-08 16:00", "claire"},
		{"alternate: backwards too", alternate, "2026-12-11 16:00", "claire"},
		{"alternate: two weeks before", alternate, "2026-12-04 16:00", "karim"},
		{"alternate: the first changeover on or after the first day", alternateFromMonday, "2026-12-18 16:00", "karim"},

		{"2026 is even: the first half of Christmas is Karim's from its first day", halves, "2026-12-19 00:00", "karim"},
		{"the evening before the holidays follows the weeks", halves, "2026-12-18 23:59:59", "claire"},
		{"first half until noon of the middle day", halves, "2026-12-26 11:59:59", "karim"},
		{"second half from noon of the middle day", halves, "2026-12-26 12:00:00", "claire"},
		{"the year is that of the first day of the block", halves, "2027-01-03 23:59:59", "claire"},
		{"after the block the weeks again: week 53 is odd", halves, "2027-01-04 00:00", "claire"},
		{"2027 is odd: the first half of winter is Claire's", halves, "2027-02-06 00:00", "claire"},
		{"and its second half Karim's", halves, "2027-02-13 12:00", "karim"},
		{"odd years: the first half of Christmas 2026 is Claire's", oddHalves, "2026-12-19 12:00", "claire"},
		{"odd years: the second half is Karim's", oddHalves, "2026-12-31 12:00", "karim"},
		{"a rule that ignores holidays", leo(), "2026-12-26 12:00", "karim"},
		{"halves win over the other's weeks", halvesAgainstWeeks, "2026-12-21 12:00", "karim"},
		{"halves give the second half to the other", halvesAgainstWeeks, "2026-12-28 12:00", "claire"},
		{"both want the first half", halvesAgainstHalves, "2026-12-21 12:00", "?"},
		{"explicit dates win over halves", explicitInHalves, "2026-12-22 12:00", "claire"},

		{"explicit dates win over weeks", holiday, "2026-12-25 11:59:59", "claire"},
		{"explicit dates end", holiday, "2026-12-25 16:00", "karim"},
		{"two explicit dates clash", clash, "2026-12-25 06:00", "?"},
		{"where only one stands it holds", clash, "2026-12-25 12:00", "karim"},
		{"an agent's decision settles the clash", decided, "2026-12-25 06:00", "karim"},
		{"the latest decision holds", redecided, "2026-12-25 06:00", "claire"},
		{"the earlier decision holds where it was not changed", redecided, "2026-12-24 18:00", "karim"},

		{"two rules claim the same weeks", both, "2026-12-14 12:00", "?"},
		{"two rules claim neither", both, "2026-12-21 12:00", "?"},
		{"complementary rules: even weeks", complementary, "2026-12-14 12:00", "karim"},
		{"complementary rules: odd weeks", complementary, "2026-12-21 12:00", "claire"},
		{"no rule at all", nobody, "2026-12-14 12:00", "?"},
		{"one household", alone, "2026-12-21 12:00", "claire"},
		{"no household", household.Custody{}, "2026-12-21 12:00", ""},

		{"spring forward: one hour before the changeover of Sunday", sundayNight(), "2027-03-28 01:59:59", "claire"},
		{"spring forward: 02:30 does not exist and is 03:30", sundayNight(), "2027-03-28 03:29:59", "claire"},
		{"spring forward: the changeover", sundayNight(), "2027-03-28 03:30", "karim"},
		{"autumn: the changeover is the later 02:30", sundayNight(), "2026-10-25 02:29:59", "karim"},
		{"autumn: from the later 02:30", sundayNight(), "2026-10-25 02:30", "claire"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.custody.Holder(at(c.at), paris, zoneC)
			want := household.Holder{HouseholdID: c.want}
			if c.want == "?" {
				want = household.Holder{Contested: true}
			}
			if got != want {
				t.Errorf("at %s: %+v, want %+v", c.at, got, want)
			}
		})
	}
}

// sundayNight changes over on Sunday at 02:30, the hour that the change of clocks touches; Karim has weeks 12 of 2027 and 42 of 2026.
func sundayNight() household.Custody {
	return with(leo(), func(r *household.CustodyRule) { r.Weekday, r.Time = time.Sunday, civil.Clock(2, 30) })
}

func TestHolderInTheRepeatedHour(t *testing.T) {
	// On 25/10/2026 the clocks show 02:30 twice, at 00:30 and at 01:30 UTC. The changeover is the later.
	first := civil.At(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC))
	if got := sundayNight().Holder(first, paris, zoneC); got.HouseholdID != "karim" {
		t.Errorf("at the first 02:30: %+v, want karim", got)
	}
	if got := sundayNight().Holder(first.Add(time.Hour), paris, zoneC); got.HouseholdID != "claire" {
		t.Errorf("at the second 02:30: %+v, want claire", got)
	}
}

func drawRule(t *rapid.T, home string) household.CustodyRule {
	day := rapid.IntRange(0, 400)
	r := household.CustodyRule{
		HouseholdID: home,
		Weeks:       rapid.SampledFrom([]string{household.EvenWeeks, household.OddWeeks, household.Alternate}).Draw(t, "weeks"),
		Weekday:     time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")),
		Time:        civil.TimeOfDay(rapid.IntRange(0, 1439).Draw(t, "time")),
		FirstDay:    civil.MustParse("2026-09-01").AddDays(day.Draw(t, "first")),
		Holidays:    rapid.SampledFrom([]string{household.HolidaysAsWeeks, household.FirstHalfEvenYears, household.FirstHalfOddYears}).Draw(t, "holidays"),
		From:        civil.MustParse("2026-09-01").AddDays(day.Draw(t, "from") - 100),
	}
	if rapid.Bool().Draw(t, "ends") {
		r.To = r.From.AddDays(day.Draw(t, "days"))
	}
	return r
}

func TestHolderIsOneHouseholdOrContested(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := household.Custody{Households: []string{"a", "b"}}
		homes := rapid.SampledFrom(c.Households)
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			c.Rules = append(c.Rules, drawRule(t, homes.Draw(t, "home")))
		}
		origin := at("2026-09-01 00:00")
		minutes := rapid.IntRange(0, 400*24*60)
		for range rapid.IntRange(0, 4).Draw(t, "dates") {
			from := origin.Add(time.Duration(minutes.Draw(t, "from")) * time.Minute)
			c.Dates = append(c.Dates, household.CustodyDates{HouseholdID: homes.Draw(t, "home"), Starts: from,
				Ends: from.Add(time.Duration(rapid.IntRange(1, 30*24*60).Draw(t, "length")) * time.Minute), Decided: rapid.Bool().Draw(t, "decided"), MadeAt: origin})
		}
		instant := origin.Add(time.Duration(minutes.Draw(t, "at")) * time.Minute)
		got := c.Holder(instant, paris, zoneC)
		if got.Contested == (got.HouseholdID != "") {
			t.Fatalf("%+v is neither one household nor contested", got)
		}
		c.Households = []string{"b", "a"}
		if again := c.Holder(instant, paris, zoneC); again != got {
			t.Fatalf("the order of the households changes the answer: %+v, then %+v", got, again)
		}
	})
}

func TestComplementaryRulesAreNeverContested(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawRule(t, "a")
		a.Holidays, a.To = household.HolidaysAsWeeks, civil.Date{}
		b := a
		b.HouseholdID = "b"
		switch a.Weeks {
		case household.EvenWeeks:
			b.Weeks = household.OddWeeks
		case household.OddWeeks:
			b.Weeks = household.EvenWeeks
		case household.Alternate:
			b.FirstDay = a.FirstDay.AddDays(7)
		}
		instant := civil.Wall(a.From, 0, 0, paris).Add(time.Duration(rapid.IntRange(0, 600*24*60).Draw(t, "at")) * time.Minute)
		two := household.Custody{Households: []string{"a", "b"}, Rules: []household.CustodyRule{a, b}}
		one := household.Custody{Households: []string{"a", "b"}, Rules: []household.CustodyRule{a}}
		got := two.Holder(instant, paris, zoneC)
		if got.Contested {
			t.Fatalf("contested at %s", instant)
		}
		if rest := one.Holder(instant, paris, zoneC); rest != got {
			t.Fatalf("with the rest left to b: %+v, with b's own rule: %+v", rest, got)
		}
	})
}

func TestResidentOn(t *testing.T) {
	s := household.Standing{Residences: []household.Residence{
		{From: civil.MustParse("2026-01-01"), Resident: true}, {From: civil.MustParse("2026-12-07"), Resident: false},
	}}
	for day, want := range map[string]bool{"2025-12-31": false, "2026-01-01": true, "2026-12-06": true, "2026-12-07": false, "2030-01-01": false} {
		if got := s.ResidentOn(civil.MustParse(day)); got != want {
			t.Errorf("on %s: %v, want %v", day, got, want)
		}
	}
}

func TestQuotientOn(t *testing.T) {
	q := func(value int64, from, known string) household.Quotient {
		return household.Quotient{Value: value, EffectiveOn: civil.MustParse(from), KnownAt: at(known)}
	}
	s := household.Standing{Quotients: []household.Quotient{
		q(95000, "2027-01-01", "2026-11-01 10:00"), q(80000, "2026-09-01", "2026-10-05 10:00"), q(79950, "2026-09-01", "2026-09-05 10:00"),
	}}
	for _, c := range []struct {
		day  string
		want int64
		ok   bool
	}{{"2026-08-31", 0, false}, {"2026-09-01", 80000, true}, {"2026-12-31", 80000, true}, {"2027-01-01", 95000, true}} {
		got, ok := s.QuotientOn(civil.MustParse(c.day))
		if got.Value != c.want || ok != c.ok {
			t.Errorf("on %s: %d, %v; want %d, %v", c.day, got.Value, ok, c.want, c.ok)
		}
	}
}

func BenchmarkHolder(b *testing.B) {
	for name, c := range map[string]household.Custody{
		"one household": {Households: []string{"claire"}},
		"weeks":         leo(),
		"halves":        with(leo(), func(r *household.CustodyRule) { r.Holidays = household.FirstHalfEvenYears }),
	} {
		b.Run(name, func(b *testing.B) {
			instant := at("2026-12-14 12:00")
			for b.Loop() {
				c.Holder(instant, paris, zoneC)
			}
		})
	}
}
