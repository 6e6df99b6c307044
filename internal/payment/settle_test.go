package payment_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/paybox"
	"preau/internal/payment"
	"preau/internal/till"
	"preau/internal/town"
)

func (d *desk) by() household.By { return household.By{Actor: d.Direction.Actor(), Name: "direction"} }

func (d *desk) refund(id string, way payment.Way) (f payment.Refund, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		f, err = payment.AskRefund(ctx, tx, payment.Refund{AttemptID: id, Way: way, Reason: "payé deux fois"}, d.by(), d.Loc)
		return err
	})
	return f, err
}

func (d *desk) answered(f payment.Refund, v payment.Verdict) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error { _, err := payment.Answered(ctx, tx, f.ID, v, d.by(), d.Loc); return err })
}

// atTheTill pays an invoice there.
func (d *desk) atTheTill(invoice string, cents money.Cents) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		_, err := till.Record(ctx, tx, till.Take{HouseholdID: d.Claire.HouseholdID, PayerName: "Claire Martin", Means: till.Transfer, Cents: cents, Source: "essai:" + invoice,
			Day: civil.DateOf(tx.Now, d.Loc), By: d.Direction.Actor(), Shares: []billing.Share{{InvoiceID: invoice, Cents: cents}}})
		return err
	})
}

// giveAdvance gives the household its advance back, as an accountant would.
func (d *desk) giveAdvance(cents money.Cents) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		_, err := billing.Refund(ctx, tx, billing.Payment{HouseholdID: d.Claire.HouseholdID, Source: fmt.Sprint("refund:essai:", cents), Label: "Remboursement", Cents: cents, Day: civil.DateOf(tx.Now, d.Loc), By: "system"})
		return err
	})
}

// A bank is not asked to give back what could not be booked. When the books moved after it was asked, the refund is done all the same, and
// somebody is told.
func TestARefundThatCannotBeBooked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		d.atTheTill(d.firstID, 4130)
		d.hear(paid(a)) // all of it is an advance
		f, err := d.refund(a.ID, payment.ByBank)
		if err != nil {
			t.Fatal(err)
		}
		d.answered(f, payment.Verdict{Code: "00011"})
		d.giveAdvance(1000)
		if _, err := d.refund(a.ID, payment.ByBank); !fault.Is(err, fault.Refused) {
			t.Errorf("the bank is asked for what cannot be booked: %v", err)
		}
		d.want(a.ID, payment.Paid, "begun credited advance refund_asked refund_refused")

		b := d.begin(payment.Paybox, d.second)
		other := paid(b)
		other.Transaction = "801"
		d.hear(other)
		if f, err = d.refund(b.ID, payment.ByBank); err != nil {
			t.Fatal(err)
		}
		got, _ := d.state(b.ID)
		d.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, got.ReceiptID, "erreur", d.Direction.Actor(), civil.DateOf(tx.Now, d.Loc))
			return err
		})
		d.answered(f, payment.Verdict{Done: true})
		d.want(b.ID, payment.Paid, "begun credited refund_asked refunded")
		d.Read(func(tx *db.Tx) error {
			odd, err := payment.Odd(ctx, tx, 10)
			if err != nil || len(odd) != 2 || odd[0].Kind != payment.Refunded || !strings.Contains(odd[0].Detail, "déjà annulée") {
				t.Errorf("%+v, %v", odd, err)
			}
			list, err := payment.RefundsOf(ctx, tx, b.ID)
			if err != nil || list[0].ReceiptID == "" {
				t.Errorf("%+v, %v", list, err)
			}
			return err
		})
		d.money(-4130+1000+1200, 4, 3130)

		c := d.begin(payment.Paybox, d.second) // an advance at last, which was given back while the bank was asked
		d.atTheTill(d.secondID, 1200)
		other = paid(c)
		other.Transaction = "802"
		d.hear(other)
		if f, err = d.refund(c.ID, payment.ByBank); err != nil {
			t.Fatal(err)
		}
		d.giveAdvance(3130 + 1200)
		d.answered(f, payment.Verdict{Done: true})
		d.want(c.ID, payment.Paid, "begun credited advance refund_asked refunded")
		d.money(1200, 7, 0) // the household owes what it was given twice
	})
}

