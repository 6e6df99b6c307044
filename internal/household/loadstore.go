package household

import (
	"context"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
)

// chunk is how many rows one statement of a load carries.
const chunk = 1000

// insertAll runs one INSERT … SELECT … FROM json_each($1) for every thousand rows; more are its other parameters.
func insertAll[T any](ctx context.Context, tx *db.Tx, query string, rows []T, more ...any) error {
	for part := range slices.Chunk(rows, chunk) {
		if _, err := tx.Exec(ctx, query, append([]any{db.JSON(part)}, more...)...); err != nil {
			return err
		}
	}
	return nil
}

// bit writes a flag as the statements read it.
func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (l *Loaded) households(ctx context.Context, tx *db.Tx, b Batch) error {
	type row struct {
		BatchHousehold
		ID     string `json:"id"`
		Search string `json:"search"`
	}
	rows := make([]row, len(b.Households))
	for i, h := range b.Households {
		id, drawn := l.Households.draw(h.Reference)
		if drawn {
			l.NewHouseholds++
		}
		rows[i] = row{h, id, Fold(h.Name)}
	}
	return insertAll(ctx, tx, `INSERT INTO households (id, reference, name, name_search, address_line, postal_code, city, created_at)
		SELECT value ->> 'id', value ->> 'reference', value ->> 'name', value ->> 'search', value ->> 'address', value ->> 'postal_code', value ->> 'city', $2
		FROM json_each(CAST($1 AS text)) WHERE true ON CONFLICT (reference) DO UPDATE SET name = excluded.name, name_search = excluded.name_search,
		address_line = coalesce(nullif(excluded.address_line, ''), households.address_line),
		postal_code = coalesce(nullif(excluded.postal_code, ''), households.postal_code),
		city = coalesce(nullif(excluded.city, ''), households.city)`, rows, tx.Now)
}

// standings writes residences, and the quotients that tell something new.
func (l *Loaded) standings(ctx context.Context, tx *db.Tx, b Batch) error {
	type residence struct {
		Household string     `json:"household"`
		From      civil.Date `json:"from"`
		Resident  string     `json:"resident"`
	}
	type quotient struct {
		ID        string     `json:"id"`
		Household string     `json:"household"`
		Value     int64      `json:"value"`
		Kind      string     `json:"kind"`
		Source    string     `json:"source"`
		Month     string     `json:"month"`
		From      civil.Date `json:"from"`
	}
	var residences []residence
	var quotients []quotient
	for _, h := range b.Households {
		id := l.Households[h.Reference]
		if r := h.Residence; r != nil {
			residences = append(residences, residence{id, r.From, bit(r.Resident)})
		}
		if q := h.Quotient; q != nil {
			quotients = append(quotients, quotient{db.NewID(), id, q.Value, q.Kind, q.Source, q.ReferenceMonth, q.EffectiveOn})
		}
	}
	err := insertAll(ctx, tx, `INSERT INTO residences (household_id, from_day, resident)
		SELECT value ->> 'household', date(value ->> 'from'), (value ->> 'resident') = '1' FROM json_each(CAST($1 AS text))
		WHERE true ON CONFLICT (household_id, from_day) DO UPDATE SET resident = excluded.resident`, residences)
	if err != nil {
		return err
	}
	return insertAll(ctx, tx, `INSERT INTO quotients (id, household_id, value_hundredths, kind, source, reference_month, effective_on, known_at)
		SELECT value ->> 'id', value ->> 'household', CAST(value ->> 'value' AS bigint), value ->> 'kind', value ->> 'source', value ->> 'month', date(value ->> 'from'), $2
		FROM json_each(CAST($1 AS text)) WHERE NOT EXISTS (SELECT 1 FROM quotients q WHERE q.household_id = value ->> 'household'
			AND q.effective_on = date(value ->> 'from') AND q.value_hundredths = CAST(value ->> 'value' AS bigint) AND q.kind = value ->> 'kind'
			AND NOT EXISTS (SELECT 1 FROM quotients n WHERE n.household_id = q.household_id AND n.effective_on = q.effective_on AND n.known_at > q.known_at))`, quotients, tx.Now)
}

