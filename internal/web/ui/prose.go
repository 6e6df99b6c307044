package ui

import (
	"regexp"
	"strings"
)

// block is a paragraph of a plain text, cut where it has links.
type block []piece

// piece is some words, or a link when it has an address.
type piece struct{ text, href string }

var address = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)]`)

// blocks cuts a plain text into paragraphs at its blank lines. Only addresses of this site, which begin with home, become links:
// what a visitor wrote leads nowhere else by a click.
func blocks(text, home string) []block {
	var out []block
	for _, paragraph := range strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n\n") {
		if paragraph = strings.Trim(paragraph, "\n"); paragraph == "" {
			continue
		}
		var b block
		rest := paragraph
		for home != "" {
			at := address.FindStringIndex(rest)
			if at == nil {
				break
			}
			link := rest[at[0]:at[1]]
			if path, ours := strings.CutPrefix(link, home); ours && strings.HasPrefix(path, "/") {
				b = append(b, piece{text: rest[:at[0]]}, piece{text: link, href: path})
			} else {
				b = append(b, piece{text: rest[:at[1]]})
			}
			rest = rest[at[1]:]
		}
		out = append(out, append(b, piece{text: rest}))
	}
	return out
}
