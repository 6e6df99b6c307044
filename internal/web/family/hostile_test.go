package family_test

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/worldtest"
)

const envoi = "abcdefghijklmnopqrstuvwxyz"

func tally(t *testing.T, w *worldtest.World, query string, args ...any) (n int) {
	t.Helper()
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query, args...).Scan(&n) })
	return n
}

// atOnce does the same from several tabs at the same instant, and lists the answers.
func atOnce(n int, do func(i int) int) []int {
	answers, start := make([]int, n), make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			answers[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return answers
}

// A button clicked eight times at once sends one request.
func TestEightClicksAreOneRequest(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	values := url.Values{"jour": {"2026-12-14:REPAS 2026-12-15:REPAS"}, "visible": {"2026-12-14 2026-12-15"}, "envoi": {envoi}, "vue": {"2026-12"}}
	for i, status := range atOnce(8, func(int) int { return v.Post(path, values).Status }) {
		if status != 200 {
			t.Errorf("click %d answered %d", i, status)
		}
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM submissions`: 1, `SELECT count(*) FROM bookings`: 2, `SELECT count(*) FROM booking_events`: 2,
		`SELECT count(*) FROM jobs WHERE kind = 'booking.tell'`: 1, `SELECT count(*) FROM audit_entries WHERE act = 'booking.submit'`: 1,
	} {
		if n := tally(t, w, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

// The same day asked from eight tabs, each with its own recapitulation, is booked once; the others are told that nothing changes.
func TestEightTabsBookADayOnce(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	written := 0
	for _, status := range atOnce(8, func(i int) int {
		return v.Post(path, url.Values{"jour": {"2026-12-14:REPAS"}, "visible": {"2026-12-14"}, "envoi": {envoi + fmt.Sprint(i)}}).Status
	}) {
		switch status {
		case 200:
			written++
		case 422:
		default:
			t.Errorf("answered %d", status)
		}
	}
	if n := tally(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked'`); n != 1 || written != 1 {
		t.Errorf("%d bookings, %d requests written", n, written)
	}
}

// Eight tabs that each add another day, all drawn before any was sent, leave eight days.
func TestEightTabsAddEightDays(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	days := []string{"2026-12-08", "2026-12-10", "2026-12-11", "2026-12-14", "2026-12-15", "2026-12-17", "2026-12-18", "2027-01-04"}
	for _, status := range atOnce(len(days), func(i int) int {
		return v.Post(path, url.Values{"jour": {days[i] + ":REPAS"}, "visible": {strings.Join(days, " ")}, "envoi": {envoi + fmt.Sprint(i)}}).Status
	}) {
		if status != 200 {
			t.Errorf("answered %d", status)
		}
	}
	if n := tally(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked'`); n != len(days) {
		t.Errorf("%d days booked", n)
	}
}

// secrets are ids of Claire's household that Karim might try, by what they name.
func secrets(t *testing.T, w *worldtest.World) map[string]string {
	t.Helper()
	ids := map[string]string{"enrolment": w.Enrolment["antoine/CANTINE"], "child": w.Antoine.ID, "guardian": w.Claire.ID, "account": w.Claire.AccountID, "household": w.Claire.HouseholdID, "submission": envoi}
	w.Write(func(tx *db.Tx) error {
		e := ids["enrolment"]
		o, err := booking.Submit(t.Context(), tx, w.Claire, booking.Request{SubmissionID: envoi, EnrolmentID: e, Changes: []booking.Change{{EnrolmentID: e, Day: civil.MustParse("2026-12-17"), Option: "REPAS", Add: true}}}, w.Loc)
		ids["booking"] = o.Decisions[0].BookingID
		return err
	})
	return ids
}

// dump is every row of every table that says something of families, so that nothing changes unseen.
func dump(t *testing.T, w *worldtest.World) string {
	t.Helper()
	out := ""
	w.Read(func(tx *db.Tx) error {
		tables, err := db.All(t.Context(), tx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('sign_ins', 'known_devices') ORDER BY name`, db.Value[string])
		if err != nil {
			return err
		}
		for _, table := range tables {
			columns, err := db.All(t.Context(), tx, `SELECT name FROM pragma_table_info($1)`, db.Value[string], table)
			if err != nil {
				return err
			}
			rows, err := db.All(t.Context(), tx, `SELECT json_array(`+strings.Join(columns, ", ")+`) FROM `+table+` ORDER BY 1`, db.Value[string])
			if err != nil {
				return err
			}
			out += fmt.Sprintf("%s %d %x\n", table, len(rows), sha256.Sum256([]byte(strings.Join(rows, "\n"))))
		}
		return nil
	})
	return out
}

// Whatever address of a family's space is tried with an id of another household, it is not found, and nothing changes.
func TestNoAddressLeadsToAnotherHousehold(t *testing.T) {
	tn := towntest.New(t, "sqlite")
	w := worldtest.Chatou(t, tn)
	h := signintest.New(t, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	w.SetClock("2026-11-30T10:00")
	ids := secrets(t, w)
	karim := h.Visitor()
	karim.Post("/connexion", url.Values{"identifiant": {"karim.benali"}, "mot_de_passe": {worldtest.Password}})
	before, tried := dump(t, w), 0
	wildcard := regexp.MustCompile(`\{[^}]*\}`)
	for _, route := range h.Server.Routes() {
		if !strings.HasPrefix(route.Path, "/espace") || !wildcard.MatchString(route.Path) {
			continue
		}
		for what, id := range ids {
			address := wildcard.ReplaceAllString(route.Path, id)
			status := 0
			if route.Method == "GET" {
				status = karim.Get(address).Status
			} else {
				status = karim.Post(address, url.Values{"jour": {"2026-12-15:REPAS"}, "visible": {"2026-12-15"}, "envoi": {envoi + "0"}, "reponse": {"accepter"}, "choix": {"accepter"}}).Status
			}
			tried++
			if status != 404 {
				t.Errorf("%s %s with the %s of another household answers %d", route.Method, route.Path, what, status)
			}
		}
	}
	if tried == 0 {
		t.Fatal("no address was tried")
	}
	if after := dump(t, w); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
}

// Nor does any id hidden in a form of one's own.
func TestNoFieldLeadsToAnotherHousehold(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	ids := secrets(t, w)
	karim := enter("karim.benali")
	before := dump(t, w)
	own, foreign := "/espace/reservations/"+w.Enrolment["leo/CANTINE"], ids["enrolment"]
	day := url.Values{"jour": {"2026-12-15:REPAS"}, "visible": {"2026-12-15"}, "envoi": {envoi + "0"}}
	with := func(field, value string) url.Values {
		out := url.Values{field: {value}}
		for k, v := range day {
			if k != field {
				out[k] = v
			}
		}
		return out
	}
	for name, values := range map[string]url.Values{
		"a day to add":       with("jour", foreign+"/2026-12-15:REPAS"),
		"a day to remove":    {"vu": {foreign + "/2026-12-17:REPAS"}, "visible": {foreign + "/2026-12-17"}, "envoi": {envoi + "0"}},
		"a day among others": with("jour", "2026-12-15:REPAS "+foreign+"/2026-12-15:REPAS"),
	} {
		if status := karim.Post(own, values).Status; status != 404 {
			t.Errorf("%s, confirmed: %d", name, status)
		}
		if status := karim.Post(own+"/recapitulatif", values).Status; status != 404 {
			t.Errorf("%s, in a recapitulation: %d", name, status)
		}
	}
	if status := karim.Post(own, with("envoi", envoi)).Status; status != 404 {
		t.Errorf("the submission of another: %d", status)
	}
	for _, tool := range []string{"", "tout-cocher", "revenir"} {
		values := with("meme_demande", foreign)
		values.Set("outil", tool)
		if status := karim.Post(own+"/recapitulatif", values).Status; status != 404 {
			t.Errorf("the same for a child of another household, tool %q: %d", tool, status)
		}
	}
	if status := karim.Get(own + "?envoi=" + envoi).Status; status != 404 {
		t.Errorf("the answer to another: %d", status)
	}
	if after := dump(t, w); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
}

// Dates at the ends of time still answer with a calendar.
func TestDatesAtTheEndsOfTime(t *testing.T) {
	w, enter := chatou(t, "2026-11-30T10:00")
	v := enter("claire.martin")
	path := "/espace/reservations/" + w.Enrolment["antoine/CANTINE"]
	for _, query := range []string{"mois=0001-01", "mois=9999-12", "mois=9999-11", "semaine=9999-W52", "semaine=0001-W01", "mois=0000-00", "semaine=x"} {
		v.Get(path + "?" + query).Want(200)
	}
	for _, day := range []string{"0001-01-01", "9999-12-31"} {
		v.Post(path+"/recapitulatif", url.Values{"jour": {day + ":REPAS"}, "visible": {day}, "vue": {"9999-12"}}).Want(422).Says(".recap", "hors de l’inscription")
		v.Post(path+"/recapitulatif", url.Values{"jour": {day + ":REPAS"}, "outil": {"tout-cocher"}, "aller": {"9999-12"}}).Want(200)
	}
}
