package work

import (
	"context"
	"errors"
	"time"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	facts "preau/internal/paybox"
	told "preau/internal/payfip"
	"preau/internal/payment"
	"preau/internal/remote/paybox"
	"preau/internal/remote/payfip"
	"preau/internal/till"
	"preau/internal/town"
)

// tellPayment tells a family that a payment was recorded: what, when, under which number, by which service. Or that it was given back, or taken back by a bank.
func tellPayment(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p payment.Told) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			a, err := payment.Find(ctx, tx, p.AttemptID)
			if err != nil {
				return err
			}
			first := p.ReceiptID == ""
			if first {
				p.ReceiptID = a.ReceiptID
			}
			r, err := till.ByID(ctx, tx, p.ReceiptID)
			if err != nil {
				return err
			}
			office, err := till.OfficeOf(ctx, tx)
			if err != nil {
				return err
			}
			l := paidLetter(a, r, office)
			once := "payment " + a.ID
			switch {
			case p.Refund:
				way, err := payment.GivenBack(ctx, tx, a.ID)
				if err != nil {
					return err
				}
				l, once = refundLetter(a, r, office, way), once+" refund"
			case !first:
				once += " " + r.ID
				l.before = append(l.before, "C’est un second paiement sous la même référence : le premier était déjà reçu.")
			}
			l.link, l.words = t.BaseURL+"/espace/paiements/"+a.ID, "Voir ce paiement"
			return l.send(ctx, tx, a.HouseholdID, notify.Payments, once)
		})
	})
}

// paidLetter is the acknowledgement of a payment.
func paidLetter(a payment.Attempt, r till.Receipt, office till.Office) *letter {
	l := &letter{subject: "Paiement reçu : " + a.Cents.String() + ", quittance " + r.Name()}
	l.before = []string{"Nous avons bien reçu votre paiement de " + a.Cents.String() + ", " + a.Bank.French() + ", le " + r.Day.Long() + ".",
		"Quittance n° " + r.Name() + ", " + office.Name + ". Référence : " + a.Reference + "."}
	for _, s := range r.Paid {
		l.before = append(l.before, "Facture "+s.Number+" : "+s.Cents.String())
	}
	if left := r.Advance(); left > 0 {
		l.after = []string{left.String() + " restent en avance sur votre compte et paieront vos prochaines factures."}
	}
	return l
}

// refundLetter tells of a payment that was given back, or that a bank took back; r is its receipt, which is reversed.
func refundLetter(a payment.Attempt, r till.Receipt, office till.Office, way payment.Way) *letter {
	if way == payment.ByReject {
		return &letter{subject: "Paiement rejeté par votre banque : " + a.Cents.String(), before: []string{
			"Votre banque a rejeté ou repris votre paiement de " + a.Cents.String() + ", " + a.Bank.French() + " (quittance n° " + r.Name() + ", " + office.Name + ").",
			"La quittance est annulée et la somme est de nouveau à payer. Votre banque peut vous dire pourquoi ; payez dès que possible depuis votre espace, ou au guichet."}}
	}
	then := "Les factures qu’il payait sont de nouveau à régler."
	if len(r.Paid) == 0 {
		then = "Votre compte est à jour dans votre espace."
	}
	return &letter{subject: "Remboursement de " + a.Cents.String(), before: []string{
		"Votre paiement de " + a.Cents.String() + " (quittance n° " + r.Name() + ", " + office.Name + ") est remboursé.",
		"Votre banque met d’habitude quelques jours à le créditer. " + then}}
}

// sweepPayments ends what has waited long enough, then asks the banks what they did not tell. Each answer is written by itself. A bank that does
// not answer is asked nothing more this time: the attempts that are left are asked about at the next, and the refunds, which come first, are in doubt.
func sweepPayments(t *town.Town) job.Handler {
	cards, treasury := paybox.New(t.Log, t.Outside), payfip.New(t.Log, t.Outside)
	return job.Handle(func(ctx context.Context, _ job.Planned) error {
		var w payment.Waiting
		var c payment.Contracts
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if w, err = payment.Sweep(ctx, tx); err != nil {
				return err
			}
			c, err = payment.ContractsOf(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		b := banks{town: t, terms: c, cards: cards, treasury: treasury, at: t.World(w.At).Time().In(t.Loc), away: map[payment.Bank]bool{}}
		var errs []error
		for i, f := range w.Refunds {
			errs = append(errs, b.refund(ctx, f, w.Number+int64(len(w.Attempts)+i)))
		}
		for i, a := range w.Attempts {
			if !b.away[a.Bank] {
				errs = append(errs, b.attempt(ctx, a, w.Number+int64(i)))
			}
		}
		return errors.Join(errs...)
	})
}

// banks are whom a town asks.
type banks struct {
	town     *town.Town
	terms    payment.Contracts
	cards    *paybox.Client
	treasury *payfip.Client
	at       time.Time             // the bank's wall clock
	away     map[payment.Bank]bool // did not answer
}

// attempt asks what became of a payment.
func (b banks) attempt(ctx context.Context, a payment.Attempt, number int64) error {
	if a.Bank == payment.PayFiP {
		p, asked := b.treasury.Payment(ctx, b.terms.PayFiP.Base, a.Operation)
		b.away[a.Bank] = asked != nil && !errors.As(asked, new(*told.Fault))
		return b.town.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := payment.Learnt(ctx, tx, a.ID, p, asked, b.town.Loc)
			return err
		})
	}
	reply, err := b.inquire(ctx, a, number)
	if err != nil {
		return nil //nolint:nilerr // nobody answered: it is asked again
	}
	return b.town.DB.Write(ctx, func(tx *db.Tx) error { return payment.Inquired(ctx, tx, a.ID, reply, b.town.Loc) })
}

// refund asks what became of a refund whose answer was lost with the process that awaited it. One that nobody can tell of is left to an agent.
func (b banks) refund(ctx context.Context, f payment.Refund, number int64) error {
	var a payment.Attempt
	err := b.town.DB.Read(ctx, func(tx *db.Tx) (err error) { a, err = payment.Find(ctx, tx, f.AttemptID); return err })
	if err != nil {
		return err
	}
	v := payment.Verdict{Unsure: true, Detail: "Pas de réponse"}
	if !b.away[payment.Paybox] {
		if reply, err := b.inquire(ctx, a, number); err == nil && reply.Code == "00000" && reply.Status == "Remboursé" {
			v = payment.Verdict{Done: true, Code: reply.Code}
		}
	}
	by := household.By{Actor: "job:" + payment.SweepKind, Name: "Préau"}
	return b.town.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := payment.Answered(ctx, tx, f.ID, v, by, b.town.Loc)
		return err
	})
}

// errNoDirect is a contract without PPPS.
var errNoDirect = errors.New("the contract has no address of PPPS")

// inquire asks PPPS about a transaction.
func (b banks) inquire(ctx context.Context, a payment.Attempt, number int64) (facts.Reply, error) {
	if len(b.terms.Paybox.Direct) == 0 {
		return facts.Reply{}, errNoDirect
	}
	key, err := b.terms.Paybox.Key(b.town.KeyFor(payment.ContractKey))
	if err != nil {
		return facts.Reply{}, err
	}
	reply, err := b.cards.Ask(ctx, b.terms.Paybox.Direct, key, a.Question(b.terms.Paybox.Contract, facts.Inquiry, number, a.Cents, b.at))
	b.away[payment.Paybox] = err != nil && !errors.Is(err, paybox.ErrUnsure) // an answer about one payment says nothing of the others
	return reply, err
}
