package calendar_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/calendar"
	"preau/internal/civil"
)

// town is the context of the examples: zone C, closed on the bridge of Fri 07/05/2027.
func town(t testing.TB) calendar.Context {
	return calendar.Context{Loc: paris(t), Calendar: calendar.Embedded("C"), Closed: func(d civil.Date) bool { return d == day("2027-05-07") }}
}

func clock(t testing.TB, s string) civil.TimeOfDay {
	t.Helper()
	at, err := civil.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDeadlines(t *testing.T) {
	cases := []struct{ name, rule, service, want string }{
		{"evening care 16:30 on Tue 08/12/2026, 24 h: Mon 07/12 at 16:30:00", "24h", "2026-12-08 16:30", "2026-12-07 16:30:00"},
		{"leisure centre on Wednesday afternoon 13:30, 48 h: Monday 13:30", "48h", "2026-12-09 13:30", "2026-12-07 13:30:00"},
		{"canteen Mon 07/12/2026, 7 d: Mon 30/11 at 23:59:59", "7d", "2026-12-07 12:00", "2026-11-30 23:59:59"},
		{"holiday leisure centre Mon 21/12/2026, 2 w: Mon 07/12 at 23:59:59", "2w", "2026-12-21 08:00", "2026-12-07 23:59:59"},
		{"two open days at noon before Tue 03/11/2026: Fri 30/10", "2wd@12:00", "2026-11-03 12:00", "2026-10-30 12:00:00"},
		{"48 h over the end of summer time are two days: Sat 24/10 at 08:00", "48h", "2026-10-26 08:00", "2026-10-24 08:00:00"},
		{"36 h over the end of summer time are elapsed: Sat 24/10 at 21:00", "36h", "2026-10-26 08:00", "2026-10-24 21:00:00"},
		{"a time that does not exist, Sun 28/03/2027 02:30, becomes 03:30", "24h", "2027-03-29 02:30", "2027-03-28 03:30:00"},
		{"an hour written on the day", "7d@12:00", "2026-12-07 12:00", "2026-11-30 12:00:00"},
		{"hours not a multiple of 24 without a change of clocks", "12h", "2026-12-08 08:00", "2026-12-07 20:00:00"},
		{"no hour before the start", "0h", "2026-12-08 16:30", "2026-12-08 16:30:00"},
		{"the morning of the same day", "0d@09:00", "2026-12-08 12:00", "2026-12-08 09:00:00"},
		{"never after the start of the option", "0d", "2026-12-08 12:00", "2026-12-08 12:00:00"},
		{"a public holiday is no open day: before Thu 12/11/2026", "1wd@12:00", "2026-11-12 12:00", "2026-11-10 12:00:00"},
		{"a closure of the town is no open day: before Mon 10/05/2027, over Ascension and its bridge", "1wd", "2027-05-10 12:00", "2027-05-05 23:59:59"},
		{"school holidays count as open days", "2wd@12:00", "2027-01-04 12:00", "2026-12-30 12:00:00"},
		{"school days skip Wednesday", "2sd@12:00", "2026-12-10 12:00", "2026-12-07 12:00:00"},
		{"school days skip the holidays", "2sd@12:00", "2027-01-04 12:00", "2026-12-17 12:00:00"},
		{"school days skip public holidays: before Tue 18/05/2027", "1sd@12:00", "2027-05-18 12:00", "2027-05-14 12:00:00"},
		{"a closure of the town's services is still a school day", "1sd", "2027-05-10 12:00", "2027-05-07 23:59:59"},
		{"Thursday noon of the week before, for a Monday", "week-1:thu@12:00", "2026-12-07 12:00", "2026-12-03 12:00:00"},
		{"Thursday noon of the week before, for a Friday", "week-1:thu@12:00", "2026-12-11 12:00", "2026-12-03 12:00:00"},
		{"Sunday closes its own ISO week", "week-1:sun", "2026-12-07 12:00", "2026-12-06 23:59:59"},
		{"by weekday: Friday of the week before, for a Monday", "table(mon=-1:fri@09:00,thu=0:tue@09:00)", "2026-12-07 12:00", "2026-12-04 09:00:00"},
		{"by weekday: Tuesday of the same week, for a Thursday", "table(mon=-1:fri@09:00,thu=0:tue@09:00)", "2026-12-10 12:00", "2026-12-08 09:00:00"},
		{"by weekday: nothing for a day it does not name", "table(mon=-1:fri@09:00,thu=0:tue@09:00)", "2026-12-08 12:00", "none"},
		{"15 clear days lie between Sat 05/12 and the block of Mon 21/12/2026", "block-15cd@23:59", "2026-12-23 08:00", "2026-12-05 23:59:00"},
		{"the whole block has one deadline", "block-15cd@23:59", "2026-12-31 08:00", "2026-12-05 23:59:00"},
		{"weeks before the block", "block-2w", "2026-12-30 08:00", "2026-12-07 23:59:59"},
		{"open days before the block", "block-2wd@12:00", "2026-12-30 08:00", "2026-12-17 12:00:00"},
		{"clear days before the day", "2cd@12:00", "2026-12-10 08:00", "2026-12-07 12:00:00"},
		{"no block, no deadline", "block-15cd@23:59", "2026-12-07 08:00", "none"},
		{"a fixed date of the block", "block=2026-12-01@12:00", "2026-12-28 08:00", "2026-12-01 12:00:00"},
		{"a fixed date is not for a block that began before it", "block=2026-12-01@12:00", "2026-10-20 08:00", "none"},
		{"a fixed date is not for a block more than a year after it", "block=2026-12-01@12:00", "2025-12-29 08:00", "none"},
		{"a fixed date is not for a day in term", "block=2026-12-01@12:00", "2026-12-08 08:00", "none"},
		{"a public holiday inside a block is of the block", "block-1w@12:00", "2026-12-25 08:00", "2026-12-14 12:00:00"},
		{"school days where no calendar is known", "2sd", "2029-03-05 12:00", "none"},
	}
	c := town(t)
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			d, at, _ := strings.Cut(x.service, " ")
			got := "none"
			until, err := calendar.MustRule(x.rule).Deadline(c.Calendar.Service(day(d), clock(t, at)), c)
			if err == nil {
				got = until.Time().In(c.Loc).Format("2006-01-02 15:04:05")
			} else if !errors.Is(err, calendar.ErrNoDeadline) {
				t.Fatal(err)
			}
			if got != x.want {
				t.Errorf("%s before %s is %s, want %s", x.rule, x.service, got, x.want)
			}
		})
	}
}

