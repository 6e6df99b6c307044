// Package signin is the way in: who is asking, the cookies that say so, and the pages about signing in and passwords.
//
// A Door's methods are what route tables say: door.Family(h) opens a handler to the guardian who is signed in,
// door.Office(staff.Lists, h) to an agent with that right. A visitor whose session has ended is sent to sign in; when it was a form
// they had filled, the sign-in page carries what was typed, sealed, and gives it back afterwards (kept.go).
//
// Cookies hold random tokens and nothing else. Over https they carry the __Host- prefix; a demonstration on plain http, which
// browsers refuse it to, uses the bare names.
package signin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
)

// Addresses of the pages that others lead to.
const (
	LoginPath  = "/connexion"
	FamilyHome = "/espace"
	OfficeHome = "/bureau"
	FactorPath = "/bureau/profil/seconde-etape" // where an agent sets up a second factor
)

// Door opens handlers to who is signed in. One serves all towns of a server. Its zero value is ready.
type Door struct {
	touching sync.Map // ids of the sessions whose last use is being written
	pending  sync.WaitGroup
	clients  sync.Map // town and provider → *oidc.Client
}

// Guardian is a signed-in guardian, with the session they use.
type Guardian struct {
	household.Guardian
	Session identity.Session
}

// Agent is a signed-in agent, with the session they use.
type Agent struct {
	staff.Agent
	Session identity.Session
}

// Family opens a handler to the signed-in guardian.
func (d *Door) Family(h func(http.ResponseWriter, *http.Request, household.Guardian) error) web.Endpoint {
	return d.FamilySession(func(w http.ResponseWriter, r *http.Request, who Guardian) error { return h(w, r, who.Guardian) })
}

// FamilySession is Family for the pages about the session itself.
func (d *Door) FamilySession(h func(http.ResponseWriter, *http.Request, Guardian) error) web.Endpoint {
	return web.Guard("family", func(w http.ResponseWriter, r *http.Request) (visit[Guardian], error) { return d.guardian(r, false) }, d.asGuardian(h))
}

// asGuardian hands a request to the page of who was resolved.
func (d *Door) asGuardian(h func(http.ResponseWriter, *http.Request, Guardian) error) func(http.ResponseWriter, *http.Request, visit[Guardian]) error {
	return func(w http.ResponseWriter, r *http.Request, v visit[Guardian]) error {
		if v.ended {
			return d.again(w, r, v.now)
		}
		return h(w, withFrame(r, v.frame), v.who)
	}
}

// Office opens a handler to a signed-in agent who has the right, at some site at least; the handler narrows to the agent's sites.
func (d *Door) Office(right staff.Right, h func(http.ResponseWriter, *http.Request, staff.Agent) error) web.Endpoint {
	return d.OfficeSession(right, func(w http.ResponseWriter, r *http.Request, who Agent) error { return h(w, r, who.Agent) })
}

// WholeTown is Office for what concerns the whole town, money above all: agents limited to some sites are refused, since a household's accounts are one,
// wherever its children are.
func (d *Door) WholeTown(right staff.Right, h func(http.ResponseWriter, *http.Request, staff.Agent) error) web.Endpoint {
	return d.Office(right, func(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
		if len(who.Sites) > 0 {
			return fault.Forbiddenf("Ces pages concernent toute la ville : votre accès est limité à certains établissements.")
		}
		return h(w, r, who)
	})
}

// AnyAgent opens a handler to every signed-in agent, whatever the role.
func (d *Door) AnyAgent(h func(http.ResponseWriter, *http.Request, staff.Agent) error) web.Endpoint {
	return d.OfficeSession("", func(w http.ResponseWriter, r *http.Request, who Agent) error { return h(w, r, who.Agent) })
}

// OfficeSession is Office for the pages about the session itself; an empty right is any agent.
func (d *Door) OfficeSession(right staff.Right, h func(http.ResponseWriter, *http.Request, Agent) error) web.Endpoint {
	access := "office"
	if right != "" {
		access += ":" + string(right)
	}
	resolve := func(w http.ResponseWriter, r *http.Request) (visit[Agent], error) { return d.agent(w, r, right) }
	return web.Guard(access, resolve, func(w http.ResponseWriter, r *http.Request, v visit[Agent]) error {
		if v.ended {
			return d.again(w, r, v.now)
		}
		return h(w, withFrame(r, v.frame), v.who)
	})
}

// OfficeSetup opens a handler to every signed-in agent, also to one who must set up a second factor before anything else.
func (d *Door) OfficeSetup(h func(http.ResponseWriter, *http.Request, Agent) error) web.Endpoint {
	return web.Guard("office", d.signedAgent, func(w http.ResponseWriter, r *http.Request, v visit[Agent]) error {
		if v.ended {
			return d.again(w, r, v.now)
		}
		return h(w, r, v.who)
	})
}

// visit is what a resolver found: someone, or a form posted after the session ended.
type visit[A any] struct {
	who   A
	frame Frame
	ended bool
	now   civil.Instant
}

