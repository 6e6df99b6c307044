package booking_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/worldtest"
)

// picture is what adding and cancelling must leave as it was: live bookings and counters.
func picture(t *testing.T, w *worldtest.World) string {
	t.Helper()
	out := ""
	w.Read(func(tx *db.Tx) error {
		for _, q := range []string{
			`SELECT child_id || ' ' || CAST(day AS text) || ' ' || option_id || ' ' || state FROM bookings WHERE state IN ('booked', 'pending', 'waiting', 'offered') ORDER BY child_id, day, activity_id`,
			`SELECT activity_id || ' ' || CAST(day AS text) || ' ' || option_id || ' ' || CAST(booked AS text) || ' ' || coalesce(CAST(places AS text), '-') FROM seats WHERE booked > 0 ORDER BY activity_id, site_id, day, option_id`,
		} {
			list, err := db.All(t.Context(), tx, q, db.Value[string])
			if err != nil {
				return err
			}
			out += fmt.Sprintln(list)
		}
		return nil
	})
	return out
}

// checks bounds how many times a property is tried: the rest pass without being tried. Each try on PostgreSQL is a hundred
// messages to a server.
func checks(w *worldtest.World, sqlite, postgres int) func() bool {
	left := sqlite
	if w.DB.Engine() == db.Postgres {
		left = postgres
	}
	return func() bool { left--; return left >= 0 }
}

// Adding days then cancelling them in time restores bookings, counters and price; the history keeps both.
func TestAddingThenCancellingRestoresEverything(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 3); return nil })
		lunch, morning := w.Enrolment["antoine/CANTINE"], w.Enrolment["antoine/MATIN"]
		days := civil.Range{From: civil.MustParse("2026-12-08"), To: civil.MustParse("2027-01-15")}
		more := checks(w, 25, 8)
		rapid.Check(t, func(r *rapid.T) {
			if !more() {
				return
			}
			var adds, removes []booking.Change
			for d := range days.Days() {
				for _, e := range []struct{ enrolment, option string }{{lunch, "REPAS"}, {morning, "MATIN"}} {
					if rapid.Bool().Draw(r, d.String()+e.option) {
						c := booking.Change{EnrolmentID: e.enrolment, Day: d, Option: e.option, Add: true}
						adds = append(adds, c)
						c.Add = false
						removes = append(removes, c)
					}
				}
			}
			if len(adds) == 0 {
				return
			}
			before := picture(t, w)
			events, history := count(t, w, `SELECT count(*) FROM booking_events`), count(t, w, `SELECT count(*) FROM submissions`)
			first := submit(t, w, w.Claire, db.NewID(), adds...)
			w.Clock.Advance(time.Second)
			second := submit(t, w, w.Claire, db.NewID(), removes...)
			if after := picture(t, w); after != before {
				r.Fatalf("before\n%s\nafter\n%s", before, after)
			}
			if first.Effect()+second.Effect() != 0 {
				r.Fatalf("added for %s, cancelled for %s", first.Effect(), second.Effect())
			}
			n := int64(first.Count(booking.Booked))
			if got := count(t, w, `SELECT count(*) FROM booking_events`) - events; got != 2*n {
				r.Fatalf("%d events for %d days", got, n)
			}
			if got := count(t, w, `SELECT count(*) FROM submissions`) - history; n > 0 && got != 2 {
				r.Fatalf("%d acts in the history", got)
			}
		})
	})
}

// mode is a way an activity answers when it is full.
var modes = map[string]func(*activity.Activity){
	"refuses":       func(a *activity.Activity) { a.Waiting = activity.NoWaiting },
	"queues":        func(a *activity.Activity) { a.Waiting = activity.AutoWaiting },
	"is a right":    func(a *activity.Activity) { a.Waiting, a.IsRight = activity.NoWaiting, true },
	"is instructed": func(a *activity.Activity) { a.Waiting, a.Instruction = activity.NoWaiting, true },
}

// model is what the places of one day should be, in a few lines.
type model struct {
	mode   string
	wanted int
	state  map[int]string // of each family, absent: none
	queue  []int
}

