package signin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"preau/internal/counter"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
)

// ReceiptPath is where the receipt of a visit is, under its id.
const ReceiptPath = "/bureau/guichet/"

// Counter opens a handler to the signed-in guardian, and to an agent who acts for a guardian at the counter. The pages that only
// Family opens stay the guardian's own: what is secret, and what is private until the family sends it.
func (d *Door) Counter(h func(http.ResponseWriter, *http.Request, household.Guardian) error) web.Endpoint {
	return d.CounterSession(func(w http.ResponseWriter, r *http.Request, who Guardian) error { return h(w, r, who.Guardian) })
}

// CounterSession is Counter for the pages that bind what they give to a session; at the counter it is the agent's.
func (d *Door) CounterSession(h func(http.ResponseWriter, *http.Request, Guardian) error) web.Endpoint {
	return web.Guard("family:counter", func(w http.ResponseWriter, r *http.Request) (visit[Guardian], error) { return d.guardian(r, true) }, d.asGuardian(h))
}

// served resolves an agent's session to the guardian the agent acts for.
func (d *Door) served(r *http.Request, tx *db.Tx, v *visit[Guardian], atCounter bool) error {
	k, ok, err := counter.Current(r.Context(), tx, v.who.Session.ID)
	switch {
	case err != nil:
		return err
	case !ok && r.Method == http.MethodGet:
		return web.Elsewhere(OfficeHome)
	case !ok:
		return fault.Forbiddenf("Cette page est celle des familles. Vous êtes connecté comme agent.")
	case !k.Live(tx.Now) && r.Method == http.MethodGet:
		return web.Elsewhere(ReceiptPath + k.ID)
	case !k.Live(tx.Now):
		return fault.Conflictf("Vous n’agissez plus au nom de la famille : 30 minutes se sont passées sans activité. Rien n’a été enregistré.")
	case !atCounter:
		return fault.Forbiddenf("Cette page est celle de la famille seule : mot de passe, messages, agendas et documents ne s’ouvrent pas au guichet.")
	}
	agent, err := staff.OfAccount(r.Context(), tx, v.who.Session.Account.ID)
	if err != nil {
		return err
	}
	if !agent.May(staff.Counter, "") {
		return fault.Forbiddenf("Votre rôle, %s, ne permet pas d’agir au nom des familles.", agent.Role.French())
	}
	if v.who.Guardian, err = household.GuardianByID(r.Context(), tx, k.GuardianID); err != nil {
		return err
	}
	v.who.Counter, v.frame.Visit = &agent, k
	if k.Due(tx.Now) {
		d.touchVisit(web.Town(r), k.ID)
	}
	return nil
}

// touchVisit writes that a visit is in use, beside the request and not in its way; once at a time for a visit.
func (d *Door) touchVisit(t *town.Town, id string) {
	if _, busy := d.touching.LoadOrStore(id, true); busy {
		return
	}
	d.pending.Go(func() {
		defer d.touching.Delete(id)
		ctx, cancel := context.WithTimeout(context.Background(), touchTimeout)
		defer cancel()
		err := t.DB.Write(ctx, func(tx *db.Tx) error { return counter.Touch(ctx, tx, id) })
		if err != nil && !errors.Is(err, db.ErrClosed) {
			slog.Warn("the use of a visit at the counter could not be written", "error", err)
		}
	})
}

// staffed tells whether a session is an agent's.
func staffed(s identity.Session) bool { return s.Account.Kind == identity.Staff }
