package till_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var (
	ctx   = context.Background()
	today = civil.MustParse("2026-12-01")
)

// counter is a world with an agent of the régie and, unless shut, an open till.
type counter struct {
	*worldtest.World
	agent staff.Agent
	home  string
	t     *testing.T
}

func each(t *testing.T, test func(t *testing.T, c *counter)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		c := &counter{World: worldtest.Chatou(t, tn), t: t}
		c.Write(func(tx *db.Tx) error { c.agent = c.AddAgent(tx, "regie", staff.Regie); return nil })
		c.home = c.Claire.HouseholdID
		test(t, c)
		c.sound()
	})
}

// sound fails when something that must hold of the till does not.
func (c *counter) sound() {
	c.t.Helper()
	c.Read(func(tx *db.Tx) error {
		broken, err := till.Verify(ctx, tx)
		for _, b := range broken {
			c.t.Error(b)
		}
		return err
	})
}

// owe gives Claire's household an issued invoice, of which CESU may pay a part.
func (c *counter) owe(number int64, cents, cesu money.Cents) (id string) {
	c.t.Helper()
	id = db.NewID()
	label := fmt.Sprintf("2026-%06d", number)
	c.Write(func(tx *db.Tx) error {
		for _, q := range []string{
			`INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
				VALUES ($1, '2026-11', $2, '2026-11-01', '2026-11-30', '2026-11-01', 'issued', '', $3, '', '', $3, $3)`,
		} {
			if _, err := tx.Exec(ctx, q, id, c.home, tx.Now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code,
				payer_city, from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
			VALUES ($1, $1, $2, 'invoice', 'F', 2026, $3, $4, '', '', '', '', '', '2026-11-01', '2026-11-30', $5, 0, 0, $6, $6, '2026-12-01', '2026-12-31')`,
			id, c.home, number, label, cents, tx.Now); err != nil {
			return err
		}
		for i, line := range []struct {
			cents money.Cents
			cesu  string
		}{{cesu, "1"}, {cents - cesu, "0"}} {
			if _, err := tx.Exec(ctx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents,
					quantity, total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)
				VALUES ($1, $2, '', '', '', '', '', 'service', 'care', $3, 1, $3, '', '', ($4 = '1'), '', '2026-11-02', '2026-11-02')`, id, int64(i+1), line.cents, line.cesu); err != nil {
				return err
			}
		}
		_, err := billing.Post(ctx, tx, billing.Entry{HouseholdID: c.home, Kind: billing.EntryInvoice, Cents: cents, Source: "invoice:" + id, InvoiceID: id, Label: "Facture " + label,
			Day: today, By: c.agent.Actor()})
		return err
	})
	return id
}

func (c *counter) open(float money.Cents) (s till.Session) {
	c.t.Helper()
	c.Write(func(tx *db.Tx) (err error) { s, err = till.Open(ctx, tx, c.agent, float, today); return err })
	return s
}

func (c *counter) take(t till.Take) (r till.Receipt, err error) {
	t.PayerName, t.Day, t.By = "Claire Martin", today, c.agent.Actor()
	if t.HouseholdID == "" && t.Means != till.Transfer {
		t.HouseholdID = c.home
	}
	err = c.DB.Write(ctx, func(tx *db.Tx) error { r, err = till.Record(ctx, tx, t); return err })
	return r, err
}

