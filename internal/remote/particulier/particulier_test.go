package particulier_test

import (
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/remote/particulier"
)

//go:embed testdata/*.yaml
var sandbox embed.FS

// payload is one official answer of the sandbox: what must have been asked, and what is answered.
type payload struct {
	name   string
	params url.Values
	status int
	body   string
}

// readPayload reads the little of YAML that the files are made of.
func readPayload(t *testing.T, name string, text string) payload {
	t.Helper()
	p := payload{name: name, params: url.Values{}}
	head, body, ok := strings.Cut(text, "payload: |-\n")
	_, params, okParams := strings.Cut(head, "params:\n")
	if !ok || !okParams {
		t.Fatalf("%s: no payload", name)
	}
	p.body = body
	key := ""
	unquote := func(s string) string { return strings.Trim(strings.TrimSpace(s), `'"`) }
	for _, line := range strings.Split(params, "\n") {
		word := strings.TrimSpace(line)
		if value, ok := strings.CutPrefix(word, "- "); ok {
			p.params.Add(key, unquote(value))
			continue
		}
		name, value, ok := strings.Cut(word, ":")
		switch {
		case !ok:
		case name == "status":
			p.status, _ = strconv.Atoi(strings.TrimSpace(value))
		case strings.TrimSpace(value) == "":
			key = name + "[]"
		default:
			p.params.Set(name, unquote(value))
		}
	}
	if p.status == 0 {
		t.Fatalf("%s: no status", name)
	}
	return p
}

