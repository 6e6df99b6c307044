package booking

import (
	"context"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// CancelUntil is the last second at which a booking may be cancelled; zero when the rule of its activity gives none.
func CancelUntil(ctx context.Context, tx *db.Tx, l Line, loc *time.Location) (civil.Instant, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return civil.Instant{}, err
	}
	a, ok := c.Activity(l.ActivityID)
	if !ok {
		return civil.Instant{}, nil
	}
	o, ok := a.OptionByID(l.OptionID)
	if !ok {
		return civil.Instant{}, nil
	}
	return c.Terms(a, o, l.Day, c.Service(a, l.SiteID, l.Day).Block, false, loc).CancelUntil, nil
}
