package work_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/privacy"
	"preau/internal/thread"
	"preau/internal/work"
	"preau/internal/worldtest"
)

func do(t *testing.T, w *worldtest.World, kind string, payload any) {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	if err := work.Handlers(w.Town.Town)[kind](t.Context(), raw); err != nil {
		t.Fatal(err)
	}
}

func counted(t *testing.T, w *worldtest.World, query string, args ...any) (n int) {
	t.Helper()
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query, args...).Scan(&n) })
	return n
}

// aged is a town with three school years of life: bookings, messages, threads, journal, a household that left, one in dispute.
func aged(t *testing.T, w *worldtest.World) (left, disputed household.Guardian) {
	t.Helper()
	w.SetClock("2016-09-05T10:00")
	w.Write(func(tx *db.Tx) error {
		left = w.AddHousehold(tx, "jean.parti", "Jean", "Parti", 300_00)
		disputed = w.AddHousehold(tx, "ines.dette", "Inès", "Dette", 300_00)
		for name, g := range map[string]household.Guardian{"nina": left, "zoe": disputed} {
			c := w.AddChild(tx, g, name, g.LastName, "2010-03-14", "CE2", "ROSTAND")
			id := w.Enrol(tx, name, c, "CANTINE", "ROSTAND")
			if _, err := tx.Exec(t.Context(), `UPDATE enrolments SET to_day = '2017-07-07' WHERE id = $1`, id); err != nil {
				return err
			}
		}
		_, err := household.PlaceHold(t.Context(), tx, household.ByAgent(w.Direction), disputed.HouseholdID, "Factures impayées")
		return err
	})
	change(t, w, left, "nina/CANTINE", "REPAS", "2016-09-19", "2016-09-20", "2016-09-22")
	change(t, w, disputed, "zoe/CANTINE", "REPAS", "2016-09-19", "2016-09-20")
	w.Write(func(tx *db.Tx) error {
		id, err := thread.Start(t.Context(), tx, left, thread.New{Service: "Service aux familles", Subject: "Bonjour", Body: "Une question"}, w.Loc)
		if err != nil {
			return err
		}
		return thread.Close(t.Context(), tx, w.Direction, id)
	})
	settle(t, w)
	w.SetClock("2026-11-16T10:00")
	change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-07", "2026-12-08")
	settle(t, w)
	return left, disputed
}

