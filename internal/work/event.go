package work

import (
	"context"
	"slices"
	"strconv"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/words"
)

// settleEvent tells the families of an event, a slice a transaction, then the teams of its sites. How far it is, is written with each slice: a
// job that dies goes on where it stopped, and nobody is told twice. Who is concerned, and how many, is read apart: families go on booking.
func settleEvent(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p attendance.EventPayload) error {
		var homes []string
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			homes, err = attendance.EventHomes(ctx, tx, p.EventID)
			return err
		})
		for slice := range slices.Chunk(homes, attendance.EventSlice) {
			if err != nil {
				break
			}
			err = t.DB.Write(ctx, func(tx *db.Tx) error { return tellEventSlice(ctx, tx, t, p.EventID, slice) })
		}
		if fault.Is(err, fault.NotFound) {
			return nil // forgotten meanwhile
		}
		if err != nil {
			return err
		}
		return finishEvent(ctx, t, p.EventID)
	})
}

// finishEvent tells the teams of an event that was not undone meanwhile, and writes that all are told.
func finishEvent(ctx context.Context, t *town.Town, id string) error {
	var groups []attendance.EventGroup
	err := t.DB.Read(ctx, func(tx *db.Tx) error {
		e, err := attendance.EventByID(ctx, tx, id)
		if err == nil && e.FinishedAt.IsZero() && e.UndoneID == "" {
			groups, err = attendance.EventCounts(ctx, tx, e)
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := attendance.EventByID(ctx, tx, id)
		if err != nil || !e.FinishedAt.IsZero() {
			return err
		}
		if e.UndoneID == "" {
			if err := tellEventTeams(ctx, tx, t, e, groups); err != nil {
				return err
			}
		}
		return attendance.EventSettled(ctx, tx, id)
	})
}

func tellEventSlice(ctx context.Context, tx *db.Tx, t *town.Town, id string, slice []string) error {
	e, homes, err := attendance.SettleEvent(ctx, tx, id, slice)
	if err != nil || len(homes) == 0 {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	var ids []string
	for _, h := range homes {
		for i := range h.Facts {
			ids = append(ids, h.Facts[i].ChildID)
		}
	}
	children, err := household.ChildrenByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, h := range homes {
		l := eventLetter(e)
		l.link, l.words = t.BaseURL+"/espace/planning", "Voir le planning"
		for i := range h.Facts {
			f := &h.Facts[i]
			sentence := "S’il ne vient pas, rien n’est facturé"
			if e.UndoesID != "" {
				sentence = "Facturé comme d’habitude"
			}
			l.add(children[f.ChildID].FirstName+" – "+placeOf(c, f.ActivityID, f.SiteID), sentence, f.Day)
		}
		if err := l.send(ctx, tx, h.HouseholdID, notify.Closures, "event "+e.ID); err != nil {
			return err
		}
	}
	return nil
}

func placeOf(c *activity.Catalogue, activityID, siteID string) string {
	name := ""
	if a, ok := c.Activity(activityID); ok {
		name = a.Name
	}
	if s, ok := c.Site(siteID); ok {
		name += ", " + s.Name
	}
	return name
}

func spanWords(from, to civil.Date) string {
	if from == to {
		return "le " + from.WeekdayDayMonth()
	}
	return "du " + from.DayMonth() + " au " + to.DayMonth()
}

func eventLetter(e attendance.TownEvent) *letter {
	span := spanWords(e.From, e.To)
	if e.UndoesID != "" {
		return &letter{subject: "Annulé " + span + " : " + e.Reason,
			before: []string{"Ce qui était annoncé " + span + " n’a plus lieu : " + e.Reason + ".", "Ces réservations redeviennent ce qu’elles étaient."}}
	}
	return &letter{subject: words.Event(e.Kind) + " " + span + " : " + e.Reason,
		before: []string{words.Event(e.Kind) + " " + span + " : " + e.Reason + ".",
			"Vos réservations restent en place. Un enfant qui ne vient pas n’est pas facturé, et vous n’avez rien à faire ; s’il vient, la journée est facturée comme d’habitude."}}
}

// tellEventTeams tells the agents of each site how many children the event concerns there, day by day: those who receive them, and the kitchen.
func tellEventTeams(ctx context.Context, tx *db.Tx, t *town.Town, e attendance.TownEvent, groups []attendance.EventGroup) error {
	agents, err := staff.List(ctx, tx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range groups {
		site := groups[i].Site
		if seen[site.ID] {
			continue
		}
		seen[site.ID] = true
		for _, a := range teamOf(agents, site.ID) {
			l := eventLetter(e)
			l.subject, l.link, l.words = site.Name+", "+l.subject, t.BaseURL+"/bureau/listes?jour="+e.From.String(), "Voir les listes du jour"
			l.before = l.before[:1]
			switch {
			case e.UndoesID != "":
				l.before = append(l.before, "Les enfants réservés sont de nouveau attendus.")
			case e.Closes:
				l.before = append(l.before, "Le service est fermé : ces enfants ne sont plus attendus.")
			default:
				l.before = append(l.before, "Le service reste ouvert : ces enfants sont réservés, et peuvent ne pas venir sans être facturés.")
			}
			for _, g := range groups {
				if g.Site.ID != site.ID {
					continue
				}
				sentence := counted(g.Children, "enfant", "enfants")
				if g.Meals > 0 {
					sentence += ", " + counted(g.Meals, "repas", "repas")
				}
				l.add(g.Activity.Name, sentence, g.Day)
			}
			if err := l.tell(ctx, tx, a.AccountID, "Bonjour "+a.Name+",", notify.Absences, "event "+e.ID+" "+site.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// counted is "12 enfants".
func counted(n int64, one, many string) string {
	return strconv.FormatInt(n, 10) + " " + plain(int(n), one, many)
}
