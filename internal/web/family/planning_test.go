package family_test

import (
	"net/http"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/tariff"
)

func TestPlanningOfAWeekAndOfAMonth(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	w.SetClock("2026-12-01T14:00")
	v := enter("claire.martin")
	p := v.Get("/espace/planning").Want(200).Says("#periode", "Semaine 49, du 30 novembre au 6 décembre 2026")
	p.Says(".plan__n", "4 à venir", "3 passés").Says(".plan tbody tr:first-child", "Antoine", "CE2", "Étude surveillée", "passé", "réservé")
	p = p.Click("Semaine 50, du 7 au 13 décembre 2026").Want(200).Says(".plan tbody", "Garderie du matin 7 h 30 – 8 h 30 réservé")
	p = p.Click("Mois").Want(200).Says("#periode", "Décembre 2026")
	if n := p.Count(".plan tbody tr"); n != 5 {
		t.Errorf("%d weeks", n)
	}
	p.Says(".plan tbody tr:nth-child(2)", "50", "Repas Antoine réservé", "Repas Léo réservé").Says(".plan tbody tr:nth-child(4)", "vacances de Noël").Says(".plan__n", "10 à venir", "1 passé")
	p = p.Click("Janvier 2027").Says("main", "Rien de réservé en janvier").Says(".empty a", "Réserver des jours")
	if p.Has(".plan") {
		t.Error("an empty month is drawn")
	}
	p.Click("Aujourd’hui").Says("#periode", "Semaine 49")
	v.Get("/espace/planning?semaine=2026-W50").Says("#periode", "Semaine 50")
	for _, odd := range []string{"?semaine=9999-W52", "?mois=0001-01", "?mois=x", "?semaine=2026-W54", "?mois=9999-12"} {
		v.Get("/espace/planning" + odd).Want(200)
	}
}

func TestPlanningTellsEveryState(t *testing.T) {
	w, enter := chatou(t, "2026-12-01T10:00")
	w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 1); return nil })
	edit(t, w, "ETUDE", func(a *activity.Activity) { a.Instruction = true })
	book(t, w, w.Claire, "leo/MERCREDI", "APREM", "2026-12-09")
	book(t, w, w.Claire, "antoine/MERCREDI", "APREM", "2026-12-09")
	book(t, w, w.Claire, "antoine/ETUDE", "ETUDE", "2026-12-08")
	book(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-12-10", "2026-12-11")
	w.Write(func(tx *db.Tx) error {
		_, err := booking.Close(t.Context(), tx, w.Direction, activity.Closure{From: civil.MustParse("2026-12-10"), To: civil.MustParse("2026-12-10"), Reason: "Grève"})
		return err
	})
	v := enter("claire.martin")
	v.Get("/espace/planning?semaine=2026-W50").Says(".plan__n", "2 à venir", "2 en attente", "1 fermé").
		Says(".plan", "liste d’attente, rang 1", "en attente d’instruction", "fermé : grève", "non facturé", "Repas réservé")
	w.SetClock("2026-12-14T10:00")
	enter("claire.martin").Get("/espace/planning?semaine=2026-W50").Says(".plan", "non réservé, resté en attente", "Repas passé")
}

func TestNeitherParentReadsTheOthersPlanning(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	claire, karim := enter("claire.martin"), enter("karim.benali")
	p := karim.Get("/espace/planning?mois=2026-12").Want(200).Says(".plan__n", "2 à venir").Says(".plan", "Repas Léo réservé")
	if strings.Contains(p.Body, "Antoine") || strings.Contains(p.Body, "Étude") {
		t.Error("Karim reads Antoine's days")
	}
	karim.Get("/espace/planning?semaine=2026-W50").Says(".plan", "chez l’autre parent")
	claire.Get("/espace/planning?semaine=2026-W51").Says("main", "Rien de réservé")
	p = karim.Get("/espace/historique").Want(200)
	if p.Count(".acts > li") != 1 || strings.Contains(p.Body, "Antoine") || strings.Contains(p.Body, "Claire") {
		t.Errorf("Karim's history: %s", p.Text(".acts"))
	}
	if p := claire.Get("/espace/historique"); strings.Contains(p.Body, "14 déc.") || strings.Contains(p.Body, "Karim") {
		t.Error("Claire reads Karim's history")
	}
}

