package till

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/staff"
)

// Series of numbers, each counted from 1 every year.
const (
	seriesReceipt  = "receipt"
	seriesSession  = "session"
	seriesDeposit  = "deposit"
	seriesHandover = "handover"
)

// next takes the next number of a series. If the transaction is rolled back it was never taken.
func next(ctx context.Context, tx *db.Tx, officeID, series string, year int) (int64, error) {
	return db.One(ctx, tx, `INSERT INTO till_counters (office_id, series, year, last_number) VALUES ($1, $2, $3, 1)
		ON CONFLICT (office_id, series, year) DO UPDATE SET last_number = till_counters.last_number + 1 RETURNING last_number`, db.Value[int64], officeID, series, int64(year))
}

const selectReceipt = `SELECT r.id, r.office_id, r.year, r.number, r.day, r.at, r.paid_on, coalesce(r.session_id, ''), coalesce(r.household_id, o.household_id, ''), r.payer_name, r.means,
	r.cents, r.label, r.reference, r.source, coalesce(r.reverses_id, ''), coalesce(b.id, ''), r.reason, r.actor, r.actor_name
	FROM receipts r LEFT JOIN receipts b ON b.reverses_id = r.id LEFT JOIN receipt_owners o ON o.receipt_id = r.id`

func scanReceipt(s db.Scanner) (r Receipt, err error) {
	return r, s.Scan(&r.ID, &r.OfficeID, &r.Year, &r.Number, &r.Day, &r.At, &r.PaidOn, &r.SessionID, &r.HouseholdID, &r.PayerName, &r.Means, &r.Cents, &r.Label, &r.Reference,
		&r.Source, &r.Reverses, &r.ReversedBy, &r.Reason, &r.By, &r.ByName)
}

// ByID finds a receipt with what it paid and the papers that came with it, or answers not found.
func ByID(ctx context.Context, tx *db.Tx, id string) (Receipt, error) {
	r, found, err := one(ctx, tx, `r.id = $1`, id)
	if err == nil && !found {
		err = fault.NotFoundf("Cette quittance n’existe pas.")
	}
	return r, err
}

// BySource finds the receipt of a source; false when there is none.
func BySource(ctx context.Context, tx *db.Tx, source string) (Receipt, bool, error) {
	return one(ctx, tx, `r.source = $1`, source)
}

func one(ctx context.Context, tx *db.Tx, where, arg string) (Receipt, bool, error) {
	r, err := db.One(ctx, tx, selectReceipt+` WHERE `+where, scanReceipt, arg)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	if r.Paid, err = db.All(ctx, tx, `SELECT invoice_id, invoice_number, cents FROM receipt_shares WHERE receipt_id = $1 ORDER BY invoice_number, invoice_id`,
		func(s db.Scanner) (p Paid, err error) { return p, s.Scan(&p.InvoiceID, &p.Number, &p.Cents) }, r.ID); err != nil {
		return r, false, err
	}
	if r.Cheques, err = db.All(ctx, tx, `SELECT id, bank, number, drawer, cents FROM cheques WHERE receipt_id = $1 ORDER BY number, id`, scanSlip, r.ID); err != nil {
		return r, false, err
	}
	r.Titles, err = db.All(ctx, tx, selectTitle+` WHERE receipt_id = $1 ORDER BY issuer, number`, scanTitle, r.ID)
	return r, true, err
}

func scanSlip(s db.Scanner) (c Slip, err error) {
	return c, s.Scan(&c.ID, &c.Bank, &c.Number, &c.Drawer, &c.Cents)
}

const selectTitle = `SELECT id, issuer, number, vintage, cents FROM cesu_titles`

func scanTitle(s db.Scanner) (t Title, err error) {
	return t, s.Scan(&t.ID, &t.Issuer, &t.Number, &t.Vintage, &t.Cents)
}

