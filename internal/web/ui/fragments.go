package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// raw copies markup that this package wrote itself; it never carries what a visitor typed.
type raw string

// Render writes the markup.
func (f raw) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(f))
	return err
}

// brandMark is the roof of a préau, the covered part of a school yard.
const brandMark = `<svg class="brand__mark" viewBox="0 0 40 40" aria-hidden="true"><path d="M3 17 20 6l17 11v3H3z" fill="currentColor"/>` +
	`<path d="M6.5 20v14M15.5 20v14M24.5 20v14M33.5 20v14" stroke="currentColor" stroke-width="2.5" fill="none"/>` +
	`<path d="M2 34.75h36" stroke="currentColor" stroke-width="2.5"/></svg>`

// phoneHref is the tel: address of a French number, in the international form.
func phoneHref(phone string) templ.SafeURL {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
	if strings.HasPrefix(digits, "0") {
		digits = "+33" + digits[1:]
	}
	return templ.SafeURL("tel:" + digits)
}

// mayFind says whether the office's search box leads somewhere for this agent.
func mayFind(nav []NavItem) bool {
	for _, item := range nav {
		if item.Href == "/bureau/familles" {
			return true
		}
	}
	return false
}
