package booking_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
)

// places sets the counters: pairs of places and what is taken, everyone's first, then the age group's.
func places(pairs ...int64) func(*booking.Facts) {
	return func(f *booking.Facts) {
		for i := 0; i < len(pairs); i += 2 {
			f.Seats = append(f.Seats, booking.Seat{Places: &pairs[i], Booked: pairs[i+1]})
		}
	}
}

func live(l *booking.Line) func(*booking.Facts) { return func(f *booking.Facts) { f.Live = l } }

func both(changes ...func(*booking.Facts)) func(*booking.Facts) {
	return func(f *booking.Facts) {
		for _, c := range changes {
			c(f)
		}
	}
}

func theirs(f *booking.Facts)           { f.Live = mine(booking.StateBooked); f.Live.Ours = false }
func queues(a *activity.Activity)       { a.Waiting = activity.AutoWaiting }
func aRightOf(a *activity.Activity)     { a.IsRight = true }
func isInstructed(a *activity.Activity) { a.Instruction = true }

func TestPlaces(t *testing.T) {
	run(t, []rulesCase{
		{says: "the last place is given", change: places(30, 29), want: "booked"},
		{says: "a full day refuses", change: places(30, 30), want: "refused full"},
		{says: "a day beyond its places refuses", change: places(30, 31), want: "refused full"},
		{says: "no place at all refuses", change: places(0, 0), want: "refused full"},
		{says: "a full day with a waiting list: the family joins it", change: places(30, 30), activity: queues, want: "waiting"},
		{says: "places for everyone, none for the age group: full", change: places(30, 10, 5, 5), want: "refused full"},
		{says: "places for the age group, none for everyone: full", change: places(30, 30, 5, 2), want: "refused full"},
		{says: "places for both: booked", change: places(30, 29, 5, 4), want: "booked"},
		{says: "a right never refuses: when full, an agent decides", change: places(30, 30), activity: aRightOf, want: "pending"},
		{says: "a right with places left is booked", change: places(30, 29), activity: aRightOf, want: "booked"},
		{says: "an activity that is instructed waits for an agent", activity: isInstructed, want: "pending"},
		{says: "an activity that is instructed, when full: refused", activity: isInstructed, change: places(1, 1), want: "refused full"},
		{says: "too late wins over the waiting list", change: places(30, 30), activity: queues, at: "2026-12-01T00:00:00", want: "refused too_late"},
		{says: "an agent books beyond the places, and it is said", change: places(30, 30), override: booking.Override{Capacity: true}, want: "booked over"},
		{says: "an agent books late and beyond the places, and both are said", change: places(30, 30), at: "2026-12-05T10:00:00",
			override: booking.Override{Deadline: true, Capacity: true, Eligible: true}, want: "booked late over"},
		{says: "an agent books late without being allowed more places: full", change: places(30, 30), at: "2026-12-05T10:00:00", override: booking.Override{Deadline: true}, want: "refused full"},
		{says: "an agent does not wait for an agent", activity: isInstructed, override: booking.Override{Deadline: true, Capacity: true, Eligible: true}, want: "booked"},
		{says: "an agent gives the place a family waits for", change: both(places(30, 30), live(mine(booking.StateWaiting))), activity: queues, override: booking.Override{Capacity: true}, want: "booked over"},
		{says: "an agent confirms a place that is offered: it is counted already", change: both(places(30, 30), live(mine(booking.StateOffered))), activity: queues, override: booking.Override{Capacity: true}, want: "booked"},
	})
}

