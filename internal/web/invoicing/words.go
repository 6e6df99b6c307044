package invoicing

import (
	"preau/internal/billing"
	"preau/internal/money"
	"preau/internal/web/ui"
)

func plural(n int, one, many string) string {
	if n > 1 {
		return many
	}
	return one
}

// runUnder stands under the name of a run.
func runUnder(v runPage) string {
	if v.HouseholdID != "" {
		return "Une seule famille, préparée par " + v.CreatedBy
	}
	return "Préparée par " + v.CreatedBy
}

// emitLabel is the button that leads to the confirmation.
func emitLabel(v runPage) string {
	return (confirmPage{Preview: v.Preview}).issueLabel()
}

// alertClass is the tone of a thing to look at.
func alertClass(k ui.Kind) string {
	if k == ui.Bad {
		return "bad"
	}
	return ""
}

// noteWords says what there is to look at in a household.
func noteWords(n billing.Note) string {
	switch n.Kind {
	case billing.NoteDoubled:
		return "La facture précédente était de " + n.Cents.String()
	case billing.NoteCredit:
		return "La Ville rend plus qu’elle ne demande"
	case billing.NoteCarried:
		return "Sous le minimum"
	}
	return ui.Count(n.Count, "jour", "jours") + ", à partir du " + n.From.DayMonthYear()
}

// batchWords says what a file of letters holds.
func batchWords(b batchLine) string {
	text := ui.Count(b.Total, "document", "documents")
	if b.Pages > 0 {
		text += ", " + ui.Count(b.Pages, "page", "pages")
	}
	if b.Everyone {
		text += ", toutes les familles"
	}
	return text
}

// invoiceUnder stands under the title of an invoice.
func invoiceUnder(v invoicePage) string {
	if v.Label == "" {
		return "Brouillon : rien n’est envoyé"
	}
	return "N° " + v.Label + ", du " + v.IssuedOn.Long()
}

func balanceWords(c money.Cents) string {
	switch {
	case c > 0:
		return "à payer par la famille"
	case c < 0:
		return "dus à la famille"
	}
	return "rien à payer"
}

// documentColumns are the columns of a list of invoices; named, with whose each is.
func documentColumns(named bool) []ui.Column {
	out := []ui.Column{{Label: "Numéro"}}
	if named {
		out = append(out, ui.Column{Label: "Famille"})
	}
	return append(out, ui.Column{Label: "État"}, ui.Column{Label: "Total", Num: true}, ui.Column{Label: "Reste", Num: true})
}
