package identity

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"preau/internal/civil"
	"preau/internal/fault"
)

// The rule for passwords follows the CNIL's recommendation (délibération 2022-100 of 21/07/2022): it asks for 50 bits where
// tries are slowed, as here; twelve characters of three kinds hold 70 or more, a phrase of twenty more than 90. Both rule
// out the common ones and those made of the login. There is no periodic change, and pasting is allowed.
const (
	shortestPassword = 12
	kindsNeeded      = 3
	phraseLength     = 20
	phraseVariety    = 8 // different characters in a phrase, at least
	mixedVariety     = 6 // different characters otherwise
)

// PasswordHelp is the rule in one sentence, to be shown under the field.
const PasswordHelp = "Au moins 12 caractères avec trois sortes parmi : minuscules, majuscules, chiffres, autres signes. Ou une phrase d’au moins 20 caractères, facile à retenir."

// CheckPassword tells what to do about a password that the town does not accept; own are the login, e-mail and name that
// it may not contain. The refusal is about the form field given.
func CheckPassword(field, password string, own ...string) error {
	if reason := passwordWrong(password, own); reason != "" {
		return fault.Invalidf(field, "%s", reason)
	}
	return nil
}

// CheckOwnPassword is CheckPassword for the person the account belongs to.
func CheckOwnPassword(field, password string, a Account) error {
	return CheckPassword(field, password, a.Login, a.Email, a.Name)
}

func passwordWrong(password string, own []string) string {
	password = norm.NFC.String(password)
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return "Ce mot de passe contient un signe illisible. Tapez-en un autre."
	case len(password) > longestPassword:
		return "Ce mot de passe est trop long. Gardez moins de 100 caractères."
	case length < shortestPassword:
		return "Ajoutez des caractères : il en faut au moins 12."
	case length < phraseLength && kinds(password) < kindsNeeded:
		return "Mélangez trois sortes de caractères parmi : minuscules, majuscules, chiffres, autres signes. Ou écrivez une phrase d’au moins 20 caractères."
	case variety(password) < mixedVariety || length >= phraseLength && kinds(password) < kindsNeeded && variety(password) < phraseVariety:
		return "Évitez les répétitions : utilisez davantage de caractères différents."
	case containsOwn(password, own):
		return "Votre mot de passe ne doit contenir ni votre identifiant, ni votre nom, ni votre adresse e-mail. Choisissez d’autres mots."
	case common(password):
		return "Ce mot de passe est l’un des plus utilisés, ou une suite facile à deviner. Choisissez-en un autre, par exemple quatre mots sans rapport."
	}
	return ""
}

// kinds counts lower case, upper case, digits and the rest.
func kinds(password string) int {
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

func variety(password string) int {
	seen := map[rune]bool{}
	for _, r := range password {
		seen[unicode.ToLower(r)] = true
	}
	return len(seen)
}

// containsOwn looks for the login, the part of the e-mail before @, and the words of the name of five letters or more.
func containsOwn(password string, own []string) bool {
	folded := strip(fold(password))
	for _, word := range own {
		word, _, _ = strings.Cut(strip(fold(word)), "@")
		for i, part := range append([]string{word}, strings.Fields(word)...) {
			shortest := 5
			if i == 0 {
				shortest = 4
			}
			if utf8.RuneCountInString(part) >= shortest && strings.Contains(folded, part) {
				return true
			}
		}
	}
	return false
}

// strip removes accents.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// Sessions end after a time without use, and after a working day whatever happens.
const (
	idleFamily = 2 * time.Hour
	idleStaff  = time.Hour
	longest    = 12 * time.Hour
	touchEvery = time.Minute
)

func idle(k Kind) time.Duration {
	if k == Staff {
		return idleStaff
	}
	return idleFamily
}

// live reports whether a session seen at seen and ending at expires still holds.
func live(k Kind, seen, expires, now civil.Instant) bool {
	return now.Before(expires) && now.Before(seen.Add(idle(k)))
}

// Throttling: failures of the last hour slow the next try of the same account, of the same address, or of the same known
// browser. Past the free tries the delay doubles from two seconds to a minute, and never more: it delays, it does not lock.
const (
	throttleWindow = time.Hour
	freeByAccount  = 5
	freeByAddress  = 40 // a school, a library and a family share an address
	freeByDevice   = 20
	longestDelay   = time.Minute
)

func delay(failures, free int) time.Duration {
	over := failures - free
	switch {
	case over < 0:
		return 0
	case over >= 5:
		return longestDelay
	}
	return 2 * time.Second << over
}

// wait is how long a try at now must still wait after failures, the last one at last.
func wait(failures, free int, last, now civil.Instant) time.Duration {
	d := delay(failures, free)
	if d == 0 || last.IsZero() {
		return 0
	}
	left := last.Add(d).Time().Sub(now.Time())
	return min(max(left, 0), d)
}
