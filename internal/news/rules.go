package news

import (
	"slices"
	"strings"

	"preau/internal/civil"
)

// Theme sorts what the town tells and offers; families may follow some.
type Theme string

// The themes, in the order they are shown.
const (
	Lunch     Theme = "restauration"
	Care      Theme = "periscolaire"
	Leisure   Theme = "loisirs"
	EarlyAge  Theme = "petite-enfance"
	School    Theme = "ecole"
	Payment   Theme = "paiement"
	OwnPortal Theme = "portail"
)

// Themes lists every theme, in the order they are shown.
var Themes = []Theme{Lunch, Care, Leisure, EarlyAge, School, Payment, OwnPortal}

// French names a theme on screen.
func (t Theme) French() string {
	switch t {
	case Lunch:
		return "Restauration scolaire"
	case Care:
		return "Garderie, étude et TAP"
	case Leisure:
		return "Mercredis et vacances"
	case EarlyAge:
		return "Petite enfance"
	case School:
		return "École et inscriptions"
	case Payment:
		return "Factures et paiement"
	case OwnPortal:
		return "Le portail"
	}
	return "Autres"
}

// Valid says whether a theme is one of Themes.
func (t Theme) Valid() bool { return slices.Contains(Themes, t) }

// State is where a publication is in its life.
type State string

const (
	// Draft: never published, only agents see it.
	Draft State = "draft"
	// Scheduled: published, and its window has not begun.
	Scheduled State = "scheduled"
	// Published: families see it.
	Published State = "published"
	// Over: published, and its window has ended.
	Over State = "over"
	// Withdrawn: taken back by an agent.
	Withdrawn State = "withdrawn"
)

// State says where a publication is at an instant. Its window is that of the version read with it, the published one where there is one.
func (p *Publication) State(now civil.Instant) State {
	switch {
	case !p.WithdrawnAt.IsZero():
		return Withdrawn
	case p.Published == 0:
		return Draft
	case now.Before(p.From):
		return Scheduled
	case !p.Until.IsZero() && !now.Before(p.Until):
		return Over
	}
	return Published
}

// Unpublished says whether a later version than the one families see waits to be published.
func (p *Publication) Unpublished() bool { return p.Published != 0 && p.Latest > p.Published }

// Choice is what somebody follows.
type Choice struct {
	Themes []Theme
	Only   bool // show nothing of the other themes, but what is pinned
}

// ParseChoice reads themes separated by spaces or dots; what is no theme is left out, and doubles too.
func ParseChoice(text string, only bool) Choice {
	c := Choice{Only: only}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '.' }) {
		if t := Theme(word); t.Valid() && !slices.Contains(c.Themes, t) {
			c.Themes = append(c.Themes, t)
		}
	}
	return c
}

// Follows says whether a theme is followed.
func (c Choice) Follows(t Theme) bool { return slices.Contains(c.Themes, t) }

// Arrange orders news for somebody: what is pinned, then what is followed, then the rest, each the latest first; with Only, the rest
// is left out. Who follows nothing gets everything.
func (c Choice) Arrange(items []*Item) []*Item {
	rank := func(i *Item) int {
		switch {
		case i.Pinned:
			return 0
		case c.Follows(i.Theme):
			return 1
		}
		return 2
	}
	var out []*Item
	for _, i := range items {
		if !c.Only || len(c.Themes) == 0 || rank(i) < 2 {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b *Item) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return b.Shown().Compare(a.Shown())
	})
	return out
}

// Visible says whether somebody whose children are enrolled in these activities may see an item at an instant.
func (i *Item) Visible(now civil.Instant, activities []string) bool {
	return i.State(now) == Published && (i.ActivityID == "" || slices.Contains(activities, i.ActivityID))
}

// Shown is the instant from which families see it: the start of its window, or its first publication when that came later.
func (i *Item) Shown() civil.Instant {
	if i.From.Before(i.FirstPublishedAt) {
		return i.FirstPublishedAt
	}
	return i.From
}
