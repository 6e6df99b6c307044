package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"preau/internal/api"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/worldtest"
)

// house is the interface of the world's town.
type house struct {
	*signintest.House
	w *worldtest.World
	t *testing.T
}

func start(t *testing.T, tn *towntest.Town) *house {
	h := signintest.New(t, tn, func(s *web.Server, _ *signin.Door) { api.Routes(s) })
	return &house{h, worldtest.Chatou(t, tn), t}
}

// key makes a token and gives its secret.
func (h *house) key(until string, scopes ...staff.Scope) (id, secret string) {
	h.t.Helper()
	n := staff.NewToken{Name: "Essai", AgentID: h.w.Direction.ID, Scopes: scopes}
	if until != "" {
		n.Until = civil.MustParse(until)
	}
	h.Write(func(tx *db.Tx) error {
		k, s, err := staff.IssueToken(h.t.Context(), tx, staff.Agent{}, n, h.Loc)
		id, secret = k.ID, s
		return err
	})
	return id, secret
}

// ask sends one request and reads its JSON.
func (h *house) ask(method, path, secret, body string) (status int, out map[string]any) {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = signintest.Host
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	h.Server.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		h.t.Fatalf("%s %s: %d, not JSON: %v: %.200s", method, path, w.Code, err, w.Body)
	}
	return w.Code, out
}

func TestWhoMayAsk(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		tn.SetClock("2026-12-01T10:00")
		h := start(t, tn)
		id, secret := h.key("2026-12-31", staff.CountsRead)
		for _, c := range []struct {
			name, secret string
			want         int
		}{
			{"nobody", "", http.StatusUnauthorized},
			{"an invented key", "preau_" + strings.Repeat("x", 43), http.StatusUnauthorized},
			{"something else", "Robert'); DROP TABLE api_tokens;--", http.StatusUnauthorized},
			{"a key that holds", secret, http.StatusOK},
		} {
			if got, out := h.ask(http.MethodGet, "/api/v1/reference", c.secret, ""); got != c.want {
				t.Errorf("%s: %d %v", c.name, got, out)
			}
		}
		tn.SetClock("2026-12-31T23:59")
		if got, _ := h.ask(http.MethodGet, "/api/v1/reference", secret, ""); got != http.StatusOK {
			t.Errorf("on its last day: %d", got)
		}
		tn.SetClock("2027-01-01T00:00")
		if got, _ := h.ask(http.MethodGet, "/api/v1/reference", secret, ""); got != http.StatusUnauthorized {
			t.Errorf("the day after its last: %d", got)
		}
		tn.SetClock("2026-12-02T10:00")
		_, wide := h.key("", staff.CountsRead, staff.PaymentsRead)
		for role, want := range map[staff.Role]int{staff.Instruction: http.StatusForbidden, staff.Direction: http.StatusOK} {
			h.Write(func(tx *db.Tx) error { // who answers for the key changes posts
				_, err := tx.Exec(t.Context(), `UPDATE agents SET role = $2 WHERE id = $1`, h.w.Direction.ID, string(role))
				return err
			})
			if got, out := h.ask(http.MethodGet, "/api/v1/payments", wide, ""); got != want {
				t.Errorf("payments, for an agent of %s: %d %v", role, got, out)
			}
			if got, out := h.ask(http.MethodGet, "/api/v1/counts?day=2026-12-02", wide, ""); got != http.StatusOK {
				t.Errorf("counts, for an agent of %s: %d %v", role, got, out)
			}
		}
		h.Write(func(tx *db.Tx) error { return staff.RevokeToken(t.Context(), tx, h.w.Direction, id) })
		if got, _ := h.ask(http.MethodGet, "/api/v1/reference", secret, ""); got != http.StatusUnauthorized {
			t.Errorf("revoked: %d", got)
		}
	})
}

func TestReference(t *testing.T) {
	h := start(t, towntest.New(t, "sqlite"))
	_, secret := h.key("", staff.CountsRead)
	_, out := h.ask(http.MethodGet, "/api/v1/reference", secret, "")
	text := db.JSON(out)
	for _, part := range []string{`"code":"ROSTAND"`, `"code":"CANTINE"`, `"code":"REPAS"`, `"starts":"11:45"`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %.400s", part, text)
		}
	}
}

// The description names every operation and how to prove who asks, and nobody needs a key to read it.
func TestDescription(t *testing.T) {
	h := start(t, towntest.New(t, "sqlite"))
	status, out := h.ask(http.MethodGet, "/api/openapi.json", "", "")
	paths, _ := out["paths"].(map[string]any)
	if status != http.StatusOK || out["openapi"] != "3.1.0" {
		t.Fatalf("%d %v", status, out["openapi"])
	}
	for _, r := range h.Server.Routes() {
		if strings.HasPrefix(r.Access, "token:") && paths[r.Path] == nil {
			t.Errorf("%s %s is not described", r.Method, r.Path)
		}
	}
}