func (c *counter) must(r till.Receipt, err error) till.Receipt {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// owes is what the household owes, and what each account of the office says, when it says something.
func (c *counter) owes(balance money.Cents, accounts string) {
	c.t.Helper()
	c.Read(func(tx *db.Tx) error {
		got, err := billing.Balance(ctx, tx, c.home)
		if err != nil {
			return err
		}
		held, err := till.Balances(ctx, tx, till.DefaultOffice)
		if err != nil {
			return err
		}
		var parts []string
		for _, a := range till.Accounts() {
			if held[a] != 0 {
				parts = append(parts, fmt.Sprintf("%s %s", a, held[a].Decimal()))
			}
		}
		if text := strings.Join(parts, ", "); got != balance || text != accounts {
			c.t.Errorf("owes %s; accounts %s\nwant %s; %s", got, text, balance, accounts)
		}
		return nil
	})
}

// A cheque is taken once whatever the clicks, pays the invoice, is numbered, and comes back by a receipt of its own.
func TestTakeAndVoid(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.owe(1, 40_00, 0)
		c.open(0)
		cheque := till.Take{Means: till.Cheque, Cents: 45_00, Source: "envoi:1", Cheques: []till.Slip{{Bank: "BNP", Number: "0012", Drawer: "C. Martin", Cents: 45_00}}}
		first, again := c.must(c.take(cheque)), c.must(c.take(cheque))
		if first.ID != again.ID || first.Name() != "2026-000001" || first.ByName != "regie" || first.Label != "Facture 2026-000001" || first.Advance() != 5_00 {
			t.Errorf("%+v\n%+v", first, again)
		}
		c.owes(-5_00, "cheques 45.00, due -45.00")
		void := func(id, reason string) (r till.Receipt, err error) {
			err = c.DB.Write(ctx, func(tx *db.Tx) error { r, err = till.Void(ctx, tx, id, reason, c.agent.Actor(), today); return err })
			return r, err
		}
		if _, err := void(first.ID, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		back := c.must(void(first.ID, "chèque sans provision"))
		if back.Name() != "2026-000002" || back.Cents != -45_00 || back.Reverses != first.ID {
			t.Errorf("%+v", back)
		}
		for _, id := range []string{first.ID, back.ID} {
			if _, err := void(id, "encore"); !fault.Is(err, fault.Refused) {
				t.Errorf("twice: %v", err)
			}
		}
		if _, err := void("0", "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of nothing: %v", err)
		}
		c.owes(40_00, "")
	})
}

// Cash is given back while the till is open only, and never more than it holds.
func TestCashIsGivenBackFromTheDrawer(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		if _, err := c.take(till.Take{Means: till.Cash, Cents: 10_00, Source: "1"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("at a closed till: %v", err)
		}
		s := c.open(50_00)
		r := c.must(c.take(till.Take{Means: till.Cash, Cents: 10_00, Source: "1"}))
		c.owes(-10_00, "cash 60.00, due -10.00, float -50.00")
		c.Write(func(tx *db.Tx) error {
			_, err := till.Close(ctx, tx, c.agent, s.ID, till.Count{20_00: 3}, "", today)
			return err
		})
		err := c.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, r.ID, "erreur", c.agent.Actor(), today)
			return err
		})
		if !fault.Is(err, fault.Refused) {
			t.Errorf("at a closed till: %v", err)
		}
		c.open(50_00)
		c.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, r.ID, "erreur", c.agent.Actor(), today)
			return err
		})
		c.owes(0, "cash 50.00, float -50.00")
	})
}

// A title is cashed once; meals are never paid with it, whatever was paid before; its receipt reversed, it may come again.
func TestTitlesAreCashedOnce(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.owe(1, 60_00, 30_00)
		c.open(0)
		titles := func(numbers ...string) (out []till.Title) {
			for _, n := range numbers {
				out = append(out, till.Title{Issuer: "Edenred", Number: n, Vintage: 2026, Cents: 20_00})
			}
			return out
		}
		first := c.must(c.take(till.Take{Means: till.CESU, Cents: 20_00, Source: "1", Titles: titles("1001")}))
		if _, err := c.take(till.Take{Means: till.CESU, Cents: 40_00, Source: "2", Titles: titles("1002", "1001")}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "1001") {
			t.Errorf("the same title: %v", err)
		}
		second := c.must(c.take(till.Take{Means: till.CESU, Cents: 20_00, Source: "2", Titles: titles("1002")}))
		if len(second.Paid) != 1 || second.Paid[0].Cents != 10_00 || second.Advance() != 10_00 {
			t.Errorf("beyond what CESU may pay: %+v", second.Paid)
		}
		c.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, first.ID, "erreur", c.agent.Actor(), today)
			return err
		})
		c.must(c.take(till.Take{Means: till.CESU, Cents: 20_00, Source: "3", Titles: titles("1001")}))
		c.owes(20_00, "cesu 40.00, due -40.00")
	})
}

