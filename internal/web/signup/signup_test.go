package signup_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/registration"
	"preau/internal/request"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/office"
	"preau/internal/web/public"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/web/signup"
	"preau/internal/webtest"
)

const password = "quatre-chevaux-bleus-ici"

// house is a town with the pages of a visitor and of a family.
func house(t *testing.T, tn *towntest.Town) *signintest.House {
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) {
		public.Pages{Door: d}.Routes(s)
		signup.Pages{}.Routes(s)
		family.Pages{Door: d}.Routes(s)
		office.Pages{Door: d}.Routes(s)
	})
	h.Agent("agent.enfance", staff.Instruction)
	return h
}

func each(t *testing.T, test func(t *testing.T, h *signintest.House)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, house(t, tn)) })
}

// letter makes a household that the town knows, with a child and a key on its letter.
func letter(h *signintest.House, first, last string) (g household.Guardian, key string) {
	ctx := context.Background()
	h.Write(func(tx *db.Tx) error {
		home, err := household.CreateHousehold(ctx, tx, signintest.By, household.Household{Name: last + " " + first})
		if err != nil {
			return err
		}
		if g, err = household.AddGuardian(ctx, tx, signintest.By, household.Guardian{HouseholdID: home.ID, FirstName: first, LastName: last, Email: "foyer@famille.example"}); err != nil {
			return err
		}
		if _, err = household.AddGuardian(ctx, tx, signintest.By, household.Guardian{HouseholdID: home.ID, FirstName: "Paul", LastName: last, Email: "paul@famille.example"}); err != nil {
			return err
		}
		if _, err = household.AddChild(ctx, tx, signintest.By, home.ID, household.Child{FirstName: "Zoé", LastName: last, BornOn: civil.MustParse("2019-03-02")}); err != nil {
			return err
		}
		key, err = household.IssueKey(ctx, tx, signintest.By, g.ID, household.NewKey{Secret: request.KeySecret(h.Town.Town), Today: civil.DateOf(tx.Now, h.Loc)})
		return err
	})
	return g, key
}

// upTo goes through the tabs until the last one.
func upTo(t *testing.T, h *signintest.House, v *webtest.Visitor, first, last, email string) *webtest.Page {
	t.Helper()
	p := v.Get("/").Click("Créer mon espace").Want(200).WantPath("/creer-mon-espace")
	p = p.Submit("Je crée mon espace").WantPath("/creer-mon-espace/identite")
	p = p.Form("Valider, puis Adresse").Tick("civilite", "mme").Fill("nom", last).Fill("prenoms", first).Fill("naissance", "1988-04-12").Send().WantPath("/creer-mon-espace/adresse")
	p = p.Form("Valider, puis Contact").Fill("adresse", "12 rue des Landes").Fill("code_postal", "78 400").Fill("ville", "Chatou").Send().WantPath("/creer-mon-espace/contact")
	p = p.Form("Valider, puis Authentification").Fill("email", email).Fill("portable", "0639980102").Send().WantPath("/creer-mon-espace/authentification")
	h.Clock.Advance(time.Minute)
	return p
}

func access(p *webtest.Page, login, key string) *webtest.Form {
	return p.Form("Valider et créer mon espace").Fill("identifiant", login).Fill("mot_de_passe", password).Fill("confirmation", password).Fill("cle", key)
}

var activation = regexp.MustCompile(`https://essai\.example(/activation/\w+)`)

// link finds the link of the last e-mail sent to an address, with the subject of the leaflet.
func link(t *testing.T, h *signintest.House, to string) string {
	t.Helper()
	h.RunJobs()
	for _, m := range h.Mailbox.To(to) {
		if m.Subject != h.Name+" – Création de votre espace personnel" {
			t.Errorf("subject %q", m.Subject)
		}
		if found := activation.FindStringSubmatch(m.Text); found != nil {
			return found[1]
		}
	}
	t.Fatalf("no link was mailed to %s", to)
	return ""
}

