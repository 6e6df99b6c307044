package public

import (
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/words"
)

// coming is one line of "Les prochaines dates".
type coming struct {
	At         civil.Instant // passed, the line is no longer shown
	Day, Hour  string        // "jeu. 3 déc.", "dès 8 h"
	Title      string
	Text       string
	Link, Word string
	Deadline   bool // the last moment of something
}

const (
	datesAhead   = 28  // days in which dates are announced
	openingAhead = 120 // days in which an opening is looked for
	datesShown   = 5
)

// comingDates lists what the settings announce for the weeks to come: closures, openings of bookings, first deadlines of holidays.
func comingDates(c *activity.Catalogue, today civil.Date, loc *time.Location) []coming {
	until := today.AddDays(datesAhead)
	list := closureDates(c, today, until, loc)
	for _, a := range c.Activities {
		if a.Archived {
			continue
		}
		list = append(list, openingDates(c, a, today, until, loc)...)
		if a.RunsOn == "holiday" {
			list = append(list, holidayDates(c, a, today, until, loc)...)
		}
	}
	slices.SortStableFunc(list, func(x, y coming) int { return x.At.Compare(y.At) })
	return list
}

// upTo keeps the first dates that have not passed.
func upTo(list []coming, now civil.Instant) []coming {
	var out []coming
	for _, d := range list {
		if len(out) < datesShown && !d.At.Before(now) {
			out = append(out, d)
		}
	}
	return out
}

func closureDates(c *activity.Catalogue, today, until civil.Date, loc *time.Location) []coming {
	var list []coming
	for _, k := range c.Closures() {
		if k.To.Before(today) || k.From.After(until) {
			continue
		}
		d := coming{At: civil.Wall(k.To, civil.Clock(23, 59), 59, loc), Day: k.From.ShortNoYear(), Hour: "toute la journée", Title: words.Typeset(k.Reason), Text: closedWhat(c, &k) + " : fermé. Rien n’est facturé."}
		if k.To != k.From {
			d.Hour = "jusqu’au " + k.To.ShortNoYear()
		}
		if a, ok := c.Activity(k.ActivityID); ok {
			d.Link, d.Word = activityPath(a), "Voir l’activité"
		}
		list = append(list, d)
	}
	return list
}

// closedWhat names what a closure stops: the activity, the place, or everything.
func closedWhat(c *activity.Catalogue, k *activity.Closure) string {
	a, hasActivity := c.Activity(k.ActivityID)
	s, hasSite := c.Site(k.SiteID)
	switch {
	case hasActivity && hasSite:
		return a.Name + ", " + s.Name
	case hasActivity:
		return a.Name
	case hasSite:
		return s.Name
	}
	return "Toutes les activités"
}

// openingDates announces when the days of an activity open to booking, an instant once.
func openingDates(c *activity.Catalogue, a *activity.Activity, today, until civil.Date, loc *time.Location) []coming {
	if a.Opening.String() == "" {
		return nil
	}
	var list []coming
	seen := map[string]bool{}
	for day := range (civil.Range{From: today, To: today.AddDays(openingAhead)}).Days() {
		terms, ok := termsOn(c, a, day, false, loc)
		if !ok || terms.Opens.IsZero() || seen[terms.Opens.String()] {
			continue
		}
		opens := civil.DateOf(terms.Opens, loc)
		if opens.Before(today) || opens.After(until) {
			continue
		}
		seen[terms.Opens.String()] = true
		list = append(list, coming{At: terms.Opens, Day: opens.ShortNoYear(), Hour: "dès\u00a0" + words.Solid(civil.TimeOf(terms.Opens, loc).French()), Title: "Les réservations ouvrent : " + words.LowerFirst(a.Name),
			Text: "À partir de la journée du " + day.Long() + ".", Link: activityPath(a), Word: "Voir l’activité"})
	}
	return list
}

// holidayDates announces the first deadline of each of the next holidays.
func holidayDates(c *activity.Catalogue, a *activity.Activity, today, until civil.Date, loc *time.Location) []coming {
	var list []coming
	seen := map[civil.Range]bool{}
	for day := range (civil.Range{From: today, To: today.AddDays(openingAhead)}).Days() {
		terms, ok := termsOn(c, a, day, false, loc)
		if !ok || terms.AddUntil.IsZero() {
			continue
		}
		block := c.Service(a, firstSite(a), day).Block
		if block == nil || seen[*block] {
			continue
		}
		seen[*block] = true
		last := civil.DateOf(terms.AddUntil, loc)
		if last.Before(today) || last.After(until) {
			continue
		}
		list = append(list, coming{At: terms.AddUntil, Day: last.ShortNoYear(), Hour: words.Solid(civil.TimeOf(terms.AddUntil, loc).French()), Title: a.Name, Deadline: true,
			Text: "Dernier moment pour réserver la journée du " + day.Long() + " ; les jours suivants ont chacun le leur.", Link: activityPath(a), Word: "Voir l’activité"})
	}
	return list
}

// termsOn gives the instants of the first option of an activity on a day; false when it does not run.
func termsOn(c *activity.Catalogue, a *activity.Activity, day civil.Date, priority bool, loc *time.Location) (activity.Terms, bool) {
	options := a.LiveOptions()
	if len(options) == 0 {
		return activity.Terms{}, false
	}
	service := c.Service(a, firstSite(a), day)
	if service.Why != activity.Open {
		return activity.Terms{}, false
	}
	return c.Terms(a, &options[0], day, service.Block, priority, loc), true
}

// firstSite is the site on whose days the examples of an activity are taken.
func firstSite(a *activity.Activity) string {
	if len(a.SiteIDs) == 0 {
		return ""
	}
	return a.SiteIDs[0]
}
