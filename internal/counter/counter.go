// Package counter is the desk where nobody has to be digital: an agent acts for a guardian who stands there, telephones or has
// written, on the family's own pages and under the family's own rules.
//
// A Visit begins with the guardian's word, belongs to one session of the agent, and ends on demand or after Idle without a page.
// While it lasts, the door hands the guardian to the family's pages with the agent beside it (household.Guardian.Counter): every
// act is then signed by the agent "au nom de" the guardian, in the journal, in the history and in the e-mail the family gets. It
// never widens what the agent may do, and what is the guardian's alone (password, sessions, secret addresses, private documents)
// stays closed. Receipt lists what was done, to be printed and handed over.
package counter

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// Idle is how long a visit lasts without a page being asked.
const Idle = 30 * time.Minute

// touchEvery is how often the last use of a visit is written.
const touchEvery = time.Minute

// Channel is how the guardian asked.
type Channel string

// The channels.
const (
	AtCounter Channel = "counter"
	ByPhone   Channel = "phone"
	ByLetter  Channel = "letter"
)

// Channels lists the channels in the order of a form.
func Channels() []Channel { return []Channel{AtCounter, ByPhone, ByLetter} }

// French names the channel on screen.
func (c Channel) French() string {
	switch c {
	case AtCounter:
		return "au guichet"
	case ByPhone:
		return "au téléphone"
	}
	return "par courrier"
}

// Visit is one agent acting for one guardian for a while.
type Visit struct {
	ID, AgentID, SignInID   string
	HouseholdID, GuardianID string
	Channel                 Channel
	BeganAt, SeenAt         civil.Instant
	EndedAt                 civil.Instant // zero: not ended on demand
}

// Live tells whether the visit goes on at an instant.
func (v Visit) Live(now civil.Instant) bool {
	return v.EndedAt.IsZero() && now.Before(v.SeenAt.Add(Idle))
}

// Due tells whether the time the visit was last used should be written again (see Touch).
func (v Visit) Due(now civil.Instant) bool { return !now.Before(v.SeenAt.Add(touchEvery)) }

// Until is when the visit ended, or ends if no page is asked.
func (v Visit) Until() civil.Instant {
	if v.EndedAt.IsZero() {
		return v.SeenAt.Add(Idle)
	}
	return v.EndedAt
}

// Begin opens a visit in a session of the agent; the one that was open there ends. Errors: fault.Forbidden without the right, or
// for a household none of whose children is at the agent's sites; fault.Invalid beside "moyen"; fault.NotFound for the guardian.
func Begin(ctx context.Context, tx *db.Tx, who staff.Agent, signInID, guardianID string, channel Channel) (Visit, error) {
	if !slices.Contains(Channels(), channel) {
		return Visit{}, fault.Invalidf("moyen", "Indiquez comment la famille vous l’a demandé.")
	}
	g, err := household.GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return Visit{}, err
	}
	if err := mayServe(ctx, tx, who, g.HouseholdID); err != nil {
		return Visit{}, err
	}
	if _, err := End(ctx, tx, who, signInID); err != nil && !fault.Is(err, fault.NotFound) {
		return Visit{}, err
	}
	v := Visit{ID: db.NewID(), AgentID: who.ID, SignInID: signInID, HouseholdID: g.HouseholdID, GuardianID: g.ID, Channel: channel, BeganAt: tx.Now, SeenAt: tx.Now}
	if _, err := tx.Exec(ctx, `INSERT INTO counter_visits (id, agent_id, sign_in_id, household_id, guardian_id, channel, began_at, seen_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`, v.ID, v.AgentID, v.SignInID, v.HouseholdID, v.GuardianID, string(v.Channel), v.BeganAt); err != nil {
		return Visit{}, err
	}
	return v, note(ctx, tx, who, v, "counter.begin")
}

// mayServe refuses an agent who may not act for a household.
func mayServe(ctx context.Context, tx *db.Tx, who staff.Agent, householdID string) error {
	if !who.May(staff.Counter, "") {
		return fault.Forbiddenf("Votre rôle ne permet pas d’agir au nom des familles.")
	}
	if len(who.Sites) == 0 {
		return nil
	}
	children, err := household.Children(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, c := range children {
		if ok, err := booking.MayFollow(ctx, tx, who, staff.Counter, c.ID); ok || err != nil {
			return err
		}
	}
	return fault.Forbiddenf("Aucun enfant de ce foyer n’est dans vos établissements.")
}

func note(ctx context.Context, tx *db.Tx, who staff.Agent, v Visit, act string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "guardian:" + v.GuardianID, Household: v.HouseholdID,
		Detail: map[string]string{"visit": v.ID, "channel": v.Channel.French()}})
}

