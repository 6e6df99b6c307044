package dossier

import (
	"context"
	"slices"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/town"
)

// FieldSetting is what the town decided of one field.
type FieldSetting struct {
	Mode    Mode   `json:"mode"`
	Service string `json:"service"` // who checks its changes; empty: every service that instructs
}

// Settings is what the town decided of the file.
type Settings struct {
	Fields map[Field]FieldSetting `json:"fields"`
	// ConfirmFrom is the day, each year, from which families are asked to confirm their file; its year is the first. Zero: never.
	ConfirmFrom civil.Date `json:"confirm_from"`
	// RemindAfter is how many days after that day, and again after the same time, families who have not confirmed are written to.
	// 0: never.
	RemindAfter int `json:"remind_after"`
}

// longestRemind bounds RemindAfter, in days.
const longestRemind = 90

const settingsKey = "dossier.settings"

// ReadSettings reads what the town decided; before it did, the defaults of the fields and no confirmation.
func ReadSettings(ctx context.Context, tx *db.Tx) (Settings, error) {
	return town.ReadSetting(ctx, tx, settingsKey, Settings{})
}

// Mode is what a family may do with a field.
func (s Settings) Mode(f Field) Mode {
	d, ok := Define(f)
	if !ok {
		return Hidden
	}
	if set := s.Fields[f].Mode; slices.Contains(d.Modes, set) {
		return set
	}
	return d.Default
}

// Shows tells whether a family sees a field; Changes whether it may change it, at once or after a check.
func (s Settings) Shows(f Field) bool { return s.Mode(f) != Hidden }

// Changes tells whether a family may change a field, at once or after a check.
func (s Settings) Changes(f Field) bool { return s.Mode(f) == Checked || s.Mode(f) == Editable }

// SaveSettings writes what the town decides. Errors: fault.Invalid beside the name of a field, "confirmation" or "relance".
func SaveSettings(ctx context.Context, tx *db.Tx, who staff.Agent, s Settings) error {
	wrong := map[string]string{}
	for f, set := range s.Fields {
		d, ok := Define(f)
		if !ok || !slices.Contains(d.Modes, set.Mode) {
			wrong[string(f)] = "Choisissez dans la liste."
		}
		if set.Service = strings.TrimSpace(set.Service); len(set.Service) > 200 {
			wrong[string(f)] = "Le nom du service est trop long."
		}
		s.Fields[f] = set
	}
	if s.RemindAfter < 0 || s.RemindAfter > longestRemind {
		wrong["relance"] = "Indiquez entre 0 et 90 jours."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	before, err := ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, settingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "dossier.settings",
		Detail: map[string]any{"before": before, "after": s}})
}
