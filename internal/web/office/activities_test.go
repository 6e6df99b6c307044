package office_test

import (
	"testing"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

func TestARuleIsTriedBeforeItIsKept(t *testing.T) {
	w, _, enter := chatouDesk(t)
	v := enter("direction")
	path := "/bureau/activites/" + w.Activity["CANTINE"]
	p := v.Get("/bureau/activites").Want(200).Says("main", "Restauration scolaire", "jusqu’à 7 jours avant").Follow(path).Want(200)
	p = p.Form("Voir l’effet sur les délais").Fill("delai_annulation", "2wd@12:00").Send().Want(200).Says("main", "mar. 8 déc. 2026", "ven. 4 déc. 12 h")
	p = p.Form("Enregistrer l’activité").Fill("delai_reservation", "bientôt").Send().Want(422).Says("main", "bientôt")
	p.Form("Enregistrer l’activité").Fill("delai_reservation", "block-15cd@23:59").Send().Want(422)
	v.Get(path).Says("main", "lun. 30 nov. 23 h 59", "dès 400 : 2,10 €", "hors commune : 6,80 €")
	if link := p.Attr("main a[href*=tarifs]", "href"); link != "/bureau/parametres/tarifs/"+w.Activity["CANTINE"] {
		t.Errorf("grids are drafted at %q", link)
	}
	p.Form("Enregistrer l’activité").Fill("delai_reservation", "3d").Fill("delai_annulation", "2wd@12:00").Send().Want(200).WantPath(path).Says("main", "L’activité est enregistrée")
	v.Get("/bureau/activites/inconnue").Want(404)
}

func TestPlacesAreSetAndWhatIsBookedStays(t *testing.T) {
	w, _, enter := chatouDesk(t)
	id := w.Enrolment["antoine/CANTINE"]
	w.Write(func(tx *db.Tx) error {
		_, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: "s", EnrolmentID: id, Changes: []booking.Change{
			{EnrolmentID: id, Day: civil.MustParse("2026-12-14"), Option: "REPAS", Add: true}}}, w.Loc)
		return err
	})
	p := enter("direction").Get("/bureau/activites/" + w.Activity["CANTINE"]).Want(200)
	p.Form("Enregistrer les places").Fill("site", w.Site["ROSTAND"]).Fill("places", "beaucoup").Send().Want(422)
	p.Form("Enregistrer les places").Fill("site", w.Site["ROSTAND"]).Fill("places", "0").Send().Want(200).Says("main", "0 place")
	var booked, places int64
	w.Read(func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT booked, places FROM seats WHERE day = $1 AND age_group = ''`, civil.MustParse("2026-12-14")).Scan(&booked, &places)
	})
	if booked != 1 || places != 1 {
		t.Errorf("%d booked of %d places", booked, places)
	}
}

// The settings and the files in a real browser, at both widths.
func TestSettingsInABrowser(t *testing.T) {
	w, h, _ := chatouDesk(t)
	for _, width := range []int{webtest.Phone, webtest.Desk} {
		b := webtest.NewBrowser(t, webtest.View{Width: width})
		b.Open(h.Site.URL(signintest.Host) + "/connexion")
		b.Fill("[name=identifiant]", "direction")
		b.Fill("[name=mot_de_passe]", worldtest.Password)
		b.Press("Ouvrir mon espace")
		for name, path := range map[string]string{
			"activites": "/bureau/activites", "activite": "/bureau/activites/" + w.Activity["CANTINE"], "parametres": "/bureau/parametres",
			"annee": "/bureau/parametres/calendrier/2026-2027", "etablissement": "/bureau/parametres/etablissements/nouveau",
			"familles": "/bureau/familles?q=benali", "famille": "/bureau/familles/" + w.Karim.HouseholdID,
			"inscriptions": "/bureau/inscriptions?q=benali&activite=" + w.Activity["TAP"] + "&site=" + w.Site["SABINETTES"], "inscription": "/bureau/inscriptions/" + w.Enrolment["leo/CANTINE"],
		} {
			b.Open(h.Site.URL(signintest.Host) + path)
			b.Axe()
			b.Wide()
			b.Shot("bureau-" + name)
		}
	}
}
