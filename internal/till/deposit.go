package till

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/staff"
)

// DepositKind says where money goes.
type DepositKind string

// The kinds of deposit.
const (
	DepositCheques  DepositKind = "cheques"  // cheques sent to be cashed on the office's account
	DepositTreasury DepositKind = "treasury" // takings paid over to the accountant of the town (versement)
)

// French names the kind on screen and on slips.
func (k DepositKind) French() string {
	if k == DepositCheques {
		return "Remise de chèques"
	}
	return "Versement au comptable"
}

// Deposit is what left the till with a numbered slip.
type Deposit struct {
	ID         string
	OfficeID   string
	Kind       DepositKind
	Year       int
	Number     int64
	Day        civil.Date
	At         civil.Instant
	Cash       money.Cents
	Cheques    money.Cents
	CESU       money.Cents // titles and e-CESU
	Account    money.Cents // from the deposit account
	From, To   string      // the first and the last receipt since the deposit before, of a payment to the treasury
	Source     string      // what asked for it, or ""
	Reverses   string      // the slip it undoes, all amounts being the opposite of that one's, or ""
	ReversedBy string      // the slip that undoes it, or ""
	Reason     string      // why it undoes the other
	Returned   []string    // ids of the cheques and titles that came back, of a slip undone and of the one that undoes it
	By, ByName string
}

// Name is the number as it is written: "2026-000003".
func (d Deposit) Name() string { return number(d.Year, d.Number) }

// French names what the slip is, on screen and on paper.
func (d Deposit) French() string {
	if d.Reverses != "" {
		return "Annulation de bordereau"
	}
	return d.Kind.French()
}

// Total is all that left.
func (d Deposit) Total() money.Cents { return d.Cash + d.Cheques + d.CESU + d.Account }

// Waiting is what may leave the till now.
type Waiting struct {
	Cash    money.Cents // beyond the float
	CESU    money.Cents // titles and e-CESU
	ECESU   money.Cents // of which without paper
	Account money.Cents // without what nobody is known for
	Cheques []Slip
	Titles  []Title
	Oldest  civil.Date // of what was not paid over; zero: nothing waits
}

// Total is all that may leave.
func (w Waiting) Total() money.Cents { return w.Cash + w.CESU + w.Account + slips(w.Cheques) }

func slips(list []Slip) (sum money.Cents) {
	for _, c := range list {
		sum += c.Cents
	}
	return sum
}

// WaitingOf reads what an office may send or pay over.
func WaitingOf(ctx context.Context, tx *db.Tx, officeID string) (w Waiting, err error) {
	held, err := Balances(ctx, tx, officeID)
	if err != nil {
		return w, err
	}
	// What nobody is known for is not the town's yet: it stays on the account.
	w.Cash, w.CESU, w.Account = max(0, held[AccountCash]+held[AccountFloat]), held[AccountCESU], max(0, held[AccountBank]+held[AccountUnsorted])
	if w.Cheques, err = db.All(ctx, tx, `SELECT c.id, c.bank, c.number, c.drawer, c.cents FROM cheques c JOIN receipts r ON r.id = c.receipt_id
		WHERE c.deposit_id IS NULL AND c.freed_at IS NULL AND r.office_id = $1 ORDER BY r.year, r.number, c.number, c.id`, scanSlip, officeID); err != nil {
		return w, err
	}
	if w.Titles, err = db.All(ctx, tx, selectTitle+` WHERE deposit_id IS NULL AND freed_at IS NULL AND receipt_id IN (SELECT id FROM receipts WHERE office_id = $1)
		ORDER BY issuer, vintage, number`, scanTitle, officeID); err != nil {
		return w, err
	}
	w.ECESU = w.CESU - TitlesSum(w.Titles)
	if w.Total() > 0 {
		w.Oldest, err = firstWaiting(ctx, tx, officeID, w)
	}
	return w, err
}

