package civil

import (
	"fmt"
	"strconv"
	"time"
)

var (
	weekdays      = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	shortWeekdays = [...]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}
	months        = [...]string{"", "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
		"octobre", "novembre", "décembre"}
	shortMonths = [...]string{"", "janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."}
)

// WeekdayName is "lundi".
func WeekdayName(w time.Weekday) string { return weekdays[w] }

// ShortWeekdayName is "lun.".
func ShortWeekdayName(w time.Weekday) string { return shortWeekdays[w] }

// MonthName is "décembre".
func MonthName(m time.Month) string { return months[m] }

// French is "décembre 2026".
func (m Month) French() string { return months[m.Month] + " " + strconv.Itoa(m.Year) }

// dayNumber is "7", and "1er" for the first of a month.
func (d Date) dayNumber() string {
	if d.Day == 1 {
		return "1er"
	}
	return strconv.Itoa(d.Day)
}

// Long is "lundi 7 décembre 2026".
func (d Date) Long() string { return d.WeekdayDayMonth() + " " + strconv.Itoa(d.Year) }

// Short is "lun. 7 déc. 2026".
func (d Date) Short() string { return d.ShortNoYear() + " " + strconv.Itoa(d.Year) }

// DayMonth is "7 décembre".
func (d Date) DayMonth() string { return d.dayNumber() + " " + months[d.Month] }

// DayMonthYear is "7 décembre 2026".
func (d Date) DayMonthYear() string { return d.DayMonth() + " " + strconv.Itoa(d.Year) }

// WeekdayDayMonth is "lundi 7 décembre".
func (d Date) WeekdayDayMonth() string { return weekdays[d.Weekday()] + " " + d.DayMonth() }

// ShortNoYear is "lun. 7 déc.".
func (d Date) ShortNoYear() string {
	return shortWeekdays[d.Weekday()] + " " + d.dayNumber() + " " + shortMonths[d.Month]
}

// Numeric is "07/12/2026".
func (d Date) Numeric() string { return fmt.Sprintf("%02d/%02d/%04d", d.Day, d.Month, d.Year) }

// French is "16 h 30", or "16 h" on the hour.
func (t TimeOfDay) French() string {
	text := strconv.Itoa(t.Hour()) + " h"
	if minute := t.Minute(); minute != 0 {
		text += " " + string(rune('0'+minute/10)) + string(rune('0'+minute%10))
	}
	return text
}

// FrenchInstant is "lundi 30 novembre 2026 à 23 h 59", on the clocks of loc. Seconds are left out.
func FrenchInstant(i Instant, loc *time.Location) string {
	d, t := Local(i, loc)
	return d.Long() + " à " + t.French()
}

// ShortInstant is "lun. 30 nov. 23 h 59", on the clocks of loc. Seconds are left out.
func ShortInstant(i Instant, loc *time.Location) string {
	d, t := Local(i, loc)
	return d.ShortNoYear() + " " + t.French()
}
