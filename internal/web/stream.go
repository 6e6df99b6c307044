package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

// File is a file that is sent as it is read.
type File struct {
	Kind    string // media type
	Name    string // to save it under, plain ASCII
	Size    int64  // bytes
	Content io.ReadCloser
}

// Send sends a file that is too large to hold in memory, and closes it. What breaks after the first byte leaves the visitor with less
// than was announced: their browser says that the download failed.
func Send(w http.ResponseWriter, f File) (err error) {
	defer func() { err = errors.Join(err, f.Content.Close()) }()
	h := w.Header()
	h.Set("Content-Type", f.Kind)
	h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	h["Cache-Control"] = privateValue
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	w.WriteHeader(http.StatusOK)
	if _, err := io.Copy(w, f.Content); err != nil {
		panic(http.ErrAbortHandler) // the length was promised: the connection is cut, and net/http says nothing in the log
	}
	return nil
}
