package mandate

import (
	"context"
	"errors"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/town"
)

// Sealed says what is sealed here: the numbers of accounts.
func Sealed() []town.Sealed {
	return []town.Sealed{{Purpose: KeyPurpose, Select: "SELECT id, iban_sealed FROM mandate_accounts ORDER BY id",
		Update: "UPDATE mandate_accounts SET iban_sealed = $2 WHERE id = $1"}}
}

const selectMandate = `SELECT m.id, m.household_id, m.rum, m.ics, m.creditor, m.channel, m.signed_on, m.signed_by, m.terms_version, m.terms, m.made_at,
	m.suspended_at, m.suspended_why, m.ended_at, m.ended_how, coalesce((SELECT max(e.note) FROM mandate_events e WHERE e.mandate_id = m.id AND e.kind = 'revoked'), ''), a.id, a.position, a.iban_sealed, a.iban_shown, a.bank, a.bic, a.holder, a.street, a.postal_code,
	a.city, a.country, a.signed_on, a.signed_by, a.made_at
	FROM mandates m JOIN mandate_accounts a ON a.mandate_id = m.id
		AND a.position = (SELECT max(l.position) FROM mandate_accounts l WHERE l.mandate_id = m.id)`

func scanMandate(s db.Scanner) (m Mandate, err error) {
	a := &m.Account
	return m, s.Scan(&m.ID, &m.HouseholdID, &m.RUM, &m.ICS, &m.Creditor, &m.Channel, &m.SignedOn, &m.SignedBy, &m.TermsVersion, &m.Terms, &m.MadeAt,
		&m.SuspendedAt, &m.SuspendedWhy, &m.EndedAt, &m.EndedHow, &m.EndedWhy, &a.ID, &a.Position, &a.sealed, &a.Shown, &a.Bank, &a.BIC, &a.Holder, &a.Street, &a.PostalCode,
		&a.City, &a.Country, &a.SignedOn, &a.SignedBy, &a.MadeAt)
}

func absent(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Ce mandat n’existe pas.")
	}
	return err
}

// ByID finds a mandate, for agents and jobs; fault.NotFound.
func ByID(ctx context.Context, tx *db.Tx, id string) (Mandate, error) {
	m, err := db.One(ctx, tx, selectMandate+` WHERE m.id = $1`, scanMandate, id)
	return m, absent(err)
}

// Standing is the mandate of a household that has not ended, suspended or not; ok is false when there is none.
func Standing(ctx context.Context, tx *db.Tx, householdID string) (m Mandate, ok bool, err error) {
	m, err = db.One(ctx, tx, selectMandate+` WHERE m.household_id = $1 AND m.ended_at IS NULL`, scanMandate, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// OfHousehold lists the mandates of a household, the latest first.
func OfHousehold(ctx context.Context, tx *db.Tx, householdID string) ([]Mandate, error) {
	return db.All(ctx, tx, selectMandate+` WHERE m.household_id = $1 ORDER BY m.made_at DESC, m.id`, scanMandate, householdID)
}

// Events lists what happened to a mandate, the latest first.
func Events(ctx context.Context, tx *db.Tx, mandateID string) ([]Event, error) {
	return db.All(ctx, tx, `SELECT kind, at, actor, actor_name, note FROM mandate_events WHERE mandate_id = $1 ORDER BY at DESC, id`,
		func(s db.Scanner) (e Event, err error) { return e, s.Scan(&e.Kind, &e.At, &e.Actor, &e.By, &e.Note) }, mandateID)
}

// Line is a mandate in the list of the office.
type Line struct {
	Mandate
	Household string // its name
	Reference string // of the household
}

// List gives mandates by the name of their household, from after on; state filters, empty gives those that have not ended.
func List(ctx context.Context, tx *db.Tx, state State, after string, limit int) ([]Line, error) {
	return db.All(ctx, tx, `SELECT m.id, h.name, h.reference FROM mandates m JOIN households h ON h.id = m.household_id
		WHERE CASE WHEN m.ended_how = 'lapsed' THEN 'lapsed' WHEN m.ended_at IS NOT NULL THEN 'revoked' WHEN m.suspended_at IS NOT NULL THEN 'suspended' ELSE 'active' END
			IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))
			AND h.name || ' ' || m.id > $2
		ORDER BY h.name || ' ' || m.id LIMIT $3`, func(s db.Scanner) (l Line, err error) { return l, s.Scan(&l.ID, &l.Household, &l.Reference) },
		db.JSON(state.among()), after, limit)
}

func (s State) among() []State {
	if s == "" {
		return []State{Active, Suspended}
	}
	return []State{s}
}

// Lines fills the mandates of a list.
func Lines(ctx context.Context, tx *db.Tx, lines []Line) error {
	ids := make([]string, len(lines))
	at := map[string]int{}
	for i, l := range lines {
		ids[i], at[l.ID] = l.ID, i
	}
	list, err := db.All(ctx, tx, selectMandate+` WHERE m.id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, scanMandate, db.JSON(ids))
	for _, m := range list {
		lines[at[m.ID]].Mandate = m
	}
	return err
}

// Counts says how many mandates are in each state.
func Counts(ctx context.Context, tx *db.Tx) (map[State]int, error) {
	out := map[State]int{}
	rows, err := db.All(ctx, tx, `SELECT CASE WHEN ended_how = 'lapsed' THEN 'lapsed' WHEN ended_at IS NOT NULL THEN 'revoked' WHEN suspended_at IS NOT NULL THEN 'suspended'
		ELSE 'active' END AS state, count(*) FROM mandates GROUP BY 1`, func(s db.Scanner) (c struct {
		State State
		N     int
	}, err error,
	) {
		return c, s.Scan(&c.State, &c.N)
	})
	for _, r := range rows {
		out[r.State] = r.N
	}
	return out, err
}

func insert(ctx context.Context, tx *db.Tx, m Mandate, by household.By) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO mandates (id, household_id, rum, ics, creditor, channel, signed_on, signed_by, terms_version, terms, made_at, made_by,
		made_by_name, suspended_why, ended_how) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '') ON CONFLICT DO NOTHING`,
		m.ID, m.HouseholdID, string(m.RUM), string(m.ICS), m.Creditor, string(m.Channel), m.SignedOn, m.SignedBy, m.TermsVersion, m.Terms, m.MadeAt, by.Actor, by.Name)
}

func insertAccount(ctx context.Context, tx *db.Tx, mandateID string, a Account, by household.By) error {
	_, err := tx.Exec(ctx, `INSERT INTO mandate_accounts (id, mandate_id, position, iban_sealed, iban_shown, bank, bic, holder, street, postal_code, city, country,
		signed_on, signed_by, made_at, made_by, made_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		a.ID, mandateID, a.Position, a.sealed, a.Shown, a.Bank, string(a.BIC), a.Holder, a.Street, a.PostalCode, a.City, a.Country, a.SignedOn, a.SignedBy, a.MadeAt,
		by.Actor, by.Name)
	return err
}

func addEvent(ctx context.Context, tx *db.Tx, mandateID string, by household.By, e Event) error {
	_, err := tx.Exec(ctx, `INSERT INTO mandate_events (id, mandate_id, kind, at, actor, actor_name, note) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		db.NewID(), mandateID, e.Kind, tx.Now, by.Actor, by.Name, e.Note)
	return err
}
