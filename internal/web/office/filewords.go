package office

import (
	"preau/internal/fault"
	"preau/internal/words"
)

var noSuchConsent = fault.NotFoundf("Cette autorisation n’existe pas.")

func yesNo(yes bool) string {
	if yes {
		return "oui"
	}
	return "non"
}

func upperFirst(s string) string { return words.UpperFirst(s) }
