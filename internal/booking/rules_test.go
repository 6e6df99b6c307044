package booking_test

import (
	"testing"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
)

// The rules of booking, one sentence a case. They read like the town's own page: what is asked, when, and what is answered.

// rulesCase is one wish, as the rules see it. What a case does not say is the lunch of Monday 7 December 2026, for a child of CE2 who
// lives in the town, enrolled for the school year, on a day that is the household's own, with places without limit.
type rulesCase struct {
	says     string
	rule     string // both deadlines; "7d" unless said
	day      string
	starts   string
	at       string // the town's clock, to the second
	remove   bool
	change   func(f *booking.Facts)
	activity func(a *activity.Activity)
	override booking.Override
	want     string // the answer: "booked", or "refused" and the reason
	until    string // the instant the answer names, when it names one
}

var paris = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return loc
}()

// zoneC is what the town offers, as far as the calendar goes: zone C, the official file and the year 2026-27.
var zoneC = &activity.Catalogue{Calendar: calendar.Embedded("C")}

func instant(t *testing.T, wall string) civil.Instant {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04:05", wall, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return civil.Wall(civil.New(at.Year(), at.Month(), at.Day()), civil.Clock(at.Hour(), at.Minute()), at.Second(), paris).Add(time.Duration(at.Nanosecond()))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// facts makes what the rules are asked from a case.
func (c rulesCase) facts(t *testing.T) booking.Facts {
	t.Helper()
	starts, err := civil.ParseTime(or(c.starts, "11:45"))
	if err != nil {
		t.Fatal(err)
	}
	rule := calendar.MustRule(or(c.rule, "7d"))
	a := &activity.Activity{ID: "a", Name: "Restauration scolaire", RunsOn: "school", Weekdays: "12345", Cancel: rule, Add: rule, Waiting: activity.NoWaiting,
		OfferHours: 48, MarginHours: 24, Options: []activity.Option{{ID: "o", Code: "REPAS", Name: "Repas", Starts: starts, Ends: starts + 90}, {ID: "p", Code: "PANIER", Name: "Panier", Starts: starts, Ends: starts + 90}}}
	if c.activity != nil {
		c.activity(a)
	}
	day := civil.MustParse(or(c.day, "2026-12-07"))
	f := booking.Facts{Day: day, Option: &a.Options[0], Activity: a, Home: booking.Ours, Period: civil.Range{From: civil.MustParse("2026-09-01"), To: civil.MustParse("2027-07-02")},
		Profile: booking.Profile{BornOn: civil.MustParse("2018-03-14"), Level: "CE2", Resident: true}}
	f.Service = zoneC.Service(a, "s", day)
	f.Terms = zoneC.Terms(a, f.Option, day, f.Service.Block, f.Profile.Resident, paris)
	if c.change != nil {
		c.change(&f)
	}
	return f
}

func (c rulesCase) decide(t *testing.T) booking.Verdict {
	t.Helper()
	f, now := c.facts(t), instant(t, or(c.at, "2026-11-20T10:00:00"))
	if c.remove {
		if f.Live == nil {
			f.Live = mine(booking.StateBooked)
		}
		return booking.DecideRemove(f, now, c.override)
	}
	return booking.DecideAdd(f, now, c.override)
}

// mine is a booking of the household for the option that is asked.
func mine(s booking.State) *booking.Line {
	return &booking.Line{ID: "b", OptionID: "o", OptionName: "Repas", ActivityID: "a", State: s, Ours: true}
}

func answered(v booking.Verdict) string {
	s := string(v.Result)
	if v.Refusal.Reason != booking.NoReason {
		s += " " + string(v.Refusal.Reason)
	}
	if v.Late {
		s += " late"
	}
	if v.Over {
		s += " over"
	}
	return s
}

func run(t *testing.T, cases []rulesCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.says, func(t *testing.T) {
			v := c.decide(t)
			if got := answered(v); got != c.want {
				t.Errorf("answered %q, want %q (%+v)", got, c.want, v.Refusal)
			}
			if c.until != "" && v.Refusal.At != instant(t, c.until) {
				t.Errorf("names %s, want %s", civil.FrenchInstant(v.Refusal.At, paris), c.until)
			}
		})
	}
}

