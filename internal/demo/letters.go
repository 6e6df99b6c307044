package demo

import (
	"context"
	"slices"
	"time"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/thread"
)

// education is the service that families write to most.
const education = "Service Éducation"

// letters: Claire asks about Léo's menu, the service answers; another question waits. What came before the last days is read.
func (s *story) letters(ctx context.Context) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		services, err := thread.Services(ctx, tx)
		if err != nil {
			return err
		}
		service := services[0]
		if slices.Contains(services, education) {
			service = education
		}
		if _, err := notify.MarkAllRead(ctx, tx, s.claire.AccountID); err != nil {
			return err
		}
		if _, err := thread.Start(ctx, tx, s.karim, thread.New{Service: service, ChildID: s.leo.ID, Subject: "Qui vient chercher Léo le vendredi ?",
			Body: "Bonjour,\n\nLe vendredi, c’est ma sœur Samia qui viendra chercher Léo. Que dois-je vous envoyer ?\n\nKarim Benali"}, s.Town.Loc); err != nil {
			return err
		}
		s.menu, err = thread.Start(ctx, tx, s.claire, thread.New{Service: service, ChildID: s.leo.ID, Subject: "Changer le menu de Léo",
			Body: "Bonjour,\n\nNous aimerions que Léo prenne le menu végétarien à partir de janvier. Est-ce possible en cours d’année ?\n\nMerci d’avance,\nClaire Martin"}, s.Town.Loc)
		return err
	})
}

// answer is the service's, the next morning.
func (s *story) answer(ctx context.Context) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		th, err := thread.Of(ctx, tx, s.claire, s.menu)
		if err != nil {
			return err
		}
		agents, err := thread.Answerers(ctx, tx, th)
		if err != nil {
			return err
		}
		who := s.direction
		for _, a := range agents {
			if a.Role == staff.Instruction {
				who = a
			}
		}
		if err := s.looked(ctx, tx, who); err != nil {
			return err
		}
		return thread.Answer(ctx, tx, who, s.menu, "Bonjour,\n\nOui, le menu se change quand vous voulez. Celui de Léo passera au végétarien le premier jour de classe de janvier.\n\nBonne journée,\n"+who.Name, false)
	})
}

// looked is what the agent looked at before answering: the families read it under « Qui a consulté ou modifié mon dossier ».
func (s *story) looked(ctx context.Context, tx *db.Tx, who staff.Agent) error {
	for _, e := range []audit.Entry{
		{Act: "household.view", Household: s.claire.HouseholdID}, {Act: "thread.view", Household: s.claire.HouseholdID}, {Act: "thread.view", Household: s.karim.HouseholdID},
	} {
		e.Actor, e.ActorName, e.Subject = who.Actor(), who.Name, "household:"+e.Household
		if err := audit.Seen(ctx, tx, e, tx.Now.Add(-time.Hour)); err != nil {
			return err
		}
	}
	return nil
}
