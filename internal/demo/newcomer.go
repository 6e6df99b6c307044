package demo

import (
	"context"
	"net/http"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/request"
)

// newcomerReference names the guardian whose space is left to be created: the town knows her, and has written her a letter.
const newcomerReference = "R-NOUVELLE"

// newcomer makes her household: one child, at school, and no account.
func (d *Demo) newcomer(ctx context.Context, tx *db.Tx, c *activity.Catalogue) error {
	home, err := household.CreateHousehold(ctx, tx, by, household.Household{Name: "LEROY Inès", Address: "27 avenue Foch", PostalCode: "78400", City: "Chatou"})
	if err != nil {
		return err
	}
	if err := household.SetResidence(ctx, tx, by, home.ID, household.Residence{From: d.year.FirstDay.AddDays(-60), Resident: true}); err != nil {
		return err
	}
	if _, err := household.AddGuardian(ctx, tx, by, household.Guardian{Reference: newcomerReference, HouseholdID: home.ID, Civility: "mme", FirstName: "Inès", LastName: "Leroy", BornOn: civil.New(1990, 3, 14)}); err != nil {
		return err
	}
	child, err := household.AddChild(ctx, tx, by, home.ID, household.Child{FirstName: "Samuel", LastName: "Leroy", BornOn: civil.New(d.year.FirstDay.Year-7, 5, 9)})
	if err != nil {
		return err
	}
	for _, s := range c.Sites {
		if s.Code == "ROSTAND" {
			return household.SetSchooling(ctx, tx, by, household.Schooling{ChildID: child.ID, SchoolYear: d.year.Label, SiteID: s.ID, Level: "CE1"})
		}
	}
	return nil
}

// writeLetter makes the key on the newcomer's letter, which the page of the demonstration shows: each time it starts, since a key is kept nowhere.
func (d *Demo) writeLetter(ctx context.Context) error {
	return d.Town.DB.Write(ctx, func(tx *db.Tx) error {
		known, err := household.KnownGuardians(ctx, tx, []string{newcomerReference})
		if err != nil || known[newcomerReference] == "" {
			return err
		}
		d.key, err = household.IssueKey(ctx, tx, by, known[newcomerReference], household.NewKey{Secret: request.KeySecret(d.Town), Today: civil.DateOf(tx.Now, d.Town.Loc)})
		if fault.Is(err, fault.Refused) { // her space is open
			return nil
		}
		return err
	})
}

// newcomerKey is that key while it can be used; empty once it was, or when the agents' page has made another one.
func (d *Demo) newcomerKey(r *http.Request) (key string, err error) {
	err = d.Town.DB.Read(r.Context(), func(tx *db.Tx) error {
		_, _, err := household.CheckKey(r.Context(), tx, request.KeySecret(d.Town), d.key, civil.DateOf(tx.Now, d.Town.Loc))
		if err == nil {
			key = d.key
		}
		if fault.Is(err, fault.Invalid) {
			return nil
		}
		return err
	})
	return key, err
}

// newcomerTrial invites to open her space with the key of her letter.
func newcomerTrial(key string) trial {
	if key == "" {
		return trial{What: "Créer un espace", How: "L’espace d’Inès Leroy est ouvert. Créez-en un autre, sans clé : un agent vérifiera votre demande de rattachement.", Href: "/creer-mon-espace", Label: "Créer un espace"}
	}
	return trial{What: "Créer un espace", How: "Vous êtes Inès Leroy, mère de Samuel. Sur la lettre de la mairie, votre clé enfance est " + key + " : essayez de créer un espace. L’e-mail d’activation arrive dans la messagerie.",
		Href: "/creer-mon-espace#cle=" + key, Label: "Créer un espace"}
}
