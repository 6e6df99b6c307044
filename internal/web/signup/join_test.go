package signup_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/towntest"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

// arrive opens a space without a key, and signs in.
func arrive(t *testing.T, h *signintest.House, first, last, login string) *webtest.Visitor {
	t.Helper()
	v := h.Visitor()
	email := login + "@ailleurs.example"
	access(upTo(t, h, v, first, last, email), login, "").Send().WantPath("/creer-mon-espace/envoye")
	v.Get(link(t, h, email)).Submit("Activer mon espace personnel").WantPath("/connexion")
	v.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", login).Fill("mot_de_passe", password).Send().WantPath("/espace/demarches")
	return v
}

// send asks for the household of a child.
func send(v *webtest.Visitor, wish, first, last, born string) *webtest.Page {
	return v.Get("/espace/demarches").Click("Demander mon rattachement").Form("Envoyer ma démarche").Tick("souhait", wish).
		Fill("enfant_1_prenom", first).Fill("enfant_1_nom", last).Fill("enfant_1_naissance", born).Send()
}

// agentAt opens the request that waits, as an agent.
func agentAt(h *signintest.House, number string) *webtest.Page {
	v, _ := h.SignIn("agent.enfance")
	return v.Get("/bureau/demandes-de-foyer").Want(200).Click(number).Want(200)
}

func number(t *testing.T, p *webtest.Page) string {
	t.Helper()
	_, rest, found := strings.Cut(p.Text("main"), "n° ")
	if !found {
		t.Fatalf("no number on %s: %s", p.URL.Path, p.Text("main"))
	}
	n, _, _ := strings.Cut(rest, ",")
	return n
}

// A space without a household: what it may do, a request from draft to refusal, then another that is accepted by joining who the town knows.
func TestAskToJoin(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		g, _ := letter(h, "Claire", "Martin")
		v := arrive(t, h, "Claire", "Le Goff", "claire.lg")
		v.Get("/espace/planning").WantPath("/espace/demarches")
		v.Post("/espace/preferences", nil).Want(403).Says("main", "clé enfance")
		v.Get("/espace/demarches/acces").Want(200).Says("main", "claire.lg", "Appareils connectés")
		v.Get("/espace/demarches/foyer").Form("Envoyer ma démarche").Send().Want(422).Says("main", "Choisissez l’une des deux réponses")
		v.Get("/espace/demarches/foyer").Form("Envoyer ma démarche").Tick("souhait", "join").Send().Want(422).Says("main", "l’un ou l’autre permet de vous retrouver")
		v.Get("/espace/demarches/foyer").Form("Garder un brouillon").Fill("precision", "Nous arrivons.").Send().Says("body", "Votre brouillon est conservé", "Brouillon")
		if got := v.Get("/espace/demarches/foyer").Form("Envoyer ma démarche").Value("precision"); got != "Nous arrivons." {
			t.Errorf("draft %q", got)
		}
		p := send(v, "join", "Zoé", "Martin", "2019-03-02").Want(200).Says("main", "Déposée", "Réponse prévue au plus tard")
		n := number(t, p)
		h.RunJobs()
		if m := h.Mailbox.To("claire.lg@ailleurs.example"); !strings.Contains(m[0].Subject, "Accusé de réception de votre démarche "+n) || !strings.Contains(m[0].Text, "l’absence de réponse n’est pas un accord") {
			t.Errorf("acknowledged: %+v", m[0].Message)
		}
		a := agentAt(h, n).Says("main", "Claire Le Goff", "un enfant de mêmes prénom et naissance", "Paul Martin")
		a = a.Submit("Prendre en charge").Says("main", "En cours")
		a = a.Form("Envoyer ce message").Fill("message", "Quel est votre nom de naissance ?").Send().Says("main", "Attend la réponse de la famille")
		p = v.Get(p.URL.Path).Says("main", "Quel est votre nom de naissance ?", "Attend votre réponse")
		p.Form("Envoyer ce message").Send().Want(422).Says("main", "Écrivez votre message")
		p.Form("Envoyer ce message").Fill("message", "Martin, comme ma fille.").Send().Says("main", "Martin, comme ma fille.", "En cours")
		a.Form("Refuser la démarche").Send().Want(422)
		a.Form("Refuser la démarche").Fill("motif", "Il manque le livret de famille.").Send().Says("main", "Refusée")
		v.Get(p.URL.Path).Says("main", "Il manque le livret de famille.")
		h.Visitor().Get(p.URL.Path).WantPath("/connexion")

		second := number(t, send(v, "join", "Zoé", "Martin", "2019-03-02").Want(200))
		if second == n {
			t.Error("two requests, one number")
		}
		agentAt(h, second).Submit("Relier à Claire Martin").Says("main", "Acceptée")
		v.Get("/espace").Want(200).Says("main", "Zoé")
		h.RunJobs()
		if m := h.Mailbox.To("paul@famille.example"); len(m) != 1 {
			t.Errorf("the other guardian was told %v", m)
		}
		h.Read(func(tx *db.Tx) error {
			now, err := household.GuardianByID(context.Background(), tx, g.ID)
			if now.AccountID == "" || now.BornOn.IsZero() {
				t.Errorf("the guardian is %+v", now)
			}
			return err
		})
	})
}

