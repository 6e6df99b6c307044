package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// commonText is the list of the words that the most used passwords in France are made of: the passwords themselves, first
// names, pet names, clubs, months, sweet words. One of them, or two, with digits and signs around, is what guessing programs
// try first; so the list is compared with what is left of a password once its decoration is removed. That refuses far more
// than the list of twenty thousand passwords it stands for, in four kilobytes.
//
//go:embed common.txt
var commonText string

var commonWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range strings.Fields(line) {
			words[w] = true
		}
	}
	return words
})

// rows are the suites that fingers make on French and English keyboards, and the obvious ones.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm",
	"aqwzsxedc", "1a2z3e4r5t6y7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p", "aqwsedrftgyhuj",
}

// common reports whether a password is one or two common words, a suite, or both, under its decoration.
func common(password string) bool {
	rest := withoutSuites(strip(fold(password)))
	if utf8.RuneCountInString(rest) < 6 {
		return true
	}
	plain := letters(rest)
	core := strings.TrimFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
	return few(plain) || few(letters(leet.Replace(core))) || plain == "" && variety(rest) < 8
}

// leet undoes the usual substitutions.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i", "€", "e")

// withoutSuites removes the runs of four characters or more that follow each other on a row, in either direction, or repeat.
func withoutSuites(s string) string {
	runes := []rune(s)
	var out []rune
	for len(runes) > 0 {
		n := suite(runes)
		if n < 4 {
			out = append(out, runes[0])
			n = 1
		}
		runes = runes[n:]
	}
	return string(out)
}

// suite is the length of the run that s begins with.
func suite(s []rune) int {
	longest := 1
	for longest < len(s) && s[longest] == s[0] {
		longest++
	}
	for _, row := range rows {
		for _, step := range []int{1, -1} {
			longest = max(longest, along([]rune(row), s, step))
		}
	}
	return longest
}

// along is how many characters of s follow the row from the place of the first one, a step at a time.
func along(row, s []rune, step int) int {
	best := 0
	for at, r := range row {
		if r != s[0] {
			continue
		}
		n := 0
		for i := at; i >= 0 && i < len(row) && n < len(s) && row[i] == s[n]; i += step {
			n++
		}
		best = max(best, n)
	}
	return best
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

// few reports whether s is one or two words of the list, or one of them repeated.
func few(s string) bool {
	words := commonWords()
	if s == "" {
		return false
	}
	if words[s] {
		return true
	}
	for i := range s {
		head, tail := s[:i], s[i:]
		if words[head] && (words[tail] || strings.Trim(strings.ReplaceAll(s, head, ""), " ") == "") {
			return true
		}
	}
	return false
}
