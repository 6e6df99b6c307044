package booking_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/worldtest"
)

// aRight adds a canteen that is a right: when its places are taken, a request waits for an agent.
func aRight(t *testing.T, w *worldtest.World, places int64) {
	t.Helper()
	w.Write(func(tx *db.Tx) error {
		starts, ends := civil.Clock(11, 45), civil.Clock(13, 30)
		w.Activity["DROIT"] = w.AddActivity(tx, worldtest.Plan{Code: "DROIT", Name: "Repas de droit", Noun: "repas", Plural: "repas", Kind: activity.Canteen,
			RunsOn: "school", Weekdays: "1245", Rule: "7d", Options: []activity.Option{{Code: "REPAS", Name: "Repas", Starts: starts, Ends: ends}},
			Sites: []string{"ROSTAND", "SABINETTES"}, Waiting: activity.NoWaiting, Right: true, Price: 300})
		w.SetPlaces(tx, "DROIT", "ROSTAND", "REPAS", places)
		w.Enrol(tx, "antoine", w.Antoine, "DROIT", "ROSTAND")
		return nil
	})
}

// another adds a family with one child at Jean Rostand, enrolled in an activity.
func another(t *testing.T, w *worldtest.World, login, activityCode string) (household.Guardian, string) {
	t.Helper()
	var who household.Guardian
	var enrolment string
	w.Write(func(tx *db.Tx) error {
		who = w.AddHousehold(tx, login, "Parent", login, 500_00)
		c := w.AddChild(tx, who, "Enfant", login, "2018-06-01", "CE2", "ROSTAND")
		enrolment = w.Enrol(tx, login, c, activityCode, "ROSTAND")
		return nil
	})
	return who, enrolment
}

func instruct(t *testing.T, w *worldtest.World, who staff.Agent, accept bool, reason string, ids ...string) (booking.Instructed, error) {
	t.Helper()
	var done booking.Instructed
	err := w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		done, err = booking.Instruct(t.Context(), tx, who, ids, accept, reason)
		return err
	})
	noDrift(t, w)
	return done, err
}

func pending(t *testing.T, w *worldtest.World, who staff.Agent) []booking.PendingView {
	t.Helper()
	var list []booking.PendingView
	w.Read(func(tx *db.Tx) (err error) {
		list, err = booking.PendingList(t.Context(), tx, who)
		return err
	})
	return list
}

func pendingIDs(t *testing.T, w *worldtest.World) []string {
	t.Helper()
	var ids []string
	for _, v := range pending(t, w, w.Direction) {
		ids = append(ids, v.Line.ID)
	}
	return ids
}

func queued(t *testing.T, w *worldtest.World, kind string) int64 {
	t.Helper()
	return count(t, w, `SELECT count(*) FROM jobs WHERE kind = $1`, kind)
}

func state(t *testing.T, w *worldtest.World, id string) (s booking.State) {
	t.Helper()
	w.Read(func(tx *db.Tx) error {
		l, err := booking.LineByID(t.Context(), tx, id)
		s = l.State
		return err
	})
	return s
}

func TestAgentsAcceptWhatAwaitsInstruction(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		aRight(t, w, 1)
		who, enrolment := another(t, w, "durand", "DROIT")
		submit(t, w, w.Claire, "first", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14", "2026-12-15")...)
		same(t, results(submit(t, w, who, "second", add(enrolment, "REPAS", "2026-12-14", "2026-12-15", "2026-12-17")...)),
			"2026-12-14 pending", "2026-12-15 pending", "2026-12-17 booked")
		told := queued(t, w, booking.TellFamily)
		list := pending(t, w, w.Instructor)
		if len(list) != 2 || list[0].Child.FirstName != "Enfant" || list[0].Household != "durand Parent" {
			t.Fatalf("pending %+v", list)
		}
		if free, limited := list[0].Free(); free != 0 || !limited || list[0].Booked != 1 {
			t.Errorf("%d free, %d booked", free, list[0].Booked)
		}
		ids := pendingIDs(t, w)
		done, err := instruct(t, w, w.Instructor, true, "", append(ids, ids[0])...)
		if err != nil || done != (booking.Instructed{Done: 2, Over: 2}) {
			t.Fatalf("done %+v, %v", done, err)
		}
		if n := count(t, w, `SELECT count(*) FROM seats WHERE booked = 2 AND places = 2 AND wanted = 1`); n != 2 {
			t.Errorf("%d days were raised to two places, want 2", n)
		}
		if n := count(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked' AND over_capacity`); n != 2 {
			t.Errorf("%d bookings say they are beyond the places", n)
		}
		if n := queued(t, w, booking.TellFamily) - told; n != 1 {
			t.Errorf("the family is told %d times", n)
		}
		if n := count(t, w, `SELECT count(*) FROM audit_entries WHERE act = 'booking.instruct' AND household_id = $1`, who.HouseholdID); n != 2 {
			t.Errorf("%d entries in the journal", n)
		}
		if done, err = instruct(t, w, w.Instructor, false, "trop tard", ids...); err != nil || done != (booking.Instructed{Already: 2}) {
			t.Errorf("a second decision: %+v, %v", done, err)
		}
	})
}

