package work_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/clamd"
	"preau/internal/clamd/clamdtest"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/job"
	"preau/internal/towntest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// depositIn stores a document of Claire's with a content.
func depositIn(t *testing.T, w *worldtest.World, content []byte) document.Document {
	t.Helper()
	f, err := w.Files.Put(t.Context(), bytes.NewReader(content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	w.Write(func(tx *db.Tx) error {
		id, err := document.SaveType(t.Context(), tx, w.Direction, document.Type{Name: "Avis d’impôt " + db.NewID(), Subject: document.OfHousehold, Asked: document.OfEveryone,
			Validity: document.ForMonths, Months: 12, KeepMonths: 1})
		if err != nil {
			return err
		}
		d, _, err = document.Store(t.Context(), tx, w.Claire, document.Deposit{UploadID: db.NewID(), TypeID: id, Send: true, Scan: w.Scanner != nil,
			Parts: []document.Part{{Name: "avis.pdf", Type: "application/pdf", Size: f.Size}}, Files: []blob.File{f}})
		return err
	})
	return d
}

func stateOf(t *testing.T, w *worldtest.World, id string) (d document.Document) {
	t.Helper()
	w.Read(func(tx *db.Tx) (err error) {
		d, err = document.Find(t.Context(), tx, w.Claire, id)
		return err
	})
	return d
}

// The antivirus decides; while it is away a document stays in quarantine.
func TestAntivirus(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		daemon := clamdtest.Start(t)
		tn.Scanner = &clamd.Client{Network: "tcp", Address: "127.0.0.1:1"}
		clean, sick := depositIn(t, w, []byte("une page")), depositIn(t, w, clamdtest.Eicar)
		if _, err := work.Worker(tn.Town).RunDue(t.Context()); err == nil {
			t.Error("the daemon is away, and nobody says so")
		}
		if got := stateOf(t, w, clean.ID); got.Stored != document.Scanning {
			t.Errorf("the daemon is away, and the document is %s", got.Stored)
		}
		tn.Scanner = daemon.Client
		tn.Clock.Advance(time.Minute)
		runAll(t, tn)
		if got := stateOf(t, w, clean.ID); got.Stored != document.ToCheck {
			t.Errorf("clean: %s", got.Stored)
		}
		if got := stateOf(t, w, sick.ID); got.Stored != document.Refused || daemon.Seen() != 2 {
			t.Errorf("infected: %s, %d files seen", got.Stored, daemon.Seen())
		}
		if s, err := tn.Files.Sweep(t.Context(), tn.DB, -1); err != nil || s.Files != 1 || s.Removed != 0 {
			t.Errorf("the infected file is still there: %+v, %v", s, err)
		}
		said(t, tn, "à renvoyer", "L’antivirus a trouvé")
	})
}

func runAll(t *testing.T, tn *towntest.Town) {
	t.Helper()
	w := work.Worker(tn.Town)
	w.Periodic = nil
	if _, err := w.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// said looks for a mail by its subject and a part of its text.
func said(t *testing.T, tn *towntest.Town, subject, text string) {
	t.Helper()
	for _, m := range tn.Mailbox.List() {
		if strings.Contains(m.Subject, subject) && strings.Contains(m.Text, text) {
			return
		}
	}
	t.Errorf("no mail %q with %q among %d", subject, text, len(tn.Mailbox.List()))
}

// A decision is told, and so is the end of a document, before and after; then it is forgotten, with its file.
func TestDocumentsAreTold(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		d := depositIn(t, w, []byte("une page"))
		tn.Write(func(tx *db.Tx) error {
			return document.Decide(t.Context(), tx, w.Instructor, d.ID, document.Decision{Seen: document.ToCheck, Accept: true, Until: civil.MustParse("2027-01-31")}, tn.Loc)
		})
		runAll(t, tn)
		said(t, tn, "accepté", "jusqu’au 31 janvier 2027")
		for _, night := range []struct{ at, subject, text string }{
			{"2027-01-05T05:00", "expire bientôt", "avant cette date"}, {"2027-02-01T05:00", "expiré", "depuis le 31 janvier 2027"},
		} {
			tn.SetClock(night.at)
			nightly(t, tn)
			said(t, tn, night.subject, night.text)
		}
		tn.SetClock("2027-03-01T05:00")
		nightly(t, tn)
		if s, err := tn.Files.Sweep(t.Context(), tn.DB, -1); err != nil || s.Files != 0 || s.Removed != 0 {
			t.Errorf("forgotten, and still there: %+v, %v", s, err)
		}
	})
}

func nightly(t *testing.T, tn *towntest.Town) {
	t.Helper()
	tn.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, work.DocumentNight, job.Planned{At: tx.Now}) })
	runAll(t, tn)
	runAll(t, tn)
}
