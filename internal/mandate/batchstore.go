package mandate

import (
	"context"
	"encoding/json"
	"errors"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/sepa"
)

// Debit is what one mandate is debited in a batch.
type Debit struct {
	ID           string
	BatchID      string
	DueOn        civil.Date
	HouseholdID  string
	Household    string // its name
	MandateID    string // empty once the mandate was forgotten
	RUM          sepa.RUM
	Holder       string // of the account
	Shown        string // the first and the last signs of the IBAN
	EndToEnd     string // the reference that comes back with a rejection
	Sequence     sepa.Sequence
	NewAccount   bool
	Cents        money.Cents
	CollectedAt  civil.Instant
	ReceiptID    string
	RejectedAt   civil.Instant
	RejectedCode string
	RejectedOn   civil.Date
	ReleasedAt   civil.Instant
	ReleasedWhy  string
	Sent         bool
	Shares       []Share
}

const selectBatch = `SELECT b.id, b.number, b.due_on, b.creditor, b.made_at, b.made_by_name, b.gathered_at, b.sent_at, b.sent_by, b.collected_at, b.cancelled_at,
	b.cancelled_by,
	(SELECT count(*) FROM debits d WHERE d.batch_id = b.id AND d.released_at IS NULL),
	(SELECT CAST(coalesce(sum(d.amount_cents), 0) AS bigint) FROM debits d WHERE d.batch_id = b.id AND d.released_at IS NULL),
	(SELECT count(*) FROM debits d WHERE d.batch_id = b.id AND d.rejected_at IS NOT NULL),
	(SELECT CAST(coalesce(sum(d.amount_cents), 0) AS bigint) FROM debits d WHERE d.batch_id = b.id AND d.rejected_at IS NOT NULL)
	FROM debit_batches b`

func scanBatch(s db.Scanner) (b Batch, err error) {
	var creditor string
	if err := s.Scan(&b.ID, &b.Number, &b.DueOn, &creditor, &b.MadeAt, &b.MadeBy, &b.GatheredAt, &b.SentAt, &b.SentBy, &b.CollectedAt, &b.CancelledAt,
		&b.CancelledBy, &b.Count, &b.Cents, &b.Rejected, &b.RejectedCents); err != nil {
		return b, err
	}
	return b, json.Unmarshal([]byte(creditor), &b.Creditor)
}

// BatchByID finds a batch; fault.NotFound.
func BatchByID(ctx context.Context, tx *db.Tx, id string) (Batch, error) {
	b, err := db.One(ctx, tx, selectBatch+` WHERE b.id = $1`, scanBatch, id)
	if errors.Is(err, db.ErrNoRows) {
		return b, fault.NotFoundf("Ce lot de prélèvements n’existe pas.")
	}
	return b, err
}

// Batches lists the batches before a number, the latest first.
func Batches(ctx context.Context, tx *db.Tx, before int64, limit int) ([]Batch, error) {
	return db.All(ctx, tx, selectBatch+` WHERE b.number < $1 ORDER BY b.number DESC LIMIT $2`, scanBatch, before, limit)
}

const selectDebit = `SELECT d.id, d.batch_id, b.due_on, d.household_id, h.name, coalesce(d.mandate_id, ''), d.rum, coalesce(a.holder, h.name), coalesce(a.iban_shown, ''),
	d.end_to_end, d.sequence, d.new_account, d.amount_cents, d.collected_at, d.receipt_id, d.rejected_at, d.rejected_code, d.rejected_on, d.released_at, d.released_why,
	b.sent_at IS NOT NULL
	FROM debits d JOIN debit_batches b ON b.id = d.batch_id JOIN households h ON h.id = d.household_id LEFT JOIN mandate_accounts a ON a.id = d.account_id`

func scanDebit(s db.Scanner) (d Debit, err error) {
	return d, s.Scan(&d.ID, &d.BatchID, &d.DueOn, &d.HouseholdID, &d.Household, &d.MandateID, &d.RUM, &d.Holder, &d.Shown, &d.EndToEnd, &d.Sequence, &d.NewAccount,
		&d.Cents, &d.CollectedAt, &d.ReceiptID, &d.RejectedAt, &d.RejectedCode, &d.RejectedOn, &d.ReleasedAt, &d.ReleasedWhy, &d.Sent)
}

