package mandate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/till"
	"preau/internal/towntest"
)

// owe gives a household an issued invoice, as a run would.
func (o *office) owe(g household.Guardian, number int, cents money.Cents, issued, due string) (id string) {
	o.t.Helper()
	ctx := o.t.Context()
	id = db.NewID()
	label := fmt.Sprintf("2026-%06d", number)
	o.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
				VALUES ($1, '2026-11', $2, '2026-11-01', '2026-11-30', '2026-11-01', 'issued', '', $3, '', '', $3, $3)`, id, g.HouseholdID, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code,
				payer_city, from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
			VALUES ($1, $1, $2, 'invoice', 'F', 2026, $3, $4, '', '', '', '', '', '2026-11-01', '2026-11-30', $5, 0, 0, $6, $6, $7, $8)`,
			id, g.HouseholdID, number, label, cents, tx.Now, civil.MustParse(issued), civil.MustParse(due)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents,
				quantity, total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)
			VALUES ($1, 1, '', '', '', '', '', 'service', 'care', $2, 1, $2, '', '', ('0' = '1'), '', '2026-11-02', '2026-11-02')`, id, cents); err != nil {
			return err
		}
		_, err := billing.Post(ctx, tx, billing.Entry{HouseholdID: g.HouseholdID, Kind: billing.EntryInvoice, Cents: cents, Source: "invoice:" + id, InvoiceID: id, Label: "Facture " + label,
			Day: civil.MustParse(issued), By: "system"})
		return err
	})
	return id
}

// rest is what a household still owes.
func (o *office) rest(g household.Guardian) (sum money.Cents) {
	o.t.Helper()
	o.Read(func(tx *db.Tx) error {
		due, err := billing.Due(o.t.Context(), tx, g.HouseholdID)
		for _, d := range due {
			sum += d.Rest
		}
		return err
	})
	return sum
}

// batch makes a batch for a day and gathers it.
func (o *office) batch(due string) (b mandate.Batch) {
	o.t.Helper()
	ctx := o.t.Context()
	o.Write(func(tx *db.Tx) (err error) {
		b, err = mandate.Make(ctx, tx, o.regie, db.NewID(), civil.MustParse(due), civil.DateOf(tx.Now, o.Loc))
		return err
	})
	for after := ""; ; {
		o.Write(func(tx *db.Tx) (err error) {
			after, err = mandate.GatherSlice(ctx, tx, b.ID, after)
			return err
		})
		if after == "" {
			break
		}
	}
	return o.again(b)
}

func (o *office) again(b mandate.Batch) mandate.Batch {
	o.t.Helper()
	o.Read(func(tx *db.Tx) (err error) { b, err = mandate.BatchByID(o.t.Context(), tx, b.ID); return err })
	return b
}

func (o *office) send(b mandate.Batch) {
	o.t.Helper()
	o.Write(func(tx *db.Tx) error {
		return mandate.Send(o.t.Context(), tx, o.regie, b.ID, civil.DateOf(tx.Now, o.Loc))
	})
}

// collect does what the job of a day does, twice: the second time there is nothing left.
func (o *office) collect(wall string) {
	o.t.Helper()
	o.SetClock(wall)
	for range 2 {
		o.Write(func(tx *db.Tx) error {
			_, err := mandate.CollectSlice(o.t.Context(), tx, civil.DateOf(tx.Now, o.Loc))
			return err
		})
	}
}

func (o *office) debits(b mandate.Batch) (list []mandate.Debit) {
	o.t.Helper()
	o.Read(func(tx *db.Tx) (err error) { list, err = mandate.DebitsOf(o.t.Context(), tx, b.ID, "", 50); return err })
	return list
}

func (o *office) reject(d mandate.Debit, code string) {
	o.t.Helper()
	o.Write(func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, o.Loc)
		return mandate.Reject(o.t.Context(), tx, o.regie, mandate.Rejection{DebitID: d.ID, Code: code, On: today}, today)
	})
}

// sound fails when the till and the ledgers disagree.
func (o *office) sound() {
	o.t.Helper()
	o.Read(func(tx *db.Tx) error {
		broken, err := till.Verify(o.t.Context(), tx)
		own, err2 := mandate.Verify(o.t.Context(), tx)
		for _, b := range append(broken, own...) {
			o.t.Error(b)
		}
		return errors.Join(err, err2)
	})
}

// Two invoices of a family are one debit; they are reserved meanwhile, paid on the day, and open again when the bank sends it back.
func TestABatchFromItsPreviewToARejection(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		o := open(t, tn)
		ctx := t.Context()
		m := o.sign(o.claire, compte)
		first := o.owe(o.claire, 1, 42_17, "2026-11-02", "2026-11-30")
		second := o.owe(o.claire, 2, 38_00, "2026-11-20", "2026-12-05")
		late := o.owe(o.claire, 3, 5_00, "2026-12-01", "2026-12-10")
		o.Read(func(tx *db.Tx) error {
			p, err := mandate.Preview(ctx, tx, civil.New(2026, 12, 10))
			if err != nil || len(p.Debits) != 1 || p.Cents != 80_17 || len(p.Excluded) != 1 || p.Excluded[0].Why != mandate.ReasonNotice || p.Excluded[0].From != civil.New(2026, 12, 15) {
				t.Errorf("%+v, %v", p, err)
			}
			return nil
		})
		b := o.batch("2026-12-10")
		if b.State() != mandate.Ready || b.Count != 1 || b.Cents != 80_17 || b.Name() != "PRLV-20261210-0001" {
			t.Fatalf("%+v", b)
		}
		o.Read(func(tx *db.Tx) error {
			in, err := mandate.InBatch(ctx, tx, []string{first, second, late})
			if len(in) != 2 || in[first].DueOn != b.DueOn || in[second].Cents != 38_00 {
				t.Errorf("reserved: %+v", in)
			}
			return err
		})
		if other := o.batch("2026-12-11"); other.Count != 0 {
			t.Errorf("reserved invoices are in another batch: %+v", other)
		}
		var file string
		o.Read(func(tx *db.Tx) error {
			content, name, err := mandate.File(ctx, tx, o.key, b.ID, tn.Loc)
			again, _, _ := mandate.File(ctx, tx, o.key, b.ID, tn.Loc)
			if file = string(content); name != "PRLV-20261210-0001.xml" || file != string(again) {
				t.Errorf("the file is %q, and other the second time", name)
			}
			return err
		})
		for _, want := range []string{"pain.008.001.08", "<SeqTp>FRST</SeqTp>", "<CtrlSum>80.17</CtrlSum>", "<IBAN>FR1420041010050500013M02606</IBAN>", "<MndtId>PF78146000001</MndtId>",
			"<Ustrd>Factures 2026-000001 2026-000002</Ustrd>", "<StrtNm>rue des Landes</StrtNm>", "<BldgNb>12</BldgNb>"} {
			if !strings.Contains(file, want) {
				t.Errorf("no %s in the file", want)
			}
		}
		o.send(b)
		o.wants(fault.Conflict, func(tx *db.Tx) error { return mandate.Cancel(ctx, tx, o.regie, b.ID) })
		o.collect("2026-12-09T23:00")
		if got := o.rest(o.claire); got != 85_17 {
			t.Errorf("%s is left to pay on the eve", got)
		}
		o.collect("2026-12-10T06:20")
		if got := o.rest(o.claire); got != 5_00 || o.again(b).State() != mandate.Collected {
			t.Errorf("%s is left to pay on the day, batch %s", got, o.again(b).State())
		}
		d := o.debits(b)[0]
		o.Read(func(tx *db.Tx) error {
			r, err := till.ByID(ctx, tx, d.ReceiptID)
			if err != nil || r.Means != till.DirectDebit || r.Cents != 80_17 || len(r.Paid) != 2 {
				t.Errorf("receipt %+v, %v", r, err)
			}
			return nil
		})
		tn.SetClock("2026-12-14T10:00")
		o.reject(d, "AM04")
		if got, b := o.rest(o.claire), o.again(b); got != 85_17 || b.Rejected != 1 || b.RejectedCents != 80_17 {
			t.Errorf("after the rejection %s is left to pay, batch %+v", got, b)
		}
		o.wants(fault.Conflict, func(tx *db.Tx) error {
			return mandate.Reject(ctx, tx, o.regie, mandate.Rejection{DebitID: d.ID, Code: "AM04", On: civil.New(2026, 12, 14)}, civil.New(2026, 12, 14))
		})
		again := o.batch("2026-12-23")
		if got := o.debits(again)[0]; got.Sequence != "FRST" || got.Cents != 85_17 {
			t.Errorf("after a rejected first debit: %+v", got)
		}
		o.send(again)
		o.collect("2026-12-23T06:20")
		o.reject(o.debits(again)[0], "AM04")
		o.Read(func(tx *db.Tx) error {
			m, err := mandate.ByID(ctx, tx, m.ID)
			if m.State() != mandate.Suspended || !strings.Contains(m.SuspendedWhy, "provision insuffisante") {
				t.Errorf("after two rejections in a row: %+v", m)
			}
			return err
		})
		o.sound()
		for _, c := range [][2]string{
			{`UPDATE debits SET amount_cents = amount_cents + 1`, "was collected, and receipt 2026-1 is missing or of another amount"},
			{`UPDATE debits SET amount_cents = amount_cents + 1`, "sum to -1 cents more than it takes"},
			{`UPDATE debits SET receipt_id = ''`, "was collected, and receipt none is missing"},
			{`UPDATE debits SET receipt_id = ''`, "cents debited, and no debit brought them"},
			{`UPDATE debits SET collected_at = NULL`, "was not collected, and has receipt"},
			{`UPDATE debits SET receipt_id = (SELECT min(r.id) FROM receipts r WHERE r.reverses_id IS NOT NULL)`, "was rejected, and its receipt"},
			{`UPDATE debit_shares SET settled_at = NULL WHERE debit_id = (SELECT min(d.id) FROM debits d)`, "is kept for a debit that is over"},
			{`UPDATE debit_batches SET sent_at = NULL`, "and batch 1 was never sent"},
			{`UPDATE debits SET collected_at = NULL, rejected_at = NULL, receipt_id = ''`, "waits in batch 1, which was collected"},
			{`DELETE FROM mandate_accounts`, "has no account"},
		} {
			o.Plant(mandate.Verify, c[0], c[1])
		}
	})
}

// The first debit is told apart, the next are recurrent; another account is an amendment, and first again when it is of another bank.
func TestSequences(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	ctx := t.Context()
	m := o.sign(o.claire, compte)
	step := func(number int, due, wall string) mandate.Debit {
		o.owe(o.claire, number, 10_00, "2026-11-02", "2026-11-30")
		b := o.batch(due)
		o.send(b)
		d := o.debits(b)[0]
		o.collect(wall)
		return d
	}
	if d := step(1, "2026-12-10", "2026-12-10T07:00"); d.Sequence != "FRST" || d.NewAccount {
		t.Errorf("the first: %+v", d)
	}
	if d := step(2, "2026-12-21", "2026-12-21T07:00"); d.Sequence != "RCUR" || d.NewAccount {
		t.Errorf("the second: %+v", d)
	}
	o.Write(func(tx *db.Tx) error {
		_, err := mandate.ChangeAccount(ctx, tx, o.key, household.ByGuardian(o.claire), m.ID, o.signature(tx, autre))
		return err
	})
	if d := step(3, "2027-01-05", "2027-01-05T07:00"); d.Sequence != "FRST" || !d.NewAccount {
		t.Errorf("after a change of bank: %+v", d)
	}
	if d := step(4, "2027-01-15", "2027-01-15T07:00"); d.Sequence != "RCUR" || d.NewAccount {
		t.Errorf("then: %+v", d)
	}
	o.sound()
}

// A batch given up before it is sent leaves everything as it was; so does a mandate that ends, and a single debit taken out.
func TestWhatIsTakenOut(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	ctx := t.Context()
	var paul household.Guardian
	tn.Write(func(tx *db.Tx) error { paul = o.family(tx, "Paul", "Dupont"); return nil })
	m := o.sign(o.claire, compte)
	o.sign(paul, autre)
	mine := o.owe(o.claire, 1, 42_17, "2026-11-02", "2026-11-30")
	his := o.owe(paul, 2, 30_00, "2026-11-02", "2026-11-30")
	free := func(want int) {
		t.Helper()
		o.Read(func(tx *db.Tx) error {
			in, err := mandate.InBatch(ctx, tx, []string{mine, his})
			if len(in) != want {
				t.Errorf("%d invoices are reserved, want %d", len(in), want)
			}
			return err
		})
	}
	b := o.batch("2026-12-10")
	free(2)
	tn.Write(func(tx *db.Tx) error { return mandate.Cancel(ctx, tx, o.regie, b.ID) })
	free(0)
	b = o.batch("2026-12-10")
	tn.Write(func(tx *db.Tx) error {
		return mandate.Revoke(ctx, tx, household.ByGuardian(o.claire), m.ID, "family", "")
	})
	free(1)
	o.wants(fault.Invalid, func(tx *db.Tx) error { _, err := mandate.Release(ctx, tx, o.regie, o.debits(b)[1].ID, " "); return err })
	tn.Write(func(tx *db.Tx) error {
		_, err := mandate.Release(ctx, tx, o.regie, o.debits(b)[1].ID, "réglé au guichet")
		return err
	})
	free(0)
	o.wants(fault.Refused, func(tx *db.Tx) error { return mandate.Send(ctx, tx, o.regie, b.ID, civil.New(2026, 12, 2)) })
	o.wants(fault.Refused, func(tx *db.Tx) error { _, _, err := mandate.File(ctx, tx, o.key, b.ID, tn.Loc); return err })
	tn.Write(func(tx *db.Tx) error { return mandate.Pause(ctx, tx, []string{his}, "échéancier") })
	if b := o.batch("2026-12-11"); b.Count != 0 {
		t.Errorf("an invoice under a plan is debited: %+v", b)
	}
	tn.Write(func(tx *db.Tx) error { return mandate.Unpause(ctx, tx, []string{his}) })
	if b := o.batch("2026-12-14"); b.Count != 1 {
		t.Errorf("the plan is over: %+v", b)
	}
}

// A family that paid at the counter after the batch was gathered is not debited again: neither the file nor the sending goes on with it.
func TestAStaleBatch(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		o := open(t, tn)
		ctx := t.Context()
		o.sign(o.claire, compte)
		id := o.owe(o.claire, 1, 42_17, "2026-11-02", "2026-11-30")
		b := o.batch("2026-12-10")
		file := func(tx *db.Tx) error { _, _, err := mandate.File(ctx, tx, o.key, b.ID, tn.Loc); return err }
		send := func(tx *db.Tx) error { return mandate.Send(ctx, tx, o.regie, b.ID, civil.New(2026, 12, 2)) }
		o.Read(file)
		tn.Write(func(tx *db.Tx) error {
			_, err := till.Record(ctx, tx, till.Take{HouseholdID: o.claire.HouseholdID, PayerName: "x", Means: till.Transfer, Cents: 2_17, Source: "x", Reference: "x",
				Shares: []billing.Share{{InvoiceID: id, Cents: 2_17}}, Day: civil.DateOf(tx.Now, tn.Loc), By: o.regie.Actor()})
			return err
		})
		o.wants(fault.Refused, file)
		o.wants(fault.Refused, send)
		err := tn.DB.Write(ctx, send)
		if d := o.debits(b)[0]; err == nil || !strings.Contains(err.Error(), d.Household+" ("+d.EndToEnd+")") {
			t.Errorf("the family is not named: %v", err)
		}
		tn.Write(func(tx *db.Tx) error {
			_, err := mandate.Release(ctx, tx, o.regie, o.debits(b)[0].ID, "réglé au guichet")
			return err
		})
		if b = o.batch("2026-12-11"); b.Cents != 40_00 {
			t.Errorf("the rest: %+v", b)
		}
		o.Read(file)
		o.send(b)
		o.collect("2026-12-11T06:20")
		o.Read(file)
		o.sound()
	})
}
