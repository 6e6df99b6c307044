package staff

import (
	"context"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
)

// selectAgents reads agents with their account and, as one text, the ids of their sites.
const selectAgents = `SELECT g.id, g.account_id, g.name, g.service, g.role, g.created_at, g.suspended_at, a.login, a.email,
	coalesce((SELECT string_agg(s.site_id, ' ' ORDER BY s.site_id) FROM agent_sites s WHERE s.agent_id = g.id), '')
	FROM agents g JOIN accounts a ON a.id = g.account_id`

func scanAgent(r db.Scanner) (Agent, error) {
	var a Agent
	var sites string
	err := r.Scan(&a.ID, &a.AccountID, &a.Name, &a.Service, &a.Role, &a.CreatedAt, &a.SuspendedAt, &a.Login, &a.Email, &sites)
	a.Sites = strings.Fields(sites)
	return a, err
}

func insert(ctx context.Context, tx *db.Tx, a Agent) error {
	_, err := tx.Exec(ctx, `INSERT INTO agents (id, account_id, name, service, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.ID, a.AccountID, a.Name, a.Service, string(a.Role), a.CreatedAt)
	return err
}

// setSites replaces the sites an agent is limited to.
func setSites(ctx context.Context, tx *db.Tx, agentID string, sites []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM agent_sites WHERE agent_id = $1`, agentID); err != nil {
		return err
	}
	if len(sites) == 0 {
		return nil
	}
	rows, err := tx.Exec(ctx, `INSERT INTO agent_sites (agent_id, site_id)
		SELECT $1, id FROM sites WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))`, agentID, db.JSON(sites))
	if err != nil {
		return err
	}
	if int(rows) != len(sites) {
		return fault.Invalidf("sites", "Un des établissements choisis n’existe plus. Rechargez la page.")
	}
	return nil
}

// Site is an establishment an agent may be limited to.
type Site struct {
	ID   string
	Name string
}

// Sites lists the sites in use, by name, for the form that limits an agent.
func Sites(ctx context.Context, tx *db.Tx) ([]Site, error) {
	return db.All(ctx, tx, `SELECT id, name FROM sites WHERE archived_at IS NULL ORDER BY name, id`, func(r db.Scanner) (Site, error) {
		var s Site
		err := r.Scan(&s.ID, &s.Name)
		return s, err
	})
}
