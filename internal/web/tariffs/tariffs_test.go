package tariffs_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/billing"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/remote/particulier"
	"preau/internal/simulation"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/web/tariffs"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// desk is the leaflet's Chatou with an agent of the direction at these pages.
func desk(t *testing.T, tn *towntest.Town) (*worldtest.World, *webtest.Visitor) {
	t.Helper()
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { tariffs.Pages{Door: d}.Routes(s) })
	v := h.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {"direction"}, "mot_de_passe": {worldtest.Password}})
	return w, v
}

func TestAGridIsDraftedReadAndPublished(t *testing.T) {
	t.Parallel()
	w, v := desk(t, towntest.New(t, "sqlite"))
	path := "/bureau/parametres/tarifs/" + w.Activity["CANTINE"]
	v.Get("/bureau/parametres/tarifs").Want(200).Says("main", "Restauration scolaire 2026-2027", "4 tranches de quotient, de 1,00 € à 4,60 €")
	p := v.Get(path).Want(200).Form("Enregistrer les réglages").Fill("revient", "0").Send().Want(422).Says("main", "supérieur à 0")
	p = p.Form("Enregistrer les réglages").Fill("revient", "6,00").Tick("cesu", "always").Send().Want(200)
	p = v.Get(path + "/nouvelle").Want(200)
	f := p.Form("Voir qui paie quoi").Fill("nom", "Restauration 2027-2028").Fill("du", "2027-09-01").Fill("vote", "2027-06-11").Tick("genre", "brackets")
	f.Fill("tranches", "400 ; 2,10").Send().Want(422).Says("main", "La première tranche doit commencer à 0")
	f.Fill("tranches", "zéro").Send().Want(422).Says("main", "Ligne 1")
	f.Fill("tranches", "0 ; 0,90\n400 ; 2,20\n400 ; 4,80").Send().Want(422).Says("main", "Les tranches se chevauchent à 400")
	f.Fill("tranches", "0 ; 0,90").Fill("hors_commune_plus", "2000").Fill("fratrie", "110").Send().Want(422).Says(".err", "La majoration hors commune va de 0 à 1000 %.", "Une réduction va de 0 à 100 %.")
	f.Fill("hors_commune_plus", "").Fill("fratrie", "")
	p = f.Fill("tranches", "0 ; 0,90\n400 ; 2,20\n1000 ; 4,80").Fill("hors_commune", "7,00").Fill("fratrie", "10 ; 20").Fill("non_reserve", "1 ; 0 %\n4 ; 50 %").Send().Want(200)
	p.Says("main", "Brouillon", "912", "3,40 €", "2,20 €", "−", "Des prix dépassent le prix de revient", "Hors commune : 7,00 €", "Une présence sans réservation, jusqu’à la 3e fois de l’année scolaire, n’est pas majorée.")
	draft := p.URL.Path
	if twice := f.Send().Want(200).URL.Path; twice != draft {
		t.Error("the button pressed twice makes two drafts")
	}
	price := func(day string) string {
		g, ok := tariff.InForce(loadGrids(t, w), "", civil.MustParse(day))
		q := int64(912_00)
		if !ok {
			return ""
		}
		return g.Cents(tariff.Facts{Resident: true, Quotient: &q}).Decimal()
	}
	if got := price("2027-09-02"); got != "3.40" {
		t.Errorf("a draft prices: %s", got)
	}
	p = p.Follow(p.Attr("a[href$=correction]", "href")).Want(200)
	if got := p.Form("Voir qui paie quoi").Value("non_reserve"); !strings.Contains(got, "4 ; 50") {
		t.Errorf("the form of a draft says %q", got)
	}
	// Two tabs: the second to correct the draft is told, and so is who publishes what was read before.
	tab, read := p.Form("Voir qui paie quoi"), v.Get(draft).Want(200)
	p = p.Form("Voir qui paie quoi").Fill("taux", "abc").Fill("panier", "0,50").Send().Want(200)
	read.Form("Publier la grille").Send().Want(409).Says("main", "modifié depuis que vous l’avez ouvert")
	read.Form("Supprimer le brouillon").Send().Want(409)
	stale := tab.Fill("nom", "Restauration de l’autre onglet").Send().Want(409).Says("main", "pendant que vous le corrigiez")
	if got := stale.Form("Voir qui paie quoi").Value("nom"); got != "Restauration de l’autre onglet" {
		t.Errorf("what was typed is lost: %q", got)
	}
	stale.Form("Voir qui paie quoi").Fill("nom", "Restauration 2027-2028").Fill("hors_commune", "").Fill("hors_commune_plus", "50").Send().Want(200).Says("main", "À partir de 1 000, hors commune : 7,20 €")
	p = v.Get(draft).Want(200)
	publish := p.Form("Publier la grille")
	publish.Send().Want(200)
	p = publish.Send().Want(200).WantPath(path).Says("main", "Restauration 2027-2028", "À venir")
	if before, after := price("2027-08-31"), price("2027-09-01"); before != "3.40" || after != "2.20" {
		t.Errorf("%s then %s", before, after)
	}
	grid := p.Attr("a[href*='/grilles/']", "href")
	v.Get(grid + "/correction").Want(409)
	withdraw := v.Get(grid).Want(200).Form("Retirer la grille")
	withdraw.Send().Want(200)
	p = withdraw.Send().Want(200).WantPath(path).Says("main", "Retirée")
	if got := price("2027-09-01"); got != "3.40" {
		t.Errorf("withdrawn, it still prices: %s", got)
	}
	drop := v.Get(path+"/nouvelle").Form("Voir qui paie quoi").Fill("nom", "Essai").Fill("du", "2028-09-01").Tick("genre", "flat").Fill("prix", "3,00").Send().Want(200).Form("Supprimer le brouillon")
	drop.Send().Want(200).WantPath(path).Says("[role=status]", "Le brouillon est supprimé")
	drop.Send().Want(200).WantPath("/bureau/parametres/tarifs").Says("[role=status]", "Le brouillon est supprimé")
}

