package till

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// Sorting says whose the money of a receipt is that named nobody; it pays the oldest invoices first.
type Sorting struct {
	ReceiptID, HouseholdID string
	Day                    civil.Date
}

// Assign says whose the money of a receipt is that named nobody: its invoices are paid, and it leaves the account of what is to be sorted.
// Errors: fault.NotFound; fault.Refused when it is known already, or reversed.
func Assign(ctx context.Context, tx *db.Tx, who staff.Agent, a Sorting) (Receipt, error) {
	if err := mayBill(who); err != nil {
		return Receipt{}, err
	}
	r, err := ByID(ctx, tx, a.ReceiptID)
	if err != nil {
		return r, err
	}
	if r.HouseholdID != "" || !r.Live() {
		return r, fault.Refusedf("Cette recette n’est plus à classer.")
	}
	if err := sane(tx, a.Day); err != nil {
		return r, err
	}
	t := Take{HouseholdID: a.HouseholdID, PayerName: r.PayerName, Means: r.Means, Cents: r.Cents, Day: a.Day, By: who.Actor()}
	known, _, err := know(ctx, tx, t)
	if err != nil {
		return r, err
	}
	shares, wrong := Judge(t, known)
	if err := refuse(wrong); err != nil {
		return r, err
	}
	r.HouseholdID = a.HouseholdID
	if shares, err = pay(ctx, tx, r, shares); err != nil {
		return r, err
	}
	r.Paid = named(shares, known.Open)
	if err := r.own(ctx, tx, who); err != nil {
		return r, err
	}
	return r, post(ctx, tx, Entry{OfficeID: r.OfficeID, Day: a.Day, Kind: EntryOwner, Subject: r.ID, Label: "Recette classée, quittance " + r.Name(), Content: r.content(), By: who.Actor(),
		ByName: who.Name, Lines: []Line{{AccountUnsorted, r.Cents}, {AccountDue, -r.Cents}}})
}
