package signin_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/towntest"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

// device is an authenticator that Chromium simulates: a telephone that knows its owner.
type device struct {
	b  *webtest.Browser
	id webauthn.AuthenticatorID
}

func newDevice(b *webtest.Browser) *device {
	d := &device{b: b}
	b.Run(webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		d.id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}).Do(ctx)
		return err
	}))
	return d
}

// keys are what the device holds.
func (d *device) keys() (list []*webauthn.Credential) {
	d.b.Run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		list, err = webauthn.GetCredentials(d.id).Do(ctx)
		return err
	}))
	return list
}

// rewind puts back a copy of a key, with the counter it had.
func (d *device) rewind(key *webauthn.Credential) {
	d.b.Run(webauthn.ClearCredentials(d.id), webauthn.AddCredential(d.id, key))
}

// passkeyHouse is a house whose configured address is the one the browser opens: passkeys are tied to it.
func passkeyHouse(t *testing.T) *signintest.House {
	t.Helper()
	h := wholeHouse(t, towntest.New(t, "sqlite"))
	h.BaseURL = h.Site.URL(signintest.Host)
	return h
}

func enterByPassword(b *webtest.Browser, h *signintest.House, login string) {
	b.Open(h.BaseURL + "/connexion")
	b.Fill("[name=identifiant]", login)
	b.Fill("[name=mot_de_passe]", signintest.Password)
	b.Press("Ouvrir mon espace")
}

func addKey(b *webtest.Browser, h *signintest.House, base, name string) {
	b.Open(h.BaseURL + base + "/cles")
	b.Fill("[name=nom]", name)
	b.Fill("[name=actuel]", signintest.Password)
	b.Press("Ajouter une clé d’accès")
}

func look(b *webtest.Browser, shot string) {
	b.Axe()
	b.Wide()
	b.Shot(shot)
}

// A family registers a key, enters with it, and removes it; a copied key, an old answer and a wrong one are refused.
func TestPasskeyOfAFamily(t *testing.T) {
	h := passkeyHouse(t)
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone})
	d := newDevice(b)
	enterByPassword(b, h, "claire.martin")
	b.Open(h.BaseURL + "/espace/profil/cles")
	look(b, "cles-vide")
	b.Fill("[name=nom]", "Mon téléphone")
	b.Fill("[name=actuel]", "pas-le-bon-9-mot")
	b.Press("Ajouter une clé d’accès")
	if got := b.Text("main"); !strings.Contains(got, "pas votre mot de passe actuel") || strings.Contains(got, "Retirer") {
		t.Fatalf("with a wrong password: %s", got)
	}
	d.b.Run(webauthn.ClearCredentials(d.id))
	addKey(b, h, "/espace/profil", "Mon téléphone")
	if got := b.Text("main"); b.Path() != "/espace/profil/cles" || !strings.Contains(got, "Mon téléphone") {
		t.Fatalf("at %s: %s", b.Path(), got)
	}
	look(b, "cles")
	copied := d.keys()
	if len(copied) != 1 || copied[0].RpID != signintest.Host || !copied[0].IsResidentCredential {
		t.Fatalf("the device holds %+v", copied)
	}
	if got := subjects(h, "claire.martin@famille.example"); !strings.Contains(got, "clé d’accès est ajoutée") {
		t.Errorf("mails: %s", got)
	}

	enter := func() {
		t.Helper()
		b.Open(h.BaseURL + "/connexion?suite=/espace/profil")
		b.Press("Entrer avec une clé d’accès")
	}
	b.Press("Se déconnecter")
	enter()
	if b.Path() != "/espace/profil" {
		t.Fatalf("with the key, at %s: %s", b.Path(), b.Text("main"))
	}
	b.Press("Se déconnecter")
	d.rewind(copied[0]) // its counter is behind what the server saw
	enter()
	if got := b.Text("main"); !strings.Contains(got, "n’est pas reconnue") {
		t.Fatalf("a copied key: at %s: %s", b.Path(), got)
	}
	look(b, "cle-refusee")
	copied[0].SignCount += 10
	d.rewind(copied[0])
	enter()
	if b.Path() != "/espace/profil" {
		t.Fatalf("a counter that goes on: at %s", b.Path())
	}

	// Removed, it opens nothing.
	b.Open(h.BaseURL + "/espace/profil/cles")
	b.Run(chromedp.Click(`//button[contains(., "Retirer")]`, chromedp.BySearch), chromedp.WaitVisible(".empty", chromedp.ByQuery))
	b.Press("Se déconnecter")
	enter()
	if got := b.Text("main"); !strings.Contains(got, "n’est pas reconnue") {
		t.Errorf("a removed key: %s", got)
	}
}

