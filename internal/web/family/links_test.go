package family_test

import (
	"net/url"
	"testing"

	"preau/internal/attendance"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// linked is the world with Léo's lunch and morning of Monday 7 December, and a server.
func linked(t *testing.T, tn *towntest.Town) (*worldtest.World, *signintest.House) {
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	w.SetClock("2026-11-16T10:00")
	book(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-07")
	book(t, w, w.Claire, "leo/MATIN", "MATIN", "2026-12-07")
	w.SetClock("2026-12-01T08:00")
	return w, h
}

// The link of an e-mail opens a page that changes nothing, whoever opens it and however often; its button acts once.
func TestAbsenceByALink(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, h := linked(t, tn)
		path := "/absence/" + w.Ticket(attendance.Ticket, w.Claire.ID, w.Leo.ID, "2026-12-07")
		scanner := h.Visitor()
		for range 3 {
			scanner.Get(path).Want(200).Says("main", "Sera annulé", "Garderie du matin", "Trop tard pour annuler", "Restauration scolaire", "Rien n’est changé")
		}
		if n := tally(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 2 {
			t.Fatalf("opening the page changed something: %d bookings", n)
		}
		p := h.Visitor().Get(path).Submit("Signaler l’absence de Léo").Want(200).Says("[role=status]", "L’absence de Léo est signalée").
			Says("main", "Annulé, rien ne sera facturé", "restent facturés", "L’équipe est prévenue")
		if p.Has("form") {
			t.Error("the button is still there")
		}
		h.Visitor().Get(path).Want(200).Says("main", "Ce lien a servi")
		h.Visitor().Post(path, url.Values{}).Want(200).Says("main", "Ce lien a servi")
		if n := tally(t, w, `SELECT count(*) FROM absence_notices`); n != 1 {
			t.Errorf("%d notices, want 1", n)
		}
	})
}

func TestLinksThatLeadNowhere(t *testing.T) {
	w, h := linked(t, towntest.New(t, "sqlite"))
	v := h.Visitor()
	for name, c := range map[string]struct {
		ticket string
		status int
	}{
		"not ours":               {"AAAA.BBBB", 404},
		"another purpose":        {w.Ticket(notify.UnsubscribeTicket, w.Claire.ID, w.Leo.ID, "2026-12-07"), 404},
		"another family's child": {w.Ticket(attendance.Ticket, w.Karim.ID, w.Antoine.ID, "2026-12-07"), 404},
		"no such day":            {w.Ticket(attendance.Ticket, w.Claire.ID, w.Leo.ID, "2026-13-45"), 404},
		"nobody":                 {w.Ticket(attendance.Ticket, "nobody", w.Leo.ID, "2026-12-07"), 404},
		"a day that is over":     {w.Ticket(attendance.Ticket, w.Claire.ID, w.Leo.ID, "2026-11-30"), 422},
	} {
		if got := v.Get("/absence/" + c.ticket).Status; got != c.status {
			t.Errorf("%s: GET %d, want %d", name, got, c.status)
		}
		if got := v.Post("/absence/"+c.ticket, nil).Status; got != c.status {
			t.Errorf("%s: POST %d, want %d", name, got, c.status)
		}
	}
	v.Get("/absence/"+w.Ticket(attendance.Ticket, w.Claire.ID, w.Leo.ID, "2026-12-08")).Want(200).Says("main", "Rien n’est réservé ce jour-là")
	w.Write(func(tx *db.Tx) error { return identity.Suspend(t.Context(), tx, w.Claire.AccountID) })
	v.Get("/absence/" + w.Ticket(attendance.Ticket, w.Claire.ID, w.Leo.ID, "2026-12-07")).Want(404)
}

// A mail program stops the messages by one post, without cookies nor page (RFC 8058); a person by a button.
func TestUnsubscribe(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w, h := linked(t, tn)
		muted := func() int { return tally(t, w, `SELECT count(*) FROM muted_topics`) }
		path := "/desabonnement/" + w.Ticket(notify.UnsubscribeTicket, w.Claire.AccountID, string(notify.Digest))
		p := h.Visitor().Get(path).Want(200).Says("h1", "Ne plus recevoir").Says("main", "La semaine à venir")
		if muted() != 0 {
			t.Error("opening the page muted")
		}
		p.Submit("Ne plus les recevoir").Want(200).Says("[role=status]", "La semaine à venir")
		h.Visitor().Post("/desabonnement/"+w.Ticket(notify.UnsubscribeTicket, w.Claire.AccountID, string(notify.Reminders)), url.Values{"List-Unsubscribe": {"One-Click"}}).Want(200)
		if muted() != 2 {
			t.Errorf("%d topics muted, want 2", muted())
		}
		for _, ticket := range []string{"x", w.Ticket(notify.UnsubscribeTicket, "nobody", string(notify.Digest)), w.Ticket(notify.UnsubscribeTicket, w.Claire.AccountID, string(notify.Security))} {
			h.Visitor().Post("/desabonnement/"+ticket, nil).Want(404)
		}
	})
}

func TestLinksInABrowser(t *testing.T) {
	w, h := linked(t, towntest.New(t, "sqlite"))
	for _, view := range []webtest.View{{Width: webtest.Phone}, {Width: webtest.Desk, NoScript: true}} {
		b := webtest.NewBrowser(t, view)
		look := func(shot, path string) {
			t.Helper()
			if path != "" {
				b.Open(h.Site.URL(signintest.Host) + path)
			}
			b.Shot(shot)
			b.Wide()
			b.Axe()
		}
		look("desabonnement", "/desabonnement/"+w.Ticket(notify.UnsubscribeTicket, w.Claire.AccountID, string(notify.Digest)))
		look("absence", "/absence/"+w.Ticket(attendance.Ticket, w.Claire.ID, w.Leo.ID, "2026-12-07"))
		if view.Width == webtest.Phone {
			b.Press("Signaler l’absence de Léo")
			look("absence-signalee", "")
		}
	}
}
