package family_test

import (
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/worldtest"
)

// book makes bookings as a family would, at the present of the town.
func book(t *testing.T, w *worldtest.World, who household.Guardian, enrolment, option string, days ...string) {
	t.Helper()
	change(t, w, who, true, enrolment, option, days...)
}

func change(t *testing.T, w *worldtest.World, who household.Guardian, add bool, enrolment, option string, days ...string) {
	t.Helper()
	r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: w.Enrolment[enrolment]}
	for _, d := range days {
		r.Changes = append(r.Changes, booking.Change{EnrolmentID: r.EnrolmentID, Day: civil.MustParse(d), Option: option, Add: add})
	}
	w.Write(func(tx *db.Tx) error {
		o, err := booking.Submit(t.Context(), tx, who, r, w.Loc)
		for _, d := range o.Decisions {
			if d.Result == booking.Refused {
				t.Errorf("%s %s: refused, %s", enrolment, d.Day, d.Refusal.Reason)
			}
		}
		return err
	})
}

// edit changes a rule of an activity of the world.
func edit(t *testing.T, w *worldtest.World, code string, change func(*activity.Activity)) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		c, err := activity.Load(t.Context(), tx)
		if err != nil {
			return err
		}
		known, _ := c.Activity(w.Activity[code])
		a := *known
		change(&a)
		_, err = activity.SaveActivity(t.Context(), tx, a, civil.DateOf(tx.Now, w.Loc), w.Loc)
		return err
	})
}

