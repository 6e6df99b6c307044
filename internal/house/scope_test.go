package house_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/house"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// visitors are who asks, column by column of scopes. The records asked for are Claire's, and of the school Jean Rostand: Karim is the
// other parent of one of her children, and "ailleurs" may do what "agent.enfance" may, at another school only.
var visitors = []string{"", "claire.martin", "karim.benali", "ailleurs", "animateur", "regie", "agent.enfance", "direction"}

// scopes says what each visitor meets at each address that names a record. Nobody is led to sign in (303), or signs in with the form
// kept (401). What is not one's own is not found (404), as what does not exist; a right that is missing is said (403); for families the
// office is not there at all (404).
const scopes = `
GET  /agenda/{file}                                                 200 200 200 200 200 200 200 200
GET  /mot-de-passe/{token}                                          200 200 200 200 200 200 200 200
POST /mot-de-passe/{token}                                          422 422 422 422 422 422 422 422
`

// sent is what is sent to a route, so that it is whose the record is that decides, and not something missing in the form. The same
// is sent by each visitor in turn: what one did, the next finds done.
var sent = map[string]string{
	"POST /espace/reservations/{enrolment}/recapitulatif":              "jour=2027-01-18:REPAS&visible=2027-01-18",
	"POST /espace/reservations/{enrolment}":                            "jour=2027-01-18:REPAS&visible=2027-01-18&envoi=un-seul-envoi-de-{visitor}",
	"POST /espace/propositions/{booking}":                              "reponse=decliner",
	"POST /bureau/inscriptions/{enrolment}/deplacement":                "du=2027-01-04&site={other}&motif=Changement",
	"POST /bureau/inscriptions/{enrolment}/fin":                        "au=2027-01-29&motif=Fin",
	"POST /bureau/inscriptions/{enrolment}/reservations/recapitulatif": "jour=2027-01-19:REPAS&visible=2027-01-19&motif=Accord",
	"POST /bureau/inscriptions/{enrolment}/reservations":               "jour=2027-01-19:REPAS&visible=2027-01-19&motif=Accord&envoi=un-seul-envoi-de-{visitor}",
	"POST /bureau/familles/{household}/blocage":                        "motif=Impayé",
	"POST /bureau/familles/{household}/deblocage":                      "blocage={hold}",
}

// instead names the enrolment for a route that ends it, so that the others still find theirs.
var instead = map[string]string{
	"POST /bureau/inscriptions/{enrolment}/deplacement": "antoine/MATIN",
	"POST /bureau/inscriptions/{enrolment}/fin":         "antoine/ETUDE",
}

