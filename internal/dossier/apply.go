package dossier

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
)

// current reads what is known of a field.
func current(ctx context.Context, tx *db.Tx, key []byte, d Definition, to target) (Content, error) {
	switch d.Field {
	case Address:
		h, err := household.ByID(ctx, tx, to.household)
		return Content{"adresse": h.Address, "code_postal": h.PostalCode, "commune": h.City}, err
	case GuardianName, Email, Phone:
		g, err := household.GuardianByID(ctx, tx, to.guardian)
		switch d.Field {
		case Email:
			return Content{"email": g.Email}, err
		case Phone:
			return Content{"telephone": g.Phone}, err
		default:
			return Content{"civilite": g.Civility, "prenom": g.FirstName, "nom": g.LastName}, err
		}
	case Identity, Menu:
		c, err := household.FindChild(ctx, tx, to.child)
		if d.Field == Menu {
			return Content{"menu": c.Menu}, err
		}
		return Content{"prenom": c.FirstName, "nom": c.LastName, "naissance": c.BornOn.String()}, err
	case Doctor, Health, Insurance:
		f, err := factOf(ctx, tx, d.sealing(key), kept[d.Field], to.child, d.home(to))
		return f.Content, err
	case Vaccination, Contacts, Consents:
	}
	return nil, nil
}

// home is the household a fact of the field belongs to; empty: it is the child's.
func (d Definition) home(to target) string {
	if d.Private {
		return to.household
	}
	return ""
}

// apply writes a content where it belongs.
func apply(ctx context.Context, tx *db.Tx, by household.By, key []byte, d Definition, to target, c Content) error {
	switch d.Field {
	case Address:
		h, err := household.ByID(ctx, tx, to.household)
		if err != nil {
			return err
		}
		h.Address, h.PostalCode, h.City = c["adresse"], c["code_postal"], c["commune"]
		return household.EditHousehold(ctx, tx, by, h)
	case GuardianName:
		return household.EditGuardian(ctx, tx, by, household.Guardian{ID: to.guardian, Civility: c["civilite"], FirstName: c["prenom"], LastName: c["nom"]})
	case Email, Phone:
		g, err := household.GuardianByID(ctx, tx, to.guardian)
		if err != nil {
			return err
		}
		contact := household.Contact{Email: g.Email, Phone: g.Phone}
		if d.Field == Email {
			contact.Email = c["email"]
		} else {
			contact.Phone = c["telephone"]
		}
		return household.UpdateContact(ctx, tx, by, to.guardian, contact)
	case Identity:
		born, err := civil.Parse(c["naissance"])
		if err != nil {
			return fault.Invalidf("naissance", "Indiquez la date de naissance.")
		}
		if born.After(civil.DateOf(tx.Now, tx.Now.Time().Location())) {
			return fault.Invalidf("naissance", "Cette date est dans l’avenir.")
		}
		return household.EditChild(ctx, tx, by, household.Child{ID: to.child, FirstName: c["prenom"], LastName: c["nom"], BornOn: born})
	case Menu:
		return household.SetMenu(ctx, tx, by, to.child, c["menu"])
	case Doctor, Health, Insurance:
		return setFact(ctx, tx, by, d.sealing(key), kept[d.Field], Fact{ChildID: to.child, HouseholdID: d.home(to), Content: c})
	case Vaccination, Contacts, Consents:
	}
	return nil
}
