package household_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/towntest"
)

// What a day says is what Holder says at every minute of it.
func TestDaysSayWhatHolderSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := household.Custody{Households: []string{"a", "b"}}
		day := rapid.Custom(func(t *rapid.T) civil.Date {
			return civil.MustParse("2026-10-20").AddDays(rapid.IntRange(0, 100).Draw(t, "day"))
		})
		clock := rapid.Custom(func(t *rapid.T) civil.TimeOfDay { return civil.TimeOfDay(rapid.IntRange(0, 24*60-1).Draw(t, "minute")) })
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			from := day.Draw(t, "from")
			c.Rules = append(c.Rules, household.CustodyRule{HouseholdID: rapid.SampledFrom(c.Households).Draw(t, "whose"), From: from,
				Weeks: rapid.SampledFrom([]string{household.EvenWeeks, household.OddWeeks, household.Alternate}).Draw(t, "weeks"), FirstDay: from,
				Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")), Time: clock.Draw(t, "time"), To: from.AddDays(rapid.IntRange(0, 90).Draw(t, "length")),
				Holidays: rapid.SampledFrom([]string{household.HolidaysAsWeeks, household.FirstHalfEvenYears, household.FirstHalfOddYears}).Draw(t, "holidays")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "dates") {
			starts := civil.Wall(day.Draw(t, "starts"), clock.Draw(t, "at"), 0, paris)
			c.Dates = append(c.Dates, household.CustodyDates{HouseholdID: rapid.SampledFrom(c.Households).Draw(t, "whose"), Starts: starts,
				Ends: starts.Add(time.Duration(rapid.IntRange(1, 6000).Draw(t, "minutes")) * time.Minute), Decided: rapid.Bool().Draw(t, "decided")})
		}
		d := c.Days(civil.Range{From: day.Draw(t, "shown"), To: day.Draw(t, "shown")}, paris, zoneC)
		for _, d := range d {
			part := -1
			for minute := range 24 * 60 {
				at := civil.TimeOfDay(minute)
				if part+1 < len(d.Parts) && d.Parts[part+1].From == at {
					part++
				}
				// an hour that the change of clocks repeats or skips has no instant of its own
				if instant := civil.Wall(d.Day, at, 0, paris); civil.TimeOf(instant, paris) == at && d.Day != civil.MustParse("2026-10-25") {
					if got, want := d.Parts[part].Holder, c.Holder(instant, paris, zoneC); got != want {
						t.Fatalf("%s %s: %+v, want %+v", d.Day, at, got, want)
					}
				}
			}
		}
	})
}

// What a page shows before an act is what the act writes; what is taken back stays in the database, ended.
func TestPlansForeseeTheVerbs(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f, ctx := makeFamily(tn), t.Context()
		day := civil.MustParse
		plan := func() (c household.Custody) {
			tn.Read(func(tx *db.Tx) (err error) { c, err = household.CustodyOf(ctx, tx, f.leo.ID); return err })
			return c
		}
		agree := func(why string, foreseen household.Custody) {
			t.Helper()
			written := plan()
			span := civil.Range{From: day("2026-11-01"), To: day("2027-09-01")}
			got, want := foreseen.Days(span, paris, zoneC), written.Days(span, paris, zoneC)
			if !slices.EqualFunc(got, want, func(a, b household.CustodyDay) bool { return slices.Equal(a.Parts, b.Parts) }) {
				t.Errorf("%s: foreseen\n%+v\nwritten\n%+v", why, foreseen, written)
			}
			if len(foreseen.Rules) != len(written.Rules) || len(foreseen.Dates) != len(written.Dates) {
				t.Errorf("%s: %d rules and %d dates foreseen, %d and %d written", why, len(foreseen.Rules), len(foreseen.Dates), len(written.Rules), len(written.Dates))
			}
		}
		rule := func(weeks, from string) household.CustodyRule {
			r := karimsRule(household.CustodyRule{ChildID: f.leo.ID, HouseholdID: f.karim.HouseholdID})
			r.Weeks, r.From, r.FirstDay = weeks, day(from), day(from)
			return r
		}
		for _, r := range []household.CustodyRule{rule(household.EvenWeeks, "2026-09-01"), rule(household.OddWeeks, "2027-01-01"),
			rule(household.Alternate, "2027-03-01"), rule(household.EvenWeeks, "2027-02-01")} {
			foreseen := plan().WithRule(r)
			tn.Write(func(tx *db.Tx) error { _, err := household.SetCustodyRule(ctx, tx, agent, r); return err })
			agree("a rule from "+r.From.String(), foreseen)
		}
		if n := count(t, tn, `SELECT count(*) FROM custody_rules WHERE ended_at IS NOT NULL`); n != 1 {
			t.Errorf("%d rules ended, want the one of March", n)
		}
		again := plan().Rules[2]
		again.ID = ""
		tn.Write(func(tx *db.Tx) error { _, err := household.SetCustodyRule(ctx, tx, agent, again); return err })
		if n := count(t, tn, `SELECT count(*) FROM custody_rules`); n != 4 {
			t.Errorf("%d rules after saying the same again, want 4", n)
		}
		dates := household.CustodyDates{ChildID: f.leo.ID, HouseholdID: f.claire.HouseholdID, Starts: at("2026-12-24 12:00"), Ends: at("2026-12-26 18:00")}
		foreseen := plan().WithDates(dates)
		tn.Write(func(tx *db.Tx) error { _, err := household.AddCustodyDates(ctx, tx, agent, dates); return err })
		agree("dates", foreseen)
		p := plan()
		foreseen = p.WithoutDates(p.Dates[0].ID)
		tn.Write(func(tx *db.Tx) error { return household.EndCustodyDates(ctx, tx, agent, p.Dates[0].ID) })
		agree("dates taken back", foreseen)
		for _, last := range []string{"2027-01-20", "2026-12-31"} { // inside the rule of January, then before it
			foreseen = plan().WithoutRule(p.Rules[1].ID, day(last))
			tn.Write(func(tx *db.Tx) error { return household.EndCustodyRule(ctx, tx, agent, p.Rules[1].ID, day(last)) })
			agree("a rule ended on "+last, foreseen)
		}
		if n := count(t, tn, `SELECT count(*) FROM custody_rules`); n != 4 {
			t.Errorf("%d rules in the database: one was deleted", n)
		}
	})
}

