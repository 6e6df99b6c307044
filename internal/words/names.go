package words

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Of writes whose: "d’Antoine" or "de Léo".
func Of(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	if strings.ContainsRune("aeiouyhàâäéèêëîïôöùûüœæ", unicode.ToLower(first)) {
		return "d’" + name
	}
	return "de " + name
}

// Solid keeps a date or an hour on one line.
func Solid(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

// hour matches an hour as towns type it, "8 h 30", or two with a dash between, "8 h 30 – 12 h".
var hour = regexp.MustCompile(`[0-9]+ ?h( ?[0-9]{2})?( ?[–-] ?[0-9]+ ?h( ?[0-9]{2})?)?`)

// SolidHours keeps each hour of a sentence on one line, and "from – to" with it.
func SolidHours(s string) string { return hour.ReplaceAllStringFunc(s, Solid) }

// List joins words as a sentence does: "lundi, mardi et jeudi".
func List(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " et " + list[len(list)-1]
}
