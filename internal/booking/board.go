package booking

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
)

// Board is one enrolment with all that its calendar and its decisions need over a span of days. A verb changes it as it
// decides, so that the second change of a request sees the first.
type Board struct {
	Enrolment Enrolment
	Child     household.Child
	Activity  *activity.Activity
	Site      *activity.Site
	Catalogue *activity.Catalogue
	Span      civil.Range
	Now       civil.Instant

	householdID string
	guardian    bool // the child is known to be of the household
	anyHome     bool // an agent acts: the household is the one that has custody
	loc         *time.Location
	standing    household.Standing
	standings   map[string]household.Standing // of each home, when the day says which one it is for
	custody     household.Custody
	schoolings  []household.Schooling
	lacks       string                 // documents that the household has not given for this activity
	lines       map[civil.Date][]*Line // live, all activities of the child
	seats       *seatBook
	opened      civil.Instant
}

// Open reads an enrolment for a guardian over a span of days. An enrolment of a child who is not in the guardian's household is
// fault.NotFound; at the counter, one at a site that is not the agent's is fault.Forbidden. The span is cut to the enrolment only by the rules: days outside are read too, and refused.
func Open(ctx context.Context, tx *db.Tx, who household.Guardian, enrolmentID string, span civil.Range, loc *time.Location) (*Board, error) {
	b := &Board{Span: span, Now: tx.Now, householdID: who.HouseholdID, guardian: true, loc: loc}
	err := b.loadEnrolment(ctx, tx, `SELECT `+enrolmentAndChild+` FROM enrolments e JOIN children c ON c.id = e.child_id
		JOIN household_children h ON h.child_id = e.child_id WHERE e.id = $1 AND h.household_id = $2`, enrolmentID, who.HouseholdID)
	if err == nil && !who.MayAt(b.Enrolment.SiteID) {
		err = notHere()
	}
	if err != nil {
		return nil, err
	}
	return b, b.load(ctx, tx)
}

// OpenView is Open for an enrolment that EnrolmentsOf listed for this guardian in the same transaction.
func OpenView(ctx context.Context, tx *db.Tx, who household.Guardian, v EnrolmentView, span civil.Range, loc *time.Location) (*Board, error) {
	if !who.MayAt(v.Enrolment.SiteID) {
		return nil, notHere()
	}
	b := &Board{Enrolment: v.Enrolment, Child: v.Child, Span: span, Now: tx.Now, householdID: who.HouseholdID, guardian: true, loc: loc}
	return b, b.load(ctx, tx)
}

// notHere refuses an agent at the counter who acts for a family at a site that is not the agent's.
func notHere() error {
	return fault.Forbiddenf("Cet établissement n’est pas le vôtre : vous ne pouvez pas y agir au nom de la famille.")
}

// openForAgent reads an enrolment for the town; householdID "" is the one that has custody on each day.
func openForAgent(ctx context.Context, tx *db.Tx, enrolmentID, householdID string, span civil.Range, loc *time.Location) (*Board, error) {
	b := &Board{Span: span, Now: tx.Now, householdID: householdID, anyHome: householdID == "", loc: loc}
	err := b.loadEnrolment(ctx, tx, `SELECT `+enrolmentAndChild+` FROM enrolments e JOIN children c ON c.id = e.child_id WHERE e.id = $1`, enrolmentID)
	if err != nil {
		return nil, err
	}
	if b.anyHome {
		homes, err := household.HouseholdsOf(ctx, tx, b.Child.ID)
		if err != nil {
			return nil, err
		}
		if len(homes) == 1 {
			b.householdID = homes[0]
		} else if b.standings, err = household.StandingsOf(ctx, tx, homes); err != nil {
			return nil, err
		}
	}
	return b, b.load(ctx, tx)
}

func (b *Board) loadEnrolment(ctx context.Context, tx *db.Tx, query string, args ...any) error {
	err := scanEnrolmentAndChild(tx.QueryRow(ctx, query, args...), &b.Enrolment, &b.Child)
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Cette inscription n’existe pas.")
	}
	return err
}

