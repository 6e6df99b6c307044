package paybox_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/money"
	"preau/internal/paybox"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The signatures of the published and of the computed examples.
func TestSignaturesOfForms(t *testing.T) {
	var vectors []struct {
		ID      string      `json:"id"`
		Key     string      `json:"key_hex"`
		Fields  [][2]string `json:"fields_in_order"`
		Message string      `json:"message_utf8"`
		Want    string      `json:"expected_hmac"`
	}
	if err := json.Unmarshal(read(t, "hmac_vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 5 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		key, err := paybox.ParseKey(v.Key)
		if err != nil {
			t.Fatal(err)
		}
		var fields []paybox.Field
		for _, f := range v.Fields {
			fields = append(fields, paybox.Field{Name: f[0], Value: f[1]})
		}
		if got := paybox.Message(fields); got != v.Message {
			t.Errorf("%s: signed text\n%s\nwant\n%s", v.ID, got, v.Message)
		}
		got, err := paybox.MAC(key, fields)
		if err != nil || got != v.Want {
			t.Errorf("%s: %s, %v; want %s", v.ID, got, err, v.Want)
		}
		if signed := append(fields, paybox.Field{Name: paybox.FieldHMAC, Value: v.Want}); !paybox.Genuine(key, signed) {
			t.Errorf("%s: its own signature is refused", v.ID)
		}
		swapped := slices.Clone(fields)
		swapped[0], swapped[1] = swapped[1], swapped[0]
		if paybox.Genuine(key, append(swapped, paybox.Field{Name: paybox.FieldHMAC, Value: v.Want})) {
			t.Errorf("%s: two fields that changed places keep the signature", v.ID)
		}
	}
	if _, err := paybox.MAC(nil, []paybox.Field{{Name: "PBX_HASH", Value: "MD5"}}); err == nil {
		t.Error("a function that the bank does not know is accepted")
	}
	for _, bad := range []string{"", "0", "0123456789ABCDEFG", "clé"} {
		if _, err := paybox.ParseKey(bad); !errors.Is(err, paybox.ErrKey) {
			t.Errorf("key %q: %v", bad, err)
		}
	}
}

func order() paybox.Order {
	return paybox.Order{
		Contract: paybox.Contract{Site: "1999888", Rank: "32", Identifier: "107904482"}, Total: 4217, Reference: "F2026-000123-K7Q29XMB",
		Email: "parent@example.org", At: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("", 3600)), Quantity: 12,
		Payer:  paybox.Payer{First: "Hélène", Last: "O’Brien-Lefèvre & <Cie>", Address: "5 rue Marconi\r\nbâtiment B", PostalCode: "78400", City: "Chatou", Mobile: "+33 6 39 98 01 02"},
		Notify: "https://portail.example.org/paiement/paybox/notification", Done: "https://portail.example.org/espace/paiements/1?retour=effectue",
		Refused: "https://portail.example.org/r", Cancelled: "https://portail.example.org/a", Waiting: "https://portail.example.org/w",
	}
}

