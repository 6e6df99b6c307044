package work_test

import (
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/privacy"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/till"
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

// The copy also holds what was paid, the mandates and what was granted, of this household only.
func TestMoneyIsInTheCopy(t *testing.T) {
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-11-27T10:00")
	ctx, today := t.Context(), civil.MustParse("2026-11-27")
	w.Write(func(tx *db.Tx) error {
		direction := w.AddAgent(tx, "direction.argent", staff.Direction)
		for number, g := range map[int64]household.Guardian{4127: w.Claire, 4128: w.Karim} {
			w.Issue(tx, worldtest.Bill{Home: g.HouseholdID, Number: number, Month: civil.Month{Year: 2026, Month: 9}, IssuedOn: civil.MustParse("2026-10-06"),
				Lines: []billing.Line{worldtest.Line(w.Antoine.ID, "Antoine", "Restauration", 4080, civil.MustParse("2026-09-01").AddDays(int(number-4127)).String())}})
			_, err := till.Record(ctx, tx, till.Take{HouseholdID: g.HouseholdID, PayerName: g.Name(), Means: till.Transfer, Cents: 2040, Source: "essai:" + g.ID,
				Reference: "VIR" + g.FirstName, Day: today, By: direction.Actor()})
			if err != nil {
				return err
			}
			if _, err := activity.GrantAid(ctx, tx, household.ByAgent(direction), activity.Aid{HouseholdID: g.HouseholdID, Payer: activity.CCAS, Name: "Aide de " + g.FirstName, DayCents: 150, From: today}); err != nil {
				return err
			}
			if _, err := household.GrantException(ctx, tx, household.ByAgent(direction), g.HouseholdID, household.Exception{Resident: true, Reason: "agent de la ville, " + g.FirstName, From: today}); err != nil {
				return err
			}
		}
		set := mandate.Settings{On: true, Name: "Régie", Street: "5 rue Marconi", Postcode: "78400", City: "Essai", Version: sepa.Pain00808, First: true, Notice: 14, Lead: 2, Rejections: 2}
		err := mandate.Save(ctx, tx, direction, set, mandate.Typed{SIRET: "73282932000074", ICS: "FR72ZZZ123456", IBAN: "FR7610071780000000100012310", BIC: "TRPUFRP1", Prefix: "PF78146"})
		if err != nil {
			return err
		}
		if set, err = mandate.SettingsOf(ctx, tx); err != nil {
			return err
		}
		if _, err := mandate.Sign(ctx, tx, w.KeyFor(mandate.KeyPurpose), w.Claire, mandate.Signature{Typed: "FR1420041010050500013M02606", Holder: "Claire Martin", Street: "12 rue des Landes",
			PostalCode: "78400", City: "Essai", SignedOn: today, Today: today, Agreed: true, Terms: set.TermsVersion()}); err != nil {
			return err
		}
		if _, err := dunning.Agree(ctx, tx, direction, w.Claire.HouseholdID, today.AddDays(10), 2, "deux fois", today); err != nil {
			return err
		}
		return privacy.AskCopy(ctx, tx, w.Claire)
	})
	settle(t, w)
	var list []privacy.Copy
	w.Read(func(tx *db.Tx) (err error) { list, err = privacy.Copies(ctx, tx, w.Claire); return err })
	data := unzip(t, w, list[0].FileID)["donnees.json"]
	for _, part := range []string{"VIRClaire", "Aide de Claire", "1,50\u00a0€ par jour", "agent de la ville, Claire", "PF78146", "FR14", "en vigueur", "10,20\u00a0€", "deux fois"} {
		if !strings.Contains(data, part) {
			t.Errorf("%q is not in the copy", part)
		}
	}
	for _, part := range []string{"Karim", "20041010050500013M026"} {
		if strings.Contains(data, part) {
			t.Errorf("%q is in the copy", part)
		}
	}
}