func loadGrids(t *testing.T, w *worldtest.World) (grids []tariff.Grid) {
	t.Helper()
	w.Read(func(tx *db.Tx) error {
		c, err := loadCatalogue(t, tx)
		grids = c.Grids(w.Activity["CANTINE"])
		return err
	})
	return grids
}

func TestWhatAHouseholdPaysAndWhy(t *testing.T) {
	t.Parallel()
	w, v := desk(t, towntest.New(t, "sqlite"))
	path := "/bureau/familles/" + w.Claire.HouseholdID + "/tarifs"
	p := v.Get(path).Want(200).Says("main", "Antoine", "Restauration scolaire, Repas")
	p = p.Form("Enregistrer le quotient").Fill("quotient", "beaucoup").Fill("source", "Attestation").Send().Want(422).Says("main", "Écrivez un quotient")
	p = p.Form("Enregistrer le quotient").Fill("quotient", "300").Fill("effet", "2026-09-01").Send().Want(200).Says("main", "QF 300, tranche de 0 à moins de 400")
	p = p.Form("Accorder la dérogation").Fill("tarif", "hors_commune").Fill("motif", "Déménagement").Fill("du", "2026-09-01").Send().Want(200).Says("main", "6,80 €", "hors commune par décision de la ville")
	end := p.Form("Mettre fin à cette dérogation").Fill("dernier", "")
	end.Send().Want(200)
	p = end.Send().Want(200).Says("main", "1,00 €")
	end.Fill("dernier", "2026-10-01").Send().Want(404)
	p = p.Form("Ajouter l’aide").Fill("nom", "CCAS de Chatou").Fill("montant", "60 %").Fill("du", "2026-09-01").Send().Want(200).Says("main", "0,40 €", "aide « CCAS de Chatou », 60 % de 1,00 €")
	aid := v.Get(path).Form("Ajouter l’aide").Fill("nom", "CCAS de Chatou").Fill("montant", "60 %").Fill("du", "2026-09-01")
	if n := aid.Send().Want(200).Count("#h-aides, form[action*='/aides/']"); n != 2 {
		t.Errorf("the same aid twice: %d forms", n-1)
	}
	aid.Fill("du", "0026-09-01").Send().Want(422).Says(".err", "Vérifiez l’année")
	aid.Fill("du", "2026-09-01").Fill("montant", "110 %").Send().Want(422).Says(".err", "Le pourcentage va de 0 à 100.")
	p = p.Form("Mettre fin à cette aide").Fill("dernier", "2026-10-01").Send().Want(200)
	if strings.Contains(p.Text("main table"), "CCAS") {
		t.Error("an aid that has ended still pays")
	}
	p = p.Form("Ajouter l’aide").Fill("nom", "Autre").Fill("montant", "10 %").Fill("du", "2026-11-01").Fill("au", "2026-12-31").Send().Want(200)
	for wrong, says := range map[string]string{"2027-06-30": "Cette aide prend déjà fin le", "30/11": "Écrivez une date", "2026-10-31": "Cette aide commence le"} {
		p.FormAt(`.stack:has(strong:contains("Autre")) form`).Fill("dernier", wrong).Send().Want(422).Says(".err", says)
		v.Get(path).Says("main", "Autre, 10 % du prix")
	}
	p = p.Form("Accorder la dérogation").Fill("tarif", "hors_commune").Fill("motif", "Déménagement").Fill("du", "2026-11-01").Fill("au", "2026-12-31").Send().Want(200)
	for wrong, says := range map[string]string{"2027-06-30": "Cette dérogation prend déjà fin le", "30/11": "Écrivez une date", "2026-10-31": "Cette dérogation commence le"} {
		p.Form("Mettre fin à cette dérogation").Fill("dernier", wrong).Send().Want(422).Says(".err", says)
		v.Get(path).Says("main", "Tarif hors commune, du 1er novembre 2026")
	}
	second := v.Get(path).Form("Ajouter l’aide").Fill("nom", "De trop").Fill("montant", "10 %").Fill("du", "2027-01-01").Send().Want(200).FormAt(`.stack:has(strong:contains("De trop")) form`).Fill("dernier", "")
	second.Send().Want(200)
	if strings.Contains(second.Send().Want(200).Text("main"), "De trop") {
		t.Error("an aid that was taken back is shown")
	}
	v.Get("/bureau/familles/none/tarifs").Want(404)
	// Prices are those of the whole town: an agent of one school reads them.
	w.Write(func(tx *db.Tx) error { w.AddAgent(tx, "ecole", staff.Instruction, "ROSTAND"); return nil })
	v.Post("/deconnexion", url.Values{})
	v.Post("/connexion", url.Values{"identifiant": {"ecole"}, "mot_de_passe": {worldtest.Password}})
	if v.Get(path).Want(200).Says("main", "Autre, 10 % du prix").Has("form[action$=quotient]") {
		t.Error("an agent of one school may change a quotient")
	}
	v.Post(path+"/quotient", url.Values{"quotient": {"1"}}).Want(403)
	v.Get("/bureau/tarifs/quotients").Want(403)
}

