package staff_test

import (
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/staff"
)

// What each role may do: the matrix the town reads.
func TestRights(t *testing.T) {
	all := []staff.Right{
		staff.Instruct, staff.Enrol, staff.Search, staff.Lists, staff.RollCall,
		staff.Bill, staff.Closures, staff.Settings, staff.Staff, staff.Audit, staff.Answer, staff.Health, staff.Counter,
	}
	for role, may := range map[staff.Role]string{
		staff.Instruction: "yes yes yes yes yes no  no  no  no  no  yes yes yes ",
		staff.Regie:       "no  no  yes yes no  yes no  no  no  no  yes no  no  ",
		staff.Animation:   "no  no  no  yes yes no  no  no  no  no  no  yes no  ",
		staff.Direction:   "yes yes yes yes yes yes yes yes yes yes yes yes yes ",
		"unknown":         "no  no  no  no  no  no  no  no  no  no  no  no  no  ",
	} {
		for i, right := range all {
			want := may[i*4:i*4+1] == "y"
			if got := (staff.Agent{Role: role}).May(right, ""); got != want {
				t.Errorf("%s may %s: %v, want %v", role, right, got, want)
			}
		}
	}
}

func TestRightsAtSites(t *testing.T) {
	limited := staff.Agent{Role: staff.Animation, Sites: []string{"rostand"}}
	for _, c := range []struct {
		name  string
		agent staff.Agent
		site  string
		want  bool
	}{
		{"its own site", limited, "rostand", true},
		{"another site", limited, "sabinettes", false},
		{"somewhere", limited, "", true},
		{"no limit is every site", staff.Agent{Role: staff.Animation}, "sabinettes", true},
		{"a suspended agent may nothing", staff.Agent{Role: staff.Direction, SuspendedAt: civil.At(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC))}, "", false},
	} {
		if got := c.agent.May(staff.Lists, c.site); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
