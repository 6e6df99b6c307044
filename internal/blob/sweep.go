package blob

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"preau/internal/db"
)

// Swept is what Sweep found.
type Swept struct {
	Files   int      // that have a row
	Removed int      // without a row, or half written, and old enough
	Lost    []string // rows whose file is not there: a disk that lost something, or a backup restored without its files
}

// Sweep removes the files that nobody knows of and that are older than age by the clock of their place: younger ones may be about to
// be recorded. It looks for the rows whose file is missing too.
func (f *Files) Sweep(ctx context.Context, d *db.DB, age time.Duration) (s Swept, err error) {
	now, err := f.place.Now(ctx)
	if err != nil {
		return s, err
	}
	return f.SweepBefore(ctx, d, now.Add(-age))
}

// Now is the instant by the clock of the place: what is stored from here on is dated after it.
func (f *Files) Now(ctx context.Context) (time.Time, error) { return f.place.Now(ctx) }

// SweepBefore does what Sweep does, to what was written before an instant of Now.
func (f *Files) SweepBefore(ctx context.Context, d *db.DB, before time.Time) (s Swept, err error) {
	there := map[string]bool{} // whether the file is old
	err = f.place.List(ctx, func(e Entry) error {
		there[e.Name] = e.Written.Before(before)
		return nil
	})
	if err != nil {
		return s, err
	}
	known, err := f.known(ctx, d)
	if err != nil {
		return s, err
	}
	for name, old := range there {
		if known[name] {
			s.Files++
		} else if old {
			if err := f.place.Remove(ctx, name); err != nil {
				return s, err
			}
			s.Removed++
		}
	}
	for id := range known {
		if _, ok := there[id]; ok {
			continue
		}
		if lost, err := f.lost(ctx, d, id); err != nil {
			return s, err
		} else if lost {
			s.Lost = append(s.Lost, id)
		}
	}
	return s, nil
}

// known gives the identifiers of all rows. They are read after the files were listed, so a file that is old and unknown stays so: its
// row would have been written within moments.
func (f *Files) known(ctx context.Context, d *db.DB) (map[string]bool, error) {
	var ids []string
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		ids, err = db.All(ctx, tx, "SELECT id FROM files", db.Value[string])
		return err
	})
	known := make(map[string]bool, len(ids))
	for _, id := range ids {
		known[id] = true
	}
	return known, err
}

// lost looks again: a file may have come after the list was made, or its row be gone since.
func (f *Files) lost(ctx context.Context, d *db.DB, id string) (bool, error) {
	in, err := f.place.Open(ctx, id)
	if err == nil {
		return false, in.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	var still bool
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		still, err = db.Exists(ctx, tx, "SELECT 1 FROM files WHERE id = $1", id)
		return err
	})
	return still, err
}
