package request

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/town"
)

// KeySecret is the key of the town with which access keys are hashed.
func KeySecret(t *town.Town) []byte { return t.KeyFor("access keys") }

// Free tries of a key within an hour, after which every answer is the same until the hour has passed.
const (
	keyTriesByAddress = 20 // a school or a library shares one
	keyTriesByAccount = 6
)

// KeyTry is a key typed by somebody.
type KeyTry struct {
	Typed   string
	Address string // of the network
	Who     string // account, or draft: what is counted beside the address
}

// CheckKey finds the key that was typed, counting the try; fault.Invalid beside "cle", in the same words whatever the reason, when it does
// not work. The count is written with the transaction: when the key is wrong, commit it all the same.
func CheckKey(ctx context.Context, tx *db.Tx, t *town.Town, try KeyTry) (household.AccessKey, household.Guardian, error) {
	secret := t.KeyFor("key tries")
	over := false
	for _, l := range []identity.Try{
		{Key: secret, What: "access key by address", Who: identity.Network(try.Address), Most: keyTriesByAddress},
		{Key: secret, What: "access key by account", Who: try.Who, Most: keyTriesByAccount},
	} {
		more, err := identity.CountTry(ctx, tx, l)
		if err != nil {
			return household.AccessKey{}, household.Guardian{}, err
		}
		over = over || more
	}
	typed := try.Typed
	if over {
		typed = "" // the answer of a wrong key, and nothing is looked up
	}
	return household.CheckKey(ctx, tx, KeySecret(t), typed, civil.DateOf(tx.Now, t.Loc))
}

// KeyOutcome is what entering a key did.
type KeyOutcome struct {
	Tied     bool // the account is the guardian's; otherwise an agent decides
	Guardian household.Guardian
	Request  Request // when an agent decides
}

// UseKey uses the key that an account entered: its owner's name or birth date is the guardian's, and the account is tied at once; or not,
// and a request is made for an agent to decide. Errors: fault.Conflict when the account is tied already, or its request under way.
func UseKey(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account, keyID string) (KeyOutcome, error) {
	if err := untied(ctx, tx, a); err != nil {
		return KeyOutcome{}, err
	}
	k, g, err := household.KeyByID(ctx, tx, keyID, civil.DateOf(tx.Now, t.Loc))
	if err != nil {
		return KeyOutcome{}, err
	}
	p, err := PersonOf(ctx, tx, a)
	if err != nil {
		return KeyOutcome{}, err
	}
	if !p.Claimant().Matches(g) {
		r, err := Submit(ctx, tx, t, a, Content{Wish: Join, KeyID: k.ID})
		return KeyOutcome{Guardian: g, Request: r}, err
	}
	if err := tie(ctx, tx, t, household.By{Actor: a.Actor(), Name: a.Name}, k, a); err != nil {
		return KeyOutcome{}, err
	}
	return KeyOutcome{Tied: true, Guardian: g}, dropDraft(ctx, tx, a.ID)
}

// tie uses a key up for an account, fills in what the town did not know of the guardian, and tells who must know.
func tie(ctx context.Context, tx *db.Tx, t *town.Town, who household.By, k household.AccessKey, a identity.Account) error {
	if err := household.UseKey(ctx, tx, who, k, a.ID); err != nil {
		return err
	}
	return welcome(ctx, tx, t, who, k.GuardianID, a)
}

// welcome completes a guardian whose account was just tied, and tells the others.
func welcome(ctx context.Context, tx *db.Tx, t *town.Town, who household.By, guardianID string, a identity.Account) error {
	g, err := household.GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	p, err := PersonOf(ctx, tx, a)
	if err != nil {
		return err
	}
	if err := household.SetBirth(ctx, tx, who, g.ID, p.Birth()); err != nil {
		return err
	}
	if err := tellTied(ctx, tx, t, g, a); err != nil {
		return err
	}
	c := household.Contact{Email: a.Email, Phone: g.Phone}
	if phone := p.AnyPhone(); phone != "" {
		c.Phone = phone
	}
	return household.UpdateContact(ctx, tx, who, g.ID, c)
}

// dropDraft forgets the draft of an account that needs it no more.
func dropDraft(ctx context.Context, tx *db.Tx, accountID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM requests WHERE account_id = $1 AND state = 'draft'`, accountID)
	return err
}

// TryKey checks and uses a key in one go, for an account that is signed in. A wrong key is fault.Invalid beside "cle" in wrong, and err is
// nil: what was counted must be kept.
func TryKey(ctx context.Context, tx *db.Tx, t *town.Town, a identity.Account, try KeyTry) (out KeyOutcome, wrong, err error) {
	k, _, err := CheckKey(ctx, tx, t, try)
	if fault.Is(err, fault.Invalid) {
		return out, err, nil
	}
	if err != nil {
		return out, nil, err
	}
	out, err = UseKey(ctx, tx, t, a, k.ID)
	return out, nil, err
}
