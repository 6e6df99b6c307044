package booking_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
)

// A change refused as too late stays refused at every later instant.
func TestTooLateIsForEver(t *testing.T) {
	rules := []string{"24h", "36h", "48h", "7d", "7d@12:00", "2w", "2wd@12:00", "2sd@12:00", "week-1:thu@12:00", "table(mon=-1:fri@09:00,thu=0:tue@09:00)", "block-15cd@23:59", "block-3d"}
	rapid.Check(t, func(r *rapid.T) {
		c := rulesCase{rule: rapid.SampledFrom(rules).Draw(r, "rule"), starts: rapid.SampledFrom([]string{"07:30", "11:45", "16:30"}).Draw(r, "starts"), remove: rapid.Bool().Draw(r, "remove"),
			day: civil.MustParse("2026-09-01").AddDays(rapid.IntRange(0, 300).Draw(r, "day")).String()}
		grace, runsOn := int64(rapid.IntRange(0, 30).Draw(r, "grace")), rapid.SampledFrom([]string{"school", "holiday"}).Draw(r, "runs on")
		c.activity = func(a *activity.Activity) { a.GraceMinutes, a.RunsOn = grace, runsOn }
		f := c.facts(t)
		f.Service.Why = activity.Open
		until := f.Terms.AddUntil
		if until.IsZero() {
			until = f.Terms.Starts
		}
		at := func(label string, from civil.Instant, low, high int) civil.Instant {
			return from.Add(time.Duration(rapid.IntRange(low, high).Draw(r, label)) * time.Millisecond)
		}
		if rapid.Bool().Draw(r, "opened") {
			f.Opened = at("opened at", until, -3_600_000, 3_600_000)
		}
		if c.remove {
			f.Live = mine(rapid.SampledFrom([]booking.State{booking.StateBooked, booking.StatePending, booking.StateWaiting, booking.StateOffered}).Draw(r, "state"))
		}
		decide := func(now civil.Instant) booking.Verdict {
			if c.remove {
				return booking.DecideRemove(f, now, booking.Override{})
			}
			return booking.DecideAdd(f, now, booking.Override{})
		}
		now := at("now", until, -3_600_000, 90*24*3_600_000)
		first := decide(now)
		if first.Refusal.Reason != booking.TooLate {
			return
		}
		later := at("later", now, 0, 90*24*3_600_000)
		if second := decide(later); second != first {
			r.Fatalf("refused at %s, and at %s answered %+v", now, later, second)
		}
	})
}

// The instants a rule gives are those of its language, whatever the option: what is booked at the last second is cancelled then.
func TestBookingAndCancellingShareTheLastSecond(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := rulesCase{rule: rapid.SampledFrom([]string{"24h", "36h", "7d", "2wd@12:00", "week-1:thu@12:00"}).Draw(r, "rule"), day: civil.MustParse("2026-09-15").AddDays(rapid.IntRange(0, 280).Draw(r, "day")).String()}
		f := c.facts(t)
		if f.Service.Why != activity.Open {
			return
		}
		until, err := calendar.MustRule(c.rule).Deadline(calendar.Service{Day: f.Day, Start: f.Option.Starts, Block: f.Service.Block}, zoneC.Context(paris))
		if err != nil {
			r.Fatal(err)
		}
		for _, at := range []struct {
			now civil.Instant
			add booking.Result
		}{{until, booking.Booked}, {until.Add(999 * time.Millisecond), booking.Booked}, {until.Add(time.Second), booking.Refused}} {
			if v := booking.DecideAdd(f, at.now, booking.Override{}); v.Result != at.add {
				r.Fatalf("at %s: %+v", at.now, v)
			}
			booked := f
			booked.Live = mine(booking.StateBooked)
			if v := booking.DecideRemove(booked, at.now, booking.Override{}); (v.Result == booking.Cancelled) != (at.add == booking.Booked) {
				r.Fatalf("at %s: %+v", at.now, v)
			}
		}
	})
}
