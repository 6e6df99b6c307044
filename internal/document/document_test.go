package document_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// world is the fixture with two types settled: the tax notice of the household, the insurance of a child.
type world struct {
	*worldtest.World
	tax, insurance string
	t              *testing.T
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := &world{World: worldtest.Chatou(t, tn), t: t}
		w.tax = w.kind(document.Type{Name: "Avis d’impôt", Subject: document.OfHousehold, Asked: document.OfEveryone, Validity: document.ForMonths, Months: 12, KeepMonths: 12})
		w.insurance = w.kind(document.Type{Name: "Assurance scolaire", Subject: document.OfChild, Asked: document.OfEnrolled, Activities: []string{w.Activity["CANTINE"]},
			Blocking: true, Validity: document.SchoolYear, KeepMonths: 3, Position: 1})
		test(t, w)
	})
}

func (w *world) kind(k document.Type) (id string) {
	w.t.Helper()
	w.Write(func(tx *db.Tx) (err error) {
		id, err = document.SaveType(w.t.Context(), tx, w.Direction, k)
		return err
	})
	return id
}

// deposit stores a document of one page.
func (w *world) deposit(who household.Guardian, d document.Deposit) document.Document {
	w.t.Helper()
	doc, _, err := w.store(who, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return doc
}

func (w *world) store(who household.Guardian, d document.Deposit) (doc document.Document, fresh bool, err error) {
	w.t.Helper()
	if d.UploadID == "" {
		d.UploadID = db.NewID()
	}
	f, err := w.Files.Put(w.t.Context(), strings.NewReader("page"), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	d.Parts, d.Files = append(d.Parts, document.Part{Name: "page.pdf", Type: "application/pdf", Size: f.Size}), []blob.File{f}
	err = w.DB.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		doc, fresh, err = document.Store(w.t.Context(), tx, who, d)
		return err
	})
	return doc, fresh, err
}

func (w *world) find(who household.Guardian, id string) (d document.Document, err error) {
	err = w.DB.Read(w.t.Context(), func(tx *db.Tx) (err error) {
		d, err = document.Find(w.t.Context(), tx, who, id)
		return err
	})
	return d, err
}

func (w *world) decide(id string, c document.Decision) error {
	return w.DB.Write(w.t.Context(), func(tx *db.Tx) error { return document.Decide(w.t.Context(), tx, w.Instructor, id, c, w.Loc) })
}

// count says how many rows a table has.
func (w *world) count(table string) (n int64) {
	w.t.Helper()
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(w.t.Context(), "SELECT count(*) FROM "+table).Scan(&n) })
	return n
}

func wants(t *testing.T, err error, kind fault.Kind, what string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

// What a family stores is seen by nobody else; what it sends is seen by the service, which leaves a trace.
func TestFromTheVaultToTheDesk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.deposit(w.Claire, document.Deposit{TypeID: w.tax})
		if _, err := w.find(w.Karim, d.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another household: %v", err)
		}
		open := func() error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error {
				if _, err := document.Open(t.Context(), tx, w.Instructor, d.ID); err != nil {
					return err
				}
				_, _, err := document.OpenPage(t.Context(), tx, w.Instructor, d.ID, 1)
				return err
			})
		}
		wants(t, open(), fault.NotFound, "an agent opens what is private")
		w.Write(func(tx *db.Tx) error { return document.Send(t.Context(), tx, w.Claire, d.ID, document.YearlyFile) })
		for range 2 {
			if err := open(); err != nil {
				t.Fatal(err)
			}
		}
		w.Read(func(tx *db.Tx) error {
			views, err := document.Views(t.Context(), tx, d.ID)
			if len(views) != 2 || views[0].Agent != w.Instructor.Name {
				t.Errorf("views %+v", views)
			}
			queue, qerr := document.Queue(t.Context(), tx, 10)
			if len(queue) != 1 || queue[0].ID != d.ID || queue[0].Household.ID != w.Claire.HouseholdID {
				t.Errorf("queue %+v, %v", queue, qerr)
			}
			return err
		})
		wants(t, w.decide(d.ID, document.Decision{Seen: document.ToCheck}), fault.Invalid, "refused without a reason")
		wants(t, w.decide(d.ID, document.Decision{Seen: document.ToCheck, Accept: true}), fault.Invalid, "accepted without an end")
		wants(t, w.decide(d.ID, document.Decision{Seen: document.ToCheck, Accept: true, Until: day("2026-11-30")}), fault.Invalid, "until yesterday")
		if err := w.decide(d.ID, document.Decision{Seen: document.ToCheck, Accept: true, Until: day("2027-12-01")}); err != nil {
			t.Fatal(err)
		}
		wants(t, w.decide(d.ID, document.Decision{Seen: document.ToCheck, Reason: "Illisible."}), fault.Conflict, "a second agent")
		if got, err := w.find(w.Claire, d.ID); err != nil || got.State(day("2026-12-01")) != document.Accepted || got.ValidUntil != day("2027-12-01") {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// The same upload twice is one document.
func TestUploadTwice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		upload := document.Deposit{UploadID: db.NewID(), TypeID: w.tax, Send: true}
		first := w.deposit(w.Claire, upload)
		again, fresh, err := w.store(w.Claire, upload)
		if err != nil || fresh || again.ID != first.ID || w.count("documents") != 1 || w.count("files") != 1 {
			t.Errorf("again %s of %s, fresh %v: %v", again.ID, first.ID, fresh, err)
		}
		if other, fresh, err := w.store(w.Karim, upload); err != nil || !fresh || other.ID == first.ID {
			t.Errorf("another household's upload of that id: %v, %v", fresh, err)
		}
	})
}

func TestDepositIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for what, tt := range map[string]struct {
			d    document.Deposit
			kind fault.Kind
		}{
			"no such type":           {document.Deposit{TypeID: "none"}, fault.Invalid},
			"of which child":         {document.Deposit{TypeID: w.insurance}, fault.Invalid},
			"a child for the whole":  {document.Deposit{TypeID: w.tax, ChildID: w.Leo.ID}, fault.Invalid},
			"no such child":          {document.Deposit{TypeID: w.insurance, ChildID: "none"}, fault.NotFound},
			"replaces what is not":   {document.Deposit{TypeID: w.tax, Replaces: "none"}, fault.NotFound},
			"more pages than it may": {document.Deposit{TypeID: w.tax, Parts: make([]document.Part, document.MaxParts)}, fault.Invalid},
			"beyond the quota":       {document.Deposit{TypeID: w.tax, Parts: []document.Part{{Size: 300 << 20}}}, fault.Refused},
		} {
			_, _, err := w.store(w.Claire, tt.d)
			wants(t, err, tt.kind, what)
		}
		if _, _, err := w.store(w.Karim, document.Deposit{TypeID: w.insurance, ChildID: w.Antoine.ID}); !fault.Is(err, fault.NotFound) {
			t.Errorf("for a child of another household: %v", err)
		}
		if n := w.count("documents") + w.count("files") + w.count("document_parts"); n != 0 {
			t.Errorf("%d rows left", n)
		}
		var err error
		for i := 0; i <= 30 && err == nil; i++ {
			_, _, err = w.store(w.Claire, document.Deposit{TypeID: w.tax})
		}
		wants(t, err, fault.Refused, "thirty-one within the hour")
		w.Clock.Advance(61 * time.Minute)
		if _, _, err := w.store(w.Claire, document.Deposit{TypeID: w.tax}); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// A deleted document leaves nothing; what is needed stays.
func TestDeleteAndReplace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		remove := func(id string) error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error { return document.Delete(t.Context(), tx, w.Claire, id) })
		}
		d := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true})
		w.Write(func(tx *db.Tx) error { return document.Send(t.Context(), tx, w.Claire, d.ID, "request:1") })
		wants(t, remove(d.ID), fault.Refused, "a request leans on it")
		w.Write(func(tx *db.Tx) error { return document.Settle(t.Context(), tx, "request:1") })
		w.Write(func(tx *db.Tx) error { _, err := document.Open(t.Context(), tx, w.Instructor, d.ID); return err })
		if err := remove(d.ID); err != nil {
			t.Fatal(err)
		}
		if n := w.count("documents") + w.count("files") + w.count("document_parts") + w.count("document_sendings") + w.count("document_views"); n != 0 {
			t.Errorf("%d rows left", n)
		}
		old := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true})
		private := w.deposit(w.Claire, document.Deposit{TypeID: w.tax})
		w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Replaces: old.ID})
		if got, err := w.find(w.Claire, old.ID); err != nil || got.ReplacedAt.IsZero() {
			t.Errorf("what was sent is kept, replaced: %+v, %v", got.ReplacedAt, err)
		}
		w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Replaces: private.ID})
		if _, err := w.find(w.Claire, private.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("what was never sent is gone: %v", err)
		}
	})
}

