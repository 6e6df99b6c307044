// Package blob keeps the files of a town at rest: documents of families, photos, downloads. Each is encrypted with a key of its own,
// and that key is kept in the file's row, sealed with the town's key, which is in neither: who steals the disk, the database or both
// reads nothing, and a file whose row is gone can no longer be read by anybody, not even from a backup of the disk.
//
// A file is written first, and its row after, in the transaction that needs it:
//
//	file, err := t.Files.Put(ctx, content, 10<<20)              // on the disk, under a name nobody knows yet
//	err = t.DB.Write(ctx, func(tx *db.Tx) error {               // known
//		if err := blob.Record(ctx, tx, file); err != nil { … }
//		return document.Deposit(ctx, tx, …, file.ID)
//	})
//	if err != nil { t.Files.Discard(ctx, file) }
//
// To remove it, Drop removes the row and queues the removal of the file. So a process that dies may leave a file without a row, which
// Sweep removes, but never a row without its file. Files never change; changing the town's key changes rows only (Reseal).
package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/seal"
)

// ErrTooLarge is what Put answers when the content goes beyond its limit.
var ErrTooLarge = errors.New("blob: larger than allowed")

// RemoveKind is the kind of the job that removes a file whose row is gone.
const RemoveKind = "blob.remove"

// Removal is its payload.
type Removal struct {
	FileID string `json:"file"`
}

// File is a stored file. What it is called, what it holds and who may see it belongs to whoever refers to it.
type File struct {
	ID     string
	Size   int64  // of the content, in bytes
	SHA256 string // of the content, in hexadecimal

	sealed string // the file's key, sealed with the town's
	keyID  string // which key of the town
}

// Entry is a file as a place knows it.
type Entry struct {
	Name    string
	Size    int64 // as stored
	Written time.Time
}

// Place is where files are: a folder (Disk) or a bucket (S3).
type Place interface {
	// Put stores the whole content under a new name, durably, or nothing.
	Put(ctx context.Context, name string, content io.Reader) error
	// Open reads a file; fs.ErrNotExist when there is none.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Remove removes a file; one that is not there is no error.
	Remove(ctx context.Context, name string) error
	// List tells of every file, those half written too.
	List(ctx context.Context, each func(Entry) error) error
	// Now is the instant by the clock that dates the entries.
	Now(ctx context.Context) (time.Time, error)
}

// Files are a town's files.
type Files struct {
	place Place
	key   []byte
	keyID string
}

// New opens the files of a town at a place, with the town's 32-byte key for files.
func New(place Place, key []byte) *Files {
	return &Files{place: place, key: key, keyID: seal.KeyID(key)}
}

// Put stores the content, at most max bytes of it (ErrTooLarge beyond). Nobody knows of the file until Record.
func (f *Files) Put(ctx context.Context, content io.Reader, max int64) (File, error) {
	key := make([]byte, seal.KeyBytes)
	if _, err := rand.Read(key); err != nil {
		return File{}, err
	}
	file := File{ID: db.NewID(), keyID: f.keyID}
	var err error
	if file.sealed, err = seal.Seal(f.key, file.ID, key); err != nil {
		return File{}, err
	}
	measured := &meter{in: content, max: max, hash: sha256.New()}
	stored, err := encrypted(key, file.ID, measured)
	if err != nil {
		return File{}, err
	}
	if err := f.place.Put(ctx, file.ID, stored); err != nil {
		return File{}, fmt.Errorf("store a file: %w", err)
	}
	file.Size, file.SHA256 = measured.size, hex.EncodeToString(measured.hash.Sum(nil))
	return file, nil
}

// meter measures what is read, and stops it at a limit.
type meter struct {
	in   io.Reader
	max  int64
	size int64
	hash hash.Hash
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.in.Read(b)
	m.size += int64(n)
	if m.size > m.max {
		return 0, ErrTooLarge
	}
	m.hash.Write(b[:n])
	return n, err
}

// Open reads the content of a file; the caller closes it. An error in the middle means a damaged file: what was read until then is
// right, and is not all.
func (f *Files) Open(ctx context.Context, file File) (io.ReadCloser, error) {
	if file.keyID != f.keyID {
		return nil, fmt.Errorf("file %s: sealed with the key %s, the town's is %s: see `preau key`", file.ID, file.keyID, f.keyID)
	}
	key, err := seal.Open(f.key, file.ID, file.sealed)
	if err != nil {
		return nil, fmt.Errorf("key of a file: %w", err)
	}
	stored, err := f.place.Open(ctx, file.ID)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", file.ID, err)
	}
	plain, err := decrypted(key, file.ID, stored)
	if err != nil {
		return nil, errors.Join(err, stored.Close())
	}
	return &opened{plain, stored}, nil
}

type opened struct {
	io.Reader
	io.Closer
}

// Read gives the whole content of a file, which must fit in memory: the caller knows its Size.
func (f *Files) Read(ctx context.Context, file File) (content []byte, err error) {
	in, err := f.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var b bytes.Buffer
	b.Grow(int(file.Size) + bytes.MinRead)
	_, err = b.ReadFrom(in)
	return b.Bytes(), err
}

// CopyTo copies the stored form of files to another folder, as it is: sealed. What is there already is left, since files never change;
// one that is gone meanwhile is passed over. It says how many were copied.
func (f *Files) CopyTo(ctx context.Context, folder string, list []File) (copied int, err error) {
	to := &Disk{Folder: folder}
	for _, file := range list {
		if there, err := to.Open(ctx, file.ID); err == nil {
			if err := there.Close(); err != nil {
				return copied, err
			}
			continue
		}
		stored, err := f.place.Open(ctx, file.ID)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return copied, err
		}
		if err := errors.Join(to.Put(ctx, file.ID, stored), stored.Close()); err != nil {
			return copied, err
		}
		copied++
	}
	return copied, nil
}

// Discard removes a file that Put stored and that was not recorded after all. What cannot be removed now, Sweep removes later.
func (f *Files) Discard(ctx context.Context, files ...File) error {
	var errs []error
	for _, file := range files {
		errs = append(errs, f.Remove(ctx, file.ID))
	}
	return errors.Join(errs...)
}

// Remove removes the file whose row is gone: the work of a job of RemoveKind.
func (f *Files) Remove(ctx context.Context, id string) error {
	return f.place.Remove(context.WithoutCancel(ctx), id)
}

// Drop removes the row of a file and queues the removal of the file itself. Who refers to it has stopped to before.
func Drop(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM files WHERE id = $1", id); err != nil {
		return err
	}
	return job.Queue(ctx, tx, RemoveKind, Removal{id})
}
