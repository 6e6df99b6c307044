package till

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// takeView is the page where money is taken from a family.
type takeView struct {
	state
	Household  household.Household
	Guardians  []household.Guardian
	Open       []till.Payable
	Reserved   map[string]mandate.Reserved // those that a direct debit will pay, by invoice
	Due        money.Cents                 // by what the till may cash
	Balance    money.Cents                 // of the account
	Advance    money.Cents
	Receipts   []till.Receipt
	Today      civil.Date
	Submission string
}

func (v takeView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// typed is what stands in a field of the form, or what it begins with.
func (v takeView) typed(name, first string) string {
	if v.Form != nil && v.Form.Has(name) {
		return v.Form.Raw(name)
	}
	return first
}

func (p Pages) taking(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showTaking(w, r, who, http.StatusOK, takeView{Submission: db.NewID()})
}

func (p Pages) showTaking(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v takeView) error {
	t := web.Town(r)
	form := v.Form
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.state, err = readState(r.Context(), tx, t.Loc); err != nil {
			return err
		}
		v.Today = day(tx, t.Loc)
		return v.load(r.Context(), tx, r.PathValue("household"))
	})
	if err != nil {
		return err
	}
	v.Form = form
	page := frame(w, r, "Encaisser "+v.Household.Name, who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Label: v.Household.Name}}
	return web.Render(w, r, status, takePage(page, v))
}

func (v *takeView) load(ctx context.Context, tx *db.Tx, householdID string) (err error) {
	if v.Household, err = household.ByID(ctx, tx, householdID); err != nil {
		return err
	}
	if v.Guardians, err = household.Guardians(ctx, tx, householdID); err != nil {
		return err
	}
	if v.Open, err = till.Payables(ctx, tx, householdID); err != nil {
		return err
	}
	ids := make([]string, len(v.Open))
	for i, o := range v.Open {
		ids[i] = o.InvoiceID
		v.Due += o.Rest
	}
	if v.Reserved, err = mandate.InBatch(ctx, tx, ids); err != nil {
		return err
	}
	if v.Balance, err = billing.Balance(ctx, tx, householdID); err != nil {
		return err
	}
	if v.Advance, err = billing.Advance(ctx, tx, householdID); err != nil {
		return err
	}
	v.Receipts, err = till.OfHousehold(ctx, tx, householdID, latestShown)
	return err
}

// take records what a family gave. A second click finds the receipt of the first.
func (p Pages) take(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	submission, err := submission(form)
	if err != nil {
		return err
	}
	var receipt till.Receipt
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if _, err := household.ByID(r.Context(), tx, r.PathValue("household")); err != nil {
			return err
		}
		taken := readTake(form)
		if err := form.Err(); err != nil {
			return err
		}
		taken.HouseholdID, taken.Source, taken.By, taken.Day = r.PathValue("household"), "envoi:"+submission, who.Actor(), day(tx, t.Loc)
		if receipt, err = till.Record(r.Context(), tx, taken); err == nil {
			err = sameForm(receipt, taken)
		}
		return err
	})
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showTaking(w, r, who, http.StatusUnprocessableEntity, takeView{state: state{Form: form}, Submission: submission})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Encaissé : " + receipt.Cents.String(), Text: "Quittance " + receipt.Name() + "."})
	return web.Redirect(w, r, receiptPath+receipt.ID)
}

// sameForm refuses a form that was sent, gone back to, and sent again with something else in it: it was recorded once, as it was first.
func sameForm(first till.Receipt, t till.Take) error {
	same := first.Cents == t.Cents && first.Means == t.Means && first.PayerName == strings.TrimSpace(t.PayerName) && first.Reference == strings.TrimSpace(t.Reference) &&
		(t.HouseholdID == "" || first.HouseholdID == t.HouseholdID) && // empty: the family may have been found meanwhile
		(t.PaidOn.IsZero() || first.PaidOn == t.PaidOn) && sameTitles(first.Titles, t.Titles) && sameShares(first.Paid, t.Shares) && slices.EqualFunc(first.Cheques, t.Cheques, func(a, b till.Slip) bool {
		return a.Bank == strings.TrimSpace(b.Bank) && a.Number == strings.TrimSpace(b.Number) && a.Drawer == strings.TrimSpace(b.Drawer)
	})
	if same {
		return nil
	}
	return fault.Conflictf("Ce formulaire a déjà été enregistré : quittance %s, %s, %s. Pour un autre paiement, rouvrez la page de la famille.", first.Name(), first.Cents, first.Means.French())
}

