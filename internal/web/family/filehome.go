package family

import (
	"context"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/dunning"
	"preau/internal/words"
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

// dueBills are the invoices to pay, oldest first, then the next instalment of a plan. One that is late, or due today, is for today. What a
// direct debit will pay asks nothing of the family.
func dueBills(ctx context.Context, tx *db.Tx, householdID string, loc *time.Location) ([]due, error) {
	open, err := billing.Due(ctx, tx, householdID)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	ids := make([]string, len(open))
	for k := range open {
		ids[k] = open[k].InvoiceID
	}
	arranged, err := dunning.Arrangements(ctx, tx, householdID, ids)
	today := civil.DateOf(tx.Now, loc)
	var out []due
	var spread []string
	var next dunning.Instalment
	for _, o := range open {
		switch a := arranged[o.InvoiceID]; {
		case !a.DebitedOn.IsZero():
			continue
		case a.Planned:
			spread, next = append(spread, o.Number), a.Next
			continue
		}
		d := dueMoney(o.DueOn, today, loc)
		d.Title, d.Text = "Facture "+o.Number+", "+o.Rest.String(), "Émise le "+o.IssuedOn.DayMonthYear()+". Chaque ligne y est expliquée."
		d.Label, d.Href = "Voir la facture", "/espace/factures/"+o.Number
		if o.Rest != o.Cents {
			d.Text = "Reste à payer sur " + o.Cents.String() + ". " + d.Text
		}
		out = append(out, d)
	}
	if len(spread) > 0 {
		d := dueMoney(next.DueOn, today, loc)
		d.Title, d.Text = "Échéancier, "+next.Cents.String(), "La prochaine mensualité, pour "+map[bool]string{true: "la facture ", false: "les factures "}[len(spread) == 1]+words.List(spread)+"."
		d.Label, d.Href = "Voir les factures", "/espace/factures"
		out = append(out, d)
	}
	return out, err
}

// dueMoney says until when something is to be paid: the day itself is in time.
func dueMoney(on, today civil.Date, loc *time.Location) due {
	d := due{At: civil.Wall(on, civil.Clock(23, 59), 0, loc), When: "au plus tard le " + solid(on.DayMonth()), Today: !on.After(today)}
	if on.Before(today) {
		d.When, d.Beside = "en retard", "depuis le "+solid(on.DayMonth())
	}
	return d
}