func TestAFileOfQuotients(t *testing.T) {
	t.Parallel()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, v := desk(t, tn)
		var reference string
		w.Read(func(tx *db.Tx) error {
			h, err := household.ByID(t.Context(), tx, w.Claire.HouseholdID)
			reference = h.Reference
			return err
		})
		file := []byte("Foyer;QF;Effet\r\n" + reference + ";799,5O;01/09/2026\r\n" + reference + ";799,50;01/09/2026\r\nINCONNU;500;\r\n" + reference + ";beaucoup;\r\n" + reference + ";800;01/09/2026\r\n")
		read := func() *webtest.Page {
			return v.Get("/bureau/tarifs/quotients").Want(200).Form("Lire le fichier").Fill("source", "Fichier de la CAF").Fill("effet", "2026-12-01").Attach("fichier", "qf.csv", file).Send().Want(200)
		}
		p := read().Says("main", "799,50", "Aucun foyer n’a ce numéro", "« beaucoup » n’est pas un quotient", "« 799,5O » n’est pas un quotient", "Le même foyer est déjà à la ligne 3")
		p.Submit("Enregistrer 1 quotient").Want(200).Says("main", "1 quotient est enregistré")
		read().Says("main", "Déjà connu")
		p.Submit("Enregistrer 1 quotient").Want(200).Says("main", "0 quotient")
		var s household.Standing
		w.Read(func(tx *db.Tx) (err error) {
			s, err = household.StandingOf(t.Context(), tx, w.Claire.HouseholdID)
			return err
		})
		if q, _ := s.QuotientOn(civil.MustParse("2026-09-02")); q.Value != 799_50 || q.Source != "Fichier de la CAF" {
			t.Errorf("%+v", s.Quotients)
		}
	})
}