// Nothing is kept past its date but what a dispute holds; what is not past its date stays. The preview says beforehand what the run
// says afterwards, and counts before and after differ by what the journal of the run says.
func TestRetention(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		left, disputed := aged(t, w)
		w.SetClock("2026-12-01T02:30")
		tables := map[string]string{
			privacy.Bookings: `SELECT count(*) FROM bookings`, privacy.Messages: `SELECT count(*) FROM messages WHERE created_at < '2026-12-01T00:00:00.000Z'`, privacy.Threads: `SELECT count(*) FROM threads`,
			privacy.Journal: `SELECT count(*) FROM audit_entries WHERE NOT (act LIKE '%.view')`,
		}
		before := map[string]int{}
		for category, query := range tables {
			before[category] = counted(t, w, query)
		}
		do(t, w, work.Retain, job.Planned{At: w.At("2026-12-01T02:30")})
		if n := counted(t, w, `SELECT count(*) FROM retention_runs`); n != 0 || counted(t, w, tables[privacy.Bookings]) != before[privacy.Bookings] {
			t.Fatal("the run did something before the town switched it on")
		}
		do(t, w, privacy.PreviewKind, privacy.PreviewPayload{By: "Essai"})
		w.Write(func(tx *db.Tx) error { return privacy.Save(t.Context(), tx, w.Direction, privacy.Policy{On: true}) })
		before[privacy.Journal]++
		foreseen, done := map[string]privacy.Line{}, map[string]privacy.Line{}
		lines := func(into map[string]privacy.Line, preview bool) {
			w.Read(func(tx *db.Tx) error {
				runs, err := privacy.Runs(t.Context(), tx, 10)
				for _, r := range runs {
					if r.Preview != preview {
						continue
					}
					whole, err := privacy.RunByID(t.Context(), tx, r.ID)
					if err != nil {
						return err
					}
					for _, l := range whole.Lines {
						into[l.Category] = l
					}
				}
				return err
			})
		}
		lines(foreseen, true)
		do(t, w, work.Retain, job.Planned{At: w.At("2026-12-01T02:30")})
		lines(done, false)

		if l := done[privacy.Bookings]; l.Removed != 3 || l.Held != 2 || !strings.Contains(l.Why, "différend") || l.Before.String() != "2025-08-01" {
			t.Errorf("bookings: %+v", l)
		}
		for category, query := range tables {
			l, f := done[category], foreseen[category]
			if after := counted(t, w, query); l.Removed != f.Removed || l.Held != f.Held || before[category]-l.Removed != after {
				t.Errorf("%s: %d before, %d removed (%d foreseen), %d held (%d foreseen), %d after", category, before[category], l.Removed, f.Removed, l.Held, f.Held, after)
			}
			if l.Removed == 0 {
				t.Errorf("%s: nothing was old enough, the test shows nothing", category)
			}
		}
		// What is past its date is gone, but for the dispute.
		for what, query := range map[string]string{
			"old bookings":      `SELECT count(*) FROM bookings WHERE day < '2025-08-01' AND household_id <> '` + disputed.HouseholdID + `'`,
			"their events":      `SELECT count(*) FROM booking_events e WHERE NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = e.booking_id)`,
			"their submissions": `SELECT count(*) FROM submissions WHERE household_id = '` + left.HouseholdID + `'`,
			"old threads":       `SELECT count(*) FROM threads WHERE closed_at IS NOT NULL`,
		} {
			if n := counted(t, w, query); n != 0 {
				t.Errorf("%s: %d are kept", what, n)
			}
		}
		if n := counted(t, w, `SELECT count(*) FROM bookings WHERE day >= '2026-12-01'`); n != 2 {
			t.Errorf("%d bookings to come, want 2", n)
		}
		w.Read(func(tx *db.Tx) error {
			drifts, err := booking.Drifts(t.Context(), tx)
			if len(drifts) != 0 {
				t.Errorf("counters of places differ: %v", drifts)
			}
			return err
		})

		// The family that left is told first, and forgotten a month later; the one in dispute stays.
		if l := done[privacy.Families]; l.Removed != 0 || l.Held != 2 || foreseen[privacy.Families].Removed != 1 {
			t.Errorf("families: %+v, foreseen %+v", l, foreseen[privacy.Families])
		}
		settle(t, w)
		if m := w.Mailbox.To("jean.parti@famille.example"); len(m) == 0 || !strings.Contains(m[0].Subject, "effacé dans trente jours") {
			t.Errorf("the family is not told: %v", m)
		}
		w.SetClock("2026-12-20T02:30")
		do(t, w, work.Retain, job.Planned{})
		if counted(t, w, `SELECT count(*) FROM households WHERE erased_at IS NOT NULL`) != 0 {
			t.Error("forgotten before its month is over")
		}
		w.SetClock("2027-01-02T02:30")
		do(t, w, work.Retain, job.Planned{})
		if counted(t, w, `SELECT count(*) FROM households WHERE erased_at IS NOT NULL AND id = $1`, left.HouseholdID) != 1 {
			t.Error("the family that left is still there")
		}
		for _, query := range []string{
			`SELECT count(*) FROM accounts WHERE login = 'jean.parti'`, `SELECT count(*) FROM guardians WHERE last_name = 'Parti'`,
			`SELECT count(*) FROM children WHERE last_name = 'Parti'`, `SELECT count(*) FROM households WHERE name LIKE '%Parti%'`,
		} {
			if n := counted(t, w, query); n != 0 {
				t.Errorf("%s: %d", query, n)
			}
		}
		if counted(t, w, `SELECT count(*) FROM guardians WHERE last_name = 'Dette'`) != 1 || counted(t, w, `SELECT count(*) FROM guardians WHERE last_name = 'Martin'`) != 1 {
			t.Error("somebody else was forgotten")
		}
	})
}

