package demo

import (
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/mail"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// Addresses of the demonstration's pages.
const (
	homePath    = "/demo"
	mailboxPath = "/demo/messagerie"
)

// Routes adds the pages of the demonstration to its server.
func (d *Demo) Routes(s *web.Server) {
	s.Handle("GET /demo", web.Anyone(d.home))
	s.Handle("POST /demo/horloge", web.Anyone(d.moveClock))
	s.Handle("GET /demo/messagerie", web.Anyone(d.mailbox))
	s.Handle("GET /demo/messagerie/{message}", web.Anyone(d.message))
	d.vouchRoutes(s)
	d.bankRoutes(s)
}

// jump is a button that moves the clock.
type jump struct {
	value, label string
	by           time.Duration
}

var jumps = []jump{
	{"1m", "+ 1 minute", time.Minute},
	{"1h", "+ 1 heure", time.Hour},
	{"1j", "+ 1 jour", 24 * time.Hour},
	{"7j", "+ 7 jours", 7 * 24 * time.Hour},
}

// view is what the page shows.
type view struct {
	Now    civil.Instant
	Wall   string // "mardi 1er décembre 2026, 10 h 00 min 04 s"
	Day    civil.Date
	Time   civil.TimeOfDay
	Mails  int
	Form   *web.Form
	Begun  string
	Trials []trial
	Loc    *time.Location
	// Deadline is the next one of what Claire has booked, Meal what it is about; zero when nothing is.
	Deadline civil.Instant
	Meal     string
}

func (d *Demo) home(w http.ResponseWriter, r *http.Request) error {
	return d.show(w, r, http.StatusOK, nil)
}

func (d *Demo) show(w http.ResponseWriter, r *http.Request, status int, form *web.Form) error {
	loc := d.Town.Loc
	now := civil.At(d.Clock.Now())
	v := view{Now: now, Day: civil.DateOf(now, loc), Time: civil.TimeOf(now, loc), Mails: len(d.Mailbox.List()), Form: form,
		Wall: wallClock(now, loc), Begun: wallClock(d.Begun, loc)}
	v.Loc = loc
	var err error
	if v.Deadline, v.Meal, err = d.deadline(r); err != nil {
		return err
	}
	key, err := d.newcomerKey(r)
	if err != nil {
		return err
	}
	v.Trials = append([]trial{newcomerTrial(key)}, trials...)
	return web.Render(w, r, status, homePage(d.frame(w, r, "La démonstration", homePath), v))
}

// deadline finds the next lunch that Claire may still cancel, and until when.
func (d *Demo) deadline(r *http.Request) (until civil.Instant, meal string, err error) {
	err = d.Town.DB.Read(r.Context(), func(tx *db.Tx) error {
		account, err := identity.Find(r.Context(), tx, Logins[0].Login)
		if err != nil {
			return err
		}
		claire, err := household.GuardianOf(r.Context(), tx, account.ID)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, d.Town.Loc)
		lines, err := booking.Planning(r.Context(), tx, claire, civil.Range{From: today, To: today.AddDays(60)}, d.Town.Loc)
		for _, l := range lines {
			if l.Activity.Kind == activity.Canteen && l.State == booking.StateBooked && tx.Now.Before(l.Until) {
				until, meal = l.Until, "le repas "+words.Of(l.Child)+" du "+l.Day.WeekdayDayMonth()
				break
			}
		}
		return err
	})
	return until, meal, err
}

func (d *Demo) frame(w http.ResponseWriter, r *http.Request, title, here string) ui.Page {
	nav := append(signin.Nav(), ui.NavItem{Href: homePath, Label: "Démonstration", Icon: "clock"},
		ui.NavItem{Href: mailboxPath, Label: "Messagerie", Icon: "mail"})
	return web.Frame(w, r, ui.Page{Title: title, Nav: nav, Here: here})
}

// wallClock writes an instant with its seconds, as a clock shows it.
func wallClock(i civil.Instant, loc *time.Location) string {
	return civil.DateOf(i, loc).Long() + ", " + i.Time().In(loc).Format("15:04:05")
}

// moveClock moves the clock by a button, or to a day and an hour.
func (d *Demo) moveClock(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	target, err := d.target(r, form)
	if err != nil {
		return err
	}
	if form.Err() != nil {
		return d.show(w, r, http.StatusUnprocessableEntity, form)
	}
	if err := d.moveTo(r, target); err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Il est maintenant " + wallClock(target, d.Town.Loc)})
	return web.Redirect(w, r, web.Local(form.Raw("retour"), homePath))
}

// beforeDeadline is how long before a deadline the clock is set, to see it pass.
const beforeDeadline = 30 * time.Second

// target is the instant asked for.
func (d *Demo) target(r *http.Request, form *web.Form) (civil.Instant, error) {
	now := civil.At(d.Clock.Now())
	for _, j := range jumps {
		if form.Raw("avance") == j.value {
			return now.Add(j.by), nil
		}
	}
	if form.Raw("avance") == "delai" {
		until, _, err := d.deadline(r)
		if err != nil || until.IsZero() {
			return now, err
		}
		return until.Add(-beforeDeadline), nil
	}
	day := form.Date("jour")
	if day.IsZero() {
		form.Fail("jour", "Choisissez un jour.")
	} else if day.Year < 1990 || day.Year > 2100 {
		form.Fail("jour", "Choisissez un jour entre 1990 et 2100.")
	}
	at, ok := form.Time("heure")
	if !ok {
		form.Fail("heure", "Indiquez une heure, par exemple 23:59.")
	}
	return civil.Wall(day, at, 0, d.Town.Loc), nil
}

