// Package dunning follows what is not paid: two reminders on their days, then the hand-over to the treasury by an agent; payment plans; the
// hold that keeps a household in debt from booking, where the town wants it; and the certificate of what was paid for the care of children
// under six, for the tax return.
//
// An invoice that a direct debit is about to pay, that a plan covers, or that the treasury has, is not reminded of.
package dunning

import (
	"context"
	"slices"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/town"
)

// Settings is what the town settles about what is not paid.
type Settings struct {
	On       bool        `json:"on"`        // reminders are sent
	First    int         `json:"first"`     // days after the due date of the first reminder
	Second   int         `json:"second"`    // days after the first of the second
	HandOver int         `json:"hand_over"` // days after the second from which on an agent may hand over
	Least    money.Cents `json:"least"`     // below, nothing is handed over: it waits for the next invoice
	Hold     bool        `json:"hold"`      // a household in debt books nothing
	HoldDays int         `json:"hold_days"` // days after the due date
}

const settingsKey = "dunning.settings"

// SettingsOf reads them. The least is that of the law (CGCT, article D1611-1).
func SettingsOf(ctx context.Context, tx *db.Tx) (Settings, error) {
	return town.ReadSetting(ctx, tx, settingsKey, Settings{First: 10, Second: 20, HandOver: 15, Least: 15_00, HoldDays: 60})
}

// Save writes them. Errors: fault.Forbidden; fault.Invalid beside "premier", "second", "transmission", "seuil", "blocage_jours".
func Save(ctx context.Context, tx *db.Tx, who staff.Agent, s Settings) error {
	if !who.May(staff.Settings, "") {
		return fault.Forbiddenf("Seule la direction règle les relances.")
	}
	wrong := map[string]string{}
	for field, n := range map[string]struct {
		value  int
		within Bounds
	}{"premier": {s.First, FirstDays}, "second": {s.Second, SecondDays}, "transmission": {s.HandOver, HandOverDays},
		"blocage_jours": {s.HoldDays, HoldDays}} {
		if n.value < n.within.Low || n.value > n.within.High {
			wrong[field] = "Ce nombre de jours est trop petit ou trop grand."
		}
	}
	if s.Least < 0 || s.Least > 1000_00 {
		wrong["seuil"] = "Le seuil va de 0 à 1 000 €."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	before, err := SettingsOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, settingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "settings.change", Subject: settingsKey, Detail: map[string]any{"before": before, "after": s}})
}

// Reminder is one reminder of an invoice.
type Reminder struct {
	ID          string
	HouseholdID string
	InvoiceID   string
	Level       int
	Day         civil.Date
	Letter      bool // no e-mail is known: it is printed
	Rest        money.Cents
}

// Unpaid is an invoice whose due date has passed.
type Unpaid struct {
	billing.Invoice
	Last      Reminder // the zero Reminder when there is none
	Stays     Stay     // why nothing is done about it; empty when something may be
	DebitedOn civil.Date
	Next      Step // what comes next
	On        civil.Date
}

// RemindKind is the kind of the daily job of reminders; RemindedKind of the one that writes to a family, with a RemindedPayload.
const (
	RemindKind   = "dunning.remind"
	RemindedKind = "dunning.reminded"
	NightKind    = "dunning.night"
)

// RemindedPayload names what a family is reminded of.
type RemindedPayload struct {
	HouseholdID string     `json:"household"`
	Level       int        `json:"level"`
	Day         civil.Date `json:"day"`
}

// remindSlice is how many invoices one transaction looks at.
const remindSlice = 200

// RemindSlice sends the reminders of a day for some invoices, from an offset on in the list of those that are overdue, and says whether there
// are more. An invoice is reminded of once a level, so the same day twice changes nothing.
func RemindSlice(ctx context.Context, tx *db.Tx, today civil.Date, offset int) (more bool, err error) {
	set, err := SettingsOf(ctx, tx)
	if err != nil || !set.On {
		return false, err
	}
	list, err := overdue(ctx, tx, set, today, remindSlice, offset)
	if err != nil {
		return false, err
	}
	told := map[RemindedPayload]bool{}
	for _, u := range list {
		level := 0
		switch {
		case u.Next == StepFirst && !u.On.After(today):
			level = 1
		case u.Next == StepSecond && !u.On.After(today):
			level = 2
		default:
			continue
		}
		if err := remind(ctx, tx, u, level, today, told); err != nil {
			return false, err
		}
	}
	return len(list) == remindSlice, nil
}

