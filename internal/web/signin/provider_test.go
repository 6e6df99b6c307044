package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/demo/provider"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/remote/oidc"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

const siret = "21780146300014"

// vouchers are the people of the providers under test.
var vouchers = map[string][]provider.Person{
	oidc.FranceConnect: {
		{ID: "fc-claire", Label: "Claire Martin", Claims: map[string]any{"given_name": "Claire Marie", "family_name": "DUVAL", "preferred_username": "MARTIN", "birthdate": "1986-04-12"}},
		{ID: "fc-julien", Label: "Julien Martin", Claims: map[string]any{"given_name": "Julien", "family_name": "MARTIN", "email": "claire.martin@famille.example", "birthdate": "1984-01-30"}},
	},
	oidc.ProConnect: {
		agentPerson("pc-agent", "agent.enfance@mairie.example", siret, "idp-mairie", nil),
		agentPerson("pc-fort", "agent.enfance@mairie.example", siret, "idp-mairie", []string{"pwd", "mfa"}),
		agentPerson("pc-autre-courriel", "autre@mairie.example", siret, "idp-mairie", nil),
		agentPerson("pc-ailleurs", "agent.enfance@mairie.example", "35600000000048", "idp-mairie", nil),
	},
}

func agentPerson(id, email, siret, idp string, amr []string) provider.Person {
	return provider.Person{ID: id, Label: id, AMR: amr, Claims: map[string]any{
		"given_name": "Agent", "usual_name": "agent.enfance", "email": email, "siret": siret, "idp_id": idp}}
}

// voucher ties the town of a house to a provider of its own.
func voucher(t *testing.T, h *signintest.House, kind string) *provider.Provider {
	t.Helper()
	var op *provider.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { op.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	cfg := oidc.Config{Provider: kind, Issuer: server.URL + "/api/v2", ClientID: "preau", Secret: "un-secret-de-test-de-32-signes-!", Signature: "ES256", BaseURL: h.BaseURL}
	if kind == oidc.ProConnect {
		cfg.Sirets = []string{siret}
	}
	if errs := cfg.Check(); errs != nil {
		t.Fatal(errs)
	}
	op, err := provider.New(provider.Options{Kind: kind, Issuer: cfg.Issuer, ClientID: cfg.ClientID, Secret: cfg.Secret, Return: cfg.Return(), LogoutReturn: cfg.LogoutReturn(),
		Signature: cfg.Signature, PKCE: kind == oidc.ProConnect, People: vouchers[kind], Now: h.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.Providers = append(h.Providers, cfg)
	return op
}

// there and back: a visitor goes to the provider, is a person there, and comes back with the address given.
func there(t *testing.T, v *webtest.Visitor, op *provider.Provider, start, id string) string {
	t.Helper()
	p := v.Get(start)
	back, err := op.Choose(p.URL.Query(), id)
	if err != nil {
		t.Fatalf("the provider refuses %s: %v", p.URL, err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path + "?" + u.RawQuery
}

func TestFranceConnect(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		v.Get("/connexion/franceconnect").Want(404)
		if strings.Contains(v.Get("/connexion").Text("main"), "FranceConnect") {
			t.Error("offered where it is off")
		}
		op := voucher(t, h, oidc.FranceConnect)
		p := v.Get("/connexion?suite=/espace/profil").Says("main", "S’identifier avec FranceConnect", "Qu’est-ce que FranceConnect ?")
		start := p.Attr(`a[href^="/connexion/franceconnect"]`, "href")

		// The first time: who it is, then which account.
		p = v.Get(there(t, v, op, start, "fc-claire")).Want(200).WantPath("/connexion/franceconnect/premiere-fois").Says("main", "Bonjour Claire MARTIN", "connectez-vous une fois")
		v.Get("/espace").WantPath("/connexion")
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", "faux").Send().Want(422).Says("main", "n’est pas reconnu")
		p = p.Form("Ouvrir mon espace").Fill("mot_de_passe", signintest.Password).Send()
		p.Want(200).WantPath("/espace/profil").Says("[role=status]", "rattaché à FranceConnect").Says("main", "Rattaché : cette identité ouvre votre espace")
		if got := subjects(h, "claire.martin@famille.example"); !strings.Contains(got, "FranceConnect ouvre votre espace") {
			t.Errorf("mails: %s", got)
		}

		// The next times, nothing more is asked; and signing out closes the session there too.
		w := h.Visitor()
		w.Get(there(t, w, op, "/connexion/franceconnect", "fc-claire")).Want(200).WantPath("/espace")
		p = w.Post("/deconnexion", nil).Want(200).Says("main", "session chez FranceConnect se ferme aussi")
		refresh := p.Header.Get("Refresh")
		leave, err := url.Parse(strings.TrimPrefix(refresh, "0;url="))
		if err != nil || leave.Query().Get("post_logout_redirect_uri") != "https://essai.example/connexion/franceconnect/sortie" || strings.Count(leave.Query().Get("id_token_hint"), ".") != 2 {
			t.Errorf("Refresh %q", refresh)
		}
		w.Get("/connexion/franceconnect/sortie?state=x").WantPath("/")
		w.Get("/espace").WantPath("/connexion")

		// Undone, the same person is a stranger again.
		v.Get("/espace/profil/identite").Says("main", "Rattaché depuis").Submit("Retirer le rattachement").Want(200).Says("main", "n’est pas rattaché")
		v.Post("/espace/profil/identite/retrait", nil).Want(404)
		w.Get(there(t, w, op, "/connexion/franceconnect", "fc-claire")).WantPath("/connexion/franceconnect/premiere-fois")
	})
}

// An e-mail that is the same opens nothing, and a person may not take the account of another, even with its password.
func TestFranceConnectOfAnother(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		op := voucher(t, h, oidc.FranceConnect)
		v := h.Visitor()
		p := v.Get(there(t, v, op, "/connexion/franceconnect", "fc-julien")).WantPath("/connexion/franceconnect/premiere-fois")
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send()
		p.Want(422).Says("main", "n’est pas celle du titulaire")
		v.Get("/espace").WantPath("/connexion")
		p.Form("Ouvrir mon espace").Fill("identifiant", "agent.enfance").Fill("mot_de_passe", signintest.Password).Send().Want(422).Says("main", "n’est pas celle de votre espace")
		// The right names, but not the birth that the town knows.
		h.Write(func(tx *db.Tx) error {
			return household.SetBirth(t.Context(), tx, signintest.By, claireFile(t, tx), household.Birth{BornOn: civil.MustParse("1986-04-13")})
		})
		v = h.Visitor()
		p = v.Get(there(t, v, op, "/connexion/franceconnect", "fc-claire"))
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().Want(422).Says("main", "n’est pas celle du titulaire")
		h.Write(func(tx *db.Tx) error {
			return household.SetBirth(t.Context(), tx, signintest.By, claireFile(t, tx), household.Birth{BornOn: civil.MustParse("1986-04-12")})
		})
		// One account, one identity; one identity, one account.
		v = h.Visitor()
		p = v.Get(there(t, v, op, "/connexion/franceconnect", "fc-claire"))
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().WantPath("/espace")
		h.Family("claire.duval", "Claire", "Duval")
		w := h.Visitor()
		w.Get(there(t, w, op, "/connexion/franceconnect", "fc-claire")).WantPath("/espace")
	})
}

// claireFile is the id of Claire's file.
func claireFile(t *testing.T, tx *db.Tx) string {
	t.Helper()
	a, err := identity.Find(t.Context(), tx, "claire.martin")
	if err != nil {
		t.Fatal(err)
	}
	g, err := household.GuardianOf(t.Context(), tx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return g.ID
}

// What waits for its account waits twenty minutes, in one browser.
func TestClaimsEnd(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		op := voucher(t, h, oidc.FranceConnect)
		v := h.Visitor()
		p := v.Get(there(t, v, op, "/connexion/franceconnect", "fc-claire"))
		h.Clock.Advance(21 * time.Minute)
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().Want(422).Says("main", "délai est passé")
		h.Visitor().Get("/connexion/franceconnect/premiere-fois").Want(200).Says("main", "S’identifier avec FranceConnect")
		w := h.Visitor()
		w.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {signintest.Password}, "rattacher": {"oui"}}).Want(422)
	})
}