func TestPlacesThatAreLeftAreNotBeyondCapacity(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		aRight(t, w, 1)
		a, ea := another(t, w, "abel", "DROIT")
		b, eb := another(t, w, "blanc", "DROIT")
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14")...)
		submit(t, w, a, "2", add(ea, "REPAS", "2026-12-14")...)
		submit(t, w, b, "3", add(eb, "REPAS", "2026-12-14")...)
		submit(t, w, w.Claire, "4", remove(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14")...)
		done, err := instruct(t, w, w.Instructor, true, "", pendingIDs(t, w)...)
		if err != nil || done != (booking.Instructed{Done: 2, Over: 1}) {
			t.Errorf("done %+v, %v", done, err)
		}
	})
}

func TestARefusalHasAReasonThatIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		aRight(t, w, 0)
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14")...)
		id := pendingIDs(t, w)[0]
		for _, reason := range []string{"", "  "} {
			if _, err := instruct(t, w, w.Instructor, false, reason, id); !fault.Is(err, fault.Invalid) {
				t.Errorf("refused with the reason %q: %v", reason, err)
			}
		}
		if _, err := instruct(t, w, w.Instructor, true, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("nothing chosen: %v", err)
		}
		if _, err := instruct(t, w, w.Instructor, false, "plus de place ce jour-là", id); err != nil {
			t.Fatal(err)
		}
		if s := state(t, w, id); s != booking.StateRefused {
			t.Errorf("state %s", s)
		}
		if n := count(t, w, `SELECT count(*) FROM booking_events WHERE booking_id = $1 AND state = 'refused' AND reason = 'plus de place ce jour-là'`, id); n != 1 {
			t.Error("the reason is not kept")
		}
		same(t, results(submit(t, w, w.Claire, "2", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14")...)), "2026-12-14 pending")
	})
}

func TestAgentsInstructTheirOwnSites(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		aRight(t, w, 0)
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14")...)
		id := pendingIDs(t, w)[0]
		var elsewhere, team staff.Agent
		w.Write(func(tx *db.Tx) error {
			elsewhere, team = w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES"), w.AddAgent(tx, "animateur", staff.Animation)
			return nil
		})
		if list := pending(t, w, elsewhere); len(list) != 0 {
			t.Errorf("sees %d requests of another site", len(list))
		}
		for _, who := range []staff.Agent{elsewhere, team} {
			if _, err := instruct(t, w, who, true, "", id); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", who.Name, err)
			}
		}
		if _, err := instruct(t, w, w.Instructor, true, "", id, "nope"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a request that does not exist: %v", err)
		}
		if s := state(t, w, id); s != booking.StatePending {
			t.Errorf("state %s", s)
		}
	})
}

func TestAClosedDayIsNotAccepted(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		aRight(t, w, 0)
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-14")...)
		ids := pendingIDs(t, w)
		closeDays(t, w, activity.Closure{From: civil.MustParse("2026-12-14"), To: civil.MustParse("2026-12-14"), Reason: "Grève"})
		if list := pending(t, w, w.Instructor); len(list) != 0 {
			t.Error("a closed day still awaits instruction")
		}
		if done, err := instruct(t, w, w.Instructor, true, "", ids...); err != nil || done != (booking.Instructed{Closed: 1}) {
			t.Errorf("done %+v, %v", done, err)
		}
	})
}

func override(t *testing.T, w *worldtest.World, who staff.Agent, r booking.OverrideRequest) (booking.Outcome, error) {
	t.Helper()
	var o booking.Outcome
	err := w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		o, err = booking.OverrideBook(t.Context(), tx, who, r, w.Loc)
		return err
	})
	noDrift(t, w)
	return o, err
}

