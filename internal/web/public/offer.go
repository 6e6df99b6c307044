package public

import (
	"net/url"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/news"
	"preau/internal/tariff"
	"preau/internal/words"
)

// offer is one activity of the town in a list.
type offer struct {
	Icon, Href string
	Name       string // "Restauration scolaire"
	Summary    string // when, for whom, at what price
	Rule       string // "Se change jusqu’à 7 jours avant, 23 h 59"; may be empty
	Theme      news.Theme
}

// kinds says what drawing and which theme an activity has.
var kinds = map[activity.Kind]struct {
	icon  string
	theme news.Theme
}{
	activity.Canteen: {"utensils", news.Lunch}, activity.Morning: {"sunrise", news.Care}, activity.Evening: {"sunset", news.Care}, activity.Study: {"book-open", news.Care},
	activity.TAP: {"palette", news.Care}, activity.Wednesday: {"tent-tree", news.Leisure}, activity.Holiday: {"trees", news.Leisure},
}

// offers lists what can be booked, in the town's order.
func offers(c *activity.Catalogue, today civil.Date) []offer {
	var list []offer
	for _, a := range c.Activities {
		if a.Archived {
			continue
		}
		o := offer{Icon: kinds[a.Kind].icon, Theme: kinds[a.Kind].theme, Href: activityPath(a), Name: a.Name, Summary: days(a) + "."}
		if price := priceRange(c, a, today); price != "" {
			o.Summary += " " + price
		}
		if rule := a.Cancel.French(); rule != "" {
			o.Rule = words.SolidHours("Se change " + rule)
		}
		list = append(list, o)
	}
	return list
}

// activityPath is the address of an activity's page, made of its code.
func activityPath(a *activity.Activity) string {
	return activitiesPath + "/" + url.PathEscape(strings.ToLower(a.Code))
}

// days says when an activity runs: "Lundi, mardi, jeudi et vendredi, jours de classe".
func days(a *activity.Activity) string {
	var names []string
	for _, digit := range a.Weekdays {
		names = append(names, civil.WeekdayName(weekday(digit)))
	}
	if a.RunsOn == "holiday" {
		if a.Weekdays == "12345" {
			return "Du lundi au vendredi pendant les vacances"
		}
		return words.UpperFirst(words.List(names)) + ", pendant les vacances"
	}
	return words.UpperFirst(words.List(names)) + ", jours de classe"
}

func weekday(digit rune) time.Weekday { return time.Weekday(int(digit-'0') % 7) }

// priceRange says what a resident pays today, for all the options: "De 1,00 € à 4,60 € selon le quotient familial."
func priceRange(c *activity.Catalogue, a *activity.Activity, today civil.Date) string {
	var low, high money.Cents
	found, byQuotient := false, false
	for _, o := range a.LiveOptions() {
		g, ok := tariff.InForce(c.Grids(a.ID), o.ID, today)
		if !ok {
			continue
		}
		from, to := g.Range()
		if !found || from < low {
			low = from
		}
		if !found || to > high {
			high = to
		}
		found, byQuotient = true, byQuotient || g.Kind != tariff.Flat
	}
	switch {
	case !found:
		return ""
	case high == 0:
		return "Gratuit."
	case low == high:
		return low.String() + "."
	}
	between := "De " + low.String() + " à " + high.String()
	if byQuotient {
		return between + " selon le quotient familial."
	}
	return between + "."
}
