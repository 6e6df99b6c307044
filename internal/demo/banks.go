package demo

import (
	"context"
	"net/http"

	"preau/internal/db"
	"preau/internal/demo/bank"
	"preau/internal/payfip"
	"preau/internal/payment"
	"preau/internal/web"
)

// The demonstration has a bank and a treasury of its own: they keep to the rules of the real ones, with their own keys, and who pays chooses
// what becomes of the payment.
const (
	bankPath   = "/demo/banque"
	payfipPath = "/demo/payfip"
)

// openBanks makes them, and ties the town to them: their keys are new at each start.
func (d *Demo) openBanks(ctx context.Context, baseURL string) (err error) {
	d.inside = &bank.Inside{}
	d.Town.Outside = d.inside
	if d.Paybox, err = bank.NewPaybox(baseURL+bankPath, bank.HTTP(d.inside), d.Clock.Now); err != nil {
		return err
	}
	d.PayFiP = bank.NewPayFiP(baseURL+payfipPath+"/tpa", bank.HTTP(d.inside), d.Clock.Now)
	return d.Town.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := payment.ContractsOf(ctx, tx)
		if err != nil {
			return err
		}
		c.Paybox.On, c.Paybox.Contract, c.Paybox.Servers, c.Paybox.PublicKeys = true, bank.Contract, []string{d.Paybox.Base()}, d.Paybox.PublicKey()
		c.Paybox.Direct = []string{d.Paybox.Base() + "/PPPS.php"}
		if err := payment.SavePaybox(ctx, tx, c.Paybox, bank.KeyHex, d.Town.KeyFor(payment.ContractKey)); err != nil {
			return err
		}
		return payment.SavePayFiP(ctx, tx, payment.PayFiPTerms{On: true, Client: bank.ClientNumber, Mode: payfip.Test, Base: d.PayFiP.Base()})
	})
}

// bankRoutes are the pages of the banks, and what the town calls there.
func (d *Demo) bankRoutes(s *web.Server) {
	d.inside.Serve(s)
	cards := served(d.Paybox)
	for _, pattern := range []string{"GET " + bankPath, "GET " + bankPath + "/banque.css", "GET " + bankPath + "/load.html", "POST " + bankPath + "/cgi/{page}", "POST " + bankPath + "/paiement/{commande}",
		"POST " + bankPath + "/PPPS.php"} {
		s.Handle(pattern, cards)
	}
	treasury := served(d.PayFiP)
	for _, pattern := range []string{"POST " + payfipPath + "/tpa/services/securite", "GET " + payfipPath + "/tpa/paiementws.web", "POST " + payfipPath + "/tpa/paiementws.web"} {
		s.Handle(pattern, treasury)
	}
}

func served(h http.Handler) web.Endpoint {
	return web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	})
}
