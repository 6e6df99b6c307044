package paper

import (
	"context"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/town"
)

// Sheets makes the sheets of invoices, in the order of their numbers: some dozens at a time, they are held in memory.
func Sheets(ctx context.Context, tx *db.Tx, t *town.Town, invoices []string) ([]Invoice, error) {
	m, err := NewMaker(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	list, err := billing.InvoicesByIDs(ctx, tx, invoices)
	if err != nil {
		return nil, err
	}
	covered, err := billing.Settlements(ctx, tx, invoices)
	if err != nil {
		return nil, err
	}
	out := make([]Invoice, len(list))
	for k := range list {
		out[k] = m.Invoice(&list[k], covered[list[k].ID])
	}
	return out, nil
}

// StatementOf makes the sheet of a household's account over some days.
func StatementOf(ctx context.Context, tx *db.Tx, t *town.Town, householdID string, r civil.Range) (s Statement, err error) {
	m, err := NewMaker(ctx, tx, t)
	if err != nil {
		return s, err
	}
	h, err := household.ByID(ctx, tx, householdID)
	if err != nil {
		return s, err
	}
	before, err := billing.BalanceBefore(ctx, tx, householdID, r.From)
	if err != nil {
		return s, err
	}
	entries, err := billing.Statement(ctx, tx, householdID, r)
	payer := billing.Payer{Reference: h.Reference, Name: h.Name, Line: h.Address, PostalCode: h.PostalCode, City: h.City}
	return m.Statement(payer, r, before, entries), err
}