func TestTheElapsedHoursOfTheExamples(t *testing.T) {
	c := town(t)
	s := calendar.Service{Day: day("2026-10-26"), Start: civil.Clock(8, 0)}
	start := civil.Wall(s.Day, s.Start, 0, c.Loc)
	for rule, want := range map[string]time.Duration{"48h": 49 * time.Hour, "36h": 36 * time.Hour} {
		until, err := calendar.MustRule(rule).Deadline(s, c)
		if err != nil || start.Sub(until) != want {
			t.Errorf("%s is %v before, %v", rule, start.Sub(until), err)
		}
	}
	// 02:30 of Sun 25/10/2026 exists twice: the later is 01:30 UTC.
	until, err := calendar.MustRule("24h").Deadline(calendar.Service{Day: day("2026-10-26"), Start: civil.Clock(2, 30)}, c)
	if err != nil || until.String() != "2026-10-25T01:30:00.000Z" {
		t.Errorf("a time that exists twice is %v, %v", until, err)
	}
}

func TestSchoolDaysWhereClassTakesPlaceOnWednesday(t *testing.T) {
	c := town(t)
	c.Weekdays = calendar.On(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
	until, err := calendar.MustRule("2sd@12:00").Deadline(c.Calendar.Service(day("2026-12-10"), civil.Clock(12, 0)), c)
	if err != nil || civil.DateOf(until, c.Loc) != day("2026-12-08") {
		t.Errorf("got %v, %v", until, err)
	}
}

func TestTheLastSecondIsAccepted(t *testing.T) {
	c := town(t)
	until, err := calendar.MustRule("24h").Deadline(c.Calendar.Service(day("2026-12-08"), civil.Clock(16, 30)), c)
	if err != nil {
		t.Fatal(err)
	}
	if !calendar.Accepts(until, until) || !calendar.Accepts(until, until.Add(999*time.Millisecond)) {
		t.Error("16:30:00 is accepted, to its last millisecond")
	}
	if calendar.Accepts(until, until.Add(time.Second)) {
		t.Error("16:30:01 is too late")
	}
}

func TestRulesInFrench(t *testing.T) {
	cases := []struct{ rule, canonical, french string }{
		{"24h", "24h", "jusqu’à 24 heures avant"},
		{"1h", "1h", "jusqu’à 1 heure avant"},
		{"0h", "0h", "jusqu’au début de la prestation"},
		{" 7 D ", "7d", "jusqu’à 7 jours avant, 23 h 59"},
		{"7d@12:00", "7d@12:00", "jusqu’à 7 jours avant, 12 h"},
		{"1d@18:30", "1d@18:30", "jusqu’à la veille, 18 h 30"},
		{"0d@09:00", "0d@09:00", "jusqu’au jour même, 9 h"},
		{"02w", "2w", "jusqu’à 2 semaines avant, 23 h 59"},
		{"2wd@12:00", "2wd@12:00", "jusqu’à 2 jours ouvrés avant, 12 h"},
		{"1wd@12:00", "1wd@12:00", "jusqu’à 1 jour ouvré avant, 12 h"},
		{"2sd@12:00", "2sd@12:00", "jusqu’à 2 jours d’école avant, 12 h"},
		{"3cd", "3cd", "jusqu’à 3 jours francs avant, 23 h 59"},
		{"week-1:thu@12:00", "week-1:thu@12:00", "jusqu’au jeudi de la semaine précédente, 12 h"},
		{"week-0:mon@09:00", "week-0:mon@09:00", "jusqu’au lundi de la même semaine, 9 h"},
		{"week-2:fri", "week-2:fri", "jusqu’au vendredi, 2 semaines plus tôt, 23 h 59"},
		{"table(thu=0:tue@09:00, mon=-1:fri@09:00)", "table(mon=-1:fri@09:00,thu=0:tue@09:00)",
			"pour le lundi, jusqu’au vendredi de la semaine précédente, 9 h ; pour le jeudi, jusqu’au mardi de la même semaine, 9 h"},
		{"block-15cd@23:59", "block-15cd@23:59", "jusqu’à 15 jours francs avant les vacances, 23 h 59"},
		{"block-2w", "block-2w", "jusqu’à 2 semaines avant les vacances, 23 h 59"},
		{"block-1d@12:00", "block-1d@12:00", "jusqu’à la veille des vacances, 12 h"},
		{"block-0d@09:00", "block-0d@09:00", "jusqu’au premier jour des vacances, 9 h"},
		{"block=2026-12-01@12:00", "block=2026-12-01@12:00", "jusqu’au mardi 1er décembre 2026, 12 h"},
	}
	for _, x := range cases {
		r, err := calendar.ParseRule(x.rule)
		if err != nil {
			t.Errorf("%s: %v", x.rule, err)
			continue
		}
		if r.String() != x.canonical || r.French() != x.french {
			t.Errorf("%s is %q, %q", x.rule, r, r.French())
		}
	}
	zero := calendar.Rule{}
	if zero.String() != "" || zero.French() != "" {
		t.Errorf("no rule is %q, %q", zero, zero.French())
	}
	if _, err := zero.Deadline(calendar.Service{}, town(t)); !errors.Is(err, calendar.ErrNoDeadline) {
		t.Errorf("no rule gives %v", err)
	}
}

func TestRulesRefused(t *testing.T) {
	for _, text := range []string{"", "7", "d", "-7d", "+7d", "7x", "7d@", "7d@9:00", "7d@24:00", "24h@12:00", "block-24h", "367d", "99999999d", "0w", "0wd", "0sd",
		"week-1", "week-1:thursday", "week-53:thu", "week--1:thu", "week1:thu", "table()", "table(mon=-1:fri", "table(mon=1:fri)", "table(mon=--1:fri)",
		"table(mon=-1:fri,mon=-1:thu)", "table(mon)", "table(lun=-1:fri)", "table(mon=-1:fri@25:00)", "block=2026-13-01", "block-", "2026-12-01", "7d7d", "7é"} {
		r, err := calendar.ParseRule(text)
		var syntax *calendar.SyntaxError
		if err == nil || !errors.As(err, &syntax) || syntax.Reason == "" || syntax.Text != text {
			t.Errorf("%q is %q, %v", text, r, err)
		}
	}
}

func TestPreviewAndCheck(t *testing.T) {
	c := town(t)
	from := day("2026-12-01")
	preview := calendar.MustRule("7d").Preview(c, calendar.Plan{From: from}, 20)
	if len(preview) != 20 || preview[0].Day != from || civil.DateOf(preview[0].Deadline, c.Loc) != day("2026-11-24") {
		t.Errorf("preview %v", preview)
	}
	for _, g := range preview {
		if kind := c.Calendar.Day(g.Day).Kind; kind != calendar.Class {
			t.Errorf("%s is %v", g.Day, kind)
		}
	}
	for _, rule := range []string{"24h", "7d", "2sd@12:00", "table(wed=-1:fri)", "block-15cd@23:59", "block=2026-12-01@12:00"} {
		if err := calendar.MustRule(rule).Check(c, from); err != nil {
			t.Errorf("%s: %v", rule, err)
		}
	}
	never := calendar.Context{Loc: c.Loc, Calendar: c.Calendar, Closed: func(civil.Date) bool { return true }}
	for rule, in := range map[string]calendar.Context{"2wd": never, "2sd": {Loc: c.Loc}, "block-2w": {Loc: c.Loc}, "block=2025-01-01@12:00": c} {
		if err := calendar.MustRule(rule).Check(in, from); err == nil {
			t.Errorf("%s never gives a deadline and is accepted", rule)
		}
	}
}

func TestARuleMustServeEveryDayOfTheActivity(t *testing.T) {
	c := town(t)
	wednesdays := calendar.Plan{From: day("2026-12-01"), Start: civil.Clock(13, 30), Serves: func(d civil.Date) bool {
		return d.Weekday() == time.Wednesday && c.Calendar.Day(d).Kind == calendar.Class
	}}
	if err := calendar.MustRule("48h").CheckPlan(c, wednesdays); err != nil {
		t.Error(err)
	}
	err := calendar.MustRule("table(mon=-1:fri,tue=-1:fri)").CheckPlan(c, wednesdays)
	if err == nil || !strings.Contains(err.Error(), "mercredi 2 décembre 2026") {
		t.Errorf("got %v", err)
	}
}

// anyRule makes every form of the language.
func anyRule() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		at := ""
		if rapid.Bool().Draw(t, "with an hour") {
			at = "@" + civil.TimeOfDay(rapid.IntRange(0, 1439).Draw(t, "hour")).String()
		}
		weekday := func() string {
			return rapid.SampledFrom([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}).Draw(t, "weekday")
		}
		n := rapid.IntRange(1, 52).Draw(t, "n")
		switch rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			return fmt.Sprintf("%dh", n)
		case 1:
			return fmt.Sprintf("%d%s%s", n, rapid.SampledFrom([]string{"d", "w", "wd", "sd", "cd"}).Draw(t, "unit"), at)
		case 2:
			return fmt.Sprintf("week-%d:%s%s", n, weekday(), at)
		case 3:
			return fmt.Sprintf("block-%d%s%s", n, rapid.SampledFrom([]string{"d", "w", "wd", "sd", "cd"}).Draw(t, "unit"), at)
		}
		return fmt.Sprintf("table(%s=-%d:%s%s)", weekday(), n, weekday(), at)
	})
}