// What leaves the till leaves with a slip: cheques to the bank, the rest to the treasury; what is left is the float.
func TestDeposits(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.owe(1, 200_00, 200_00)
		s := c.open(50_00)
		c.must(c.take(till.Take{Means: till.Cash, Cents: 30_00, Source: "1"}))
		cheque := c.must(c.take(till.Take{Means: till.Cheque, Cents: 45_00, Source: "2", Cheques: []till.Slip{{Bank: "BNP", Number: "0012", Drawer: "C. Martin", Cents: 45_00}}}))
		c.must(c.take(till.Take{Means: till.CESU, Cents: 15_00, Source: "3", Titles: []till.Title{{Issuer: "Edenred", Number: "1001", Vintage: 2026, Cents: 15_00}}}))
		c.must(c.take(till.Take{Means: till.ECESU, Cents: 10_00, Source: "4", Reference: "E-1"}))
		c.must(c.take(till.Take{Means: till.Card, Cents: 20_00, Source: "5"}))
		send := func(x till.Sending) (b till.Bundle, err error) {
			err = c.DB.Write(ctx, func(tx *db.Tx) error {
				d, err := till.Send(ctx, tx, c.agent, x, today)
				if err != nil {
					return err
				}
				b, err = till.DepositByID(ctx, tx, d.ID)
				return err
			})
			return b, err
		}
		slip := cheque.Cheques[0].ID
		if _, err := send(till.Sending{Kind: till.DepositCheques}); !fault.Is(err, fault.Invalid) {
			t.Errorf("nothing: %v", err)
		}
		bank, err := send(till.Sending{Kind: till.DepositCheques, Cheques: []string{slip}})
		if err != nil || bank.Total() != 45_00 || len(bank.Slips) != 1 || bank.Name() != "2026-000001" {
			t.Errorf("%+v, %v", bank, err)
		}
		part := till.Sending{Source: "envoi:1", Kind: till.DepositTreasury, Account: 5_00}
		first, err := send(part)
		again, err2 := send(part)
		if err != nil || err2 != nil || first.ID != again.ID || first.Name() != "2026-000002" {
			t.Errorf("a second click: %s then %s, %v, %v", first.Name(), again.Name(), err, err2)
		}
		part.Account = 6_00
		if _, err := send(part); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same form with something else in it: %v", err)
		}
		if _, err := send(till.Sending{Kind: till.DepositCheques, Cheques: []string{slip}}); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same cheque: %v", err)
		}
		if _, err := send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{20_00: 4}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("more cash than there is beyond the float: %v", err)
		}
		c.owes(80_00, "cash 80.00, cesu 25.00, account 60.00, treasury 5.00, due -115.00, paid_over -5.00, float -50.00")
		over, err := send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 3}, CESU: true, Account: 60_00})
		if err != nil || over.Total() != 115_00 || over.ECESU() != 10_00 || len(over.Titles) != 1 || over.Range() != "" || first.Range() != "Quittances 2026-000001 à 2026-000005" || over.Count[10_00] != 3 {
			t.Errorf("%+v, %v", over, err)
		}
		c.owes(80_00, "cash 50.00, treasury 120.00, paid_over -120.00, float -50.00")
		// A cheque that bounces after it left comes back from where it is.
		c.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, cheque.ID, "sans provision", c.agent.Actor(), today)
			return err
		})
		c.owes(125_00, "cash 50.00, account -45.00, treasury 120.00, due 45.00, paid_over -120.00, float -50.00")
		closeDay(t, c, s)
	})
}

