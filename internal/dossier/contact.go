package dossier

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// ChildContact is a person a household named for a child: to whom it may be given, or who is called.
type ChildContact struct {
	ID          string
	ChildID     string
	HouseholdID string
	Name        string
	Relation    string // "grand-père", as typed
	Phone       string // as TidyPhone writes it
	MayCollect  bool
	Emergency   bool
	MadeAt      civil.Instant
	EndedAt     civil.Instant // zero: holds
}

// mostContacts is the most contacts of one household for one child.
const mostContacts = 20

const selectContact = `SELECT id, child_id, household_id, name, relation, phone, may_collect, emergency, made_at, ended_at FROM child_contacts`

func scanContact(s db.Scanner) (c ChildContact, err error) {
	return c, s.Scan(&c.ID, &c.ChildID, &c.HouseholdID, &c.Name, &c.Relation, &c.Phone, &c.MayCollect, &c.Emergency, &c.MadeAt, &c.EndedAt)
}

// ContactsOf lists the contacts that the guardian's household named for a child, those that hold first, then those ended.
func ContactsOf(ctx context.Context, tx *db.Tx, who household.Guardian, childID string) ([]ChildContact, error) {
	if _, err := household.ChildOf(ctx, tx, who, childID); err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, selectContact+` WHERE child_id = $1 AND household_id = $2 ORDER BY made_at, id`, scanContact, childID, who.HouseholdID)
	return endedLast(list), err
}

// AllContacts lists the contacts of a child, whichever household named them, for agents.
func AllContacts(ctx context.Context, tx *db.Tx, childID string) ([]ChildContact, error) {
	list, err := db.All(ctx, tx, selectContact+` WHERE child_id = $1 ORDER BY household_id, made_at, id`, scanContact, childID)
	return endedLast(list), err
}

func endedLast(list []ChildContact) []ChildContact {
	slices.SortStableFunc(list, func(a, b ChildContact) int {
		return map[bool]int{false: 0, true: 1}[!a.EndedAt.IsZero()] - map[bool]int{false: 0, true: 1}[!b.EndedAt.IsZero()]
	})
	return list
}

// AddContact names a person for some children of the guardian. Errors: fault.Invalid beside "contact_nom", "contact_telephone", "role",
// "enfants"; fault.NotFound for a child; fault.Forbidden when families may not.
func AddContact(ctx context.Context, tx *db.Tx, who household.Guardian, c ChildContact, childIDs []string) error {
	if err := mayChange(ctx, tx, Contacts); err != nil {
		return err
	}
	wrong := map[string]string{}
	c.Name, c.Relation = strings.TrimSpace(c.Name), strings.TrimSpace(c.Relation)
	if c.Name == "" || len(c.Name) > 2*longestLine {
		wrong["contact_nom"] = "Indiquez le nom et le prénom de cette personne."
	}
	phone, ok := household.TidyPhone(c.Phone)
	if !ok {
		wrong["contact_telephone"] = "Écrivez un numéro complet, par exemple 06 39 98 00 00."
	}
	if !c.MayCollect && !c.Emergency {
		wrong["role"] = "Choisissez au moins un rôle."
	}
	if len(childIDs) == 0 {
		wrong["enfants"] = "Choisissez au moins un enfant."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	c.Phone, c.HouseholdID = phone, who.HouseholdID
	for _, id := range childIDs {
		if err := addContact(ctx, tx, who, c, id); err != nil {
			return err
		}
	}
	return nil
}

func addContact(ctx context.Context, tx *db.Tx, who household.Guardian, c ChildContact, childID string) error {
	there, err := ContactsOf(ctx, tx, who, childID)
	if err != nil {
		return err
	}
	live := slices.DeleteFunc(there, func(o ChildContact) bool { return !o.EndedAt.IsZero() })
	if len(live) >= mostContacts {
		return fault.Refusedf("Vous avez déjà indiqué %d personnes : retirez-en une d’abord.", mostContacts)
	}
	if slices.ContainsFunc(live, func(o ChildContact) bool {
		return o.Phone == c.Phone && household.Fold(o.Name) == household.Fold(c.Name)
	}) {
		return fault.Invalidf("contact_nom", "Cette personne figure déjà dans la liste.")
	}
	c.ID = db.NewID()
	if _, err := tx.Exec(ctx, `INSERT INTO child_contacts (id, child_id, household_id, name, relation, phone, may_collect, emergency, made_at, made_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.ID, childID, c.HouseholdID, c.Name, c.Relation, c.Phone, c.MayCollect, c.Emergency, tx.Now, who.Actor()); err != nil {
		return err
	}
	return note(ctx, tx, household.ByGuardian(who), "contact.add", "child:"+childID, who.HouseholdID, map[string]string{"name": c.Name})
}

// EndContact ends a contact: from now on the child is no longer given to that person. The row stays, dated.
func EndContact(ctx context.Context, tx *db.Tx, who household.Guardian, childID, contactID string) error {
	if err := mayChange(ctx, tx, Contacts); err != nil {
		return err
	}
	c, err := db.One(ctx, tx, selectContact+` WHERE id = $1 AND child_id = $2 AND household_id = $3 AND ended_at IS NULL`, scanContact, contactID, childID, who.HouseholdID)
	if err != nil {
		return absent(err, "Cette personne ne figure plus dans votre liste.")
	}
	if _, err := tx.Exec(ctx, `UPDATE child_contacts SET ended_at = $2, ended_by = $3 WHERE id = $1`, contactID, tx.Now, who.Actor()); err != nil {
		return err
	}
	return note(ctx, tx, household.ByGuardian(who), "contact.end", "child:"+childID, who.HouseholdID, map[string]string{"name": c.Name})
}

// mayChange refuses what the town does not let families change at once.
func mayChange(ctx context.Context, tx *db.Tx, f Field) error {
	s, err := ReadSettings(ctx, tx)
	if err == nil && s.Mode(f) != Editable {
		return fault.Forbiddenf("Cette information est changée par le service : contactez-le.")
	}
	return err
}
