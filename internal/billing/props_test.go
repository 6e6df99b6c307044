package billing_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// life is a sequence of facts, bills, payments and second thoughts of two households, in one transaction that is thrown away.
type life struct {
	*rapid.T
	w     *worldtest.World
	tx    *db.Tx
	month civil.Month // the next one to bill
	paid  []string    // sources of payments that stand
	n     int
}

func (l *life) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *life) home() string {
	return rapid.SampledFrom([]string{l.w.Claire.HouseholdID, l.w.Karim.HouseholdID}).Draw(l.T, "household")
}

// fact changes what is known of a day of November or December: booked or not, came or not, collected late.
func (l *life) fact() {
	what := rapid.SampledFrom([]string{"antoine/CANTINE", "antoine/MATIN", "leo/CANTINE"}).Draw(l.T, "what")
	day := civil.MustParse("2026-11-02").AddDays(rapid.SampledFrom([]int{0, 1, 29}).Draw(l.T, "day"))
	home := l.w.Claire.HouseholdID
	if what == "leo/CANTINE" && day.Day%2 == 0 {
		home = l.w.Karim.HouseholdID
	}
	d := dayOf{enrolment: what, day: day.String(), booked: rapid.SampledFrom([]string{"booked", "booked", "", "pending"}).Draw(l.T, "booked"),
		came: rapid.SampledFrom([]string{"present", "present", "absent", ""}).Draw(l.T, "came")}
	l.must(happened(l.tx, l.w, home, d))
}

func (l *life) quotient() {
	_, err := household.AddQuotient(ctx, l.tx, agent, l.home(), household.Quotient{Value: rapid.Int64Range(0, 1500_00).Draw(l.T, "quotient"), Kind: "caf", Source: "essai", ReferenceMonth: "2026-11",
		EffectiveOn: civil.MustParse("2026-11-01").AddDays(rapid.IntRange(0, 50).Draw(l.T, "from"))})
	l.must(err)
}

// bill prepares and issues the next month, or the last one a second time, which changes nothing.
func (l *life) bill() {
	again := rapid.Bool().Draw(l.T, "again")
	m := l.month
	if again {
		m = m.Prev()
	}
	before := l.count()
	r, err := billing.StartRun(ctx, l.tx, m, civil.MustParse("2027-12-01"), agent)
	l.must(err)
	l.finish(r)
	if again && m == l.month.Prev() && r.State == billing.RunIssued && l.count() != before {
		l.Fatalf("%s again: %s, then %s", m, before, l.count())
	}
	if !again {
		l.month = m.Next()
	}
}

// apart bills one household for all its days so far.
func (l *life) apart(home string) {
	r, err := billing.StartHouseholdRun(ctx, l.tx, home, civil.Range{From: civil.MustParse("2026-11-01"), To: civil.MustParse("2026-12-31")}, agent)
	l.must(err)
	l.finish(r)
}

func (l *life) finish(r billing.Run) {
	if r.State != billing.RunPreparing {
		return
	}
	for more := true; more; {
		s, err := billing.Gather(ctx, l.tx, r.ID)
		l.must(err)
		more, err = billing.Keep(ctx, l.tx, s)
		l.must(err)
	}
	l.must(billing.Issue(ctx, l.tx, r.ID, civil.MustParse("2027-01-05"), civil.Date{}, civil.MustParse("2027-01-05"), agent))
	for more := true; more; {
		var err error
		more, err = billing.IssueSlice(ctx, l.tx, r.ID)
		l.must(err)
	}
}

