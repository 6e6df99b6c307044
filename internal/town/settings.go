package town

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
)

// ReadSetting reads one of the values the town decides about itself; fallback is what holds before it is ever written. Keys
// begin with the name of the package they belong to.
func ReadSetting[T any](ctx context.Context, tx *db.Tx, key string, fallback T) (T, error) {
	var text string
	err := tx.QueryRow(ctx, "SELECT value FROM settings WHERE key = $1", key).Scan(&text)
	if errors.Is(err, db.ErrNoRows) {
		return fallback, nil
	}
	if err != nil {
		return fallback, err
	}
	v := fallback
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return fallback, fmt.Errorf("setting %s: %w", key, err)
	}
	return v, nil
}

// WriteSetting writes one of the town's values; the caller records who did.
func WriteSetting[T any](ctx context.Context, tx *db.Tx, key string, value T) error {
	_, err := tx.Exec(ctx, `INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, key, db.JSON(value), tx.Now)
	return err
}

// Profile is what the town says of itself on every page.
type Profile struct {
	SchoolZone string `json:"school_zone"` // A, B or C: the zone of its school holidays
	Accent     string `json:"accent"`      // "#1d5c87": the colour all others are derived from
	Service    string `json:"service"`     // who answers families: "Service Enfance"
	Address    string `json:"address"`
	Phone      string `json:"phone"`
	Email      string `json:"email"`
	Hours      string `json:"hours"` // in plain French
}

const profileKey = "town.profile"

// Settings reads the town's profile; before it is written, zone C and a blue.
func Settings(ctx context.Context, tx *db.Tx) (Profile, error) {
	return ReadSetting(ctx, tx, profileKey, Profile{SchoolZone: "C", Accent: "#1d5c87"})
}

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// SaveSettings writes the town's profile, or says per field what is wrong with it.
func SaveSettings(ctx context.Context, tx *db.Tx, p Profile) error {
	wrong := map[string]string{}
	if p.SchoolZone != "A" && p.SchoolZone != "B" && p.SchoolZone != "C" {
		wrong["school_zone"] = "Choisissez la zone A, B ou C."
	}
	p.Accent = strings.ToLower(p.Accent)
	if !colour.MatchString(p.Accent) {
		wrong["accent"] = "Indiquez une couleur comme #1d5c87."
	}
	if p.Email != "" {
		if a, err := netmail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
			wrong["email"] = "Cette adresse e-mail n’est pas valable."
		}
	}
	for field, v := range map[string]string{"service": p.Service, "address": p.Address, "phone": p.Phone, "hours": p.Hours} {
		if len(v) > 500 {
			wrong[field] = "Ce texte est trop long."
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong)
	}
	return WriteSetting(ctx, tx, profileKey, p)
}