// Current is the visit last begun in a session and not ended on demand, live or not; false when there is none.
func Current(ctx context.Context, tx *db.Tx, signInID string) (Visit, bool, error) {
	v, err := db.One(ctx, tx, selectVisit+` WHERE sign_in_id = $1 AND ended_at IS NULL`, scanVisit, signInID)
	if errors.Is(err, db.ErrNoRows) {
		return Visit{}, false, nil
	}
	return v, err == nil, err
}

// Touch writes that a visit is in use. Call it when Due, outside the way of the page.
func Touch(ctx context.Context, tx *db.Tx, visitID string) error {
	_, err := tx.Exec(ctx, `UPDATE counter_visits SET seen_at = $2 WHERE id = $1 AND ended_at IS NULL AND seen_at < $2`, visitID, tx.Now)
	return err
}

// End ends the visit of a session; one that had lapsed ends when it lapsed. fault.NotFound when there is none.
func End(ctx context.Context, tx *db.Tx, who staff.Agent, signInID string) (Visit, error) {
	v, ok, err := Current(ctx, tx, signInID)
	if err != nil {
		return v, err
	}
	if !ok || v.AgentID != who.ID {
		return v, fault.NotFoundf("Vous n’agissez au nom d’aucune famille.")
	}
	v.EndedAt = tx.Now
	if lapsed := v.SeenAt.Add(Idle); lapsed.Before(tx.Now) {
		v.EndedAt = lapsed
	}
	if _, err := tx.Exec(ctx, `UPDATE counter_visits SET ended_at = $2 WHERE id = $1`, v.ID, v.EndedAt); err != nil {
		return v, err
	}
	return v, note(ctx, tx, who, v, "counter.end")
}

// Receipt is what was done during a visit.
type Receipt struct {
	Visit    Visit
	Agent    staff.Agent
	Guardian household.Guardian
	Bookings []booking.HistoryEntry // in the order they were done
	Others   []audit.Entry          // acts on the household that are not bookings, in the order they were done
}

// ReceiptOf reads a visit with what was done; any agent who may serve the household reads it. Errors: fault.NotFound,
// fault.Forbidden.
func ReceiptOf(ctx context.Context, tx *db.Tx, who staff.Agent, visitID string) (r Receipt, err error) {
	r.Visit, err = db.One(ctx, tx, selectVisit+` WHERE id = $1`, scanVisit, visitID)
	if errors.Is(err, db.ErrNoRows) {
		return r, fault.NotFoundf("Ce reçu n’existe pas.")
	}
	if err != nil {
		return r, err
	}
	if err := mayServe(ctx, tx, who, r.Visit.HouseholdID); err != nil {
		return r, err
	}
	if r.Agent, err = staff.ByID(ctx, tx, r.Visit.AgentID); err != nil {
		return r, err
	}
	if r.Guardian, err = household.GuardianByID(ctx, tx, r.Visit.GuardianID); err != nil {
		return r, err
	}
	return r, r.read(ctx, tx)
}

// mostActs bounds what a receipt lists.
const mostActs = 500

// read finds what the agent did on the household while the visit lasted, signed for the guardian.
func (r *Receipt) read(ctx context.Context, tx *db.Tx) error {
	history, err := booking.History(ctx, tx, r.Visit.HouseholdID, booking.HistoryMark{At: r.Visit.Until()}, mostActs)
	if err != nil {
		return err
	}
	signature := household.Signature(r.Agent, r.Guardian)
	for _, h := range history {
		if h.Actor == r.Agent.Actor() && h.Outcome.By == signature && !h.At.Before(r.Visit.BeganAt) {
			r.Bookings = append(r.Bookings, h)
		}
	}
	entries, err := audit.List(ctx, tx, audit.Filter{Household: r.Visit.HouseholdID, Actor: r.Agent.Actor(), Limit: mostActs})
	for _, e := range entries {
		if e.ActorName == signature && !strings.HasPrefix(e.Act, "booking.") && !e.At.Before(r.Visit.BeganAt) && !e.At.After(r.Visit.Until()) {
			r.Others = append(r.Others, e)
		}
	}
	slices.Reverse(r.Bookings)
	slices.Reverse(r.Others)
	return err
}

const selectVisit = `SELECT id, agent_id, sign_in_id, household_id, guardian_id, channel, began_at, seen_at, ended_at FROM counter_visits`

func scanVisit(s db.Scanner) (v Visit, err error) {
	return v, s.Scan(&v.ID, &v.AgentID, &v.SignInID, &v.HouseholdID, &v.GuardianID, &v.Channel, &v.BeganAt, &v.SeenAt, &v.EndedAt)
}
