// Package latin writes French names and words with the letters that banks and old systems take: ASCII.
package latin

import "strings"

// letters pairs each letter that has no ASCII with what is written for it.
var letters = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ā", "a", "ă", "a", "ą", "a", "æ", "ae",
	"ç", "c", "ć", "c", "č", "c", "ď", "d", "đ", "d", "ð", "d",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "ē", "e", "ė", "e", "ę", "e", "ě", "e",
	"ğ", "g", "ģ", "g", "ì", "i", "í", "i", "î", "i", "ï", "i", "ī", "i", "į", "i", "ı", "i", "ķ", "k",
	"ľ", "l", "ļ", "l", "ł", "l", "ñ", "n", "ń", "n", "ņ", "n", "ň", "n",
	"ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "ő", "o", "ō", "o", "œ", "oe",
	"ř", "r", "ś", "s", "ş", "s", "ș", "s", "š", "s", "ß", "ss", "ţ", "t", "ț", "t", "ť", "t", "þ", "th",
	"ù", "u", "ú", "u", "û", "u", "ü", "u", "ū", "u", "ů", "u", "ű", "u", "ų", "u", "ý", "y", "ÿ", "y", "ź", "z", "ż", "z", "ž", "z",
	"À", "A", "Á", "A", "Â", "A", "Ã", "A", "Ä", "A", "Å", "A", "Ā", "A", "Ă", "A", "Ą", "A", "Æ", "AE",
	"Ç", "C", "Ć", "C", "Č", "C", "Ď", "D", "Đ", "D", "Ð", "D",
	"È", "E", "É", "E", "Ê", "E", "Ë", "E", "Ē", "E", "Ė", "E", "Ę", "E", "Ě", "E",
	"Ğ", "G", "Ģ", "G", "Ì", "I", "Í", "I", "Î", "I", "Ï", "I", "Ī", "I", "Į", "I", "İ", "I", "Ķ", "K",
	"Ľ", "L", "Ļ", "L", "Ł", "L", "Ñ", "N", "Ń", "N", "Ņ", "N", "Ň", "N",
	"Ò", "O", "Ó", "O", "Ô", "O", "Õ", "O", "Ö", "O", "Ø", "O", "Ő", "O", "Ō", "O", "Œ", "OE",
	"Ř", "R", "Ś", "S", "Ş", "S", "Ș", "S", "Š", "S", "ẞ", "SS", "Ţ", "T", "Ț", "T", "Ť", "T", "Þ", "TH",
	"Ù", "U", "Ú", "U", "Û", "U", "Ü", "U", "Ū", "U", "Ů", "U", "Ű", "U", "Ų", "U", "Ý", "Y", "Ÿ", "Y", "Ź", "Z", "Ż", "Z", "Ž", "Z",
	"’", "'", "‘", "'", "ʼ", "'", "«", "\"", "»", "\"", "“", "\"", "”", "\"", "–", "-", "—", "-", "‐", "-", "‑", "-",
	"\u00a0", " ", "\u202f", " ", "\u2009", " ", "…", "...", "€", "EUR", "°", "o", "ᵉ", "e",
)

// Plain writes a text in ASCII: letters without their accents, straight quotes, one space for any run of white space; accents that stand
// apart from their letter go, and so does what has no plain form.
func Plain(s string) string {
	s = strings.Map(func(c rune) rune {
		if c > '~' || c < ' ' {
			return -1
		}
		return c
	}, letters.Replace(strings.Join(strings.Fields(s), " ")))
	return strings.Join(strings.Fields(s), " ")
}