// A slip made by mistake is undone by one of its own, and what left with it is in the till again, to leave once more; nothing that rests on it is.
func TestUndoASlip(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.owe(1, 200_00, 200_00)
		c.open(50_00)
		c.must(c.take(till.Take{Means: till.Cash, Cents: 30_00, Source: "1"}))
		cheque := c.must(c.take(till.Take{Means: till.Cheque, Cents: 45_00, Source: "2", Cheques: []till.Slip{{Bank: "BNP", Number: "0012", Drawer: "C. Martin", Cents: 45_00}}}))
		c.must(c.take(till.Take{Means: till.CESU, Cents: 15_00, Source: "3", Titles: []till.Title{{Issuer: "Edenred", Number: "1001", Vintage: 2026, Cents: 15_00}}}))
		ecesu := c.must(c.take(till.Take{Means: till.ECESU, Cents: 10_00, Source: "4", Reference: "E-1"}))
		send := func(x till.Sending) (d till.Deposit) {
			t.Helper()
			c.Write(func(tx *db.Tx) (err error) { d, err = till.Send(ctx, tx, c.agent, x, today); return err })
			return d
		}
		undo := func(d till.Deposit, reason string) (b till.Deposit, err error) {
			err = c.DB.Write(ctx, func(tx *db.Tx) error { b, err = till.UndoDeposit(ctx, tx, c.agent, d.ID, reason, today); return err })
			return b, err
		}
		refused := func(why string, d till.Deposit) {
			t.Helper()
			if _, err := undo(d, "erreur"); !fault.Is(err, fault.Refused) {
				t.Errorf("%s: %v", why, err)
			}
		}
		before := "cash 80.00, cheques 45.00, cesu 25.00, due -100.00, float -50.00"
		c.owes(100_00, before)
		bank := send(till.Sending{Kind: till.DepositCheques, Cheques: []string{cheque.Cheques[0].ID}})
		over := send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 3}, CESU: true, Account: 45_00})
		refused("takings were paid over since", bank)
		if _, err := undo(over, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		back, err := undo(over, "mauvais compte")
		if err != nil || back.Name() != "2026-000003" || back.Total() != -100_00 || back.Reverses != over.ID {
			t.Errorf("%+v, %v", back, err)
		}
		refused("twice", over)
		refused("of what undoes", back)
		c.owes(100_00, "cash 80.00, cesu 25.00, account 45.00, due -100.00, float -50.00")
		if _, err := undo(bank, "mauvais chèque"); err != nil {
			t.Error(err)
		}
		c.owes(100_00, before)
		c.Read(func(tx *db.Tx) error {
			w, err := till.WaitingOf(ctx, tx, till.DefaultOffice)
			if len(w.Cheques) != 1 || len(w.Titles) != 1 || w.ECESU != 10_00 || w.Oldest != today {
				t.Errorf("in the till again: %+v", w)
			}
			for _, id := range []string{over.ID, back.ID} {
				b, err := till.DepositByID(ctx, tx, id)
				if err != nil || len(b.Titles) != 1 || max(b.ECESU(), -b.ECESU()) != 10_00 {
					t.Errorf("what it listed: %+v, %v", b, err)
				}
			}
			return err
		})
		again := send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 3}, CESU: true, Cheques: []string{cheque.Cheques[0].ID}})
		if again.Range() != "Quittances 2026-000001 à 2026-000004" {
			t.Errorf("it covers %q", again.Range())
		}
		c.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, ecesu.ID, "erreur", c.agent.Actor(), today)
			return err
		})
		refused("a receipt of it was taken back", again)
		c.must(c.take(till.Take{Means: till.Cash, Cents: 40_00, Source: "5"}))
		part := send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 1}})
		c.Write(func(tx *db.Tx) error {
			s, _, err := till.OpenSession(ctx, tx)
			if err == nil {
				_, err = till.Close(ctx, tx, c.agent, s.ID, till.Count{50_00: 1, 20_00: 1}, "un billet de 10 € manque", today)
			}
			return err
		})
		refused("a difference was found since", part)
		part = send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 1}})
		c.Clock.Advance(time.Minute)
		c.Write(func(tx *db.Tx) error {
			_, err := till.HandOver(ctx, tx, c.agent, till.Handover{ToName: "Anne Petit", Count: till.Count{50_00: 1, 10_00: 1}, Day: today})
			return err
		})
		refused("the office changed hands since", part)
	})
}

