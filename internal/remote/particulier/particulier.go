// Package particulier asks API Particulier (v3) for the quotient familial of a person, from the CAF or the MSA.
//
// A town needs an authorisation (DataPass), which gives it a token, and asks in the name of its own SIRET. Of the answer only the value, its
// month and who computed it are kept; names, address and children are read past.
package particulier

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/remote"
)

// The addresses of the service.
const (
	Production = "https://particulier.api.gouv.fr"
	Staging    = "https://staging.particulier.api.gouv.fr"
)

// timeout within which the service answers: it waits itself for the CNAF or the MSA.
const timeout = 20 * time.Second

// Client calls the service. It serves any number of goroutines.
type Client struct {
	out *remote.Client
}

// New makes a client.
func New(log *slog.Logger) *Client {
	return &Client{out: remote.New(remote.Options{Timeout: timeout, Answer: 256 << 10, Log: log})}
}

// Access is how a town may ask.
type Access struct {
	Base      string // Production, or Staging
	Token     string
	Recipient string // SIRET of the town
}

// Person is who is asked about, as the civil registry knows them.
type Person struct {
	BirthName    string
	UseName      string // empty: the birth name
	FirstNames   []string
	BornOn       civil.Date
	Sex          string // "F" or "M"
	BirthCountry string // INSEE: "99100" is France
	BirthCommune string // INSEE, of who was born in France
}

// Lacks says in French what has to be known of a person before the service can be asked.
func (p Person) Lacks() []string {
	var out []string
	lacks := func(missing bool, what string) {
		if missing {
			out = append(out, what)
		}
	}
	lacks(p.BirthName == "", "le nom de naissance")
	lacks(len(p.FirstNames) == 0, "les prénoms")
	lacks(p.BornOn.IsZero(), "la date de naissance")
	lacks(p.Sex == "", "la civilité")
	lacks(p.BirthCountry == "", "le pays de naissance")
	lacks(p.BirthCountry == france && p.BirthCommune == "", "la commune de naissance")
	return out
}

const france = "99100"

// Quotient is what the service knows.
type Quotient struct {
	Provider string      // "CNAF" or "MSA"
	Value    int64       // hundredths; the service gives whole figures
	Month    civil.Month // that it is of
}

// Cause is why the service gives no quotient, as far as it changes what to do.
type Cause string

const (
	// NotAllowed: the token is refused, has ended, or does not allow this (401, 403).
	NotAllowed Cause = "not_allowed"
	// NotFound: neither the CAF nor the MSA knows the person by these names and this birth (404).
	NotFound Cause = "not_found"
	// Again: the same question is being answered (409).
	Again Cause = "again"
	// Wrong: what was sent is refused (422).
	Wrong Cause = "wrong"
	// TooMany: too many questions for now (429).
	TooMany Cause = "too_many"
	// Elsewhere: the CNAF or the MSA does not answer (502, 504).
	Elsewhere Cause = "elsewhere"
	// Unknown: an answer that cannot be understood.
	Unknown Cause = "unknown"
)

// Refusal is an answer without a quotient.
type Refusal struct {
	Cause  Cause
	Status int
	Code   string        // of the service, "37003"
	Detail string        // of the service, in French
	Wait   time.Duration // after which one may ask again; 0 when it was not said
}

// Error is for the log: nothing of the person.
func (r *Refusal) Error() string {
	return fmt.Sprintf("particulier: status %d, code %s", r.Status, r.Code)
}

// Words says to an agent what happened and what to do.
func (r *Refusal) Words() string {
	switch r.Cause {
	case NotAllowed:
		return "Le service refuse l’autorisation de la ville : le jeton est échu ou n’ouvre pas le quotient familial. Prévenez l’administrateur."
	case NotFound:
		return "Ni la CAF ni la MSA ne trouvent ce dossier avec cet état civil. Vérifiez le nom de naissance, les prénoms et la commune de naissance, ou demandez un justificatif à la famille."
	case Again:
		return "La même demande est déjà en cours. Recommencez dans une minute."
	case Wrong:
		return "Le service refuse ce qui lui a été envoyé. " + r.Detail
	case TooMany:
		if r.Wait > 0 {
			return fmt.Sprintf("Trop de demandes ont été faites. Recommencez dans %d secondes.", int(r.Wait.Seconds()))
		}
		return "Trop de demandes ont été faites. Recommencez plus tard."
	case Elsewhere:
		return "La CAF ou la MSA ne répond pas pour le moment. Recommencez plus tard, ou saisissez le quotient d’après un justificatif."
	}
	return "La réponse du service n’a pas pu être comprise. Saisissez le quotient d’après un justificatif."
}

