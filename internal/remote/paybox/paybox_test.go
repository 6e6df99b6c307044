package paybox_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"preau/internal/demo/bank"
	"preau/internal/paybox"
	client "preau/internal/remote/paybox"
)

var now = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

func quiet() *client.Client { return client.New(slog.New(slog.DiscardHandler), nil) }

// place is one of the bank's servers.
type place struct {
	*httptest.Server
	body  atomic.Value
	asked atomic.Int64
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{}
	p.body.Store("OK")
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		body, _ := p.body.Load().(string)
		if body == "failure" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write([]byte(`<div id="server_status">` + body + `</div>`))
	}))
	t.Cleanup(p.Close)
	return p
}

func TestTheFirstServerThatWorks(t *testing.T) {
	first, second := newPlace(t), newPlace(t)
	servers := []string{first.URL, second.URL}
	c := quiet()
	at := now
	want := func(what, want string) {
		t.Helper()
		got, err := c.Server(t.Context(), at, servers)
		if want == "" && !errors.Is(err, client.ErrAway) || want != "" && (err != nil || got != want) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	want("both work", first.URL)
	first.body.Store("KO")
	at = now.Add(59 * time.Second)
	want("what a server said is believed for a minute", first.URL)
	at = now.Add(61 * time.Second)
	want("the first says no", second.URL)
	second.body.Store("failure")
	at = now.Add(3 * time.Minute)
	want("neither works", "")
	asked := second.asked.Load()
	want("neither is asked again at once", "")
	if second.asked.Load() != asked {
		t.Error("a server that is away is asked by every visitor")
	}
	first.body.Store("OK")
	at = at.Add(16 * time.Second)
	want("the first is back", first.URL)
	first.Close()
	second.body.Store("OK")
	at = at.Add(2 * time.Minute)
	want("the first does not answer at all", second.URL)
	servers = nil
	want("there is no server", "")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Server(gone, at.Add(2*time.Minute), []string{second.URL}); !errors.Is(err, client.ErrAway) {
		t.Error(err)
	}
	if got, err := c.Server(t.Context(), at.Add(2*time.Minute), []string{second.URL}); err != nil || got == "" {
		t.Errorf("a visitor who left has spoken for the bank: %v", err)
	}
}

// order has a payment of 42,17 € accepted by a bank of its own, and gives both.
func order(t *testing.T) (*bank.Paybox, string, paybox.Question, []byte) {
	t.Helper()
	var b *bank.Paybox
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	b, err := bank.NewPaybox(server.URL, func(context.Context, string, string, string) (int, error) { return 200, nil }, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	key, err := paybox.ParseKey(bank.KeyHex)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := paybox.Order{Contract: bank.Contract, Total: 4217, Reference: "F-1", Email: "claire@famille.example", At: now}.Form(key)
	if err != nil {
		t.Fatal(err)
	}
	o, err := b.Receive(paybox.Encode(fields))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Decide(t.Context(), o.ID, bank.Accept); err != nil {
		t.Fatal(err)
	}
	return b, server.URL + "/PPPS.php", paybox.Question{Contract: bank.Contract, Type: paybox.Refund, Number: 1, Total: 2000, Reference: "F-1",
		Call: o.Call, Transaction: o.Transaction, At: now}, key
}

func TestRefunds(t *testing.T) {
	b, address, q, key := order(t)
	c := quiet()
	ask := func(what string, q paybox.Question, want string) {
		t.Helper()
		r, err := c.Ask(t.Context(), []string{address}, key, q)
		if err != nil || r.Code != want {
			t.Errorf("%s: %+v, %v; want %s", what, r, err, want)
		}
	}
	ask("a part", q, "00000")
	ask("the same question again", q, "00039")
	q.Number, q.Total = 2, 2218
	ask("more than is left", q, "00011")
	q.Total = 2217
	ask("the rest", q, "00000")
	if r := b.Refunds(); len(r) != 2 || r[0].Total+r[1].Total != 4217 {
		t.Errorf("%+v", r)
	}
	other := q
	other.Number, other.Transaction = 3, "1"
	ask("a transaction that is not there", other, "00018")
	q.Type, q.Number = paybox.Inquiry, 4
	if r, err := c.Ask(t.Context(), []string{"http://127.0.0.1:1/PPPS.php", address}, key, q); err != nil || r.Status != "Capturé" {
		t.Errorf("an inquiry, at the second address: %+v, %v", r, err)
	}
	q.Number = 5
	if r, err := c.Ask(t.Context(), []string{address}, []byte("another key"), q); err != nil || r.Code != "00006" {
		t.Errorf("with another key: %+v, %v", r, err)
	}
}

// A refund whose answer is lost is not asked for elsewhere: it may have been done.
func TestARefundIsNotAskedTwice(t *testing.T) {
	b, address, q, key := order(t)
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = connection.Close()
		}
	}))
	defer silent.Close()
	if _, err := quiet().Ask(t.Context(), []string{silent.URL, address}, key, q); !errors.Is(err, client.ErrUnsure) {
		t.Error(err)
	}
	if len(b.Refunds()) != 0 {
		t.Error("it was asked for again")
	}
	if r, err := quiet().Ask(t.Context(), []string{"http://127.0.0.1:1/", address}, key, q); err != nil || r.Code != "00000" {
		t.Errorf("a server that cannot be reached was asked nothing: %+v, %v", r, err)
	}
	if _, err := quiet().Ask(t.Context(), []string{"http://bank.example/"}, key, q); err == nil {
		t.Error("a question leaves in clear text")
	}
}

// What failed inside the bank may have been done: nobody says that it was refused, and a server that is away settles nothing.
func TestAServerThatFails(t *testing.T) {
	_, address, q, key := order(t)
	answers := func(code string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("CODEREPONSE=" + code)) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	for _, code := range []string{"00001", "00003"} {
		if _, err := quiet().Ask(t.Context(), []string{answers(code), "http://127.0.0.1:1/"}, key, q); !errors.Is(err, client.ErrUnsure) {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, code := range []string{"00097", "00098", "00099", "00039"} {
		if r, err := quiet().Ask(t.Context(), []string{answers(code), address}, key, q); err != nil || r.Code != code || !r.Unsure() {
			t.Errorf("%s: %+v, %v", code, r, err)
		}
		inquiry := q
		inquiry.Type = paybox.Inquiry
		if r, err := quiet().Ask(t.Context(), []string{answers(code), address}, key, inquiry); err != nil || r.Code != "00000" {
			t.Errorf("an inquiry, %s: %+v, %v", code, r, err)
		}
		if _, err := quiet().Ask(t.Context(), []string{answers(code)}, key, inquiry); !errors.Is(err, client.ErrUnsure) { // it is not away
			t.Errorf("an inquiry that one server alone answers with %s: %v", code, err)
		}
	}
	if r, err := quiet().Ask(t.Context(), []string{answers("00001"), address}, key, q); err != nil || r.Code != "00000" || r.Unsure() {
		t.Errorf("the second server does it: %+v, %v", r, err)
	}
}
