package paybox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"preau/internal/latin"
	"preau/internal/money"
)

// Contract is what ties a town to the bank, without its key.
type Contract struct {
	Site       string // 7 digits
	Rank       string // 2 or 3 digits, sent as the bank wrote them
	Identifier string // 1 to 9 digits
}

// Order is a payment to ask for.
type Order struct {
	Contract
	Total     money.Cents
	Reference string    // PBX_CMD: unique, ASCII, as it comes back in the notification
	Email     string    // of the payer
	At        time.Time // the world's, with its offset
	Hash      string    // function of the signature; empty: SHA512
	Quantity  int       // of things paid, for the 3-D Secure assessment
	Payer     Payer
	Notify    string // address that the bank calls: no login, no redirect
	Post      bool   // the bank calls with POST instead of GET
	// Where the browser comes back; each only shows what the bank has told the server.
	Done, Refused, Cancelled, Waiting string
}

// Payer is who pays, as the 3-D Secure assessment (version 2) wants to know it.
type Payer struct {
	First, Last       string
	Address, Address2 string
	PostalCode, City  string
	Country           string // ISO 3166, three digits; empty: France
	Mobile            string // as it was typed; only a French number is sent
}

// france is the numeric code of France (ISO 3166).
const france = "250"

// Check says what is wrong with an order, before anybody is sent to the bank with it.
func (o Order) Check() error {
	switch {
	case !digits(o.Site, 7, 7):
		return fmt.Errorf("paybox: the site %q is not 7 digits", o.Site)
	case !digits(o.Rank, 2, 3):
		return fmt.Errorf("paybox: the rank %q is not 2 or 3 digits", o.Rank)
	case !digits(o.Identifier, 1, 9):
		return fmt.Errorf("paybox: the identifier %q is not 1 to 9 digits", o.Identifier)
	case o.Total <= 0:
		return fmt.Errorf("paybox: %d cents cannot be paid", int64(o.Total))
	case o.Reference == "" || len(o.Reference) > 250 || latin.Plain(o.Reference) != o.Reference:
		return fmt.Errorf("paybox: the reference %q is not 1 to 250 plain characters", o.Reference)
	case len(o.Email) < 6 || len(o.Email) > 120 || !strings.Contains(o.Email, "@") || !strings.Contains(o.Email, "."):
		return fmt.Errorf("paybox: the payer's e-mail is not 6 to 120 characters with @ and a dot")
	case o.At.IsZero():
		return fmt.Errorf("paybox: the order has no time")
	}
	return nil
}

// Form is the form to post to the bank, signed with the contract's key: these fields, in this order, and no other.
func (o Order) Form(key []byte) ([]Field, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	method := "GET"
	if o.Post {
		method = "POST"
	}
	name := o.Hash
	if name == "" {
		name = "SHA512"
	}
	all := []Field{
		{"PBX_SITE", o.Site}, {"PBX_RANG", o.Rank}, {"PBX_IDENTIFIANT", o.Identifier},
		{FieldTotal, Total(o.Total)}, {"PBX_DEVISE", Euro}, {FieldReference, o.Reference}, {"PBX_PORTEUR", o.Email},
		{FieldReturn, Returned}, {FieldHash, name}, {"PBX_TIME", o.At.Format("2006-01-02T15:04:05-07:00")},
		{FieldNotify, o.Notify}, {FieldMethod, method},
		{FieldDone, o.Done}, {FieldRefused, o.Refused}, {FieldCancelled, o.Cancelled}, {FieldWaiting, o.Waiting},
		{"PBX_LANGUE", "FRA"}, {"PBX_SOURCE", "RWD"},
		{"PBX_SHOPPINGCART", shoppingCart(o.Quantity)}, {"PBX_BILLING", o.Payer.billing()},
	}
	var fields []Field
	for _, f := range all {
		if f.Value != "" { // an empty field is neither sent nor signed
			fields = append(fields, f)
		}
	}
	mac, err := MAC(key, fields)
	if err != nil {
		return nil, err
	}
	return append(fields, Field{FieldHMAC, mac}), nil
}

// xmlHead opens both texts of the 3-D Secure assessment.
const xmlHead = `<?xml version="1.0" encoding="utf-8"?>`

func shoppingCart(n int) string {
	return xmlHead + "<shoppingcart><total><totalQuantity>" + strconv.Itoa(min(max(n, 1), 99)) + "</totalQuantity></total></shoppingcart>"
}

// billing writes who pays. The bank refuses an address without these five fields: what is not known is a dash.
func (p Payer) billing() string {
	country := p.Country
	if country == "" {
		country = france
	}
	var b strings.Builder
	b.WriteString(xmlHead + "<Billing><Address>")
	add := func(name, value string, most int, needed bool) {
		value = cut(latin.Plain(value), most)
		if value == "" && !needed {
			return
		}
		if value == "" {
			value = "-"
		}
		b.WriteString("<" + name + ">" + escape.Replace(value) + "</" + name + ">")
	}
	add("FirstName", p.First, 22, true)
	add("LastName", p.Last, 22, true)
	add("Address1", p.Address, 50, true)
	add("Address2", p.Address2, 50, false)
	add("ZipCode", p.PostalCode, 10, true)
	add("City", p.City, 50, true)
	add("CountryCode", country, 3, true)
	if number := frenchMobile(p.Mobile); number != "" {
		add("CountryCodeMobilePhone", "33", 3, true)
		add("MobilePhone", number, 10, true)
	}
	b.WriteString("</Address></Billing>")
	return b.String()
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

// cut keeps at most n characters, without a space at the end.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) > n {
		s = string([]rune(s)[:n])
	}
	return strings.TrimSpace(s)
}

// frenchMobile is a French mobile number as ten digits; empty for any other.
func frenchMobile(s string) string {
	only := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
	if strings.HasPrefix(strings.TrimSpace(s), "+33") || strings.HasPrefix(only, "0033") {
		only = "0" + strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(only, "00"), "33"), "0")
	}
	if len(only) == 10 && (strings.HasPrefix(only, "06") || strings.HasPrefix(only, "07")) {
		return only
	}
	return ""
}

func digits(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}
