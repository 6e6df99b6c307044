package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// Site is the town's site as passkeys know it: they are tied to its host name and open no other.
type Site struct {
	Host   string // "famille.chatou.example"
	Origin string // "https://famille.chatou.example", with the port when there is one
	Name   string // "Ville de Chatou"
}

func (s Site) relyingParty() (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: s.Host, RPDisplayName: s.Name, RPOrigins: []string{s.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			// The device asks for its owner's finger, face or code: a passkey is two factors by itself.
			UserVerification: protocol.VerificationRequired,
		},
	})
}

// Passkey is a key of an account, as its owner sees it.
type Passkey struct {
	ID         string
	Name       string
	CreatedAt  civil.Instant
	LastUsedAt civil.Instant // zero: never
}

// passkeysMost bounds the passkeys of one account.
const passkeysMost = 10

// Passkeys lists the passkeys of an account, the oldest first.
func Passkeys(ctx context.Context, tx *db.Tx, accountID string) ([]Passkey, error) {
	return db.All(ctx, tx, `SELECT id, name, created_at, last_used_at FROM passkeys WHERE account_id = $1 ORDER BY created_at, id`,
		func(r db.Scanner) (p Passkey, err error) {
			return p, r.Scan(&p.ID, &p.Name, &p.CreatedAt, &p.LastUsedAt)
		}, accountID)
}

// keyOwner is an account as the protocol sees it. The handle that keys keep of it is the account's random id: it names nobody.
type keyOwner struct {
	account     Account
	credentials []webauthn.Credential
}

// WebAuthnID is the handle.
func (o keyOwner) WebAuthnID() []byte { return []byte(o.account.ID) }

// WebAuthnName is what tells two accounts of one person apart.
func (o keyOwner) WebAuthnName() string { return o.account.Login }

// WebAuthnDisplayName is the person's name.
func (o keyOwner) WebAuthnDisplayName() string { return o.account.Name }

// WebAuthnCredentials are the keys.
func (o keyOwner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

func ownerOfKeys(ctx context.Context, tx *db.Tx, accountID string) (keyOwner, error) {
	var o keyOwner
	var err error
	if o.account, err = ByID(ctx, tx, accountID); err != nil {
		return o, err
	}
	o.credentials, err = db.All(ctx, tx, `SELECT credential FROM passkeys WHERE account_id = $1 ORDER BY created_at, id`,
		func(r db.Scanner) (c webauthn.Credential, err error) {
			var text string
			if err = r.Scan(&text); err != nil {
				return c, err
			}
			return c, json.Unmarshal([]byte(text), &c)
		}, accountID)
	return o, err
}

// Begun is a challenge for the browser: Options as its interface takes them, in JSON, and the token to send back with the answer.
type Begun struct {
	Token   string          `json:"etape"`
	Options json.RawMessage `json:"options"`
}

// BeginPasskey makes the challenge to register a passkey for an account.
func BeginPasskey(ctx context.Context, tx *db.Tx, a Account, site Site) (Begun, error) {
	party, err := site.relyingParty()
	if err != nil {
		return Begun{}, err
	}
	owner, err := ownerOfKeys(ctx, tx, a.ID)
	if err != nil {
		return Begun{}, err
	}
	if len(owner.credentials) >= passkeysMost {
		return Begun{}, fault.Refusedf("Vous avez déjà %d clés d’accès. Retirez-en une qui ne sert plus.", passkeysMost)
	}
	creation, session, err := party.BeginRegistration(owner, webauthn.WithExclusions(webauthn.Credentials(owner.credentials).CredentialDescriptors()))
	if err != nil {
		return Begun{}, err
	}
	return begun(ctx, tx, stepNewKey, a.ID, creation.Response, session)
}

// challengesByAddress bounds the challenges one address can ask for in an hour: each is a row for five minutes.
const challengesByAddress = 300

// BeginPasskeySignIn makes the challenge to sign in with a passkey, whoever's. It refuses an address that asks too often.
func BeginPasskeySignIn(ctx context.Context, tx *db.Tx, from Attempt, site Site) (Begun, error) {
	l := limit{subject(from.Key, "passkey address", network(from.Address)), challengesByAddress}
	over, err := l.spent(ctx, tx)
	if err != nil {
		return Begun{}, err
	}
	if over {
		return Begun{}, fault.Refusedf("Trop de demandes depuis votre connexion. Utilisez votre mot de passe.")
	}
	if _, err := l.count(ctx, tx); err != nil {
		return Begun{}, err
	}
	party, err := site.relyingParty()
	if err != nil {
		return Begun{}, err
	}
	assertion, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Begun{}, err
	}
	return begun(ctx, tx, stepPasskey, "", assertion.Response, session)
}

func begun(ctx context.Context, tx *db.Tx, kind stepKind, accountID string, options any, session *webauthn.SessionData) (Begun, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Begun{}, err
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return Begun{}, err
	}
	token, err := putStep(ctx, tx, step{kind: kind, accountID: accountID, content: string(kept), life: challengeLife})
	return Begun{Token: token, Options: text}, err
}

