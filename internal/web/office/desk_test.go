package office_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/office"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/webtest"
	"preau/internal/worldtest"
)

// desk is the fixture world with the agents' pages: an agent of one school, one of the nursery school, one who receives children.
type desk struct {
	*worldtest.World
	House *signintest.House
	t     *testing.T
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	tn := towntest.New(t, db.SQLite)
	d := &desk{World: worldtest.Chatou(t, tn), t: t}
	d.House = signintest.New(t, tn, func(s *web.Server, door *signin.Door) { office.Pages{Door: door}.Routes(s) })
	d.Write(func(tx *db.Tx) error {
		d.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
		d.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
		d.AddAgent(tx, "animateur", staff.Animation)
		d.AddAgent(tx, "directrice", staff.Direction, "ROSTAND")
		return nil
	})
	return d
}

// in signs someone in.
func (d *desk) in(login string) *webtest.Visitor {
	d.t.Helper()
	v := d.House.Visitor()
	v.Post("/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}})
	return v
}

// book has a family book days of an option.
func (d *desk) book(who household.Guardian, enrolment, option string, days ...string) {
	d.t.Helper()
	var changes []booking.Change
	for _, day := range days {
		changes = append(changes, booking.Change{EnrolmentID: enrolment, Day: civil.MustParse(day), Option: option, Add: true})
	}
	d.Write(func(tx *db.Tx) error {
		_, err := booking.Submit(d.t.Context(), tx, who, booking.Request{SubmissionID: db.NewID(), EnrolmentID: enrolment, Changes: changes}, d.Loc)
		return err
	})
}

// right makes the canteen of Jean Rostand a right with as many places: beyond, requests await an agent.
func (d *desk) right(places int64) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		d.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", places)
		c, err := activity.Load(d.t.Context(), tx)
		if err != nil {
			return err
		}
		a, _ := c.Activity(d.Activity["CANTINE"])
		changed := *a
		changed.IsRight, changed.Waiting = true, activity.NoWaiting
		_, err = activity.SaveActivity(d.t.Context(), tx, changed, civil.DateOf(tx.Now, d.Loc), d.Loc)
		return err
	})
}

// family adds a household with one child at Jean Rostand, enrolled in an activity.
func (d *desk) family(login, first, last, code string) (who household.Guardian, enrolment string) {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		who = d.AddHousehold(tx, login, "Parent", last, 500_00)
		enrolment = d.Enrol(tx, login, d.AddChild(tx, who, first, last, "2018-06-01", "CE2", "ROSTAND"), code, "ROSTAND")
		return nil
	})
	return who, enrolment
}

func (d *desk) count(query string, args ...any) (n int64) {
	d.t.Helper()
	d.Read(func(tx *db.Tx) error { return tx.QueryRow(d.t.Context(), query, args...).Scan(&n) })
	return n
}

// settle does the work of the closures that is queued.
func (d *desk) settle(closure string, undone bool) {
	d.t.Helper()
	for more := true; more; {
		d.Write(func(tx *db.Tx) (err error) {
			more, err = booking.SettleSlice(d.t.Context(), tx, booking.ClosurePayload{ClosureID: closure, Undone: undone}, d.Loc)
			return err
		})
	}
}

func TestTheAgentsDayFollowsTheirRights(t *testing.T) {
	d := newDesk(t)
	d.right(1)
	who, lunch := d.family("ferrand", "Élise", "Ferrand", "CANTINE")
	d.book(who, lunch, "REPAS", "2026-12-14")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	d.book(d.Claire, d.Enrolment["antoine/MERCREDI"], "APREM", "2026-12-09")

	p := d.in("agent.enfance").Get("/bureau?jour=2026-12-14").Want(200).Says("h1", "Lundi 14 décembre").
		Says(".desk__head", "Semaine 51, jour de classe", "1 repas attendu à midi").
		Says(".alerts", "1 demande attend une réponse, la première pour le lundi 14 décembre").
		Says("main", "Antoine Martin", "1 / 1", "complet", "Restauration scolaire", "Standard").
		Says("[aria-label=Bureau]", "Demandes1 à traiter")
	if p.Has("a[href^='/bureau/fermetures/nouvelle']") {
		t.Error("an agent who may not close days is offered to")
	}
	p.Click("Les traiter").Want(200).WantPath("/bureau/demandes")
	d.in("direction").Get("/bureau").Want(200).Says("h1", "Mardi 1er décembre").Click("Fermer un jour").Want(200)
	p = d.in("animateur").Get("/bureau?jour=2026-12-14").Want(200).Says("main", "Restauration scolaire")
	if strings.Contains(p.Text("main"), "Antoine") || p.Has(".alerts .btn[href='/bureau/demandes']") {
		t.Error("who receives the children sees requests")
	}
	p = d.in("sabinettes").Get("/bureau?jour=2026-12-14").Want(200).Says("main", "maternelle Sabinettes", "Aucune demande")
	if strings.Contains(p.Text("main"), "Rostand") {
		t.Error("another site is shown")
	}
	d.in("direction").Get("/bureau?jour=2026-12-12").Want(200).Says("main", "Pas d’accueil", "lundi 14 décembre")
	d.in("claire.martin").Get("/bureau").Want(404)
}

