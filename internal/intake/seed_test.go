package intake_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/intake"
	"preau/internal/tariff"
	"preau/internal/towntest"
)

func seed(t *testing.T, tn *towntest.Town, families int, number int64) intake.Report {
	t.Helper()
	report, err := intake.Seed(t.Context(), tn.Town, intake.SeedOptions{Families: families, Seed: number, By: by})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// people lists the families of a town as text, in the order of their references.
func people(t *testing.T, tn *towntest.Town) (out []string) {
	t.Helper()
	tn.Read(func(tx *db.Tx) error {
		for _, query := range []string{
			`SELECT reference || ' ' || name || ' ' || address_line FROM households ORDER BY reference`,
			`SELECT reference || ' ' || first_name || ' ' || last_name || ' ' || email || ' ' || phone FROM guardians ORDER BY reference`,
			`SELECT reference || ' ' || first_name || ' ' || last_name || ' ' || CAST(born_on AS text) || ' ' || menu FROM children ORDER BY reference`,
			`SELECT c.reference || ' ' || a.code || ' ' || s.code FROM enrolments e JOIN children c ON c.id = e.child_id JOIN activities a ON a.id = e.activity_id
				JOIN sites s ON s.id = e.site_id ORDER BY c.reference, a.code`,
		} {
			lines, err := db.All(t.Context(), tx, query, db.Value[string])
			if err != nil {
				return err
			}
			out = append(out, lines...)
		}
		return nil
	})
	return out
}

func TestSeedIsTheSameForTheSameNumber(t *testing.T) {
	var before []string
	for _, engine := range towntest.Engines {
		tn := towntest.New(t, engine)
		seed(t, tn, 60, 7)
		got := people(t, tn)
		if before != nil && !slices.Equal(before, got) {
			t.Errorf("two engines, two towns: %d and %d lines", len(before), len(got))
		}
		before = got
		seed(t, tn, 60, 7)
		if again := people(t, tn); !slices.Equal(got, again) {
			t.Errorf("a second time: %d lines, then %d", len(got), len(again))
		}
		report := seed(t, tn, 10, 8)
		if report.Households.New < 10 || len(people(t, tn)) <= len(got) {
			t.Errorf("another number adds: %+v", report)
		}
	}
}

func TestSeedIsBelievable(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	report := seed(t, tn, 400, 1)
	if n := report.Children.New; n < 500 || n > 1000 {
		t.Errorf("%d children in 400 families", n)
	}
	if report.Custody.New < 30 || report.Enrolments.New < 2*report.Children.New || report.Households.New <= 400 {
		t.Errorf("report %+v", report)
	}
	fictional := regexp.MustCompile(`^(\+3363998\d{4}|\+3319900\d{4})$`)
	tn.Read(func(tx *db.Tx) error {
		known, err := household.AllHouseholds(t.Context(), tx)
		if err != nil {
			return err
		}
		quotients, residents, shared := 0, 0, 0
		emails := map[string]bool{}
		for _, id := range known {
			guardians, err := household.Guardians(t.Context(), tx, id)
			if err != nil || len(guardians) == 0 || len(guardians) > 2 {
				t.Fatalf("guardians: %+v, %v", guardians, err)
			}
			for _, g := range guardians {
				if !fictional.MatchString(g.Phone) || g.Email != "" && (!strings.HasSuffix(g.Email, ".example") || emails[g.Email]) {
					t.Errorf("guardian %s: %s, %s", g.Name(), g.Phone, g.Email)
				}
				emails[g.Email] = true
			}
			s, err := household.StandingOf(t.Context(), tx, id)
			if err != nil {
				return err
			}
			if _, ok := s.QuotientOn(civil.MustParse("2026-12-01")); ok {
				quotients++
			}
			if s.ResidentOn(civil.MustParse("2026-12-01")) {
				residents++
			}
			children, err := household.Children(t.Context(), tx, id)
			if err != nil || len(children) == 0 || len(children) > 4 {
				t.Errorf("children: %+v, %v", children, err)
			}
			for _, c := range children {
				if c.Shared {
					shared++
				}
			}
		}
		if n := len(known); quotients < n*60/100 || quotients > n*90/100 || residents < n*85/100 || residents == n || shared < 60 {
			t.Errorf("of %d households %d have a quotient, %d are residents; %d shared children", n, quotients, residents, shared)
		}
		return nil
	})
}

func TestSeedOfSummerIsForTheYearToCome(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	tn.SetClock("2026-08-22T20:15")
	seed(t, tn, 5, 1)
	tn.Read(func(tx *db.Tx) error {
		days, err := db.All(t.Context(), tx, `SELECT DISTINCT from_day FROM enrolments`, db.Value[civil.Date])
		if err != nil || !slices.Equal(days, []civil.Date{civil.MustParse("2026-09-01")}) {
			t.Errorf("enrolled from %v, %v", days, err)
		}
		return nil
	})
}

func TestSeedIsFast(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		start := time.Now()
		report := seed(t, tn, 1000, 1)
		took := time.Since(start)
		t.Logf("%d children, %d enrolments: %s", report.Children.New, report.Enrolments.New, took)
		if took > 15*time.Second {
			t.Errorf("1,000 families took %s", took)
		}
	})
}

func TestChatouHasTheRulesOfTheLeaflet(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		years := calendar.Embedded("C").Years
		define := func(tx *db.Tx) error { return intake.Chatou(t.Context(), tx, years[len(years)-1:], tn.Loc) }
		tn.Write(define)
		if err := tn.DB.Write(t.Context(), define); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second time: %v, want conflict", err)
		}
		tn.Read(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			rules := map[string]string{}
			var canteen *activity.Activity
			for _, a := range c.Activities {
				rules[a.Code] = a.Cancel.String()
				if a.Kind == activity.Canteen {
					canteen = a
				}
			}
			want := map[string]string{"RESTAURATION": "7d", "MATIN": "24h", "SOIR": "24h", "ETUDE": "24h", "TAP": "24h", "MERCREDI": "48h", "VACANCES": "2w"}
			if fmt.Sprint(rules) != fmt.Sprint(want) {
				t.Errorf("deadlines %v, want %v", rules, want)
			}
			day := civil.MustParse("2026-12-07")
			for quotient, cents := range map[int64]int64{39999: 100, 79950: 210, 80000: 340, 120000: 460} {
				p, ok := c.Price(canteen.ID, canteen.Options[0].ID, day, tariff.Facts{Resident: true, Quotient: &quotient})
				if !ok || int64(p.Cents) != cents {
					t.Errorf("a lunch at %d: %v, %v", quotient, p, ok)
				}
			}
			if p, ok := c.Price(canteen.ID, canteen.Options[0].ID, day, tariff.Facts{}); !ok || p.Cents != 680 {
				t.Errorf("a lunch of a non-resident: %v, %v", p, ok)
			}
			return nil
		})
	})
}

func TestLevelOf(t *testing.T) {
	for born, want := range map[string]string{"2024-03-01": "TPS", "2023-12-31": "PS", "2021-01-01": "GS", "2020-12-31": "CP", "2016-06-01": "CM2", "2015-06-01": "CM2", "2014-06-01": "", "2025-01-01": ""} {
		if got := intake.LevelOf(civil.MustParse(born), "2026-2027"); got != want {
			t.Errorf("born on %s: %q, want %q", born, got, want)
		}
		if group := booking.AgeGroup(want); want != "" && group == "" {
			t.Errorf("%s is no level", want)
		}
	}
	if got := intake.LevelOf(civil.Date{}, "2026-2027"); got != "" {
		t.Errorf("born nowhere: %q", got)
	}
}
