package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Disk keeps files in a folder of this machine, which it makes when the first file comes.
type Disk struct {
	Folder  string
	Passing bool // nobody needs the files after the process: writing does not wait for the disk

	// step is told of each point at which the process may die; tests die there.
	step func(point string)
}

// partly ends the name of a file that is being written.
const partly = ".part"

// path spreads files over a thousand folders.
func (d *Disk) path(name string) string { return filepath.Join(d.Folder, name[:2], name) }

func (d *Disk) at(point string) {
	if d.step != nil {
		d.step(point)
	}
}

// Put writes content beside its place, brings it to the disk, then gives it its name: under the name there is all of it, or nothing.
func (d *Disk) Put(_ context.Context, name string, content io.Reader) (err error) {
	path := d.path(name)
	if err := d.shelf(filepath.Dir(path)); err != nil {
		return err
	}
	d.at("begun")
	part, err := os.OpenFile(path+partly, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, part.Close(), os.Remove(path+partly))
		}
	}()
	d.at("opened")
	if _, err := io.Copy(part, content); err != nil {
		return err
	}
	d.at("written")
	if !d.Passing {
		if err := part.Sync(); err != nil {
			return err
		}
	}
	d.at("synced")
	if err := os.Rename(path+partly, path); err != nil {
		return err
	}
	d.at("named")
	if err := d.sync(filepath.Dir(path)); err != nil {
		return errors.Join(err, part.Close())
	}
	return part.Close()
}

// shelf makes the folder of a file and brings its name to the disk too.
func (d *Disk) shelf(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return d.sync(d.Folder)
}

// sync brings the names in a folder to the disk.
func (d *Disk) sync(folder string) error {
	if d.Passing {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open reads a file; fs.ErrNotExist when there is none.
func (d *Disk) Open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(d.path(name))
}

// Remove removes a file; one that is not there is no error.
func (d *Disk) Remove(_ context.Context, name string) error {
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// List tells of every file, those half written too.
func (d *Disk) List(ctx context.Context, each func(Entry) error) error {
	err := filepath.WalkDir(d.Folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || len(e.Name()) < 2 || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return each(Entry{Name: e.Name(), Size: info.Size(), Written: info.ModTime()})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Now is the instant as the disk writes it beside its files: on a network share it is not this machine's.
func (d *Disk) Now(context.Context) (_ time.Time, err error) {
	if err := os.MkdirAll(d.Folder, 0o700); err != nil {
		return time.Time{}, err
	}
	f, err := os.CreateTemp(d.Folder, ".clock-*")
	if err != nil {
		return time.Time{}, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.WriteString("?"); err != nil {
		return time.Time{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, fmt.Errorf("clock of the disk: %w", err)
	}
	return info.ModTime(), nil
}