func TestDeadTasksAreTriedAgain(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error {
		for _, id := range []string{"t1", "t2"} {
			if _, err := tx.Exec(t.Context(), `INSERT INTO jobs (id, kind, payload, state, run_at, attempt, last_error, created_at, finished_at)
				VALUES ($1, 'mail', '{}', 'dead', $2, 10, 'no route to host', $2, $2)`, id, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
	p := d.in("direction").Get("/bureau").Want(200).Says(".alerts", "2 tâches ont échoué").Says("main", "Envoyer un e-mail", "no route to host")
	p.Submit("Relancer").Want(200).Says("[role=status]", "tentée à nouveau").Says(".alerts", "1 tâche a échoué").Submit("Abandonner").Says("[role=status]", "abandonnée")
	if n := d.count(`SELECT count(*) FROM jobs WHERE id IN ('t1', 't2') AND state = 'ready'`); n != 1 {
		t.Errorf("%d tasks ready", n)
	}
	d.in("agent.enfance").Post("/bureau/taches", url.Values{"tache": {"t1"}}).Want(403)
}

func TestRequestsAreAcceptedAndRefused(t *testing.T) {
	d := newDesk(t)
	d.right(1)
	who, lunch := d.family("ferrand", "Élise", "Ferrand", "CANTINE")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	d.book(who, lunch, "REPAS", "2026-12-14", "2026-12-15")
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-15")
	v := d.in("agent.enfance")
	p := v.Get("/bureau/demandes").Want(200).Says("main", "Élise Ferrand", "lun. 14 déc.", "1 / 1", "complet", "2 demandes dépassent les places prévues")
	first := p.Attr("input[name=demande]", "value")

	p.Submit("Accepter les demandes cochées").Want(422).Says("[role=alert]", "Choisissez au moins une demande")
	p = p.Form("Refuser les demandes cochées").Tick("demande", first).Send().Want(422).Says("[role=alert]", "Indiquez le motif du refus")
	form := p.Form("Refuser les demandes cochées")
	if form.Value("demande") != first || len(form.Values("demande")) != 1 {
		t.Error("what was ticked is lost")
	}
	form.Fill("motif", "plus de place").Send().Want(200).WantPath("/bureau/demandes").Says("[role=status]", "1 demande refusée", "prévenues")

	stale := v.Get("/bureau/demandes?cocher=tout").Want(200)
	if n := len(stale.Form("Accepter les demandes cochées").Values("demande")); n != 1 {
		t.Errorf("%d requests ticked", n)
	}
	stale.Submit("Accepter les demandes cochées").Want(200).Says("[role=status]", "1 demande acceptée", "1 place a été ouverte au-delà").Says("main", "Aucune demande n’attend")
	stale.Submit("Accepter les demandes cochées").Want(200).Says("[role=status]", "Aucune demande n’a changé", "avait déjà reçu une réponse")
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'booked' AND over_capacity`); n != 1 {
		t.Errorf("%d bookings beyond the places", n)
	}
}

func TestRequestsOfAnotherSite(t *testing.T) {
	d := newDesk(t)
	d.right(0)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	id := d.in("rostand").Get("/bureau/demandes").Attr("input[name=demande]", "value")
	v := d.in("sabinettes")
	v.Get("/bureau/demandes").Want(200).Says("main", "Aucune demande n’attend")
	v.Post("/bureau/demandes", url.Values{"demande": {id}, "geste": {"accepter"}}).Want(403)
	v.Post("/bureau/demandes", url.Values{"demande": {"inconnue"}, "geste": {"accepter"}}).Want(404)
	d.in("animateur").Post("/bureau/demandes", url.Values{"demande": {id}, "geste": {"accepter"}}).Want(403)
	if n := d.count(`SELECT count(*) FROM bookings WHERE state = 'pending'`); n != 1 {
		t.Error("a request was decided")
	}
	p := d.in("rostand").Get("/bureau/demandes?activite=ETUDE").Want(200).Says("main", "Aucune demande ne correspond")
	p.Click("Voir toutes les demandes").Says("main", "Antoine Martin")
}

func TestWaitingListsAreListed(t *testing.T) {
	d := newDesk(t)
	d.Write(func(tx *db.Tx) error { d.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 0); return nil })
	d.book(d.Claire, d.Enrolment["antoine/MERCREDI"], "APREM", "2026-12-16")
	p := d.in("agent.enfance").Get("/bureau/demandes?vue=attente").Want(200).Says("main", "Accueil de loisirs du mercredi", "mer. 16 déc.", "0 / 0")
	p = p.Click("Accueil de loisirs du mercredi").Want(200).WantPath("/bureau/listes").Says("main", "Aucun enfant n’est attendu", "Liste d’attente", "Martin Antoine")
	d.in("agent.enfance").Get("/bureau").Says(".alerts", "mer. 16 déc.", "1 enfant en attente").Click("Voir la liste d’attente").Want(200)
	d.in("rostand").Get("/bureau/demandes?vue=attente").Want(200).Says("main", "Personne n’est sur liste d’attente")
	p.Click("Martin Antoine").Want(200).Says("h1", "Antoine Martin")
}
