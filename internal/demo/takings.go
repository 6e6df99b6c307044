package demo

import (
	"context"
	"fmt"
	"time"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
)

// takers is how many families came to the counter once the bill was out.
const takers = 12

// takenAt is an hour after the bill of last month.
func (s *story) takenAt() civil.Instant { return s.billedAt().Add(time.Hour) }

// takings is a day at the counter of the régie: cheques, cash and titles of some families, a transfer that names nobody, the count at the end. The
// known families have not paid yet.
func (s *story) takings(ctx context.Context) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := s.regisseur(ctx, tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, s.Town.Loc)
		office := till.Founded()
		office.Float, office.Ceiling = 100_00, 3000_00
		if err := till.SaveOffice(ctx, tx, who, office); err != nil {
			return err
		}
		if _, err := till.HandOver(ctx, tx, who, till.Handover{ToName: who.Name, Day: today}); err != nil {
			return err
		}
		day, err := till.Open(ctx, tx, who, office.Float, today)
		if err != nil {
			return err
		}
		open, err := billing.List(ctx, tx, billing.Filter{State: billing.StateOpen, Limit: 5 * takers})
		if err != nil {
			return err
		}
		came := 0
		for i := range open {
			if came == takers || open[i].HouseholdID == s.claire.HouseholdID || open[i].HouseholdID == s.karim.HouseholdID {
				continue
			}
			take := counterTake(&open[i], came)
			take.Day, take.By = today, who.Actor()
			if _, err := till.Record(ctx, tx, take); err != nil {
				return err
			}
			came++
		}
		if _, err := till.Record(ctx, tx, till.Take{PayerName: "M OU MME LEGRAND", Means: till.Transfer, Cents: 58_40, Source: "demo:virement", Reference: "CANTINE", Label: "Recette à classer",
			Day: today, By: who.Actor()}); err != nil {
			return err
		}
		held, err := till.Balances(ctx, tx, office.ID)
		if err != nil {
			return err
		}
		_, err = till.Close(ctx, tx, who, day.ID, counted(held[till.AccountCash]), "", today)
		return err
	})
}

// counterTake is how the n-th family at the counter paid its invoice.
func counterTake(i *billing.Invoice, n int) till.Take {
	t := till.Take{HouseholdID: i.HouseholdID, PayerName: i.Payer.Name, Cents: i.Rest, Source: fmt.Sprint("demo:", n)}
	switch {
	case n%4 == 1 && i.Rest <= 300_00:
		t.Means = till.Cash
	case n%4 == 2 && i.CESU >= 15_00:
		t.Means, t.Cents = till.CESU, min(i.Rest, i.CESU)/15_00*15_00
		for k := range int(t.Cents / 15_00) {
			t.Titles = append(t.Titles, till.Title{Issuer: till.Issuers()[0], Number: fmt.Sprint(4100200300 + 100*n + k), Vintage: i.IssuedOn.Year, Cents: 15_00})
		}
	default:
		t.Means = till.Cheque
		t.Cheques = []till.Slip{{Bank: []string{"Banque postale", "Crédit agricole", "LCL"}[n%3], Number: fmt.Sprintf("%07d", 1204518+n*7919), Drawer: i.Payer.Name, Cents: t.Cents}}
	}
	return t
}

// counted makes an amount of as few notes and coins as it takes.
func counted(c money.Cents) till.Count {
	out := till.Count{}
	for _, value := range till.Values() {
		if n := int(c / value); n > 0 && value <= 50_00 {
			out[value] = n
			c -= value * money.Cents(n)
		}
	}
	return out
}

// regisseur finds the agent who holds the till.
func (s *story) regisseur(ctx context.Context, tx *db.Tx) (staff.Agent, error) {
	agents, err := staff.List(ctx, tx)
	for _, a := range agents {
		if a.Login == "regie" {
			return a, err
		}
	}
	return s.direction, err
}
