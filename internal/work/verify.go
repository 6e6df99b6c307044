package work

import (
	"context"
	"fmt"

	"preau/internal/billing"
	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/till"
)

// Verify looks at everything that must hold in a town, and says what does not, a sentence with its ids each.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	broken, err := billing.Verify(ctx, tx)
	if err != nil {
		return nil, err
	}
	more, err := till.Verify(ctx, tx)
	if err != nil {
		return nil, err
	}
	drifts, err := booking.Drifts(ctx, tx)
	for _, d := range drifts {
		more = append(more, fmt.Sprintf("booking: places of activity %s, site %s, option %s, group %q on %s: the counter says %d, there are %d bookings",
			d.Key.ActivityID, d.Key.SiteID, d.Key.OptionID, d.Key.Group, d.Key.Day, d.Booked, d.Counted))
	}
	return append(broken, more...), err
}
