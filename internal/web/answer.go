package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"preau/internal/web/ui"
)

var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 64<<10)) }}

// Buffers that grew past this for one large page are left to the collector.
const keepBuffer = 512 << 10

var (
	htmlValue    = []string{"text/html; charset=utf-8"}
	privateValue = []string{"private, no-cache"}
)

// Render writes a whole page, or nothing: the component is first drawn in memory.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	b, _ := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= keepBuffer {
			buffers.Put(b)
		}
	}()
	if err := page.Render(r.Context(), b); err != nil {
		return err
	}
	h := w.Header()
	h["Content-Type"] = htmlValue
	if h.Get("Cache-Control") == "" {
		h["Cache-Control"] = privateValue
	}
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a visitor who has left is nobody's failure
	return nil
}

// Frame fills what is the same for every page: the town, and the sentence left by the last act.
func Frame(w http.ResponseWriter, r *http.Request, p ui.Page) ui.Page {
	p.Town = of(r).face()
	if p.Flash == nil {
		p.Flash = takeFlash(w, r)
	}
	return p
}

// Redirect answers a post with the page to look at next (303). The path is one of this site; anything else leads home.
func Redirect(w http.ResponseWriter, _ *http.Request, path string) error {
	h := w.Header()
	h.Set("Location", Local(path, "/"))
	h["Cache-Control"] = privateValue
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// Depart sends the visitor to another site, whose address is ours to choose: never one that a visitor gave.
func Depart(w http.ResponseWriter, address string) error {
	h := w.Header()
	h.Set("Location", address)
	h["Cache-Control"] = privateValue
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// Local is path when it is an address of this site, else otherwise: what a visitor gives as the page to return to may lead anywhere.
func Local(path, otherwise string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) {
		return otherwise
	}
	return path
}

// Download sends a file made for this request, to be saved under name (plain ASCII).
func Download(w http.ResponseWriter, kind, name string, content []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h["Cache-Control"] = privateValue
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}
