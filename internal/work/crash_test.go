package work_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/mail"
	"preau/internal/privacy"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/work"
	"preau/internal/worldtest"
)

// The variables that make the test program one that dies.
const (
	lifeLeft  = "WORK_TEST_LIFE" // after how many steps it dies
	itsFolder = "WORK_TEST_FOLDER"
	itsFamily = "WORK_TEST_FAMILY" // guardian, document to replace
)

func TestMain(m *testing.M) {
	if life, err := strconv.Atoi(os.Getenv(lifeLeft)); err == nil {
		if err := (&mortal{Disk: &blob.Disk{Folder: filepath.Join(os.Getenv(itsFolder), "files")}, life: life}).live(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// mortal is a folder of files whose process dies after some steps, without a word.
type mortal struct {
	*blob.Disk
	life int
}

func (m *mortal) step() {
	if m.life--; m.life < 0 {
		os.Exit(9)
	}
}

// Put has steps before the file, in the middle of it, when it has all its content and no name yet, and after it.
func (m *mortal) Put(ctx context.Context, name string, content io.Reader) error {
	m.step()
	err := m.Disk.Put(ctx, name, readerFunc(func(b []byte) (int, error) {
		m.step()
		return content.Read(b)
	}))
	m.step()
	return err
}

type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// Remove has a step before and one after.
func (m *mortal) Remove(ctx context.Context, name string) error {
	m.step()
	err := m.Disk.Remove(ctx, name)
	m.step()
	return err
}

// after opens the town of a folder, so much later than the tests begin.
func after(later time.Duration, folder string, place blob.Place) (*town.Town, error) {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	start, err := time.ParseInLocation("2006-01-02T15:04", towntest.Start, loc)
	if err != nil {
		return nil, err
	}
	clock := func() time.Time { return start.Add(later) }
	log := slog.New(slog.DiscardHandler)
	d, err := db.Open(context.Background(), db.Config{DSN: "sqlite:" + filepath.Join(folder, "town.db"), Clock: clock, Log: log})
	if err != nil {
		return nil, err
	}
	t := &town.Town{ID: "essai", Name: "Ville d’Essai", Hosts: []string{"essai.example"}, BaseURL: "https://essai.example", DB: d, Loc: loc,
		Key: []byte(strings.Repeat("\x07", 32)), Mail: &mail.Memory{Clock: clock}, Log: log}
	t.KeepFiles(place)
	return t, nil
}

// live replaces a document, deletes the new one, and does the jobs that wait: files to remove, letters, a copy of data.
func (m *mortal) live() error {
	ctx := context.Background()
	t, err := after(time.Minute, os.Getenv(itsFolder), m)
	if err != nil {
		return err
	}
	guardian, replaced, _ := strings.Cut(os.Getenv(itsFamily), " ")
	file, err := t.Files.Put(ctx, strings.NewReader("une autre page"), 100)
	if err != nil {
		return err
	}
	var who household.Guardian
	var d document.Document
	for _, verb := range []func(tx *db.Tx) error{
		func(tx *db.Tx) (err error) {
			if who, err = household.GuardianByID(ctx, tx, guardian); err != nil {
				return err
			}
			old, err := document.Find(ctx, tx, who, replaced)
			if err != nil {
				return err
			}
			d, _, err = document.Store(ctx, tx, who, document.Deposit{UploadID: db.NewID(), TypeID: old.Type.ID, Send: true, Replaces: old.ID,
				Parts: []document.Part{{Name: "avis.pdf", Type: "application/pdf", Size: file.Size}}, Files: []blob.File{file}})
			return err
		},
		func(tx *db.Tx) error { return document.Delete(ctx, tx, who, replaced) },
		func(tx *db.Tx) error { return document.Delete(ctx, tx, who, d.ID) },
	} {
		err := t.DB.Write(ctx, func(tx *db.Tx) error {
			err := verb(tx)
			m.step() // written, and not committed
			return err
		})
		if err != nil {
			return err
		}
		m.step()
	}
	return runDue(ctx, t)
}

func runDue(ctx context.Context, t *town.Town) error {
	w := work.Worker(t)
	w.Periodic = nil
	_, err := w.RunDue(ctx)
	return err
}

// Wherever the process dies while a family replaces and deletes a document, and while letters and a copy of data are made: after the next
// start there is no row without its file and no file without its row, and what was asked for is made in the end.
func TestDeathWithDocuments(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	w := worldtest.Chatou(t, tn)
	d := depositIn(t, w, []byte("une page"))
	batch := ask(t, tn, []string{w.Claire.ID})
	tn.Write(func(tx *db.Tx) error { return privacy.AskCopy(t.Context(), tx, w.Claire) })
	template := t.TempDir()
	if err := errors.Join(tn.DB.Backup(t.Context(), filepath.Join(template, "town.db")), os.CopyFS(filepath.Join(template, "files"), os.DirFS(tn.Disk.Folder))); err != nil {
		t.Fatal(err)
	}
	deaths := 0
	for ended := false; !ended; deaths++ {
		folder := filepath.Join(t.TempDir(), "town")
		if err := os.CopyFS(folder, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), lifeLeft+"="+strconv.Itoa(deaths), itsFolder+"="+folder, itsFamily+"="+w.Claire.ID+" "+d.ID)
		out, err := cmd.CombinedOutput()
		if ended = err == nil; !ended && cmd.ProcessState.ExitCode() != 9 {
			t.Fatalf("%d steps: %v: %s", deaths, err, out)
		}
		if err := restart(t, folder, batch.ID, w.Claire); err != nil {
			t.Errorf("dead after %d steps: %v", deaths, err)
		}
	}
	if deaths < 15 {
		t.Errorf("only %d steps", deaths)
	}
}

// restart does what a start does, then the jobs once the leases of the dead have ended, and counts after each.
func restart(t *testing.T, folder, batch string, who household.Guardian) (err error) {
	ctx := t.Context()
	tn, err := after(2*time.Hour, folder, &blob.Disk{Folder: filepath.Join(folder, "files")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tn.Close()) }()
	sweep, err := work.Recovery(ctx, tn)
	if err != nil {
		return err
	}
	if err := sweep(ctx); err != nil {
		return err
	}
	for _, do := range []func() error{func() error { return nil }, func() error { return runDue(ctx, tn) }} {
		if err := do(); err != nil {
			return err
		}
		if s, err := tn.Files.Sweep(ctx, tn.DB, -time.Hour); err != nil || s.Removed > 0 || len(s.Lost) > 0 {
			return fmt.Errorf("%d files without a row, %d rows without a file: %v", s.Removed, len(s.Lost), err)
		}
	}
	return tn.DB.Read(ctx, func(tx *db.Tx) error {
		b, err := household.Letters(ctx, tx, batch)
		if err != nil || b.FileID == "" {
			return fmt.Errorf("the letters were not made: %+v, %v", b, err)
		}
		copies, err := privacy.Copies(ctx, tx, who)
		if err != nil || len(copies) != 1 || copies[0].FileID == "" {
			return fmt.Errorf("the copy was not made: %+v, %v", copies, err)
		}
		return nil
	})
}
