package work

import (
	"context"
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
// meal is served. A kitchen is told once a day, whatever is run twice.
func tellKitchens(ctx context.Context, t *town.Town, day civil.Date, hour int) error {
	var m attendance.KitchenMail
	var next civil.Date
	err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if m, err = attendance.KitchenMailOf(ctx, tx); err != nil || !m.On || m.Hour != hour {
			return err
		}
		c, err := activity.Load(ctx, tx)
		next = attendance.NextMeals(c, day)
		return err
	})
	if err != nil || !m.On || m.Hour != hour {
		return err
	}
	days := []civil.Date{day}
	if !next.IsZero() {
		days = append(days, next)
	}
	for site, addresses := range m.Recipients {
		if len(addresses) == 0 {
			continue
		}
		if err := t.DB.Write(ctx, func(tx *db.Tx) error { return tellKitchen(ctx, tx, t, site, addresses, days) }); err != nil {
			return err
		}
	}
	return nil
}

// tellKitchen writes to one kitchen. A day without any meal at the site is not told of.
func tellKitchen(ctx context.Context, tx *db.Tx, t *town.Town, site string, addresses []string, days []civil.Date) error {
	l := &letter{link: t.BaseURL + "/bureau/cuisine?jour=" + days[0].String(), words: "Voir les effectifs de la cuisine"}
	for i, day := range days {
		list, err := attendance.ReadKitchen(ctx, tx, func(id string) bool { return id == site }, day, t.Loc)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			if i == 0 {
				return nil // nothing is cooked today
			}
			continue
		}
		k := list[0]
		if i == 0 {
			l.subject = "Repas du " + day.WeekdayDayMonth() + ", " + k.Site.Name + " : " + strconv.FormatInt(k.Final.Cooked(), 10)
		}
		l.say(words.UpperFirst(day.Long()), "À préparer : "+mealsText(k.Final), "", "")
		moment := "Commandés à la limite d’annulation : "
		if !k.Passed {
			moment = "Réservés à cette heure, la limite d’annulation n’est pas passée : "
		}
		l.say(words.UpperFirst(day.Long()), moment+mealsText(k.Ordered), "", "")
		if k.Announced > 0 {
			l.say(words.UpperFirst(day.Long()), "Absences signalées trop tard, non déduites : "+strconv.FormatInt(k.Announced, 10), "", "")
		}
	}
	html, err := l.html(ctx, "Bonjour,")
	if err != nil {
		return err
	}
	for _, address := range addresses {
		if err := notify.Tell(ctx, tx, notify.Message{Address: address, Topic: notify.Kitchen, Subject: l.subject, Text: l.text("Bonjour,"), HTML: html,
			Once: "kitchen " + site + " " + days[0].String()}); err != nil {
			return err
		}
	}
	return nil
}

// mealsText is "42 repas (30 standard, 8 sans porc, 4 végétarien), et 1 panier PAI apporté".
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
		text += ", et " + strconv.FormatInt(n, 10) + " panier PAI apporté par la famille"
	}
	return text
}
