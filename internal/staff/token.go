package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// A token lets other software of the town ask, without a person at a screen: the kitchen's, the accounts', the badge reader's. It is made for a few
// purposes, answers for one agent and is shown once; what is kept is its hash. It ends on its day, when it is revoked, and when its agent is suspended.

// Scope is one purpose of a token.
type Scope string

// The purposes there are.
const (
	CountsRead      Scope = "counts:read"      // how many children and meals a day
	AttendanceWrite Scope = "attendance:write" // say who came
	InvoicesRead    Scope = "invoices:read"    // what was issued
	PaymentsRead    Scope = "payments:read"    // what was received
)

// Scopes lists the purposes as they are offered.
func Scopes() []Scope { return []Scope{CountsRead, AttendanceWrite, InvoicesRead, PaymentsRead} }

// French says what the purpose lets do.
func (s Scope) French() string {
	switch s {
	case CountsRead:
		return "Lire les effectifs et les repas du jour"
	case AttendanceWrite:
		return "Envoyer des pointages"
	case InvoicesRead:
		return "Lire les factures et avoirs émis"
	case PaymentsRead:
		return "Lire les encaissements"
	}
	return string(s)
}

// Needs is the right without which an agent cannot answer for a purpose, neither when the token is made nor when it is used.
func (s Scope) Needs() Right {
	switch s {
	case CountsRead:
		return Lists
	case AttendanceWrite:
		return RollCall
	}
	return Bill
}

// WholeTown says whether the purpose shows what is the whole town's: an agent limited to some sites cannot answer for it.
func (s Scope) WholeTown() bool { return s.Needs() == Bill }

// MayAnswerFor reports whether the agent has, now, what a purpose needs.
func (a Agent) MayAnswerFor(s Scope) bool {
	return a.May(s.Needs(), "") && (len(a.Sites) == 0 || !s.WholeTown())
}

// Token is a key for other software, without its secret.
type Token struct {
	ID         string
	Name       string // "Logiciel de la cuisine centrale"
	AgentID    string // who answers for it
	AgentName  string
	Scopes     []Scope
	Until      civil.Date // its last day; zero: no end
	CreatedAt  civil.Instant
	LastUsedAt civil.Instant // to the hour
	RevokedAt  civil.Instant
}

// Allows reports whether the token was made for a purpose.
func (t Token) Allows(s Scope) bool { return slices.Contains(t.Scopes, s) }

// tokenPrefix lets a leaked secret be found by those who look for such things.
const tokenPrefix = "preau_"

// secret makes a secret of 256 random bits: it cannot be guessed, so its plain SHA-256 is enough.
func secret() (text string, hash []byte) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // crypto/rand never fails
	text = tokenPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
	sum := sha256.Sum256([]byte(text))
	return text, sum[:]
}

// NewToken is what IssueToken needs.
type NewToken struct {
	Name    string
	AgentID string
	Scopes  []Scope
	Until   civil.Date
}