func TestAnAgentBooksBeyondTheRulesWithAReason(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 0); return nil })
		r := booking.OverrideRequest{SubmissionID: "o1", EnrolmentID: lunch, Reason: "  hospitalisation de la mère ",
			Changes: add(lunch, "REPAS", "2026-12-02", "2026-12-03", "2026-12-14", "2026-12-21")}
		w.Read(func(tx *db.Tx) error {
			o, err := booking.OverrideDecide(t.Context(), tx, w.Instructor, r, w.Loc)
			same(t, results(o), "2026-12-02 refused no_service", "2026-12-03 booked", "2026-12-14 booked", "2026-12-21 refused in_holidays")
			return err
		})
		o, err := override(t, w, w.Instructor, r)
		if err != nil || !o.Written || !o.Agent || o.By != w.Instructor.Name || o.Reason != "hospitalisation de la mère" {
			t.Fatalf("%+v, %v", o, err)
		}
		if d := o.Decisions[1]; !d.Late || !d.Over || d.Cents != 340 {
			t.Errorf("a day after the deadline and beyond the places: %+v", d)
		}
		if d := o.Decisions[2]; d.Late || !d.Over {
			t.Errorf("a day in time and beyond the places: %+v", d)
		}
		if n := count(t, w, `SELECT count(*) FROM bookings WHERE state = 'booked' AND over_capacity`); n != 2 {
			t.Errorf("%d bookings beyond the places", n)
		}
		if n := count(t, w, `SELECT count(*) FROM booking_events WHERE reason = 'hospitalisation de la mère' AND actor = $1`, w.Instructor.Actor()); n != 2 {
			t.Errorf("%d events with the reason", n)
		}
		if n := count(t, w, `SELECT count(*) FROM audit_entries WHERE act = 'booking.override' AND household_id = $1`, w.Claire.HouseholdID); n != 1 {
			t.Error("it is not in the journal")
		}
		if n := queued(t, w, booking.TellFamily); n != 1 {
			t.Errorf("the family is told %d times", n)
		}
		r.Changes = add(lunch, "REPAS", "2026-12-15")
		again, err := override(t, w, w.Instructor, r)
		if err != nil || len(again.Decisions) != 4 {
			t.Errorf("a second click gives another answer: %q, %v", results(again), err)
		}
	})
}

func TestAnOverrideIsRefusedWithoutReasonOrRight(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch, afternoon := w.Enrolment["antoine/CANTINE"], w.Enrolment["antoine/MERCREDI"]
		var school staff.Agent
		w.Write(func(tx *db.Tx) error { school = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"); return nil })
		for name, c := range map[string]struct {
			who  staff.Agent
			r    booking.OverrideRequest
			want fault.Kind
		}{
			"no reason":              {w.Instructor, booking.OverrideRequest{EnrolmentID: lunch, Changes: add(lunch, "REPAS", "2026-12-03"), Reason: " "}, fault.Invalid},
			"another site":           {school, booking.OverrideRequest{EnrolmentID: afternoon, Changes: add(afternoon, "APREM", "2026-12-09"), Reason: "x"}, fault.Forbidden},
			"another site, hidden":   {school, booking.OverrideRequest{EnrolmentID: lunch, Changes: add(afternoon, "APREM", "2026-12-09"), Reason: "x"}, fault.Forbidden},
			"an unknown enrolment":   {w.Instructor, booking.OverrideRequest{EnrolmentID: "nope", Reason: "x"}, fault.NotFound},
			"an agent who may not":   {staff.Agent{ID: "a", Role: staff.Animation}, booking.OverrideRequest{EnrolmentID: lunch, Changes: add(lunch, "REPAS", "2026-12-03"), Reason: "x"}, fault.Forbidden},
			"a suspended instructor": {staff.Agent{ID: "a", Role: staff.Instruction, SuspendedAt: w.At("2026-11-01T08:00")}, booking.OverrideRequest{EnrolmentID: lunch, Reason: "x"}, fault.Forbidden},
		} {
			c.r.SubmissionID = name
			if _, err := override(t, w, c.who, c.r); !fault.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if n := count(t, w, `SELECT count(*) FROM bookings`); n != 0 {
			t.Errorf("%d bookings were written", n)
		}
	})
}

func TestAnOverrideRespectsTheOtherHome(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["leo/CANTINE"]
		both := add(lunch, "REPAS", "2026-12-11", "2026-12-14") // Claire's Friday, Karim's Monday
		o, err := override(t, w, w.Instructor, booking.OverrideRequest{SubmissionID: "c", EnrolmentID: lunch, HouseholdID: w.Claire.HouseholdID, Changes: both, Reason: "x"})
		same(t, results(o), "2026-12-11 booked", "2026-12-14 refused other_home")
		if err != nil {
			t.Error(err)
		}
		o, err = override(t, w, w.Instructor, booking.OverrideRequest{SubmissionID: "k", EnrolmentID: lunch, HouseholdID: w.Karim.HouseholdID,
			Changes: append(remove(lunch, "REPAS", "2026-12-11"), add(lunch, "REPAS", "2026-12-14")...), Reason: "x"})
		same(t, results(o), "2026-12-11 refused other_home", "2026-12-14 booked")
		if err != nil || o.Decisions[1].Cents != 210 {
			t.Errorf("at Karim's quotient: %v, %v", o.Decisions[1].Cents, err)
		}
		_, err = override(t, w, w.Instructor, booking.OverrideRequest{SubmissionID: "2", EnrolmentID: lunch, Changes: add(lunch, "REPAS", "2026-12-08", "2026-12-15"), Reason: "x"})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("days of two homes at once: %v", err)
		}
	})
}

