package dossier

import (
	"context"
	"errors"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// Campaign is the day from which a confirmation counts on a day: the latest return of the day the town set. The zero date before the
// first one, or when the town asks for none.
func (s Settings) Campaign(today civil.Date) civil.Date {
	if s.ConfirmFrom.IsZero() || today.Before(s.ConfirmFrom) {
		return civil.Date{}
	}
	day := civil.New(today.Year, s.ConfirmFrom.Month, min(s.ConfirmFrom.Day, 28))
	if s.ConfirmFrom.Day > 28 {
		day = day.AddDays(s.ConfirmFrom.Day - 28) // 29 February becomes 1 March where there is none
	}
	if day.After(today) {
		return civil.New(today.Year-1, day.Month, day.Day)
	}
	return day
}

// Confirmation is that a guardian confirmed the household's file.
type Confirmation struct {
	Guardian string // name
	At       civil.Instant
}

// ConfirmationOf is the last confirmation of a household; the zero one when there is none.
func ConfirmationOf(ctx context.Context, tx *db.Tx, householdID string) (Confirmation, error) {
	c, err := db.One(ctx, tx, `SELECT guardian_name, confirmed_at FROM file_confirmations WHERE household_id = $1 ORDER BY confirmed_at DESC, id LIMIT 1`,
		func(s db.Scanner) (c Confirmation, err error) { return c, s.Scan(&c.Guardian, &c.At) }, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return Confirmation{}, nil
	}
	return c, err
}

// ConfirmationDue tells since when a household is asked to confirm its file; the zero date when it is not, or has.
func ConfirmationDue(ctx context.Context, tx *db.Tx, householdID string, loc *time.Location) (civil.Date, error) {
	s, err := ReadSettings(ctx, tx)
	if err != nil {
		return civil.Date{}, err
	}
	since := s.Campaign(civil.DateOf(tx.Now, loc))
	if since.IsZero() {
		return since, nil
	}
	last, err := ConfirmationOf(ctx, tx, householdID)
	if err != nil || !last.At.Before(civil.Wall(since, 0, 0, loc)) {
		return civil.Date{}, err
	}
	return since, nil
}

// Confirm writes that a guardian confirms the household's file.
func Confirm(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	if _, err := tx.Exec(ctx, `INSERT INTO file_confirmations (id, household_id, guardian_id, guardian_name, confirmed_at) VALUES ($1, $2, $3, $4, $5)`,
		db.NewID(), who.HouseholdID, who.ID, who.Name(), tx.Now); err != nil {
		return err
	}
	return note(ctx, tx, household.ByGuardian(who), "dossier.confirm", "household:"+who.HouseholdID, who.HouseholdID, nil)
}

// Unconfirmed is a household that has not confirmed its file.
type Unconfirmed struct {
	HouseholdID, Reference, Name string
	Last                         civil.Instant // of an earlier confirmation; zero: never
	Reachable                    bool          // a guardian has an account or an e-mail

	sort string
}

// UnconfirmedSince lists the households with children that have not confirmed their file since an instant, by name, after one of them
// (zero begins).
func UnconfirmedSince(ctx context.Context, tx *db.Tx, since civil.Instant, after Unconfirmed, limit int) ([]Unconfirmed, error) {
	return db.All(ctx, tx, `SELECT h.id, h.reference, h.name, h.name_search,
			(SELECT max(f.confirmed_at) FROM file_confirmations f WHERE f.household_id = h.id),
			EXISTS (SELECT 1 FROM guardians g WHERE g.household_id = h.id AND (g.account_id IS NOT NULL OR g.email <> ''))
		FROM households h
		WHERE (h.name_search, h.id) > ($1, $2) AND EXISTS (SELECT 1 FROM household_children k WHERE k.household_id = h.id)
			AND NOT EXISTS (SELECT 1 FROM file_confirmations f WHERE f.household_id = h.id AND f.confirmed_at >= $3)
		ORDER BY h.name_search, h.id LIMIT $4`, func(s db.Scanner) (u Unconfirmed, err error) {
		return u, s.Scan(&u.HouseholdID, &u.Reference, &u.Name, &u.sort, &u.Last, &u.Reachable)
	}, after.sort, after.HouseholdID, since, int64(limit))
}

// ConfirmationCounts counts the households with children, and those of them that have confirmed their file since an instant.
func ConfirmationCounts(ctx context.Context, tx *db.Tx, since civil.Instant) (all, done int, err error) {
	var n, m int64
	err = tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM file_confirmations f WHERE f.household_id = h.id AND f.confirmed_at >= $1))
		FROM households h WHERE EXISTS (SELECT 1 FROM household_children k WHERE k.household_id = h.id)`, since).Scan(&n, &m)
	return int(n), int(m), err
}

// Remind is the kind of the jobs that write to the households that have not confirmed their file.
const Remind = "dossier.remind"

// Reminder is the payload of a job of Remind: a round of letters, each household once.
type Reminder struct {
	Since civil.Date `json:"since"` // the day of the campaign
	Round string     `json:"round"` // names the round
	After string     `json:"after"` // where it goes on: the id of the last household written to
}

// RemindNow queues a round of letters, at an agent's wish; a second one the same day is the same.
func RemindNow(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date) error {
	s, err := ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	since := s.Campaign(today)
	if since.IsZero() {
		return fault.Refusedf("Aucune confirmation n’est demandée en ce moment : fixez d’abord une date dans les paramètres du dossier.")
	}
	if err := note(ctx, tx, household.ByAgent(who), "dossier.remind", "", "", map[string]any{"since": since}); err != nil {
		return err
	}
	return queueRound(ctx, tx, since, today.String())
}

// RemindDue queues a round of letters on the days the town set: RemindAfter days after the campaign began, and again after the same
// time. Called each day; it does nothing on the others.
func RemindDue(ctx context.Context, tx *db.Tx, today civil.Date) error {
	s, err := ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	since := s.Campaign(today)
	if since.IsZero() || s.RemindAfter == 0 {
		return nil
	}
	if days := today.DaysSince(since); days != s.RemindAfter && days != 2*s.RemindAfter {
		return nil
	}
	return queueRound(ctx, tx, since, today.String())
}

func queueRound(ctx context.Context, tx *db.Tx, since civil.Date, round string) error {
	return job.Queue(ctx, tx, Remind, Reminder{Since: since, Round: round}, job.Key(Remind+":"+since.String()+":"+round))
}

// ToRemind lists the next households of a round, and the round as it goes on after them; no household ends it.
func ToRemind(ctx context.Context, tx *db.Tx, r Reminder, loc *time.Location) ([]Unconfirmed, Reminder, error) {
	after := Unconfirmed{HouseholdID: r.After}
	if r.After != "" {
		if err := tx.QueryRow(ctx, `SELECT name_search FROM households WHERE id = $1`, r.After).Scan(&after.sort); err != nil {
			return nil, r, err
		}
	}
	const slice = 50
	list, err := UnconfirmedSince(ctx, tx, civil.Wall(r.Since, 0, 0, loc), after, slice)
	if len(list) > 0 {
		r.After = list[len(list)-1].HouseholdID
	}
	return list, r, err
}
