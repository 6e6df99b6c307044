package webtest

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// Profile is a browser with a memory of its own: closed and opened again, it still has what pages stored in it.
type Profile struct {
	t      testing.TB
	folder string
}

// NewProfile makes an empty one.
func NewProfile(t testing.TB) *Profile {
	return &Profile{t: t, folder: t.TempDir()}
}

// Open starts the browser, with one tab. It ends with Close, or with the test.
func (p *Profile) Open(view View) *Browser {
	p.t.Helper()
	options, err := chromiumOptions()
	if err != nil {
		p.t.Fatal(err)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(options, chromedp.UserDataDir(p.folder))...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	p.t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Run(ctx); err != nil {
		p.t.Fatal(err)
	}
	timed, end := context.WithTimeout(ctx, browserTimeout)
	p.t.Cleanup(end)
	return (&Browser{t: p.t, ctx: timed, own: ctx, view: view}).dress()
}

// Close ends the browser of a profile as a person does, so that all it stored is on the disk.
func (b *Browser) Close() {
	b.t.Helper()
	if err := chromedp.Cancel(b.own); err != nil {
		b.t.Fatalf("browser: closing: %v", err)
	}
}

// Line is the network between a site and its visitors, which a test may cut.
type Line struct {
	handler http.Handler
	cut     atomic.Bool
}

// NewLine puts a line before a handler.
func NewLine(handler http.Handler) *Line { return &Line{handler: handler} }

// Cut takes the line away, or gives it back: a request then ends without an answer, as without network.
func (l *Line) Cut(cut bool) { l.cut.Store(cut) }

// ServeHTTP passes a request on while the line is there.
func (l *Line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.cut.Load() {
		panic(http.ErrAbortHandler) // the connection is closed without a word
	}
	l.handler.ServeHTTP(w, r)
}