// Takings wait from the day of the oldest that has not left: a payment over of something else, or of a part, does not make them younger.
func TestHowLongTakingsWait(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		waits := func(want string) {
			t.Helper()
			c.Read(func(tx *db.Tx) error {
				w, err := till.WaitingOf(ctx, tx, till.DefaultOffice)
				if got := w.Oldest.String(); !w.Oldest.IsZero() && got != want || w.Oldest.IsZero() && want != "" {
					t.Errorf("waits since %s, want %s", got, want)
				}
				return err
			})
		}
		on := func(day string, act func(tx *db.Tx, day civil.Date) error) {
			t.Helper()
			c.SetClock(day + "T10:00")
			c.Write(func(tx *db.Tx) error { return act(tx, civil.MustParse(day)) })
		}
		take := func(n int, means till.Means, cents money.Cents) func(tx *db.Tx, day civil.Date) error {
			return func(tx *db.Tx, day civil.Date) error {
				x := till.Take{HouseholdID: c.home, PayerName: "Claire Martin", Means: means, Cents: cents, Source: fmt.Sprint("jour:", n), Day: day, By: c.agent.Actor()}
				if means == till.Cheque {
					x.Cheques = []till.Slip{{Bank: "LCL", Number: fmt.Sprint(n), Drawer: "x", Cents: cents}}
				}
				_, err := till.Record(ctx, tx, x)
				return err
			}
		}
		send := func(x till.Sending) func(tx *db.Tx, day civil.Date) error {
			return func(tx *db.Tx, day civil.Date) error {
				w, err := till.WaitingOf(ctx, tx, till.DefaultOffice)
				if err != nil {
					return err
				}
				for _, cheque := range w.Cheques[:min(1, len(w.Cheques))] {
					x.Cheques = append(x.Cheques, cheque.ID)
				}
				_, err = till.Send(ctx, tx, c.agent, x, day)
				return err
			}
		}
		waits("")
		c.open(0)
		on("2026-12-01", take(1, till.Cash, 40_00))
		on("2026-12-02", take(2, till.Cheque, 20_00))
		on("2026-12-03", take(3, till.Cheque, 30_00))
		on("2026-12-04", take(4, till.Cash, 50_00))
		waits("2026-12-01")
		on("2026-12-10", send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 1}})) // with the first cheque
		waits("2026-12-01")
		on("2026-12-11", send(till.Sending{Kind: till.DepositCheques})) // the second goes to the bank, and still waits there
		on("2026-12-12", send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{10_00: 3}}))
		waits("2026-12-03")
		on("2026-12-13", send(till.Sending{Kind: till.DepositTreasury, Account: 30_00}))
		waits("2026-12-04")
		on("2026-12-14", send(till.Sending{Kind: till.DepositTreasury, Count: till.Count{50_00: 1}}))
		waits("")
	})
}

// e-CESU that were paid over are given back by the treasury, not taken from the titles of others; those that came since are in the till.
func TestECESUComeBackFromWhereTheyAre(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.owe(1, 100_00, 100_00)
		void := func(r till.Receipt) {
			c.Write(func(tx *db.Tx) error {
				_, err := till.Void(ctx, tx, r.ID, "erreur", c.agent.Actor(), today)
				return err
			})
		}
		gone := c.must(c.take(till.Take{Means: till.ECESU, Cents: 10_00, Source: "1", Reference: "E-1"}))
		c.Write(func(tx *db.Tx) error {
			_, err := till.Send(ctx, tx, c.agent, till.Sending{Kind: till.DepositTreasury, CESU: true}, today)
			return err
		})
		here := c.must(c.take(till.Take{Means: till.ECESU, Cents: 15_00, Source: "2", Reference: "E-2"}))
		void(gone)
		c.owes(85_00, "cesu 15.00, due -15.00")
		void(here)
		c.owes(100_00, "")
	})
}

