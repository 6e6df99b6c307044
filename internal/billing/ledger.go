package billing

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
)

// EntryKind says what an entry of the ledger is.
type EntryKind string

// The kinds of entry.
const (
	EntryInvoice    EntryKind = "invoice"     // + what an invoice asks for
	EntryCreditNote EntryKind = "credit_note" // − what a credit note takes back
	EntryPayment    EntryKind = "payment"     // − money received
	EntryRefund     EntryKind = "refund"      // + money given back
	EntryWriteOff   EntryKind = "write_off"   // − what the ordonnateur gives up
	EntryReversal   EntryKind = "reversal"    // the exact opposite of another entry
	EntryTransfer   EntryKind = "transfer"    // between accounts
)

// Entry is a line of a household's ledger.
type Entry struct {
	ID          string // made by Post
	AccountID   string // the household it was posted to; HouseholdID differs from it once two files were merged
	HouseholdID string
	Seq         int64 // from 1 in its account, made by Post
	Kind        EntryKind
	Cents       money.Cents // + what the family owes, − what it is owed
	Source      string      // what it comes from, once: "invoice:ID", "receipt:ID"
	InvoiceID   string      // the invoice or credit note it is about, or ""
	Reverses    string      // the entry it reverses, or ""
	Label       string      // French, for the statement: "Facture 2026-004127"
	Day         civil.Date
	At          civil.Instant // made by Post
	By          string        // "agent:ID", "job:kind"
	Prev, Hash  string        // made by Post
}

// text is what the hash of an entry covers, after the hash before it. Fields are written with their lengths, so that no two entries have
// the same text.
func (e *Entry) text() string {
	var b strings.Builder
	for _, field := range []string{e.AccountID, strconv.FormatInt(e.Seq, 10), string(e.Kind), strconv.FormatInt(int64(e.Cents), 10), e.Source, e.InvoiceID,
		e.Reverses, e.Label, e.Day.String(), e.At.String(), e.By} {
		b.WriteString(strconv.Itoa(len(field)))
		b.WriteByte(':')
		b.WriteString(field)
	}
	return b.String()
}

// chain gives the hash of an entry: SHA-256 over the hash before it and its own text.
func (e *Entry) chain() string {
	sum := sha256.Sum256([]byte(e.Prev + "\n" + e.text()))
	return hex.EncodeToString(sum[:])
}

// Post appends an entry to the ledger of its household. A source that is already there gives the entry that was posted first, and nothing
// is written. Errors: fault.NotFound for a household that does not exist.
func Post(ctx context.Context, tx *db.Tx, e Entry) (Entry, error) {
	first, found, err := bySource(ctx, tx, e.Source)
	if err != nil || found {
		return first, err
	}
	list := []Entry{e}
	err = post(ctx, tx, list)
	if db.IsForeignKey(err) {
		return e, fault.NotFoundf("Ce dossier famille n’existe pas.")
	}
	return list[0], err
}

// post appends entries of different households, none of whose sources is there yet.
func post(ctx context.Context, tx *db.Tx, entries []Entry) error {
	accounts := make([]string, len(entries))
	for i := range entries {
		accounts[i] = entries[i].HouseholdID
	}
	tails, err := tailsOf(ctx, tx, accounts)
	if err != nil {
		return err
	}
	rows := make([]entryRow, len(entries))
	for i := range entries {
		e := &entries[i]
		head := tails[e.HouseholdID]
		e.ID, e.AccountID, e.Seq, e.At, e.Prev = db.NewID(), e.HouseholdID, head.seq+1, tx.Now, head.hash
		e.Hash = e.chain()
		tails[e.HouseholdID] = tail{e.Seq, e.Hash}
		rows[i] = entryRow{e.ID, e.HouseholdID, e.Seq, e.Kind, e.Cents, e.Source, e.InvoiceID, e.Reverses, e.Label, e.Day, e.By, e.Prev, e.Hash}
	}
	_, err = tx.Exec(ctx, `INSERT INTO ledger_entries (id, account_id, household_id, seq, kind, cents, source, invoice_id, reverses, label, day, at, made_by, prev, hash)
		SELECT value ->> 'id', value ->> 'home', value ->> 'home', CAST(value ->> 'seq' AS bigint), value ->> 'kind', CAST(value ->> 'cents' AS bigint),
			value ->> 'source', nullif(value ->> 'invoice', ''), nullif(value ->> 'reverses', ''), value ->> 'label', date(value ->> 'day'), $2, value ->> 'by',
			value ->> 'prev', value ->> 'hash'
		FROM json_each(CAST($1 AS text))`, db.JSON(rows), tx.Now)
	return err
}

