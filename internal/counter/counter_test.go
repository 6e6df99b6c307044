package counter_test

import (
	"testing"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/counter"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func each(t *testing.T, test func(t *testing.T, w *worldtest.World)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, worldtest.Chatou(t, tn)) })
}

func begin(t *testing.T, w *worldtest.World, who staff.Agent, session string, g household.Guardian) (v counter.Visit, err error) {
	t.Helper()
	err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		v, err = counter.Begin(t.Context(), tx, who, session, g.ID, counter.AtCounter)
		return err
	})
	return v, err
}

// A visit lasts while pages are asked, ends half an hour after the last one, and gives way to the next of its session.
func TestAVisitEnds(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		first, err := begin(t, w, w.Instructor, "session", w.Claire)
		if err != nil {
			t.Fatal(err)
		}
		current := func() (v counter.Visit, ok bool) {
			w.Read(func(tx *db.Tx) (err error) { v, ok, err = counter.Current(t.Context(), tx, "session"); return err })
			return v, ok
		}
		w.Clock.Advance(29 * time.Minute)
		w.Write(func(tx *db.Tx) error { return counter.Touch(t.Context(), tx, first.ID) })
		w.Clock.Advance(counter.Idle - time.Second)
		w.Read(func(tx *db.Tx) error {
			if v, ok := current(); !ok || !v.Live(tx.Now) || !v.Due(tx.Now) {
				t.Error("ended a second early")
			}
			return nil
		})
		w.Clock.Advance(time.Second)
		var lapsed civil.Instant
		w.Read(func(tx *db.Tx) error {
			if v, ok := current(); !ok || v.Live(tx.Now) {
				t.Error("goes on after half an hour")
			}
			lapsed = tx.Now
			return nil
		})
		w.Clock.Advance(time.Hour)
		second, err := begin(t, w, w.Instructor, "session", w.Karim)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := current(); !ok || v.ID != second.ID || v.GuardianID != w.Karim.ID {
			t.Errorf("%+v", v)
		}
		w.Read(func(tx *db.Tx) error {
			r, err := counter.ReceiptOf(t.Context(), tx, w.Instructor, first.ID)
			if r.Visit.EndedAt != lapsed {
				t.Errorf("the first visit ended at %s, want when it lapsed, %s", r.Visit.EndedAt, lapsed)
			}
			return err
		})
		w.Write(func(tx *db.Tx) error { _, err := counter.End(t.Context(), tx, w.Instructor, "session"); return err })
		if _, ok := current(); ok {
			t.Error("still there once ended")
		}
		for _, who := range []staff.Agent{w.Instructor, w.Direction} {
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := counter.End(t.Context(), tx, who, "session"); return err })
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("ending twice: %v", err)
			}
		}
	})
}

func TestWhoMayActForAFamily(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		agents := map[string]staff.Agent{}
		w.Write(func(tx *db.Tx) error {
			agents["rostand"] = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
			agents["sabinettes"] = w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			agents["animateur"], agents["regie"] = w.AddAgent(tx, "animateur", staff.Animation), w.AddAgent(tx, "regie", staff.Regie)
			return nil
		})
		agents["everywhere"] = w.Instructor
		for _, c := range []struct {
			agent string
			g     household.Guardian
			want  fault.Kind
		}{
			{"everywhere", w.Claire, ""}, {"rostand", w.Claire, ""}, {"sabinettes", w.Claire, ""}, {"sabinettes", w.Karim, ""},
			{"rostand", w.Karim, fault.Forbidden}, {"animateur", w.Claire, fault.Forbidden}, {"regie", w.Claire, fault.Forbidden},
			{"everywhere", household.Guardian{ID: "nobody"}, fault.NotFound},
		} {
			v, err := begin(t, w, agents[c.agent], "s-"+c.agent, c.g)
			if (err != nil || c.want != "") && !fault.Is(err, c.want) {
				t.Errorf("%s for %s: %v, want %q", c.agent, c.g.FirstName, err, c.want)
			}
			if err != nil {
				continue
			}
			w.Read(func(tx *db.Tx) error {
				if _, err := counter.ReceiptOf(t.Context(), tx, agents["animateur"], v.ID); !fault.Is(err, fault.Forbidden) {
					t.Errorf("a receipt read without the right: %v", err)
				}
				return nil
			})
		}
	})
}

// What the agent does is the agent's, in the guardian's name, at the agent's sites only and within the family's deadlines.
func TestActsAreSigned(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var sabinettes staff.Agent
		w.Write(func(tx *db.Tx) error {
			sabinettes = w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			return nil
		})
		visit, err := begin(t, w, sabinettes, "s", w.Claire)
		if err != nil {
			t.Fatal(err)
		}
		who := w.Claire
		who.Counter = &sabinettes
		submit := func(id, enrolment string, days ...string) (o booking.Outcome, err error) {
			r := booking.Request{SubmissionID: id, EnrolmentID: w.Enrolment[enrolment]}
			for _, d := range days {
				r.Changes = append(r.Changes, booking.Change{EnrolmentID: r.EnrolmentID, Day: civil.MustParse(d), Option: "REPAS", Add: true})
			}
			err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				o, err = booking.Submit(t.Context(), tx, who, r, w.Loc)
				return err
			})
			return o, err
		}
		if _, err := submit("elsewhere", "antoine/CANTINE", "2026-12-14"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("booking at another site: %v", err)
		}
		w.Clock.Advance(time.Minute)
		o, err := submit("here", "leo/CANTINE", "2026-12-03", "2026-12-10")
		if err != nil || o.Count(booking.Booked) != 1 || o.Count(booking.Refused) != 1 {
			t.Fatalf("%+v, %v: want the 10th booked, the 3rd too late", o, err)
		}
		const signature = "sabinettes, au nom de Claire Martin"
		if !o.Agent || o.By != signature {
			t.Errorf("the outcome says %q", o.By)
		}
		w.Read(func(tx *db.Tx) error {
			var actor, name string
			err := tx.QueryRow(t.Context(), `SELECT actor, actor_name FROM audit_entries WHERE act = 'booking.submit'`).Scan(&actor, &name)
			if actor != sabinettes.Actor() || name != signature {
				t.Errorf("the journal says %s, %s", actor, name)
			}
			return err
		})
		w.Clock.Advance(time.Minute)
		w.Write(func(tx *db.Tx) error { _, err := counter.End(t.Context(), tx, sabinettes, "s"); return err })
		w.Clock.Advance(time.Minute)
		if _, err := submit("after", "leo/CANTINE", "2026-12-11"); err != nil {
			t.Fatal(err)
		}
		w.Read(func(tx *db.Tx) error {
			r, err := counter.ReceiptOf(t.Context(), tx, sabinettes, visit.ID)
			if len(r.Bookings) != 1 || r.Bookings[0].ID != "here" || len(r.Others) != 0 || r.Guardian.ID != w.Claire.ID {
				t.Errorf("%+v", r)
			}
			return err
		})
	})
}

func TestABadChannelIsExplained(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := counter.Begin(t.Context(), tx, w.Instructor, "s", w.Claire.ID, "pigeon")
			return err
		})
		if !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}
