package house_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/house"
	"preau/internal/job"
	"preau/internal/till"
	"preau/internal/town"
	"preau/internal/webtest"
	"preau/internal/work"
)

// show is a demonstration whose clock is moved as a school month goes by, with those who live it.
type show struct {
	t    *testing.T
	d    *demo.Demo
	site *webtest.Site
	base string
}

func newShow(t *testing.T, now string) *show {
	t.Helper()
	var h http.Handler // made once its own address is known: a bank sends families back to it
	s := &show{t: t}
	s.site = webtest.NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	s.base = s.site.URL("chatou.localhost")
	quiet := slog.New(slog.DiscardHandler)
	var err error
	if s.d, err = demo.Start(t.Context(), demo.Options{Database: "sqlite:" + filepath.Join(t.TempDir(), "demo.db"), BaseURL: s.base, Files: filepath.Join(t.TempDir(), "files"),
		Hosts: []string{"chatou.localhost"}, Now: now, Families: 40, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	towns, err := town.NewSet(s.d.Town)
	if err != nil {
		t.Fatal(err)
	}
	all := house.New(towns, house.Options{Log: quiet, Demo: s.d})
	h = all
	t.Cleanup(func() {
		all.Wait()
		if err := towns.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// at moves the town's clock to a wall time, and does what is due by then.
func (s *show) at(wall string) {
	s.t.Helper()
	i, err := demo.ParseNow(wall, s.d.Town.Loc)
	if err != nil {
		s.t.Fatal(err)
	}
	s.d.Clock.Set(i)
	s.work()
}

func (s *show) work() {
	s.t.Helper()
	w := &job.Worker{DB: s.d.Town.DB, Handlers: work.Handlers(s.d.Town), Log: s.d.Town.Log}
	for n := 1; n > 0; {
		var err error
		if n, err = w.RunDue(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *show) as(login string) *webtest.Visitor {
	s.t.Helper()
	v := s.site.Visitor(s.t, "chatou.localhost")
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {demo.Password}}).Want(http.StatusOK)
	return v
}

// point is one line of a roll-call of the canteen: a child, and whether it came.
func (s *show) point(day, child, came string) {
	s.t.Helper()
	s.at(day + "T12:30")
	s.as("animateur").Get("/bureau/pointage/RESTAURATION/ROSTAND/"+day).Want(http.StatusOK).Form("Enregistrer le pointage").Tick("c-"+child, came).Send().Want(http.StatusOK).Says(".flash", "1 enfant pointé")
}

// justify sends a certificate for some days.
func (s *show) justify(v *webtest.Visitor, child string, days ...string) {
	s.t.Helper()
	var paper bytes.Buffer
	if err := jpeg.Encode(&paper, image.NewGray(image.Rect(0, 0, 60, 80)), nil); err != nil {
		s.t.Fatal(err)
	}
	v.Get("/espace/absences/justificatif?enfant="+child+"&jour="+strings.Join(days, "&jour=")).Want(http.StatusOK).
		Form("Envoyer le justificatif").Attach("fichier", "certificat.jpg", paper.Bytes()).Send().Want(http.StatusOK).Says("main", "En attente de réponse")
}

// From a day at school to a cent in the till, in the demonstration: lunches booked in November are eaten, missed, excused or not in January; the
// month is billed, each line says why, and the family pays at the bank of the demonstration.
func TestFromADayAtSchoolToACentInTheTill(t *testing.T) {
	s := newShow(t, "2026-11-20T10:00")
	_, children := ids(t, s.d)
	antoine := children["Antoine"]
	claire := s.as("claire.martin")
	calendar := regexp.MustCompile(`/espace/reservations/[a-z0-9]+`).FindString(claire.Get("/espace/enfants/" + antoine).Want(http.StatusOK).Click("Restauration scolaire").Want(http.StatusOK).URL.Path)
	p := claire.Get(calendar+"?mois=2027-01").Want(http.StatusOK).Says("h1", "repas d’Antoine")
	form := p.FormAt("#demande")
	for _, day := range []string{"04", "05", "07", "08", "11", "12", "14"} {
		form.Tick("jour", "2027-01-"+day+":REPAS")
	}
	form.Send().Want(http.StatusOK).Says("main", "7 repas").Submit("Réserver 7 repas").Want(http.StatusOK)

	s.point("2027-01-04", antoine, "absent")
	s.point("2027-01-05", antoine, "present") // and so the absence of the 4th is no part of the illness that follows
	s.point("2027-01-07", antoine, "absent")
	s.point("2027-01-08", antoine, "absent")
	s.at("2027-01-10T23:00") // 71 hours after the midnight that ended the 7th
	s.justify(s.as("claire.martin"), antoine, "2027-01-07", "2027-01-08")
	s.point("2027-01-11", antoine, "present")
	s.point("2027-01-12", antoine, "absent")
	s.point("2027-01-14", antoine, "present")
	s.at("2027-01-15T12:30") // nothing is booked: Antoine turns up all the same
	s.as("animateur").Get("/bureau/pointage/RESTAURATION/ROSTAND/2027-01-15/enfants?q=antoine+mar").Want(http.StatusOK).Says(".found", "Antoine Martin").FormAt(".found form").Send().
		Want(http.StatusOK).Says("main", "Sans réservation")
	s.at("2027-01-16T01:00") // 73 hours after the midnight that ended the 12th
	s.justify(s.as("claire.martin"), antoine, "2027-01-12")

	s.at("2027-01-18T09:00")
	agent := s.as("agent.enfance")
	answer := func(day, decision, reason string) {
		t.Helper()
		var paths []string
		for _, a := range agent.Get("/bureau/absences").Want(http.StatusOK).All("main a[href^='/bureau/absences/']") {
			for _, attr := range a.Attr {
				if attr.Key == "href" {
					paths = append(paths, attr.Val)
				}
			}
		}
		for _, path := range paths {
			if page := agent.Get(path); strings.Contains(page.Text("main"), "Antoine") && strings.Contains(page.Text("main"), day) {
				agent.Post(path, url.Values{"decision": {decision}, "motif": {reason}}).Want(http.StatusOK)
				return
			}
		}
		t.Fatalf("no certificate for %s among %q", day, paths)
	}
	answer("Jeu. 7 janv. 2027", "accepter", "")
	answer("Mar. 12 janv. 2027", "refuser", "Reçu plus de 72 heures après le premier jour.")

	s.at("2027-02-01T09:00")
	for _, month := range []string{"2026-11", "2026-12", "2027-01"} {
		s.bill(month)
	}
	s.pays(s.as("claire.martin").Get("/espace/factures").Want(http.StatusOK).Click("Facture de janvier 2027").Want(http.StatusOK).URL.Path)
}

// bill has the régie prepare a month and issue it.
func (s *show) bill(month string) {
	s.t.Helper()
	regie := s.as("regie")
	run := regie.Get("/bureau/facturation").Want(http.StatusOK).Form("Préparer ce mois").Fill("mois", month).Send().Want(http.StatusOK).URL.Path
	s.work()
	regie.Get(run+"/emission").Want(http.StatusOK).FormAt("main form[method=post]").Send().Want(http.StatusOK).Says(".flash", "L’émission a commencé")
	s.work()
}

// pays has Claire read her invoice and pay it, on a phone without script, and looks at what it leaves.
func (s *show) pays(invoice string) {
	s.t.Helper()
	b := webtest.NewBrowser(s.t, webtest.View{Width: webtest.Phone, NoScript: true})
	enter(b, s.base, "claire.martin")
	b.Open(s.base + invoice)
	b.Axe()
	b.Wide()
	text := plainText(b.Text("main"))
	for _, part := range []string{"5, 11, 14 et 15 janvier", "4 × 3,40 €", "13,60 €", "4 et 12 janvier", "2 × 3,40 €", "6,80 €", "1,70 €", "22,10 €"} {
		if !strings.Contains(text, part) {
			s.t.Errorf("the invoice does not say %q:\n%s", part, text)
		}
	}
	for _, part := range []string{"QF 912", "absent sans annulation à temps", "présence sans réservation, majoration de 50 %"} {
		if !strings.Contains(plainText(s.as("claire.martin").Get(invoice).Text("main")), part) {
			s.t.Errorf("no sentence says %q", part)
		}
	}
	b.Press("Payer 22,10 € en ligne")
	b.Press("Payer 22,10 € par carte")
	b.Press("Payer 22,10 €")
	if got := b.Text("h1"); got != "Paiement reçu" {
		s.t.Fatalf("back at %s: %s", b.Path(), got)
	}
	b.Axe()
	s.work()
	b.Open(s.base + invoice)
	if got := plainText(b.Text("main")); !strings.Contains(got, "Réglée") {
		s.t.Errorf("the invoice is not said to be paid:\n%s", got)
	}
	if err := s.d.Town.DB.Read(s.t.Context(), func(tx *db.Tx) error {
		entries, err := till.Journal(s.t.Context(), tx, till.DefaultOffice, till.Filter{})
		if !slices.ContainsFunc(entries, func(e till.Entry) bool { return e.On(till.AccountBank) == 2210 }) {
			s.t.Errorf("the journal of the régie has no 22,10 €: %+v", entries)
		}
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	inbox := s.as("claire.martin").Get("/espace/messages").Want(http.StatusOK).Text("main")
	if !strings.Contains(plainText(inbox), "Paiement reçu : 22,10 €") {
		s.t.Errorf("no message tells of the payment: %s", inbox)
	}
}

func plainText(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }
