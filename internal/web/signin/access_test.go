package signin_test

import (
	"image/png"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

// whole is a house of each engine with the pages of both sides.
func whole(t *testing.T, test func(t *testing.T, h *signintest.House)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, wholeHouse(t, tn)) })
}

func wholeHouse(t *testing.T, tn *towntest.Town) *signintest.House {
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) {
		family.Pages{Door: d}.Routes(s)
		office.Pages{Door: d}.Routes(s)
	})
	h.Family("claire.martin", "Claire", "Martin")
	h.Agent("agent.enfance", staff.Instruction)
	h.Agent("direction", staff.Direction)
	return h
}

// phone makes the codes of a secret shown on a page.
type phone struct {
	h      *signintest.House
	secret string
}

func (p phone) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(p.secret, p.h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// activate adds an application through the pages, and gives it with the recovery codes.
func activate(t *testing.T, h *signintest.House, v *webtest.Visitor, base string) (phone, []string) {
	t.Helper()
	p := v.Get(base + "/seconde-etape")
	if !p.Has(".qr") {
		p = p.Form("Ajouter une application").Fill("actuel", signintest.Password).Send().Want(200).WantPath(base + "/seconde-etape")
	}
	ph := phone{h, strings.ReplaceAll(p.Text("main code"), " ", "")}
	p = p.Form("Activer la seconde étape").Fill("code", ph.code(t)).Send().Want(200).Says("main", "Cette page ne s’affiche qu’une fois")
	codes := p.Texts(".codes code")
	if len(codes) != 10 || p.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d codes, %q", len(codes), p.Header.Get("Cache-Control"))
	}
	h.Clock.Advance(time.Minute)
	return ph, codes
}

func subjects(h *signintest.House, to string) string {
	h.RunJobs()
	var out []string
	for _, m := range h.Mailbox.To(to) {
		out = append(out, m.Subject)
	}
	return strings.Join(out, " | ")
}

// The second step from its first page to its last, without a script.
func TestSecondStep(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		v, _ := h.SignIn("claire.martin")
		p := v.Get("/espace/profil").Says("main", "Désactivée").Click("Activer")
		p.Form("Ajouter une application").Fill("actuel", "pas-le-bon-9-mot").Send().Want(422).Says("main", "pas votre mot de passe actuel")
		v.Get("/espace/profil/seconde-etape/image").Want(404)
		p = p.Form("Ajouter une application").Fill("actuel", signintest.Password).Send().Want(200)
		image := v.Get("/espace/profil/seconde-etape/image").Want(200)
		if drawn, err := png.Decode(strings.NewReader(image.Body)); err != nil || drawn.Bounds().Dx() < 200 || image.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the image: %v", err)
		}
		p.Form("Activer la seconde étape").Fill("code", "000000").Send().Want(422).Says("[role=alert]", "n’est pas le bon")
		ph, codes := activate(t, h, v, "/espace/profil")
		if got := subjects(h, "claire.martin@famille.example"); !strings.Contains(got, "La seconde étape est activée") {
			t.Errorf("mails: %s", got)
		}

		// Signing in, with a page to return to.
		w := h.Visitor()
		p = w.Get("/espace/profil").WantPath("/connexion").Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send()
		p.Want(200).Says("main", "Seconde étape", "Téléphone perdu")
		w.Get("/espace").WantPath("/connexion") // the password alone opens nothing
		w.Get("/connexion/etape").Want(200).Says("main", "Seconde étape")
		wrong := p.Form("Continuer").Fill("code", "111111").Send().Want(422).Says("[role=alert]", "n’est pas le bon")
		wrong.Form("Continuer").Fill("code", ph.code(t)).Send().Want(200).WantPath("/espace/profil")

		// A recovery code, once.
		for i, want := range []int{200, 422} {
			p = signintest.Enter(h.Visitor(), "claire.martin").Form("Continuer").Fill("code", codes[0]).Send().Want(want)
			if i == 1 {
				p.Says("[role=alert]", "a déjà servi")
			}
		}
		// Too late.
		p = signintest.Enter(h.Visitor(), "claire.martin")
		h.Clock.Advance(11 * time.Minute)
		p.Form("Continuer").Fill("code", ph.code(t)).Send().Want(200).Says("main", "Cette étape a expiré")

		// New recovery codes, then off.
		v, _ = h.SignIn("claire.martin")
		v.Get("/connexion/etape").Form("Continuer").Fill("code", ph.code(t)).Send().WantPath("/espace")
		h.Clock.Advance(time.Minute)
		p = v.Get("/espace/profil/seconde-etape").Says("main", "9 codes de secours")
		p = p.Form("Obtenir de nouveaux codes de secours").Fill("code", ph.code(t)).Send().Want(200)
		if fresh := p.Texts(".codes code"); len(fresh) != 10 || fresh[0] == codes[1] {
			t.Errorf("new codes: %v", fresh)
		}
		p = v.Get("/espace/profil/seconde-etape").Form("Désactiver la seconde étape").Fill("code", "000000").Send().Want(422)
		h.Clock.Advance(time.Minute)
		p.Form("Désactiver la seconde étape").Fill("code", ph.code(t)).Send().Want(200).Says("[role=status]", "désactivée")
		signintest.Enter(h.Visitor(), "claire.martin").WantPath("/espace")
	})
}