// A refund reverses the receipt once the bank has done it, once, and opens the invoice again.
func TestRefunds(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		if _, err := d.refund(a.ID, payment.ByHand); !fault.Is(err, fault.Refused) {
			t.Errorf("what is not paid is given back: %v", err)
		}
		d.hear(paid(a))
		f, err := d.refund(a.ID, payment.ByBank)
		if err != nil || f.Number != 1 {
			t.Fatalf("%+v, %v", f, err)
		}
		d.money(1200, 1, 0)
		if _, err := d.refund(a.ID, payment.ByHand); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second refund: %v", err)
		}
		d.answered(f, payment.Verdict{Code: "00011", Detail: "Montant incorrect"})
		d.want(a.ID, payment.Paid, "begun credited refund_asked refund_refused")
		f, err = d.refund(a.ID, payment.ByBank)
		if err != nil || f.Number != 2 {
			t.Fatalf("%+v, %v", f, err)
		}
		d.answered(f, payment.Verdict{Unsure: true})
		d.answered(f, payment.Verdict{Unsure: true})
		d.answered(f, payment.Verdict{Done: true, Code: "00000"})
		d.answered(f, payment.Verdict{Done: true, Code: "00000"})
		d.want(a.ID, payment.Paid, "begun credited refund_asked refund_refused refund_asked refund_unsure refunded")
		d.money(5330, 2, 0)
		if _, err := d.refund(a.ID, payment.ByHand); !fault.Is(err, fault.Refused) {
			t.Errorf("what was given back is given back: %v", err)
		}
		d.hear(paid(a)) // late news changes nothing
		d.money(5330, 2, 0)

		b := d.begin(payment.PayFiP, d.second)
		d.Write(func(tx *db.Tx) error { return payment.Created(ctx, tx, b.ID, "cc0cb210-1cd4-11ea-8cca-0213ad91a103") })
		d.payfip(b, "P")
		if _, err := d.refund(b.ID, payment.ByBank); !fault.Is(err, fault.Refused) {
			t.Errorf("PayFiP gives nothing back by itself: %v", err)
		}
		if _, err := d.refund(b.ID, payment.ByHand); err != nil {
			t.Fatal(err)
		}
		d.want(b.ID, payment.Paid, "begun credited refund_asked refunded")
		d.money(5330, 4, 0)
		d.taken()
		d.planted()
	})
}

// taken has a bank take back a debit of PayFiP that had come as an advance, after the advance was given back: the household owes it.
func (d *desk) taken() {
	d.t.Helper()
	a := d.begin(payment.PayFiP, d.second)
	d.Write(func(tx *db.Tx) error { return payment.Created(ctx, tx, a.ID, "cc0cb210-1cd4-11ea-8cca-0213ad91a104") })
	d.atTheTill(d.secondID, 1200)
	d.payfip(a, "V")
	d.giveAdvance(1200)
	reject := func(on civil.Date) (f payment.Refund, err error) {
		err = d.DB.Write(ctx, func(tx *db.Tx) error {
			f, err = payment.AskRefund(ctx, tx, payment.Refund{AttemptID: a.ID, Way: payment.ByReject, Reason: "compte clos", On: on}, d.by(), d.Loc)
			return err
		})
		return f, err
	}
	today := civil.DateOf(a.CreatedAt, d.Loc)
	for _, day := range []civil.Date{{}, today.AddDays(-1), today.AddDays(1)} {
		if _, err := reject(day); !fault.Is(err, fault.Invalid) {
			d.t.Errorf("rejected on %s: %v", day, err)
		}
	}
	if f, err := reject(today); err != nil || f.State != payment.RefundDone || f.ReceiptID == "" {
		d.t.Fatalf("%+v, %v", f, err)
	}
	if _, err := reject(today); !fault.Is(err, fault.Refused) {
		d.t.Errorf("rejected twice: %v", err)
	}
	d.want(a.ID, payment.Paid, "begun credited advance taken_back")
	d.money(5330, 7, 0)
}

