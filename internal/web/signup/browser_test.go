package signup_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/towntest"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

// A stranger opens the address of the letter's square code and becomes a parent who sees their child: on a phone with script, and on a desk
// without; each page as a screen reader meets it.
func TestStrangerInABrowser(t *testing.T) {
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}} {
		h := house(t, towntest.New(t, "sqlite"))
		_, key := letter(h, "Claire", "Martin")
		b := webtest.NewBrowser(t, view)
		site := h.Site.URL(signintest.Host)
		see := func(name string) {
			b.Wide()
			b.Axe()
			b.Shot("espace-" + name)
		}
		b.Open(site + "/creer-mon-espace#cle=" + key)
		see("debut")
		b.Press("Je crée mon espace")
		see("identite")
		b.Press("Valider, puis Adresse") // with nothing in it
		see("identite-a-corriger")
		b.Click("label:has([value='mme'])")
		b.Fill("[name=nom]", "Martin")
		b.Fill("[name=prenoms]", "Claire")
		b.Press("Valider, puis Adresse")
		see("adresse")
		b.Fill("[name=adresse]", "12 rue des Landes")
		b.Fill("[name=code_postal]", "78400")
		b.Fill("[name=ville]", "Chatou")
		b.Press("Valider, puis Contact")
		b.Fill("[name=email]", "claire@ailleurs.example")
		see("contact")
		b.Press("Valider, puis Authentification")
		b.Fill("[name=identifiant]", "claire.m")
		b.Fill("[name=mot_de_passe]", password)
		b.Fill("[name=confirmation]", password)
		if view.NoScript {
			b.Fill("[name=cle]", key)
		}
		see("authentification")
		b.Press("Valider et créer mon espace") // faster than anybody: the question is asked
		see("controle")
		h.Clock.Advance(time.Minute)
		for range 40 {
			if b.Path() == "/creer-mon-espace/envoye" {
				break
			}
			b.Fill("[name=reponse]", answer(b.Text("label[for='f-reponse']")))
			b.Press("Valider et créer mon espace")
		}
		see("envoye")
		b.Open(site + link(t, h, "claire@ailleurs.example"))
		see("activation")
		b.Press("Activer mon espace personnel")
		b.Fill("main [name=identifiant]", "claire.m")
		b.Fill("main [name=mot_de_passe]", password)
		b.Press("Ouvrir mon espace")
		if b.Path() != "/espace" || !strings.Contains(b.Text("main"), "Zoé") {
			t.Errorf("at %s: %s", b.Path(), b.Text("main"))
		}
		see("enfants")
	}
}

// The communes are proposed while typing.
func TestCommunesWhileTyping(t *testing.T) {
	h := house(t, towntest.New(t, "sqlite"))
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone})
	b.Open(h.Site.URL(signintest.Host) + "/creer-mon-espace")
	b.Press("Je crée mon espace")
	b.Eval(`document.querySelector("[name=departement]").value = "78"; 0`, nil)
	b.Fill("[name=commune]", "Chat")
	var proposed string
	for range 50 {
		b.Eval(`[...document.querySelectorAll("#communes option")].map((o) => o.value).join(", ")`, &proposed)
		if proposed != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if proposed == "" {
		t.Error("nothing is proposed")
	}
}