// sameTitles tells whether two lists have the same titles, in any order.
func sameTitles(a, b []till.Title) bool {
	plain := func(list []till.Title) []till.Title {
		list = slices.Clone(list)
		for i := range list {
			list[i].ID, list[i].Issuer = "", strings.TrimSpace(list[i].Issuer)
		}
		slices.SortFunc(list, func(x, y till.Title) int {
			return cmp.Or(strings.Compare(x.Issuer, y.Issuer), strings.Compare(x.Number, y.Number))
		})
		return list
	}
	return slices.Equal(plain(a), plain(b))
}

// sameShares tells whether what the invoices received is what was chosen for each. Without a choice the oldest were paid, as they were then.
func sameShares(paid []till.Paid, chosen []billing.Share) bool {
	if len(chosen) == 0 {
		return true
	}
	left := map[string]money.Cents{}
	for _, p := range paid {
		left[p.InvoiceID] += p.Cents
	}
	for _, s := range chosen {
		left[s.InvoiceID] -= s.Cents
	}
	for _, cents := range left {
		if cents != 0 {
			return false
		}
	}
	return true
}

// readTake reads the form of a taking. Amounts beside invoices are a choice; without any, the oldest are paid first.
// They are read whether or not their invoice is still to be paid: the till says which is not, rather than pay another instead.
func readTake(form *web.Form) till.Take {
	t := till.Take{PayerName: form.Text("payeur", 120), Reference: form.Text("reference", 120)}
	var means []string
	for _, m := range till.CounterMeans() {
		means = append(means, string(m))
	}
	t.Means = till.Means(form.One("moyen", "Choisissez un moyen de paiement.", means...))
	t.Cents, _ = form.Money("montant")
	switch t.Means {
	case till.Cheque:
		c := till.Slip{Bank: form.Text("banque", 80), Number: form.Text("numero", 40), Drawer: form.Text("titulaire", 120), Cents: t.Cents}
		if c.Drawer == "" {
			c.Drawer = t.PayerName
		}
		t.Cheques = []till.Slip{c}
	case till.CESU:
		t.Titles = readTitles(form)
		if form.Raw("montant") == "" {
			t.Cents = till.TitlesSum(t.Titles)
		}
	case till.Transfer, till.ECESU:
		t.PaidOn = form.Date("paye_le")
	case till.Cash:
		t.Reference = ""
	}
	for _, name := range slices.Sorted(maps.Keys(form.Values())) {
		invoice, part := strings.CutPrefix(name, "part-")
		if !part {
			continue
		}
		if cents, ok := form.Money(name); ok && cents != 0 {
			t.Shares = append(t.Shares, billing.Share{InvoiceID: invoice, Cents: cents})
		}
	}
	return t
}

// readTitles reads the titles of the form, and says which line cannot be read.
func readTitles(form *web.Form) []till.Title {
	common := till.Title{Issuer: form.Needed("emetteur", 60, "Indiquez qui a émis les titres.")}
	common.Vintage, _ = form.Int("millesime", 2000, 2100)
	if common.Vintage == 0 {
		form.Fail("millesime", "Indiquez le millésime imprimé sur les titres.")
	}
	common.Cents, _ = form.Money("valeur")
	titles, err := till.ParseTitles(form.Lines("titres", 8000), common)
	var line *till.TitleError
	if errors.As(err, &line) {
		form.Fail("titres", titleWords(line))
	}
	return titles
}

