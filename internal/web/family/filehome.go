package family

import (
	"context"
	"time"

	"preau/internal/billing"
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

// dueBills are the invoices to pay, oldest first. One that is late, or due today, is for today.
func dueBills(ctx context.Context, tx *db.Tx, householdID string, loc *time.Location) ([]due, error) {
	open, err := billing.Due(ctx, tx, householdID)
	today := civil.DateOf(tx.Now, loc)
	var out []due
	for _, o := range open {
		d := due{At: civil.Wall(o.DueOn, civil.Clock(23, 59), 0, loc), When: "avant le " + solid(o.DueOn.DayMonth()), Title: "Facture " + o.Number + ", " + o.Rest.String(),
			Text: "Émise le " + o.IssuedOn.DayMonthYear() + ". Chaque ligne y est expliquée.", Label: "Voir la facture", Href: "/espace/factures/" + o.Number, Today: !o.DueOn.After(today)}
		if o.DueOn.Before(today) {
			d.When, d.Beside = "en retard", "depuis le "+solid(o.DueOn.DayMonth())
		}
		if o.Rest != o.Cents {
			d.Text = "Reste à payer sur " + o.Cents.String() + ". " + d.Text
		}
		out = append(out, d)
	}
	return out, err
}
