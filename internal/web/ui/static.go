package ui

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A year, the longest a cache is asked to keep anything; the address changes when the content does.
const immutable = "public, max-age=31536000, immutable"

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// DefaultColour is the accent of a town that has not chosen one.
const DefaultColour = "#17566f"

// ThemeHref is the address of the style sheet that carries a town's colour, written "#rrggbb" in lower case. The colour is in the
// address, so the file can be kept for ever. Anything that is not such a colour gives the address for DefaultColour.
func ThemeHref(c string) string {
	if !colour.MatchString(c) {
		c = DefaultColour
	}
	return "/static/theme." + c[1:] + ".css"
}

// ValidColour says whether c is a colour that a town may choose: "#rrggbb", lower case.
func ValidColour(c string) bool { return colour.MatchString(c) }

// Static serves the files under /static/: style sheets, script, font, icons. They never change under one address.
func Static(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	if a, ok := assets[name]; ok {
		a.serve(w, r)
		return
	}
	if hue, ok := strings.CutPrefix(name, "theme."); ok {
		hue, ok = strings.CutSuffix(hue, ".css")
		if ok && colour.MatchString("#"+hue) {
			theme := &asset{name: name, kind: "text/css; charset=utf-8", plain: []byte("@layer tokens { :root { --town: #" + hue + "; } }\n")}
			theme.serve(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	body, tag := a.plain, strconv.Quote(a.name)
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", immutable)
	if a.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if AcceptsGzip(r.Header.Get("Accept-Encoding")) {
			body, tag = a.packed(), strconv.Quote(a.name+"-gz")
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", tag)
	if slices.Contains(strings.Split(r.Header.Get("If-None-Match"), ", "), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has left is nobody's failure
	}
}

// AcceptsGzip reads the one thing asked of Accept-Encoding: gzip is named and not refused by a zero quality.
func AcceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.TrimSpace(params)
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