// debitsWhere reads debits with their shares.
func debitsWhere(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Debit, error) {
	list, err := db.All(ctx, tx, selectDebit+where, scanDebit, args...)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i], at[d.ID] = d.ID, i
	}
	_, err = db.All(ctx, tx, `SELECT debit_id, invoice_id, invoice_number, amount_cents FROM debit_shares
		WHERE debit_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY invoice_number, id`, func(s db.Scanner) (struct{}, error) {
		var id string
		var share Share
		err := s.Scan(&id, &share.InvoiceID, &share.Number, &share.Cents)
		list[at[id]].Shares = append(list[at[id]].Shares, share)
		return struct{}{}, err
	}, db.JSON(ids))
	return list, err
}

// DebitByID finds a debit; fault.NotFound.
func DebitByID(ctx context.Context, tx *db.Tx, id string) (Debit, error) {
	list, err := debitsWhere(ctx, tx, ` WHERE d.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fault.NotFoundf("Ce prélèvement n’existe pas.")
	}
	if err != nil {
		return Debit{}, err
	}
	return list[0], nil
}

// DebitByReference finds a debit by what the bank calls it; fault.NotFound.
func DebitByReference(ctx context.Context, tx *db.Tx, reference string) (Debit, error) {
	list, err := debitsWhere(ctx, tx, ` WHERE d.end_to_end = $1`, reference)
	if err == nil && len(list) == 0 {
		err = fault.NotFoundf("Aucun prélèvement ne porte la référence %s.", reference)
	}
	if err != nil {
		return Debit{}, err
	}
	return list[0], nil
}

// DebitsOf lists the debits of a batch by reference, from after on.
func DebitsOf(ctx context.Context, tx *db.Tx, batchID, after string, limit int) ([]Debit, error) {
	return debitsWhere(ctx, tx, ` WHERE d.batch_id = $1 AND d.end_to_end > $2 ORDER BY d.end_to_end LIMIT $3`, batchID, after, limit)
}

// OfFamily lists what a household was and will be debited, the latest first.
func OfFamily(ctx context.Context, tx *db.Tx, householdID string, limit int) ([]Debit, error) {
	return debitsWhere(ctx, tx, ` WHERE d.household_id = $1 AND d.released_at IS NULL AND b.gathered_at IS NOT NULL ORDER BY b.due_on DESC, d.id LIMIT $2`, householdID, limit)
}

// dueDebits are those that are to be recorded.
func dueDebits(ctx context.Context, tx *db.Tx, today civil.Date, limit int) ([]Debit, error) {
	return debitsWhere(ctx, tx, ` WHERE b.due_on <= $1 AND b.sent_at IS NOT NULL AND b.collected_at IS NULL AND d.collected_at IS NULL AND d.rejected_at IS NULL
		AND d.released_at IS NULL ORDER BY b.number, d.end_to_end LIMIT $2`, today, limit)
}

// orders are the debits of a batch as the bank takes them, with the numbers of the accounts.
func orders(ctx context.Context, tx *db.Tx, key []byte, b Batch) ([]sepa.Debit, error) {
	list, err := debitsWhere(ctx, tx, ` WHERE d.batch_id = $1 AND d.released_at IS NULL ORDER BY d.end_to_end`, b.ID)
	if err != nil {
		return nil, err
	}
	type paper struct {
		debit string
		Account
		signedOn civil.Date
	}
	papers := map[string]paper{}
	_, err = db.All(ctx, tx, `SELECT d.id, a.id, a.iban_sealed, a.bic, a.holder, a.street, a.postal_code, a.city, a.country, m.signed_on
		FROM debits d JOIN mandate_accounts a ON a.id = d.account_id JOIN mandates m ON m.id = a.mandate_id WHERE d.batch_id = $1`, func(s db.Scanner) (struct{}, error) {
		var p paper
		err := s.Scan(&p.debit, &p.ID, &p.sealed, &p.BIC, &p.Holder, &p.Street, &p.PostalCode, &p.City, &p.Country, &p.signedOn)
		papers[p.debit] = p
		return struct{}{}, err
	}, b.ID)
	if err != nil {
		return nil, err
	}
	out := make([]sepa.Debit, 0, len(list))
	for _, d := range list {
		p, found := papers[d.ID]
		if !found {
			return nil, fault.Refusedf("Les mandats de ce lot ne sont plus conservés : son fichier ne peut plus être fait.")
		}
		iban, err := p.Open(key)
		if err != nil {
			return nil, err
		}
		number, street := sepa.SplitStreet(p.Street)
		out = append(out, sepa.Debit{EndToEnd: d.EndToEnd, Cents: d.Cents, RUM: d.RUM, SignedOn: p.signedOn, Sequence: d.Sequence, DueOn: b.DueOn, NewAccount: d.NewAccount,
			Name: p.Holder, IBAN: iban, BIC: p.BIC, Label: d.label(),
			Address: sepa.Address{Number: number, Street: street, Postcode: p.PostalCode, Town: p.City, Country: p.Country}})
	}
	return out, nil
}

// label is what the family reads on its bank statement.
func (d Debit) label() string {
	if len(d.Shares) == 1 {
		return "Facture " + d.Shares[0].Number
	}
	text := "Factures"
	for _, s := range d.Shares {
		text += " " + s.Number
	}
	return text
}

// standing are mandates that have not ended, by their id from after on.
func standing(ctx context.Context, tx *db.Tx, after string, limit int) ([]Mandate, error) {
	return db.All(ctx, tx, selectMandate+` WHERE m.ended_at IS NULL AND m.id > $1 ORDER BY m.id LIMIT $2`, scanMandate, after, limit)
}

// lastDebits are the last debits of some mandates that the bank did not send back.
func lastDebits(ctx context.Context, tx *db.Tx, list []Mandate) (map[string]last, error) {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	out := map[string]last{}
	_, err := db.All(ctx, tx, `SELECT d.mandate_id, d.account_id, d.bank FROM debits d JOIN debit_batches b ON b.id = d.batch_id
		WHERE d.rejected_at IS NULL AND d.released_at IS NULL AND d.account_id IS NOT NULL
			AND d.mandate_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))
		ORDER BY b.due_on, b.number`, func(s db.Scanner) (struct{}, error) {
		var id string
		var l last
		err := s.Scan(&id, &l.accountID, &l.bank)
		out[id] = l
		return struct{}{}, err
	}, db.JSON(ids))
	return out, err
}

func householdNames(ctx context.Context, tx *db.Tx, list []Mandate) (map[string]string, error) {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.HouseholdID
	}
	out := map[string]string{}
	_, err := db.All(ctx, tx, `SELECT id, name FROM households WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`,
		func(s db.Scanner) (struct{}, error) {
			var id, name string
			err := s.Scan(&id, &name)
			out[id] = name
			return struct{}{}, err
		}, db.JSON(ids))
	return out, err
}

func pauses(ctx context.Context, tx *db.Tx, ids []string) (map[string]bool, error) {
	return among(ctx, tx, `SELECT invoice_id FROM debit_pauses WHERE invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, ids)
}