// Who signs in again within the month stays.
func TestWhoComesBackStays(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		left, _ := aged(t, w)
		w.SetClock("2026-12-01T02:30")
		w.Write(func(tx *db.Tx) error { return privacy.Save(t.Context(), tx, w.Direction, privacy.Policy{On: true}) })
		do(t, w, work.Retain, job.Planned{})
		w.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO sign_ins (id, token_hash, account_id, created_at, seen_at, expires_at) VALUES ('s', 'h', $1, $2, $2, $3)`,
				left.AccountID, tx.Now, tx.Now.Add(1e15))
			return err
		})
		w.SetClock("2027-01-15T02:30")
		do(t, w, work.Retain, job.Planned{})
		if counted(t, w, `SELECT count(*) FROM households WHERE erased_at IS NOT NULL`) != 0 {
			t.Error("who came back is forgotten")
		}
		if counted(t, w, `SELECT count(*) FROM households WHERE leaving_told_at IS NOT NULL`) != 0 {
			t.Error("who came back is still leaving")
		}
	})
}

// What is asked is done once accepted: the whole household when nothing keeps it, one adult otherwise; the other parent keeps the child.
func TestErasure(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		left, _ := aged(t, w)
		accept := func(who household.Guardian) {
			t.Helper()
			w.Write(func(tx *db.Tx) error { return privacy.Ask(t.Context(), tx, who, "Mes mots") })
			w.Write(func(tx *db.Tx) error {
				r, _, err := privacy.Last(t.Context(), tx, who)
				if err != nil {
					return err
				}
				return privacy.Decide(t.Context(), tx, w.Direction, r.ID, true, "")
			})
			settle(t, w)
		}
		w.Write(func(tx *db.Tx) error {
			for who, name := range map[*household.Guardian]string{&left: "Jean", &w.Karim: "Karim"} {
				if _, err := thread.Start(t.Context(), tx, *who, thread.New{Service: "Service aux familles", Subject: "S", Body: "Un mot"}, w.Loc); err != nil {
					return errors.Join(err, errors.New(name))
				}
			}
			return privacy.AskCopy(t.Context(), tx, w.Karim)
		})
		change(t, w, w.Karim, "leo/CANTINE", "REPAS", "2026-12-14")
		change(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-08")
		w.Write(func(tx *db.Tx) error { // a copy that is being made while its owner is forgotten
			_, err := tx.Exec(t.Context(), `DELETE FROM jobs WHERE kind = 'privacy.copy'`)
			return err
		})
		accept(left)
		if n := counted(t, w, `SELECT count(*) FROM households WHERE erased_at IS NOT NULL AND name = '' AND id = $1`, left.HouseholdID); n != 1 {
			t.Error("nothing kept the household, and it is still there")
		}
		if m := w.Mailbox.To("jean.parti@famille.example"); len(m) == 0 || !strings.Contains(m[0].Text, "Effacé") || !strings.Contains(m[0].Text, "Gardé") {
			t.Errorf("the answer says nothing: %v", m)
		}
		if n := counted(t, w, `SELECT count(*) FROM bookings WHERE household_id = $1`, left.HouseholdID); n != 3 {
			t.Errorf("%d bookings are left, want the 3 that must be kept", n)
		}
		// Karim's child is enrolled: he is forgotten as an adult, the household stays, and Claire keeps Léo.
		accept(w.Karim)
		for query, want := range map[string]int{
			`SELECT count(*) FROM guardians WHERE last_name = 'Benali'`:                               0,
			`SELECT count(*) FROM accounts WHERE login = 'karim.benali'`:                              0,
			`SELECT count(*) FROM thread_entries WHERE author_name LIKE '%Benali%'`:                   0,
			`SELECT count(*) FROM thread_entries WHERE author_name = 'Un ancien responsable'`:         1,
			`SELECT count(*) FROM submissions WHERE CAST(outcome AS text) LIKE '%Benali%'`:            0,
			`SELECT count(*) FROM submissions WHERE CAST(outcome AS text) LIKE '%Parti%'`:             0,
			`SELECT count(*) FROM submissions WHERE CAST(outcome AS text) LIKE '%nina%'`:              0,
			`SELECT count(*) FROM submissions WHERE CAST(outcome AS text) LIKE '%Claire Martin%'`:     2,
			`SELECT count(*) FROM data_exports WHERE ready_at IS NULL`:                                0,
			`SELECT count(*) FROM households WHERE id = '` + w.Karim.HouseholdID + `' AND name <> ''`: 1,
			`SELECT count(*) FROM children WHERE first_name = 'Léo'`:                                  1,
			`SELECT count(*) FROM household_children WHERE child_id = '` + w.Leo.ID + `'`:             2,
			`SELECT count(*) FROM erasure_requests WHERE done_at IS NOT NULL AND words = ''`:          2,
		} {
			if n := counted(t, w, query); n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		do(t, w, privacy.EraseKind, privacy.ErasePayload{RequestID: text1(t, w, `SELECT id FROM erasure_requests LIMIT 1`)})
	})
}

func text1(t *testing.T, w *worldtest.World, query string) (s string) {
	t.Helper()
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query).Scan(&s) })
	return s
}

// A copy holds what is the guardian's and their household's, in words and for machines, and nothing of the other household.
func TestCopyOfMyData(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.SetClock("2026-11-16T10:00")
		change(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-07")
		change(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-08")
		change(t, w, w.Karim, "leo/CANTINE", "REPAS", "2026-12-14")
		w.Write(func(tx *db.Tx) error {
			for who, secret := range map[*household.Guardian]string{&w.Claire: "Secret de Claire", &w.Karim: "Secret de Karim"} {
				if _, err := thread.Start(t.Context(), tx, *who, thread.New{Service: "Service aux familles", Subject: "S", Body: secret}, w.Loc); err != nil {
					return err
				}
				if err := notify.Tell(t.Context(), tx, notify.Message{AccountID: who.AccountID, Topic: notify.Bookings, Subject: secret, Text: secret}); err != nil {
					return err
				}
			}
			by := household.ByAgent(w.Direction)
			if _, err := household.GrantException(t.Context(), tx, by, w.Claire.HouseholdID, household.Exception{Reason: "Déménagement", From: civil.MustParse("2026-09-01")}); err != nil {
				return err
			}
			if _, err := activity.GrantAid(t.Context(), tx, by, activity.Aid{HouseholdID: w.Claire.HouseholdID, Payer: activity.CCAS, Name: "Aide du CCAS", Percent: 50_00, From: civil.MustParse("2026-09-01")}); err != nil {
				return err
			}
			if err := household.RefuseAsking(t.Context(), tx, by, w.Claire.HouseholdID, true); err != nil {
				return err
			}
			return audit.Record(t.Context(), tx, audit.Entry{Actor: w.Direction.Actor(), ActorName: "direction", Act: "household.view", Household: w.Claire.HouseholdID})
		})
		settle(t, w)
		w.Write(func(tx *db.Tx) error { return privacy.AskCopy(t.Context(), tx, w.Claire) })
		settle(t, w)
		var list []privacy.Copy
		w.Read(func(tx *db.Tx) (err error) { list, err = privacy.Copies(t.Context(), tx, w.Claire); return err })
		if len(list) != 1 || !list[0].Ready(w.At("2026-11-16T10:00")) {
			t.Fatalf("copies: %+v", list)
		}
		files := unzip(t, w, list[0].FileID)
		whole := files["donnees.json"] + files["donnees.html"]
		for _, part := range []string{"Antoine", "Léo", "claire.martin@famille.example", "1 rue de Claire", "Secret de Claire", "7 décembre 2026", "8 décembre 2026", "Déménagement", "Aide du CCAS", "refus que la mairie", "a consulté votre dossier"} {
			if !strings.Contains(files["donnees.json"], part) || !strings.Contains(files["donnees.html"], part) {
				t.Errorf("%q is not in the copy", part)
			}
		}
		for _, part := range []string{"karim", "Karim", "1 rue de Karim", "14 décembre 2026", "450"} {
			if strings.Contains(whole, part) {
				t.Errorf("%q of the other household is in the copy", part)
			}
		}
		var data map[string][]map[string]string
		if err := json.Unmarshal([]byte(files["donnees.json"]), &data); err != nil || len(data["enfants"]) == 0 {
			t.Errorf("JSON: %v", err)
		}
		w.SetClock("2026-11-24T04:00")
		do(t, w, work.Housekeep, job.Planned{})
		w.Read(func(tx *db.Tx) error {
			if _, err := privacy.CopyOf(t.Context(), tx, w.Claire, list[0].ID); err == nil {
				t.Error("a copy is there after its week")
			}
			if n := counted(t, w, `SELECT count(*) FROM files`); n != 0 {
				t.Errorf("%d files are left", n)
			}
			return nil
		})
	})
}

func unzip(t *testing.T, w *worldtest.World, fileID string) map[string]string {
	t.Helper()
	var file blob.File
	w.Read(func(tx *db.Tx) (err error) { file, err = blob.Find(t.Context(), tx, fileID); return err })
	content, err := w.Files.Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}
