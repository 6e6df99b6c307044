package work

import (
	"context"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// custodyTold is how many days, from today, a letter about custody lists.
const custodyTold = 42

// tellCustody tells one household which of the coming days are its own once the custody of a child has changed, and which of its
// bookings stay though the day no longer is. Nothing of the other household is in it, nor the reason of a decision.
func tellCustody(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.CustodyTold) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			child, err := household.FindChild(ctx, tx, p.ChildID)
			if err != nil {
				return err
			}
			plan, err := household.CustodyOf(ctx, tx, p.ChildID)
			if err != nil {
				return err
			}
			c, err := activity.Load(ctx, tx)
			if err != nil {
				return err
			}
			today := civil.DateOf(tx.Now, t.Loc)
			l := &letter{subject: "Garde " + words.Of(child.FirstName) + " : vos jours ont changé", link: t.BaseURL + "/espace/planning", words: "Voir le planning",
				before: []string{"Le service a mis à jour le calendrier de garde " + words.Of(child.FirstName) + ". Vous réservez pour les jours qui sont les vôtres ; voici ceux des six prochaines semaines."}}
			for _, d := range plan.Days(civil.Range{From: today, To: today.AddDays(custodyTold - 1)}, t.Loc, c.Calendar) {
				for _, sentence := range ownParts(d, p.HouseholdID) {
					l.add("Vos jours avec "+child.FirstName, sentence, d.Day)
				}
			}
			for _, id := range p.Kept {
				line, err := booking.LineByID(ctx, tx, id)
				if err != nil {
					return err
				}
				v, err := booking.EnrolmentByID(ctx, tx, line.EnrolmentID)
				if err != nil {
					return err
				}
				l.add("Réservations qui restent les vôtres, bien que le jour ne le soit plus", v.Activity.Name+", "+v.Site.Name, line.Day)
			}
			if len(p.Kept) > 0 {
				l.after = []string{"Vous pouvez encore les annuler dans les délais habituels. Sans annulation, elles vous seront facturées."}
			}
			return l.send(ctx, tx, p.HouseholdID, notify.Custody, "custody "+p.Change+" "+p.HouseholdID)
		})
	})
}

// ownParts says which parts of a day are a household's: "Toute la journée", "Jusqu’à 16 h", "À partir de 16 h"; and what is to be
// decided.
func ownParts(d household.CustodyDay, home string) (out []string) {
	for i, part := range d.Parts {
		from, until := part.From > 0, ""
		if i+1 < len(d.Parts) {
			until = d.Parts[i+1].From.French()
		}
		text := "Toute la journée"
		switch {
		case from && until != "":
			text = "De " + part.From.French() + " à " + until
		case from:
			text = "À partir de " + part.From.French()
		case until != "":
			text = "Jusqu’à " + until
		}
		switch {
		case part.Holder.Contested:
			out = append(out, text+" : à départager, le service décidera")
		case part.Holder.HouseholdID == home:
			out = append(out, text)
		}
	}
	return out
}