// byIDs reads receipts, without what came with them.
func byIDs(ctx context.Context, tx *db.Tx, ids []string) (map[string]Receipt, error) {
	out := map[string]Receipt{}
	if len(ids) == 0 {
		return out, nil
	}
	list, err := db.All(ctx, tx, selectReceipt+` WHERE r.id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, scanReceipt, db.JSON(ids))
	for _, r := range list {
		out[r.ID] = r
	}
	return out, err
}

// OfHousehold lists the receipts of a household, the latest first.
func OfHousehold(ctx context.Context, tx *db.Tx, householdID string, limit int) ([]Receipt, error) {
	return db.All(ctx, tx, selectReceipt+` WHERE r.id IN (SELECT id FROM receipts WHERE household_id = $1 UNION ALL SELECT receipt_id FROM receipt_owners WHERE household_id = $1)
		ORDER BY r.at DESC, r.number DESC LIMIT $2`, scanReceipt, householdID, int64(limit))
}

// Latest lists the last receipts of an office, the latest first.
func Latest(ctx context.Context, tx *db.Tx, officeID string, limit int) ([]Receipt, error) {
	return db.All(ctx, tx, selectReceipt+` WHERE r.office_id = $1 ORDER BY r.year DESC, r.number DESC LIMIT $2`, scanReceipt, officeID, int64(limit))
}

// Unsorted lists the receipts that nobody is known for yet, the oldest first.
func Unsorted(ctx context.Context, tx *db.Tx, officeID string) ([]Receipt, error) {
	return db.All(ctx, tx, selectReceipt+` WHERE r.office_id = $1 AND r.household_id IS NULL AND o.household_id IS NULL AND r.reverses_id IS NULL AND b.id IS NULL
		ORDER BY r.at, r.number`, scanReceipt, officeID)
}

// OfSession lists the receipts of a day at the till, in their order.
func OfSession(ctx context.Context, tx *db.Tx, sessionID string) ([]Receipt, error) {
	return db.All(ctx, tx, selectReceipt+` WHERE r.session_id = $1 ORDER BY r.year, r.number`, scanReceipt, sessionID)
}

// keep numbers a receipt and writes it with what came with it.
func (r *Receipt) keep(ctx context.Context, tx *db.Tx) (err error) {
	r.Year = r.Day.Year
	if r.ByName, err = signed(ctx, tx, r.By); err != nil {
		return err
	}
	if r.Number, err = next(ctx, tx, r.OfficeID, seriesReceipt, r.Year); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO receipts (id, office_id, year, number, day, at, paid_on, session_id, household_id, payer_name, means, cents, label, reference, source,
			reverses_id, reason, actor, actor_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, nullif(CAST($8 AS text), ''), nullif(CAST($9 AS text), ''), $10, $11, $12, $13, $14, $15, nullif(CAST($16 AS text), ''), $17, $18, $19)`,
		r.ID, r.OfficeID, int64(r.Year), r.Number, r.Day, r.At, r.PaidOn, r.SessionID, r.HouseholdID, r.PayerName, string(r.Means), r.Cents, r.Label, r.Reference, r.Source,
		r.Reverses, r.Reason, r.By, r.ByName); err != nil {
		return err
	}
	if err := r.keepShares(ctx, tx); err != nil {
		return err
	}
	return r.keepPapers(ctx, tx)
}

func (r *Receipt) keepShares(ctx context.Context, tx *db.Tx) error {
	for _, p := range r.Paid {
		if _, err := tx.Exec(ctx, `INSERT INTO receipt_shares (receipt_id, invoice_id, invoice_number, cents) VALUES ($1, $2, $3, $4)`, r.ID, p.InvoiceID, p.Number, p.Cents); err != nil {
			return err
		}
	}
	return nil
}