// records makes the town's records that the addresses name.
func records(t *testing.T, w *worldtest.World) map[string]string {
	t.Helper()
	ctx := t.Context()
	ids := map[string]string{
		"enrolment": w.Enrolment["antoine/CANTINE"], "household": w.Claire.HouseholdID, "site": w.Site["ROSTAND"], "other": w.Site["SABINETTES"],
		"annee": "2026-2027", "activity": w.Activity["CANTINE"], "booking": db.NewID(),
	}
	w.Write(func(tx *db.Tx) error {
		w.AddAgent(tx, "ailleurs", staff.Instruction, "SABINETTES")
		w.AddAgent(tx, "animateur", staff.Animation)
		w.AddAgent(tx, "regie", staff.Regie)
		ids["agent"] = w.AddAgent(tx, "partant", staff.Animation).ID
		feed, err := household.CreateFeed(ctx, tx, w.KeyFor("feeds"), w.Claire)
		if err != nil {
			return err
		}
		ids["file"] = feed.Secret + ".ics"
		if ids["token"], err = identity.NewReset(ctx, tx, w.Claire.AccountID, time.Hour); err != nil {
			return err
		}
		hold, err := household.PlaceHold(ctx, tx, household.ByAgent(w.Direction), w.Claire.HouseholdID, "Impayé")
		if err != nil {
			return err
		}
		ids["hold"] = hold.ID
		monday := civil.MustParse("2026-12-14")
		closed, err := activity.AddClosure(ctx, tx, activity.Closure{SiteID: w.Site["ROSTAND"], From: monday, To: monday, Reason: "Travaux"})
		if err != nil {
			return err
		}
		ids["closure"] = closed.ID
		c, err := activity.Load(ctx, tx)
		if err != nil {
			return err
		}
		canteen, _ := c.Activity(w.Activity["CANTINE"])
		_, err = tx.Exec(ctx, `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state,
			since, made_at, offered_until, over_capacity, late, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 'offered', $9, $9, $10, false, false, 1)`,
			ids["booking"], ids["enrolment"], w.Antoine.ID, w.Claire.HouseholdID, canteen.ID, w.Site["ROSTAND"], canteen.Options[0].ID,
			civil.MustParse("2026-12-17"), tx.Now, tx.Now.Add(24*time.Hour))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO seats (activity_id, site_id, option_id, day, booked) VALUES ($1, $2, $3, $4, 1)`,
			canteen.ID, w.Site["ROSTAND"], canteen.Options[0].ID, civil.MustParse("2026-12-17"))
		return err
	})
	return ids
}

// Whose a record is decides who finds it, at every address that names one; and who does not find it changes nothing.
func TestEveryRecordAsEveryVisitor(t *testing.T) {
	w := worldtest.Chatou(t, towntest.New(t, db.SQLite))
	ids, h := records(t, w), build(t, w.Town.Town)
	cookies := map[string][]*http.Cookie{}
	for _, login := range visitors[1:] {
		cookies[login] = ask(h, "POST", "/connexion", url.Values{"identifiant": {login}, "mot_de_passe": {worldtest.Password}}.Encode(), nil).Cookies()
	}
	rows := map[string][]string{}
	for line := range strings.Lines(scopes) {
		if f := strings.Fields(line); len(f) > 0 {
			rows[f[0]+" "+f[1]] = f[2:]
		}
	}
	for _, r := range h.Routes() {
		if !strings.Contains(strings.TrimSuffix(r.Path, "{$}"), "{") || r.Path == "/static/{file}" {
			continue
		}
		route := r.Method + " " + r.Path
		address, form := r.Path, sent[route]
		if name, ok := instead[route]; ok {
			address = strings.ReplaceAll(address, "{enrolment}", w.Enrolment[name])
		}
		for name, id := range ids {
			address, form = strings.ReplaceAll(address, "{"+name+"}", id), strings.ReplaceAll(form, "{"+name+"}", id)
		}
		if strings.Contains(address, "{") {
			t.Errorf("%s names a record that this test does not have", route)
			continue
		}
		var got []string
		for _, login := range visitors {
			before := state(t, w)
			answer := ask(h, r.Method, address, strings.ReplaceAll(form, "{visitor}", login), cookies[login])
			got = append(got, strconv.Itoa(answer.StatusCode))
			if after := state(t, w); answer.StatusCode >= 400 && after != before {
				t.Errorf("%s as %q answers %d and changes something", route, login, answer.StatusCode)
			}
		}
		if !slices.Equal(got, rows[route]) {
			t.Errorf("%-4s %-62s %s\n(in the table: %s)", r.Method, r.Path, strings.Join(got, " "), strings.Join(rows[route], " "))
		}
		delete(rows, route)
	}
	for route := range rows {
		t.Errorf("%s is in the table and no longer a route", route)
	}
}

// ask sends one request to the house, as a page of the town would.
func ask(h *house.House, method, address, form string, cookies []*http.Cookie) *http.Response {
	r := httptest.NewRequest(method, "http://essai.example"+address, strings.NewReader(form))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer.Result()
}

// state is a measure of what the town holds: any act adds a row, to the journal at least.
func state(t *testing.T, w *worldtest.World) (n int64) {
	t.Helper()
	w.Read(func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM audit_entries) + (SELECT count(*) FROM bookings) + (SELECT count(*) FROM booking_events) +
			(SELECT count(*) FROM submissions) + (SELECT count(*) FROM enrolments) + (SELECT count(*) FROM closures) + (SELECT count(*) FROM holds) +
			(SELECT count(*) FROM messages) + (SELECT count(*) FROM jobs) + (SELECT count(*) FROM calendar_feeds)`).Scan(&n)
	})
	return n
}
