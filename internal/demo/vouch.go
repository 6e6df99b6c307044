package demo

import (
	"net/http"
	"net/url"
	"time"

	"preau/internal/demo/provider"
	"preau/internal/fault"
	"preau/internal/remote/oidc"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// The demonstration has a FranceConnect and a ProConnect of its own: they keep to the rules of the real ones, and let anybody be whom they choose.
const (
	clientID     = "preau-demonstration"
	clientSecret = "secret-public-de-la-demonstration" // it opens nothing else
	demoSiret    = "21780146300014"
)

// people are those one can be at each.
var people = map[string][]provider.Person{
	oidc.FranceConnect: {
		{ID: "demo-claire", Label: "Claire Martin, née le 12 avril 1986", Claims: map[string]any{"given_name": "Claire Louise", "family_name": "MARTIN", "birthdate": "1986-04-12", "birthplace": "78146", "birthcountry": "99100"}},
		{ID: "demo-karim", Label: "Karim Benali, né le 3 septembre 1984", Claims: map[string]any{"given_name": "Karim", "family_name": "BENALI", "birthdate": "1984-09-03", "birthplace": "", "birthcountry": "99352"}},
		{ID: "demo-sophie", Label: "Sophie Durand, qui n’a pas d’espace", Claims: map[string]any{"given_name": "Sophie", "family_name": "DURAND", "birthdate": "1990-01-20", "birthplace": "75056", "birthcountry": "99100"}},
	},
	oidc.ProConnect: {
		{ID: "demo-nadia", Label: "Nadia Ferrand, service Éducation", Claims: map[string]any{"given_name": "Nadia", "usual_name": "Ferrand", "email": "agent.enfance@chatou.example", "siret": demoSiret, "idp_id": "demonstration"}},
		{ID: "demo-helene", Label: "Hélène Vasseur, direction, avec deux facteurs", AMR: []string{"pwd", "mfa"}, Claims: map[string]any{"given_name": "Hélène", "usual_name": "Vasseur", "email": "direction@chatou.example", "siret": demoSiret, "idp_id": "demonstration"}},
		{ID: "demo-ailleurs", Label: "Un agent d’une autre ville", Claims: map[string]any{"given_name": "Alex", "usual_name": "Moreau", "email": "alex.moreau@ailleurs.example", "siret": "35600000000048", "idp_id": "demonstration"}},
	},
}

// vouch makes the providers and ties the town to them.
func (d *Demo) vouch(baseURL string) error {
	d.providers = map[string]*provider.Provider{}
	for _, c := range []oidc.Config{
		{Provider: oidc.FranceConnect, Label: "FranceConnect de démonstration"},
		{Provider: oidc.ProConnect, Label: "ProConnect de démonstration", Sirets: []string{demoSiret}},
	} {
		c.Issuer, c.ClientID, c.Secret, c.Signature, c.BaseURL = baseURL+"/demo/"+c.Provider, clientID, clientSecret, "ES256", baseURL
		if errs := c.Check(); errs != nil {
			return errs[0]
		}
		p, err := provider.New(provider.Options{
			Kind: c.Provider, Issuer: c.Issuer, ClientID: c.ClientID, Secret: c.Secret, Return: c.Return(), LogoutReturn: c.LogoutReturn(),
			Signature: c.Signature, PKCE: c.Provider == oidc.ProConnect, People: people[c.Provider], Now: time.Now,
		})
		if err != nil {
			return err
		}
		d.providers[c.Provider] = p
		d.Town.Providers = append(d.Town.Providers, c)
	}
	return nil
}

// vouchRoutes are the pages of the providers.
func (d *Demo) vouchRoutes(s *web.Server) {
	for name, p := range d.providers {
		serve := web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
			p.ServeHTTP(w, r)
			return nil
		})
		base := "/demo/" + name
		s.Handle("GET "+base+"/authorize", web.Anyone(func(w http.ResponseWriter, r *http.Request) error { return d.whoAreYou(w, r, name) }))
		s.Handle("POST "+base+"/authorize", web.Anyone(func(w http.ResponseWriter, r *http.Request) error { return d.beThem(w, r, name) }))
		s.Handle("GET "+base+"/.well-known/openid-configuration", serve)
		s.Handle("GET "+base+"/jwks", serve)
		s.Handle("POST "+base+"/token", serve)
		s.Handle("GET "+base+"/userinfo", serve)
		s.Handle("GET "+base+"/session/end", serve)
	}
}

// whoAreYou asks whom to be.
func (d *Demo) whoAreYou(w http.ResponseWriter, r *http.Request, name string) error {
	p := d.providers[name]
	if err := p.Check(r.URL.Query()); err != nil {
		return fault.Refusedf("Cette page s’ouvre depuis « Me connecter » (%s).", err)
	}
	title := d.label(name)
	return web.Render(w, r, http.StatusOK, whoPage(web.Frame(w, r, ui.Page{Title: title}), title, p.People(), r.URL.RequestURI()))
}

// beThem sends the browser back as whom was chosen.
func (d *Demo) beThem(w http.ResponseWriter, r *http.Request, name string) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	address, err := d.providers[name].Choose(r.URL.Query(), form.Raw("personne"))
	if err != nil {
		return fault.Refusedf("Cette page s’ouvre depuis « Me connecter » (%s).", err)
	}
	back, err := url.Parse(address)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, back.RequestURI())
}

func (d *Demo) label(name string) string {
	for _, c := range d.Town.Providers {
		if c.Provider == name {
			return c.Name()
		}
	}
	return name
}
