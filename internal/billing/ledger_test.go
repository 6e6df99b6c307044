package billing_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var (
	ctx   = context.Background()
	agent = household.By{Actor: "agent:essai", Name: "Agent d’essai"}
	day   = civil.MustParse("2026-12-04")
)

// owe gives a household an issued invoice of one line, as a run would.
func owe(t *testing.T, tn *towntest.Town, home, label string, number int64, cents money.Cents, cesu bool) (id string) {
	t.Helper()
	id = db.NewID()
	tn.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
				VALUES ($1, '2026-11', $2, '2026-11-01', '2026-11-30', '2026-11-01', 'issued', '', $3, '', '', $3, $3)`, id, home, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code,
				payer_city, from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
			VALUES ($1, $1, $2, 'invoice', 'F', 2026, $3, $4, '', '', '', '', '', '2026-11-01', '2026-11-30', $5, 0, 0, $6, $6, '2026-12-01', '2026-12-31')`,
			id, home, number, label, cents, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents,
				quantity, total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)
			VALUES ($1, 1, '', '', '', '', '', 'service', 'care', $2, 1, $2, '', '', ($3 = '1'), '', '2026-11-02', '2026-11-02')`, id, cents, map[bool]string{true: "1", false: "0"}[cesu]); err != nil {
			return err
		}
		_, err := billing.Post(ctx, tx, billing.Entry{HouseholdID: home, Kind: billing.EntryInvoice, Cents: cents, Source: "invoice:" + id, InvoiceID: id, Label: "Facture " + label,
			Day: civil.MustParse("2026-12-01"), By: agent.Actor})
		return err
	})
	return id
}

func pay(t *testing.T, tn *towntest.Town, p billing.Payment) (shares []billing.Share, err error) {
	p.Label, p.Day, p.By = "Chèque", day, agent.Actor
	err = tn.DB.Write(ctx, func(tx *db.Tx) error {
		_, shares, err = billing.Pay(ctx, tx, p)
		return err
	})
	return shares, err
}

// account is what a household owes: each open invoice, its advance, and the balance of its ledger.
func account(t *testing.T, tn *towntest.Town, home string) (rests []money.Cents, advance, balance money.Cents) {
	tn.Read(func(tx *db.Tx) error {
		due, err := billing.Due(ctx, tx, home)
		if err != nil {
			return err
		}
		for _, o := range due {
			rests = append(rests, o.Rest)
		}
		if advance, err = billing.Advance(ctx, tx, home); err != nil {
			return err
		}
		balance, err = billing.Balance(ctx, tx, home)
		return err
	})
	if sum := money.Sum(rests...) - advance; sum != balance {
		t.Errorf("what is left to pay less the advance is %s, the ledger says %s", sum, balance)
	}
	return rests, advance, balance
}

func expect(t *testing.T, tn *towntest.Town, home string, rests []money.Cents, advance money.Cents) {
	t.Helper()
	if gotRests, gotAdvance, _ := account(t, tn, home); !slices.Equal(gotRests, rests) || gotAdvance != advance {
		t.Errorf("left to pay %v and an advance of %v, want %v and %v", gotRests, gotAdvance, rests, advance)
	}
}

// A payment goes to the oldest invoice first, its rest is an advance; the same source is the same payment; taken back, all is open again.
func TestPayAndUnpay(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		home := w.Claire.HouseholdID
		first, second := owe(t, tn, home, "2026-000001", 1, 40_00, false), owe(t, tn, home, "2026-000002", 2, 10_00, true)
		expect(t, tn, home, []money.Cents{40_00, 10_00}, 0)
		for range 2 {
			shares, err := pay(t, tn, billing.Payment{HouseholdID: home, Source: "receipt:1", Cents: 45_00})
			if err != nil || !slices.Equal(shares, []billing.Share{{first, 40_00}, {second, 5_00}}) {
				t.Errorf("shares %v, %v", shares, err)
			}
			expect(t, tn, home, []money.Cents{5_00}, 0)
		}
		shares, err := pay(t, tn, billing.Payment{HouseholdID: home, Source: "receipt:2", Cents: 8_00, Shares: []billing.Share{{first, 2_00}, {second, 6_00}}})
		if err != nil || !slices.Equal(shares, []billing.Share{{second, 5_00}}) {
			t.Errorf("an invoice paid meanwhile takes nothing: %v, %v", shares, err)
		}
		expect(t, tn, home, nil, 3_00)
		for range 2 {
			tn.Write(func(tx *db.Tx) error {
				_, err := billing.Unpay(ctx, tx, "receipt:1", "chèque sans provision", agent.Actor, day)
				return err
			})
			expect(t, tn, home, []money.Cents{40_00, 5_00}, 3_00)
		}
		tn.Write(func(tx *db.Tx) error { return billing.UseAdvances(ctx, tx, []string{home}) })
		expect(t, tn, home, []money.Cents{37_00, 5_00}, 0)
		tn.Read(func(tx *db.Tx) error {
			list, err := billing.Statement(ctx, tx, home, civil.Range{From: civil.MustParse("2026-12-01"), To: day})
			var kinds []billing.EntryKind
			for _, e := range list {
				kinds = append(kinds, e.Kind)
			}
			if !slices.Equal(kinds, []billing.EntryKind{"invoice", "invoice", "payment", "payment", "reversal"}) {
				t.Errorf("statement %v", kinds)
			}
			return err
		})
	})
}

func TestWhatIsNoPayment(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		theirs := owe(t, tn, w.Karim.HouseholdID, "2026-000001", 1, 40_00, false)
		for name, c := range map[string]struct {
			p    billing.Payment
			kind fault.Kind
		}{
			"nothing":                      {billing.Payment{HouseholdID: w.Claire.HouseholdID}, fault.Invalid},
			"less than nothing":            {billing.Payment{HouseholdID: w.Claire.HouseholdID, Cents: -1}, fault.Invalid},
			"shares beyond the amount":     {billing.Payment{HouseholdID: w.Karim.HouseholdID, Cents: 1_00, Shares: []billing.Share{{theirs, 2_00}}}, fault.Invalid},
			"a negative share":             {billing.Payment{HouseholdID: w.Karim.HouseholdID, Cents: 1_00, Shares: []billing.Share{{theirs, -2_00}}}, fault.Invalid},
			"another household's invoice":  {billing.Payment{HouseholdID: w.Claire.HouseholdID, Cents: 1_00, Shares: []billing.Share{{theirs, 1_00}}}, fault.NotFound},
			"a household that is not here": {billing.Payment{HouseholdID: "personne", Cents: 1_00}, fault.NotFound},
		} {
			c.p.Source = "receipt:x"
			if _, err := pay(t, tn, c.p); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v, want %s", name, err, c.kind)
			}
		}
		expect(t, tn, w.Karim.HouseholdID, []money.Cents{40_00}, 0)
	})
}

// The ordonnateur gives up a part, the treasury takes the rest and gives it back; an advance is refunded.
func TestTreasuryAndRefund(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		home := w.Claire.HouseholdID
		id := owe(t, tn, home, "2026-000001", 1, 40_00, false)
		do := func(want fault.Kind, verb func(tx *db.Tx) error) {
			t.Helper()
			tn.Clock.Advance(time.Minute)
			if err := tn.DB.Write(ctx, verb); want == "" && err != nil || want != "" && !fault.Is(err, want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
		seen := money.Cents(40_00)
		remit := func(cents money.Cents, reason string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := billing.WriteOff(ctx, tx, billing.Remission{InvoiceID: id, Seen: seen, Cents: cents, Reason: reason, Day: day}, agent)
				return err
			}
		}
		back := func(tx *db.Tx) error { return billing.TakeBack(ctx, tx, id, "erreur", day, agent) }
		hand := func(tx *db.Tx) error { return billing.HandOver(ctx, tx, []string{id}, "B-12", day, agent) }
		do(fault.Invalid, remit(10_00, " "))
		do(fault.Invalid, remit(41_00, "remise"))
		do("", remit(10_00, "remise gracieuse"))
		do(fault.Conflict, remit(10_00, "remise gracieuse")) // the button was pressed twice
		seen = 30_00
		expect(t, tn, home, []money.Cents{30_00}, 0)
		do(fault.Refused, back)
		do("", hand)
		do(fault.Refused, hand)
		if shares, err := pay(t, tn, billing.Payment{HouseholdID: home, Source: "receipt:1", Cents: 5_00, Shares: []billing.Share{{id, 5_00}}}); err != nil || len(shares) != 0 {
			t.Errorf("an invoice of the treasury takes money: %v, %v", shares, err)
		}
		tn.Read(func(tx *db.Tx) error {
			i, err := billing.InvoiceByID(ctx, tx, id)
			if i.State != billing.StateHandedOver || i.HandedSlip != "B-12" || i.Rest != 30_00 || len(i.Lines) != 1 {
				t.Errorf("%+v", i)
			}
			return err
		})
		do("", back)
		expect(t, tn, home, []money.Cents{30_00}, 5_00)
		refund := func(cents money.Cents) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := billing.Refund(ctx, tx, billing.Payment{HouseholdID: home, Source: "refund:1", Label: "Remboursement", Cents: cents, Day: day, By: agent.Actor})
				return err
			}
		}
		do(fault.Refused, refund(5_01))
		do("", refund(5_00))
		do(fault.Refused, func(tx *db.Tx) error {
			_, err := billing.Unpay(ctx, tx, "receipt:1", "erreur", agent.Actor, day)
			return err
		})
		do("", remit(0, "surendettement"))
		expect(t, tn, home, nil, 0)
		tn.Read(func(tx *db.Tx) error {
			acts, err := billing.Acts(ctx, tx, id)
			if len(acts) != 4 || acts[2].Kind != billing.TakenBack || acts[2].Reason != "erreur" || acts[3].Cents != 30_00 {
				t.Errorf("acts %+v", acts)
			}
			return err
		})
	})
}

// A payment that was refunded is taken back by the bank: the family owes what it received twice, on its latest invoices first; what no invoice
// can ask for is covered by its next payments, before they are an advance.
func TestTheBankTakesBackWhatWasRefunded(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		home := w.Claire.HouseholdID
		owe(t, tn, home, "2026-000001", 1, 40_00, false)
		owe(t, tn, home, "2026-000002", 2, 10_00, false)
		receive := func(source string, cents money.Cents) {
			t.Helper()
			tn.Clock.Advance(time.Minute)
			if _, err := pay(t, tn, billing.Payment{HouseholdID: home, Source: source, Cents: cents}); err != nil {
				t.Fatal(err)
			}
		}
		bounce := func(source string) {
			t.Helper()
			tn.Clock.Advance(time.Minute)
			for range 2 {
				tn.Write(func(tx *db.Tx) error {
					_, err := billing.Bounce(ctx, tx, source, "prélèvement rejeté", agent.Actor, day)
					return err
				})
			}
			tn.Read(func(tx *db.Tx) error {
				broken, err := billing.Verify(ctx, tx)
				for _, b := range broken { // owe makes no charges
					if strings.Contains(b, "allocat") || strings.Contains(b, "settled") || strings.Contains(b, "ledger") {
						t.Error(b)
					}
				}
				return err
			})
		}
		receive("receipt:1", 50_00)
		receive("receipt:2", 41_00)
		tn.Write(func(tx *db.Tx) error {
			_, err := billing.Refund(ctx, tx, billing.Payment{HouseholdID: home, Source: "refund:1", Label: "Remboursement", Cents: 40_00, Day: day, By: agent.Actor})
			return err
		})
		receive("receipt:3", 5_00)
		expect(t, tn, home, nil, 6_00)
		bounce("receipt:2")
		expect(t, tn, home, []money.Cents{25_00, 10_00}, 0)
		bounce("receipt:1")
		tn.Read(func(tx *db.Tx) error {
			balance, err := billing.Balance(ctx, tx, home)
			due, err2 := billing.Due(ctx, tx, home)
			if balance != 85_00 || len(due) != 2 || due[0].Rest != 40_00 || due[1].Rest != 10_00 || err2 != nil {
				t.Errorf("balance %s, due %+v, %v", balance, due, err2)
			}
			return err
		})
		receive("receipt:4", 60_00)
		tn.Write(func(tx *db.Tx) error { return billing.UseAdvances(ctx, tx, []string{home}) })
		receive("receipt:5", 30_00)
		expect(t, tn, home, nil, 5_00)
		bounce("receipt:5")
		expect(t, tn, home, []money.Cents{15_00, 10_00}, 0)
	})
}