func (l *life) count() (out string) {
	var documents, charges, entries int
	l.must(l.tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM invoices), (SELECT count(*) FROM charges), (SELECT count(*) FROM ledger_entries)`).Scan(&documents, &charges, &entries))
	return fmt.Sprint(documents, charges, entries)
}

func (l *life) pay() {
	p := billing.Payment{HouseholdID: l.home(), Source: fmt.Sprintf("receipt:%d", l.n), Label: "Essai", Cents: money.Cents(rapid.IntRange(1, 30_00).Draw(l.T, "cents")), Day: day, By: agent.Actor}
	if due, err := billing.Due(ctx, l.tx, p.HouseholdID); err == nil && len(due) > 0 && rapid.Bool().Draw(l.T, "chosen") {
		p.Shares = []billing.Share{{InvoiceID: due[len(due)-1].InvoiceID, Cents: p.Cents}} // more than is left of it, perhaps
	}
	_, shares, err := billing.Pay(ctx, l.tx, p)
	l.must(err)
	sum := money.Cents(0)
	for _, s := range shares {
		sum += s.Cents
	}
	if sum > p.Cents {
		l.Fatalf("%s pays %s", p.Cents, sum)
	}
	l.paid = append(l.paid, p.Source)
}

func (l *life) unpay() {
	if len(l.paid) == 0 {
		return
	}
	source := l.paid[rapid.IntRange(0, len(l.paid)-1).Draw(l.T, "which")]
	if rapid.Bool().Draw(l.T, "by the bank") {
		_, err := billing.Bounce(ctx, l.tx, source, "essai", agent.Actor, day)
		l.must(err)
	} else if _, err := billing.Unpay(ctx, l.tx, source, "essai", agent.Actor, day); !fault.Is(err, fault.Refused) { // refunded
		l.must(err)
	}
}

func (l *life) refund() {
	home := l.home()
	if advance, err := billing.Advance(ctx, l.tx, home); err == nil && advance > 0 {
		_, err := billing.Refund(ctx, l.tx, billing.Payment{HouseholdID: home, Source: fmt.Sprintf("refund:%d", l.n), Label: "Essai", Cents: advance, Day: day, By: agent.Actor})
		l.must(err)
	}
}

// holds looks at what must be true whatever happened.
func (l *life) holds() {
	broken, err := billing.Verify(ctx, l.tx)
	l.must(err)
	if len(broken) > 0 {
		l.Fatal(broken)
	}
	for _, home := range []string{l.w.Claire.HouseholdID, l.w.Karim.HouseholdID} {
		balance, err := billing.Balance(ctx, l.tx, home)
		l.must(err)
		advance, err := billing.Advance(ctx, l.tx, home)
		l.must(err)
		due, err := billing.Due(ctx, l.tx, home)
		l.must(err)
		rests := money.Cents(0)
		for _, o := range due {
			rests += o.Rest
		}
		var live, paid, uncovered money.Cents
		l.must(l.tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(l.cents - coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.debit_id = l.id), 0)), 0) AS bigint)
			FROM ledger_entries l WHERE l.household_id = $1 AND l.kind = 'refund'`, home).Scan(&uncovered)) // the bank took back what had been refunded
		l.must(l.tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(c.cents), 0) AS bigint) FROM charges c JOIN invoices i ON i.id = c.invoice_id
			WHERE i.household_id = $1 AND c.reverses_invoice IS NULL AND c.reversed_in IS NULL`, home).Scan(&live))
		l.must(l.tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(cents), 0) AS bigint) FROM ledger_entries WHERE household_id = $1 AND kind IN ('payment', 'reversal', 'refund')`, home).Scan(&paid))
		if balance != rests+uncovered-advance || balance != live+paid || uncovered > 0 && advance > 0 {
			l.Fatalf("balance %s; left to pay %s, refunds that nothing covers %s, advance %s; live charges %s, paid %s", balance, rests, uncovered, advance, live, paid)
		}
	}
	negative, err := db.Exists(ctx, l.tx, `SELECT 1 FROM charges WHERE reverses_invoice IS NULL GROUP BY invoice_id, child_id, activity_id, day, kind HAVING sum(cents) < 0`)
	l.must(err)
	if negative {
		l.Fatal("a day has a negative price")
	}
}

// exact compares what is billed of each household with what its facts cost today, one by one.
func (l *life) exact() {
	c, err := activity.Load(ctx, l.tx)
	l.must(err)
	homes := []string{l.w.Claire.HouseholdID, l.w.Karim.HouseholdID}
	facts, err := attendance.Facts(ctx, l.tx, homes, civil.Range{From: civil.MustParse("2026-11-01"), To: civil.MustParse("2026-12-31")})
	l.must(err)
	standings, err := household.StandingsOf(ctx, l.tx, homes)
	l.must(err)
	for _, home := range homes {
		standing, want := standings[home], money.Cents(0)
		for i := range facts {
			f := &facts[i]
			occasion := map[attendance.Outcome]tariff.Occasion{attendance.Normal: tariff.Normal, attendance.NotPointed: tariff.Normal, attendance.MissedDay: tariff.Absence,
				attendance.Unannounced: tariff.Unbooked}[f.Outcome()]
			if f.HouseholdID != home || occasion == "" {
				continue
			}
			parts, err := c.Quote(f.ActivityID, f.OptionID, f.Day, occasion, standing.PriceFacts(f.ChildID, f.Day))
			l.must(err)
			want += tariff.Sum(parts)
		}
		var live money.Cents
		l.must(l.tx.QueryRow(ctx, `SELECT CAST(coalesce(sum(c.cents), 0) AS bigint) FROM charges c JOIN invoices i ON i.id = c.invoice_id
			WHERE i.household_id = $1 AND c.reverses_invoice IS NULL AND c.reversed_in IS NULL`, home).Scan(&live))
		if live != want {
			l.Fatalf("%s is billed, the facts cost %s", live, want)
		}
	}
}

// For any sequence of facts, corrections, bills and payments: ledgers balance, nothing is billed twice, numbers have no gap, no price is
// negative, no cent is lost; once everything is billed it is what the facts cost, and billing again changes nothing.
func TestWhateverHappensTheAccountsHold(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		left := 25
		if tn.DB.Engine() == db.Postgres {
			left = 4
		}
		over := errors.New("over")
		rapid.Check(t, func(r *rapid.T) {
			if left--; left < 0 {
				return
			}
			err := w.DB.Write(ctx, func(tx *db.Tx) error {
				l := &life{T: r, w: w, tx: tx, month: civil.Month{Year: 2026, Month: 11}}
				for range rapid.IntRange(5, 25).Draw(r, "steps") {
					l.n++
					tx.Now = tx.Now.Add(time.Hour)
					rapid.SampledFrom([]func(){l.fact, l.fact, l.fact, l.quotient, l.bill, l.pay, l.unpay, l.refund, func() { l.apart(l.home()) }}).Draw(r, "step")()
				}
				l.holds()
				for range 2 { // Léo's days may wait for the other household's credit note
					for _, home := range []string{w.Claire.HouseholdID, w.Karim.HouseholdID} {
						tx.Now = tx.Now.Add(time.Hour)
						l.apart(home)
					}
				}
				settled := l.count()
				l.apart(w.Claire.HouseholdID)
				if now := l.count(); now != settled {
					r.Fatalf("billed again: %s, then %s", settled, now)
				}
				l.holds()
				l.exact()
				return over
			})
			if !errors.Is(err, over) {
				r.Fatal(err)
			}
		})
	})
}