func (m *model) taken() (n int) {
	for _, s := range m.state {
		if s == "booked" {
			n++
		}
	}
	return n
}

func (m *model) free() bool { return m.taken() < m.wanted }

func (m *model) add(i int) string {
	switch {
	case m.state[i] != "":
		return "unchanged"
	case m.free() && m.mode == "is instructed", !m.free() && m.mode == "is a right":
		m.state[i] = "pending"
	case m.free():
		m.state[i] = "booked"
	case m.mode == "queues":
		m.state[i] = "waiting"
		m.queue = append(m.queue, i)
	default:
		return "refused"
	}
	return m.state[i]
}

func (m *model) leave(i int) {
	delete(m.state, i)
	for n, waiting := range m.queue {
		if waiting == i {
			m.queue = append(m.queue[:n:n], m.queue[n+1:]...)
			return
		}
	}
}

func (m *model) remove(i int) string {
	if m.state[i] == "" {
		return "unchanged"
	}
	m.leave(i)
	m.promote()
	return "cancelled"
}

func (m *model) promote() {
	for m.free() && len(m.queue) > 0 {
		first := m.queue[0]
		m.queue = m.queue[1:]
		m.state[first] = "booked"
	}
}

func (m *model) give(i int) string {
	if m.state[i] == "booked" {
		return "unchanged"
	}
	m.leave(i)
	m.state[i] = "booked"
	return "booked"
}

// session is the day everybody wants, with its model.
type session struct {
	*model
	t        *testing.T
	w        *worldtest.World
	families []wanter
	option   string
}

const sessionDay = "2026-12-14"

func (s *session) begin(r *rapid.T) {
	s.model = &model{mode: rapid.SampledFrom([]string{"refuses", "queues", "is a right", "is instructed"}).Draw(r, "when full"), wanted: rapid.IntRange(0, 4).Draw(r, "places"), state: map[int]string{}}
	s.w.SetClock("2026-12-01T10:00:00")
	s.w.Write(func(tx *db.Tx) error {
		for _, table := range []string{"booking_events", "bookings", "submissions", "seats", "jobs", "audit_entries"} {
			if _, err := tx.Exec(context.Background(), `DELETE FROM `+table); err != nil {
				return err
			}
		}
		return nil
	})
	edit(s.t, s.w, "CANTINE", func(a *activity.Activity) {
		a.IsRight, a.Instruction = false, false
		modes[s.mode](a)
	})
	s.set(s.wanted)
}

// set changes the places, as the page of capacities does.
func (s *session) set(places int) {
	n := int64(places)
	k := activity.Capacity{ActivityID: s.w.Activity["CANTINE"], SiteID: s.w.Site["ROSTAND"], OptionID: s.option, From: civil.MustParse("2026-09-01"), Places: &n}
	s.w.Write(func(tx *db.Tx) error {
		if err := activity.SetCapacity(s.t.Context(), tx, k, "essai"); err != nil {
			return err
		}
		if err := booking.ApplyCapacity(s.t.Context(), tx, k); err != nil {
			return err
		}
		return fillRaised(s.t.Context(), tx, k, s.w.Loc)
	})
}

func (s *session) act(r *rapid.T, want string, o booking.Outcome, err error) {
	if err != nil {
		r.Fatalf("failed: %v", err)
	}
	if got := string(o.Decisions[0].Result); got != want {
		r.Fatalf("answered %s, want %s", got, want)
	}
}

func (s *session) submit(r *rapid.T, i int, add bool, want string) {
	f := s.families[i]
	s.w.Clock.Advance(time.Second)
	var o booking.Outcome
	err := s.w.DB.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		o, err = booking.Submit(s.t.Context(), tx, f.who, booking.Request{SubmissionID: db.NewID(), EnrolmentID: f.enrolment, Changes: changes(f.enrolment, "REPAS", add, []string{sessionDay})}, s.w.Loc)
		return err
	})
	s.act(r, want, o, err)
}

