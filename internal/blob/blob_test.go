package blob_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/town"
	"preau/internal/towntest"
)

// put stores a file and records it.
func put(t *testing.T, tn *towntest.Town, content string) blob.File {
	t.Helper()
	f, err := tn.Files.Put(t.Context(), strings.NewReader(content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	tn.Write(func(tx *db.Tx) error { return blob.Record(t.Context(), tx, f) })
	return f
}

// find reads the row of a file again.
func find(t *testing.T, tn *towntest.Town, id string) (f blob.File) {
	t.Helper()
	tn.Read(func(tx *db.Tx) (err error) {
		f, err = blob.Find(t.Context(), tx, id)
		return err
	})
	return f
}

// onDisk gives the content of every file of a town's folder, by name.
func onDisk(t *testing.T, tn *towntest.Town) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(tn.Disk.Folder, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		out[e.Name()], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPutAndOpen(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := find(t, tn, put(t, tn, "Avis d’impôt de Claire Martin").ID)
		got, err := tn.Files.Read(t.Context(), f)
		if err != nil || string(got) != "Avis d’impôt de Claire Martin" || f.Size != int64(len(got)) {
			t.Errorf("read %q, %d bytes: %v", got, f.Size, err)
		}
		for name, kept := range onDisk(t, tn) {
			if bytes.Contains(kept, []byte("Martin")) || strings.Contains(name, "impot") {
				t.Errorf("%s can be read without the key", name)
			}
		}
		thief := blob.New(tn.Disk, tn.KeyFor("another"))
		if _, err := thief.Open(t.Context(), f); err == nil {
			t.Error("another key opens the file")
		}
	})
}

// What is too large, or breaks off while it comes, leaves nothing.
func TestPutLeavesNothing(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	if _, err := tn.Files.Put(t.Context(), strings.NewReader(strings.Repeat("x", 101)), 100); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("101 bytes of 100: %v", err)
	}
	gone := errors.New("gone")
	if _, err := tn.Files.Put(t.Context(), iotest.ErrReader(gone), 100); !errors.Is(err, gone) {
		t.Errorf("broken off: %v", err)
	}
	if left := onDisk(t, tn); len(left) > 0 {
		t.Errorf("left behind: %d files", len(left))
	}
	f, err := tn.Files.Put(t.Context(), strings.NewReader(strings.Repeat("x", 100)), 100)
	if err != nil || f.Size != 100 || len(onDisk(t, tn)) != 1 {
		t.Errorf("100 bytes of 100: %+v, %v", f, err)
	}
	if err := tn.Files.Discard(t.Context(), f); err != nil || len(onDisk(t, tn)) != 0 {
		t.Errorf("discarded: %v", err)
	}
}

func TestDrop(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := put(t, tn, "x")
		tn.Write(func(tx *db.Tx) error { return blob.Drop(t.Context(), tx, f.ID) })
		tn.Read(func(tx *db.Tx) error {
			if _, err := blob.Find(t.Context(), tx, f.ID); !isNotFound(err) {
				t.Errorf("found after Drop: %v", err)
			}
			jobs, err := job.List(t.Context(), tx, job.Ready, 10)
			if len(jobs) != 1 || jobs[0].Kind != blob.RemoveKind || !strings.Contains(jobs[0].Payload, f.ID) {
				t.Errorf("jobs %+v", jobs)
			}
			return err
		})
		if err := tn.Files.Remove(t.Context(), f.ID); err != nil || len(onDisk(t, tn)) != 0 {
			t.Errorf("removed: %v", err)
		}
		if err := tn.Files.Remove(t.Context(), f.ID); err != nil {
			t.Errorf("removed twice: %v", err)
		}
	})
}

func isNotFound(err error) bool {
	refusal, ok := fault.As(err)
	return ok && refusal.Kind == fault.NotFound
}

// The sweep removes what nobody knows of once it is old, leaves what is young or known, and tells of rows whose file is lost.
func TestSweep(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		known, lost := put(t, tn, "known"), put(t, tn, "lost")
		orphan, err := tn.Files.Put(t.Context(), strings.NewReader("orphan"), 100)
		if err != nil {
			t.Fatal(err)
		}
		half := filepath.Join(tn.Disk.Folder, orphan.ID[:2], orphan.ID+".part")
		if err := errors.Join(os.WriteFile(half, []byte("half"), 0o600), tn.Disk.Remove(t.Context(), lost.ID)); err != nil {
			t.Fatal(err)
		}
		sweep := func(want int) {
			t.Helper()
			s, err := tn.Files.Sweep(t.Context(), tn.DB, 24*time.Hour)
			if err != nil || s.Removed != want || s.Files != 1 || len(s.Lost) != 1 || s.Lost[0] != lost.ID {
				t.Errorf("want %d removed, got %+v: %v", want, s, err)
			}
		}
		sweep(0)
		yesterday := time.Now().Add(-25 * time.Hour)
		for _, path := range []string{half, strings.TrimSuffix(half, ".part")} {
			if err := os.Chtimes(path, yesterday, yesterday); err != nil {
				t.Fatal(err)
			}
		}
		sweep(2)
		if left := onDisk(t, tn); len(left) != 1 || left[known.ID] == nil {
			t.Errorf("left: %d files", len(left))
		}
	})
}

// Changing the town's key changes rows only; it can be done again, and a key that is neither is refused.
func TestReseal(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := put(t, tn, "secret")
		before := onDisk(t, tn)[f.ID]
		from, to := tn.KeyFor(town.FilesKey), bytes.Repeat([]byte{9}, 32)
		for _, want := range []int{1, 0} {
			tn.Write(func(tx *db.Tx) error {
				n, err := blob.Reseal(t.Context(), tx, from, to)
				if n != want {
					t.Errorf("%d files, want %d", n, want)
				}
				return err
			})
		}
		f = find(t, tn, f.ID)
		if got, err := blob.New(tn.Disk, to).Read(t.Context(), f); err != nil || string(got) != "secret" {
			t.Errorf("with the new key: %q, %v", got, err)
		}
		if _, err := tn.Files.Open(t.Context(), f); err == nil {
			t.Error("the old key still opens")
		}
		if !bytes.Equal(before, onDisk(t, tn)[f.ID]) {
			t.Error("the file changed")
		}
		err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := blob.Reseal(t.Context(), tx, from, bytes.Repeat([]byte{8}, 32))
			return err
		})
		if err == nil {
			t.Error("from a key that was not")
		}
	})
}

// A copy of the files holds them as they are stored, and only adds what is new.
func TestCopyTo(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	first, folder := put(t, tn, "one"), t.TempDir()
	copyAll := func(want int) {
		t.Helper()
		var list []blob.File
		tn.Read(func(tx *db.Tx) (err error) {
			list, err = blob.All(t.Context(), tx)
			return err
		})
		if n, err := tn.Files.CopyTo(t.Context(), folder, list); err != nil || n != want {
			t.Errorf("%d copied, want %d: %v", n, want, err)
		}
	}
	copyAll(1)
	put(t, tn, "two")
	copyAll(1)
	copyAll(0)
	restored := blob.New(&blob.Disk{Folder: folder}, tn.KeyFor(town.FilesKey))
	if got, err := restored.Read(t.Context(), find(t, tn, first.ID)); err != nil || string(got) != "one" {
		t.Errorf("from the copy: %q, %v", got, err)
	}
}
