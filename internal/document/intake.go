package document

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"preau/internal/blob"
	"preau/internal/upload"
)

// looking bounds how many files are looked at together in this process: a photo takes a hundred megabytes while it is open.
var looking = make(chan struct{}, 2)

// InTurn has a file that was sent looked at when its turn comes; an error is that of a visitor who has left before.
func InTurn(ctx context.Context, look func()) error {
	select {
	case looking <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-looking }()
	look()
	return nil
}

// Take looks at a file that a family sent, and stores what may be kept of it; nobody knows of it until Store. A file that is refused, with
// a reason of package upload, leaves nothing.
func Take(ctx context.Context, files *blob.Files, name string, content []byte) (Part, blob.File, error) {
	var kept upload.File
	var refused error
	if err := InTurn(ctx, func() { kept, refused = upload.Check(name, content) }); err != nil {
		return Part{}, blob.File{}, err
	}
	if refused != nil {
		return Part{}, blob.File{}, refused
	}
	f, err := files.Put(ctx, bytes.NewReader(kept.Bytes), 2*upload.MaxBytes)
	if err != nil {
		return Part{}, blob.File{}, err
	}
	return Part{Name: kept.Name, Type: kept.Type, Size: f.Size}, f, nil
}

// Sheets are the files of a form, read one by one as they come.
type Sheets struct {
	Next    func(most int64) (name string, content []byte, more bool, err error)
	Refused func() bool      // something of the form is wrong already: the files are only read to their end, so that the answer reaches who sends
	Fail    func(why string) // says beside the files what is wrong with them
}

// TakeAll takes every file of a form into a deposit. Those stored are in d.Files: the caller discards them when the deposit is not written.
func TakeAll(ctx context.Context, files *blob.Files, s Sheets, d *Deposit) error {
	drop := func(err error) error {
		return errors.Join(err, files.Discard(context.WithoutCancel(ctx), d.Files...))
	}
	for n := 0; ; n++ {
		name, content, more, err := s.Next(upload.MaxBytes)
		if err != nil {
			return drop(err)
		}
		if !more {
			break
		}
		if n >= MaxParts {
			s.Fail("Un document a au plus " + strconv.Itoa(MaxParts) + " fichiers. Déposez la suite comme un autre document.")
		}
		if s.Refused() {
			continue
		}
		part, file, err := Take(ctx, files, name, content)
		if reason, refused := upload.ReasonOf(err); refused {
			s.Fail("« " + upload.ShownName(name) + " » : " + reason.French())
			continue
		}
		if err != nil {
			return drop(err)
		}
		d.Parts, d.Files = append(d.Parts, part), append(d.Files, file)
	}
	if len(d.Parts) == 0 {
		s.Fail("Choisissez au moins un fichier, ou prenez une photo.")
	}
	return nil
}
