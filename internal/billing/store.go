package billing

import (
	"context"
	"database/sql"
	"errors"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
)

// selectInvoice reads an invoice with its household as it is now, which stands in for the payer of a draft.
const selectInvoice = `SELECT i.id, i.run_id, i.household_id, i.kind, i.series, coalesce(i.year, 0), coalesce(i.number, 0), i.label, i.payer_reference, i.payer_name,
		i.payer_line, i.payer_postal_code, i.payer_city, i.from_day, i.to_day, i.total_cents, i.earlier_cents, i.before_cents, i.issued_at, i.issued_on,
		i.due_on, i.settled_at, i.handed_at, i.handed_slip, h.reference, h.name, h.address_line, h.postal_code, h.city,
		CAST(coalesce((SELECT sum(a.cents) FROM allocations a WHERE a.invoice_id = i.id), 0) AS bigint),
		` + cesuOfInvoice + `
	FROM invoices i JOIN households h ON h.id = i.household_id`

func scanInvoice(s db.Scanner) (i Invoice, err error) {
	var issued, due sql.Null[civil.Date]
	var now Payer
	err = s.Scan(&i.ID, &i.RunID, &i.HouseholdID, &i.Kind, &i.Series, &i.Year, &i.Number, &i.Label, &i.Payer.Reference, &i.Payer.Name, &i.Payer.Line,
		&i.Payer.PostalCode, &i.Payer.City, &i.Period.From, &i.Period.To, &i.Total, &i.Earlier, &i.Before, &i.IssuedAt, &issued, &due,
		&i.SettledAt, &i.HandedAt, &i.HandedSlip, &now.Reference, &now.Name, &now.Line, &now.PostalCode, &now.City, &i.Paid, &i.CESU)
	i.IssuedOn, i.DueOn = issued.V, due.V
	if i.Number == 0 {
		i.Payer = now
	}
	if i.Kind == KindInvoice {
		i.Rest = i.Total - i.Paid
	}
	i.State = i.state()
	return i, err
}

// state says where an invoice stands, from its dates.
func (i *Invoice) state() State {
	switch {
	case i.Number == 0:
		return StateDraft
	case !i.HandedAt.IsZero():
		return StateHandedOver
	case i.Kind == KindCreditNote || !i.SettledAt.IsZero():
		return StateSettled
	}
	return StateOpen
}

// unknownInvoice is the answer for an invoice that is not there, or not one's own.
func unknownInvoice(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Cette facture n’existe pas.")
	}
	return err
}

// InvoiceByID finds an invoice, a credit note or a draft, with its lines, for agents; fault.NotFound.
func InvoiceByID(ctx context.Context, tx *db.Tx, id string) (Invoice, error) {
	return withLines(ctx, tx, ` WHERE i.id = $1`, id)
}

// InvoiceOf finds an invoice or a credit note of the guardian's household by its number, with its lines; fault.NotFound.
func InvoiceOf(ctx context.Context, tx *db.Tx, who household.Guardian, label string) (Invoice, error) {
	return withLines(ctx, tx, ` WHERE i.label = $1 AND i.number IS NOT NULL AND i.household_id = $2`, label, who.HouseholdID)
}

func withLines(ctx context.Context, tx *db.Tx, where string, args ...any) (Invoice, error) {
	i, err := db.One(ctx, tx, selectInvoice+where, scanInvoice, args...)
	if err != nil {
		return i, unknownInvoice(err)
	}
	lines, err := linesOf(ctx, tx, []string{i.ID})
	i.Lines = lines[i.ID]
	return i, err
}

// InvoicesOf lists the invoices and credit notes of a household, latest first, without their lines.
func InvoicesOf(ctx context.Context, tx *db.Tx, householdID string) ([]Invoice, error) {
	return db.All(ctx, tx, selectInvoice+` WHERE i.household_id = $1 AND i.number IS NOT NULL ORDER BY i.issued_on DESC, i.number DESC, i.kind`, scanInvoice, householdID)
}

