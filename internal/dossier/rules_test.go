package dossier_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/dossier"
)

func day(s string) civil.Date { return civil.MustParse(s) }

func codes(list []dossier.Vaccine) string {
	var out []string
	for _, v := range list {
		out = append(out, v.Code)
	}
	return strings.Join(out, " ")
}

// What is compulsory depends on the day of birth.
func TestObligations(t *testing.T) {
	for _, c := range []struct{ born, want string }{
		{"2017-12-31", "D T P"},
		{"2018-01-01", "D T P Ca Hib HB Pn R O Ru MenC"},
		{"2024-12-31", "D T P Ca Hib HB Pn R O Ru MenC"},
		{"2025-01-01", "D T P Ca Hib HB Pn R O Ru MenACWY MenB"},
	} {
		if got := codes(dossier.Obligations(day(c.born))); got != c.want {
			t.Errorf("born %s: %s, want %s", c.born, got, c.want)
		}
	}
}

func TestReportVaccines(t *testing.T) {
	born := "2022-05-02"
	three := []civil.Date{day("2022-07-02"), day("2022-09-02"), day("2023-04-02")}
	two := []civil.Date{day("2023-05-02"), day("2023-11-02")}
	full := map[string][]civil.Date{"D": three, "T": three, "P": three, "Ca": three, "Hib": three, "HB": three, "Pn": three, "R": two, "O": two, "Ru": two, "MenC": {day("2022-10-02"), day("2023-05-02")}}
	without := func(code string, doses []civil.Date) map[string][]civil.Date {
		out := map[string][]civil.Date{}
		for k, v := range full {
			out[k] = v
		}
		out[code] = doses
		return out
	}
	for _, c := range []struct {
		name, today string
		given       map[string][]civil.Date
		missing     int
		until       string
	}{
		{"everything", "2026-12-01", full, 0, ""},
		{"nothing at one month", "2022-06-02", nil, 0, ""},
		{"nothing at two months", "2022-07-02", nil, 7, "2022-10-02"},
		{"the second dose against measles", "2026-12-01", without("R", two[:1]), 1, "2024-02-02"},
		{"the third dose of pneumococcus, due that day", "2023-04-02", without("Pn", three[:2]), 1, "2023-07-02"},
		{"a dose in the future does not count", "2022-09-02", map[string][]civil.Date{"D": three, "T": three, "P": three, "Ca": three, "Hib": three, "HB": three, "Pn": {three[0], day("2022-09-03")}}, 1, "2022-12-02"},
	} {
		r := dossier.ReportVaccines(day(born), day(c.today), c.given)
		until := ""
		if !r.Until.IsZero() {
			until = r.Until.String()
		}
		if r.Missing != c.missing || until != c.until {
			t.Errorf("%s: %d missing until %q, want %d until %q", c.name, r.Missing, until, c.missing, c.until)
		}
	}
}

// One more dose never makes a report worse.
func TestADoseNeverHarms(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		born := day("2016-01-01").AddDays(rapid.IntRange(0, 4000).Draw(r, "born"))
		today := born.AddDays(rapid.IntRange(0, 3000).Draw(r, "age"))
		given := map[string][]civil.Date{}
		for range rapid.IntRange(0, 12).Draw(r, "doses") {
			v := rapid.SampledFrom(dossier.Obligations(born)).Draw(r, "vaccine")
			given[v.Code] = append(given[v.Code], born.AddDays(rapid.IntRange(0, 3000).Draw(r, "day")))
		}
		before := dossier.ReportVaccines(born, today, given)
		more := rapid.SampledFrom(dossier.Obligations(born)).Draw(r, "more")
		given[more.Code] = append(given[more.Code], today)
		if after := dossier.ReportVaccines(born, today, given); after.Missing > before.Missing {
			r.Fatalf("%d missing became %d", before.Missing, after.Missing)
		}
	})
}

