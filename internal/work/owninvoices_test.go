package work_test

import (
	"strings"
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/privacy"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// A guardian's copy holds the invoices of the household, line by line, its account and its choice of paper; nothing of the other household.
func TestInvoicesAreInTheCopy(t *testing.T) {
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-11-27T10:00")
	w.Write(func(tx *db.Tx) error {
		october := civil.Month{Year: 2026, Month: 10}
		w.Issue(tx, worldtest.Bill{Home: w.Claire.HouseholdID, Number: 4127, Month: october, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(w.Antoine.ID, "Antoine", "Restauration", 340, "2026-10-01", "2026-10-02")}})
		w.Issue(tx, worldtest.Bill{Home: w.Karim.HouseholdID, Number: 4128, Month: october, IssuedOn: civil.MustParse("2026-11-06"),
			Lines: []billing.Line{worldtest.Line(w.Leo.ID, "Léo", "Restauration", 460, "2026-10-12")}})
		if err := billing.ChoosePaper(t.Context(), tx, w.Claire.HouseholdID, true, household.ByGuardian(w.Claire)); err != nil {
			return err
		}
		return privacy.AskCopy(t.Context(), tx, w.Claire)
	})
	settle(t, w)
	var list []privacy.Copy
	w.Read(func(tx *db.Tx) (err error) { list, err = privacy.Copies(t.Context(), tx, w.Claire); return err })
	files := unzip(t, w, list[0].FileID)
	for _, part := range []string{"2026-004127", "1er et 2 octobre", "QF 912", "6,80\u00a0€", "facture dématérialisée"} {
		if !strings.Contains(files["donnees.json"], part) || !strings.Contains(files["donnees.html"], part) {
			t.Errorf("%q is not in the copy", part)
		}
	}
	if strings.Contains(files["donnees.json"], "2026-004128") {
		t.Error("the copy holds the other household's invoice")
	}
}
