package household_test

import (
	"bytes"
	"testing"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/town"
	"preau/internal/towntest"
)

// After a change of the town's key a feed is shown again, as before; what neither key opens is counted and left.
func TestFeedsOutliveTheKey(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		f := makeFamily(tn)
		old, next := tn.Key, bytes.Repeat([]byte{5}, 32)
		var before household.Feed
		tn.Write(func(tx *db.Tx) (err error) {
			before, err = household.CreateFeed(t.Context(), tx, town.KeyFor(old, "feeds"), f.claire)
			return err
		})
		for _, want := range []int{1, 0} {
			tn.Write(func(tx *db.Tx) error {
				done, lost, err := household.Sealed()[0].Reseal(t.Context(), tx, old, next)
				if done != want || lost != 0 {
					t.Errorf("%d sealed, %d lost, want %d", done, lost, want)
				}
				return err
			})
		}
		tn.Write(func(tx *db.Tx) error {
			after, ok, err := household.FeedOf(t.Context(), tx, town.KeyFor(next, "feeds"), f.claire)
			if !ok || after.Secret != before.Secret {
				t.Errorf("the feed is %+v", after)
			}
			if _, lost, err := household.Sealed()[0].Reseal(t.Context(), tx, old, bytes.Repeat([]byte{6}, 32)); lost != 1 || err != nil {
				t.Errorf("%d lost: %v", lost, err)
			}
			return err
		})
	})
}
