// Package ics writes iCalendar feeds (RFC 5545) that calendar programs subscribe to.
//
// Lines end in CRLF and are folded at 75 octets, texts are escaped, and nothing depends on the clock: the same events give the same
// bytes. Events carry a stable UID; one that no longer takes place is written as cancelled, with a higher sequence.
package ics

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
)

// ContentType is what a feed is served as.
const ContentType = "text/calendar; charset=utf-8"

// Calendar is a feed.
type Calendar struct {
	Product string         // who wrote it, as "-//Préau//FR"; never empty
	Name    string         // shown by calendar programs
	Refresh time.Duration  // how often to come back, in whole minutes; 0 leaves it to the program
	Zone    *time.Location // of timed events: Europe/Paris is written with its rules, any other zone (and nil) as UTC
	Events  []Event
}

// Event is one entry: whole days, or from an instant to another.
type Event struct {
	UID         string      // stable and unique in the world; never empty
	Days        civil.Range // an event of whole days, both ends included; the zero Range for a timed event
	Start, End  civil.Instant
	Summary     string
	Description string
	Location    string
	URL         string
	Stamp       civil.Instant // when the event last changed
	Sequence    int           // grows with each change
	Cancelled   bool
	Busy        bool // whether it takes up the time of who subscribes
}

// paris is the only zone whose rules are written, as they are since 1996.
const paris = "Europe/Paris"

var parisRules = []string{
	"BEGIN:VTIMEZONE", "TZID:" + paris,
	"BEGIN:DAYLIGHT", "DTSTART:19960331T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
	"TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT",
	"BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
	"TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
	"END:VTIMEZONE",
}

// Write writes the feed. It fails, before writing anything, on an event without UID or stamp, or that ends before it starts.
func (c Calendar) Write(w io.Writer) error {
	var b lines
	b.add("BEGIN:VCALENDAR", "VERSION:2.0")
	b.text("PRODID", c.Product)
	b.add("CALSCALE:GREGORIAN", "METHOD:PUBLISH")
	if c.Name != "" {
		b.text("NAME", c.Name)
		b.text("X-WR-CALNAME", c.Name)
	}
	if every := duration(c.Refresh); every != "" {
		b.add("REFRESH-INTERVAL;VALUE=DURATION:"+every, "X-PUBLISHED-TTL:"+every)
	}
	if c.local() {
		b.add("X-WR-TIMEZONE:" + paris)
		b.add(parisRules...)
	}
	for _, e := range c.Events {
		if err := e.check(); err != nil {
			return err
		}
		c.event(&b, e)
	}
	b.add("END:VCALENDAR")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("ics: write the feed: %w", err)
	}
	return nil
}

// local tells whether times are written on the clocks of Paris.
func (c Calendar) local() bool { return c.Zone != nil && c.Zone.String() == paris }

func (e Event) allDay() bool { return e.Days != civil.Range{} }

func (e Event) check() error {
	switch {
	case e.UID == "":
		return errors.New("ics: an event has no UID")
	case e.Stamp.IsZero():
		return fmt.Errorf("ics: event %s has no stamp", e.UID)
	case e.allDay() && e.Days.Len() == 0:
		return fmt.Errorf("ics: event %s has no day", e.UID)
	case !e.allDay() && (e.Start.IsZero() || e.End.Before(e.Start)):
		return fmt.Errorf("ics: event %s ends before it starts", e.UID)
	}
	return nil
}

func (c Calendar) event(b *lines, e Event) {
	b.add("BEGIN:VEVENT")
	b.text("UID", e.UID)
	b.add("DTSTAMP:" + utc(e.Stamp))
	if e.allDay() {
		b.add("DTSTART;VALUE=DATE:"+date(e.Days.From), "DTEND;VALUE=DATE:"+date(e.Days.To.AddDays(1)))
	} else {
		b.add("DTSTART"+c.moment(e.Start), "DTEND"+c.moment(e.End))
	}
	b.text("SUMMARY", e.Summary)
	for _, p := range [...]struct{ name, value string }{{"DESCRIPTION", e.Description}, {"LOCATION", e.Location}} {
		if p.value != "" {
			b.text(p.name, p.value)
		}
	}
	if e.URL != "" {
		b.add("URL:" + oneLine(e.URL))
	}
	b.add("SEQUENCE:" + strconv.Itoa(e.Sequence))
	b.add("STATUS:" + pick(e.Cancelled, "CANCELLED", "CONFIRMED"))
	b.add("TRANSP:" + pick(e.Busy, "OPAQUE", "TRANSPARENT"))
	b.add("END:VEVENT")
}

func pick(when bool, yes, no string) string {
	if when {
		return yes
	}
	return no
}

// moment is what follows DTSTART or DTEND. A time that the clocks of the zone show twice is read as the first, so the second is
// written as UTC.
func (c Calendar) moment(i civil.Instant) string {
	if !c.local() {
		return ":" + utc(i)
	}
	local := stamp(i.Time().In(c.Zone))
	if stamp(i.Add(-time.Hour).Time().In(c.Zone)) == local {
		return ":" + utc(i)
	}
	return ";TZID=" + paris + ":" + local
}

func stamp(t time.Time) string { return t.Format("20060102T150405") }

func utc(i civil.Instant) string { return stamp(i.Time()) + "Z" }

func date(d civil.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// duration is PT12H or PT90M; empty for less than a minute.
func duration(d time.Duration) string {
	minutes := int(d / time.Minute)
	switch {
	case minutes <= 0:
		return ""
	case minutes%60 == 0:
		return "PT" + strconv.Itoa(minutes/60) + "H"
	}
	return "PT" + strconv.Itoa(minutes) + "M"
}