// A stranger with a key from the letter becomes a signed-in parent who sees their child.
func TestFromLetterToChildren(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		g, key := letter(h, "Claire", "Martin")
		v := h.Visitor()
		p := upTo(t, h, v, "Claire, Anne", "Martin", "claire@ailleurs.example")
		access(p, "claire.m", strings.ToLower(strings.Replace(key, "-", " ", 1))).Send().WantPath("/creer-mon-espace/envoye").Says("main", "Consultez votre messagerie")
		v.Post("/connexion", url.Values{"identifiant": {"claire.m"}, "mot_de_passe": {password}}).Want(422).Says("main", "pas encore activé", "Recevoir un nouveau lien")
		v.Post("/connexion", url.Values{"identifiant": {"claire.m"}, "mot_de_passe": {"autre chose"}}).Want(422).Says("main", "n’est pas reconnu")

		at := link(t, h, "claire@ailleurs.example")
		p = v.Get(at).Want(200).Says("main", "claire.m")
		v.Get(at).Want(200) // opening it changes nothing
		p.Submit("Activer mon espace personnel").WantPath("/connexion").Says("body", "Votre espace personnel est prêt")
		v.Get(at).Want(404).Says("main", "Ce lien n’est plus valable")
		p = v.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", "claire.m").Fill("mot_de_passe", password).Send()
		p.Want(200).WantPath("/espace").Says("main", "Zoé")

		h.Read(func(tx *db.Tx) error {
			now, err := household.GuardianByID(context.Background(), tx, g.ID)
			if now.BornOn.String() != "1988-04-12" || now.Phone != "+33639980102" || now.Email != "claire@ailleurs.example" {
				t.Errorf("the guardian is now %+v", now)
			}
			return err
		})
		h.RunJobs()
		for _, told := range []string{"paul@famille.example", "foyer@famille.example"} {
			if m := h.Mailbox.To(told); len(m) != 1 || !strings.Contains(m[0].Subject, "Un espace est relié à votre foyer") {
				t.Errorf("%s was told %v", told, m)
			}
		}
	})
}

// What was typed survives going back, an error, and a browser that was closed; passwords are never in a page.
func TestNothingTypedIsLost(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		p := upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example")
		p = access(p, "claire.m", "22222-AAAAA").Send().Want(422).Says("main", "Cette clé n’est pas reconnue", "Votre mot de passe est retenu")
		f := p.Form("Valider et créer mon espace")
		if f.Value("identifiant") != "claire.m" || f.Value("cle") != "22222-AAAAA" || f.Value("mot_de_passe") != "" {
			t.Errorf("kept: %q %q %q", f.Value("identifiant"), f.Value("cle"), f.Value("mot_de_passe"))
		}
		p = p.Submit("Précédent").WantPath("/creer-mon-espace/contact")
		if got := p.Form("Valider, puis Authentification").Value("portable"); got != "06 39 98 01 02" {
			t.Errorf("telephone %q", got)
		}
		p = p.Form("Précédent").Fill("email", "claire@ailleurs").Send().WantPath("/creer-mon-espace/adresse")
		if got := p.Form("Valider, puis Contact").Value("code_postal"); got != "78400" {
			t.Errorf("postal code %q", got)
		}
		p = v.Get("/creer-mon-espace").Says("main", "Vous avez déjà commencé").Submit("Reprendre ma saisie").Want(200)
		p = v.Get("/creer-mon-espace/contact")
		if got := p.Form("Valider, puis Authentification").Value("email"); got != "claire@ailleurs" {
			t.Errorf("an e-mail typed before going back: %q", got)
		}
		p.Form("Valider, puis Authentification").Send().Want(422).Says("main", "adresse e-mail complète")
		p = v.Get("/creer-mon-espace/contact").Form("Valider, puis Authentification").Fill("email", "claire@ailleurs.example").Send()
		p.Form("Valider et créer mon espace").Fill("cle", "").Send().WantPath("/creer-mon-espace/envoye")
		v.Get("/creer-mon-espace/identite").WantPath("/creer-mon-espace")
	})
}

// A tab sent after the draft is gone is not lost either.
func TestDraftExpires(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example")
		p := v.Get("/creer-mon-espace/contact")
		h.Clock.Advance(25 * time.Hour)
		p = p.Form("Valider, puis Authentification").Fill("email", "autre@ailleurs.example").Send().WantPath("/creer-mon-espace/identite").Says("body", "plus d’une journée")
		p = p.Form("Valider, puis Adresse").Tick("civilite", "m").Fill("nom", "Martin").Fill("prenoms", "Paul").Send()
		p = p.Submit("Valider, puis Contact")
		if got := p.Form("Valider, puis Authentification").Value("email"); got != "autre@ailleurs.example" {
			t.Errorf("e-mail %q", got)
		}
		h.Write(func(tx *db.Tx) error { return registration.Sweep(context.Background(), tx) })
	})
}

