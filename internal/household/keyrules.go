package household

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"

	"preau/internal/civil"
)

// What a "clé enfance" is made of: five digits and five letters, without those that are taken for one another on paper. That is
// 8⁵ × 23⁵ ≈ 2·10¹¹ keys: with tries slowed, none is found by guessing.
const (
	keyDigits  = "23456789"
	keyLetters = "ABCDEFGHJKMNPQRSTUVWXYZ"
	keyHalf    = 5
)

// drawKey draws a key: "34567-ABCDE".
func drawKey() string {
	var b strings.Builder
	for _, alphabet := range []string{keyDigits, keyLetters} {
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		for range keyHalf {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				panic(err) // the system has no randomness: nothing can be kept secret
			}
			b.WriteByte(alphabet[n.Int64()])
		}
	}
	return b.String()
}

// TidyKey writes a key as it is compared, whatever the spaces, the dash and the capitals of who typed it; false when it is none.
func TidyKey(typed string) (string, bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		if strings.ContainsRune(" -\u2010\u2011\u2012\u2013\u2014\u00a0\u202f", r) {
			continue
		}
		alphabet := keyDigits
		if b.Len() >= keyHalf {
			alphabet = keyLetters
		}
		if b.Len() == 2*keyHalf || !strings.ContainsRune(alphabet, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	s := b.String()
	if len(s) != 2*keyHalf {
		return "", false
	}
	return s[:keyHalf] + "-" + s[keyHalf:], true
}

// keyHash is what is stored of a key: who steals the database without the town's key cannot try them all.
func keyHash(secret []byte, key string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("access key\x00" + key))
	return hex.EncodeToString(mac.Sum(nil))
}

// KeyExpiry is the last day of a key made on a day: the end of the next school year. A school year ends with August.
func KeyExpiry(made civil.Date) civil.Date {
	year := made.Year + 1
	if made.Month >= 9 {
		year++
	}
	return civil.New(year, 8, 31)
}

// Claimant is who enters a key, as they say they are.
type Claimant struct {
	Names  []string // last names: in use, of birth
	First  string
	BornOn civil.Date // zero: not said
}

// Matches says whether a claimant is the guardian of a key: the same birth date, or the same first and last name. What is wrong or
// missing on one side only is not held against them; holding the letter is the proof, this catches the letter of somebody else.
func (c Claimant) Matches(g Guardian) bool {
	if !c.BornOn.IsZero() && c.BornOn == g.BornOn {
		return true
	}
	for _, last := range c.Names {
		if last == "" {
			continue
		}
		for _, known := range []string{g.LastName, g.BirthName} {
			if known != "" && Fold(known) == Fold(last) && sharesWord(Fold(c.First), Fold(g.FirstName)) {
				return true
			}
		}
	}
	return false
}

// sharesWord says whether two lists of first names begin alike, or one holds the other's first: "marie claire" and "marie".
func sharesWord(a, b string) bool {
	one, other := strings.Fields(a), strings.Fields(b)
	if len(one) == 0 || len(other) == 0 {
		return false
	}
	for _, w := range one {
		if w == other[0] {
			return true
		}
	}
	for _, w := range other {
		if w == one[0] {
			return true
		}
	}
	return false
}
