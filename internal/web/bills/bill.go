package bills

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/paper"
	"preau/internal/payment"
	"preau/internal/pdf"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// billPage is one invoice as a page: what its PDF says, with the ways to go on.
type billPage struct {
	ui.Page
	Invoice  billing.Invoice
	Sheet    paper.Invoice
	State    state
	Arranged dunning.Arrangement
	Issued   string // "vendredi 6 novembre 2026"
	Sums     []sum
	Banks    []payment.Bank // open to payments on line; none when there is nothing to pay here
}

// sum is one line under the invoice.
type sum struct {
	Label  string
	Amount money.Cents
	Last   bool
}

// bill answers with an invoice as a page, or as a PDF when the address ends so; with a year, all that was issued in it.
func (p Pages) bill(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	name, printed := strings.CutSuffix(r.PathValue("facture"), ".pdf")
	if year, err := strconv.Atoi(name); printed && err == nil && len(name) == 4 {
		return p.yearFile(w, r, who, year)
	}
	t, v := web.Town(r), billPage{}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, r, who, name) })
	if err != nil {
		return err
	}
	if printed {
		return download(w, r, v.Sheet.Title, "facture-"+v.Invoice.Label, func(b *paper.Book) error { return b.Invoice(v.Sheet) })
	}
	v.Page = p.frame(w, r, who, v.Sheet.Title, ui.Link{Label: v.Invoice.Label})
	return web.Render(w, r, http.StatusOK, billView(v))
}

func (v *billPage) load(ctx context.Context, tx *db.Tx, r *http.Request, who household.Guardian, label string) error {
	i, err := billing.InvoiceOf(ctx, tx, who, label)
	if err != nil {
		return err
	}
	covered, err := billing.Settlements(ctx, tx, []string{i.ID})
	if err != nil {
		return err
	}
	t := web.Town(r)
	m, err := paper.NewMaker(ctx, tx, t)
	if err != nil {
		return err
	}
	v.Invoice, v.Sheet = i, m.Invoice(&i, covered[i.ID])
	v.State, v.Issued = stateOf(&i, civil.DateOf(tx.Now, t.Loc)), i.IssuedOn.Long()
	if i.State != billing.StateOpen || i.Rest <= 0 {
		v.sums()
		return nil
	}
	arranged, err := dunning.Arrangements(ctx, tx, who.HouseholdID, []string{i.ID})
	if err != nil {
		return err
	}
	v.Arranged = arranged[i.ID]
	v.sums()
	if s, ok := arrangedState(v.Arranged); ok {
		v.State = s
	}
	if !v.Arranged.DebitedOn.IsZero() {
		return nil
	}
	contracts, err := payment.ContractsOf(ctx, tx)
	v.Banks = contracts.Open()
	return err
}

// sums go from what the lines come to, to what is left.
func (v *billPage) sums() {
	s := v.Sheet
	if len(s.Settled) > 0 {
		v.Sums = append(v.Sums, sum{Label: "Total des prestations", Amount: s.Total})
	}
	for _, c := range s.Settled {
		v.Sums = append(v.Sums, sum{Label: c.Label, Amount: -c.Cents})
	}
	if s.CESU > 0 && s.Rest > 0 {
		v.Sums = append(v.Sums, sum{Label: "Dont payable en CESU", Amount: s.CESU})
	}
	last := sum{Label: "À payer", Amount: s.Rest, Last: true}
	switch {
	case s.Rest < 0:
		last.Label, last.Amount = "En votre faveur", -s.Rest
	case !v.Arranged.DebitedOn.IsZero():
		last.Label = "Prélevé le " + v.Arranged.DebitedOn.DayMonthYear()
	case !s.Due.IsZero() && !v.Arranged.Planned:
		last.Label = "À payer au plus tard le " + s.Due.DayMonthYear()
	}
	v.Sums = append(v.Sums, last)
}

// download sends a document of sheets to be saved.
func download(w http.ResponseWriter, r *http.Request, title, name string, write func(*paper.Book) error) error {
	t := web.Town(r)
	var town string
	var now civil.Instant
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		profile, err := t.Profile(r.Context(), tx)
		town, now = profile.Name, tx.Now
		return err
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	book := paper.NewBook(&out, title, town, now.Time())
	if err := write(book); err != nil {
		return err
	}
	if err := book.Close("Aucune facture."); err != nil {
		return err
	}
	return web.Download(w, pdf.ContentType, name+".pdf", out.Bytes())
}

// yearFile answers with all that was issued to the household in a year, in one document.
func (p Pages) yearFile(w http.ResponseWriter, r *http.Request, who household.Guardian, year int) error {
	t := web.Town(r)
	var sheets []paper.Invoice
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		all, err := billing.InvoicesOf(r.Context(), tx, who.HouseholdID)
		if err != nil {
			return err
		}
		var ids []string
		for k := range all {
			if all[k].IssuedOn.Year == year {
				ids = append(ids, all[k].ID)
			}
		}
		if len(ids) == 0 {
			return fault.NotFoundf("Aucune facture n’a été émise cette année-là.")
		}
		sheets, err = paper.Sheets(r.Context(), tx, t, ids)
		return err
	})
	if err != nil {
		return err
	}
	name := strconv.Itoa(year)
	return download(w, r, "Factures de "+name, "factures-"+name, func(b *paper.Book) error {
		for _, s := range sheets {
			if err := b.Invoice(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// otherWays are the ways to pay beside the button of this page.
func (v billPage) otherWays() [][2]string {
	switch ways := v.Sheet.Ways; {
	case !v.Arranged.DebitedOn.IsZero():
		return nil
	case len(v.Banks) > 0 && len(ways) > 0 && ways[0][0] == paper.OnLine:
		return ways[1:] // this site, by a button
	default:
		return ways
	}
}

// arrangedWords say what was arranged for the invoice; empty when nothing was.
func (v billPage) arrangedWords() string {
	switch a := v.Arranged; {
	case !a.DebitedOn.IsZero():
		return v.Sheet.Rest.String() + " seront prélevés sur votre compte le " + a.DebitedOn.DayMonthYear() + " : vous n’avez rien à faire."
	case a.Planned:
		return "Cette facture est dans votre échéancier. La prochaine mensualité est de " + a.Next.Cents.String() + ", à payer au plus tard le " + a.Next.DueOn.DayMonthYear() + "."
	}
	return ""
}
