package house

import (
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/public"
	"preau/internal/words"
)

// icons of the kinds of activity.
var icons = map[activity.Kind]string{
	activity.Canteen: "utensils", activity.Morning: "sunrise", activity.Evening: "sunset", activity.Study: "book-open",
	activity.TAP: "palette", activity.Wednesday: "tent-tree", activity.Holiday: "trees",
}

// offers gives the activities for the first page.
func offers(r *http.Request) (list []public.Offer, err error) {
	t := web.Town(r)
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, t.Loc)
		for _, a := range c.Activities {
			if !a.Archived {
				list = append(list, offer(c, a, today))
			}
		}
		return nil
	})
	return list, err
}

func offer(c *activity.Catalogue, a *activity.Activity, today civil.Date) public.Offer {
	o := public.Offer{Icon: icons[a.Kind], Name: a.Name, Summary: days(a) + "."}
	if price := prices(c, a, today); price != "" {
		o.Summary += " " + price
	}
	if rule := a.Cancel.French(); rule != "" {
		o.Rule = "Se change " + rule
	}
	return o
}

// days says when an activity runs: "Lundi, mardi, jeudi et vendredi, hors vacances".
func days(a *activity.Activity) string {
	var names []string
	for _, digit := range a.Weekdays {
		names = append(names, civil.WeekdayName(weekday(digit)))
	}
	when := ", jours de classe"
	if a.RunsOn == "holiday" {
		when = ", pendant les vacances"
	}
	if len(names) == 5 && a.RunsOn == "holiday" {
		return "Du lundi au vendredi pendant les vacances"
	}
	return words.UpperFirst(words.List(names)) + when
}

// prices says what a resident pays today, for all the options: "De 1,00 € à 4,60 € selon le quotient familial."
func prices(c *activity.Catalogue, a *activity.Activity, today civil.Date) string {
	var low, high money.Cents
	found, byQuotient := false, false
	for _, g := range c.Grids(a.ID) {
		if g.From.After(today) {
			continue
		}
		from, to := g.Range()
		if !found || from < low {
			low = from
		}
		if !found || to > high {
			high = to
		}
		found, byQuotient = true, byQuotient || g.Kind == tariff.Brackets
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

func weekday(digit rune) time.Weekday { return time.Weekday(int(digit-'0') % 7) }