// As many lines as a file may have are read, shown and taken.
func TestAWholeFileOfQuotients(t *testing.T) {
	t.Parallel()
	w, v := desk(t, towntest.New(t, "sqlite"))
	var file strings.Builder
	file.WriteString("Foyer;QF\r\n")
	for i := range household.MostQuotients {
		file.WriteString("DOSSIER-2026-" + strconv.Itoa(i) + ";" + strconv.Itoa(i) + ",50\r\n")
	}
	w.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
			INSERT INTO households (id, reference, name, name_search, created_at) SELECT 'foyer-' || i, 'DOSSIER-2026-' || i, 'Foyer ' || i, 'foyer', $2 FROM n`, int64(household.MostQuotients), tx.Now)
		return err
	})
	p := v.Get("/bureau/tarifs/quotients").Form("Lire le fichier").Fill("source", "Fichier de la CAF").Fill("effet", "2026-12-01").Attach("fichier", "qf.csv", []byte(file.String())).Send().Want(200)
	p.Submit("Enregistrer 5 000 quotients").Want(200).Says("main", "5 000 quotients sont enregistrés")
}

func TestTheCAFIsAskedUnlessTheFamilyRefuses(t *testing.T) {
	t.Parallel()
	tn := towntest.New(t, "sqlite")
	w, v := desk(t, tn)
	path := "/bureau/familles/" + w.Claire.HouseholdID + "/tarifs"
	if v.Get(path).Has("#h-caf") {
		t.Error("the CAF is proposed while the town is not connected")
	}
	status, body := 200, `{"data":{"quotient_familial":{"fournisseur":"CNAF","valeur":650,"annee":2026,"mois":11},"adresse":{"pays":"FRANCE"}}}`
	var asked string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RawQuery + r.Header.Get("Authorization")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(service.Close)
	w.Write(func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `UPDATE guardians SET civility = 'mme', birth_name = 'Durand', born_on = $2, birth_country = '99100', birth_commune = '78146' WHERE id = $1`,
			w.Claire.ID, civil.MustParse("1985-04-02")); err != nil {
			return err
		}
		if err := household.SetQuotientService(t.Context(), tx, signintest.By, key(tn.Town), household.QuotientService{
			Access: particulier.Access{Base: particulier.Staging, Token: "jeton", Recipient: "217 801 461 00005"}}); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE quotient_services SET base = $1`, service.URL)
		return err
	})
	p := v.Get(path).Want(200).Says("main", "Elle ne conserve que le quotient")
	p = p.Submit("Demander à la CAF").Want(422).Says("main", "Informez d’abord la famille")
	if asked != "" {
		t.Error("asked before the family was told")
	}
	p = p.Form("Demander à la CAF").Tick("informee", "oui").Send().Want(200).Says("main", "Quotient reçu : 650", "API Particulier (CAF)")
	if !strings.Contains(asked, "nomNaissance=DURAND") || !strings.Contains(asked, "recipient=21780146100005") || !strings.Contains(asked, "Bearer jeton") {
		t.Errorf("asked %q", asked)
	}
	status, body = 404, `{"errors":[{"code":"37003"}]}`
	p.Form("Demander à la CAF").Tick("informee", "oui").Send().Want(502).Says("[role=alert]", "Ni la CAF ni la MSA")
	var asks int64
	w.Read(func(tx *db.Tx) (err error) {
		asks, err = db.One(t.Context(), tx, `SELECT count(*) FROM audit_entries WHERE act = 'quotient_service.ask' AND household_id = $1`, db.Value[int64], w.Claire.HouseholdID)
		return err
	})
	if asks != 2 {
		t.Errorf("asked twice, %d in the journal", asks)
	}
	v.Post(path+"/refus", url.Values{}).Want(422)
	p = v.Get(path).Submit("Noter que la famille refuse").Want(200).Says("main", "La famille a refusé le 1er décembre 2026 (noté par direction)")
	p.Submit("La famille a changé d’avis").Want(200)
	const settings = "/bureau/parametres/quotients"
	for _, elsewhere := range []string{service.URL, "http://127.0.0.1:80", "https://10.0.0.1", ""} {
		v.Post(settings, url.Values{"adresse": {elsewhere}, "siret": {"21780146100005"}, "jeton": {"autre"}}).Want(422).Says("main", "Choisissez le service")
	}
	var sealed string
	w.Write(func(tx *db.Tx) error {
		if err := tx.QueryRow(t.Context(), `SELECT token_sealed FROM quotient_services`).Scan(&sealed); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE quotient_services SET token_sealed = $1`, "a"+sealed[1:])
		return err
	})
	v.Get(settings).Want(200).Says("main", "Le jeton ne se lit plus").Form("Enregistrer le raccordement").Send().Want(422).Says("main", "Collez le jeton")
	if v.Get(path).Want(200).Has("#h-caf") {
		t.Error("the CAF is proposed with a token that cannot be read")
	}
	w.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE quotient_services SET token_sealed = $1`, sealed)
		return err
	})
	v.Get(settings).Want(200).Says("main", "Le service est raccordé").Submit("Couper le service et oublier le jeton").Want(200).Says("main", "n’est pas raccordé")
	v.Get(settings).Form("Enregistrer le raccordement").Fill("siret", "123").Send().Want(422).Says("main", "14 chiffres", "Collez le jeton")
}

