package work

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// tellKitchens writes to the kitchen of each site how many meals it makes: today, with what the roll-call says by then, and the next day a
// meal is served. A kitchen is told once a day, whatever is run twice; one that cannot be told holds up no other.
func tellKitchens(ctx context.Context, t *town.Town, day civil.Date, hour int) error {
	var m attendance.KitchenMail
	var days []kitchenDay
	err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if m, err = attendance.KitchenMailOf(ctx, tx); err != nil || !m.On || m.Hour != hour {
			return err
		}
		c, err := activity.Load(ctx, tx)
		if err != nil {
			return err
		}
		for _, on := range []civil.Date{day, attendance.NextMeals(c, day)} {
			if on.IsZero() {
				continue
			}
			k := kitchenDay{day: on, sites: map[string]attendance.KitchenDay{}}
			list, err := attendance.ReadKitchen(ctx, tx, func(id string) bool { return len(m.Recipients[id]) > 0 }, on, t.Loc)
			if err != nil {
				return err
			}
			for _, at := range list {
				k.sites[at.Site.ID] = at
			}
			days = append(days, k)
		}
		return nil
	})
	if err != nil || !m.On || m.Hour != hour {
		return err
	}
	var failed []error
	for _, site := range slices.Sorted(maps.Keys(days[0].sites)) { // where something is cooked today
		failed = append(failed, tellKitchen(ctx, t, site, m.Recipients[site], days))
	}
	return errors.Join(failed...)
}

// kitchenDay is what is cooked on a day, by site.
type kitchenDay struct {
	day   civil.Date
	sites map[string]attendance.KitchenDay
}

// tellKitchen writes to one kitchen. A day without any meal at the site is not told of.
func tellKitchen(ctx context.Context, t *town.Town, site string, addresses []string, days []kitchenDay) error {
	l := &letter{link: t.BaseURL + "/bureau/cuisine?jour=" + days[0].day.String(), words: "Voir les effectifs de la cuisine"}
	l.subject = "Repas du " + days[0].day.WeekdayDayMonth() + ", " + days[0].sites[site].Site.Name + " : " + strconv.FormatInt(days[0].sites[site].Final.Cooked(), 10)
	for _, d := range days {
		k, cooked := d.sites[site]
		if !cooked {
			continue
		}
		title := words.UpperFirst(d.day.Long())
		l.say(title, "À préparer : "+mealsText(k.Final), "", "")
		moment := "Commandés à la limite d’annulation : "
		if !k.Passed {
			moment = "Réservés à cette heure, la limite d’annulation n’est pas passée : "
		}
		l.say(title, moment+mealsText(k.Ordered), "", "")
		if k.Announced > 0 {
			l.say(title, "Absences signalées trop tard, non déduites : "+strconv.FormatInt(k.Announced, 10), "", "")
		}
	}
	html, err := l.html(ctx, "Bonjour,")
	if err != nil {
		return err
	}
	return t.DB.Write(ctx, func(tx *db.Tx) error {
		for _, address := range addresses {
			if err := notify.Tell(ctx, tx, notify.Message{Address: address, Topic: notify.Kitchen, Subject: l.subject, Text: l.text("Bonjour,"), HTML: html,
				Once: "kitchen " + site + " " + days[0].day.String()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// mealsText is "42 repas (30 standard, 8 sans porc, 4 végétarien), et 2 paniers PAI apportés par les familles".
func mealsText(m attendance.Meals) string {
	var parts []string
	for _, menu := range household.Menus {
		if n := m.Menus[menu]; n > 0 && menu != "panier_pai" {
			parts = append(parts, strconv.FormatInt(n, 10)+" "+strings.ToLower(words.Menu(menu)))
		}
	}
	text := strconv.FormatInt(m.Cooked(), 10) + " repas"
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	if n := m.Menus["panier_pai"]; n > 0 {
		text += ", et " + counted(n, "panier PAI apporté par la famille", "paniers PAI apportés par les familles")
	}
	return text
}