// entryRow is an entry as the statement reads it.
type entryRow struct {
	ID       string      `json:"id"`
	Home     string      `json:"home"`
	Seq      int64       `json:"seq"`
	Kind     EntryKind   `json:"kind"`
	Cents    money.Cents `json:"cents"`
	Source   string      `json:"source"`
	Invoice  string      `json:"invoice"`
	Reverses string      `json:"reverses"`
	Label    string      `json:"label"`
	Day      civil.Date  `json:"day"`
	By       string      `json:"by"`
	Prev     string      `json:"prev"`
	Hash     string      `json:"hash"`
}

// tail is the end of an account: its last number and hash.
type tail struct {
	seq  int64
	hash string
}

func tailsOf(ctx context.Context, tx *db.Tx, accounts []string) (map[string]tail, error) {
	out := make(map[string]tail, len(accounts))
	_, err := db.All(ctx, tx, `SELECT l.account_id, l.seq, l.hash FROM json_each(CAST($1 AS text)) j
		JOIN ledger_entries l ON l.account_id = CAST(j.value AS text)
			AND l.seq = (SELECT max(m.seq) FROM ledger_entries m WHERE m.account_id = CAST(j.value AS text))`,
		func(s db.Scanner) (struct{}, error) {
			var account string
			var h tail
			err := s.Scan(&account, &h.seq, &h.hash)
			out[account] = h
			return struct{}{}, err
		}, db.JSON(accounts))
	return out, err
}

const selectEntry = `SELECT id, account_id, household_id, seq, kind, cents, source, coalesce(invoice_id, ''), coalesce(reverses, ''), label, day, at, made_by, prev, hash
	FROM ledger_entries`

func scanEntry(s db.Scanner) (e Entry, err error) {
	return e, s.Scan(&e.ID, &e.AccountID, &e.HouseholdID, &e.Seq, &e.Kind, &e.Cents, &e.Source, &e.InvoiceID, &e.Reverses, &e.Label, &e.Day, &e.At, &e.By, &e.Prev, &e.Hash)
}

func bySource(ctx context.Context, tx *db.Tx, source string) (Entry, bool, error) {
	e, err := db.One(ctx, tx, selectEntry+` WHERE source = $1`, scanEntry, source)
	if errors.Is(err, db.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

// Balance is what a household owes (positive) or is owed (negative): the sum of its ledger.
func Balance(ctx context.Context, tx *db.Tx, householdID string) (money.Cents, error) {
	return db.One(ctx, tx, `SELECT CAST(coalesce(sum(cents), 0) AS bigint) FROM ledger_entries WHERE household_id = $1`, db.Value[money.Cents], householdID)
}

// Statement lists what a household's ledger holds of some days, in the order in which it happened.
func Statement(ctx context.Context, tx *db.Tx, householdID string, r civil.Range) ([]Entry, error) {
	return db.All(ctx, tx, selectEntry+` WHERE household_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, at, seq, id`, scanEntry, householdID, r.From, r.To)
}

// BalanceBefore is the balance of a household at the end of the eve of a day: where a statement begins.
func BalanceBefore(ctx context.Context, tx *db.Tx, householdID string, day civil.Date) (money.Cents, error) {
	return db.One(ctx, tx, `SELECT CAST(coalesce(sum(cents), 0) AS bigint) FROM ledger_entries WHERE household_id = $1 AND day < $2`, db.Value[money.Cents], householdID, day)
}

// entryByID finds an entry.
func entryByID(ctx context.Context, tx *db.Tx, id string) (Entry, error) {
	return db.One(ctx, tx, selectEntry+` WHERE id = $1`, scanEntry, id)
}

// reversed finds the entry that reverses another one, if there is one.
func reversed(ctx context.Context, tx *db.Tx, id string) (Entry, bool, error) {
	e, err := db.One(ctx, tx, selectEntry+` WHERE reverses = $1`, scanEntry, id)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

// Series are the series of numbers, each counted from 1 every year.
const (
	SeriesInvoice    = "F"
	SeriesCreditNote = "A"
)

// TakeNumbers takes n numbers of a series in a year and gives the first of them; the others follow it. If the transaction is rolled back
// they were never taken, so a series has no gap.
func TakeNumbers(ctx context.Context, tx *db.Tx, series string, year, n int) (first int64, err error) {
	if n <= 0 {
		return 0, fmt.Errorf("billing: %d numbers of series %s", n, series)
	}
	last, err := db.One(ctx, tx, `INSERT INTO number_series (series, year, last) VALUES ($1, $2, $3)
		ON CONFLICT (series, year) DO UPDATE SET last = number_series.last + excluded.last RETURNING last`, db.Value[int64], series, int64(year), int64(n))
	return last - int64(n) + 1, err
}
