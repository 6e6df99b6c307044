package payment_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/paybox"
	"preau/internal/payfip"
	"preau/internal/payment"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var ctx = context.Background()

// desk is a world where Claire owes two invoices, of 41,30 € and 12 €, and both banks are open.
type desk struct {
	*worldtest.World
	t             *testing.T
	first, second string // numbers of the invoices
	firstID       string
	secondID      string
}

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := &desk{World: worldtest.Chatou(t, tn), t: t}
		d.Write(func(tx *db.Tx) error {
			d.firstID, d.first = d.Owe(tx, d.Claire.HouseholdID, 1, 4130)
			d.secondID, d.second = d.Owe(tx, d.Claire.HouseholdID, 2, 1200)
			c, err := payment.ContractsOf(ctx, tx)
			if err != nil {
				return err
			}
			c.Paybox.On, c.Paybox.Site, c.Paybox.Identifier = true, "1999888", "107904482"
			c.PayFiP.On, c.PayFiP.Client = true, "006270"
			return errors.Join(payment.SavePaybox(ctx, tx, c.Paybox, strings.Repeat("0123456789ABCDEF", 8), d.KeyFor(payment.ContractKey)), payment.SavePayFiP(ctx, tx, c.PayFiP))
		})
		test(t, d)
		d.sound()
	})
}

// sound fails when the till or the ledger does not hold.
func (d *desk) sound() {
	d.t.Helper()
	d.Read(func(tx *db.Tx) error {
		broken, err := till.Verify(ctx, tx)
		own, err2 := payment.Verify(ctx, tx)
		for _, b := range append(broken, own...) {
			d.t.Error(b)
		}
		return errors.Join(err, err2)
	})
}

func (d *desk) try(bank payment.Bank, invoices ...string) (a payment.Attempt, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		a, err = payment.Begin(ctx, tx, payment.Wish{Guardian: d.Claire, Bank: bank, Invoices: invoices, Key: d.KeyFor(payment.ReferenceKey)})
		return err
	})
	return a, err
}

func (d *desk) begin(bank payment.Bank, invoices ...string) payment.Attempt {
	d.t.Helper()
	a, err := d.try(bank, invoices...)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// paid is the bank's word that an attempt is paid; refused that it is not.
func paid(a payment.Attempt) paybox.Notice {
	return paybox.Notice{Total: a.Cents, Reference: a.Reference, Call: "700", Transaction: "800", Authorisation: "XXXXXX", Code: "00000", Date: "01122026"}
}

func refused(a payment.Attempt) paybox.Notice {
	return paybox.Notice{Total: a.Cents, Reference: a.Reference, Call: "701", Transaction: "801", Code: "00151", Date: "01122026"}
}

func (d *desk) hear(n paybox.Notice) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error { return payment.Heard(ctx, tx, n, d.KeyFor(payment.ReferenceKey), d.Loc) })
}

// state is an attempt as it stands, with the kinds of its events.
func (d *desk) state(id string) (a payment.Attempt, kinds string) {
	d.t.Helper()
	d.Read(func(tx *db.Tx) (err error) {
		if a, err = payment.ByID(ctx, tx, d.Claire.HouseholdID, id); err != nil {
			return err
		}
		list, err := payment.Events(ctx, tx, id)
		var words []string
		for _, e := range list {
			words = append(words, string(e.Kind))
		}
		kinds = strings.Join(words, " ")
		return err
	})
	return a, kinds
}

func (d *desk) want(id string, state payment.State, kinds string) {
	d.t.Helper()
	a, got := d.state(id)
	if a.State != state || got != kinds {
		d.t.Errorf("%s, events %q; want %s, %q", a.State, got, state, kinds)
	}
}

