package till

import (
	"context"
	"errors"
	"strings"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/staff"
)

// What becomes of CESU that are worth more than what they may pay.
const (
	SurplusCredit  = "credit"  // it stays as an advance of the family
	SurplusRefused = "refused" // the titles are refused
)

// Office is a régie, with what the act that founded it says.
type Office struct {
	ID          string
	Name        string
	Payee       string      // to whom cheques are made out
	CashMost    money.Cents // in cash for one receivable; 0: no limit
	Ceiling     money.Cents // of what the office may hold (encaisse); 0: none
	Float       money.Cents // what the drawer begins the day with
	CESUCode    string      // affiliation to the CESU centre (NAN)
	CESUSurplus string      // SurplusCredit or SurplusRefused
	CESUGrace   int         // months after its year during which a title is still taken
	DepositDays int         // a payment to the treasury is due at least that often
}

// DefaultOffice is the one office of a town that has settled nothing: the limits are those of the law.
const DefaultOffice = "regie"

// Founded is the office of a town that has settled nothing. The limit of cash is that of article 1680 of the tax code.
func Founded() Office {
	return Office{ID: DefaultOffice, Name: "Régie de recettes enfance", Payee: "Régie de recettes enfance", CashMost: 300_00, CESUSurplus: SurplusCredit, CESUGrace: 1, DepositDays: 30}
}

const selectOffice = `SELECT id, name, payee, cash_most_cents, ceiling_cents, float_cents, cesu_code, cesu_surplus, cesu_grace_months, deposit_days FROM revenue_offices`

func scanOffice(s db.Scanner) (o Office, err error) {
	return o, s.Scan(&o.ID, &o.Name, &o.Payee, &o.CashMost, &o.Ceiling, &o.Float, &o.CESUCode, &o.CESUSurplus, &o.CESUGrace, &o.DepositDays)
}

// OfficeOf reads the town's office: as it was settled, or as it is founded.
func OfficeOf(ctx context.Context, tx *db.Tx) (Office, error) {
	o, err := db.One(ctx, tx, selectOffice+` WHERE id = $1`, scanOffice, DefaultOffice)
	if errors.Is(err, db.ErrNoRows) {
		return Founded(), nil
	}
	return o, err
}

// found writes the office down before anything refers to it.
func found(ctx context.Context, tx *db.Tx) (Office, error) {
	o, err := OfficeOf(ctx, tx)
	if err != nil {
		return o, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO revenue_offices (id, name, payee, cash_most_cents, ceiling_cents, float_cents, cesu_code, cesu_surplus, cesu_grace_months, deposit_days)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
		o.ID, o.Name, o.Payee, o.CashMost, o.Ceiling, o.Float, o.CESUCode, o.CESUSurplus, int64(o.CESUGrace), int64(o.DepositDays))
	return o, err
}

// SaveOffice settles the office. Errors: fault.Invalid beside "nom", "ordre", "especes", "plafond", "fonds", "surplus", "prolongation",
// "delai".
func SaveOffice(ctx context.Context, tx *db.Tx, who staff.Agent, o Office) error {
	if err := mayBill(who); err != nil {
		return err
	}
	o.ID, o.Name, o.Payee, o.CESUCode = DefaultOffice, strings.TrimSpace(o.Name), strings.TrimSpace(o.Payee), strings.TrimSpace(o.CESUCode)
	if err := checkOffice(o); err != nil {
		return err
	}
	before, err := found(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE revenue_offices SET name = $2, payee = $3, cash_most_cents = $4, ceiling_cents = $5, float_cents = $6, cesu_code = $7,
		cesu_surplus = $8, cesu_grace_months = $9, deposit_days = $10 WHERE id = $1`,
		o.ID, o.Name, o.Payee, o.CashMost, o.Ceiling, o.Float, o.CESUCode, o.CESUSurplus, int64(o.CESUGrace), int64(o.DepositDays)); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "till.settings", Subject: "office:" + o.ID,
		Detail: map[string]any{"before": before, "after": o}})
}

// mayBill refuses an agent who does not hold the till, or only for some sites: a régie is the town's.
func mayBill(who staff.Agent) error {
	switch {
	case !who.May(staff.Bill, ""):
		return fault.Forbiddenf("Votre rôle ne permet pas de tenir la régie.")
	case len(who.Sites) > 0:
		return fault.Forbiddenf("La régie est celle de toute la ville : votre accès est limité à certains établissements.")
	}
	return nil
}