// IssueToken makes a token and gives its secret, this once. by must have the right Staff. Refusals name the form fields "nom", "agent", "usages"
// and "jusqu".
func IssueToken(ctx context.Context, tx *db.Tx, by Agent, n NewToken, loc *time.Location) (t Token, secretText string, err error) {
	if err := manages(by); err != nil {
		return t, "", err
	}
	agent, err := tokenAgent(ctx, tx, &n, civil.DateOf(tx.Now, loc))
	if err != nil {
		return t, "", err
	}
	text, hash := secret()
	t = Token{ID: db.NewID(), Name: n.Name, AgentID: agent.ID, AgentName: agent.Name, Scopes: n.Scopes, Until: n.Until, CreatedAt: tx.Now}
	var until any
	if !n.Until.IsZero() {
		until = n.Until
	}
	if _, err := tx.Exec(ctx, `INSERT INTO api_tokens (id, name, secret_hash, agent_id, scopes, until, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.ID, t.Name, hash, t.AgentID, db.JSON(t.Scopes), until, t.CreatedAt, by.Actor()); err != nil {
		return t, "", err
	}
	return t, text, record(ctx, tx, by, "token.issue", agent, map[string]any{"token": t.ID, "name": t.Name, "scopes": t.Scopes, "until": t.Until})
}

// tokenAgent tidies what was typed, checks it, and finds the agent who will answer for the token.
func tokenAgent(ctx context.Context, tx *db.Tx, n *NewToken, today civil.Date) (Agent, error) {
	n.Name = strings.TrimSpace(n.Name)
	wrong := map[string]string{}
	if n.Name == "" || len([]rune(n.Name)) > 80 {
		wrong["nom"] = "Nommez le logiciel, en 80 caractères au plus."
	}
	if len(n.Scopes) == 0 {
		wrong["usages"] = "Choisissez au moins un usage."
	}
	for _, s := range n.Scopes {
		if !slices.Contains(Scopes(), s) {
			wrong["usages"] = "Choisissez des usages de la liste."
		}
	}
	if !n.Until.IsZero() && n.Until.Before(today) {
		wrong["jusqu"] = "Ce jour est passé."
	}
	agent, err := ByID(ctx, tx, n.AgentID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return agent, err
	}
	switch {
	case err != nil || agent.Suspended():
		wrong["agent"] = "Choisissez l’agent qui en répond."
	default:
		for _, s := range n.Scopes {
			if !agent.MayAnswerFor(s) {
				wrong["agent"] = "Cet agent n’a pas le droit qu’il faut pour : " + strings.ToLower(s.French()) + "."
			}
		}
	}
	return agent, fault.InvalidFields(wrong)
}

// RevokeToken ends a token at once; a token that has ended stays so. by must have the right Staff.
func RevokeToken(ctx context.Context, tx *db.Tx, by Agent, id string) error {
	if err := manages(by); err != nil {
		return err
	}
	t, err := db.One(ctx, tx, selectTokens+` WHERE t.id = $1`, scanToken, id)
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Cette clé n’existe pas.")
	}
	if err != nil || !t.RevokedAt.IsZero() {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE api_tokens SET revoked_at = $2, revoked_by = $3 WHERE id = $1`, id, tx.Now, by.Actor()); err != nil {
		return err
	}
	agent, err := ByID(ctx, tx, t.AgentID)
	if err != nil {
		return err
	}
	return record(ctx, tx, by, "token.revoke", agent, map[string]any{"token": t.ID, "name": t.Name})
}

const selectTokens = `SELECT t.id, t.name, t.agent_id, g.name, t.scopes, t.until, t.created_at, t.last_used_at, t.revoked_at
	FROM api_tokens t JOIN agents g ON g.id = t.agent_id`

func scanToken(r db.Scanner) (t Token, err error) {
	var scopes string
	if err := r.Scan(&t.ID, &t.Name, &t.AgentID, &t.AgentName, &scopes, &t.Until, &t.CreatedAt, &t.LastUsedAt, &t.RevokedAt); err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(scopes), &t.Scopes)
}

// Tokens lists the tokens, those that hold first, then the latest.
func Tokens(ctx context.Context, tx *db.Tx) ([]Token, error) {
	return db.All(ctx, tx, selectTokens+` ORDER BY CASE WHEN t.revoked_at IS NULL THEN 0 ELSE 1 END, t.created_at DESC, t.id`, scanToken)
}

// TokenOf finds the token of a secret that still holds, and the agent who answers for it; fault.NotFound for anything else.
func TokenOf(ctx context.Context, tx *db.Tx, secretText string, loc *time.Location) (Token, Agent, error) {
	unknown := fault.NotFoundf("Cette clé n’est pas valable.")
	if !strings.HasPrefix(secretText, tokenPrefix) {
		return Token{}, Agent{}, unknown
	}
	sum := sha256.Sum256([]byte(secretText))
	t, err := db.One(ctx, tx, selectTokens+` WHERE t.secret_hash = $1 AND t.revoked_at IS NULL`, scanToken, sum[:])
	if errors.Is(err, db.ErrNoRows) {
		return t, Agent{}, unknown
	}
	if err != nil {
		return t, Agent{}, err
	}
	agent, err := ByID(ctx, tx, t.AgentID)
	if err != nil {
		return t, agent, err
	}
	if agent.Suspended() || !t.Until.IsZero() && civil.DateOf(tx.Now, loc).After(t.Until) {
		return Token{}, Agent{}, unknown
	}
	return t, agent, nil
}

// TokenUsed writes down that a token served, for the page that lists them. It is enough to call it once an hour.
func TokenUsed(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE api_tokens SET last_used_at = $2 WHERE id = $1`, id, tx.Now)
	return err
}
