package work

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/notify"
	"preau/internal/town"
)

// MandateNight is the kind of the nightly job that ends the mandates nobody used for three years.
const MandateNight = "mandate.night"

// debitPath is where a family sees its direct debits.
const debitPath = "/espace/prelevement"

func mandateHandlers(t *town.Town) map[string]job.Handler {
	return map[string]job.Handler{
		mandate.TellKind:     tellMandate(t),
		mandate.GatherKind:   gatherDebits(t),
		mandate.AnnounceKind: tellDebits(t, announceLetter),
		mandate.WithdrawKind: tellDebits(t, withdrawLetter),
		mandate.RejectedKind: tellRejected(t),
		mandate.CollectKind: inSlices(t, func(ctx context.Context, tx *db.Tx) (bool, error) {
			return mandate.CollectSlice(ctx, tx, civil.DateOf(tx.Now, t.Loc))
		}),
		MandateNight: inSlices(t, func(ctx context.Context, tx *db.Tx) (bool, error) {
			return mandate.LapseSlice(ctx, tx, household.By{Actor: "job:" + MandateNight, Name: "Chaque nuit"}, civil.DateOf(tx.Now, t.Loc), 50)
		}),
	}
}

// inSlices runs an act in transactions of one slice each, until there is no more.
func inSlices(t *town.Town, slice func(ctx context.Context, tx *db.Tx) (bool, error)) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		for {
			var more bool
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = slice(ctx, tx)
				return err
			})
			if err != nil || !more {
				return err
			}
		}
	})
}

// tellMandate tells a family what happened to its mandate.
func tellMandate(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.Told) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			m, err := mandate.ByID(ctx, tx, p.MandateID)
			if err != nil {
				return err
			}
			l := mandateLetter(m, p.What)
			l.link = t.BaseURL + debitPath
			return l.send(ctx, tx, m.HouseholdID, notify.Debits, "mandate "+m.ID+" "+p.What+" "+p.At.String())
		})
	})
}

func mandateLetter(m mandate.Mandate, what string) *letter {
	l := &letter{words: "Voir le prélèvement automatique"}
	facts := "Référence unique du mandat (RUM) : " + string(m.RUM) + "\nCompte : " + m.Account.Shown + ", au nom de " + m.Account.Holder +
		"\nCréancier : " + m.Creditor + ", ICS " + string(m.ICS)
	switch what {
	case "signed":
		l.subject = "Prélèvement automatique : votre mandat est signé"
		l.before = []string{"Vos factures seront prélevées sur votre compte, chacune à une date annoncée au moins quatorze jours avant, sauf si la Ville en a fixé moins avec vous.", facts}
		l.after = []string{"La copie du mandat, en PDF, est dans votre espace. Gardez-la.",
			"Si ce n’est pas vous qui avez signé, arrêtez le prélèvement dans votre espace et prévenez la mairie."}
	case "account":
		l.subject = "Prélèvement automatique : votre nouveau compte est enregistré"
		l.before = []string{"Les prochains prélèvements se feront sur ce compte. Un prélèvement déjà transmis à la banque se fera encore sur l’ancien.", facts}
	case "suspended":
		l.subject = "Prélèvement automatique suspendu"
		l.before = []string{"Le prélèvement de vos factures est suspendu. Motif : " + m.SuspendedWhy + ".",
			"D’ici là, réglez vos factures par un autre moyen. Si votre compte a changé, enregistrez le nouveau : le prélèvement reprendra."}
	case "resumed":
		l.subject = "Prélèvement automatique : il reprend"
		l.before = []string{"Le prélèvement de vos prochaines factures reprend.", facts}
	case "lapsed":
		l.subject = "Prélèvement automatique : votre mandat a expiré"
		l.before = []string{"Aucun prélèvement n’a été fait depuis trois ans : votre mandat n’est plus valable. Vous pouvez en signer un nouveau.", facts}
	default:
		l.subject = "Prélèvement automatique arrêté"
		l.before = []string{"Votre mandat a pris fin : vos prochaines factures ne seront plus prélevées. Un prélèvement déjà transmis à la banque se fera encore.", facts}
	}
	return l
}

