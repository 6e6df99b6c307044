package booking

import (
	"context"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/job"
)

// FillPlaces is the kind of the job that gives places opened by the town to those who wait; its payload is a FillPayload.
const FillPlaces = "booking.fill-places"

// FillPayload names the option whose places were raised, from a day on or on that day only.
type FillPayload struct {
	ActivityID string     `json:"activity"`
	SiteID     string     `json:"site"`
	OptionID   string     `json:"option"`
	From       civil.Date `json:"from"`
	OnlyDay    bool       `json:"only_day"`
}

func queueFill(ctx context.Context, tx *db.Tx, k activity.Capacity) error {
	return job.Queue(ctx, tx, FillPlaces, FillPayload{k.ActivityID, k.SiteID, k.OptionID, k.From, k.OnlyDay})
}

// DaysWaiting lists the days of a payload on which somebody waits, so that each is filled in a transaction of its own.
func DaysWaiting(ctx context.Context, tx *db.Tx, p FillPayload) ([]civil.Date, error) {
	to := p.From
	if !p.OnlyDay {
		to = civil.New(9999, 12, 31)
	}
	return db.All(ctx, tx, `SELECT DISTINCT day FROM bookings WHERE activity_id = $1 AND site_id = $2 AND option_id = $3 AND day >= $4 AND day <= $5
		AND state = 'waiting' ORDER BY day`, db.Value[civil.Date], p.ActivityID, p.SiteID, p.OptionID, p.From, to)
}

// FillDay gives the free places of one day to those who wait for them.
func FillDay(ctx context.Context, tx *db.Tx, p FillPayload, day civil.Date, loc *time.Location) error {
	return Promote(ctx, tx, SeatKey{ActivityID: p.ActivityID, SiteID: p.SiteID, OptionID: p.OptionID, Day: day}, loc)
}
