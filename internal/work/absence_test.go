package work_test

import (
	"strings"
	"testing"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/privacy"
	"preau/internal/worldtest"
)

// A certificate is acknowledged with its number and its last instant, its answer told day by day; both are in the copy of one's data, without
// the words of it once the family is forgotten.
func TestCertificatesAreToldCopiedAndForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-07", "2026-12-08")
		settle(t, w)
		w.SetClock("2026-12-09T09:00")
		var c attendance.Claim
		w.Write(func(tx *db.Tx) (err error) {
			c, err = attendance.FilePaper(t.Context(), tx, w.Instructor, attendance.Paper{UploadID: db.NewID(), HouseholdID: w.Claire.HouseholdID, ChildID: w.Leo.ID,
				Days: []civil.Date{civil.MustParse("2026-12-07"), civil.MustParse("2026-12-08")}, ArrivedOn: civil.MustParse("2026-12-09"), Words: "Une angine"}, w.Loc)
			return err
		})
		settle(t, w)
		says(t, w.Mailbox.To(hers)[0], "Ville d’Essai – Absence de Léo : justificatif A2026-00001 reçu", "A2026-00001", "jeudi 10 décembre 2026 à 23 h 59")
		w.Write(func(tx *db.Tx) error {
			_, err := attendance.Rule(t.Context(), tx, w.Instructor, c.ID, attendance.Ruling{Accept: []civil.Date{civil.MustParse("2026-12-07")}, Reason: "Le mardi n’est pas couvert."}, w.Loc)
			return err
		})
		settle(t, w)
		says(t, w.Mailbox.To(hers)[0], "Ville d’Essai – Absence de Léo : réponse au justificatif A2026-00001", "Absence justifiée : rien n’est facturé", "Refusé, ce jour reste facturé : Le mardi n’est pas couvert.")
		w.Write(func(tx *db.Tx) error { return privacy.AskCopy(t.Context(), tx, w.Claire) })
		settle(t, w)
		var list []privacy.Copy
		w.Read(func(tx *db.Tx) (err error) { list, err = privacy.Copies(t.Context(), tx, w.Claire); return err })
		files := unzip(t, w, list[0].FileID)
		for _, part := range []string{"A2026-00001", "Une angine", "Le mardi n’est pas couvert."} {
			if !strings.Contains(files["donnees.json"], part) || !strings.Contains(files["donnees.html"], part) {
				t.Errorf("%q is not in the copy", part)
			}
		}
		w.Write(func(tx *db.Tx) error { return attendance.EraseNames(t.Context(), tx, w.Claire.HouseholdID, "") })
		if n := counted(t, w, `SELECT count(*) FROM absence_claims WHERE words <> '' OR made_by_name <> 'Un ancien responsable'`); n != 0 {
			t.Errorf("%d claims still say who and what", n)
		}
	})
}

// An event is told once to each family and to the team of each site, and its undoing too.
func TestEventsAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-07")
		w.SetClock("2026-12-01T09:00")
		monday := civil.MustParse("2026-12-07")
		var e attendance.TownEvent
		w.Write(func(tx *db.Tx) (err error) {
			e, err = attendance.Declare(t.Context(), tx, w.Direction, attendance.TownEvent{Kind: attendance.ClassTrip, SchoolID: w.Site["SABINETTES"], From: monday, To: monday, Reason: "Sortie au zoo"})
			return err
		})
		settle(t, w)
		settle(t, w)
		if n := counted(t, w, `SELECT count(*) FROM messages WHERE subject LIKE 'Sortie de classe % : Sortie au zoo' AND address = $1`, hers); n != 1 {
			t.Errorf("the family is told %d times", n)
		}
		if n := counted(t, w, `SELECT count(*) FROM messages WHERE subject LIKE 'Maternelle Sabinettes, Sortie de classe %'`); n == 0 {
			t.Error("no team is told")
		}
		w.Write(func(tx *db.Tx) error {
			_, err := attendance.Undo(t.Context(), tx, w.Direction, e.ID)
			return err
		})
		settle(t, w)
		if n := counted(t, w, `SELECT count(*) FROM town_events WHERE finished_at IS NULL OR told <> 1`); n != 0 {
			t.Errorf("%d events are not told", n)
		}
	})
}
