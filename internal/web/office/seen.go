package office

import (
	"net/http"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
)

// seen leaves the trace that an agent looked at what belongs to a family, once a day: the family reads it under « Qui a consulté ou
// modifié mon dossier ». It is written before the page is shown: no view without its trace.
func seen(r *http.Request, who staff.Agent, act, householdID string) error {
	t := web.Town(r)
	return t.DB.Write(r.Context(), func(tx *db.Tx) error {
		midnight := civil.Wall(civil.DateOf(tx.Now, t.Loc), 0, 0, t.Loc)
		return audit.Seen(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "household:" + householdID, Household: householdID}, midnight)
	})
}
