package work_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/work"
)

// claire opens an account that messages are told to.
func claire(t *testing.T, tn *towntest.Town) (a identity.Account) {
	tn.Write(func(tx *db.Tx) (err error) {
		a, err = identity.Create(t.Context(), tx, identity.NewAccount{
			Login: "claire.martin", Email: "claire@famille.example", Name: "Claire Martin", Kind: identity.Family,
		})
		return err
	})
	return a
}

func worker(tn *towntest.Town) *job.Worker {
	return &job.Worker{DB: tn.DB, Handlers: map[string]job.Handler{notify.JobKind: work.Mail(tn.Town)}, Log: tn.Log}
}

// run does what is due and gives the mails received since the start.
func run(t *testing.T, tn *towntest.Town) int {
	t.Helper()
	if _, err := worker(tn).RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	return len(tn.Mailbox.List())
}

func tell(t *testing.T, tn *towntest.Town, m notify.Message) {
	t.Helper()
	tn.Write(func(tx *db.Tx) error { return notify.Tell(t.Context(), tx, m) })
}

func TestMailIsSentInTheTownsLayout(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(t, tn)
		tell(t, tn, notify.Message{
			AccountID: a.ID, Topic: notify.Bookings, Subject: "6 repas réservés",
			Text: "Antoine <3 :\nlun. 7 déc.\n\nVoir : https://essai.example/espace.",
		})
		if n := run(t, tn); n != 1 {
			t.Fatalf("%d mails, want 1", n)
		}
		m := tn.Mailbox.List()[0]
		if m.To != "claire@famille.example" || m.Subject != "Ville d’Essai – 6 repas réservés" {
			t.Errorf("to %q, subject %q", m.To, m.Subject)
		}
		for _, part := range []string{"Antoine <3 :\nlun. 7 déc.", "https://essai.example/espace/preferences", "Ville d’Essai"} {
			if !strings.Contains(m.Text, part) {
				t.Errorf("the text does not hold %q:\n%s", part, m.Text)
			}
		}
		for _, part := range []string{`lang="fr"`, "Antoine &lt;3 :<br>lun. 7 déc.", `<a href="https://essai.example/espace" `, "6 repas réservés</h1>", `href="https://essai.example/espace/preferences"`} {
			if !strings.Contains(m.HTML, part) {
				t.Errorf("the page does not hold %q:\n%s", part, m.HTML)
			}
		}
	})
}

// What the town says of itself is at the head and the foot of its mails, from the settings of the moment.
func TestMailSaysWhoTheTownIs(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	a := claire(t, tn)
	tn.Write(func(tx *db.Tx) error {
		return town.SaveProfile(t.Context(), tx, town.Profile{Name: "Commune de Chatou", Portal: "Portail familles", Accent: "#8c2f39", SchoolZone: "C",
			Services: []town.Service{{Title: "Service Enfance", Phone: "01 99 00 46 62"}}})
	})
	tell(t, tn, notify.Message{AccountID: a.ID, Topic: notify.Bookings, Subject: "6 repas réservés", Text: "Voir https://essai.example/espace"})
	run(t, tn)
	m := tn.Mailbox.List()[0]
	if m.Subject != "Commune de Chatou – 6 repas réservés" {
		t.Errorf("subject %q", m.Subject)
	}
	for _, part := range []string{"Commune de Chatou – Portail familles", "Une question ? Service Enfance, 01 99 00 46 62"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("the text does not hold %q:\n%s", part, m.Text)
		}
	}
	for _, part := range []string{"Portail familles</strong>", "border-bottom:4px solid #8c2f39", `style="color:#8c2f39"`, "Service Enfance, 01 99 00 46 62"} {
		if !strings.Contains(m.HTML, part) {
			t.Errorf("the page does not hold %q:\n%s", part, m.HTML)
		}
	}
}

func TestMailIsSentOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(t, tn)
		tell(t, tn, notify.Message{AccountID: a.ID, Topic: notify.Bookings, Subject: "6 repas réservés", Text: "Antoine"})
		run(t, tn)
		tn.Write(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE jobs SET state = 'ready'`)
			return err
		})
		if n := run(t, tn); n != 1 {
			t.Errorf("%d mails after the job ran again, want 1", n)
		}
	})
}

func TestMutedTopicsAreKeptAndNotSent(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(t, tn)
		tn.Write(func(tx *db.Tx) error { return notify.Mute(t.Context(), tx, a.ID, notify.Bookings) })
		tell(t, tn, notify.Message{AccountID: a.ID, Topic: notify.Bookings, Subject: "6 repas réservés", Text: "Antoine"})
		tell(t, tn, notify.Message{AccountID: a.ID, Topic: notify.Security, Subject: "Mot de passe changé", Text: "Antoine"})
		if n := run(t, tn); n != 1 {
			t.Errorf("%d mails, want the one about security", n)
		}
		tn.Read(func(tx *db.Tx) error {
			inbox, err := notify.Page(t.Context(), tx, a.ID, notify.Mark{}, 10)
			if len(inbox) != 2 {
				t.Errorf("%d messages kept, want 2", len(inbox))
			}
			return err
		})
	})
}

// The text of a single-use link is not kept once it is sent.
func TestLinksAreNotKept(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(t, tn)
		tell(t, tn, notify.Message{AccountID: a.ID, Topic: notify.Access, Subject: "Nouveau mot de passe", Text: "https://essai.example/mot-de-passe/secret"})
		run(t, tn)
		if !strings.Contains(tn.Mailbox.List()[0].Text, "/mot-de-passe/secret") {
			t.Error("the link was not sent")
		}
		tn.Read(func(tx *db.Tx) error {
			inbox, err := notify.Page(t.Context(), tx, a.ID, notify.Mark{}, 10)
			if strings.Contains(inbox[0].Text+inbox[0].HTML, "secret") {
				t.Error("the link is kept")
			}
			return err
		})
	})
}

func TestMailIsTriedAgain(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(t, tn)
		tell(t, tn, notify.Message{AccountID: a.ID, Topic: notify.Bookings, Subject: "6 repas réservés", Text: "Antoine"})
		tn.Mailbox.Fail(errors.New("the server is away"))
		if _, err := worker(tn).RunDue(t.Context()); err == nil {
			t.Fatal("a mail that could not be sent is done")
		}
		tn.Mailbox.Fail(nil)
		tn.Clock.Advance(time.Minute)
		if n := run(t, tn); n != 1 {
			t.Errorf("%d mails once it is back, want 1", n)
		}
	})
}