// money checks what Claire owes, how many receipts there are, and what is an advance.
func (d *desk) money(balance money.Cents, receipts int, advance money.Cents) {
	d.t.Helper()
	d.Read(func(tx *db.Tx) error {
		got, err := billing.Balance(ctx, tx, d.Claire.HouseholdID)
		if err != nil {
			return err
		}
		left, err := billing.Advance(ctx, tx, d.Claire.HouseholdID)
		if err != nil {
			return err
		}
		n, err := db.One(ctx, tx, `SELECT count(*) FROM receipts WHERE household_id = $1`, db.Value[int], d.Claire.HouseholdID)
		if got != balance || left != advance || n != receipts {
			d.t.Errorf("balance %s, %d receipts, advance %s; want %s, %d, %s", got, n, left, balance, receipts, advance)
		}
		return err
	})
}

func TestTwoInvoicesPaidOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.second, d.first)
		if a.Cents != 5330 || len(a.Shares) != 2 || a.Shares[0].InvoiceID != d.firstID {
			t.Fatalf("%+v", a)
		}
		for range 10 {
			d.hear(paid(a))
		}
		d.money(0, 1, 0)
		d.want(a.ID, payment.Paid, "begun credited"+strings.Repeat(" repeated", 9))
		got, _ := d.state(a.ID)
		d.Read(func(tx *db.Tx) error {
			r, err := till.ByID(ctx, tx, got.ReceiptID)
			if err != nil {
				return err
			}
			if r.Means != till.Card || r.Cents != 5330 || r.Name() != "2026-000001" || len(r.Paid) != 2 || r.PayerName != "Claire Martin" || !strings.Contains(r.Reference, "800") {
				t.Errorf("%+v", r)
			}
			jobs, err := job.List(ctx, tx, job.Ready, 100)
			n := 0
			for _, j := range jobs {
				if j.Kind == payment.TellKind {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d acknowledgements", n)
			}
			return err
		})
		if _, err := d.try(payment.Paybox, d.first); !fault.Is(err, fault.Invalid) {
			t.Errorf("a paid invoice is paid again: %v", err)
		}
	})
}

// The same news ten times at once, with refusals among them.
func TestAtTheSameTime(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first, d.second)
		var all sync.WaitGroup
		errs := make(chan error, 20)
		for i := range 20 {
			n := paid(a)
			if i%2 == 1 {
				n = refused(a)
			}
			all.Go(func() {
				errs <- d.DB.Write(ctx, func(tx *db.Tx) error { return payment.Heard(ctx, tx, n, d.KeyFor(payment.ReferenceKey), d.Loc) })
			})
		}
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		got, kinds := d.state(a.ID)
		if got.State != payment.Paid || strings.Count(kinds, "credited") != 1 || strings.Count(kinds, "repeated") != 9 || strings.Count(kinds, "refused")+strings.Count(kinds, "late") != 10 {
			t.Errorf("%s: %s", got.State, kinds)
		}
		d.money(0, 1, 0)
	})
}

// Whatever the order, and whatever else was said, an attempt is credited once, and each oddity is written down.
func TestOrdersAndOddities(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		wrong := paid(a)
		wrong.Total = 1
		d.hear(wrong)
		d.want(a.ID, payment.Open, "begun wrong_amount")
		d.hear(refused(a))
		d.hear(paid(a))
		d.hear(refused(a))
		d.want(a.ID, payment.Paid, "begun wrong_amount refused credited late")
		d.money(1200, 1, 0)

		unknown := paid(a)
		unknown.Reference = payment.NewReference(d.KeyFor(payment.ReferenceKey), "2026-000009")
		d.hear(unknown)
		foreign := paid(a)
		foreign.Reference = payment.NewReference([]byte("another town's key"), "2026-000001")
		d.hear(foreign)
		for range 100 {
			d.Write(func(tx *db.Tx) error {
				return payment.Strange(ctx, tx, payment.Event{Bank: payment.Paybox, Kind: payment.BadSignature, Detail: "x\x00y\n" + strings.Repeat("é", 400)})
			})
		}
		d.Read(func(tx *db.Tx) error {
			odd, err := payment.Odd(ctx, tx, 200)
			if err != nil {
				return err
			}
			kinds := map[payment.Kind]int{}
			for _, e := range odd {
				kinds[e.Kind]++
			}
			if kinds[payment.WrongAmount] != 1 || kinds[payment.UnknownReference] != 1 || kinds[payment.ForeignReference] != 1 || kinds[payment.BadSignature] != 50 {
				t.Errorf("%v", kinds)
			}
			return nil
		})
		d.money(1200, 1, 0)
	})
}

func TestAnOddityIsLookedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		wrong := paid(a)
		wrong.Total = 1
		d.hear(wrong)
		d.Write(func(tx *db.Tx) error {
			odd, err := payment.Odd(ctx, tx, 10)
			if err != nil || len(odd) != 1 {
				t.Fatalf("%+v, %v", odd, err)
			}
			by := household.By{Actor: d.Direction.Actor(), Name: "direction"}
			if err := errors.Join(payment.Review(ctx, tx, odd[0].ID, by), payment.Review(ctx, tx, odd[0].ID, by)); err != nil {
				return err
			}
			if err := payment.Review(ctx, tx, "nothing", by); !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
			n, err := payment.CountOdd(ctx, tx)
			if n != 0 {
				t.Errorf("%d still wait", n)
			}
			return err
		})
	})
}

// A second attempt at the same invoices waits until the first can bring no money any more.
func TestNotTwiceAtATime(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		var busy *payment.BusyError
		if _, err := d.try(payment.PayFiP, d.first, d.second); !errors.As(err, &busy) || busy.Attempt.ID != a.ID {
			t.Fatalf("%v", err)
		}
		b := d.begin(payment.Paybox, d.second)
		d.Write(func(tx *db.Tx) error {
			_, err := payment.GiveUp(ctx, tx, d.Claire, a.ID)
			return err
		})
		if err := d.DB.Write(ctx, func(tx *db.Tx) error { _, err := payment.GiveUp(ctx, tx, d.Karim, b.ID); return err }); !fault.Is(err, fault.NotFound) {
			t.Errorf("another family's payment: %v", err)
		}
		c := d.begin(payment.Paybox, d.first)
		d.hear(paid(c))
		d.hear(paid(a)) // the browser's other window paid all the same
		d.want(a.ID, payment.Paid, "begun given_up credited advance")
		d.money(1200-4130, 2, 4130)

		d.Clock.Advance(payfip.Apart)
		e := d.begin(payment.Paybox, d.second)
		d.hear(paybox.Notice{Total: e.Cents, Reference: e.Reference, Call: "1", Transaction: "2", Code: "99999"})
		d.Clock.Advance(3 * time.Hour)
		if _, err := d.try(payment.Paybox, d.second); !errors.As(err, &busy) {
			t.Errorf("a pending payment does not hold its invoice: %v", err)
		}
	})
}

// An invoice that was paid at the till meanwhile leaves an advance, and an agent is told.
func TestPaidAtTheTillMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first, d.second)
		d.atTheTill(d.firstID, 4130)
		d.hear(paid(a))
		d.want(a.ID, payment.Paid, "begun credited advance")
		d.money(-4130, 2, 4130)
	})
}

// Two transactions under one reference are twice the money: the second is an advance, recorded once however often it is told.
func TestPaidTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		d.hear(paid(a))
		second := paid(a)
		second.Transaction = "999"
		d.hear(second)
		d.hear(second)
		d.hear(paid(a))
		d.want(a.ID, payment.Paid, "begun credited paid_twice repeated")
		d.money(1200-4130, 2, 4130)
		d.Read(func(tx *db.Tx) error {
			jobs, err := job.List(ctx, tx, job.Ready, 100)
			if n := len(slices.DeleteFunc(jobs, func(j job.Row) bool { return j.Kind != payment.TellKind })); n != 2 {
				t.Errorf("%d acknowledgements of two payments", n)
			}
			return err
		})
	})
}

