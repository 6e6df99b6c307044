package till

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// sessionsShown is how many days at the till the page lists.
const sessionsShown = 60

// sessionsView lists the days at the till.
type sessionsView struct {
	state
	Sessions []till.Session
	Loc      *time.Location
}

// sessionView is one day at the till.
type sessionView struct {
	state
	Day      till.Session
	Count    till.Count
	Receipts []till.Receipt
	Sums     map[till.Means]money.Cents
	Total    money.Cents
	Loc      *time.Location
}

func (v sessionView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) sessions(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t := web.Town(r)
	v := sessionsView{Loc: t.Loc}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.state, err = readState(r.Context(), tx, t.Loc); err != nil {
			return err
		}
		v.Sessions, err = till.Sessions(r.Context(), tx, v.Office.ID, sessionsShown)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sessionsPage(frame(w, r, "Journées de caisse", who), v))
}

// openDay opens the till.
func (p Pages) openDay(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	float, ok := form.Money("fonds")
	if !ok {
		form.Fail("fonds", "Indiquez le fonds de caisse, même nul.")
	}
	if err = form.Err(); err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
			_, err := till.Open(r.Context(), tx, who, float, day(tx, t.Loc))
			return err
		})
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showCounter(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La caisse est ouverte"})
	return web.Redirect(w, r, Home)
}

func (p Pages) session(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showSession(w, r, who, http.StatusOK, nil)
}

func (p Pages) showSession(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t := web.Town(r)
	v := sessionView{Loc: t.Loc, Sums: map[till.Means]money.Cents{}}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.state, err = readState(r.Context(), tx, t.Loc); err != nil {
			return err
		}
		if v.Day, err = till.SessionByID(r.Context(), tx, r.PathValue("session")); err != nil {
			return err
		}
		if v.Count, err = till.CountOf(r.Context(), tx, v.Day.ID); err != nil {
			return err
		}
		v.Receipts, err = till.OfSession(r.Context(), tx, v.Day.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, receipt := range v.Receipts {
		v.Sums[receipt.Means] += receipt.Cents
		v.Total += receipt.Cents
	}
	v.Form = form
	page := frame(w, r, "Journée "+v.Day.Name(), who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Href: cashPath, Label: "Caisse"}, {Label: "Journée " + v.Day.Name()}}
	return web.Render(w, r, status, sessionPage(page, v))
}

// closeDay ends the day with the count of the drawer.
func (p Pages) closeDay(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	count, remark := readCount(form), form.Text("remarque", 300)
	var s till.Session
	if err = form.Err(); err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			s, err = till.Close(r.Context(), tx, who, r.PathValue("session"), count, remark, day(tx, t.Loc))
			return err
		})
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showSession(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	flash := ui.Flash{Kind: ui.Good, Title: "La journée est arrêtée", Text: "La caisse est juste."}
	if d := s.Difference(); d != 0 {
		flash = ui.Flash{Kind: ui.Warn, Title: "La journée est arrêtée", Text: "Écart de " + d.Signed() + ", porté au journal."}
	}
	web.Flash(w, r, flash)
	return web.Redirect(w, r, cashPath+"/"+s.ID)
}

func (p Pages) sessionPDF(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	return paper(w, r, "arrete.pdf", func(tx *db.Tx) (func(till.Paper, io.Writer) error, error) {
		s, err := till.SessionByID(r.Context(), tx, r.PathValue("session"))
		if err != nil {
			return nil, err
		}
		count, err := till.CountOf(r.Context(), tx, s.ID)
		if err != nil {
			return nil, err
		}
		receipts, err := till.OfSession(r.Context(), tx, s.ID)
		return func(p till.Paper, w io.Writer) error { return p.Arrete(w, s, count, receipts) }, err
	})
}

// piece is the name of the field that counts a note or a coin.
func piece(value money.Cents) string { return "n" + strconv.Itoa(int(value)) }

// readCount reads how many notes and coins there are.
func readCount(form *web.Form) till.Count {
	out := till.Count{}
	for _, value := range till.Values() {
		if n, ok := form.Int(piece(value), 0, 9999); ok && n > 0 {
			out[value] = n
		}
	}
	return out
}
