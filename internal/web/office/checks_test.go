package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
)

// declare has a guardian declare a change.
func (d *desk) declare(who household.Guardian, f dossier.Field, childID string, c dossier.Content) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		_, err := dossier.Declare(d.t.Context(), tx, d.KeyFor("health"), who, dossier.Declaration{Field: f, ChildID: childID, New: c})
		return err
	})
}

var moved = dossier.Content{"adresse": "4 avenue Foch", "code_postal": "78290", "commune": "Croissy"}

func TestAnAgentChecksAnAddress(t *testing.T) {
	d := newDesk(t)
	d.declare(d.Claire, dossier.Address, "", moved)
	v := d.in("agent.enfance")
	p := v.Get("/bureau/verifications").Want(200).Says("main", "Adresse du foyer : Martin Claire", "1 rue de Claire", "4 avenue Foch", "Déclaré par Claire Martin", "aujourd’hui").
		Says("[aria-label=Bureau]", "Vérifications1 à vérifier")
	refuse := func(values url.Values) url.Values {
		values.Set("reponse", "refuser")
		return values
	}
	id := strings.TrimPrefix(p.Attr(".checks form", "action"), "/bureau/verifications/")
	v.Post("/bureau/verifications/"+id, refuse(url.Values{})).Want(422).Says("[role=alert]", "Indiquez le motif du refus")
	v.Post("/bureau/verifications/"+id, url.Values{"reponse": {"peut-être"}}).Want(422)
	v.Post("/bureau/verifications/"+id, url.Values{"reponse": {"accepter"}, "residence": {"hors"}}).Want(422).Says("[role=alert]", "Indiquez depuis quel jour")
	d.Write(func(tx *db.Tx) error {
		h, err := household.ByID(t.Context(), tx, d.Claire.HouseholdID)
		if err != nil {
			return err
		}
		h.Address = "9 rue de l’Agent"
		return household.EditHousehold(t.Context(), tx, household.ByAgent(d.Instructor), h)
	})
	v.Post("/bureau/verifications/"+id, url.Values{"reponse": {"accepter"}}).Want(409).Says("main", "Cette information a changé", "9 rue de l’Agent")
	v.Post("/bureau/verifications/"+id, url.Values{"reponse": {"accepter"}, "remplacer": {"oui"}, "residence": {"hors"}, "residence_depuis": {"2026-12-01"}}).Want(200).
		Says("[role=status]", "Le changement est accepté").Says("main", "Rien n’attend")
	v.Get("/bureau/familles/"+d.Claire.HouseholdID).Says("main", "4 avenue Foch", "Famille hors commune", "Changements déclarés et répondus", "accepté")
	v.Get("/bureau/verifications/" + id).Want(404)
	d.in("animateur").Get("/bureau/verifications").Want(403)
}

// Health is read by a button, never by a list; who may not read it is told who can.
func TestHealthIsReadOnPurpose(t *testing.T) {
	d := newDesk(t)
	d.declare(d.Claire, dossier.Health, d.Leo.ID, dossier.Content{"pai": "oui", "allergies": "Arachide", "protocole": "Injecter, appeler le 15"})
	v := d.in("sabinettes")
	p := v.Get("/bureau/verifications").Want(200).Says("main", "Allergies et PAI : Léo Benali")
	if strings.Contains(p.Body, "Arachide") {
		t.Fatal("the queue shows health")
	}
	p = p.Submit("Lire ce changement").Want(200).Says("main", "Arachide", "Injecter, appeler le 15")
	p.FormAt(".checks form").Send().Want(200)
	d.in("rostand").Post("/bureau/enfants/"+d.Leo.ID+"/sante", nil).Want(404)
	d.in("animateur").Post("/bureau/enfants/"+d.Leo.ID+"/sante", nil).Want(200).Says("main", "Arachide", "Votre lecture est inscrite")
	if n := d.count(`SELECT count(*) FROM audit_entries WHERE act = 'health.view' AND household_id = $1`, d.Karim.HouseholdID); n != 2 {
		t.Errorf("%d views in the journal of the other parent, want 2", n)
	}
	d.in("directrice").Post("/bureau/enfants/"+d.Antoine.ID+"/sante", nil).Want(200).Says("main", "Rien n’est signalé")
	d.in("agent.enfance").Get("/bureau/familles/"+d.Claire.HouseholdID).Want(200).Says("main", "PAI oui", "PAI non")
}

