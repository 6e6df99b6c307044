package signin_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

const better = "Marelle-et-corde-9"

// askLink asks a new password for a login or an e-mail.
func askLink(v *webtest.Visitor, login string) *webtest.Page {
	return v.Get("/connexion").Click("Mot de passe oublié").Form("Recevoir un lien par e-mail").Fill("identifiant", login).Send().Want(200)
}

var linkShape = regexp.MustCompile(`https://essai\.example(/mot-de-passe/[a-z0-9]+)`)

// link is the one in the last mail received at an address.
func link(t *testing.T, h *signintest.House, address string) string {
	t.Helper()
	h.RunJobs()
	mails := h.Mailbox.To(address)
	if len(mails) == 0 {
		t.Fatalf("no mail to %s", address)
	}
	m := linkShape.FindStringSubmatch(mails[0].Text)
	if m == nil {
		t.Fatalf("no link in %s", mails[0].Text)
	}
	return m[1]
}

func TestForgottenPassword(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		before, _ := h.SignIn("claire.martin")
		known := askLink(h.Visitor(), "claire.martin@famille.example")
		unknown := askLink(h.Visitor(), "personne@famille.example")
		if known.Text("main") != unknown.Text("main") || known.Status != unknown.Status {
			t.Error("the answer tells whether there is such an account")
		}
		path := link(t, h, "claire.martin@famille.example")
		if n := len(h.Mailbox.List()); n != 1 {
			t.Errorf("%d mails, want 1", n)
		}
		v := h.Visitor()
		v.Get(path).Want(200)
		p := v.Get(path).Want(200).Says("main", "claire.martin") // opening the link uses nothing up
		p = p.Form("Enregistrer ce mot de passe").Fill("nouveau", "court").Fill("confirmation", "court").Send().Want(422).Says("main", "au moins 12")
		p = p.Form("Enregistrer ce mot de passe").Fill("nouveau", better).Fill("confirmation", better+"x").Send().Want(422).Says("main", "différents")
		if strings.Contains(p.Body, better) {
			t.Error("the password comes back in the page")
		}
		p = p.Form("Enregistrer ce mot de passe").Fill("nouveau", better).Fill("confirmation", better).Send()
		p.Want(200).WantPath("/connexion").Says("[role=status]", "Votre mot de passe est enregistré")
		p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", better).Send().WantPath("/espace")
		before.Get("/espace").WantPath("/connexion")
		h.Visitor().Get(path).Want(404).Says("main", "n’est plus valable")
		h.RunJobs()
		if m := h.Mailbox.To("claire.martin@famille.example")[0]; !strings.Contains(m.Subject, "a été changé") {
			t.Errorf("the owner is not told: %q", m.Subject)
		}
	})
}

func TestForgottenPasswordAsksForSomething(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		h.Visitor().Get("/mot-de-passe").Submit("Recevoir un lien par e-mail").Want(422).Says("[role=alert]", "Écrivez votre identifiant")
	})
}

func TestSpentLinks(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		askLink(h.Visitor(), "claire.martin")
		path := link(t, h, "claire.martin@famille.example")
		open := h.Visitor().Get(path).Want(200)
		h.Clock.Advance(time.Hour)
		open.Form("Enregistrer ce mot de passe").Fill("nouveau", better).Fill("confirmation", better).Send().Want(404)
		h.Visitor().Get(path).Want(404).Click("Demander un nouveau lien").WantPath("/mot-de-passe")
		h.Visitor().Get("/mot-de-passe/inconnu").Want(404)
		_, p := h.SignIn("claire.martin")
		p.WantPath("/espace") // the password has not changed
	})
}
