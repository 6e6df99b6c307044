package till

import (
	"context"
	"net/http"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
)

// latestShown is how many receipts the counter lists.
const latestShown = 12

// counterView is the counter: the till, the family that stands there, and what was just done.
type counterView struct {
	state
	Query    string
	Hits     []hit
	Latest   []till.Receipt
	Unsorted []till.Receipt
	Loc      *time.Location
}

// state is how the till stands.
type state struct {
	Office  till.Office
	Session till.Session
	Open    bool
	Stale   bool // it was opened another day
	Held    map[till.Account]money.Cents
	Alarms  []string
	Form    *web.Form
}

// Drawer is what the drawer holds, the float included.
func (s state) Drawer() money.Cents { return s.Held[till.AccountCash] }

// Due is what was taken and is owed to the town.
func (s state) Due() money.Cents { return -s.Held[till.AccountDue] }

// hit is a household that was found, and what it owes.
type hit struct {
	household.Hit
	Balance money.Cents
}

func (p Pages) counter(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showCounter(w, r, who, http.StatusOK, nil)
}

func (p Pages) showCounter(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	v := counterView{Query: q.Text("q", 120), Loc: t.Loc}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.state, err = readState(r.Context(), tx, t.Loc); err != nil {
			return err
		}
		if v.Hits, err = search(r.Context(), tx, v.Query); err != nil {
			return err
		}
		if v.Latest, err = till.Latest(r.Context(), tx, v.Office.ID, latestShown); err != nil {
			return err
		}
		v.Unsorted, err = till.Unsorted(r.Context(), tx, v.Office.ID)
		return err
	})
	if err != nil {
		return err
	}
	v.Form = form
	page := frame(w, r, "Encaissements", who)
	page.Query = ""
	return web.Render(w, r, status, counterPage(page, v))
}

// readState reads how the till stands today.
func readState(ctx context.Context, tx *db.Tx, loc *time.Location) (s state, err error) {
	if s.Office, err = till.OfficeOf(ctx, tx); err != nil {
		return s, err
	}
	if s.Session, s.Open, err = till.OpenSession(ctx, tx); err != nil {
		return s, err
	}
	if s.Held, err = till.Balances(ctx, tx, s.Office.ID); err != nil {
		return s, err
	}
	waiting, err := till.WaitingOf(ctx, tx, s.Office.ID)
	if err != nil {
		return s, err
	}
	today := civil.DateOf(tx.Now, loc)
	s.Stale = s.Open && s.Session.Day != today
	s.Alarms = till.Alarms(s.Office, till.Held(s.Held), waiting.Oldest, today)
	return s, nil
}

// householdName is the name of a household.
func householdName(ctx context.Context, tx *db.Tx, id string) (string, error) {
	h, err := household.ByID(ctx, tx, id)
	return h.Name, err
}

// search finds households with what they owe.
func search(ctx context.Context, tx *db.Tx, query string) ([]hit, error) {
	if query == "" {
		return nil, nil
	}
	found, err := household.Search(ctx, tx, query)
	if err != nil {
		return nil, err
	}
	out, ids := make([]hit, len(found)), make([]string, len(found))
	for i, h := range found {
		ids[i] = h.HouseholdID
	}
	balances, err := billing.Balances(ctx, tx, ids)
	for i, h := range found {
		out[i] = hit{h, balances[h.HouseholdID]}
	}
	return out, err
}
