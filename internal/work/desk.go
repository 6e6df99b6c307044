package work

import (
	"context"
	"strings"

	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web/ui"
)

// TellDesk is the kind of the hourly job that tells agents of the bookings that await their answer.
const TellDesk = "work.tell-desk"

// tellDesk tells each agent who instructs, and has not muted it, what is new at the agent's sites: one message an hour or a half-day
// at most, whatever families ask. What awaits is read outside of the transaction that writes, agent by agent.
func tellDesk(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		awaiting := map[string][]booking.AwaitingGroup{}
		var agents []staff.Agent
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if agents, err = staff.List(ctx, tx); err != nil {
				return err
			}
			for _, a := range agents {
				if awaiting[a.ID], err = awaitingOf(ctx, tx, t, a); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, a := range agents {
			if len(awaiting[a.ID]) == 0 {
				continue
			}
			l := deskLetter(t, awaiting[a.ID])
			err := t.DB.Write(ctx, func(tx *db.Tx) error {
				if err := l.tell(ctx, tx, a.AccountID, "Bonjour "+a.Name+",", notify.Pending, "desk "+tx.Now.String()); err != nil {
					return err
				}
				return booking.ToldAwaiting(ctx, tx, a)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// awaitingOf is what to tell an agent; nothing to who does not instruct, or does not want to be told.
func awaitingOf(ctx context.Context, tx *db.Tx, t *town.Town, a staff.Agent) ([]booking.AwaitingGroup, error) {
	if !a.May(staff.Instruct, "") {
		return nil, nil
	}
	muted, err := notify.Muted(ctx, tx, a.AccountID)
	if err != nil {
		return nil, err
	}
	for _, topic := range muted {
		if topic == notify.Pending {
			return nil, nil
		}
	}
	return booking.Awaiting(ctx, tx, a, t.Loc)
}

func deskLetter(t *town.Town, groups []booking.AwaitingGroup) *letter {
	waiting, fresh, full := 0, 0, 0
	l := &letter{link: t.BaseURL + "/bureau/demandes", words: "Répondre aux demandes"}
	for _, g := range groups {
		waiting, fresh = waiting+g.Waiting, fresh+g.New
		title := g.Activity.Name + ", " + g.Site.Name
		l.say(title, ui.Count(g.Waiting, "demande attend", "demandes attendent")+", la première pour le "+g.First.WeekdayDayMonth(), "", "")
		if len(g.Full) == 0 {
			continue
		}
		full++
		var days []string
		for _, d := range g.Full {
			days = append(days, d.WeekdayDayMonth())
		}
		l.say(title, "Complet, alors que chaque enfant inscrit y a droit : "+strings.Join(days, ", "), "", "")
	}
	l.subject = ui.Count(fresh, "nouvelle demande de réservation attend", "nouvelles demandes de réservation attendent") + " votre réponse"
	if full > 0 {
		l.subject = "Activité de droit complète : " + l.subject
	}
	l.before = []string{ui.Count(waiting, "demande attend", "demandes attendent") + " dans vos établissements, dont " + ui.Count(fresh, "nouvelle", "nouvelles") + "."}
	return l
}