// The state is this browser's, serves once, and for half an hour.
func TestReturnsThatAreRefused(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		op := voucher(t, h, oidc.FranceConnect)
		v := h.Visitor()
		back := there(t, v, op, "/connexion/franceconnect", "fc-claire")
		p := v.Get(back).WantPath("/connexion/franceconnect/premiere-fois")
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().WantPath("/espace")
		refused := func(name string, v *webtest.Visitor, address string) {
			t.Helper()
			p := v.Get(address)
			if p.Status != 422 || !strings.Contains(p.Text("main"), "n’a pas abouti") {
				t.Errorf("%s: %d %s", name, p.Status, p.Text("main"))
			}
			v.Get("/espace").WantPath("/connexion")
		}
		thief := h.Visitor()
		refused("another browser's answer", thief, there(t, v, op, "/connexion/franceconnect", "fc-claire"))
		thief.Get("/connexion/franceconnect")
		refused("another browser's answer, with a visit under way", thief, there(t, v, op, "/connexion/franceconnect", "fc-claire"))

		w := h.Visitor()
		back = there(t, w, op, "/connexion/franceconnect", "fc-claire")
		refused("an altered state", w, strings.Replace(back, "state=", "state=x", 1))
		w = h.Visitor()
		back = there(t, w, op, "/connexion/franceconnect", "fc-claire")
		kept := w.Cookies()
		w.Get(back).WantPath("/espace")
		w.Post("/deconnexion", nil)
		for _, c := range kept {
			if c.Name == "passage" {
				w.Header.Set("Cookie", c.Name+"="+c.Value)
			}
		}
		refused("an answer replayed with its cookie", w, back)
		w = h.Visitor()
		back = there(t, w, op, "/connexion/franceconnect", "fc-claire")
		h.Clock.Advance(31 * time.Minute)
		refused("half an hour later", w, back)

		op.Claims = func(token string, claims map[string]any) { claims["nonce"] = "un-autre-nonce-de-plus-de-32-signes-ici" }
		w = h.Visitor()
		refused("another nonce", w, there(t, w, op, "/connexion/franceconnect", "fc-claire"))
		op.Claims = nil
		w = h.Visitor()
		w.Get(there(t, w, op, "/connexion/franceconnect", "")).Want(200).Says("main", "vous avez renoncé")
		w.Get(there(t, w, op, "/connexion/franceconnect?suite=https://evil.example/", "fc-claire")).WantPath("/espace")
	})
}

