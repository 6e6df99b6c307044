package work

import (
	"context"
	"strconv"
	"strings"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// tellFamily tells the guardians of a household what a submission changed, day by day, and what was refused and why.
func tellFamily(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.TellPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			o, home, err := booking.Submission(ctx, tx, p.SubmissionID)
			if err != nil || home == "" || len(o.Decisions) == 0 {
				return err
			}
			return outcomeLetter(t, o).send(ctx, tx, home, notify.Bookings, "submission "+p.SubmissionID)
		})
	})
}

func outcomeLetter(t *town.Town, o booking.Outcome) *letter {
	l := &letter{subject: outcomeSubject(o), words: "Voir le calendrier"}
	who := "Voici ce qui vient de changer"
	if o.By != "" {
		who += ", à la demande de " + o.By
	}
	if o.Agent {
		who = "Voici ce que le service vient de changer"
		if o.By != "" {
			who += " (" + o.By + ")"
		}
	}
	l.before = []string{who + "."}
	if o.Reason != "" {
		l.before = append(l.before, "Motif : "+o.Reason)
	}
	for _, d := range o.Decisions {
		l.add(d.Child+" – "+d.Activity+", "+d.Site, outcomeSentence(o, d, t), d.Day)
	}
	if effect := o.Effect(); effect != 0 {
		l.after = append(l.after, "Effet estimé sur vos factures, au tarif actuel de votre foyer : "+effect.Signed())
	}
	first := o.Decisions[0]
	l.link = t.BaseURL + "/espace/reservations/" + o.EnrolmentID + "?mois=" + civil.Month{Year: first.Day.Year, Month: first.Day.Month}.String()
	return l
}

// outcomeSentence says what a change led to. An agent's refusal has its reason above, in the agent's words.
func outcomeSentence(o booking.Outcome, d booking.Decision, t *town.Town) string {
	switch {
	case d.Result != booking.Refused:
		return words.Decision(d, t.Loc)
	case d.Refusal.Reason == booking.NoReason && o.Agent:
		return words.UpperFirst(d.Noun) + " : demande refusée par le service"
	case d.Add:
		return "Non réservé : " + words.Refusal(d.Refusal, t.Loc)
	}
	return "Non retiré : " + words.Refusal(d.Refusal, t.Loc)
}

// outcomeSubject counts: "Réservations d’Antoine : 4 repas en plus, 1 en moins".
func outcomeSubject(o booking.Outcome) string {
	var children []string
	var noun, plural string
	same := true
	for _, d := range o.Decisions {
		children = once(children, words.Of(d.Child))
		same = same && (noun == "" || noun == d.Noun)
		noun, plural = d.Noun, d.Plural
	}
	if !same {
		noun, plural = "", ""
	}
	var parts []string
	count := func(n int, what string) {
		if n == 0 {
			return
		}
		unit := noun
		if n > 1 {
			unit = plural
		}
		noun, plural = "", "" // said once
		parts = append(parts, strings.Join(strings.Fields(strconv.Itoa(n)+" "+unit+" "+what), " "))
	}
	removed, withdrawn := cancellations(o)
	count(o.Count(booking.Booked), "en plus")
	count(removed, "en moins")
	count(o.Count(booking.Pending), "en attente d’instruction")
	count(o.Count(booking.Waiting), "sur liste d’attente")
	count(withdrawn, "en demande retirée")
	if n := o.Count(booking.Refused); n > 0 {
		parts = append(parts, strconv.Itoa(n)+" "+plain(n, "refus", "refus"))
	}
	if len(parts) == 0 {
		parts = []string{"rien ne change"}
	}
	return "Réservations " + words.List(children) + " : " + strings.Join(parts, ", ")
}

// cancellations counts the bookings removed, and the wishes withdrawn before they became one.
func cancellations(o booking.Outcome) (removed, withdrawn int) {
	for _, d := range o.Decisions {
		switch {
		case d.Result != booking.Cancelled:
		case d.Was == booking.StateBooked || d.Was == "":
			removed++
		default:
			withdrawn++
		}
	}
	return removed, withdrawn
}

func plain(n int, one, many string) string {
	if n > 1 {
		return many
	}
	return one
}