func TestTheFileOfAHousehold(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	d.declare(d.Claire, dossier.Doctor, d.Antoine.ID, dossier.Content{"medecin": "Dr Lopez", "medecin_telephone": "01 99 00 12 12"})
	d.declare(d.Claire, dossier.Insurance, d.Antoine.ID, dossier.Content{"assureur": "MAE", "assurance_au": "2026-08-31"})
	d.declare(d.Claire, dossier.Address, "", moved)
	d.Write(func(tx *db.Tx) error {
		return dossier.AddContact(t.Context(), tx, d.Claire, dossier.ChildContact{Name: "Jean Martin", Relation: "grand-père", Phone: "06 39 98 01 44", MayCollect: true}, []string{d.Antoine.ID, d.Leo.ID})
	})
	path := "/bureau/familles/" + d.Claire.HouseholdID
	v := d.in("agent.enfance")
	p := v.Get(path).Want(200).Says("main", "Dr Lopez, 01 99 00 12 12", "MAE, jusqu’au 31 août 2026 (expirée)", "11 vaccinations obligatoires manquent", "Jean Martin, grand-père", "ce foyer",
		"À vérifier (1)", "4 avenue Foch", "lun. 14 déc.", "Restauration scolaire, repas", "Ce dossier n’a jamais été confirmé", "A déclaré un changement à vérifier")
	v.Get("/bureau/familles/"+d.Karim.HouseholdID).Says("main", "Jean Martin", "l’autre foyer")
	p.FormAt("form[action$=notes]").Send().Want(422).Says("main", "Écrivez la note")
	p = p.FormAt("form[action$=notes]").Fill("note", "A appelé pour la facture.").Send().Want(200).Says("#h-notes", "Notes").Says(".notes", "A appelé pour la facture", "agent.enfance")
	p = p.FormAt(".notes form").Send().Want(200)
	if p.Has(".notes") {
		t.Error("the note still stands")
	}
	p = p.FormAt("form[action$=vaccinations]").Fill("carnet_jusqu_au", "2027-08-31").Send().Want(200).Says("main", "carnet vu par agent.enfance, en ordre jusqu’au 31 août 2027")
	p.FormAt("form[action$=vaccinations]").Send().Want(200).Says("[role=status]", "Indiquez jusqu’à quel jour")
	d.in("animateur").Get(path).Want(403)
}

func TestConfirmationsAreFollowed(t *testing.T) {
	d := newDesk(t)
	v := d.in("direction")
	v.Get("/bureau/verifications/confirmations").Want(200).Says("main", "Aucune confirmation n’est demandée").Click("Fixer la date").Want(200)
	d.in("agent.enfance").Post("/bureau/verifications/confirmations", nil).Want(422).Says("main", "fixez d’abord une date")
	p := v.Get("/bureau/parametres/dossier").Want(200).Says("main", "Adresse du foyer", "Changé après vérification d’un agent", "Non demandée")
	form := p.FormAt("form[action='/bureau/parametres/dossier']")
	form.Fill("relance", "900").Send().Want(422).Says("[role=alert]", "entre 0 et 90")
	form.Fill("relance", "14").Fill("confirmation", "2026-11-15").Fill("child.menu", "checked").Fill("service_child.menu", "Service Éducation").Send().Want(200).Says("[role=status]", "sont enregistrés")
	d.Write(func(tx *db.Tx) error {
		s, err := dossier.ReadSettings(t.Context(), tx)
		if s.Mode(dossier.Menu) != dossier.Checked || s.ConfirmFrom != civil.MustParse("2026-11-15") || s.RemindAfter != 14 {
			t.Errorf("settings: %+v", s)
		}
		if err == nil {
			err = dossier.Confirm(t.Context(), tx, d.Claire)
		}
		return err
	})
	p = v.Get("/bureau/verifications/confirmations").Want(200).Says("main", "1 / 2", "Benali Karim", "jamais", "par e-mail")
	if strings.Contains(p.Text("table"), "Martin Claire") {
		t.Error("who has confirmed is listed")
	}
	p.Submit("Relancer par e-mail ceux qui n’ont pas confirmé").Want(200).Says("[role=status]", "La relance est partie")
	if n := d.count(`SELECT count(*) FROM jobs WHERE kind = 'dossier.remind'`); n != 1 {
		t.Errorf("%d rounds queued", n)
	}
}

func TestConsentTextsHaveVersions(t *testing.T) {
	d := newDesk(t)
	v := d.in("direction")
	page := "/bureau/parametres/dossier/autorisations/image_web"
	v.Get("/bureau/parametres/dossier/autorisations/rien").Want(404)
	v.Get("/bureau/parametres/dossier").Click("Photos sur internet").Want(200).Submit("Demander ce texte aux familles").Want(422).Says("[role=alert]", "Écrivez un titre", "Écrivez ce que")
	for _, body := range []string{"J’autorise le site.", "J’autorise le site et la lettre."} {
		v.Get(page).Form("Demander ce texte aux familles").Fill("titre", "Photos en ligne").Fill("texte", body).Tick("accord", "oui").Send().Want(200).Says("[role=status]", "La nouvelle version est demandée")
	}
	p := v.Get(page).Says("main", "n° 1", "n° 2", "J’autorise le site.", "remplacé", "demandé aujourd’hui")
	p.Form("Ne plus le demander").Send().Want(200).Says("[role=status]", "n’est plus demandée")
	d.in("agent.enfance").Get(page).Want(403)
}

