package work

import (
	"context"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/privacy"
)

// tellErasure answers a request to be forgotten. It goes to the address itself: the account is about to be gone.
func tellErasure(ctx context.Context, tx *db.Tx, g household.Guardian, r privacy.Request, fates []privacy.Fate) error {
	l := &letter{subject: "Votre demande d’effacement est acceptée", before: []string{"Voici ce qui est effacé, et ce que la mairie doit garder."}}
	if !r.Accepted {
		l = &letter{subject: "Votre demande d’effacement n’est pas acceptée", before: []string{"Motif : " + r.Answer,
			"Vous pouvez saisir la Commission nationale de l’informatique et des libertés (www.cnil.fr), ou le tribunal administratif dans les deux mois."}}
		fates = nil
	} else if r.Answer != "" {
		l.before = append(l.before, r.Answer)
	}
	for _, f := range fates {
		if f.Kept {
			l.say("Gardé", f.What+", "+f.Until+". "+f.Why, "", "")
		} else {
			l.say("Effacé", f.What, "", "")
		}
	}
	address := g.Email
	if address == "" && g.AccountID == "" {
		return nil
	}
	greeting := "Bonjour " + g.FirstName + ","
	body, err := l.html(ctx, greeting)
	if err != nil {
		return err
	}
	m := notify.Message{Address: address, Topic: notify.Security, Subject: l.subject, Text: l.text(greeting), HTML: body, Once: "erasure " + r.ID}
	if address == "" {
		if m.Address, err = addressOf(ctx, tx, g.AccountID); err != nil {
			return err
		}
	}
	return notify.Tell(ctx, tx, m)
}

// addressOf is the e-mail of an account.
func addressOf(ctx context.Context, tx *db.Tx, accountID string) (string, error) {
	a, err := identity.ByID(ctx, tx, accountID)
	return a.Email, err
}
