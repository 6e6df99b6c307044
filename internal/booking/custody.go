package booking

import (
	"context"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// TellCustody is the kind of the job that tells one household that the days it holds a child have changed; its payload is a
// CustodyTold.
const TellCustody = "booking.tell-custody"

// CustodyTold names what one household is told of a change of custody.
type CustodyTold struct {
	Change      string   `json:"change"` // one use: the change is told once
	ChildID     string   `json:"child"`
	HouseholdID string   `json:"household"`
	Kept        []string `json:"kept,omitempty"` // its bookings on days that are no longer its own
}

// custodyAhead is how far ahead, in days, a change of custody is worth telling.
const custodyAhead = 370

// CustodyChange is one change of who holds a child when, as an agent writes it. One of Rule, EndRule, Dates and EndDates is given.
type CustodyChange struct {
	ChildID  string
	Rule     *household.CustodyRule
	EndRule  string     // id of a rule
	Last     civil.Date // last day of EndRule
	Dates    *household.CustodyDates
	EndDates string // id of dates
}

// Check says what is wrong with a change, with the fields of its form: fault.Invalid; fault.NotFound for a rule or dates that do
// not stand in the plan.
func (k CustodyChange) Check(before household.Custody) error {
	switch {
	case k.Rule != nil:
		return k.Rule.Check()
	case k.Dates != nil:
		return k.Dates.Check()
	case k.EndRule != "":
		i := slices.IndexFunc(before.Rules, func(r household.CustodyRule) bool { return r.ID == k.EndRule })
		if i < 0 {
			return fault.NotFoundf("%s", household.NoSuchRule)
		}
		return before.Rules[i].CheckEnd(k.Last)
	case slices.ContainsFunc(before.Dates, func(d household.CustodyDates) bool { return d.ID == k.EndDates }):
		return nil
	}
	return fault.NotFoundf("%s", household.NoSuchDates)
}

// Apply is the plan as the change leaves it; now is when it would be made.
func (k CustodyChange) Apply(before household.Custody, now civil.Instant) household.Custody {
	switch {
	case k.Rule != nil:
		return before.WithRule(*k.Rule)
	case k.Dates != nil:
		d := *k.Dates
		d.MadeAt = now
		return before.WithDates(d)
	case k.EndRule != "":
		return before.WithoutRule(k.EndRule, k.Last)
	}
	return before.WithoutDates(k.EndDates)
}

// write makes the change in the household's own words.
func (k CustodyChange) write(ctx context.Context, tx *db.Tx, by household.By) (err error) {
	switch {
	case k.Rule != nil:
		_, err = household.SetCustodyRule(ctx, tx, by, *k.Rule)
	case k.Dates != nil && k.Dates.Decided:
		_, err = household.DecideCustody(ctx, tx, by, *k.Dates)
	case k.Dates != nil:
		_, err = household.AddCustodyDates(ctx, tx, by, *k.Dates)
	case k.EndRule != "":
		err = household.EndCustodyRule(ctx, tx, by, k.EndRule, k.Last)
	default:
		err = household.EndCustodyDates(ctx, tx, by, k.EndDates)
	}
	return err
}

// HandOver is what a change of custody does: the plan before and after, and the bookings to come, made by a household that the
// change takes the day from.
type HandOver struct {
	Before, After household.Custody
	Lines         []Line
}

// PreviewCustody says what a change would do, before anything is written. Errors: fault.Invalid beside the fields of Check,
// fault.NotFound, fault.Forbidden for a child of sites that are not the agent's.
func PreviewCustody(ctx context.Context, tx *db.Tx, who staff.Agent, k CustodyChange, loc *time.Location) (HandOver, error) {
	var h HandOver
	if ok, err := MayFollow(ctx, tx, who, staff.Enrol, k.ChildID); err != nil || !ok {
		if err == nil {
			err = fault.Forbiddenf("Cet enfant n’est pas dans vos établissements.")
		}
		return h, err
	}
	var err error
	if h.Before, err = household.CustodyOf(ctx, tx, k.ChildID); err != nil {
		return h, err
	}
	if len(h.Before.Households) < 2 {
		return h, fault.NotFoundf("Cet enfant n’est pas dans deux foyers.")
	}
	if err := k.Check(h.Before); err != nil {
		return h, err
	}
	h.After = k.Apply(h.Before, tx.Now)
	h.Lines, err = changingHands(ctx, tx, h, loc)
	return h, err
}

// changingHands finds the bookings whose service is still to come and whose day the change takes from their household.
func changingHands(ctx context.Context, tx *db.Tx, h HandOver, loc *time.Location) ([]Line, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := db.All(ctx, tx, `SELECT `+lineColumns+` FROM bookings b WHERE b.child_id = $1 AND b.day >= $2
		AND b.state IN ('booked', 'pending', 'waiting', 'offered') ORDER BY b.day, b.activity_id, b.id`, scanLine, h.Before.ChildID, civil.DateOf(tx.Now, loc))
	return slices.DeleteFunc(list, func(l Line) bool {
		a, _ := c.Activity(l.ActivityID)
		o, _ := a.OptionByID(l.OptionID)
		starts := civil.Wall(l.Day, o.Starts, 0, loc)
		after := h.After.Holder(starts, loc, c.Calendar)
		return !starts.After(tx.Now) || after.HouseholdID == l.HouseholdID || after == h.Before.Holder(starts, loc, c.Calendar)
	}), err
}

// ChangeCustody makes a change of custody. The bookings that PreviewCustody lists stay those of the household that made them,
// which pays for them, or are cancelled without charge when cancel is true. Both households are told, when days to come change.
// Errors: as PreviewCustody.
func ChangeCustody(ctx context.Context, tx *db.Tx, who staff.Agent, k CustodyChange, cancel bool, loc *time.Location) (HandOver, error) {
	h, err := PreviewCustody(ctx, tx, who, k, loc)
	if err != nil {
		return h, err
	}
	by := household.ByAgent(who)
	if err := k.write(ctx, tx, by); err != nil {
		return h, err
	}
	if len(h.Lines) > 0 {
		if err := settleHandOver(ctx, tx, who, h, cancel, loc); err != nil {
			return h, err
		}
	}
	return h, tellCustody(ctx, tx, h, cancel, loc)
}

// settleHandOver keeps or cancels the bookings on days that change hands, and says so in the journal of each household.
func settleHandOver(ctx context.Context, tx *db.Tx, who staff.Agent, h HandOver, cancel bool, loc *time.Location) error {
	act := "custody.keep"
	if cancel {
		act = "custody.cancel"
		if err := cancelLines(ctx, tx, who, h.Lines, "changement du calendrier de garde", loc); err != nil {
			return err
		}
	}
	for _, home := range h.Before.Households {
		days := linesOf(h.Lines, home, func(l Line) string { return l.Day.String() })
		if len(days) == 0 {
			continue
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "child:" + h.Before.ChildID, Household: home,
			Detail: map[string]any{"days": days}}); err != nil {
			return err
		}
	}
	return nil
}

