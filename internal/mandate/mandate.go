// Package mandate holds direct debits: the mandates that families sign, and the batches that collect invoices with them.
//
// A mandate is signed on line, or on paper and entered by an agent. Its RUM names it for the bank for good. The account may change: the
// mandate goes on, and the next debit tells the bank so. It ends when the family or the town revokes it, or when nothing was debited for
// 36 months; it is suspended, and can be resumed, when the bank rejects its debits. Each change leaves an event.
//
// A batch takes the open invoices of the families whose mandate stands, for one day: they are reserved, so that nobody pays them twice
// meanwhile (InBatch). Its file goes to the bank; on its day a job records what was collected in the till, as any other payment; what the
// bank sends back is undone by a reversal, with its code, and the family is told.
package mandate

import (
	"context"
	"fmt"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/seal"
	"preau/internal/sepa"
	"preau/internal/staff"
)

// Channel says how a mandate was signed.
type Channel string

// The channels.
const (
	Online Channel = "online"
	Paper  Channel = "paper"
)

// State is where a mandate stands.
type State string

// The states.
const (
	Active    State = "active"
	Suspended State = "suspended" // nothing is debited until an agent resumes it
	Revoked   State = "revoked"   // by the family or by the town
	Lapsed    State = "lapsed"    // nothing was debited for 36 months
)

// Account is an account that a mandate lets the town debit.
type Account struct {
	ID         string
	Position   int64
	Shown      string // the first and the last signs of the IBAN
	Bank       string // its country, bank and branch, to tell another bank: empty outside of France
	BIC        sepa.BIC
	Holder     string
	Street     string
	PostalCode string
	City       string
	Country    string
	SignedOn   civil.Date
	SignedBy   string
	MadeAt     civil.Instant
	sealed     string
}

// Mandate is an authorisation to debit, with the account that is debited now.
type Mandate struct {
	ID           string
	HouseholdID  string
	RUM          sepa.RUM
	ICS          sepa.ICS
	Creditor     string
	Channel      Channel
	SignedOn     civil.Date
	SignedBy     string
	TermsVersion string
	Terms        string // what was signed, word for word
	MadeAt       civil.Instant
	SuspendedAt  civil.Instant
	SuspendedWhy string
	EndedAt      civil.Instant
	EndedHow     string // "family", "town", "lapsed", or empty
	EndedWhy     string // the reason the town gave, which the family reads
	Account      Account
}

// State says where the mandate stands.
func (m Mandate) State() State {
	switch {
	case m.EndedHow == "lapsed":
		return Lapsed
	case !m.EndedAt.IsZero():
		return Revoked
	case !m.SuspendedAt.IsZero():
		return Suspended
	}
	return Active
}

// Event is what happened to a mandate.
type Event struct {
	Kind  string // "signed", "account", "suspended", "resumed", "revoked", "lapsed", "rejected"
	At    civil.Instant
	Actor string
	By    string
	Note  string
}

// TellKind is the kind of the jobs that tell a family what happened to its mandate; the payload is a Told.
const TellKind = "mandate.tell"

// Told names what to tell: "signed", "account", "suspended", "resumed", "revoked", "lapsed".
type Told struct {
	MandateID string        `json:"mandate"`
	What      string        `json:"what"`
	At        civil.Instant `json:"at"`
}

// KeyPurpose is the purpose of the key that seals accounts: see town.KeyFor.
const KeyPurpose = "iban"

// Sign makes the mandate of a household, signed on line by a guardian who agreed to the terms of this version. Errors: fault.Invalid beside
// the fields "iban", "titulaire", "adresse", "code_postal", "commune", "accord"; fault.Conflict when a mandate stands or the terms changed;
// fault.Refused when the town offers no direct debit.
func Sign(ctx context.Context, tx *db.Tx, key []byte, who household.Guardian, s Signature) (Mandate, error) {
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return Mandate{}, err
	}
	if !set.Offered() {
		return Mandate{}, fault.Refusedf("La Ville ne propose pas encore le prélèvement automatique.")
	}
	s.online = true
	if err := s.check(); err != nil {
		return Mandate{}, err
	}
	if s.Terms != set.TermsVersion() {
		return Mandate{}, fault.Conflictf("Le texte du mandat a changé pendant que vous lisiez cette page. Relisez-le, puis signez de nouveau.")
	}
	m := Mandate{HouseholdID: who.HouseholdID, Channel: Online, SignedOn: s.SignedOn, SignedBy: who.Name()}
	return create(ctx, tx, key, household.ByGuardian(who), set, m, s)
}

