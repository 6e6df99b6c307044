package household

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
)

// CreateHousehold opens a family's file. Without a reference it gets one. Errors: fault.Invalid beside "nom", "reference".
func CreateHousehold(ctx context.Context, tx *db.Tx, by By, h Household) (Household, error) {
	h.ID, h.CreatedAt, h.Name, h.Reference = db.NewID(), tx.Now, strings.TrimSpace(h.Name), reference("F", h.Reference)
	if h.Name == "" {
		return Household{}, fault.Invalidf("nom", "Indiquez le nom du foyer.")
	}
	n, err := tx.Exec(ctx, `INSERT INTO households (id, reference, name, name_search, address_line, postal_code, city, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		h.ID, h.Reference, h.Name, Fold(h.Name), h.Address, h.PostalCode, h.City, h.CreatedAt)
	if err := written(n, err); err != nil {
		return Household{}, err
	}
	return h, note(ctx, tx, by, "household.create", "household:"+h.ID, h.ID, h)
}

// EditHousehold changes the name and the address of a household. The reference stays.
func EditHousehold(ctx context.Context, tx *db.Tx, by By, h Household) error {
	if h.Name = strings.TrimSpace(h.Name); h.Name == "" {
		return fault.Invalidf("nom", "Indiquez le nom du foyer.")
	}
	before, err := ByID(ctx, tx, h.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE households SET name = $2, name_search = $3, address_line = $4, postal_code = $5, city = $6 WHERE id = $1`,
		h.ID, h.Name, Fold(h.Name), h.Address, h.PostalCode, h.City); err != nil {
		return err
	}
	return note(ctx, tx, by, "household.edit", "household:"+h.ID, h.ID, map[string]any{"before": before, "after": h})
}

// AddGuardian adds a guardian to the household g.HouseholdID, without an account. Errors: fault.Invalid beside "civilite", "prenom",
// "nom", "email", "telephone", "reference"; fault.NotFound for the household.
func AddGuardian(ctx context.Context, tx *db.Tx, by By, g Guardian) (Guardian, error) {
	g.ID, g.AccountID, g.Reference = db.NewID(), "", reference("R", g.Reference)
	g.FirstName, g.LastName = strings.TrimSpace(g.FirstName), strings.TrimSpace(g.LastName)
	wrong := names(g.FirstName, g.LastName)
	if !slices.Contains([]string{"", "mme", "m"}, g.Civility) {
		wrong["civilite"] = "Choisissez Madame ou Monsieur."
	}
	contact := Contact{g.Email, g.Phone}.tidy(wrong)
	if err := fault.InvalidFields(wrong); err != nil {
		return Guardian{}, err
	}
	if _, err := ByID(ctx, tx, g.HouseholdID); err != nil {
		return Guardian{}, err
	}
	g.Email, g.Phone = contact.Email, contact.Phone
	n, err := tx.Exec(ctx, `INSERT INTO guardians (id, household_id, reference, civility, first_name, last_name, name_search, email, phone, created_at,
		born_on, birth_name, birth_country, birth_commune)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING`,
		g.ID, g.HouseholdID, g.Reference, g.Civility, g.FirstName, g.LastName, personSearch(g.LastName, g.FirstName), g.Email, g.Phone, tx.Now,
		g.BornOn, g.BirthName, g.BirthCountry, g.BirthCommune)
	if err := written(n, err); err != nil {
		return Guardian{}, err
	}
	return g, note(ctx, tx, by, "guardian.add", g.Actor(), g.HouseholdID, g)
}

// Birth is what a person's birth is told by; an empty part is not known.
type Birth struct {
	BornOn                 civil.Date
	Name, Country, Commune string
}