// gatherDebits gathers the debits of a batch, some hundreds of mandates a transaction.
func gatherDebits(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.BatchPayload) error {
		for after := ""; ; {
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				after, err = mandate.GatherSlice(ctx, tx, p.BatchID, after)
				return err
			})
			if err != nil || after == "" {
				return err
			}
		}
	})
}

// debitsTold is how many families are told in one transaction.
const debitsTold = 50

// tellDebits tells each family of a batch what its debit is, or that it will not be.
func tellDebits(t *town.Town, write func(b mandate.Batch, d mandate.Debit) (l *letter, once string)) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.BatchPayload) error {
		for after := ""; ; {
			var list []mandate.Debit
			err := t.DB.Write(ctx, func(tx *db.Tx) error {
				b, err := mandate.BatchByID(ctx, tx, p.BatchID)
				if err != nil {
					return err
				}
				if list, err = mandate.DebitsOf(ctx, tx, b.ID, after, debitsTold); err != nil {
					return err
				}
				for _, d := range list {
					l, once := write(b, d)
					if l == nil {
						continue
					}
					l.link = t.BaseURL + debitPath
					if err := l.send(ctx, tx, d.HouseholdID, notify.Debits, once); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil || len(list) < debitsTold {
				return err
			}
			after = list[len(list)-1].EndToEnd
		}
	})
}

// announceLetter is the notice that comes before a debit.
func announceLetter(b mandate.Batch, d mandate.Debit) (*letter, string) {
	if !d.ReleasedAt.IsZero() || b.State() == mandate.Cancelled {
		return nil, ""
	}
	l := &letter{subject: "Prélèvement de " + d.Cents.String() + " le " + b.DueOn.DayMonth(), words: "Voir le prélèvement automatique",
		before: []string{d.Cents.String() + " seront prélevés le " + b.DueOn.Long() + " sur le compte " + d.Shown + ", au nom de " + d.Holder + ". Vous n’avez rien à faire.",
			"Référence unique du mandat (RUM) : " + string(d.RUM) + "\nCréancier : " + b.Creditor.Name + ", ICS " + string(b.Creditor.ICS)}}
	addShares(l, d)
	return l, "debit " + d.ID
}

// withdrawLetter says that a debit that was announced will not be.
func withdrawLetter(b mandate.Batch, d mandate.Debit) (*letter, string) {
	l := &letter{subject: "Le prélèvement du " + b.DueOn.DayMonth() + " n’aura pas lieu", words: "Voir le prélèvement automatique",
		before: []string{"Le prélèvement de " + d.Cents.String() + " annoncé pour le " + b.DueOn.Long() + " est annulé par la Ville. Un autre vous sera annoncé, ou vous pouvez régler par un autre moyen."}}
	addShares(l, d)
	return l, "debit withdrawn " + d.ID
}

func addShares(l *letter, d mandate.Debit) {
	for _, s := range d.Shares {
		l.say("Factures", "Facture "+s.Number+" : "+s.Cents.String(), "", "")
	}
}

// tellRejected tells a family that the bank sent a debit back.
func tellRejected(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.RejectedPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			d, err := mandate.DebitByID(ctx, tx, p.DebitID)
			if err != nil {
				return err
			}
			code, _ := mandate.CodeByID(d.RejectedCode)
			l := &letter{subject: "Prélèvement rejeté : " + d.Cents.String() + " à régler", link: t.BaseURL + "/espace/factures", words: "Régler mes factures",
				before: []string{"Votre banque a rejeté le prélèvement de " + d.Cents.String() + " du " + d.DueOn.Long() + ". Motif : " + code.Label + ".",
					"Ces factures sont de nouveau à régler. Réglez-les par un autre moyen : elles ne seront pas prélevées d’elles-mêmes sans un nouvel avis."}}
			addShares(l, d)
			return l.send(ctx, tx, d.HouseholdID, notify.Debits, "debit rejected "+d.ID)
		})
	})
}
