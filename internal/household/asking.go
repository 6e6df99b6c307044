package household

import (
	"context"
	"errors"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/remote/particulier"
	"preau/internal/seal"
	"preau/internal/sepa"
)

// AskingPurpose is the purpose of the key that seals the token of the service of quotients: see town.KeyFor.
const AskingPurpose = "quotient service"

// serviceID is the one service there is.
const serviceID = "particulier"

// QuotientService is how the town asks for quotients.
type QuotientService struct {
	particulier.Access
	EndsOn    civil.Date // of the authorisation; zero when it was not said
	Locked    bool       // the token was sealed with another key: it has to be given again before anything can be asked
	SetAt     civil.Instant
	SetByName string
}

// QuotientServiceOf reads how the town asks, with a key of AskingPurpose; false when it does not.
func QuotientServiceOf(ctx context.Context, tx *db.Tx, key []byte) (s QuotientService, on bool, err error) {
	var sealed string
	err = tx.QueryRow(ctx, `SELECT base, recipient, token_sealed, ends_on, set_at, set_by_name FROM quotient_services WHERE id = $1`, serviceID).
		Scan(&s.Base, &s.Recipient, &sealed, &s.EndsOn, &s.SetAt, &s.SetByName)
	if errors.Is(err, db.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	token, err := seal.Open(key, serviceID, sealed)
	if errors.Is(err, seal.ErrNotOpened) {
		s.Locked = true
		return s, true, nil
	}
	s.Token = string(token)
	return s, err == nil, err
}

// SetQuotientService switches the service on, or changes it; an empty token keeps the one there is. Errors: fault.Invalid beside the field.
func SetQuotientService(ctx context.Context, tx *db.Tx, by By, key []byte, s QuotientService) error {
	s.Token = strings.TrimSpace(s.Token)
	wrong := map[string]string{}
	if s.Base != particulier.Production && s.Base != particulier.Staging {
		wrong["adresse"] = "Choisissez le service."
	}
	var err error
	if s.Recipient, err = sepa.ParseSIRET(s.Recipient); err != nil {
		wrong["siret"] = "Le SIRET de la ville a 14 chiffres, dont le dernier vérifie les autres : recopiez-le."
	}
	if s.Token == "" {
		old, on, err := QuotientServiceOf(ctx, tx, key)
		if err != nil {
			return err
		}
		if !on || old.Locked {
			wrong["jeton"] = "Collez le jeton reçu de DataPass."
		}
		s.Token = old.Token
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	sealed, err := seal.Seal(key, serviceID, []byte(s.Token))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO quotient_services (id, base, recipient, token_sealed, ends_on, set_at, set_by, set_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET base = excluded.base, recipient = excluded.recipient, token_sealed = excluded.token_sealed, ends_on = excluded.ends_on,
		set_at = excluded.set_at, set_by = excluded.set_by, set_by_name = excluded.set_by_name`,
		serviceID, s.Base, s.Recipient, sealed, s.EndsOn, tx.Now, by.Actor, by.Name); err != nil {
		return err
	}
	return note(ctx, tx, by, "quotient_service.set", "", "", map[string]string{"base": s.Base, "recipient": s.Recipient})
}

// DropQuotientService switches it off, and forgets the token.
func DropQuotientService(ctx context.Context, tx *db.Tx, by By) error {
	if _, err := tx.Exec(ctx, `DELETE FROM quotient_services WHERE id = $1`, serviceID); err != nil {
		return err
	}
	return note(ctx, tx, by, "quotient_service.drop", "", "", nil)
}

// AskedOf is a guardian as the service of quotients wants to know them.
func AskedOf(g Guardian) particulier.Person {
	p := particulier.Person{BirthName: strings.ToUpper(g.BirthName), UseName: strings.ToUpper(g.LastName), BornOn: g.BornOn, BirthCountry: g.BirthCountry, BirthCommune: g.BirthCommune}
	if p.BirthName == "" {
		p.BirthName, p.UseName = p.UseName, ""
	}
	if g.FirstName != "" {
		p.FirstNames = []string{strings.ToUpper(g.FirstName)}
	}
	switch g.Civility {
	case "mme":
		p.Sex = "F"
	case "m":
		p.Sex = "M"
	}
	return p
}

// Refusal is that a household does not want the town to ask for its quotient.
type Refusal struct {
	At     civil.Instant
	ByName string // a guardian, or the agent they said it to
}

// RefusalOf reads it; false when the household did not refuse.
func RefusalOf(ctx context.Context, tx *db.Tx, householdID string) (Refusal, bool, error) {
	r, err := db.One(ctx, tx, `SELECT refused_at, refused_by_name FROM quotient_refusals WHERE household_id = $1`,
		func(s db.Scanner) (r Refusal, err error) { return r, s.Scan(&r.At, &r.ByName) }, householdID)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// RefuseAsking writes that a household does not want the town to ask for its quotient, or that it no longer minds. Saying it twice changes nothing.
func RefuseAsking(ctx context.Context, tx *db.Tx, by By, householdID string, refuse bool) error {
	if _, err := ByID(ctx, tx, householdID); err != nil {
		return err
	}
	var n int64
	var err error
	if refuse {
		n, err = tx.Exec(ctx, `INSERT INTO quotient_refusals (household_id, refused_at, refused_by, refused_by_name) VALUES ($1, $2, $3, $4) ON CONFLICT (household_id) DO NOTHING`,
			householdID, tx.Now, by.Actor, by.Name)
	} else {
		n, err = tx.Exec(ctx, `DELETE FROM quotient_refusals WHERE household_id = $1`, householdID)
	}
	if err != nil || n == 0 {
		return err
	}
	return note(ctx, tx, by, "quotient_service.refuse", "household:"+householdID, householdID, map[string]bool{"refused": refuse})
}

// copyRefusal makes what a family refused hold for the file it has from now on, and says when it was refused; zero when it was not, or when
// the file that is kept had refused already. Its own row stays with the file that is closed, for the day the merge is undone.
func copyRefusal(ctx context.Context, tx *db.Tx, keptID, mergedID string) (civil.Instant, error) {
	r, refused, err := RefusalOf(ctx, tx, mergedID)
	if err != nil || !refused {
		return civil.Instant{}, err
	}
	n, err := tx.Exec(ctx, `INSERT INTO quotient_refusals (household_id, refused_at, refused_by, refused_by_name)
		SELECT $1, refused_at, refused_by, refused_by_name FROM quotient_refusals WHERE household_id = $2 ON CONFLICT (household_id) DO NOTHING`, keptID, mergedID)
	if err != nil || n == 0 {
		return civil.Instant{}, err
	}
	return r.At, nil
}