// What was typed before the session ended survives the second step too.
func TestKeptFormThroughTheSecondStep(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		var a identity.Account
		h.Write(func(tx *db.Tx) (err error) {
			a, err = identity.Find(t.Context(), tx, "claire.martin")
			if err != nil {
				return err
			}
			return identity.BeginAuthenticator(t.Context(), tx, a, signin.Keys(h.Town.Town))
		})
		ph := phone{h: h}
		h.Write(func(tx *db.Tx) error {
			p, err := identity.PendingAuthenticator(t.Context(), tx, a, signin.Keys(h.Town.Town), "Essai")
			if err != nil {
				return err
			}
			ph.secret = p.Secret
			_, _, err = identity.ConfirmAuthenticator(t.Context(), tx, a, signin.Keys(h.Town.Town), identity.Code{Typed: ph.code(t), At: tx.Now})
			return err
		})
		h.Clock.Advance(time.Minute)
		p := h.Visitor().Post("/espace/essai", url.Values{"jour": {"2026-12-07:REPAS"}, "note": {"Léo"}}).Want(401)
		p = p.Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", signintest.Password).Send()
		p = p.Form("Continuer").Fill("code", "1").Send().Want(422)
		p = p.Form("Continuer").Fill("code", ph.code(t)).Send().Says("main", "Ce que vous aviez saisi est conservé")
		p.Submit("Reprendre ma saisie").Want(200).Says("#mot", "2026-12-07:REPAS / Léo")
	})
}

// An agent is warned, then nothing but the set-up opens; the direction may help who lost a telephone.
func TestAgentsMustHaveASecondStep(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		_, p := h.SignIn("agent.enfance")
		p.WantPath("/bureau").Says("[role=status]", "Protégez votre accès avant le", "8 décembre")
		h.Clock.Advance(7 * 24 * time.Hour)
		v, p := h.SignIn("agent.enfance")
		p.WantPath("/bureau/profil/seconde-etape").Says("main", "Ajoutez une seconde étape pour continuer")
		v.Get("/bureau/demandes").WantPath("/bureau/profil/seconde-etape")
		v.Post("/bureau/profil/preferences", nil).Want(403)
		v.Get("/bureau/profil/cles").Want(200)
		ph, _ := activate(t, h, v, "/bureau/profil")
		p = v.Get("/bureau").Want(200).WantPath("/bureau")
		p = v.Get("/bureau/profil/seconde-etape").Want(200)
		if strings.Contains(p.Text("main"), "Désactiver") {
			t.Error("an agent is offered to go without")
		}
		v.Post("/bureau/profil/seconde-etape/retrait", url.Values{"code": {ph.code(t)}}).Want(422).Says("main", "demande une seconde étape")

		// The telephone is lost.
		boss, _ := h.SignIn("direction")
		p = boss.Get("/bureau/agents").Click("Agent agent.enfance").Says("main", "Seconde étape")
		p.Submit("Effacer la seconde étape").Want(200).Says("[role=status]", "seconde étape")
		if got := subjects(h, "agent.enfance@mairie.example"); !strings.Contains(got, "effacée") {
			t.Errorf("mails: %s", got)
		}
		v.Get("/bureau").WantPath("/connexion")
		_, p = h.SignIn("agent.enfance")
		p.WantPath("/bureau").Says("[role=status]", "Protégez votre accès")
		v.Post("/bureau/agents/"+"x"+"/seconde-etape", nil).Want(401)
	})
}

