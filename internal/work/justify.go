package work

import (
	"context"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// tellClaim acknowledges a certificate of absence, or tells what was decided of it.
func tellClaim(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p attendance.TellClaimPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			c, err := attendance.ClaimByID(ctx, tx, p.ClaimID, t.Loc)
			if fault.Is(err, fault.NotFound) {
				return nil // forgotten meanwhile
			}
			if err != nil || c.State() == attendance.ClaimWithdrawn || p.What == attendance.ClaimDecided && c.DecidedAt != p.At {
				return err // another answer tells by itself
			}
			children, err := household.ChildrenByID(ctx, tx, []string{c.ChildID})
			if err != nil {
				return err
			}
			l := claimLetter(c, p.What, children[c.ChildID].FirstName, t)
			l.link = t.BaseURL + "/espace/absences/" + c.ID
			return l.send(ctx, tx, c.HouseholdID, notify.Bookings, "claim "+c.ID+" "+string(p.What)+" "+p.At.String())
		})
	})
}

func claimLetter(c attendance.Claim, what attendance.ClaimState, child string, t *town.Town) *letter {
	title := "Absence " + words.Of(child)
	if what == attendance.ClaimDecided {
		l := &letter{subject: title + " : réponse au justificatif " + c.Number, words: "Voir la réponse",
			before: []string{"Le service a répondu au justificatif " + c.Number + "."}}
		for _, d := range c.Days {
			l.add(title, words.ClaimDay(d), d.Day)
		}
		if c.Count(attendance.DayExcused) > 0 {
			l.after = append(l.after, "Si ces jours sont déjà sur une facture, un avoir suivra.")
		}
		return l
	}
	l := &letter{subject: title + " : justificatif " + c.Number + " reçu", words: "Suivre ce justificatif",
		before: []string{"Le justificatif " + c.Number + " est arrivé le " + civil.FrenchInstant(c.MadeAt, t.Loc) + ". Un agent va le lire ; vous serez prévenu de sa réponse."}}
	if c.Paper {
		l.before = []string{"Le justificatif que vous avez remis sur papier est enregistré sous le numéro " + c.Number + ". Un agent va le lire ; vous serez prévenu de sa réponse."}
	}
	for _, d := range c.Days {
		sentence := "Arrivé dans le délai (jusqu’au " + civil.FrenchInstant(d.Until, t.Loc) + ")"
		if d.Late(c.ArrivedAt) {
			sentence = "Arrivé trop tard : il fallait l’envoyer avant le " + civil.FrenchInstant(d.Until, t.Loc) + ". L’agent décidera."
		}
		l.add(title, sentence, d.Day)
	}
	return l
}