// SetBirth writes what is told of a guardian's birth. An empty part leaves what was known.
func SetBirth(ctx context.Context, tx *db.Tx, by By, guardianID string, b Birth) error {
	g, err := GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	before := Birth{g.BornOn, g.BirthName, g.BirthCountry, g.BirthCommune}
	after := before
	if !b.BornOn.IsZero() {
		after.BornOn = b.BornOn
	}
	if b.Name != "" {
		after.Name = b.Name
	}
	if b.Country != "" {
		after.Country, after.Commune = b.Country, b.Commune
	}
	if after == before {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE guardians SET born_on = $2, birth_name = $3, birth_country = $4, birth_commune = $5 WHERE id = $1`,
		guardianID, after.BornOn, after.Name, after.Country, after.Commune); err != nil {
		return err
	}
	return note(ctx, tx, by, "guardian.birth", g.Actor(), g.HouseholdID, map[string]any{"before": before, "after": after})
}

// Contact is how a guardian is reached; both may be empty.
type Contact struct{ Email, Phone string }

// tidy writes the contact as it is kept and adds what is wrong with it.
func (c Contact) tidy(wrong map[string]string) Contact {
	c.Email, c.Phone = strings.TrimSpace(c.Email), strings.TrimSpace(c.Phone)
	if c.Email != "" && !identity.ValidEmail(c.Email) {
		wrong["email"] = "Écrivez une adresse e-mail complète, par exemple claire.martin@exemple.fr."
	}
	if c.Phone != "" {
		kept, ok := TidyPhone(c.Phone)
		if !ok {
			wrong["telephone"] = "Écrivez un numéro complet, par exemple 06 39 98 00 00."
		}
		c.Phone = kept
	}
	return c
}

// UpdateContact changes how a guardian is reached; the e-mail of the account is the account's own.
func UpdateContact(ctx context.Context, tx *db.Tx, by By, guardianID string, c Contact) error {
	wrong := map[string]string{}
	c = c.tidy(wrong)
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	g, err := GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE guardians SET email = $2, phone = $3 WHERE id = $1`, guardianID, c.Email, c.Phone); err != nil {
		return err
	}
	return note(ctx, tx, by, "guardian.contact", g.Actor(), g.HouseholdID, map[string]any{"before": Contact{g.Email, g.Phone}, "after": c})
}

