package family_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/picture"
	"preau/internal/remote/particulier"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// files is the fixture world with the family's pages, and two consents that the town asks.
type files struct {
	*worldtest.World
	House *signintest.House
	Texts map[dossier.ConsentKind]dossier.ConsentText
	t     *testing.T
}

func newFiles(t *testing.T, tn *towntest.Town) *files {
	t.Helper()
	f := &files{World: worldtest.Chatou(t, tn), Texts: map[dossier.ConsentKind]dossier.ConsentText{}, t: t}
	f.House = signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	f.Write(func(tx *db.Tx) error {
		for _, in := range []dossier.ConsentText{
			{Kind: dossier.ImageWeb, Title: "Photos sur internet", Body: "J’autorise la ville à publier des photos de mon enfant.", NeedsAll: true},
			{Kind: dossier.LeaveAlone, Title: "Partir seul", Body: "J’autorise mon enfant à partir seul.", MinAge: 8},
		} {
			saved, err := dossier.SaveConsentText(t.Context(), tx, f.Direction, in)
			if err != nil {
				return err
			}
			f.Texts[in.Kind] = saved
		}
		return nil
	})
	return f
}

func (f *files) in(login string) *webtest.Visitor {
	f.t.Helper()
	v := f.House.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

func (f *files) ask(from string) {
	f.t.Helper()
	f.Write(func(tx *db.Tx) error {
		return dossier.SaveSettings(f.t.Context(), tx, f.Direction, dossier.Settings{ConfirmFrom: civil.MustParse(from)})
	})
}

func TestTheHouseholdPage(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := newFiles(t, tn)
		v := f.in("claire.martin")
		p := v.Get("/espace/foyer").Want(200).Says("main", "Martin Claire", "F-claire.martin", "1 rue de Claire", "Antoine Martin", "8 ans, CE2 A, Élémentaire Jean Rostand",
			"Léo Benali", "Partage son temps", "912", "attestation de la CAF", "dans la commune", "3,40 €")
		if strings.Contains(p.Body, "Karim") || strings.Contains(p.Body, "450") {
			t.Error("the other parent is on the page")
		}
		wrong := p.FormAt("#adresse form[action$='informations/adresse']").Fill("adresse", "").Fill("code_postal", "7").Fill("commune", "Croissy").Send().Want(422)
		wrong.Says("[role=alert]", "Indiquez le numéro et la voie", "Écrivez les cinq chiffres")
		if got := wrong.FormAt("#adresse form[action$='informations/adresse']").Value("commune"); got != "Croissy" {
			t.Errorf("what was typed is lost: %q", got)
		}
		p = wrong.FormAt("#adresse form[action$='informations/adresse']").Fill("adresse", "4 avenue Foch").Fill("code_postal", "78290").Fill("commune", "Croissy").Send().Want(200).
			WantPath("/espace/foyer").Says("[role=status]", "Votre changement est envoyé").Says(".wait", "En attente de vérification", "1 rue de Claire", "4 avenue Foch", "78290")
		p = p.Submit("Retirer ce changement").Want(200).Says("[role=status]", "Le changement est retiré")
		if p.Has(".wait") {
			t.Error("the change still waits")
		}
		p = p.FormAt("#telephone form").Fill("telephone", "06 39 98 01 77").Send().Want(200).Says("[role=status]", "c’est enregistré").Says("#telephone", "06 39 98 01 77")
		p.FormAt("#telephone form").Fill("telephone", "06 39 98 01 77").Send().Says("[role=status]", "Rien n’a changé")
		if p.Has("form[action$=quotient]") {
			t.Error("the CAF is spoken of by a town that does not ask it")
		}
		f.Write(func(tx *db.Tx) error {
			by := household.ByAgent(f.Direction)
			if _, err := household.GrantException(t.Context(), tx, by, f.Claire.HouseholdID, household.Exception{Reason: "Déménagement", From: civil.MustParse("2026-09-01")}); err != nil {
				return err
			}
			return household.SetQuotientService(t.Context(), tx, by, tn.KeyFor(household.AskingPurpose),
				household.QuotientService{Access: particulier.Access{Base: particulier.Staging, Token: "jeton", Recipient: "21780146100005"}})
		})
		p = v.Get("/espace/foyer").Says("#h-qf", "Quotient").Says("main", "6,80 €", "hors commune par décision de la ville", "Vous pouvez refuser")
		p = p.Submit("Refuser cette demande").Want(200).WantPath("/espace/foyer").Says("main", "depuis le 1er décembre 2026")
		f.in("karim.benali").Get("/espace/foyer").Says("main", "Vous pouvez refuser")
		p.Submit("Permettre à la mairie de le demander").Want(200).Says("main", "Vous pouvez refuser")
		v.Post("/espace/foyer/quotient", url.Values{"choix": {"peut-être"}}).Want(422)
		v.Post("/espace/foyer/informations/menu", url.Values{"menu": {"standard"}}).Want(404)
		v.Post("/espace/foyer/changements/rien/retrait", nil).Want(404)
	})
}

