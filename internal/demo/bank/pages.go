package bank

import (
	_ "embed"
	"errors"
	"html/template"
	"io"
	"net/http"
	"strings"

	"preau/internal/money"
)

//go:embed bank.css
var style string

// pages are plain: a bank's page is not the town's.
var pages = template.Must(template.New("").Parse(`
{{define "top"}}<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.}}</title><link rel="stylesheet" href="/demo/banque/banque.css"></head><body><header><p>{{.}}</p><p class="fake">Banque de démonstration : aucun argent ne circule.</p></header><main>{{end}}
{{define "bottom"}}</main></body></html>{{end}}

{{define "paybox"}}{{template "top" "Paybox de démonstration"}}<h1>Payer {{.Total}}</h1>
<dl><div><dt>Référence</dt><dd>{{.Reference}}</dd></div><div><dt>Reçu envoyé à</dt><dd>{{.Email}}</dd></div></dl>
<form method="post" action="{{.Action}}"><fieldset><legend>Que fait la banque ?</legend>
<button name="reponse" value="paye" class="main">Payer {{.Total}}</button>
<button name="reponse" value="refuse">Refuser la carte (provision insuffisante)</button>
<button name="reponse" value="attente">Laisser le paiement en attente</button>
<button name="reponse" value="expire">Laisser passer le délai de la page</button>
<button name="reponse" value="annule">Annuler et revenir au site</button>
<label><input type="checkbox" name="sans_retour" value="oui"> Sans retour du navigateur : la page du site reste en arrière</label>
</fieldset></form>{{template "bottom"}}{{end}}

{{define "payfip"}}{{template "top" "PayFiP de démonstration"}}<h1>Payer {{.Total}}</h1>
<dl><div><dt>Référence de la dette</dt><dd>{{index .Fields "refdet"}}</dd></div><div><dt>Objet</dt><dd>{{index .Fields "objet"}}</dd></div></dl>
<form method="post" action="paiementws.web"><input type="hidden" name="idop" value="{{.ID}}"><fieldset><legend>Que fait la banque ?</legend>
<button name="resultat" value="P" class="main">Payer {{.Total}} par carte</button>
<button name="resultat" value="V">Payer {{.Total}} par prélèvement unique</button>
<button name="resultat" value="R">Refuser la carte</button>
<button name="resultat" value="Z">Refuser le prélèvement</button>
<button name="resultat" value="A">Abandonner</button>
<button name="resultat" value="">Revenir sans réponse de la banque</button>
</fieldset></form>{{template "bottom"}}{{end}}

{{define "stay"}}{{template "top" "Banque de démonstration"}}<h1>La banque a répondu au site</h1>
<p>Le navigateur ne revient pas : rouvrez l’espace famille, l’état du paiement y est déjà.</p>{{template "bottom"}}{{end}}

{{define "refusal"}}{{template "top" "Banque de démonstration"}}<h1>Paiement refusé</h1><p>{{.}}</p>{{template "bottom"}}{{end}}

{{define "orders"}}{{template "top" "Banque de démonstration"}}<h1>Paiements demandés</h1>
{{if .}}<ul>{{range .}}<li><p><strong>{{.Total}}</strong>, référence {{.Reference}}<br>{{.Said}}</p>
<form method="post" action="{{.Action}}"><input type="hidden" name="sans_retour" value="oui">
{{if ne .State "paye"}}<button name="reponse" value="paye">Accepter</button><button name="reponse" value="refuse">Refuser</button>{{else}}<button name="reponse" value="paye">Notifier encore une fois</button>{{end}}</form></li>{{end}}</ul>
{{else}}<p>Aucun paiement pour l’instant. Ouvrez l’espace d’une famille, choisissez une facture, et payez.</p>{{end}}{{template "bottom"}}{{end}}
`))

const (
	payboxPage  = "paybox"
	payfipPage  = "payfip"
	stayPage    = "stay"
	refusalPage = "refusal"
	ordersPage  = "orders"
)

func draw(w http.ResponseWriter, status int, page string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, page, data) // a visitor who left is nobody's failure
}

func refuse(w http.ResponseWriter, err error) {
	var why *Refusal
	if errors.As(err, &why) {
		draw(w, http.StatusForbidden, refusalPage, why.Error())
		return
	}
	draw(w, http.StatusNotFound, refusalPage, "Ce paiement n’existe pas.")
}

// leave sends the browser back to the town.
func leave(w http.ResponseWriter, _ *http.Request, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// payboxView is what the page of a payment shows.
type payboxView struct {
	Total            money.Cents
	Reference, Email string
	State, Said      string
	Action           string
}

// states are the words of the list.
var states = map[string]string{"": "La banque attend une réponse.", string(Accept): "Payé.", string(Refuse): "Refusé.", string(Cancel): "Annulé.", string(Wait): "En attente de la banque.", string(TimeOut): "Délai de la page dépassé."}

func (p *Paybox) view(o Order) payboxView {
	return payboxView{o.Total, o.Reference, o.Email, o.State, states[o.State], p.base + "/paiement/" + o.ID}
}

// serve answers under the base.
func (p *Paybox) serve(w http.ResponseWriter, r *http.Request, rest string) {
	id, paying := strings.CutPrefix(rest, "/paiement/")
	switch {
	case r.Method == http.MethodGet && (rest == "" || rest == "/"):
		var list []payboxView
		for _, o := range p.Orders() {
			list = append(list, p.view(o))
		}
		draw(w, http.StatusOK, ordersPage, list)
	case r.Method == http.MethodGet && rest == "/banque.css":
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = io.WriteString(w, style) // the same
	case r.Method == http.MethodGet && rest == "/load.html":
		p.load(w)
	case r.Method == http.MethodPost && strings.HasPrefix(rest, "/cgi/"):
		body, err := readBody(r)
		if err != nil {
			refuse(w, err)
			return
		}
		o, err := p.Receive(body)
		if err != nil {
			refuse(w, err)
			return
		}
		draw(w, http.StatusOK, payboxPage, p.view(o))
	case r.Method == http.MethodPost && paying:
		p.answered(w, r, id)
	case r.Method == http.MethodPost && rest == "/PPPS.php":
		body, err := readBody(r)
		if err != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=iso-8859-1")
		_, _ = io.WriteString(w, p.Direct(body)) // the same
	default:
		http.NotFound(w, r)
	}
}

func (p *Paybox) load(w http.ResponseWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	said := "OK"
	if p.down {
		said = "KO"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<html><body><div id="server_status" style="text-align:center;">`+said+`</div></body></html>`) // the same
}

// answered takes what the payer chose.
func (p *Paybox) answered(w http.ResponseWriter, r *http.Request, id string) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	if err := r.ParseForm(); err != nil {
		refuse(w, err)
		return
	}
	back, err := p.Decide(r.Context(), id, Answer(r.PostForm.Get("reponse")))
	switch {
	case err != nil:
		refuse(w, err)
	case r.PostForm.Get("sans_retour") != "" || back == "":
		draw(w, http.StatusOK, stayPage, nil)
	default:
		leave(w, r, back)
	}
}

// ServeHTTP answers for the bank whose pages are under the path of its base.
func (p *Paybox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.serve(w, r, under(p.base, r.URL.Path))
}

// ServeHTTP answers for the service whose pages are under the path of its base.
func (p *PayFiP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.serve(w, r, under(p.base, r.URL.Path))
}

// under is what follows the path of base.
func under(base, path string) string {
	_, host, _ := strings.Cut(base, "://")
	_, own, found := strings.Cut(host, "/")
	if !found {
		return path
	}
	return strings.TrimPrefix(path, "/"+own)
}
