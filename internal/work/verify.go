package work

import (
	"context"
	"fmt"

	"preau/internal/billing"
	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/mandate"
	"preau/internal/payment"
	"preau/internal/till"
)

// Verify looks at everything that must hold in a town, and says what does not, a sentence with its ids each.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	var broken []string
	for _, verify := range []func(context.Context, *db.Tx) ([]string, error){billing.Verify, till.Verify, payment.Verify, mandate.Verify} {
		found, err := verify(ctx, tx)
		if err != nil {
			return nil, err
		}
		broken = append(broken, found...)
	}
	drifts, err := booking.Drifts(ctx, tx)
	for _, d := range drifts {
		broken = append(broken, fmt.Sprintf("booking: places of activity %s, site %s, option %s, group %q on %s: the counter says %d, there are %d bookings",
			d.Key.ActivityID, d.Key.SiteID, d.Key.OptionID, d.Key.Group, d.Key.Day, d.Booked, d.Counted))
	}
	return broken, err
}
