package family

import (
	"context"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
)

// dueFile is the yearly confirmation of the file among what is due; false when it is not asked, or done.
func dueFile(ctx context.Context, tx *db.Tx, householdID string, loc *time.Location) (due, bool, error) {
	since, err := dossier.ConfirmationDue(ctx, tx, householdID, loc)
	if err != nil || since.IsZero() {
		return due{}, false, err
	}
	return due{At: civil.Wall(since, 0, 0, loc), When: "dossier", Beside: "depuis le " + solid(since.DayMonth()), Title: "Confirmez votre dossier",
		Text: "Chaque année, relisez ce que nous savons de votre foyer, corrigez, puis confirmez. Cinq minutes suffisent.", Label: "Relire et confirmer", Href: confirmPath}, true, nil
}