// Two guardians who live together see each other on their household's page; a guardian of another household does not.
func TestTheOtherGuardianOfTheHousehold(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := newFiles(t, tn)
		f.Write(func(tx *db.Tx) error {
			_, err := household.AddGuardian(t.Context(), tx, household.By{Actor: "essai"}, household.Guardian{HouseholdID: f.Claire.HouseholdID, Civility: "m",
				FirstName: "Paul", LastName: "Martin", Email: "paul.martin@famille.example", Phone: "06 39 98 01 55"})
			return err
		})
		f.in("claire.martin").Get("/espace/foyer").Want(200).Says("main", "Autre responsable de ce foyer", "Paul Martin", "paul.martin@famille.example", "06 39 98 01 55")
		if p := f.in("karim.benali").Get("/espace/foyer").Want(200); strings.Contains(p.Body, "Paul") || strings.Contains(p.Body, "98 01 55") {
			t.Error("a guardian of another household is on the page")
		}
	})
}

func TestTheChildPage(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := newFiles(t, tn)
		v, path := f.in("claire.martin"), "/espace/enfants/"+f.Antoine.ID
		p := v.Get(path).Want(200).Says("h1", "Antoine Martin").Says("main", "8 ans, CE2 A", "14 mars 2018", "2026-2027", "Standard", "Il manque 11 vaccinations", "Aucune assurance",
			"Vous n’avez désigné personne", "Pas de réponse", "Restauration scolaire")
		p = p.FormAt("#menu form").Tick("menu", "vegetarien").Send().Want(200).Says("#menu", "Végétarien")
		p.FormAt("#menu form").Tick("menu", "panier_pai").Send().Want(422).Says("[role=alert]", "projet d’accueil individualisé")
		p = p.FormAt("#medecin form[action$=medecin]").Fill("medecin", "Dr Lopez").Fill("medecin_telephone", "01 99 00 12 12").Send().Want(200).
			Says("#medecin", "Dr Lopez", "01 99 00 12 12", "Indiqué par Claire Martin le 1er décembre 2026")
		p.FormAt("#assurance form[action$=assurance]").Fill("assureur", "MAE").Fill("assurance_du", "2027-09-01").Fill("assurance_au", "2026-09-01").Send().Want(422).Says("#assurance", "La fin vient avant le début")
		p = p.FormAt("#sante form[action$=sante]").Tick("pai", "oui").Fill("allergies", "Arachide").Send().Want(200).Says("#sante .wait", "En attente", "Arachide")

		wrong := p.FormAt("form[action$=personnes]").Fill("contact_nom", "Jean Martin").Untick("enfants", f.Antoine.ID, f.Leo.ID).Send().Want(422)
		wrong.Says("[role=alert]", "Écrivez un numéro complet", "Choisissez au moins un enfant")
		p = wrong.FormAt("form[action$=personnes]").Fill("contact_telephone", "06 39 98 01 44").Fill("lien", "grand-père").Tick("enfants", f.Antoine.ID).Send().Want(200)
		p.Says("#personnes", "Jean Martin", "grand-père", "06 39 98 01 44", "Peut venir chercher")
		p = p.FormAt("#personnes .people form").Send().Want(200).Says("[role=status]", "Cette personne est retirée").Says("#personnes", "Personnes retirées", "Jean Martin, jusqu’au 1er décembre 2026")

		p.FormAt("form[action$=vaccinations]").Send().Want(422).Says("[role=alert]", "Choisissez le vaccin", "Indiquez la date")
		p = p.FormAt("form[action$=vaccinations]").Fill("vaccin", "ror").Fill("vaccin_date", "2019-04-02").Send().Want(200).Says("#vaccinations", "2 avril 2019", "Oreillons, rougeole, rubéole")
		p = p.FormAt("#vaccinations .people form").Send().Want(200).Says("[role=status]", "est retirée")
		p.FormAt("#identite form").Fill("nom", "Martin-Lopez").Send().Want(200).Says("#identite .wait", "Martin-Lopez")
		v.Post(path+"/informations/adresse", url.Values{"adresse": {"x"}}).Want(404)
		v.Post(path+"/vaccinations/hier/retrait", nil).Want(404)
		for _, other := range []string{"", "/autorisations", "/garde"} {
			f.in("karim.benali").Get(path + other).Want(404)
		}
		v.Get(path + "/garde").Want(404)
	})
}

