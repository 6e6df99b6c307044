package thread

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/town"
)

// Services are the names of the town's services that families may write to, from its settings; never none.
func Services(ctx context.Context, tx *db.Tx) ([]string, error) {
	list, err := town.Services(ctx, tx)
	names := make([]string, 0, len(list)+1)
	for _, s := range list {
		names = append(names, s.Title)
	}
	if len(names) == 0 {
		names = append(names, "Service aux familles")
	}
	return names, err
}

const selectThread = `SELECT id, household_id, service, coalesce(child_id, ''), coalesce(site_id, ''), subject, created_at, last_at, waits,
	coalesce(assigned_to, ''), closed_at, closed_by FROM threads`

func scanThread(r db.Scanner) (t Thread, err error) {
	err = r.Scan(&t.ID, &t.HouseholdID, &t.Service, &t.ChildID, &t.SiteID, &t.Subject, &t.CreatedAt, &t.LastAt, &t.Waits, &t.AssignedTo, &t.ClosedAt, &t.ClosedBy)
	return t, err
}

func insertThread(ctx context.Context, tx *db.Tx, t Thread) error {
	_, err := tx.Exec(ctx, `INSERT INTO threads (id, household_id, service, child_id, site_id, subject, created_at, last_at, waits)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, t.ID, t.HouseholdID, t.Service, orNull(t.ChildID), orNull(t.SiteID), t.Subject, t.CreatedAt, t.LastAt, string(t.Waits))
	return err
}

func update(ctx context.Context, tx *db.Tx, t Thread) error {
	_, err := tx.Exec(ctx, `UPDATE threads SET last_at = $2, waits = $3, assigned_to = $4, closed_at = $5, closed_by = $6 WHERE id = $1`,
		t.ID, t.LastAt, string(t.Waits), orNull(t.AssignedTo), t.ClosedAt, t.ClosedBy)
	return err
}

func orNull(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

const selectEntry = `SELECT id, thread_id, at, side, author, author_name, body FROM thread_entries`

func scanEntry(r db.Scanner) (e Entry, err error) {
	err = r.Scan(&e.ID, &e.ThreadID, &e.At, &e.Side, &e.Author, &e.AuthorName, &e.Body)
	return e, err
}

func insertEntry(ctx context.Context, tx *db.Tx, e Entry) error {
	_, err := tx.Exec(ctx, `INSERT INTO thread_entries (id, thread_id, at, side, author, author_name, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, e.ThreadID, e.At, string(e.Side), e.Author, e.AuthorName, e.Body)
	return err
}

// Entries lists what was said in a thread, in order. The caller has found the thread for who is asking.
func Entries(ctx context.Context, tx *db.Tx, threadID string) ([]Entry, error) {
	return db.All(ctx, tx, selectEntry+` WHERE thread_id = $1 ORDER BY at, id`, scanEntry, threadID)
}

// EntryByID reads an entry with its thread, for the job that tells it. Errors: fault.NotFound.
func EntryByID(ctx context.Context, tx *db.Tx, id string) (e Entry, t Thread, err error) {
	if e, err = db.One(ctx, tx, selectEntry+` WHERE id = $1`, scanEntry, id); err != nil {
		return e, t, absent(err)
	}
	t, err = db.One(ctx, tx, selectThread+` WHERE id = $1`, scanThread, e.ThreadID)
	return e, t, absent(err)
}

// Line is a thread in a list.
type Line struct {
	Thread
	Household string // name of the file
	Child     string // first name, or empty
	Assigned  string // name of the agent, or empty
	Entries   int64
	Unread    bool // of who is asking: the other side has spoken since
}

const selectLine = `SELECT t.id, t.household_id, t.service, coalesce(t.child_id, ''), coalesce(t.site_id, ''), t.subject, t.created_at, t.last_at, t.waits,
	coalesce(t.assigned_to, ''), t.closed_at, t.closed_by, h.name, coalesce(c.first_name, ''), coalesce(g.name, ''),
	(SELECT count(*) FROM thread_entries e WHERE e.thread_id = t.id)`

const fromLine = ` FROM threads t JOIN households h ON h.id = t.household_id
	LEFT JOIN children c ON c.id = t.child_id LEFT JOIN agents g ON g.id = t.assigned_to`

func scanLine(r db.Scanner, more ...any) (l Line, err error) {
	t := &l.Thread
	err = r.Scan(append([]any{&t.ID, &t.HouseholdID, &t.Service, &t.ChildID, &t.SiteID, &t.Subject, &t.CreatedAt, &t.LastAt, &t.Waits, &t.AssignedTo, &t.ClosedAt,
		&t.ClosedBy, &l.Household, &l.Child, &l.Assigned, &l.Entries}, more...)...)
	return l, err
}

// List gives the threads of a guardian's household, the latest first.
func List(ctx context.Context, tx *db.Tx, who household.Guardian, limit int) ([]Line, error) {
	return db.All(ctx, tx, selectLine+`, (SELECT count(*) FROM thread_entries e WHERE e.thread_id = t.id AND e.side = 'service' AND (r.read_at IS NULL OR e.at > r.read_at))`+
		fromLine+` LEFT JOIN thread_reads r ON r.thread_id = t.id AND r.guardian_id = $2
		WHERE t.household_id = $1 ORDER BY t.last_at DESC, t.id LIMIT $3`, func(r db.Scanner) (Line, error) {
		var unread int64
		l, err := scanLine(r, &unread)
		l.Unread = unread > 0
		return l, err
	}, who.HouseholdID, who.ID, int64(limit))
}

// Box is which threads an agent looks at.
type Box string

// The boxes of an agent.
const (
	ToAnswer Box = "a-repondre" // the family spoke last
	Waiting  Box = "en-attente" // the service spoke last
	Ended    Box = "clos"
)

// scopeWhere narrows to what an agent sees; $1 is a service or nothing, $2 the sites as JSON, [] for all.
const scopeWhere = ` (CAST($1 AS text) = '' OR t.service = $1)
	AND (CAST($2 AS text) = '[]' OR t.site_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text))))`

func scopeArgs(ctx context.Context, tx *db.Tx, who staff.Agent) ([]any, error) {
	services, err := Services(ctx, tx)
	s := scopeOf(who, services)
	if s.sites == nil {
		s.sites = []string{}
	}
	return []any{s.service, db.JSON(s.sites)}, err
}

// Queue lists the threads an agent sees in a box: the oldest first while they are open, the latest first once closed.
func Queue(ctx context.Context, tx *db.Tx, who staff.Agent, box Box, limit int) ([]Line, error) {
	if !who.May(staff.Answer, "") {
		return nil, nil
	}
	args, err := scopeArgs(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	waits, order := ForService, `t.last_at, t.id`
	switch box {
	case Waiting:
		waits = ForFamily
	case Ended:
		waits, order = ForNobody, `t.closed_at DESC, t.id`
	}
	return db.All(ctx, tx, selectLine+fromLine+` WHERE`+scopeWhere+` AND t.waits = $3 ORDER BY `+order+` LIMIT $4`,
		func(r db.Scanner) (Line, error) { return scanLine(r) }, append(args, string(waits), int64(limit))...)
}

// WaitingCount is how many threads wait for an answer among those an agent sees, for the menu.
func WaitingCount(ctx context.Context, tx *db.Tx, who staff.Agent) (n int, err error) {
	if !who.May(staff.Answer, "") {
		return 0, nil
	}
	args, err := scopeArgs(ctx, tx, who)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `SELECT count(*) FROM threads t WHERE`+scopeWhere+` AND t.waits = 'service' AND t.closed_at IS NULL`, args...).Scan(&n)
	return n, err
}

// Answerers lists the active agents who see a thread, for who may take it and who is told.
func Answerers(ctx context.Context, tx *db.Tx, t Thread) ([]staff.Agent, error) {
	services, err := Services(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := staff.List(ctx, tx)
	var out []staff.Agent
	for _, a := range all {
		if Sees(a, services, t) {
			out = append(out, a)
		}
	}
	return out, err
}

// EndedBefore deletes up to limit threads that were closed before an instant, with what was said in them, and says how many:
// for the retention table.
func EndedBefore(ctx context.Context, tx *db.Tx, before civil.Instant, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM threads WHERE id IN (SELECT id FROM threads WHERE closed_at IS NOT NULL AND closed_at < $1 ORDER BY closed_at, id LIMIT $2)`, before, int64(limit))
	return int(n), err
}

// CountEndedBefore is how many threads EndedBefore would delete.
func CountEndedBefore(ctx context.Context, tx *db.Tx, before civil.Instant) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM threads WHERE closed_at IS NOT NULL AND closed_at < $1`, before).Scan(&n)
	return n, err
}

// EraseHousehold deletes the threads of a household that is forgotten, with what was said in them.
func EraseHousehold(ctx context.Context, tx *db.Tx, householdID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM threads WHERE household_id = $1`, householdID)
	return err
}

// EraseGuardian takes the name of an adult who is forgotten out of what they wrote: the household keeps the conversations.
func EraseGuardian(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	_, err := tx.Exec(ctx, `UPDATE thread_entries SET author_name = $2 WHERE author = $1`, who.Actor(), household.Gone)
	return err
}