// planted spoils payments of which some were given back, one law at a time.
func (d *desk) planted() {
	d.t.Helper()
	for _, c := range [][2]string{
		{`UPDATE payment_attempts SET cents = cents + 100 WHERE bank = 'paybox'`, "is paid, and receipt 2026-1 is of another amount"},
		{`UPDATE payment_attempts SET transaction_number = '1' WHERE bank = 'paybox'`, "is paid, and receipt 2026-1 is of another amount"},
		{`UPDATE receipts SET source = 'essai' WHERE source LIKE 'payment:%' AND means = 'card'`, "is paid, and receipt 2026-1 is of another amount"},
		{`UPDATE payment_attempts SET state = 'open', receipt_id = NULL WHERE bank = 'payfip'`, "of 1200 cents paid on line, and no attempt brought them"},
		{`UPDATE payment_shares SET cents = cents + 7`, "sum to 7 cents more than it asks"},
		{`UPDATE payment_events SET kind = 'late' WHERE kind = 'credited'`, "nothing says that its bank credited it"},
		{`UPDATE payment_events SET seq = seq + 1000 WHERE kind = 'refund_unsure'`, "is missing before it"},
		{`UPDATE payment_refunds SET receipt_id = NULL WHERE state = 'done'`, "is done, and receipt none is not the opposite"},
		{`UPDATE payment_refunds SET receipt_id = (SELECT f.receipt_id FROM payment_refunds f WHERE f.way = 'hand') WHERE state = 'done' AND way = 'bank'`, "is not the opposite of the payment's"},
		{`UPDATE payment_refunds SET receipt_id = (SELECT f.receipt_id FROM payment_refunds f WHERE f.way = 'hand') WHERE state = 'refused'`, "is refused, and something was booked"},
		{`UPDATE payment_refunds SET number = 900 WHERE state = 'refused'`, "under number 900, which was not given yet"},
	} {
		d.Plant(payment.Verify, c[0], c[1])
	}
}

// What was never answered is asked, and ends.
func TestTheSweep(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var w payment.Waiting
		sweep := func() {
			t.Helper()
			d.Write(func(tx *db.Tx) (err error) { w, err = payment.Sweep(ctx, tx); return err })
		}
		a, b := d.begin(payment.Paybox, d.first), d.begin(payment.PayFiP, d.second)
		sweep()
		if len(w.Attempts) != 0 {
			t.Errorf("%+v", w)
		}
		d.Write(func(tx *db.Tx) error { return payment.Created(ctx, tx, b.ID, "cc0cb210-1cd4-11ea-8cca-0213ad91a103") })
		d.hear(paybox.Notice{Total: a.Cents, Reference: a.Reference, Call: "700", Transaction: "800", Code: "99999"})
		sweep()
		if len(w.Attempts) != 2 || w.Number != 1 {
			t.Fatalf("%+v", w)
		}
		d.Write(func(tx *db.Tx) error {
			return payment.Inquired(ctx, tx, a.ID, paybox.Reply{Code: "00000", Status: "Autorisé"}, d.Loc)
		})
		d.want(a.ID, payment.Pending, "begun waits")
		d.Write(func(tx *db.Tx) error {
			return payment.Inquired(ctx, tx, a.ID, paybox.Reply{Code: "00000", Status: "Capturé", Authorisation: "XXXXXX"}, d.Loc)
		})
		d.hear(paid(a))
		d.want(a.ID, payment.Paid, "begun waits credited repeated")
		d.money(1200, 1, 0)
		f, err := d.refund(a.ID, payment.ByBank)
		if err != nil {
			t.Fatal(err)
		}
		d.Clock.Advance(3 * time.Minute)
		sweep()
		if len(w.Refunds) != 1 || w.Refunds[0].ID != f.ID || w.Number != 4 {
			t.Errorf("%+v", w)
		}
		d.Clock.Advance(9 * 24 * time.Hour)
		sweep()
		d.want(b.ID, payment.Expired, "begun ran_out")
		c := d.begin(payment.Paybox, d.second)
		d.Clock.Advance(time.Hour)
		sweep()
		d.want(c.ID, payment.Expired, "begun ran_out")
		n := paid(c)
		n.Date = "31129999"
		d.hear(n)
		d.want(c.ID, payment.Paid, "begun ran_out credited")
	})
}

