package till

import (
	"context"
	"strings"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/pes"
	"preau/internal/staff"
	"preau/internal/town"
)

// treasurySetting keeps what the treasury asks of who sends.
const treasurySetting = "till.treasury"

// receivablesPage is how many receivables are read at a time.
const receivablesPage = 1000

// Sender reads what the treasury asks of who sends; empty until the town has settled it.
func Sender(ctx context.Context, tx *db.Tx) (pes.Header, error) {
	return town.ReadSetting(ctx, tx, treasurySetting, pes.Header{})
}

// SaveSender settles it. Errors: fault.Forbidden; fault.Invalid beside "poste", "siret", "collectivite", "budget", "produit", "nature".
func SaveSender(ctx context.Context, tx *db.Tx, who staff.Agent, h pes.Header) error {
	if err := mayBill(who); err != nil {
		return err
	}
	h.SIRET = strings.ReplaceAll(h.SIRET, " ", "")
	if err := refuse(CheckSender(h)); err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, treasurySetting, h); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "till.settings", Detail: h})
}

// Receivables lists what was handed over to the treasury and is not paid, of one slip or, empty, of all.
func Receivables(ctx context.Context, tx *db.Tx, slip string) ([]billing.Invoice, error) {
	var out []billing.Invoice
	for {
		list, err := billing.List(ctx, tx, billing.Filter{State: billing.StateHandedOver, Slip: slip, Owed: true, Limit: receivablesPage, Offset: len(out)})
		out = append(out, list...)
		if err != nil || len(list) < receivablesPage {
			return out, err
		}
	}
}

// ReceivablesSheet is the list for the finance software.
func ReceivablesSheet(list []billing.Invoice) [][]string {
	out := [][]string{{"Facture", "Émise le", "Échéance", "Bordereau", "Dossier", "Débiteur", "Adresse", "Code postal", "Commune", "Du", "Au", "Montant", "Reste dû"}}
	for _, i := range list {
		out = append(out, []string{i.Label, i.IssuedOn.String(), i.DueOn.String(), i.HandedSlip, i.Payer.Reference, i.Payer.Name, i.Payer.Line, i.Payer.PostalCode, i.Payer.City,
			i.Period.From.String(), i.Period.To.String(), i.Total.Typed(), i.Rest.Typed()})
	}
	return out
}

// Draft writes receivables as a draft of PES: see package pes. An error that is pes.ErrSlip says what is missing.
func Draft(h pes.Header, s pes.Slip, list []billing.Invoice) ([]byte, error) {
	debts := make([]pes.Debt, len(list))
	for n, i := range list {
		debts[n] = pes.Debt{Number: i.Label, Object: "Activités des enfants, " + i.Month().French(), Cents: i.Rest, From: i.Period.From, To: i.Period.To, Name: i.Payer.Name,
			Line: i.Payer.Line, Postal: i.Payer.PostalCode, City: i.Payer.City, DebtRef: i.Payer.Reference}
	}
	return pes.Draft(h, s, debts)
}

// SlipOf is the slip of a draft made today.
func SlipOf(number string, period int, today civil.Date) pes.Slip {
	return pes.Slip{Number: number, Year: today.Year, Period: period, Day: today, Object: "Activités des enfants"}
}