// beingPaid says which invoices an attempt on line may still pay.
func beingPaid(ctx context.Context, tx *db.Tx, ids []string) (map[string]bool, error) {
	return among(ctx, tx, `SELECT s.invoice_id FROM payment_shares s JOIN payment_attempts a ON a.id = s.attempt_id
		WHERE a.state IN ('open', 'pending') AND s.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, ids)
}

// among gives the ids, of those given, that a query finds.
func among(ctx context.Context, tx *db.Tx, query string, ids []string) (map[string]bool, error) {
	list, err := db.All(ctx, tx, query, db.Value[string], db.JSON(ids))
	out := map[string]bool{}
	for _, id := range list {
		out[id] = true
	}
	return out, err
}

// rejectionsInARow counts the last debits of a mandate that were rejected, back to the last one that was not.
func rejectionsInARow(ctx context.Context, tx *db.Tx, mandateID string) (int, error) {
	rejected, err := db.All(ctx, tx, `SELECT d.rejected_at IS NOT NULL FROM debits d JOIN debit_batches b ON b.id = d.batch_id
		WHERE d.mandate_id = $1 AND d.released_at IS NULL AND (d.rejected_at IS NOT NULL OR d.collected_at IS NOT NULL)
		ORDER BY b.due_on DESC, b.number DESC`, db.Value[bool], mandateID)
	n := 0
	for _, r := range rejected {
		if !r {
			break
		}
		n++
	}
	return n, err
}
