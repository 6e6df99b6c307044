package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/intake"
	"preau/internal/job"
)

// seat is an enrolment of an invented child, with a parent who books for it.
type seat struct {
	id, child, activity, site string
	shared                    bool // two households: each books its days
	who                       []household.Guardian
}

// crowd makes the invented families and what they book regularly, from two weeks before the start to the next holidays, and some days of the month
// that is billed.
func (s *story) crowd(ctx context.Context) error {
	o := s.options
	if o.Families == 0 {
		return nil
	}
	if _, err := intake.Seed(ctx, s.Town, intake.SeedOptions{Families: o.Families, Seed: o.Seed, By: by}); err != nil {
		return err
	}
	var err error
	if s.seats, err = s.enrolled(ctx); err != nil {
		return err
	}
	if err := s.places(ctx); err != nil {
		return err
	}
	draw := rand.New(rand.NewPCG(uint64(o.Seed), 0xb00c))
	span := civil.Range{From: s.today().Monday().AddDays(-14), To: s.horizon()}
	if span.From.Before(s.year.FirstDay) {
		span.From = s.year.FirstDay
	}
	return s.ask(ctx, s.seats, func(e seat, a *activity.Activity) []booking.Change {
		return append(s.habit(draw, e, a, s.billedDays(span.From)), s.habit(draw, e, a, span)...)
	})
}

