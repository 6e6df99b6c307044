package till

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
)

// EntryKind says what an entry of the journal is about.
type EntryKind string

// The kinds of entry; in brackets, what Subject names.
const (
	EntryReceipt    EntryKind = "receipt"    // money taken (a receipt)
	EntryReversal   EntryKind = "reversal"   // a receipt taken back (the receipt that reverses it)
	EntryOwner      EntryKind = "owner"      // a receipt whose family was found (a receipt)
	EntryFloat      EntryKind = "float"      // the float put in the drawer, or taken out (a session)
	EntryDifference EntryKind = "difference" // what a count found too much or missing (a session)
	EntryCheques    EntryKind = "cheques"    // cheques sent to be cashed (a deposit)
	EntryTreasury   EntryKind = "treasury"   // takings paid over (a deposit)

	EntrySlipReversal EntryKind = "slip_reversal" // a slip undone (the deposit that reverses it)
)

// French names the kind on screen.
func (k EntryKind) French() string {
	switch k {
	case EntryReceipt:
		return "Encaissement"
	case EntryReversal:
		return "Annulation"
	case EntryOwner:
		return "Classement"
	case EntryFloat:
		return "Fonds de caisse"
	case EntryDifference:
		return "Écart de caisse"
	case EntryCheques:
		return "Remise de chèques"
	case EntryTreasury:
		return "Versement"
	case EntrySlipReversal:
		return "Annulation de bordereau"
	}
	return string(k)
}

// Line is what an entry does to an account.
type Line struct {
	Account Account
	Cents   money.Cents
}

// Entry is an entry of the journal.
type Entry struct {
	OfficeID   string
	Seq        int64 // from 1, without a gap; made by post
	Day        civil.Date
	At         civil.Instant // made by post
	Kind       EntryKind
	Subject    string
	Label      string
	Content    string // what it is about, as it was
	By, ByName string
	Prev, Hash string // made by post
	Lines      []Line

	// Receipt is the receipt of an entry about one; Journal fills it.
	Receipt *Receipt
}

// On gives what the entry does to an account.
func (e Entry) On(a Account) money.Cents {
	for _, l := range e.Lines {
		if l.Account == a {
			return l.Cents
		}
	}
	return 0
}

// sealed writes fields with their lengths, so that no two lists of fields make one text.
func sealed(fields []string) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(strconv.Itoa(len(f)))
		b.WriteByte(':')
		b.WriteString(f)
	}
	return b.String()
}

// chain is the hash of an entry: SHA-256 over the hash before it and all it says.
func (e Entry) chain() string {
	fields := []string{e.OfficeID, strconv.FormatInt(e.Seq, 10), e.Day.String(), e.At.String(), string(e.Kind), e.Subject, e.Label, e.Content, e.By, e.ByName}
	for _, l := range e.Lines {
		fields = append(fields, string(l.Account), strconv.FormatInt(int64(l.Cents), 10))
	}
	sum := sha256.Sum256([]byte(e.Prev + "\n" + sealed(fields)))
	return hex.EncodeToString(sum[:])
}

