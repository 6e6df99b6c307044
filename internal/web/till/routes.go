// Package till holds the pages of the régie: the counter where an agent takes money, its journal, the day at the till, what leaves it, and
// who holds it.
package till

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

// Home is the address of the counter.
const Home = "/bureau/encaissements"

// Addresses below it.
const (
	householdPath = Home + "/foyers/"
	receiptPath   = Home + "/quittances/"
	unsortedPath  = Home + "/a-classer/"
	transferPath  = Home + "/virement"
	journalPath   = Home + "/journal"
	cashPath      = Home + "/caisse"
	depositPath   = Home + "/versements"
	treasuryPath  = Home + "/tresorerie"
	officePath    = Home + "/regie"
	handoverPath  = Home + "/remises-de-service/"
)

// Pages of other packages, where what a bank moved goes back.
const (
	paymentPath = "/bureau/paiements/"
	debitPath   = "/bureau/prelevements/debits/"
)

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	p.familyRoutes(s)
	on := func(pattern string, h func(http.ResponseWriter, *http.Request, staff.Agent) error) {
		s.Handle(pattern, p.Door.WholeTown(staff.Bill, h))
	}
	on("GET /bureau/encaissements", p.counter)
	on("GET /bureau/encaissements/foyers/{household}", p.taking)
	on("POST /bureau/encaissements/foyers/{household}", p.take)
	on("GET /bureau/encaissements/virement", p.transfer)
	on("POST /bureau/encaissements/virement", p.takeTransfer)
	on("GET /bureau/encaissements/a-classer/{receipt}", p.unsorted)
	on("POST /bureau/encaissements/a-classer/{receipt}", p.assign)
	on("GET /bureau/encaissements/quittances/{receipt}", p.receipt)
	on("GET /bureau/encaissements/quittances/{receipt}/quittance.pdf", p.receiptPDF)
	on("POST /bureau/encaissements/quittances/{receipt}/annulation", p.void)
	on("GET /bureau/encaissements/journal", p.journal)
	on("GET /bureau/encaissements/journal/{file}", p.exports)
	on("GET /bureau/encaissements/caisse", p.sessions)
	on("POST /bureau/encaissements/caisse", p.openDay)
	on("GET /bureau/encaissements/caisse/{session}", p.session)
	on("POST /bureau/encaissements/caisse/{session}/arrete", p.closeDay)
	on("GET /bureau/encaissements/caisse/{session}/arrete.pdf", p.sessionPDF)
	on("GET /bureau/encaissements/versements", p.deposits)
	on("POST /bureau/encaissements/versements", p.send)
	on("GET /bureau/encaissements/versements/{deposit}", p.deposit)
	on("GET /bureau/encaissements/versements/{deposit}/bordereau.pdf", p.depositPDF)
	on("POST /bureau/encaissements/versements/{deposit}/annulation", p.undo)
	on("GET /bureau/encaissements/tresorerie", p.treasury)
	on("POST /bureau/encaissements/tresorerie", p.saveSender)
	on("GET /bureau/encaissements/tresorerie/{file}", p.receivables)
	on("GET /bureau/encaissements/regie", p.office)
	on("POST /bureau/encaissements/regie", p.saveOffice)
	on("POST /bureau/encaissements/remises-de-service", p.handOver)
	on("GET /bureau/encaissements/remises-de-service/{handover}", p.handover)
	on("GET /bureau/encaissements/remises-de-service/{handover}/proces-verbal.pdf", p.handoverPDF)
}

// frame frames a page of the régie.
func frame(w http.ResponseWriter, r *http.Request, title string, who staff.Agent) ui.Page {
	return signin.OfficePage(w, r, title, Home, who)
}

// submission reads what a form sends to be recorded once, however often its button is pressed. Without it the page was not ours.
func submission(form *web.Form) (string, error) {
	if s := form.Text("envoi", 40); s != "" {
		return s, nil
	}
	return "", fault.Invalidf("", "Ce formulaire n’a pas pu être lu. Rouvrez la page et recommencez.")
}

// tabs are the parts of the régie.
func tabs(here string) []ui.Tab {
	out := []ui.Tab{
		{Href: Home, Label: "Guichet", Icon: "users"},
		{Href: journalPath, Label: "Journal", Icon: "scroll-text"},
		{Href: cashPath, Label: "Caisse", Icon: "lock"},
		{Href: depositPath, Label: "Remises et versements", Icon: "file-down"},
		{Href: treasuryPath, Label: "Trésorerie", Icon: "landmark"},
		{Href: officePath, Label: "Régie", Icon: "settings"},
	}
	for i := range out {
		out[i].Current = out[i].Href == here
	}
	return out
}

// day is the town's today, which the numbers of receipts depend on.
func day(tx *db.Tx, loc *time.Location) civil.Date { return civil.DateOf(tx.Now, loc) }

// printed gives what a document of the office says of who made it.
func printed(ctx context.Context, tx *db.Tx, r *http.Request) (p till.Paper, err error) {
	t := web.Town(r)
	p.Loc, p.Printed = t.Loc, tx.Now
	if p.Town, err = t.Profile(ctx, tx); err != nil {
		return p, err
	}
	if p.Office, err = till.OfficeOf(ctx, tx); err != nil {
		return p, err
	}
	p.Holder, err = till.Holder(ctx, tx, p.Office.ID)
	return p, err
}

// paper reads what a document is about, and sends it once the transaction is over.
func paper(w http.ResponseWriter, r *http.Request, name string, read func(tx *db.Tx) (func(till.Paper, io.Writer) error, error)) error {
	var write func(till.Paper, io.Writer) error
	var p till.Paper
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if p, err = printed(r.Context(), tx, r); err != nil {
			return err
		}
		write, err = read(tx)
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(p, &b); err != nil {
		return err
	}
	return web.Download(w, pdf.ContentType, name, b.Bytes())
}
