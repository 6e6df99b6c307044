package pay_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/demo/bank"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/payment"
	"preau/internal/till"
	"preau/internal/webtest"
)

// letters are all that were sent, one after the other.
func letters(d *desk) string {
	var all strings.Builder
	for _, l := range d.Mailbox.List() {
		all.WriteString(l.Subject + "\n" + l.Text + "\n")
	}
	return all.String()
}

// What agents see: what is odd, each payment with all that was said of it, and the way back.
func TestTheDesk(t *testing.T) {
	d := newDesk(t, "sqlite")
	v := d.enter("claire.martin")
	p := d.begin(v, "paybox", "2026-000001")
	o := d.order(p)
	id := strings.TrimPrefix(p.URL.Path, "/espace/paiements/")
	d.call("GET", d.cards.Sign("montant=1&reference="+o.Reference+"&auto=X&erreur=00000&trans=9"))
	if _, err := d.cards.Decide(t.Context(), o.ID, bank.Accept); err != nil {
		t.Fatal(err)
	}
	agent := d.enter("regie")
	p = agent.Get("/bureau/paiements").Want(200).Says("main", "À regarder (1)", "Montant différent", "0,01", o.Reference, "Claire Martin", "Payé")
	if got := p.Text(`nav a[href="/bureau/paiements"] .tool__n`); !strings.HasPrefix(got, "1") {
		t.Errorf("the menu says %q", got)
	}
	p.Submit("Marquer comme vu").Want(200).Says("[role=status]", "noté")
	if agent.Get("/bureau/paiements?etat=refused").Want(200).Has(".table") {
		t.Error("the filter keeps what it should not")
	}
	agent.Get("/bureau/paiements?q=benali").Want(200).Says("main", "Aucun paiement")
	p = agent.Get("/bureau/paiements/"+id).Want(200).Says("main", "41,30", "2026-000001", "Montant différent de celui demandé (code 00000)", "Vu par regie", "Paiement confirmé par la banque")
	agent.Post("/bureau/paiements/"+id+"/remboursements", url.Values{"motif": {""}, "voie": {"bank"}}).Want(422).Says(".err", "Indiquez pourquoi")
	agent.Post("/bureau/paiements/"+id+"/remboursements", url.Values{"motif": {"x"}, "voie": {"autre"}}).Want(422)
	p.Form("Rembourser 41,30 € par la banque").Fill("motif", "payé deux fois").Send().Want(200).Says("[role=status]", "41,30", "remboursés").Says("main", "Remboursé", "Annulée")
	if r := d.cards.Refunds(); len(r) != 1 || r[0].Total != 4130 {
		t.Errorf("%+v", r)
	}
	d.owes(5330, 2)
	v.Get("/espace/paiements/"+id).Want(200).Says("[role=status]", "remboursés", "de nouveau à régler")
	d.work()
	d.work()
	if got := d.Mailbox.List(); len(got) != 2 || !strings.Contains(got[0].Subject+got[1].Subject, "Remboursement de 41,30") {
		t.Errorf("%+v", got)
	}
	d.owes(5330, 2)
	p = d.begin(v, "paybox", "2026-000001")
	if _, err := d.cards.Decide(t.Context(), d.order(p).ID, bank.Accept); err != nil {
		t.Fatal(err)
	}
	path := "/bureau/paiements/" + strings.TrimPrefix(p.URL.Path, "/espace/paiements/")
	d.abandon(agent, path+"/remboursements", url.Values{"motif": {"en double"}, "voie": {"bank"}}) // an agent who leaves before the bank answers
	agent.Get(path).Want(200).Says("main", "Remboursé", "Annulée")
	d.owes(5330, 4)
	d.call("GET", d.cards.Sign("montant=4130&reference="+d.cards.Orders()[0].Reference+"&appel=1&auto=X&erreur=00000&trans=9")) // paid twice
	agent.Get(path).Want(200).Says("main", "À regarder (1)", "Payé deux fois").Submit("Marquer comme vu").Want(200).WantPath(path).Says("main", "Vu par regie")
	d.work()
	if n := strings.Count(letters(d), "C’est un second paiement"); n != 1 || !strings.Contains(letters(d), "41,30\u00a0€ restent en avance") {
		t.Errorf("told %d times of a second payment: %s", n, letters(d))
	}
	p = agent.Get(path).Want(200)
	form := url.Values{"voie": {"reject"}, "motif_rejet": {"provision insuffisante"}, "rejete_le": {civil.DateOf(civil.At(d.Clock.Now()), d.Loc).AddDays(1).String()}}
	if p.Has("[name=rejete_le]") {
		t.Error("what was given back may be rejected")
	}
	d.rejected(v, agent, form)
	d.enter("agent.enfance").Get("/bureau/paiements").Want(403)
	v.Get("/bureau/paiements").Want(404)
}

