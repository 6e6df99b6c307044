package staff

import "slices"

// Role is what an agent is in the town.
type Role string

const (
	// Instruction answers families: requests, enrolments, bookings on their behalf.
	Instruction Role = "instruction"
	// Regie bills and holds the till.
	Regie Role = "regie"
	// Animation receives the children: day lists and roll-call.
	Animation Role = "animation"
	// Direction may do everything, and alone settles rules and rights.
	Direction Role = "direction"
)

// Roles lists the roles as they are offered.
func Roles() []Role { return []Role{Instruction, Regie, Animation, Direction} }

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// French names the role on screen.
func (r Role) French() string {
	switch r {
	case Instruction:
		return "Instruction"
	case Regie:
		return "Régie"
	case Animation:
		return "Animation"
	case Direction:
		return "Direction"
	}
	return string(r)
}

// Duties says in one sentence what the role lets do.
func (r Role) Duties() string {
	switch r {
	case Instruction:
		return "Instruit les demandes, inscrit les enfants, réserve et déroge pour les familles, consulte les listes, écrit les actualités."
	case Regie:
		return "Facture et encaisse, consulte les dossiers et les listes."
	case Animation:
		return "Consulte les listes du jour et fait le pointage."
	case Direction:
		return "Fait tout ce que font les autres, et règle les activités, les fermetures, les agents et leurs droits."
	}
	return ""
}

// Right is one thing an agent may be allowed to do.
type Right string

// The rights, by desk.
const (
	Instruct Right = "instruct"  // answer what awaits instruction, override a rule with a reason
	Enrol    Right = "enrol"     // enrol, move, end an enrolment
	Counter  Right = "counter"   // act for a family at the counter, on its own pages
	Search   Right = "search"    // find a household and read its file
	Check    Right = "check"     // read the documents that families sent, accept or refuse them
	Lists    Right = "lists"     // day lists and counts
	RollCall Right = "roll_call" // say who came
	Bill     Right = "bill"      // billing run, till, deposits
	Answer   Right = "answer"    // answer the messages of families
	Closures Right = "closures"  // close a day, undo it
	Settings Right = "settings"  // activities, capacities, calendar, sites
	Staff    Right = "staff"     // agents, their roles and sites
	Audit    Right = "audit"     // read the journal
	Publish  Right = "publish"   // news and downloads
	Health   Right = "health"    // what is known of a child's health; each look is written down
)

var rights = map[Role][]Right{
	Instruction: {Instruct, Check, Enrol, Counter, Search, Lists, RollCall, Publish, Answer, Health},
	Regie:       {Bill, Search, Lists, Answer},
	Animation:   {Lists, RollCall, Health},
	Direction:   {Instruct, Check, Enrol, Counter, Search, Lists, RollCall, Bill, Closures, Settings, Staff, Audit, Publish, Answer, Health},
}

// May reports whether the agent has a right at a site. siteID "" asks for the right anywhere: an agent limited to some
// sites has it, and their pages show those sites only. A suspended agent may nothing.
func (a Agent) May(r Right, siteID string) bool {
	if a.Suspended() || !slices.Contains(rights[a.Role], r) {
		return false
	}
	return siteID == "" || a.Covers(siteID)
}

// MayEverywhere reports whether the agent holds a right at every site: what money, keys and the whole town's school year ask for.
func (a Agent) MayEverywhere(r Right) bool { return a.May(r, "") && len(a.Sites) == 0 }

// Covers reports whether a site is among the agent's.
func (a Agent) Covers(siteID string) bool {
	return len(a.Sites) == 0 || slices.Contains(a.Sites, siteID)
}