// In quarantine nobody opens a document; a virus takes its files away, otherwise it goes its way.
func TestQuarantine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		clean := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true, Scan: true})
		sick := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true, Scan: true})
		page := func(id string) error {
			return w.DB.Read(t.Context(), func(tx *db.Tx) error { _, _, err := document.Page(t.Context(), tx, w.Claire, id, 1); return err })
		}
		wants(t, page(clean.ID), fault.NotFound, "opened in quarantine")
		if n := w.count("document_sendings"); n != 0 {
			t.Errorf("%d sent from quarantine", n)
		}
		w.Write(func(tx *db.Tx) error {
			files, err := document.ToScan(t.Context(), tx, clean.ID)
			if err != nil || len(files) != 1 {
				t.Errorf("%d files to scan: %v", len(files), err)
			}
			if err := document.Scanned(t.Context(), tx, clean.ID, ""); err != nil {
				return err
			}
			return document.Scanned(t.Context(), tx, sick.ID, "Eicar-Signature")
		})
		if err := page(clean.ID); err != nil {
			t.Errorf("clean: %v", err)
		}
		if d, _ := w.find(w.Claire, clean.ID); d.Stored != document.ToCheck {
			t.Errorf("clean and wanted by the service: %s", d.Stored)
		}
		if d, _ := w.find(w.Claire, sick.ID); d.Stored != document.Refused || len(d.Parts) != 0 || !strings.Contains(d.Reason, "antivirus") || w.count("files") != 1 {
			t.Errorf("infected: %+v", d)
		}
		w.Write(func(tx *db.Tx) error { return document.Scanned(t.Context(), tx, clean.ID, "late") })
		if d, _ := w.find(w.Claire, clean.ID); d.Stored != document.ToCheck {
			t.Errorf("scanned twice: %s", d.Stored)
		}
	})
}

// told gives what the jobs will tell, of documents that expire.
func (w *world) told() (soon, ended int) {
	w.t.Helper()
	w.Read(func(tx *db.Tx) error {
		jobs, err := job.List(w.t.Context(), tx, job.Ready, 100)
		for _, j := range jobs {
			payload := strings.ReplaceAll(j.Payload, " ", "") // PostgreSQL writes its own spaces
			switch {
			case j.Kind != document.TellDecision || !strings.Contains(payload, `"expired"`):
			case strings.Contains(payload, `"ended":true`):
				ended++
			default:
				soon++
			}
		}
		return err
	})
	return soon, ended
}

// A document that expires is told once before and once after, unless a newer one is there; in the end it is removed.
func TestNights(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true})
		if err := w.decide(d.ID, document.Decision{Seen: document.ToCheck, Accept: true, Until: day("2027-02-15")}); err != nil {
			t.Fatal(err)
		}
		night := func(on string) (removed int) {
			w.SetClock(on + "T04:00")
			for range 2 {
				w.Write(func(tx *db.Tx) error {
					if _, err := document.WarnSlice(t.Context(), tx, w.Loc); err != nil {
						return err
					}
					n, _, err := document.ForgetSlice(t.Context(), tx, "", w.Loc)
					removed += n
					return err
				})
			}
			return removed
		}
		for _, tt := range []struct {
			on                   string
			soon, ended, removed int
		}{
			{"2027-01-15", 0, 0, 0}, {"2027-01-16", 1, 0, 0}, {"2027-02-15", 1, 0, 0}, {"2027-02-16", 1, 1, 0}, {"2028-02-14", 1, 1, 0}, {"2028-02-15", 1, 1, 1},
		} {
			removed := night(tt.on)
			if soon, ended := w.told(); soon != tt.soon || ended != tt.ended || removed != tt.removed {
				t.Errorf("%s: told %d and %d, removed %d; want %+v", tt.on, soon, ended, removed, tt)
			}
		}
		w.SetClock("2027-01-01T10:00")
		first, second := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true}), w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true})
		for id, until := range map[string]string{first.ID: "2027-01-20", second.ID: "2027-12-31"} {
			if err := w.decide(id, document.Decision{Seen: document.ToCheck, Accept: true, Until: day(until)}); err != nil {
				t.Fatal(err)
			}
		}
		night("2027-01-10")
		if soon, _ := w.told(); soon != 1 {
			t.Errorf("told of what a newer one makes up for: %d", soon)
		}
	})
}