func TestTheCalendarFeed(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	w.SetClock("2026-12-01T10:00")
	v := enter("claire.martin")
	p := v.Get("/espace/planning").Submit("Créer mon lien d’agenda").Want(200).WantPath("/espace/planning").Says(".flash", "Votre lien d’agenda est prêt")
	address := p.Attr("#f-lien", "value")
	path, ok := strings.CutPrefix(address, "https://essai.example")
	if !ok || !strings.HasPrefix(path, "/agenda/") || !strings.HasSuffix(path, ".ics") {
		t.Fatalf("address %q", address)
	}
	program := enter("nobody")
	program.Forget()
	f := program.Get(path).Want(200)
	if f.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.HasPrefix(f.Header.Get("Cache-Control"), "private") {
		t.Errorf("headers %v", f.Header)
	}
	text := strings.ReplaceAll(f.Body, "\r\n ", "")
	for _, part := range []string{"SUMMARY:Antoine : repas\r\n", "DTSTART;TZID=Europe/Paris:20261207T114500\r\n", "LOCATION:Élémentaire Jean Rostand", "@essai.example\r\n", "SUMMARY:Léo : garderie du matin"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	for _, private := range []string{"Martin", "Benali", "standard", "Karim", "20261214", "2018"} {
		if strings.Contains(text, private) {
			t.Errorf("the feed tells %q", private)
		}
	}
	uid := between(t, text, "UID:", "\r\n")
	change(t, w, w.Claire, false, "antoine/CANTINE", "REPAS", "2026-12-10")
	again := strings.ReplaceAll(program.Get(path).Want(200).Body, "\r\n ", "")
	if !strings.Contains(again, "STATUS:CANCELLED") || !strings.Contains(again, "SEQUENCE:1") || strings.Count(again, "STATUS:CANCELLED") != 1 || !strings.Contains(again, uid) {
		t.Errorf("after a cancellation:\n%s", again)
	}
	w.SetClock("2027-01-04T10:00")
	if strings.Contains(program.Get(path).Body, "STATUS:CANCELLED") {
		t.Error("a cancellation of last month is still told")
	}
	v = enter("claire.martin")
	p = v.Get("/espace/planning").Submit("Remplacer le lien").Want(200)
	program.Get(path).Want(http.StatusNotFound)
	next := strings.TrimPrefix(p.Attr("#f-lien", "value"), "https://essai.example")
	program.Get(next).Want(200)
	v.Get("/espace/planning").Submit("Supprimer le lien").Want(200).Says(".flash", "supprimé").Says("#agenda", "Créer mon lien d’agenda")
	program.Get(next).Want(http.StatusNotFound)
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	if !ok {
		t.Fatalf("no %q", from)
	}
	found, _, _ := strings.Cut(rest, to)
	return found
}

func TestAFeedIsFoundOnlyByItsSecret(t *testing.T) {
	_, enter := chatou(t, "2026-12-01T10:00")
	v := enter("nobody")
	for _, path := range []string{"/agenda/inconnu.ics", "/agenda/.ics", "/agenda/sans-suffixe", "/agenda/a%2Fb.ics"} {
		v.Get(path).Want(http.StatusNotFound)
	}
}

// The two guardians of a shared child have each their own feed, of their own bookings.
func TestEachParentHasTheirOwnFeed(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	busy(t, w)
	p := enter("karim.benali").Get("/espace/planning").Submit("Créer mon lien d’agenda").Want(200)
	body := enter("nobody").Get(strings.TrimPrefix(p.Attr("#f-lien", "value"), "https://essai.example")).Want(200).Body
	if strings.Contains(body, "Antoine") || strings.Count(body, "BEGIN:VEVENT") != 2 {
		t.Errorf("Karim's feed:\n%s", body)
	}
	if enter("claire.martin").Get("/espace/planning").Has("#f-lien") {
		t.Error("Claire sees Karim's feed")
	}
}

// What the roll-call says is on the planning and on the child's page: who came, who did not, and what excuses it.
func TestPlanningTellsWhoCame(t *testing.T) {
	w, enter := chatou(t, "2026-11-16T10:00")
	book(t, w, w.Claire, "antoine/CANTINE", "REPAS", "2026-11-30", "2026-12-01", "2026-12-03")
	w.SetClock("2026-12-04T18:00")
	w.Write(func(tx *db.Tx) error {
		var entries []attendance.Entry
		for day, came := range map[string]attendance.Came{"2026-11-30": attendance.Present, "2026-12-01": attendance.Absent, "2026-12-03": attendance.Absent} {
			entries = append(entries, attendance.Entry{ID: db.NewID(), AgentID: w.Direction.ID, ChildID: w.Antoine.ID, Came: came, At: tx.Now, Source: attendance.Online,
				Session: attendance.Session{ActivityID: w.Activity["CANTINE"], SiteID: w.Site["ROSTAND"], Day: civil.MustParse(day)}})
		}
		entries = append(entries, attendance.Entry{ID: db.NewID(), AgentID: w.Direction.ID, ChildID: w.Antoine.ID, Came: attendance.Present, At: tx.Now, Source: attendance.Online,
			Session: attendance.Session{ActivityID: w.Activity["ETUDE"], SiteID: w.Site["ROSTAND"], Day: civil.MustParse("2026-12-01")}},
			attendance.Entry{ID: db.NewID(), AgentID: w.Direction.ID, ChildID: w.Antoine.ID, Came: attendance.Present, At: tx.Now, Source: attendance.Online,
				Session: attendance.Session{ActivityID: w.Activity["CANTINE"], SiteID: w.Site["ROSTAND"], Day: civil.MustParse("2026-12-04")}},
			attendance.Entry{ID: db.NewID(), AgentID: w.Direction.ID, ChildID: w.Antoine.ID, Came: attendance.Present, At: tx.Now, Source: attendance.Online,
				Session: attendance.Session{ActivityID: w.Activity["MATIN"], SiteID: w.Site["ROSTAND"], Day: civil.MustParse("2026-12-04")}})
		for i := range entries {
			day := entries[i].Day.String() // the canteen does not bill who leaves late on the 30th, the study does on the 1st
			entries[i].LatePickup = entries[i].Came == attendance.Present && (day == "2026-11-30" || day == "2026-12-01")
		}
		if _, err := attendance.Replay(t.Context(), tx, w.Direction, entries, w.Loc); err != nil {
			return err
		}
		steps := []tariff.Step{{}, {After: 2, Change: tariff.Change{Price: new(money.Cents(500))}}}
		for _, g := range []tariff.Grid{
			{Name: "Cantine d’avant", ActivityID: w.Activity["CANTINE"], From: civil.MustParse("2014-09-01"), Terms: tariff.Terms{Unbooked: steps, LatePickup: steps}}, // replaced since
			{Name: "Étude", ActivityID: w.Activity["ETUDE"], From: civil.MustParse("2026-12-01"), Terms: tariff.Terms{LatePickup: steps}},
			{Name: "Matin", ActivityID: w.Activity["MATIN"], From: civil.MustParse("2026-12-01"), Terms: tariff.Terms{Unbooked: []tariff.Step{{Change: tariff.Change{Price: new(money.Cents(300))}}}}}, // the top price
		} {
			g.Kind, g.Flat = tariff.Flat, 300
			if _, err := activity.SaveGrid(t.Context(), tx, g); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO excused_days (id, child_id, day, source, since, by) VALUES ('e', $1, $2, 'certificate:1', $3, 'x')`, w.Antoine.ID, civil.MustParse("2026-12-03"), tx.Now)
		return err
	})
	v := enter("claire.martin")
	v.Get("/espace/planning?semaine=2026-W49").Want(200).Says(".plan", "présent", "absent facturé", "absent, justifié non facturé", "présent sans réservation tarif majoré",
		"présent sans réservation, parti après l’heure tarif normal, retard facturé selon le nombre de fois dans l’année", "présent sans réservation tarif sans réservation").
		Says(".plan__n", "4 présents", "1 absent", "1 absent justifié")
	v.Get("/espace/enfants/"+w.Antoine.ID).Want(200).Says("main", "Présences et absences", "Absent, justifié", "non facturé", "au tarif normal", "tarif majoré", "Présent, parti après l’heure au tarif normal")
}
