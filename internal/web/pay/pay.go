// Package pay holds the pages by which families pay on line, the addresses that banks call, and what agents see of both.
//
// A family's way: choose invoices (or come from the page of its invoices with some chosen), read what will be paid, leave for the bank with a
// form that it signed for, come back to the page of the payment. That page only shows what the bank has told the server; it asks again
// by itself while nothing is known. The addresses under /paiement are the machines': they answer with an empty body, whatever was said.
package pay

import (
	"net/http"
	"net/url"
	"sync"

	"preau/internal/remote/paybox"
	"preau/internal/remote/payfip"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/signin"
)

// Addresses.
const (
	billsPath    = "/espace/factures"
	paymentsPath = "/espace/paiements"
	choicePath   = paymentsPath + "/nouveau"
	payboxNotice = "/paiement/paybox/notification"
	payfipNotice = "/paiement/payfip/notification"
	payfipReturn = "/paiement/payfip/retour"
	deskPath     = "/bureau/paiements"
	settingsPath = "/bureau/parametres/paiement"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door

	banks *sync.Map // town id → *banks
}

// New makes the pages.
func New(door *signin.Door) Pages { return Pages{Door: door, banks: &sync.Map{}} }

// banks are a town's ties to its banks.
type banks struct {
	paybox *paybox.Client
	payfip *payfip.Client
}

func (p Pages) banksOf(t *town.Town) *banks {
	if known, ok := p.banks.Load(t.ID); ok {
		b, _ := known.(*banks)
		return b
	}
	known, _ := p.banks.LoadOrStore(t.ID, &banks{paybox.New(t.Log, t.Outside), payfip.New(t.Log, t.Outside)})
	b, _ := known.(*banks)
	return b
}

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /espace/paiements", p.Door.Family(p.payments))
	s.Handle("GET /espace/paiements/nouveau", p.Door.Family(p.choice))
	s.Handle("POST /espace/paiements", p.Door.Family(p.begin))
	s.Handle("GET /espace/paiements/{paiement}", p.Door.Family(p.payment))
	s.Handle("POST /espace/paiements/{paiement}/annulation", p.Door.Family(p.giveUp))

	s.Handle("GET "+payboxNotice, web.Anyone(p.payboxNotice))
	s.Handle("POST "+payboxNotice, web.Anyone(p.payboxNotice))
	s.Handle("GET "+payfipNotice, web.Anyone(p.payfipNotice))
	s.Handle("POST "+payfipNotice, web.Anyone(p.payfipNotice))
	s.Handle("GET "+payfipReturn, web.Anyone(p.payfipReturn))
	s.Handle("POST "+payfipReturn, web.Anyone(p.payfipReturn))
	s.FromOutside("POST " + payfipReturn) // PayFiP's page sends the browser back with a form

	s.Handle("GET /bureau/paiements", p.Door.WholeTown(staff.Bill, p.desk))
	s.Handle("GET /bureau/paiements/{paiement}", p.Door.WholeTown(staff.Bill, p.deskPayment))
	s.Handle("POST /bureau/paiements/{paiement}/remboursements", p.Door.WholeTown(staff.Bill, p.refund))
	s.Handle("POST /bureau/paiements/{paiement}/remboursements/{remboursement}", p.Door.WholeTown(staff.Bill, p.settleRefund))
	s.Handle("POST /bureau/anomalies/{anomalie}", p.Door.WholeTown(staff.Bill, p.review))

	s.Handle("GET /bureau/parametres/paiement", p.Door.WholeTown(staff.Settings, p.settings))
	s.Handle("POST /bureau/parametres/paiement/paybox", p.Door.WholeTown(staff.Settings, p.savePaybox))
	s.Handle("POST /bureau/parametres/paiement/payfip", p.Door.WholeTown(staff.Settings, p.savePayFiP))
	s.Handle("POST /bureau/parametres/paiement/essai", p.Door.WholeTown(staff.Settings, p.tryBanks))
}

// originOf is what a policy calls an address by: "https://tpeweb.paybox.com".
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// silent answers a machine: the status, and nothing else.
func silent(w http.ResponseWriter, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
	return nil
}