// An answer serves once, to the challenge it was made for, and as it was made.
func TestPasskeyAnswersServeOnce(t *testing.T) {
	h := passkeyHouse(t)
	b := webtest.NewBrowser(t, webtest.View{})
	newDevice(b)
	enterByPassword(b, h, "claire.martin")
	addKey(b, h, "/espace/profil", "Mon ordinateur")
	b.Press("Se déconnecter")
	answer := func() url.Values {
		t.Helper()
		var got struct{ Etape, Reponse string }
		b.Open(h.BaseURL + "/connexion")
		b.Run(chromedp.Evaluate(`document.querySelector("form[data-passkey]").submit = function () { window.sent = {etape: this.elements.etape.value, reponse: this.elements.reponse.value}; }`, nil),
			chromedp.Click("form[data-passkey] button", chromedp.ByQuery), chromedp.Poll("window.sent", &got))
		return url.Values{"etape": {got.Etape}, "reponse": {got.Reponse}}
	}
	good := answer()
	h.Visitor().Post("/connexion/cle", good).Want(200).WantPath("/espace")
	h.Visitor().Post("/connexion/cle", good).Want(422).Says("main", "a déjà servi")

	one, two := answer(), answer()
	one.Set("etape", two.Get("etape"))
	h.Visitor().Post("/connexion/cle", one).Want(422).Says("main", "n’est pas reconnue")
	h.Visitor().Post("/connexion/cle", two).Want(422).Says("main", "a déjà servi") // used up by the wrong answer

	bad := answer()
	bad.Set("reponse", strings.Replace(bad.Get("reponse"), `"signature":"`, `"signature":"AAAA`, 1))
	h.Visitor().Post("/connexion/cle", bad).Want(422).Says("main", "n’est pas reconnue")
	late := answer()
	h.Clock.Advance(6 * 60e9)
	h.Visitor().Post("/connexion/cle", late).Want(422)
	for _, junk := range []string{"", "{}", "[]", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("x", 20_000)} {
		v := h.Visitor()
		begun := v.Post("/connexion/cle/defi", nil).Want(200)
		token := strings.Split(strings.SplitN(begun.Body, `"etape":"`, 2)[1], `"`)[0]
		v.Post("/connexion/cle", url.Values{"etape": {token}, "reponse": {junk}}).Want(422)
	}
	// A challenge to sign in does not register, nor another account's.
	v, _ := h.SignIn("claire.martin")
	v.Post("/espace/profil/cles", url.Values{"etape": answer()["etape"], "reponse": {"{}"}, "nom": {"x"}, "actuel": {signintest.Password}}).Want(404)

	var account identity.Account
	h.Write(func(tx *db.Tx) (err error) {
		if account, err = identity.Find(t.Context(), tx, "claire.martin"); err != nil {
			return err
		}
		return identity.Suspend(t.Context(), tx, account.ID)
	})
	h.Visitor().Post("/connexion/cle", answer()).Want(422).Says("main", "suspendu")
}