func (b *Board) load(ctx context.Context, tx *db.Tx) (err error) {
	if b.Catalogue, err = activity.Load(ctx, tx); err != nil {
		return err
	}
	b.Activity, _ = b.Catalogue.Activity(b.Enrolment.ActivityID)
	b.Site, _ = b.Catalogue.Site(b.Enrolment.SiteID)
	if b.guardian && !b.Child.Shared {
		b.custody = household.Custody{ChildID: b.Child.ID, Households: []string{b.householdID}}
	} else if b.custody, err = household.CustodyOf(ctx, tx, b.Child.ID); err != nil {
		return err
	}
	if b.schoolings, err = household.SchoolingsSince(ctx, tx, b.Child.ID, yearLabel(b.Catalogue, b.Span.From)); err != nil {
		return err
	}
	if b.householdID != "" {
		if b.standing, err = household.StandingOf(ctx, tx, b.householdID); err != nil {
			return err
		}
		missing, err := document.Blockers(ctx, tx, b.householdID, b.Activity.ID, []household.Child{b.Child}, civil.DateOf(tx.Now, b.loc))
		if err != nil {
			return err
		}
		b.lacks = strings.Join(missing[b.Child.ID], ", ")
	}
	if b.lines, err = b.loadLines(ctx, tx); err != nil {
		return err
	}
	b.seats = newSeatBook(b.Catalogue)
	return b.loadSeats(ctx, tx, b.seats)
}