// post appends an entry whose lines sum to nothing, and moves the balances.
func post(ctx context.Context, tx *db.Tx, e Entry) error {
	sum := money.Cents(0)
	for _, l := range e.Lines {
		sum += l.Cents
	}
	if sum != 0 || len(e.Lines) < 2 {
		return fmt.Errorf("till: the lines of %q sum to %d", e.Label, sum)
	}
	slices.SortFunc(e.Lines, func(a, b Line) int { return strings.Compare(string(a.Account), string(b.Account)) })
	var err error
	if e.Seq, e.Prev, err = tail(ctx, tx, e.OfficeID); err != nil {
		return err
	}
	e.Seq++
	e.At = tx.Now
	e.Hash = e.chain()
	if _, err := tx.Exec(ctx, `INSERT INTO till_entries (office_id, seq, day, at, kind, subject_id, label, content, actor, actor_name, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.OfficeID, e.Seq, e.Day, e.At, string(e.Kind), e.Subject, e.Label, e.Content, e.By, e.ByName, e.Prev, e.Hash); err != nil {
		return err
	}
	for _, l := range e.Lines {
		if _, err := tx.Exec(ctx, `INSERT INTO till_lines (office_id, seq, account, cents) VALUES ($1, $2, $3, $4)`, e.OfficeID, e.Seq, string(l.Account), l.Cents); err != nil {
			return err
		}
		// Taken apart from the insertion, whose CHECK would look at the movement alone.
		if _, err := tx.Exec(ctx, `INSERT INTO till_balances (office_id, account, cents) VALUES ($1, $2, 0) ON CONFLICT (office_id, account) DO NOTHING`, e.OfficeID, string(l.Account)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE till_balances SET cents = cents + $3 WHERE office_id = $1 AND account = $2`, e.OfficeID, string(l.Account), l.Cents)
		if name, refused := db.IsCheck(err); refused && name == "till_balances_solid" {
			return fault.Refusedf("La régie ne détient pas autant sur le compte « %s ».", l.Account.French())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tail is the last number and hash of a journal.
func tail(ctx context.Context, tx *db.Tx, officeID string) (seq int64, hash string, err error) {
	err = tx.QueryRow(ctx, `SELECT seq, hash FROM till_entries WHERE office_id = $1 ORDER BY seq DESC LIMIT 1`, officeID).Scan(&seq, &hash)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return seq, hash, err
}

// Balances says what each account of an office holds or owes now: a debit is positive.
func Balances(ctx context.Context, tx *db.Tx, officeID string) (map[Account]money.Cents, error) {
	out := map[Account]money.Cents{}
	_, err := db.All(ctx, tx, `SELECT account, cents FROM till_balances WHERE office_id = $1`, intoBalances(out), officeID)
	return out, err
}

// BalancesOn says what each account held or owed at the end of a day.
func BalancesOn(ctx context.Context, tx *db.Tx, officeID string, day civil.Date) (map[Account]money.Cents, error) {
	out := map[Account]money.Cents{}
	_, err := db.All(ctx, tx, `SELECT l.account, CAST(sum(l.cents) AS bigint) FROM till_entries e JOIN till_lines l ON l.office_id = e.office_id AND l.seq = e.seq
		WHERE e.office_id = $1 AND e.day <= $2 GROUP BY l.account`, intoBalances(out), officeID, day)
	return out, err
}

func intoBalances(out map[Account]money.Cents) func(db.Scanner) (struct{}, error) {
	return func(s db.Scanner) (struct{}, error) {
		var account string
		var cents money.Cents
		err := s.Scan(&account, &cents)
		out[Account(account)] = cents
		return struct{}{}, err
	}
}

// Held is what the office holds and must pay over: cash beyond the float, cheques, CESU and its account.
func Held(b map[Account]money.Cents) money.Cents {
	return b[AccountCash] + b[AccountFloat] + b[AccountCheques] + b[AccountCESU] + b[AccountBank]
}

// Filter says which entries Journal gives; what is empty does not filter.
type Filter struct {
	Days    civil.Range
	Kind    EntryKind
	Means   Means
	Account Account
	After   int64 // only entries after this number
	Limit   int   // 0: all
}

// whereFilter chooses the entries of a filter; filtered gives its arguments.
const whereFilter = ` WHERE e.office_id = $1 AND e.day >= $2 AND e.day <= $3 AND e.seq > $4 AND ($5 = '' OR e.kind = $5)
	AND ($6 = '' OR EXISTS (SELECT 1 FROM receipts m WHERE m.id = e.subject_id AND m.means = $6))
	AND ($7 = '' OR EXISTS (SELECT 1 FROM till_lines l WHERE l.office_id = e.office_id AND l.seq = e.seq AND l.account = $7))`

func (f Filter) filtered(officeID string) []any {
	if f.Days.From.IsZero() {
		f.Days.From = civil.MustParse("0001-01-01")
	}
	if f.Days.To.IsZero() {
		f.Days.To = civil.MustParse("9999-12-31")
	}
	return []any{officeID, f.Days.From, f.Days.To, f.After, string(f.Kind), string(f.Means), string(f.Account)}
}

// Taken sums what was taken by the entries of a filter, by means, reversals deducted: all of them, whatever the filter's limit.
func Taken(ctx context.Context, tx *db.Tx, officeID string, f Filter) (map[Means]money.Cents, error) {
	sums := map[string]money.Cents{}
	_, err := db.All(ctx, tx, `SELECT r.means, CAST(sum(r.cents) AS bigint) FROM till_entries e JOIN receipts r ON r.id = e.subject_id`+whereFilter+`
		AND e.kind IN ('receipt', 'reversal') GROUP BY r.means`, intoSums(sums), f.filtered(officeID)...)
	out := map[Means]money.Cents{}
	for means, cents := range sums {
		out[Means(means)] = cents
	}
	return out, err
}

// Journal lists entries in their order.
func Journal(ctx context.Context, tx *db.Tx, officeID string, f Filter) ([]Entry, error) {
	if f.Limit <= 0 {
		f.Limit = 1 << 30
	}
	entries, err := db.All(ctx, tx, `SELECT e.office_id, e.seq, e.day, e.at, e.kind, e.subject_id, e.label, e.content, e.actor, e.actor_name, e.prev, e.hash
		FROM till_entries e`+whereFilter+` ORDER BY e.seq LIMIT $8`, scanEntry, append(f.filtered(officeID), int64(f.Limit))...)
	if err != nil || len(entries) == 0 {
		return entries, err
	}
	if err := addLines(ctx, tx, officeID, entries); err != nil {
		return nil, err
	}
	return entries, addReceipts(ctx, tx, entries)
}

func scanEntry(s db.Scanner) (e Entry, err error) {
	return e, s.Scan(&e.OfficeID, &e.Seq, &e.Day, &e.At, &e.Kind, &e.Subject, &e.Label, &e.Content, &e.By, &e.ByName, &e.Prev, &e.Hash)
}

// addLines reads the lines of entries that come in order.
func addLines(ctx context.Context, tx *db.Tx, officeID string, entries []Entry) error {
	type numbered struct {
		seq int64
		Line
	}
	lines, err := db.All(ctx, tx, `SELECT seq, account, cents FROM till_lines WHERE office_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq, account`,
		func(s db.Scanner) (n numbered, err error) { return n, s.Scan(&n.seq, &n.Account, &n.Cents) }, officeID, entries[0].Seq, entries[len(entries)-1].Seq)
	i := 0
	for _, l := range lines {
		for i < len(entries) && entries[i].Seq < l.seq {
			i++
		}
		if i < len(entries) && entries[i].Seq == l.seq {
			entries[i].Lines = append(entries[i].Lines, l.Line)
		}
	}
	return err
}

// addReceipts reads the receipts that entries are about.
func addReceipts(ctx context.Context, tx *db.Tx, entries []Entry) error {
	var ids []string
	for _, e := range entries {
		if e.Kind == EntryReceipt || e.Kind == EntryReversal || e.Kind == EntryOwner {
			ids = append(ids, e.Subject)
		}
	}
	receipts, err := byIDs(ctx, tx, ids)
	for i := range entries {
		if r, ok := receipts[entries[i].Subject]; ok {
			entries[i].Receipt = &r
		}
	}
	return err
}
