package attendance_test

import (
	"testing"

	"preau/internal/attendance"
)

// The table of the town's rules, a line each.
func TestWhatADayComesTo(t *testing.T) {
	for _, c := range []struct {
		name string
		fact attendance.Fact
		want attendance.Outcome
	}{
		{"booked and came: the normal price", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Present}, attendance.Normal},
		{"booked and did not come, without a word: billed", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Absent}, attendance.MissedDay},
		{"booked and sick, the certificate accepted: nothing", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Absent, Excused: true}, attendance.Nothing},
		{"booked, and the service was closed: nothing", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Absent, Closed: "Grève"}, attendance.Nothing},
		{"closed before the roll-call: nothing", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Unpointed, Closed: "Grève"}, attendance.Nothing},
		{"came all the same on a day of strike: the normal price", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Present, Closed: "Grève"}, attendance.Normal},
		{"came without a booking: raised", attendance.Fact{Booked: attendance.NotBooked, Came: attendance.Present}, attendance.Unannounced},
		{"cancelled in time, and came: as without a booking", attendance.Fact{Booked: attendance.CancelledInTime, Came: attendance.Present}, attendance.Unannounced},
		{"cancelled in time, and did not come: nothing", attendance.Fact{Booked: attendance.CancelledInTime, Came: attendance.Absent}, attendance.Nothing},
		{"awaiting an agent, and came: the normal price", attendance.Fact{Booked: attendance.Pending, Came: attendance.Present}, attendance.Normal},
		{"on the waiting list, and came: the normal price", attendance.Fact{Booked: attendance.Waiting, Came: attendance.Present}, attendance.Normal},
		{"on the waiting list, and did not come: nothing", attendance.Fact{Booked: attendance.Waiting, Came: attendance.Absent}, attendance.Nothing},
		{"awaiting an agent, and nobody looked: nothing", attendance.Fact{Booked: attendance.Pending, Came: attendance.Unpointed}, attendance.Nothing},
		{"the roll-call is missing: the normal price, to be looked at", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Unpointed}, attendance.NotPointed},
		{"the roll-call is missing, a certificate covers the day: nothing", attendance.Fact{Booked: attendance.BookedDay, Came: attendance.Unpointed, Excused: true}, attendance.Nothing},
		{"added by an agent after the deadline, and came: as the tariff says", attendance.Fact{Booked: attendance.BookedDay, LateAdded: true, Came: attendance.Present}, attendance.AddedLate},
		{"added by an agent after the deadline, and did not come: billed", attendance.Fact{Booked: attendance.BookedDay, LateAdded: true, Came: attendance.Absent}, attendance.MissedDay},
	} {
		if got := c.fact.Outcome(); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
