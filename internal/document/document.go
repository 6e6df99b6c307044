// Package document is the vault of families: the documents they store, what the town asks of them, and what its agents check.
//
// A family deposits a document: a type, whose it is (the household or a child), one or several pages. What it stores is private. It
// becomes visible to the service when the family sends it: with the yearly file, a request, an absence. An agent then accepts it until a
// date, or refuses it with a reason; each time an agent opens it, the family can see who and when. A document that is no longer valid
// is asked again. It is kept only as long as its type says.
//
// The content of a document is files of package blob; this package knows which, in which order, and who may read them.
package document

import (
	"context"
	"errors"
	"slices"

	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// State is where a document stands.
type State string

// The states. Expired is not stored: it is an accepted document after its last day.
const (
	Scanning State = "scanning" // in quarantine until the antivirus has answered; nobody can open it
	Kept     State = "kept"     // private
	ToCheck  State = "to_check" // sent to the service
	Accepted State = "accepted"
	Refused  State = "refused" // Reason says why
	Expired  State = "expired"
)

// Document is one deposit of a family.
type Document struct {
	ID            string
	HouseholdID   string
	ChildID       string // empty: the household's
	Child         string // first name; empty likewise
	Type          Type
	Stored        State // as stored: see State
	Wanted        bool  // sent to the service once the antivirus has answered
	DepositedAt   civil.Instant
	DepositedBy   string // name
	SentAt        civil.Instant
	DecidedAt     civil.Instant
	DecidedByName string
	Reason        string     // of a refusal
	ValidUntil    civil.Date // zero: for ever
	ReplacedAt    civil.Instant
	Parts         []Part
	Held          bool // attached to a request that is under way
}

// Part is a page of a document, or a file of several pages.
type Part struct {
	Number int
	FileID string
	Name   string // to save it under
	Type   string // media type
	Size   int64  // bytes
}

// Size is how much the document counts in the quota, in bytes.
func (d Document) Size() (n int64) {
	for _, p := range d.Parts {
		n += p.Size
	}
	return n
}

// Whose names who the document is of: a first name, or the household.
func (d Document) Whose() string {
	if d.Child != "" {
		return d.Child
	}
	return "Le foyer"
}

// Limits of one document and of one household.
const (
	MaxParts      = 12
	depositsAHour = 30
)

// Deposit is what a family stores.
type Deposit struct {
	UploadID string // made by the form: the same one sent again is the same deposit
	TypeID   string
	ChildID  string
	Parts    []Part // their files are stored, and not recorded yet
	Files    []blob.File
	Send     bool   // also send it to the service, with the yearly file
	Replaces string // a document of the same type that this one takes the place of, or empty
	Scan     bool   // keep it apart until Scanned
	Target   string // what it is sent with instead of the yearly file: see Send; empty: as Send says
}

// Deposited finds the document of an upload that came before: an answer that was lost, a button pressed twice.
func Deposited(ctx context.Context, tx *db.Tx, who household.Guardian, uploadID string) (Document, bool, error) {
	list, err := load(ctx, tx, "d.household_id = $1 AND d.upload_id = $2", who.HouseholdID, uploadID)
	if err != nil || len(list) == 0 {
		return Document{}, false, err
	}
	return list[0], true, nil
}

// Check says whether a deposit would be taken, before its files are read: fault.Invalid beside "type", "enfant"; fault.Refused beyond the
// quota or when too much came within the hour.
func Check(ctx context.Context, tx *db.Tx, who household.Guardian, d Deposit) (Type, error) {
	t, err := TypeByID(ctx, tx, d.TypeID)
	if fault.Is(err, fault.NotFound) || err == nil && t.Archived {
		return t, fault.Invalidf("type", "Choisissez le type du document.")
	}
	if err != nil {
		return t, err
	}
	switch {
	case t.Subject == OfChild && d.ChildID == "":
		return t, fault.Invalidf("enfant", "Choisissez l’enfant que ce document concerne.")
	case t.Subject == OfHousehold && d.ChildID != "":
		return t, fault.Invalidf("enfant", "Ce document concerne tout le foyer.")
	case d.ChildID != "":
		if _, err := household.ChildOf(ctx, tx, who, d.ChildID); err != nil {
			return t, err
		}
	}
	if d.Replaces != "" {
		old, err := Find(ctx, tx, who, d.Replaces)
		if err != nil {
			return t, err
		}
		if old.Type.ID != t.ID || old.ChildID != d.ChildID {
			return t, fault.Invalidf("type", "Un document est remplacé par un autre du même type.")
		}
	}
	return t, room(ctx, tx, who, d)
}

// room refuses what goes beyond the household's quota, or comes too fast.
func room(ctx context.Context, tx *db.Tx, who household.Guardian, d Deposit) error {
	s, err := ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	used, err := Used(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for _, p := range d.Parts {
		used += p.Size
	}
	if used >= s.Quota() {
		return fault.Refusedf("Votre espace est plein (%d Mo). Supprimez des documents qui ne servent plus, puis recommencez.", s.QuotaMB)
	}
	var lately int64
	err = tx.QueryRow(ctx, `SELECT count(*) FROM documents WHERE household_id = $1 AND deposited_at > $2`, who.HouseholdID, tx.Now.Add(-hour)).Scan(&lately)
	if err == nil && lately >= depositsAHour {
		return fault.Refusedf("Vous avez déposé %d documents en une heure. Attendez un peu avant d’en déposer d’autres.", lately)
	}
	return err
}

// Store writes a deposit: the document and the rows of its files. The same upload again gives the document of the first, and false: the
// caller discards the files.
func Store(ctx context.Context, tx *db.Tx, who household.Guardian, d Deposit) (Document, bool, error) {
	if old, found, err := Deposited(ctx, tx, who, d.UploadID); err != nil || found {
		return old, false, err
	}
	t, err := Check(ctx, tx, who, d)
	if err != nil {
		return Document{}, false, err
	}
	if len(d.Parts) == 0 || len(d.Parts) > MaxParts || len(d.Parts) != len(d.Files) {
		return Document{}, false, fault.Invalidf("fichier", "Choisissez de un à %d fichiers.", MaxParts)
	}
	doc := Document{ID: db.NewID(), HouseholdID: who.HouseholdID, ChildID: d.ChildID, Type: t, Stored: Kept, Wanted: d.Send || d.Target != ""}
	if d.Scan {
		doc.Stored = Scanning
	}
	if _, err := tx.Exec(ctx, `INSERT INTO documents (id, household_id, child_id, type_id, upload_id, state, wanted, deposited_by, deposited_by_name, deposited_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		doc.ID, doc.HouseholdID, orNull(d.ChildID), t.ID, d.UploadID, string(doc.Stored), doc.Wanted, who.Actor(), who.Name(), tx.Now); err != nil {
		return Document{}, false, err
	}
	for i, p := range d.Parts {
		if err := blob.Record(ctx, tx, d.Files[i]); err != nil {
			return Document{}, false, err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO document_parts (document_id, number, file_id, name, media_type, size_bytes) VALUES ($1, $2, $3, $4, $5, $6)`,
			doc.ID, int64(i+1), d.Files[i].ID, p.Name, p.Type, d.Files[i].Size); err != nil {
			return Document{}, false, err
		}
	}
	if err := note(ctx, tx, household.ByGuardian(who), "document.deposit", doc, map[string]any{"type": t.Name, "parts": len(d.Parts)}); err != nil {
		return Document{}, false, err
	}
	if d.Replaces != "" {
		if err := retire(ctx, tx, who, d.Replaces); err != nil {
			return Document{}, false, err
		}
	}
	return doc, true, afterDeposit(ctx, tx, who, doc, d.Target)
}

// afterDeposit sends the document at once, or asks for its analysis. What is attached to something is so from the start: the service sees it
// once it is analysed.
func afterDeposit(ctx context.Context, tx *db.Tx, who household.Guardian, d Document, target string) error {
	switch {
	case d.Stored == Scanning && target != "":
		if _, err := attach(ctx, tx, who, d.ID, target); err != nil {
			return err
		}
		return queueScan(ctx, tx, d.ID)
	case d.Stored == Scanning:
		return queueScan(ctx, tx, d.ID)
	case target != "":
		return Send(ctx, tx, who, d.ID, target)
	case d.Wanted:
		return Send(ctx, tx, who, d.ID, YearlyFile)
	}
	return nil
}

// attach writes with what a document is sent, and whether it was not so before.
func attach(ctx context.Context, tx *db.Tx, who household.Guardian, id, target string) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO document_sendings (document_id, target, sent_at, sent_by_name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		id, target, tx.Now, who.Name())
	return n > 0, err
}

