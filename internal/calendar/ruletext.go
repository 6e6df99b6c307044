package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
)

// SyntaxError says, in French, why a text is not a rule, an opening or a school year.
type SyntaxError struct {
	Text   string // what was read
	Reason string // a sentence for the agent who wrote it
}

func (e *SyntaxError) Error() string { return e.Reason }

func refuse(text, format string, args ...any) error {
	return &SyntaxError{Text: text, Reason: fmt.Sprintf(format, args...)}
}

// units are the words of the language, longest first, with the most of each a rule may count.
var units = [...]struct {
	word string
	unit unit
	most int
}{
	{"wd", openDays, 200}, {"sd", schoolDays, 150}, {"cd", clearDays, 366}, {"h", hours, 366 * 24}, {"d", days, 366}, {"w", weeks, 52},
}

var weekdayWords = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseRule reads a deadline. Spaces and capitals do not matter.
//
//	24h                       hours before the start of the option
//	7d  7d@12:00              days before the day
//	2w                        weeks before the day
//	2wd@12:00                 open days: Monday to Friday less public holidays and closures of the town
//	2sd@12:00                 school days: days of class
//	15cd                      clear days: that many whole days lie between
//	week-1:thu@12:00          a weekday of the week before
//	table(mon=-1:fri@09:00,thu=0:tue@09:00)   for each weekday of the service, a weekday of its week or of one before
//	block-15cd@23:59          any of the counts above but hours, before the first open day of the holiday block
//	block=2026-12-01@12:00    a date, for a block that begins in the year after it
//
// Without an hour the day counts to its last second. Errors are *SyntaxError.
func ParseRule(text string) (Rule, error) {
	t := squeeze(text)
	if inner, ok := strings.CutPrefix(t, "table("); ok {
		return parseTable(text, inner)
	}
	body, closes, err := cutHour(text, t)
	if err != nil {
		return Rule{}, err
	}
	if rest, ok := strings.CutPrefix(body, "week-"); ok {
		return parseWeek(text, rest, closes)
	}
	if rest, ok := strings.CutPrefix(body, "block="); ok {
		date, err := civil.Parse(rest)
		if err != nil {
			return Rule{}, refuse(text, "« %s » n’est pas une date comme 2026-12-01.", rest)
		}
		return Rule{form: fixed, date: date, closes: closes}, nil
	}
	rest, block := strings.CutPrefix(body, "block-")
	r := Rule{form: before, block: block, closes: closes}
	if r.count, r.unit, err = parseCount(text, rest); err != nil {
		return Rule{}, err
	}
	if r.unit == hours && (block || closes.set) {
		return Rule{}, refuse(text, "Les heures se comptent depuis le début de la prestation : ni « block- », ni « @ ».")
	}
	return r, nil
}

// MustRule is ParseRule for rules written in code; it panics on a mistake.
func MustRule(text string) Rule {
	r, err := ParseRule(text)
	if err != nil {
		panic(err)
	}
	return r
}

func squeeze(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(text), ""))
}

func cutHour(text, t string) (body string, closes hour, err error) {
	body, at, found := strings.Cut(t, "@")
	if found {
		if closes.at, err = civil.ParseTime(at); err != nil {
			return "", hour{}, refuse(text, "« %s » n’est pas une heure comme 09:00.", at)
		}
		closes.set = true
	}
	return body, closes, nil
}

func parseCount(text, t string) (int, unit, error) {
	digits := strings.TrimRight(t, "abcdefghijklmnopqrstuvwxyz")
	for _, u := range units {
		if t[len(digits):] != u.word {
			continue
		}
		n, ok := number(digits, u.most)
		if !ok {
			return 0, 0, refuse(text, "« %s » : un nombre de 0 à %d est attendu.", t, u.most)
		}
		if n == 0 && u.unit != hours && u.unit != days {
			return 0, 0, refuse(text, "« %s » : il en faut au moins un.", t)
		}
		return n, u.unit, nil
	}
	return 0, 0, refuse(text, "« %s » ne se lit pas : écrivez par exemple 24h, 7d@12:00, 2w, 2wd@12:00, 2sd@12:00 ou week-1:thu@12:00.", t)
}