// The contract's secret is sealed, kept when it is not given again, and follows a change of the town's key.
func TestContracts(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		own := d.KeyFor(payment.ContractKey)
		var c payment.Contracts
		read := func() {
			d.Read(func(tx *db.Tx) (err error) { c, err = payment.ContractsOf(ctx, tx); return err })
		}
		read()
		key, err := c.Paybox.Key(own)
		if err != nil || len(key) != 64 || strings.Contains(c.Paybox.Sealed, "0123456789ABCDEF") {
			t.Fatalf("%d bytes, %v", len(key), err)
		}
		c.Paybox.Rank = "032"
		d.Write(func(tx *db.Tx) error { return payment.SavePaybox(ctx, tx, c.Paybox, "", own) })
		read()
		if again, err := c.Paybox.Key(own); err != nil || string(again) != string(key) || c.Paybox.Rank != "032" || len(c.Open()) != 2 {
			t.Errorf("%+v, %v", c, err)
		}
		for field, change := range map[string]func(*payment.PayboxTerms){
			"site": func(p *payment.PayboxTerms) { p.Site = "12" }, "rang": func(p *payment.PayboxTerms) { p.Rank = "x1" }, "identifiant": func(p *payment.PayboxTerms) { p.Identifier = "" },
			"serveurs": func(p *payment.PayboxTerms) { p.Servers = []string{"https://a.example; script-src *"} }, "chemin": func(p *payment.PayboxTerms) { p.Path = "x" },
			"ppps": func(p *payment.PayboxTerms) { p.Direct = []string{"http://bank.example/x"} }, "cles_publiques": func(p *payment.PayboxTerms) { p.PublicKeys = "x" },
		} {
			bad := c.Paybox
			change(&bad)
			err := d.DB.Write(ctx, func(tx *db.Tx) error { return payment.SavePaybox(ctx, tx, bad, "", own) })
			if refusal, ok := fault.As(err); !ok || refusal.Fields[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		for field, bad := range map[string]payment.PayFiPTerms{
			"numcli": {On: true, Client: "27", Mode: "T", Base: "https://a.example/tpa"}, "saisie": {Client: "006270", Mode: "A", Base: "https://a.example/tpa"}, "base": {Client: "006270", Mode: "T", Base: "https://a.example/"},
		} {
			err := d.DB.Write(ctx, func(tx *db.Tx) error { return payment.SavePayFiP(ctx, tx, bad) })
			if refusal, ok := fault.As(err); !ok || refusal.Fields[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		if err := d.DB.Write(ctx, func(tx *db.Tx) error { return payment.SavePaybox(ctx, tx, c.Paybox, "clé", own) }); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		next := []byte(strings.Repeat("n", 32))
		d.Write(func(tx *db.Tx) error {
			done, lost, err := payment.Sealed()[0].Reseal(ctx, tx, d.Key, next)
			if done != 1 || lost != 0 {
				t.Errorf("%d sealed again, %d lost", done, lost)
			}
			return err
		})
		read()
		if again, err := c.Paybox.Key(town.KeyFor(next, payment.ContractKey)); err != nil || string(again) != string(key) {
			t.Error(err)
		}
	})
}

// What a forgotten guardian paid stays with the accounts, without the address; lists are another household's to nobody.
func TestForgettingAndLists(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.begin(payment.Paybox, d.first)
		d.Write(func(tx *db.Tx) error {
			other := d.AddHousehold(tx, "helene.dupre", "Hélène", "Dupré", 0)
			_, number := d.Owe(tx, other.HouseholdID, 3, 700)
			_, err := payment.Begin(ctx, tx, payment.Wish{Guardian: other, Bank: payment.Paybox, Invoices: []string{number}, Key: d.KeyFor(payment.ReferenceKey)})
			return err
		})
		d.Write(func(tx *db.Tx) error { return payment.ForgetGuardian(ctx, tx, d.Claire) })
		got, _ := d.state(a.ID)
		if got.Email != "" || got.PayerName == "" {
			t.Errorf("%+v", got)
		}
		d.Read(func(tx *db.Tx) error {
			_, err := payment.ByID(ctx, tx, d.Karim.HouseholdID, a.ID)
			if !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
			own, err := payment.Of(ctx, tx, d.Claire.HouseholdID, 10)
			none, err2 := payment.Of(ctx, tx, d.Karim.HouseholdID, 10)
			if len(own) != 1 || len(none) != 0 {
				t.Errorf("%d, %d", len(own), len(none))
			}
			for search, want := range map[string]int{"": 2, "martin": 1, a.Reference: 1, "%": 2, "benali": 0, "helene DUPRE": 1, "Dupré H": 1, "hélène martin": 0} {
				list, err := payment.List(ctx, tx, payment.Filter{Search: search, Limit: 10})
				if err != nil || len(list) != want {
					t.Errorf("%q: %d, %v", search, len(list), err)
				}
			}
			if list, err := payment.List(ctx, tx, payment.Filter{State: payment.Paid, Limit: 10}); err != nil || len(list) != 0 {
				t.Error(list, err)
			}
			return errors.Join(err, err2)
		})
	})
}
