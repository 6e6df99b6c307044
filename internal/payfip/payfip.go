// Package payfip reads and writes the messages of PayFiP, the on-line payment service of the Treasury (DGFiP, once TIPI), as a régie
// uses it: SOAP 1.1 envelopes made by hand, answers read without regard to name spaces nor to the case of names, and the rule by which an
// answer and the age of a payment say where it stands (Read). Nothing here calls anybody.
//
// What PayFiP sends by itself is not signed: it is a hint that makes one ask again. Only an answer to a question of ours is believed.
package payfip

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"preau/internal/latin"
	"preau/internal/money"
)

// The bounds of an amount.
const (
	Least money.Cents = 100       // 1 €
	Most  money.Cents = 99_999_99 // below 100 000 €
)

// The values of saisie.
const (
	Test       = "T"
	Activation = "X" // the first real payment, which opens the contract
	Production = "W"
)

// namespace of the operations.
const namespace = "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"

// ContentType is what an envelope is sent as.
const ContentType = "text/xml; charset=utf-8"

// The operations, as SOAP names them.
const (
	Create = "creerPaiementSecurise"
	Detail = "recupererDetailPaiementSecurise"
	Client = "recupererDetailClient"
)

// Order is a payment to ask for.
type Order struct {
	Client   string      // numcli: 6 digits given by the DGFiP
	Year     int         // of the receivable
	Debt     string      // refdet: 6 to 30 letters and digits
	Subject  string      // objet: see Subject
	Total    money.Cents // between Least and Most
	Email    string
	Mode     string // Test, Activation or Production
	Notify   string // address that PayFiP calls
	Redirect string // address the browser comes back to
}

// Check says what is wrong with an order, in the words of the service's own codes.
func (o Order) Check() error {
	switch {
	case !isDigits(o.Client) || len(o.Client) != 6:
		return fmt.Errorf("payfip: the client number %q is not 6 digits (T1)", o.Client)
	case o.Year < 2000 || o.Year > 2999:
		return fmt.Errorf("payfip: %d is no year", o.Year)
	case len(o.Debt) < 6 || len(o.Debt) > 30 || !isAlnum(o.Debt):
		return fmt.Errorf("payfip: the reference %q is not 6 to 30 letters and digits (R3)", o.Debt)
	case o.Total < Least:
		return fmt.Errorf("payfip: %d cents are less than 1 € (M3)", int64(o.Total))
	case o.Total > Most:
		return fmt.Errorf("payfip: %d cents are too much (M5)", int64(o.Total))
	case len(o.Email) < 6 || len(o.Email) > 80 || strings.Count(o.Email, "@") != 1 || strings.ContainsAny(o.Email, " ,;"):
		return errors.New("payfip: the e-mail is not one address of 6 to 80 characters (A2)")
	case o.Mode != Test && o.Mode != Activation && o.Mode != Production:
		return fmt.Errorf("payfip: %q is none of T, X, W (S1)", o.Mode)
	case !address(o.Notify):
		return errors.New("payfip: the address of the notification (N1)")
	case !address(o.Redirect):
		return errors.New("payfip: the address to come back to (D1)")
	}
	return nil
}

func address(s string) bool {
	return len(s) <= 250 && (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://"))
}

// Subject writes a text as objet takes it: letters, digits and single spaces, without accents, 100 at most.
func Subject(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\'' || c == '-' || c == ' ':
			return ' '
		case alnum(c):
			return c
		}
		return -1
	}, latin.Plain(s))
	s = strings.Join(strings.Fields(s), " ")
	return strings.TrimSpace(s[:min(len(s), 100)])
}

// Debt makes a reference of letters and digits of what has others: "F2026-000123-K7Q2" is F2026000123K7Q2.
func Debt(s string) string {
	return strings.Map(func(c rune) rune {
		if alnum(c) {
			return c
		}
		return -1
	}, s)
}

func alnum(c rune) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isAlnum(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return !alnum(c) })
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Envelope is the request that creates a payment. The order is checked first.
func (o Order) Envelope() ([]byte, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	return envelope(Create, [][2]string{
		{"exer", fmt.Sprintf("%04d", o.Year)}, {"mel", o.Email}, {"montant", fmt.Sprintf("%d", int64(o.Total))}, {"numcli", o.Client},
		{"objet", Subject(o.Subject)}, {"refdet", o.Debt}, {"saisie", o.Mode}, {"urlnotif", o.Notify}, {"urlredirect", o.Redirect},
	}), nil
}

// DetailEnvelope asks what became of a payment. The capital of idOp matters: with a small letter every payment is unknown.
func DetailEnvelope(operation string) []byte {
	return envelope(Detail, [][2]string{{"idOp", operation}})
}

// ClientEnvelope asks who a client number is.
func ClientEnvelope(number string) []byte { return envelope(Client, [][2]string{{"numCli", number}}) }

func envelope(operation string, fields [][2]string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:pai="` + namespace + `"><soapenv:Header/><soapenv:Body><pai:` + operation + `><arg0>`)
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		b.WriteString("<" + f[0] + ">")
		_ = xml.EscapeText(&b, []byte(f[1])) // a builder takes everything
		b.WriteString("</" + f[0] + ">")
	}
	b.WriteString(`</arg0></pai:` + operation + `></soapenv:Body></soapenv:Envelope>`)
	return []byte(b.String())
}

// ValidOperation reports whether s has the form of an identifier of a payment: 36 characters of a UUID.
func ValidOperation(s string) bool {
	if len(s) != 36 || !utf8.ValidString(s) {
		return false
	}
	for i, c := range s {
		if (i == 8 || i == 13 || i == 18 || i == 23) != (c == '-') {
			return false
		}
		if c != '-' && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
