package work

import (
	"context"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/payment"
	"preau/internal/privacy"
	"preau/internal/registration"
	"preau/internal/simulation"
	"preau/internal/thread"
	"preau/internal/town"
)

// forgetHousehold erases a household and all that describes it, whichever package holds it; what only counts stays.
func forgetHousehold(ctx context.Context, tx *db.Tx, by household.By, id string) error {
	guardians, err := household.Guardians(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if err := forgetOwn(ctx, tx, g); err != nil {
			return err
		}
	}
	if err := document.EraseHousehold(ctx, tx, by, id); err != nil {
		return err
	}
	if err := dossier.Erase(ctx, tx, id); err != nil {
		return err
	}
	if err := thread.EraseHousehold(ctx, tx, id); err != nil {
		return err
	}
	if err := booking.EraseNames(ctx, tx, id, ""); err != nil {
		return err
	}
	if err := activity.ForgetAids(ctx, tx, id); err != nil {
		return err
	}
	if err := attendance.EraseNames(ctx, tx, id, ""); err != nil {
		return err
	}
	if err := simulation.ForgetHousehold(ctx, tx, id); err != nil {
		return err
	}
	if err := mandate.EndOf(ctx, tx, by, id); err != nil {
		return err
	}
	return household.Erase(ctx, tx, by, id)
}

// forgetGuardian erases one adult of a household that stays.
func forgetGuardian(ctx context.Context, tx *db.Tx, by household.By, g household.Guardian) error {
	if err := forgetOwn(ctx, tx, g); err != nil {
		return err
	}
	if err := dossier.EraseGuardian(ctx, tx, g.ID); err != nil {
		return err
	}
	if err := document.EraseGuardian(ctx, tx, g); err != nil {
		return err
	}
	if err := thread.EraseGuardian(ctx, tx, g); err != nil {
		return err
	}
	if err := booking.EraseNames(ctx, tx, g.HouseholdID, g.Actor()); err != nil {
		return err
	}
	if err := attendance.EraseNames(ctx, tx, g.HouseholdID, g.Actor()); err != nil {
		return err
	}
	return household.EraseGuardian(ctx, tx, by, g.ID)
}

// forgetOwn erases what hangs on one adult alone: copies of data, and what they declared when they opened their space.
func forgetOwn(ctx context.Context, tx *db.Tx, g household.Guardian) error {
	if err := privacy.DropCopiesOf(ctx, tx, g.ID); err != nil {
		return err
	}
	if err := payment.ForgetGuardian(ctx, tx, g); err != nil || g.AccountID == "" {
		return err
	}
	return registration.Erase(ctx, tx, g.AccountID)
}

// erase carries out what an agent decided of a request to be forgotten: it tells the guardian first, then forgets. Run twice, it finds
// the request done.
func erase(t *town.Town) job.Handler {
	by := household.By{Actor: "job:" + privacy.EraseKind, Name: "Demande d’effacement"}
	return job.Handle(func(ctx context.Context, p privacy.ErasePayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			r, err := privacy.RequestByID(ctx, tx, p.RequestID)
			if err != nil || !r.DoneAt.IsZero() {
				return err
			}
			g, err := household.GuardianByID(ctx, tx, r.GuardianID)
			if err != nil {
				return err
			}
			situation, err := privacy.SituationOf(ctx, tx, g, t.Loc)
			if err != nil {
				return err
			}
			fates := privacy.Fates(situation)
			if err := tellErasure(ctx, tx, g, r, fates); err != nil {
				return err
			}
			if r.Accepted && situation.Whole() {
				err = forgetHousehold(ctx, tx, by, r.HouseholdID)
			} else if r.Accepted {
				err = forgetGuardian(ctx, tx, by, g)
			}
			if err != nil {
				return err
			}
			return privacy.Done(ctx, tx, r.ID, fates)
		})
	})
}
