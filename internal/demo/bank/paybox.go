package bank

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the real one signs with it
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"preau/internal/money"
	"preau/internal/paybox"
)

// The test account that Verifone publishes; its key opens nothing.
var (
	Contract = paybox.Contract{Site: "1999888", Rank: "32", Identifier: "107904482"}
	KeyHex   = strings.Repeat("0123456789ABCDEF", 8)
)

// Tries is how often the bank calls a town that does not answer as it should.
const Tries = 3

// Paybox is one.
type Paybox struct {
	base string
	call Caller
	now  func() time.Time
	mac  []byte
	key  *rsa.PrivateKey
	pub  string

	mu     sync.Mutex
	orders []*Order
	refund []Refund
	last   int64 // number of the last transaction
	down   bool
}

// Order is a payment that a town asked for.
type Order struct {
	ID                string
	Fields            []paybox.Field
	Total             money.Cents
	Reference         string
	Email             string
	At                time.Time
	State             string // "", or the answer last given
	Call, Transaction string
	Statuses          []int // what the town answered, call by call
}

// Refund is one that a town asked PPPS for.
type Refund struct {
	Reference string
	Total     money.Cents
	Number    string
}

// Answer is what becomes of a payment.
type Answer string

// The answers.
const (
	Accept  Answer = "paye"
	Refuse  Answer = "refuse"
	Cancel  Answer = "annule"
	Wait    Answer = "attente" // the issuer has not answered
	TimeOut Answer = "expire"
)

// codes are what each answer says in the notification; a payer who gives up makes none.
var codes = map[Answer]string{Accept: "00000", Refuse: "00151", Wait: "99999", TimeOut: "00030", Cancel: "00001"}

// NewPaybox makes one whose pages are under base ("http://localhost:8080/demo/banque"), with a key pair of its own.
func NewPaybox(base string, call Caller, now func() time.Time) (*Paybox, error) {
	key, err := rsa.GenerateKey(rand.Reader, 1024) // as long as the real one's
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	mac, err := paybox.ParseKey(KeyHex)
	if err != nil {
		return nil, err
	}
	return &Paybox{base: base, call: call, now: now, mac: mac, key: key, last: 87650000,
		pub: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, nil
}

// PublicKey is the key to verify with, as PEM.
func (p *Paybox) PublicKey() string { return p.pub }

// Base is where its pages are.
func (p *Paybox) Base() string { return p.base }

// Down makes its servers say that they do not work, or work again.
func (p *Paybox) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Orders are the payments that were asked for, the latest first.
func (p *Paybox) Orders() []Order {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Order
	for _, o := range slices.Backward(p.orders) {
		out = append(out, *o)
	}
	return out
}

// Refunds are those that were made.
func (p *Paybox) Refunds() []Refund {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refund)
}

// known are the fields that a form may have.
var known = []string{"PBX_SITE", "PBX_RANG", "PBX_IDENTIFIANT", "PBX_TOTAL", "PBX_DEVISE", "PBX_CMD", "PBX_PORTEUR", "PBX_RETOUR", "PBX_HASH", "PBX_TIME", "PBX_HMAC",
	"PBX_REPONDRE_A", "PBX_RUF1", "PBX_EFFECTUE", "PBX_REFUSE", "PBX_ANNULE", "PBX_ATTENTE", "PBX_LANGUE", "PBX_SOURCE", "PBX_SHOPPINGCART", "PBX_BILLING"}

// mandatory are those that it must have.
var mandatory = []string{"PBX_SITE", "PBX_RANG", "PBX_IDENTIFIANT", "PBX_TOTAL", "PBX_DEVISE", "PBX_CMD", "PBX_PORTEUR", "PBX_RETOUR", "PBX_HASH", "PBX_TIME", "PBX_HMAC",
	"PBX_SHOPPINGCART", "PBX_BILLING"}

// Refusal is an error of the form, with the code of the real bank.
type Refusal struct{ Code, Why string }

// Error is the refusal for the page.
func (r *Refusal) Error() string { return r.Code + " : " + r.Why }