// PayFiP, answer by answer and by the age of the payment.
func TestPayFiP(t *testing.T) {
	const id = "cc0cb210-1cd4-11ea-8cca-0213ad91a103"
	fault := func(code string) error { return &payfip.Fault{Kind: "FonctionnelleErreur", Code: code, Label: "x"} }
	answer := func(a payment.Attempt, result string) payfip.Payment {
		return payfip.Payment{Operation: id, Client: "006270", Debt: payfip.Debt(a.Reference), Total: a.Cents, Result: result, Authorisation: "OP1", Date: "01122026", Mode: payfip.Test}
	}
	each(t, func(t *testing.T, d *desk) {
		for i, c := range []struct {
			says    string
			result  string
			asked   error
			change  func(*payfip.Payment)
			after   time.Duration
			state   payment.State
			kinds   string
			balance money.Cents
		}{
			{says: "paid by card", result: "P", state: payment.Paid, kinds: "begun credited"},
			{says: "paid by a single debit", result: "V", state: payment.Paid, kinds: "begun credited"},
			{says: "refused", result: "R", state: payment.Refused, kinds: "begun refused", balance: 700},
			{says: "the debit is refused", result: "Z", state: payment.Refused, kinds: "begun refused", balance: 700},
			{says: "abandoned, and may come back", result: "A", state: payment.Open, kinds: "begun", balance: 700},
			{says: "abandoned for good", result: "A", after: 20 * time.Minute, state: payment.Cancelled, kinds: "begun left_at_bank", balance: 700},
			{says: "not known yet", asked: fault("P5"), state: payment.Open, kinds: "begun", balance: 700},
			{says: "never known", asked: fault("P5"), after: 20 * time.Minute, state: payment.Expired, kinds: "begun ran_out", balance: 700},
			{says: "purged", asked: fault("P1"), state: payment.Expired, kinds: "begun ran_out", balance: 700},
			{says: "a result that nobody knows", result: "Q", state: payment.Open, kinds: "begun unclear", balance: 700},
			{says: "a technical failure", asked: fault("999"), state: payment.Open, kinds: "begun unclear", balance: 700},
			{says: "no answer at all", asked: errors.New("time-out"), state: payment.Open, kinds: "begun", balance: 700},
			{says: "another amount", result: "P", change: func(p *payfip.Payment) { p.Total-- }, state: payment.Open, kinds: "begun wrong_payment", balance: 700},
			{says: "another debt", result: "P", change: func(p *payfip.Payment) { p.Debt = "OTHER1" }, state: payment.Open, kinds: "begun wrong_payment", balance: 700},
			{says: "another client", result: "P", change: func(p *payfip.Payment) { p.Client = "000001" }, state: payment.Open, kinds: "begun wrong_payment", balance: 700},
			{says: "money, and the town rehearses", result: "P", change: func(p *payfip.Payment) { p.Mode = payfip.Production }, state: payment.Open, kinds: "begun wrong_payment", balance: 700},
			{says: "another payment", result: "P", change: func(p *payfip.Payment) { p.Operation = "d" + p.Operation[1:] }, state: payment.Open, kinds: "begun wrong_payment", balance: 700},
		} {
			home := household.Guardian{}
			var invoice string
			d.Write(func(tx *db.Tx) error {
				home = d.AddHousehold(tx, "famille."+string(rune('a'+i)), "Ana", "Lopez", 0)
				_, invoice = d.Owe(tx, home.HouseholdID, int64(100+i), 700)
				return nil
			})
			var a payment.Attempt
			d.Write(func(tx *db.Tx) (err error) {
				if a, err = payment.Begin(ctx, tx, payment.Wish{Guardian: home, Bank: payment.PayFiP, Invoices: []string{invoice}, Key: d.KeyFor(payment.ReferenceKey)}); err != nil {
					return err
				}
				_, err = tx.Exec(ctx, `UPDATE payment_attempts SET operation = NULL WHERE operation = $1`, id)
				return errors.Join(err, payment.Created(ctx, tx, a.ID, id))
			})
			d.Clock.Advance(c.after)
			p := answer(a, c.result)
			if c.change != nil {
				c.change(&p)
			}
			for range 2 { // asked again, it says nothing new
				d.Write(func(tx *db.Tx) error { _, err := payment.Learnt(ctx, tx, a.ID, p, c.asked, d.Loc); return err })
			}
			d.Read(func(tx *db.Tx) error {
				got, err := payment.Find(ctx, tx, a.ID)
				if err != nil {
					return err
				}
				list, err := payment.Events(ctx, tx, a.ID)
				if err != nil {
					return err
				}
				var kinds []string
				for _, e := range list {
					kinds = append(kinds, string(e.Kind))
				}
				balance, err := billing.Balance(ctx, tx, home.HouseholdID)
				if got.State != c.state || strings.Join(kinds, " ") != c.kinds || balance != c.balance {
					t.Errorf("%s: %s, %v, %s; want %s, %s, %s", c.says, got.State, kinds, balance, c.state, c.kinds, c.balance)
				}
				return err
			})
		}
		late := d.begin(payment.PayFiP, d.first) // the contract is settled anew while the family is on the bank's page
		d.Write(func(tx *db.Tx) error {
			c, err := payment.ContractsOf(ctx, tx)
			if err != nil {
				return err
			}
			c.PayFiP.Client, c.PayFiP.Mode = "000001", payfip.Production
			return errors.Join(payment.SavePayFiP(ctx, tx, c.PayFiP), payment.Created(ctx, tx, late.ID, "ec0cb210-1cd4-11ea-8cca-0213ad91a103"))
		})
		d.payfip(late, "P")
		d.want(late.ID, payment.Paid, "begun credited")
	})
}