// linesOf lists one fact of the lines of a household.
func linesOf(lines []Line, home string, fact func(Line) string) (out []string) {
	for _, l := range lines {
		if l.HouseholdID == home {
			out = append(out, fact(l))
		}
	}
	return out
}

// tellCustody queues what each household is told; nothing when no day to come changes.
func tellCustody(ctx context.Context, tx *db.Tx, h HandOver, cancelled bool, loc *time.Location) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	today := civil.DateOf(tx.Now, loc)
	span := civil.Range{From: today, To: today.AddDays(custodyAhead)}
	sameDay := func(a, b household.CustodyDay) bool { return slices.Equal(a.Parts, b.Parts) }
	if slices.EqualFunc(h.Before.Days(span, loc, c.Calendar), h.After.Days(span, loc, c.Calendar), sameDay) {
		return nil
	}
	change := db.NewID()
	for _, home := range h.Before.Households {
		told := CustodyTold{Change: change, ChildID: h.Before.ChildID, HouseholdID: home}
		if !cancelled {
			told.Kept = linesOf(h.Lines, home, func(l Line) string { return l.ID })
		}
		if err := job.Queue(ctx, tx, TellCustody, told); err != nil {
			return err
		}
	}
	return nil
}

// MayFollow tells whether an agent has a right over a child: an agent limited to some sites has it over the children who go to
// school there, or are enrolled there, this school year or later.
func MayFollow(ctx context.Context, tx *db.Tx, who staff.Agent, right staff.Right, childID string) (bool, error) {
	if !who.May(right, "") {
		return false, nil
	}
	if len(who.Sites) == 0 {
		return true, nil
	}
	today := civil.DateOf(tx.Now, time.UTC)
	return db.Exists(ctx, tx, `SELECT 1 FROM json_each(CAST($1 AS text)) s WHERE EXISTS (SELECT 1 FROM schoolings k
			WHERE k.child_id = $2 AND k.site_id = CAST(s.value AS text) AND k.school_year >= $3)
		OR EXISTS (SELECT 1 FROM enrolments e WHERE e.child_id = $2 AND e.site_id = CAST(s.value AS text) AND e.to_day >= $4)`,
		db.JSON(who.Sites), childID, household.SchoolYearOf(today), today)
}