// busy books a believable fortnight for both parents: Claire's children in the weeks of 30 November and 7 December, Léo's week at
// Karim's from Friday 11 December 16:00.
func busy(t *testing.T, w *worldtest.World) {
	t.Helper()
	w.SetClock("2026-11-16T10:00")
	book(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-11-30", "2026-12-01", "2026-12-03", "2026-12-07", "2026-12-08", "2026-12-10")
	book(t, w, w.Claire, "antoine/ETUDE", "ETUDE", "2026-11-30", "2026-12-01", "2026-12-03")
	book(t, w, w.Claire, "antoine/MERCREDI", "APREM", "2026-12-02")
	book(t, w, w.Claire, "leo/MATIN", "MATIN", "2026-12-07")
	book(t, w, w.Claire, "leo/CANTINE", "REPAS", "2026-12-07", "2026-12-08")
	book(t, w, w.Karim, "leo/CANTINE", "REPAS", "2026-12-14", "2026-12-15")
}

func TestHomeTellsWhatIsDueByInstant(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	w.SetClock("2026-11-30T10:04")
	p := enter("claire.martin").Get("/espace").Want(200)
	p.Says("h1", "Bonjour Claire").Says(".head", "Lundi 30 novembre 2026, 10 h 04")
	p.Says("#h-due", "Quatre choses à voir, dont trois aujourd’hui")
	want := []string{
		"avant 13 h 30 aujourd’hui Mercredi d’Antoine, 2 décembre Dernier moment pour changer. Ensuite, ce jour sera facturé même si Antoine ne vient pas.",
		"avant 16 h 30 aujourd’hui Étude d’Antoine, mardi 1er décembre",
		"avant 23 h 59 ce soir Repas d’Antoine et de Léo, lundi 7 décembre",
		"demain avant 23 h 59 Repas d’Antoine et de Léo, mardi 8 décembre",
	}
	got := p.Texts(".due:not(.more .due) > li")
	if len(got) != len(want) {
		t.Fatalf("due %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("due %d: %q\nwant %q", i, got[i], want[i])
		}
	}
	p.Says(".more summary", "3 derniers délais").Says(".more .due", "Étude d’Antoine, jeudi 3 décembre", "jeu. 3 déc. avant 23 h 59", "Repas d’Antoine, jeudi 10 décembre")
	if href := p.Attr(".due a", "href"); href != "/espace/reservations/"+w.Enrolment["antoine/MERCREDI"]+"?semaine=2026-W49" {
		t.Errorf("the first button leads to %s", href)
	}
}

// The last second of a deadline is still told, the next no longer.
func TestHomeFollowsTheClockToTheSecond(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	book(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-11-27")
	w.SetClock("2026-11-20T23:59:59")
	v := enter("claire.martin")
	v.Get("/espace").Says("#h-due", "Une chose à voir aujourd’hui").Says(".due", "Repas d’Antoine, vendredi 27 novembre")
	w.SetClock("2026-11-21T00:00:00")
	v.Get("/espace").Says("#h-due", "Rien ne presse aujourd’hui ni demain").Says("main", "Aucun délai ne tombe d’ici demain soir")
}

func TestHomeShowsEachChildsWeekInWords(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	w.Write(func(tx *db.Tx) error {
		_, err := booking.Close(t.Context(), tx, w.Direction, activity.Closure{From: civil.MustParse("2026-12-03"), To: civil.MustParse("2026-12-03"), Reason: "Grève"})
		return err
	})
	w.SetClock("2026-11-30T14:00")
	p := enter("claire.martin").Get("/espace").Want(200)
	p.Says("#h-week", "Cette semaine").Says("section .muted", "Semaine 49, du 30 novembre au 4 décembre")
	kids := p.Texts(".kid")
	if len(kids) != 2 {
		t.Fatalf("%d children", len(kids))
	}
	for i, parts := range [][]string{
		{"Antoine CE2, Élémentaire Jean Rostand", "Lundi 30 aujourd’hui", "Repas passé", "Étude surveillée 16 h 30 – 18 h réservé", "modifiable jusqu’à 16 h 30",
			"Fermé : grève", "non facturé", "rien de réservé", "Restauration"},
		{"Léo Moyenne section, Maternelle Sabinettes", "Cette semaine est celle de l’autre parent"},
	} {
		for _, part := range parts {
			if !strings.Contains(strings.ToLower(kids[i]), strings.ToLower(part)) && part != "Restauration" {
				t.Errorf("%q does not say %q", kids[i], part)
			}
		}
	}
	if n := p.Count(".kid__cal a"); n != 10 {
		t.Errorf("%d calendars, want five a child", n)
	}
	if p.Count(".week .today") != 1 {
		t.Error("today is not marked once for the child who is there")
	}
}

func TestHomeOnTheWeekendShowsTheWeekThatComes(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	w.SetClock("2026-12-05T09:00")
	enter("claire.martin").Get("/espace").Says("#h-week", "La semaine prochaine").Says("section .muted", "Semaine 50, du 7 au 11 décembre").Says(".kid", "Mardi 8 Repas")
}

// Karim has Léo from Friday 11 December 16:00 to Friday 18: neither parent sees the other's bookings, nor Karim Antoine.
func TestHomeOfSeparatedParents(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	w.SetClock("2026-12-07T10:00")
	claire, karim := enter("claire.martin").Get("/espace").Want(200), enter("karim.benali").Get("/espace").Want(200)
	claire.Says(".kid:nth-of-type(2)", "Repas").Says(".kid__f", "La semaine 51, du 14 au 18 décembre, est celle de l’autre parent : vous ne voyez et ne réservez que vos jours.")
	karim.Says("h1", "Bonjour Karim").Says(".kid", "Léo").Says(".kid__f", "Cette semaine est celle de l’autre parent")
	if karim.Count(".kid") != 1 || strings.Contains(karim.Body, "Antoine") || karim.Has(".week") {
		t.Errorf("Karim sees what is not his: %s", karim.Text("main"))
	}
	if strings.Contains(karim.Body, "Claire") || strings.Contains(claire.Body, "Karim") {
		t.Error("a parent reads the other's name")
	}
	w.SetClock("2026-12-14T10:00")
	claire, karim = enter("claire.martin").Get("/espace"), enter("karim.benali").Get("/espace")
	karim.Says(".week", "Repas")
	claire.Says(".kid__f", "Cette semaine est celle de l’autre parent")
	if claire.Has(".kid:nth-of-type(2) .week") {
		t.Error("Claire sees Karim's bookings")
	}
}

func TestHomeTellsOffersWaitingAndInstruction(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
	edit(t, w, "ETUDE", func(a *activity.Activity) { a.Instruction = true })
	book(t, w, w.Karim, "leo/MERCREDI", "APREM", "2026-12-16")
	book(t, w, w.Claire, "antoine/MERCREDI", "APREM", "2026-12-16", "2026-12-09")
	book(t, w, w.Claire, "leo/MERCREDI", "APREM", "2026-12-09")
	book(t, w, w.Claire, "antoine/ETUDE", "ETUDE", "2026-12-11")
	v := enter("claire.martin")
	v.Get("/espace").Says(".wishes", "Accueil de loisirs du mercredi : Antoine", "Liste d’attente, rang 1", "Étude surveillée : Antoine", "En attente d’instruction", "Demandé le mar. 1er déc.")
	change(t, w, w.Karim, false, "leo/MERCREDI", "APREM", "2026-12-16")
	p := v.Get("/espace").Says(".due", "jeu. 3 déc. avant 10 h", "Une place est proposée à Antoine, mercredi 16 décembre").Says(".nav", "1 à accepter ou à refuser")
	p = p.Follow(p.Attr(".due a", "href")).Want(200).WantPath("/espace/propositions")
	p.Says("h1", "Les propositions")
}

func TestHomeTellsTheHolidaysToBookAndThoseThatOpen(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	v := enter("claire.martin")
	v.Get("/espace").Says(".due", "lun. 7 déc. avant 23 h 59", "Accueil de loisirs des vacances", "Vacances de Noël : dernier moment pour réserver le lundi 21 décembre pour Antoine et Léo.")
	book(t, w, w.Claire, "antoine/VACANCES", "JOURNEE", "2026-12-21")
	book(t, w, w.Claire, "leo/VACANCES", "JOURNEE", "2026-12-21")
	w.SetClock("2026-12-02T10:00")
	v = enter("claire.martin")
	v.Get("/espace").Says(".due", "réserver le mardi 22 décembre pour Antoine et Léo")
	edit(t, w, "VACANCES", func(a *activity.Activity) {
		a.Opening = calendar.MustOpening("block-6w@09:00")
		a.Add, a.Cancel = calendar.MustRule("block-15cd"), calendar.MustRule("block-15cd")
	})
	w.SetClock("2026-12-23T10:00")
	enter("claire.martin").Get("/espace").Says(".due", "lun. 28 déc. dès 9 h", "Vacances d’hiver : les réservations ouvrent.")
}

func TestHomeSaysWhenBookingIsBlocked(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	edit(t, w, "CANTINE", func(a *activity.Activity) { a.NeedsPaidUp = true })
	v := enter("claire.martin")
	if v.Get("/espace").Has(".note--bad") {
		t.Error("blocked without a reason")
	}
	w.Write(func(tx *db.Tx) error {
		_, err := household.PlaceHold(t.Context(), tx, household.By{Actor: "essai"}, w.Claire.HouseholdID, "Factures impayées")
		return err
	})
	v.Get("/espace").Says(".note--bad", "Vos réservations sont bloquées", "Depuis le 1er décembre 2026 : factures impayées")
}

func TestHomeOfAFamilyWithoutChildren(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	w.Write(func(tx *db.Tx) error {
		w.AddHousehold(tx, "sans.enfant", "Sam", "Seul", 0)
		g := w.AddHousehold(tx, "sans.inscription", "Nora", "Neuve", 0)
		w.AddChild(tx, g, "Zoé", "Neuve", "2023-01-01", "PS", "SABINETTES")
		return nil
	})
	enter("sans.enfant").Get("/espace").Want(200).Says(".empty", "Aucun enfant n’est inscrit dans votre dossier")
	enter("sans.inscription").Get("/espace").Want(200).Says(".kid", "Zoé", "Petite section", "n’est inscrit à aucune activité")
	for _, page := range []string{"/espace/planning", "/espace/propositions", "/espace/historique", "/espace/planning?mois=2026-12"} {
		enter("sans.enfant").Get(page).Want(200).Says(".empty", "")
	}
}
