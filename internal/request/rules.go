package request

import (
	"strings"

	"preau/internal/civil"
	"preau/internal/fault"
)

// State is where a request stands.
type State string

// The states of a request.
const (
	Draft      State = "draft"
	Submitted  State = "submitted"
	InProgress State = "in_progress" // an agent has it
	Waiting    State = "waiting"     // for the family's answer
	Accepted   State = "accepted"
	Refused    State = "refused" // with a reason
	Withdrawn  State = "withdrawn"
)

// Open says whether the request is still to be decided.
func (s State) Open() bool { return s == Submitted || s == InProgress || s == Waiting }

// Step is what happens to a request.
type Step string

// The steps of a request.
const (
	StepSubmitted Step = "submitted"
	StepTaken     Step = "taken"    // an agent begins
	StepAsked     Step = "asked"    // an agent asks the family something: it waits
	StepAnswered  Step = "answered" // the family answers
	StepMessage   Step = "message"  // either writes, nothing changes
	StepAccepted  Step = "accepted"
	StepRefused   Step = "refused"
	StepWithdrawn Step = "withdrawn"
)

// moves says, for each step, from which states it may be taken and where it leads; an empty target stays.
var moves = map[Step]struct {
	from []State
	to   State
}{
	StepSubmitted: {[]State{Draft}, Submitted},
	StepTaken:     {[]State{Submitted}, InProgress},
	StepAsked:     {[]State{Submitted, InProgress, Waiting}, Waiting},
	StepAnswered:  {[]State{Waiting}, InProgress},
	StepMessage:   {[]State{Submitted, InProgress, Waiting}, ""},
	StepAccepted:  {[]State{Submitted, InProgress, Waiting}, Accepted},
	StepRefused:   {[]State{Submitted, InProgress, Waiting}, Refused},
	StepWithdrawn: {[]State{Submitted, InProgress, Waiting}, Withdrawn},
}

// Next gives the state after a step, or refuses one that cannot be taken any more.
func Next(s State, step Step) (State, error) {
	m := moves[step]
	for _, from := range m.from {
		if from == s {
			if m.to == "" {
				return s, nil
			}
			return m.to, nil
		}
	}
	return s, fault.Conflictf("Cette démarche a avancé entre-temps. Relisez-la avant de continuer.")
}

// Wishes of who has no household yet.
const (
	Join   = "join"   // the town knows the family already
	Create = "create" // it does not
)

// Content is what the family says: who is asking is the person of the account.
type Content struct {
	Wish      string  `json:"wish"`
	Reference string  `json:"reference,omitempty"` // number of the family's file, from an invoice
	Children  []Child `json:"children,omitempty"`
	Note      string  `json:"note,omitempty"`
	// KeyID is a "clé enfance" whose guardian is not the person, as far as the town can tell: accepting uses it.
	KeyID string `json:"key_id,omitempty"`
}

// Child is a child as the family tells it.
type Child struct {
	FirstName string     `json:"first_name"`
	LastName  string     `json:"last_name"`
	BornOn    civil.Date `json:"born_on"`
	School    string     `json:"school,omitempty"` // in words
}

// ChildSlots is how many children the form has room for.
const ChildSlots = 6

// Check says what is wrong with a request, by form field: "souhait", "dossier", "enfant_1_prenom", …
func Check(c Content, today civil.Date) map[string]string {
	wrong := map[string]string{}
	if c.Wish != Join && c.Wish != Create {
		wrong["souhait"] = "Choisissez l’une des deux réponses."
	}
	if c.Wish == Create && len(c.Children) == 0 && c.KeyID == "" {
		wrong["enfant_1_prenom"] = "Indiquez au moins un enfant."
	}
	if c.Wish == Join && len(c.Children) == 0 && c.Reference == "" && c.KeyID == "" {
		wrong["dossier"] = "Indiquez le numéro de votre dossier, ou au moins un enfant : l’un ou l’autre permet de vous retrouver."
	}
	for i, child := range c.Children {
		field := "enfant_" + string(rune('1'+i)) + "_"
		if child.FirstName == "" {
			wrong[field+"prenom"] = "Indiquez le prénom de l’enfant."
		}
		if child.LastName == "" {
			wrong[field+"nom"] = "Indiquez le nom de l’enfant."
		}
		switch {
		case child.BornOn.IsZero():
			wrong[field+"naissance"] = "Indiquez la date de naissance de l’enfant."
		case child.BornOn.After(today) || today.Age(child.BornOn) > 25:
			wrong[field+"naissance"] = "Vérifiez la date de naissance de l’enfant."
		}
	}
	return wrong
}

// Filled says whether anything was typed of a child.
func (c Child) Filled() bool {
	return strings.TrimSpace(c.FirstName+c.LastName+c.School) != "" || !c.BornOn.IsZero()
}