// Quotient asks for the quotient of a person; of a month, or of the present one when it is zero. A *Refusal is an answer too; another error is
// a call that failed.
func (c *Client) Quotient(ctx context.Context, a Access, p Person, month civil.Month) (Quotient, error) {
	q := url.Values{"recipient": {a.Recipient}, "nomNaissance": {p.BirthName}, "prenoms[]": p.FirstNames, "sexeEtatCivil": {p.Sex}, "codeCogInseePaysNaissance": {p.BirthCountry}}
	if p.UseName != "" && p.UseName != p.BirthName {
		q.Set("nomUsage", p.UseName)
	}
	if !p.BornOn.IsZero() {
		q.Set("anneeDateNaissance", strconv.Itoa(p.BornOn.Year))
		q.Set("moisDateNaissance", strconv.Itoa(int(p.BornOn.Month)))
		q.Set("jourDateNaissance", strconv.Itoa(p.BornOn.Day))
	}
	if p.BirthCountry == france {
		q.Set("codeCogInseeCommuneNaissance", p.BirthCommune)
	}
	if (month != civil.Month{}) {
		q.Set("annee", strconv.Itoa(month.Year))
		q.Set("mois", strconv.Itoa(int(month.Month)))
	}
	answer, err := c.out.Get(ctx, strings.TrimRight(a.Base, "/")+"/v3/dss/quotient_familial/identite?"+q.Encode(),
		http.Header{"Authorization": {"Bearer " + a.Token}, "Accept": {"application/json"}})
	if err != nil {
		return Quotient{}, err
	}
	return Read(answer.Status, answer.Header, answer.Body)
}

// causes says what the statuses mean.
var causes = map[int]Cause{http.StatusUnauthorized: NotAllowed, http.StatusForbidden: NotAllowed, http.StatusNotFound: NotFound, http.StatusConflict: Again,
	http.StatusUnprocessableEntity: Wrong, http.StatusTooManyRequests: TooMany, http.StatusBadGateway: Elsewhere, http.StatusGatewayTimeout: Elsewhere, http.StatusServiceUnavailable: Elsewhere}

// Read reads an answer of the service.
func Read(status int, header http.Header, body []byte) (Quotient, error) {
	if status != http.StatusOK {
		return Quotient{}, readRefusal(status, header, body)
	}
	var a struct {
		Data struct {
			Quotient *struct {
				Provider string `json:"fournisseur"`
				Value    *int64 `json:"valeur"`
				Year     int    `json:"annee"`
				Month    int    `json:"mois"`
			} `json:"quotient_familial"`
		} `json:"data"`
	}
	err := json.Unmarshal(body, &a)
	q := a.Data.Quotient
	if err != nil || q == nil || q.Value == nil || *q.Value < 0 || *q.Value > 99_999 || q.Month < 1 || q.Month > 12 || q.Year < 2000 || q.Year > 2200 {
		return Quotient{}, &Refusal{Cause: Unknown, Status: status}
	}
	return Quotient{Provider: q.Provider, Value: *q.Value * 100, Month: civil.Month{Year: q.Year, Month: time.Month(q.Month)}}, nil
}

func readRefusal(status int, header http.Header, body []byte) *Refusal {
	r := &Refusal{Cause: causes[status], Status: status}
	if r.Cause == "" {
		r.Cause = Unknown
	}
	var a struct {
		Errors []struct {
			Code   string `json:"code"`
			Detail string `json:"detail"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &a) == nil && len(a.Errors) > 0 {
		r.Code, r.Detail = a.Errors[0].Code, a.Errors[0].Detail
	}
	for _, name := range []string{"Retry-After", "RateLimit-Reset"} {
		if n, err := strconv.ParseInt(header.Get(name), 10, 32); err == nil && n > 0 && n < 86_400 {
			r.Wait = time.Duration(n) * time.Second
			break
		}
	}
	return r
}