func (s *session) override(r *rapid.T, i int, add bool, want string) {
	f := s.families[i]
	s.w.Clock.Advance(time.Second)
	var o booking.Outcome
	err := s.w.DB.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		o, err = booking.OverrideBook(s.t.Context(), tx, s.w.Direction, booking.OverrideRequest{SubmissionID: db.NewID(), EnrolmentID: f.enrolment,
			Changes: changes(f.enrolment, "REPAS", add, []string{sessionDay}), Reason: "essai"}, s.w.Loc)
		return err
	})
	s.act(r, want, o, err)
}

// check compares the day with its model.
func (s *session) check(r *rapid.T) {
	noDrift(s.t, s.w)
	s.w.Read(func(tx *db.Tx) error {
		taken := 0
		for i, f := range s.families {
			list, err := db.All(s.t.Context(), tx, `SELECT state FROM bookings WHERE enrolment_id = $1 AND state IN ('booked', 'pending', 'waiting', 'offered')`, db.Value[string], f.enrolment)
			if err != nil {
				return err
			}
			if got := fmt.Sprint(list); got != "["+s.state[i]+"]" {
				r.Fatalf("family %d is %s, want [%s]", i, got, s.state[i])
			}
			if s.state[i] == "booked" {
				taken++
			}
		}
		type row struct{ booked, places int }
		rows, err := db.All(s.t.Context(), tx, `SELECT booked, places FROM seats WHERE age_group = ''`, func(x db.Scanner) (v row, err error) { return v, x.Scan(&v.booked, &v.places) })
		for _, v := range rows {
			if v.booked != taken || v.places != max(s.wanted, taken) {
				r.Fatalf("the counter says %d of %d, want %d of %d", v.booked, v.places, taken, max(s.wanted, taken))
			}
		}
		return err
	})
}

// Places are never exceeded but by an agent, whatever families and agents do, in any order.
func TestPlacesWhateverTheOrder(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		s := &session{t: t, w: w, families: wanters(t, w, 6, "CANTINE")}
		w.Read(func(tx *db.Tx) (err error) {
			s.option, err = db.One(t.Context(), tx, `SELECT id FROM activity_options WHERE activity_id = $1`, db.Value[string], w.Activity["CANTINE"])
			return err
		})
		who := rapid.IntRange(0, len(s.families)-1)
		more := checks(w, 30, 6)
		rapid.Check(t, func(r *rapid.T) {
			if !more() {
				return
			}
			s.begin(r)
			r.Repeat(map[string]func(*rapid.T){
				"":              s.check,
				"add":           func(r *rapid.T) { i := who.Draw(r, "family"); s.submit(r, i, true, s.add(i)) },
				"again":         func(r *rapid.T) { i := who.Draw(r, "family"); s.submit(r, i, true, s.add(i)) },
				"cancel":        func(r *rapid.T) { i := who.Draw(r, "family"); s.submit(r, i, false, s.remove(i)) },
				"agent books":   func(r *rapid.T) { i := who.Draw(r, "family"); s.override(r, i, true, s.give(i)) },
				"agent cancels": func(r *rapid.T) { i := who.Draw(r, "family"); s.override(r, i, false, s.remove(i)) },
				"instruct":      s.instruct,
				"places": func(r *rapid.T) {
					s.wanted = rapid.IntRange(0, 5).Draw(r, "places")
					s.set(s.wanted)
					s.promote()
				},
			})
		})
	})
}

// instruct accepts or refuses what awaits, if anything does.
func (s *session) instruct(r *rapid.T) {
	list := pending(s.t, s.w, s.w.Direction)
	if len(list) == 0 {
		return
	}
	line, accept := list[0].Line, rapid.Bool().Draw(r, "accept")
	done, err := instruct(s.t, s.w, s.w.Direction, accept, "essai", line.ID)
	if err != nil || done.Done != 1 {
		r.Fatalf("instructed %+v: %v", done, err)
	}
	for i, f := range s.families {
		if f.enrolment != line.EnrolmentID {
			continue
		}
		s.leave(i)
		if accept {
			s.state[i] = "booked"
		}
	}
}