// retire takes an old document away once another has its place: what was never sent goes, the rest stays as long as its type says.
func retire(ctx context.Context, tx *db.Tx, who household.Guardian, id string) error {
	old, err := Find(ctx, tx, who, id)
	if err != nil {
		return err
	}
	if old.SentAt.IsZero() {
		return remove(ctx, tx, household.ByGuardian(who), old, "document.replace")
	}
	_, err = tx.Exec(ctx, "UPDATE documents SET replaced_at = $2 WHERE id = $1 AND replaced_at IS NULL", id, tx.Now)
	return err
}

// YearlyFile is what a document is sent with when it is not attached to anything else; other targets are "request:ID", "change:ID",
// "absence:ID", and hold the document until Settle.
const YearlyFile = "file"

// Send shows a document to the service, attached to target. What was accepted already and is still valid serves again without a new
// check. Errors: fault.NotFound; fault.Refused for one that is in quarantine, refused or replaced.
func Send(ctx context.Context, tx *db.Tx, who household.Guardian, id, target string) error {
	d, err := Find(ctx, tx, who, id)
	if err != nil {
		return err
	}
	if d.Stored == Scanning || d.Stored == Refused || !d.ReplacedAt.IsZero() {
		return fault.Refusedf("Ce document ne peut pas être transmis au service. Déposez-en un nouveau.")
	}
	if d.Type.ID == Certificate && target == YearlyFile {
		return fault.Refusedf("Un justificatif d’absence se transmet depuis la page « Absences », avec les jours qu’il couvre.")
	}
	fresh, err := attach(ctx, tx, who, id, target)
	if err != nil || !fresh {
		return err
	}
	if d.Stored == Kept {
		if _, err := tx.Exec(ctx, "UPDATE documents SET state = 'to_check', sent_at = $2 WHERE id = $1", id, tx.Now); err != nil {
			return err
		}
	}
	return note(ctx, tx, household.ByGuardian(who), "document.send", d, map[string]string{"type": d.Type.Name, "target": target})
}

