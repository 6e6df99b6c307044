package debits

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dunning"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// debtorLine is a household in debt.
type debtorLine struct {
	HouseholdID, Name string
	Count             int
	Cents             money.Cents
	Oldest            civil.Date
	Level             int // the last reminder
	Stays             dunning.Stay
	Ready             bool // something can be handed over
}

// unpaidView is the list of households in debt.
type unpaidView struct {
	Set      dunning.Settings
	Settings bool
	Lines    []debtorLine
	Total    money.Cents
	Letters  []dunning.LetterDay
	More     bool
}

// unpaidMost is how many overdue invoices the page goes through.
const unpaidMost = 2000

func (p Pages) unpaid(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := unpaidView{Settings: who.May(staff.Settings, "")}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Set, err = dunning.SettingsOf(r.Context(), tx); err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, web.Town(r).Loc)
		list, err := dunning.Overdue(r.Context(), tx, today, unpaidMost+1, 0)
		if err != nil {
			return err
		}
		v.More = len(list) > unpaidMost
		v.gather(list[:min(len(list), unpaidMost)], today)
		v.Letters, err = dunning.LetterDays(r.Context(), tx, 5)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, unpaidPage(p.unpaidDesk(w, r, "Impayés", who), v))
}

// gather puts the invoices of a household together, in the order in which they come.
func (v *unpaidView) gather(list []dunning.Unpaid, today civil.Date) {
	at := map[string]int{}
	for _, u := range list {
		i, known := at[u.HouseholdID]
		if !known {
			i = len(v.Lines)
			at[u.HouseholdID] = i
			v.Lines = append(v.Lines, debtorLine{HouseholdID: u.HouseholdID, Name: u.Payer.Name, Oldest: u.DueOn, Stays: u.Stays})
		}
		l := &v.Lines[i]
		l.Count, l.Cents, l.Level = l.Count+1, l.Cents+u.Rest, max(l.Level, u.Last.Level)
		if u.DueOn.Before(l.Oldest) {
			l.Oldest = u.DueOn
		}
		if u.Stays != l.Stays {
			l.Stays = ""
		}
		l.Ready = l.Ready || u.Next == dunning.StepHandOver && !u.On.After(today)
		v.Total += u.Rest
	}
}

func (p Pages) unpaidDesk(w http.ResponseWriter, r *http.Request, title string, who staff.Agent, crumbs ...ui.Link) ui.Page {
	page := p.desk(w, r, title, who)
	page.Here = unpaidPath
	if len(crumbs) > 0 {
		page.Crumbs = append([]ui.Link{{Href: unpaidPath, Label: "Impayés"}}, crumbs...)
	}
	return page
}

// debtorView is what one household has not paid, and what can be done.
type debtorView struct {
	Home    household.Household
	Open    []dunning.Unpaid // not with the treasury
	Given   []dunning.Unpaid // with the treasury
	Sum     money.Cents      // of Open
	Free    money.Cents      // of Open, what a plan could spread
	Plan    dunning.Plan
	HasPlan bool
	Today   civil.Date
	First   civil.Date // proposed for a plan
	Form    *web.Form
}

// reason asks why an invoice comes back from the treasury, with what was typed of that one.
func (v debtorView) reason(u dunning.Unpaid) ui.Field {
	f := ui.Field{Name: "motif", ID: "f-motif-" + u.ID, Label: "Motif du retour de la facture " + u.Label, Max: 200, Required: true}
	if v.Form != nil && v.Form.Raw("facture") == u.ID {
		return v.Form.Field(f)
	}
	return f
}