// InvoicesByIDs reads invoices with their lines, in the order of their numbers: for a batch of PDFs, a page of them at a time.
func InvoicesByIDs(ctx context.Context, tx *db.Tx, ids []string) ([]Invoice, error) {
	list, err := db.All(ctx, tx, selectInvoice+` WHERE i.id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY i.kind DESC, i.year, i.number, i.id`,
		scanInvoice, db.JSON(ids))
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(ctx, tx, ids)
	for k := range list {
		list[k].Lines = lines[list[k].ID]
	}
	return list, err
}

// linesOf reads the lines of invoices with their days.
func linesOf(ctx context.Context, tx *db.Tx, invoices []string) (map[string][]Line, error) {
	ids := db.JSON(invoices)
	out := map[string][]Line{}
	_, err := db.All(ctx, tx, `SELECT invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents, quantity,
			total_cents, explanation, grid_id, cesu, corrects, from_day, to_day
		FROM invoice_lines WHERE invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY invoice_id, number`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var l Line
			err := s.Scan(&id, &l.Number, &l.ChildID, &l.ChildName, &l.ActivityID, &l.ActivityName, &l.OptionName, &l.Kind, &l.Attribute, &l.Unit, &l.Quantity,
				&l.Total, &l.Explanation, &l.GridID, &l.CESU, &l.Corrects, &l.From, &l.To)
			out[id] = append(out[id], l)
			return struct{}{}, err
		}, ids)
	if err != nil {
		return nil, err
	}
	_, err = db.All(ctx, tx, `SELECT invoice_id, line, day FROM charges
		WHERE invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY invoice_id, line, day`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var number int
			var day civil.Date
			err := s.Scan(&id, &number, &day)
			if lines := out[id]; err == nil && number >= 1 && number <= len(lines) {
				lines[number-1].Days = append(lines[number-1].Days, day)
			}
			return struct{}{}, err
		}, ids)
	return out, err
}

// Filter says which invoices List gives; what is empty does not filter.
type Filter struct {
	RunID string
	State State // StateDraft, StateOpen, StateSettled or StateHandedOver
	// DueBefore keeps those that should have been paid before a day.
	DueBefore civil.Date
	Slip      string // keeps those that were handed over with a slip
	Owed      bool   // keeps those that are not paid
	Limit     int    // 0 is 200
	Offset    int
}

// List gives invoices of the town without their lines, in the order of their numbers, drafts by household.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Invoice, error) {
	if f.Limit <= 0 {
		f.Limit = 200
	}
	if f.DueBefore.IsZero() {
		f.DueBefore = civil.New(9999, 12, 31)
	}
	where := map[State]string{
		"":              `1 = 1`,
		StateDraft:      `i.number IS NULL`,
		StateOpen:       `i.number IS NOT NULL AND i.kind = 'invoice' AND i.settled_at IS NULL AND i.handed_at IS NULL`,
		StateSettled:    `i.number IS NOT NULL AND i.handed_at IS NULL AND (i.settled_at IS NOT NULL OR i.kind = 'credit_note')`,
		StateHandedOver: `i.handed_at IS NOT NULL`,
	}[f.State]
	if f.Owed {
		where += ` AND i.settled_at IS NULL`
	}
	return db.All(ctx, tx, selectInvoice+` WHERE `+where+` AND ($1 = '' OR i.run_id = $1) AND coalesce(i.due_on, i.from_day) < $2 AND ($5 = '' OR i.handed_slip = $5)
		ORDER BY i.kind DESC, i.year, i.number, h.name_search, i.id LIMIT $3 OFFSET $4`, scanInvoice, f.RunID, f.DueBefore, int64(f.Limit), int64(f.Offset), f.Slip)
}

// Balances gives the balances of households that are not zero.
func Balances(ctx context.Context, tx *db.Tx, households []string) (map[string]money.Cents, error) {
	out := map[string]money.Cents{}
	_, err := db.All(ctx, tx, `SELECT household_id, CAST(sum(cents) AS bigint) FROM ledger_entries
		WHERE household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) GROUP BY household_id HAVING sum(cents) <> 0`,
		func(s db.Scanner) (struct{}, error) {
			var id string
			var c money.Cents
			err := s.Scan(&id, &c)
			out[id] = c
			return struct{}{}, err
		}, db.JSON(households))
	return out, err
}