func TestConsentsOfTwoParents(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := newFiles(t, tn)
		path := "/espace/enfants/" + f.Leo.ID + "/autorisations"
		claire, karim := f.in("claire.martin"), f.in("karim.benali")
		p := claire.Get(path).Want(200).Says("main", "Photos sur internet", "Pas de réponse", "Les deux parents doivent dire oui")
		if strings.Contains(p.Text("main"), "Partir seul") {
			t.Error("a four-year-old is asked to leave alone")
		}
		answer := func(v *webtest.Visitor, text dossier.ConsentText, given string) *webtest.Page {
			return v.Post(path, url.Values{"texte": {text.ID}, "reponse": {given}})
		}
		web := f.Texts[dossier.ImageWeb]
		answer(claire, web, "peut-être").Want(422).Says("[role=alert]", "Répondez oui ou non")
		answer(claire, web, "oui").Want(200).Says("main", "Attend l’autre parent", "Claire Martin : oui")
		karim.Get(path).Want(200).Says("main", "Claire Martin : oui")
		answer(karim, web, "non").Want(200).Says("main", "Les deux parents n’ont pas répondu pareil", "Non")
		if n := f.count(`SELECT count(*) FROM jobs WHERE kind = 'dossier.tell_conflict'`); n != 1 {
			t.Errorf("%d jobs tell the conflict, want 1", n)
		}
		answer(karim, web, "oui").Want(200).Says("[role=status]", "Votre réponse est enregistrée").Says(".answer__h", "Oui")
		f.Write(func(tx *db.Tx) error {
			next := web
			next.Renews = true
			_, err := dossier.SaveConsentText(t.Context(), tx, f.Direction, next)
			return err
		})
		answer(karim, web, "oui").Want(409)
		claire.Get(path).Want(200).Says(".answer__h", "Pas de réponse").Says("main", "Toutes les réponses", "texte n° 1")

		alone, antoine := f.Texts[dossier.LeaveAlone], "/espace/enfants/"+f.Antoine.ID+"/autorisations"
		claire.Post(antoine, url.Values{"texte": {alone.ID}, "reponse": {"oui"}}).Want(422).Says("main", "Indiquez à partir de quelle heure")
		claire.Post(antoine, url.Values{"texte": {alone.ID}, "reponse": {"oui"}, "heure": {"16:30"}}).Want(200).Says("main", "Oui, à partir de 16 h 30")
	})
}

func (f *files) count(query string) (n int64) {
	f.t.Helper()
	f.Read(func(tx *db.Tx) error { return tx.QueryRow(f.t.Context(), query).Scan(&n) })
	return n
}

// Both parents see the year, each the days only: the leaflet's Léo is his father's from Friday 16:00 of even weeks.
func TestTheYearOfCustody(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := newFiles(t, tn)
		path := "/espace/enfants/" + f.Leo.ID + "/garde"
		claire := f.in("claire.martin").Get(path).Want(200).Says("main", "Année scolaire 2026-2027", "Vendredi 11 décembre 2026 à 16 h : chez l’autre parent", "Vendredi 18 décembre 2026 à 16 h : chez vous")
		karim := f.in("karim.benali").Get(path).Want(200).Says("main", "Vendredi 11 décembre 2026 à 16 h : chez vous")
		if n := claire.Count(".yr"); n != 12 {
			t.Errorf("%d months", n)
		}
		hers, his := claire.Count("[data-who=ours]"), karim.Count("[data-who=ours]")
		if hers != karim.Count("td[data-who=theirs]")+1 || his != claire.Count("td[data-who=theirs]")+1 { // one of each in the key
			t.Errorf("the years do not fit: hers %d, his %d", hers, his)
		}
		claire.Click("2027-2028").Want(200).Says("main", "Année scolaire 2027-2028")
		f.in("claire.martin").Get(path+"?annee=0000-0001").Want(200).Says("main", "2026-2027")
		f.Write(func(tx *db.Tx) error {
			for _, home := range []string{f.Claire.HouseholdID, f.Karim.HouseholdID} {
				if _, err := household.AddCustodyDates(t.Context(), tx, signintest.By, household.CustodyDates{ChildID: f.Leo.ID, HouseholdID: home, Starts: f.At("2026-12-24T10:00"), Ends: f.At("2026-12-26T10:00")}); err != nil {
					return err
				}
			}
			return nil
		})
		f.in("claire.martin").Get(path).Says("main", "3 jours sont demandés par les deux parents")
	})
}

