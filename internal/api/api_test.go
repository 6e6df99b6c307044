package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"preau/internal/api"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
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
