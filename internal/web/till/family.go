package till

import (
	"io"
	"net/http"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// familyPath is where a family finds its receipts, whatever the way it paid.
const familyPath = "/espace/quittances"

// billsPath is the page of the family's invoices, which leads here.
const billsPath = "/espace/factures"

// familyShown is how many receipts a family's page lists.
const familyShown = 200

func (p Pages) familyRoutes(s *web.Server) {
	s.Handle("GET /espace/quittances", p.Door.Family(p.ownReceipts))
	s.Handle("GET /espace/quittances/{receipt}", p.Door.Family(p.ownReceipt))
}

// ownReceipts lists what a family paid.
func (p Pages) ownReceipts(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var list []till.Receipt
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = till.OfHousehold(r.Context(), tx, who.HouseholdID, familyShown)
		return err
	})
	if err != nil {
		return err
	}
	page := signin.FamilyPage(w, r, "Mes quittances", billsPath, who.Name())
	page.Crumbs = []ui.Link{{Href: billsPath, Label: "Factures"}, {Label: "Mes quittances"}}
	return web.Render(w, r, http.StatusOK, ownReceiptsPage(page, list))
}

// ownReceipt sends a receipt as a file.
func (p Pages) ownReceipt(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return paper(w, r, "quittance.pdf", func(tx *db.Tx) (func(till.Paper, io.Writer) error, error) {
		receipt, err := till.OfGuardian(r.Context(), tx, who, r.PathValue("receipt"))
		return func(p till.Paper, w io.Writer) error { return p.Quittance(w, receipt) }, err
	})
}
