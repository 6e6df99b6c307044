// Package layout is the one look of the town's e-mails: the same words in HTML, with inline styles since mail programs keep
// no style sheet, and in plain text.
package layout

import (
	"context"
	"html"
	"regexp"
	"strings"
)

// Letter is one e-mail to lay out.
type Letter struct {
	Town        string // "Ville de Chatou"
	Portal      string // "Espace Citoyens"
	Colour      string // "#17566f", readable on white; empty: Préau's
	Service     string // who answers questions, and how: "Service Éducation, 01 34 80 46 62"; may be empty
	Subject     string
	Text        string // body in plain text
	HTML        string // body in trusted HTML; empty: made of Text
	Home        string // address of the portal
	Preferences string // address where such messages can be muted; empty when they cannot
	Unsubscribe string // address of the page that stops such messages at once; empty when they come from an act
	Demo        bool   // the town is a demonstration: the footer says so
}

// HTML lays out the letter as a page.
func HTML(ctx context.Context, l Letter) (string, error) {
	var b strings.Builder
	err := letter(l).Render(ctx, &b)
	return b.String(), err
}

// Text lays out the letter in plain text.
func Text(l Letter) string {
	var b strings.Builder
	b.WriteString(l.Town + " – " + l.Portal + "\n\n")
	b.WriteString(strings.TrimSpace(strings.ReplaceAll(l.Text, "\r\n", "\n")) + "\n\n")
	b.WriteString("-- \n")
	for _, line := range l.footer() {
		b.WriteString(line + "\n")
	}
	if l.Preferences != "" {
		b.WriteString("Choisir les messages que je reçois : " + l.Preferences + "\n")
	}
	if l.Unsubscribe != "" {
		b.WriteString("Ne plus recevoir ces messages : " + l.Unsubscribe + "\n")
	}
	b.WriteString(l.Home + "\n")
	return b.String()
}

func (l Letter) footer() []string {
	lines := []string{"Message automatique de la " + l.Town + ". Merci de ne pas y répondre."}
	if !strings.HasPrefix(l.Town, "Ville ") && !strings.HasPrefix(l.Town, "Commune ") {
		lines[0] = "Message automatique de " + l.Town + ". Merci de ne pas y répondre."
	}
	if l.Service != "" {
		lines = append(lines, "Une question ? "+l.Service)
	}
	if l.Demo {
		lines = append(lines, "Cette ville est une démonstration : aucun message n’est envoyé à de vraies personnes.")
	}
	return lines
}

var link = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)]`)

var safeColour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// colour is the letter's; nothing but a colour goes into a style.
func (l Letter) colour() string {
	if !safeColour.MatchString(l.Colour) {
		return "#17546f"
	}
	return l.Colour
}

// body is the HTML given, or the text as paragraphs with its links made active.
func (l Letter) body() string {
	if l.HTML != "" {
		return l.HTML
	}
	var b strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(strings.ReplaceAll(l.Text, "\r\n", "\n")), "\n\n") {
		escaped := html.EscapeString(strings.TrimSpace(paragraph))
		escaped = link.ReplaceAllString(escaped, `<a href="$0" style="color:`+l.colour()+`">$0</a>`)
		b.WriteString(`<p style="margin:0 0 16px">` + strings.ReplaceAll(escaped, "\n", "<br>") + "</p>")
	}
	return b.String()
}