// The page says the same whether or not the e-mail is known; its owner is told.
func TestKnownEmailIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		h.Family("claire.martin", "Claire", "Martin")
		one := access(upTo(t, h, h.Visitor(), "Claire", "Martin", "CLAIRE.martin@famille.example"), "autre.nom", "").Send()
		two := access(upTo(t, h, h.Visitor(), "Zoé", "Durand", "zoe@ailleurs.example"), "zoe.durand", "").Send()
		if one.Text("main") != two.Text("main") || one.URL.Path != two.URL.Path {
			t.Error("the page tells whether an e-mail is known")
		}
		h.RunJobs()
		told := h.Mailbox.To("claire.martin@famille.example")
		if len(told) != 1 || !strings.Contains(told[0].Text, "vous avez déjà un espace") || activation.MatchString(told[0].Text) {
			t.Errorf("the owner was told %v", told)
		}
		access(upTo(t, h, h.Visitor(), "Ada", "Roy", "ada@ailleurs.example"), "Claire.Martin", "").Send().Want(422).Says("main", "déjà pris")
		access(upTo(t, h, h.Visitor(), "Ada", "Roy", "ada2@ailleurs.example"), "zoe.durand", "").Send().Want(422).Says("main", "déjà pris")
	})
}

// On suspicion one question is asked on the same page; a wrong answer keeps everything.
func TestSecurityQuestion(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		p := upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example")
		p = access(p, "claire.m", "").Fill("site_web", "http://machine.example").Send().Want(422).Says("main", "Contrôle de sécurité", "Répondez à cette question")
		p = p.Form("Valider et créer mon espace").Fill("reponse", "je ne sais pas").Send().Want(422).Says("main", "Voici une autre question", "Votre mot de passe est retenu")
		if got := p.Form("Valider et créer mon espace").Value("identifiant"); got != "claire.m" {
			t.Errorf("user name %q", got)
		}
		if len(h.Mailbox.List()) > 0 {
			t.Error("a mail was sent before the answer")
		}
		for range 20 {
			if p.URL.Path == "/creer-mon-espace/envoye" {
				return
			}
			p = p.Form("Valider et créer mon espace").Fill("reponse", answer(p.Text("label[for='f-reponse']"))).Send()
		}
		t.Error("no question could be answered by reading it")
	})
}

var numbers = strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf vingt")

// answer reads a sum as anybody would; other kinds of question are answered anyhow.
func answer(question string) string {
	m := regexp.MustCompile(`Combien font (\S+) plus (\S+) \?`).FindStringSubmatch(question)
	if m == nil {
		return "?"
	}
	sum := 0
	for i, n := range numbers {
		for _, word := range m[1:] {
			if word == n {
				sum += i
			}
		}
	}
	return numbers[sum]
}

// Four tabs in a second are a machine's.
func TestTooQuick(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		p := upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example")
		h.Clock.Advance(-time.Minute)
		access(p, "claire.m", "").Send().Want(422).Says("main", "Répondez à cette question")
	})
}

// Links: asked again, only the latest works; after 48 hours none does.
func TestLinkAgain(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		access(upTo(t, h, v, "Claire", "Martin", "claire@ailleurs.example"), "claire.m", "").Send().WantPath("/creer-mon-espace/envoye")
		old := link(t, h, "claire@ailleurs.example")
		v.Get("/activation").Form("Recevoir le lien").Fill("email", "personne@ailleurs.example").Send().WantPath("/creer-mon-espace/envoye")
		v.Get("/activation").Form("Recevoir le lien").Fill("email", "Claire@ailleurs.example").Send().WantPath("/creer-mon-espace/envoye")
		v.Get("/activation").Form("Recevoir le lien").Fill("email", "claire").Send().Want(422)
		latest := link(t, h, "claire@ailleurs.example")
		if latest == old {
			latest = ""
		}
		v.Get(old).Want(404)
		h.Clock.Advance(49 * time.Hour)
		v.Post(latest, nil).Want(404)
		v.Get("/activation").Form("Recevoir le lien").Fill("email", "claire@ailleurs.example").Send()
		v.Get(link(t, h, "claire@ailleurs.example")).Submit("Activer mon espace personnel").WantPath("/connexion")
	})
}