// service answers as the sandbox does: the payload whose parameters are all asked, the most precise first, else not found.
func service(t *testing.T) (particulier.Access, map[string]payload) {
	t.Helper()
	all := map[string]payload{}
	names, err := fs.Glob(sandbox, "testdata/*.yaml")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d payloads, %v", len(names), err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(sandbox, name)
		if err != nil {
			t.Fatal(err)
		}
		short := strings.TrimSuffix(strings.TrimPrefix(name, "testdata/"), ".yaml")
		all[short] = readPayload(t, short, string(text))
	}
	say := func(w http.ResponseWriter, status int, code string) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"errors":[{"code":"` + code + `","title":"x","detail":"Le paramètre est obligatoire","source":null,"meta":{}}]}`))
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.URL.Path != "/v3/dss/quotient_familial/identite":
			say(w, 404, "00000")
		case r.Header.Get("Authorization") == "Bearer ended":
			say(w, 401, "00103")
		case r.Header.Get("Authorization") == "Bearer narrow":
			say(w, 403, "00100")
		case r.Header.Get("Authorization") == "Bearer twice":
			say(w, 409, "00015")
		case r.Header.Get("Authorization") == "Bearer odd":
			_, _ = w.Write([]byte(`{"data":{"adresse":{}}}`))
		case len(q.Get("recipient")) != 14:
			say(w, 422, "00203")
		default:
			var best payload
			for _, p := range all {
				if len(p.params) > len(best.params) && asks(q, p.params) {
					best = p
				}
			}
			if best.status == 0 {
				best = all["404"]
			}
			if best.status == 429 {
				w.Header().Set("RateLimit-Reset", "42")
			}
			w.WriteHeader(best.status)
			_, _ = w.Write([]byte(best.body))
		}
	}))
	t.Cleanup(s.Close)
	return particulier.Access{Base: s.URL, Token: "good", Recipient: "21780146000011"}, all
}

func asks(q, params url.Values) bool {
	for name, values := range params {
		if !slices.Equal(q[name], values) {
			return false
		}
	}
	return true
}

// person is who a payload is about.
func person(p payload) particulier.Person {
	number := func(name string) int { n, _ := strconv.Atoi(p.params.Get(name)); return n }
	out := particulier.Person{BirthName: p.params.Get("nomNaissance"), FirstNames: p.params["prenoms[]"], Sex: p.params.Get("sexeEtatCivil"),
		BirthCountry: p.params.Get("codeCogInseePaysNaissance"), BirthCommune: p.params.Get("codeCogInseeCommuneNaissance")}
	if year := number("anneeDateNaissance"); year > 0 {
		out.BornOn = civil.New(year, time.Month(number("moisDateNaissance")), max(1, number("jourDateNaissance")))
	}
	return out
}

func TestTheOfficialSandbox(t *testing.T) {
	access, all := service(t)
	c := particulier.New(slog.New(slog.DiscardHandler))
	for _, x := range []struct {
		payload string
		month   string
		want    particulier.Quotient
		cause   particulier.Cause
		says    string
	}{
		{"200-identite-cas-nominal", "", particulier.Quotient{Provider: "CNAF", Value: 2550_00, Month: civil.Month{Year: 2023, Month: 6}}, "", ""},
		{"200-couple-2_enfants-qf_msa_150_mai23", "2023-05", particulier.Quotient{Provider: "MSA", Value: 150_00, Month: civil.Month{Year: 2023, Month: 5}}, "", ""},
		{"404", "", particulier.Quotient{}, particulier.NotFound, "Ni la CAF ni la MSA"},
		{"404-identite-cas-limite-erreur-phonetique", "", particulier.Quotient{}, particulier.NotFound, "Vérifiez le nom de naissance"},
		{"429", "", particulier.Quotient{}, particulier.TooMany, "dans 42 secondes"},
		{"502", "", particulier.Quotient{}, particulier.Elsewhere, "ne répond pas"},
		{"504", "", particulier.Quotient{}, particulier.Elsewhere, "ne répond pas"},
	} {
		var month civil.Month
		if x.month != "" {
			month, _ = civil.ParseMonth(x.month)
		}
		got, err := c.Quotient(t.Context(), access, person(all[x.payload]), month)
		var refusal *particulier.Refusal
		switch errors.As(err, &refusal); {
		case x.cause == "" && (err != nil || got != x.want):
			t.Errorf("%s: %+v, %v", x.payload, got, err)
		case x.cause != "" && (refusal == nil || refusal.Cause != x.cause || !strings.Contains(refusal.Words(), x.says)):
			t.Errorf("%s: %v", x.payload, err)
		}
	}
	abroad, err := c.Quotient(t.Context(), access, person(all["200-identite-cas-etranger"]), civil.Month{})
	if err != nil || abroad.Value == 0 {
		t.Errorf("born abroad: %+v, %v", abroad, err)
	}
}

func TestAnAccessThatIsRefused(t *testing.T) {
	access, all := service(t)
	c := particulier.New(slog.New(slog.DiscardHandler))
	who := person(all["200-identite-cas-nominal"])
	for token, cause := range map[string]particulier.Cause{"ended": particulier.NotAllowed, "narrow": particulier.NotAllowed, "twice": particulier.Again, "odd": particulier.Unknown} {
		a := access
		a.Token = token
		_, err := c.Quotient(t.Context(), a, who, civil.Month{})
		var refusal *particulier.Refusal
		if !errors.As(err, &refusal) || refusal.Cause != cause || refusal.Words() == "" || strings.Contains(err.Error(), who.BirthName) {
			t.Errorf("%s: %v", token, err)
		}
	}
	access.Recipient = "1"
	var refusal *particulier.Refusal
	if _, err := c.Quotient(t.Context(), access, who, civil.Month{}); !errors.As(err, &refusal) || refusal.Cause != particulier.Wrong || refusal.Code != "00203" {
		t.Errorf("without a recipient: %v", err)
	}
	if got := (particulier.Person{BirthCountry: "99100"}).Lacks(); len(got) != 5 {
		t.Errorf("lacks %q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(200, []byte(`{"data":{"quotient_familial":{"fournisseur":"CNAF","valeur":650,"annee":2026,"mois":9}}}`))
	f.Add(404, []byte(`{"errors":[{"code":"37003"}]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		q, err := particulier.Read(status, http.Header{}, body)
		if err == nil && (status != 200 || q.Value < 0 || q.Month.Year == 0) {
			t.Fatalf("%d %q read as %+v", status, body, q)
		}
	})
}