func remind(ctx context.Context, tx *db.Tx, u Unpaid, level int, today civil.Date, told map[RemindedPayload]bool) error {
	guardians, err := household.Guardians(ctx, tx, u.HouseholdID)
	if err != nil {
		return err
	}
	letter := !slices.ContainsFunc(guardians, func(g household.Guardian) bool { return g.AccountID != "" || g.Email != "" })
	n, err := tx.Exec(ctx, `INSERT INTO reminders (id, household_id, invoice_id, level, day, at, letter, rest_cents) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (invoice_id, level) DO NOTHING`, db.NewID(), u.HouseholdID, u.ID, level, today, tx.Now, letter, u.Rest)
	p := RemindedPayload{u.HouseholdID, level, today}
	if err != nil || n == 0 || letter || told[p] {
		return err
	}
	told[p] = true
	return job.Queue(ctx, tx, RemindedKind, p)
}

// Overdue lists invoices of the town whose due date has passed and that the treasury does not have, with what comes next for each.
func Overdue(ctx context.Context, tx *db.Tx, today civil.Date, limit, offset int) ([]Unpaid, error) {
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	return overdue(ctx, tx, set, today, limit, offset)
}

func overdue(ctx context.Context, tx *db.Tx, set Settings, today civil.Date, limit, offset int) ([]Unpaid, error) {
	list, err := billing.List(ctx, tx, billing.Filter{State: billing.StateOpen, DueBefore: today, Limit: limit, Offset: offset})
	if err != nil {
		return nil, err
	}
	return judged(ctx, tx, set, list)
}

// OfHousehold lists those of one household, with those that the treasury has.
func OfHousehold(ctx context.Context, tx *db.Tx, householdID string, today civil.Date) ([]Unpaid, error) {
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	return ofHousehold(ctx, tx, set, householdID, today)
}

func ofHousehold(ctx context.Context, tx *db.Tx, set Settings, householdID string, today civil.Date) ([]Unpaid, error) {
	all, err := billing.InvoicesOf(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(all, func(i billing.Invoice) bool {
		return i.Kind != billing.KindInvoice || i.Rest <= 0 || !i.DueOn.Before(today) || i.State != billing.StateOpen && i.State != billing.StateHandedOver
	})
	return judged(ctx, tx, set, list)
}

func judged(ctx context.Context, tx *db.Tx, set Settings, list []billing.Invoice) ([]Unpaid, error) {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	reminded, err := lastReminders(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	debited, err := mandate.InBatch(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	planned, err := inPlans(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Unpaid, len(list))
	for i := range list {
		u := Unpaid{Invoice: list[i], Last: reminded[list[i].ID]}
		switch d, isDebited := debited[u.ID]; {
		case u.State == billing.StateHandedOver:
			u.Stays = StayTreasury
		case planned[u.ID]:
			u.Stays = StayPlan
		case isDebited:
			u.Stays, u.DebitedOn = StayDebit, d.DueOn
		}
		u.Next, u.On = next(set, u)
		out[i] = u
	}
	return out, nil
}

// HandOver gives invoices of a household to the treasury: those that were reminded of twice, whose sum reaches the least of the law. The
// family is told. Errors: fault.Forbidden; fault.Invalid beside "bordereau" or "factures"; fault.Refused.
func HandOver(ctx context.Context, tx *db.Tx, who staff.Agent, householdID string, invoiceIDs []string, slip string, today civil.Date) error {
	if !who.May(staff.Bill, "") {
		return fault.Forbiddenf("Votre rôle ne permet pas de transmettre une créance.")
	}
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return err
	}
	list, err := ofHousehold(ctx, tx, set, householdID, today)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(list, func(u Unpaid) bool { return !slices.Contains(invoiceIDs, u.ID) })
	if len(chosen) == 0 || len(chosen) != len(invoiceIDs) {
		return fault.Invalidf("factures", "Cochez les factures à transmettre.")
	}
	if err := mayHandOver(set, chosen, today); err != nil {
		return err
	}
	if err := billing.HandOver(ctx, tx, invoiceIDs, slip, today, household.ByAgent(who)); err != nil {
		return err
	}
	return job.Queue(ctx, tx, HandedKind, HandedPayload{HouseholdID: householdID, Invoices: invoiceIDs})
}

// HandedKind is the kind of the job that tells a family that the treasury now asks for its debt; its payload is a HandedPayload.
const HandedKind = "dunning.handed"

// HandedPayload names what was handed over.
type HandedPayload struct {
	HouseholdID string   `json:"household"`
	Invoices    []string `json:"invoices"`
}
