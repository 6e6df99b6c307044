package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/till"
)

// pageIn asks for a page of a list that only grows.
type pageIn struct {
	After string `query:"after" maxLength:"60" doc:"Id of the last one you have; without it, from the beginning"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

type invoiceOut struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"invoice,credit_note"`
	Number    string    `json:"number" example:"2026-004127"`
	IssuedOn  string    `json:"issued_on" format:"date"`
	DueOn     string    `json:"due_on,omitempty" format:"date"`
	From      string    `json:"from" format:"date" doc:"First day of its period"`
	To        string    `json:"to" format:"date"`
	Household string    `json:"household" doc:"The household's number in the portal"`
	Payer     payerOut  `json:"payer"`
	Cents     int64     `json:"cents" doc:"Total; negative on a credit note"`
	Lines     []lineOut `json:"lines"`
}

type payerOut struct {
	Name       string `json:"name"`
	Address    string `json:"address"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
}

type lineOut struct {
	Child       string `json:"child" doc:"First name, as it was at the issue"`
	Activity    string `json:"activity"`
	Option      string `json:"option"`
	Attribute   string `json:"attribute" enum:"care,food,penalty,aid"`
	Quantity    int    `json:"quantity"`
	UnitCents   int64  `json:"unit_cents"`
	Cents       int64  `json:"cents"`
	From        string `json:"from" format:"date"`
	To          string `json:"to" format:"date"`
	Explanation string `json:"explanation"`
	Corrects    string `json:"corrects,omitempty" doc:"Number of the invoice that a line of a credit note corrects"`
}

type invoicesOut struct {
	Body struct {
		Invoices []invoiceOut `json:"invoices"`
		After    string       `json:"after" doc:"What to ask next with; unchanged when there is nothing new"`
	}
}

type paymentOut struct {
	ID        string     `json:"id"`
	Number    int64      `json:"number" doc:"In the year of the day, without a gap"`
	Day       string     `json:"day" format:"date"`
	PaidOn    string     `json:"paid_on" format:"date" doc:"When the bank had it"`
	Means     string     `json:"means" example:"card"`
	Cents     int64      `json:"cents" doc:"Negative: the reversal of another"`
	Payer     string     `json:"payer"`
	Reference string     `json:"reference,omitempty" doc:"The bank's"`
	Reverses  string     `json:"reverses,omitempty" doc:"Id of the payment it reverses"`
	Paid      []shareOut `json:"paid"`
}

type shareOut struct {
	Invoice string `json:"invoice" doc:"Number of the invoice"`
	Cents   int64  `json:"cents"`
}

type paymentsOut struct {
	Body struct {
		Payments []paymentOut `json:"payments"`
		After    string       `json:"after"`
	}
}

// money is what the accounts read: what was issued, what was received.
func money(a huma.API, m *doors) {
	operation(a, m, staff.InvoicesRead, huma.Operation{OperationID: "invoices", Method: http.MethodGet, Path: "/api/v1/invoices",
		Summary: "Invoices and credit notes issued, in their order", Errors: []int{http.StatusNotFound}}, invoices)
	operation(a, m, staff.PaymentsRead, huma.Operation{OperationID: "payments", Method: http.MethodGet, Path: "/api/v1/payments",
		Summary: "Receipts and their reversals, in their order", Errors: []int{http.StatusNotFound}}, payments)
}

func invoices(ctx context.Context, in *pageIn) (*invoicesOut, error) {
	return read(ctx, func(tx *db.Tx, _ caller) (*invoicesOut, error) {
		list, err := billing.IssuedAfter(ctx, tx, in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		var out invoicesOut
		out.Body.Invoices, out.Body.After = []invoiceOut{}, in.After
		for i := range list {
			out.Body.Invoices = append(out.Body.Invoices, invoice(&list[i]))
			out.Body.After = list[i].ID
		}
		return &out, nil
	})
}

func invoice(i *billing.Invoice) invoiceOut {
	out := invoiceOut{ID: i.ID, Kind: string(i.Kind), Number: i.Label, IssuedOn: i.IssuedOn.String(), From: i.Period.From.String(), To: i.Period.To.String(),
		Household: i.Payer.Reference, Payer: payerOut{i.Payer.Name, i.Payer.Line, i.Payer.PostalCode, i.Payer.City}, Cents: int64(i.Total), Lines: []lineOut{}}
	if !i.DueOn.IsZero() {
		out.DueOn = i.DueOn.String()
	}
	for _, l := range i.Lines {
		out.Lines = append(out.Lines, lineOut{Child: l.ChildName, Activity: l.ActivityName, Option: l.OptionName, Attribute: string(l.Attribute), Quantity: l.Quantity,
			UnitCents: int64(l.Unit), Cents: int64(l.Total), From: l.From.String(), To: l.To.String(), Explanation: l.Explanation, Corrects: l.Corrects})
	}
	return out
}

func payments(ctx context.Context, in *pageIn) (*paymentsOut, error) {
	return read(ctx, func(tx *db.Tx, _ caller) (*paymentsOut, error) {
		list, err := till.ReceivedAfter(ctx, tx, in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		var out paymentsOut
		out.Body.Payments, out.Body.After = []paymentOut{}, in.After
		for _, r := range list {
			p := paymentOut{ID: r.ID, Number: r.Number, Day: r.Day.String(), PaidOn: r.PaidOn.String(), Means: string(r.Means), Cents: int64(r.Cents), Payer: r.PayerName,
				Reference: r.Reference, Reverses: r.Reverses, Paid: []shareOut{}}
			for _, s := range r.Paid {
				p.Paid = append(p.Paid, shareOut{s.Number, int64(s.Cents)})
			}
			out.Body.Payments = append(out.Body.Payments, p)
			out.Body.After = r.ID
		}
		return &out, nil
	})
}
