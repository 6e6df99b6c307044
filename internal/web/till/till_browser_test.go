package till_test

import (
	"testing"

	"preau/internal/web/signin/signintest"
	"preau/internal/web/till"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// An agent cashes a cheque with a queue behind: the family, the cheque, the receipt; axe has nothing to say.
func TestACheckIsCashedInABrowser(t *testing.T) {
	d := newDesk(t)
	v := d.in("regie")
	v.Get(till.Home).Form("Ouvrir la caisse").Send().Want(200)
	b := webtest.NewBrowser(t, webtest.View{Width: webtest.Desk})
	look := func(name string) {
		t.Helper()
		b.Wide()
		b.Axe()
		b.Shot("till-" + name)
	}
	b.Open(d.House.Site.URL(signintest.Host) + "/connexion?suite=" + till.Home)
	b.Fill("[name=identifiant]", "regie")
	b.Fill("[name=mot_de_passe]", worldtest.Password)
	b.Press("Ouvrir mon espace")
	look("guichet")
	b.Fill("#f-q", "antoine martin")
	b.Until("#resultats th a")
	b.Click("#resultats th a")
	b.Until("[name=banque]")
	look("famille")
	b.Fill("[name=banque]", "LCL")
	b.Fill("[name=numero]", "0012345")
	b.Press("Encaisser")
	b.Until("form[action$=annulation]")
	look("quittance")
	for name, path := range map[string]string{"journal": "/journal", "caisse": "/caisse", "versements": "/versements", "regie": "/regie", "virement": "/virement"} {
		b.Open(d.House.Site.URL(signintest.Host) + till.Home + path)
		look(name)
	}
	d.sound()
}
