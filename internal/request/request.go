// Package request holds what families ask of the town and agents instruct: draft, submitted, in progress, waiting for the family,
// accepted, refused with a reason, or withdrawn. There is one kind so far, "household": an account that no household is tied to asks to
// join one that the town knows, or to have one created.
//
// A request is numbered when it is submitted, and acknowledged at once, on screen and by e-mail, with the service in charge and the day by
// which it answers. Every step is a row, dated and signed, that the family reads too. What accepting does is in effects.go.
package request

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/registration"
	"preau/internal/town"
)

// Household is the kind of request to join or create a household.
const Household = "household"

// Request is one request.
type Request struct {
	ID          string
	Number      string // "D2026-00001"; empty while a draft
	Kind        string
	AccountID   string
	State       State
	Content     Content
	Service     string // in charge, as its contacts name it
	Agent       string // who has it; empty: nobody yet
	Reason      string // of a refusal
	HouseholdID string // what acceptance led to
	MadeAt      civil.Instant
	SubmittedAt civil.Instant
	DueOn       civil.Date // the day by which the town means to answer
	DecidedAt   civil.Instant
	ChangedAt   civil.Instant
}

// Event is a step of a request, as it is shown.
type Event struct {
	At        civil.Instant
	Actor     string // "account:…", "agent:…"
	ActorName string
	Step      Step
	Text      string
}

// ByFamily says whether the event is the family's.
func (e Event) ByFamily() bool { return strings.HasPrefix(e.Actor, "account:") }

// delayKey is the setting that says within how many days requests are answered, and defaultDelay what holds before it is set.
const (
	delayKey     = "request.delay_days"
	defaultDelay = 15
)

// longestText bounds what is written in a message, in characters.
const longestText = 4000

// Delay reads within how many days the town means to answer.
func Delay(ctx context.Context, tx *db.Tx) (int, error) {
	return town.ReadSetting(ctx, tx, delayKey, defaultDelay)
}

// Current finds the request of an account that is a draft or not decided yet, else the latest; not found when there never was one.
func Current(ctx context.Context, tx *db.Tx, accountID string) (Request, error) {
	r, err := db.One(ctx, tx, selectRequest+` WHERE account_id = $1
		ORDER BY state IN ('draft', 'submitted', 'in_progress', 'waiting') DESC, made_at DESC, id LIMIT 1`, scanRequest, accountID)
	return r, absent(err)
}

// OfAccount finds a request of an account; another's is not found.
func OfAccount(ctx context.Context, tx *db.Tx, accountID, id string) (Request, error) {
	r, err := db.One(ctx, tx, selectRequest+` WHERE id = $1 AND account_id = $2`, scanRequest, id, accountID)
	return r, absent(err)
}

// List lists the requests of an account, drafts too, the latest first.
func List(ctx context.Context, tx *db.Tx, accountID string) ([]Request, error) {
	return db.All(ctx, tx, selectRequest+` WHERE account_id = $1 ORDER BY made_at DESC, id`, scanRequest, accountID)
}

// Events lists the steps of a request, the first first.
func Events(ctx context.Context, tx *db.Tx, id string) ([]Event, error) {
	return db.All(ctx, tx, `SELECT at, actor, actor_name, step, body FROM request_steps WHERE request_id = $1 ORDER BY seq`,
		func(s db.Scanner) (e Event, err error) {
			return e, s.Scan(&e.At, &e.Actor, &e.ActorName, &e.Step, &e.Text)
		}, id)
}

// SaveDraft keeps what an account has typed of its request, to go on later. An account that is tied to a household has nothing to ask:
// fault.Conflict; so has one whose request is being looked at.
func SaveDraft(ctx context.Context, tx *db.Tx, a identity.Account, c Content) (Request, error) {
	if err := untied(ctx, tx, a); err != nil {
		return Request{}, err
	}
	r, err := Current(ctx, tx, a.ID)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return Request{}, err
	case err == nil && r.State.Open():
		return Request{}, fault.Conflictf("Votre démarche %s est déjà en cours.", r.Number)
	case err == nil && r.State == Draft:
		r.Content = c
		_, err = tx.Exec(ctx, `UPDATE requests SET content = $2, changed_at = $3 WHERE id = $1`, r.ID, db.JSON(c), tx.Now)
		return r, err
	}
	r = Request{ID: db.NewID(), Kind: Household, AccountID: a.ID, State: Draft, Content: c, MadeAt: tx.Now}
	_, err = tx.Exec(ctx, `INSERT INTO requests (id, kind, account_id, state, content, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`,
		r.ID, r.Kind, r.AccountID, string(r.State), db.JSON(c), tx.Now)
	return r, err
}

