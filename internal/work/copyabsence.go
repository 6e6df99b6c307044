package work

import (
	"preau/internal/attendance"
	"preau/internal/household"
	"preau/internal/words"
)

// absences are those that the household announced, and the certificates it sent with what was decided.
func (r *reader) absences() error {
	children, err := household.Children(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, c := range children {
		names[c.ID] = c.FirstName
	}
	notices, err := attendance.NoticesOf(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	s := &section{ID: "absences", Title: "Les absences signalées"}
	for _, n := range notices {
		for _, i := range n.Cancelled {
			s.add("enfant", names[n.ChildID], "jour", day(n.Day), "signalée le", r.when(n.At), "activité", i.Activity, "effet", "annulé")
		}
		for _, i := range n.Billed {
			s.add("enfant", names[n.ChildID], "jour", day(n.Day), "signalée le", r.when(n.At), "activité", i.Activity, "effet", "resté facturé")
		}
	}
	r.put(s)
	claims, err := attendance.ClaimsOf(r.ctx, r.tx, r.who.HouseholdID)
	s = &section{ID: "justificatifs", Title: "Les justificatifs d’absence"}
	for _, c := range claims {
		s.add("numéro", c.Number, "enfant", names[c.ChildID], "envoyé le", r.when(c.MadeAt), "par", c.MadeByName, "arrivé le", r.when(c.ArrivedAt), "sur papier", yesNo(c.Paper),
			"précision", c.Words, "retiré le", r.when(c.WithdrawnAt), "réponse du", r.when(c.DecidedAt), "par l’agent", c.DecidedByName)
		for _, d := range c.Days {
			s.add("numéro", c.Number, "jour", day(d.Day), "réponse", words.ClaimDay(d), "délai", r.when(d.Until))
		}
	}
	r.put(s)
	return err
}
