package booking_test

import (
	"errors"
	"testing"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/worldtest"
)

func TestLoadEnrolments(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		by := household.By{Actor: "job:import", Name: "Import"}
		year := civil.Range{From: civil.MustParse("2026-09-01"), To: civil.MustParse("2027-07-02")}
		load := func(list ...booking.EnrolRequest) (made int, problems []booking.EnrolProblem) {
			t.Helper()
			w.Write(func(tx *db.Tx) (err error) {
				made, problems, err = booking.LoadEnrolments(t.Context(), tx, by, list)
				return err
			})
			return made, problems
		}
		evening := booking.EnrolRequest{ChildID: w.Antoine.ID, ActivityID: w.Activity["SOIR"], SiteID: w.Site["ROSTAND"], Period: year}
		tap := booking.EnrolRequest{ChildID: w.Leo.ID, ActivityID: w.Activity["TAP"], SiteID: w.Site["SABINETTES"], Period: year}
		if made, problems := load(evening, tap, tap); made != 2 || problems != nil {
			t.Fatalf("first load: %d, %v", made, problems)
		}
		if made, problems := load(evening, tap); made != 0 || problems != nil {
			t.Errorf("second load: %d, %v", made, problems)
		}

		elsewhere, longer, study := evening, evening, evening
		elsewhere.SiteID, longer.Period.To = w.Site["LOISIRS"], civil.MustParse("2027-07-01")
		study.ChildID, study.ActivityID = w.Leo.ID, w.Activity["ETUDE"]
		unknown := evening
		unknown.ChildID = "nothing"
		_, problems := load(study, elsewhere, longer, unknown)
		if len(problems) != 3 || problems[0].Index != 1 || !fault.Is(problems[0].Err, fault.Invalid) || !fault.Is(problems[1].Err, fault.Conflict) || !fault.Is(problems[2].Err, fault.NotFound) {
			t.Errorf("problems: %+v", problems)
		}
		if n := count(t, w, `SELECT count(*) FROM enrolments WHERE created_by = 'job:import'`); n != 2 {
			t.Errorf("%d enrolments, want 2: with a problem none is made", n)
		}

		w.Write(func(tx *db.Tx) error { // from now on the Wednesday is for elementary classes
			_, err := tx.Exec(t.Context(), `UPDATE activities SET levels = 'CP CE1 CE2 CM1 CM2' WHERE code = 'MERCREDI'`)
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `UPDATE catalogue_version SET version = 'changed'`)
			return err
		})
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM enrolments WHERE id = $1`, w.Enrolment["leo/MERCREDI"])
			return err
		})
		wednesday := booking.EnrolRequest{ChildID: w.Leo.ID, ActivityID: w.Activity["MERCREDI"], SiteID: w.Site["LOISIRS"], Period: year}
		_, problems = load(wednesday)
		var no *booking.NotEligible
		if len(problems) != 1 || !errors.As(problems[0].Err, &no) || no.Refusal.Reason != booking.WrongLevel {
			t.Errorf("a nursery child: %+v", problems)
		}
		wednesday.Override = "Accord du service"
		if made, problems := load(wednesday); made != 1 || problems != nil {
			t.Errorf("with a reason: %d, %v", made, problems)
		}
	})
}
