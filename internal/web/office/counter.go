package office

import (
	"net/http"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/counter"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

func (p Pages) counterRoutes(s *web.Server) {
	s.Handle("POST /bureau/familles/{household}/guichet", p.Door.OfficeSession(staff.Counter, p.beginVisit))
	s.Handle("POST /bureau/guichet/fin", p.Door.OfficeSession(staff.Counter, p.endVisit))
	s.Handle("GET /bureau/guichet/{visit}", p.Door.Office(staff.Counter, p.receipt))
}

// beginVisit begins to act for a guardian, and opens the family's first page.
func (p Pages) beginVisit(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	guardian := f.Needed("responsable", 60, "Choisissez pour qui vous agissez.")
	if !f.Yes("accord") {
		f.Fail("accord", "Cochez cette case : on n’agit au nom d’une famille que si elle le demande.")
	}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			g, err := household.GuardianByID(r.Context(), tx, guardian)
			if err == nil && g.HouseholdID != r.PathValue("household") {
				err = fault.NotFoundf("Ce responsable n’est pas de ce foyer.")
			}
			if err != nil {
				return err
			}
			_, err = counter.Begin(r.Context(), tx, who.Agent, who.Session.ID, guardian, counter.Channel(f.Raw("moyen")))
			return err
		})
		if err == nil {
			return web.Redirect(w, r, signin.FamilyHome)
		}
	}
	if f.Err() != nil || f.Blame(err) {
		return p.showFamily(w, r, who.Agent, http.StatusUnprocessableEntity, f)
	}
	return err
}

// endVisit stops acting for the guardian, and shows the receipt.
func (p Pages) endVisit(w http.ResponseWriter, r *http.Request, who signin.Agent) error {
	var v counter.Visit
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		v, err = counter.End(r.Context(), tx, who.Agent, who.Session.ID)
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Vous n’agissez plus au nom de la famille"})
	return web.Redirect(w, r, signin.ReceiptPath+v.ID)
}

// receiptView is what was done for a family at the counter, on paper or on screen.
type receiptView struct {
	counter.Receipt
	File     string // address of the household's file
	On, Span string // the day, and the hours
	Open     bool   // the visit goes on
	Lapsed   bool   // it ended by itself
	Acts     []receiptAct
}

// by is the agent with the service.
func (v receiptView) by() string {
	if v.Agent.Service == "" {
		return v.Agent.Name
	}
	return v.Agent.Name + ", " + v.Agent.Service
}

// receiptAct is one thing done, with its days.
type receiptAct struct {
	At, Title string
	Lines     []string
}

func (p Pages) receipt(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v receiptView
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Receipt, err = counter.ReceiptOf(r.Context(), tx, who, r.PathValue("visit")); err == nil {
			v.fill(tx.Now, t.Loc)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Reçu", familiesPath, who)
	page.Crumbs = []ui.Link{{Href: familiesPath, Label: "Familles"}, {Href: v.File, Label: v.Guardian.Name()}, {Label: "Reçu"}}
	return web.Render(w, r, http.StatusOK, receiptPage(page, v))
}

func (v *receiptView) fill(now civil.Instant, loc *time.Location) {
	k := v.Visit
	v.File, v.Open = familiesPath+"/"+k.HouseholdID, k.Live(now)
	v.Lapsed = !v.Open && k.EndedAt.IsZero()
	v.On = civil.DateOf(k.BeganAt, loc).Long()
	v.Span = "depuis " + clock(k.BeganAt, loc)
	if !v.Open {
		v.Span = "de " + clock(k.BeganAt, loc) + " à " + clock(k.Until(), loc)
	}
	for _, h := range v.Bookings {
		act := receiptAct{At: clock(h.At, loc), Title: "Réservations"}
		for _, d := range h.Outcome.Decisions {
			if d.Result != booking.Unchanged {
				act.Lines = append(act.Lines, d.Child+", "+d.Activity+", "+d.Day.Short()+" : "+receiptWords(d, loc))
			}
		}
		v.Acts = append(v.Acts, act)
	}
	for _, e := range v.Others {
		v.Acts = append(v.Acts, receiptAct{At: clock(e.At, loc), Title: actName(e.Act)})
	}
}

// receiptWords says what one day became, and why where it was refused.
func receiptWords(d booking.Decision, loc *time.Location) string {
	if d.Result == booking.Refused {
		return "refusé, " + words.Refusal(d.Refusal, loc)
	}
	return lowered(words.Decision(d, loc))
}

func clock(i civil.Instant, loc *time.Location) string { return solid(civil.TimeOf(i, loc).French()) }

// guardianOptions are the guardians of a household to act for.
func (v fileView) guardianOptions() []ui.Option {
	var out []ui.Option
	for _, g := range v.Guardians {
		out = append(out, ui.Option{Value: g.ID, Label: g.Name()})
	}
	return out
}

// firstGuardian is the answer when there is only one.
func (v fileView) firstGuardian() string {
	if len(v.Guardians) == 1 {
		return v.Guardians[0].ID
	}
	return ""
}

func channelOptions() []ui.Option {
	var out []ui.Option
	for _, c := range counter.Channels() {
		out = append(out, ui.Option{Value: string(c), Label: words.UpperFirst(c.French())})
	}
	return out
}
