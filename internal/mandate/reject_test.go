package mandate_test

import (
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/till"
	"preau/internal/towntest"
)

// A list of rejections is entered whole, or not at all.
func TestAListOfRejections(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	ctx := t.Context()
	o.sign(o.claire, compte)
	o.owe(o.claire, 1, 42_17, "2026-11-02", "2026-11-30")
	b := o.batch("2026-12-10")
	o.send(b)
	o.collect("2026-12-10T06:20")
	tn.SetClock("2026-12-14T10:00")
	today := civil.New(2026, 12, 14)
	enter := func(text string) func(tx *db.Tx) error {
		return func(tx *db.Tx) error {
			list, err := mandate.ParseRejections(text)
			if err != nil {
				t.Fatal(err)
			}
			return mandate.RejectListed(ctx, tx, o.regie, b.ID, list, today)
		}
	}
	o.wants(fault.NotFound, enter("2026-000001-1;AC04;11/12/2026\n2026-009999-1;AM04"))
	if got := o.rest(o.claire); got != 0 {
		t.Errorf("half a list was entered: %s is left", got)
	}
	other := o.batch("2026-12-23")
	o.wants(fault.Refused, func(tx *db.Tx) error {
		return mandate.RejectListed(ctx, tx, o.regie, other.ID, []mandate.Listed{{Reference: "2026-000001-1", Code: "AM04"}}, today)
	})
	tn.Write(enter("\n2026-000001-1\tac04\t2026-12-11\n"))
	o.Read(func(tx *db.Tx) error {
		m, _, err := mandate.Standing(ctx, tx, o.claire.HouseholdID)
		if d := o.debits(b)[0]; d.RejectedCode != "AC04" || d.RejectedOn != civil.New(2026, 12, 11) || m.State() != mandate.Suspended {
			t.Errorf("%+v, mandate %s", d, m.State())
		}
		return err
	})
	o.sound()
}

// A debit that was paid at the counter too, and refunded, is taken back by the bank: the family owes it, and the other rejections of the list are
// entered with it.
func TestARefundedDebitIsRejected(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		o := open(t, tn)
		ctx := t.Context()
		var paul household.Guardian
		tn.Write(func(tx *db.Tx) error { paul = o.family(tx, "Paul", "Dupont"); return nil })
		o.sign(o.claire, compte)
		o.sign(paul, autre)
		id := o.owe(o.claire, 1, 42_00, "2026-11-02", "2026-11-30")
		o.owe(paul, 2, 30_00, "2026-11-02", "2026-11-30")
		b := o.batch("2026-12-10")
		o.send(b)
		tn.Write(func(tx *db.Tx) error { // paid by transfer too: the debit is an advance, and the family asks for it back
			_, err := till.Record(ctx, tx, till.Take{HouseholdID: o.claire.HouseholdID, PayerName: "x", Means: till.Transfer, Cents: 42_00, Source: "x", Reference: "x",
				Shares: []billing.Share{{InvoiceID: id, Cents: 42_00}}, Day: civil.DateOf(tx.Now, tn.Loc), By: o.regie.Actor()})
			return err
		})
		o.collect("2026-12-10T06:20")
		tn.SetClock("2026-12-14T10:00")
		today := civil.New(2026, 12, 14)
		tn.Write(func(tx *db.Tx) error {
			_, err := billing.Refund(ctx, tx, billing.Payment{HouseholdID: o.claire.HouseholdID, Source: "refund:x", Label: "x", Cents: 42_00, Day: today, By: "system"})
			return err
		})
		tn.Write(func(tx *db.Tx) error {
			return mandate.RejectListed(ctx, tx, o.regie, b.ID, []mandate.Listed{{Reference: "2026-000001-1", Code: "AM04"}, {Reference: "2026-000002-1", Code: "AM04"}}, today)
		})
		if list := o.debits(b); list[0].RejectedCode != "AM04" || list[1].RejectedCode != "AM04" || o.rest(paul) != 30_00 || o.rest(o.claire) != 42_00 {
			t.Errorf("%+v, Paul owes %s and Claire %s", list, o.rest(paul), o.rest(o.claire))
		}
		o.sound()
	})
}

func TestReadingAListOfRejections(t *testing.T) {
	for text, want := range map[string]string{
		"F1":                   "ligne 1",
		"F1;XX99":              "ligne 1",
		"F1;AM04\n\nF2 AM04 x": "ligne 3",
		"F1 AM04 2026-02-30":   "ligne 1",
		"a b c d":              "ligne 1",
	} {
		if list, err := mandate.ParseRejections(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, %v, want an error at %s", text, list, err, want)
		}
	}
}

func FuzzRejections(f *testing.F) {
	f.Add("2026-000001-1;AC04;11/12/2026\n2026-000002-1 am04")
	f.Add("\u00a0;;\n/ AM04 //")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := mandate.ParseRejections(text)
		if err != nil && list != nil {
			t.Error("an error and a list")
		}
		for _, l := range list {
			if _, known := mandate.CodeByID(l.Code); !known || l.Reference == "" {
				t.Errorf("%q gives %+v", text, l)
			}
		}
	})
}