// enrolled reads the enrolments of every child but the known ones, in an order that the seed alone decides.
func (s *story) enrolled(ctx context.Context) (list []seat, err error) {
	err = s.Town.DB.Read(ctx, func(tx *db.Tx) error {
		views, err := s.invented(ctx, tx)
		if err != nil {
			return err
		}
		var children []string
		for _, v := range views {
			children = append(children, v.Child.ID)
		}
		homes, err := household.Custodies(ctx, tx, children)
		if err != nil {
			return err
		}
		parents := map[string]household.Guardian{}
		for _, v := range views {
			e := seat{id: v.Enrolment.ID, child: v.Child.ID, activity: v.Activity.Code, site: v.Site.Code, shared: len(homes[v.Child.ID].Households) > 1}
			for _, home := range homes[v.Child.ID].Households {
				if _, ok := parents[home]; !ok {
					guardians, err := household.Guardians(ctx, tx, home)
					if err != nil {
						return err
					}
					parents[home] = guardians[0]
				}
				e.who = append(e.who, parents[home])
			}
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// invented lists the enrolments of the invented children, by child.
func (s *story) invented(ctx context.Context, tx *db.Tx) (views []booking.EnrolmentView, err error) {
	for _, a := range s.catalogue.Activities {
		for _, site := range a.SiteIDs {
			list, err := booking.EnrolmentsAt(ctx, tx, a.ID, site, s.year.FirstDay)
			if err != nil {
				return nil, err
			}
			views = append(views, list...)
		}
	}
	views = slices.DeleteFunc(views, func(v booking.EnrolmentView) bool { return v.Child.ID == s.antoine.ID || v.Child.ID == s.leo.ID })
	slices.SortStableFunc(views, func(a, b booking.EnrolmentView) int { return strings.Compare(a.Child.Reference, b.Child.Reference) })
	return views, nil
}

// share is how many of a hundred enrolled children an option of the leisure centre has places for.
var share = []struct {
	activity, option string
	percent          int64
}{{"MERCREDI", "APREM", 42}, {"MERCREDI", "JOURNEE", 31}, {"VACANCES", "JOURNEE", 40}, {"VACANCES", "APREM", 25}}

// places sets those of the leisure centre so that some days are full; the day that the story fills by itself has no limit yet.
func (s *story) places(ctx context.Context) error {
	enrolled := map[string]int64{}
	for _, e := range s.seats {
		enrolled[e.activity]++
	}
	for _, p := range share {
		places := max(6, enrolled[p.activity]*p.percent/100)
		if err := s.capacity(ctx, s.key(p.activity, "ILE", p.option, s.year.FirstDay), &places, false); err != nil {
			return err
		}
	}
	for _, day := range s.next("MERCREDI", "3", 5, 1) {
		if err := s.capacity(ctx, s.key("MERCREDI", "ILE", "APREM", day), nil, true); err != nil {
			return err
		}
	}
	return nil
}

// habits are the weekdays a child comes, the most usual first.
var habits = map[string][]string{
	"RESTAURATION": {"1245", "1245", "1245", "1245", "124", "125", "14", "25"},
	"MATIN":        {"1245", "14", "2", "15"},
	"SOIR":         {"1245", "124", "25", "1"},
	"ETUDE":        {"124", "1245", "14", "2"},
	"TAP":          {},
	"MERCREDI":     {"3"},
}

// habit draws what a child is booked for: the weekdays are its own, and some days it does not come.
func (s *story) habit(draw *rand.Rand, e seat, a *activity.Activity, span civil.Range) []booking.Change {
	list := habits[e.activity]
	if len(list) == 0 {
		return nil
	}
	weekdays := list[draw.IntN(len(list))]
	option := a.Options[0].Code
	if len(a.Options) > 1 && draw.IntN(100) < 40 {
		option = a.Options[1].Code
	}
	misses := 4
	if e.activity == "MERCREDI" {
		misses = 25
	}
	var changes []booking.Change
	for day := range span.Days() {
		if onWeekdays(weekdays, day) && s.catalogue.Service(a, "", day).Why == activity.Open && draw.IntN(100) >= misses {
			changes = append(changes, booking.Change{EnrolmentID: e.id, Day: day, Option: option, Add: true})
		}
	}
	return changes
}

// families is how many enrolments one transaction books for: few enough that it is not logged as slow.
const families = 20

// ask submits what each enrolment wishes, then drops the e-mails: the mailbox is for what happens in the demonstration.
func (s *story) ask(ctx context.Context, list []seat, wish func(seat, *activity.Activity) []booking.Change) error {
	for len(list) > 0 {
		n := min(len(list), families)
		err := s.Town.DB.Write(ctx, func(tx *db.Tx) error {
			for _, e := range list[:n] {
				a, _ := activityOf(s.catalogue, e.activity)
				if err := s.askFor(ctx, tx, e, wish(e, a)); err != nil {
					return err
				}
			}
			return job.Discard(ctx, tx, booking.TellFamily)
		})
		if err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (s *story) askFor(ctx context.Context, tx *db.Tx, e seat, changes []booking.Change) error {
	if len(changes) == 0 {
		return nil
	}
	r := booking.Request{SubmissionID: db.NewID(), EnrolmentID: e.id, Changes: changes}
	if !e.shared {
		_, err := booking.Submit(ctx, tx, e.who[0], r, s.Town.Loc)
		return err
	}
	for _, who := range e.who {
		if err := s.submit(ctx, tx, who, r); err != nil {
			return err
		}
	}
	return nil
}

// holidays books the leisure centre for the coming holidays, once they are open.
func (s *story) holidays(ctx context.Context) error {
	a, _ := activityOf(s.catalogue, "VACANCES")
	draw := rand.New(rand.NewPCG(uint64(len(s.seats)), 0x40))
	days := s.next("VACANCES", "12345", 1, 10)
	return s.ask(ctx, s.of("VACANCES", "ILE"), func(e seat, _ *activity.Activity) []booking.Change {
		var changes []booking.Change
		option := a.Options[min(draw.IntN(3), 1)].Code
		for _, day := range days {
			if s.opened(a, day) && draw.IntN(100) < 70 {
				changes = append(changes, booking.Change{EnrolmentID: e.id, Day: day, Option: option, Add: true})
			}
		}
		return changes
	})
}

// opened tells whether a day of the holidays can be booked by now.
func (s *story) opened(a *activity.Activity, day civil.Date) bool {
	block := s.catalogue.Service(a, "", day).Block
	terms := s.catalogue.Terms(a, &a.Options[0], day, block, false, s.Town.Loc)
	now := civil.At(s.Clock.Now())
	return !now.Before(terms.Opens) && now.Before(terms.AddUntil)
}

// requests are what waits for an agent: workshops, and lunches of a day that is full.
func (s *story) requests(ctx context.Context) error {
	for _, day := range s.next("TAP", "5", 6, 1) {
		asked := 0
		err := s.ask(ctx, s.of("TAP", "ROSTAND"), func(e seat, a *activity.Activity) []booking.Change {
			if asked++; asked > 6 {
				return nil
			}
			return []booking.Change{{EnrolmentID: e.id, Day: day, Option: a.Options[0].Code, Add: true}}
		})
		if err != nil {
			return err
		}
	}
	return s.feast(ctx)
}

// feast fills the last lunch before the holidays in one school: who asks now waits for an agent.
func (s *story) feast(ctx context.Context) error {
	days := s.next("RESTAURATION", "1245", 8, 40)
	for len(days) > 1 && days[len(days)-1].After(s.horizon()) {
		days = days[:len(days)-1]
	}
	if len(days) == 0 {
		return nil
	}
	day := days[len(days)-1]
	if err := s.fill(ctx, "RESTAURATION", "HUGO", "REPAS", day, 0); err != nil {
		return err
	}
	a, _ := activityOf(s.catalogue, "RESTAURATION")
	eats, asked := map[string]bool{}, 0
	err := s.Town.DB.Read(ctx, func(tx *db.Tx) error {
		sheet, err := booking.DaySheet(ctx, tx, a.ID, siteID(s.catalogue, "HUGO"), day)
		for _, l := range sheet.Lines {
			eats[l.ChildID] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.ask(ctx, s.of("RESTAURATION", "HUGO"), func(e seat, _ *activity.Activity) []booking.Change {
		if asked == 3 || e.shared || eats[e.child] {
			return nil
		}
		asked++
		return []booking.Change{{EnrolmentID: e.id, Day: day, Option: a.Options[0].Code, Add: true}}
	})
}

// of are the enrolments in an activity at a site.
func (s *story) of(code, site string) (list []seat) {
	for _, e := range s.seats {
		if e.activity == code && e.site == site {
			list = append(list, e)
		}
	}
	return list
}
