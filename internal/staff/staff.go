// Package staff holds the town's agents: who they are, what their role lets them do and at which sites.
//
// An Agent is the actor of every verb of the town's side. What an agent may do follows from the role, a fixed table in
// rules.go; where, from the sites the agent is limited to, none meaning all of them. Suspending closes the account and keeps
// the agent's name in the history. The last active direction can be neither suspended nor given another role: someone
// must be able to open the door again.
package staff

import (
	"context"
	"errors"
	"slices"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
)

// Agent is a member of the town's staff, and the actor of what they do.
type Agent struct {
	ID          string
	AccountID   string
	Name        string
	Service     string // "Service scolaire", shown to families with the name
	Role        Role
	Sites       []string // ids of the sites the agent is limited to; empty: all
	Login       string   // of the account
	Email       string   // of the account
	CreatedAt   civil.Instant
	SuspendedAt civil.Instant // zero: active
}

// Actor names the agent in the audit journal.
func (a Agent) Actor() string { return "agent:" + a.ID }

// Suspended reports whether the agent may not sign in.
func (a Agent) Suspended() bool { return !a.SuspendedAt.IsZero() }

// NewAgent is what Create needs.
type NewAgent struct {
	Login   string
	Email   string
	Name    string
	Service string
	Role    Role
	Sites   []string
	// PasswordHash is empty for an agent who will choose a password through an invitation.
	PasswordHash string
}

// Create adds an agent with an account. by must have the right Staff; the zero Agent is the program itself (command line,
// demo). Refusals name the form fields "identifiant", "email", "nom", "role" and "sites".
func Create(ctx context.Context, tx *db.Tx, by Agent, n NewAgent) (Agent, error) {
	if err := manages(by); err != nil {
		return Agent{}, err
	}
	if !n.Role.Valid() {
		return Agent{}, fault.Invalidf("role", "Choisissez un rôle dans la liste.")
	}
	account, err := identity.Create(ctx, tx, identity.NewAccount{
		Login: n.Login, Email: n.Email, Name: n.Name, Kind: identity.Staff, PasswordHash: n.PasswordHash,
	})
	if err != nil {
		return Agent{}, err
	}
	a := Agent{
		ID: db.NewID(), AccountID: account.ID, Name: account.Name, Service: strings.TrimSpace(n.Service), Role: n.Role,
		Sites: tidy(n.Sites), Login: account.Login, Email: account.Email, CreatedAt: tx.Now,
	}
	if err := insert(ctx, tx, a); err != nil {
		return Agent{}, err
	}
	if err := setSites(ctx, tx, a.ID, a.Sites); err != nil {
		return Agent{}, err
	}
	return a, record(ctx, tx, by, "agent.create", a, a.facts())
}

// Change is what of an agent can be changed.
type Change struct {
	Name    string
	Email   string
	Service string
	Role    Role
	Sites   []string // empty: all
}

