package household

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
)

// Likeness is what is known of a family that may be in the town's books already.
type Likeness struct {
	Claimant
	Reference string // of a file
	Email     string
	Phones    []string // as TidyPhone writes them
	Children  []ChildLike
}

// ChildLike is a child as a family tells it.
type ChildLike struct {
	FirstName, LastName string
	BornOn              civil.Date
}

// Sign is why a household looks like a family.
type Sign string

// The signs, the strongest first.
const (
	SignReference Sign = "reference"
	SignChild     Sign = "child"      // same birth date and first name
	SignBirth     Sign = "birth"      // guardian: same birth date
	SignName      Sign = "name"       // guardian: same first and last name
	SignEmail     Sign = "email"      // guardian
	SignPhone     Sign = "phone"      // guardian
	SignChildName Sign = "child_name" // same first and last name, another date
)

// Alike is a household that looks like a family.
type Alike struct {
	Household Household
	Guardians []Guardian
	Children  []Child
	Signs     []Sign
}

// mostAlike bounds a list of households that look alike.
const mostAlike = 12

// FindAlike finds the households that look like a family, the likeliest first.
func FindAlike(ctx context.Context, tx *db.Tx, l Likeness) ([]Alike, error) {
	signs := map[string][]Sign{}
	look := func(sign Sign, query string, args ...any) error {
		ids, err := db.All(ctx, tx, query, db.Value[string], args...)
		for _, id := range ids {
			if !slices.Contains(signs[id], sign) {
				signs[id] = append(signs[id], sign)
			}
		}
		return err
	}
	if l.Reference != "" {
		if err := look(SignReference, `SELECT id FROM households WHERE lower(reference) = $1`, strings.ToLower(strings.TrimSpace(l.Reference))); err != nil {
			return nil, err
		}
	}
	for _, c := range l.Children {
		if err := look(SignChild, `SELECT hc.household_id FROM household_children hc JOIN children c ON c.id = hc.child_id
			WHERE c.born_on = $1 AND c.name_search LIKE $2 ESCAPE '\'`, c.BornOn, "% "+LikeEscape(Fold(c.FirstName))+"%"); err != nil {
			return nil, err
		}
		if err := look(SignChildName, `SELECT hc.household_id FROM household_children hc JOIN children c ON c.id = hc.child_id
			WHERE c.name_search = $1 AND c.born_on <> $2`, personSearch(c.LastName, c.FirstName), c.BornOn); err != nil {
			return nil, err
		}
	}
	if err := l.lookGuardians(look); err != nil {
		return nil, err
	}
	return gather(ctx, tx, signs)
}

// lookGuardians looks for the family's adult among guardians.
func (l Likeness) lookGuardians(look func(Sign, string, ...any) error) error {
	const guardians = `SELECT household_id FROM guardians WHERE `
	if !l.BornOn.IsZero() {
		if err := look(SignBirth, guardians+`born_on = $1`, l.BornOn); err != nil {
			return err
		}
	}
	for _, last := range l.Names {
		if last == "" {
			continue
		}
		if err := look(SignName, guardians+`name_search LIKE $1 ESCAPE '\'`, LikeEscape(personSearch(last, firstWord(l.First)))+"%"); err != nil {
			return err
		}
	}
	if l.Email != "" {
		if err := look(SignEmail, guardians+`lower(email) = $1`, strings.ToLower(l.Email)); err != nil {
			return err
		}
	}
	for _, phone := range l.Phones {
		if phone == "" {
			continue
		}
		if err := look(SignPhone, guardians+`phone = $1`, phone); err != nil {
			return err
		}
	}
	return nil
}

func firstWord(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return first
}

// gather reads the households found, those with the most signs first.
func gather(ctx context.Context, tx *db.Tx, signs map[string][]Sign) ([]Alike, error) {
	ids := make([]string, 0, len(signs))
	for id := range signs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if n := len(signs[b]) - len(signs[a]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	var out []Alike
	for _, id := range ids[:min(len(ids), mostAlike)] {
		a := Alike{Signs: signs[id]}
		var err error
		if a.Household, err = ByID(ctx, tx, id); err != nil {
			return nil, err
		}
		if a.Guardians, err = Guardians(ctx, tx, id); err != nil {
			return nil, err
		}
		if a.Children, err = Children(ctx, tx, id); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}
