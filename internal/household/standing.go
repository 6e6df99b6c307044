package household

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// standing reads what a household's standing is made of, in one statement: quotients (a day, when it was known, a value, its kind,
// source and month), residences (a day, 1 when resident) and holds not lifted (since when, why, by whom).
const standing = `SELECT 'q', id, effective_on, known_at, value_hundredths, kind, source, reference_month FROM quotients WHERE household_id = $1
	UNION ALL SELECT 'r', '', from_day, NULL, CASE WHEN resident THEN 1 ELSE 0 END, '', '', '' FROM residences WHERE household_id = $1
	UNION ALL SELECT 'h', id, NULL, since, 0, reason, since_by, '' FROM holds WHERE household_id = $1 AND lifted_at IS NULL`

// StandingOf reads the residences, the quotients and the hold of a household: of several holds, the first.
func StandingOf(ctx context.Context, tx *db.Tx, householdID string) (s Standing, err error) {
	rows, err := tx.Query(ctx, standing, householdID)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var what, id, a, b, c string
		var day civil.Date
		var at civil.Instant
		var n int64
		if err := rows.Scan(&what, &id, &day, &at, &n, &a, &b, &c); err != nil {
			return s, err
		}
		switch what {
		case "q":
			s.Quotients = append(s.Quotients, Quotient{ID: id, HouseholdID: householdID, Value: n, Kind: a, Source: b, ReferenceMonth: c, EffectiveOn: day, KnownAt: at})
		case "r":
			s.Residences = append(s.Residences, Residence{From: day, Resident: n == 1})
		case "h":
			h := &Hold{ID: id, HouseholdID: householdID, Reason: a, Since: at, By: b}
			if s.Hold == nil || cmp.Or(h.Since.Compare(s.Hold.Since), cmp.Compare(h.ID, s.Hold.ID)) < 0 {
				s.Hold = h
			}
		}
	}
	slices.SortFunc(s.Residences, func(a, b Residence) int { return a.From.Compare(b.From) })
	slices.SortFunc(s.Quotients, func(a, b Quotient) int {
		return cmp.Or(a.EffectiveOn.Compare(b.EffectiveOn), a.KnownAt.Compare(b.KnownAt))
	})
	return s, rows.Err()
}

// SetResidence says whether a household lives in the town from a day on.
func SetResidence(ctx context.Context, tx *db.Tx, by By, householdID string, r Residence) error {
	if r.From.IsZero() {
		return fault.Invalidf("depuis", "Indiquez depuis quel jour.")
	}
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO residences (household_id, from_day, resident) VALUES ($1, $2, $3)
		ON CONFLICT (household_id, from_day) DO UPDATE SET resident = excluded.resident`, householdID, r.From, r.Resident); err != nil {
		return err
	}
	return note(ctx, tx, by, "household.residence", "household:"+householdID, householdID, r)
}

// AddQuotient writes a quotient the town learns now; it never replaces another. ID, HouseholdID and KnownAt are set here.
func AddQuotient(ctx context.Context, tx *db.Tx, by By, householdID string, q Quotient) (Quotient, error) {
	wrong := map[string]string{}
	if q.Value < 0 {
		wrong["quotient"] = "Un quotient familial n’est pas négatif."
	}
	if !slices.Contains([]string{"caf", "impots"}, q.Kind) {
		wrong["nature"] = "Choisissez d’où vient le quotient : CAF ou avis d’impôt."
	}
	if q.EffectiveOn.IsZero() {
		wrong["effet"] = "Indiquez à partir de quel jour il s’applique."
	}
	if _, err := civil.ParseMonth(q.ReferenceMonth); err != nil {
		wrong["mois"] = "Indiquez le mois de référence."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return Quotient{}, err
	}
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return Quotient{}, err
	}
	q.ID, q.HouseholdID, q.KnownAt = db.NewID(), householdID, tx.Now
	n, err := tx.Exec(ctx, `INSERT INTO quotients (id, household_id, value_hundredths, kind, source, reference_month, effective_on, known_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		q.ID, q.HouseholdID, q.Value, q.Kind, q.Source, q.ReferenceMonth, q.EffectiveOn, q.KnownAt)
	if err != nil {
		return Quotient{}, err
	}
	if n == 0 {
		return Quotient{}, fault.Conflictf("Un autre quotient vient d’être enregistré pour ce jour.")
	}
	return q, note(ctx, tx, by, "household.quotient", "household:"+householdID, householdID, q)
}

// PlaceHold blocks the bookings of a household, for a reason shown to the family. A second hold stands beside the first.
func PlaceHold(ctx context.Context, tx *db.Tx, by By, householdID, reason string) (Hold, error) {
	h := Hold{ID: db.NewID(), HouseholdID: householdID, Reason: strings.TrimSpace(reason), Since: tx.Now, By: by.Actor}
	if h.Reason == "" {
		return Hold{}, fault.Invalidf("motif", "Indiquez le motif du blocage.")
	}
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return Hold{}, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO holds (id, household_id, reason, since, since_by) VALUES ($1, $2, $3, $4, $5)`,
		h.ID, h.HouseholdID, h.Reason, h.Since, h.By); err != nil {
		return Hold{}, err
	}
	return h, note(ctx, tx, by, "hold.place", "hold:"+h.ID, householdID, h)
}

// LiftHold ends a hold; fault.NotFound when it does not stand.
func LiftHold(ctx context.Context, tx *db.Tx, by By, holdID string) error {
	h, err := db.One(ctx, tx, selectHold+` WHERE id = $1 AND lifted_at IS NULL`, scanHold, holdID)
	if err != nil {
		return absent(err, "Ce blocage n’existe pas ou a déjà été levé.")
	}
	if _, err := tx.Exec(ctx, `UPDATE holds SET lifted_at = $2, lifted_by = $3 WHERE id = $1`, holdID, tx.Now, by.Actor); err != nil {
		return err
	}
	return note(ctx, tx, by, "hold.lift", "hold:"+holdID, h.HouseholdID, h)
}
