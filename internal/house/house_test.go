package house_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/house"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// build makes the house of test towns.
func build(t *testing.T, towns ...*town.Town) *house.House {
	t.Helper()
	set, err := town.NewSet(towns...)
	if err != nil {
		t.Fatal(err)
	}
	h := house.New(set, house.Options{Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(h.Wait)
	return h
}

// Each town answers for its own hosts with its own name, and nobody answers for another.
func TestTownsShareNothing(t *testing.T) {
	chatou, rueil := towntest.New(t, db.SQLite), towntest.New(t, db.SQLite)
	chatou.ID, chatou.Name, chatou.Hosts = "chatou", "Ville de Chatou", []string{"chatou.localhost"}
	rueil.ID, rueil.Name, rueil.Hosts = "rueil", "Ville de Rueil", []string{"rueil.localhost"}
	worldtest.Chatou(t, chatou)
	site := webtest.NewSite(t, build(t, chatou.Town, rueil.Town))

	home := site.Visitor(t, "chatou.localhost").Get("/").Want(200)
	home.Says("header", "Ville de Chatou").Says(".offer", "Restauration scolaire", "Lundi, mardi, jeudi et vendredi, jours de classe.",
		"De 1,00 € à 4,60 € selon le quotient familial.", "Se change jusqu’à 7 jours avant, 23 h 59", "Du lundi au vendredi pendant les vacances")
	home.Says("footer", "Accessibilité : non conforme", "Données personnelles", "Mentions légales").Says("#connexion", "Créer mon espace")
	if feed := home.Attr("link[rel=alternate]", "href"); feed != "/actualites.atom" {
		t.Errorf("the feed is told to be at %q", feed)
	}
	if p := site.Visitor(t, "rueil.localhost").Get("/").Want(200).Says("header", "Ville de Rueil"); p.Has(".offer") {
		t.Error("the activities of one town show in the other")
	}
	site.Visitor(t, "lyon.localhost").Get("/").Want(http.StatusMisdirectedRequest)
	site.Visitor(t, "chatou.localhost").Get("/demo").Want(404)
	if p := site.Visitor(t, "chatou.localhost").Get("/"); p.Has(".ribbon") {
		t.Error("a real town says that it is a demonstration")
	}
}

// What the direction changes of the town's profile shows on the pages within seconds, without any page waiting for it.
func TestTheFaceFollowsTheSettings(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	v := webtest.NewSite(t, build(t, tn.Town)).Visitor(t, "essai.example")
	if v.Get("/contact").Has("footer address") {
		t.Error("a contact is shown before there is one")
	}
	tn.Write(func(tx *db.Tx) error {
		return town.SaveProfile(t.Context(), tx, town.Profile{Name: "Commune d’Essai", Portal: "Portail familles", SchoolZone: "C", Accent: "#8c2f39",
			Services: []town.Service{{Title: "Service Enfance", Address: "5 rue Marconi", Hours: "le matin"}}})
	})
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		p := v.Get("/contact").Want(200)
		if strings.Contains(p.Text("footer"), "Service Enfance") {
			p.Says("footer", "5 rue Marconi", "le matin").Says("header", "Commune d’Essai", "Portail familles")
			if !strings.Contains(p.Body, "theme.8c2f39.css") {
				t.Error("the colour has not followed")
			}
			return
		}
		if time.Since(start) > 10*time.Second {
			t.Fatal("the pages still show the old face")
		}
	}
}

// Run serves pages and does jobs; told to stop, it lets what is under way finish. The towns stay open.
func TestRunServesAndDoesJobs(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		h := build(t, tn.Town)
		go func() { done <- h.Run(ctx, l) }()

		answer, err := http.Get("http://" + l.Addr().String() + "/sante")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.Body.Close() != nil || string(body) != "ok\n" {
			t.Errorf("health: %q, %v", body, err)
		}
		r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: w.Enrolment["antoine/CANTINE"]}
		r.Changes = []booking.Change{{EnrolmentID: r.EnrolmentID, Day: civil.MustParse("2026-12-14"), Option: "REPAS", Add: true}}
		tn.Write(func(tx *db.Tx) error {
			_, err := booking.Submit(t.Context(), tx, w.Claire, r, tn.Loc)
			return err
		})
		for start := time.Now(); len(tn.Mailbox.List()) == 0; time.Sleep(10 * time.Millisecond) {
			if time.Since(start) > 10*time.Second {
				t.Fatal("the mail was not sent")
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		tn.Read(func(tx *db.Tx) error { return nil })
	})
}

// A town whose database is gone is said by the readiness check, not by the liveness one.
func TestNotReadyWithoutItsDatabase(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	v := webtest.NewSite(t, build(t, tn.Town)).Visitor(t, "essai.example")
	v.Get("/sante").Want(200)
	if err := tn.DB.Close(); err != nil {
		t.Fatal(err)
	}
	v.Get("/sante").Want(503)
	v.Get("/sante/vie").Want(200)
}
