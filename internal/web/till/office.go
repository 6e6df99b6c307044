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

// officeView is what the founding act says, and who holds the office.
type officeView struct {
	Office    till.Office
	Holder    string
	Handovers []till.Handover
	Held      map[till.Account]money.Cents
	Open      bool
	Agents    []string // names that may be proposed
	Form      *web.Form
	Loc       *time.Location
	// Submission is what the record of a handover is sent with, once.
	Submission string
}

func (v officeView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) office(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showOffice(w, r, who, http.StatusOK, nil)
}

func (p Pages) showOffice(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t := web.Town(r)
	v := officeView{Form: form, Loc: t.Loc, Submission: db.NewID()}
	if form != nil && form.Has("envoi") {
		v.Submission = form.Raw("envoi")
	}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Office, err = till.OfficeOf(r.Context(), tx); err != nil {
			return err
		}
		if v.Handovers, err = till.Handovers(r.Context(), tx, v.Office.ID); err != nil {
			return err
		}
		if v.Held, err = till.Balances(r.Context(), tx, v.Office.ID); err != nil {
			return err
		}
		if _, v.Open, err = till.OpenSession(r.Context(), tx); err != nil {
			return err
		}
		agents, err := staff.List(r.Context(), tx)
		for _, a := range agents {
			if a.May(staff.Bill, "") {
				v.Agents = append(v.Agents, a.Name)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(v.Handovers) > 0 {
		v.Holder = v.Handovers[0].ToName
	}
	return web.Render(w, r, status, officePage(frame(w, r, "Régie", who), v))
}

// saveOffice settles what the founding act says.
func (p Pages) saveOffice(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	o := till.Office{Name: form.Text("nom", 120), Payee: form.Text("ordre", 120), CESUCode: form.Text("nan", 40), CESUSurplus: form.Raw("surplus")}
	// An emptied field is not a limit taken away: nothing is said of it, and zero is written.
	for name, cents := range map[string]*money.Cents{"especes": &o.CashMost, "plafond": &o.Ceiling, "fonds": &o.Float} {
		var ok bool
		if *cents, ok = form.Money(name); !ok {
			form.Fail(name, "Indiquez un montant, 0 s’il n’y en a pas.")
		}
	}
	var ok bool
	if o.CESUGrace, ok = form.Int("prolongation", 0, 24); !ok {
		form.Fail("prolongation", "Indiquez un nombre de mois, de 0 à 24.")
	}
	if o.DepositDays, ok = form.Int("delai", 1, 366); !ok {
		form.Fail("delai", "Indiquez un nombre de jours, de 1 à 366.")
	}
	if err = form.Err(); err == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return till.SaveOffice(r.Context(), tx, who, o) })
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showOffice(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les règles de la régie sont enregistrées"})
	return web.Redirect(w, r, officePath)
}

// handOver gives the office to somebody else.
func (p Pages) handOver(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	envoi, err := submission(form)
	if err != nil {
		return err
	}
	to, remark, count := form.Text("entrant", 120), form.Lines("observations", 500), readCount(form)
	var h till.Handover
	if err = form.Err(); err == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			h, err = till.HandOver(r.Context(), tx, who, till.Handover{Source: "envoi:" + envoi, ToName: to, Remark: remark, Count: count, Day: day(tx, t.Loc)})
			return err
		})
	}
	if err != nil && (form.Err() != nil || form.Blame(err)) {
		return p.showOffice(w, r, who, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Remise de service enregistrée", Text: "Imprimez le procès-verbal et faites-le signer."})
	return web.Redirect(w, r, handoverPath+h.ID)
}

// handoverView is the record of a change of hands.
type handoverView struct {
	till.Handover
	Loc *time.Location
}

func (p Pages) handover(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := handoverView{Loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Handover, err = till.HandoverByID(r.Context(), tx, r.PathValue("handover"))
		return err
	})
	if err != nil {
		return err
	}
	page := frame(w, r, "Remise de service "+v.Name(), who)
	page.Crumbs = []ui.Link{{Href: Home, Label: "Encaissements"}, {Href: officePath, Label: "Régie"}, {Label: "Remise de service " + v.Name()}}
	return web.Render(w, r, http.StatusOK, handoverPage(page, v))
}

func (p Pages) handoverPDF(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	return paper(w, r, "proces-verbal.pdf", func(tx *db.Tx) (func(till.Paper, io.Writer) error, error) {
		h, err := till.HandoverByID(r.Context(), tx, r.PathValue("handover"))
		return func(p till.Paper, w io.Writer) error { return p.Minutes(w, h) }, err
	})
}

func itoa(n int) string { return strconv.Itoa(n) }
