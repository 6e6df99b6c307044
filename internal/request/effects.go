package request

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/town"
)

// What accepting a request does: one verb for each way to give an account its household. Each ends with the request accepted and the
// family told.

// AcceptGuardian ties the account to a guardian whom the town knows. When the request came with that guardian's key, the key is used up.
func AcceptGuardian(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id, guardianID string) error {
	f, err := toAccept(ctx, tx, t, id)
	if err != nil {
		return err
	}
	g, err := household.GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	author := household.ByAgent(who)
	if f.Key.ID == g.ID && f.Content.KeyID != "" {
		k, _, err := household.KeyByID(ctx, tx, f.Content.KeyID, civil.DateOf(tx.Now, t.Loc))
		if err != nil {
			return err
		}
		if err := household.UseKey(ctx, tx, author, k, f.AccountID); err != nil {
			return err
		}
	} else if err := household.AttachAccount(ctx, tx, author, g.ID, f.AccountID); err != nil {
		return err
	}
	return f.accepted(ctx, tx, t, who, g.ID)
}

// AcceptMember adds the person to a household that the town knows, as one more guardian.
func AcceptMember(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id, householdID string) error {
	f, err := toAccept(ctx, tx, t, id)
	if err != nil {
		return err
	}
	if _, err := household.ByID(ctx, tx, householdID); err != nil {
		return err
	}
	return f.addGuardian(ctx, tx, t, who, householdID)
}

// AcceptNew makes a household of the person, with those of the children told that the agent keeps, by their place in the request.
func AcceptNew(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id string, children []int) error {
	f, err := toAccept(ctx, tx, t, id)
	if err != nil {
		return err
	}
	author := household.ByAgent(who)
	home, err := household.CreateHousehold(ctx, tx, author, household.Household{
		Name: strings.ToUpper(f.Person.LastName) + " " + f.Person.First(), Address: strings.TrimSpace(f.Person.Address + "\n" + f.Person.Complement),
		PostalCode: f.Person.PostalCode, City: f.Person.City,
	})
	if err != nil {
		return err
	}
	for i, c := range f.Content.Children {
		if !slices.Contains(children, i) {
			continue
		}
		if _, err := household.AddChild(ctx, tx, author, home.ID, household.Child{FirstName: c.FirstName, LastName: c.LastName, BornOn: c.BornOn}); err != nil {
			return err
		}
	}
	return f.addGuardian(ctx, tx, t, who, home.ID)
}

// toAccept reads a request that may still be accepted, for an account that no household has.
func toAccept(ctx context.Context, tx *db.Tx, t *town.Town, id string) (File, error) {
	f, err := Open(ctx, tx, t, id)
	if err != nil {
		return f, err
	}
	if _, err := Next(f.State, StepAccepted); err != nil {
		return f, err
	}
	if err := untied(ctx, tx, f.Account); err != nil {
		return f, fault.Conflictf("Ce compte a été relié à un foyer entre-temps.")
	}
	return f, nil
}

// addGuardian makes a guardian of the person, and ties the account to it.
func (f *File) addGuardian(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, householdID string) error {
	author := household.ByAgent(who)
	g, err := household.AddGuardian(ctx, tx, author, household.Guardian{
		HouseholdID: householdID, Civility: f.Person.Civility, FirstName: f.Person.First(), LastName: f.Person.LastName, Email: f.Account.Email,
		Phone: f.Person.AnyPhone(), BornOn: f.Person.BornOn, BirthName: f.Person.BirthName, BirthCountry: f.Person.BirthCountry, BirthCommune: f.Person.BirthCommune,
	})
	if err != nil {
		return err
	}
	if err := household.AttachAccount(ctx, tx, author, g.ID, f.AccountID); err != nil {
		return err
	}
	return f.accepted(ctx, tx, t, who, g.ID)
}

// accepted ends the request, and tells the family and the household.
func (f *File) accepted(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, guardianID string) error {
	if err := welcome(ctx, tx, t, household.ByAgent(who), guardianID, f.Account); err != nil {
		return err
	}
	g, err := household.GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	f.HouseholdID, f.Agent = g.HouseholdID, who.Actor()
	if err := f.move(ctx, tx, agent(who), StepAccepted, ""); err != nil {
		return err
	}
	return f.tellFamily(ctx, tx, t, "Votre démarche "+f.Number+" est acceptée",
		"Votre démarche « "+f.Title()+" » est acceptée : votre espace est relié à votre foyer.\n\n"+t.BaseURL+"/espace")
}