// rejected has Claire pay her second invoice by a debit of PayFiP, which her bank rejects: nobody says that it was given back to her.
func (d *desk) rejected(v, agent *webtest.Visitor, form url.Values) {
	d.t.Helper()
	p := d.begin(v, "payfip", "2026-000002")
	op := d.payfip.Operations()[0]
	if _, err := d.payfip.Decide(d.t.Context(), op.ID, "V"); err != nil {
		d.t.Fatal(err)
	}
	d.work()
	path := "/bureau/paiements/" + strings.TrimPrefix(p.URL.Path, "/espace/paiements/")
	agent.Post(path+"/remboursements", form).Want(422).Says(".err", "Indiquez le jour du rejet")
	form.Set("rejete_le", civil.DateOf(civil.At(d.Clock.Now()), d.Loc).String())
	form.Set("motif_rejet", " ")
	agent.Post(path+"/remboursements", form).Want(422).Says(".err", "Indiquez le motif")
	agent.Get(path).Form("Enregistrer le rejet de 12,00 €").Fill("rejete_le", form.Get("rejete_le")).Fill("motif_rejet", "provision insuffisante").Send().Want(200).
		Says("[role=status]", "Rejet enregistré").Says("main", "Rejeté ou repris par la banque", "provision insuffisante", "Annulée")
	agent.Post(path+"/remboursements", url.Values{"voie": {"hand"}, "motif": {"encore"}}).Want(422)
	v.Get(p.URL.Path).Want(200).Says("h1", "Paiement rejeté").Says("[role=status]", "a rejeté ou repris votre paiement", "de nouveau à payer")
	d.work()
	if last := d.Mailbox.List()[0]; !strings.Contains(last.Subject, "Paiement rejeté par votre banque : 12,00") || strings.Contains(last.Text, "rembours") {
		d.t.Errorf("%s\n%s", last.Subject, last.Text)
	}
}

// A bank that does not answer about a refund leaves a doubt, which an agent settles.
func TestARefundInDoubt(t *testing.T) {
	d := newDesk(t, "sqlite")
	d.Write(func(tx *db.Tx) error {
		c, err := payment.ContractsOf(t.Context(), tx)
		if err != nil {
			return err
		}
		c.Paybox.Direct = []string{d.BaseURL + "/demo/banque/nowhere"}
		return payment.SavePaybox(t.Context(), tx, c.Paybox, "", d.KeyFor(payment.ContractKey))
	})
	v := d.enter("claire.martin")
	p := d.begin(v, "paybox", "2026-000001")
	o := d.order(p)
	if _, err := d.cards.Decide(t.Context(), o.ID, bank.Accept); err != nil {
		t.Fatal(err)
	}
	path := "/bureau/paiements/" + strings.TrimPrefix(p.URL.Path, "/espace/paiements/")
	agent := d.enter("regie")
	p = agent.Get(path).Form("Rembourser 41,30 € par la banque").Fill("motif", "erreur").Send().Want(200).Says("[role=status]", "n’a pas répondu")
	d.owes(1200, 1)
	p = p.Submit("La banque ne l’a pas fait").Want(200).Says("[role=status]", "refusé ce remboursement")
	p.Form("Enregistrer un remboursement fait ailleurs").Fill("motif", "virement").Send().Want(200).Says("[role=status]", "remboursés")
	d.owes(5330, 2)
	d.work()

	p = d.begin(v, "paybox", "2026-000002")
	back := p.URL.Path
	path = "/bureau/paiements/" + strings.TrimPrefix(back, "/espace/paiements/")
	today, home := civil.DateOf(civil.At(d.Clock.Now()), d.Loc), d.world.Claire.HouseholdID
	d.Write(func(tx *db.Tx) error { // paid at the till meanwhile: the payment is an advance
		_, err := till.Record(t.Context(), tx, till.Take{HouseholdID: home, PayerName: "Claire Martin", Means: till.Transfer, Cents: 5330, Source: "essai", Day: today, By: "system"})
		return err
	})
	if _, err := d.cards.Decide(t.Context(), d.order(p).ID, bank.Accept); err != nil {
		t.Fatal(err)
	}
	d.work()
	agent.Get(path).Form("Rembourser 12,00 € par la banque").Fill("motif", "en double").Send().Want(200)
	d.Write(func(tx *db.Tx) error {
		_, err := billing.Refund(t.Context(), tx, billing.Payment{HouseholdID: home, Source: "refund:essai", Label: "Remboursement", Cents: 1200, Day: today, By: "system"})
		return err
	})
	agent.Get(path).Submit("La banque l’a fait").Want(200).Says("[role=status]", "12,00", "remboursés").Says("main", "À regarder", "a été remboursée", "le doit de nouveau")
	v.Get(back).Want(200).Says("[role=status]", "12,00", "remboursés", "est annulée")
	d.work()
	if last := d.Mailbox.List()[0]; !strings.Contains(last.Subject, "Remboursement de 12,00") || strings.Contains(last.Text, "de nouveau à régler") {
		t.Errorf("%s\n%s", last.Subject, last.Text)
	}
	d.owes(1200, 5)
}

