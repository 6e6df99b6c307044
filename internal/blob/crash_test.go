package blob_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/towntest"
)

// The variables that make the test program one that dies at a point.
const (
	diesAt   = "BLOB_TEST_DIES_AT"
	itsDSN   = "BLOB_TEST_DSN"
	itsPlace = "BLOB_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	if point := os.Getenv(diesAt); point != "" {
		if err := victim(point); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim stores, records, drops and removes files, and dies at a point of it without a word.
func victim(point string) error {
	ctx := context.Background()
	die := func(at string) {
		if at == point {
			os.Exit(9)
		}
	}
	disk := &blob.Disk{Folder: os.Getenv(itsPlace)}
	blob.StepAt(disk, die)
	d, err := db.Open(ctx, db.Config{DSN: os.Getenv(itsDSN)})
	if err != nil {
		return err
	}
	files := blob.New(disk, fileKey)
	f, err := files.Put(ctx, strings.NewReader("content"), 100)
	if err != nil {
		return err
	}
	die("stored")
	if err := d.Write(ctx, func(tx *db.Tx) error {
		err := blob.Record(ctx, tx, f)
		die("recording")
		return err
	}); err != nil {
		return err
	}
	die("recorded")
	if err := d.Write(ctx, func(tx *db.Tx) error {
		err := blob.Drop(ctx, tx, f.ID)
		die("dropping")
		return err
	}); err != nil {
		return err
	}
	die("dropped")
	return files.Remove(ctx, f.ID)
}

// Wherever the process dies, the sweep of the next start leaves no file without a row, and there is no row without its file.
func TestDeathAtEveryPoint(t *testing.T) {
	for point, keeps := range map[string]int{"begun": 0, "opened": 0, "written": 0, "synced": 0, "named": 0, "stored": 0, "recording": 0,
		"recorded": 1, "dropping": 1, "dropped": 0} {
		t.Run(point, func(t *testing.T) {
			tn := towntest.New(t, db.SQLite)
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), diesAt+"="+point, itsDSN+"="+tn.Database.DSN, itsPlace+"="+tn.Disk.Folder)
			if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 9 {
				t.Fatalf("%v: %s", err, out)
			}
			s, err := tn.Files.Sweep(t.Context(), tn.DB, -1)
			if err != nil || len(s.Lost) != 0 || s.Files != keeps {
				t.Errorf("swept %+v: %v", s, err)
			}
			if left := onDisk(t, tn); len(left) != keeps {
				t.Errorf("%d files left, want %d", len(left), keeps)
			}
		})
	}
}
