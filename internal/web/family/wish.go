package family

import (
	"maps"
	"slices"
	"strings"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/web"
)

// A calendar form says what it showed and what is ticked now: "vu" the boxes ticked when the page was drawn, "visible" the days that
// could be edited, "jour" the boxes ticked now. The wish is the difference, so that a stale page never removes what was added
// meanwhile: add what is in jour and not in vu; remove what is in vu, its day in visible, and not in jour. A value is
// "2026-12-07:REPAS", that of another enrolment "{enrolment}/2026-12-07:REPAS".

// box is one value of the form.
type box struct {
	enrolment, option string
	day               civil.Date
}

var errWish = fault.Invalidf("jour", "Une case de ce calendrier n’a pas pu être lue. Rouvrez la page et recommencez.")

// readWish reads the changes a form asks for; enrolment is the calendar's own. Errors: fault.Invalid.
func readWish(enrolment string, f *web.Form) ([]booking.Change, error) {
	ticked, err := boxes(enrolment, f.All("jour"))
	if err != nil {
		return nil, err
	}
	seen, err := boxes(enrolment, f.All("vu"))
	if err != nil {
		return nil, err
	}
	visible, err := days(enrolment, f.All("visible"))
	if err != nil {
		return nil, err
	}
	var changes []booking.Change
	for b := range ticked {
		if !seen[b] {
			changes = append(changes, b.change(true))
		}
	}
	for b := range seen {
		if !ticked[b] && visible[box{enrolment: b.enrolment, day: b.day}] {
			changes = append(changes, b.change(false))
		}
	}
	if len(changes) > booking.MaxChanges {
		return nil, fault.Invalidf("jour", "Une demande porte sur %d jours au plus : réservez en plusieurs fois.", booking.MaxChanges)
	}
	slices.SortFunc(changes, func(a, b booking.Change) int { return strings.Compare(value("", a), value("", b)) })
	return changes, nil
}

func (b box) change(add bool) booking.Change {
	return booking.Change{EnrolmentID: b.enrolment, Day: b.day, Option: b.option, Add: add}
}

// boxes reads values that come one a field or several a field, separated by spaces.
func boxes(enrolment string, fields []string) (map[box]bool, error) {
	out := map[box]bool{}
	for _, field := range fields {
		for _, text := range strings.Fields(field) {
			owner, rest := split(enrolment, text)
			day, option, ok := strings.Cut(rest, ":")
			if !ok || option == "" {
				return nil, errWish
			}
			date, err := civil.Parse(day)
			if err != nil {
				return nil, errWish
			}
			out[box{owner, option, date}] = true
		}
	}
	return out, nil
}

func days(enrolment string, fields []string) (map[box]bool, error) {
	out := map[box]bool{}
	for _, field := range fields {
		for _, text := range strings.Fields(field) {
			owner, day := split(enrolment, text)
			date, err := civil.Parse(day)
			if err != nil {
				return nil, errWish
			}
			out[box{enrolment: owner, day: date}] = true
		}
	}
	return out, nil
}

func split(enrolment, text string) (owner, rest string) {
	if owner, rest, ok := strings.Cut(text, "/"); ok {
		return owner, rest
	}
	return enrolment, text
}

// value writes a change as a form does; own is the enrolment that needs no prefix.
func value(own string, c booking.Change) string {
	v := c.Day.String() + ":" + c.Option
	if c.EnrolmentID != own {
		v = c.EnrolmentID + "/" + v
	}
	return v
}

// hidden are the fields that repeat a wish in another form.
type hidden struct{ Name, Value string }

func wishFields(own string, changes []booking.Change) []hidden {
	var jour, vu []string
	visible := map[string]bool{}
	for _, c := range changes {
		if c.Add {
			jour = append(jour, value(own, c))
			continue
		}
		vu = append(vu, value(own, c))
		day, _, _ := strings.Cut(value(own, c), ":")
		visible[day] = true
	}
	fields := []hidden{{"jour", strings.Join(jour, " ")}, {"vu", strings.Join(vu, " ")}, {"visible", strings.Join(slices.Sorted(maps.Keys(visible)), " ")}}
	return slices.DeleteFunc(fields, func(h hidden) bool { return h.Value == "" })
}

// ofEnrolment keeps the changes of one enrolment.
func ofEnrolment(id string, changes []booking.Change) []booking.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c booking.Change) bool { return c.EnrolmentID != id })
}
