package office

import (
	"slices"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/household"
)

// custodyWeek is one week, Monday first.
type custodyWeek struct {
	Number string
	Dates  string
	Days   []custodyDay
}

// custodyDay is who holds the child on a day.
type custodyDay struct {
	Day     civil.Date
	Past    bool
	Changed bool // by the change that is shown
	Parts   []custodyPart
}

// custodyPart is a part of a day: "Claire", "Karim à 16 h".
type custodyPart struct {
	Text  string
	Class string // of the household, or of a day to decide
}

// contestedSpan is a time that both households claim, or neither.
type contestedSpan struct {
	Text         string
	From, To     civil.Date
	Starts, Ends string // hours of the day, empty for the day's own limits
}

// address opens the page with the decision's dates filled.
func (s contestedSpan) address(path string) string {
	return address(path, "debut", s.From.String(), "debut_heure", s.Starts, "fin", s.To.String(), "fin_heure", s.Ends) + "#h-decision"
}

func sameParts(a, b household.CustodyDay) bool { return slices.Equal(a.Parts, b.Parts) }

// show lays out the weeks from the one that a day falls in, under the plan after, and marks what differs from the plan before.
func (v *custodyView) show(before, after household.Custody, from civil.Date) {
	span := civil.Range{From: from.Monday(), To: from.Monday().AddDays(7*weeksShown - 1)}
	was, is := before.Days(span, v.loc, v.cal.Calendar), after.Days(span, v.loc, v.cal.Calendar)
	v.Weeks, v.Contested = nil, v.contestedIn(is)
	for i := 0; i < len(is); i += 7 {
		_, n := is[i].Day.ISOWeek()
		week := custodyWeek{Number: "Semaine " + itoa(n), Dates: is[i].Day.DayMonth() + " – " + is[i+6].Day.DayMonth()}
		for j := i; j < i+7; j++ {
			d := custodyDay{Day: is[j].Day, Past: is[j].Day.Before(v.Today), Changed: !sameParts(was[j], is[j])}
			for _, part := range is[j].Parts {
				d.Parts = append(d.Parts, v.part(part))
			}
			week.Days = append(week.Days, d)
		}
		v.Weeks = append(v.Weeks, week)
	}
}

func (v *custodyView) part(k household.CustodyPart) custodyPart {
	out := custodyPart{Text: "À départager", Class: "hold hold--none"}
	switch {
	case k.Holder.HouseholdID == v.Homes[0].ID:
		out = custodyPart{v.Homes[0].First, "hold hold--a"}
	case !k.Holder.Contested:
		out = custodyPart{v.home(k.Holder.HouseholdID).First, "hold hold--b"}
	}
	if k.From > 0 {
		out.Text += " à " + solid(k.From.French())
	}
	return out
}

// contestedIn gathers the times to decide, from today on, each as one span.
func (v *custodyView) contestedIn(days []household.CustodyDay) []contestedSpan {
	var out []contestedSpan
	open := -1
	for _, d := range days {
		for _, part := range d.Parts {
			switch {
			case part.Holder.Contested && open < 0 && !d.Day.Before(v.Today):
				out = append(out, contestedSpan{From: d.Day, To: days[len(days)-1].Day, Starts: hour(part.From)})
				open = len(out) - 1
			case !part.Holder.Contested && open >= 0:
				out[open].close(d.Day, part.From)
				open = -1
			}
		}
	}
	for i := range out {
		out[i].Text = out[i].words()
	}
	return out
}

// close ends a span at the start of a part: at midnight, with the day before.
func (s *contestedSpan) close(day civil.Date, at civil.TimeOfDay) {
	s.To, s.Ends = day, hour(at)
	if at == 0 {
		s.To, s.Ends = day.AddDays(-1), ""
	}
}

// hour is an hour as a field holds it; nothing for midnight, which is the day's own limit.
func hour(t civil.TimeOfDay) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func (s contestedSpan) words() string {
	at := func(d civil.Date, hour string) string {
		text := solid(d.Short())
		if t, err := civil.ParseTime(hour); err == nil {
			text += " à " + solid(t.French())
		}
		return text
	}
	if s.From == s.To && s.Starts == "" && s.Ends == "" {
		return at(s.From, "")
	}
	return "du " + at(s.From, s.Starts) + " au " + at(s.To, s.Ends)
}

// ruleWords is a rule with the period it holds for.
func ruleWords(r household.CustodyRule) string {
	return custodyRule(r) + ", depuis le " + r.From.DayMonthYear()
}

// datesWords is "du jeu. 24 déc. 2026 à 12 h au ven. 25 déc. 2026 à 12 h".
func (v custodyView) datesWords(d household.CustodyDates) string {
	s := contestedSpan{From: civil.DateOf(d.Starts, v.loc), Starts: hour(civil.TimeOf(d.Starts, v.loc))}
	s.close(civil.DateOf(d.Ends, v.loc), civil.TimeOf(d.Ends, v.loc))
	return s.words()
}

// changeWords says what a change is, for the page that asks to confirm it.
func (v custodyView) changeWords(k booking.CustodyChange, before household.Custody) string {
	switch {
	case k.Rule != nil:
		return v.home(k.Rule.HouseholdID).Name + " : " + ruleWords(*k.Rule) + "."
	case k.Dates != nil && k.Dates.Decided:
		return "Décision : " + v.home(k.Dates.HouseholdID).Name + ", " + v.datesWords(*k.Dates) + ". Motif : " + k.Dates.Reason + "."
	case k.Dates != nil:
		return "Dates convenues : " + v.home(k.Dates.HouseholdID).Name + ", " + v.datesWords(*k.Dates) + "."
	case k.EndRule != "":
		for _, r := range before.Rules {
			if r.ID == k.EndRule {
				return "Fin de la règle de " + v.home(r.HouseholdID).Name + " (" + custodyRule(r) + ") : dernier jour le " + k.Last.DayMonthYear() + "."
			}
		}
	}
	for _, d := range before.Dates {
		if d.ID == k.EndDates {
			return "Retirer les dates de " + v.home(d.HouseholdID).Name + ", " + v.datesWords(d) + "."
		}
	}
	return ""
}

// weekdayShort is "lun.", for 1.
func weekdayShort(n int) string { return civil.ShortWeekdayName(time.Weekday(n % 7)) }