// Edit changes an agent's name, e-mail, service, role and sites.
func Edit(ctx context.Context, tx *db.Tx, by Agent, id string, c Change) (Agent, error) {
	if err := manages(by); err != nil {
		return Agent{}, err
	}
	before, err := ByID(ctx, tx, id)
	if err != nil {
		return Agent{}, err
	}
	after := before
	after.Name, after.Service, after.Role, after.Sites = strings.TrimSpace(c.Name), strings.TrimSpace(c.Service), c.Role, tidy(c.Sites)
	after.Email = strings.TrimSpace(c.Email)
	if !after.Role.Valid() {
		return Agent{}, fault.Invalidf("role", "Choisissez un rôle dans la liste.")
	}
	if before.Role == Direction && after.Role != Direction && !before.Suspended() {
		if err := notLast(ctx, tx, "role"); err != nil {
			return Agent{}, err
		}
	}
	if err := identity.Edit(ctx, tx, before.AccountID, after.Name, after.Email); err != nil {
		return Agent{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE agents SET name = $2, service = $3, role = $4 WHERE id = $1`, id, after.Name, after.Service, string(after.Role)); err != nil {
		return Agent{}, err
	}
	if err := setSites(ctx, tx, id, after.Sites); err != nil {
		return Agent{}, err
	}
	return after, record(ctx, tx, by, "agent.edit", after, map[string]any{"before": before.facts(), "after": after.facts()})
}

// Suspend closes an agent's access at once and ends their sessions; suspending twice changes nothing.
func Suspend(ctx context.Context, tx *db.Tx, by Agent, id string) error {
	if err := manages(by); err != nil {
		return err
	}
	a, err := ByID(ctx, tx, id)
	if err != nil || a.Suspended() {
		return err
	}
	if a.Role == Direction {
		if err := notLast(ctx, tx, ""); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE agents SET suspended_at = $2 WHERE id = $1`, id, tx.Now); err != nil {
		return err
	}
	if err := identity.Suspend(ctx, tx, a.AccountID); err != nil {
		return err
	}
	return record(ctx, tx, by, "agent.suspend", a, nil)
}

// Restore gives a suspended agent their access back.
func Restore(ctx context.Context, tx *db.Tx, by Agent, id string) error {
	if err := manages(by); err != nil {
		return err
	}
	a, err := ByID(ctx, tx, id)
	if err != nil || !a.Suspended() {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE agents SET suspended_at = NULL WHERE id = $1`, id); err != nil {
		return err
	}
	if err := identity.Restore(ctx, tx, a.AccountID); err != nil {
		return err
	}
	return record(ctx, tx, by, "agent.restore", a, nil)
}

// ResetFactors removes the second factors of an agent who has lost them, and ends their sessions.
func ResetFactors(ctx context.Context, tx *db.Tx, by Agent, id string) error {
	if err := manages(by); err != nil {
		return err
	}
	a, err := ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := identity.ResetFactors(ctx, tx, a.AccountID); err != nil {
		return err
	}
	return record(ctx, tx, by, "agent.reset_factors", a, nil)
}

// SavePolicy settles what is asked of agents who sign in. The refusal names the form field "delai".
func SavePolicy(ctx context.Context, tx *db.Tx, by Agent, p identity.Policy) error {
	if err := manages(by); err != nil {
		return err
	}
	before, err := identity.ReadPolicy(ctx, tx)
	if err != nil {
		return err
	}
	if err := identity.SavePolicy(ctx, tx, p); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor(), ActorName: by.Name, Act: "policy.sign_in", Detail: map[string]any{"before": before, "after": p}})
}

// ByID finds an agent, suspended or not, or answers not found.
func ByID(ctx context.Context, tx *db.Tx, id string) (Agent, error) {
	return one(ctx, tx, `g.id = $1`, id)
}

// OfAccount finds the active agent of an account, or answers not found. It is what each page of the town asks.
func OfAccount(ctx context.Context, tx *db.Tx, accountID string) (Agent, error) {
	return one(ctx, tx, `g.account_id = $1 AND g.suspended_at IS NULL`, accountID)
}

// List gives every agent, the active ones first, by name.
func List(ctx context.Context, tx *db.Tx) ([]Agent, error) {
	agents, err := db.All(ctx, tx, selectAgents, scanAgent)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(agents, func(a, b Agent) int {
		if a.Suspended() != b.Suspended() {
			if a.Suspended() {
				return 1
			}
			return -1
		}
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return agents, nil
}

// manages refuses agents without the right Staff; the zero Agent is the program.
func manages(by Agent) error {
	if by.ID != "" && !by.May(Staff, "") {
		return fault.Forbiddenf("Seule la direction gère les agents.")
	}
	return nil
}

// notLast refuses to take its powers from the only active direction left.
func notLast(ctx context.Context, tx *db.Tx, field string) error {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM agents WHERE role = 'direction' AND suspended_at IS NULL`).Scan(&n)
	if err != nil || n > 1 {
		return err
	}
	const reason = "C’est le dernier compte de direction actif : personne d’autre ne pourrait gérer les agents. Donnez d’abord ce rôle à quelqu’un."
	if field != "" {
		return fault.Invalidf(field, reason)
	}
	return fault.Refusedf(reason)
}

func one(ctx context.Context, tx *db.Tx, where string, arg string) (Agent, error) {
	a, err := db.One(ctx, tx, selectAgents+` WHERE `+where, scanAgent, arg)
	if errors.Is(err, db.ErrNoRows) {
		return Agent{}, fault.NotFoundf("Cet agent n’existe pas.")
	}
	return a, err
}

// facts is what the journal keeps of an agent.
func (a Agent) facts() map[string]any {
	return map[string]any{"name": a.Name, "email": a.Email, "service": a.Service, "role": a.Role, "sites": a.Sites}
}

func record(ctx context.Context, tx *db.Tx, by Agent, act string, subject Agent, detail any) error {
	actor, name := by.Actor(), by.Name
	if by.ID == "" {
		actor, name = "system", "Préau"
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, ActorName: name, Act: act, Subject: subject.Actor(), Detail: detail})
}

// tidy sorts sites and removes doubles and blanks.
func tidy(sites []string) []string {
	var out []string
	for _, s := range sites {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
