package words

import (
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

// List joins words as a sentence does: "lundi, mardi et jeudi".
func List(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " et " + list[len(list)-1]
}
