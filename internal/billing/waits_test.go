package billing_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// What is below the minimum waits until it is not, however few months a run corrects and in whatever order the months are issued.
func TestWhatWaitsIsBilledInTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		lookBack int
		months   []string
		day      string
	}{
		"no month is corrected":          {0, []string{"2026-11", "2026-12"}, "2026-11-02"},
		"older than what is corrected":   {1, []string{"2026-11", "2026-12"}, "2026-11-02"},
		"months issued in another order": {12, []string{"2026-12", "2026-11"}, "2026-12-03"},
	} {
		t.Run(name, func(t *testing.T) {
			towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
				w := worldtest.Chatou(t, tn)
				home := w.Claire.HouseholdID
				tn.Write(func(tx *db.Tx) error {
					return billing.SaveSettings(ctx, tx, billing.Settings{Minimum: 5_00, DueDays: 30, LookBack: c.lookBack}, agent)
				})
				for _, d := range []string{c.day, "2026-12-01", "2027-01-05"} {
					happen(t, w, home, dayOf{"antoine/MATIN", d, "booked", "present", false})
				}
				for i, month := range append(c.months, "2027-01") {
					tn.SetClock([]string{"2027-01-05T10:00", "2027-01-06T10:00", "2027-02-01T10:00"}[i])
					run(t, tn, month, true)
				}
				expect(t, tn, home, []money.Cents{5_40}, 0)
			})
		})
	}
}

// A child enrolled after the bill of a month, for days of that month, pays the fee of it with the next.
func TestALateEnrolmentPaysTheFeesOfMonthsBilled(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		var study string
		tn.Write(func(tx *db.Tx) error {
			study = w.AddActivity(tx, worldtest.Plan{Code: "ETUDE-MOIS", Name: "Étude au mois", Noun: "étude", Plural: "études", Kind: activity.Study, RunsOn: "school", Weekdays: "1245", Rule: "24h",
				Options: []activity.Option{{Code: "ETUDE", Name: "Étude", Starts: civil.Clock(16, 30), Ends: civil.Clock(18, 0)}}, Sites: []string{"ROSTAND"}, Waiting: activity.NoWaiting, Price: 220})
			// Antoine is in the elementary school this year; what is already known of another year changes nothing.
			for group, flat := range map[string]money.Cents{"elementaire": 22_00, "maternelle": 15_00} {
				if _, err := activity.SaveGrid(ctx, tx, tariff.Grid{ActivityID: study, Name: "Étude 2026-2027, " + group, AgeGroup: group, Kind: tariff.Flat, Per: tariff.PerMonth, Flat: flat,
					From: civil.MustParse("2026-09-01")}); err != nil {
					return err
				}
			}
			return household.SetSchooling(ctx, tx, agent, household.Schooling{ChildID: w.Antoine.ID, SchoolYear: "2027-2028", SiteID: w.Site["ROSTAND"], Level: "GS"})
		})
		tn.SetClock("2026-12-02T10:00")
		run(t, tn, "2026-11", true)
		tn.SetClock("2026-12-10T10:00")
		tn.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, created_at, created_by) VALUES ($1, $2, $3, $4, '2026-11-09', '2027-07-02', $5, 'essai')`,
				db.NewID(), w.Antoine.ID, study, w.Site["ROSTAND"], tx.Now)
			return err
		})
		tn.SetClock("2027-01-04T10:00")
		run(t, tn, "2026-12", true)
		expect(t, tn, w.Claire.HouseholdID, []money.Cents{44_00}, 0)
		// In August the child is still of the class it leaves; a class without a price is told.
		change := func(query string, args ...any) {
			t.Helper()
			tn.Write(func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, query, args...)
				return err
			})
		}
		change(`UPDATE enrolments SET to_day = '2027-09-30' WHERE activity_id = $1`, study)
		tn.SetClock("2027-10-04T10:00")
		run(t, tn, "2027-08", true)
		expect(t, tn, w.Claire.HouseholdID, []money.Cents{44_00, 22_00}, 0)
		change(`DELETE FROM schoolings WHERE child_id = $1 AND school_year = '2027-2028'`, w.Antoine.ID)
		r := run(t, tn, "2027-09", false)
		tn.Read(func(tx *db.Tx) error {
			p, err := billing.RunPreview(ctx, tx, r.ID)
			if p.Notes[billing.NoteUnpriced].N != 1 {
				t.Errorf("a fee without a price is not told: %+v", p.Notes)
			}
			return err
		})
	})
}

// The drafts of a correction are thrown away in slices, whichever way they fall; and CESU pays what is left of the care once it is issued.
func TestCorrectionsThrownAwayThenIssued(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		home := w.Claire.HouseholdID
		quotient(t, w, home, 912_00, "2026-09-01")
		happen(t, w, home, dayOf{"antoine/CANTINE", "2026-11-02", "booked", "present", false}, dayOf{"antoine/MATIN", "2026-11-03", "booked", "present", false},
			dayOf{"antoine/CANTINE", "2026-11-05", "booked", "present", false})
		run(t, tn, "2026-11", true)
		tn.SetClock("2027-01-04T10:00")
		happen(t, w, home, dayOf{"antoine/MATIN", "2026-11-03", "", "", false})
		quotient(t, w, home, 500_00, "2026-11-05")
		r := run(t, tn, "2026-12", false)
		for range 2 {
			tn.Write(func(tx *db.Tx) error { return billing.ClearDrafts(ctx, tx, r.ID, 1) })
		}
		tn.Write(func(tx *db.Tx) error { return billing.PrepareAgain(ctx, tx, r.ID, agent) })
		prepare(t, tn, r.ID)
		eligible := func(want money.Cents) {
			t.Helper()
			tn.Read(func(tx *db.Tx) error {
				due, err := billing.Due(ctx, tx, home)
				if err != nil {
					return err
				}
				sums, err := billing.CESUOf(ctx, tx, []string{due[0].InvoiceID})
				if due[0].CESUEligible != want || sums[due[0].InvoiceID] != want {
					t.Errorf("CESU pays %s of %s, or %s, want %s", due[0].CESUEligible, due[0].Rest, sums[due[0].InvoiceID], want)
				}
				return err
			})
		}
		eligible(1_80)
		issueRun(t, tn, r.ID)
		expect(t, tn, home, []money.Cents{3_40, 2_10}, 0)
		eligible(0)
	})
}

// A payment that is taken back once its household was merged into another is the exact opposite of itself, in the ledger of the other.
func TestTakenBackAfterAMerge(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		if _, err := pay(t, tn, billing.Payment{HouseholdID: w.Karim.HouseholdID, Source: "receipt:1", Cents: 10_00}); err != nil {
			t.Fatal(err)
		}
		tn.Write(func(tx *db.Tx) error {
			if _, err := household.MergeHouseholds(ctx, tx, agent, w.Claire.HouseholdID, w.Karim.HouseholdID); err != nil {
				return err
			}
			_, err := billing.Unpay(ctx, tx, "receipt:1", "chèque sans provision", agent.Actor, day)
			return err
		})
		tn.Read(func(tx *db.Tx) error {
			broken, err := billing.Verify(ctx, tx)
			if len(broken) > 0 {
				t.Error(broken)
			}
			return err
		})
	})
}