// Sending is what an agent sends.
type Sending struct {
	Source  string // the form that asks for it, once: a second click finds the first slip; empty: not looked at
	Kind    DepositKind
	Cheques []string    // ids of those that leave
	Count   Count       // notes and coins, of a payment to the treasury
	CESU    bool        // all titles and e-CESU leave too
	Account money.Cents // transferred from the deposit account
}

// Send makes the slip of what leaves the till: cheques to be cashed, or takings paid over. Errors: fault.Forbidden; fault.Invalid beside
// "cheques", "especes", "compte"; fault.Conflict for a cheque that left meanwhile. The same source twice gives the first slip; with something else in it,
// fault.Conflict.
func Send(ctx context.Context, tx *db.Tx, who staff.Agent, s Sending, day civil.Date) (Deposit, error) {
	if err := mayBill(who); err != nil {
		return Deposit{}, err
	}
	if first, found, err := sentBefore(ctx, tx, s); err != nil || found {
		return first, err
	}
	if err := sane(tx, day); err != nil {
		return Deposit{}, err
	}
	office, err := found(ctx, tx)
	if err != nil {
		return Deposit{}, err
	}
	waiting, err := WaitingOf(ctx, tx, office.ID)
	if err != nil {
		return Deposit{}, err
	}
	leaving, err := chosen(waiting.Cheques, s.Cheques)
	if err != nil {
		return Deposit{}, err
	}
	d := Deposit{ID: db.NewID(), OfficeID: office.ID, Kind: s.Kind, Year: day.Year, Day: day, At: tx.Now, Cheques: slips(leaving), Source: s.Source, By: who.Actor(), ByName: who.Name}
	if s.Kind == DepositTreasury {
		d.Cash, d.Account = s.Count.Sum(), s.Account
		if s.CESU {
			d.CESU = waiting.CESU
		}
		if d.From, d.To, err = span(ctx, tx, office.ID); err != nil {
			return d, err
		}
	}
	if err := refuse(CheckSending(d, waiting)); err != nil {
		return d, err
	}
	if err := d.keep(ctx, tx, s.Count); err != nil {
		return d, err
	}
	if err := d.take(ctx, tx, s.Cheques, d.CESU > 0); err != nil {
		return d, err
	}
	if err := post(ctx, tx, d.entry()); err != nil {
		return d, err
	}
	return d, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "till.deposit", Subject: "deposit:" + d.ID,
		Detail: map[string]string{"kind": string(d.Kind), "number": d.Name(), "total": d.Total().String()}})
}

// sentBefore finds the slip of a form that was sent already. The form may not say something else the second time: it was recorded as it was first.
func sentBefore(ctx context.Context, tx *db.Tx, s Sending) (Deposit, bool, error) {
	if s.Source == "" {
		return Deposit{}, false, nil
	}
	d, err := db.One(ctx, tx, selectDeposit+` WHERE d.source = $1`, scanDeposit, s.Source)
	if errors.Is(err, db.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, err
	}
	b, err := DepositByID(ctx, tx, d.ID)
	if err != nil {
		return d, true, err
	}
	cheques := make([]string, len(b.Slips))
	for i, c := range b.Slips {
		cheques[i] = c.ID
	}
	same := d.Kind == s.Kind && slices.Equal(slices.Sorted(slices.Values(cheques)), slices.Sorted(slices.Values(s.Cheques)))
	if d.Kind == DepositTreasury {
		same = same && maps.Equal(b.Count, s.Count) && d.Account == s.Account && (d.CESU == 0 || s.CESU)
	}
	if !same {
		return d, true, fault.Conflictf("Ce formulaire a déjà été enregistré : %s %s, %s. Pour un autre bordereau, rouvrez la page.", d.Kind.French(), d.Name(), d.Total())
	}
	return d, true, nil
}

// chosen finds the cheques that leave among those that wait.
func chosen(waiting []Slip, ids []string) ([]Slip, error) {
	var out []Slip
	for _, id := range ids {
		i := slices.IndexFunc(waiting, func(c Slip) bool { return c.ID == id })
		if i < 0 || slices.ContainsFunc(out, func(c Slip) bool { return c.ID == id }) {
			return nil, fault.Conflictf("Un des chèques a quitté la régie entre-temps. Rouvrez la page.")
		}
		out = append(out, waiting[i])
	}
	return out, nil
}

