package family

import (
	"context"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// What the roll-call says of the days of a planning: who came, who did not, what excuses it.

// factKey names the fact of a booking.
func factKey(childID, activityID string, day civil.Date) string {
	return childID + "/" + activityID + "/" + day.String()
}

// readCame reads the facts of a household over a span, and adds to its lines the days a child came without a booking.
func (s *scene) readCame(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, span civil.Range, lines []booking.PlanLine, kin []booking.Kin) ([]booking.PlanLine, error) {
	facts, err := attendance.Facts(ctx, tx, []string{who.HouseholdID}, span)
	if err != nil {
		return lines, err
	}
	s.facts, s.catalogue = make(map[string]*attendance.Fact, len(facts)), c
	for i := range facts {
		f := &facts[i]
		s.facts[factKey(f.ChildID, f.ActivityID, f.Day)] = f
		if f.Outcome() != attendance.Unannounced {
			continue
		}
		at := slices.IndexFunc(kin, func(k booking.Kin) bool { return k.Child.ID == f.ChildID })
		a, ok := c.Activity(f.ActivityID)
		if at < 0 || !ok {
			continue
		}
		p := booking.PlanLine{Line: booking.Line{ChildID: f.ChildID, HouseholdID: f.HouseholdID, ActivityID: f.ActivityID, SiteID: f.SiteID, OptionID: f.OptionID, Day: f.Day},
			Child: kin[at].Child.FirstName, Activity: a}
		p.Site, _ = c.Site(f.SiteID)
		if p.Option, ok = a.OptionByID(f.OptionID); ok {
			lines = append(lines, p)
		}
	}
	return lines, nil
}

// came says in a slot what the roll-call, a certificate or an event says of it; false when they say nothing.
func (s *scene) came(out *slot, p *booking.PlanLine) bool {
	f := s.facts[factKey(p.ChildID, p.ActivityID, p.Day)]
	if f == nil || p.State == booking.StateClosed {
		return false
	}
	look := lookOf(s.catalogue, f)
	if look.word == "" {
		return false
	}
	out.Icon, out.State, out.StateClass, out.Note, out.Kind = look.icon, look.word, look.class, look.note, look.stage
	if look.stage != toCome {
		out.Class = "is-past"
	}
	return true
}

// look is how what became of a day is shown: an icon, words, and what it costs.
type look struct {
	icon, word, class, note string
	kind                    ui.Kind
	stage                   stage
}

// lookOf says what became of a day; the zero look when nothing is known of it yet.
func lookOf(c *activity.Catalogue, f *attendance.Fact) look {
	present := look{icon: "circle-check", word: "présent", kind: ui.Good, stage: consumed}
	if f.Came == attendance.Present && f.Outcome() == attendance.Unannounced {
		present.word, present.class, present.kind = "présent sans réservation", "st-pending", ui.Warn
		present.note = unbookedPrice(c, f)
	}
	if f.LatePickup {
		present.word += ", parti après l’heure"
		present.note = strings.Trim(present.note+", "+latePrice(c, f), ", ")
	}
	switch {
	case f.Came == attendance.Present:
		return present
	case f.Excused && f.Came == attendance.Absent:
		return look{icon: "shield-check", word: "absent, justifié", note: "non facturé", kind: ui.Good, stage: justified}
	case f.Excused:
		return look{icon: "shield-check", word: "absence justifiée", note: "non facturé", kind: ui.Good, stage: justified}
	case f.Came == attendance.Absent && f.Closed != "":
		return look{icon: "shield-check", word: "absent : " + words.LowerFirst(f.Closed), note: "non facturé", kind: ui.Good, stage: justified}
	case f.Came == attendance.Absent && f.Booked == attendance.BookedDay:
		return look{icon: "circle-alert", word: "absent", class: "st-closed", note: "facturé", kind: ui.Bad, stage: missed}
	case f.Closed != "" && f.Booked == attendance.BookedDay:
		return look{icon: "flag", word: "réservé", note: f.Closed + " : une absence n’est pas facturée", kind: ui.Accent, stage: toCome}
	}
	return look{}
}

// unbookedPrice says how a presence without booking is billed, by the tariff of its day.
func unbookedPrice(c *activity.Catalogue, f *attendance.Fact) string {
	now, normal := occasionCents(c, f, tariff.Unbooked), occasionCents(c, f, tariff.Normal)
	steps := c.Steps(f.ActivityID, f.OptionID, f.Day, tariff.Unbooked, priced(f))
	switch {
	case len(steps) > 1:
		return "tarif selon le nombre de fois dans l’année"
	case now > normal:
		return "tarif majoré"
	case now < normal, len(steps) > 0 && steps[0].Price != nil: // the same as the top price is more than what most households pay
		return "tarif sans réservation"
	}
	return "tarif normal"
}

// latePrice says what a late departure adds; empty when it adds nothing.
func latePrice(c *activity.Catalogue, f *attendance.Fact) string {
	switch {
	case len(c.Steps(f.ActivityID, f.OptionID, f.Day, tariff.LatePickup, priced(f))) > 1:
		return "retard facturé selon le nombre de fois dans l’année"
	case occasionCents(c, f, tariff.LatePickup) > 0:
		return "retard facturé en plus"
	}
	return ""
}

// priced is what prices a day for no household in particular: one whose quotient is unknown pays the top price.
func priced(f *attendance.Fact) tariff.Facts {
	return tariff.Facts{AgeGroup: f.AgeGroup, OwnMeal: f.Menu == "panier_pai", Arrived: f.Arrived, Left: f.Departed}
}

// occasionCents is what an occasion costs for no household in particular: enough to compare two of them.
func occasionCents(c *activity.Catalogue, f *attendance.Fact, o tariff.Occasion) money.Cents {
	parts, err := c.Quote(f.ActivityID, f.OptionID, f.Day, o, priced(f))
	if err != nil {
		return 0
	}
	return tariff.Sum(parts)
}

// presence is what became of the days of a child, for its page.
type presence struct {
	Counts []planCount
	Days   []presenceLine
}

// presenceLine is one day of an activity.
type presenceLine struct {
	Day, What  string
	State, Due string
	Kind       ui.Kind
	Icon       string
}

// presenceDays is how far back the page of a child goes, in days.
const presenceDays = 30

// loadPresence reads what became of the child's days of the last month, and counts what is to come.
func (v *childView) loadPresence(ctx context.Context, tx *db.Tx, who household.Guardian, c *activity.Catalogue, today civil.Date) error {
	facts, err := attendance.Facts(ctx, tx, []string{who.HouseholdID}, civil.Range{From: today.AddDays(-presenceDays), To: today.AddDays(presenceDays)})
	if err != nil {
		return err
	}
	n := map[stage]int{}
	for i := range slices.Backward(facts) {
		f := &facts[i]
		if f.ChildID != v.Child.ID {
			continue
		}
		l := lookOf(c, f)
		switch {
		case f.Day.After(today) || l.word == "" && f.Day == today:
			if f.Booked == attendance.BookedDay && f.Closed == "" && !f.Excused {
				n[toCome]++
			}
			continue
		case l.word == "" || l.stage == toCome:
			continue
		}
		n[l.stage]++
		a, ok := c.Activity(f.ActivityID)
		if !ok {
			continue
		}
		v.Presence.Days = append(v.Presence.Days, presenceLine{Day: f.Day.Short(), What: a.Name, State: upper(l.word), Due: l.note, Kind: l.kind, Icon: l.icon})
	}
	v.Presence.Counts = counts(n)
	return nil
}

// counts writes how many days stand where, in the order of the legend.
func counts(n map[stage]int) (out []planCount) {
	for _, c := range []struct {
		stage     stage
		kind      ui.Kind
		icon      string
		one, many string
	}{
		{toCome, ui.Accent, "check", "à venir", "à venir"}, {consumed, ui.Good, "circle-check", "présent", "présents"}, {past, ui.Plain, "history", "passé", "passés"},
		{missed, ui.Bad, "circle-alert", "absent", "absents"}, {justified, ui.Good, "shield-check", "absent justifié", "absents justifiés"},
		{waiting, ui.Plum, "hourglass", "en attente", "en attente"}, {closed, ui.Bad, "door-closed", "fermé", "fermés"},
	} {
		if n[c.stage] > 0 {
			out = append(out, planCount{c.kind, c.icon, ui.Count(n[c.stage], c.one, c.many)})
		}
	}
	return out
}
