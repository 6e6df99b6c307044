package identity

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/seal"
)

// Provider is who vouches for a person in the town's place.
type Provider string

const (
	// FranceConnect vouches for families.
	FranceConnect Provider = "franceconnect"
	// ProConnect vouches for agents.
	ProConnect Provider = "proconnect"
)

// Kind is whose accounts a provider opens.
func (p Provider) Kind() Kind {
	if p == ProConnect {
		return Staff
	}
	return Family
}

// French is the provider's name.
func (p Provider) French() string {
	if p == ProConnect {
		return "ProConnect"
	}
	return "FranceConnect"
}

// Claim is what a provider said of a person, its token verified.
type Claim struct {
	Provider   Provider `json:"provider"`
	Authority  string   `json:"authority"` // the identity provider behind ProConnect; empty for FranceConnect
	Subject    string   `json:"subject"`   // unique in the authority
	GivenNames string   `json:"given_names"`
	FamilyName string   `json:"family_name"` // of birth
	UsualName  string   `json:"usual_name"`  // in use; may be empty
	BornOn     string   `json:"born_on"`     // "1986-04-12"; the month and the day may be 00
	BirthPlace string   `json:"birth_place"` // code of the commune; empty when born abroad
	Email      string   `json:"email"`
	Strong     bool     `json:"strong"` // the provider asked for two factors
	IDToken    string   `json:"id_token"`
}

// Known is what the town knows of who holds an account, beside its name; what it does not know is empty.
type Known struct {
	BirthName  string
	BornOn     string // "1986-04-12"
	BirthPlace string // code of the commune
}

// Name is the person, as shown: "Claire Martin".
func (c Claim) Name() string {
	last := c.UsualName
	if last == "" {
		last = c.FamilyName
	}
	first, _, _ := strings.Cut(c.GivenNames, " ")
	return strings.TrimSpace(first + " " + last)
}

// stateLife is how long a state that came back is remembered, longer than any state lives.
const stateLife = 2 * time.Hour

// SpendState takes note that a state of OpenID came back; a second time is refused.
func SpendState(ctx context.Context, tx *db.Tx, state string) error {
	seen, err := db.Exists(ctx, tx, `SELECT 1 FROM sign_in_steps WHERE token_hash = $1`, tokenHash(state))
	if err != nil {
		return err
	}
	if seen {
		return fault.Refusedf("Cette réponse a déjà servi. Recommencez.")
	}
	return keepStep(ctx, tx, state, step{kind: stepState, life: stateLife})
}

// EnterWithProvider opens a session for the account tied to a claim, or begins its second step; not found when none is tied.
func EnterWithProvider(ctx context.Context, tx *db.Tx, k Keys, c Claim, b Browser) (Entry, error) {
	var accountID string
	err := tx.QueryRow(ctx, `SELECT account_id FROM identity_links WHERE provider = $1 AND authority = $2 AND subject = $3`,
		string(c.Provider), c.Authority, c.Subject).Scan(&accountID)
	if errors.Is(err, db.ErrNoRows) {
		return Entry{}, fault.NotFoundf("Aucun espace n’est rattaché à cette identité.")
	}
	if err != nil {
		return Entry{}, err
	}
	a, err := ByID(ctx, tx, accountID)
	if err != nil {
		return Entry{}, err
	}
	if a.Suspended() {
		return Entry{}, errSuspended()
	}
	if _, err := tx.Exec(ctx, `UPDATE identity_links SET last_used_at = $3 WHERE account_id = $1 AND provider = $2`, a.ID, string(c.Provider), tx.Now); err != nil {
		return Entry{}, err
	}
	hint, err := sealHint(k, a.ID, c)
	if err != nil {
		return Entry{}, err
	}
	how := arrival{Browser: b, way: ByProvider, hint: hint}
	if c.Strong {
		return admit(ctx, tx, a, how)
	}
	return enter(ctx, tx, a, how)
}

// PutClaim keeps a claim that no account is tied to, until the person shows which is theirs, and gives its token.
func PutClaim(ctx context.Context, tx *db.Tx, k Keys, c Claim) (token string, err error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	sealed, err := seal.Seal(k.Links, string(stepLink), text)
	if err != nil {
		return "", err
	}
	return putStep(ctx, tx, step{kind: stepLink, content: sealed, life: linkLife})
}