// The direction settles what is asked of agents.
func TestThePolicy(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		boss, _ := h.SignIn("direction")
		p := boss.Get("/bureau/agents")
		p.Form("Enregistrer la règle").Fill("delai", "90").Send().Want(422).Says("main", "entre 0 et 60")
		p.Form("Enregistrer la règle").Untick("exiger", "oui").Fill("delai", "7").Send().Want(200).WantPath("/bureau/agents").Says("[role=status]", "enregistrée")
		_, p = h.SignIn("agent.enfance")
		if p.Has("[role=status]") {
			t.Errorf("still warned: %s", p.Text("[role=status]"))
		}
		h.Clock.Advance(100 * 24 * time.Hour)
		_, p = h.SignIn("agent.enfance")
		p.WantPath("/bureau")
		v, _ := h.SignIn("agent.enfance")
		v.Post("/bureau/agents/regle", url.Values{"exiger": {"oui"}, "delai": {"0"}}).Want(403)
	})
}

func TestStrangersAreTold(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		v, _ := h.SignIn("claire.martin")
		v.Post("/deconnexion", nil)
		signintest.Enter(v, "claire.martin").WantPath("/espace")
		if got := subjects(h, "claire.martin@famille.example"); got != "" {
			t.Fatalf("mails for a known browser: %s", got)
		}
		h.SignIn("claire.martin")
		h.RunJobs()
		mails := h.Mailbox.To("claire.martin@famille.example")
		if len(mails) != 1 || !strings.Contains(mails[0].Subject, "nouvel appareil") || !strings.Contains(mails[0].Text, "1er décembre") {
			t.Fatalf("mails: %+v", mails)
		}
	})
}

func TestSignOutEverywhere(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		one, _ := h.SignIn("claire.martin")
		two, _ := h.SignIn("claire.martin")
		two.Get("/espace/profil").Submit("Me déconnecter partout").Want(200).WantPath("/connexion").Says("[role=status]", "déconnecté de tous")
		one.Get("/espace").WantPath("/connexion")
		two.Get("/espace").WantPath("/connexion")
	})
}

func TestForgottenUserName(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		ask := func(email string) *webtest.Page {
			return h.Visitor().Get("/connexion").Click("Identifiant oublié").Form("Recevoir mon identifiant").Fill("email", email).Send()
		}
		ask("claire").Want(422).Says("[role=alert]", "adresse e-mail complète")
		known, unknown := ask("Claire.Martin@famille.example").Want(200), ask("personne@famille.example").Want(200)
		if known.Text("main") != unknown.Text("main") {
			t.Error("the answer tells whether there is such an account")
		}
		for range 4 {
			ask("claire.martin@famille.example").Want(200)
		}
		h.RunJobs()
		mails := h.Mailbox.List()
		if len(mails) != 3 || !strings.Contains(mails[0].Text, "\nclaire.martin\n") {
			t.Fatalf("%d mails", len(mails))
		}
	})
}

var changeLink = regexp.MustCompile(`https://essai\.example(/adresse/\S+)`)

// linkTo is the link about an address in the last mail received there.
func linkTo(t *testing.T, h *signintest.House, address string) string {
	t.Helper()
	h.RunJobs()
	mails := h.Mailbox.To(address)
	if len(mails) == 0 {
		t.Fatalf("no mail to %s", address)
	}
	m := changeLink.FindStringSubmatch(mails[0].Text)
	if m == nil {
		t.Fatalf("no link in %s", mails[0].Text)
	}
	return m[1]
}

