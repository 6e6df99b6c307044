package office_test

import (
	"strings"
	"testing"

	"preau/internal/webtest"
)

// The direction settles who the town is; a colour that could not be read is corrected, and it is said.
func TestTheTownSaysWhoItIs(t *testing.T) {
	_, _, enter := chatouDesk(t)
	v := enter("direction")
	f := v.Get("/bureau/parametres").Want(200).Click("Identité et services").Want(200).Form("Enregistrer l’identité")
	f.Fill("nom", "").Fill("couleur", "jaune").Send().Want(422).Says("main", "Indiquez le nom de la ville", "Indiquez une couleur")
	p := f.Fill("nom", "Commune de Chatou").Fill("portail", "Portail familles").Fill("couleur", "#FFCC00").Tick("zone", "A").Send().Want(200)
	p.Says(".flash", "couleur plus foncée", "#ffcc00", "le contraste est de 1,5, il en faut 4,5")
	kept := p.Attr("[name=couleur]", "value")
	if p.Attr("[name=nom]", "value") != "Commune de Chatou" || kept == "#ffcc00" || !strings.Contains(p.Text(".flash"), kept) {
		t.Errorf("kept %q, said %q", kept, p.Text(".flash"))
	}
	f.Fill("nom", "Commune de Chatou").Fill("couleur", "#17566f").Send().Says(".flash", "L’identité de la ville est enregistrée")
}

func TestServicesAreAddedOrderedAndTakenAway(t *testing.T) {
	_, _, enter := chatouDesk(t)
	v := enter("direction")
	f := v.Get("/bureau/parametres/identite").Want(200).Says("main", "Aucun service").Click("Ajouter un service").Form("Enregistrer le service")
	f.Fill("titre", "").Fill("email", "x").Fill("adresse", "5 rue Marconi").Send().Want(422).Says("main", "Indiquez le nom du service", "5 rue Marconi", "adresse e-mail")
	f.Fill("titre", "Service Éducation").Fill("email", "").Fill("horaires", "le matin\nfermé le jeudi").Send().Want(200).WantPath("/bureau/parametres/identite").Says("main table", "Service Éducation", "fermé le jeudi")
	p := f.Fill("titre", "Petite enfance").Fill("email", "").Fill("telephone", "01 99 00 49 98").Send().Want(200)
	p = p.Submit("Monter Petite enfance").Want(200)
	if got := p.Texts("main th a"); len(got) != 2 || got[0] != "Petite enfance" {
		t.Errorf("order: %q", got)
	}
	edit := p.Click("Petite enfance").Want(200)
	edit.Form("Enregistrer le service").Fill("titre", "Service Petite enfance").Send().Want(200).Says("main table", "Service Petite enfance")
	edit.Form("Ne plus afficher ce service").Send().Want(200)
	if got := v.Get("/bureau/parametres/identite").Texts("main th a"); len(got) != 1 || got[0] != "Service Éducation" {
		t.Errorf("left: %q", got)
	}
	v.Get("/bureau/parametres/services/inconnu").Want(404)
	v.Get("/bureau/journal").Says("main", "A retiré un service de la ville")
}

func TestLegalTextsAreSettled(t *testing.T) {
	_, _, enter := chatouDesk(t)
	v := enter("direction")
	f := v.Get("/bureau/parametres/mentions-legales").Want(200).Form("Enregistrer les mentions")
	f.Fill("editeur", "Mairie de Chatou").Send().Want(422).Says("main", "Indiquez qui dirige la publication", "Mairie de Chatou")
	f.Fill("editeur", "Mairie de Chatou").Fill("directeur", "Le maire").Fill("hebergeur", "Un hébergeur").Fill("dpo", "Une déléguée").Send().Want(200).WantPath("/bureau/parametres")
	f = v.Get("/bureau/parametres/accessibilite").Want(200).Says("main", "État affiché au pied de chaque page : non conforme").Form("Enregistrer la déclaration")
	f.Fill("criteres", "107").Send().Want(422).Says("main", "Écrivez un nombre entre 0 et 106")
	f.Fill("criteres", "80").Fill("respectes", "60").Fill("audit_le", "2026-11-02").Fill("audit_par", "Cabinet").Fill("non_conforme", "Le calendrier").Send().Want(200)
	v.Get("/bureau/parametres/accessibilite").Says("main", "partiellement conforme", "Le calendrier")
}

func TestIdentityPagesInABrowser(t *testing.T) {
	_, h, _ := chatouDesk(t)
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk}} {
		b := webtest.NewBrowser(t, view)
		b.Open(h.Site.URL("essai.localhost") + "/connexion")
		b.Fill("#f-identifiant", "direction")
		b.Fill("#f-mot_de_passe", "préau-de-Chatou-2026")
		b.Press("Ouvrir mon espace")
		for name, path := range map[string]string{"parametres": "/bureau/parametres", "identite": "/bureau/parametres/identite", "service": "/bureau/parametres/services/nouveau",
			"mentions": "/bureau/parametres/mentions-legales", "declaration": "/bureau/parametres/accessibilite"} {
			b.Open(h.Site.URL("essai.localhost") + path)
			b.Wide()
			b.Axe()
			b.Shot(name)
		}
	}
}