// Ceremony is a challenge that was taken: it serves once, whatever the answer.
type Ceremony struct {
	accountID string
	session   webauthn.SessionData
}

// TakeNewPasskey takes the challenge of BeginPasskey. Do it in a transaction of its own, so that a wrong answer uses it up as well.
func TakeNewPasskey(ctx context.Context, tx *db.Tx, a Account, token string) (Ceremony, error) {
	c, err := takeCeremony(ctx, tx, stepNewKey, token)
	if err == nil && c.accountID != a.ID {
		return Ceremony{}, fault.NotFoundf("Cette étape a déjà servi, ou son délai est passé. Recommencez.")
	}
	return c, err
}

// TakePasskeySignIn takes the challenge of BeginPasskeySignIn, in a transaction of its own too.
func TakePasskeySignIn(ctx context.Context, tx *db.Tx, token string) (Ceremony, error) {
	return takeCeremony(ctx, tx, stepPasskey, token)
}

func takeCeremony(ctx context.Context, tx *db.Tx, kind stepKind, token string) (Ceremony, error) {
	s, err := takeStep(ctx, tx, kind, token)
	if err != nil {
		return Ceremony{}, err
	}
	c := Ceremony{accountID: s.accountID}
	return c, json.Unmarshal([]byte(s.content), &c.session)
}

// AddPasskey checks what the browser answered to a challenge and keeps the key under a name. Refusals name the fields "nom" and "reponse".
func AddPasskey(ctx context.Context, tx *db.Tx, c Ceremony, site Site, answer, name string) error {
	name = clean(name)
	if name == "" || utf8.RuneCountInString(name) > 60 {
		return fault.Invalidf("nom", "Donnez à la clé un nom de 60 caractères au plus, par exemple « Mon téléphone ».")
	}
	party, err := site.relyingParty()
	if err != nil {
		return err
	}
	owner, err := ownerOfKeys(ctx, tx, c.accountID)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return errPasskey(err)
	}
	credential, err := party.CreateCredential(owner, c.session, parsed)
	if err != nil {
		return errPasskey(err)
	}
	rows, err := tx.Exec(ctx, `INSERT INTO passkeys (id, account_id, credential_id, name, credential, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, db.NewID(), c.accountID, credentialID(credential.ID), name, db.JSON(credential), tx.Now)
	if err != nil {
		return err
	}
	if rows == 0 {
		return fault.Invalidf("reponse", "Cette clé d’accès est déjà enregistrée.")
	}
	if err := settled(ctx, tx, c.accountID); err != nil {
		return err
	}
	return record(ctx, tx, owner.account, "account.add_passkey", map[string]string{"name": name})
}

// EnterWithPasskey checks what the browser answered to a challenge and opens a session: the key proves a device and its owner, so nothing
// more is asked. A counter that went back, the sign of a copied key, is refused.
func EnterWithPasskey(ctx context.Context, tx *db.Tx, c Ceremony, site Site, answer string, b Browser) (Entry, error) {
	party, err := site.relyingParty()
	if err != nil {
		return Entry{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return Entry{}, errPasskey(err)
	}
	var owner keyOwner
	var failed error
	credential, err := party.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		owner, failed = ownerOfKeys(ctx, tx, string(handle))
		return owner, failed
	}, c.session, parsed)
	switch {
	case failed != nil && !fault.Is(failed, fault.NotFound):
		return Entry{}, failed
	case err != nil:
		return Entry{}, errPasskey(err)
	case credential.Authenticator.CloneWarning:
		return Entry{}, errPasskey(errors.New("the counter of the key went back"))
	case owner.account.Suspended():
		return Entry{}, errSuspended()
	}
	if _, err := tx.Exec(ctx, `UPDATE passkeys SET credential = $3, last_used_at = $4 WHERE account_id = $1 AND credential_id = $2`,
		owner.account.ID, credentialID(credential.ID), db.JSON(credential), tx.Now); err != nil {
		return Entry{}, err
	}
	return admit(ctx, tx, owner.account, arrival{Browser: b, way: ByPasskey})
}

// PasskeyError is a refused passkey, with the reason for the log: the visitor is told nothing of it.
type PasskeyError struct{ reason error }

// Error is the reason.
func (e *PasskeyError) Error() string { return fmt.Sprintf("passkey: %v", e.reason) }

func errPasskey(reason error) error { return &PasskeyError{reason} }

// RemovePasskey forgets a passkey of the account, or answers not found. An agent for whom a second factor is mandatory keeps one.
func RemovePasskey(ctx context.Context, tx *db.Tx, a Account, id string) error {
	f, err := FactorsOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	p, err := ReadPolicy(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE id = $1 AND account_id = $2`, id, a.ID)
	if err != nil {
		return err
	}
	if rows == 0 {
		return fault.NotFoundf("Cette clé d’accès n’existe plus.")
	}
	if a.Kind == Staff && p.StaffFactor && !f.Authenticator && f.Passkeys == 1 {
		return fault.Refusedf("La mairie demande une seconde étape à ses agents, et cette clé est votre seule. Ajoutez-en d’abord une autre, ou une application.")
	}
	return record(ctx, tx, a, "account.remove_passkey", nil)
}

func credentialID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }
