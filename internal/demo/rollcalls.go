package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
)

// Who came in the last weeks: nearly all of those expected, a few who were not, and one session that nobody has pointed yet.

// rollWeeks is how far back roll-calls were taken, in weeks.
const rollWeeks = 7

// rollcalls takes the roll-calls of the past days that are not closed yet, each on its evening.
func (s *story) rollcalls(ctx context.Context) error {
	until := civil.At(s.Clock.Now())
	from := s.today().AddDays(-7 * rollWeeks)
	if from.Before(s.year.FirstDay) {
		from = s.year.FirstDay
	}
	draw := rand.New(rand.NewPCG(uint64(s.options.Seed), 0x2011))
	team, err := s.team(ctx)
	if err != nil {
		return err
	}
	told := s.lunches(4, 2) // of these days something is still said later: see absences
	if until.After(s.ago(3, 19, 0)) {
		told = nil
	}
	for day := range (civil.Range{From: from, To: s.today().AddDays(-1)}).Days() {
		evening := civil.Wall(day, civil.Clock(19, 0), 0, s.Town.Loc)
		if evening.After(until) {
			break
		}
		if slices.Contains(told, day) {
			continue
		}
		s.Clock.hold(evening)
		if err := s.Town.DB.Write(ctx, func(tx *db.Tx) error { return s.rollDay(ctx, tx, draw, team, day) }); err != nil {
			return err
		}
	}
	s.Clock.hold(until)
	return nil
}

// team are the agents who call the roll: at their own sites first.
func (s *story) team(ctx context.Context) (list []staff.Agent, err error) {
	err = s.Town.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := staff.List(ctx, tx)
		for _, a := range all {
			if a.Login == "animateur" || a.Login == "agent.enfance" {
				list = append(list, a)
			}
		}
		return err
	})
	slices.SortFunc(list, func(a, b staff.Agent) int { return len(b.Sites) - len(a.Sites) })
	return list, err
}

// rollDay takes the roll-calls of a day, and closes them; the study of the eve is left for somebody to do.
func (s *story) rollDay(ctx context.Context, tx *db.Tx, draw *rand.Rand, team []staff.Agent, day civil.Date) error {
	calls, err := attendance.RollCalls(ctx, tx, s.direction, day)
	if err != nil {
		return err
	}
	said := make([][]attendance.Entry, len(team))
	type done struct {
		who staff.Agent
		attendance.Session
	}
	var closed []done
	for _, call := range calls {
		left := call.Activity.Code == "ETUDE" && call.Site.Code == "ROSTAND" && day == s.lastClass()
		who := slices.IndexFunc(team, func(a staff.Agent) bool { return a.May(staff.RollCall, call.SiteID) })
		if who < 0 || call.ClosedDay != "" || call.Closing != nil || call.Expected == 0 || left {
			continue
		}
		sheet, err := booking.DaySheet(ctx, tx, call.ActivityID, call.SiteID, day)
		if err != nil {
			return err
		}
		here := map[string]bool{}
		for _, l := range sheet.Lines {
			if l.State == booking.StateBooked {
				here[l.ChildID] = true
				said[who] = append(said[who], s.word(draw, team[who], call, l.ChildID, l.OptionID))
			}
		}
		if guest := s.unexpected(draw, call, here); guest != "" {
			e := s.word(draw, team[who], call, guest, call.Activity.LiveOptions()[0].ID)
			e.Came = attendance.Present
			said[who] = append(said[who], e)
		}
		closed = append(closed, done{team[who], call.Session})
	}
	for i, who := range team {
		for part := range slices.Chunk(said[i], attendance.BatchLimit) {
			if _, err := attendance.Replay(ctx, tx, who, part, s.Town.Loc); err != nil {
				return err
			}
		}
	}
	for _, c := range closed {
		if _, err := attendance.CloseRollCall(ctx, tx, c.who, c.Session, s.Town.Loc); err != nil {
			return err
		}
	}
	return nil
}

// word is what is said of a child who was expected: it came, but for a few, and for the lunches that Claire's children missed.
func (s *story) word(draw *rand.Rand, who staff.Agent, call attendance.RollCall, child, option string) attendance.Entry {
	o, _ := call.Activity.OptionByID(option)
	e := attendance.Entry{ID: db.NewID(), AgentID: who.ID, Session: call.Session, ChildID: child, OptionID: option, Came: attendance.Present,
		At: civil.Wall(call.Day, o.Starts, 0, s.Town.Loc).Add(time.Duration(5+draw.IntN(15)) * time.Minute)}
	known := child == s.antoine.ID || child == s.leo.ID
	switch {
	case !known && draw.IntN(100) < 4, known && call.Activity.Code == "RESTAURATION" && s.away(child, call.Day):
		e.Came = attendance.Absent
	case call.Activity.Kind == activity.Morning:
		at := o.Starts + civil.TimeOfDay(draw.IntN(45))
		e.Arrived = &at
	case call.Activity.Kind == activity.Evening:
		at := o.Ends - civil.TimeOfDay(draw.IntN(80))
		if e.LatePickup = !known && draw.IntN(40) == 0; e.LatePickup {
			at = o.Ends + civil.TimeOfDay(12)
		}
		e.Departed = &at
	}
	return e
}

// away tells whether a child of Claire's missed lunch on a day, as the story says.
func (s *story) away(child string, day civil.Date) bool {
	return slices.Contains(s.lunches(4, 2), day) || child == s.antoine.ID && slices.Contains(s.lunches(1, 1), day)
}

// unexpected is a child of the school who came without a booking, now and then.
func (s *story) unexpected(draw *rand.Rand, call attendance.RollCall, here map[string]bool) string {
	if call.Activity.Code != "RESTAURATION" || draw.IntN(3) > 0 {
		return ""
	}
	list := s.of("RESTAURATION", call.Site.Code)
	for range min(len(list), 20) {
		if e := list[draw.IntN(len(list))]; !here[e.child] {
			return e.child
		}
	}
	return ""
}

// lastClass is the last day of class before the start.
func (s *story) lastClass() civil.Date {
	study, _ := activityOf(s.catalogue, "ETUDE")
	for day := s.today().AddDays(-1); !day.Before(s.year.FirstDay); day = day.AddDays(-1) {
		if s.catalogue.Service(study, "", day).Why == activity.Open {
			return day
		}
	}
	return civil.Date{}
}
