package office_test

import (
	"testing"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
)

// Requests that await an agent can be narrowed to an activity and a site.
func TestRequestsAreFiltered(t *testing.T) {
	w, _, enter := chatouDesk(t)
	id := w.Enrolment["antoine/CANTINE"]
	w.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `UPDATE activities SET instruction = $1`, true); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `UPDATE catalogue_version SET version = 'essai'`); err != nil {
			return err
		}
		_, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: "s", EnrolmentID: id, Changes: []booking.Change{
			{EnrolmentID: id, Day: civil.MustParse("2026-12-14"), Option: "REPAS", Add: true}, {EnrolmentID: id, Day: civil.MustParse("2026-12-15"), Option: "REPAS", Add: true}}}, w.Loc)
		return err
	})
	p := enter("direction").Get("/bureau/demandes").Want(200).Says("main", "Antoine Martin")
	if !p.Has("[name=activite]") {
		t.Error("no filter")
	}
	enter("direction").Get("/bureau/demandes?activite=CANTINE").Want(200).Says("main", "Antoine Martin")
}
