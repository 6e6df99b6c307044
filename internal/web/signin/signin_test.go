package signin_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/web/ui"
)

// say answers with one sentence in the family's layout.
func say(w http.ResponseWriter, r *http.Request, title, words string) error {
	page := web.Frame(w, r, ui.Page{Title: title})
	children := templ.WithChildren(r.Context(), templ.Raw("<p id=mot>"+html.EscapeString(words)+"</p>"))
	return web.Render(w, r.WithContext(children), http.StatusOK, ui.Family(page))
}

// pages are the simplest ones behind each kind of door.
func pages(s *web.Server, d *signin.Door) {
	family := func(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
		return say(w, r, "Espace", "Bonjour "+who.Name())
	}
	agent := func(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
		return say(w, r, "Bureau", "Bureau de "+who.Name)
	}
	s.Handle("GET /espace", d.Family(family))
	s.Handle("GET /espace/planning", d.Family(family))
	s.Handle("POST /espace/essai", d.Family(func(w http.ResponseWriter, r *http.Request, _ household.Guardian) error {
		form, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		return say(w, r, "Reçu", strings.Join(form.All("jour"), " ")+" / "+form.Raw("note"))
	}))
	s.Handle("GET /bureau", d.AnyAgent(agent))
	s.Handle("GET /bureau/listes", d.Office(staff.Lists, agent))
	s.Handle("GET /bureau/agents", d.Office(staff.Staff, agent))
	s.Handle("POST /bureau/agents", d.Office(staff.Staff, agent))
}

// each runs a test on a house of each engine, with a family and two agents.
func each(t *testing.T, test func(t *testing.T, h *signintest.House)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		h := signintest.New(t, tn, pages)
		h.Family("claire.martin", "Claire", "Martin")
		h.Agent("animateur", staff.Animation)
		h.Agent("direction", staff.Direction)
		test(t, h)
	})
}

func TestEachSideLandsAtHome(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v, p := h.SignIn("claire.martin")
		p.Want(200).WantPath("/espace").Says("#mot", "Bonjour Claire Martin")
		v.Get("/connexion").WantPath("/espace")
		_, p = h.SignIn("claire.martin@famille.example")
		p.WantPath("/espace")
		_, p = h.SignIn("direction")
		p.Want(200).WantPath("/bureau").Says("#mot", "Bureau de Agent direction")
	})
}

func TestWrongPasswordKeepsTheLoginTyped(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		f := h.Visitor().Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", "Faux-mot-9-passe")
		p := f.Send().Want(422).Says("[role=alert]", "n’est pas reconnu")
		if p.Form("Ouvrir mon espace").Value("identifiant") != "claire.martin" {
			t.Error("the login must be typed again")
		}
		if strings.Contains(p.Body, "Faux-mot-9-passe") {
			t.Error("the password comes back in the page")
		}
		unknown := h.Visitor().Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", "personne").Fill("mot_de_passe", "Faux-mot-9-passe").Send().Want(422)
		if unknown.Text("[role=alert]") != p.Text("[role=alert]") {
			t.Error("the page tells whether a login exists")
		}
	})
}

func TestTooManyTriesAreToldHowLongToWait(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		for range 5 {
			v.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {"x"}}).Want(422)
		}
		p := v.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {signintest.Password}}).Want(429)
		p.Says("[role=alert]", "réessayez dans 2 secondes")
		if p.Header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After %q", p.Header.Get("Retry-After"))
		}
		h.Clock.Advance(2 * time.Second)
		signintest.Enter(v, "claire.martin").WantPath("/espace")
	})
}

func TestReturnToThePageAsked(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		for _, c := range []struct{ login, next, want string }{
			{"claire.martin", "/espace/planning?mois=2026-12", "/espace/planning"},
			{"claire.martin", "/bureau/listes", "/espace"},
			{"direction", "/espace/planning", "/bureau"},
			{"direction", "/bureau/listes", "/bureau/listes"},
			{"claire.martin", "//evil.example/espace", "/espace"},
			{"claire.martin", "https://evil.example/", "/espace"},
			{"claire.martin", `/\evil.example`, "/espace"},
			{"claire.martin", "/espaces", "/espace"},
		} {
			v := h.Visitor()
			p := v.Get("/connexion?suite=" + url.QueryEscape(c.next))
			p.Form("Ouvrir mon espace").Fill("identifiant", c.login).Fill("mot_de_passe", signintest.Password).Send().Want(200).WantPath(c.want)
		}
		v := h.Visitor()
		p := v.Get("/espace/planning?mois=2026-12").WantPath("/connexion").Says("main", "Connectez-vous pour continuer")
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().WantPath("/espace/planning")
		if p.URL.RawQuery != "mois=2026-12" {
			t.Errorf("query %q is lost", p.URL.RawQuery)
		}
	})
}

// cookie is the value of one of a visitor's cookies.
func cookie(cookies []*http.Cookie, name string) string {
	for _, c := range cookies {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// A session planted before signing in is worth nothing after, and the one in use before ends.
func TestSessionIsNewAtEachSignIn(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		v.Header.Set("Cookie", "seance=planted")
		v.Get("/espace").WantPath("/connexion")
		v.Header.Del("Cookie")
		signintest.Enter(v, "claire.martin").WantPath("/espace")
		first := cookie(v.Cookies(), "seance")
		if first == "" || first == "planted" {
			t.Fatalf("session %q", first)
		}
		v.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {signintest.Password}}).WantPath("/espace")
		if cookie(v.Cookies(), "seance") == first {
			t.Error("signing in again keeps the session")
		}
		thief := h.Visitor()
		thief.Header.Set("Cookie", "seance="+first)
		thief.Get("/espace").WantPath("/connexion")
	})
}

