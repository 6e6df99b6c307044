package request

import (
	"context"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
)

// Address is where the family follows a request.
func (r Request) Address(t *town.Town) string { return t.BaseURL + "/espace/demarches/" + r.ID }

// tellSubmitted acknowledges a request to its author, and tells the agents.
func (r Request) tellSubmitted(ctx context.Context, tx *db.Tx, t *town.Town, s town.Service) error {
	text := "Votre démarche est enregistrée le " + date(tx, t) + " sous le numéro " + r.Number + ".\n\n" +
		"Objet : " + r.Title() + "\n" +
		"Service : " + contact(s) + "\n" +
		"Réponse prévue : au plus tard le " + r.DueOn.Long() + ". Sans réponse à cette date, écrivez au service en rappelant ce numéro : l’absence de réponse n’est pas un accord.\n\n" +
		"Suivez-la, complétez-la ou retirez-la ici :\n\n" + r.Address(t)
	if err := r.tellFamily(ctx, tx, t, "Accusé de réception de votre démarche "+r.Number, text); err != nil {
		return err
	}
	return r.tellAgents(ctx, tx, t, "Une démarche attend : "+r.Title())
}

// Title says what the request is about.
func (r Request) Title() string {
	if r.Content.Wish == Create {
		return "Créer mon foyer"
	}
	return "Rejoindre mon foyer"
}

// tellFamily writes to the author of a request.
func (r Request) tellFamily(ctx context.Context, tx *db.Tx, _ *town.Town, subject, text string) error {
	return notify.Tell(ctx, tx, notify.Message{AccountID: r.AccountID, Topic: notify.Requests, Subject: subject, Text: text})
}

// tellAgents writes to those who instruct; each may mute the topic.
func (r Request) tellAgents(ctx context.Context, tx *db.Tx, t *town.Town, subject string) error {
	agents, err := staff.List(ctx, tx)
	if err != nil {
		return err
	}
	for _, a := range agents {
		if !a.May(staff.Enrol, "") || r.Agent != "" && r.Agent != a.Actor() {
			continue
		}
		err := notify.Tell(ctx, tx, notify.Message{AccountID: a.AccountID, Topic: notify.Desk, Subject: subject,
			Text: subject + ".\n\n" + t.BaseURL + "/bureau/demandes-de-foyer/" + r.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellTied warns those who must know that an account was tied to a guardian of a household: the other guardians, and the address that
// the file had, when it is not the account's.
func tellTied(ctx context.Context, tx *db.Tx, t *town.Town, g household.Guardian, a identity.Account) error {
	guardians, err := household.Guardians(ctx, tx, g.HouseholdID)
	if err != nil {
		return err
	}
	text := "Un espace personnel vient d’être relié au dossier de " + g.Name() + ", dans votre foyer, le " + date(tx, t) + ".\n\n" +
		"Si personne de votre foyer ne l’a fait, prévenez la mairie : " + t.BaseURL + "/contact"
	for _, other := range guardians {
		m := notify.Message{AccountID: other.AccountID, Address: other.Email, Topic: notify.Security, Subject: "Un espace est relié à votre foyer", Text: text}
		switch {
		case other.ID == g.ID && (other.Email == "" || other.Email == a.Email):
			continue // the owner of the account, who knows
		case other.ID == g.ID:
			m.AccountID = "" // the address that the town knew
		case other.AccountID != "":
			m.Address = ""
		case other.Email == "":
			continue
		}
		if err := notify.Tell(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}
