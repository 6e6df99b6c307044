package paybox

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the bank signs with it, and with nothing else
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"preau/internal/money"
)

// ErrSignature is a notification that no key of the bank signed as it stands.
var ErrSignature = errors.New("paybox: not signed by the bank")

// ErrNotice is a notification that is signed and cannot be read.
var ErrNotice = errors.New("paybox: a notification that cannot be read")

// signatureMark is where the signed part ends; the name is that of Returned.
const signatureMark = "&signature="

// signatureChars is the length of a signature in base64: 128 bytes of RSA-1024.
const signatureChars = 172

// noticeMost is more than any notification holds, in bytes.
const noticeMost = 8 << 10

// ParseKeys reads the bank's public keys: one or several PEM blocks, with any ends of line. At the change of a key, both stand here.
func ParseKeys(text string) ([]*rsa.PublicKey, error) {
	rest := []byte(strings.ReplaceAll(text, "\r", ""))
	var keys []*rsa.PublicKey
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("paybox: public key %d: %w", len(keys)+1, err)
		}
		key, ok := parsed.(*rsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("paybox: public key %d is not an RSA key", len(keys)+1)
		}
		if key.Size() < 128 {
			return nil, fmt.Errorf("paybox: public key %d is shorter than 1024 bits", len(keys)+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("paybox: public keys are PEM blocks that begin with -----BEGIN PUBLIC KEY-----")
	}
	return keys, nil
}

// Signed cuts what came, a raw query or a raw body, at the signature: the left part is untouched.
func Signed(raw []byte) (left, signature []byte, err error) {
	if len(raw) > noticeMost {
		return nil, nil, ErrSignature
	}
	at := bytes.LastIndex(raw, []byte(signatureMark))
	if at < 0 {
		return nil, nil, ErrSignature
	}
	value, _, _ := strings.Cut(string(raw[at+len(signatureMark):]), "&") // what follows is not signed, and not read
	text, err := url.QueryUnescape(value)
	if err == nil && len(text) > signatureChars && strings.Contains(text, "%") {
		text, err = url.QueryUnescape(text) // old contracts encode the body of a POST twice
	}
	if err != nil {
		return nil, nil, ErrSignature
	}
	signature, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(text, " ", "+")) // a + that was not encoded
	if err != nil {
		return nil, nil, ErrSignature
	}
	return raw[:at], signature, nil
}

// Verify gives the signed part of what came when one of the keys signed it, and ErrSignature otherwise.
func Verify(raw []byte, keys []*rsa.PublicKey) ([]byte, error) {
	left, signature, err := Signed(raw)
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(left)
	for _, key := range keys {
		if rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature) == nil {
			return left, nil
		}
	}
	return nil, ErrSignature
}

// Notice is what the bank says of a payment.
type Notice struct {
	Total         money.Cents
	Reference     string // ours
	Call          string // Paybox's number of the call: a refund needs it, with Transaction
	Transaction   string
	Authorisation string // absent when refused; XXXXXX in tests
	Code          string // 00000: accepted
	Method, Card  string // how it was paid: CARTE, and the kind of card
	Date, Hour    string // JJMMAAAA and HH:MM:SS, the bank's
}

// ReadNotice reads the signed part of a notification, in the names of Returned.
func ReadNotice(signed []byte) (n Notice, err error) {
	values, err := url.ParseQuery(string(signed))
	if err != nil {
		return n, ErrNotice
	}
	for _, v := range values {
		if len(v) != 1 || len(v[0]) > 300 || strings.ContainsFunc(v[0], func(c rune) bool { return c < ' ' || c == 0x7f || c == '\ufffd' }) {
			return n, ErrNotice
		}
	}
	total, err := strconv.ParseInt(values.Get("montant"), 10, 64)
	if err != nil || total < 0 {
		return n, ErrNotice
	}
	n = Notice{Total: money.Cents(total), Reference: values.Get("reference"), Call: values.Get("appel"), Transaction: values.Get("trans"),
		Authorisation: values.Get("auto"), Code: values.Get("erreur"), Method: values.Get("type"), Card: values.Get("carte"),
		Date: values.Get("date"), Hour: values.Get("heure")}
	if n.Reference == "" || !digits(n.Code, 5, 5) {
		return n, ErrNotice
	}
	return n, nil
}

// Outcome is what a code of the bank means for who pays.
type Outcome string

// The outcomes.
const (
	Paid      Outcome = "paid"
	Pending   Outcome = "pending"   // the issuer has not answered yet
	Refused   Outcome = "refused"   // by the bank of the card
	Cancelled Outcome = "cancelled" // by who pays, or by time
	Technical Outcome = "technical"
	Odd       Outcome = "odd" // accepted without an authorisation, or by a code of special cards: for somebody to look at
)

// refusals are the codes outside 001xx by which a card, and not a machine, is refused.
var refusals = []string{"00004", "00008", "00021", "00029", "00033", "00040"}

// special are codes that some software takes for an acceptance, by cards that a town does not take.
var special = []string{"00200", "00201", "00300", "00301", "00302", "00303"}

// Outcome reads the code. Only Paid is money: accepted, and with an authorisation.
func (n Notice) Outcome() Outcome {
	switch {
	case n.Code == "00000" && n.Authorisation != "":
		return Paid
	case n.Code == "00000", slices.Contains(special, n.Code):
		return Odd
	case n.Code == "99999":
		return Pending
	case n.Code == "00030":
		return Cancelled
	case strings.HasPrefix(n.Code, "001"), slices.Contains(refusals, n.Code):
		return Refused
	}
	return Technical
}