func TestTheForm(t *testing.T) {
	key, err := paybox.ParseKey(strings.Repeat("0123456789ABCDEF", 8))
	if err != nil {
		t.Fatal(err)
	}
	fields, err := order().Form(key)
	if err != nil {
		t.Fatal(err)
	}
	if !paybox.Genuine(key, fields) {
		t.Error("the form does not carry its own signature")
	}
	for _, name := range []string{"PBX_SITE", "PBX_RANG", "PBX_IDENTIFIANT", "PBX_TOTAL", "PBX_DEVISE", "PBX_CMD", "PBX_PORTEUR", "PBX_RETOUR", "PBX_HASH", "PBX_TIME",
		"PBX_SHOPPINGCART", "PBX_BILLING", "PBX_HMAC"} {
		if paybox.Get(fields, name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if last := fields[len(fields)-1].Name; last != paybox.FieldHMAC {
		t.Errorf("the last field is %s", last)
	}
	for _, f := range fields {
		if !strings.HasPrefix(f.Name, "PBX_") || f.Value == "" || f.Name == "PBX_3DS" {
			t.Errorf("the bank refuses a field %q of value %q", f.Name, f.Value)
		}
	}
	if got := paybox.Get(fields, "PBX_TIME"); got != "2026-11-23T09:30:00+01:00" {
		t.Errorf("time %s", got)
	}
	if got, want := paybox.Get(fields, "PBX_SHOPPINGCART"), `<?xml version="1.0" encoding="utf-8"?><shoppingcart><total><totalQuantity>12</totalQuantity></total></shoppingcart>`; got != want {
		t.Error(got)
	}
	want := `<?xml version="1.0" encoding="utf-8"?><Billing><Address><FirstName>Helene</FirstName><LastName>O&apos;Brien-Lefevre &amp; &lt;Cie</LastName>` +
		`<Address1>5 rue Marconi batiment B</Address1><ZipCode>78400</ZipCode><City>Chatou</City><CountryCode>250</CountryCode>` +
		`<CountryCodeMobilePhone>33</CountryCodeMobilePhone><MobilePhone>0639980102</MobilePhone></Address></Billing>`
	if got := paybox.Get(fields, "PBX_BILLING"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if !strings.HasSuffix(paybox.Returned, ";signature:K") {
		t.Error("what follows the signature is not signed")
	}
}

func TestWhatABankRefusesIsNotSent(t *testing.T) {
	for what, change := range map[string]func(*paybox.Order){
		"a site of six digits":         func(o *paybox.Order) { o.Site = "199988" },
		"a rank of one digit":          func(o *paybox.Order) { o.Rank = "3" },
		"an identifier with letters":   func(o *paybox.Order) { o.Identifier = "12A" },
		"nothing to pay":               func(o *paybox.Order) { o.Total = 0 },
		"a negative amount":            func(o *paybox.Order) { o.Total = -5 },
		"a reference with accents":     func(o *paybox.Order) { o.Reference = "crèche" },
		"no reference":                 func(o *paybox.Order) { o.Reference = "" },
		"an e-mail without a dot":      func(o *paybox.Order) { o.Email = "parent@localhost" },
		"no time":                      func(o *paybox.Order) { o.At = time.Time{} },
		"a function nobody knows":      func(o *paybox.Order) { o.Hash = "MD5" },
		"an e-mail longer than it may": func(o *paybox.Order) { o.Email = strings.Repeat("a", 120) + "@b.fr" },
	} {
		o := order()
		change(&o)
		if _, err := o.Form([]byte{1}); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	for c, want := range map[money.Cents]string{5: "005", 50: "050", 4217: "4217", 1234567: "1234567"} {
		if got := paybox.Total(c); got != want {
			t.Errorf("%d cents: %s, want %s", c, got, want)
		}
	}
}

// An address that is not known still makes a text that the bank can read.
func TestBillingIsAlwaysWellFormed(t *testing.T) {
	for _, p := range []paybox.Payer{{}, {First: "李", Last: "\x00&&", City: strings.Repeat("é", 80), Mobile: "01 39 00 00 00"}, order().Payer} {
		o := order()
		o.Payer = p
		fields, err := o.Form([]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			Address struct {
				FirstName, LastName, Address1, ZipCode, City, CountryCode, MobilePhone string
			}
		}
		if err := xml.Unmarshal([]byte(paybox.Get(fields, "PBX_BILLING")), &back); err != nil {
			t.Fatal(err)
		}
		a := back.Address
		if a.FirstName == "" || a.LastName == "" || a.Address1 == "" || a.ZipCode == "" || a.City == "" || a.CountryCode != "250" || len(a.City) > 50 || len(a.LastName) > 22 {
			t.Errorf("%+v", a)
		}
	}
}

// pair makes a key of the bank and what Verify needs of it.
func pair(t testing.TB) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func sign(t testing.TB, key *rsa.PrivateKey, left string) string {
	t.Helper()
	sum := sha1.Sum([]byte(left))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA1, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// Signatures that Verifone made, whole, tampered with and cut.
func TestNotificationsOfTheRealBank(t *testing.T) {
	var vectors []struct {
		ID    string `json:"id"`
		Key   string `json:"public_key_file"`
		Left  string `json:"signed_bytes"`
		Raw   string `json:"raw_query"`
		Valid bool   `json:"expect_valid"`
	}
	if err := json.Unmarshal(read(t, "ipn_vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	_, other := pair(t)
	for _, v := range vectors {
		text := string(read(t, v.Key))
		for _, pems := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), other + text, text + "\n" + other} {
			keys, err := paybox.ParseKeys(pems)
			if err != nil {
				t.Fatal(err)
			}
			left, err := paybox.Verify([]byte(v.Raw), keys)
			if v.Valid && (err != nil || string(left) != v.Left) {
				t.Errorf("%s: %q, %v", v.ID, left, err)
			}
			if !v.Valid && !errors.Is(err, paybox.ErrSignature) {
				t.Errorf("%s: %q, %v", v.ID, left, err)
			}
		}
		keys, err := paybox.ParseKeys(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := paybox.Verify([]byte(v.Raw), keys); !errors.Is(err, paybox.ErrSignature) {
			t.Errorf("%s: another key verifies it", v.ID)
		}
	}
	for _, bad := range []string{"", "nothing", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := paybox.ParseKeys(bad); err == nil {
			t.Errorf("keys %q: accepted", bad)
		}
	}
}

func TestWhatABankSays(t *testing.T) {
	key, pems := pair(t)
	keys, err := paybox.ParseKeys(pems)
	if err != nil {
		t.Fatal(err)
	}
	const base = "montant=4217&reference=F2026-000123-1&appel=12345678&"
	for what, c := range map[string]struct {
		left string
		want paybox.Outcome
	}{
		"accepted":                                     {base + "auto=XXXXXX&erreur=00000&trans=87654321", paybox.Paid},
		"accepted, without an authorisation":           {base + "erreur=00000", paybox.Odd},
		"accepted by a code of special cards":          {base + "auto=XXXXXX&erreur=00201", paybox.Odd},
		"refused: insufficient funds":                  {base + "erreur=00151", paybox.Refused},
		"refused: card number":                         {base + "erreur=00004", paybox.Refused},
		"refused although it carries an authorisation": {base + "auto=XXXXXX&erreur=00105", paybox.Refused},
		"the page timed out":                           {base + "erreur=00030", paybox.Cancelled},
		"the issuer has not answered":                  {base + "erreur=99999", paybox.Pending},
		"a failure of the centre":                      {base + "erreur=00001", paybox.Technical},
		"access refused":                               {base + "erreur=00006", paybox.Technical},
		"a code that nobody knows":                     {base + "auto=XXXXXX&erreur=55555", paybox.Technical},
	} {
		raw := c.left + "&signature=" + url.QueryEscape(sign(t, key, c.left))
		left, err := paybox.Verify([]byte(raw), keys)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		n, err := paybox.ReadNotice(left)
		if err != nil || n.Outcome() != c.want || n.Total != 4217 || n.Reference != "F2026-000123-1" || n.Call != "12345678" {
			t.Errorf("%s: %+v, %s, %v; want %s", what, n, n.Outcome(), err, c.want)
		}
	}
}

// The signature covers the bytes as they came: how they were encoded, their order, and nothing after it.
func TestVerificationKeepsToTheBytes(t *testing.T) {
	key, pems := pair(t)
	keys, err := paybox.ParseKeys(pems)
	if err != nil {
		t.Fatal(err)
	}
	const left = "montant=100&reference=CMD%20%26%201&auto=A%2b1&erreur=00000"
	signature := sign(t, key, left)
	escaped := url.QueryEscape(signature)
	for what, raw := range map[string]string{
		"as it is":                        left + "&signature=" + escaped,
		"encoded twice":                   left + "&signature=" + url.QueryEscape(escaped),
		"with a plus that is not encoded": left + "&signature=" + strings.NewReplacer("%2B", "+", "%3D", "=", "%2F", "/").Replace(escaped),
		"with something unsigned after":   left + "&signature=" + escaped + "&montant=1&erreur=00000",
	} {
		got, err := paybox.Verify([]byte(raw), keys)
		if err != nil || string(got) != left {
			t.Errorf("%s: %q, %v", what, got, err)
			continue
		}
		if n, err := paybox.ReadNotice(got); err != nil || n.Reference != "CMD & 1" || n.Authorisation != "A+1" || n.Total != 100 {
			t.Errorf("%s: %+v, %v", what, n, err)
		}
	}
	for what, raw := range map[string]string{
		"encoded otherwise":       strings.ReplaceAll(left, "%20", "+") + "&signature=" + escaped,
		"in another order":        "reference=CMD%20%26%201&montant=100&auto=A%2b1&erreur=00000&signature=" + escaped,
		"with another amount":     strings.Replace(left, "100", "1", 1) + "&signature=" + escaped,
		"with a field before":     "a=1&" + left + "&signature=" + escaped,
		"signed twice":            left + "&signature=" + escaped + "&signature=" + escaped,
		"without a signature":     left,
		"with an empty one":       left + "&signature=",
		"with one in hexadecimal": left + "&signature=00ff",
		"too long":                left + strings.Repeat("&x=1", 3000) + "&signature=" + escaped,
		"nothing":                 "",
	} {
		if _, err := paybox.Verify([]byte(raw), keys); !errors.Is(err, paybox.ErrSignature) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, signed := range []string{"montant=x&reference=1&erreur=00000", "montant=1&reference=&erreur=00000", "montant=1&reference=1&erreur=0", "montant=1&montant=2&reference=1&erreur=00000",
		"montant=1&reference=%00&erreur=00000", "montant=-1&reference=1&erreur=00000", "montant=1&reference=%ff&erreur=00000"} {
		if n, err := paybox.ReadNotice([]byte(signed)); !errors.Is(err, paybox.ErrNotice) {
			t.Errorf("%s: %+v, %v", signed, n, err)
		}
	}
}

// FuzzNotice: whatever comes, nothing is believed without the key, and reading does not fail otherwise than by an error.
func FuzzNotice(f *testing.F) {
	var vectors []struct {
		Raw string `json:"raw_query"`
	}
	if err := json.Unmarshal(read(f, "ipn_vectors.json"), &vectors); err != nil {
		f.Fatal(err)
	}
	keys, err := paybox.ParseKeys(string(read(f, "paybox-public-key-2014.pem")))
	if err != nil {
		f.Fatal(err)
	}
	genuine := ""
	for _, v := range vectors {
		f.Add([]byte(v.Raw))
		genuine = vectors[0].Raw
	}
	f.Add([]byte("montant=4217&reference=F-1&appel=1&auto=X&erreur=00000&signature=AAAA"))
	f.Add([]byte("montant=1&reference=%zz&signature=%"))
	left, _, _ := strings.Cut(genuine, "&signature=")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if signed, err := paybox.Verify(raw, keys); err == nil && string(signed) != left {
			t.Errorf("%q is believed", raw)
		}
		if n, err := paybox.ReadNotice(raw); err == nil && (n.Total < 0 || n.Reference == "" || len(n.Code) != 5) {
			t.Errorf("%q: %+v", raw, n)
		}
		if r, err := paybox.ParseReply(raw); err == nil && len(r.Code) != 5 {
			t.Errorf("%q: %+v", raw, r)
		}
	})
}

func TestPPPS(t *testing.T) {
	key, err := paybox.ParseKey(strings.Repeat("0123456789ABCDEF", 8))
	if err != nil {
		t.Fatal(err)
	}
	q := paybox.Question{Contract: order().Contract, Type: paybox.Refund, Number: 42, Total: 4217, Reference: "F2026-000123-1", Call: "12345678", Transaction: "87654321",
		At: time.Date(2026, 11, 23, 9, 30, 5, 0, time.UTC)}
	fields, err := q.Form(key)
	if err != nil {
		t.Fatal(err)
	}
	const want = "VERSION=00104&TYPE=00014&SITE=1999888&RANG=032&IDENTIFIANT=107904482&NUMQUESTION=0000000042&MONTANT=0000004217&DEVISE=978&REFERENCE=F2026-000123-1" +
		"&NUMAPPEL=0012345678&NUMTRANS=0087654321&ACTIVITE=024&DATEQ=23112026093005&HASH=SHA512"
	if body := paybox.Encode(fields); !strings.HasPrefix(body, want+"&HMAC=") || !paybox.Genuine(key, fields) {
		t.Errorf("%s", body)
	}
	for _, change := range []func(*paybox.Question){func(q *paybox.Question) { q.Number = 0 }, func(q *paybox.Question) { q.Number = paybox.QuestionMost + 1 }, func(q *paybox.Question) { q.Call = "" }} {
		bad := q
		change(&bad)
		if _, err := bad.Form(key); err == nil {
			t.Errorf("%+v: accepted", bad)
		}
	}
	r, err := paybox.ParseReply([]byte("NUMTRANS=0087654321&NUMAPPEL=0012345678&NUMQUESTION=0000000042&SITE=1999888&RANG=32&AUTORISATION=XXXXXX&CODEREPONSE=00000&COMMENTAIRE=Demande trait\xe9e avec succ\xe8s&REFABONNE=&PORTEUR=&STATUS=Rembours\xe9\r\n"))
	if err != nil || r.Code != "00000" || r.Comment != "Demande traitée avec succès" || r.Status != "Remboursé" || r.Number != 42 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, bad := range []string{"", "<html>", "CODEREPONSE=0", "CODEREPONSE=%zz"} {
		if _, err := paybox.ParseReply([]byte(bad)); !errors.Is(err, paybox.ErrReply) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAServerThatWorks(t *testing.T) {
	for page, want := range map[string]bool{
		`<html><body><div id="server_status" style="text-align:center;">OK</div></body></html>`: true,
		`<DIV STYLE='x' ID='server_status'>OK</DIV>`:                                            true,
		`<div id="server_status">KO</div>`:                                                      false,
		`<div id="server_status"> OK</div>`:                                                     false,
		`<div id="server_status"></div>OK`:                                                      false,
		`<div id="other">OK</div>`:                                                              false,
		`<div data-id="x">OK</div>`:                                                             false,
		"":                                                                                      false,
	} {
		if got := paybox.Up([]byte(page)); got != want {
			t.Errorf("%s: %v", page, got)
		}
	}
}
