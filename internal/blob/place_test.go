package blob_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/towntest"
)

// bucket is a bucket of a store in this process.
func bucket(t *testing.T, prefix string) (*blob.S3, gofakes3.Backend) {
	t.Helper()
	store := s3mem.New()
	if err := store.CreateBucket("families"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(store).Server())
	t.Cleanup(server.Close)
	place, err := blob.NewS3(blob.S3Config{Endpoint: server.URL, Region: "fr-par", Key: "key", Secret: "secret", Bucket: "families", Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	return place, store
}

// What every place of files does.
func TestPlaces(t *testing.T) {
	remote, _ := bucket(t, "chatou")
	whole, _ := bucket(t, "")
	for kind, p := range map[string]blob.Place{"disk": &blob.Disk{Folder: filepath.Join(t.TempDir(), "files")}, "bucket": remote, "whole bucket": whole} {
		t.Run(kind, func(t *testing.T) {
			ctx, first, second := t.Context(), db.NewID(), db.NewID()
			names := func() map[string]blob.Entry {
				t.Helper()
				all := map[string]blob.Entry{}
				if err := p.List(ctx, func(e blob.Entry) error { all[e.Name] = e; return nil }); err != nil {
					t.Error(err)
				}
				return all
			}
			if all := names(); len(all) != 0 {
				t.Errorf("before anything: %v", all)
			}
			broken := errors.New("broken off")
			if err := p.Put(ctx, second, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))); !errors.Is(err, broken) || len(names()) != 0 {
				t.Errorf("broken off: %v, left %v", err, names())
			}
			content := strings.Repeat("0123456789", 20_000)
			if err := errors.Join(p.Put(ctx, first, strings.NewReader(content)), p.Put(ctx, second, strings.NewReader("?"))); err != nil {
				t.Fatal(err)
			}
			in, err := p.Open(ctx, first)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(in)
			if err := errors.Join(err, in.Close()); err != nil || string(got) != content {
				t.Errorf("read %d bytes: %v", len(got), err)
			}
			now, err := p.Now(ctx)
			if err != nil || now.Sub(time.Now()).Abs() > time.Minute {
				t.Errorf("its clock shows %s: %v", now, err)
			}
			all := names()
			if len(all) != 2 || all[first].Size != int64(len(content)) || now.Sub(all[first].Written).Abs() > time.Minute {
				t.Errorf("listed %+v", all)
			}
			if _, err := p.Open(ctx, db.NewID()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("what is not there: %v", err)
			}
			for range 2 {
				if err := p.Remove(ctx, first); err != nil {
					t.Errorf("removed: %v", err)
				}
			}
			if all := names(); len(all) != 1 {
				t.Errorf("after the removal: %v", all)
			}
		})
	}
}

// Files of a town in a bucket: sealed, read back, swept; what others keep in the bucket stays.
func TestFilesInBucket(t *testing.T) {
	place, store := bucket(t, "chatou")
	tn := towntest.New(t, db.SQLite)
	tn.KeepFiles(place)
	for _, other := range []string{"chatou/lisez-moi.txt", "vesinet/" + db.NewID(), db.NewID()} {
		if _, err := store.PutObject("families", other, nil, strings.NewReader("x"), 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	kept := put(t, tn, "Avis d’impôt")
	if _, err := tn.Files.Put(t.Context(), strings.NewReader("orphan"), 100); err != nil {
		t.Fatal(err)
	}
	if s, err := tn.Files.Sweep(t.Context(), tn.DB, time.Hour); err != nil || s.Removed != 0 || s.Files != 1 {
		t.Errorf("young: %+v, %v", s, err)
	}
	if s, err := tn.Files.Sweep(t.Context(), tn.DB, -time.Hour); err != nil || s.Removed != 1 || s.Files != 1 || len(s.Lost) != 0 {
		t.Errorf("old: %+v, %v", s, err)
	}
	if got, err := tn.Files.Read(t.Context(), find(t, tn, kept.ID)); err != nil || string(got) != "Avis d’impôt" {
		t.Errorf("read %q: %v", got, err)
	}
	left, err := store.ListBucket("families", nil, gofakes3.ListBucketPage{})
	if err != nil || len(left.Contents) != 4 {
		t.Errorf("%d objects are left in the bucket: %v", len(left.Contents), err)
	}
	if n, err := tn.Files.CopyTo(t.Context(), t.TempDir(), []blob.File{find(t, tn, kept.ID)}); err != nil || n != 1 {
		t.Errorf("copied %d: %v", n, err)
	}
}

func TestBucketIsChecked(t *testing.T) {
	place, store := bucket(t, "")
	if err := place.Check(t.Context()); err != nil {
		t.Errorf("a bucket that is there: %v", err)
	}
	if err := store.DeleteBucket("families"); err != nil {
		t.Fatal(err)
	}
	if err := place.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "families") {
		t.Errorf("a bucket that is not there: %v", err)
	}
	for _, endpoint := range []string{"", "s3.example", "http://s3.example", "https://s3.example/bucket", "https://user@s3.example"} {
		if _, err := blob.NewS3(blob.S3Config{Endpoint: endpoint, Bucket: "b"}); err == nil || !strings.HasPrefix(err.Error(), "endpoint") {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
