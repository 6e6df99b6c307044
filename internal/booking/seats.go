package booking

import (
	"context"
	"database/sql"
	"iter"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// seatBook is the counters a transaction works on. There is one writer a town, so what was read at the start of the transaction
// holds until its end: changes are made here and written once.
type seatBook struct {
	catalogue *activity.Catalogue
	days      map[civil.Date][]*Seat // few a day: found by looking at each
	spans     []seatSpan
}

type seatSpan struct {
	activity, site string
	span           civil.Range
}

func newSeatBook(c *activity.Catalogue) *seatBook {
	return &seatBook{catalogue: c, days: map[civil.Date][]*Seat{}}
}

// load reads the counters of an activity at a site over a span of days, unless they were.
func (s *seatBook) load(ctx context.Context, tx *db.Tx, activityID, siteID string, span civil.Range) error {
	for _, known := range s.spans {
		if known.activity == activityID && known.site == siteID && known.span.Contains(span.From) && known.span.Contains(span.To) {
			return nil
		}
	}
	s.spans = append(s.spans, seatSpan{activityID, siteID, span})
	seats, err := db.All(ctx, tx, `SELECT option_id, day, age_group, wanted, places, booked FROM seats
		WHERE activity_id = $1 AND site_id = $2 AND day >= $3 AND day <= $4`, func(r db.Scanner) (*Seat, error) {
		seat := &Seat{Key: SeatKey{ActivityID: activityID, SiteID: siteID}, stored: true}
		var wanted, places sql.NullInt64
		err := r.Scan(&seat.Key.OptionID, &seat.Key.Day, &seat.Key.Group, &wanted, &places, &seat.Booked)
		if wanted.Valid {
			seat.Wanted = &wanted.Int64
		}
		if places.Valid {
			seat.Places = &places.Int64
		}
		return seat, err
	}, activityID, siteID, span.From, span.To)
	for _, seat := range seats {
		if known := s.known(&seat.Key); known == nil {
			s.days[seat.Key.Day] = append(s.days[seat.Key.Day], seat)
		} else if !known.dirty {
			*known = *seat
		}
	}
	return err
}

// known finds a counter that is in the book; nil when it is not.
func (s *seatBook) known(key *SeatKey) *Seat {
	for _, row := range s.days[key.Day] {
		if row.Key == *key {
			return row
		}
	}
	return nil
}

// seat finds a counter; one that has no row yet starts from the setting.
func (s *seatBook) seat(key SeatKey) *Seat {
	if row := s.known(&key); row != nil {
		return row
	}
	places := s.catalogue.Places(key.ActivityID, key.SiteID, key.OptionID, key.Group, key.Day)
	row := &Seat{Key: key, Wanted: places, Places: places}
	s.days[key.Day] = append(s.days[key.Day], row)
	return row
}

// guarded tells whether an age group has a counter of its own that day.
func (s *seatBook) guarded(key SeatKey) bool {
	row := s.known(&key)
	return row != nil && row.stored || s.catalogue.Places(key.ActivityID, key.SiteID, key.OptionID, key.Group, key.Day) != nil
}

// keys are the counters a booking is counted in.
func (s *seatBook) keys(l *Line) []SeatKey {
	everyone := SeatKey{l.ActivityID, l.SiteID, l.OptionID, l.Day, ""}
	keys := []SeatKey{everyone}
	if l.AgeGroup != "" {
		group := everyone
		group.Group = l.AgeGroup
		if s.guarded(group) {
			keys = append(keys, group)
		}
	}
	return keys
}

// take counts a booking in, raising the places where there are none left: deciding whether it may is not its business.
func (s *seatBook) take(l *Line) {
	for _, key := range s.keys(l) {
		row := s.seat(key)
		row.Booked++
		row.fit()
		row.dirty = true
	}
}

// release counts a booking out.
func (s *seatBook) release(l *Line) {
	for _, key := range s.keys(l) {
		row := s.seat(key)
		row.Booked--
		row.fit()
		row.dirty = true
	}
}

// fit keeps the stored limit at what the town set, or at what is booked where that is more: it falls as places free.
func (s *Seat) fit() {
	if s.Wanted == nil {
		s.Places = nil
		return
	}
	limit := max(*s.Wanted, s.Booked)
	s.Places = &limit
}

// flush writes the counters that changed, set-wise. The CHECKs of the table refuse what no rule should have let through.
func (s *seatBook) flush(ctx context.Context, tx *db.Tx) error {
	changed := newRows(8)
	for row := range s.all() {
		if key := &row.Key; row.dirty {
			changed.add(key.ActivityID, key.SiteID, key.OptionID, key.Day, key.Group, row.Wanted, row.Places, row.Booked)
			row.stored, row.dirty = true, false
		}
	}
	if changed.n == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO seats (activity_id, site_id, option_id, day, age_group, wanted, places, booked) VALUES `+changed.String()+`
		ON CONFLICT (activity_id, site_id, day, option_id, age_group) DO UPDATE SET wanted = excluded.wanted, places = excluded.places, booked = excluded.booked`, changed.args...)
	return err
}

// all goes through the counters of the book, in no order.
func (s *seatBook) all() iter.Seq[*Seat] {
	return func(yield func(*Seat) bool) {
		for _, rows := range s.days {
			for _, row := range rows {
				if !yield(row) {
					return
				}
			}
		}
	}
}

// ApplyCapacity has the counters of days to come follow a capacity that was just set: the limit becomes what the town wants, or
// what is booked where that is more. An age group that is guarded for the first time is counted from its bookings. Places opened go to those who wait, by a job.
func ApplyCapacity(ctx context.Context, tx *db.Tx, k activity.Capacity) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	span := civil.Range{From: k.From, To: k.From}
	if !k.OnlyDay {
		span.To = civil.New(9999, 12, 31)
	}
	book := newSeatBook(c)
	if err := book.load(ctx, tx, k.ActivityID, k.SiteID, span); err != nil {
		return err
	}
	counts, err := countBookings(ctx, tx, k, span)
	if err != nil {
		return err
	}
	for day, n := range counts {
		book.seat(SeatKey{k.ActivityID, k.SiteID, k.OptionID, day, k.AgeGroup}).Booked = n
	}
	for row := range book.all() {
		if key := &row.Key; key.OptionID == k.OptionID && key.Group == k.AgeGroup {
			row.Wanted = c.Places(key.ActivityID, key.SiteID, key.OptionID, key.Group, key.Day)
			row.fit()
			row.dirty = true
		}
	}
	if err := book.flush(ctx, tx); err != nil {
		return err
	}
	return queueFill(ctx, tx, k)
}

// countBookings counts the bookings that take a place, by day.
func countBookings(ctx context.Context, tx *db.Tx, k activity.Capacity, span civil.Range) (map[civil.Date]int64, error) {
	type count struct {
		day civil.Date
		n   int64
	}
	counts, err := db.All(ctx, tx, `SELECT day, count(*) FROM bookings WHERE activity_id = $1 AND site_id = $2 AND option_id = $3 AND day >= $4 AND day <= $5
		AND state IN ('booked', 'offered') AND ($6 = '' OR age_group = $6) GROUP BY day`,
		func(r db.Scanner) (v count, err error) { return v, r.Scan(&v.day, &v.n) }, k.ActivityID, k.SiteID, k.OptionID, span.From, span.To, k.AgeGroup)
	out := make(map[civil.Date]int64, len(counts))
	for _, v := range counts {
		out[v.day] = v.n
	}
	return out, err
}

// Drift is a counter that differs from the bookings it counts.
type Drift struct {
	Key             SeatKey
	Booked, Counted int64
}

// Drifts compares every counter with its bookings. There must be none; it is run by tests and each night.
func Drifts(ctx context.Context, tx *db.Tx) ([]Drift, error) {
	return db.All(ctx, tx, `SELECT s.activity_id, s.site_id, s.option_id, s.day, s.age_group, s.booked, count(b.id) FROM seats s
		LEFT JOIN bookings b ON b.activity_id = s.activity_id AND b.site_id = s.site_id AND b.option_id = s.option_id AND b.day = s.day
			AND (s.age_group = '' OR b.age_group = s.age_group) AND b.state IN ('booked', 'offered')
		GROUP BY s.activity_id, s.site_id, s.option_id, s.day, s.age_group, s.booked HAVING count(b.id) <> s.booked`,
		func(r db.Scanner) (d Drift, err error) {
			return d, r.Scan(&d.Key.ActivityID, &d.Key.SiteID, &d.Key.OptionID, &d.Key.Day, &d.Key.Group, &d.Booked, &d.Counted)
		})
}
