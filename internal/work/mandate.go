package work

import (
	"context"
	"slices"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// MandateNight is the kind of the nightly job that ends the mandates nobody used for three years.
const MandateNight = "mandate.night"

// debitPath is where a family sees its direct debits.
const debitPath = "/espace/prelevement"

func mandateHandlers(t *town.Town) map[string]job.Handler {
	return map[string]job.Handler{
		mandate.TellKind:     tellMandate(t),
		mandate.GatherKind:   gatherDebits(t),
		mandate.AnnounceKind: tellBatch(t, announce),
		mandate.WithdrawKind: tellBatch(t, tellCancelled),
		mandate.ReleasedKind: tellDebit(t, tellWithdrawn),
		mandate.RejectedKind: tellDebit(t, tellRejected),
		mandate.CollectKind: inSlices(t, func(ctx context.Context, tx *db.Tx) (bool, error) {
			return mandate.CollectSlice(ctx, tx, civil.DateOf(tx.Now, t.Loc))
		}),
		MandateNight: inSlices(t, func(ctx context.Context, tx *db.Tx) (bool, error) {
			return mandate.LapseSlice(ctx, tx, household.By{Actor: "job:" + MandateNight, Name: "Chaque nuit"}, civil.DateOf(tx.Now, t.Loc), t.Loc, 50)
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
			set, err := mandate.SettingsOf(ctx, tx)
			if err != nil {
				return err
			}
			l := mandateLetter(m, p.What, set.Notice)
			l.link = t.BaseURL + debitPath
			return l.send(ctx, tx, m.HouseholdID, notify.Debits, "mandate "+m.ID+" "+p.What+" "+p.At.String())
		})
	})
}

// mandateLetter says what happened to a mandate; notice is how many days an invoice is sent before its debit.
func mandateLetter(m mandate.Mandate, what string, notice int) *letter {
	l := &letter{words: "Voir le prélèvement automatique"}
	facts := "Référence unique du mandat (RUM) : " + string(m.RUM) + "\nCompte : " + m.Account.Shown + ", au nom de " + m.Account.Holder +
		"\nCréancier : " + m.Creditor + ", ICS " + string(m.ICS)
	switch what {
	case "signed":
		l.subject = "Prélèvement automatique : votre mandat est signé"
		l.before = []string{"Vos factures seront prélevées sur votre compte, chacune " + words.Debited(notice) + ".", facts}
		l.after = []string{"La copie du mandat, en PDF, est dans votre espace. Gardez-la.",
			"Si ce n’est pas vous qui avez signé, arrêtez le prélèvement dans votre espace et prévenez la mairie."}
	case "account":
		l.subject = "Prélèvement automatique : votre nouveau compte est enregistré"
		l.before = []string{"Les prochains prélèvements se feront sur ce compte. Un prélèvement déjà transmis à la banque se fera encore sur l’ancien.", facts}
	case "suspended":
		l.subject = "Prélèvement automatique suspendu"
		l.before = []string{"Le prélèvement de vos factures est suspendu. Motif : " + m.SuspendedWhy + ".",
			"Tant qu’il est suspendu, réglez vos factures par un autre moyen. Si votre compte a changé, enregistrez le nouveau : le prélèvement reprendra."}
	case "resumed":
		l.subject = "Prélèvement automatique : il reprend"
		l.before = []string{"Le prélèvement de vos prochaines factures reprend.", facts}
	case "lapsed":
		l.subject = "Prélèvement automatique : votre mandat a expiré"
		l.before = []string{"Aucun prélèvement n’a été fait depuis trois ans : votre mandat n’est plus valable. Vous pouvez en signer un nouveau.", facts}
	default:
		l.subject = "Prélèvement automatique arrêté"
		l.before = []string{"Votre mandat a pris fin : vos prochaines factures ne seront plus prélevées. Un prélèvement déjà transmis à la banque se fera encore.", facts}
		if m.EndedWhy != "" {
			l.before = slices.Insert(l.before, 1, "Motif donné par la Ville : "+m.EndedWhy+".")
		}
	}
	return l
}

// gatherDebits gathers the debits of a batch, some hundreds of mandates a transaction.
func gatherDebits(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.BatchPayload) error {
		return inTurn(ctx, t, func(tx *db.Tx, after string) (string, error) { return mandate.GatherSlice(ctx, tx, p.BatchID, after) })
	})
}

// tellOf writes to a family about one debit of a batch.
type tellOf func(ctx context.Context, tx *db.Tx, base string, b mandate.Batch, d mandate.Debit) error

// debitsTold is how many families are told in one transaction.
const debitsTold = 50

// tellBatch writes to each family of a batch.
func tellBatch(t *town.Town, tell tellOf) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.BatchPayload) error {
		return inTurn(ctx, t, func(tx *db.Tx, after string) (string, error) {
			b, err := mandate.BatchByID(ctx, tx, p.BatchID)
			if err != nil {
				return "", err
			}
			list, err := mandate.DebitsOf(ctx, tx, b.ID, after, debitsTold)
			if err != nil {
				return "", err
			}
			for _, d := range list {
				if err := tell(ctx, tx, t.BaseURL, b, d); err != nil {
					return "", err
				}
			}
			if len(list) < debitsTold {
				return "", nil
			}
			return list[len(list)-1].EndToEnd, nil
		})
	})
}

