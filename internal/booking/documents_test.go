package booking_test

import (
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// An activity may ask for a document: without it no day is added, what is booked stays and can be cancelled; once the family has sent it,
// days are added again.
func TestADocumentIsAsked(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		ask := func(add bool, day string) (d booking.Decision) {
			tn.Write(func(tx *db.Tx) error {
				id := w.Enrolment["antoine/CANTINE"]
				o, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: db.NewID(), EnrolmentID: id,
					Changes: []booking.Change{{EnrolmentID: id, Day: civil.MustParse(day), Option: "REPAS", Add: add}}}, tn.Loc)
				if err == nil {
					d = o.Decisions[0]
				}
				return err
			})
			return d
		}
		if d := ask(true, "2026-12-14"); d.Result != booking.Booked {
			t.Fatalf("nothing is asked, and %s %s", d.Result, d.Refusal.Reason)
		}
		var kind string
		tn.Write(func(tx *db.Tx) (err error) {
			kind, err = document.SaveType(t.Context(), tx, w.Direction, document.Type{Name: "Assurance scolaire", Subject: document.OfChild, Asked: document.OfEnrolled,
				Activities: []string{w.Activity["CANTINE"]}, Blocking: true, Validity: document.SchoolYear})
			return err
		})
		if d := ask(true, "2026-12-15"); d.Result != booking.Refused || d.Refusal.Reason != booking.Undocumented || d.Refusal.Name != "Assurance scolaire" {
			t.Errorf("without it: %s %+v", d.Result, d.Refusal)
		}
		if d := ask(false, "2026-12-14"); d.Result != booking.Cancelled {
			t.Errorf("cancelling without it: %s %s", d.Result, d.Refusal.Reason)
		}
		f, err := tn.Files.Put(t.Context(), strings.NewReader("page"), 100)
		if err != nil {
			t.Fatal(err)
		}
		tn.Write(func(tx *db.Tx) error {
			_, _, err := document.Store(t.Context(), tx, w.Claire, document.Deposit{UploadID: db.NewID(), TypeID: kind, ChildID: w.Antoine.ID, Send: true,
				Parts: []document.Part{{Name: "a.pdf", Type: "application/pdf", Size: f.Size}}, Files: []blob.File{f}})
			return err
		})
		if d := ask(true, "2026-12-15"); d.Result != booking.Booked {
			t.Errorf("once it is sent: %s %s", d.Result, d.Refusal.Reason)
		}
	})
}
