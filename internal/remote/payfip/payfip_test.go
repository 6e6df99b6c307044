package payfip_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"preau/internal/demo/bank"
	"preau/internal/payfip"
	client "preau/internal/remote/payfip"
)

var now = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

func quiet() *client.Client { return client.New(slog.New(slog.DiscardHandler), nil) }

func service(t *testing.T) *bank.PayFiP {
	t.Helper()
	var b *bank.PayFiP
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	b = bank.NewPayFiP(server.URL+"/tpa", func(context.Context, string, string, string) (int, error) { return 200, nil }, func() time.Time { return now })
	return b
}

func order() payfip.Order {
	return payfip.Order{Client: bank.ClientNumber, Year: 2026, Debt: "F2026000123T1", Subject: "Facture F2026-000123", Total: 4217, Email: "claire@famille.example",
		Mode: payfip.Test, Notify: "https://essai.example/n", Redirect: "https://essai.example/r"}
}

func TestAPayment(t *testing.T) {
	b, c := service(t), quiet()
	id, err := c.Create(t.Context(), b.Base(), order())
	if err != nil {
		t.Fatal(err)
	}
	if got := client.Page("https://www.payfip.gouv.fr/tpa", id); got != "https://www.payfip.gouv.fr/tpa/paiementws.web?idop="+id {
		t.Error(got)
	}
	wantCode(t, "before an answer", "P5", func() error { _, err := c.Payment(t.Context(), b.Base(), id); return err })
	b.Settle(id, "P")
	p, err := c.Payment(t.Context(), b.Base(), id)
	if err != nil || p.Result != "P" || p.Total != 4217 || p.Debt != "F2026000123T1" || p.Client != bank.ClientNumber || p.Operation != id || p.Authorisation == "" {
		t.Errorf("%+v, %v", p, err)
	}
	wantCode(t, "the identifier in capitals is another one", "P1", func() error {
		_, err := c.Payment(t.Context(), b.Base(), strings.ToUpper(id))
		return err
	})
	b.Purge(id)
	wantCode(t, "after the nightly clean-up", "P1", func() error { _, err := c.Payment(t.Context(), b.Base(), id); return err })
	if lines, err := c.Who(t.Context(), b.Base(), bank.ClientNumber); err != nil || len(lines) != 2 || lines[0] != "VILLE DE CHATOU" {
		t.Errorf("%v, %v", lines, err)
	}
	wantCode(t, "another client", "T2", func() error { _, err := c.Who(t.Context(), b.Base(), "000001"); return err })
	b.Fail("999")
	wantCode(t, "a technical failure", "999", func() error { _, err := c.Create(t.Context(), b.Base(), order()); return err })
	o := order()
	o.Client = "000001"
	wantCode(t, "an unknown client", "T2", func() error { _, err := c.Create(t.Context(), b.Base(), o); return err })
	o.Total = 99
	if _, err := c.Create(t.Context(), b.Base(), o); err == nil {
		t.Error("99 cents are sent")
	}
}

func wantCode(t *testing.T, what, code string, call func() error) {
	t.Helper()
	var f *payfip.Fault
	if err := call(); !errors.As(err, &f) || f.Code != code {
		t.Errorf("%s: %v, want the fault %s", what, err, code)
	}
}

func TestAServiceThatIsAway(t *testing.T) {
	for what, body := range map[string]string{"a page": "<html><p>Maintenance</p></html>", "nothing": ""} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(body))
		}))
		_, err := quiet().Payment(t.Context(), server.URL, "cc0cb210-1cd4-11ea-8cca-0213ad91a103")
		if err == nil || payfip.Read(payfip.Payment{}, err, time.Hour) != payfip.Unclear {
			t.Errorf("%s: %v", what, err)
		}
		server.Close()
	}
	if _, err := quiet().Payment(t.Context(), "http://payfip.example", "x"); err == nil {
		t.Error("a question leaves in clear text")
	}
}
