package web

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// sandboxed is the policy of a file that somebody sent: whatever it is taken for, it can do nothing, nor be framed.
const sandboxed = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// ServeFile sends a file that somebody sent, under an address of its own. A picture is shown where download is false, since it was made
// again from its pixels; everything else is given to be saved. An error in the middle cuts the connection, so that what came of it is
// not taken for the whole.
func ServeFile(w http.ResponseWriter, kind, name string, size int64, content io.Reader, download bool) error {
	h := w.Header()
	how := "attachment"
	if strings.HasPrefix(kind, "image/") && !download {
		how = "inline"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", sandboxed)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	return cut(io.Copy(w, content))
}

// cut makes of an answer that broke in the middle one that is seen as broken.
func cut(_ int64, err error) error {
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// Stream sends a file that is made while it is sent, to be saved under name; write writes it.
func Stream(w http.ResponseWriter, kind, name string, write func(io.Writer) error) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(http.StatusOK)
	return cut(0, write(w))
}
