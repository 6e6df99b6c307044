package family

import (
	"preau/internal/civil"
	"preau/internal/web"
)

// view is what part of an enrolment a calendar shows: a month, drawn as whole weeks, or one week.
type view struct {
	Weekly bool
	Month  civil.Month
	Monday civil.Date // of a week view
}

// readView reads "mois" or "semaine"; when neither is given it is the month of today, or the nearest month of the enrolment.
// What cannot be read is taken as not given: an address typed by hand still answers with a calendar.
func readView(q *web.Form, today civil.Date, period civil.Range) view {
	if text := q.Raw("semaine"); text != "" {
		if v, ok := readTarget(text); ok && v.Weekly {
			return v
		}
	}
	if m, err := civil.ParseMonth(q.Raw("mois")); err == nil && (view{Month: m}).known() {
		return view{Month: m}
	}
	return view{Month: civil.MonthOf(clamp(today, period))}
}

// readTarget reads where a button of the calendar leads: "2027-01" or "2026-W50"; false when it is neither.
func readTarget(text string) (view, bool) {
	var v view
	if monday, err := civil.ParseWeek(text); err == nil {
		v = view{Weekly: true, Monday: monday}
	} else if m, err := civil.ParseMonth(text); err == nil {
		v = view{Month: m}
	} else if d, err := civil.Parse(text); err == nil {
		v = view{Month: civil.MonthOf(d)}
	} else {
		return view{}, false
	}
	if !v.known() {
		return view{}, false
	}
	return v, true
}

// known tells whether every day of the view has a date that can be written: none before the year 1 or after the year 9999.
func (v view) known() bool {
	span := v.span()
	return span.From.Year >= 1 && span.To.Year <= 9999
}

func clamp(d civil.Date, r civil.Range) civil.Date {
	switch {
	case d.Before(r.From):
		return r.From
	case d.After(r.To):
		return r.To
	}
	return d
}

// span are the days drawn: whole weeks, Monday to Sunday.
func (v view) span() civil.Range {
	if v.Weekly {
		return civil.Range{From: v.Monday, To: v.Monday.AddDays(6)}
	}
	return civil.Range{From: v.Month.First().Monday(), To: v.Month.Last().Monday().AddDays(6)}
}

// title is "Décembre 2026", or "Semaine 50, du 7 au 13 décembre 2026".
func (v view) title() string {
	if !v.Weekly {
		return upper(v.Month.French())
	}
	_, week := v.Monday.ISOWeek()
	last := v.Monday.AddDays(6)
	from := v.Monday.DayMonth()
	if v.Monday.Month == last.Month {
		from = dayNumber(v.Monday)
	}
	return "Semaine " + itoa(week) + ", du " + from + " au " + last.DayMonthYear()
}

// when says the same in a sentence: "en décembre", "cette semaine-là".
func (v view) when() string {
	if v.Weekly {
		return "cette semaine-là"
	}
	return "en " + civil.MonthName(v.Month.Month)
}

// name is the value of the view in an address: "2026-12" or "2026-W50".
func (v view) name() string {
	if v.Weekly {
		return v.Monday.WeekString()
	}
	return v.Month.String()
}

func (v view) query() string {
	if v.Weekly {
		return "?semaine=" + v.name()
	}
	return "?mois=" + v.name()
}

func (v view) previous() view {
	if v.Weekly {
		return view{Weekly: true, Monday: v.Monday.AddDays(-7)}
	}
	return view{Month: v.Month.Prev()}
}

func (v view) next() view {
	if v.Weekly {
		return view{Weekly: true, Monday: v.Monday.AddDays(7)}
	}
	return view{Month: v.Month.Next()}
}

// asWeek is the week to look at from a month: that of today when the month has it, else its first; and the month from a week.
func (v view) other(today civil.Date) view {
	if v.Weekly {
		return view{Month: civil.MonthOf(v.Monday.AddDays(3))}
	}
	if v.Month.Range().Contains(today) {
		return view{Weekly: true, Monday: today.Monday()}
	}
	return view{Weekly: true, Monday: v.Month.First().Monday()}
}