func TestWhatIsThereAlready(t *testing.T) {
	other := mine(booking.StateBooked)
	other.OptionID, other.OptionName = "p", "Panier"
	run(t, []rulesCase{
		{says: "booked already: nothing changes", change: live(mine(booking.StateBooked)), want: "unchanged"},
		{says: "booked already, after the deadline: nothing changes", change: live(mine(booking.StateBooked)), at: "2026-12-05T10:00:00", want: "unchanged"},
		{says: "on the waiting list already: nothing changes", change: both(places(1, 1), live(mine(booking.StateWaiting))), activity: queues, want: "unchanged"},
		{says: "the options of an activity exclude each other on a day", change: live(other), want: "refused other_option"},
		{says: "hours that overlap another activity are refused with its name", change: func(f *booking.Facts) { f.Overlap = "Étude surveillée" }, want: "refused overlapping"},
		{says: "an agent cannot book hours that overlap either", change: func(f *booking.Facts) { f.Overlap = "Étude surveillée" }, override: booking.Override{Deadline: true, Capacity: true, Eligible: true}, want: "refused overlapping"},
		{says: "what the other household booked is neither told nor taken over", change: theirs, want: "refused other_home"},
		{says: "hours taken by the other household are not named", change: func(f *booking.Facts) { f.Taken = true }, want: "refused other_home"},
		{says: "removing what is not booked: nothing changes", remove: true, change: live(other), want: "unchanged"},
		{says: "removing what the other household booked is refused", remove: true, change: theirs, want: "refused other_home"},
		{says: "a wish on the waiting list is withdrawn after the deadline too", remove: true, change: live(mine(booking.StateWaiting)), at: "2026-12-06T10:00:00", want: "cancelled"},
		{says: "a wish that awaits an agent is withdrawn until the service starts", remove: true, change: live(mine(booking.StatePending)), at: "2026-12-07T11:45:00", want: "cancelled"},
		{says: "a wish is not withdrawn once the service has started", remove: true, change: live(mine(booking.StatePending)), at: "2026-12-07T11:45:01", want: "refused too_late", until: "2026-12-07T11:45:00"},
		{says: "an offered place is declined until the service starts", remove: true, change: live(mine(booking.StateOffered)), at: "2026-12-06T10:00:00", want: "cancelled"},
		{says: "an agent cancels after the deadline, and it is said", remove: true, at: "2026-12-05T10:00:00", override: booking.Override{Deadline: true}, want: "cancelled late"},
		{says: "on a closed day the closure cancels, nobody else", remove: true, change: closedFor("Grève"), want: "refused closed"},
	})
}

func closedFor(reason string) func(*booking.Facts) {
	return func(f *booking.Facts) {
		f.Live = mine(booking.StateBooked)
		f.Service = activity.ServiceDay{Why: activity.Closed, Name: reason}
	}
}

func TestDaysWithoutService(t *testing.T) {
	lunch := func(a *activity.Activity) { a.Weekdays = "1245" }
	home := func(h booking.Home) func(*booking.Facts) { return func(f *booking.Facts) { f.Home = h } }
	agent := booking.Override{Deadline: true, Capacity: true, Eligible: true}
	run(t, []rulesCase{
		{says: "no lunch on Wednesdays", day: "2026-12-09", activity: lunch, want: "refused no_service"},
		{says: "no lunch on Saturdays", day: "2026-12-12", activity: lunch, want: "refused no_service"},
		{says: "no lunch in the Christmas holidays", day: "2026-12-21", activity: lunch, want: "refused in_holidays"},
		{says: "no lunch on Easter Monday", day: "2027-03-29", activity: lunch, want: "refused public_holiday"},
		{says: "Christmas day is a public holiday, also in the holidays", day: "2026-12-25", activity: lunch, want: "refused public_holiday"},
		{says: "no holiday centre on a day of class", day: "2026-12-08", activity: inHolidays, want: "refused not_in_holidays"},
		{says: "no holiday centre on a public holiday", day: "2026-12-25", activity: inHolidays, want: "refused public_holiday"},
		{says: "the town is closed that day, and says why", change: func(f *booking.Facts) { f.Service = activity.ServiceDay{Why: activity.Closed, Name: "Grève"} }, want: "refused closed"},
		{says: "after the last published calendar nothing is booked", day: "2027-09-06", change: func(f *booking.Facts) { f.Period.To = civil.MustParse("2028-07-01") }, want: "refused calendar_unknown"},
		{says: "the week of 19 December 2016 of the leaflet is empty", day: "2016-12-19", activity: lunch, at: "2016-11-20T10:00:00",
			change: func(f *booking.Facts) { f.Period.From = civil.MustParse("2016-09-01") }, want: "refused in_holidays"},
		{says: "the Friday before it is booked", day: "2016-12-16", activity: lunch, at: "2016-11-20T10:00:00", change: func(f *booking.Facts) { f.Period.From = civil.MustParse("2016-09-01") }, want: "booked"},
		{says: "the day before the enrolment begins", change: func(f *booking.Facts) { f.Period.From = civil.MustParse("2026-12-08") }, want: "refused out_of_period"},
		{says: "the first day of the enrolment", change: func(f *booking.Facts) { f.Period.From = f.Day }, want: "booked"},
		{says: "the last day of the enrolment", change: func(f *booking.Facts) { f.Period.To = f.Day }, want: "booked"},
		{says: "the day after the enrolment ends", change: func(f *booking.Facts) { f.Period.To = civil.MustParse("2026-12-06") }, want: "refused out_of_period"},
		{says: "an activity that is no longer offered", activity: func(a *activity.Activity) { a.Archived = true }, want: "refused unknown_option"},
		{says: "a day of the other household", change: home(booking.Theirs), want: "refused other_home"},
		{says: "a day both households claim: nobody books it", change: home(booking.Disputed), want: "refused contested"},
		{says: "a day nobody holds", change: home(booking.Home("")), want: "refused other_home"},
		{says: "an agent does not book a day without service", day: "2026-12-21", activity: lunch, override: agent, want: "refused in_holidays"},
		{says: "an agent does not book a closed day", change: func(f *booking.Facts) { f.Service = activity.ServiceDay{Why: activity.Closed, Name: "Grève"} }, override: agent, want: "refused closed"},
		{says: "an agent does not book a day both households claim", change: home(booking.Disputed), override: agent, want: "refused contested"},
		{says: "an agent does not book outside the enrolment", change: func(f *booking.Facts) { f.Period.To = civil.MustParse("2026-12-06") }, override: agent, want: "refused out_of_period"},
	})
}