// keepPapers writes cheques and titles, one by one.
func (r *Receipt) keepPapers(ctx context.Context, tx *db.Tx) error {
	for i := range r.Cheques {
		c := &r.Cheques[i]
		c.ID, c.Bank, c.Number, c.Drawer = db.NewID(), strings.TrimSpace(c.Bank), strings.TrimSpace(c.Number), strings.TrimSpace(c.Drawer)
		if _, err := tx.Exec(ctx, `INSERT INTO cheques (id, receipt_id, bank, number, drawer, cents) VALUES ($1, $2, $3, $4, $5, $6)`, c.ID, r.ID, c.Bank, c.Number, c.Drawer, c.Cents); err != nil {
			return err
		}
	}
	for i := range r.Titles {
		t := &r.Titles[i]
		t.ID = db.NewID()
		n, err := tx.Exec(ctx, `INSERT INTO cesu_titles (id, receipt_id, issuer, number, vintage, cents) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (issuer, number) WHERE freed_at IS NULL DO NOTHING`, t.ID, r.ID, t.Issuer, t.Number, int64(t.Vintage), t.Cents)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Invalidf("titres", "Le titre %s de %s a déjà été encaissé.", t.Number, t.Issuer)
		}
	}
	return nil
}

// free lets the papers of a receipt come back: it was reversed.
func (r *Receipt) free(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE cheques SET freed_at = $2 WHERE receipt_id = $1`, r.ID, tx.Now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE cesu_titles SET freed_at = $2 WHERE receipt_id = $1`, r.ID, tx.Now)
	return err
}

// own writes whose money it was.
func (r *Receipt) own(ctx context.Context, tx *db.Tx, who staff.Agent) error {
	if _, err := tx.Exec(ctx, `INSERT INTO receipt_owners (id, receipt_id, household_id, at, actor, actor_name) VALUES ($1, $2, $3, $4, $5, $6)`,
		db.NewID(), r.ID, r.HouseholdID, tx.Now, who.Actor(), who.Name); err != nil {
		return err
	}
	return r.keepShares(ctx, tx)
}

// byMeans says how much some means have paid of invoices.
func byMeans(ctx context.Context, tx *db.Tx, invoices []string, means ...Means) (map[string]money.Cents, error) {
	out := map[string]money.Cents{}
	if len(invoices) == 0 {
		return out, nil
	}
	_, err := db.All(ctx, tx, `SELECT s.invoice_id, CAST(sum(s.cents) AS bigint) FROM receipt_shares s JOIN receipts r ON r.id = s.receipt_id
		WHERE s.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) AND r.means IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))
		GROUP BY s.invoice_id`, intoSums(out), db.JSON(invoices), db.JSON(means))
	return out, err
}

func intoSums(out map[string]money.Cents) func(db.Scanner) (struct{}, error) {
	return func(s db.Scanner) (struct{}, error) {
		var id string
		var cents money.Cents
		err := s.Scan(&id, &cents)
		out[id] = cents
		return struct{}{}, err
	}
}

// handedOver lists the invoices of a household that the treasury recovers.
func handedOver(ctx context.Context, tx *db.Tx, householdID string) ([]string, error) {
	return db.All(ctx, tx, `SELECT id FROM invoices WHERE household_id = $1 AND handed_at IS NOT NULL AND settled_at IS NULL`, db.Value[string], householdID)
}

// closed gives the numbers of the invoices of a household that shares name and that are not among those to be paid.
func closed(ctx context.Context, tx *db.Tx, householdID string, shares []billing.Share, open []Payable) (map[string]string, error) {
	var ids []string
	for _, s := range shares {
		if !slices.ContainsFunc(open, func(p Payable) bool { return p.InvoiceID == s.InvoiceID }) {
			ids = append(ids, s.InvoiceID)
		}
	}
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	_, err := db.All(ctx, tx, `SELECT id, label FROM invoices WHERE household_id = $1 AND number IS NOT NULL AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))`,
		func(s db.Scanner) (struct{}, error) {
			var id, label string
			err := s.Scan(&id, &label)
			out[id] = label
			return struct{}{}, err
		}, householdID, db.JSON(ids))
	return out, err
}

