package till

import (
	"context"
	"slices"
	"strings"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// Void takes a receipt back: a mistake, a cheque that bounced, money given back. It is a receipt of its own, numbered, of the opposite
// amount; what the first one had paid is open again. Errors: fault.Invalid beside "motif"; fault.NotFound; fault.Refused for what is a
// reversal, was reversed already, or is cash while the till is closed or its drawer does not hold so much.
func Void(ctx context.Context, tx *db.Tx, receiptID, reason, by string, day civil.Date) (Receipt, error) {
	return void(ctx, tx, receiptID, reason, by, day, billing.Unpay)
}

// Bounce is Void for a receipt whose money the bank took back: what was refunded of it meanwhile does not keep it from being recorded, the family
// owes it (see billing.Bounce).
func Bounce(ctx context.Context, tx *db.Tx, receiptID, reason, by string, day civil.Date) (Receipt, error) {
	return void(ctx, tx, receiptID, reason, by, day, billing.Bounce)
}

func void(ctx context.Context, tx *db.Tx, receiptID, reason, by string, day civil.Date,
	unpay func(ctx context.Context, tx *db.Tx, source, reason, by string, day civil.Date) (billing.Entry, error),
) (Receipt, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Receipt{}, fault.Invalidf("motif", "Indiquez pourquoi cette quittance est annulée.")
	}
	first, err := ByID(ctx, tx, receiptID)
	if err != nil {
		return Receipt{}, err
	}
	if err := sane(tx, day); err != nil {
		return Receipt{}, err
	}
	back, from, err := first.voidable(ctx, tx, reason)
	if err != nil {
		return Receipt{}, err
	}
	back.Day, back.PaidOn, back.At, back.By = day, day, tx.Now, by
	owed := AccountDue
	if first.HouseholdID == "" {
		owed = AccountUnsorted
	} else if _, err := unpay(ctx, tx, receiptSource(first.ID), reason, by, day); err != nil {
		return Receipt{}, err
	}
	if err := back.keep(ctx, tx); err != nil {
		return Receipt{}, err
	}
	if err := first.free(ctx, tx); err != nil {
		return Receipt{}, err
	}
	lines := []Line{{from, back.Cents}, {owed, -back.Cents}}
	if from == AccountTreasury {
		lines = []Line{{AccountTreasury, back.Cents}, {AccountPaidOver, -back.Cents}} // it was paid over: the treasury gives it back
	}
	if err := post(ctx, tx, Entry{OfficeID: back.OfficeID, Day: day, Kind: EntryReversal, Subject: back.ID, Label: "Annulation de la quittance " + first.Name() + " : " + reason,
		Content: back.content(), By: by, ByName: back.ByName, Lines: lines}); err != nil {
		return Receipt{}, err
	}
	return back, audit.Record(ctx, tx, audit.Entry{Actor: by, ActorName: back.ByName, Act: "till.void", Subject: "receipt:" + first.ID, Household: first.HouseholdID,
		Detail: map[string]string{"receipt": first.Name(), "reversal": back.Name(), "reason": reason}})
}

// Voidable says why Void would not take a receipt back, in its errors; nil when it would. Whoever has a bank give the money back asks first.
func Voidable(ctx context.Context, tx *db.Tx, receiptID string) error {
	r, err := ByID(ctx, tx, receiptID)
	if err == nil {
		_, _, err = r.voidable(ctx, tx, "")
	}
	if err == nil && r.HouseholdID != "" {
		err = billing.Unpayable(ctx, tx, receiptSource(r.ID))
	}
	return err
}

// voidable prepares the opposite of a receipt, and says where its money is; or why the till cannot take it back.
func (r Receipt) voidable(ctx context.Context, tx *db.Tx, reason string) (back Receipt, from Account, err error) {
	if back, err = r.reverse(ctx, tx, reason); err != nil {
		return back, "", err
	}
	from, err = r.lies(ctx, tx)
	return back, from, err
}

// reverse prepares the opposite of a receipt, or says why there is none.
func (r Receipt) reverse(ctx context.Context, tx *db.Tx, reason string) (Receipt, error) {
	switch {
	case r.Reverses != "":
		return Receipt{}, fault.Refusedf("C’est déjà une annulation.")
	case r.ReversedBy != "":
		return Receipt{}, fault.Refusedf("Cette quittance est déjà annulée.")
	}
	back := Receipt{ID: db.NewID(), OfficeID: r.OfficeID, HouseholdID: r.HouseholdID, PayerName: r.PayerName, Means: r.Means, Cents: -r.Cents,
		Label: "Annulation de la quittance " + r.Name(), Reference: r.Reference, Source: "void:" + r.ID, Reverses: r.ID, Reason: reason}
	for _, p := range r.Paid {
		back.Paid = append(back.Paid, Paid{p.InvoiceID, p.Number, -p.Cents})
	}
	session, open, err := OpenSession(ctx, tx)
	if err != nil {
		return back, err
	}
	if r.Means == Cash {
		held, err := Balances(ctx, tx, r.OfficeID)
		switch {
		case err != nil:
			return back, err
		case !open:
			return back, fault.Refusedf("La caisse n’est pas ouverte : ouvrez la journée pour rendre des espèces.")
		case held[AccountCash] < r.Cents:
			return back, fault.Refusedf("Il n’y a que %s dans la caisse.", held[AccountCash])
		}
	}
	if open && r.Means.OverTheCounter() {
		back.SessionID = session.ID
	}
	return back, nil
}

// lies says where the money of a receipt is now.
func (r Receipt) lies(ctx context.Context, tx *db.Tx) (Account, error) {
	if r.Means == ECESU {
		return r.liesWithoutPaper(ctx, tx)
	}
	if r.Means != Cheque && r.Means != CESU {
		return r.Means.Account(), nil
	}
	kinds, err := db.All(ctx, tx, `SELECT coalesce(d.kind, '') FROM (SELECT deposit_id FROM cheques WHERE receipt_id = $1 UNION ALL SELECT deposit_id FROM cesu_titles WHERE receipt_id = $1) s
		LEFT JOIN deposits d ON d.id = s.deposit_id`, db.Value[string], r.ID)
	if err != nil {
		return "", err
	}
	kinds = slices.Compact(slices.Sorted(slices.Values(kinds)))
	switch {
	case len(kinds) > 1:
		return "", fault.Refusedf("Une partie de ces chèques ou titres a déjà quitté la régie : l’annulation attend que tout soit au même endroit.")
	case len(kinds) == 1 && kinds[0] == string(DepositCheques):
		return AccountBank, nil
	case len(kinds) == 1 && kinds[0] == string(DepositTreasury):
		return AccountTreasury, nil
	}
	return r.Means.Account(), nil
}

// liesWithoutPaper says where e-CESU are: they have no paper to follow, and all of them leave when CESU are paid over.
func (r Receipt) liesWithoutPaper(ctx context.Context, tx *db.Tx) (Account, error) {
	gone, err := db.Exists(ctx, tx, `SELECT 1 FROM till_entries e JOIN deposits d ON d.id = e.subject_id WHERE e.office_id = $1 AND e.kind = 'treasury'
		AND d.cesu_cents > 0 AND NOT EXISTS (SELECT 1 FROM deposits b WHERE b.reverses_id = d.id) AND e.seq > (SELECT f.seq FROM till_entries f WHERE f.office_id = $1 AND f.kind = 'receipt' AND f.subject_id = $2)`, r.OfficeID, r.ID)
	if err == nil && gone {
		return AccountTreasury, nil
	}
	return r.Means.Account(), err
}
