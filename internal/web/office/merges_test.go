package office_test

import (
	"testing"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
)

// Two files of one family are compared, merged, and parted again.
func TestMergeHouseholds(t *testing.T) {
	d, _ := keyDesk(t)
	second := twin(t, d)
	v, _ := d.House.SignIn("enfance")
	p := v.Get("/bureau/demandes-de-foyer").Click("Fusionner deux foyers").Want(200)
	p.Form("Comparer").Fill("garder", "F-claire.martin").Fill("reprendre", "inconnu").Send().Want(422).Says("main", "Aucun dossier n’a ce numéro")
	p.Form("Comparer").Fill("garder", "F-claire.martin").Fill("reprendre", "F-claire.martin").Send().Want(422).Says("main", "deux dossiers différents")
	p = p.Form("Comparer").Fill("garder", "F-claire.martin").Fill("reprendre", second.Reference).Send().Want(200).Says("main", "Ce qui sera réuni", "Zoé Martin")
	p = p.Submit("Fusionner ces deux foyers").Says("body", "Les deux foyers sont fusionnés").Says("main", second.Reference)
	v.Get("/bureau/familles/"+d.Claire.HouseholdID).Want(200).Says("main", "Zoé")
	p.Submit("Défaire").Says("body", "La fusion est défaite")
	v.Get("/bureau/familles/"+second.ID).Want(200).Says("main", "Zoé")
	d.House.Agent("d.une.ecole", staff.Instruction, d.Site["ROSTAND"])
	limited, _ := d.House.SignIn("d.une.ecole")
	limited.Get("/bureau/fusions").Want(403)
}

// twin is a second file of the Martin family, with a child.
func twin(t *testing.T, d *desk) (home household.Household) {
	d.Write(func(tx *db.Tx) (err error) {
		if home, err = household.CreateHousehold(t.Context(), tx, signintest.By, household.Household{Reference: "F-DOUBLE", Name: "MARTIN Claire"}); err != nil {
			return err
		}
		if _, err = household.AddGuardian(t.Context(), tx, signintest.By, household.Guardian{HouseholdID: home.ID, FirstName: "Claire", LastName: "Martin"}); err != nil {
			return err
		}
		_, err = household.AddChild(t.Context(), tx, signintest.By, home.ID, household.Child{FirstName: "Zoé", LastName: "Martin", BornOn: d.Antoine.BornOn})
		return err
	})
	return home
}

func TestMergeInABrowser(t *testing.T) {
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}} {
		d, _ := keyDesk(t)
		twin(t, d)
		b := webtest.NewBrowser(t, view)
		b.Open(d.House.Site.URL(signintest.Host) + "/connexion")
		b.Fill("main [name=identifiant]", "enfance")
		b.Fill("main [name=mot_de_passe]", signintest.Password)
		b.Press("Ouvrir mon espace")
		b.Open(d.House.Site.URL(signintest.Host) + "/bureau/fusions?garder=F-claire.martin&reprendre=F-DOUBLE")
		b.Wide()
		b.Axe()
		b.Shot("fusion")
		b.Press("Fusionner ces deux foyers")
		b.Wide()
		b.Axe()
	}
}
