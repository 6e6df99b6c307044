package office

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const (
	todayPath    = "/bureau"
	requestsPath = "/bureau/demandes"
	listsPath    = "/bureau/listes"
	closuresPath = "/bureau/fermetures"
)

// many writes a number and the noun it counts.
func many(n int64, one, more string) string { return ui.Count(int(n), one, more) }

// occupancy is "118 / 120", or "118" where there is no limit.
func occupancy(booked int64, places *int64) string {
	if places == nil {
		return ui.Number(int(booked))
	}
	return ui.Number(int(booked)) + "\u00a0/\u00a0" + ui.Number(int(*places))
}

// bookingsOf names what an activity counts: "142 repas".
func bookingsOf(n int64, a *activity.Activity) string { return many(n, a.Noun, a.NounPlural) }

// dayKind says what a day is: "jour de classe", "vacances de Noël", "férié : Noël".
func dayKind(c *calendar.Calendar, d civil.Date) string {
	day := c.Day(d)
	switch day.Kind {
	case calendar.Class:
		return "jour de classe"
	case calendar.Weekend:
		return "week-end"
	case calendar.SchoolHoliday:
		return lowered(words.Typeset(day.Name))
	case calendar.PublicHoliday:
		return "jour férié, " + words.Typeset(day.Name)
	}
	return "calendrier scolaire non publié"
}

// noService says why an activity does not run on a day, as a sentence without its stop.
func noService(s activity.ServiceDay, a *activity.Activity, d civil.Date) string {
	switch s.Why {
	case activity.Closed:
		return "Fermé : " + lowered(s.Name)
	case activity.NoWeekday:
		return "Pas de " + a.NounPlural + " le " + civil.WeekdayName(d.Weekday())
	case activity.NoClass:
		return words.UpperFirst(words.Typeset(s.Name)) + " : cette activité n’a lieu que les jours de classe"
	case activity.NoHoliday:
		return "Jour de classe : cette activité n’a lieu que pendant les vacances"
	case activity.PublicHoliday:
		return "Jour férié : " + words.Typeset(s.Name)
	case activity.UnknownDay:
		return "Le calendrier scolaire de ce jour n’est pas publié"
	}
	return ""
}

func lowered(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToLower(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// solid keeps a date or an hour on one line.
func solid(s string) string { return words.Solid(s) }

// address adds the values that are not empty to a path.
func address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// sheetAddress is that of a day list.
func sheetAddress(a *activity.Activity, s *activity.Site, d civil.Date) string {
	return address(listsPath, "jour", d.String(), "activite", a.Code, "etablissement", s.Code)
}

// offered lists the sites where an agent has a right, and the activities that take place there, as choices; by name.
func offered(c *activity.Catalogue, who staff.Agent, right staff.Right) (sites []*activity.Site, activities []*activity.Activity) {
	for _, s := range c.Sites {
		if !s.Archived && who.May(right, s.ID) {
			sites = append(sites, s)
		}
	}
	slices.SortStableFunc(sites, func(a, b *activity.Site) int { return strings.Compare(household.Fold(a.Name), household.Fold(b.Name)) })
	for _, a := range c.Activities {
		if !a.Archived && slices.ContainsFunc(a.SiteIDs, func(id string) bool { return who.May(right, id) }) {
			activities = append(activities, a)
		}
	}
	return sites, activities
}

// nextService is the nearest day with service of an activity at a site, before (step -1) or after (step 1) a day, closed ones
// included: they say why. False when there is none within ten weeks.
func nextService(c *activity.Catalogue, a *activity.Activity, siteID string, d civil.Date, step int) (civil.Date, bool) {
	for range 70 {
		d = d.AddDays(step)
		if why := c.Service(a, siteID, d).Why; why == activity.Open || why == activity.Closed {
			return d, true
		}
	}
	return civil.Date{}, false
}

func itoa(n int) string { return strconv.Itoa(n) }

// menus in the order of the forms.
var menus = household.Menus

// menuSentence is "98 standard, 20 sans porc".
func menuSentence(k booking.Kitchen) string {
	var parts []string
	for _, m := range menuCounts(func(menu string) int64 { return k.Menus[menu] }) {
		parts = append(parts, ui.Number(int(m.N))+"\u00a0"+lowered(words.Menu(m.Menu)))
	}
	return strings.Join(parts, ", ")
}

// joined sets a text after the words it goes on from: a colon sticks to them, anything else is set apart.
func joined(s string) string {
	if strings.HasPrefix(s, "\u00a0") || strings.HasPrefix(s, ",") {
		return s
	}
	return " " + s
}

// closureDays is "jeu. 3 déc." or "du lun. 14 au jeu. 17 déc.".
func closureDays(from, to civil.Date) string {
	if from == to {
		return solid(from.Short())
	}
	if from.Year == to.Year {
		return "du " + solid(from.ShortNoYear()) + " au " + solid(to.Short())
	}
	return "du " + solid(from.Short()) + " au " + solid(to.Short())
}