func TestRuleLaws(t *testing.T) {
	c := town(t)
	rapid.Check(t, func(t *rapid.T) {
		text := anyRule().Draw(t, "rule")
		r, err := calendar.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		back, err := calendar.ParseRule(r.String())
		if err != nil || back != r || r.French() == "" {
			t.Fatalf("%s reads back as %s, %v", text, back, err)
		}
		s := c.Calendar.Service(day("2025-09-01").AddDays(rapid.IntRange(0, 600).Draw(t, "day")), civil.TimeOfDay(rapid.IntRange(0, 1439).Draw(t, "start")))
		until, err := r.Deadline(s, c)
		if err != nil {
			return
		}
		if until.After(civil.Wall(s.Day, s.Start, 0, c.Loc)) {
			t.Fatalf("%s closes after the start: %v", text, until)
		}
		now := until.Add(time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "away")))
		earlier := now.Add(-time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "earlier")))
		if calendar.Accepts(until, now) && !calendar.Accepts(until, earlier) {
			t.Fatalf("%s: accepted at %v, refused earlier at %v", text, now, earlier)
		}
	})
}

func TestDeadlinesDoNotAllocate(t *testing.T) {
	c := town(t)
	s := c.Calendar.Service(day("2026-12-22"), civil.Clock(8, 0))
	for _, text := range []string{"24h", "36h", "7d", "2wd@12:00", "2sd@12:00", "week-1:thu@12:00", "block-15cd@23:59"} {
		r := calendar.MustRule(text)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := r.Deadline(s, c); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s costs %v allocations", text, n)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	for _, text := range []string{"24h", "7d@12:00", "2wd@12:00", "week-1:thu@12:00", "table(mon=-1:fri@09:00,thu=0:tue@09:00)", "block-15cd@23:59", "block=2026-12-01@12:00", "table("} {
		f.Add(text)
	}
	c := town(f)
	s := c.Calendar.Service(day("2026-12-22"), civil.Clock(8, 0))
	f.Fuzz(func(t *testing.T, text string) {
		r, err := calendar.ParseRule(text)
		if err != nil {
			return
		}
		if back, err := calendar.ParseRule(r.String()); err != nil || back != r {
			t.Fatalf("%q is %q, which reads as %q, %v", text, r, back, err)
		}
		if _, err := r.Deadline(s, c); err != nil && !errors.Is(err, calendar.ErrNoDeadline) {
			t.Fatal(err)
		}
	})
}

func BenchmarkFortyFiveDeadlines(b *testing.B) {
	c := town(b)
	r := calendar.MustRule("2wd@12:00")
	for b.Loop() {
		for i := range 45 {
			d := day("2026-11-30").AddDays(i)
			if c.Calendar.Day(d).Kind == calendar.Class {
				if _, err := r.Deadline(calendar.Service{Day: d, Start: civil.Clock(12, 0)}, c); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