func (p Pages) debtor(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDebtor(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDebtor(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := debtorView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		return v.load(r.Context(), tx, r.PathValue("household"), civil.DateOf(tx.Now, web.Town(r).Loc))
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, debtorPage(p.unpaidDesk(w, r, v.Home.Name, who, ui.Link{Label: v.Home.Name}), v))
}

func (v *debtorView) load(ctx context.Context, tx *db.Tx, id string, today civil.Date) (err error) {
	v.Today, v.First = today, civil.New(today.Year, today.Month+1, 10)
	if v.Home, err = household.ByID(ctx, tx, id); err != nil {
		return err
	}
	list, err := dunning.OfHousehold(ctx, tx, id, today)
	for _, u := range list {
		if u.Stays == dunning.StayTreasury {
			v.Given = append(v.Given, u)
			continue
		}
		v.Open, v.Sum = append(v.Open, u), v.Sum+u.Rest
		if u.Stays == "" {
			v.Free += u.Rest
		}
	}
	if err != nil {
		return err
	}
	v.Plan, v.HasPlan, err = dunning.OpenPlan(ctx, tx, id)
	return err
}

// act runs one of the acts on a debt, and shows the page again with what to correct.
func (p Pages) act(w http.ResponseWriter, r *http.Request, who staff.Agent, done string, verb func(tx *db.Tx, f *web.Form, today civil.Date) error) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return verb(tx, f, civil.DateOf(tx.Now, web.Town(r).Loc)) })
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Refused {
		f.Fail("factures", refusal.Message)
	}
	if f.Blame(err) || f.Err() != nil {
		return p.showDebtor(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: done, Text: "La famille est prévenue."})
	return web.Redirect(w, r, unpaidPath+"/foyers/"+r.PathValue("household"))
}

func (p Pages) handOver(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, who, "La créance est transmise au Trésor public", func(tx *db.Tx, f *web.Form, today civil.Date) error {
		return dunning.HandOver(r.Context(), tx, who, r.PathValue("household"), f.All("factures"), f.Text("bordereau", 40), today)
	})
}

// takeBack takes an invoice of the household back from the treasury.
func (p Pages) takeBack(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		i, err := billing.InvoiceByID(r.Context(), tx, f.Raw("facture"))
		if err == nil && i.HouseholdID != r.PathValue("household") {
			err = fault.NotFoundf("Cette facture n’est pas à ce foyer.")
		}
		if err != nil {
			return err
		}
		return billing.TakeBack(r.Context(), tx, i.ID, f.Text("motif", 200), civil.DateOf(tx.Now, web.Town(r).Loc), household.ByAgent(who))
	})
	if f.Blame(err) {
		return p.showDebtor(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La facture est revenue à la régie"})
	return web.Redirect(w, r, unpaidPath+"/foyers/"+r.PathValue("household"))
}

func (p Pages) agree(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, who, "L’échéancier est enregistré", func(tx *db.Tx, f *web.Form, today civil.Date) error {
		count, _ := f.Int("nombre", dunning.Instalments.Low, dunning.Instalments.High)
		first, note := f.Date("premiere"), f.Text("note", 200)
		if err := f.Err(); err != nil {
			return err
		}
		_, err := dunning.Agree(r.Context(), tx, who, r.PathValue("household"), first, count, note, today)
		return err
	})
}

func (p Pages) endPlan(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, who, "L’échéancier est arrêté", func(tx *db.Tx, _ *web.Form, _ civil.Date) error {
		plan, ok, err := dunning.OpenPlan(r.Context(), tx, r.PathValue("household"))
		if err == nil && !ok {
			err = fault.NotFoundf("Ce foyer n’a pas d’échéancier en cours.")
		}
		if err != nil {
			return err
		}
		_, err = dunning.Cancel(r.Context(), tx, who, plan.ID)
		return err
	})
}

// letters prints the reminders of a day for the families without an e-mail, a page each.
func (p Pages) letters(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	day, err := civil.Parse(strings.TrimSuffix(r.PathValue("file"), ".pdf"))
	if err != nil {
		return fault.NotFoundf("Il n’y a pas de lettres à cette adresse.")
	}
	t := web.Town(r)
	var b bytes.Buffer
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		profile, err := t.Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		list, err := dunning.LettersOf(r.Context(), tx, day)
		if err == nil && len(list) == 0 {
			err = fault.NotFoundf("Aucune lettre de rappel ce jour-là.")
		}
		if err != nil {
			return err
		}
		doc := pdf.New(&b, pdf.Meta{Title: "Lettres de rappel du " + day.DayMonthYear(), Author: profile.Name, Created: tx.Now.Time()})
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].HouseholdID == list[0].HouseholdID && list[n].Level == list[0].Level {
				n++
			}
			if err := reminderLetter(r.Context(), tx, doc, profile, list[:n]); err != nil {
				return err
			}
			list = list[n:]
		}
		return doc.Close()
	})
	if err != nil {
		return err
	}
	return web.Download(w, pdf.ContentType, "rappels-"+day.String()+".pdf", b.Bytes())
}

