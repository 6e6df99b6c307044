package dunning

import (
	"context"
	"slices"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/mandate"
)

func scanReminder(s db.Scanner) (r Reminder, err error) {
	return r, s.Scan(&r.ID, &r.HouseholdID, &r.InvoiceID, &r.Level, &r.Day, &r.Letter, &r.Rest)
}

const selectReminder = `SELECT id, household_id, invoice_id, level, day, letter, rest_cents FROM reminders`

// lastReminders are the latest reminders of invoices, by invoice.
func lastReminders(ctx context.Context, tx *db.Tx, ids []string) (map[string]Reminder, error) {
	list, err := db.All(ctx, tx, selectReminder+` WHERE invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text))) ORDER BY level`, scanReminder, db.JSON(ids))
	out := map[string]Reminder{}
	for _, r := range list {
		out[r.InvoiceID] = r
	}
	return out, err
}

// Reminded lists what a household was reminded of on a day, at a level.
func Reminded(ctx context.Context, tx *db.Tx, householdID string, level int, day civil.Date) ([]Reminder, error) {
	return db.All(ctx, tx, selectReminder+` WHERE household_id = $1 AND level = $2 AND day = $3 ORDER BY id`, scanReminder, householdID, level, day)
}

// LettersOf lists the reminders of a day that are to be printed, by household and level.
func LettersOf(ctx context.Context, tx *db.Tx, day civil.Date) ([]Reminder, error) {
	return db.All(ctx, tx, selectReminder+` WHERE day = $1 AND letter ORDER BY household_id, level, id`, scanReminder, day)
}

// LetterDays lists the days that have letters to print, the latest first, with how many families.
func LetterDays(ctx context.Context, tx *db.Tx, limit int) ([]LetterDay, error) {
	return db.All(ctx, tx, `SELECT day, count(DISTINCT household_id) FROM reminders WHERE letter GROUP BY day ORDER BY day DESC LIMIT $1`,
		func(s db.Scanner) (d LetterDay, err error) { return d, s.Scan(&d.Day, &d.Families) }, limit)
}

// LetterDay is a day of letters to print.
type LetterDay struct {
	Day      civil.Date
	Families int
}

// Arrangement is what was arranged for an invoice that is not paid: a direct debit that will pay it, or the plan that spreads it.
type Arrangement struct {
	DebitedOn civil.Date // zero: no debit is under way
	Planned   bool
	Next      Instalment // of the plan
}

// Arrangements says which of some invoices of a household are arranged, by their id: nobody asks the family to pay those as the others.
func Arrangements(ctx context.Context, tx *db.Tx, householdID string, invoiceIDs []string) (map[string]Arrangement, error) {
	out := map[string]Arrangement{}
	if len(invoiceIDs) == 0 {
		return out, nil
	}
	debited, err := mandate.InBatch(ctx, tx, invoiceIDs)
	if err != nil {
		return nil, err
	}
	plan, planned, err := OpenPlan(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	for _, id := range invoiceIDs {
		if d, ok := debited[id]; ok {
			out[id] = Arrangement{DebitedOn: d.DueOn}
		} else if planned && slices.Contains(plan.Invoices, id) {
			out[id] = Arrangement{Planned: true, Next: plan.Next()}
		}
	}
	return out, nil
}

// inPlans says which invoices an open plan covers.
func inPlans(ctx context.Context, tx *db.Tx, ids []string) (map[string]bool, error) {
	list, err := db.All(ctx, tx, `SELECT i.invoice_id FROM plan_invoices i JOIN payment_plans p ON p.id = i.plan_id
		WHERE p.ended_at IS NULL AND i.invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.Value[string], db.JSON(ids))
	out := map[string]bool{}
	for _, id := range list {
		out[id] = true
	}
	return out, err
}
