package dossier

import (
	"slices"

	"preau/internal/civil"
)

// ConsentKind is one thing a family allows or refuses for a child.
type ConsentKind string

// The kinds.
const (
	ImageInternal ConsentKind = "image_internal" // photos that stay within the school or the centre
	ImageTown     ConsentKind = "image_town"     // the town's printed publications
	ImageWeb      ConsentKind = "image_web"      // the town's site and social networks
	Swimming      ConsentKind = "swimming"
	LeaveAlone    ConsentKind = "leave_alone" // from an hour
	Emergency     ConsentKind = "emergency"   // care in an emergency
)

// ConsentKinds lists the kinds in the order of a page.
var ConsentKinds = []ConsentKind{ImageInternal, ImageTown, ImageWeb, Swimming, LeaveAlone, Emergency}

// French names the kind.
func (k ConsentKind) French() string {
	switch k {
	case ImageInternal:
		return "Photos dans la structure"
	case ImageTown:
		return "Photos dans les publications de la ville"
	case ImageWeb:
		return "Photos sur internet"
	case Swimming:
		return "Piscine et baignade"
	case LeaveAlone:
		return "Partir seul"
	case Emergency:
		return "Soins d’urgence"
	}
	return string(k)
}

// protects tells whether an answer is the one that protects the child more: no, but for care in an emergency yes.
func (k ConsentKind) protects(given bool) bool { return given == (k == Emergency) }

// ConsentText is what the town asks, word for word.
type ConsentText struct {
	ID       string
	Kind     ConsentKind
	Version  int64
	Title    string
	Body     string
	Renews   bool  // a yes to an earlier version no longer counts
	NeedsAll bool  // for a child of two households, each must say yes
	MinAge   int64 // years from which it is asked
	MadeAt   civil.Instant
	MadeBy   string // name
	Ended    bool   // a later version, or none, is asked now
}

// ConsentAnswer is what a guardian answered to a text.
type ConsentAnswer struct {
	ID          string
	Kind        ConsentKind
	TextID      string
	Version     int64
	GuardianID  string
	Guardian    string // name
	HouseholdID string
	Given       bool
	From        civil.TimeOfDay // of LeaveAlone: not before
	At          civil.Instant
	Recorded    string // name of the agent who took it down from paper; empty: the guardian
}

// ConsentState is where a child is with one kind.
type ConsentState string

// The states.
const (
	NotAsked ConsentState = "not_asked" // no answer, or an answer to a text that was renewed
	Given    ConsentState = "given"
	Denied   ConsentState = "denied"
	Partial  ConsentState = "partial" // one household said yes, and the other one has not answered
)

// ConsentStanding is what holds for a child in one kind, and why.
type ConsentStanding struct {
	Text     ConsentText
	State    ConsentState
	From     civil.TimeOfDay // of LeaveAlone, when given: the latest hour
	Answers  []ConsentAnswer // the latest of each guardian, the latest first
	Conflict bool            // two guardians answered differently: the answer that protects the child more holds
}

// Stand decides what holds for a child of so many households, from every answer to a kind, the earliest first. The latest answer of
// each guardian counts; one that protects the child more holds over others; a yes to a text that was renewed counts no more.
func Stand(text ConsentText, answers []ConsentAnswer, households int) ConsentStanding {
	s := ConsentStanding{Text: text, State: NotAsked}
	for _, a := range answers {
		i := slices.IndexFunc(s.Answers, func(o ConsentAnswer) bool { return o.GuardianID == a.GuardianID })
		if i >= 0 {
			s.Answers = slices.Delete(s.Answers, i, i+1)
		}
		s.Answers = slices.Insert(s.Answers, 0, a)
	}
	var homes []string
	var given, protects, counted int
	for _, a := range s.Answers {
		if text.Renews && a.Version < text.Version && !text.Kind.protects(a.Given) {
			continue
		}
		counted++
		if text.Kind.protects(a.Given) {
			protects++
		}
		if a.Given {
			given++
			s.From = max(s.From, a.From)
			if !slices.Contains(homes, a.HouseholdID) {
				homes = append(homes, a.HouseholdID)
			}
		}
	}
	s.Conflict = protects > 0 && protects < counted
	switch {
	case counted == 0:
		return s
	case protects > 0:
		s.State = map[bool]ConsentState{true: Given, false: Denied}[text.Kind == Emergency]
	case given == 0:
		s.State = Denied
	case text.NeedsAll && len(homes) < households:
		s.State = Partial
	default:
		s.State = Given
	}
	return s
}