// reminderLetter prints what one household is reminded of.
func reminderLetter(ctx context.Context, tx *db.Tx, doc *pdf.Doc, profile town.Profile, list []dunning.Reminder) error {
	h, err := household.ByID(ctx, tx, list[0].HouseholdID)
	if err != nil {
		return err
	}
	ids := make([]string, len(list))
	for i, one := range list {
		ids[i] = one.InvoiceID
	}
	invoices, err := billing.InvoicesByIDs(ctx, tx, ids)
	if err != nil {
		return err
	}
	table := pdf.Table{Columns: []pdf.Column{{Title: "Facture", Share: 3}, {Title: "Échéance", Share: 3}, {Title: "Reste à payer", Share: 2, Right: true}}}
	var sum money.Cents
	for _, i := range invoices {
		table.Rows = append(table.Rows, []string{i.Label, i.DueOn.DayMonthYear(), i.Rest.String()})
		sum += i.Rest
	}
	table.Totals = [][]string{{"Total", "", sum.String()}}
	service := profile.First()
	doc.Letter(pdf.Letter{From: append([]string{profile.Name, service.Title}, strings.Split(service.Address, "\n")...),
		To: []string{h.Name, h.Address, h.PostalCode + " " + strings.ToUpper(h.City)}, Date: "Le " + list[0].Day.Long(), Reference: "Dossier n° " + h.Reference}, profile.Name)
	title, what := "Rappel", "Sauf erreur de notre part, les factures ci-dessous restent à régler : leur échéance est passée."
	if list[0].Level == 2 {
		title, what = "Dernier rappel", "Malgré un premier rappel, les factures ci-dessous restent à régler. Sans paiement, elles seront transmises au Trésor public, qui vous les réclamera."
	}
	doc.Heading(1, title)
	doc.Paragraph("Madame, Monsieur,\n" + what)
	doc.Table(table)
	doc.Paragraph("Les moyens de payer sont écrits sur chaque facture. Si vous venez de régler, ne tenez pas compte de cette lettre. En cas de difficulté, adressez-vous à la régie : un échéancier est possible.")
	return nil
}

// dunningView is what the town settles about reminders.
type dunningView struct {
	Set  dunning.Settings
	Form *web.Form
}

func (p Pages) dunningSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDunning(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDunning(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := dunningView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Set, err = dunning.SettingsOf(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, dunningPage(p.unpaidDesk(w, r, "Réglages des relances", who, ui.Link{Label: "Réglages"}), v))
}

func (p Pages) saveDunning(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := dunning.Settings{On: f.Yes("relances"), Hold: f.Yes("blocage")}
	s.First, _ = f.Int("premier", dunning.FirstDays.Low, dunning.FirstDays.High)
	s.Second, _ = f.Int("second", dunning.SecondDays.Low, dunning.SecondDays.High)
	s.HandOver, _ = f.Int("transmission", dunning.HandOverDays.Low, dunning.HandOverDays.High)
	s.HoldDays, _ = f.Int("blocage_jours", dunning.HoldDays.Low, dunning.HoldDays.High)
	s.Least, _ = f.Money("seuil")
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dunning.Save(r.Context(), tx, who, s) })
	}
	if f.Blame(err) || f.Err() != nil {
		return p.showDunning(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les réglages des relances sont enregistrés"})
	return web.Redirect(w, r, unpaidPath+"/reglages")
}

// stayWord says why nothing is done about an invoice, or what comes next.
func stayWord(u dunning.Unpaid) string {
	switch u.Stays {
	case dunning.StayPlan:
		return "dans un échéancier"
	case dunning.StayDebit:
		return "prélevée le " + u.DebitedOn.DayMonthYear()
	case dunning.StayTreasury:
		return "au Trésor public, bordereau " + u.HandedSlip
	}
	switch u.Next {
	case dunning.StepFirst:
		return "premier rappel le " + u.On.DayMonthYear()
	case dunning.StepSecond:
		return "dernier rappel le " + u.On.DayMonthYear()
	}
	return "à transmettre à partir du " + u.On.DayMonthYear()
}

func levelWord(level int) string {
	return []string{"aucun", "premier rappel", "dernier rappel"}[level]
}