func TestDeadlines(t *testing.T) {
	run(t, []rulesCase{
		{says: "7 days before: Monday's lunch can be booked until the Monday before at 23:59:59", at: "2026-11-30T23:59:59", want: "booked"},
		{says: "7 days before: at midnight it is too late, and the page says since when", at: "2026-12-01T00:00:00", want: "refused too_late", until: "2026-11-30T23:59:59"},
		{says: "7 days before: it can be cancelled as long as it can be booked", at: "2026-11-30T23:59:59", remove: true, want: "cancelled"},
		{says: "7 days before: then it can no longer be cancelled", at: "2026-12-01T00:00:00", remove: true, want: "refused too_late", until: "2026-11-30T23:59:59"},
		{says: "24 hours before the evening care of Tuesday 16:30: Monday 16:30:00 is in time", rule: "24h", day: "2026-12-08", starts: "16:30", at: "2026-12-07T16:30:00", want: "booked"},
		{says: "24 hours before the evening care of Tuesday 16:30: Monday 16:30:01 is too late", rule: "24h", day: "2026-12-08", starts: "16:30", at: "2026-12-07T16:30:01",
			want: "refused too_late", until: "2026-12-07T16:30:00"},
		{says: "48 hours before a Wednesday afternoon at 13:30: Monday 13:30:00 is in time", rule: "48h", day: "2026-12-09", starts: "13:30", at: "2026-12-07T13:30:00", want: "booked"},
		{says: "48 hours before a Wednesday afternoon at 13:30: Monday 13:30:01 is too late", rule: "48h", day: "2026-12-09", starts: "13:30", at: "2026-12-07T13:30:01", want: "refused too_late"},
		{says: "2 weeks before the first Monday of the holidays: in time until Monday 7 December 23:59:59", rule: "2w", day: "2026-12-21", activity: inHolidays, at: "2026-12-07T23:59:59", want: "booked"},
		{says: "2 weeks before the first Monday of the holidays: too late a second later", rule: "2w", day: "2026-12-21", activity: inHolidays, at: "2026-12-08T00:00:00",
			want: "refused too_late", until: "2026-12-07T23:59:59"},
		{says: "2 open days before at noon, after All Saints: Friday 30 October 12:00:00 is in time", rule: "2wd@12:00", day: "2026-11-03", at: "2026-10-30T12:00:00", want: "booked"},
		{says: "2 open days before at noon, after All Saints: a second later is too late", rule: "2wd@12:00", day: "2026-11-03", at: "2026-10-30T12:00:01", want: "refused too_late"},
		{says: "2 school days before at noon: the days of the holidays do not count", rule: "2sd@12:00", day: "2026-11-03", at: "2026-10-16T12:00:00", want: "booked"},
		{says: "2 school days before at noon: a second later is too late", rule: "2sd@12:00", day: "2026-11-03", at: "2026-10-16T12:00:01", want: "refused too_late", until: "2026-10-16T12:00:00"},
		{says: "the Thursday of the week before at noon: in time", rule: "week-1:thu@12:00", at: "2026-12-03T12:00:00", want: "booked"},
		{says: "the Thursday of the week before at noon: a second later", rule: "week-1:thu@12:00", at: "2026-12-03T12:00:01", want: "refused too_late"},
		{says: "a table by day: Monday's lunch is decided on Friday at 9", rule: "table(mon=-1:fri@09:00,thu=0:tue@09:00)", at: "2026-12-04T09:00:00", want: "booked"},
		{says: "a table by day: Monday's lunch is decided on Friday at 9, no later", rule: "table(mon=-1:fri@09:00,thu=0:tue@09:00)", at: "2026-12-04T09:00:01", want: "refused too_late"},
		{says: "a table by day that does not name the day accepts nothing", rule: "table(mon=-1:fri@09:00,thu=0:tue@09:00)", day: "2026-12-08", at: "2026-09-01T09:00:00", want: "refused too_late"},
		{says: "15 clear days before the holidays: Saturday 5 December 23:59 is in time", rule: "block-15cd@23:59", day: "2026-12-28", activity: inHolidays, at: "2026-12-05T23:59:00", want: "booked"},
		{says: "15 clear days before the holidays: a second later is too late", rule: "block-15cd@23:59", day: "2026-12-28", activity: inHolidays, at: "2026-12-05T23:59:01", want: "refused too_late"},
		{says: "a fixed date for the holidays: in time", rule: "block=2026-12-01@12:00", day: "2026-12-28", activity: inHolidays, at: "2026-12-01T12:00:00", want: "booked"},
		{says: "a fixed date for the holidays: too late", rule: "block=2026-12-01@12:00", day: "2026-12-28", activity: inHolidays, at: "2026-12-01T12:00:01", want: "refused too_late"},
		{says: "the clocks went back: 48 hours before Monday 8:00 is Saturday 8:00", rule: "48h", day: "2026-10-26", starts: "08:00", activity: inHolidays, at: "2026-10-24T08:00:00", want: "booked"},
		{says: "the clocks went back: 48 hours before Monday 8:00 ends at Saturday 8:00", rule: "48h", day: "2026-10-26", starts: "08:00", activity: inHolidays, at: "2026-10-24T08:00:01", want: "refused too_late"},
		{says: "the clocks went back: 36 hours before Monday 8:00 are elapsed hours", rule: "36h", day: "2026-10-26", starts: "08:00", activity: inHolidays, at: "2026-10-24T21:00:00", want: "booked"},
		{says: "the clocks went back: 36 hours before Monday 8:00 end at Saturday 21:00", rule: "36h", day: "2026-10-26", starts: "08:00", activity: inHolidays, at: "2026-10-24T21:00:01", want: "refused too_late"},
		{says: "a deadline is read as on a clock: 999 thousandths after the last second is still in it", at: "2026-11-30T23:59:59.999", want: "booked"},
		{says: "one deadline to book, another to cancel: it can no longer be booked", activity: twoDeadlines, at: "2026-12-01T10:00:00", want: "refused too_late"},
		{says: "one deadline to book, another to cancel: it can still be cancelled", activity: twoDeadlines, at: "2026-12-06T11:45:00", remove: true, want: "cancelled"},
	})
}

func inHolidays(a *activity.Activity) { a.RunsOn = "holiday" }

func twoDeadlines(a *activity.Activity) { a.Cancel = calendar.MustRule("24h") }

func TestOpenings(t *testing.T) {
	six := func(a *activity.Activity) {
		inHolidays(a)
		a.Opening, a.Add, a.Cancel = calendar.MustOpening("block-6w@09:00"), calendar.MustRule("2w"), calendar.MustRule("2w")
	}
	first := func(a *activity.Activity) { six(a); a.PriorityOpening = calendar.MustOpening("block-7w@09:00") }
	outside := func(f *booking.Facts) {
		f.Profile.Resident = false
		f.Terms = zoneC.Terms(f.Activity, f.Option, f.Day, f.Service.Block, false, paris)
	}
	run(t, []rulesCase{
		{says: "6 weeks before Christmas at 9: a second before 9 it is not open", day: "2026-12-21", activity: six, at: "2026-11-09T08:59:59", want: "refused not_open_yet", until: "2026-11-09T09:00:00"},
		{says: "6 weeks before Christmas at 9: at 9 it is open", day: "2026-12-21", activity: six, at: "2026-11-09T09:00:00", want: "booked"},
		{says: "6 weeks before the holidays: the last day of the holidays opens with the first", day: "2026-12-31", activity: six, at: "2026-11-09T09:00:00", want: "booked"},
		{says: "residents first: a week earlier for those who live in the town", day: "2026-12-21", activity: first, at: "2026-11-02T09:00:00", want: "booked"},
		{says: "residents first: not for the others", day: "2026-12-21", activity: first, change: outside, at: "2026-11-02T09:00:00", want: "refused not_open_yet", until: "2026-11-09T09:00:00"},
		{says: "residents first: the others from the common date on", day: "2026-12-21", activity: first, change: outside, at: "2026-11-09T09:00:00", want: "booked"},
		{says: "without a date for residents, theirs is everyone's", day: "2026-12-21", activity: six, at: "2026-11-02T09:00:00", want: "refused not_open_yet"},
		{says: "a fixed date: not before", activity: func(a *activity.Activity) { a.Opening = calendar.MustOpening("2026-11-09@09:00") }, at: "2026-11-09T08:59:59", want: "refused not_open_yet"},
		{says: "an agent may book before the opening", day: "2026-12-21", activity: six, at: "2026-11-01T09:00:00", override: booking.Override{Deadline: true}, want: "booked late"},
	})
}

func TestGraceForAFormOpenedInTime(t *testing.T) {
	opened := func(wall string) func(*booking.Facts) {
		return func(f *booking.Facts) { f.Opened = instant(t, wall) }
	}
	ten := func(a *activity.Activity) { a.GraceMinutes = 10 }
	run(t, []rulesCase{
		{says: "opened in time, sent within the grace: accepted", activity: ten, change: opened("2026-11-30T23:55:00"), at: "2026-12-01T00:04:59", want: "booked"},
		{says: "opened in time, sent at the last second of the grace: accepted", activity: ten, change: opened("2026-11-30T23:55:00"), at: "2026-12-01T00:05:00", want: "booked"},
		{says: "opened in time, sent after the grace: too late", activity: ten, change: opened("2026-11-30T23:55:00"), at: "2026-12-01T00:05:01", want: "refused too_late"},
		{says: "opened after the deadline: too late at once", activity: ten, change: opened("2026-12-01T00:00:00"), at: "2026-12-01T00:01:00", want: "refused too_late"},
		{says: "the opening is absent or was altered: no grace", activity: ten, at: "2026-12-01T00:01:00", want: "refused too_late"},
		{says: "the opening lies in the future: no grace", activity: ten, change: opened("2026-12-02T00:00:00"), at: "2026-12-01T00:01:00", want: "refused too_late"},
		{says: "an activity without grace", change: opened("2026-11-30T23:59:50"), at: "2026-12-01T00:00:00", want: "refused too_late"},
		{says: "the grace is for cancelling too", activity: ten, change: opened("2026-11-30T23:55:00"), at: "2026-12-01T00:04:59", remove: true, want: "cancelled"},
		{says: "the grace opens nothing early", change: opened("2026-11-09T08:55:00"), day: "2026-12-21", activity: func(a *activity.Activity) {
			inHolidays(a)
			a.GraceMinutes, a.Opening = 30, calendar.MustOpening("block-6w@09:00")
		}, at: "2026-11-09T08:59:59", want: "refused not_open_yet"},
	})
}
