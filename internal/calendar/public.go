package calendar

import (
	"time"

	"preau/internal/civil"
)

// PublicHolidayName names the public holiday of metropolitan France on day d (code du travail, L3133-1). Where two fall on one day,
// as 1 May and Ascension in 2008, the fixed one names it.
func PublicHolidayName(d civil.Date) (name string, ok bool) {
	if name := fixedHoliday(d.Month, d.Day); name != "" {
		return name, true
	}
	if d.Month < time.March || d.Month > time.June {
		return "", false
	}
	switch d.DaysSince(Easter(d.Year)) {
	case 1:
		return "Lundi de Pâques", true
	case 39:
		return "Ascension", true
	case 50:
		return "Lundi de Pentecôte", true
	}
	return "", false
}

func fixedHoliday(m time.Month, day int) string {
	switch int(m)*100 + day {
	case 101:
		return "Jour de l'An"
	case 501:
		return "Fête du Travail"
	case 508:
		return "Victoire 1945"
	case 714:
		return "Fête nationale"
	case 815:
		return "Assomption"
	case 1101:
		return "Toussaint"
	case 1111:
		return "Armistice 1918"
	case 1225:
		return "Noël"
	}
	return ""
}

// PublicHolidays lists the public holidays of a year, in order.
func PublicHolidays(year int) []Holiday {
	list := make([]Holiday, 0, 11)
	for d := range (civil.Range{From: civil.New(year, time.January, 1), To: civil.New(year, time.December, 31)}).Days() {
		if name, ok := PublicHolidayName(d); ok {
			list = append(list, Holiday{Name: name, From: d, To: d})
		}
	}
	return list
}

// Easter is Easter Sunday of a Gregorian year (Meeus, Astronomical Algorithms, chapter 8).
func Easter(year int) civil.Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return civil.Date{Year: year, Month: time.Month(n / 31), Day: n%31 + 1}
}