// moveTo sets the clock, and takes the sessions along: nobody is signed out because time has jumped.
func (d *Demo) moveTo(r *http.Request, target civil.Instant) error {
	by := target.Sub(civil.At(d.Clock.Now()))
	if err := d.Town.DB.Write(r.Context(), func(tx *db.Tx) error { return identity.Carry(r.Context(), tx, by) }); err != nil {
		return err
	}
	d.Clock.Move(by)
	d.Town.DB.Bell().Ring()
	return nil
}

func (d *Demo) mailbox(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, mailboxPage(d.frame(w, r, "Messagerie", mailboxPath), d.Mailbox.List(), d.Town.Loc))
}

func (d *Demo) message(w http.ResponseWriter, r *http.Request) error {
	for _, m := range d.Mailbox.List() {
		if m.ID != "" && m.ID == r.PathValue("message") {
			p := d.frame(w, r, m.Subject, mailboxPath)
			p.Crumbs = []ui.Link{{Href: homePath, Label: "Démonstration"}, {Href: mailboxPath, Label: "Messagerie"}, {Label: "Message"}}
			return web.Render(w, r, http.StatusOK, messagePage(p, m, letter(m.HTML), d.Town.Loc))
		}
	}
	return fault.NotFoundf("Ce message n’est plus dans la messagerie, qui garde les cinq cents derniers.")
}

// when is the instant a message was received, as read.
func when(m mail.Received, loc *time.Location) string {
	return civil.DateOf(m.At, loc).ShortNoYear() + ", " + civil.TimeOf(m.At, loc).French()
}

// trial is something to try: what it shows, with which account, and where.
type trial struct {
	What, How string
	Login     string
	Href      string
	Label     string
}

var trials = []trial{
	{"Réserver un mois de repas", "Ouvrez le calendrier d’Antoine, cochez, regardez le total en bas, puis le récapitulatif. L’e-mail de confirmation arrive dans la messagerie.", "claire.martin", "/espace", "L’espace de Claire"},
	{"Manquer le délai", "Allez 30 secondes avant le prochain délai, ouvrez le calendrier, laissez passer la minute, puis décochez le jour : c’est trop tard, et la page dit depuis quand.", "claire.martin", "/espace", "L’espace de Claire"},
	{"La même demande pour un frère", "Depuis le calendrier d’Antoine, demandez les mêmes jours pour Léo : ceux de l’autre parent sont refusés un par un.", "claire.martin", "/espace", "L’espace de Claire"},
	{"Une place se libère", "Un mercredi complet vient de gagner une place, gardée deux jours pour Antoine.", "claire.martin", "/espace/propositions", "Les propositions"},
	{"Entrer sans mot de passe", "Choisissez « FranceConnect de démonstration », puis Claire : son mot de passe est demandé une fois pour rattacher l’espace, et plus jamais ensuite. Les clés d’accès et la seconde étape se règlent dans « Mon profil ».", "claire.martin", "/connexion", "La connexion"},
	{"Garde alternée", "Karim ne voit de Léo que ses semaines, et rien d’Antoine ni de Claire.", "karim.benali", "/espace", "L’espace de Karim"},
	{"Le dossier d’un enfant", "Menu, santé, personnes, autorisations de Léo : ce qui est à l’enfant est vu des deux parents, le reste d’un seul. Pour internet, ils n’ont pas répondu pareil.", "claire.martin", "/espace/foyer", "Le foyer de Claire"},
	{"Vérifier un changement", "Des familles ont déménagé, une mère corrige un nom : l’ancien et le nouveau sont côte à côte, rien ne change avant la réponse.", "agent.enfance", "/bureau/verifications", "Les vérifications"},
	{"Payer en ligne", "Choisissez une facture, payez par carte ou par PayFiP : la banque de démonstration fait ce que vous décidez, accepte, refuse, tarde, ou ne rend pas le navigateur. La quittance arrive par e-mail.", "claire.martin", "/espace/factures", "Les factures de Claire"},
	{"Ce que dit la banque", "Acceptez encore une fois le même paiement depuis la banque : il n’est compté qu’une fois, et tout est écrit. Un paiement se rembourse d’ici.", "regie", "/bureau/paiements", "Les paiements en ligne"},
	{"Instruire", "Deux ateliers demandés pour Antoine attendent un agent : acceptez, ou refusez avec un motif.", "agent.enfance", "/bureau/demandes", "Les demandes"},
	{"Fermer une journée", "Choisissez un jour : vous voyez qui est concerné avant de confirmer. Les familles sont prévenues, et la fermeture s’annule.", "direction", "/bureau/fermetures", "Les fermetures"},
	{"Lire les règles d’une activité", "Délais avec le prochain exemple, places encore libres, prix par tranche : la page est écrite à partir des réglages.", "", "/activites/vacances", "L’accueil des vacances"},
	{"Écrire une actualité", "Un brouillon attend : relisez-le, publiez-le, et regardez la page d’accueil. Chaque version reste dans l’historique.", "agent.enfance", "/bureau/actualites", "Les actualités"},
	{"Essayer un nouveau tarif", "Un projet attend pour la cantine : simulez-le sur le mois passé. Vous voyez qui paie plus, qui paie moins, et ce que la ville reçoit ; rien n’est facturé.", "direction", "/bureau/tarifs/simulation", "Le simulateur"},
	{"Changer les couleurs de la ville", "Donnez un jaune vif : il est foncé pour rester lisible, et la page le dit.", "direction", "/bureau/parametres/identite", "L’identité"},
	{"La liste du jour", "Qui mange ce midi à Jean Rostand, par menu et par formule, à imprimer.", "animateur", "/bureau/listes", "Les listes"},
}
