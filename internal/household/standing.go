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

// standing reads what the standing of households is made of, in one statement: quotients (a day, when it was known, a value, its kind,
// source and month), residences and exceptions to them (days, 1 when resident), children (born on, in a household) and holds not lifted
// (since when, why, by whom). $1 is a list of households. Exceptions come first: PostgreSQL takes the types of columns from there.
const standing = `WITH wanted AS (SELECT CAST(value AS text) AS household_id FROM json_each(CAST($1 AS text)))
	SELECT 'e', e.household_id, e.id, e.from_day, e.to_day, e.made_at, CASE WHEN e.resident THEN 1 ELSE 0 END, e.reason, e.made_by_name, ''
		FROM wanted w JOIN residence_exceptions e ON e.household_id = w.household_id WHERE e.ended_at IS NULL
	UNION ALL SELECT 'q', q.household_id, q.id, q.effective_on, NULL, q.known_at, q.value_hundredths, q.kind, q.source, q.reference_month FROM wanted w JOIN quotients q ON q.household_id = w.household_id
	UNION ALL SELECT 'r', r.household_id, '', r.from_day, NULL, NULL, CASE WHEN r.resident THEN 1 ELSE 0 END, '', '', '' FROM wanted w JOIN residences r ON r.household_id = w.household_id
	UNION ALL SELECT 'c', hc.household_id, c.id, c.born_on, NULL, NULL, 0, '', '', '' FROM wanted w JOIN household_children hc ON hc.household_id = w.household_id JOIN children c ON c.id = hc.child_id
	UNION ALL SELECT 'h', h.household_id, h.id, NULL, NULL, h.since, 0, h.reason, h.since_by, '' FROM wanted w JOIN holds h ON h.household_id = w.household_id WHERE h.lifted_at IS NULL`

// StandingOf reads the standing of one household.
func StandingOf(ctx context.Context, tx *db.Tx, householdID string) (Standing, error) {
	all, err := StandingsOf(ctx, tx, []string{householdID})
	return all[householdID], err
}

// StandingsOf reads the standings of several households at once, in one statement: quotients, residences and the exceptions to them,
// children, and of several holds the first.
func StandingsOf(ctx context.Context, tx *db.Tx, householdIDs []string) (map[string]Standing, error) {
	rows, err := tx.Query(ctx, standing, db.JSON(householdIDs))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[string]*Standing, len(householdIDs))
	for rows.Next() {
		var what, household, id, a, b, c string
		var from, to civil.Date
		var at civil.Instant
		var n int64
		if err := rows.Scan(&what, &household, &id, &from, &to, &at, &n, &a, &b, &c); err != nil {
			return nil, err
		}
		s := all[household]
		if s == nil {
			s = new(Standing)
			all[household] = s
		}
		switch what {
		case "q":
			s.Quotients = append(s.Quotients, Quotient{ID: id, HouseholdID: household, Value: n, Kind: a, Source: b, ReferenceMonth: c, EffectiveOn: from, KnownAt: at})
		case "r":
			s.Residences = append(s.Residences, Residence{From: from, Resident: n == 1})
		case "e":
			s.Exceptions = append(s.Exceptions, Exception{ID: id, HouseholdID: household, Resident: n == 1, Reason: a, From: from, To: to, MadeAt: at, MadeByName: b})
		case "c":
			s.Children = append(s.Children, Ranked{ID: id, BornOn: from})
		case "h":
			h := &Hold{ID: id, HouseholdID: household, Reason: a, Since: at, By: b}
			if s.Hold == nil || cmp.Or(h.Since.Compare(s.Hold.Since), cmp.Compare(h.ID, s.Hold.ID)) < 0 {
				s.Hold = h
			}
		}
	}
	out := make(map[string]Standing, len(all))
	for id, s := range all {
		s.sort()
		out[id] = *s
	}
	return out, rows.Err()
}

func (s *Standing) sort() {
	slices.SortFunc(s.Residences, func(a, b Residence) int { return a.From.Compare(b.From) })
	slices.SortFunc(s.Quotients, func(a, b Quotient) int {
		return cmp.Or(a.EffectiveOn.Compare(b.EffectiveOn), a.KnownAt.Compare(b.KnownAt))
	})
	slices.SortFunc(s.Exceptions, func(a, b Exception) int { return cmp.Or(a.MadeAt.Compare(b.MadeAt), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(s.Children, func(a, b Ranked) int { return cmp.Or(a.BornOn.Compare(b.BornOn), cmp.Compare(a.ID, b.ID)) })
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
