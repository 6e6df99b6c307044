package work_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// billed is the world after a month: Claire's lunches and mornings of December billed, a part of it paid by transfer, and a correction.
func billed(t *testing.T, tn *towntest.Town) *worldtest.World {
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-11-16T10:00")
	days := []string{"2026-12-07", "2026-12-08", "2026-12-10"}
	for code, option := range map[string]string{"CANTINE": "REPAS", "MATIN": "MATIN"} {
		r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: w.Enrolment["antoine/"+code]}
		for _, day := range days {
			r.Changes = append(r.Changes, booking.Change{EnrolmentID: r.EnrolmentID, Day: civil.MustParse(day), Option: option, Add: true})
		}
		w.Write(func(tx *db.Tx) error {
			_, err := booking.Submit(t.Context(), tx, w.Claire, r, w.Loc)
			return err
		})
	}
	by := household.ByAgent(w.Direction)
	month := civil.Month{Year: 2026, Month: 12}
	for _, at := range []string{"2027-01-04T10:00", "2027-02-04T10:00"} {
		w.SetClock(at)
		today := civil.MustParse(at[:10])
		var run billing.Run
		w.Write(func(tx *db.Tx) (err error) {
			run, err = billing.StartRun(t.Context(), tx, month, today, by)
			return err
		})
		settle(t, w)
		w.Write(func(tx *db.Tx) error { return billing.Issue(t.Context(), tx, run.ID, today, civil.Date{}, today, by) })
		settle(t, w)
		w.Clock.Advance(time.Minute)
		w.Write(func(tx *db.Tx) error {
			if month = month.Next(); month.Month == 2 {
				return nil
			}
			if _, err := till.Record(t.Context(), tx, till.Take{HouseholdID: w.Claire.HouseholdID, PayerName: "Claire Martin", Means: till.Transfer, Cents: 5_00, Source: "essai:1",
				Day: today, By: by.Actor}); err != nil {
				return err
			}
			_, err := household.AddQuotient(t.Context(), tx, by, w.Claire.HouseholdID, household.Quotient{Value: 500_00, Kind: "caf", Source: "essai", ReferenceMonth: "2026-12",
				EffectiveOn: civil.MustParse("2026-12-08")})
			return err
		})
	}
	return w
}

// Each of these is planted alone, found, named, and taken back.
func TestVerifyFindsWhatIsPlanted(t *testing.T) {
	planted := errors.New("planted")
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := billed(t, tn)
		w.Read(func(tx *db.Tx) error {
			broken, err := work.Verify(t.Context(), tx)
			if len(broken) > 0 {
				t.Errorf("nothing was planted, and %v", broken)
			}
			return err
		})
		for _, c := range []struct {
			name  string
			spoil []string
			says  string
		}{
			{"a number is skipped", []string{`UPDATE number_series SET last = 7 WHERE series = 'F'`}, "its counter says 7"},
			{"an invoice is gone from its series", []string{`UPDATE invoices SET number = 9, label = '2027-000009' WHERE label = '2027-000002'`}, "number 8 is missing"},
			{"a total is changed", []string{`UPDATE invoices SET total_cents = total_cents + 100 WHERE label = '2027-000001'`}, "its lines sum to -100 cents more"},
			{"a line is changed", []string{`UPDATE invoice_lines SET unit_cents = unit_cents + 1, total_cents = total_cents + quantity WHERE number = 1 AND corrects = '' AND kind = 'service'`}, "line 1: its charges"},
			{"a charge is changed", []string{`UPDATE charges SET cents = cents + 5 WHERE number = 1 AND reverses_invoice IS NULL AND reversed_in IS NULL`}, "its charges sum to 5 cents"},
			{"an entry of the ledger is changed", []string{`UPDATE ledger_entries SET label = 'Cadeau' WHERE seq = 2`}, "is not as it was written"},
			{"an entry of the ledger is gone", []string{`DELETE FROM allocations WHERE credit_id IN (SELECT id FROM ledger_entries WHERE seq = 2)`, `DELETE FROM ledger_entries WHERE seq = 2`}, "entry 3 follows entry 1"},
			{"a payment pays twice", []string{`INSERT INTO allocations (id, credit_id, debit_id, invoice_id, cents, at) SELECT 'x', credit_id, debit_id, invoice_id, 1, at FROM allocations WHERE cents = 500`}, "allocated beyond what it is"},
			{"an invoice is called settled", []string{`UPDATE invoices SET settled_at = issued_at WHERE label = '2027-000001'`}, "settled and"},
			{"a day is billed twice", []string{`DROP INDEX charges_once`, `INSERT INTO charges (invoice_id, number, line, child_id, activity_id, day, kind, part, cents)
				SELECT invoice_id, 99, line, child_id, activity_id, day, kind, part, cents FROM charges WHERE number = 1 AND reverses_invoice IS NULL AND reversed_in IS NULL`}, "billed twice"},
			{"a reversal points elsewhere", []string{`UPDATE charges SET reversed_in = (SELECT id FROM invoices WHERE label = '2027-000001') WHERE reversed_in IS NOT NULL`}, "which is still live"},
			{"a charge is of no child", []string{`UPDATE charges SET child_id = 'personne' WHERE number = 1 AND reverses_invoice IS NULL AND reversed_in IS NULL`}, "nobody knows"},
			{"a draft is left behind", []string{`UPDATE invoices SET number = NULL, label = '', issued_at = NULL, issued_on = NULL WHERE label = '2027-000002'`}, "which is over"},
			{"a counter of places is wrong", []string{`UPDATE seats SET booked = booked + 1 WHERE booked = (SELECT max(booked) FROM seats) AND day = '2026-12-07'`}, "the counter says"},
			{"money on line that no bank told of", []string{`UPDATE receipts SET means = 'card'`}, "payment: receipt 2027-1"},
			{"money debited by no mandate", []string{`UPDATE receipts SET means = 'direct_debit'`}, "mandate: receipt 2027-1"},
			{"a receipt is changed", []string{`UPDATE receipts SET cents = cents + 1`}, "till: receipt"},
		} {
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
				for _, query := range c.spoil {
					n, err := tx.Exec(t.Context(), query)
					if err != nil {
						return err
					}
					if n == 0 && !strings.HasPrefix(query, "D") {
						t.Errorf("%s: nothing was spoiled", c.name)
					}
				}
				broken, err := work.Verify(t.Context(), tx)
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, c.says) }) {
					t.Errorf("%s: not found in %v", c.name, broken)
				}
				return planted
			})
			if !errors.Is(err, planted) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}