// Enter makes a mandate that was signed on paper; an empty RUM asks for the next number. Errors: those of Sign, and fault.Invalid beside
// "rum" and "signe_le"; fault.Forbidden.
func Enter(ctx context.Context, tx *db.Tx, key []byte, who staff.Agent, householdID string, s Signature) (Mandate, error) {
	if !who.May(staff.Bill, "") {
		return Mandate{}, fault.Forbiddenf("Votre rôle ne permet pas de saisir un mandat.")
	}
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return Mandate{}, err
	}
	if !set.Ready() {
		return Mandate{}, fault.Refusedf("Renseignez d’abord le créancier dans les réglages du prélèvement.")
	}
	if _, err := household.ByID(ctx, tx, householdID); err != nil {
		return Mandate{}, err
	}
	if err := s.check(); err != nil {
		return Mandate{}, err
	}
	m := Mandate{HouseholdID: householdID, RUM: sepa.RUM(s.RUM), Channel: Paper, SignedOn: s.SignedOn, SignedBy: s.Holder}
	return create(ctx, tx, key, household.ByAgent(who), set, m, s)
}

// create writes a mandate with its first account.
func create(ctx context.Context, tx *db.Tx, key []byte, by household.By, set Settings, m Mandate, s Signature) (Mandate, error) {
	m.ID, m.ICS, m.Creditor, m.TermsVersion, m.Terms, m.MadeAt = db.NewID(), set.ICS, set.Name, set.TermsVersion(), set.Terms(), tx.Now
	if m.RUM == "" {
		var err error
		if m.RUM, err = nextRUM(ctx, tx, set.Prefix); err != nil {
			return m, err
		}
	}
	n, err := insert(ctx, tx, m, by)
	if err != nil {
		return m, err
	}
	if n == 0 {
		if taken, err := isTaken(ctx, tx, m.RUM); err != nil || taken {
			return m, orTaken(err)
		}
		return m, fault.Conflictf("Un mandat est déjà en cours pour ce foyer.")
	}
	if m.Account, err = addAccount(ctx, tx, key, by, m, s); err != nil {
		return m, err
	}
	return m, happened(ctx, tx, by, m, Event{Kind: "signed", Note: string(m.Channel)})
}

func orTaken(err error) error {
	if err != nil {
		return err
	}
	return fault.Invalidf("rum", "Cette référence est déjà celle d’un autre mandat.")
}

// ChangeAccount puts another account behind a mandate that stands, signed on line by whoever ticked the box: the next debit tells the bank. Errors:
// as Sign.
func ChangeAccount(ctx context.Context, tx *db.Tx, key []byte, by household.By, mandateID string, s Signature) (Mandate, error) {
	m, err := ByID(ctx, tx, mandateID)
	if err != nil {
		return m, err
	}
	if !m.EndedAt.IsZero() {
		return m, fault.Conflictf("Ce mandat a pris fin : signez-en un nouveau.")
	}
	s.online = true
	if err := s.check(); err != nil {
		return m, err
	}
	now, err := m.Account.Open(key)
	if err == nil && now == s.IBAN && m.Account.Holder == s.Holder && m.Account.Street == s.Street && m.Account.PostalCode == s.PostalCode && m.Account.City == s.City {
		return m, fault.Invalidf("iban", "C’est déjà le compte de ce mandat.")
	}
	if m.Account, err = addAccount(ctx, tx, key, by, m, s); err != nil {
		return m, err
	}
	if err := happened(ctx, tx, by, m, Event{Kind: "account", Note: m.Account.Shown}); err != nil {
		return m, err
	}
	if m.SuspendedAt.IsZero() {
		return m, nil
	}
	return m, resume(ctx, tx, by, m, "nouveau compte")
}

func addAccount(ctx context.Context, tx *db.Tx, key []byte, by household.By, m Mandate, s Signature) (Account, error) {
	a := Account{ID: db.NewID(), Position: m.Account.Position + 1, Shown: s.IBAN.Masked(), Bank: s.IBAN.Bank(), BIC: s.BIC, Holder: s.Holder, Street: s.Street,
		PostalCode: s.PostalCode, City: s.City, Country: "FR", SignedOn: s.SignedOn, SignedBy: by.Name, MadeAt: tx.Now}
	var err error
	if a.sealed, err = seal.Seal(key, a.ID, []byte(s.IBAN)); err != nil {
		return a, err
	}
	return a, insertAccount(ctx, tx, m.ID, a, by)
}

