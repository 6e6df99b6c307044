package household

import (
	"context"
	"errors"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// AccessKey is the "clé enfance" of a guardian: a code of a letter that ties an account to the household the town already knows. It
// belongs to one guardian, is used once, and is kept as a keyed hash: its clear text is on the letter alone.
type AccessKey struct {
	ID         string
	GuardianID string
	BatchID    string // empty: made alone
	MadeAt     civil.Instant
	ExpiresOn  civil.Date // its last day
	UsedAt     civil.Instant
	RevokedAt  civil.Instant
}

// KeyState is where a key stands.
type KeyState string

// The states of a key.
const (
	KeyNone    KeyState = "none" // there is none
	KeyLive    KeyState = "live" // waits to be used
	KeyUsed    KeyState = "used"
	KeyRevoked KeyState = "revoked"
	KeyExpired KeyState = "expired"
)

// State is where the key stands on a day.
func (k AccessKey) State(today civil.Date) KeyState {
	switch {
	case k.ID == "":
		return KeyNone
	case !k.UsedAt.IsZero():
		return KeyUsed
	case !k.RevokedAt.IsZero():
		return KeyRevoked
	case today.After(k.ExpiresOn):
		return KeyExpired
	}
	return KeyLive
}

// NewKey is what IssueKey needs beside the guardian.
type NewKey struct {
	Secret  []byte     // a key of the town, of which the hash is made
	Today   civil.Date // in the town
	BatchID string
}

// IssueKey makes a key for a guardian and gives its clear text, which is kept nowhere. The one before, if it was not used, is revoked.
// A guardian whose account is already tied needs none: fault.Refused.
func IssueKey(ctx context.Context, tx *db.Tx, by By, guardianID string, n NewKey) (string, error) {
	g, err := GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return "", err
	}
	if g.AccountID != "" {
		return "", fault.Refusedf("%s a déjà un espace relié à ce dossier.", g.Name())
	}
	if err := revokeKeys(ctx, tx, by, guardianID); err != nil {
		return "", err
	}
	var batch *string
	if n.BatchID != "" {
		batch = &n.BatchID
	}
	for range 5 { // two keys alike are drawn once in 10¹¹
		key := drawKey()
		rows, err := tx.Exec(ctx, `INSERT INTO access_keys (id, guardian_id, key_hash, batch_id, made_at, made_by, expires_on)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			db.NewID(), guardianID, keyHash(n.Secret, key), batch, tx.Now, by.Actor, KeyExpiry(n.Today))
		if err != nil || rows > 0 {
			return key, errors.Join(err, note(ctx, tx, by, "key.issue", g.Actor(), g.HouseholdID, nil))
		}
	}
	return "", errors.New("household: no access key could be drawn")
}

// RevokeKey ends the key of a guardian that was not used; fault.NotFound when there is none.
func RevokeKey(ctx context.Context, tx *db.Tx, by By, guardianID string) error {
	g, err := GuardianByID(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	k, err := keyOf(ctx, tx, guardianID)
	if err != nil {
		return err
	}
	if k.ID == "" || !k.UsedAt.IsZero() || !k.RevokedAt.IsZero() {
		return fault.NotFoundf("%s n’a pas de clé en attente.", g.Name())
	}
	if err := revokeKeys(ctx, tx, by, guardianID); err != nil {
		return err
	}
	return note(ctx, tx, by, "key.revoke", g.Actor(), g.HouseholdID, nil)
}

func revokeKeys(ctx context.Context, tx *db.Tx, by By, guardianID string) error {
	_, err := tx.Exec(ctx, `UPDATE access_keys SET revoked_at = $2, revoked_by = $3 WHERE guardian_id = $1 AND used_at IS NULL AND revoked_at IS NULL`,
		guardianID, tx.Now, by.Actor)
	return err
}

// errWrongKey is the one answer to a key that does not work, whatever the reason.
func errWrongKey() error {
	return fault.Invalidf("cle", "Cette clé n’est pas reconnue. Vérifiez les cinq chiffres et les cinq lettres de la lettre, ou laissez ce champ vide : vous pourrez l’ajouter plus tard.")
}

// CheckKey finds the live key that was typed and its guardian, without using it; otherwise fault.Invalid beside "cle", the same
// whatever the reason. The caller counts the tries.
func CheckKey(ctx context.Context, tx *db.Tx, secret []byte, typed string, today civil.Date) (AccessKey, Guardian, error) {
	key, ok := TidyKey(typed)
	if !ok {
		return AccessKey{}, Guardian{}, errWrongKey()
	}
	k, err := db.One(ctx, tx, selectKey+` WHERE key_hash = $1`, scanKey, keyHash(secret, key))
	if errors.Is(err, db.ErrNoRows) {
		return AccessKey{}, Guardian{}, errWrongKey()
	}
	if err != nil {
		return AccessKey{}, Guardian{}, err
	}
	return usable(ctx, tx, k, today)
}

// HouseholdOfKey finds the household of a complete key, live, used or ended, for an agent who reads it from a letter; fault.NotFound.
func HouseholdOfKey(ctx context.Context, tx *db.Tx, secret []byte, typed string) (string, error) {
	key, ok := TidyKey(typed)
	if !ok {
		return "", fault.NotFoundf("Cette clé n’existe pas.")
	}
	id, err := db.One(ctx, tx, `SELECT g.household_id FROM access_keys k JOIN guardians g ON g.id = k.guardian_id WHERE k.key_hash = $1`,
		db.Value[string], keyHash(secret, key))
	return id, absent(err, "Cette clé n’existe pas.")
}

// KeyByID finds a key again by what CheckKey gave, if it is still live; else fault.Invalid as CheckKey.
func KeyByID(ctx context.Context, tx *db.Tx, id string, today civil.Date) (AccessKey, Guardian, error) {
	k, err := db.One(ctx, tx, selectKey+` WHERE id = $1`, scanKey, id)
	if errors.Is(err, db.ErrNoRows) {
		return AccessKey{}, Guardian{}, errWrongKey()
	}
	if err != nil {
		return AccessKey{}, Guardian{}, err
	}
	return usable(ctx, tx, k, today)
}

func usable(ctx context.Context, tx *db.Tx, k AccessKey, today civil.Date) (AccessKey, Guardian, error) {
	if k.State(today) != KeyLive {
		return AccessKey{}, Guardian{}, errWrongKey()
	}
	g, err := GuardianByID(ctx, tx, k.GuardianID)
	if err == nil && g.AccountID != "" {
		err = errWrongKey()
	}
	return k, g, err
}

// UseKey ties an account to the guardian of a key that CheckKey or KeyByID found, and uses the key up. Whether the account's owner is
// that guardian was decided by the caller: by Claimant.Matches, or by an agent.
func UseKey(ctx context.Context, tx *db.Tx, by By, k AccessKey, accountID string) error {
	rows, err := tx.Exec(ctx, `UPDATE access_keys SET used_at = $2, used_by = $3 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL`,
		k.ID, tx.Now, accountID)
	if err != nil {
		return err
	}
	if rows == 0 {
		return fault.Conflictf("Cette clé vient d’être utilisée ou révoquée.")
	}
	return AttachAccount(ctx, tx, by, k.GuardianID, accountID)
}

const selectKey = `SELECT access_keys.id, access_keys.guardian_id, coalesce(access_keys.batch_id, ''), access_keys.made_at, access_keys.expires_on,
	access_keys.used_at, access_keys.revoked_at FROM access_keys`

func scanKey(s db.Scanner) (k AccessKey, err error) {
	return k, s.Scan(&k.ID, &k.GuardianID, &k.BatchID, &k.MadeAt, &k.ExpiresOn, &k.UsedAt, &k.RevokedAt)
}

// keyOf is the latest key of a guardian; the zero key when there is none.
func keyOf(ctx context.Context, tx *db.Tx, guardianID string) (AccessKey, error) {
	list, err := db.All(ctx, tx, selectKey+` WHERE guardian_id = $1 ORDER BY made_at DESC, revoked_at IS NULL DESC, id DESC LIMIT 1`, scanKey, guardianID)
	if err != nil || len(list) == 0 {
		return AccessKey{}, err
	}
	return list[0], nil
}

// KeyLine is a guardian who may have a key, with the latest.
type KeyLine struct {
	Guardian  Guardian
	Household Household
	Children  []string // first names of those at school in the year, eldest first
	Key       AccessKey
}

// KeyLines lists the guardians of the households that have a child at school in a school year ("2026-2027"), with the latest key of each,
// by name. householdID narrows to one household, at school or not; empty is all.
func KeyLines(ctx context.Context, tx *db.Tx, schoolYear, householdID string) ([]KeyLine, error) {
	const schooled = `SELECT hc.household_id FROM household_children hc JOIN schoolings s ON s.child_id = hc.child_id WHERE s.school_year = $1`
	households, err := db.All(ctx, tx, selectHousehold+` WHERE ($2 = '' AND id IN (`+schooled+`)) OR id = $2`, scanHousehold, schoolYear, householdID)
	if err != nil {
		return nil, err
	}
	byID := map[string]Household{}
	ids := make([]string, len(households))
	for i, h := range households {
		byID[h.ID], ids[i] = h, h.ID
	}
	guardians, err := db.All(ctx, tx, selectGuardian+among("household_id")+` ORDER BY name_search, id`, scanGuardian, db.JSON(ids))
	if err != nil {
		return nil, err
	}
	children, err := childrenAtSchool(ctx, tx, schoolYear, ids)
	if err != nil {
		return nil, err
	}
	keys, err := latestKeys(ctx, tx, ids)
	out := make([]KeyLine, 0, len(guardians))
	for _, g := range guardians {
		out = append(out, KeyLine{Guardian: g, Household: byID[g.HouseholdID], Children: children[g.HouseholdID], Key: keys[g.ID]})
	}
	return out, err
}

func childrenAtSchool(ctx context.Context, tx *db.Tx, schoolYear string, households []string) (map[string][]string, error) {
	out := map[string][]string{}
	_, err := db.All(ctx, tx, `SELECT hc.household_id, c.first_name FROM household_children hc JOIN children c ON c.id = hc.child_id
		JOIN schoolings s ON s.child_id = c.id AND s.school_year = $2`+among("hc.household_id")+` ORDER BY c.born_on, c.id`,
		func(s db.Scanner) (struct{}, error) {
			var household, name string
			err := s.Scan(&household, &name)
			out[household] = append(out[household], name)
			return struct{}{}, err
		}, db.JSON(households), schoolYear)
	return out, err
}

func latestKeys(ctx context.Context, tx *db.Tx, households []string) (map[string]AccessKey, error) {
	list, err := db.All(ctx, tx, selectKey+` JOIN guardians g ON g.id = access_keys.guardian_id`+among("g.household_id")+` ORDER BY access_keys.made_at, access_keys.revoked_at IS NULL, access_keys.id`,
		scanKey, db.JSON(households))
	out := make(map[string]AccessKey, len(list))
	for _, k := range list {
		out[k.GuardianID] = k
	}
	return out, err
}
