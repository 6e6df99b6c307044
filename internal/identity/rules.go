package identity

import (
	"slices"
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

// asksStep says whether the password, or a provider's word, is followed by a second step: when there is an authenticator, and for an agent
// also when there is a passkey. A family's passkey is another way in, which changes nothing of the password's.
func asksStep(k Kind, f Factors) bool { return f.Authenticator || k == Staff && f.Passkeys > 0 }

// due is until when an agent who signs in at now may do without a second factor.
func (p Policy) due(now civil.Instant) civil.Instant {
	return now.Add(time.Duration(p.GraceDays) * 24 * time.Hour)
}

// Second factors. Codes change every half-minute; one before and one after are taken, for clocks that differ. Guessing one in three million
// needs tries by the thousand: past five a day each next one waits, from two seconds to a quarter of an hour, on this account's second
// step only, which one reaches with the right password.
const (
	codePeriod    = 30 // seconds
	codeSkew      = 1  // periods
	freeCodes     = 5
	codeWindow    = 24 * time.Hour
	longestFactor = 15 * time.Minute
)

// codeWait is how long a code at now must still wait after failures of the day, the last one at last.
func codeWait(failures int, last, now civil.Instant) time.Duration {
	over := failures - freeCodes
	if over < 0 || last.IsZero() {
		return 0
	}
	d := longestFactor
	if over < 9 {
		d = min(2*time.Second<<over, longestFactor)
	}
	return min(max(last.Add(d).Time().Sub(now.Time()), 0), d)
}

// mismatch says why a claim cannot be tied to an account, in French; empty when it can. The person has signed in to the account already: the
// names tell apart two people of one home, one of whom uses the other's account. One given name and the name of birth or in use must be the
// account's, whatever their accents and hyphens; the birth must be the one the town knows, where it knows one. An agent's e-mail must be the one
// the town knows.
func mismatch(a Account, known Known, c Claim) string {
	if a.Kind != c.Provider.Kind() {
		return "Cette façon d’entrer n’est pas celle de votre espace."
	}
	have := append(nameWords(a.Name), nameWords(known.BirthName)...)
	family := within(nameWords(c.FamilyName), have) || within(nameWords(c.UsualName), have)
	given := false
	for _, w := range nameWords(c.GivenNames) {
		given = given || slices.Contains(have, w)
	}
	switch {
	case !family || !given || !sameDay(known.BornOn, c.BornOn) || !samePlace(known.BirthPlace, c.BirthPlace):
		return "L’identité reçue de " + c.Provider.French() + " n’est pas celle du titulaire de cet espace. Si votre nom a changé, contactez la mairie."
	case a.Kind == Staff && fold(a.Email) != fold(c.Email):
		return "L’adresse e-mail reçue de " + c.Provider.French() + " n’est pas celle que la mairie connaît. La direction peut la corriger."
	}
	return ""
}

// sameDay compares two days, "1986-04-12"; one that is not known agrees with any, and so does a part that is 00, as of presumed dates.
func sameDay(known, claimed string) bool {
	if known == "" || claimed == "" {
		return true
	}
	a, b := strings.Split(known, "-"), strings.Split(claimed, "-")
	if len(a) != 3 || len(b) != 3 {
		return false
	}
	for i := range a {
		if a[i] != b[i] && b[i] != "00" {
			return false
		}
	}
	return true
}

// samePlace compares the codes of two communes by their département: communes merge, and Paris has a code of its own beside those of its
// arrondissements.
func samePlace(known, claimed string) bool {
	return len(known) < 2 || len(claimed) < 2 || known[:2] == claimed[:2]
}

// nameWords are the words of a name, without accents, hyphens or case.
func nameWords(name string) []string {
	return strings.FieldsFunc(strip(fold(name)), func(r rune) bool { return !unicode.IsLetter(r) })
}

// within reports whether all the words are there; no word is not.
func within(words, have []string) bool {
	for _, w := range words {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return len(words) > 0
}
