package bank

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"preau/internal/money"
	"preau/internal/payfip"
)

// ClientNumber is the one client that the service knows.
const ClientNumber = "006270"

// PayFiP is one.
type PayFiP struct {
	base string
	call Caller
	now  func() time.Time

	mu         sync.Mutex
	operations []*Operation
	next       string // code of a fault that the next question gets
}

// Operation is a payment that a town created.
type Operation struct {
	ID      string // idOp
	Fields  map[string]string
	Total   money.Cents
	At      time.Time
	Result  string // resultrans; empty: nothing is known yet (P5)
	Opened  bool
	Purged  bool // P1 from now on
	DoneAt  time.Time
	Numauto string
}

// NewPayFiP makes one whose pages are under base ("http://localhost:8080/demo/payfip/tpa").
func NewPayFiP(base string, call Caller, now func() time.Time) *PayFiP {
	return &PayFiP{base: base, call: call, now: now}
}

// Base is where its pages are.
func (p *PayFiP) Base() string { return p.base }

// Operations are the payments that were created, the latest first.
func (p *PayFiP) Operations() []Operation {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Operation
	for _, o := range slices.Backward(p.operations) {
		out = append(out, *o)
	}
	return out
}

// Fail makes the next question be answered with a fault of this code: "999" is a technical one.
func (p *PayFiP) Fail(code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = code
}

// Purge forgets a payment, as the nightly clean-up does.
func (p *PayFiP) Purge(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.operations {
		if o.ID == id {
			o.Purged = true
		}
	}
}

// soap is the envelope of a question.
type soap struct {
	Body struct {
		Create *question `xml:"creerPaiementSecurise"`
		Detail *question `xml:"recupererDetailPaiementSecurise"`
		Client *question `xml:"recupererDetailClient"`
	} `xml:"Body"`
}

type question struct {
	Arg struct {
		Fields []struct {
			XMLName xml.Name
			Value   string `xml:",chardata"`
		} `xml:",any"`
	} `xml:"arg0"`
}

func (q *question) values() map[string]string {
	out := map[string]string{}
	for _, f := range q.Arg.Fields {
		out[f.XMLName.Local] = f.Value
	}
	return out
}

// labels are the words of the faults.
var labels = map[string]string{"T1": "Numéro de client invalide", "T2": "Client inexistant", "S1": "Saisie incorrecte", "M1": "Montant incorrect", "M3": "Montant inférieur à 1 euro",
	"M5": "Montant trop élevé", "A2": "Adresse mél incorrecte.", "N1": "URL de notification incorrecte", "D1": "URL de redirection incorrecte",
	"R3": "Le format du paramètre REFDET n'est pas conforme", "P1": "IdOp incorrect.", "P5": "Résultat de la transaction non connu.", "999": "Erreur technique"}

