package ics

import (
	"strings"
	"unicode/utf8"
)

// maxOctets is the longest line, its CRLF not counted (RFC 5545, 3.1).
const maxOctets = 75

// lines gathers content lines.
type lines struct{ strings.Builder }

// add writes lines as they are, folded.
func (b *lines) add(content ...string) {
	for _, line := range content {
		b.fold(line)
	}
}

// text writes a property whose value is a text, escaped.
func (b *lines) text(name, value string) { b.fold(name + ":" + escape(value)) }

// fold cuts a line between two characters; each line after the first begins with a space, which counts.
func (b *lines) fold(line string) {
	room := maxOctets
	for len(line) > room {
		cut := room
		for cut > 1 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut])
		b.WriteString("\r\n ")
		line = line[cut:]
		room = maxOctets - 1
	}
	b.WriteString(line)
	b.WriteString("\r\n")
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escape writes a text value (RFC 5545, 3.3.11): what is not a character, and control characters, are left out.
func escape(text string) string {
	return strings.Map(keepPrintable, escapes.Replace(strings.ToValidUTF8(text, "")))
}

// oneLine is a value that is not a text, without anything that could end the line.
func oneLine(value string) string {
	return strings.Map(keepPrintable, strings.ToValidUTF8(value, ""))
}

func keepPrintable(r rune) rune {
	if r < ' ' && r != '\t' || r == 0x7f {
		return -1
	}
	return r
}