// firstWaiting is the day of the oldest taking that the office still holds of what waits; the zero date when there is none. Cheques are known one by
// one; of the rest the oldest is held to have left first.
func firstWaiting(ctx context.Context, tx *db.Tx, officeID string, w Waiting) (oldest civil.Date, err error) {
	if len(w.Cheques) > 0 {
		if oldest, err = db.One(ctx, tx, `SELECT min(r.day) FROM cheques c JOIN receipts r ON r.id = c.receipt_id
			WHERE c.deposit_id IS NULL AND c.freed_at IS NULL AND r.office_id = $1`, db.Value[civil.Date], officeID); err != nil {
			return oldest, err
		}
	}
	for account, cents := range map[Account]money.Cents{AccountCash: w.Cash, AccountCESU: w.CESU, AccountBank: w.Account} {
		day, err := heldSince(ctx, tx, officeID, account, cents)
		if err != nil {
			return oldest, err
		}
		if !day.IsZero() && (oldest.IsZero() || day.Before(oldest)) {
			oldest = day
		}
	}
	return oldest, nil
}

// heldSince is the day of the oldest of the takings that make what an account holds, going back from the latest: takings that were reversed or
// that nobody is known for are not of it. Cheques that were sent to be cashed count from the day they were taken.
func heldSince(ctx context.Context, tx *db.Tx, officeID string, account Account, cents money.Cents) (day civil.Date, err error) {
	const page = 200
	type taking struct {
		seq   int64
		day   civil.Date
		cents money.Cents
	}
	for before := int64(math.MaxInt64); cents > 0; {
		list, err := db.All(ctx, tx, `SELECT l.seq,
				CASE e.kind WHEN 'cheques' THEN coalesce((SELECT min(f.day) FROM cheques c JOIN receipts f ON f.id = c.receipt_id WHERE c.deposit_id = e.subject_id), e.day) ELSE e.day END,
				CASE e.kind WHEN 'cheques' THEN (SELECT CAST(coalesce(sum(c.cents), 0) AS bigint) FROM cheques c WHERE c.deposit_id = e.subject_id AND c.freed_at IS NULL) ELSE l.cents END
			FROM till_lines l JOIN till_entries e ON e.office_id = l.office_id AND e.seq = l.seq LEFT JOIN receipts r ON r.id = e.subject_id
				LEFT JOIN receipts b ON b.reverses_id = r.id LEFT JOIN receipt_owners o ON o.receipt_id = r.id
			WHERE l.office_id = $1 AND l.account = $2 AND l.cents > 0 AND l.seq < $3
				AND (e.kind = 'cheques' OR e.kind = 'receipt' AND b.id IS NULL AND (r.household_id IS NOT NULL OR o.id IS NOT NULL))
			ORDER BY l.seq DESC LIMIT $4`, func(s db.Scanner) (t taking, err error) { return t, s.Scan(&t.seq, &t.day, &t.cents) }, officeID, string(account), before, int64(page))
		if err != nil {
			return day, err
		}
		for _, t := range list {
			if cents <= 0 {
				break
			}
			if t.cents > 0 && (day.IsZero() || t.day.Before(day)) {
				day = t.day
			}
			cents -= t.cents
			before = t.seq
		}
		if len(list) < page {
			break
		}
	}
	return day, nil
}

// keepCount writes a count of notes and coins.
func keepCount(ctx context.Context, tx *db.Tx, ownerID string, c Count) error {
	for _, value := range Values() {
		if n := c[value]; n > 0 {
			if _, err := tx.Exec(ctx, `INSERT INTO cash_counts (owner_id, value_cents, quantity) VALUES ($1, $2, $3)`, ownerID, value, int64(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// CountOf reads the notes and coins of a closing, a deposit or a handover.
func CountOf(ctx context.Context, tx *db.Tx, ownerID string) (Count, error) {
	out := Count{}
	_, err := db.All(ctx, tx, `SELECT value_cents, quantity FROM cash_counts WHERE owner_id = $1`, func(s db.Scanner) (struct{}, error) {
		var value money.Cents
		var n int
		err := s.Scan(&value, &n)
		out[value] = n
		return struct{}{}, err
	}, ownerID)
	return out, err
}

// OfGuardian finds a receipt of the guardian's household; another family's is not found.
func OfGuardian(ctx context.Context, tx *db.Tx, who household.Guardian, id string) (Receipt, error) {
	r, err := ByID(ctx, tx, id)
	if err == nil && r.HouseholdID != who.HouseholdID {
		return Receipt{}, fault.NotFoundf("Cette quittance n’existe pas.")
	}
	return r, err
}