func TestTheYearlyConfirmation(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := newFiles(t, tn)
		v := f.in("claire.martin")
		if p := v.Get("/espace").Want(200); strings.Contains(p.Text("main"), "Votre dossier") {
			t.Error("asked without a date")
		}
		v.Get("/espace/foyer/confirmation").Want(200).Says("main", "Rien n’est à confirmer")
		f.ask("2026-11-15")
		p := v.Get("/espace").Want(200).Says("main", "Confirmez votre dossier").Click("Relire et confirmer: confirmez votre dossier").Want(200)
		p.Says("main", "1 rue de Claire", "claire.martin@famille.example", "Antoine Martin", "Élémentaire Jean Rostand", "Standard", "Personnes désignées", "personne")
		p = p.Submit("Tout est exact, je confirme").Want(200).WantPath("/espace").Says("[role=status]", "Merci, votre dossier est confirmé")
		if strings.Contains(p.Text("main"), "Confirmez votre dossier") {
			t.Error("still asked")
		}
		v.Get("/espace/foyer").Says("main", "Claire Martin a confirmé ce dossier le 1er décembre 2026")
		f.in("karim.benali").Get("/espace/foyer").Says("main", "Votre dossier est à confirmer")
	})
}

// A family adds a photo once it has allowed it, changes it and takes it away; what cannot be taken is said beside the field.
func TestThePhotoOfAChild(t *testing.T) {
	f := newFiles(t, towntest.New(t, db.SQLite))
	path := "/espace/enfants/" + f.Leo.ID
	claire, karim := f.in("claire.martin"), f.in("karim.benali")
	if p := claire.Get(path).Want(200); p.Has("#h-photo") {
		t.Error("a town that asks no consent for photos takes some")
	}
	var text dossier.ConsentText
	f.Write(func(tx *db.Tx) (err error) {
		text, err = dossier.SaveConsentText(t.Context(), tx, f.Direction, dossier.ConsentText{Kind: dossier.ImageInternal, Title: "Photos dans la structure", Body: "J’autorise."})
		return err
	})
	answer := func(given string) {
		claire.Post(path+"/autorisations", url.Values{"texte": {text.ID}, "reponse": {given}}).Want(200)
	}
	p := claire.Get(path).Want(200).Says("#photo", "n’a pas encore de réponse", "aucune photo n’est gardée", "Lire cette autorisation et y répondre")
	if p.Has("#photo form") {
		t.Error("a photo is asked for without the consent")
	}
	answer("oui")
	form := "form[action$=photo]"
	p = claire.Get(path).Want(200).Says("#photo", "Ajouter une photo", "quand ils font l’appel")
	p.FormAt(form).Attach("photo", "leo.heic", []byte("ftypheic")).Send().Want(422).Says("#photo [role=alert]", "JPEG ou PNG")
	p.FormAt(form).Send().Want(422).Says("#photo [role=alert]", "Choisissez une photo")
	var sent bytes.Buffer
	if err := png.Encode(&sent, image.NewGray(image.Rect(0, 0, 300, 400))); err != nil {
		t.Fatal(err)
	}
	p = p.FormAt(form).Attach("photo", "leo.png", sent.Bytes()).Send().Want(200).WantPath(path).Says("[role=status]", "La photo est enregistrée").Says("#photo", "par Claire Martin", "Changer la photo")
	src := p.Attr("#photo img", "src")
	shown := karim.Get(src).Want(200)
	if picture.Type([]byte(shown.Body)) != picture.JPEG || shown.Header.Get("Cache-Control") != "private, no-store" || shown.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the photo is sent as %v", shown.Header)
	}
	p = karim.Get(path).Want(200).FormAt(form).Attach("photo", "leo.png", sent.Bytes()).Send().Want(200).Says("#photo", "par Karim Benali")
	if p.Attr("#photo img", "src") == src || f.count(`SELECT count(*) FROM files`) != 1 {
		t.Error("the photo before is still there")
	}
	answer("non")
	p = claire.Get(path).Want(200).Says("#photo", "est refusée", "aucun agent ne voit la photo")
	karim.Get(path + "/photo").Want(200)
	stranger := "/espace/enfants/" + f.Antoine.ID
	karim.Get(stranger + "/photo").Want(404)
	karim.Post(stranger+"/photo", nil).Want(404)
	karim.Post(stranger+"/photo/retrait", nil).Want(404)
	claire.Get(stranger + "/photo").Want(404)
	p.FormAt("form[action$=retrait]").Send().Want(200).Says("[role=status]", "La photo est retirée")
	if f.count(`SELECT count(*) FROM files`) != 0 {
		t.Error("the file is still there")
	}
	claire.Get(path + "/photo").Want(404)
}
