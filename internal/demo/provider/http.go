package provider

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// page is where one chooses whom to be, for tests; the demonstration draws its own.
var page = template.Must(template.New("").Parse(`<!DOCTYPE html><html lang="fr"><title>Fournisseur d’essai</title><main><h1>Fournisseur d’essai</h1>
<form method="post" action="{{.Action}}">{{range .People}}<p><button name="personne" value="{{.ID}}">{{.Label}}</button></p>{{end}}
<p><button name="personne" value="">Renoncer</button></p></form></main></html>`))

// ServeHTTP answers under the issuer's path.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base, err := url.Parse(p.o.Issuer)
	if err != nil {
		http.Error(w, "issuer", http.StatusInternalServerError)
		return
	}
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, base.Path) {
	case "GET /.well-known/openid-configuration":
		p.answer(w, http.StatusOK, p.description())
	case "GET /jwks":
		p.answer(w, http.StatusOK, p.keys.public)
	case "GET /authorize":
		p.ask(w, r)
	case "POST /authorize":
		p.chosen(w, r)
	case "POST /token":
		p.token(w, r)
	case "GET /userinfo":
		p.whoIs(w, r)
	case "GET /session/end":
		p.end(w, r)
	default:
		http.NotFound(w, r)
	}
}

// description is the discovery document.
func (p *Provider) description() map[string]any {
	d := map[string]any{
		"issuer": p.o.Issuer, "authorization_endpoint": p.o.Issuer + "/authorize", "token_endpoint": p.o.Issuer + "/token",
		"userinfo_endpoint": p.o.Issuer + "/userinfo", "jwks_uri": p.o.Issuer + "/jwks", "end_session_endpoint": p.o.Issuer + "/session/end",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{p.o.Signature}, "token_endpoint_auth_methods_supported": []string{"client_secret_post"},
	}
	if p.o.PKCE {
		d["code_challenge_methods_supported"] = []string{"S256"}
	}
	return d
}

func (p *Provider) answer(w http.ResponseWriter, status int, v any) {
	content, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "json", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(content) // who has left is nobody's failure
}

func (p *Provider) ask(w http.ResponseWriter, r *http.Request) {
	if err := p.Check(r.URL.Query()); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"People": p.o.People, "Action": r.URL.RequestURI()}) // who has left is nobody's failure
}

func (p *Provider) chosen(w http.ResponseWriter, r *http.Request) {
	address, err := p.Choose(r.URL.Query(), r.PostFormValue("personne"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	access, idToken, err := p.grant(r.PostForm)
	if err != nil {
		p.answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	p.answer(w, http.StatusOK, map[string]any{"access_token": access, "id_token": idToken, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds())})
}

func (p *Provider) whoIs(w http.ResponseWriter, r *http.Request) {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	signed, err := p.userinfo(access)
	switch {
	case err != nil:
		http.Error(w, "userinfo", http.StatusInternalServerError)
	case signed == "":
		http.Error(w, "invalid_token", http.StatusUnauthorized)
	default:
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = w.Write([]byte(signed)) // who has left is nobody's failure
	}
}

// end signs out: there is no session to end, since one chooses each time.
func (p *Provider) end(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("post_logout_redirect_uri") != p.o.LogoutReturn || strings.Count(q.Get("id_token_hint"), ".") != 2 {
		http.Error(w, "Y000400", http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", p.o.LogoutReturn+"?"+url.Values{"state": {q.Get("state")}}.Encode())
	w.WriteHeader(http.StatusSeeOther)
}
