package family_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// chatou is the fixture world behind the family's pages, at an instant.
func chatou(t *testing.T, wall string) (*worldtest.World, func(login string) *webtest.Visitor) {
	t.Helper()
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	w.SetClock(wall)
	return w, func(login string) *webtest.Visitor {
		v := h.Visitor()
		v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
		return v
	}
}

func TestTheLeafletsDecember(t *testing.T) {
	w, enter := chatou(t, "2016-11-20T10:00")
	p := enter("claire.martin").Get("/espace/reservations/" + w.Enrolment["antoine/CANTINE"] + "?mois=2016-12").Want(200)
	p.Says("h1", "Les repas d’Antoine").Says("h2", "Décembre 2016")
	weeks := p.Texts(".cal tbody th")
	if len(weeks) != 5 || !strings.Contains(weeks[0], "48") || !strings.Contains(weeks[4], "52") {
		t.Fatalf("weeks %q", weeks)
	}
	var boxes []string
	for _, n := range p.All(".cal input[name=jour]") {
		boxes = append(boxes, webtest.Attr(n, "value"))
	}
	want := "2016-11-28 2016-11-29 2016-12-01 2016-12-02 2016-12-05 2016-12-06 2016-12-08 2016-12-09 2016-12-12 2016-12-13 2016-12-15 2016-12-16"
	if got := strings.ReplaceAll(strings.Join(boxes, " "), ":REPAS", ""); got != want {
		t.Errorf("boxes %s\nwant  %s", got, want)
	}
	if n := p.Count(".cal [data-state=closed]"); n != 2 {
		t.Errorf("%d closed cells, want the two weeks of holidays as one cell each", n)
	}
}

func TestAParentBooksADayInTwoSteps(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	p := v.Get(path + "?mois=2026-12").Want(200)
	p = p.FormAt("#demande").Tick("jour", "2026-12-08:REPAS", "2026-12-10:REPAS").Send().Want(200)
	p.Says("h1", "Relisez avant de confirmer").Says(".recap", "Mardi 8 décembre", "Jeudi 10 décembre", "+ 3,40 €", "Réserver 2 repas")
	p = p.Submit("Réserver 2 repas").Want(200).WantPath(path).Says("main", "C’est enregistré : 2 jours réservés")
	if !p.Has(`input[value="2026-12-08:REPAS"][checked]`) || p.Has(`input[value="2026-12-07:REPAS"][checked]`) {
		t.Error("the calendar does not show what was booked")
	}
	p = p.FormAt("#demande").Untick("jour", "2026-12-08:REPAS").Send().Want(200)
	p.Says(".recap", "Repas : retiré dans les délais, il ne sera pas facturé", "− 3,40 €")
	p = p.Submit("Retirer 1 repas").Want(200).Says("main", "1 jour retiré")
	if p.Has(`input[value="2026-12-08:REPAS"][checked]`) {
		t.Error("the day is still booked")
	}
}

// The page open before the deadline is refused after it, and what was typed is kept.
func TestAPageOpenBeforeTheDeadlineIsRefusedAfterIt(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T23:50:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	v.Get(path+"?mois=2026-12").FormAt("#demande").Tick("jour", "2026-12-07:REPAS").Send().Submit("Réserver 1 repas").Want(200)
	form := v.Get(path+"?mois=2026-12").FormAt("#demande").Untick("jour", "2026-12-07:REPAS").Tick("jour", "2026-12-15:REPAS")
	w.SetClock("2026-12-01T00:00:00")
	p := form.Send().Want(200)
	p.Says(".recap", "Ne peut pas être retiré : trop tard depuis le lundi 30 novembre 2026 à 23 h 59", "Mardi 15 décembre")
	p = p.Submit("Revenir au calendrier").Want(200)
	if !p.Has(`input[value="2026-12-15:REPAS"][checked]`) {
		t.Error("what was typed is lost")
	}
	late := v.Get(path + "?mois=2026-12").Want(200)
	if late.Has(`input[value="2026-12-07:REPAS"]`) {
		t.Error("the locked day still has a box")
	}
	late.Says(".cal", "Verrouillé depuis lun. 30 nov. 23 h 59")
}