// A family that the town does not know, then a second parent who joins it; a family's request is not another's.
func TestAskToCreate(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := arrive(t, h, "Ada", "Roy", "ada.roy")
		p := send(v, "create", "Noé", "Roy", "2021-06-01").Want(200)
		other := arrive(t, h, "Max", "Roy", "max.roy")
		other.Get(p.URL.Path).Want(404)
		other.Post(p.URL.Path+"/retrait", url.Values{}).Want(404)
		agentAt(h, number(t, p)).Says("main", "Aucun foyer connu").Submit("Créer ce foyer").Says("main", "Acceptée")
		v.Get("/espace").Want(200).Says("main", "Noé")
		v.Get("/espace/demarches").Says("main", "Acceptée")
		n := number(t, send(other, "join", "Noé", "Roy", "2021-06-01"))
		a := agentAt(h, n).Says("main", "ROY Ada")
		a.Submit("Ajouter comme responsable de ce foyer").Says("main", "Acceptée")
		other.Get("/espace").Want(200).Says("main", "Noé")
		third := arrive(t, h, "Léa", "Bon", "lea.bon")
		p = send(third, "create", "Tom", "Bon", "2021-06-01")
		third.Get(p.URL.Path).Submit("Retirer ma démarche").Says("main", "Retirée")
		desk, _ := h.SignIn("agent.enfance")
		desk.Get("/bureau/demandes-de-foyer").Says("main", "Aucune demande ici")
		desk.Get("/bureau/demandes-de-foyer?etat=decidees").Says("main", "Retirée", "Acceptée")
	})
}

// A key entered after the space was opened ties it; a wrong one says so beside its field.
func TestKeyLater(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		_, key := letter(h, "Claire", "Martin")
		v := arrive(t, h, "Claire", "Martin", "claire.m")
		v.Get("/espace/demarches").Form("Relier mon espace").Fill("cle", "22222-AAAAA").Send().Want(422).Says("main", "Cette clé n’est pas reconnue")
		v.Get("/espace/demarches").Form("Relier mon espace").Fill("cle", key).Send().WantPath("/espace").Says("main", "Zoé")
		v.Post("/espace/demarches/cle", url.Values{"cle": {key}}).Want(422)

		_, key = letter(h, "Paul", "Durand")
		ada := arrive(t, h, "Ada", "Roy", "ada.roy")
		p := ada.Get("/espace/demarches").Form("Relier mon espace").Fill("cle", key).Send().Want(200).Says("body", "Un agent vérifie")
		agentAt(h, number(t, p)).Says("main", "Une clé enfance a été saisie : celle de Paul Durand").Submit("Relier à Paul Durand, de la clé").Says("main", "Acceptée")
		ada.Get("/espace").Want(200).Says("main", "Zoé")
		h.Read(func(tx *db.Tx) error {
			a, err := identity.Find(context.Background(), tx, "ada.roy")
			if err != nil {
				return err
			}
			g, err := household.GuardianOf(context.Background(), tx, a.ID)
			if g.LastName != "Durand" {
				t.Errorf("tied to %s", g.Name())
			}
			return err
		})
	})
}

// The pages of who has no household, and the agent's, as a screen reader meets them.
func TestJoinInABrowser(t *testing.T) {
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}} {
		h := house(t, towntest.New(t, "sqlite"))
		letter(h, "Claire", "Martin")
		arrive(t, h, "Claire", "Martin", "claire.m")
		site := h.Site.URL(signintest.Host)
		b := webtest.NewBrowser(t, view)
		see := func(name string) {
			b.Wide()
			b.Axe()
			b.Shot("foyer-" + name)
		}
		b.Open(site + "/connexion")
		b.Fill("main [name=identifiant]", "claire.m")
		b.Fill("main [name=mot_de_passe]", password)
		b.Press("Ouvrir mon espace")
		see("demarches")
		b.Press("Demander mon rattachement")
		see("formulaire")
		b.Click("label:has([value='join'])")
		b.Fill("[name=enfant_1_prenom]", "Zoé")
		b.Fill("[name=enfant_1_nom]", "Martin")
		b.Fill("[name=dossier]", "F0001")
		b.Press("Envoyer ma démarche")
		see("a-corriger")
		b.Fill("[name=enfant_1_prenom]", "")
		b.Fill("[name=enfant_1_nom]", "")
		b.Press("Envoyer ma démarche")
		see("deposee")
		b.Open(site + "/espace/demarches/acces")
		see("acces")

		desk := webtest.NewBrowser(t, view)
		desk.Open(site + "/connexion")
		desk.Fill("main [name=identifiant]", "agent.enfance")
		desk.Fill("main [name=mot_de_passe]", signintest.Password)
		desk.Press("Ouvrir mon espace")
		desk.Open(site + "/bureau/demandes-de-foyer")
		desk.Wide()
		desk.Axe()
		desk.Press(desk.Text("main table a"))
		desk.Wide()
		desk.Axe()
		desk.Shot("foyer-agent")
	}
}