// For an agent a passkey is the second step after the password, and satisfies the town.
func TestPasskeyOfAnAgent(t *testing.T) {
	h := passkeyHouse(t)
	b := webtest.NewBrowser(t, webtest.View{})
	newDevice(b)
	enterByPassword(b, h, "agent.enfance")
	h.Clock.Advance(8 * 24 * 3600e9)
	enterByPassword(b, h, "agent.enfance")
	if b.Path() != "/bureau/profil/seconde-etape" {
		t.Fatalf("at %s", b.Path())
	}
	look(b, "seconde-etape-due")
	addKey(b, h, "/bureau/profil", "Mon poste")
	b.Open(h.BaseURL + "/bureau")
	if b.Path() != "/bureau" {
		t.Fatalf("with a passkey, at %s", b.Path())
	}
	b.Press("Se déconnecter")
	enterByPassword(b, h, "agent.enfance")
	if got := b.Text("main"); !strings.Contains(got, "Seconde étape") {
		t.Fatalf("after the password: %s", got)
	}
	look(b, "etape-cle")
	b.Press("Utiliser une clé d’accès")
	if b.Path() != "/bureau" {
		t.Fatalf("after the key, at %s: %s", b.Path(), b.Text("main"))
	}
	// The only one stays.
	b.Open(h.BaseURL + "/bureau/profil/cles")
	b.Run(chromedp.Click(`//button[contains(., "Retirer")]`, chromedp.BySearch), chromedp.WaitVisible(".trouble", chromedp.ByQuery))
	if got := b.Text("main"); !strings.Contains(got, "votre seule") {
		t.Errorf("%s", got)
	}
	boss := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone})
	enterByPassword(boss, h, "direction")
	boss.Open(h.BaseURL + "/bureau/agents")
	look(boss, "agents")
	boss.Press("Agent agent.enfance")
	look(boss, "agent")
	boss.Press("Effacer la seconde étape")
	if got := boss.Text("main"); boss.Path() != "/bureau/agents" {
		t.Fatalf("at %s: %s", boss.Path(), got)
	}
	enterByPassword(b, h, "agent.enfance")
	if b.Path() != "/bureau" {
		t.Errorf("after the direction's help, at %s", b.Path())
	}
}

// The second step in a browser, from the set-up to a sign-in, with and without script.
func TestSecondStepInABrowser(t *testing.T) {
	for name, view := range map[string]webtest.View{
		"phone without script": {Width: webtest.Phone, NoScript: true}, "desk": {Width: webtest.Desk}, "dark": {Width: webtest.Desk, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := passkeyHouse(t)
			b := webtest.NewBrowser(t, view)
			enterByPassword(b, h, "claire.martin")
			b.Open(h.BaseURL + "/espace/profil/seconde-etape")
			look(b, "seconde-etape")
			b.Fill("[name=actuel]", signintest.Password)
			b.Press("Ajouter une application")
			look(b, "application")
			var wide int
			if b.Eval(`document.querySelector(".qr").naturalWidth`, &wide); wide < 200 {
				t.Errorf("the image is %d px wide", wide)
			}
			ph := phone{h, strings.ReplaceAll(b.Text("main code"), " ", "")}
			b.Fill("[name=code]", ph.code(t))
			b.Press("Activer la seconde étape")
			look(b, "codes")
			h.Clock.Advance(60e9)
			b.Press("J’ai noté mes codes")
			b.Open(h.BaseURL + "/espace/profil/seconde-etape")
			look(b, "seconde-etape-activee")
			b.Press("Se déconnecter")
			enterByPassword(b, h, "claire.martin")
			look(b, "etape")
			b.Fill("[name=code]", "000000")
			b.Press("Continuer")
			look(b, "etape-fausse")
			b.Fill("[name=code]", ph.code(t))
			b.Press("Continuer")
			if b.Path() != "/espace" {
				t.Errorf("at %s", b.Path())
			}
			b.Open(h.BaseURL + "/identifiant")
			look(b, "identifiant")
			b.Open(h.BaseURL + "/espace/profil/adresse")
			look(b, "adresse")
		})
	}
}
