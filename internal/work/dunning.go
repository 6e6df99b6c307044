package work

import (
	"context"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/notify"
	"preau/internal/town"
)

// holdsAtATime is how many households one transaction looks at for their debts.
const holdsAtATime = 50

func dunningHandlers(t *town.Town) map[string]job.Handler {
	return map[string]job.Handler{
		dunning.RemindKind:   remindUnpaid(t),
		dunning.RemindedKind: tellReminded(t),
		dunning.HandedKind:   tellHanded(t),
		dunning.PlanKind:     tellPlan(t),
		dunning.NightKind:    dunningNight(t),
		dunning.CertifyKind:  certify(t),
	}
}

// remindUnpaid goes through what is overdue, a slice a transaction. What is paid meanwhile shifts the list by a few: they are met the next day.
func remindUnpaid(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		for offset := 0; ; offset += 200 {
			var more bool
			err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
				more, err = dunning.RemindSlice(ctx, tx, civil.DateOf(tx.Now, t.Loc), offset)
				return err
			})
			if err != nil || !more {
				return err
			}
		}
	})
}

// inTurn runs an act from one id to the next, a transaction each, until it says that there is none.
func inTurn(ctx context.Context, t *town.Town, slice func(tx *db.Tx, after string) (string, error)) error {
	for after := ""; ; {
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			after, err = slice(tx, after)
			return err
		})
		if err != nil || after == "" {
			return err
		}
	}
}

// dunningNight settles plans, then the holds of households in debt.
func dunningNight(t *town.Town) job.Handler {
	by := household.By{Actor: "job:" + dunning.NightKind, Name: "Chaque nuit"}
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		if err := inTurn(ctx, t, func(tx *db.Tx, after string) (string, error) {
			return dunning.NightSlice(ctx, tx, civil.DateOf(tx.Now, t.Loc), after)
		}); err != nil {
			return err
		}
		return inTurn(ctx, t, func(tx *db.Tx, after string) (string, error) {
			return dunning.HoldSlice(ctx, tx, by, civil.DateOf(tx.Now, t.Loc), after, holdsAtATime)
		})
	})
}

// certify makes the certificates of a year.
func certify(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dunning.CertifyPayload) error {
		var profile town.Profile
		if err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			profile, err = t.Profile(ctx, tx)
			return err
		}); err != nil {
			return err
		}
		return inTurn(ctx, t, func(tx *db.Tx, after string) (string, error) {
			return dunning.CertifySlice(ctx, tx, p.Year, after, profile, civil.DateOf(tx.Now, t.Loc))
		})
	})
}

// tellReminded writes to a family what it was reminded of on a day.
func tellReminded(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dunning.RemindedPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := dunning.Reminded(ctx, tx, p.HouseholdID, p.Level, p.Day)
			if err != nil || len(list) == 0 {
				return err
			}
			ids := make([]string, len(list))
			for i, r := range list {
				ids[i] = r.InvoiceID
			}
			invoices, err := billing.InvoicesByIDs(ctx, tx, ids)
			if err != nil {
				return err
			}
			l := &letter{link: t.BaseURL + "/espace/factures", words: "Régler mes factures"}
			sum := addUnpaid(l, invoices)
			if sum <= 0 {
				return nil // paid meanwhile
			}
			if p.Level == 1 {
				l.subject = "Rappel : " + sum.String() + " à régler"
				l.before = []string{"Sauf erreur de notre part, " + sum.String() + " restent à régler. L’échéance est passée."}
				l.after = []string{"Si vous venez de payer, ne tenez pas compte de ce message. En cas de difficulté, écrivez à la régie : un échéancier est possible."}
			} else {
				l.subject = "Dernier rappel : " + sum.String() + " à régler"
				l.before = []string{"Malgré un premier rappel, " + sum.String() + " restent à régler. Sans paiement, cette somme sera transmise au Trésor public, qui vous la réclamera."}
				l.after = []string{"Si vous venez de payer, ne tenez pas compte de ce message. En cas de difficulté, écrivez sans attendre à la régie : un échéancier est possible."}
			}
			return l.send(ctx, tx, p.HouseholdID, notify.Debits, "reminded "+list[0].ID)
		})
	})
}

// addUnpaid lists what is left to pay, and sums it up.
func addUnpaid(l *letter, invoices []billing.Invoice) (sum money.Cents) {
	for _, i := range invoices {
		if i.Rest > 0 {
			l.say("Factures", "Facture "+i.Label+", échéance le "+i.DueOn.DayMonthYear()+" : "+i.Rest.String(), "", "")
			sum += i.Rest
		}
	}
	return sum
}

// tellHanded tells a family that the treasury now asks for its debt.
func tellHanded(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dunning.HandedPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			invoices, err := billing.InvoicesByIDs(ctx, tx, p.Invoices)
			if err != nil || len(invoices) == 0 {
				return err
			}
			l := &letter{subject: "Factures transmises au Trésor public", link: t.BaseURL + "/espace/factures", words: "Voir mes factures",
				before: []string{"Ces factures sont restées impayées après deux rappels. Elles sont transmises au Trésor public : il vous enverra un avis des sommes à payer, et c’est à lui que vous paierez. La régie et le paiement en ligne ne les acceptent plus."}}
			addUnpaid(l, invoices)
			return l.send(ctx, tx, p.HouseholdID, notify.Debits, "handed over "+invoices[0].ID+" "+invoices[0].HandedAt.String())
		})
	})
}

// tellPlan tells a family what its payment plan has become.
func tellPlan(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p dunning.PlanPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			plan, err := dunning.PlanByID(ctx, tx, p.PlanID)
			if err != nil {
				return err
			}
			l := &letter{link: t.BaseURL + "/espace/factures", words: "Voir mes factures"}
			switch p.What {
			case "made":
				l.subject = "Votre échéancier de paiement : " + plan.Total.String()
				l.before = []string{"La régie vous accorde un échéancier. Réglez chaque mensualité au plus tard à sa date ; aucun rappel ne vous sera envoyé d’ici là."}
				for _, i := range plan.Instalments {
					l.say("Mensualités", i.DueOn.DayMonthYear()+" : "+i.Cents.String(), "", "")
				}
			case "kept":
				l.subject = "Votre échéancier est terminé"
				l.before = []string{"Toutes les mensualités sont réglées. Merci."}
			case "broken":
				l.subject = "Votre échéancier est rompu : " + (plan.Total - plan.Paid).String() + " à régler"
				l.before = []string{"Une mensualité n’est pas arrivée à sa date. L’échéancier prend fin : " + (plan.Total - plan.Paid).String() + " sont à régler sans attendre. Écrivez à la régie si vous rencontrez une difficulté."}
			default:
				l.subject = "Votre échéancier est arrêté"
				l.before = []string{"La régie a mis fin à l’échéancier : " + (plan.Total - plan.Paid).String() + " restent à régler."}
			}
			return l.send(ctx, tx, plan.HouseholdID, notify.Debits, "plan "+plan.ID+" "+p.What)
		})
	})
}