func TestAnAgentGivesAPlaceThatIsWaitedFor(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		who, enrolment := another(t, w, "ferrand", "CANTINE")
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 1); return nil })
		submit(t, w, who, "1", add(enrolment, "REPAS", "2026-12-14", "2026-12-15")...)
		o := submit(t, w, w.Claire, "2", add(lunch, "REPAS", "2026-12-14", "2026-12-15")...)
		same(t, results(o), "2026-12-14 waiting", "2026-12-15 waiting")
		waiting := o.Decisions[0].BookingID
		o, err := override(t, w, w.Instructor, booking.OverrideRequest{SubmissionID: "3", EnrolmentID: lunch, Changes: add(lunch, "REPAS", "2026-12-14"), Reason: "fratrie"})
		same(t, results(o), "2026-12-14 booked")
		if err != nil || o.Decisions[0].BookingID != waiting || !o.Decisions[0].Over {
			t.Errorf("%+v, %v", o.Decisions[0], err)
		}
		if n := count(t, w, `SELECT booked FROM seats WHERE day = '2026-12-14' AND places = 2`); n != 2 {
			t.Errorf("%d booked", n)
		}
		o, err = override(t, w, w.Instructor, booking.OverrideRequest{SubmissionID: "4", EnrolmentID: enrolment, Changes: remove(enrolment, "REPAS", "2026-12-15"), Reason: "erreur"})
		same(t, results(o), "2026-12-15 cancelled")
		if err != nil {
			t.Error(err)
		}
		if n := count(t, w, `SELECT count(*) FROM bookings WHERE child_id = $1 AND state = 'booked'`, w.Antoine.ID); n != 2 {
			t.Errorf("the freed place did not go to who waited: %d", n)
		}
	})
}

func TestAWishKeepsItsRankWhenAnOverrideCannotGiveIt(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		w.Write(func(tx *db.Tx) error {
			w.SetPlaces(tx, "MERCREDI", "LOISIRS", "APREM", 0)
			return nil
		})
		afternoon := w.Enrolment["antoine/MERCREDI"]
		o := submit(t, w, w.Claire, "1", add(afternoon, "APREM", "2026-12-09")...)
		same(t, results(o), "2026-12-09 waiting")
		closeDays(t, w, activity.Closure{SiteID: w.Site["LOISIRS"], From: civil.MustParse("2026-12-09"), To: civil.MustParse("2026-12-09"), Reason: "Travaux"})
		o, err := override(t, w, w.Instructor, booking.OverrideRequest{SubmissionID: "2", EnrolmentID: afternoon, Changes: add(afternoon, "APREM", "2026-12-09"), Reason: "x"})
		same(t, results(o), "2026-12-09 refused closed")
		if err != nil || o.Written {
			t.Errorf("%v, written %v", err, o.Written)
		}
		if n := count(t, w, `SELECT count(*) FROM bookings WHERE state = 'waiting'`); n != 1 {
			t.Error("the wish was lost")
		}
	})
}
