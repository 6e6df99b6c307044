package absence

import (
	"slices"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/web/ui"
)

// with leads to a page for the only child, when there is one only.
func (v listView) with(path string) string {
	if v.Alone == "" {
		return path
	}
	return path + "?enfant=" + v.Alone
}

// href leads to the form with these days ticked.
func (d dueLine) href() string {
	to := claimPath + "?enfant=" + d.ChildID
	for _, day := range d.Days {
		to += "&jour=" + day.String()
	}
	return to
}

// dates are the days of a claim.
func dates(c attendance.Claim) []civil.Date {
	out := make([]civil.Date, len(c.Days))
	for i, d := range c.Days {
		out[i] = d.Day
	}
	return out
}

// claimLook shows where a claim stands: an icon and a colour beside its words.
func claimLook(c attendance.Claim) (ui.Kind, string) {
	switch {
	case c.State() == attendance.ClaimWithdrawn:
		return ui.Plain, "undo-2"
	case c.State() == attendance.ClaimOpen:
		return ui.Warn, "hourglass"
	case c.Count(attendance.DayRefused) > 0:
		return ui.Bad, "circle-alert"
	}
	return ui.Good, "circle-check"
}

// rule is the town's rule in a sentence.
func (v claimView) rule() string {
	s := v.Settings
	if s.Hours == 0 {
		return "Avec un certificat envoyé à temps, les jours d’absence ne sont pas facturés."
	}
	text := "Avec un certificat envoyé dans les " + itoa(s.Hours) + "\u00a0heures après la fin du premier jour d’absence, les jours qu’il couvre ne sont pas facturés."
	switch {
	case s.Waiting == 1:
		text += " Le premier jour de chaque absence reste facturé."
	case s.Waiting > 1:
		text += " Les " + itoa(s.Waiting) + "\u00a0premiers jours de chaque absence restent facturés."
	}
	return text
}

// chosen are the boxes ticked; at first, all the days missed for which there is still time.
func (v claimView) chosen() []string {
	if v.Form.Has("jour") || v.Form.Err() != nil {
		return v.Chosen
	}
	var out []string
	for _, d := range v.Missed {
		if !v.Now.Second().After(d.Until) {
			out = append(out, d.Day.String())
		}
	}
	return out
}

// first proposes the day that the address names and that is not in the list.
func (v claimView) first() string {
	for _, text := range v.Chosen {
		if !slices.ContainsFunc(v.Missed, func(c attendance.Candidate) bool { return c.Day.String() == text }) {
			if _, err := civil.Parse(text); err == nil {
				return text
			}
		}
	}
	return ""
}

// day is the day a paper was given.
func (v oneView) day() string { return "le " + civil.DateOf(v.ArrivedAt, v.loc).DayMonthYear() }
