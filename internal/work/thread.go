package work

import (
	"context"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/town"
)

// tellThread tells the other side of a thread that there is something to read.
func tellThread(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p thread.TellPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			e, th, err := thread.EntryByID(ctx, tx, p.EntryID)
			if fault.Is(err, fault.NotFound) {
				return nil // forgotten meanwhile
			}
			if err != nil {
				return err
			}
			if e.Side == thread.Service {
				return tellHome(ctx, tx, t, e, th)
			}
			return tellService(ctx, tx, t, e, th)
		})
	})
}

// tellHome tells each guardian who has an account that a service answered. The answer itself is in the e-mail only for who asked
// for it: an e-mail is read on telephones that others look at.
func tellHome(ctx context.Context, tx *db.Tx, t *town.Town, e thread.Entry, th thread.Thread) error {
	guardians, err := household.Guardians(ctx, tx, th.HouseholdID)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if g.AccountID == "" {
			continue
		}
		l := &letter{subject: "Réponse du service : " + th.Subject, link: t.BaseURL + "/espace/echanges/" + th.ID, words: "Lire et répondre",
			before: []string{e.AuthorName + ", " + th.Service + ", a répondu à votre message « " + th.Subject + " »."}}
		whole, err := notify.Chose(ctx, tx, g.AccountID, notify.AnswerText)
		if err != nil {
			return err
		}
		if whole {
			l.before = append(l.before, e.Body)
		}
		if err := l.tell(ctx, tx, g.AccountID, "Bonjour "+g.FirstName+",", notify.Answers, "thread "+e.ID); err != nil {
			return err
		}
	}
	return nil
}

// tellService tells the agent who follows the thread, or all who may answer it.
func tellService(ctx context.Context, tx *db.Tx, t *town.Town, e thread.Entry, th thread.Thread) error {
	agents, err := thread.Answerers(ctx, tx, th)
	if err != nil {
		return err
	}
	told := agents
	for _, a := range agents {
		if a.ID == th.AssignedTo {
			told = []staff.Agent{a}
		}
	}
	for _, a := range told {
		l := &letter{subject: "Message d’une famille : " + th.Subject, link: t.BaseURL + "/bureau/messages/" + th.ID, words: "Lire et répondre",
			before: []string{e.AuthorName + " écrit au service " + th.Service + "."}}
		if err := l.tell(ctx, tx, a.AccountID, "Bonjour "+a.Name+",", notify.Desk, "thread "+e.ID); err != nil {
			return err
		}
	}
	return nil
}