// titleWords says in French what cannot be read in a list of titles.
func titleWords(e *till.TitleError) string {
	where := "Ligne " + strconv.Itoa(e.Line) + ", « " + e.Text + " »\u00a0: "
	switch {
	case errors.Is(e, till.ErrTitleValue):
		return where + "indiquez la valeur de ces titres, ou celle de tous au-dessus."
	case errors.Is(e, till.ErrTitleRange):
		return where + "la suite de numéros doit aller du plus petit au plus grand, et compter au plus 200 titres."
	case errors.Is(e, till.ErrTitleTwice):
		return where + "ce numéro est déjà dans la liste."
	case errors.Is(e, till.ErrTitleMany):
		return where + "pas plus de 200 titres à la fois."
	}
	return where + "écrivez un numéro de titre, en chiffres, par ligne."
}

// transferView is a transfer that names no family.
type transferView struct {
	Form       *web.Form
	Submission string
	Today      civil.Date
}

func (v transferView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) transfer(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showTransfer(w, r, who, http.StatusOK, transferView{Submission: db.NewID()})
}

func (p Pages) showTransfer(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v transferView) error {
	t := web.Town(r)
	if err := t.DB.Read(r.Context(), func(tx *db.Tx) error { v.Today = day(tx, t.Loc); return nil }); err != nil {
		return err
	}
	page := frame(w, r, "Virement à classer", who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Label: "Virement à classer"}}
	return web.Render(w, r, status, transferPage(page, v))
}

// takeTransfer records a transfer of which nobody knows yet whose it is.
func (p Pages) takeTransfer(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	submission, err := submission(form)
	if err != nil {
		return err
	}
	taken := till.Take{Means: till.Transfer, PayerName: form.Needed("payeur", 120, "Indiquez ce que dit le relevé de qui paie."), Reference: form.Text("reference", 120), Label: "Recette à classer",
		PaidOn: form.Date("paye_le"), Source: "envoi:" + submission, By: who.Actor()}
	taken.Cents, _ = form.Money("montant")
	var receipt till.Receipt
	err = form.Err()
	if err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			taken.Day = day(tx, t.Loc)
			if receipt, err = till.Record(r.Context(), tx, taken); err == nil {
				err = sameForm(receipt, taken)
			}
			return err
		})
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showTransfer(w, r, who, http.StatusUnprocessableEntity, transferView{Form: form, Submission: submission})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Virement enregistré, à classer", Text: "Quittance " + receipt.Name() + "."})
	return web.Redirect(w, r, unsortedPath+receipt.ID)
}

// unsortedView finds whose money a receipt is.
type unsortedView struct {
	Receipt till.Receipt
	Query   string
	Hits    []hit
}

func (p Pages) unsorted(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := unsortedView{Query: q.Text("q", 120)}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Receipt, err = till.ByID(r.Context(), tx, r.PathValue("receipt")); err != nil {
			return err
		}
		if v.Query == "" {
			v.Query = strings.TrimSpace(v.Receipt.PayerName)
		}
		v.Hits, err = search(r.Context(), tx, v.Query)
		return err
	})
	if err != nil {
		return err
	}
	if v.Receipt.HouseholdID != "" || !v.Receipt.Live() {
		return web.Redirect(w, r, receiptPath+v.Receipt.ID)
	}
	page := frame(w, r, "Recette à classer", who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Label: "Recette à classer"}}
	return web.Render(w, r, http.StatusOK, unsortedPage(page, v))
}

// assign says whose the money was.
func (p Pages) assign(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		if form.Raw("foyer") == "" {
			return fault.Refusedf("Choisissez une famille.")
		}
		if _, err := household.ByID(r.Context(), tx, form.Raw("foyer")); err != nil {
			return err
		}
		_, err := till.Assign(r.Context(), tx, who, till.Sorting{ReceiptID: r.PathValue("receipt"), HouseholdID: form.Raw("foyer"), Day: day(tx, t.Loc)})
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Recette classée"})
	return web.Redirect(w, r, receiptPath+r.PathValue("receipt"))
}
