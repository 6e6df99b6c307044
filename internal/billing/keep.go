package billing

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// draftsAtATime is how many drafts a write throws away.
const draftsAtATime = 200

// Keep writes down what Gather composed, unless the run has moved meanwhile, and says whether there is more to do. The run remembers how
// far it is in the same transaction, so that a preparation that dies goes on where it stopped.
func Keep(ctx context.Context, tx *db.Tx, s Slice) (more bool, err error) {
	switch s.step {
	case stepClear:
		return true, clearDrafts(ctx, tx, s.run.ID, draftsAtATime)
	case stepRecheck:
		return true, s.keepRechecks(ctx, tx)
	case stepCompose:
		return s.keepDrafts(ctx, tx)
	}
	return false, nil
}

// advance moves the run on, if it is still where the slice found it.
func (s *Slice) advance(ctx context.Context, tx *db.Tx, to string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE billing_runs SET done_to = $3 WHERE id = $1 AND state = 'preparing' AND done_to = $2 AND gathered_at = $4`,
		s.run.ID, s.run.doneTo, to, s.run.GatheredAt)
	return n == 1, err
}

// keepRechecks writes whose earlier days are looked at again, and forgets the notes of an earlier preparation.
func (s *Slice) keepRechecks(ctx context.Context, tx *db.Tx) error {
	still, err := s.advance(ctx, tx, begun)
	if err != nil || !still {
		return err
	}
	for _, query := range []string{`DELETE FROM run_rechecks WHERE run_id = $1`, `DELETE FROM run_notes WHERE run_id = $1`} {
		if _, err := tx.Exec(ctx, query, s.run.ID); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO run_rechecks (run_id, household_id, from_day) SELECT $1, value ->> 'h', date(value ->> 'd') FROM json_each(CAST($2 AS text))`,
		s.run.ID, db.JSON(s.rechecks))
	return err
}

// keepDrafts writes the drafts of a slice.
func (s *Slice) keepDrafts(ctx context.Context, tx *db.Tx) (more bool, err error) {
	to := s.done
	if to == "" {
		to = s.run.doneTo
	}
	still, err := s.advance(ctx, tx, to)
	if err != nil || !still {
		return true, err
	}
	for _, write := range []func(context.Context, *db.Tx) error{s.writeInvoices, s.writeLines, s.writeCharges, s.writeNotes} {
		if err := write(ctx, tx); err != nil {
			return false, err
		}
	}
	if !s.last {
		return true, nil
	}
	_, err = tx.Exec(ctx, `UPDATE billing_runs SET state = 'prepared', done_to = '', prepared_at = $2 WHERE id = $1`, s.run.ID, tx.Now)
	return false, err
}

// invoiceRow is a draft as the statement reads it.
type invoiceRow struct {
	ID      string      `json:"i"`
	Home    string      `json:"h"`
	Kind    Kind        `json:"k"`
	Series  string      `json:"s"`
	Total   money.Cents `json:"t"`
	Earlier money.Cents `json:"e"`
}