// FindClaim reads what PutClaim kept, or answers not found.
func FindClaim(ctx context.Context, tx *db.Tx, k Keys, token string) (Claim, error) {
	s, err := findStep(ctx, tx, stepLink, token)
	if err != nil {
		return Claim{}, err
	}
	text, err := seal.Open(k.Links, string(stepLink), s.content)
	if err != nil {
		return Claim{}, err
	}
	var c Claim
	return c, json.Unmarshal(text, &c)
}

// Link ties an account to the claim of a token, which serves once. The caller has seen the account's owner sign in; the names and the birth must
// agree too, and for an agent the e-mail. It is refused when either is already tied to another.
func Link(ctx context.Context, tx *db.Tx, k Keys, a Account, known Known, token string) (Claim, error) {
	c, err := FindClaim(ctx, tx, k, token)
	if err != nil {
		return c, err
	}
	if reason := mismatch(a, known, c); reason != "" {
		return c, fault.Refusedf("%s", reason)
	}
	if _, err := takeStep(ctx, tx, stepLink, token); err != nil {
		return c, err
	}
	rows, err := tx.Exec(ctx, `INSERT INTO identity_links (account_id, provider, authority, subject, created_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING`, a.ID, string(c.Provider), c.Authority, c.Subject, tx.Now)
	if err != nil {
		return c, err
	}
	if rows == 0 {
		return c, fault.Refusedf("Cet espace, ou cette identité, est déjà rattaché à un autre. Retirez d’abord l’ancien rattachement dans « Mon profil ».")
	}
	return c, record(ctx, tx, a, "account.link", map[string]string{"provider": string(c.Provider)})
}

// LinkInfo is a link, as its owner sees it.
type LinkInfo struct {
	Provider   Provider
	CreatedAt  civil.Instant
	LastUsedAt civil.Instant
}

// Links lists the providers an account is tied to.
func Links(ctx context.Context, tx *db.Tx, accountID string) ([]LinkInfo, error) {
	return db.All(ctx, tx, `SELECT provider, created_at, last_used_at FROM identity_links WHERE account_id = $1 ORDER BY provider`,
		func(r db.Scanner) (l LinkInfo, err error) {
			return l, r.Scan(&l.Provider, &l.CreatedAt, &l.LastUsedAt)
		}, accountID)
}

// Unlink undoes a link, or answers not found. The password stays.
func Unlink(ctx context.Context, tx *db.Tx, a Account, p Provider) error {
	rows, err := tx.Exec(ctx, `DELETE FROM identity_links WHERE account_id = $1 AND provider = $2`, a.ID, string(p))
	if err != nil {
		return err
	}
	if rows == 0 {
		return fault.NotFoundf("Ce rattachement n’existe plus.")
	}
	return record(ctx, tx, a, "account.unlink", map[string]string{"provider": string(p)})
}

// Hint is what closes a session at its provider too.
type Hint struct {
	Provider Provider `json:"provider"`
	IDToken  string   `json:"id_token"` // sealed for the account
}

func sealHint(k Keys, accountID string, c Claim) (Hint, error) {
	sealed, err := seal.Seal(k.Links, accountID, []byte(c.IDToken))
	return Hint{c.Provider, sealed}, err
}

// KeepHint notes through which claim a session was opened, when a link has just been made.
func KeepHint(ctx context.Context, tx *db.Tx, k Keys, s Session, c Claim) error {
	h, err := sealHint(k, s.Account.ID, c)
	if err != nil {
		return err
	}
	return putHint(ctx, tx, s.ID, h)
}

func putHint(ctx context.Context, tx *db.Tx, sessionID string, h Hint) error {
	if h.Provider == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO provider_sessions (sign_in_id, provider, id_token) VALUES ($1, $2, $3)`, sessionID, string(h.Provider), h.IDToken)
	return err
}

// HintOf reads through which provider a session was opened, its token opened; not found for the other ways in.
func HintOf(ctx context.Context, tx *db.Tx, k Keys, s Session) (Hint, error) {
	var h Hint
	err := tx.QueryRow(ctx, `SELECT provider, id_token FROM provider_sessions WHERE sign_in_id = $1`, s.ID).Scan(&h.Provider, &h.IDToken)
	if errors.Is(err, db.ErrNoRows) {
		return h, fault.NotFoundf("Cette session n’est pas passée par un fournisseur.")
	}
	if err != nil {
		return h, err
	}
	token, err := seal.Open(k.Links, s.Account.ID, h.IDToken)
	h.IDToken = string(token)
	return h, err
}
