package office

import "preau/internal/civil"

// freed says what a closure did to the bookings.
func (k closureLine) freed() string {
	switch {
	case !k.UndoneAt.IsZero() && k.Left > 0:
		return many(k.Left, "à rétablir", "à rétablir")
	case !k.UndoneAt.IsZero():
		return "rétablies"
	case k.Left > 0 && k.Freed == 0:
		return many(k.Left, "à libérer", "à libérer")
	case k.Left > 0:
		return many(k.Freed, "libérée", "libérées") + ", " + many(k.Left, "à libérer", "à libérer")
	case k.Freed == 0:
		return "aucune"
	}
	return many(k.Freed, "annulée", "annulées") + ", " + many(k.Households, "famille", "familles")
}

// back leads to the form with what was typed.
func (v previewView) back() string {
	return address(closuresPath+"/nouvelle", "etablissement", v.Form.Raw("etablissement"), "activite", v.Form.Raw("activite"), "du", v.From.String(), "au", v.To.String(), "motif", v.Reason)
}

// dateValue is a date as a date field holds it; empty when there is none.
func dateValue(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// plural chooses the words for a number that is shown apart.
func plural(n int64, one, more string) string {
	if n > 1 {
		return more
	}
	return one
}