// tellDebit writes to the family of one debit.
func tellDebit(t *town.Town, tell tellOf) job.Handler {
	return job.Handle(func(ctx context.Context, p mandate.DebitPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			d, err := mandate.DebitByID(ctx, tx, p.DebitID)
			if err != nil {
				return err
			}
			b, err := mandate.BatchByID(ctx, tx, d.BatchID)
			if err != nil {
				return err
			}
			return tell(ctx, tx, t.BaseURL, b, d)
		})
	})
}

// announced names, for package notify, the notice of a debit.
func announced(d mandate.Debit) string { return "debit " + d.ID }

// announce writes the notice that comes before a debit.
func announce(ctx context.Context, tx *db.Tx, base string, b mandate.Batch, d mandate.Debit) error {
	if !d.ReleasedAt.IsZero() || b.State() == mandate.Cancelled {
		return nil
	}
	l := &letter{subject: "Prélèvement de " + d.Cents.String() + " le " + b.DueOn.DayMonth(), words: "Voir le prélèvement automatique", link: base + debitPath,
		before: []string{d.Cents.String() + " seront prélevés le " + b.DueOn.Long() + " sur le compte " + d.Shown + ", au nom de " + d.Holder + ". Vous n’avez rien à faire.",
			"Référence unique du mandat (RUM) : " + string(d.RUM) + "\nCréancier : " + b.Creditor.Name + ", ICS " + string(b.Creditor.ICS)}}
	addShares(l, d)
	return l.send(ctx, tx, d.HouseholdID, notify.Debits, announced(d))
}

// tellCancelled tells a family that the batch of its debit is given up. What was taken out of it before was told then.
func tellCancelled(ctx context.Context, tx *db.Tx, base string, b mandate.Batch, d mandate.Debit) error {
	if d.ReleasedAt.Compare(b.CancelledAt) != 0 {
		return nil
	}
	return tellWithdrawn(ctx, tx, base, b, d)
}

// tellWithdrawn tells a family that a debit will not be; nothing when it was not announced.
func tellWithdrawn(ctx context.Context, tx *db.Tx, base string, b mandate.Batch, d mandate.Debit) error {
	if told, err := toldHousehold(ctx, tx, d.HouseholdID, announced(d)); err != nil || !told {
		return err
	}
	l := &letter{subject: "Le prélèvement du " + b.DueOn.DayMonth() + " n’aura pas lieu", words: "Voir le prélèvement automatique", link: base + debitPath,
		before: []string{"Le prélèvement de " + d.Cents.String() + " annoncé pour le " + b.DueOn.Long() + " est annulé par la Ville.",
			"Si vous avez déjà réglé ces factures autrement, vous n’avez rien à faire. Sinon, un autre prélèvement vous sera annoncé, ou vous pouvez régler par un autre moyen."}}
	addShares(l, d)
	return l.send(ctx, tx, d.HouseholdID, notify.Debits, "debit withdrawn "+d.ID)
}

func addShares(l *letter, d mandate.Debit) {
	for _, s := range d.Shares {
		l.say("Factures", "Facture "+s.Number+" : "+s.Cents.String(), "", "")
	}
}

// tellRejected tells a family that the bank sent a debit back, and what of its invoices is to be paid again: nothing of those that were paid otherwise.
func tellRejected(ctx context.Context, tx *db.Tx, base string, _ mandate.Batch, d mandate.Debit) error {
	ids := make([]string, len(d.Shares))
	for i, s := range d.Shares {
		ids[i] = s.InvoiceID
	}
	invoices, err := billing.InvoicesByIDs(ctx, tx, ids)
	if err != nil {
		return err
	}
	balance, err := billing.Balance(ctx, tx, d.HouseholdID)
	if err != nil {
		return err
	}
	code, _ := mandate.CodeByID(d.RejectedCode)
	l := &letter{link: base + "/espace/factures", words: "Régler mes factures",
		before: []string{"Votre banque a rejeté le prélèvement de " + d.Cents.String() + " du " + d.DueOn.Long() + ". Motif : " + code.Label + "."}}
	sum, what := addUnpaid(l, invoices), ""
	switch {
	case sum > 0:
		l.subject = "Prélèvement rejeté : " + sum.String() + " à régler"
		what = "Ces factures sont de nouveau à régler. Réglez-les par un autre moyen : elles ne seront pas prélevées d’elles-mêmes sans un nouvel avis."
	case balance > 0:
		l.subject = "Prélèvement de " + d.Cents.String() + " rejeté"
		what = "Ce que vous devez à la Ville, " + balance.String() + ", est dans votre espace, à la page Factures."
	default:
		l.subject = "Prélèvement de " + d.Cents.String() + " rejeté"
		what = "Ses factures sont réglées autrement : vous n’avez rien à faire."
	}
	l.before = append(l.before, what)
	return l.send(ctx, tx, d.HouseholdID, notify.Debits, "debit rejected "+d.ID)
}
