// Package thread holds the conversations between families and the services of the town.
//
// A guardian opens a thread with a service, about a child or about nothing in particular; both guardians of the household read it
// and go on with it, the other household of a shared child never sees it. An agent with the right Answer sees the threads of
// their service and of their sites, takes one, answers, closes. Each side is told by e-mail that there is something to read.
// What was said is never edited. A thread that the family answers again opens again.
package thread

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// Waits is whose turn it is.
type Waits string

// The turns of a thread.
const (
	ForService Waits = "service"
	ForFamily  Waits = "family"
	ForNobody  Waits = "nobody" // closed
)

// Side is who speaks.
type Side string

// The sides of a thread.
const (
	Family  Side = "family"
	Service Side = "service"
)

// Bounds of what is written, in characters, and of how often: a household's entries of one hour.
const (
	MaxSubject = 120
	MaxBody    = 5000
	maxPerHour = 20
)

// Thread is one conversation.
type Thread struct {
	ID          string
	HouseholdID string
	Service     string // as the town names it
	ChildID     string // empty: about no child in particular
	SiteID      string // where the child went to school when the thread began; empty without a child
	Subject     string
	CreatedAt   civil.Instant
	LastAt      civil.Instant // of the last entry
	Waits       Waits
	AssignedTo  string        // id of an agent, or empty
	ClosedAt    civil.Instant // zero: open
	ClosedBy    string        // name of the agent
}

// Closed reports whether a service ended the thread.
func (t Thread) Closed() bool { return !t.ClosedAt.IsZero() }

// Entry is what somebody said in a thread.
type Entry struct {
	ID         string
	ThreadID   string
	At         civil.Instant
	Side       Side
	Author     string // actor
	AuthorName string
	Body       string
}

// TellKind is the kind of the job that tells the other side of an entry; its payload is a TellPayload.
const TellKind = "thread.tell"

// TellPayload names the entry to tell.
type TellPayload struct {
	EntryID string `json:"entry"`
}

// New is what Start needs.
type New struct {
	Service string
	ChildID string // may be empty
	Subject string
	Body    string
}

