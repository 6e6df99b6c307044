package debits

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// certificates are those of a family.
func (p Pages) certificates(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var list []dunning.Certificate
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = dunning.CertificatesOf(r.Context(), tx, who.HouseholdID)
		return err
	})
	if err != nil {
		return err
	}
	page := signin.FamilyPage(w, r, "Attestation fiscale", billsPath, who.Name())
	page.Crumbs = []ui.Link{{Href: billsPath, Label: "Factures"}, {Label: "Attestation fiscale"}}
	return web.Render(w, r, http.StatusOK, certificatesPage(page, list))
}

// certificate is one of them, as a file.
func (p Pages) certificate(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	year, err := strconv.Atoi(strings.TrimSuffix(r.PathValue("annee"), ".pdf"))
	if err != nil {
		return fault.NotFoundf("Cette attestation n’existe pas.")
	}
	var c dunning.Certificate
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		var found bool
		c, found, err = dunning.CertificateOf(r.Context(), tx, who.HouseholdID, year)
		if err == nil && !found {
			err = fault.NotFoundf("Il n’y a pas d’attestation pour cette année.")
		}
		return err
	})
	if err != nil {
		return err
	}
	file, err := printCertificate(c)
	if err != nil {
		return err
	}
	return web.Download(w, pdf.ContentType, "attestation-fiscale-"+strconv.Itoa(year)+".pdf", file)
}

// printCertificate puts a certificate on paper.
func printCertificate(c dunning.Certificate) ([]byte, error) {
	var b bytes.Buffer
	year := strconv.Itoa(c.Year)
	doc := pdf.New(&b, pdf.Meta{Title: "Attestation fiscale " + year + ", frais de garde", Author: c.Town, Created: civil.Wall(c.MadeOn, 0, 0, time.UTC).Time()})
	doc.Letter(pdf.Letter{From: append([]string{c.Town}, strings.Split(c.Address, "\n")...), To: append([]string{c.Payer}, c.Lines...),
		Date: "Le " + c.MadeOn.Long(), Reference: "Attestation n° " + c.Name()}, c.Town)
	doc.Heading(1, "Attestation de frais de garde payés en "+year)
	doc.Paragraph(c.Town + identified(c.SIRET) + " atteste avoir reçu de " + c.Payer + ", au cours de l’année " + year +
		", les sommes suivantes pour la garde, hors du domicile, d’enfants âgés de moins de six ans au 1er janvier " + year + " (article 200 quater B du code général des impôts).")
	table := pdf.Table{Columns: []pdf.Column{{Title: "Enfant", Share: 4}, {Title: "Né(e) le", Share: 3}, {Title: "Payé en " + year, Share: 2, Right: true}}}
	for _, k := range c.Children {
		table.Rows = append(table.Rows, []string{k.Name, k.BornOn.DayMonthYear(), k.Cents.String()})
		if k.CESU > 0 {
			table.Rows = append(table.Rows, []string{"dont par CESU préfinancés", "", k.CESU.String()})
		}
	}
	table.Totals = [][]string{{"Total", "", c.Total.String()}}
	doc.Table(table)
	doc.Paragraph("Sont comptées les sommes payées dans l’année, quel que soit le mois de garde. Les repas et goûters, les majorations et pénalités ne sont pas compris ; les aides versées à la Ville sont déjà déduites.")
	doc.Paragraph("De la part payée par CESU préfinancés, retirez ce que votre employeur a financé.")
	doc.Small("À garder : l’administration peut la demander. En cas de garde alternée, chaque parent reçoit une attestation de ce qu’il a lui-même payé.")
	if err := doc.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func identified(siret string) string {
	if siret == "" {
		return ""
	}
	return " (SIRET " + siret + ")"
}

// taxView is what was made of certificates.
type taxView struct {
	Years []dunning.YearCount
	Year  int // the last one that is over
	Form  *web.Form
}

func (p Pages) taxDesk(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showTax(w, r, who, http.StatusOK, nil)
}

func (p Pages) showTax(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := taxView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Year = civil.DateOf(tx.Now, web.Town(r).Loc).Year - 1
		v.Years, err = dunning.CertificateCounts(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, taxPage(p.unpaidDesk(w, r, "Attestations fiscales", who, ui.Link{Label: "Attestations fiscales"}), v))
}

func (p Pages) startCertificates(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	year, _ := f.Int("annee", 2000, 2100)
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			return dunning.StartCertificates(r.Context(), tx, who, year, civil.DateOf(tx.Now, web.Town(r).Loc))
		})
	}
	if f.Blame(err) || f.Err() != nil {
		return p.showTax(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les attestations de " + strconv.Itoa(year) + " sont en préparation", Text: "Les familles les trouvent dans leur espace, à la page Factures."})
	return web.Redirect(w, r, taxDeskPath)
}
