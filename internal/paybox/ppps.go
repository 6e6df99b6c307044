package paybox

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"preau/internal/money"
)

// Type is a kind of question to PPPS (Paybox Direct Plus).
type Type string

// The questions we ask.
const (
	Refund  Type = "00014" // of a transaction that was captured, whole or in part
	Inquiry Type = "00017"
)

// QuestionMost is the largest number of a question.
const QuestionMost = 2147483647

// Question is one to PPPS.
type Question struct {
	Contract
	Type        Type
	Number      int64 // unique in a day
	Total       money.Cents
	Reference   string
	Call        string // NUMAPPEL and NUMTRANS, as the notification gave them
	Transaction string
	At          time.Time // the bank's wall clock
}

// Form is the question's fields, in the order they are signed and sent.
func (q Question) Form(key []byte) ([]Field, error) {
	switch {
	case q.Number < 1 || q.Number > QuestionMost:
		return nil, fmt.Errorf("paybox: %d cannot be the number of a question", q.Number)
	case !digits(q.Call, 1, 10) || !digits(q.Transaction, 1, 10):
		return nil, errors.New("paybox: the numbers of the call and of the transaction are needed")
	}
	fields := []Field{
		{"VERSION", "00104"}, {"TYPE", string(q.Type)}, {"SITE", q.Site}, {"RANG", pad(q.Rank, 3)}, {"IDENTIFIANT", q.Identifier},
		{"NUMQUESTION", fmt.Sprintf("%010d", q.Number)}, {"MONTANT", fmt.Sprintf("%010d", int64(q.Total))}, {"DEVISE", Euro}, {"REFERENCE", q.Reference},
		{"NUMAPPEL", pad(q.Call, 10)}, {"NUMTRANS", pad(q.Transaction, 10)}, {"ACTIVITE", "024"}, {"DATEQ", q.At.Format("02012006150405")}, {"HASH", "SHA512"},
	}
	mac, err := MAC(key, fields)
	if err != nil {
		return nil, err
	}
	return append(fields, Field{"HMAC", mac}), nil
}

// Encode writes fields as a form's body, in their order.
func Encode(fields []Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value)
	}
	return strings.Join(parts, "&")
}

// ParseFields reads a form's body into fields, in their order.
func ParseFields(body string) ([]Field, error) {
	var out []Field
	for part := range strings.SplitSeq(body, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, err
		}
		out = append(out, Field{n, v})
	}
	return out, nil
}

// Reply is PPPS's answer.
type Reply struct {
	Code          string // CODEREPONSE, 00000: done
	Comment       string
	Number        int64
	Call          string
	Transaction   string
	Authorisation string
	Status        string // of an inquiry: "Remboursé", "Capturé", "Autorisé", "Refusé", "Annulé" …
}

// unsettled are the codes after which nobody knows what became of the question: it was put already (00039), or timed out inside the bank.
var unsettled = []string{"00039", "00097", "00098", "00099"}

// Unsure reports whether the answer leaves it open what became of the question.
func (r Reply) Unsure() bool { return slices.Contains(unsettled, r.Code) }

// ErrReply is an answer of PPPS that cannot be read.
var ErrReply = errors.New("paybox: an answer of PPPS that cannot be read")

// ParseReply reads an answer: a query string in ISO-8859-1.
func ParseReply(body []byte) (r Reply, err error) {
	if len(body) > noticeMost {
		return r, ErrReply
	}
	fields, err := ParseFields(strings.TrimSpace(string(body)))
	if err != nil {
		return r, ErrReply
	}
	get := func(name string) string { return fromLatin1(Get(fields, name)) }
	r = Reply{Code: get("CODEREPONSE"), Comment: get("COMMENTAIRE"), Call: get("NUMAPPEL"), Transaction: get("NUMTRANS"),
		Authorisation: get("AUTORISATION"), Status: get("STATUS")}
	if !digits(r.Code, 5, 5) {
		return Reply{}, ErrReply
	}
	r.Number, _ = strconv.ParseInt(get("NUMQUESTION"), 10, 64) // absent from some refusals
	return r, nil
}

// fromLatin1 takes each byte for its letter, and leaves control characters out.
func fromLatin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= ' ' && (c < 0x7f || c > 0x9f) {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

func pad(s string, n int) string {
	return strings.Repeat("0", max(0, n-len(s))) + s
}