// Receive takes a form as it was posted, and gives the payment that it asks for.
func (p *Paybox) Receive(body string) (Order, error) {
	fields, err := paybox.ParseFields(body)
	if err != nil {
		return Order{}, &Refusal{"00003", "ce formulaire ne peut être lu"}
	}
	if err := p.check(fields); err != nil {
		return Order{}, err
	}
	total, err := strconv.ParseInt(paybox.Get(fields, "PBX_TOTAL"), 10, 64)
	if err != nil || total <= 0 || len(paybox.Get(fields, "PBX_TOTAL")) < 3 {
		return Order{}, &Refusal{"00011", "montant incorrect"}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	reference := paybox.Get(fields, "PBX_CMD")
	for _, o := range p.orders {
		if o.Reference == reference && o.State == string(Accept) {
			return Order{}, &Refusal{"00015", "paiement déjà effectué"}
		}
	}
	p.last++
	o := &Order{ID: rand.Text(), Fields: fields, Total: money.Cents(total), Reference: reference, Email: paybox.Get(fields, "PBX_PORTEUR"), At: p.now(),
		Call: strconv.FormatInt(p.last+1000, 10), Transaction: strconv.FormatInt(p.last, 10)}
	p.orders = append(p.orders, o)
	return *o, nil
}

func (p *Paybox) check(fields []paybox.Field) error {
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Name] || !slices.Contains(known, f.Name) || f.Value == "" {
			return &Refusal{"00006", "accès refusé (champ " + f.Name + ")"}
		}
		seen[f.Name] = true
	}
	for _, name := range mandatory {
		if !seen[name] {
			return &Refusal{"00006", "accès refusé (il manque " + name + ")"}
		}
	}
	if !paybox.Genuine(p.mac, fields) {
		return &Refusal{"00006", "accès refusé (signature)"}
	}
	if paybox.Get(fields, "PBX_SITE") != Contract.Site || paybox.Get(fields, "PBX_RANG") != Contract.Rank || paybox.Get(fields, "PBX_IDENTIFIANT") != Contract.Identifier {
		return &Refusal{"00006", "accès refusé (site, rang ou identifiant)"}
	}
	if paybox.Get(fields, "PBX_DEVISE") != paybox.Euro {
		return &Refusal{"00010", "devise inconnue"}
	}
	if _, err := time.Parse(time.RFC3339, paybox.Get(fields, "PBX_TIME")); err != nil {
		return &Refusal{"00006", "accès refusé (PBX_TIME)"}
	}
	var cart struct {
		Quantity int `xml:"total>totalQuantity"`
	}
	var billing struct {
		Address struct{ FirstName, LastName, Address1, ZipCode, City, CountryCode string }
	}
	if err := xml.Unmarshal([]byte(paybox.Get(fields, "PBX_SHOPPINGCART")), &cart); err != nil || cart.Quantity < 1 || cart.Quantity > 99 {
		return &Refusal{"00006", "accès refusé (PBX_SHOPPINGCART)"}
	}
	a := &billing.Address
	if err := xml.Unmarshal([]byte(paybox.Get(fields, "PBX_BILLING")), &billing); err != nil || a.FirstName == "" || a.LastName == "" || a.Address1 == "" || a.ZipCode == "" || a.City == "" || len(a.CountryCode) != 3 {
		return &Refusal{"00006", "accès refusé (PBX_BILLING)"}
	}
	return nil
}

// ErrNoOrder is a payment that nobody asked for.
var ErrNoOrder = errors.New("bank: no such payment")

// Decide gives an answer to a payment: the town is told, then the browser may go back to the address that is returned.
func (p *Paybox) Decide(ctx context.Context, id string, a Answer) (back string, err error) {
	o, err := p.settle(id, a)
	if err != nil {
		return "", err
	}
	if a != Cancel {
		p.Tell(ctx, o, a)
	}
	field := map[Answer]string{Accept: paybox.FieldDone, Refuse: paybox.FieldRefused, Cancel: paybox.FieldCancelled, Wait: paybox.FieldWaiting, TimeOut: paybox.FieldRefused}[a]
	address := paybox.Get(o.Fields, field)
	if address == "" {
		return "", nil
	}
	path, own, _ := strings.Cut(address, "?")
	left := o.answer(a)
	if own != "" {
		left = own + "&" + left // for the browser, all that follows the question mark is signed
	}
	return path + "?" + p.sign(left), nil
}

// Settle gives an answer to a payment without telling anybody: a call that is lost.
func (p *Paybox) Settle(id string, a Answer) error {
	_, err := p.settle(id, a)
	return err
}

