package billing

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// NoteKind is a reason to look at a household before a run is issued.
type NoteKind string

// The notes.
const (
	NoteNoQuotient NoteKind = "no_quotient" // no QF known: the top price was taken; Count days
	NoteUnpointed  NoteKind = "unpointed"   // booked, and the roll-call says nothing; Count days
	NotePending    NoteKind = "pending"     // came while the request waited for an answer; Count days
	NoteDoubled    NoteKind = "doubled"     // more than twice the last invoice; Cents is the last total
	NoteCredit     NoteKind = "credit"      // more is taken back than asked for; Cents is the sum, negative
	NoteCarried    NoteKind = "carried"     // below the minimum: waits for the next run; Cents is what waits
	NoteElsewhere  NoteKind = "elsewhere"   // billed to another household or in another draft already: waits; Count days
	NoteUnpriced   NoteKind = "unpriced"    // no grid gives a price: not billed; Count days, and fees
)

// Note is something to look at.
type Note struct {
	HouseholdID string
	Household   string // its name
	Reference   string
	Kind        NoteKind
	Count       int
	Cents       money.Cents
	From        civil.Date // the first day concerned
}

// Counted sums up documents of one kind.
type Counted struct {
	N     int
	Total money.Cents
}

// ActivityTotal is what a run bills of an activity, beside what the run of the month before billed.
type ActivityTotal struct {
	ActivityID string
	Name       string
	Quantity   int
	Cents      money.Cents
	Before     money.Cents
}

// Preview is a run as an agent looks at it.
type Preview struct {
	Run
	Households  int // in the town, or 1
	Done        int // households gone through in the phase under way; all of them when it is over
	Invoices    Counted
	CreditNotes Counted
	Before      Run // the run of the month before; its ID is "" when there is none
	BeforeTotal Counted
	Activities  []ActivityTotal
	Notes       map[NoteKind]Counted // households concerned; Total sums Cents
}

// Total is what the run asks for, less what it takes back.
func (p *Preview) Total() money.Cents { return p.Invoices.Total + p.CreditNotes.Total }

// RunPreview sums a run up, beside that of the month before.
func RunPreview(ctx context.Context, tx *db.Tx, runID string) (p Preview, err error) {
	if p.Run, err = RunByID(ctx, tx, runID); err != nil {
		return p, err
	}
	if p.Before, _, err = RunOfMonth(ctx, tx, p.Month.Prev()); err != nil {
		return p, err
	}
	if err := p.count(ctx, tx); err != nil {
		return p, err
	}
	if p.Activities, err = activityTotals(ctx, tx, p.ID, p.Before.ID); err != nil {
		return p, err
	}
	p.Notes = map[NoteKind]Counted{}
	_, err = db.All(ctx, tx, `SELECT kind, count(*), CAST(sum(cents) AS bigint) FROM run_notes WHERE run_id = $1 GROUP BY kind`,
		func(s db.Scanner) (struct{}, error) {
			var kind NoteKind
			var c Counted
			err := s.Scan(&kind, &c.N, &c.Total)
			p.Notes[kind] = c
			return struct{}{}, err
		}, p.ID)
	return p, err
}

// count reads how far a run is and what its documents come to.
func (p *Preview) count(ctx context.Context, tx *db.Tx) error {
	sums := func(runID string, kind Kind) (c Counted, err error) {
		return c, tx.QueryRow(ctx, `SELECT count(*), CAST(coalesce(sum(total_cents), 0) AS bigint) FROM invoices WHERE run_id = $1 AND kind = $2`, runID, kind).Scan(&c.N, &c.Total)
	}
	var err error
	if p.Invoices, err = sums(p.ID, KindInvoice); err != nil {
		return err
	}
	if p.CreditNotes, err = sums(p.ID, KindCreditNote); err != nil {
		return err
	}
	if p.BeforeTotal, err = sums(p.Before.ID, KindInvoice); err != nil {
		return err
	}
	if p.HouseholdID != "" {
		p.Households, p.Done = 1, 1
		return nil
	}
	if err := tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE id <= $1) FROM households`, p.doneTo).Scan(&p.Households, &p.Done); err != nil {
		return err
	}
	if p.State != RunPreparing && p.State != RunIssuing {
		p.Done = p.Households
	}
	return nil
}

// activityTotals sums the lines of two runs by activity, those of the first by the order of their amount.
func activityTotals(ctx context.Context, tx *db.Tx, runID, beforeID string) ([]ActivityTotal, error) {
	return db.All(ctx, tx, `SELECT n.activity_id, max(n.activity_name), CAST(coalesce(sum(n.quantity) FILTER (WHERE i.run_id = $1 AND i.kind = 'invoice' AND n.attribute <> 'aid' AND n.attribute <> 'penalty'), 0) AS bigint),
			CAST(coalesce(sum(n.total_cents) FILTER (WHERE i.run_id = $1), 0) AS bigint), CAST(coalesce(sum(n.total_cents) FILTER (WHERE i.run_id = $2), 0) AS bigint)
		FROM invoices i JOIN invoice_lines n ON n.invoice_id = i.id WHERE i.run_id IN ($1, $2) GROUP BY n.activity_id ORDER BY 4 DESC, 1`,
		func(s db.Scanner) (a ActivityTotal, err error) {
			return a, s.Scan(&a.ActivityID, &a.Name, &a.Quantity, &a.Cents, &a.Before)
		}, runID, beforeID)
}

// RunNotes lists the households to look at for one reason, by name.
func RunNotes(ctx context.Context, tx *db.Tx, runID string, kind NoteKind, limit int) ([]Note, error) {
	return db.All(ctx, tx, `SELECT n.household_id, h.name, h.reference, n.kind, n.count, n.cents, n.from_day
		FROM run_notes n JOIN households h ON h.id = n.household_id WHERE n.run_id = $1 AND n.kind = $2 ORDER BY h.name_search, h.id LIMIT $3`,
		func(s db.Scanner) (n Note, err error) {
			return n, s.Scan(&n.HouseholdID, &n.Household, &n.Reference, &n.Kind, &n.Count, &n.Cents, &n.From)
		}, runID, kind, int64(limit))
}