func TestPeriodicityOverThePeriodThenTheSameForLeo(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	f := v.Get(path + "?mois=2026-12").FormAt("#demande")
	values := url.Values{"vue": {"2026-12"}, "p_jour": {"1", "2", "4", "5"}, "p_sem": {"toutes"}, "p_du": {"2027-01-01"}, "p_au": {"2027-07-02"}, "outil": {"periodicite"},
		"visible": f.Values("visible"), "vu": f.Values("vu")}
	p := v.Post(path+"/recapitulatif", values).Want(200).Says("main", "hors de cette vue").Says(".sum", "ajouts")
	p = p.FormAt("#demande").Tick("meme_demande", w.Enrolment["leo/CANTINE"]).Send().Want(200)
	p.Says(".recap", "vacances scolaires (vacances d’hiver)", "jour férié (Lundi de Pâques)", "ce jour revient à l’autre foyer", "même demande", "Lun. 29 mars")
	if strings.Contains(p.Body, "Karim") {
		t.Error("the other parent is named")
	}
	p = p.FormAt("form.recap").Send().Want(200).Says("main", "C’est enregistré")
	if p.Count("li") == 0 {
		t.Error("no detail")
	}
}

// Two tabs: a stale page never removes what was added meanwhile.
func TestAStalePageNeverRemovesWhatWasAddedMeanwhile(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	stale := v.Get(path+"?mois=2026-12").FormAt("#demande").Tick("jour", "2026-12-14:REPAS")
	v.Get(path+"?mois=2026-12").FormAt("#demande").Tick("jour", "2026-12-08:REPAS").Send().Submit("Réserver 1 repas").Want(200)
	p := stale.Send().Want(200)
	if strings.Contains(p.Text(".recap"), "8 décembre") {
		t.Error("the stale page touches a day it did not show as booked")
	}
	p.Submit("Réserver 1 repas").Want(200)
	p = v.Get(path + "?mois=2026-12")
	if !p.Has(`input[value="2026-12-08:REPAS"][checked]`) || !p.Has(`input[value="2026-12-14:REPAS"][checked]`) {
		t.Error("one of the two days is not booked")
	}
}

func TestAnotherFamilysCalendarIsNotFoundAndNothingChanges(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	karim := enter("karim.benali")
	foreign, own := "/espace/reservations/"+w.Enrolment["antoine/CANTINE"], "/espace/reservations/"+w.Enrolment["leo/CANTINE"]
	karim.Get(foreign).Want(404)
	values := url.Values{"jour": {"2026-12-15:REPAS"}, "visible": {"2026-12-15"}, "envoi": {"abcdefghijklmnopqrstuvwxyz"}}
	karim.Post(foreign+"/recapitulatif", values).Want(404)
	karim.Post(foreign, values).Want(404)
	values.Set("jour", w.Enrolment["antoine/CANTINE"]+"/2026-12-15:REPAS")
	karim.Post(own+"/recapitulatif", values).Want(404)
	karim.Post(own, values).Want(404)
	p := enter("claire.martin").Get(foreign + "?mois=2026-12").Want(200)
	if p.Count(".cal input[checked]") != 0 {
		t.Error("something was booked for the other family")
	}
	q := karim.Get(own + "?mois=2026-12").Want(200)
	for _, secret := range []string{"Antoine", "Claire", "Martin"} {
		if strings.Contains(q.Body, secret) {
			t.Errorf("the page of one parent says %q", secret)
		}
	}
	if got := q.Count(".cal input[name=jour]"); got == 0 {
		t.Error("no day to book for the other parent")
	}
}

func TestMalformedWishesAreRefusedInWords(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	for _, bad := range []string{"2026-13-45:REPAS", "REPAS", ":", "2026-12-15", "2026-12-15:"} {
		v.Post(path+"/recapitulatif", url.Values{"jour": {bad}}).Want(422)
	}
	v.Post(path+"/recapitulatif", url.Values{}).Want(422).Says("main", "Vous n’avez rien changé")
	v.Post(path, url.Values{"jour": {"2026-12-15:REPAS"}, "envoi": {"x"}}).Want(422)
	v.Post(path+"/recapitulatif", url.Values{"jour": {"2026-12-15:INCONNU"}, "visible": {"2026-12-15"}}).Want(422).Says(".recap", "cette formule n’existe pas")
}