func (p *Paybox) settle(id string, a Answer) (Order, error) {
	if codes[a] == "" {
		return Order{}, ErrNoOrder
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.orders {
		if o.ID != id {
			continue
		}
		if o.State != string(Accept) {
			o.State = string(a)
		}
		return *o, nil
	}
	return Order{}, ErrNoOrder
}

// Tell calls the town with an answer, up to three times until it takes it.
func (p *Paybox) Tell(ctx context.Context, o Order, a Answer) {
	address := paybox.Get(o.Fields, paybox.FieldNotify)
	if address == "" {
		return
	}
	body := p.Notice(o, a)
	for range Tries {
		method, target, sent := http.MethodGet, address, ""
		if paybox.Get(o.Fields, paybox.FieldMethod) == http.MethodPost {
			method, sent = http.MethodPost, body
		} else if strings.Contains(address, "?") {
			target += "&" + body
		} else {
			target += "?" + body
		}
		status, err := p.call(ctx, method, target, sent)
		p.note(o.ID, status)
		if err == nil && status >= 200 && status < 300 {
			return
		}
	}
}

func (p *Paybox) note(id string, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.orders {
		if o.ID == id {
			o.Statuses = append(o.Statuses, status)
		}
	}
}

// Notice is the notification of an answer, signed.
func (p *Paybox) Notice(o Order, a Answer) string { return p.sign(o.answer(a)) }

// sign adds the signature of what stands left of it.
func (p *Paybox) sign(left string) string {
	sum := sha1.Sum([]byte(left))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA1, sum[:])
	if err != nil {
		panic(err) // a key of 1024 bits signs 20 bytes
	}
	return left + "&signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
}

// Sign signs a text as the bank would, whatever it says: for tests of what a bank never says.
func (p *Paybox) Sign(left string) string { return p.sign(left) }

// answer writes what PBX_RETOUR asks for, in its order; what there is none of is left out.
func (o Order) answer(a Answer) string {
	values := map[string]string{"M": paybox.Get(o.Fields, "PBX_TOTAL"), "R": o.Reference, "T": o.Call, "S": o.Transaction, "E": codes[a], "P": "CARTE", "C": "CB",
		"W": o.At.Format("02012006"), "Q": o.At.Format("15:04:05"), "Y": "FRA"}
	if a == Accept {
		values["A"] = "XXXXXX"
	}
	var parts []string
	for pair := range strings.SplitSeq(paybox.Get(o.Fields, "PBX_RETOUR"), ";") {
		name, letter, _ := strings.Cut(pair, ":")
		if values[letter] != "" {
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(values[letter]))
		}
	}
	return strings.Join(parts, "&")
}

// Direct answers a question of PPPS.
func (p *Paybox) Direct(body string) string {
	fields, err := paybox.ParseFields(body)
	if err != nil {
		return "CODEREPONSE=00014&COMMENTAIRE=Trame+incoherente"
	}
	get := func(name string) string { return paybox.Get(fields, name) }
	reply := func(code, comment, status string) string {
		return fmt.Sprintf("NUMTRANS=%s&NUMAPPEL=%s&NUMQUESTION=%s&SITE=%s&RANG=%s&AUTORISATION=XXXXXX&CODEREPONSE=%s&COMMENTAIRE=%s&REFABONNE=&PORTEUR=&STATUS=%s",
			get("NUMTRANS"), get("NUMAPPEL"), get("NUMQUESTION"), get("SITE"), get("RANG"), code, comment, status)
	}
	if !paybox.Genuine(p.mac, fields) || get("SITE") != Contract.Site || get("IDENTIFIANT") != Contract.Identifier {
		return reply("00006", "Acces refuse", "")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.orders, func(o *Order) bool {
		return o.Transaction == strings.TrimLeft(get("NUMTRANS"), "0") && o.Call == strings.TrimLeft(get("NUMAPPEL"), "0")
	})
	if at < 0 {
		return reply("00018", "Transaction non trouvee", "")
	}
	o := p.orders[at]
	if get("TYPE") == string(paybox.Inquiry) {
		return reply("00000", "Demande trait\xe9e avec succ\xe8s", map[string]string{string(Accept): "Captur\xe9", string(Refuse): "Refus\xe9"}[o.State])
	}
	return p.refunded(o, fields, reply)
}

// refunded makes a refund of a payment that was accepted, once per number of question, and never of more than was paid.
func (p *Paybox) refunded(o *Order, fields []paybox.Field, reply func(code, comment, status string) string) string {
	number := paybox.Get(fields, "NUMQUESTION")
	total, err := strconv.ParseInt(paybox.Get(fields, "MONTANT"), 10, 64)
	left := o.Total
	for _, r := range p.refund {
		if r.Number == number {
			return reply("00039", "Question deja posee", "")
		}
		if r.Reference == o.Reference {
			left -= r.Total
		}
	}
	switch {
	case paybox.Get(fields, "TYPE") != string(paybox.Refund):
		return reply("00002", "Incoherence", "")
	case o.State != string(Accept):
		return reply("00018", "Transaction non trouvee", "")
	case err != nil || total <= 0 || money.Cents(total) > left:
		return reply("00011", "Montant incorrect", "")
	}
	p.refund = append(p.refund, Refund{Reference: o.Reference, Total: money.Cents(total), Number: number})
	return reply("00000", "Demande trait\xe9e avec succ\xe8s", "Rembours\xe9")
}