func (l *Loaded) guardians(ctx context.Context, tx *db.Tx, b Batch) error {
	type row struct {
		BatchGuardian
		ID          string `json:"id"`
		HouseholdID string `json:"household_id"`
		Search      string `json:"search"`
	}
	rows := make([]row, len(b.Guardians))
	for i, g := range b.Guardians {
		id, drawn := l.Guardians.draw(g.Reference)
		if drawn {
			l.NewGuardians++
		}
		rows[i] = row{g, id, l.Households[g.Household], personSearch(g.LastName, g.FirstName)}
	}
	return insertAll(ctx, tx, `INSERT INTO guardians (id, household_id, reference, civility, first_name, last_name, name_search, email, phone, created_at)
		SELECT value ->> 'id', value ->> 'household_id', value ->> 'reference', value ->> 'civility', value ->> 'first', value ->> 'last',
			value ->> 'search', value ->> 'email', value ->> 'phone', $2
		FROM json_each(CAST($1 AS text)) WHERE true ON CONFLICT (reference) DO UPDATE SET
		civility = coalesce(nullif(excluded.civility, ''), guardians.civility),
		first_name = excluded.first_name, last_name = excluded.last_name, name_search = excluded.name_search,
		email = coalesce(nullif(excluded.email, ''), guardians.email), phone = coalesce(nullif(excluded.phone, ''), guardians.phone)`, rows, tx.Now)
}

func (l *Loaded) children(ctx context.Context, tx *db.Tx, b Batch) error {
	type row struct {
		BatchChild
		ID     string `json:"id"`
		Search string `json:"search"`
	}
	rows := make([]row, len(b.Children))
	for i, c := range b.Children {
		id, drawn := l.Children.draw(c.Reference)
		if drawn {
			l.NewChildren++
		}
		rows[i] = row{c, id, personSearch(c.LastName, c.FirstName)}
	}
	const columns = `value ->> 'id', value ->> 'reference', value ->> 'first', value ->> 'last', value ->> 'search', date(value ->> 'born'),
		coalesce(nullif(value ->> 'menu', ''), (SELECT menu FROM children WHERE reference = value ->> 'reference'), 'standard'), $2`
	return insertAll(ctx, tx, `INSERT INTO children (id, reference, first_name, last_name, name_search, born_on, menu, created_at)
		SELECT `+columns+` FROM json_each(CAST($1 AS text)) WHERE true ON CONFLICT (reference) DO UPDATE SET first_name = excluded.first_name,
		last_name = excluded.last_name, name_search = excluded.name_search, born_on = excluded.born_on, menu = excluded.menu`, rows, tx.Now)
}

func (l *Loaded) links(ctx context.Context, tx *db.Tx, b Batch) error {
	type row struct {
		Child     string `json:"child"`
		Household string `json:"household"`
	}
	var rows []row
	for _, c := range b.Children {
		for _, h := range c.Households {
			rows = append(rows, row{l.Children[c.Reference], l.Households[h]})
		}
	}
	return insertAll(ctx, tx, `INSERT INTO household_children (household_id, child_id, since)
		SELECT value ->> 'household', value ->> 'child', $2 FROM json_each(CAST($1 AS text)) WHERE true ON CONFLICT DO NOTHING`, rows, tx.Now)
}

func (l *Loaded) schoolings(ctx context.Context, tx *db.Tx, b Batch) error {
	type row struct {
		BatchSchooling
		ChildID string `json:"child"`
		Guess   string `json:"guess"`
	}
	rows := make([]row, len(b.Schoolings))
	for i, s := range b.Schoolings {
		rows[i] = row{s, l.Children[s.Child], bit(s.Guessed)}
	}
	return insertAll(ctx, tx, `INSERT INTO schoolings (child_id, school_year, site_id, level, class_name)
		SELECT value ->> 'child', value ->> 'year', value ->> 'site',
			coalesce((SELECT s.level FROM schoolings s WHERE s.child_id = value ->> 'child' AND s.school_year = value ->> 'year' AND (value ->> 'guess') = '1'), value ->> 'level'),
			value ->> 'class' FROM json_each(CAST($1 AS text))
		WHERE true ON CONFLICT (child_id, school_year) DO UPDATE SET site_id = excluded.site_id, level = excluded.level,
		class_name = coalesce(nullif(excluded.class_name, ''), schoolings.class_name), rollover_id = NULL`, rows)
}
