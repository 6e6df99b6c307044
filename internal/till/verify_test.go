package till_test

import (
	"errors"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// Each corruption of what must hold is found.
func TestVerifyFindsWhatIsBroken(t *testing.T) {
	cases := map[string]struct{ query, want string }{
		"a receipt changed":      {`UPDATE receipts SET cents = 11 WHERE number = 1`, "is not what it was"},
		"a payer changed":        {`UPDATE receipts SET payer_name = 'x' WHERE number = 1`, "is not what it was"},
		"a number left out":      {`UPDATE receipts SET number = 4 WHERE number = 3`, "series receipt"},
		"a counter moved":        {`UPDATE till_counters SET last_number = 9`, "the counter says 9"},
		"a line changed":         {`UPDATE till_lines SET cents = cents + 1 WHERE seq = 1 AND account = 'cash'`, "its lines sum to 0.01"},
		"a balance changed":      {`UPDATE till_balances SET cents = cents + 5 WHERE account = 'cash'`, "account cash: the balance says"},
		"an entry taken out":     {`DELETE FROM till_lines WHERE seq = 2`, "entry 2"},
		"an entry sealed anew":   {`UPDATE till_entries SET hash = 'x' WHERE seq = 1`, "does not name the hash"},
		"a payment taken out":    {`UPDATE ledger_entries SET source = 'x' WHERE source LIKE 'receipt:%' AND cents = -1000`, "in the ledger"},
		"a reversal not its own": {`UPDATE receipts SET means = 'ecesu' WHERE number = 3`, "is not the opposite"},
		"a slip undone in part":  {`UPDATE deposits SET cash_cents = -4 WHERE number = 2`, "deposit 2026-000002 is not the opposite"},
	}
	tn := towntest.New(t, db.SQLite)
	k := &counter{World: worldtest.Chatou(t, tn), t: t}
	k.Write(func(tx *db.Tx) error { k.agent = k.AddAgent(tx, "regie", staff.Regie); return nil })
	k.home = k.Claire.HouseholdID
	k.open(0)
	k.must(k.take(till.Take{Means: till.Cash, Cents: 10_00, Source: "1"}))
	r := k.must(k.take(till.Take{Means: till.Cash, Cents: 20_00, Source: "2"}))
	k.Write(func(tx *db.Tx) error {
		if _, err := till.Void(ctx, tx, r.ID, "x", k.agent.Actor(), today); err != nil {
			return err
		}
		d, err := till.Send(ctx, tx, k.agent, till.Sending{Kind: till.DepositTreasury, Count: till.Count{5_00: 1}}, today)
		if err == nil {
			_, err = till.UndoDeposit(ctx, tx, k.agent, d.ID, "x", today)
		}
		return err
	})
	k.sound()
	undo := errors.New("undo")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := k.DB.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, c.query); err != nil {
					return err
				}
				broken, err := till.Verify(ctx, tx)
				if !strings.Contains(strings.Join(broken, "\n"), c.want) {
					t.Errorf("%q is not among %q, %v", c.want, broken, err)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Error(err)
			}
		})
	}
	k.sound()
}
