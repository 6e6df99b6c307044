package billing_test

import (
	"fmt"
	"strings"
	"testing"

	"preau/internal/attendance"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var today = civil.MustParse("2026-12-01")

// day books a day of an enrolment for its household, or says otherwise: what is booked and who came, as they are in the end.
type dayOf struct {
	enrolment, day string
	booked         string // a state of booking, "" for none
	came           string // "present", "absent", "" when the roll-call says nothing
	late           bool   // collected late
}

// happen writes facts as the roll-call and the bookings leave them; said again, they change.
func happen(t *testing.T, w *worldtest.World, home string, list ...dayOf) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		for _, d := range list {
			if err := happened(tx, w, home, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func happened(tx *db.Tx, w *worldtest.World, home string, d dayOf) error {
	name, code, _ := strings.Cut(d.enrolment, "/")
	child := w.Leo.ID
	if name == "antoine" {
		child = w.Antoine.ID
	}
	day := civil.MustParse(d.day)
	var site, option string
	if err := tx.QueryRow(ctx, `SELECT e.site_id, o.id FROM enrolments e JOIN activity_options o ON o.activity_id = e.activity_id WHERE e.id = $1 ORDER BY o.position LIMIT 1`,
		w.Enrolment[d.enrolment]).Scan(&site, &option); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE bookings SET state = $5, since = $6 WHERE child_id = $1 AND activity_id = $2 AND day = $3 AND household_id = $4`,
		child, w.Activity[code], day, home, map[bool]string{true: "cancelled", false: d.booked}[d.booked == ""], tx.Now); err != nil {
		return err
	}
	there, err := db.Exists(ctx, tx, `SELECT 1 FROM bookings WHERE child_id = $1 AND activity_id = $2 AND day = $3 AND household_id = $4`, child, w.Activity[code], day, home)
	if err != nil {
		return err
	}
	if !there && d.booked != "" {
		if _, err := tx.Exec(ctx, `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at, over_capacity, late, seq)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $10, false, false, 1)`,
			db.NewID(), w.Enrolment[d.enrolment], child, home, w.Activity[code], site, option, day, d.booked, tx.Now); err != nil {
			return err
		}
	}
	entry := db.NewID()
	came := map[bool]string{true: "unpointed", false: d.came}[d.came == ""]
	late := map[bool]string{true: "1", false: "0"}[d.late]
	if _, err := tx.Exec(ctx, `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, late_pickup, source, device_at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ($9 = '1'), 'online', $10, $10)`,
		entry, w.Direction.ID, child, w.Activity[code], site, option, day, came, late, tx.Now); err != nil {
		return err
	}
	if d.came == "" {
		_, err := tx.Exec(ctx, `DELETE FROM attendances WHERE child_id = $1 AND activity_id = $2 AND day = $3`, child, w.Activity[code], day)
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO attendances (id, child_id, activity_id, day, site_id, option_id, household_id, came, late_pickup, age_group, menu, entry_id, device_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ($9 = '1'), '', 'standard', $1, $10, $10)
		ON CONFLICT (child_id, activity_id, day) DO UPDATE SET came = excluded.came, late_pickup = excluded.late_pickup, entry_id = excluded.entry_id, recorded_at = excluded.recorded_at`,
		entry, child, w.Activity[code], day, site, option, home, d.came, late, tx.Now)
	return err
}

// run prepares the bill of a month and issues it.
func run(t *testing.T, tn *towntest.Town, month string, issue bool) billing.Run {
	t.Helper()
	m, err := civil.ParseMonth(month)
	if err != nil {
		t.Fatal(err)
	}
	var r billing.Run
	tn.Write(func(tx *db.Tx) error {
		r, err = billing.StartRun(ctx, tx, m, civil.DateOf(tx.Now, tn.Loc), agent)
		return err
	})
	prepare(t, tn, r.ID)
	if issue {
		issueRun(t, tn, r.ID)
	}
	return r
}

func prepare(t *testing.T, tn *towntest.Town, runID string) {
	t.Helper()
	for more := true; more; {
		var s billing.Slice
		tn.Read(func(tx *db.Tx) (err error) {
			s, err = billing.Gather(ctx, tx, runID)
			return err
		})
		tn.Write(func(tx *db.Tx) (err error) {
			more, err = billing.Keep(ctx, tx, s)
			return err
		})
	}
}

