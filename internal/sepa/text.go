package sepa

import "strings"

// plain gives, for letters that banks do not read, those that stand for them.
var plain = func() map[rune]string {
	out := map[rune]string{
		'Æ': "AE", 'æ': "ae", 'Œ': "OE", 'œ': "oe", 'ß': "ss", 'ẞ': "SS", 'Ø': "O", 'ø': "o", 'Đ': "D", 'đ': "d", 'Ð': "D", 'ð': "d", 'Þ': "TH", 'þ': "th",
		'Ł': "L", 'ł': "l", 'ı': "i", '’': "'", '‘': "'", '`': "'", '´': "'", 'ʼ': "'", '–': "-", '—': "-", '‑': "-", '−': "-", '_': "-", '&': "+",
		'«': "'", '»': "'", '"': "'", '“': "'", '”': "'", '…': "...", '€': "EUR", '@': "(a)", ';': ",", '°': "o", 'º': "o", 'ª': "a", '[': "(", ']': ")",
		'{': "(", '}': ")",
	}
	for letter, marked := range map[string]string{
		"A": "ÀÁÂÃÄÅĀĂĄǍ", "a": "àáâãäåāăąǎ", "C": "ÇĆĈĊČ", "c": "çćĉċč", "D": "Ď", "d": "ď", "E": "ÈÉÊËĒĔĖĘĚẼ", "e": "èéêëēĕėęěẽ", "G": "ĜĞĠĢ", "g": "ĝğġģ",
		"H": "ĤĦ", "h": "ĥħ", "I": "ÌÍÎÏĨĪĬĮİ", "i": "ìíîïĩīĭį", "J": "Ĵ", "j": "ĵ", "K": "Ķ", "k": "ķ", "L": "ĹĻĽ", "l": "ĺļľ", "N": "ÑŃŅŇ", "n": "ñńņň",
		"O": "ÒÓÔÕÖŌŎŐǑ", "o": "òóôõöōŏőǒ", "R": "ŔŖŘ", "r": "ŕŗř", "S": "ŚŜŞŠȘ", "s": "śŝşšș", "T": "ŢŤŦȚ", "t": "ţťŧț", "U": "ÙÚÛÜŨŪŬŮŰŲǓ",
		"u": "ùúûüũūŭůűųǔ", "W": "Ŵ", "w": "ŵ", "Y": "ÝŶŸ", "y": "ýŷÿ", "Z": "ŹŻŽ", "z": "źżž",
	} {
		for _, r := range marked {
			out[r] = letter
		}
	}
	return out
}()

// Text writes a text with the letters that banks read: those without accents, digits, space and / - ? : ( ) . , ' +. Others that stand for
// letters are replaced, what stands for none becomes a space; spaces are collapsed, and what is longer than limit is cut.
func Text(s string, limit int) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80 && readable(byte(r)):
			b.WriteRune(r)
		case plain[r] != "":
			b.WriteString(plain[r])
		case r >= 0x300 && r <= 0x36f: // a mark that follows its letter
		default:
			b.WriteByte(' ')
		}
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	if len(text) > limit {
		text = strings.TrimSpace(text[:limit])
	}
	return text
}

func readable(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(" /-?:().,'+", c) >= 0
}

// Reference writes a reference: at most 35 of the same letters without any space, no slash at its ends and no two together.
func Reference(s string) string {
	text := strings.ReplaceAll(Text(s, len(s)*3), " ", "")
	for strings.Contains(text, "//") {
		text = strings.ReplaceAll(text, "//", "/")
	}
	text = strings.Trim(text, "/")
	if len(text) > 35 {
		text = strings.TrimRight(text[:35], "/")
	}
	return text
}