// Without its insurance a child is not booked into the canteen; once it is sent, it is. What the other parent gave counts, unseen.
func TestBlockers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		blocked := func(who household.Guardian, activity string) (names map[string][]string) {
			w.Read(func(tx *db.Tx) (err error) {
				names, err = document.Blockers(t.Context(), tx, who.HouseholdID, w.Activity[activity], []household.Child{w.Leo}, day("2026-12-01"))
				return err
			})
			return names
		}
		if got := blocked(w.Claire, "CANTINE"); len(got[w.Leo.ID]) != 1 || got[w.Leo.ID][0] != "Assurance scolaire" {
			t.Errorf("blocked by %v", got)
		}
		if got := blocked(w.Claire, "SOIR"); len(got) != 0 {
			t.Errorf("evening care blocked by %v", got)
		}
		private := w.deposit(w.Karim, document.Deposit{TypeID: w.insurance, ChildID: w.Leo.ID})
		if got := blocked(w.Claire, "CANTINE"); len(got) != 1 {
			t.Errorf("what Karim only stores counts: %v", got)
		}
		w.Write(func(tx *db.Tx) error { return document.Send(t.Context(), tx, w.Karim, private.ID, document.YearlyFile) })
		if got := blocked(w.Claire, "CANTINE"); len(got) != 0 {
			t.Errorf("sent, and blocked by %v", got)
		}
		w.Read(func(tx *db.Tx) error {
			list, err := document.List(t.Context(), tx, w.Claire)
			if len(list) != 0 {
				t.Errorf("Claire sees %d documents of Karim", len(list))
			}
			return err
		})
	})
}

func TestSettingsAndTypes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		save := func(k document.Type) error {
			return w.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := document.SaveType(t.Context(), tx, w.Direction, k); return err })
		}
		good := document.Type{Name: "Certificat", Subject: document.OfChild, Asked: document.OfNobody, Validity: document.ForEver}
		for what, change := range map[string]func(*document.Type){
			"no name":             func(k *document.Type) { k.Name = " " },
			"the name of another": func(k *document.Type) { k.Name = "AVIS D’IMPÔT" },
			"no activity":         func(k *document.Type) { k.Asked = document.OfEnrolled },
			"unknown activity":    func(k *document.Type) { k.Asked, k.Activities = document.OfEnrolled, []string{"none"} },
			"no months":           func(k *document.Type) { k.Validity = document.ForMonths },
			"ages the wrong way":  func(k *document.Type) { k.AgeFrom, k.AgeTo = 8, 6 },
			"blocks nothing":      func(k *document.Type) { k.Blocking = true },
		} {
			k := good
			change(&k)
			wants(t, save(k), fault.Invalid, what)
		}
		if err := save(good); err != nil {
			t.Error(err)
		}
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			return document.SaveSettings(t.Context(), tx, w.Direction, document.Settings{QuotaMB: 1, WarnDays: 0, RenewMonth: 12})
		})
		wants(t, err, fault.Invalid, "settings")
	})
}

// What a family replaced before anybody looked at it awaits no check any more: its successor does.
func TestReplacedBeforeItWasChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true})
		second := w.deposit(w.Claire, document.Deposit{TypeID: w.tax, Send: true, Replaces: first.ID})
		w.Read(func(tx *db.Tx) error {
			queue, err := document.Queue(t.Context(), tx, 10)
			if err != nil {
				return err
			}
			n, err := document.CountWaiting(t.Context(), tx)
			if n != 1 || len(queue) != 1 || queue[0].ID != second.ID {
				t.Errorf("%d wait, the queue is %+v; want the second alone", n, queue)
			}
			return err
		})
	})
}