func (s *Slice) writeInvoices(ctx context.Context, tx *db.Tx) error {
	rows := make([]invoiceRow, len(s.drafts))
	for i, d := range s.drafts {
		rows[i] = invoiceRow{d.id, d.household, d.kind, SeriesInvoice, d.total, d.earlier}
		if d.kind == KindCreditNote {
			rows[i].Series = SeriesCreditNote
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO invoices (id, run_id, household_id, kind, series, label, payer_reference, payer_name, payer_line, payer_postal_code, payer_city,
			from_day, to_day, total_cents, earlier_cents, before_cents, made_at)
		SELECT value ->> 'i', $2, value ->> 'h', value ->> 'k', value ->> 's', '', '', '', '', '', '', $3, $4, CAST(value ->> 't' AS bigint), CAST(value ->> 'e' AS bigint), 0, $5
		FROM json_each(CAST($1 AS text))`, db.JSON(rows), s.run.ID, s.run.Period.From, s.run.Period.To, tx.Now)
	return err
}

// lineColumns are the columns of a line.
const lineColumns = 18

func (s *Slice) writeLines(ctx context.Context, tx *db.Tx) error {
	var args []any
	for _, d := range s.drafts {
		for i := range d.lines {
			l := &d.lines[i]
			args = append(args, d.id, int64(l.Number), l.ChildID, l.ChildName, l.ActivityID, l.ActivityName, l.OptionName, string(l.Kind), string(l.Attribute), int64(l.Unit),
				int64(l.Quantity), int64(l.Total), l.Explanation, l.GridID, l.CESU, l.Corrects, l.From, l.To)
		}
	}
	return db.InsertRows(ctx, tx, `INSERT INTO invoice_lines (invoice_id, number, child_id, child_name, activity_id, activity_name, option_name, kind, attribute, unit_cents,
		quantity, total_cents, explanation, grid_id, cesu, corrects, from_day, to_day)`, lineColumns, args)
}

// chargeColumns are the columns of a charge that is written.
const chargeColumns = 11

// chargeRow is a charge as it is written; what it reverses, as the statement reads it.
type chargeRow struct {
	Invoice         string `json:"i"`
	Number          int64  `json:"n"`
	ReversesInvoice string `json:"ri"`
	ReversesNumber  int64  `json:"rn"`

	Line, Part      int64
	Child, Activity string
	Day             civil.Date
	Kind            ChargeKind
	Cents           money.Cents
}

// writeCharges writes the charges of the drafts. Those that are reversed first cease to be live, so that the right ones take their place.
func (s *Slice) writeCharges(ctx context.Context, tx *db.Tx) error {
	n, reversals := 0, []chargeRow(nil)
	for _, d := range s.drafts {
		n += len(d.charges)
		if d.kind == KindCreditNote {
			reversals = append(reversals, d.charges...)
		}
	}
	if len(reversals) > 0 {
		_, err := tx.Exec(ctx, `UPDATE charges SET reversed_in = j.value ->> 'i' FROM json_each(CAST($1 AS text)) j
			WHERE charges.invoice_id = j.value ->> 'ri' AND charges.number = CAST(j.value ->> 'rn' AS bigint)`, db.JSON(reversals))
		if err != nil {
			return err
		}
	}
	args := make([]any, 0, n*chargeColumns)
	for _, d := range s.drafts {
		for i := range d.charges {
			c := &d.charges[i]
			var invoice, number any
			if c.ReversesInvoice != "" {
				invoice, number = c.ReversesInvoice, c.ReversesNumber
			}
			args = append(args, d.id, c.Number, c.Line, c.Child, c.Activity, c.Day, string(c.Kind), c.Part, int64(c.Cents), invoice, number)
		}
	}
	return db.InsertRows(ctx, tx, `INSERT INTO charges (invoice_id, number, line, child_id, activity_id, day, kind, part, cents, reverses_invoice, reverses_number)`, chargeColumns, args)
}

// noteRow is a note as the statement reads it.
type noteRow struct {
	Household string      `json:"h"`
	Kind      NoteKind    `json:"k"`
	Count     int         `json:"n"`
	Cents     money.Cents `json:"m"`
	From      civil.Date  `json:"d"`
}

func (s *Slice) writeNotes(ctx context.Context, tx *db.Tx) error {
	if len(s.notes) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO run_notes (run_id, household_id, kind, count, cents, from_day)
		SELECT $1, value ->> 'h', value ->> 'k', CAST(value ->> 'n' AS bigint), CAST(value ->> 'm' AS bigint), date(value ->> 'd') FROM json_each(CAST($2 AS text))`,
		s.run.ID, db.JSON(s.notes))
	return err
}

// clearDrafts throws some drafts away that no longer serve. What they reversed is live again: so invoices go first, lest their charges are
// live beside those that they were to replace.
func clearDrafts(ctx context.Context, tx *db.Tx, runID string, most int) error {
	ids, err := db.All(ctx, tx, leftovers+` ORDER BY i.kind DESC, i.id LIMIT $2`, db.Value[string], runID, int64(most))
	if err != nil {
		return err
	}
	list := db.JSON(ids)
	const among = ` IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`
	for _, query := range []string{
		`DELETE FROM charges WHERE invoice_id` + among,
		`UPDATE charges SET reversed_in = NULL WHERE reversed_in` + among,
		`DELETE FROM invoice_lines WHERE invoice_id` + among,
		`DELETE FROM invoices WHERE number IS NULL AND id` + among,
	} {
		if _, err := tx.Exec(ctx, query, list); err != nil {
			return err
		}
	}
	return nil
}
