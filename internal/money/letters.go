package money

import "strings"

var (
	small = []string{"zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze",
		"seize", "dix-sept", "dix-huit", "dix-neuf"}
	tens = []string{"", "", "vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt"}
)

// scale is a group of three figures above the thousands; its name is a noun, which takes an s and « de ».
type scale struct {
	unit uint64
	name string
}

var scales = []scale{{1e15, "billiard"}, {1e12, "billion"}, {1e9, "milliard"}, {1e6, "million"}}

// Letters writes the amount in words, as a receipt has it beside the figures: "cent vingt euros et cinq centimes".
func (c Cents) Letters() string {
	n := magnitude(int64(c))
	euros, cents := n/100, n%100
	var parts []string
	if euros > 0 || cents == 0 {
		parts = append(parts, spell(euros)+currency(euros))
	}
	if cents > 0 {
		parts = append(parts, spell(cents)+plural(" centime", cents))
	}
	text := strings.Join(parts, " et ")
	if c < 0 {
		text = "moins " + text
	}
	return text
}

// currency is the word after a number of euros: a round million is followed by « d’ ».
func currency(euros uint64) string {
	if euros >= 1e6 && euros%1e6 == 0 {
		return " d’euros"
	}
	return plural(" euro", euros)
}

// plural adds an s from two on, as French does.
func plural(noun string, n uint64) string {
	if n >= 2 {
		return noun + "s"
	}
	return noun
}

// spell writes a whole number in the traditional spelling.
func spell(n uint64) string {
	if n == 0 {
		return small[0]
	}
	var parts []string
	for _, s := range scales {
		if count := n / s.unit; count > 0 {
			parts = append(parts, below1000(count, true)+plural(" "+s.name, count))
			n %= s.unit
		}
	}
	if thousands := n / 1000; thousands > 1 {
		parts = append(parts, below1000(thousands, false)+" mille")
	} else if thousands == 1 {
		parts = append(parts, "mille")
	}
	if rest := n % 1000; rest > 0 {
		parts = append(parts, below1000(rest, true))
	}
	return strings.Join(parts, " ")
}

// below1000 writes 1 to 999. « cents » and « quatre-vingts » keep their s where nothing of the number follows them, mille being of it.
func below1000(n uint64, last bool) string {
	var parts []string
	if hundreds := n / 100; hundreds > 0 {
		word := "cent"
		if hundreds > 1 {
			word = small[hundreds] + " cent"
			if n%100 == 0 && last {
				word += "s"
			}
		}
		parts = append(parts, word)
	}
	if rest := n % 100; rest > 0 {
		parts = append(parts, below100(rest, last))
	}
	return strings.Join(parts, " ")
}

func below100(n uint64, last bool) string {
	if n < 20 {
		return small[n]
	}
	ten, unit := n/10, n%10
	if ten == 7 || ten == 9 {
		unit += 10
	}
	switch {
	case n == 80 && last:
		return "quatre-vingts"
	case unit == 0:
		return tens[ten]
	case (unit == 1 || unit == 11) && ten < 8:
		return tens[ten] + " et " + small[unit]
	}
	return tens[ten] + "-" + small[unit]
}