// Answer answers a question: the envelope and its status.
func (p *PayFiP) Answer(body string) (int, string) {
	var s soap
	if err := xml.Unmarshal([]byte(body), &s); err != nil {
		return fault("999")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if code := p.next; code != "" {
		p.next = ""
		return fault(code)
	}
	switch {
	case s.Body.Create != nil:
		return p.create(s.Body.Create.values())
	case s.Body.Detail != nil:
		return p.detail(s.Body.Detail.values()["idOp"]) // capital O, as the real one
	case s.Body.Client != nil:
		if s.Body.Client.values()["numCli"] != ClientNumber {
			return fault("T2")
		}
		return answer(payfip.Client, `<libelleN1>VILLE DE CHATOU</libelleN1><libelleN2>REGIE ENFANCE (DEMONSTRATION)</libelleN2><libelleN3/><numcli>`+ClientNumber+`</numcli>`)
	}
	return fault("999")
}

func (p *PayFiP) create(v map[string]string) (int, string) {
	total, err := strconv.ParseInt(v["montant"], 10, 64)
	year, yearErr := strconv.Atoi(v["exer"])
	if err != nil || yearErr != nil {
		return fault("M1")
	}
	o := payfip.Order{Client: v["numcli"], Year: year, Debt: v["refdet"], Total: money.Cents(total), Email: v["mel"], Mode: v["saisie"], Notify: v["urlnotif"], Redirect: v["urlredirect"]}
	if err := o.Check(); err != nil {
		_, code, _ := strings.Cut(err.Error(), "(")
		return fault(strings.TrimSuffix(code, ")"))
	}
	if o.Client != ClientNumber {
		return fault("T2")
	}
	op := &Operation{ID: uuid(), Fields: v, Total: o.Total, At: p.now()}
	p.operations = append(p.operations, op)
	return answer(payfip.Create, "<idOp>"+op.ID+"</idOp>")
}

func (p *PayFiP) detail(id string) (int, string) {
	for _, o := range p.operations {
		switch {
		case o.ID != id:
		case o.Purged:
			return fault("P1")
		case o.Result == "":
			return fault("P5")
		default:
			return answer(payfip.Detail, o.detail())
		}
	}
	return fault("P1")
}

func (o *Operation) detail() string {
	var b strings.Builder
	add := func(name, value string) {
		if value == "" {
			return
		}
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // a builder takes everything
		b.WriteString("</" + name + ">")
	}
	add("dattrans", o.DoneAt.Format("02012006"))
	add("exer", o.Fields["exer"])
	add("heurtrans", o.DoneAt.Format("1504"))
	add("idOp", o.ID)
	for _, name := range []string{"mel", "montant"} {
		add(name, o.Fields[name])
	}
	add("numauto", o.Numauto)
	for _, name := range []string{"numcli", "objet", "refdet"} {
		add(name, o.Fields[name])
	}
	add("resultrans", o.Result)
	add("saisie", o.Fields["saisie"])
	return b.String()
}

const contract = "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"

func answer(operation, inner string) (int, string) {
	return http.StatusOK, `<?xml version='1.0' encoding='UTF-8'?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><ns2:` + operation + `Response xmlns:ns2="` + contract +
		`"><return>` + inner + `</return></ns2:` + operation + `Response></S:Body></S:Envelope>`
}

func fault(code string) (int, string) {
	kind := "FonctionnelleErreur"
	if code == "999" {
		kind = "TechDysfonctionnementErreur"
	}
	return http.StatusInternalServerError, `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>` +
		`<faultcode>soapenv:Server</faultcode><faultstring>fr.gouv.finances.cp.tpa.webservice.exceptions.` + kind + `</faultstring><detail><ns2:` + kind + ` xmlns:ns2="` + contract + `"><code>` + code +
		`</code><descriptif/><libelle>` + labels[code] + `</libelle><severite>2</severite></ns2:` + kind + `></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`
}

// Open shows a payment to who makes it: once begun too late, or done, it cannot be.
func (p *PayFiP) Open(id string) (Operation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.operations {
		if o.ID != id || o.Purged {
			continue
		}
		switch {
		case o.Result != "":
			return *o, &Refusal{"P3", "ce paiement a déjà été utilisé"}
		case p.now().Sub(o.At) >= payfip.OperationLife:
			return *o, &Refusal{"P4", "ce paiement date de plus de quinze minutes"}
		}
		o.Opened = true
		return *o, nil
	}
	return Operation{}, ErrNoOrder
}

// Decide gives a result (P, V, R, Z, A; empty: none yet) to a payment; the town is told, then the browser may go back to the address
// that is returned.
func (p *PayFiP) Decide(ctx context.Context, id, result string) (back string, err error) {
	if !slices.Contains([]string{"", "P", "V", "R", "Z", "A"}, result) {
		return "", ErrNoOrder
	}
	o, err := p.Open(id)
	if err != nil {
		return "", err
	}
	p.Settle(id, result)
	if result != "" {
		p.Tell(ctx, o)
	}
	address := o.Fields["urlredirect"]
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + "idop=" + url.QueryEscape(id), nil
}

// Settle gives a result to a payment without telling anybody: a notification that is lost.
func (p *PayFiP) Settle(id, result string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.operations {
		if o.ID == id {
			o.Result, o.DoneAt = result, p.now()
			if result == "P" || result == "V" {
				o.Numauto = "OP" + strings.ToUpper(id[:8])
			}
		}
	}
}

// Tell notifies the town of a payment: with its identifier, and nothing more.
func (p *PayFiP) Tell(ctx context.Context, o Operation) {
	_, _ = p.call(ctx, http.MethodPost, o.Fields["urlnotif"], "idop="+url.QueryEscape(o.ID)) // notifications get lost
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// serve answers under the base: the service, and the page of a payment.
func (p *PayFiP) serve(w http.ResponseWriter, r *http.Request, rest string) {
	switch {
	case rest == "/services/securite" && r.Method == http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, bodyMost))
		if err != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		status, envelope := p.Answer(string(body))
		w.Header().Set("Content-Type", payfip.ContentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, envelope) // a town that left is its own affair
	case rest == "/paiementws.web" && r.Method == http.MethodGet:
		o, err := p.Open(r.URL.Query().Get("idop"))
		if err != nil {
			refuse(w, err)
			return
		}
		draw(w, http.StatusOK, payfipPage, o)
	case rest == "/paiementws.web" && r.Method == http.MethodPost:
		if err := r.ParseForm(); err != nil {
			refuse(w, err)
			return
		}
		back, err := p.Decide(r.Context(), r.PostForm.Get("idop"), r.PostForm.Get("resultat"))
		if err != nil {
			refuse(w, err)
			return
		}
		leave(w, r, back)
	default:
		http.NotFound(w, r)
	}
}