// closeDay closes with a note too few, which must be explained.
func closeDay(t *testing.T, c *counter, s till.Session) {
	t.Helper()
	shut := func(count till.Count, remark string) (v till.Session, err error) {
		err = c.DB.Write(ctx, func(tx *db.Tx) error { v, err = till.Close(ctx, tx, c.agent, s.ID, count, remark, today); return err })
		return v, err
	}
	if _, err := shut(till.Count{20_00: 2}, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("a difference without a word: %v", err)
	}
	v, err := shut(till.Count{20_00: 2}, "un billet de 10 € manque")
	if err != nil || v.Difference() != -10_00 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := shut(till.Count{20_00: 2}, "x"); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	c.Write(func(tx *db.Tx) error {
		if _, err := till.HandOver(ctx, tx, c.agent, till.Handover{ToName: "Anne Petit", Count: till.Count{50_00: 1}, Day: today}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a count that is not the journal's: %v", err)
		}
		h, err := till.HandOver(ctx, tx, c.agent, till.Handover{ToName: "Anne Petit", Count: till.Count{20_00: 2}, Day: today})
		if err != nil || h.LastReceipt != "2026-000006" || h.Balances[till.AccountCash] != 40_00 {
			t.Errorf("%+v", h)
		}
		if _, err := till.HandOver(ctx, tx, c.agent, till.Handover{ToName: "anne petit", Count: till.Count{20_00: 2}, Day: today}); !fault.Is(err, fault.Invalid) {
			t.Errorf("to who holds it: %v", err)
		}
		if holder, err := till.Holder(ctx, tx, till.DefaultOffice); holder != "Anne Petit" || err != nil {
			t.Errorf("%q holds the office, %v", holder, err)
		}
		return err
	})
}

// A transfer that names nobody waits to be sorted, then pays the invoices of whom it was.
func TestMoneyThatNamesNobody(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.owe(1, 40_00, 0)
		r := c.must(c.take(till.Take{Means: till.Transfer, Cents: 40_00, Source: "1", Reference: "VIR 12"}))
		c.owes(40_00, "account 40.00, unsorted -40.00")
		assign := func() error {
			return c.DB.Write(ctx, func(tx *db.Tx) error {
				list, err := till.Unsorted(ctx, tx, till.DefaultOffice)
				if err != nil {
					return err
				}
				if len(list) > 0 && list[0].ID != r.ID {
					t.Errorf("%+v", list)
				}
				_, err = till.Assign(ctx, tx, c.agent, till.Sorting{ReceiptID: r.ID, HouseholdID: c.home, Day: today})
				return err
			})
		}
		if err := assign(); err != nil {
			t.Fatal(err)
		}
		if err := assign(); !fault.Is(err, fault.Refused) {
			t.Errorf("twice: %v", err)
		}
		c.owes(0, "account 40.00, due -40.00")
		c.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, r.ID, "mauvaise famille", c.agent.Actor(), today)
			return err
		})
		c.owes(40_00, "")
	})
}

// Forty takings at once, some of them twice: as many receipts as sources, numbered without a gap.
func TestNumbersHaveNoGap(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		c.open(0)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				if _, err := c.take(till.Take{Means: till.Cash, Cents: money.Cents(i%20 + 1), Source: fmt.Sprint("envoi:", i%20)}); err != nil {
					t.Error(err)
				}
				_, err := c.take(till.Take{Means: till.Cash, Cents: 301_00, Source: fmt.Sprint("refus:", i)})
				if !fault.Is(err, fault.Invalid) {
					t.Errorf("too much cash: %v", err)
				}
			})
		}
		all.Wait()
		c.Read(func(tx *db.Tx) error {
			list, err := till.Latest(ctx, tx, till.DefaultOffice, 100)
			if len(list) != 20 || list[0].Number != 20 || list[19].Number != 1 {
				t.Errorf("%d receipts", len(list))
			}
			if err != nil {
				return err
			}
			sums, err := till.Taken(ctx, tx, till.DefaultOffice, till.Filter{Days: civil.Range{From: today, To: today}, Limit: 3})
			if len(sums) != 1 || sums[till.Cash] != 2_10 {
				t.Errorf("taken %v: all entries count, whatever a page shows", sums)
			}
			return err
		})
		c.owes(-2_10, "cash 2.10, due -2.10")
	})
}