// A second step that the family asked for is asked after FranceConnect as well, and the link is made at its end.
func TestFranceConnectAndSecondStep(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		op := voucher(t, h, oidc.FranceConnect)
		own, _ := h.SignIn("claire.martin")
		ph, _ := activate(t, h, own, "/espace/profil")
		v := h.Visitor()
		p := v.Get(there(t, v, op, "/connexion/franceconnect", "fc-claire"))
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().Says("main", "Seconde étape")
		own.Get("/espace/profil/identite").Says("main", "n’est pas rattaché")
		p.Form("Continuer").Fill("code", ph.code(t)).Send().WantPath("/espace").Says("[role=status]", "rattaché")
		h.Clock.Advance(time.Minute)
		w := h.Visitor()
		p = w.Get(there(t, w, op, "/connexion/franceconnect", "fc-claire")).Says("main", "Seconde étape")
		p.Form("Continuer").Fill("code", ph.code(t)).Send().WantPath("/espace")
		if !strings.Contains(w.Post("/deconnexion", nil).Header.Get("Refresh"), "/session/end?") {
			t.Error("the session at the provider is forgotten on the way")
		}
	})
}

func TestProConnect(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		op := voucher(t, h, oidc.ProConnect)
		enter := func(id string) (*webtest.Visitor, *webtest.Page) {
			v := h.Visitor()
			return v, v.Get(there(t, v, op, "/connexion/proconnect", id))
		}
		_, p := enter("pc-ailleurs")
		p.Want(403).Says("main", "autre établissement")
		_, p = enter("pc-autre-courriel")
		p.Form("Ouvrir mon espace").Fill("identifiant", "agent.enfance").Fill("mot_de_passe", signintest.Password).Send().Want(422).Says("main", "adresse e-mail reçue")
		v, p := enter("pc-agent")
		p.WantPath("/connexion/proconnect/premiere-fois")
		v.Get("/bureau").WantPath("/connexion") // the e-mail alone opens nothing
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().Want(422)
		p.Form("Ouvrir mon espace").Fill("identifiant", "agent.enfance").Fill("mot_de_passe", signintest.Password).Send().Want(200).WantPath("/bureau")
		_, p = enter("pc-agent")
		p.WantPath("/bureau")
		// The same subject at another identity provider is somebody else.
		op.Claims = func(token string, claims map[string]any) {
			if token == "userinfo" {
				claims["idp_id"] = "idp-ailleurs"
			}
		}
		_, p = enter("pc-agent")
		p.WantPath("/connexion/proconnect/premiere-fois")
		op.Claims = nil

		// With a second step: asked, unless ProConnect asked for two factors itself.
		ph, _ := activate(t, h, v, "/bureau/profil")
		_, p = enter("pc-agent")
		p.Says("main", "Seconde étape").Form("Continuer").Fill("code", ph.code(t)).Send().WantPath("/bureau")
		v.Get("/bureau/profil/identite").Submit("Retirer le rattachement").Want(200)
		h.Clock.Advance(time.Minute)
		_, p = enter("pc-fort")
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "agent.enfance").Fill("mot_de_passe", signintest.Password).Send().Says("main", "Seconde étape")
		p.Form("Continuer").Fill("code", ph.code(t)).Send().WantPath("/bureau")
		_, p = enter("pc-fort")
		p.WantPath("/bureau")

		// Suspended, the agent does not come in by this door either.
		boss, _ := h.SignIn("direction")
		boss.Get("/bureau/agents").Click("Agent agent.enfance").Submit("Suspendre l’accès").Want(200)
		_, p = enter("pc-fort")
		p.Want(403).Says("main", "suspendu")
	})
}

func TestProviderAway(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		cfg := oidc.Config{Provider: oidc.FranceConnect, Issuer: "http://127.0.0.1:1/api/v2", ClientID: "preau", Secret: "un-secret-de-test-de-32-signes-!", BaseURL: h.BaseURL}
		if errs := cfg.Check(); errs != nil {
			t.Fatal(errs)
		}
		h.Providers = append(h.Providers, cfg)
		p := h.Visitor().Get("/connexion/franceconnect?suite=/espace/profil").Want(503).Says("main", "ne répond pas")
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().WantPath("/espace/profil")
	})
}