// What holds when guardians answer: the latest of each, the one that protects the child more over the others.
func TestStand(t *testing.T) {
	yes := func(guardian, home string, version int64) dossier.ConsentAnswer {
		return dossier.ConsentAnswer{GuardianID: guardian, HouseholdID: home, Version: version, Given: true}
	}
	no := func(guardian, home string, version int64) dossier.ConsentAnswer {
		return dossier.ConsentAnswer{GuardianID: guardian, HouseholdID: home, Version: version}
	}
	at := func(a dossier.ConsentAnswer, hour int) dossier.ConsentAnswer { a.From = civil.Clock(hour, 0); return a }
	plain := dossier.ConsentText{Kind: dossier.Swimming, Version: 2}
	renewed := dossier.ConsentText{Kind: dossier.ImageWeb, Version: 2, Renews: true}
	both := dossier.ConsentText{Kind: dossier.ImageWeb, Version: 1, NeedsAll: true}
	care := dossier.ConsentText{Kind: dossier.Emergency, Version: 1}
	for _, c := range []struct {
		name     string
		text     dossier.ConsentText
		answers  []dossier.ConsentAnswer
		homes    int
		want     dossier.ConsentState
		conflict bool
	}{
		{"nobody answered", plain, nil, 2, dossier.NotAsked, false},
		{"one said yes", plain, []dossier.ConsentAnswer{yes("claire", "a", 2)}, 2, dossier.Given, false},
		{"one said yes, then no", plain, []dossier.ConsentAnswer{yes("claire", "a", 2), no("claire", "a", 2)}, 2, dossier.Denied, false},
		{"no, then yes", plain, []dossier.ConsentAnswer{no("claire", "a", 2), yes("claire", "a", 2)}, 2, dossier.Given, false},
		{"they differ: no holds", plain, []dossier.ConsentAnswer{no("claire", "a", 2), yes("karim", "b", 2)}, 2, dossier.Denied, true},
		{"they differ about care: yes holds", care, []dossier.ConsentAnswer{no("claire", "a", 1), yes("karim", "b", 1)}, 2, dossier.Given, true},
		{"both refuse care", care, []dossier.ConsentAnswer{no("claire", "a", 1), no("karim", "b", 1)}, 2, dossier.Denied, false},
		{"both must say yes, one has", both, []dossier.ConsentAnswer{yes("karim", "b", 1)}, 2, dossier.Partial, false},
		{"both must, both have", both, []dossier.ConsentAnswer{yes("karim", "b", 1), yes("claire", "a", 1)}, 2, dossier.Given, false},
		{"both must, there is one household", both, []dossier.ConsentAnswer{yes("claire", "a", 1)}, 1, dossier.Given, false},
		{"an old yes holds while the text is not renewed", plain, []dossier.ConsentAnswer{yes("claire", "a", 1)}, 1, dossier.Given, false},
		{"an old yes to a renewed text does not", renewed, []dossier.ConsentAnswer{yes("claire", "a", 1)}, 1, dossier.NotAsked, false},
		{"an old no to a renewed text does", renewed, []dossier.ConsentAnswer{no("claire", "a", 1), yes("karim", "b", 2)}, 2, dossier.Denied, true},
	} {
		got := dossier.Stand(c.text, c.answers, c.homes)
		if got.State != c.want || got.Conflict != c.conflict {
			t.Errorf("%s: %s, conflict %v; want %s, %v", c.name, got.State, got.Conflict, c.want, c.conflict)
		}
	}
	alone := dossier.Stand(dossier.ConsentText{Kind: dossier.LeaveAlone, Version: 1}, []dossier.ConsentAnswer{at(yes("claire", "a", 1), 16), at(yes("karim", "b", 1), 18)}, 2)
	if alone.State != dossier.Given || alone.From != civil.Clock(18, 0) {
		t.Errorf("two hours: %s from %s, want the later", alone.State, alone.From)
	}
}

// Whatever the answers and their order, one guardian's last word that protects the child is never overruled.
func TestTheProtectiveAnswerHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := dossier.ConsentText{Kind: rapid.SampledFrom(dossier.ConsentKinds).Draw(r, "kind"), Version: 2, Renews: rapid.Bool().Draw(r, "renews"), NeedsAll: rapid.Bool().Draw(r, "all")}
		last := map[string]bool{}
		var answers []dossier.ConsentAnswer
		for range rapid.IntRange(1, 6).Draw(r, "answers") {
			g := rapid.SampledFrom([]string{"a", "b"}).Draw(r, "guardian")
			a := dossier.ConsentAnswer{GuardianID: g, HouseholdID: g, Version: int64(rapid.IntRange(1, 2).Draw(r, "version")), Given: rapid.Bool().Draw(r, "given")}
			answers, last[g] = append(answers, a), a.Given
		}
		got := dossier.Stand(text, answers, 2)
		for _, given := range last {
			if text.Kind == dossier.Emergency && given && got.State != dossier.Given {
				r.Fatalf("care was allowed and is %s", got.State)
			}
			if text.Kind != dossier.Emergency && !given && got.State != dossier.Denied {
				r.Fatalf("a refusal became %s", got.State)
			}
		}
	})
}

func TestCampaign(t *testing.T) {
	for _, c := range []struct{ from, today, want string }{
		{"2026-09-15", "2026-09-14", ""},
		{"2026-09-15", "2026-09-15", "2026-09-15"},
		{"2026-09-15", "2027-09-14", "2026-09-15"},
		{"2026-09-15", "2027-09-15", "2027-09-15"},
		{"2024-02-29", "2025-03-01", "2025-03-01"},
		{"2024-02-29", "2025-02-28", "2024-03-01"},
	} {
		got := dossier.Settings{ConfirmFrom: day(c.from)}.Campaign(day(c.today))
		if s := got.String(); got.IsZero() && c.want != "" || !got.IsZero() && s != c.want {
			t.Errorf("from %s, on %s: %v, want %q", c.from, c.today, got, c.want)
		}
	}
	if got := (dossier.Settings{}).Campaign(day("2026-12-01")); !got.IsZero() {
		t.Errorf("without a date: %v", got)
	}
}
