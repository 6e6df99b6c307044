package till

import (
	"net/http"
	"net/url"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/sheet"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"

	"bytes"
)

// journalShown is how many entries the page shows; the exports have all of them.
const journalShown = 1000

// journalView is the journal of some days.
type journalView struct {
	Filter   till.Filter
	Form     *web.Form
	Entries  []till.Entry
	More     bool
	Balances map[till.Account]money.Cents // at the end of these days
	Sums     map[till.Means]money.Cents   // by means, of what was taken in these days
	Total    money.Cents
	Loc      *time.Location
}

// query is the address's query that asks for the same entries.
func (v journalView) query() string {
	q := url.Values{"du": {v.Filter.Days.From.String()}, "au": {v.Filter.Days.To.String()}}
	for name, value := range map[string]string{"moyen": string(v.Filter.Means), "nature": string(v.Filter.Kind), "compte": string(v.Filter.Account)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "?" + q.Encode()
}

// readFilter reads which entries are asked for: those of the present month unless said.
func readFilter(q *web.Form, today civil.Date) till.Filter {
	f := till.Filter{Days: civil.Range{From: q.Date("du"), To: q.Date("au")}, Means: till.Means(q.Raw("moyen")), Kind: till.EntryKind(q.Raw("nature")), Account: till.Account(q.Raw("compte"))}
	if f.Days.From.IsZero() {
		f.Days.From = civil.MonthOf(today).First()
	}
	if f.Days.To.IsZero() || f.Days.To.Before(f.Days.From) {
		f.Days.To = civil.MonthOf(f.Days.From).Last()
	}
	return f
}

func (p Pages) journal(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	v := journalView{Form: q, Loc: t.Loc}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		o, err := till.OfficeOf(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Filter = readFilter(q, day(tx, t.Loc))
		f := v.Filter
		f.Limit = journalShown + 1
		if v.Entries, err = till.Journal(r.Context(), tx, o.ID, f); err != nil {
			return err
		}
		if v.Sums, err = till.Taken(r.Context(), tx, o.ID, v.Filter); err != nil {
			return err
		}
		v.Balances, err = till.BalancesOn(r.Context(), tx, o.ID, v.Filter.Days.To)
		return err
	})
	if err != nil {
		return err
	}
	if v.More = len(v.Entries) > journalShown; v.More {
		v.Entries = v.Entries[:journalShown]
	}
	for _, cents := range v.Sums {
		v.Total += cents
	}
	page := frame(w, r, "Journal de la régie", who)
	page.Wide = true
	return web.Render(w, r, http.StatusOK, journalPage(page, v))
}

// exports sends the entries that the page shows, all of them, as a sheet: for the treasury, or by account.
func (p Pages) exports(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	name := r.PathValue("file")
	if name != "journal.csv" && name != "ecritures.csv" {
		return fault.NotFoundf("Ce fichier n’existe pas.")
	}
	t := web.Town(r)
	var entries []till.Entry
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		o, err := till.OfficeOf(r.Context(), tx)
		if err != nil {
			return err
		}
		entries, err = till.Journal(r.Context(), tx, o.ID, readFilter(q, day(tx, t.Loc)))
		return err
	})
	if err != nil {
		return err
	}
	rows := till.AccountingSheet(entries)
	if name == "journal.csv" {
		rows = till.JournalSheet(entries, t.Loc)
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, rows); err != nil {
		return err
	}
	return web.Download(w, sheet.ContentType, name, b.Bytes())
}
