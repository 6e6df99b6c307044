package demo

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/mandate"
)

// mandates has Karim sign a mandate of direct debit: his invoices wait for the régie to prepare a batch. Claire may sign hers.
func (s *story) mandates(ctx context.Context) error {
	return s.Town.DB.Write(ctx, func(tx *db.Tx) error {
		set, err := mandate.SettingsOf(ctx, tx)
		if err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, s.Town.Loc)
		_, err = mandate.Sign(ctx, tx, s.Town.KeyFor(mandate.KeyPurpose), s.karim, mandate.Signature{Typed: "FR76 3000 6000 0112 3456 7890 189", Holder: s.karim.Name(),
			Street: "4 quai du Canotier", PostalCode: "78400", City: "Chatou", SignedOn: today, Today: today, Agreed: true, Terms: set.TermsVersion()})
		return err
	})
}