// The key of somebody else ties nothing: an agent decides.
func TestKeyOfAnother(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		_, key := letter(h, "Claire", "Martin")
		v := h.Visitor()
		p := upTo(t, h, v, "Ada", "Roy", "ada@ailleurs.example")
		access(p, "ada.roy", key).Send().WantPath("/creer-mon-espace/envoye")
		v.Get(link(t, h, "ada@ailleurs.example")).Submit("Activer mon espace personnel").Says("body", "un agent vérifie, sous le numéro D20")
	})
}

// Wrong keys are slowed, with one message whatever the reason, the right key's too.
func TestWrongKeysAreSlowed(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		_, key := letter(h, "Claire", "Martin")
		p := upTo(t, h, h.Visitor(), "Claire", "Martin", "claire@ailleurs.example")
		p = access(p, "claire.m", "22222-AAAAA").Send()
		said := p.Text("#f-cle-e")
		for range 6 {
			p = p.Form("Valider et créer mon espace").Fill("cle", "33333-BBBBB").Send().Want(422)
		}
		p = p.Form("Valider et créer mon espace").Fill("cle", key).Send().Want(422)
		if p.Text("#f-cle-e") != said {
			t.Errorf("%q, then %q", said, p.Text("#f-cle-e"))
		}
		h.Clock.Advance(61 * time.Minute)
		p.Form("Valider et créer mon espace").Fill("cle", key).Send().WantPath("/creer-mon-espace/envoye")
	})
}

func TestBirthplace(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		p := v.Get("/creer-mon-espace").Submit("Je crée mon espace")
		fill := func(p *webtest.Page, country, department, commune string) *webtest.Form {
			return p.Form("Valider, puis Adresse").Tick("civilite", "mme").Fill("nom", "Martin").Fill("prenoms", "Claire").Fill("pays", country).Fill("departement", department).Fill("commune", commune)
		}
		p = fill(p, "99100", "78", "Mesnil").Send().Want(422).Says("main", "Est-ce l’une de ces communes ?", "Le Mesnil-le-Roi (78396)")
		p.Form("Valider, puis Adresse").Tick("commune_code", "78396").Send().WantPath("/creer-mon-espace/adresse")
		p = v.Get("/creer-mon-espace/identite")
		if got := p.Form("Valider, puis Adresse").Value("commune"); got != "Le Mesnil-le-Roi" {
			t.Errorf("commune %q", got)
		}
		fill(p, "99100", "78", "st germain en laye").Send().WantPath("/creer-mon-espace/adresse")
		fill(p, "99350", "", "Casablanca").Send().WantPath("/creer-mon-espace/adresse")
		fill(p, "99100", "", "Chatou").Send().Want(422).Says("main", "Choisissez le département")
		fill(p, "99100", "", "78146").Send().WantPath("/creer-mon-espace/adresse")
		p.Form("Valider, puis Adresse").Fill("naissance", "2024-05-01").Send().Want(422).Says("main", "et non celle de votre enfant")
		if got := h.Visitor().Get("/communes?departement=78&debut=chat").Want(200); !strings.Contains(got.Body, `<option value="Chatou">`) {
			t.Errorf("proposed: %s", got.Body)
		}
	})
}

// A photo is cut to shape, and stays when another answer is wrong.
func TestPhoto(t *testing.T) {
	each(t, func(t *testing.T, h *signintest.House) {
		v := h.Visitor()
		var sent bytes.Buffer
		if err := jpeg.Encode(&sent, image.NewRGBA(image.Rect(0, 0, 1200, 800)), nil); err != nil {
			t.Fatal(err)
		}
		p := v.Get("/creer-mon-espace").Submit("Je crée mon espace")
		p = p.Form("Valider, puis Adresse").Attach("photo", "moi.jpg", sent.Bytes()).Send().Want(422).Says("main", "Choisissez Madame ou Monsieur")
		shown := v.Get("/creer-mon-espace/photo").Want(200)
		made, err := jpeg.Decode(strings.NewReader(shown.Body))
		if err != nil || made.Bounds().Dx() != 420 || made.Bounds().Dy() != 540 {
			t.Errorf("the photo is %v, %v", made, err)
		}
		p = p.Form("Valider, puis Adresse").Attach("photo", "moi.heic", []byte("ftypheic")).Send().Want(422).Says("main", "JPEG ou PNG")
		p.Form("Valider, puis Adresse").Tick("sans_photo", "oui").Send().Want(422)
		v.Get("/creer-mon-espace/photo").Want(404)
		h.Visitor().Get("/creer-mon-espace/photo").Want(404)
	})
}