// untied refuses an account that has a household.
func untied(ctx context.Context, tx *db.Tx, a identity.Account) error {
	_, err := household.GuardianOf(ctx, tx, a.ID)
	if err == nil {
		return fault.Conflictf("Votre espace est déjà relié à un foyer.")
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Submit sends a request: it is checked, numbered and acknowledged. Doing it again answers the same request.
func Submit(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account, c Content) (Request, error) {
	today := civil.DateOf(tx.Now, t.Loc)
	if err := fault.InvalidFields(Check(c, today)); err != nil {
		return Request{}, err
	}
	r, err := SaveDraft(ctx, tx, a, c)
	if err != nil {
		return Request{}, err
	}
	profile, err := t.Profile(ctx, tx)
	if err != nil {
		return Request{}, err
	}
	days, err := Delay(ctx, tx)
	if err != nil {
		return Request{}, err
	}
	if r.Number, err = nextNumber(ctx, tx, today.Year); err != nil {
		return Request{}, err
	}
	r.Service, r.SubmittedAt, r.DueOn, r.State = profile.First().Title, tx.Now, today.AddDays(days), Submitted
	if _, err := tx.Exec(ctx, `UPDATE requests SET number = $2, service = $3, submitted_at = $4, due_on = $5, state = $6, changed_at = $4 WHERE id = $1`,
		r.ID, r.Number, r.Service, r.SubmittedAt, r.DueOn, string(r.State)); err != nil {
		return Request{}, err
	}
	if err := r.step(ctx, tx, owner(a), StepSubmitted, ""); err != nil {
		return Request{}, err
	}
	return r, r.tellSubmitted(ctx, tx, t, profile.First())
}

// nextNumber gives the next number of a year: no gap, no two alike, since it is taken in the transaction that uses it.
func nextNumber(ctx context.Context, tx *db.Tx, year int) (string, error) {
	var n int
	err := tx.QueryRow(ctx, `INSERT INTO request_numbers (year, last) VALUES ($1, 1) ON CONFLICT (year) DO UPDATE SET last = request_numbers.last + 1 RETURNING last`,
		year).Scan(&n)
	return fmt.Sprintf("D%d-%05d", year, n), err
}

// Answer writes to the service: it answers what was asked, or says something more.
func Answer(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account, id, text string) error {
	r, err := OfAccount(ctx, tx, a.ID, id)
	if err != nil {
		return err
	}
	step := StepMessage
	if r.State == Waiting {
		step = StepAnswered
	}
	if text, err = written(text); err != nil {
		return err
	}
	if err := r.move(ctx, tx, owner(a), step, text); err != nil {
		return err
	}
	return r.tellAgents(ctx, tx, t, "La famille a écrit sur la démarche "+r.Number)
}

// Withdraw ends a request at its author's wish.
func Withdraw(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account, id string) error {
	r, err := OfAccount(ctx, tx, a.ID, id)
	if err != nil {
		return err
	}
	if r.State == Draft {
		_, err := tx.Exec(ctx, `DELETE FROM requests WHERE id = $1`, r.ID)
		return err
	}
	if err := r.move(ctx, tx, owner(a), StepWithdrawn, ""); err != nil {
		return err
	}
	return r.tellFamily(ctx, tx, t, "Démarche "+r.Number+" retirée", "Vous avez retiré votre démarche "+r.Number+". Vous pouvez en déposer une autre à tout moment.")
}

// by is the author of a step.
type by struct{ actor, name string }

func owner(a identity.Account) by { return by{a.Actor(), a.Name} }

// move takes a step: the state follows the rules, the step is kept, the journal told.
func (r *Request) move(ctx context.Context, tx *db.Tx, who by, step Step, text string) error {
	next, err := Next(r.State, step)
	if err != nil {
		return err
	}
	decided := r.DecidedAt
	if next != r.State && !next.Open() {
		decided = tx.Now
	}
	reason := r.Reason
	if step == StepRefused {
		reason = text
	}
	n, err := tx.Exec(ctx, `UPDATE requests SET state = $2, agent = $3, reason = $4, household_id = $5, decided_at = $6, changed_at = $7 WHERE id = $1 AND state = $8`,
		r.ID, string(next), r.Agent, reason, maybe(r.HouseholdID), decided, tx.Now, string(r.State))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Cette démarche a avancé entre-temps. Relisez-la avant de continuer.")
	}
	r.State, r.Reason, r.DecidedAt = next, reason, decided
	return r.step(ctx, tx, who, step, text)
}

// step keeps a step and writes it in the journal.
func (r *Request) step(ctx context.Context, tx *db.Tx, who by, step Step, text string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO request_steps (request_id, seq, at, actor, actor_name, step, body)
		SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 FROM request_steps WHERE request_id = $1`,
		r.ID, tx.Now, who.actor, who.name, string(step), text); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.actor, ActorName: who.name, Act: "request." + string(step), Subject: "request:" + r.ID, Household: r.HouseholdID,
		Detail: map[string]string{"number": r.Number}})
}

// written checks a message.
func written(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", fault.Invalidf("message", "Écrivez votre message.")
	case utf8.RuneCountInString(text) > longestText:
		return "", fault.Invalidf("message", "C’est trop long : 4 000 caractères au plus.")
	}
	return text, nil
}

func absent(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.NotFoundf("Cette démarche n’existe pas.")
	}
	return err
}

// PersonOf is who asks: what the owner of the account said of themselves, or at least the account's name and e-mail.
func PersonOf(ctx context.Context, tx *db.Tx, a identity.Account) (registration.Person, error) {
	p, err := registration.PersonOf(ctx, tx, a.ID)
	if fault.Is(err, fault.NotFound) {
		first, last, _ := strings.Cut(a.Name, " ")
		return registration.Person{FirstNames: first, LastName: last, Email: a.Email}, nil
	}
	p.Email = a.Email
	return p, err
}
