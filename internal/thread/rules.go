package thread

import (
	"slices"
	"strings"

	"preau/internal/staff"
)

// scope is what an agent sees: one service or all, some sites or all.
type scope struct {
	service string   // "" is all
	sites   []string // empty is all
}

// scopeOf follows from the agent's file. An agent whose service is one of those that families write to sees what is written to
// it; an agent of another service, and the direction, see all. An agent limited to sites sees what concerns a child of them.
func scopeOf(a staff.Agent, services []string) scope {
	s := scope{sites: a.Sites}
	if a.Role == staff.Direction {
		return s
	}
	if i := find(a.Service, services); i >= 0 {
		s.service = services[i]
	}
	return s
}

// Sees reports whether an agent sees a thread, and so may answer it. services are those of the town.
func Sees(a staff.Agent, services []string, t Thread) bool {
	s := scopeOf(a, services)
	switch {
	case !a.May(staff.Answer, ""):
		return false
	case s.service != "" && s.service != t.Service:
		return false
	}
	return len(s.sites) == 0 || slices.Contains(s.sites, t.SiteID)
}

// find is where a service stands in a list, whatever the case; -1 when it does not.
func find(name string, services []string) int {
	return slices.IndexFunc(services, func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(name)) })
}
