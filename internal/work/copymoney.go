package work

import (
	"strings"

	"preau/internal/civil"
	"preau/internal/dunning"
	"preau/internal/mandate"
	"preau/internal/payment"
	"preau/internal/till"
)

// ever is every day that anything can stand on.
var ever = civil.Range{From: civil.New(2000, 1, 1), To: civil.New(9999, 12, 31)}

// everything is more than a household will ever have of anything.
const everything = 1 << 20

// payments are the receipts of the household, and what was begun on line, also when nothing came of it.
func (r *reader) payments() error {
	receipts, err := till.OfHousehold(r.ctx, r.tx, r.who.HouseholdID, everything)
	if err != nil {
		return err
	}
	s := &section{ID: "paiements", Title: "Les paiements reçus"}
	for _, p := range receipts {
		s.add("quittance", p.Name(), "du", day(p.Day), "payé par", p.PayerName, "moyen", p.Means.French(), "montant", p.Cents.Signed(), "objet", p.Label, "référence", p.Reference, "motif", p.Reason)
	}
	r.put(s)
	attempts, err := payment.Of(r.ctx, r.tx, r.who.HouseholdID, everything)
	s = &section{ID: "paiements_en_ligne", Title: "Les paiements commencés en ligne"}
	for _, a := range attempts {
		s.add("référence", a.Reference, "commencé le", r.when(a.CreatedAt), "par", a.PayerName, "moyen", a.Bank.French(), "montant", a.Cents.String(), "état", attemptStates[a.State])
	}
	r.put(s)
	return err
}

// attemptStates says where a payment on line stands.
var attemptStates = map[payment.State]string{
	payment.Open: "commencé", payment.Pending: "en attente de la banque", payment.Paid: "payé", payment.Refused: "refusé par la banque",
	payment.Failed: "échoué", payment.Cancelled: "abandonné", payment.Expired: "resté sans réponse",
}

// mandateStates says where a mandate stands.
var mandateStates = map[mandate.State]string{
	mandate.Active: "en vigueur", mandate.Suspended: "suspendu", mandate.Revoked: "terminé", mandate.Lapsed: "caduc",
}

// mandates are those that the household signed, word for word, with what was debited. Of an account, what the pages show of it: the rest is sealed.
func (r *reader) mandates() error {
	list, err := mandate.OfHousehold(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	s := &section{ID: "prelevements", Title: "Les mandats et les prélèvements"}
	for _, m := range list {
		s.add("mandat", string(m.RUM), "créancier", m.Creditor, "signé le", day(m.SignedOn), "par", m.SignedBy, "état", mandateStates[m.State()], "terminé le", r.when(m.EndedAt),
			"motif", strings.TrimSpace(m.SuspendedWhy+" "+m.EndedWhy), "compte", m.Account.Shown, "BIC", string(m.Account.BIC), "titulaire", m.Account.Holder,
			"adresse", strings.TrimSpace(m.Account.Street+" "+m.Account.PostalCode+" "+m.Account.City), "texte signé", m.Terms)
	}
	debits, err := mandate.OfFamily(r.ctx, r.tx, r.who.HouseholdID, everything)
	for _, d := range debits {
		s.add("prélèvement du", day(d.DueOn), "mandat", string(d.RUM), "compte", d.Shown, "montant", d.Cents.String(), "fait le", r.when(d.CollectedAt),
			"rejeté le", day(d.RejectedOn), "code de la banque", d.RejectedCode, "annulé le", r.when(d.ReleasedAt))
	}
	r.put(s)
	return err
}

// agreements are the plans that the town granted, and the tax certificates it made.
func (r *reader) agreements() error {
	s := &section{ID: "accords", Title: "Les échéanciers et les attestations fiscales"}
	if err := r.plans(s); err != nil {
		return err
	}
	if err := r.certificates(s); err != nil {
		return err
	}
	r.put(s)
	return nil
}

func (r *reader) plans(s *section) error {
	plans, err := dunning.PlansOf(r.ctx, r.tx, r.who.HouseholdID)
	for _, p := range plans {
		s.add("échéancier du", r.when(p.MadeAt), "montant", p.Total.String(), "déjà payé", p.Paid.String(), "terminé le", r.when(p.EndedAt), "remarque", p.Note)
		for _, i := range p.Instalments {
			s.add("échéancier du", r.when(p.MadeAt), "échéance", day(i.DueOn), "montant", i.Cents.String())
		}
	}
	return err
}

func (r *reader) certificates(s *section) error {
	list, err := dunning.CertificatesOf(r.ctx, r.tx, r.who.HouseholdID)
	for _, c := range list {
		s.add("attestation fiscale", c.Name(), "faite le", day(c.MadeOn), "total", c.Total.String())
	}
	return err
}