func months(n int64) *int64 { return &n }

func TestEligibility(t *testing.T) {
	age := func(born string) func(*booking.Facts) {
		return func(f *booking.Facts) { f.Profile.BornOn = civil.MustParse(born) }
	}
	level := func(l string) func(*booking.Facts) { return func(f *booking.Facts) { f.Profile.Level = l } }
	threeToSix := func(a *activity.Activity) { a.MinAge, a.MaxAge = months(36), months(71) }
	juniors := func(a *activity.Activity) { a.Levels = []string{"CP", "CE1", "CE2"} }
	hold := func(f *booking.Facts) {
		f.HoldSince, f.HoldWhy = instant(t, "2026-11-02T09:00:00"), "Impayés"
	}
	run(t, []rulesCase{
		{says: "from 3 years: a child who is 3 on the day of service", activity: threeToSix, change: age("2023-12-07"), want: "booked"},
		{says: "from 3 years: a child who is 3 the day after the service", activity: threeToSix, change: age("2023-12-08"), want: "refused too_young"},
		{says: "until 6 years: the last day of a fifth year", activity: threeToSix, change: age("2020-12-08"), want: "booked"},
		{says: "until 6 years: a child who is 6 on the day of service", activity: threeToSix, change: age("2020-12-07"), want: "refused too_old"},
		{says: "a child born on 29 February is 3 on 1 March of a common year", day: "2027-03-01", activity: threeToSix, change: age("2024-02-29"), want: "booked"},
		{says: "a child born on 29 February is not yet 3 on 26 February", day: "2027-02-26", activity: threeToSix, change: age("2024-02-29"), want: "refused too_young"},
		{says: "for some classes: one of them", activity: juniors, want: "booked"},
		{says: "for some classes: another class", activity: juniors, change: level("CM1"), want: "refused wrong_level"},
		{says: "for some classes: a child whose class is not known", activity: juniors, change: level(""), want: "refused wrong_level"},
		{says: "for residents: a family of the town", activity: forResidents, want: "booked"},
		{says: "for residents: a family from elsewhere", activity: forResidents, change: fromElsewhere, want: "refused not_resident"},
		{says: "for everyone: a family from elsewhere", change: fromElsewhere, want: "booked"},
		{says: "a household whose bookings are blocked is told since when and why", change: hold, want: "refused on_hold", until: "2026-11-02T09:00:00"},
		{says: "a household whose bookings are blocked still cancels in time", change: hold, remove: true, want: "cancelled"},
		{says: "an agent may book for a child who is not eligible", activity: juniors, change: level("CM1"), override: booking.Override{Eligible: true}, want: "booked"},
		{says: "an agent may book for a household that is blocked", change: hold, override: booking.Override{Eligible: true}, want: "booked"},
		{says: "why comes before when: not eligible and too late", activity: juniors, change: level("CM1"), at: "2026-12-05T10:00:00", want: "refused wrong_level"},
	})
}

func forResidents(a *activity.Activity) { a.ResidentsOnly = true }
func fromElsewhere(f *booking.Facts)    { f.Profile.Resident = false }

