package request

import (
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/town"
)

// date is today, as letters write it: "mardi 1er décembre 2026 à 10 h".
func date(tx *db.Tx, t *town.Town) string {
	return civil.DateOf(tx.Now, t.Loc).Long() + " à " + civil.TimeOf(tx.Now, t.Loc).French()
}

// contact is the service in charge and how to reach it.
func contact(s town.Service) string {
	out := s.Title
	if out == "" {
		out = "mairie"
	}
	for _, part := range []string{s.Phone, s.Email} {
		if part != "" {
			out += ", " + part
		}
	}
	return out
}
