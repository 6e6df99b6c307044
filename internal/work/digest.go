package work

import (
	"context"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/words"
)

// guardiansAtATime is how many guardians are listed at once.
const guardiansAtATime = 200

// digest tells every guardian with an account what the week of monday holds. Each is told in a transaction of their own, once a
// week; who does not want it is not told at all, since it says nothing that the pages do not.
func digest(ctx context.Context, t *town.Town, monday civil.Date) error {
	after := ""
	for {
		var list []household.Guardian
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			list, err = household.WithAccount(ctx, tx, after, guardiansAtATime)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, g := range list {
			if err := t.DB.Write(ctx, func(tx *db.Tx) error { return digestFor(ctx, tx, t, g, monday) }); err != nil {
				return err
			}
		}
		after = list[len(list)-1].ID
	}
}

func digestFor(ctx context.Context, tx *db.Tx, t *town.Town, g household.Guardian, monday civil.Date) error {
	muted, err := notify.Muted(ctx, tx, g.AccountID)
	if err != nil || slices.Contains(muted, notify.Digest) {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	kin, err := booking.KinOf(ctx, tx, g, c, monday)
	if err != nil {
		return err
	}
	kin = slices.DeleteFunc(kin, func(k booking.Kin) bool { return len(k.Enrolments) == 0 })
	if len(kin) == 0 {
		return nil
	}
	week := civil.Range{From: monday, To: monday.AddDays(6)}
	lines, err := booking.PlanLines(ctx, tx, g, c, civil.Range{From: monday, To: monday.AddDays(120)}, t.Loc)
	if err != nil {
		return err
	}
	l := &letter{subject: "La semaine du " + monday.DayMonth(), link: t.BaseURL + "/espace/planning", words: "Voir le planning"}
	for _, k := range kin {
		l.week(t, g, k.Child, week, lines)
	}
	if err := l.offers(ctx, tx, t, g); err != nil {
		return err
	}
	if err := l.missing(ctx, tx, t, g, kin); err != nil {
		return err
	}
	l.deadlines(lines, tx.Now, civil.Wall(week.To, civil.Clock(23, 59), 59, t.Loc), t.Loc)
	l.before = []string{"Voici les jours réservés pour la semaine à venir. Un enfant ne vient pas ? Le lien du jour le signale en une fois, sans mot de passe : dans les délais c’est annulé, après l’équipe est prévenue et le jour reste facturé."}
	return l.tell(ctx, tx, g.AccountID, "Bonjour "+g.FirstName+",", notify.Digest, "digest "+monday.String())
}

// week says what a child has each day of a week, with the link that announces an absence.
func (l *letter) week(t *town.Town, g household.Guardian, child household.Child, week civil.Range, lines []booking.PlanLine) {
	for day := range week.Days() {
		var what []string
		for _, p := range lines {
			if p.ChildID != child.ID || p.Day != day {
				continue
			}
			switch {
			case p.Closure != "":
				what = append(what, p.Activity.Noun+" fermé ("+p.Closure+")")
			case p.State == booking.StateBooked:
				what = append(what, p.OptionName)
			default:
				what = append(what, p.OptionName+" ("+strings.ToLower(words.State(p.State))+")")
			}
		}
		if len(what) > 0 {
			l.say(child.FirstName, words.UpperFirst(day.WeekdayDayMonth())+" : "+strings.Join(what, ", "), absenceLink(t, g, child.ID, day), "Signaler une absence")
		}
	}
	if !slices.ContainsFunc(l.groups, func(gr *group) bool { return gr.title == child.FirstName }) {
		l.say(child.FirstName, "Rien n’est réservé cette semaine par votre foyer.", "", "")
	}
}

// absenceLink announces the absence of one child on one day for one guardian, until the end of that day.
func absenceLink(t *town.Town, g household.Guardian, childID string, day civil.Date) string {
	return t.BaseURL + "/absence/" + t.Ticket(attendance.Ticket, g.ID, childID, day.String())
}

// offers lists the places of the waiting lists that wait for an answer.
func (l *letter) offers(ctx context.Context, tx *db.Tx, t *town.Town, g household.Guardian) error {
	list, err := booking.Offers(ctx, tx, g)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, o := range list {
		l.say("Places proposées", words.UpperFirst(o.Day.WeekdayDayMonth())+", "+o.OptionName+" : répondez avant le "+civil.FrenchInstant(o.OfferedUntil, t.Loc),
			t.BaseURL+"/espace/propositions", "Répondre")
	}
	return nil
}

// missing lists the documents that the town still asks of the household.
func (l *letter) missing(ctx context.Context, tx *db.Tx, t *town.Town, g household.Guardian, kin []booking.Kin) error {
	types, err := document.Types(ctx, tx)
	if err != nil {
		return err
	}
	given, err := document.Given(ctx, tx, g.HouseholdID)
	var people []document.Person
	for _, k := range kin {
		p := document.Person{ChildID: k.Child.ID, FirstName: k.Child.FirstName, BornOn: k.Child.BornOn}
		for _, e := range k.Enrolments {
			p.Activities = append(p.Activities, e.Activity.ID)
		}
		people = append(people, p)
	}
	for _, n := range document.Needs(types, people, given, civil.DateOf(tx.Now, t.Loc)) {
		whose := n.Type.Name
		if n.Child != "" {
			whose += ", pour " + n.Child
		}
		l.say("Documents demandés", whose, "", "")
	}
	return err
}

// deadlines lists the last moments of the week to cancel something booked.
func (l *letter) deadlines(lines []booking.PlanLine, now, until civil.Instant, loc *time.Location) {
	due := slices.DeleteFunc(slices.Clone(lines), func(p booking.PlanLine) bool {
		return p.State != booking.StateBooked || p.Closure != "" || !p.Until.After(now) || p.Until.After(until)
	})
	slices.SortStableFunc(due, func(a, b booking.PlanLine) int { return a.Until.Compare(b.Until) })
	for _, p := range due {
		l.add("Derniers moments pour annuler", "Avant le "+civil.FrenchInstant(p.Until, loc)+", "+p.Activity.Noun+" de "+p.Child, p.Day)
	}
}
