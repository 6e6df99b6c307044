// Package paybox reads and writes the messages of Paybox System (Verifone; Crédit Agricole calls it Up2Pay e-Transactions): the signed
// form that sends a payer to the bank, the notification by which the bank alone says what became of it, and the questions of PPPS
// (refund, inquiry). It only turns values into bytes and bytes into values; nothing here calls anybody.
//
// The fields of the form are a slice, never a map: what is signed is what is sent, in the same order, raw. A notification is verified on
// the bytes that came, never on what was parsed from them.
package paybox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"strings"

	"preau/internal/money"
)

// Field is one field of a form, in its place.
type Field struct{ Name, Value string }

// Names of the fields that are looked for again.
const (
	FieldHMAC      = "PBX_HMAC"
	FieldHash      = "PBX_HASH"
	FieldTotal     = "PBX_TOTAL"
	FieldReference = "PBX_CMD"
	FieldReturn    = "PBX_RETOUR"
	FieldNotify    = "PBX_REPONDRE_A"
	FieldDone      = "PBX_EFFECTUE"
	FieldRefused   = "PBX_REFUSE"
	FieldCancelled = "PBX_ANNULE"
	FieldWaiting   = "PBX_ATTENTE"
	FieldMethod    = "PBX_RUF1"
)

// Returned is PBX_RETOUR as we send it: what the bank tells of a payment, and no more of the card than its kind. The signature is last:
// what follows it is not signed.
const Returned = "montant:M;reference:R;appel:T;auto:A;erreur:E;trans:S;type:P;carte:C;date:W;heure:Q;signature:K"

// Euro is the code of the currency.
const Euro = "978"

// ErrKey is a signing key that is not hexadecimal.
var ErrKey = errors.New("paybox: the signing key is not made of hexadecimal digits")

// ParseKey reads the signing key as the bank shows it: hexadecimal digits, 128 of them for the usual 64 bytes.
func ParseKey(s string) ([]byte, error) {
	key, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil || len(key) == 0 {
		return nil, ErrKey
	}
	return key, nil
}

// hashes are the functions that the bank accepts for the signature of a form.
var hashes = map[string]func() hash.Hash{"SHA512": sha512.New, "SHA384": sha512.New384, "SHA256": sha256.New, "SHA224": sha256.New224}

// Message is the text that is signed: every field but the signature, in order, not encoded in any way.
func Message(fields []Field) string {
	var b strings.Builder
	for _, f := range fields {
		if f.Name == FieldHMAC {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(f.Name + "=" + f.Value)
	}
	return b.String()
}

// MAC is the signature of fields, in upper-case hexadecimal, by the function that their PBX_HASH (or, to PPPS, HASH) names; SHA-512
// when none does.
func MAC(key []byte, fields []Field) (string, error) {
	name := "SHA512"
	for _, f := range fields {
		if f.Name == FieldHash || f.Name == "HASH" {
			name = strings.ToUpper(f.Value)
		}
	}
	fn, ok := hashes[name]
	if !ok {
		return "", fmt.Errorf("paybox: no hash function is called %q", name)
	}
	mac := hmac.New(fn, key)
	mac.Write([]byte(Message(fields)))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil))), nil
}

// Genuine reports whether fields carry the signature that the key gives: what the bank asks of a form.
func Genuine(key []byte, fields []Field) bool {
	given := ""
	for _, f := range fields {
		if f.Name == FieldHMAC || f.Name == "HMAC" {
			given = f.Value
		}
	}
	want, err := MAC(key, withoutMAC(fields))
	return err == nil && given != "" && hmac.Equal([]byte(given), []byte(want))
}

// withoutMAC leaves out the signature, by either name.
func withoutMAC(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		if f.Name != FieldHMAC && f.Name != "HMAC" {
			out = append(out, f)
		}
	}
	return out
}

// Total writes an amount as PBX_TOTAL: cents without a separator, three digits at least.
func Total(c money.Cents) string { return fmt.Sprintf("%03d", int64(c)) }

// Get is the value of a field; empty when it is not there.
func Get(fields []Field, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// status is the element of a server's page that says whether it works.
var status = regexp.MustCompile(`(?i)<[a-z]+[^>]*\sid\s*=\s*["']?server_status["']?[^>]*>([^<]*)<`)

// Up reads the page load.html of one of the bank's servers: whether it takes payments.
func Up(page []byte) bool {
	m := status.FindSubmatch(page)
	return m != nil && string(m[1]) == "OK"
}