// Settle ends the hold of a target on its documents: the request was answered, or withdrawn.
func Settle(ctx context.Context, tx *db.Tx, target string) error {
	_, err := tx.Exec(ctx, "UPDATE document_sendings SET settled_at = $2 WHERE target = $1 AND settled_at IS NULL", target, tx.Now)
	return err
}

// Delete removes a document of the family, and its files. Errors: fault.NotFound; fault.Refused when a request under way or the law
// needs it.
func Delete(ctx context.Context, tx *db.Tx, who household.Guardian, id string) error {
	d, err := Find(ctx, tx, who, id)
	if err != nil {
		return err
	}
	if why := Holds(d); why != "" {
		return fault.Refusedf("%s", why)
	}
	return remove(ctx, tx, household.ByGuardian(who), d, "document.delete")
}

// remove takes a document away: its rows now, its files right after.
func remove(ctx context.Context, tx *db.Tx, by household.By, d Document, act string) error {
	for _, table := range []string{"DELETE FROM document_parts", "DELETE FROM document_sendings", "DELETE FROM document_views"} {
		if _, err := tx.Exec(ctx, table+" WHERE document_id = $1", d.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, "DELETE FROM documents WHERE id = $1", d.ID); err != nil {
		return err
	}
	for _, p := range d.Parts {
		if err := blob.Drop(ctx, tx, p.FileID); err != nil {
			return err
		}
	}
	return note(ctx, tx, by, act, d, map[string]string{"type": d.Type.Name, "state": string(d.Stored)})
}

// Page gives a part of a document of the family, and its file.
func Page(ctx context.Context, tx *db.Tx, who household.Guardian, id string, number int) (Part, blob.File, error) {
	d, err := Find(ctx, tx, who, id)
	if err != nil {
		return Part{}, blob.File{}, err
	}
	return d.page(ctx, tx, number)
}

func (d Document) page(ctx context.Context, tx *db.Tx, number int) (Part, blob.File, error) {
	i := slices.IndexFunc(d.Parts, func(p Part) bool { return p.Number == number })
	if i < 0 || d.Stored == Scanning {
		return Part{}, blob.File{}, fault.NotFoundf("Cette page n’existe pas, ou n’est pas encore analysée.")
	}
	file, err := blob.Find(ctx, tx, d.Parts[i].FileID)
	return d.Parts[i], file, err
}

// Find gives a document of the guardian's household; another family's is fault.NotFound.
func Find(ctx context.Context, tx *db.Tx, who household.Guardian, id string) (Document, error) {
	return found(load(ctx, tx, "d.household_id = $1 AND d.id = $2", who.HouseholdID, id))
}

func found(list []Document, err error) (Document, error) {
	if err != nil {
		return Document{}, err
	}
	if len(list) == 0 {
		return Document{}, errNotThere
	}
	return list[0], nil
}

var errNotThere = fault.NotFoundf("Ce document n’existe pas, ou n’existe plus.")

// note writes an act on a document in the journal, which the household's history shows.
func note(ctx context.Context, tx *db.Tx, by household.By, act string, d Document, detail any) error {
	if d.ID == "" {
		return errors.New("document: nothing to note")
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: act, Subject: "document:" + d.ID, Household: d.HouseholdID, Detail: detail})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