// EditGuardian changes the civility and the names of a guardian. Errors: fault.Invalid beside "civilite", "prenom", "nom".
func EditGuardian(ctx context.Context, tx *db.Tx, by By, g Guardian) error {
	g.FirstName, g.LastName = strings.TrimSpace(g.FirstName), strings.TrimSpace(g.LastName)
	wrong := names(g.FirstName, g.LastName)
	if !slices.Contains([]string{"", "mme", "m"}, g.Civility) {
		wrong["civilite"] = "Choisissez Madame ou Monsieur."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	before, err := GuardianByID(ctx, tx, g.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE guardians SET civility = $2, first_name = $3, last_name = $4, name_search = $5 WHERE id = $1`,
		g.ID, g.Civility, g.FirstName, g.LastName, personSearch(g.LastName, g.FirstName)); err != nil {
		return err
	}
	return note(ctx, tx, by, "guardian.edit", g.Actor(), before.HouseholdID, map[string]any{
		"before": map[string]string{"civility": before.Civility, "firstName": before.FirstName, "lastName": before.LastName},
		"after":  map[string]string{"civility": g.Civility, "firstName": g.FirstName, "lastName": g.LastName}})
}

// AttachAccount ties an account to a guardian. Errors: fault.Conflict when either is already tied, fault.NotFound for the guardian.
func AttachAccount(ctx context.Context, tx *db.Tx, by By, guardianID, accountID string) error {
	g, err := GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	if g.AccountID == accountID {
		return nil
	}
	n, err := tx.Exec(ctx, `UPDATE guardians SET account_id = $2 WHERE id = $1 AND account_id IS NULL
		AND NOT EXISTS (SELECT 1 FROM guardians o WHERE o.account_id = $2)`, guardianID, accountID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Ce responsable ou ce compte est déjà relié à un autre.")
	}
	return note(ctx, tx, by, "guardian.account", g.Actor(), g.HouseholdID, map[string]string{"account": accountID})
}

// AddChild adds a child to a household. Errors: fault.Invalid beside "prenom", "nom", "naissance", "menu", "reference";
// fault.NotFound for the household.
func AddChild(ctx context.Context, tx *db.Tx, by By, householdID string, c Child) (Child, error) {
	c.ID, c.Reference, c.Shared = db.NewID(), reference("E", c.Reference), false
	c.FirstName, c.LastName = strings.TrimSpace(c.FirstName), strings.TrimSpace(c.LastName)
	if c.Menu == "" {
		c.Menu = Menus[0]
	}
	wrong := names(c.FirstName, c.LastName)
	if c.BornOn.IsZero() {
		wrong["naissance"] = "Indiquez la date de naissance."
	}
	if !slices.Contains(Menus, c.Menu) {
		wrong["menu"] = "Choisissez le menu dans la liste."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return Child{}, err
	}
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return Child{}, err
	}
	n, err := tx.Exec(ctx, `INSERT INTO children (id, reference, first_name, last_name, name_search, born_on, menu, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		c.ID, c.Reference, c.FirstName, c.LastName, personSearch(c.LastName, c.FirstName), c.BornOn, c.Menu, tx.Now)
	if err := written(n, err); err != nil {
		return Child{}, err
	}
	if err := link(ctx, tx, householdID, c.ID); err != nil {
		return Child{}, err
	}
	return c, note(ctx, tx, by, "child.add", "child:"+c.ID, householdID, c)
}

// EditChild changes the names and the birth date of a child. Errors: fault.Invalid beside "prenom", "nom", "naissance".
func EditChild(ctx context.Context, tx *db.Tx, by By, c Child) error {
	c.FirstName, c.LastName = strings.TrimSpace(c.FirstName), strings.TrimSpace(c.LastName)
	wrong := names(c.FirstName, c.LastName)
	if c.BornOn.IsZero() {
		wrong["naissance"] = "Indiquez la date de naissance."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	before, err := FindChild(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE children SET first_name = $2, last_name = $3, name_search = $4, born_on = $5 WHERE id = $1`,
		c.ID, c.FirstName, c.LastName, personSearch(c.LastName, c.FirstName), c.BornOn); err != nil {
		return err
	}
	return note(ctx, tx, by, "child.edit", "child:"+c.ID, "", map[string]any{
		"before": map[string]string{"firstName": before.FirstName, "lastName": before.LastName, "bornOn": before.BornOn.String()},
		"after":  map[string]string{"firstName": c.FirstName, "lastName": c.LastName, "bornOn": c.BornOn.String()}})
}

// LinkChild puts a child in its second household. Doing it twice changes nothing; a third household is fault.Refused.
func LinkChild(ctx context.Context, tx *db.Tx, by By, householdID, childID string) error {
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return err
	}
	if _, err := FindChild(ctx, tx, childID); err != nil {
		return err
	}
	homes, err := HouseholdsOf(ctx, tx, childID)
	if err != nil || slices.Contains(homes, householdID) {
		return err
	}
	if len(homes) >= 2 {
		return fault.Refusedf("Cet enfant est déjà dans deux foyers.")
	}
	if err := link(ctx, tx, householdID, childID); err != nil {
		return err
	}
	return note(ctx, tx, by, "child.link", "child:"+childID, householdID, nil)
}

func link(ctx context.Context, tx *db.Tx, householdID, childID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO household_children (household_id, child_id, since) VALUES ($1, $2, $3)`, householdID, childID, tx.Now)
	return err
}

// SetMenu changes the menu of a child.
func SetMenu(ctx context.Context, tx *db.Tx, by By, childID, menu string) error {
	if !slices.Contains(Menus, menu) {
		return fault.Invalidf("menu", "Choisissez le menu dans la liste.")
	}
	n, err := tx.Exec(ctx, `UPDATE children SET menu = $2 WHERE id = $1`, childID, menu)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFoundf("%s", noSuchChild)
	}
	return note(ctx, tx, by, "child.menu", "child:"+childID, "", map[string]string{"menu": menu})
}

// names checks that a person has a first and a last name.
func names(first, last string) map[string]string {
	wrong := map[string]string{}
	if first == "" {
		wrong["prenom"] = "Indiquez le prénom."
	}
	if last == "" {
		wrong["nom"] = "Indiquez le nom."
	}
	return wrong
}

// personSearch is what a person is searched and sorted by.
func personSearch(last, first string) string { return Fold(last + " " + first) }

// reference tidies the reference given, or draws one: a letter and eight letters or digits.
func reference(prefix, given string) string {
	if given = strings.TrimSpace(given); given != "" {
		return given
	}
	return prefix + strings.ToUpper(db.NewID()[:8])
}

// written turns the silence of the unique index of references into words.
func written(rows int64, err error) error {
	if err == nil && rows == 0 {
		return fault.Invalidf("reference", "Cette référence est déjà utilisée.")
	}
	return err
}