func key(t *town.Town) []byte { return t.KeyFor(household.AskingPurpose) }

func loadCatalogue(t *testing.T, tx *db.Tx) (*activity.Catalogue, error) {
	return activity.Load(t.Context(), tx)
}

func TestADraftIsTriedOnAPastMonth(t *testing.T) {
	t.Parallel()
	w, v := desk(t, towntest.New(t, "sqlite"))
	v.Get("/bureau/tarifs/simulation").Want(200).Says("main", "Aucun brouillon à essayer")
	p := v.Get("/bureau/parametres/tarifs/" + w.Activity["MATIN"] + "/nouvelle").Want(200)
	p = p.Form("Voir qui paie quoi").Fill("nom", "Matin 2027").Fill("du", "2027-09-01").Tick("genre", "effort").Fill("taux", "0,36").Fill("minimum", "1,00").Fill("maximum", "6,00").Send().Want(200)
	p.Says("main", "0,36 % du quotient familial", "3,28 €")
	f := v.Get("/bureau/tarifs/simulation").Want(200).Form("Lancer la simulation")
	if got := f.Value("periode"); got != "2026-11" {
		t.Errorf("the period proposed is %s", got)
	}
	p = f.Send().Want(422).Says("main", "Cochez au moins une grille")
	for _, period := range []string{"", "0000-2027", "1999-01", "2026-2027x"} {
		v.Post("/bureau/tarifs/simulation", url.Values{"grilles": {p.Attr("input[name=grilles]", "value")}, "periode": {period}}).Want(422).Says("main", "Choisissez la période à rejouer.")
	}
	f = p.Form("Lancer la simulation")
	f.Tick("grilles", p.Attr("input[name=grilles]", "value")).Send().Want(200).Says("main", "Matin 2027", "0 sur 2")
	// Antoine's two lunches at 3,40 € and Léo's one at 2,10 € of a month, at 3,00 € each.
	lunches(t, w)
	canteen := "/bureau/parametres/tarifs/" + w.Activity["CANTINE"]
	v.Get(canteen).Form("Enregistrer les réglages").Fill("revient", "2,50").Send().Want(200)
	p = v.Get(canteen+"/nouvelle").Form("Voir qui paie quoi").Fill("nom", "Cantine 2027").Fill("du", "2027-09-01").Tick("genre", "flat").Fill("prix", "3,00").Send().Want(200)
	grid := p.URL.Path[strings.LastIndex(p.URL.Path, "/")+1:]
	p = v.Get("/bureau/tarifs/simulation?grille="+grid).Want(200).Form("Lancer la simulation").Fill("periode", "2026-12").Send().Want(200)
	if twice := v.Post("/bureau/tarifs/simulation", url.Values{"grilles": {grid}, "periode": {"2026-12"}}); twice.URL.Path != p.URL.Path {
		t.Error("the button pressed twice runs it twice")
	}
	simulated(t, w, p.URL.Path[strings.LastIndex(p.URL.Path, "/")+1:])
	p = v.Get(p.URL.Path).Want(200).Says("main", "Simulation sur décembre 2026", "pour la ville (+ 1,12 %)", "+ 0,10 €", "foyer paie plus 1", "foyer paie moins 1", "3 journées dépassent le prix de revient", "Avec les tarifs d’aujourd’hui : 2.",
		"Repas à 1 € ou moins : 0 (aujourd’hui 0).", "2 repas à 1 € ou moins déjà facturés pour décembre 2026.", "1 journée n’a pas de prix dans les grilles d’aujourd’hui")
	p.Says("[aria-labelledby=h-hausses] tbody", "Benali", "450", "2,10 €", "3,00 €", "+ 0,90 €")
	p.Says("[aria-labelledby=h-baisses] tbody", "Martin", "912", "6,80 €", "6,00 €", "− 0,80 €")
}

