package absence

import (
	"net/url"
	"strings"
	"time"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/document"
	"preau/internal/web/ui"
)

// at names the sites of a certificate.
func (v queueView) at(f attendance.ClaimFile) string {
	var names []string
	for _, id := range f.Sites {
		names = append(names, v.names[id])
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// page is the address of a page of certificates, some pages on; empty where there is none.
func (v queueView) page(on int) string {
	n := v.Page + on
	if n < 1 || (n-1)*queueShown >= v.Total {
		return ""
	}
	q := url.Values{"page": {itoa(n)}}
	if v.Site != "" {
		q.Set("site", v.Site)
	}
	return deskPath + "?" + q.Encode()
}

// where is "31 à 60 sur 74".
func (v queueView) where() string {
	first := (v.Page - 1) * queueShown
	if len(v.Files) == 0 {
		return "Il n’y a plus rien à cette page"
	}
	return ui.Number(first+1) + " à " + ui.Number(first+len(v.Files)) + " sur " + ui.Number(v.Total)
}

// waited is "aujourd’hui", "hier", "il y a 3 jours".
func waited(since civil.Instant, today civil.Date, loc *time.Location) string {
	switch n := today.DaysSince(civil.DateOf(since, loc)); {
	case n <= 0:
		return "aujourd’hui"
	case n == 1:
		return "hier"
	default:
		return "il y a " + ui.Count(n, "jour", "jours")
	}
}

// late says of how many days a certificate came too late.
func late(n, of int) string {
	if n == of {
		return "Trop tard"
	}
	return "Trop tard pour " + ui.Count(n, "jour", "jours")
}

// came says what the roll-call says of a day.
func came(d attendance.ClaimDay) string {
	switch d.Came {
	case attendance.Absent:
		return "Absent"
	case attendance.Present:
		return "Présent"
	}
	return "Pas pointé"
}

func sheetHref(d document.Document, part document.Part) string {
	return sheetPath + d.ID + "/pages/" + itoa(part.Number)
}

// seen is the answer that the page shows, for the agent who answers after another.
func (v rulingView) seen() string {
	if v.DecidedAt.IsZero() {
		return ""
	}
	return v.DecidedAt.String()
}

func (v rulingView) acceptLabel() string {
	if len(v.Days) == 1 {
		return "Accepter"
	}
	return "Accepter les " + itoa(len(v.Days)) + "\u00a0jours"
}

func (v rulingView) dayOptions() (out []ui.Option) {
	for _, d := range v.Days {
		o := ui.Option{Value: d.Day.String(), Label: upper(d.Day.Long())}
		if d.Late(v.ArrivedAt) {
			o.Sub = "Arrivé trop tard."
		}
		out = append(out, o)
	}
	return out
}

// accepted are the boxes ticked: what was posted, else what was accepted, else the days that are in time.
func (v rulingView) accepted() (out []string) {
	if v.Form != nil && v.Form.Raw("decision") == "jours" {
		return v.Form.All("jour")
	}
	for _, d := range v.Days {
		if d.Decision == attendance.DayExcused || d.Decision == attendance.DayInWaiting || d.Decision == attendance.Undecided && !d.Late(v.ArrivedAt) {
			out = append(out, d.Day.String())
		}
	}
	return out
}

// missed are the days that the roll-call, or the family, said were missed.
func (v paperView) missed() (out []ui.Option) {
	for _, d := range v.Days {
		if !d.Until.IsZero() {
			out = append(out, ui.Option{Value: d.Day.String(), Label: upper(d.Day.Long()), Sub: d.What + ". Attendu jusqu’au " + instant(d.Until, v.loc) + "."})
		}
	}
	return out[max(0, len(out)-missedShown):]
}
