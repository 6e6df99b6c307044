package work

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// RemindFiles is the kind of the daily job that asks whether families are to be reminded of confirming their file.
const RemindFiles = "dossier.remind_daily"

// dossierHandlers are those of what families' files tell.
func dossierHandlers(t *town.Town) map[string]job.Handler {
	return map[string]job.Handler{
		dossier.TellDecision: tellChange(t),
		dossier.TellOther:    tellOtherParent(t),
		dossier.TellConflict: tellConflict(t),
		dossier.Remind:       remindFiles(t),
		RemindFiles: job.Handle(func(ctx context.Context, _ job.Planned) error {
			return t.DB.Write(ctx, func(tx *db.Tx) error { return dossier.RemindDue(ctx, tx, civil.DateOf(tx.Now, t.Loc)) })
		}),
	}
}

// tellChange tells a family what became of what it declared. Of health, the mail says that it was answered, not what it is about.
func tellChange(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dossier.Decided) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			c, err := dossier.ChangeByID(ctx, tx, p.ChangeID)
			if err != nil {
				return err
			}
			what := words.LowerFirst(c.Definition().Label)
			if c.ChildID != "" {
				child, err := household.FindChild(ctx, tx, c.ChildID)
				if err != nil {
					return err
				}
				what += ", " + child.FirstName
			}
			l := &letter{link: t.BaseURL + "/espace/foyer", words: "Voir mon dossier"}
			if c.ChildID != "" {
				l.link, l.words = t.BaseURL+"/espace/enfants/"+c.ChildID, "Voir la page de l’enfant"
			}
			if c.Decision == dossier.Accepted {
				l.subject = "Votre changement est accepté : " + what
				l.before = []string{"Le service a vérifié le changement que vous avez déclaré le " + civil.DateOf(c.DeclaredAt, t.Loc).DayMonthYear() + " (" + what + "). Il est enregistré."}
			} else {
				l.subject = "Votre changement n’est pas accepté : " + what
				l.before = []string{"Le service n’a pas accepté le changement que vous avez déclaré le " + civil.DateOf(c.DeclaredAt, t.Loc).DayMonthYear() + " (" + what + "). L’ancienne information reste valable.",
					"Motif : " + c.Reason, "Vous pouvez le déclarer de nouveau, corrigé ou avec un autre justificatif."}
			}
			return l.send(ctx, tx, c.HouseholdID, notify.File, "change "+c.ID)
		})
	})
}

// tellOtherParent tells the other household of a shared child what changed of the child in a quarter of an hour. It names the
// fields and who changed them, nothing more: the page shows the values to those who may see them.
func tellOtherParent(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dossier.Told) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			child, err := household.FindChild(ctx, tx, p.ChildID)
			if err != nil {
				return err
			}
			labels, by, err := dossier.ChangesTold(ctx, tx, p)
			if err != nil || len(labels) == 0 {
				return err
			}
			for i := range labels {
				labels[i] = words.LowerFirst(labels[i])
			}
			who, whose, what := words.List(by), words.Of(child.FirstName), words.List(labels)
			changed, wrong := "une information", "Elle concerne l’enfant, et vous la partagez. Si elle vous paraît fausse, écrivez au service."
			if len(labels) > 1 {
				changed, wrong = "des informations", "Elles concernent l’enfant, et vous les partagez. Si l’une d’elles vous paraît fausse, écrivez au service."
			}
			have := " a changé "
			if len(by) > 1 {
				have = " ont changé "
			}
			l := &letter{subject: "Le dossier " + whose + " a changé : " + what,
				before: []string{who + have + changed + " du dossier " + whose + " : " + what + ".", wrong},
				link:   t.BaseURL + "/espace/enfants/" + p.ChildID, words: "Voir la page " + whose}
			return l.send(ctx, tx, p.HouseholdID, notify.File, "file "+p.Key())
		})
	})
}

// tellConflict tells both households that the parents answered differently, and which answer holds.
func tellConflict(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dossier.ConflictTold) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			child, err := household.FindChild(ctx, tx, p.ChildID)
			if err != nil {
				return err
			}
			homes, err := household.HouseholdsOf(ctx, tx, p.ChildID)
			if err != nil {
				return err
			}
			holds := "le refus"
			if p.Kind == dossier.Emergency {
				holds = "l’accord"
			}
			what := words.LowerFirst(p.Kind.French())
			for _, home := range homes {
				l := &letter{subject: "Autorisations " + words.Of(child.FirstName) + " : les réponses diffèrent",
					before: []string{"Les deux parents " + words.Of(child.FirstName) + " n’ont pas répondu pareil à une demande d’autorisation (" + what + ").",
						"La réponse qui protège le plus l’enfant s’applique, ici " + holds + ", jusqu’à ce que les réponses s’accordent."},
					link: t.BaseURL + "/espace/enfants/" + p.ChildID + "/autorisations", words: "Voir les réponses"}
				if err := l.send(ctx, tx, home, notify.File, "consent "+p.AnswerID+" "+home); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// remindFiles writes to the households that have not confirmed their file, in slices: a job that dies goes on where it stopped, and
// nobody is written to twice in a round.
func remindFiles(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dossier.Reminder) error {
		for {
			more := false
			err := t.DB.Write(ctx, func(tx *db.Tx) error {
				list, next, err := dossier.ToRemind(ctx, tx, p, t.Loc)
				if err != nil {
					return err
				}
				for _, u := range list {
					l := &letter{subject: "Votre dossier famille est à confirmer",
						before: []string{"Chaque année, nous vous demandons de relire ce que nous savons de votre foyer et de vos enfants, de corriger ce qui a changé, puis de confirmer.",
							"Cinq minutes suffisent. Le dossier est à confirmer depuis le " + p.Since.DayMonthYear() + "."},
						link: t.BaseURL + "/espace/foyer/confirmation", words: "Relire et confirmer mon dossier"}
					if err := l.send(ctx, tx, u.HouseholdID, notify.File, "confirm "+p.Since.String()+" "+p.Round); err != nil {
						return err
					}
				}
				p, more = next, len(list) > 0
				return nil
			})
			if err != nil || !more {
				return err
			}
		}
	})
}
