package work

import (
	"context"
	"errors"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// tellPromotion tells a household about its place on a waiting list: obtained, offered until an instant, or taken back. What has
// changed since it was queued (declined, accepted, cancelled) is no longer told.
func tellPromotion(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p booking.PromotionPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			line, err := booking.LineByID(ctx, tx, p.BookingID)
			if errors.Is(err, db.ErrNoRows) {
				return nil
			}
			if err != nil || line.State != stateTold[p.What] {
				return err
			}
			l, err := promotionLetter(ctx, tx, t, p.What, line)
			if err != nil {
				return err
			}
			return l.send(ctx, tx, line.HouseholdID, notify.Waiting, "promotion "+line.ID+" "+p.What+" "+line.Since.String())
		})
	})
}

// stateTold is the state a booking still has when it is worth telling.
var stateTold = map[string]booking.State{"booked": booking.StateBooked, "offered": booking.StateOffered, "expired": booking.StateCancelled}

func promotionLetter(ctx context.Context, tx *db.Tx, t *town.Town, what string, line booking.Line) (*letter, error) {
	v, err := booking.EnrolmentByID(ctx, tx, line.EnrolmentID)
	if err != nil {
		return nil, err
	}
	option, _ := v.Activity.OptionByID(line.OptionID)
	title := v.Child.FirstName + " – " + v.Activity.Name + ", " + v.Site.Name
	day := line.Day.WeekdayDayMonth()
	l := &letter{link: t.BaseURL + "/espace/reservations/" + line.EnrolmentID + "?mois=" + civil.Month{Year: line.Day.Year, Month: line.Day.Month}.String(), words: "Voir le calendrier"}
	switch what {
	case "booked":
		l.subject = "Une place obtenue pour " + v.Child.FirstName + ", " + day
		l.before = []string{"Une place s’est libérée, et " + v.Child.FirstName + " était en tête de la liste d’attente."}
		l.add(title, option.Name+" : réservé", line.Day)
		until, err := booking.CancelUntil(ctx, tx, line, t.Loc)
		if err != nil {
			return nil, err
		}
		if !until.IsZero() {
			l.after = []string{"Si vous n’en avez plus besoin, vous pouvez annuler jusqu’au " + civil.FrenchInstant(until, t.Loc) + ". Après, la place sera facturée."}
		}
	case "offered":
		until := civil.FrenchInstant(line.OfferedUntil, t.Loc)
		l.subject = "Une place est proposée à " + v.Child.FirstName + ", " + day + " : répondez avant le " + civil.ShortInstant(line.OfferedUntil, t.Loc)
		l.before = []string{"Une place s’est libérée. Elle est gardée pour " + v.Child.FirstName + " jusqu’au " + until + "."}
		l.add(title, option.Name+" : place proposée", line.Day)
		l.after = []string{"Acceptez-la, ou déclinez-la pour qu’une autre famille en profite. Sans réponse, elle sera proposée à la suivante."}
		l.link, l.words = t.BaseURL+"/espace/propositions", "Répondre à la proposition"
	default:
		l.subject = "La place proposée à " + v.Child.FirstName + ", " + day + ", n’est plus gardée"
		l.before = []string{"Vous n’avez pas répondu à temps : la place est proposée à la famille suivante. Rien n’est facturé."}
		l.add(title, words.UpperFirst(v.Activity.Noun)+" : proposition sans réponse", line.Day)
	}
	return l, nil
}
