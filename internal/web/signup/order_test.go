package signup_test

import (
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"testing"

	"preau/internal/web/signin/signintest"
)

// Going back keeps what is wrong, and an error too; neither opens the tabs that come after.
func TestNoTabIsPassedWithSomethingWrong(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example")
		v.Post("/creer-mon-espace/contact", url.Values{"email": {""}, "portable": {"abc"}, "action": {"precedent"}}).WantPath("/creer-mon-espace/adresse")
		v.Get("/creer-mon-espace/authentification").WantPath("/creer-mon-espace/contact")
		access := url.Values{"identifiant": {"claire.m"}, "mot_de_passe": {password}, "confirmation": {password}}
		v.Post("/creer-mon-espace/authentification", access).WantPath("/creer-mon-espace/contact")
		v.Post("/creer-mon-espace/contact", url.Values{"email": {"claire@ailleurs.example"}}).WantPath("/creer-mon-espace/authentification")

		v.Post("/creer-mon-espace/adresse", url.Values{"adresse": {"12 rue des Landes"}, "code_postal": {"ABC"}, "ville": {"Chatou"}}).Want(422)
		v.Post("/creer-mon-espace/authentification", access).WantPath("/creer-mon-espace/adresse")
		v.Post("/creer-mon-espace/identite", url.Values{"nom": {"1234"}, "prenoms": {"Claire"}, "civilite": {"x"}}).Want(422)
		v.Post("/creer-mon-espace/authentification", access).WantPath("/creer-mon-espace/identite")
		h.RunJobs()
		if sent := h.Mailbox.List(); len(sent) > 0 {
			t.Errorf("a space was asked for with something wrong: %v", sent)
		}
	})
}

// A user name asked for with the e-mail of an account is kept like any other: it would tell that there is an account.
func TestTheUserNameDoesNotTellAKnownEmail(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		h.Family("claire.martin", "Claire", "Martin")
		access(upTo(t, h, h.Visitor(), "Ada", "Roy", "claire.martin@famille.example"), "sonde.une", "").Send().WantPath("/creer-mon-espace/envoye")
		access(upTo(t, h, h.Visitor(), "Ada", "Roy", "inconnue@famille.example"), "sonde.deux", "").Send().WantPath("/creer-mon-espace/envoye")
		p := upTo(t, h, h.Visitor(), "Ada", "Roy", "ada@ailleurs.example")
		access(p, "sonde.une", "").Send().Want(422).Says("main", "déjà pris")
		access(p, "sonde.deux", "").Send().Want(422).Says("main", "déjà pris")

		// What is kept opens nothing: no password, no link.
		v := h.Visitor()
		v.Post("/connexion", url.Values{"identifiant": {"sonde.une"}, "mot_de_passe": {password}}).Want(422).Says("main", "n’est pas reconnu")
		v.Post("/activation", url.Values{"email": {"claire.martin@famille.example"}}).WantPath("/creer-mon-espace/envoye")
		h.RunJobs()
		for _, m := range h.Mailbox.To("claire.martin@famille.example") {
			if activation.MatchString(m.Text) {
				t.Errorf("a link was mailed: %s", m.Text)
			}
		}
	})
}

// The last button pressed twice sends one e-mail, whose link works.
func TestTheLastButtonPressedTwice(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		p := upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example")
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		jar.SetCookies(p.URL, v.Cookies())
		address := "127.0.0.1:" + p.URL.Port() // the name is not resolved
		second := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, network, address)
			}}}
		values := url.Values{"identifiant": {"claire.m"}, "mot_de_passe": {password}, "confirmation": {password}}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				answer, err := second.PostForm(p.URL.String(), values)
				if err != nil {
					t.Error(err)
					return
				}
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/creer-mon-espace/envoye" {
					t.Errorf("answered %d, to %s", answer.StatusCode, answer.Header.Get("Location"))
				}
			})
		}
		both.Wait()
		h.RunJobs()
		if sent := h.Mailbox.To("claire@ailleurs.example"); len(sent) != 1 {
			t.Fatalf("%d e-mails", len(sent))
		}
		v.Get(link(t, h, "claire@ailleurs.example")).Submit("Activer mon espace personnel").WantPath("/connexion")
	})
}
