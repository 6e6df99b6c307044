package request

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/registration"
	"preau/internal/staff"
	"preau/internal/town"
)

// File is a request as an agent sees it.
type File struct {
	Request
	Account identity.Account
	Person  registration.Person
	Events  []Event
	// Key is the guardian of the "clé enfance" that came with the request; the zero Guardian when none did, or when it no longer works.
	Key   household.Guardian
	Alike []household.Alike // the households that look like this family
}

// Queue lists the requests that wait for the town, the oldest first; decided gives the latest decided ones instead.
func Queue(ctx context.Context, tx *db.Tx, decided bool, limit int) ([]Request, error) {
	where := ` WHERE state IN ('submitted', 'in_progress', 'waiting') ORDER BY submitted_at, id LIMIT $1`
	if decided {
		where = ` WHERE state IN ('accepted', 'refused', 'withdrawn') ORDER BY decided_at DESC, id LIMIT $1`
	}
	return db.All(ctx, tx, selectRequest+where, scanRequest, limit)
}

// CountOpen says how many requests wait for the town: not those that wait for the family.
func CountOpen(ctx context.Context, tx *db.Tx) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM requests WHERE state IN ('submitted', 'in_progress')`).Scan(&n)
	return n, err
}

// ByID finds a request, for agents; a draft is not theirs to see.
func ByID(ctx context.Context, tx *db.Tx, id string) (Request, error) {
	r, err := db.One(ctx, tx, selectRequest+` WHERE id = $1 AND state <> 'draft'`, scanRequest, id)
	return r, absent(err)
}

// Open reads all an agent needs to decide.
func Open(ctx context.Context, tx *db.Tx, t *town.Town, id string) (f File, err error) {
	if f.Request, err = ByID(ctx, tx, id); err != nil {
		return f, err
	}
	if f.Account, err = identity.ByID(ctx, tx, f.AccountID); err != nil {
		return f, err
	}
	if f.Person, err = PersonOf(ctx, tx, f.Account); err != nil {
		return f, err
	}
	if f.Events, err = Events(ctx, tx, id); err != nil {
		return f, err
	}
	if f.Content.KeyID != "" {
		_, f.Key, err = household.KeyByID(ctx, tx, f.Content.KeyID, civil.DateOf(tx.Now, t.Loc))
		if err != nil && !fault.Is(err, fault.Invalid) {
			return f, err
		}
	}
	l := household.Likeness{Claimant: f.Person.Claimant(), Reference: f.Content.Reference, Email: f.Account.Email, Phones: []string{f.Person.Mobile, f.Person.Phone}}
	for _, c := range f.Content.Children {
		l.Children = append(l.Children, household.ChildLike{FirstName: c.FirstName, LastName: c.LastName, BornOn: c.BornOn})
	}
	f.Alike, err = household.FindAlike(ctx, tx, l)
	return f, err
}

// Take puts a request in an agent's hands; the family sees that it has begun.
func Take(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id string) error {
	r, err := ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	r.Agent = who.Actor()
	if err := r.move(ctx, tx, agent(who), StepTaken, ""); err != nil {
		return err
	}
	return r.tellFamily(ctx, tx, t, "Votre démarche "+r.Number+" est en cours", "Un agent s’occupe de votre démarche "+r.Number+".\n\n"+r.Address(t))
}

// Ask asks the family something: the request waits for its answer.
func Ask(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id, text string) error {
	return say(ctx, tx, t, who, id, StepAsked, text, "La mairie attend votre réponse : démarche ")
}

// Write tells the family something; the request goes on.
func Write(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id, text string) error {
	return say(ctx, tx, t, who, id, StepMessage, text, "Un message de la mairie : démarche ")
}

func say(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id string, step Step, text, subject string) error {
	r, err := ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if text, err = written(text); err != nil {
		return err
	}
	r.Agent = who.Actor()
	if err := r.move(ctx, tx, agent(who), step, text); err != nil {
		return err
	}
	return r.tellFamily(ctx, tx, t, subject+r.Number, text+"\n\nPour répondre :\n\n"+r.Address(t))
}

// Refuse ends a request with a reason that the family reads.
func Refuse(ctx context.Context, tx *db.Tx, t *town.Town, who staff.Agent, id, reason string) error {
	r, err := ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if reason, err = written(reason); err != nil {
		return fault.Invalidf("motif", "Indiquez le motif : la famille le lit.")
	}
	r.Agent = who.Actor()
	if err := r.move(ctx, tx, agent(who), StepRefused, reason); err != nil {
		return err
	}
	return r.tellFamily(ctx, tx, t, "Votre démarche "+r.Number+" est refusée",
		"Votre démarche « "+r.Title()+" » est refusée, pour ce motif :\n\n"+reason+"\n\nVous pouvez en déposer une autre, ou contacter le service.\n\n"+r.Address(t))
}

func agent(a staff.Agent) by { return by{a.Actor(), a.Name} }