// Start opens a thread of the guardian's household. Errors: fault.Invalid beside "service", "enfant", "objet", "message";
// fault.Refused when the household writes too often.
func Start(ctx context.Context, tx *db.Tx, who household.Guardian, n New, loc *time.Location) (string, error) {
	services, err := Services(ctx, tx)
	if err != nil {
		return "", err
	}
	wrong := map[string]string{}
	if !slices.Contains(services, n.Service) {
		wrong["service"] = "Choisissez le service dans la liste."
	}
	n.Subject = strings.Join(strings.Fields(n.Subject), " ")
	switch {
	case n.Subject == "":
		wrong["objet"] = "Dites en quelques mots de quoi il s’agit."
	case utf8.RuneCountInString(n.Subject) > MaxSubject:
		wrong["objet"] = "C’est trop long : 120 caractères au plus."
	}
	body := checkBody(n.Body, wrong)
	t := Thread{ID: db.NewID(), HouseholdID: who.HouseholdID, Service: n.Service, Subject: n.Subject, CreatedAt: tx.Now, LastAt: tx.Now, Waits: ForService}
	if n.ChildID != "" {
		if t.ChildID, t.SiteID, err = schoolOf(ctx, tx, who, n.ChildID, civil.DateOf(tx.Now, loc)); err != nil {
			wrong["enfant"] = "Choisissez l’enfant dans la liste."
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return "", err
	}
	if err := insertThread(ctx, tx, t); err != nil {
		return "", err
	}
	return t.ID, speak(ctx, tx, t, byGuardian(who, body), "thread.start")
}

// schoolOf checks that a child is the household's and finds its school of this year.
func schoolOf(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, today civil.Date) (child, site string, err error) {
	c, err := household.ChildOf(ctx, tx, who, childID)
	if err != nil {
		return "", "", err
	}
	list, err := household.Schoolings(ctx, tx, c.ID)
	for _, s := range list {
		if s.SchoolYear == household.SchoolYearOf(today) {
			site = s.SiteID
		}
	}
	return c.ID, site, err
}

// Reply goes on with a thread of the guardian's household; one that was closed opens again. Errors: fault.NotFound, fault.Invalid
// beside "message", fault.Refused when the household writes too often.
func Reply(ctx context.Context, tx *db.Tx, who household.Guardian, id, body string) error {
	t, err := Of(ctx, tx, who, id)
	if err != nil {
		return err
	}
	wrong := map[string]string{}
	body = checkBody(body, wrong)
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	t.LastAt, t.Waits, t.ClosedAt, t.ClosedBy = tx.Now, ForService, civil.Instant{}, ""
	if err := update(ctx, tx, t); err != nil {
		return err
	}
	return speak(ctx, tx, t, byGuardian(who, body), "thread.reply")
}

// Answer writes to the family in a thread the agent sees, takes it when nobody had, and closes it when asked.
// Errors: fault.NotFound, fault.Invalid beside "message".
func Answer(ctx context.Context, tx *db.Tx, who staff.Agent, id, body string, closing bool) error {
	t, err := ForAgent(ctx, tx, who, id)
	if err != nil {
		return err
	}
	wrong := map[string]string{}
	body = checkBody(body, wrong)
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	t.LastAt, t.Waits, t.ClosedAt, t.ClosedBy = tx.Now, ForFamily, civil.Instant{}, ""
	if t.AssignedTo == "" {
		t.AssignedTo = who.ID
	}
	if closing {
		t.Waits, t.ClosedAt, t.ClosedBy = ForNobody, tx.Now, who.Name
		if err := release(ctx, tx, id); err != nil {
			return err
		}
	}
	if err := update(ctx, tx, t); err != nil {
		return err
	}
	return speak(ctx, tx, t, Entry{Side: Service, Author: who.Actor(), AuthorName: who.Name, Body: body}, "thread.answer")
}

// Close ends a thread without a word; closing twice changes nothing.
func Close(ctx context.Context, tx *db.Tx, who staff.Agent, id string) error {
	t, err := ForAgent(ctx, tx, who, id)
	if err != nil || t.Closed() {
		return err
	}
	t.Waits, t.ClosedAt, t.ClosedBy = ForNobody, tx.Now, who.Name
	if err := update(ctx, tx, t); err != nil {
		return err
	}
	if err := release(ctx, tx, id); err != nil {
		return err
	}
	return note(ctx, tx, who.Actor(), who.Name, "thread.close", t)
}

// Assign gives a thread to an agent who sees it, or to nobody. Errors: fault.NotFound, fault.Invalid beside "agent".
func Assign(ctx context.Context, tx *db.Tx, who staff.Agent, id, agentID string) error {
	t, err := ForAgent(ctx, tx, who, id)
	if err != nil {
		return err
	}
	if agentID != "" {
		to, err := staff.ByID(ctx, tx, agentID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		services, err := Services(ctx, tx)
		if err != nil {
			return err
		}
		if !Sees(to, services, t) {
			return fault.Invalidf("agent", "Choisissez un agent qui voit ce message.")
		}
	}
	t.AssignedTo = agentID
	if err := update(ctx, tx, t); err != nil {
		return err
	}
	return note(ctx, tx, who.Actor(), who.Name, "thread.assign", t)
}

// Of finds a thread of the guardian's household; another family's is not found.
func Of(ctx context.Context, tx *db.Tx, who household.Guardian, id string) (Thread, error) {
	t, err := db.One(ctx, tx, selectThread+` WHERE id = $1 AND household_id = $2`, scanThread, id, who.HouseholdID)
	return t, absent(err)
}

// ForAgent finds a thread an agent sees; any other is not found.
func ForAgent(ctx context.Context, tx *db.Tx, who staff.Agent, id string) (Thread, error) {
	t, err := db.One(ctx, tx, selectThread+` WHERE id = $1`, scanThread, id)
	if err != nil {
		return t, absent(err)
	}
	services, err := Services(ctx, tx)
	if err == nil && !Sees(who, services, t) {
		err = absent(db.ErrNoRows)
	}
	return t, err
}

// MarkRead writes that a guardian has read a thread of their household until now.
func MarkRead(ctx context.Context, tx *db.Tx, who household.Guardian, id string) error {
	if _, err := Of(ctx, tx, who, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO thread_reads (thread_id, guardian_id, read_at) VALUES ($1, $2, $3)
		ON CONFLICT (thread_id, guardian_id) DO UPDATE SET read_at = excluded.read_at`, id, who.ID, tx.Now)
	return err
}

func byGuardian(who household.Guardian, body string) Entry {
	return Entry{Side: Family, Author: who.Actor(), AuthorName: who.Name(), Body: body}
}

// checkBody tidies what is said, or says what is wrong with it.
func checkBody(body string, wrong map[string]string) string {
	body = strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
	switch {
	case body == "":
		wrong["message"] = "Écrivez votre message."
	case utf8.RuneCountInString(body) > MaxBody:
		wrong["message"] = "C’est trop long : 5 000 caractères au plus."
	}
	return body
}

// speak adds an entry, leaves its trace, and has the other side told.
func speak(ctx context.Context, tx *db.Tx, t Thread, e Entry, act string) error {
	if e.Side == Family {
		var n int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM thread_entries e JOIN threads t ON t.id = e.thread_id
			WHERE t.household_id = $1 AND e.side = 'family' AND e.at > $2`, t.HouseholdID, tx.Now.Add(-time.Hour)).Scan(&n)
		if err != nil {
			return err
		}
		if n >= maxPerHour {
			return fault.Refusedf("Vous avez envoyé beaucoup de messages depuis une heure. Attendez un peu, ou téléphonez au service.")
		}
	}
	e.ID, e.ThreadID, e.At = db.NewID(), t.ID, tx.Now
	if err := insertEntry(ctx, tx, e); err != nil {
		return err
	}
	if err := note(ctx, tx, e.Author, e.AuthorName, act, t); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellKind, TellPayload{e.ID})
}

// note keeps that something was said, and not what.
func note(ctx context.Context, tx *db.Tx, actor, name, act string, t Thread) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, ActorName: name, Act: act, Subject: "thread:" + t.ID, Household: t.HouseholdID,
		Detail: map[string]string{"service": t.Service}})
}

func absent(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Cet échange n’existe pas, ou n’est pas le vôtre.")
	}
	return err
}