// loadSeats reads the counters of the enrolment, and those of the sites where the child has bookings of the activity: a child who
// changed schools may still cancel at the one that was left.
func (b *Board) loadSeats(ctx context.Context, tx *db.Tx, seats *seatBook) error {
	if err := seats.load(ctx, tx, b.Activity.ID, b.Enrolment.SiteID, b.Span); err != nil {
		return err
	}
	for _, lines := range b.lines {
		for _, l := range lines {
			if l.ActivityID != b.Activity.ID || l.SiteID == b.Enrolment.SiteID {
				continue
			}
			if err := seats.load(ctx, tx, l.ActivityID, l.SiteID, b.Span); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Board) loadLines(ctx context.Context, tx *db.Tx) (map[civil.Date][]*Line, error) {
	last := &Line{}
	list, err := db.All(ctx, tx, `SELECT id, enrolment_id, household_id, activity_id, site_id, option_id, day, age_group, state, made_at, offered_until, points, seq
		FROM bookings WHERE child_id = $1 AND day >= $2 AND day <= $3 AND state IN ('booked', 'pending', 'waiting', 'offered')`, func(r db.Scanner) (*Line, error) {
		l := *last // what is the same as in the row before is not read again
		last = &l
		return last, r.Scan(&l.ID, &l.EnrolmentID, &l.HouseholdID, &l.ActivityID, &l.SiteID, &l.OptionID, &l.Day, &l.AgeGroup, &l.State, &l.MadeAt,
			&l.OfferedUntil, &l.Points, &l.Seq)
	}, b.Child.ID, b.Span.From, b.Span.To)
	slices.SortFunc(list, func(a, b *Line) int {
		return cmp.Or(a.Day.Compare(b.Day), a.MadeAt.Compare(b.MadeAt), cmp.Compare(a.ID, b.ID))
	})
	lines := make(map[civil.Date][]*Line, len(list))
	for _, l := range list {
		l.ChildID, l.Ours = b.Child.ID, b.anyHome || l.HouseholdID == b.householdID
		b.nameOption(l)
		lines[l.Day] = append(lines[l.Day], l)
	}
	return lines, err
}

func (b *Board) nameOption(l *Line) {
	if a, ok := b.Catalogue.Activity(l.ActivityID); ok {
		if o, ok := a.OptionByID(l.OptionID); ok {
			l.OptionName = o.Name
		}
	}
}

// Facts gathers what a decision about one option of one day needs.
func (b *Board) Facts(day civil.Date, o *activity.Option) Facts {
	f := Facts{Day: day, Option: o, Activity: b.Activity, Period: b.Enrolment.Period, Opened: b.opened}
	f.Service = b.Catalogue.Service(b.Activity, b.Enrolment.SiteID, day)
	standing := b.standingFor(day, o.Starts)
	f.Profile = b.profile(day, standing)
	f.Terms = b.Catalogue.Terms(b.Activity, o, day, f.Service.Block, f.Profile.Resident, b.loc)
	f.Home = b.home(f.Terms.Starts)
	if b.Activity.NeedsPaidUp && standing.Hold != nil {
		f.HoldSince, f.HoldWhy = standing.Hold.Since, standing.Hold.Reason
	}
	f.Lacks = b.lacks
	f.Live, f.Overlap, f.Taken = b.present(day, f.Terms)
	if f.Service.Why == activity.Open {
		f.Seats = b.seatsOf(day, o)
	}
	return f
}

func (b *Board) profile(day civil.Date, s household.Standing) Profile {
	return Profile{BornOn: b.Child.BornOn, Level: b.level(day), Resident: s.ResidentOn(day)}
}

// standingFor is the standing of the household that an option of a day is for.
func (b *Board) standingFor(day civil.Date, starts civil.TimeOfDay) household.Standing {
	if b.standings == nil {
		return b.standing
	}
	return b.standings[b.HolderOn(civil.Wall(day, starts, 0, b.loc))]
}

// level is the class level of the child in the school year of a day; in summer, that of the year that ended.
func (b *Board) level(day civil.Date) string {
	label := yearLabel(b.Catalogue, day)
	for i := range b.schoolings {
		if b.schoolings[i].SchoolYear == label {
			return b.schoolings[i].Level
		}
	}
	return ""
}

// home says whose day it is: an option belongs to who has custody at its start.
func (b *Board) home(starts civil.Instant) Home {
	h := b.custody.Holder(starts, b.loc, b.Catalogue.Calendar)
	switch {
	case h.Contested:
		return Disputed
	case b.anyHome || h.HouseholdID == b.householdID:
		return Ours
	}
	return Theirs
}

// HolderOn is the household that has custody when an option starts; "" when it is contested.
func (b *Board) HolderOn(starts civil.Instant) string {
	h := b.custody.Holder(starts, b.loc, b.Catalogue.Calendar)
	if h.Contested {
		return ""
	}
	return h.HouseholdID
}

// present finds the child's live booking of this activity on a day, and the name of another activity whose hours overlap; taken
// says that it is the other household's.
func (b *Board) present(day civil.Date, t activity.Terms) (live *Line, overlap string, taken bool) {
	for _, l := range b.lines[day] {
		if l.ActivityID == b.Activity.ID {
			live = l
			continue
		}
		a, ok := b.Catalogue.Activity(l.ActivityID)
		if !ok {
			continue
		}
		o, ok := a.OptionByID(l.OptionID)
		if !ok {
			continue
		}
		starts, ends := civil.Wall(day, o.Starts, 0, b.loc), civil.Wall(day, o.Ends, 0, b.loc)
		if !starts.Before(t.Ends) || !t.Starts.Before(ends) {
			continue
		}
		if taken = taken || !l.Ours; l.Ours {
			overlap = a.Name
		}
	}
	return live, overlap, taken
}

func (b *Board) seatsOf(day civil.Date, o *activity.Option) []Seat {
	everyone := SeatKey{b.Enrolment.ActivityID, b.Enrolment.SiteID, o.ID, day, ""}
	seats := []Seat{*b.seats.seat(everyone)}
	if group := AgeGroup(b.level(day)); group != "" {
		key := everyone
		key.Group = group
		if b.seats.guarded(key) {
			seats = append(seats, *b.seats.seat(key))
		}
	}
	return seats
}

// Add decides whether an option of a day may be booked now.
func (b *Board) Add(day civil.Date, o *activity.Option) Verdict {
	return DecideAdd(b.Facts(day, o), b.Now, Override{})
}

// Price is what an option costs the household on a day: from the quotient and the residence in force that day.
func (b *Board) Price(day civil.Date, optionID string) (tariff.Price, bool) {
	return b.Catalogue.Price(b.Activity.ID, optionID, day, b.priceFacts(day, optionID))
}

// Cents is the price of an option on a day, 0 when no grid is in force.
func (b *Board) Cents(day civil.Date, optionID string) money.Cents {
	return b.Catalogue.Cents(b.Activity.ID, optionID, day, b.priceFacts(day, optionID))
}

func (b *Board) priceFacts(day civil.Date, optionID string) tariff.Facts {
	standing := b.standing
	if o, ok := b.Activity.OptionByID(optionID); ok {
		standing = b.standingFor(day, o.Starts)
	}
	facts := standing.PriceFacts(b.Child.ID, day)
	facts.AgeGroup, facts.OwnMeal = AgeGroup(b.level(day)), b.Child.Menu == "panier_pai"
	return facts
}