// entry is what a deposit writes in the journal.
func (d Deposit) entry() Entry {
	e := d.movement()
	if d.Reverses != "" {
		e.Kind, e.Label = EntrySlipReversal, "Annulation de bordereau "+d.Name()+" : "+d.Reason
	}
	return e
}

func (d Deposit) movement() Entry {
	e := Entry{OfficeID: d.OfficeID, Day: d.Day, Kind: EntryCheques, Subject: d.ID, Label: "Remise de chèques " + d.Name(), Content: d.content(), By: d.By, ByName: d.ByName}
	if d.Kind == DepositCheques {
		e.Lines = []Line{{AccountCheques, -d.Cheques}, {AccountBank, d.Cheques}}
		return e
	}
	e.Kind, e.Label = EntryTreasury, "Versement au comptable "+d.Name()
	for _, l := range []Line{{AccountCash, -d.Cash}, {AccountCheques, -d.Cheques}, {AccountCESU, -d.CESU}, {AccountBank, -d.Account},
		{AccountTreasury, d.Total()}, {AccountDue, d.Total()}, {AccountPaidOver, -d.Total()}} {
		if l.Cents != 0 {
			e.Lines = append(e.Lines, l)
		}
	}
	return e
}

// content is what the journal keeps of a deposit to recognise it.
func (d Deposit) content() string {
	fields := []string{d.ID, string(d.Kind), d.Name(), d.Day.String(), d.Cash.Decimal(), d.Cheques.Decimal(), d.CESU.Decimal(), d.Account.Decimal(), d.From, d.To}
	if d.Reverses != "" {
		fields = append(fields, d.Reverses, d.Reason)
	}
	return sealed(fields)
}

func (d *Deposit) keep(ctx context.Context, tx *db.Tx, count Count) (err error) {
	if d.Number, err = next(ctx, tx, d.OfficeID, seriesDeposit, d.Year); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO deposits (id, office_id, kind, year, number, day, at, cash_cents, cheques_cents, cesu_cents, account_cents, from_number, to_number, source, reverses_id, reason, returned,
			actor, actor_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, nullif(CAST($14 AS text), ''), nullif(CAST($15 AS text), ''), $16, $17, $18, $19)`, d.ID, d.OfficeID, string(d.Kind), int64(d.Year), d.Number, d.Day, d.At, d.Cash, d.Cheques, d.CESU,
		d.Account, d.From, d.To, d.Source, d.Reverses, d.Reason, db.JSON(append([]string{}, d.Returned...)), d.By, d.ByName); err != nil {
		return err
	}
	if d.Kind == DepositCheques || d.Reverses != "" {
		return nil
	}
	return keepCount(ctx, tx, d.ID, count)
}

// take marks the papers that leave.
func (d *Deposit) take(ctx context.Context, tx *db.Tx, cheques []string, titles bool) error {
	if len(cheques) > 0 {
		if _, err := tx.Exec(ctx, `UPDATE cheques SET deposit_id = $1 WHERE deposit_id IS NULL AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))`,
			d.ID, db.JSON(cheques)); err != nil {
			return err
		}
	}
	if !titles {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE cesu_titles SET deposit_id = $1 WHERE deposit_id IS NULL AND freed_at IS NULL AND receipt_id IN (SELECT id FROM receipts WHERE office_id = $2)`,
		d.ID, d.OfficeID)
	return err
}

