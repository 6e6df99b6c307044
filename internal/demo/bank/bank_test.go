package bank_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/demo/bank"
	"preau/internal/paybox"
)

var now = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

// call is one that the bank made.
type call struct{ method, address, body string }

// desk is a bank whose calls are kept, and are answered with the statuses given, the last again and again.
func desk(t *testing.T, statuses ...int) (*bank.Paybox, *[]call) {
	t.Helper()
	var calls []call
	b, err := bank.NewPaybox("http://banque.example", func(_ context.Context, method, address, body string) (int, error) {
		calls = append(calls, call{method, address, body})
		return statuses[min(len(calls), len(statuses))-1], nil
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return b, &calls
}

func form(t *testing.T, change func(*paybox.Order)) []paybox.Field {
	t.Helper()
	key, err := paybox.ParseKey(bank.KeyHex)
	if err != nil {
		t.Fatal(err)
	}
	o := paybox.Order{Contract: bank.Contract, Total: 4217, Reference: "F-1", Email: "claire@famille.example", At: now,
		Notify: "https://essai.example/paiement/paybox/notification", Done: "https://essai.example/espace/paiements/1?retour=effectue", Cancelled: "https://essai.example/a"}
	if change != nil {
		change(&o)
	}
	fields, err := o.Form(key)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// The form is refused for what the real one refuses.
func TestWhatTheFormMustBe(t *testing.T) {
	b, _ := desk(t, 200)
	good := form(t, nil)
	for what, fields := range map[string][]paybox.Field{
		"a field of ours, such as a token":   append(form(t, nil), paybox.Field{Name: "csrf", Value: "x"}),
		"two fields that changed places":     append([]paybox.Field{good[1], good[0]}, good[2:]...),
		"a field that is gone":               good[1:],
		"no signature":                       good[:len(good)-1],
		"another site":                       form(t, func(o *paybox.Order) { o.Site = "1999889" }),
		"an amount changed in the browser":   changed(good, "PBX_TOTAL", "001"),
		"a reference changed in the browser": changed(good, "PBX_CMD", "F-2"),
	} {
		var why *bank.Refusal
		if _, err := b.Receive(paybox.Encode(fields)); !errors.As(err, &why) || why.Code != "00006" {
			t.Errorf("%s: %v", what, err)
		}
	}
	o, err := b.Receive(paybox.Encode(good))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Decide(t.Context(), o.ID, bank.Accept); err != nil {
		t.Fatal(err)
	}
	var why *bank.Refusal
	if _, err := b.Receive(paybox.Encode(good)); !errors.As(err, &why) || why.Code != "00015" {
		t.Errorf("a reference that was paid: %v", err)
	}
}

func changed(fields []paybox.Field, name, value string) []paybox.Field {
	var out []paybox.Field
	for _, f := range fields {
		if f.Name == name {
			f.Value = value
		}
		out = append(out, f)
	}
	return out
}

// The town is called until it answers 2xx, three times at most, and all that is said is signed.
func TestWhatTheBankSays(t *testing.T) {
	for what, c := range map[string]struct {
		post     bool
		statuses []int
		calls    int
	}{
		"the town answers":            {false, []int{204}, 1},
		"by POST":                     {true, []int{200}, 1},
		"the town redirects at first": {false, []int{302, 200}, 2},
		"the town is down":            {false, []int{0}, 3},
	} {
		b, calls := desk(t, c.statuses...)
		keys, err := paybox.ParseKeys(b.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		o, err := b.Receive(paybox.Encode(form(t, func(o *paybox.Order) { o.Post = c.post })))
		if err != nil {
			t.Fatal(err)
		}
		back, err := b.Decide(t.Context(), o.ID, bank.Accept)
		if err != nil || len(*calls) != c.calls {
			t.Fatalf("%s: %d calls, %v", what, len(*calls), err)
		}
		first := (*calls)[0]
		raw := first.body
		if !c.post {
			_, raw, _ = strings.Cut(first.address, "?")
		}
		left, err := paybox.Verify([]byte(raw), keys)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		n, err := paybox.ReadNotice(left)
		if err != nil || n.Outcome() != paybox.Paid || n.Total != 4217 || n.Reference != "F-1" || n.Call == "" || n.Transaction == "" {
			t.Errorf("%s: %+v, %v", what, n, err)
		}
		_, query, _ := strings.Cut(back, "?")
		if _, err := paybox.Verify([]byte(query), keys); err != nil || !strings.HasPrefix(query, "retour=effectue&") {
			t.Errorf("%s: what the browser brings back is not signed whole: %s", what, back)
		}
	}
	b, calls := desk(t, 200)
	o, err := b.Receive(paybox.Encode(form(t, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := b.Decide(t.Context(), o.ID, bank.Cancel); err != nil || len(*calls) != 0 || !strings.HasPrefix(back, "https://essai.example/a?") {
		t.Errorf("who gives up makes no notification: %v, %s, %v", *calls, back, err)
	}
}

// The pages work by themselves: the form is posted, a button is pressed, the browser goes back.
func TestPages(t *testing.T) {
	b, calls := desk(t, 200)
	p := bank.NewPayFiP("http://banque.example/tpa", func(context.Context, string, string, string) (int, error) { return 200, nil }, func() time.Time { return now })
	ask := func(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask(b, "POST", "/cgi/FramepagepaiementRWD.cgi", "a=b"); w.Code != 403 {
		t.Error(w.Code)
	}
	if w := ask(b, "POST", "/cgi/FramepagepaiementRWD.cgi", paybox.Encode(form(t, nil))); w.Code != 200 || !strings.Contains(w.Body.String(), "Payer 42,17") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	id := b.Orders()[0].ID
	if w := ask(b, "POST", "/paiement/"+id, "reponse=attente&sans_retour=oui"); w.Code != 200 || len(*calls) != 1 {
		t.Error(w.Code)
	}
	if w := ask(b, "GET", "/", ""); !strings.Contains(w.Body.String(), "En attente de la banque") {
		t.Error(w.Body)
	}
	if w := ask(b, "POST", "/paiement/"+id, "reponse=paye"); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "https://essai.example/espace/paiements/1?retour=effectue&montant=4217") {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	if w := ask(b, "POST", "/paiement/nobody", "reponse=paye"); w.Code != 404 {
		t.Error(w.Code)
	}
	if w := ask(b, "GET", "/banque.css", ""); w.Code != 200 || w.Body.Len() == 0 {
		t.Error(w.Code)
	}
	if w := ask(p, "GET", "/tpa/paiementws.web?idop=x", ""); w.Code != 404 {
		t.Error(w.Code)
	}
	status, envelope := p.Answer(`<Envelope><Body><creerPaiementSecurise><arg0><numcli>006270</numcli><exer>2026</exer><refdet>F20260001</refdet><montant>4217</montant><mel>a@b.example</mel><saisie>T</saisie><urlnotif>https://e/n</urlnotif><urlredirect>https://e/r</urlredirect></arg0></creerPaiementSecurise></Body></Envelope>`)
	if status != 200 {
		t.Fatal(envelope)
	}
	op := p.Operations()[0].ID
	if w := ask(p, "GET", "/tpa/paiementws.web?idop="+op, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "F20260001") {
		t.Error(w.Code)
	}
	if w := ask(p, "POST", "/tpa/paiementws.web", url.Values{"idop": {op}, "resultat": {"V"}}.Encode()); w.Code != 303 || w.Header().Get("Location") != "https://e/r?idop="+op {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	if w := ask(p, "GET", "/tpa/paiementws.web?idop="+op, ""); w.Code != 403 {
		t.Errorf("a payment serves once: %d", w.Code)
	}
}