// The town settles its contracts, without ever showing the key again, and tries the banks.
func TestTheContracts(t *testing.T) {
	d := newDesk(t, "sqlite")
	v := d.enter("direction")
	p := v.Get("/bureau/parametres/paiement").Want(200).Says("main", "Une clé est enregistrée", "/paiement/paybox/notification")
	if strings.Contains(p.Body, bank.KeyHex) || p.Attr("[name=site]", "value") != "1999888" {
		t.Error("the key is shown, or the site is not")
	}
	p.Says("main", "ouvert aux familles en mode Test").Submit("Essayer la connexion").Want(200).Says("[role=status]", "lisible", "prend les paiements", "VILLE DE CHATOU")
	d.cards.Down(true)
	d.payfip.Fail("T2")
	p.Submit("Essayer la connexion").Want(200).Says("[role=status]", "ne prend pas de paiement", "Client inexistant (T2)")
	p.Form("Enregistrer le contrat Paybox").Fill("rang", "032").Fill("cle", strings.Repeat("ab", 64)).Send().Want(200).Says("[role=status]", "enregistré")
	p = v.Get("/bureau/parametres/paiement").Form("Enregistrer le contrat Paybox").Fill("site", "12").Fill("cle", "clé").Send().Want(422).Says("[role=alert]", "7 chiffres", "lettres de A à F")
	p = v.Get("/bureau/parametres/paiement").Form("Enregistrer le contrat PayFiP").Fill("numcli", "27").Send().Want(422).Says("[role=alert]", "6 chiffres")
	p.Form("Enregistrer le contrat PayFiP").Fill("numcli", "006270").Untick("ouvert", "oui").Send().Want(200)
	d.Read(func(tx *db.Tx) error {
		c, err := payment.ContractsOf(t.Context(), tx)
		if err != nil {
			return err
		}
		key, err := c.Paybox.Key(d.KeyFor(payment.ContractKey))
		if c.Paybox.Rank != "032" || c.PayFiP.On || len(key) != 64 || key[0] != 0xab {
			t.Errorf("%+v", c)
		}
		return err
	})
	d.enter("regie").Get("/bureau/parametres/paiement").Want(403)
}

// A town without a bank says where to pay; an attempt that nobody answers ends, and one that the issuer keeps waiting is asked about.
func TestWaitingAndClosed(t *testing.T) {
	d := newDesk(t, "sqlite")
	v := d.enter("claire.martin")
	p := d.begin(v, "paybox", "2026-000001")
	o := d.order(p)
	if _, err := d.cards.Decide(t.Context(), o.ID, bank.Wait); err != nil {
		t.Fatal(err)
	}
	v.Get(p.URL.Path).Want(200).Says("h1", "en cours de confirmation").Says("[role=status]", "pas encore sa réponse")
	second := d.begin(v, "paybox", "2026-000002")
	d.Clock.Advance(time.Hour)
	sweep := func() {
		d.Write(func(tx *db.Tx) error { return job.Queue(t.Context(), tx, payment.SweepKind, job.Planned{At: tx.Now}) })
		d.work()
	}
	sweep()
	v.Get(second.URL.Path).Want(200).Says("h1", "sans réponse")
	if err := d.cards.Settle(o.ID, bank.Accept); err != nil { // and the call is lost
		t.Fatal(err)
	}
	sweep()
	v.Get(p.URL.Path).Want(200).Says("h1", "Paiement reçu")
	d.owes(1200, 1)
	if _, err := d.cards.Decide(t.Context(), d.order(d.begin(v, "paybox", "2026-000002")).ID, bank.Wait); err != nil {
		t.Fatal(err)
	}
	refunded := strings.TrimPrefix(p.URL.Path, "/espace/paiements/")
	d.Write(func(tx *db.Tx) error { // a refund whose answer was lost, and a bank that answers nothing about the payment that waits either
		c, err := payment.ContractsOf(t.Context(), tx)
		if err != nil {
			return err
		}
		c.Paybox.Direct = []string{d.BaseURL + "/demo/banque/nowhere"}
		ask := payment.Refund{AttemptID: refunded, Way: payment.ByBank, Reason: "en double"}
		if _, err := payment.AskRefund(t.Context(), tx, ask, household.By{Actor: "agent:x", Name: "x"}, d.Loc); err != nil {
			return err
		}
		return payment.SavePaybox(t.Context(), tx, c.Paybox, "", d.KeyFor(payment.ContractKey))
	})
	d.Clock.Advance(3 * time.Minute)
	sweep()
	d.enter("regie").Get("/bureau/paiements/"+refunded).Want(200).Says("main", "Sans réponse : à vérifier", "La banque l’a fait")
	d.Write(func(tx *db.Tx) error {
		c, err := payment.ContractsOf(t.Context(), tx)
		if err != nil {
			return err
		}
		c.Paybox.On, c.PayFiP.On = false, false
		if err := payment.SavePaybox(t.Context(), tx, c.Paybox, "", d.KeyFor(payment.ContractKey)); err != nil {
			return err
		}
		return payment.SavePayFiP(t.Context(), tx, c.PayFiP)
	})
	v.Get("/espace/paiements/nouveau").Want(200).Says("main", "n’est pas ouvert")
	d.enter("karim.benali").Get("/espace/paiements").Want(200).Says("main", "Aucun paiement en ligne")
}
