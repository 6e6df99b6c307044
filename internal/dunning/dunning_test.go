package dunning_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var ctx = context.Background()

// desk is the fixture world with an agent of the régie and reminders switched on.
type desk struct {
	*worldtest.World
	regie  staff.Agent
	home   string
	number int
	t      *testing.T
}

func open(t *testing.T, tn *towntest.Town) *desk {
	t.Helper()
	d := &desk{World: worldtest.Chatou(t, tn), t: t}
	d.home = d.Claire.HouseholdID
	d.Write(func(tx *db.Tx) error {
		d.regie = d.AddAgent(tx, "regie", staff.Regie)
		return dunning.Save(ctx, tx, d.Direction, dunning.Settings{On: true, First: 10, Second: 20, HandOver: 15, Least: 15_00, Hold: true, HoldDays: 60})
	})
	return d
}

// line is what an invoice asks for one child.
type line struct {
	child     string
	attribute string
	cents     money.Cents
}

// owe gives Claire's household an issued document of some lines; a negative sum makes a credit note.
func (d *desk) owe(issued, due string, lines ...line) (id string) {
	d.t.Helper()
	d.number++
	id = db.NewID()
	var total money.Cents
	for _, l := range lines {
		total += l.cents
	}
	kind, series, entry, dueOn := "invoice", "F", billing.EntryInvoice, civil.Date{}
	if due != "" {
		dueOn = civil.MustParse(due)
	}
	if total < 0 {
		kind, series, entry = "credit_note", "A", billing.EntryCreditNote
	}
	d.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO billing_runs (id, month, household_id, from_day, to_day, examine_from, state, done_to, created_at, created_by, created_by_name, gathered_at, issued_at)
				VALUES ($1, '2026-09', $2, '2026-09-01', '2026-09-30', '2026-09-01', 'issued', '', $3, '', '', $3, $3)`, id, d.home, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, year, number, label, payer_reference, payer_name, payer_line, payer_postal_code,
				payer_city, from_day, to_day, total_cents, earlier_cents, before_cents, made_at, issued_at, issued_on, due_on)
			VALUES ($1, $1, $2, $3, $4, 2026, $5, $6, '', 'Claire Martin', '', '', '', '2026-09-01', '2026-09-30', $7, 0, 0, $8, $8, $9, $10)`,
			id, d.home, kind, series, d.number, fmt.Sprintf("%s2026-%06d", series, d.number), total, tx.Now, civil.MustParse(issued), dueOn); err != nil {
			return err
		}
		for n, l := range lines {
			if _, err := tx.Exec(ctx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents,
					quantity, total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)
				VALUES ($1, $2, $3, '', 'a', '', '', 'service', $4, $5, 1, $5, '', '', ($4 = 'care'), '', '2026-09-02', '2026-09-02')`, id, n+1, l.child, l.attribute, l.cents); err != nil {
				return err
			}
		}
		_, err := billing.Post(ctx, tx, billing.Entry{HouseholdID: d.home, Kind: entry, Cents: total, Source: kind + ":" + id, InvoiceID: id, Label: "x", Day: civil.MustParse(issued), By: "system"})
		return err
	})
	return id
}

// remind does what the daily job does, twice.
func (d *desk) remind(wall string) (levels string) {
	d.t.Helper()
	d.SetClock(wall)
	for range 2 {
		d.Write(func(tx *db.Tx) error {
			_, err := dunning.RemindSlice(ctx, tx, civil.DateOf(tx.Now, d.Loc), 0)
			return err
		})
	}
	d.Read(func(tx *db.Tx) error {
		list, err := dunning.OfHousehold(ctx, tx, d.home, civil.DateOf(tx.Now, d.Loc))
		for _, u := range list {
			levels += fmt.Sprint(u.Last.Level)
		}
		return err
	})
	return levels
}

// pay records money as the till does.
func (d *desk) pay(wall string, cents money.Cents, means till.Means) (r till.Receipt) {
	d.t.Helper()
	d.SetClock(wall)
	d.Write(func(tx *db.Tx) (err error) {
		r, err = till.Record(ctx, tx, till.Take{HouseholdID: d.home, PayerName: "Claire Martin", Means: means, Cents: cents, Source: "test:" + db.NewID(), Reference: "x",
			Day: civil.DateOf(tx.Now, d.Loc), By: d.regie.Actor()})
		return err
	})
	return r
}

// wants runs a verb that must be refused.
func (d *desk) wants(kind fault.Kind, word string, verb func(tx *db.Tx) error) {
	d.t.Helper()
	err := d.DB.Write(ctx, verb)
	refusal, ok := fault.As(err)
	if !ok || refusal.Kind != kind || !strings.Contains(refusal.Message, word) {
		d.t.Fatalf("%v, want %s with %q", err, kind, word)
	}
}

// Two reminders on their days, then the treasury: only after the delay, and only what reaches the least of the law.
func TestFromTheFirstReminderToTheTreasury(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := open(t, tn)
		id := d.owe("2026-10-01", "2026-10-31", line{attribute: "care", cents: 42_00})
		for _, step := range []struct{ wall, levels string }{
			{"2026-11-09T08:00", "0"}, {"2026-11-10T08:00", "1"}, {"2026-11-29T08:00", "1"}, {"2026-11-30T08:00", "2"}, {"2026-12-31T08:00", "2"},
		} {
			if got := d.remind(step.wall); got != step.levels {
				t.Errorf("on %s reminded %q, want %q", step.wall, got, step.levels)
			}
		}
		over := func(day, slip string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				return dunning.HandOver(ctx, tx, d.regie, d.home, []string{id}, slip, civil.MustParse(day))
			}
		}
		d.wants(fault.Refused, "15 décembre", over("2026-12-14", "B12"))
		d.wants(fault.Invalid, "bordereau", over("2026-12-15", " "))
		d.Write(over("2026-12-15", "B12"))
		d.wants(fault.Refused, "déjà transmise", over("2026-12-15", "B12"))
		d.Read(func(tx *db.Tx) error {
			list, err := dunning.OfHousehold(ctx, tx, d.home, civil.MustParse("2026-12-31"))
			if len(list) != 1 || list[0].Stays != dunning.StayTreasury || list[0].HandedSlip != "B12" {
				t.Errorf("%+v", list)
			}
			return err
		})
		small := d.owe("2026-10-02", "2026-10-31", line{attribute: "care", cents: 14_99})
		d.remind("2027-01-04T08:00")
		d.remind("2027-01-24T08:00")
		d.wants(fault.Refused, "n’est pas mise en recouvrement", func(tx *db.Tx) error {
			return dunning.HandOver(ctx, tx, d.regie, d.home, []string{small}, "B13", civil.MustParse("2027-02-28"))
		})
	})
}

// A plan stops reminders; it is kept when all is paid, and broken when an instalment does not come.
func TestPlans(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := open(t, tn)
		d.owe("2026-10-01", "2026-10-31", line{attribute: "care", cents: 100_00})
		agree := func(first string, count int) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := dunning.Agree(ctx, tx, d.regie, d.home, civil.MustParse(first), count, "", civil.DateOf(tx.Now, d.Loc))
				return err
			}
		}
		plan := func() (p dunning.Plan, ok bool) {
			d.Read(func(tx *db.Tx) (err error) { p, ok, err = dunning.OpenPlan(ctx, tx, d.home); return err })
			return p, ok
		}
		night := func(wall string) {
			d.SetClock(wall)
			d.Write(func(tx *db.Tx) error {
				_, err := dunning.NightSlice(ctx, tx, civil.DateOf(tx.Now, d.Loc), "")
				return err
			})
		}
		d.wants(fault.Invalid, "mensualités", agree("2026-12-10", 1))
		d.wants(fault.Invalid, "première", agree("2026-11-30", 3))
		d.Write(agree("2026-12-10", 3))
		d.wants(fault.Refused, "rien à étaler", agree("2026-12-10", 3))
		if p, ok := plan(); !ok || p.Total != 100_00 || len(p.Instalments) != 3 || p.Instalments[0].Cents != 33_34 || p.Instalments[2].DueOn != civil.New(2027, 2, 10) {
			t.Errorf("%+v, %v", p, ok)
		}
		if got := d.remind("2026-12-05T08:00"); got != "0" {
			t.Errorf("an invoice of a plan is reminded of: %q", got)
		}
		d.pay("2026-12-09T10:00", 33_34, till.Transfer)
		night("2026-12-20T04:00")
		if p, ok := plan(); !ok || p.Paid != 33_34 {
			t.Errorf("after the first instalment: %+v, %v", p, ok)
		}
		night("2027-01-15T04:00")
		if _, ok := plan(); !ok {
			t.Error("an instalment has five days")
		}
		night("2027-01-16T04:00")
		if _, ok := plan(); ok {
			t.Error("an instalment did not come, and the plan goes on")
		}
		if got := d.remind("2027-01-16T08:00"); got != "1" {
			t.Errorf("after a broken plan: %q", got)
		}
		d.Write(agree("2027-02-10", 2))
		d.pay("2027-02-01T10:00", 66_66, till.Transfer)
		p, _ := plan()
		night("2027-02-02T04:00")
		d.Read(func(tx *db.Tx) error {
			p, err := dunning.PlanByID(ctx, tx, p.ID)
			if p.EndedHow != "kept" {
				t.Errorf("all is paid: %+v", p)
			}
			return err
		})
	})
}

// A debt that lasts blocks bookings until it is paid, or a plan is agreed.
func TestHolds(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	d := open(t, tn)
	d.owe("2026-10-01", "2026-10-31", line{attribute: "care", cents: 50_00})
	held := func(wall string) (held bool) {
		d.SetClock(wall)
		d.Write(func(tx *db.Tx) error {
			if _, err := dunning.HoldSlice(ctx, tx, household.By{Actor: "job:x", Name: "Nuit"}, civil.DateOf(tx.Now, d.Loc), "", 10); err != nil {
				return err
			}
			s, err := household.StandingOf(ctx, tx, d.home)
			held = s.Hold != nil
			return err
		})
		return held
	}
	if held("2026-12-30T04:00") {
		t.Error("held sixty days after the due date")
	}
	if !held("2026-12-31T04:00") || !held("2027-01-01T04:00") {
		t.Error("not held after sixty days")
	}
	d.Write(func(tx *db.Tx) error {
		_, err := dunning.Agree(ctx, tx, d.regie, d.home, civil.New(2027, 1, 10), 2, "", civil.DateOf(tx.Now, d.Loc))
		return err
	})
	if held("2027-01-02T04:00") {
		t.Error("held with a plan")
	}
}

// The certificate counts what was paid in the year for care, whatever month it is about: food, penalties and aids apart.
func TestTheCertificate(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		d := open(t, tn)
		var six, five household.Child
		d.Write(func(tx *db.Tx) error {
			six = d.AddChild(tx, d.Claire, "Nina", "Martin", "2021-01-01", "GS", "SABINETTES")
			five = d.AddChild(tx, d.Claire, "Noé", "Martin", "2021-01-02", "GS", "SABINETTES")
			return nil
		})
		kept := func(year int) map[string]money.Cents {
			out := map[string]money.Cents{}
			d.Read(func(tx *db.Tx) error {
				list, err := dunning.PaidForCare(ctx, tx, d.home, year)
				for _, k := range list {
					out[k.Name] = k.Cents
				}
				return err
			})
			return out
		}
		d.SetClock("2026-12-01T10:00")
		d.owe("2026-11-01", "2026-11-30", line{six.ID, "care", 60_00}, line{six.ID, "food", 30_00}, line{six.ID, "penalty", 10_00},
			line{five.ID, "care", 50_00}, line{five.ID, "aid", -10_00}, line{d.Antoine.ID, "care", 20_00})
		if got := kept(2026); len(got) != 0 {
			t.Errorf("nothing was paid: %v", got)
		}
		d.pay("2026-12-10T10:00", 80_00, till.Transfer) // half of 160
		if got := kept(2026); len(got) != 2 || got["Nina Martin"] != 30_00 || got["Noé Martin"] != 20_00 {
			t.Errorf("half was paid in 2026: %v", got)
		}
		late := d.pay("2027-01-10T10:00", 80_00, till.Transfer)
		if got := kept(2026); got["Nina Martin"] != 30_00 {
			t.Errorf("what was paid in January counts in December: %v", got)
		}
		if got := kept(2027); len(got) != 1 || got["Noé Martin"] != 20_00 {
			t.Errorf("born on 1 January 2021 is six on 1 January 2027: %v", got)
		}
		d.Write(func(tx *db.Tx) error {
			_, err := till.Void(ctx, tx, late.ID, "erreur", d.regie.Actor(), civil.DateOf(tx.Now, d.Loc))
			return err
		})
		if got := kept(2027); len(got) != 0 {
			t.Errorf("what was taken back counts: %v", got)
		}
		certify := func() (c dunning.Certificate) {
			d.Write(func(tx *db.Tx) (err error) {
				if _, err := dunning.CertifySlice(ctx, tx, 2026, "", town.Profile{Name: "Ville d’Essai"}, civil.New(2027, 1, 15)); err != nil {
					return err
				}
				c, _, err = dunning.CertificateOf(ctx, tx, d.home, 2026)
				return err
			})
			return c
		}
		c := certify()
		if c.Name() != "AF2026-000001" || c.Total != 50_00 || len(c.Children) != 2 || c.Payer != "Claire Martin" {
			t.Errorf("%+v", c)
		}
		if again := certify(); again.ID != c.ID {
			t.Errorf("the same certificate is made again: %+v", again)
		}
	})
}

// The titles of a payment are shared between the children it is for: they are taken off the family's tax once.
func TestTitlesCountOnce(t *testing.T) {
	d := open(t, towntest.New(t, db.SQLite))
	var nina, noe household.Child
	d.Write(func(tx *db.Tx) error {
		nina = d.AddChild(tx, d.Claire, "Nina", "Martin", "2022-01-02", "GS", "SABINETTES")
		noe = d.AddChild(tx, d.Claire, "Noé", "Martin", "2022-01-03", "GS", "SABINETTES")
		return nil
	})
	d.owe("2026-11-01", "2026-11-30", line{nina.ID, "care", 60_00}, line{noe.ID, "care", 30_00}, line{nina.ID, "food", 10_00})
	d.pay("2026-12-10T10:00", 50_00, till.ECESU)
	d.pay("2026-12-10T11:00", 50_00, till.Transfer)
	d.Read(func(tx *db.Tx) error {
		list, err := dunning.PaidForCare(ctx, tx, d.home, 2026)
		if len(list) != 2 || list[0].Cents != 60_00 || list[0].CESU != 33_33 || list[1].Cents != 30_00 || list[1].CESU != 16_67 {
			t.Errorf("50 € of titles for two children: %+v", list)
		}
		return err
	})
}

func TestUnderSix(t *testing.T) {
	for _, c := range []struct {
		born string
		year int
		want bool
	}{
		{"2021-01-01", 2026, true}, {"2021-01-01", 2027, false}, {"2021-01-02", 2026, true}, {"2021-01-02", 2027, true}, {"2026-12-31", 2026, true}, {"2020-12-31", 2026, true},
		{"2020-01-01", 2026, false},
	} {
		if got := dunning.UnderSix(civil.MustParse(c.born), c.year); got != c.want {
			t.Errorf("born on %s, in %d: %v", c.born, c.year, got)
		}
	}
}
