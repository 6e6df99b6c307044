package staff_test

import (
	"slices"
	"testing"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/staff"
	"preau/internal/towntest"
)

// agent makes an agent as the program itself would.
func agent(t *testing.T, tn *towntest.Town, login string, role staff.Role, sites ...string) (a staff.Agent) {
	t.Helper()
	tn.Write(func(tx *db.Tx) (err error) {
		a, err = staff.Create(t.Context(), tx, staff.Agent{}, staff.NewAgent{
			Login: login, Email: login + "@mairie.example", Name: "Agent " + login, Role: role, Sites: sites,
		})
		return err
	})
	return a
}

func site(t *testing.T, tn *towntest.Town, id string) {
	t.Helper()
	tn.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO sites (id, code, name, kind, created_at) VALUES ($1, $1, $1, 'elementaire', $2)`, id, tx.Now)
		return err
	})
}

// kind gives the kind of refusal of a verb, empty when it is accepted.
func kind(t *testing.T, tn *towntest.Town, verb func(tx *db.Tx) error) fault.Kind {
	t.Helper()
	err := tn.DB.Write(t.Context(), verb)
	f, ok := fault.As(err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	if err == nil {
		return ""
	}
	return f.Kind
}

func TestAgentsAreMadeChangedAndListed(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		site(t, tn, "rostand")
		site(t, tn, "sabinettes")
		boss := agent(t, tn, "direction", staff.Direction)
		nadia := agent(t, tn, "nadia", staff.Instruction, "sabinettes", "rostand", "rostand", "")
		if !slices.Equal(nadia.Sites, []string{"rostand", "sabinettes"}) {
			t.Errorf("sites %q", nadia.Sites)
		}
		tn.Write(func(tx *db.Tx) error {
			_, err := staff.Edit(t.Context(), tx, boss, nadia.ID, staff.Change{
				Name: "Nadia Ferrand", Email: "nadia.ferrand@mairie.example", Service: "Service Éducation", Role: staff.Animation, Sites: []string{"rostand"},
			})
			return err
		})
		tn.Read(func(tx *db.Tx) error {
			got, err := staff.OfAccount(t.Context(), tx, nadia.AccountID)
			if got.Name != "Nadia Ferrand" || got.Role != staff.Animation || !slices.Equal(got.Sites, []string{"rostand"}) || got.Email != "nadia.ferrand@mairie.example" {
				t.Errorf("after the change: %+v", got)
			}
			if err != nil {
				return err
			}
			list, err := staff.List(t.Context(), tx)
			if len(list) != 2 || list[0].ID != boss.ID {
				t.Errorf("list %+v", list)
			}
			if err != nil {
				return err
			}
			entries, err := audit.List(t.Context(), tx, audit.Filter{Actor: boss.Actor()})
			if len(entries) != 1 || entries[0].Act != "agent.edit" || entries[0].Subject != nadia.Actor() {
				t.Errorf("journal %+v", entries)
			}
			return err
		})
	})
}

func TestRefusalsAboutAgents(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		boss := agent(t, tn, "direction", staff.Direction)
		nadia := agent(t, tn, "nadia", staff.Instruction)
		good := staff.NewAgent{Login: "paul", Email: "p@mairie.example", Name: "Paul", Role: staff.Regie}
		for name, c := range map[string]struct {
			by    staff.Agent
			spoil func(*staff.NewAgent)
			want  fault.Kind
		}{
			"direction":        {boss, func(*staff.NewAgent) {}, ""},
			"not direction":    {nadia, func(*staff.NewAgent) {}, fault.Forbidden},
			"no such role":     {boss, func(n *staff.NewAgent) { n.Role = "maire" }, fault.Invalid},
			"no such site":     {boss, func(n *staff.NewAgent) { n.Login, n.Email, n.Sites = "paul2", "p2@mairie.example", []string{"x"} }, fault.Invalid},
			"a login in use":   {boss, func(n *staff.NewAgent) { n.Login, n.Email = "NADIA", "p3@mairie.example" }, fault.Invalid},
			"an e-mail in use": {boss, func(n *staff.NewAgent) { n.Login, n.Email = "paul4", "Nadia@mairie.example" }, fault.Invalid},
		} {
			n := good
			c.spoil(&n)
			got := kind(t, tn, func(tx *db.Tx) error {
				_, err := staff.Create(t.Context(), tx, c.by, n)
				return err
			})
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

// Someone must be able to open the door again.
func TestTheLastDirectionStays(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		boss := agent(t, tn, "direction", staff.Direction)
		demote := func(tx *db.Tx) error {
			_, err := staff.Edit(t.Context(), tx, boss, boss.ID, staff.Change{Name: boss.Name, Email: boss.Email, Role: staff.Regie})
			return err
		}
		suspend := func(tx *db.Tx) error { return staff.Suspend(t.Context(), tx, boss, boss.ID) }
		if got := kind(t, tn, suspend); got != fault.Refused {
			t.Errorf("suspending the last direction: %q", got)
		}
		if got := kind(t, tn, demote); got != fault.Invalid {
			t.Errorf("demoting the last direction: %q", got)
		}
		second := agent(t, tn, "adjointe", staff.Direction)
		if got := kind(t, tn, suspend); got != "" {
			t.Errorf("suspending one of two: %q", got)
		}
		if got := kind(t, tn, func(tx *db.Tx) error { return staff.Suspend(t.Context(), tx, second, second.ID) }); got != fault.Refused {
			t.Errorf("then the other: %q", got)
		}
	})
}

func TestSuspendedAgentIsOutAtOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		boss := agent(t, tn, "direction", staff.Direction)
		nadia := agent(t, tn, "nadia", staff.Instruction)
		tn.Write(func(tx *db.Tx) error { return staff.Suspend(t.Context(), tx, boss, nadia.ID) })
		tn.Read(func(tx *db.Tx) error {
			if _, err := staff.OfAccount(t.Context(), tx, nadia.AccountID); !fault.Is(err, fault.NotFound) {
				t.Errorf("still an agent: %v", err)
			}
			a, err := identity.ByID(t.Context(), tx, nadia.AccountID)
			if !a.Suspended() {
				t.Error("the account is still open")
			}
			return err
		})
		tn.Write(func(tx *db.Tx) error { return staff.Restore(t.Context(), tx, boss, nadia.ID) })
		tn.Read(func(tx *db.Tx) error {
			_, err := staff.OfAccount(t.Context(), tx, nadia.AccountID)
			return err
		})
	})
}