func TestBadRulesAndDatesAreExplained(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f, ctx := makeFamily(tn), t.Context()
		good := karimsRule(household.CustodyRule{ChildID: f.leo.ID, HouseholdID: f.karim.HouseholdID})
		for name, c := range map[string]struct {
			field  string
			change func(*household.CustodyRule)
		}{
			"no household":                    {"foyer", func(r *household.CustodyRule) { r.HouseholdID = "" }},
			"no weeks":                        {"semaines", func(r *household.CustodyRule) { r.Weeks = "often" }},
			"alternation without a first day": {"premier_jour", func(r *household.CustodyRule) { r.Weeks = household.Alternate }},
			"no word on holidays":             {"vacances", func(r *household.CustodyRule) { r.Holidays = "" }},
			"no first day":                    {"depuis", func(r *household.CustodyRule) { r.From = civil.Date{} }},
			"ends before it begins":           {"jusqu_au", func(r *household.CustodyRule) { r.To = r.From.AddDays(-1) }},
		} {
			r := good
			c.change(&r)
			wants(t, name, c.field, tn.DB.Write(ctx, func(tx *db.Tx) error { _, err := household.SetCustodyRule(ctx, tx, agent, r); return err }))
		}
		days := household.CustodyDates{ChildID: f.leo.ID, HouseholdID: f.karim.HouseholdID, Starts: at("2026-12-24 12:00"), Ends: at("2026-12-25 12:00")}
		wants(t, "a decision without a reason", "motif", tn.DB.Write(ctx, func(tx *db.Tx) error { _, err := household.DecideCustody(ctx, tx, agent, days); return err }))
		days.Ends = days.Starts
		wants(t, "an end at the start", "fin", tn.DB.Write(ctx, func(tx *db.Tx) error { _, err := household.AddCustodyDates(ctx, tx, agent, days); return err }))
		var r household.CustodyRule
		good.To = civil.MustParse("2027-01-31")
		tn.Write(func(tx *db.Tx) (err error) { r, err = household.SetCustodyRule(ctx, tx, agent, good); return err })
		wants(t, "a later end", "dernier", tn.DB.Write(ctx, func(tx *db.Tx) error {
			return household.EndCustodyRule(ctx, tx, agent, r.ID, civil.MustParse("2027-02-01"))
		}))
	})
}

func count(t *testing.T, tn *towntest.Town, query string) (n int) {
	t.Helper()
	tn.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query).Scan(&n) })
	return n
}

// wants fails the test unless err is a refusal beside this one field.
func wants(t *testing.T, name, field string, err error) {
	t.Helper()
	refusal, ok := fault.As(err)
	if !ok || refusal.Kind != fault.Invalid || len(refusal.Fields) != 1 || refusal.Fields[field] == "" {
		t.Errorf("%s: %v, want it beside %q", name, err, field)
	}
}
