package document

import (
	"bytes"
	"context"

	"preau/internal/blob"
	"preau/internal/upload"
)

// looking bounds how many files are looked at together in this process: a photo takes a hundred megabytes while it is open.
var looking = make(chan struct{}, 2)

// Take looks at a file that a family sent, and stores what may be kept of it; nobody knows of it until Store. A file that is refused, with
// a reason of package upload, leaves nothing.
func Take(ctx context.Context, files *blob.Files, name string, content []byte) (Part, blob.File, error) {
	select {
	case looking <- struct{}{}:
	case <-ctx.Done():
		return Part{}, blob.File{}, ctx.Err()
	}
	kept, err := upload.Check(name, content)
	<-looking
	if err != nil {
		return Part{}, blob.File{}, err
	}
	f, err := files.Put(ctx, bytes.NewReader(kept.Bytes), 2*upload.MaxBytes)
	if err != nil {
		return Part{}, blob.File{}, err
	}
	return Part{Name: kept.Name, Type: kept.Type, Size: f.Size}, f, nil
}