// span gives the first and the last receipt made since takings were last paid over.
func span(ctx context.Context, tx *db.Tx, officeID string) (from, to string, err error) {
	since, err := db.One(ctx, tx, `SELECT coalesce(max(e.seq), 0) FROM till_entries e WHERE e.office_id = $1 AND e.kind = 'treasury'
		AND NOT EXISTS (SELECT 1 FROM deposits b WHERE b.reverses_id = e.subject_id)`, db.Value[int64], officeID)
	if err != nil {
		return "", "", err
	}
	type numbered struct {
		year   int
		number int64
	}
	list, err := db.All(ctx, tx, `SELECT r.year, r.number FROM till_entries e JOIN receipts r ON r.id = e.subject_id
		WHERE e.office_id = $1 AND e.seq > $2 AND e.kind IN ('receipt', 'reversal') ORDER BY r.year, r.number`,
		func(s db.Scanner) (n numbered, err error) { return n, s.Scan(&n.year, &n.number) }, officeID, since)
	if err != nil || len(list) == 0 {
		return "", "", err
	}
	first, last := list[0], list[len(list)-1]
	return number(first.year, first.number), number(last.year, last.number), nil
}

const selectDeposit = `SELECT d.id, d.office_id, d.kind, d.year, d.number, d.day, d.at, d.cash_cents, d.cheques_cents, d.cesu_cents, d.account_cents, d.from_number, d.to_number,
	coalesce(d.source, ''), coalesce(d.reverses_id, ''), coalesce(b.id, ''), d.reason, coalesce(b.returned, d.returned), d.actor, d.actor_name
	FROM deposits d LEFT JOIN deposits b ON b.reverses_id = d.id`

func scanDeposit(s db.Scanner) (d Deposit, err error) {
	var returned string
	if err := s.Scan(&d.ID, &d.OfficeID, &d.Kind, &d.Year, &d.Number, &d.Day, &d.At, &d.Cash, &d.Cheques, &d.CESU, &d.Account, &d.From, &d.To, &d.Source, &d.Reverses,
		&d.ReversedBy, &d.Reason, &returned, &d.By, &d.ByName); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(returned), &d.Returned)
}

// Deposits lists the last deposits of an office, the latest first.
func Deposits(ctx context.Context, tx *db.Tx, officeID string, limit int) ([]Deposit, error) {
	return db.All(ctx, tx, selectDeposit+` WHERE d.office_id = $1 ORDER BY d.year DESC, d.number DESC LIMIT $2`, scanDeposit, officeID, int64(limit))
}

// Bundle is a deposit with all that its slip lists.
type Bundle struct {
	Deposit
	Slips  []Slip
	Titles []Title
	Count  Count
}

// DepositByID finds a deposit with what its slip lists, or answers not found.
func DepositByID(ctx context.Context, tx *db.Tx, id string) (b Bundle, err error) {
	b.Deposit, err = db.One(ctx, tx, selectDeposit+` WHERE d.id = $1`, scanDeposit, id)
	if errors.Is(err, db.ErrNoRows) {
		return b, fault.NotFoundf("Ce bordereau n’existe pas.")
	}
	if err != nil {
		return b, err
	}
	if b.Slips, err = db.All(ctx, tx, `SELECT c.id, c.bank, c.number, c.drawer, c.cents FROM cheques c JOIN receipts r ON r.id = c.receipt_id
		WHERE c.deposit_id = $1 OR c.id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text))) ORDER BY r.year, r.number, c.number, c.id`, scanSlip, id, db.JSON(b.Returned)); err != nil {
		return b, err
	}
	if b.Titles, err = db.All(ctx, tx, selectTitle+` WHERE deposit_id = $1 OR id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))
		ORDER BY issuer, vintage, number`, scanTitle, id, db.JSON(b.Returned)); err != nil {
		return b, err
	}
	b.Count, err = CountOf(ctx, tx, id)
	return b, err
}

// ECESU is what of the deposit's CESU had no paper.
func (b Bundle) ECESU() money.Cents {
	if b.Reverses != "" {
		return b.CESU + TitlesSum(b.Titles)
	}
	return b.CESU - TitlesSum(b.Titles)
}

// Range says which receipts the deposit covers, in words; empty when there were none.
func (d Deposit) Range() string {
	switch d.From {
	case "":
		return ""
	case d.To:
		return "Quittance " + d.From
	}
	return fmt.Sprintf("Quittances %s à %s", d.From, d.To)
}
