package document

import (
	"context"
	"errors"
	"strings"
	"time"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/town"
)

// Settings are what the town decides about the vault.
type Settings struct {
	QuotaMB    int        `json:"quota_mb"`    // of one household, in megabytes
	WarnDays   int        `json:"warn_days"`   // how long before its end a family is told that a document expires
	RenewMonth time.Month `json:"renew_month"` // from which documents count for the next school year
}

const settingsKey = "document.vault"

// Quota is in bytes.
func (s Settings) Quota() int64 { return int64(s.QuotaMB) << 20 }

// ReadSettings reads them; before they are written: 200 MB, 30 days, June.
func ReadSettings(ctx context.Context, tx *db.Tx) (Settings, error) {
	return town.ReadSetting(ctx, tx, settingsKey, Settings{QuotaMB: 200, WarnDays: 30, RenewMonth: time.June})
}

// SaveSettings writes them. Errors: fault.Invalid beside "quota", "prevenir", "renouveler".
func SaveSettings(ctx context.Context, tx *db.Tx, by staff.Agent, s Settings) error {
	wrong := map[string]string{}
	if s.QuotaMB < 20 || s.QuotaMB > 10_000 {
		wrong["quota"] = "Indiquez un nombre de mégaoctets entre 20 et 10 000."
	}
	if s.WarnDays < 1 || s.WarnDays > 120 {
		wrong["prevenir"] = "Indiquez un nombre de jours entre 1 et 120."
	}
	if s.RenewMonth < time.January || s.RenewMonth > time.August {
		wrong["renouveler"] = "Choisissez un mois entre janvier et août."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, settingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor(), ActorName: by.Name, Act: "document.settings", Subject: "settings", Detail: s})
}

const selectType = `SELECT id, name, help, subject, asked, age_from, age_to, blocking, validity, months, keep_months, by_law, position, archived_at IS NOT NULL
	FROM document_types`

func scanType(s db.Scanner) (t Type, err error) {
	err = s.Scan(&t.ID, &t.Name, &t.Help, &t.Subject, &t.Asked, &t.AgeFrom, &t.AgeTo, &t.Blocking, &t.Validity, &t.Months, &t.KeepMonths, &t.ByLaw,
		&t.Position, &t.Archived)
	return t, err
}

// Types lists all types, in the town's order; archived ones too.
func Types(ctx context.Context, tx *db.Tx) ([]Type, error) {
	types, err := db.All(ctx, tx, selectType+" ORDER BY position, name_key", scanType)
	if err != nil {
		return nil, err
	}
	type pair struct{ kind, activity string }
	pairs, err := db.All(ctx, tx, "SELECT type_id, activity_id FROM document_type_activities ORDER BY activity_id", func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.kind, &p.activity)
		return p, err
	})
	for i := range types {
		for _, p := range pairs {
			if p.kind == types[i].ID {
				types[i].Activities = append(types[i].Activities, p.activity)
			}
		}
	}
	return types, err
}

// TypeByID finds a type; fault.NotFound.
func TypeByID(ctx context.Context, tx *db.Tx, id string) (Type, error) {
	types, err := Types(ctx, tx)
	if err != nil {
		return Type{}, err
	}
	for _, t := range types {
		if t.ID == id {
			return t, nil
		}
	}
	return Type{}, fault.NotFoundf("Ce type de document n’existe pas.")
}

// SaveType writes a type, a new one when it has no ID. What was deposited under it follows. Errors: fault.Invalid beside "nom", "activites",
// "age_de", "age_a", "mois", "conservation".
func SaveType(ctx context.Context, tx *db.Tx, by staff.Agent, t Type) (string, error) {
	t.Name, t.Help = strings.TrimSpace(t.Name), strings.TrimSpace(t.Help)
	if t.ID == Certificate {
		t.Subject, t.Asked, t.Validity, t.KeepMonths, t.Archived = OfChild, OfNobody, ForEver, min(t.KeepMonths, CertificateMonths), false
	}
	if err := t.check(); err != nil {
		return "", err
	}
	if t.ID == "" {
		t.ID = db.NewID()
	}
	_, err := tx.Exec(ctx, `INSERT INTO document_types (id, name, name_key, help, subject, asked, age_from, age_to, blocking, validity, months, keep_months, by_law, position, archived_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, help = excluded.help, subject = excluded.subject, asked = excluded.asked,
			age_from = excluded.age_from, age_to = excluded.age_to, blocking = excluded.blocking, validity = excluded.validity, months = excluded.months,
			keep_months = excluded.keep_months, by_law = excluded.by_law, position = excluded.position, archived_at = excluded.archived_at`,
		t.ID, t.Name, household.Fold(t.Name), t.Help, string(t.Subject), string(t.Asked), int64(t.AgeFrom), int64(t.AgeTo), t.Blocking, string(t.Validity),
		int64(t.Months), int64(t.KeepMonths), t.ByLaw, int64(t.Position), when(t.Archived, tx))
	if index, ok := db.IsUnique(err); ok && strings.Contains(index, "name_key") {
		return "", fault.Invalidf("nom", "Un autre type porte déjà ce nom.")
	}
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM document_type_activities WHERE type_id = $1", t.ID); err != nil {
		return "", err
	}
	for _, a := range t.Activities {
		if _, err := tx.Exec(ctx, "INSERT INTO document_type_activities (type_id, activity_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", t.ID, a); db.IsForeignKey(err) {
			return "", errors.Join(fault.Invalidf("activites", "Cette activité n’existe plus."), err)
		} else if err != nil {
			return "", err
		}
	}
	return t.ID, audit.Record(ctx, tx, audit.Entry{Actor: by.Actor(), ActorName: by.Name, Act: "document.type", Subject: "document_type:" + t.ID, Detail: t})
}

func (t *Type) check() error {
	wrong := map[string]string{}
	if t.Name == "" || len(t.Name) > 120 {
		wrong["nom"] = "Indiquez le nom du document, en peu de mots."
	}
	if len(t.Help) > 600 {
		wrong["aide"] = "Ce texte est trop long."
	}
	if t.Asked == OfEnrolled && len(t.Activities) == 0 {
		wrong["activites"] = "Choisissez au moins une activité."
	}
	if t.Asked != OfEnrolled {
		t.Activities = nil
	}
	if t.Subject == OfHousehold {
		t.AgeFrom, t.AgeTo = 0, 0
	}
	if t.AgeFrom < 0 || t.AgeFrom > 25 {
		wrong["age_de"] = "Indiquez un âge entre 0 et 25 ans."
	}
	if t.AgeTo < 0 || t.AgeTo > 25 || t.AgeTo > 0 && t.AgeTo < t.AgeFrom {
		wrong["age_a"] = "Indiquez un âge au moins égal au premier, ou 0 pour ne pas en fixer."
	}
	if t.Validity == ForMonths && (t.Months < 1 || t.Months > 240) {
		wrong["mois"] = "Indiquez une durée entre 1 et 240 mois."
	}
	if t.Validity != ForMonths {
		t.Months = 0
	}
	if t.KeepMonths < 0 || t.KeepMonths > 360 {
		wrong["conservation"] = "Indiquez une durée entre 0 et 360 mois."
	}
	if t.Blocking && t.Asked != OfEnrolled {
		wrong["bloquant"] = "Seul un document demandé pour une activité peut bloquer ses réservations."
	}
	return fault.InvalidFields(wrong)
}
