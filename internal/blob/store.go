package blob

import (
	"context"
	"errors"
	"fmt"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/seal"
)

const selectFile = "SELECT id, size_bytes, sha256, sealed_key, key_id FROM files"

func scanFile(s db.Scanner) (f File, err error) {
	err = s.Scan(&f.ID, &f.Size, &f.SHA256, &f.sealed, &f.keyID)
	return f, err
}

// Record writes the row of a file that Put stored, in the transaction of what will refer to it.
func Record(ctx context.Context, tx *db.Tx, f File) error {
	_, err := tx.Exec(ctx, `INSERT INTO files (id, size_bytes, sha256, sealed_key, key_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		f.ID, f.Size, f.SHA256, f.sealed, f.keyID, tx.Now)
	return err
}

// Find gives a file by its identifier. It asks nobody's right: the caller found the identifier through what its visitor may see.
func Find(ctx context.Context, tx *db.Tx, id string) (File, error) {
	f, err := db.One(ctx, tx, selectFile+" WHERE id = $1", scanFile, id)
	if errors.Is(err, db.ErrNoRows) {
		return File{}, fault.NotFoundf("Ce fichier n’existe plus.")
	}
	return f, err
}

// All gives every file, for backups.
func All(ctx context.Context, tx *db.Tx) ([]File, error) {
	return db.All(ctx, tx, selectFile+" ORDER BY id", scanFile)
}

// Reseal seals the keys of all files again, from one key of the town for files to another, and says how many. Files that the new key
// seals already are left: it can be done twice.
func Reseal(ctx context.Context, tx *db.Tx, from, to []byte) (int, error) {
	files, err := db.All(ctx, tx, selectFile+" WHERE key_id <> $1 ORDER BY id", scanFile, seal.KeyID(to))
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if f.keyID != seal.KeyID(from) {
			return 0, fmt.Errorf("file %s: sealed with the key %s, which is neither the one before nor the new one", f.ID, f.keyID)
		}
		sealed, err := seal.Again(from, to, f.ID, f.sealed)
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, "UPDATE files SET sealed_key = $2, key_id = $3 WHERE id = $1", f.ID, sealed, seal.KeyID(to)); err != nil {
			return 0, err
		}
	}
	return len(files), nil
}