func TestCookies(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		for _, c := range []struct {
			proto, prefix string
			secure        bool
		}{{"http", "", false}, {"https", "__Host-", true}} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.Site.URL("127.0.0.1")+"/connexion",
				strings.NewReader(url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {signintest.Password}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Forwarded-Proto", c.proto)
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close() // only its headers matter
			seen := 0
			for _, k := range answer.Cookies() {
				if k.Name != c.prefix+"seance" && k.Name != c.prefix+"appareil" {
					continue
				}
				seen++
				if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.Secure != c.secure {
					t.Errorf("%s: cookie %+v", c.proto, k)
				}
				if k.Name == c.prefix+"seance" && k.MaxAge != 0 {
					t.Errorf("%s: the session outlives the browser", c.proto)
				}
			}
			if seen != 2 {
				t.Errorf("%s: %d cookies of ours in %v", c.proto, seen, answer.Header["Set-Cookie"])
			}
		}
	})
}

func TestSignOut(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v, _ := h.SignIn("claire.martin")
		token := cookie(v.Cookies(), "seance")
		v.Post("/deconnexion", nil)
		v.Get("/espace").WantPath("/connexion").Says("[role=status]", "Vous êtes déconnecté")
		v.Header.Set("Cookie", "seance="+token)
		v.Get("/espace").WantPath("/connexion")
	})
}

func TestSessionEndsWithoutUse(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v, _ := h.SignIn("claire.martin")
		for range 3 {
			h.Clock.Advance(119 * time.Minute)
			v.Get("/espace").WantPath("/espace")
			h.Door.Wait()
		}
		h.Clock.Advance(2 * time.Hour)
		v.Get("/espace").WantPath("/connexion")
	})
}

// Each side's pages do not exist for the other, and a right is needed within the office.
func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		family, _ := h.SignIn("claire.martin")
		desk, _ := h.SignIn("animateur")
		boss, _ := h.SignIn("direction")
		family.Get("/bureau").Want(404)
		family.Get("/bureau/agents").Want(404)
		family.Post("/bureau/agents", nil).Want(404)
		desk.Get("/espace").WantPath("/bureau")
		desk.Post("/espace/essai", nil).Want(403)
		desk.Get("/bureau/listes").Want(200)
		desk.Get("/bureau/agents").Want(403).Says("main", "Animation")
		desk.Post("/bureau/agents", nil).Want(403)
		boss.Get("/bureau/agents").Want(200)
		for _, path := range []string{"/espace", "/bureau", "/bureau/agents"} {
			h.Visitor().Get(path).WantPath("/connexion")
		}
		for _, r := range h.Server.Routes() {
			if strings.HasPrefix(r.Path, "/espace") && r.Access != "family" || strings.HasPrefix(r.Path, "/bureau") && !strings.HasPrefix(r.Access, "office") {
				t.Errorf("%s %s is open to %q", r.Method, r.Path, r.Access)
			}
		}
	})
}

// What was typed survives the end of the session.
func TestFormIsKeptWhenTheSessionEnded(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v, _ := h.SignIn("claire.martin")
		h.Clock.Advance(3 * time.Hour)
		typed := url.Values{"jour": {"2026-12-07:REPAS", "2026-12-08:REPAS"}, "note": {"Léo & <Zoé>"}, "mot_de_passe": {"secret"}}
		p := v.Post("/espace/essai", typed).Want(401).Says("main", "ce que vous aviez saisi est conservé")
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", "x").Send().Want(422)
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send().Want(200)
		p.Says("main", "Ce que vous aviez saisi est conservé")
		if p.Form("Reprendre ma saisie").Value("mot_de_passe") != "" {
			t.Error("a password is kept in the page")
		}
		p.Submit("Reprendre ma saisie").Want(200).Says("#mot", "2026-12-07:REPAS 2026-12-08:REPAS / Léo & <Zoé>")
	})
}

func TestKeptFormCannotBeMade(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		p := v.Post("/espace/essai", url.Values{"note": {"un"}}).Want(401)
		sealed := p.Form("Ouvrir mon espace").Value("saisie")
		sign := func(login, sealed string) string {
			return h.Visitor().Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {signintest.Password}, "saisie": {sealed}}).Want(200).URL.Path
		}
		if got := sign("claire.martin", sealed); got != "/connexion" {
			t.Fatalf("a good one leads to %s", got)
		}
		for name, forged := range map[string]string{"altered": "A" + sealed, "unsigned": strings.SplitN(sealed, ".", 2)[0], "empty": "."} {
			if got := sign("claire.martin", forged); got != "/espace" {
				t.Errorf("%s: leads to %s", name, got)
			}
		}
		if got := sign("direction", sealed); got != "/bureau" {
			t.Errorf("an agent is given a family's form at %s", got)
		}
		h.Clock.Advance(3 * time.Hour)
		if got := sign("claire.martin", sealed); got != "/espace" {
			t.Errorf("an old one leads to %s", got)
		}
		v.Post("/espace/essai", url.Values{"note": {strings.Repeat("x", 100_000)}}).Want(401).Says("main", "Rien n’a été enregistré")
	})
}
