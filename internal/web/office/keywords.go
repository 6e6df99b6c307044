package office

import (
	"strings"

	"preau/internal/household"
	"preau/internal/web/ui"
)

// batchState says where letters stand.
func batchState(b household.KeyBatch) string {
	switch {
	case b.ReadyAt.IsZero():
		return ui.Number(b.Done) + " sur " + ui.Number(b.Total) + " faites"
	case b.FileID == "":
		return "fichier effacé"
	}
	return "à télécharger"
}

func childrenNames(names []string) string { return strings.Join(names, ", ") }
