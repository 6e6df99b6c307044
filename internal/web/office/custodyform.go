package office

import (
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// readCustody reads the change that one of the page's forms asks; what is wrong with it is in the form.
func readCustody(f *web.Form, childID string, loc *time.Location) booking.CustodyChange {
	k := booking.CustodyChange{ChildID: childID}
	switch f.One("acte", "Cette page n’est plus valable. Rouvrez-la.", actRule, actDates, actDecision, actEndRule, actEndDates) {
	case actRule:
		k.Rule = readCustodyRule(f, childID)
	case actDates:
		k.Dates = readCustodyDates(f, childID, loc)
	case actDecision:
		k.Dates = readCustodyDates(f, childID, loc)
		k.Dates.Decided = true
	case actEndRule:
		k.EndRule, k.Last = f.Raw("regle"), f.Date("dernier")
	case actEndDates:
		k.EndDates = f.Raw("dates")
	}
	if k.Rule != nil {
		f.Blame(k.Rule.Check()) // all that is wrong is said at once
	}
	if k.Dates != nil {
		f.Blame(k.Dates.Check())
	}
	return k
}

func readCustodyRule(f *web.Form, childID string) *household.CustodyRule {
	r := &household.CustodyRule{ChildID: childID, HouseholdID: f.Raw("foyer"), Weeks: f.Raw("semaines"), FirstDay: f.Date("premier_jour"), Holidays: f.Raw("vacances"),
		From: f.Date("depuis"), To: f.Date("jusqu_au")}
	if n, ok := f.Int("jour", 1, 7); ok {
		r.Weekday = time.Weekday(n % 7)
	} else {
		f.Fail("jour", "Choisissez le jour du passage.")
	}
	var ok bool
	if r.Time, ok = f.Time("heure"); !ok {
		f.Fail("heure", "Indiquez l’heure du passage, par exemple 16:30.")
	}
	if r.Weeks != household.Alternate {
		r.FirstDay = civil.Date{}
	}
	return r
}

// readCustodyDates reads dates; without an hour they begin with their first day and end with their last one.
func readCustodyDates(f *web.Form, childID string, loc *time.Location) *household.CustodyDates {
	d := &household.CustodyDates{ChildID: childID, HouseholdID: f.Raw("foyer"), Reason: f.Text("motif", 300)}
	if day := f.Date("debut"); !day.IsZero() {
		at, _ := f.Time("debut_heure")
		d.Starts = civil.Wall(day, at, 0, loc)
	}
	if day := f.Date("fin"); !day.IsZero() {
		at, given := f.Time("fin_heure")
		if !given {
			day = day.AddDays(1)
		}
		d.Ends = civil.Wall(day, at, 0, loc)
	}
	return d
}

// in prepares a field of one of the page's forms: what was typed and what is wrong with it belong to the form that was sent.
func (v custodyView) in(act string, f ui.Field) ui.Field {
	if v.Form != nil && v.Act == act {
		return v.Form.Field(f)
	}
	f.ID = "f-" + act + "-" + f.Name
	return f
}

// wrongs is what is wrong with the form that was sent.
func (v custodyView) wrongs() []ui.Wrong {
	if v.Form == nil {
		return nil
	}
	return v.Form.Wrongs("acte", "foyer", "semaines", "premier_jour", "jour", "heure", "vacances", "depuis", "jusqu_au", "debut", "debut_heure", "fin", "fin_heure", "motif", "dernier")
}

func (v custodyView) homeOptions() []ui.Option {
	var out []ui.Option
	for _, h := range v.Homes {
		out = append(out, ui.Option{Value: h.ID, Label: h.Name})
	}
	return out
}

func weekOptions() []ui.Option {
	return []ui.Option{{Value: household.EvenWeeks, Label: "Les semaines paires du calendrier"}, {Value: household.OddWeeks, Label: "Les semaines impaires du calendrier"},
		{Value: household.Alternate, Label: "Une semaine sur deux, strictement, depuis une date"}}
}

func holidayOptions() []ui.Option {
	return []ui.Option{{Value: household.HolidaysAsWeeks, Label: "Comme les autres semaines"},
		{Value: household.FirstHalfEvenYears, Label: "La première moitié les années paires, la seconde les années impaires"},
		{Value: household.FirstHalfOddYears, Label: "La première moitié les années impaires, la seconde les années paires"}}
}