// Open gives the number of the account.
func (a Account) Open(key []byte) (sepa.IBAN, error) {
	plain, err := seal.Open(key, a.ID, a.sealed)
	return sepa.IBAN(plain), err
}

// Revoke ends a mandate for good: nothing is debited any more, except what was already sent to the bank. how is "family" or "town"; the
// town gives a reason.
func Revoke(ctx context.Context, tx *db.Tx, by household.By, mandateID, how, reason string) error {
	m, err := ByID(ctx, tx, mandateID)
	if err != nil {
		return err
	}
	if how == "town" && reason == "" {
		return fault.Invalidf("motif", "Indiquez le motif : la famille le lira.")
	}
	return end(ctx, tx, by, m, how, reason)
}

func end(ctx context.Context, tx *db.Tx, by household.By, m Mandate, how, note string) error {
	n, err := tx.Exec(ctx, `UPDATE mandates SET ended_at = $2, ended_how = $3 WHERE id = $1 AND ended_at IS NULL`, m.ID, tx.Now, how)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Ce mandat a déjà pris fin.")
	}
	kind := "revoked"
	if how == "lapsed" {
		kind = "lapsed"
	}
	if err := withdraw(ctx, tx, m.ID, "le mandat a pris fin"); err != nil {
		return err
	}
	return happened(ctx, tx, by, m, Event{Kind: kind, Note: note})
}

// Suspend keeps a mandate from being used, until an agent resumes it or the family changes its account.
func Suspend(ctx context.Context, tx *db.Tx, by household.By, mandateID, reason string) error {
	m, err := ByID(ctx, tx, mandateID)
	if err != nil {
		return err
	}
	if reason == "" {
		return fault.Invalidf("motif", "Indiquez le motif : la famille le lira.")
	}
	n, err := tx.Exec(ctx, `UPDATE mandates SET suspended_at = $2, suspended_why = $3 WHERE id = $1 AND ended_at IS NULL AND suspended_at IS NULL`, m.ID, tx.Now, reason)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Ce mandat n’est pas actif.")
	}
	if err := withdraw(ctx, tx, m.ID, "le mandat est suspendu"); err != nil {
		return err
	}
	return happened(ctx, tx, by, m, Event{Kind: "suspended", Note: reason})
}

// Resume lets a suspended mandate be used again.
func Resume(ctx context.Context, tx *db.Tx, by household.By, mandateID string) error {
	m, err := ByID(ctx, tx, mandateID)
	if err != nil {
		return err
	}
	return resume(ctx, tx, by, m, "")
}

func resume(ctx context.Context, tx *db.Tx, by household.By, m Mandate, note string) error {
	n, err := tx.Exec(ctx, `UPDATE mandates SET suspended_at = NULL, suspended_why = '' WHERE id = $1 AND ended_at IS NULL AND suspended_at IS NOT NULL`, m.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Conflictf("Ce mandat n’est pas suspendu.")
	}
	return happened(ctx, tx, by, m, Event{Kind: "resumed", Note: note})
}

// happened writes what happened to a mandate: in its history, in the journal, and to the family.
func happened(ctx context.Context, tx *db.Tx, by household.By, m Mandate, e Event) error {
	if err := addEvent(ctx, tx, m.ID, by, e); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "mandate." + e.Kind, Subject: "mandate:" + m.ID, Household: m.HouseholdID,
		Detail: map[string]string{"rum": string(m.RUM), "note": e.Note}}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellKind, Told{MandateID: m.ID, What: e.Kind, At: tx.Now})
}

// nextRUM gives the next reference of our numbering that is free: a mandate on paper may bring one that looks the same.
func nextRUM(ctx context.Context, tx *db.Tx, prefix string) (sepa.RUM, error) {
	for {
		n, err := nextNumber(ctx, tx)
		if err != nil {
			return "", err
		}
		rum := sepa.RUM(fmt.Sprintf("%s%06d", prefix, n))
		if taken, err := isTaken(ctx, tx, rum); err != nil || !taken {
			return rum, err
		}
	}
}

func isTaken(ctx context.Context, tx *db.Tx, rum sepa.RUM) (bool, error) {
	return db.Exists(ctx, tx, `SELECT 1 FROM mandates WHERE rum = $1`, string(rum))
}

// nextNumber draws the number of a mandate.
func nextNumber(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO mandate_numbers (id, last) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET last = mandate_numbers.last + 1 RETURNING last`).Scan(&n)
	return n, err
}