// What happens to the first of the waiting list when a place frees.
func TestPromotion(t *testing.T) {
	offers := func(a *activity.Activity) { a.Waiting = activity.OfferWaiting }
	auto := func(rule string) func(*activity.Activity) {
		return func(a *activity.Activity) {
			a.Waiting, a.Add, a.Cancel = activity.AutoWaiting, calendar.MustRule(rule), calendar.MustRule(rule)
		}
	}
	later := func(a *activity.Activity) { auto("7d")(a); a.Add = calendar.MustRule("24h") }
	for _, c := range []struct {
		says     string
		activity func(*activity.Activity)
		at       string
		want     booking.Result
		until    string
	}{
		{"booked at once while the family could still cancel for 24 hours", auto("7d"), "2026-11-29T23:59:59", booking.Booked, ""},
		{"a second later the place is only offered, until the deadline for adding", auto("7d"), "2026-11-30T00:00:00", booking.Waiting, "2026-11-30T23:59:59"},
		{"at the last second it is still offered", auto("7d"), "2026-11-30T23:59:59", booking.Waiting, "2026-11-30T23:59:59"},
		{"after the deadline for adding, never", auto("7d"), "2026-12-01T00:00:00", booking.Refused, ""},
		{"with more time to book than to cancel, an offer lasts its 48 hours", later, "2026-12-01T10:00:00", booking.Waiting, "2026-12-03T10:00:00"},
		{"an activity that only offers: for 48 hours", offers, "2026-11-20T10:00:00", booking.Waiting, "2026-11-22T10:00:00"},
		{"an activity that only offers: never beyond the deadline for adding", offers, "2026-11-29T10:00:00", booking.Waiting, "2026-11-30T23:59:59"},
		{"an activity without waiting list", nil, "2026-11-20T10:00:00", booking.Refused, ""},
		{"a day the rule gives no deadline for", auto("table(thu=0:tue@09:00)"), "2026-11-20T10:00:00", booking.Refused, ""},
		{"the margin is the activity's: 48 hours", func(a *activity.Activity) { auto("7d")(a); a.MarginHours = 48 }, "2026-11-29T00:00:00", booking.Waiting, "2026-11-30T23:59:59"},
		{"no margin: booked to the last second", func(a *activity.Activity) { auto("7d")(a); a.MarginHours = 0 }, "2026-11-30T23:59:59", booking.Booked, ""},
		{"an offer over the night the clocks go back lasts 48 elapsed hours", offers, "2026-10-24T10:00:00", booking.Waiting, "2026-10-26T09:00:00"},
	} {
		t.Run(c.says, func(t *testing.T) {
			f := rulesCase{activity: c.activity}.facts(t)
			got, until := booking.Promotion(f, instant(t, c.at))
			var want civil.Instant
			if c.until != "" {
				want = instant(t, c.until)
			}
			if got != c.want || until != want {
				t.Errorf("answered %s until %s, want %s until %s", got, until, c.want, want)
			}
		})
	}
}

// A refusal carries what the sentence needs: the reason of the closure, the name of the holidays, the places, the ages.
func TestRefusalsCarryTheirFigures(t *testing.T) {
	for _, c := range []struct {
		says string
		rulesCase
		want booking.Refusal
	}{
		{"the places of a full day", rulesCase{change: places(30, 30)}, booking.Refusal{Reason: booking.Full, Limit: 30}},
		{"the reason of a closure", rulesCase{change: closedFor("Grève"), remove: true}, booking.Refusal{Reason: booking.OnClosure, Name: "Grève"}},
		{"the name of a public holiday", rulesCase{day: "2027-05-06"}, booking.Refusal{Reason: booking.OnPublicHoliday, Name: "Ascension"}},
		{"the youngest age, in months", rulesCase{activity: func(a *activity.Activity) { a.MinAge = months(120) }}, booking.Refusal{Reason: booking.TooYoung, Limit: 120}},
		{"the classes accepted", rulesCase{activity: func(a *activity.Activity) { a.Levels = []string{"CP", "CE1"} }}, booking.Refusal{Reason: booking.WrongLevel, Name: "CP, CE1"}},
		{"the period of the enrolment", rulesCase{day: "2027-07-03"}, booking.Refusal{Reason: booking.OutOfPeriod, From: civil.MustParse("2026-09-01"), To: civil.MustParse("2027-07-02")}},
		{"no instant where the rule gives none", rulesCase{rule: "table(thu=0:tue@09:00)"}, booking.Refusal{Reason: booking.TooLate}},
	} {
		t.Run(c.says, func(t *testing.T) {
			if got := c.decide(t).Refusal; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
