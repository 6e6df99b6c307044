package office_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// chatouDesk is the fixture world behind the agents' pages.
func chatouDesk(t *testing.T) (*worldtest.World, *signintest.House, func(login string) *webtest.Visitor) {
	t.Helper()
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { office.Pages{Door: d}.Routes(s) })
	return w, h, func(login string) *webtest.Visitor {
		v := h.Visitor()
		v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
		return v
	}
}

const openData = `description;population;start_date;end_date;location;zones;annee_scolaire
Vacances de la Toussaint;-;2027-10-22T22:00:00+00:00;2027-11-07T23:00:00+00:00;Versailles;Zone C;2027-2028
Vacances de Noël;-;2027-12-17T23:00:00+00:00;2028-01-02T23:00:00+00:00;Versailles;Zone C;2027-2028
Vacances d'Hiver;-;2028-02-04T23:00:00+00:00;2028-02-20T23:00:00+00:00;Versailles;Zone C;2027-2028
Vacances de Printemps;-;2028-03-31T22:00:00+00:00;2028-04-16T22:00:00+00:00;Versailles;Zone C;2027-2028
Vacances d'Été;-;2028-06-30T22:00:00+00:00;2028-08-31T22:00:00+00:00;Versailles;Zone C;2027-2028
Vacances d'Été;-;2027-07-02T22:00:00+00:00;2027-08-31T22:00:00+00:00;Versailles;Zone C;2026-2027
`

func TestACalendarIsShownBeforeItIsWritten(t *testing.T) {
	_, _, enter := chatouDesk(t)
	v := enter("direction")
	p := v.Get("/bureau/parametres").Want(200).Says("main", "2026-2027", "À confirmer", "Élémentaire Jean Rostand")
	p = p.Form("Voir l’aperçu").Attach("fichier", "vacances.csv", []byte(openData)).Tick("format", "ouvert").Send().Want(200)
	p.Says("main", "Année scolaire 2027-2028", "Nouvelle année scolaire", "Rien n’est encore enregistré")
	v.Get("/bureau/parametres").Says("main", "2026-2027")
	if years := v.Get("/bureau/parametres").Texts("main th a"); len(years) == 0 || years[0] != "2026-2027" {
		t.Errorf("the preview wrote something: %q", years)
	}
	p.Submit("Enregistrer 1 année scolaire").Want(200).WantPath("/bureau/parametres").Says("main", "2027-2028", "Vacances de la Toussaint")
}

func TestABadCalendarFileIsExplainedAndNothingChanges(t *testing.T) {
	_, _, enter := chatouDesk(t)
	p := enter("direction").Get("/bureau/parametres")
	p.Form("Voir l’aperçu").Attach("fichier", "x.csv", []byte("bonjour\nle monde\n")).Send().Want(422).Says("main", "n’a pas pu être lu")
	p.Form("Voir l’aperçu").Send().Want(422).Says("main", "Choisissez le fichier")
}

func TestAYearIsCorrectedByHand(t *testing.T) {
	_, _, enter := chatouDesk(t)
	v := enter("direction")
	f := v.Get("/bureau/parametres/calendrier/2026-2027").Want(200).Form("Enregistrer cette année")
	f.Fill("dernier", "2026-10-20").Send().Want(422).Says("main", "2026-2027")
	v.Get("/bureau/parametres/calendrier/2026-2027").Form("Enregistrer cette année").Tick("confirme", "oui").Send().Want(200).WantPath("/bureau/parametres").Says("main", "saisi par direction", "Confirmé")
	v.Get("/bureau/parametres/calendrier/1889-1890").Want(404)
}

func TestASiteIsAddedAndArchived(t *testing.T) {
	_, _, enter := chatouDesk(t)
	v := enter("direction")
	f := v.Get("/bureau/parametres/etablissements/nouveau").Want(200).Form("Enregistrer")
	f.Fill("nom", "École des Landes").Fill("code", "ROSTAND").Send().Want(422).Says("main", "Ce code est déjà utilisé", "École des Landes"[:5])
	p := f.Fill("nom", "École des Landes").Fill("code", "LANDES").Send().Want(200).WantPath("/bureau/parametres").Says("main", "École des Landes", "LANDES")
	p.Click("École des Landes").Want(200).Form("Enregistrer").Tick("archive", "oui").Send().Want(200).Says("main", "Archivé")
	v.Get("/bureau/parametres/etablissements/inconnu").Want(404)
}

func TestOnlyTheDirectionSettles(t *testing.T) {
	_, _, enter := chatouDesk(t)
	enter("agent.enfance").Get("/bureau/parametres").Want(403)
	enter("claire.martin").Get("/bureau/parametres").Want(404)
}

// An import that turns booked days into holidays says how many before, and frees them as closures do.
func TestACalendarThatMovesHolidaysFreesWhatWasBooked(t *testing.T) {
	d := newDesk(t)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-17", "2026-12-18")
	v := d.in("direction")
	edit := v.Get("/bureau/parametres/calendrier/2026-2027").Want(200).Form("Enregistrer cette année")
	name := ""
	for n := range 8 {
		if i := strconv.Itoa(n); strings.Contains(edit.Value("nom_"+i), "Noël") {
			name = edit.Value("nom_" + i)
			edit.Fill("du_"+i, "2026-12-17")
		}
	}
	p := edit.Send().Want(200).Says("h1", "Aperçu du calendrier").Says("main", "Des jours déjà réservés n’ont plus d’accueil", "Restauration scolaire", "du jeu. 17 déc. au ven. 18 déc. 2026", name)
	if got := p.Texts("main .stat"); len(got) != 3 || !strings.Contains(got[2], "2") {
		t.Errorf("counted %q", got)
	}
	if n := d.count(`SELECT count(*) FROM closures`); n != 0 {
		t.Fatal("the preview wrote")
	}
	d.book(d.Karim, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-17")
	p = p.Submit("Enregistrer 1 année scolaire").Want(409).Says("[role=alert]", "ont changé")
	p.Submit("Enregistrer 1 année scolaire").Want(200).WantPath("/bureau/parametres").Says("[role=status]", "Le calendrier est à jour", "3 réservations sont annulées")
	v.Get("/bureau/fermetures").Says("main", "Calendrier scolaire modifié")
	d.in("direction").Get("/bureau/journal").Says("main", "A changé une année scolaire", "réservations : 3")
	v.Get("/bureau/parametres/calendrier/2026-2027").Submit("Enregistrer cette année").Want(200).WantPath("/bureau/parametres").Says("[role=status]", "L’année scolaire 2026-2027 est enregistrée")
}
