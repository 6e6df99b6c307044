package worldtest

import (
	"fmt"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// Owe gives a household an issued invoice of one line, and returns its id and its number: "2026-000042" for 42.
func (w *World) Owe(tx *db.Tx, householdID string, number int64, cents money.Cents) (id, label string) {
	w.t.Helper()
	today := civil.DateOf(tx.Now, w.Loc)
	day := civil.MustParse("2025-01-01").AddDays(int(number))
	id = w.Issue(tx, Bill{Home: householdID, Number: number, Month: civil.MonthOf(today).Prev(), IssuedOn: today, Lines: []billing.Line{
		Line(w.Antoine.ID, "Antoine", "Restauration scolaire", cents, day.String())}})
	return id, fmt.Sprintf("%d-%06d", today.Year, number)
}