func issueRun(t *testing.T, tn *towntest.Town, runID string) {
	t.Helper()
	tn.Write(func(tx *db.Tx) error {
		return billing.Issue(ctx, tx, runID, civil.Date{}, civil.Date{}, civil.DateOf(tx.Now, tn.Loc), agent)
	})
	for more := true; more; {
		tn.Write(func(tx *db.Tx) (err error) {
			more, err = billing.IssueSlice(ctx, tx, runID)
			return err
		})
	}
}

// documents are the invoices and credit notes of a household, the first issued first, with their lines.
func documents(t *testing.T, tn *towntest.Town, home string) (out []billing.Invoice) {
	tn.Read(func(tx *db.Tx) error {
		list, err := billing.InvoicesOf(ctx, tx, home)
		for i := len(list) - 1; i >= 0 && err == nil; i-- {
			var full billing.Invoice
			full, err = billing.InvoiceByID(ctx, tx, list[i].ID)
			out = append(out, full)
		}
		return err
	})
	return out
}

// November of Claire's family: two lunches, an absence not cancelled, a presence without booking, an absence cancelled in time.
func claireNovember(t *testing.T, w *worldtest.World) {
	happen(t, w, w.Claire.HouseholdID,
		dayOf{"antoine/CANTINE", "2026-11-02", "booked", "present", false},
		dayOf{"antoine/CANTINE", "2026-11-03", "booked", "present", false},
		dayOf{"antoine/CANTINE", "2026-11-05", "booked", "absent", false},
		dayOf{"antoine/CANTINE", "2026-11-06", "", "present", false},
		dayOf{"antoine/CANTINE", "2026-11-09", "cancelled", "", false},
		dayOf{"leo/MATIN", "2026-11-02", "booked", "", false})
}

func quotient(t *testing.T, w *worldtest.World, home string, value int64, from string) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		_, err := household.AddQuotient(ctx, tx, agent, home, household.Quotient{Value: value, Kind: "caf", Source: "attestation", ReferenceMonth: from[:7], EffectiveOn: civil.MustParse(from)})
		return err
	})
}

// The heart of the leaflet's box, as a bill: normal days, a day missed, a day announced to nobody; then what a corrected fact changes.
func TestAMonthAndItsCorrections(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		home := w.Claire.HouseholdID
		quotient(t, w, home, 912_00, "2026-09-01")
		claireNovember(t, w)
		r := run(t, tn, "2026-11", false)
		tn.Read(func(tx *db.Tx) error {
			p, err := billing.RunPreview(ctx, tx, r.ID)
			if p.State != billing.RunPrepared || p.Invoices.N != 1 || p.Notes[billing.NoteUnpointed].N != 1 {
				t.Errorf("preview %+v", p)
			}
			return err
		})
		issueRun(t, tn, r.ID)
		issued := `2026-000001 invoice 17.10 for Claire Martin, due 2026-12-31
Antoine food 3 × 3.40 on 02/11 03/11 06/11
Antoine penalty 1 × 3.40 on 05/11
Antoine penalty 1 × 1.70 on 06/11
Léo care 1 × 1.80 on 02/11
`
		reads(t, tn, home, issued)
		run(t, tn, "2026-11", false) // the same month again changes nothing
		reads(t, tn, home, issued)
		// Antoine was there on the 5th after all, and his family's quotient was lower since the 6th.
		tn.SetClock("2027-01-04T10:00")
		happen(t, w, home, dayOf{"antoine/CANTINE", "2026-11-05", "booked", "present", false})
		quotient(t, w, home, 500_00, "2026-11-06")
		run(t, tn, "2026-12", true)
		reads(t, tn, home, issued+`2027-000001 invoice 6.55 for Claire Martin, due 2027-02-03
Antoine food 1 × 3.40 on 05/11
Antoine food 1 × 2.10 on 06/11
Antoine penalty 1 × 1.05 on 06/11
A2027-000001 credit_note -8.50 for Claire Martin
Antoine penalty 1 × -3.40 on 05/11 of 2026-000001
Antoine food 1 × -3.40 on 06/11 of 2026-000001
Antoine penalty 1 × -1.70 on 06/11 of 2026-000001
`)
		expect(t, tn, home, []money.Cents{8_60, 6_55}, 0)
		tn.SetClock("2027-02-01T10:00")
		run(t, tn, "2027-01", true)
		if n := len(documents(t, tn, home)); n != 3 {
			t.Errorf("%d documents: what was corrected was corrected again", n)
		}
		// A bill of one household looks no further back than that of a month, and at nothing from before the first.
		tn.Write(func(tx *db.Tx) error {
			early := civil.Range{From: civil.MustParse("2026-10-31"), To: civil.MustParse("2027-02-01")}
			_, err := billing.StartHouseholdRun(ctx, tx, home, early, agent)
			if f, _ := fault.As(err); f == nil || f.Fields["du"] == "" {
				t.Errorf("days before the first bill: %v", err)
			}
			r, err := billing.StartHouseholdRun(ctx, tx, home, civil.Range{From: civil.MustParse("2027-01-01"), To: early.To}, agent)
			if r.ExamineFrom != civil.MustParse("2026-11-01") {
				t.Errorf("it corrects since %s", r.ExamineFrom)
			}
			return err
		})
	})
}

