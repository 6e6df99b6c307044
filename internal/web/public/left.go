package public

import (
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/web/ui"
)

const (
	leftAhead = 45 // days in which places are counted
	leftShown = 5  // days shown at each site
)

// groupNames says whom the limit of an age group counts.
var groupNames = map[string]string{"maternelle": " (maternelle)", "elementaire": " (élémentaire)"}

// placesLeft lays out the places left on the next days that can still be booked, site by site.
func placesLeft(c *activity.Catalogue, a *activity.Activity, seats []booking.Seat, now civil.Instant, loc *time.Location) []siteLeft {
	var out []siteLeft
	for _, siteID := range a.SiteIDs {
		site, ok := c.Site(siteID)
		if !ok || site.Archived {
			continue
		}
		t := newLeftTable(site.Name)
		for _, s := range seats {
			if s.Key.SiteID == siteID && bookable(c, a, s.Key, now, loc) {
				t.add(a, s)
			}
		}
		if len(t.Rows) > 0 {
			out = append(out, t.siteLeft)
		}
	}
	return out
}

// bookable says whether the day of a counter may be booked now.
func bookable(c *activity.Catalogue, a *activity.Activity, key booking.SeatKey, now civil.Instant, loc *time.Location) bool {
	option, ok := a.OptionByID(key.OptionID)
	if !ok {
		return false
	}
	terms := c.Terms(a, option, key.Day, c.Service(a, key.SiteID, key.Day).Block, false, loc)
	return !terms.Opens.After(now) && !terms.AddUntil.IsZero() && !terms.AddUntil.Before(now.Second())
}

// leftTable is a table being filled, in the order of days.
type leftTable struct {
	siteLeft
	column map[string]int
	last   civil.Date
}

func newLeftTable(site string) *leftTable {
	return &leftTable{siteLeft: siteLeft{Site: site}, column: map[string]int{}}
}

func (t *leftTable) add(a *activity.Activity, s booking.Seat) {
	if s.Key.Day != t.last {
		if len(t.Rows) == leftShown {
			return
		}
		t.last = s.Key.Day
		t.Rows = append(t.Rows, leftRow{Day: s.Key.Day.Long()})
	}
	name := s.Key.OptionID + s.Key.Group
	at, ok := t.column[name]
	if !ok {
		option, _ := a.OptionByID(s.Key.OptionID)
		at = len(t.Columns)
		t.column[name] = at
		t.Columns = append(t.Columns, option.Name+groupNames[s.Key.Group])
	}
	row := &t.Rows[len(t.Rows)-1]
	for len(row.Cells) <= at {
		row.Cells = append(row.Cells, "")
	}
	row.Cells[at] = leftWords(s)
}

// leftWords says how many places are left: "12 places sur 40", "complet".
func leftWords(s booking.Seat) string {
	if free := s.Free(); free > 0 {
		return ui.Count(int(free), "place", "places") + " sur " + ui.Number(int(*s.Places))
	}
	return "complet"
}
