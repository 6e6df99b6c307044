package town

import (
	"context"

	"preau/internal/db"
)

// Services are the town's services that families may reach, in the order they are shown; none until the town has named one.
func Services(ctx context.Context, tx *db.Tx) ([]Service, error) {
	p, err := ReadSetting(ctx, tx, profileKey, Profile{})
	return p.Services, err
}
