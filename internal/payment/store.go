package payment

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/payfip"
)

const selectAttempts = `SELECT id, household_id, guardian_id, payer_name, email, bank, reference, cents, state, created_at, changed_at, coalesce(operation, ''), client, mode,
	call_number, transaction_number, coalesce(receipt_id, '') FROM payment_attempts`

func scanAttempt(s db.Scanner) (a Attempt, err error) {
	return a, s.Scan(&a.ID, &a.HouseholdID, &a.GuardianID, &a.PayerName, &a.Email, &a.Bank, &a.Reference, &a.Cents, &a.State, &a.CreatedAt, &a.ChangedAt, &a.Operation, &a.Client, &a.Mode,
		&a.Call, &a.Transaction, &a.ReceiptID)
}

func (a Attempt) insert(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO payment_attempts (id, household_id, guardian_id, payer_name, email, bank, reference, cents, state, created_at, changed_at, client, mode)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		a.ID, a.HouseholdID, a.GuardianID, a.PayerName, a.Email, string(a.Bank), a.Reference, a.Cents, string(a.State), a.CreatedAt, a.ChangedAt, a.Client, a.Mode)
	if err != nil {
		return err
	}
	type row struct {
		Position int    `json:"position"`
		Invoice  string `json:"invoice"`
		Number   string `json:"number"`
		Cents    int64  `json:"cents"`
	}
	rows := make([]row, len(a.Shares))
	for i, s := range a.Shares {
		rows[i] = row{i, s.InvoiceID, s.Number, int64(s.Cents)}
	}
	_, err = tx.Exec(ctx, `INSERT INTO payment_shares (attempt_id, position, invoice_id, invoice_number, cents)
		SELECT $2, CAST(value ->> 'position' AS bigint), value ->> 'invoice', value ->> 'number', CAST(value ->> 'cents' AS bigint) FROM json_each(CAST($1 AS text))`, db.JSON(rows), a.ID)
	return err
}

// move changes the state of an attempt, with what came with it.
func (a *Attempt) move(ctx context.Context, tx *db.Tx, to State) error {
	a.State, a.ChangedAt = to, tx.Now
	var receipt *string
	if a.ReceiptID != "" {
		receipt = &a.ReceiptID
	}
	_, err := tx.Exec(ctx, `UPDATE payment_attempts SET state = $2, changed_at = $3, call_number = $4, transaction_number = $5, receipt_id = $6 WHERE id = $1`,
		a.ID, string(to), tx.Now, a.Call, a.Transaction, receipt)
	return err
}

func sharesOf(ctx context.Context, tx *db.Tx, id string) ([]Share, error) {
	return db.All(ctx, tx, `SELECT invoice_id, invoice_number, cents FROM payment_shares WHERE attempt_id = $1 ORDER BY position`,
		func(s db.Scanner) (h Share, err error) { return h, s.Scan(&h.InvoiceID, &h.Number, &h.Cents) }, id)
}

func byID(ctx context.Context, tx *db.Tx, id string) (Attempt, error) {
	a, err := db.One(ctx, tx, selectAttempts+` WHERE id = $1`, scanAttempt, id)
	if errors.Is(err, db.ErrNoRows) {
		return a, fault.NotFoundf("Ce paiement n’existe pas.")
	}
	if err != nil {
		return a, err
	}
	a.Shares, err = sharesOf(ctx, tx, id)
	return a, err
}

// ByID finds an attempt of a household; another household's is not found.
func ByID(ctx context.Context, tx *db.Tx, householdID, id string) (Attempt, error) {
	a, err := byID(ctx, tx, id)
	if err == nil && a.HouseholdID != householdID {
		return Attempt{}, fault.NotFoundf("Ce paiement n’existe pas.")
	}
	return a, err
}

// Find finds an attempt for an agent.
func Find(ctx context.Context, tx *db.Tx, id string) (Attempt, error) { return byID(ctx, tx, id) }

// blocking finds an attempt that may still bring money for one of the invoices.
func blocking(ctx context.Context, tx *db.Tx, shares []Share) (Attempt, bool, error) {
	ids := make([]string, len(shares))
	for i, s := range shares {
		ids[i] = s.InvoiceID
	}
	list, err := db.All(ctx, tx, selectAttempts+` WHERE (state = 'pending' OR state = 'open' AND created_at > $1) AND id IN (SELECT h.attempt_id FROM payment_shares h
		WHERE h.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))) ORDER BY created_at DESC, id LIMIT 1`, scanAttempt, tx.Now.Add(-payfip.Apart), db.JSON(ids))
	if err != nil || len(list) == 0 {
		return Attempt{}, false, err
	}
	return list[0], true, nil
}

// Of lists the attempts of a household, the latest first.
func Of(ctx context.Context, tx *db.Tx, householdID string, limit int) ([]Attempt, error) {
	return db.All(ctx, tx, selectAttempts+` WHERE household_id = $1 ORDER BY created_at DESC, id LIMIT $2`, scanAttempt, householdID, int64(limit))
}

// Filter says which attempts an agent looks at.
type Filter struct {
	State  State  // empty: all
	Search string // words of a reference or of a payer's name, without regard to accents; every one is to be found
	Limit  int
}

// searchMost is how many words of a search are looked for.
const searchMost = 8

// List gives attempts, the latest first.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Attempt, error) {
	args, where := []any{string(f.State), int64(f.Limit)}, ""
	words := strings.Fields(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`%_\`, c) { // what SQL takes for a joker is left out
			return -1
		}
		return c
	}, household.Fold(f.Search)))
	for _, word := range words[:min(len(words), searchMost)] {
		args = append(args, "%"+word+"%")
		n := strconv.Itoa(len(args))
		where += ` AND (lower(reference) LIKE $` + n + ` OR lower(payer_name) LIKE $` + n + ` OR guardian_id IN (SELECT g.id FROM guardians g WHERE g.name_search LIKE $` + n + `))`
	}
	return db.All(ctx, tx, selectAttempts+` WHERE ($1 = '' OR state = $1)`+where+` ORDER BY created_at DESC, id LIMIT $2`, scanAttempt, args...)
}

// live lists the attempts that wait for a word of their bank, the oldest first.
func live(ctx context.Context, tx *db.Tx) ([]Attempt, error) {
	return db.All(ctx, tx, selectAttempts+` WHERE state IN ('open', 'pending') ORDER BY created_at, id`, scanAttempt)
}