// What a badge reader says is kept once, entry by entry, and each that cannot be is told why.
func TestSayWhoCame(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		tn.SetClock("2026-12-07T18:00")
		h := start(t, tn)
		_, secret := h.key("", staff.AttendanceWrite)
		_, other := h.key("", staff.CountsRead)
		entry := func(id, child, site, option, came string) string {
			return `{"id":"` + id + `","child":"` + child + `","activity":"SOIR","site":"` + site + `","option":"` + option + `","day":"2026-12-07","came":"` + came +
				`","arrived":"16:32","at":"2026-12-07T16:32:00+01:00"}`
		}
		one := entry("badge-000000000001", h.w.Leo.Reference, "SABINETTES", "SOIR", "present")
		body := `{"entries":[` + one + "," + entry("badge-000000000002", "inconnu", "SABINETTES", "SOIR", "present") + "," +
			strings.Replace(entry("badge-000000000005", h.w.Leo.Reference, "SABINETTES", "SOIR", "present"), "16:32", "27:30", 1) + "," +
			entry("badge-000000000003", h.w.Antoine.Reference, "LOISIRS", "", "present") + "," + entry("badge-000000000004", h.w.Antoine.Reference, "ROSTAND", "REPAS", "present") + `]}`
		if status, _ := h.ask(http.MethodPost, "/api/v1/attendance", other, body); status != http.StatusForbidden {
			t.Errorf("a key for something else: %d", status)
		}
		for _, want := range []string{"recorded", "already"} {
			status, out := h.ask(http.MethodPost, "/api/v1/attendance", secret, body)
			text := db.JSON(out)
			if status != http.StatusOK || !strings.Contains(text, `"id":"badge-000000000001","result":"`+want+`"`) || strings.Count(text, `"result":"refused"`) != 4 || !strings.Contains(text, "L’heure d’arrivée n’existe pas") ||
				!strings.Contains(text, "Aucun enfant") || !strings.Contains(text, "établissements") || !strings.Contains(text, "Aucune formule") {
				t.Errorf("%d %s, want the first %s", status, text, want)
			}
		}
		h.Read(func(tx *db.Tx) error {
			facts, err := attendance.Facts(t.Context(), tx, []string{h.w.Claire.HouseholdID, h.w.Karim.HouseholdID}, civil.Range{From: civil.MustParse("2026-12-07"), To: civil.MustParse("2026-12-07")})
			if len(facts) != 1 || facts[0].Outcome() != attendance.Unannounced || facts[0].Arrived == nil || facts[0].Arrived.String() != "16:32" {
				t.Errorf("facts %+v", facts)
			}
			return err
		})
		_, out := h.ask(http.MethodGet, "/api/v1/counts?day=2026-12-07", other, "")
		if got, want := db.JSON(out["counts"]), `[{"absent":0,"activity":"SOIR","booked":0,"menu":"standard","option":"SOIR","present":1,"site":"SABINETTES","unannounced":1}]`; got != want {
			t.Errorf("counts %s", got)
		}
		for _, bad := range []string{"", "?day=", "?day=2026-02-30", "?day=hier"} {
			if status, _ := h.ask(http.MethodGet, "/api/v1/counts"+bad, other, ""); status != http.StatusUnprocessableEntity {
				t.Errorf("counts%s: %d", bad, status)
			}
		}
		for _, bad := range []string{`{"entries":[]}`, `{"entries":[{}]}`, `{`, `{"entries":[` + strings.Replace(one, "present", "perhaps", 1) + `]}`, strings.Repeat("[", 100000)} {
			if status, out := h.ask(http.MethodPost, "/api/v1/attendance", secret, bad); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
				t.Errorf("%.60s: %d %v", bad, status, out)
			}
		}
	})
}

// The accounts read what came in by pages, a reversal as one more line, and nothing twice.
func TestPaymentsByPages(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		tn.SetClock("2026-12-07T18:00")
		h := start(t, tn)
		_, secret := h.key("", staff.PaymentsRead, staff.InvoicesRead)
		day := civil.MustParse("2026-12-07")
		h.Write(func(tx *db.Tx) error {
			for i, cents := range []money.Cents{1000, 2550} {
				r, err := till.Record(t.Context(), tx, till.Take{HouseholdID: h.w.Claire.HouseholdID, PayerName: "Claire Martin", Means: till.Transfer, Cents: cents,
					Source: "essai:" + strconv.Itoa(i), Reference: "VIR " + strconv.Itoa(i), Day: day, By: h.w.Direction.Actor()})
				if err != nil {
					return err
				}
				if i == 1 {
					_, err = till.Void(t.Context(), tx, r.ID, "Saisi deux fois", h.w.Direction.Actor(), day)
					return err
				}
			}
			return nil
		})
		var got []string
		after := ""
		for range 5 {
			status, out := h.ask(http.MethodGet, "/api/v1/payments?limit=2&after="+after, secret, "")
			if status != http.StatusOK {
				t.Fatalf("%d %v", status, out)
			}
			list, _ := out["payments"].([]any)
			for _, p := range list {
				p, _ := p.(map[string]any)
				got = append(got, db.JSON(p["cents"]))
			}
			after, _ = out["after"].(string)
		}
		if text := strings.Join(got, " "); text != "1000 2550 -2550" {
			t.Errorf("received %s", text)
		}
		if status, _ := h.ask(http.MethodGet, "/api/v1/payments?after=unknown", secret, ""); status != http.StatusNotFound {
			t.Errorf("an unknown page: %d", status)
		}
		h.Write(func(tx *db.Tx) error { // who answers for the key is limited to a school from now on
			_, err := tx.Exec(t.Context(), `INSERT INTO agent_sites (agent_id, site_id) VALUES ($1, $2)`, h.w.Direction.ID, h.w.Site["ROSTAND"])
			return err
		})
		for _, path := range []string{"/api/v1/payments", "/api/v1/invoices"} {
			if status, _ := h.ask(http.MethodGet, path, secret, ""); status != http.StatusForbidden {
				t.Errorf("%s for an agent of one school: %d", path, status)
			}
		}
		h.Write(func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), `DELETE FROM agent_sites`); return err })
		if status, out := h.ask(http.MethodGet, "/api/v1/invoices", secret, ""); status != http.StatusOK || db.JSON(out["invoices"]) != "[]" {
			t.Errorf("invoices of a town that issued none: %d %v", status, out)
		}
	})
}