// number reads digits only: no sign, no space.
func number(t string, most int) (int, bool) {
	if t == "" || len(t) > 5 || strings.Trim(t, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(t)
	return n, err == nil && n <= most
}

func parseWeek(text, t string, closes hour) (Rule, error) {
	back, day, _ := strings.Cut(t, ":")
	w, err := parseSlot(text, back, day, closes)
	return Rule{form: week, day: w}, err
}

func parseSlot(text, back, day string, closes hour) (slot, error) {
	n, ok := number(back, 52)
	if !ok {
		return slot{}, refuse(text, "« %s » : un nombre de semaines de 0 à 52 est attendu.", back)
	}
	w, err := parseWeekday(text, day)
	if err != nil {
		return slot{}, err
	}
	return slot{set: true, back: n, day: w, closes: closes}, nil
}

func parseWeekday(text, word string) (time.Weekday, error) {
	i := slices.Index(weekdayWords[:], word)
	if i < 0 {
		return 0, refuse(text, "« %s » n’est pas un jour : mon, tue, wed, thu, fri, sat ou sun.", word)
	}
	return time.Weekday(i), nil
}

func parseTable(text, inner string) (Rule, error) {
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return Rule{}, refuse(text, "La parenthèse de « table( » n’est pas fermée.")
	}
	r := Rule{form: table}
	for entry := range strings.SplitSeq(inner, ",") {
		if err := r.addRow(text, entry); err != nil {
			return Rule{}, err
		}
	}
	return r, nil
}

func (r *Rule) addRow(text, entry string) error {
	body, closes, err := cutHour(text, entry)
	if err != nil {
		return err
	}
	service, when, found := strings.Cut(body, "=")
	if !found {
		return refuse(text, "« %s » : écrivez par exemple mon=-1:fri@09:00.", entry)
	}
	day, err := parseWeekday(text, service)
	if err != nil {
		return err
	}
	if r.table[day].set {
		return refuse(text, "Le %s est donné deux fois.", civil.WeekdayName(day))
	}
	back, last, _ := strings.Cut(when, ":")
	if back != "0" && !strings.HasPrefix(back, "-") {
		return refuse(text, "« %s » : 0 pour la même semaine, -1 pour la précédente.", back)
	}
	r.table[day], err = parseSlot(text, strings.TrimPrefix(back, "-"), last, closes)
	return err
}

// String is the rule as ParseRule reads it, in its shortest spelling.
func (r Rule) String() string {
	switch r.form {
	case before:
		prefix := ""
		if r.block {
			prefix = "block-"
		}
		return prefix + strconv.Itoa(r.count) + r.unit.word() + r.closes.String()
	case week:
		return "week-" + strconv.Itoa(r.day.back) + ":" + weekdayWords[r.day.day] + r.day.closes.String()
	case table:
		return "table(" + strings.Join(r.rows(func(service time.Weekday, w slot) string {
			return weekdayWords[service] + "=" + strconv.Itoa(-w.back) + ":" + weekdayWords[w.day] + w.closes.String()
		}), ",") + ")"
	case fixed:
		return "block=" + r.date.String() + r.closes.String()
	}
	return ""
}

// rows writes each row of the table, Monday first.
func (r Rule) rows(write func(service time.Weekday, w slot) string) []string {
	var list []string
	for i := range r.table {
		day := time.Weekday((i + 1) % 7)
		if w := r.table[day]; w.set {
			list = append(list, write(day, w))
		}
	}
	return list
}

func (u unit) word() string {
	for _, known := range units {
		if known.unit == u {
			return known.word
		}
	}
	return ""
}

func (h hour) String() string {
	if !h.set {
		return ""
	}
	return "@" + h.at.String()
}