// lunches books two lunches of Antoine and one of Léo in December 2026, and an hour of study that no grid prices; two lunches of the month are
// billed at one euro.
func lunches(t *testing.T, w *worldtest.World) {
	t.Helper()
	book := func(tx *db.Tx, who household.Guardian, enrolment, option string, days ...string) error {
		request := booking.Request{SubmissionID: enrolment, EnrolmentID: w.Enrolment[enrolment]}
		for _, day := range days {
			request.Changes = append(request.Changes, booking.Change{EnrolmentID: request.EnrolmentID, Day: civil.MustParse(day), Option: option, Add: true})
		}
		out, err := booking.Submit(t.Context(), tx, who, request, w.Loc)
		if n := out.Count(booking.Refused); n > 0 {
			t.Fatalf("%s: %d days refused", enrolment, n)
		}
		return err
	}
	w.Write(func(tx *db.Tx) error {
		if err := book(tx, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-14", "2026-12-15"); err != nil {
			return err
		}
		if err := book(tx, w.Claire, "antoine/ETUDE", "ETUDE", "2026-12-14"); err != nil {
			return err
		}
		if err := book(tx, w.Karim, "leo/CANTINE", "REPAS", "2026-12-15"); err != nil {
			return err
		}
		grids, err := activity.KeptGrids(t.Context(), tx, w.Activity["ETUDE"])
		if err != nil {
			return err
		}
		w.Issue(tx, worldtest.Bill{Home: w.Claire.HouseholdID, Number: 1, Month: civil.MonthOf(civil.MustParse("2026-12-01")), IssuedOn: civil.MustParse("2026-12-01"),
			Lines: []billing.Line{worldtest.Line(w.Antoine.ID, "Antoine", w.Activity["CANTINE"], 100, "2026-12-17", "2026-12-18")}})
		return activity.WithdrawGrid(t.Context(), tx, signintest.By, grids[0].ID, false)
	})
}

// simulated runs a simulation to its end, as its job does.
func simulated(t *testing.T, w *worldtest.World, id string) {
	t.Helper()
	for last := false; !last; {
		var slice *simulation.Slice
		w.Read(func(tx *db.Tx) (err error) { slice, err = simulation.Next(t.Context(), tx, id); return err })
		w.Write(func(tx *db.Tx) error { return simulation.Keep(t.Context(), tx, slice) })
		last = slice.Last
	}
}

// The pages in a real browser, on a phone and without script, heard by axe.
func TestTariffsInABrowser(t *testing.T) {
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { tariffs.Pages{Door: d}.Routes(s) })
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Phone, NoScript: true})
	b.Open(h.Site.URL(signintest.Host) + "/connexion?suite=/bureau/parametres/tarifs/" + w.Activity["MATIN"] + "/nouvelle")
	b.Fill("[name=identifiant]", "direction")
	b.Fill("[name=mot_de_passe]", worldtest.Password)
	b.Press("Ouvrir mon espace")
	b.Wide()
	b.Axe()
	b.Open(h.Site.URL(signintest.Host) + "/bureau/familles/" + w.Claire.HouseholdID + "/tarifs")
	b.Wide()
	b.Axe()
}
