package till

import (
	"context"
	"errors"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/staff"
)

// Session is a day at the till.
type Session struct {
	ID           string
	OfficeID     string
	Year         int
	Number       int64
	Day          civil.Date
	Float        money.Cents
	OpenedAt     civil.Instant
	OpenedByName string
	ClosedAt     civil.Instant // zero: it is open
	ClosedByName string
	Expected     money.Cents // in the drawer at the closing, by the journal
	Counted      money.Cents // by the count
	Remark       string
}

// Name is the number as it is written: "2026-000012".
func (s Session) Name() string { return number(s.Year, s.Number) }

// Difference is what the count found too much, or missing when it is negative.
func (s Session) Difference() money.Cents { return s.Counted - s.Expected }

const selectSession = `SELECT id, office_id, year, number, day, float_cents, opened_at, opened_by_name, closed_at, closed_by_name, expected_cents, counted_cents, remark FROM till_sessions`

func scanSession(s db.Scanner) (v Session, err error) {
	return v, s.Scan(&v.ID, &v.OfficeID, &v.Year, &v.Number, &v.Day, &v.Float, &v.OpenedAt, &v.OpenedByName, &v.ClosedAt, &v.ClosedByName, &v.Expected, &v.Counted, &v.Remark)
}

// OpenSession is the day that is open; false when the till is closed.
func OpenSession(ctx context.Context, tx *db.Tx) (Session, bool, error) {
	s, err := db.One(ctx, tx, selectSession+` WHERE office_id = $1 AND closed_at IS NULL`, scanSession, DefaultOffice)
	if errors.Is(err, db.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

// SessionByID finds a day at the till, or answers not found.
func SessionByID(ctx context.Context, tx *db.Tx, id string) (Session, error) {
	s, err := db.One(ctx, tx, selectSession+` WHERE id = $1`, scanSession, id)
	if errors.Is(err, db.ErrNoRows) {
		return s, fault.NotFoundf("Cette journée de caisse n’existe pas.")
	}
	return s, err
}

// Sessions lists the last days at the till, the latest first.
func Sessions(ctx context.Context, tx *db.Tx, officeID string, limit int) ([]Session, error) {
	return db.All(ctx, tx, selectSession+` WHERE office_id = $1 ORDER BY year DESC, number DESC LIMIT $2`, scanSession, officeID, int64(limit))
}

// Open opens the day with what the drawer begins with beside the takings that it still holds: the float. Errors: fault.Forbidden;
// fault.Conflict when a day is open; fault.Invalid beside "fonds".
func Open(ctx context.Context, tx *db.Tx, who staff.Agent, float money.Cents, day civil.Date) (Session, error) {
	if err := mayBill(who); err != nil {
		return Session{}, err
	}
	if float < 0 {
		return Session{}, fault.Invalidf("fonds", "Un fonds de caisse ne peut pas être négatif.")
	}
	if float > takenMost {
		return Session{}, fault.Invalidf("fonds", "C’est trop : vérifiez le montant.")
	}
	if err := sane(tx, day); err != nil {
		return Session{}, err
	}
	office, err := found(ctx, tx)
	if err != nil {
		return Session{}, err
	}
	if s, open, err := OpenSession(ctx, tx); err != nil {
		return s, err
	} else if open {
		return s, fault.Conflictf("La caisse est déjà ouverte, depuis le %s par %s.", s.Day.DayMonthYear(), s.OpenedByName)
	}
	s := Session{ID: db.NewID(), OfficeID: office.ID, Year: day.Year, Day: day, Float: float, OpenedAt: tx.Now, OpenedByName: who.Name}
	if s.Number, err = next(ctx, tx, office.ID, seriesSession, day.Year); err != nil {
		return s, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO till_sessions (id, office_id, year, number, day, float_cents, opened_at, opened_by, opened_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, s.ID, s.OfficeID, int64(s.Year), s.Number, s.Day, s.Float, s.OpenedAt, who.Actor(), who.Name); err != nil {
		return s, err
	}
	held, err := Balances(ctx, tx, office.ID)
	if err != nil {
		return s, err
	}
	// The float is lent by the treasury: what is owed for it is a credit.
	if moved := float + held[AccountFloat]; moved != 0 {
		err = post(ctx, tx, Entry{OfficeID: office.ID, Day: day, Kind: EntryFloat, Subject: s.ID, Label: "Fonds de caisse porté à " + float.String(), By: who.Actor(), ByName: who.Name,
			Lines: []Line{{AccountCash, moved}, {AccountFloat, -moved}}})
	}
	return s, err
}

// Close ends the day with the count of the drawer (arrêté). What the count finds too much or missing goes in the journal, with the remark
// that explains it, and the drawer is then what was counted. Errors: fault.Forbidden; fault.Conflict when that day is closed already;
// fault.Invalid beside "remarque" when there is a difference without a word.
func Close(ctx context.Context, tx *db.Tx, who staff.Agent, sessionID string, count Count, remark string, day civil.Date) (Session, error) {
	if err := mayBill(who); err != nil {
		return Session{}, err
	}
	s, err := SessionByID(ctx, tx, sessionID)
	if err != nil {
		return s, err
	}
	if !s.ClosedAt.IsZero() {
		return s, fault.Conflictf("Cette journée est déjà arrêtée, par %s.", s.ClosedByName)
	}
	if err := sane(tx, day); err != nil {
		return s, err
	}
	held, err := Balances(ctx, tx, s.OfficeID)
	if err != nil {
		return s, err
	}
	s.ClosedAt, s.ClosedByName, s.Expected, s.Counted, s.Remark = tx.Now, who.Name, held[AccountCash], count.Sum(), strings.TrimSpace(remark)
	if s.Difference() != 0 && s.Remark == "" {
		return s, fault.Invalidf("remarque", "La caisse devrait contenir %s et vous en comptez %s : expliquez l’écart de %s.", s.Expected, s.Counted, s.Difference().Signed())
	}
	if _, err := tx.Exec(ctx, `UPDATE till_sessions SET closed_at = $2, closed_by = $3, closed_by_name = $4, expected_cents = $5, counted_cents = $6, remark = $7 WHERE id = $1`,
		s.ID, s.ClosedAt, who.Actor(), who.Name, s.Expected, s.Counted, s.Remark); err != nil {
		return s, err
	}
	if err := keepCount(ctx, tx, s.ID, count); err != nil {
		return s, err
	}
	if d := s.Difference(); d != 0 {
		if err := post(ctx, tx, Entry{OfficeID: s.OfficeID, Day: day, Kind: EntryDifference, Subject: s.ID, Label: "Écart de caisse à l’arrêté " + s.Name() + " : " + s.Remark,
			By: who.Actor(), ByName: who.Name, Lines: []Line{{AccountCash, d}, {AccountDifference, -d}}}); err != nil {
			return s, err
		}
	}
	return s, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "till.close", Subject: "session:" + s.ID,
		Detail: map[string]string{"session": s.Name(), "expected": s.Expected.String(), "counted": s.Counted.String()}})
}