func TestChangeOfAddress(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		const old, fresh = "claire.martin@famille.example", "claire@neuf.example"
		v, _ := h.SignIn("claire.martin")
		p := v.Get("/espace/profil").Click("Changer").Want(200)
		p = p.Form("Recevoir le lien").Fill("email", fresh).Fill("actuel", "pas-le-bon").Send().Want(422)
		if p.Form("Recevoir le lien").Value("email") != fresh {
			t.Error("what was typed is lost")
		}
		p.Form("Recevoir le lien").Fill("email", fresh).Fill("actuel", signintest.Password).Send().Want(200).WantPath("/espace/profil").Says("[role=status]", fresh)
		confirm, cancel := linkTo(t, h, fresh), linkTo(t, h, old)
		stranger := h.Visitor()
		p = stranger.Get(confirm).Want(200).Says("main", old, fresh) // a mail program that opens links confirms nothing
		v.Get("/espace/profil").Says("main", old)
		p.Submit("Confirmer cette adresse").Want(200).WantPath("/connexion")
		stranger.Get(confirm).Want(404).Says("main", "n’est plus valable")
		v.Get("/espace/profil").Says("main", fresh)
		signintest.Enter(h.Visitor(), fresh).WantPath("/espace")
		h.Read(func(tx *db.Tx) error {
			var email string
			err := tx.QueryRow(t.Context(), `SELECT email FROM guardians`).Scan(&email)
			if email != fresh {
				t.Errorf("the family's file says %s", email)
			}
			return err
		})
		stranger.Get(cancel).Want(200).Submit("Annuler le changement").Want(200).Says("[role=status]", "annulé")
		v.Get("/espace").WantPath("/connexion")
		signintest.Enter(h.Visitor(), old).WantPath("/espace")

		// An address that is somebody's: the visitor sees the same, its owner is told.
		h.Family("karim.benali", "Karim", "Benali")
		v, _ = h.SignIn("claire.martin")
		v.Get("/espace/profil/adresse").Form("Recevoir le lien").Fill("email", "karim.benali@famille.example").Fill("actuel", signintest.Password).Send().
			Want(200).Says("[role=status]", "Consultez la messagerie de karim.benali@famille.example")
		if got := subjects(h, "karim.benali@famille.example"); !strings.Contains(got, "déjà celle d’un espace") {
			t.Errorf("mails: %s", got)
		}
	})
}

// Telephones do not follow the clock of a demonstration: codes go by the world's time.
func TestCodesGoByTheWorldsTime(t *testing.T) {
	h := wholeHouse(t, towntest.New(t, "sqlite"))
	world := h.Clock.Now()
	h.Ahead = func() time.Duration { return h.Clock.Now().Sub(world) }
	h.Clock.Advance(100 * 24 * time.Hour)
	v, _ := h.SignIn("claire.martin")
	p := v.Get("/espace/profil/seconde-etape").Form("Ajouter une application").Fill("actuel", signintest.Password).Send()
	secret := strings.ReplaceAll(p.Text("main code"), " ", "")
	code, err := totp.GenerateCode(secret, world)
	if err != nil {
		t.Fatal(err)
	}
	p.Form("Activer la seconde étape").Fill("code", code).Send().Want(200).Says("main", "Codes de secours")
}

// An address or a choice that holds bytes no text has finds nothing: the database, which would refuse it, is not asked.
func TestAnAddressThatIsNoText(t *testing.T) {
	whole(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		v.Post("/connexion", url.Values{"identifiant": {"claire.martin"}, "mot_de_passe": {signintest.Password}}).WantPath("/espace")
		for _, odd := range []string{"a%00b", "%ff%fe", "%1b"} {
			v.Get("/espace/documents/" + odd).Want(404)
			v.Get("/espace/echanges/" + odd).Want(404)
			v.Post("/espace/profil/cles/"+odd+"/retrait", url.Values{}).Want(404)
			v.Get("/espace/documents/nouveau?remplace=" + odd).Want(422)
		}
	})
}
