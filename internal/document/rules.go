package document

import (
	"slices"
	"time"

	"preau/internal/civil"
)

const hour = time.Hour

// Subject is whom a type of document is about.
type Subject string

// The subjects.
const (
	OfHousehold Subject = "household"
	OfChild     Subject = "child"
)

// Asked is of whom a type is asked.
type Asked string

// Of whom.
const (
	OfNobody   Asked = "nobody"   // stored if the family likes
	OfEveryone Asked = "everyone" // each household, or each child of the age
	OfEnrolled Asked = "enrolled" // children enrolled in one of the activities, or their household
)

// Validity is how long a document is valid.
type Validity string

// How long.
const (
	ForEver    Validity = "none"
	ForMonths  Validity = "months"
	SchoolYear Validity = "school_year" // until the 31 August that follows
)

// Type is a kind of document, as the town settles it.
type Type struct {
	ID         string
	Name       string
	Help       string // what to send: "Toutes les pages, avec le numéro fiscal"
	Subject    Subject
	Asked      Asked
	Activities []string // ids, for OfEnrolled
	AgeFrom    int      // years, inclusive; for OfChild
	AgeTo      int      // years, inclusive; 0 is no bound
	Blocking   bool     // without it, days of the activities cannot be booked
	Validity   Validity
	Months     int // for ForMonths
	KeepMonths int // after it stopped to serve, before it is removed
	ByLaw      bool
	Archived   bool
	Position   int
}

// Until is the last day on which a document of the type counts, accepted on a day; zero when it has none. What is given from the month
// in which files are made again counts for the school year to come.
func Until(t Type, accepted civil.Date, renews time.Month) civil.Date {
	switch t.Validity {
	case ForMonths:
		return accepted.AddMonths(t.Months)
	case SchoolYear:
		year := accepted.Year
		if accepted.Month >= renews {
			year++
		}
		return civil.New(year, time.August, 31)
	}
	return civil.Date{}
}

// State is where the document stands on a day.
func (d Document) State(today civil.Date) State {
	if d.Stored == Accepted && !d.ValidUntil.IsZero() && d.ValidUntil.Before(today) {
		return Expired
	}
	return d.Stored
}

// Counts says whether the document answers what is asked, on a day: sent, and not refused, expired or replaced. What waits for a check
// counts: the family has done its part.
func (d Document) Counts(today civil.Date) bool {
	s := d.State(today)
	return d.ReplacedAt.IsZero() && (s == Accepted || s == ToCheck)
}

// Holds says, in French, why the family may not remove a document; "" when it may.
func Holds(d Document) string {
	switch {
	case d.Held:
		return "Une demande en cours s’appuie sur ce document. Il pourra être supprimé quand elle aura reçu sa réponse."
	case d.Type.ByLaw && (d.Stored == Accepted || d.Stored == ToCheck):
		return "La loi demande au service de conserver ce document. Vous pouvez le remplacer par un plus récent."
	}
	return ""
}

// Person is a child of whom documents may be asked.
type Person struct {
	ChildID    string
	FirstName  string
	BornOn     civil.Date
	Activities []string // ids of those it is enrolled in
}

// Need is a document that is asked and not there.
type Need struct {
	Type    Type
	ChildID string // empty: the household
	Child   string
	Why     Why
	Last    Document // the one that does not count any more, or not yet; zero: there never was one
}

// Why says what is wrong with what is there.
type Why string

// Why it is asked.
const (
	Missing    Why = "missing"
	WasRefused Why = "refused"
	HasExpired Why = "expired"
	NotSent    Why = "not_sent" // stored, and still private
	InScan     Why = "scanning"
)

// Needs says what a household still has to give: for each type asked of it or of a child, no document counts. given are all documents of
// the household and of its children.
func Needs(types []Type, people []Person, given []Document, today civil.Date) []Need {
	var out []Need
	for _, t := range types {
		for _, p := range concerned(t, people, today) {
			n := Need{Type: t, ChildID: p.ChildID, Child: p.FirstName, Why: Missing}
			if n.judge(given, today) {
				out = append(out, n)
			}
		}
	}
	return out
}

// concerned gives the children a type is asked of; for the household's, one person without a name.
func concerned(t Type, people []Person, today civil.Date) []Person {
	if t.Archived || t.Asked == OfNobody {
		return nil
	}
	in := slices.DeleteFunc(slices.Clone(people), func(p Person) bool { return !asks(t, p, today) })
	if t.Subject == OfChild {
		return in
	}
	if t.Asked == OfEveryone || len(in) > 0 {
		return []Person{{}}
	}
	return nil
}

func asks(t Type, p Person, today civil.Date) bool {
	if t.Subject == OfChild {
		if age := today.Age(p.BornOn); age < t.AgeFrom || t.AgeTo > 0 && age > t.AgeTo {
			return false
		}
	}
	return t.Asked == OfEveryone || slices.ContainsFunc(p.Activities, func(a string) bool { return slices.Contains(t.Activities, a) })
}

// judge looks among the documents, the latest first, and says whether one is still needed.
func (n *Need) judge(given []Document, today civil.Date) bool {
	for _, d := range given {
		if d.Type.ID != n.Type.ID || d.ChildID != n.ChildID || !d.ReplacedAt.IsZero() {
			continue
		}
		if d.Counts(today) {
			return false
		}
		why := map[State]Why{Refused: WasRefused, Expired: HasExpired, Kept: NotSent, Scanning: InScan}[d.State(today)]
		if n.Last.ID == "" {
			n.Last, n.Why = d, why
		}
	}
	return true
}

// ForgetOn is the day from which a document is no longer kept; zero while it serves. What was never sent is the family's own and stays.
func ForgetOn(d Document, loc *time.Location) civil.Date {
	var end civil.Date
	switch {
	case d.SentAt.IsZero() && d.Stored != Refused:
		return civil.Date{}
	case !d.ReplacedAt.IsZero():
		end = civil.DateOf(d.ReplacedAt, loc)
	case d.Stored == Refused:
		end = civil.DateOf(d.DecidedAt, loc)
	case d.Type.ID == Certificate && d.Stored == Accepted:
		end = civil.DateOf(d.DecidedAt, loc)
	case d.Stored == Accepted && !d.ValidUntil.IsZero():
		end = d.ValidUntil
	default:
		return civil.Date{}
	}
	return end.AddMonths(d.Type.KeepMonths)
}
