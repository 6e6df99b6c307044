package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

//go:embed css/*.css script/*.js font/atkinson.woff2 icon/*.svg
var files embed.FS

// The style sheet is one file per component, put together in this order. The layers fix the cascade; inside a layer, later wins.
var sheets = []string{
	"tokens", "reset", "base",
	"icon", "masthead", "acting", "crumbs", "button", "field", "note", "badge", "card", "tabs", "steps", "table", "stat", "chart",
	"timeline", "facts", "pager", "dialog", "more", "day", "calendar", "booking", "legend", "sum", "footer",
	"compare", "file", "till",
	"vault",
	"news",
	"roll",
	"invoice",
	"head", "hero", "offer", "due", "kid", "plan", "task", "lines", "desk", "list", "access", "holds", "inbox", "keep", "bullets", "portrait", "forced",
}

const layers = "@layer reset, tokens, base, components, pages, print;\n"

// asset is one static file as it is sent: its bytes, and the same bytes compressed once, when they are first asked for.
type asset struct {
	name, kind string
	plain      []byte
	packed     func() []byte // nil when compression gains nothing
}

// The addresses of the static files. Each carries a hash of its content, so a browser may keep it for ever.
var (
	assets      = map[string]*asset{}
	fontHref    = add("atkinson.woff2", "font/woff2", read("font/atkinson.woff2"))
	iconHref    = add("icons.svg", "image/svg+xml", read("icon/icons.svg"))
	faviconHref = add("favicon.svg", "image/svg+xml", read("icon/favicon.svg"))
	appHref     = add("app.css", "text/css; charset=utf-8", joinSheets(sheets...))
	// printHref is asked for by browsers at low priority: it is only used on paper.
	printHref  = add("print.css", "text/css; charset=utf-8", joinSheets("print"))
	kitHref    = add("kit.css", "text/css; charset=utf-8", joinSheets("kit"))
	scriptHref = add("app.js", "text/javascript; charset=utf-8", read("script/app.js"))
	// passkeyHref is only asked for by the few pages with a passkey.
	passkeyHref = add("passkey.js", "text/javascript; charset=utf-8", read("script/passkey.js"))
	// rollCallHref is only asked for by the pages of the roll-call.
	rollCallHref = add("rollcall.js", "text/javascript; charset=utf-8", read("script/rollcall.js"))
)

func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the file is embedded: only a wrong name in this source can bring us here
	}
	return b
}

// add keeps a static file and returns its hashed address.
func add(name, kind string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:])[:10] + ext
	a := &asset{name: hashed, kind: kind, plain: content}
	if ext != ".woff2" {
		a.packed = sync.OnceValue(func() []byte { return pack(content) })
	}
	assets[hashed] = a
	return "/static/" + hashed
}

// pack compresses as hard as gzip can: it is done once per file and process.
func pack(content []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant of the package
	}
	_, _ = z.Write(content) // a bytes.Buffer never refuses
	_ = z.Close()
	return b.Bytes()
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssIndent  = regexp.MustCompile(`\s*\n\s*`)
)

// joinSheets puts style sheets together without comments and indentation, and points them to the hashed font.
func joinSheets(names ...string) []byte {
	var b strings.Builder
	b.WriteString(layers)
	for _, name := range names {
		b.Write(read("css/" + name + ".css"))
	}
	text := cssComment.ReplaceAllString(b.String(), "")
	text = cssIndent.ReplaceAllString(text, "\n")
	return []byte(strings.ReplaceAll(text, "/static/atkinson.woff2", fontHref))
}