const addressFile = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune\n" +
	"a;12;;Rue des Landes;78400;78146;Chatou\nb;14;bis;Rue des Landes;78400;78146;Chatou\nc;4;;Quai du Canotier;78400;78146;Chatou\nd;1;;Rue Neuve;75001;75101;Paris\n"

func TestAddressesAreImported(t *testing.T) {
	d := newDesk(t)
	v := d.in("direction")
	send := func(content string) {
		v.Get("/bureau/parametres/dossier").FormAt("form[action$=adresses]").Attach("fichier", "adresses.csv", []byte(content)).Fill("insee", "78146").Send().Want(200).
			Says("[role=status]", "adresses sont importées")
	}
	v.Get("/bureau/parametres/dossier").FormAt("form[action$=adresses]").Send().Want(422).Says("[role=alert]", "Choisissez le fichier")
	v.Get("/bureau/parametres/dossier").FormAt("form[action$=adresses]").Attach("fichier", "x.csv", []byte("nom;prenom\n")).Send().Want(422).Says("[role=alert]", "il manque la colonne")
	send(addressFile)
	send(addressFile)
	if n := d.count(`SELECT count(*) FROM ban_addresses`); n != 3 {
		t.Errorf("%d addresses, want those of one import", n)
	}
	d.Read(func(tx *db.Tx) error {
		for typed, want := range map[string]int{"12 rue des lan": 1, "landes": 2, "14 bis, rue des Landes": 1, "la": 0, "99 rue des landes": 0, "quai%": 0, "canotier": 1} {
			list, err := dossier.FindAddresses(t.Context(), tx, typed)
			if err != nil || len(list) != want {
				t.Errorf("%q finds %+v, %v; want %d", typed, list, err, want)
			}
		}
		return nil
	})
	v.Get("/bureau/parametres/dossier").Says("main", "3 adresses importées")
}

// The list of those who leave says who comes for them; who only bills sees neither that nor who has a PAI.
func TestListsSayWhatMattersAtTheDoor(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/ETUDE"], "ETUDE", "2026-12-14")
	d.declare(d.Claire, dossier.Health, d.Antoine.ID, dossier.Content{"pai": "oui", "allergies": "Arachide"})
	d.Write(func(tx *db.Tx) error {
		list, err := dossier.Queue(t.Context(), tx, d.Instructor, civil.MustParse("2026-12-01"), dossier.QueueFilter{})
		if err != nil {
			return err
		}
		if err := dossier.Accept(t.Context(), tx, d.KeyFor("health"), d.Instructor, civil.MustParse("2026-12-01"), list[0].ID, dossier.Verdict{}); err != nil {
			return err
		}
		if err := dossier.AddContact(t.Context(), tx, d.Claire, dossier.ChildContact{Name: "Jean Martin", Phone: "06 39 98 01 44", MayCollect: true}, []string{d.Antoine.ID}); err != nil {
			return err
		}
		text, err := dossier.SaveConsentText(t.Context(), tx, d.Direction, dossier.ConsentText{Kind: dossier.LeaveAlone, Title: "Partir seul", Body: "J’autorise."})
		if err != nil {
			return err
		}
		return dossier.AnswerConsent(t.Context(), tx, d.Claire, d.Antoine.ID, dossier.ConsentAnswer{TextID: text.ID, Given: true, From: civil.Clock(17, 30)}, civil.MustParse("2026-12-01"))
	})
	list := "/bureau/listes?jour=2026-12-14&activite=ETUDE&etablissement=ROSTAND"
	p := d.in("animateur").Get(list).Want(200).Says("table", "PAI", "Part seul à partir de 17 h 30", "Claire Martin", "Jean Martin 06 39 98 01 44")
	if strings.Contains(p.Body, "Arachide") {
		t.Error("a list shows health")
	}
	if p := d.in("animateur").Get(list + "&format=csv").Want(200); !strings.Contains(p.Body, "Jean Martin") {
		t.Error("the spreadsheet does not say who comes")
	}
}

// The proof joined to a change opens from the change and from the household's file, on the page that writes the look down.
func TestAProofOpensFromTheChange(t *testing.T) {
	w, _, enter := chatouDesk(t)
	bill := sentIn(t, w, vaccination(t, w), true)
	w.Write(func(tx *db.Tx) error {
		_, err := dossier.Declare(t.Context(), tx, w.KeyFor("health"), w.Claire, dossier.Declaration{Field: dossier.Address, New: moved, DocumentID: bill.ID})
		return err
	})
	v := enter("agent.enfance")
	for _, path := range []string{"/bureau/verifications", "/bureau/familles/" + w.Claire.HouseholdID} {
		if got := v.Get(path).Want(200).Attr(".checks article a[href*=justificatifs]", "href"); got != "/bureau/justificatifs/"+bill.ID {
			t.Errorf("%s leads to %q", path, got)
		}
	}
	v.Get("/bureau/justificatifs/"+bill.ID).Want(200).Says("main", "A consulté ce document")
}