// A strike declared once the month was billed gives back what it spared, and its undoing asks for it again.
func TestAnEventDeclaredAfterTheBill(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		home := w.Claire.HouseholdID
		quotient(t, w, home, 912_00, "2026-09-01")
		claireNovember(t, w)
		run(t, tn, "2026-11", true)
		tn.SetClock("2027-01-04T10:00")
		day := civil.MustParse("2026-11-05")
		var e attendance.TownEvent
		tn.Write(func(tx *db.Tx) (err error) {
			e, err = attendance.Declare(ctx, tx, w.Direction, attendance.TownEvent{Kind: attendance.Strike, From: day, To: day, Reason: "Grève"})
			return err
		})
		run(t, tn, "2026-12", true)
		list := documents(t, tn, home)
		if last := list[len(list)-1]; len(list) != 2 || last.Total != -3_40 {
			t.Fatalf("%d documents, the last of %s", len(list), last.Total.Decimal())
		}
		tn.SetClock("2027-02-01T10:00")
		tn.Write(func(tx *db.Tx) error {
			_, err := attendance.Undo(ctx, tx, w.Direction, e.ID)
			return err
		})
		run(t, tn, "2027-01", true)
		list = documents(t, tn, home)
		if last := list[len(list)-1]; len(list) != 3 || last.Total != 3_40 {
			t.Errorf("%d documents, the last of %s", len(list), last.Total.Decimal())
		}
	})
}

// reads compares the documents of a household with what they should say.
func reads(t *testing.T, tn *towntest.Town, home, want string) {
	t.Helper()
	var b strings.Builder
	for _, d := range documents(t, tn, home) {
		fmt.Fprintf(&b, "%s %s %s for %s", d.Label, d.Kind, d.Total.Decimal(), d.Payer.Name)
		if !d.DueOn.IsZero() {
			fmt.Fprintf(&b, ", due %s", d.DueOn)
		}
		b.WriteString("\n")
		for _, l := range d.Lines {
			fmt.Fprintf(&b, "%s %s %d × %s on", l.ChildName, l.Attribute, l.Quantity, l.Unit.Decimal())
			for _, day := range l.Days {
				b.WriteString(" " + day.Numeric()[:5])
			}
			if l.Corrects != "" {
				b.WriteString(" of " + l.Corrects)
			}
			if !strings.Contains(l.Explanation, "grille «") {
				t.Errorf("%s: a line does not say why: %q", d.Label, l.Explanation)
			}
			b.WriteString("\n")
		}
	}
	if b.String() != want {
		t.Errorf("the household was sent:\n%swant:\n%s", b.String(), want)
	}
}

func TestRunsThatAreRefused(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		worldtest.Chatou(t, tn)
		err := tn.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := billing.StartRun(ctx, tx, civil.Month{Year: 2027, Month: 1}, today, agent)
			return err
		})
		if !fault.Is(err, fault.Refused) {
			t.Errorf("a month to come: %v", err)
		}
	})
}