// guardian resolves cookie → session → guardian in one transaction; atCounter also takes an agent who acts for one.
func (d *Door) guardian(r *http.Request, atCounter bool) (v visit[Guardian], err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		v.now = tx.Now
		if v.who.Session, err = d.session(r, tx); err != nil {
			return err
		}
		if staffed(v.who.Session) {
			err = d.served(r, tx, &v, atCounter)
		} else {
			v.who.Guardian, err = household.GuardianOf(r.Context(), tx, v.who.Session.Account.ID)
		}
		if fault.Is(err, fault.NotFound) {
			return untied(r)
		}
		if err == nil {
			v.frame.Offers, err = booking.OfferCount(r.Context(), tx, v.who.Guardian)
		}
		if err == nil && v.who.Counter == nil {
			v.frame.Unread, err = notify.Unread(r.Context(), tx, v.who.AccountID)
		}
		return err
	})
	v.ended, err = ended(r, err)
	return v, err
}

// agent resolves cookie → session → agent in one transaction, and checks the right. One whose time to set up a second factor is over is
// sent to do so.
func (d *Door) agent(_ http.ResponseWriter, r *http.Request, right staff.Right) (v visit[Agent], err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := d.findAgent(r, tx, &v); err != nil {
			return err
		}
		overdue, err := identity.Overdue(r.Context(), tx, v.who.Session.Account)
		switch {
		case err != nil:
			return err
		case overdue && r.Method == http.MethodGet:
			return web.Elsewhere(FactorPath)
		case overdue:
			return fault.Forbiddenf("La mairie demande une seconde étape à ses agents. Ajoutez-la dans « Mon profil », puis recommencez.")
		case right != "" && !v.who.May(right, ""):
			return fault.Forbiddenf("Votre rôle, %s, ne donne pas accès à cette page. La direction peut le changer.", v.who.Role.French())
		}
		v.frame, err = officeFrame(r.Context(), tx, v.who.Agent, civil.DateOf(tx.Now, web.Town(r).Loc))
		return err
	})
	v.ended, err = ended(r, err)
	return v, err
}

// signedAgent resolves cookie → session → agent in one transaction.
func (d *Door) signedAgent(_ http.ResponseWriter, r *http.Request) (v visit[Agent], err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return d.findAgent(r, tx, &v) })
	v.ended, err = ended(r, err)
	return v, err
}

func (d *Door) findAgent(r *http.Request, tx *db.Tx, v *visit[Agent]) (err error) {
	v.now = tx.Now
	if v.who.Session, err = d.session(r, tx); err != nil {
		return err
	}
	if v.who.Session.Account.Kind != identity.Staff {
		return fault.NotFoundf("")
	}
	v.who.Agent, err = staff.OfAccount(r.Context(), tx, v.who.Session.Account.ID)
	return err
}

// ended sends who is not signed in to the sign-in page. A posted form is kept instead: the endpoint answers it.
func ended(r *http.Request, err error) (bool, error) {
	if !errors.Is(err, identity.ErrSignedOut) {
		return false, err
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false, web.Elsewhere(loginFor(r.URL.RequestURI()))
	}
	return true, nil
}

// Current is the session of the request, or identity.ErrSignedOut: for the pages open to everyone.
func (d *Door) Current(r *http.Request) (identity.Session, error) {
	if token(r, sessionCookie) == "" {
		return identity.Session{}, identity.ErrSignedOut
	}
	var s identity.Session
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		s, err = d.session(r, tx)
		return err
	})
	return s, err
}

// session resolves the cookie, and has the time of use written when it is due.
func (d *Door) session(r *http.Request, tx *db.Tx) (identity.Session, error) {
	s, err := identity.Resolve(r.Context(), tx, token(r, sessionCookie))
	if err == nil && s.Due(tx.Now) {
		d.touch(web.Town(r), s.ID)
	}
	return s, err
}

const touchTimeout = 10 * time.Second

// touch writes that a session is in use, beside the request and not in its way; once at a time for a session.
func (d *Door) touch(t *town.Town, id string) {
	if _, busy := d.touching.LoadOrStore(id, true); busy {
		return
	}
	d.pending.Go(func() {
		defer d.touching.Delete(id)
		ctx, cancel := context.WithTimeout(context.Background(), touchTimeout)
		defer cancel()
		err := t.DB.Write(ctx, func(tx *db.Tx) error { return identity.Touch(ctx, tx, id) })
		if err != nil && !errors.Is(err, db.ErrClosed) {
			slog.Warn("the use of a session could not be written", "error", err)
		}
	})
}

// Wait returns when every use of a session is written: before closing the database.
func (d *Door) Wait() { d.pending.Wait() }

// home is where an account belongs.
func home(k identity.Kind) string {
	if k == identity.Staff {
		return OfficeHome
	}
	return FamilyHome
}

// destination is where to go after signing in: the page asked for, when it is this site's and of the side the account belongs to.
func destination(k identity.Kind, next string) string {
	next = web.Local(next, "")
	own := home(k)
	if next == own || strings.HasPrefix(next, own+"/") || strings.HasPrefix(next, own+"?") {
		return next
	}
	return own
}
