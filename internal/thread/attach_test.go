package thread_test

import (
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/towntest"
)

// A document of the vault goes with a thread: the agents of the thread open it and leave a trace, others do not find it, and the family
// may delete it again once the thread is closed.
func TestAttachADocument(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := chatou(t, tn)
		var elsewhere staff.Agent
		var kind string
		w.Write(func(tx *db.Tx) (err error) {
			elsewhere = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
			kind, err = document.SaveType(t.Context(), tx, w.Direction, document.Type{Name: "Certificat", Subject: document.OfHousehold, Asked: document.OfNobody, Validity: document.ForMonths, Months: 12, KeepMonths: 1})
			return err
		})
		file, err := w.Files.Put(t.Context(), strings.NewReader("certificat"), 100)
		if err != nil {
			t.Fatal(err)
		}
		var d document.Document
		w.Write(func(tx *db.Tx) (err error) {
			d, _, err = document.Store(t.Context(), tx, w.Claire, document.Deposit{UploadID: "u", TypeID: kind,
				Parts: []document.Part{{Name: "certificat.pdf", Type: "application/pdf", Size: file.Size}}, Files: []blob.File{file}})
			return err
		})
		id, err := start(t, w, w.Claire, thread.New{Service: service, ChildID: w.Leo.ID, Subject: "Certificat", Body: "Le voici."})
		if err != nil {
			t.Fatal(err)
		}
		open := func(who staff.Agent) (part document.Part, err error) {
			err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				part, _, err = thread.OpenPage(t.Context(), tx, who, id, d.ID, 1)
				return err
			})
			return part, err
		}
		if _, err := open(w.Instructor); !fault.Is(err, fault.NotFound) {
			t.Errorf("before it is attached: %v", err)
		}
		attach := func(documents ...string) error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error { return thread.Attach(t.Context(), tx, w.Claire, id, documents) })
		}
		if err := attach("nothing"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a document of nobody: %v", err)
		}
		if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return thread.Attach(t.Context(), tx, w.Karim, id, []string{d.ID}) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("another household's thread: %v", err)
		}
		if err := attach(make([]string, thread.MaxAttached+1)...); !fault.Is(err, fault.Invalid) {
			t.Errorf("too many: %v", err)
		}
		if err := attach(d.ID); err != nil {
			t.Fatal(err)
		}
		if part, err := open(w.Instructor); err != nil || part.Name != "certificat.pdf" {
			t.Errorf("%v, %v", part, err)
		}
		if _, err := open(elsewhere); !fault.Is(err, fault.NotFound) {
			t.Errorf("an agent of another site: %v", err)
		}
		remove := func() error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error { return document.Delete(t.Context(), tx, w.Claire, d.ID) })
		}
		if err := remove(); !fault.Is(err, fault.Refused) {
			t.Errorf("deleted while the service needs it: %v", err)
		}
		w.Read(func(tx *db.Tx) error {
			views, err := document.Views(t.Context(), tx, d.ID)
			if len(views) != 1 {
				t.Errorf("%d views are written, want 1", len(views))
			}
			return err
		})
		w.Write(func(tx *db.Tx) error { return thread.Close(t.Context(), tx, w.Instructor, id) })
		if err := remove(); err != nil {
			t.Errorf("once the thread is closed: %v", err)
		}
	})
}