func TestWhatABankDoesNotTake(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var small string
		d.Write(func(tx *db.Tx) error { _, small = d.Owe(tx, d.Claire.HouseholdID, 3, 99); return nil })
		if _, err := d.try(payment.PayFiP, small); !fault.Is(err, fault.Refused) {
			t.Errorf("99 cents by PayFiP: %v", err)
		}
		d.begin(payment.Paybox, small)
		left := d.begin(payment.PayFiP, d.first)
		d.Write(func(tx *db.Tx) error { // given up while PayFiP is asked to begin it
			_, err := payment.GiveUp(ctx, tx, d.Claire, left.ID)
			return errors.Join(err, payment.Created(ctx, tx, left.ID, "cc0cb210-1cd4-11ea-8cca-0213ad91a104"))
		})
		if got, _ := d.state(left.ID); got.Operation != "" || got.State != payment.Cancelled {
			t.Errorf("%+v", got)
		}
		a := d.begin(payment.PayFiP, d.first)
		d.Write(func(tx *db.Tx) error { return payment.NotCreated(ctx, tx, a.ID, "T2", "Client inexistant") })
		d.want(a.ID, payment.Failed, "begun unavailable")
		b := d.begin(payment.PayFiP, d.first)
		d.Write(func(tx *db.Tx) error { return payment.Created(ctx, tx, b.ID, "6475fa10-b338-11e2-a082-001fe256bdfe") })
		if err := d.DB.Write(ctx, func(tx *db.Tx) error { _, err := payment.GiveUp(ctx, tx, d.Claire, b.ID); return err }); !fault.Is(err, fault.Refused) {
			t.Errorf("PayFiP may still take the money: %v", err)
		}
		d.Clock.Advance(payfip.Apart)
		d.Write(func(tx *db.Tx) error { _, err := payment.GiveUp(ctx, tx, d.Claire, b.ID); return err })
		d.Write(func(tx *db.Tx) error {
			c, err := payment.ContractsOf(ctx, tx)
			if err != nil {
				return err
			}
			c.PayFiP.On = false
			return payment.SavePayFiP(ctx, tx, c.PayFiP)
		})
		if _, err := d.try(payment.PayFiP, d.first); !fault.Is(err, fault.Invalid) {
			t.Errorf("a bank that is not open: %v", err)
		}
		d.Claire.Email = ""
		if _, err := d.try(payment.Paybox, d.second); !fault.Is(err, fault.Refused) {
			t.Errorf("a payer without e-mail: %v", err)
		}
	})
}

// payfip tells an attempt what PayFiP answers.
func (d *desk) payfip(a payment.Attempt, result string) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		got, err := payment.Find(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		_, err = payment.Learnt(ctx, tx, a.ID, payfip.Payment{Operation: got.Operation, Client: "006270", Debt: payfip.Debt(a.Reference), Total: a.Cents, Result: result, Mode: payfip.Test, Authorisation: "OP1", Date: "01122026"}, nil, d.Loc)
		return err
	})
}
