package work

import (
	"context"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/privacy"
	"preau/internal/town"
	"preau/internal/web/ui"
)

// lapse is what the run knows of the households that nothing keeps.
type lapse struct {
	day civil.Date
	at  civil.Instant
}

// each goes through the households that nothing keeps, by slices.
func (l lapse) each(ctx context.Context, t *town.Town, do func(tx *db.Tx, h booking.Lapsed) error) error {
	after := ""
	for {
		n := 0
		err := t.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := booking.Lapsing(ctx, tx, l.day, l.at, after, householdsAtATime)
			if err != nil {
				return err
			}
			for _, h := range list {
				if err := do(tx, h); err != nil {
					return err
				}
				after = h.ID
			}
			n = len(list)
			return nil
		})
		if err != nil || n < householdsAtATime {
			return err
		}
	}
}

// forgetFamilies forgets the families that nothing keeps and that were told a month before, and tells those it meets first.
func forgetFamilies(ctx context.Context, t *town.Town, run privacy.Run, p privacy.Policy) error {
	by := household.By{Actor: "job:" + Retain, Name: "Durée de conservation"}
	l := lapse{}
	err := t.DB.Read(ctx, func(tx *db.Tx) error {
		lim := limitOf(t, p, privacy.Families, tx.Now)
		l = lapse(lim)
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.cameBack(ctx, t); err != nil {
		return err
	}
	disputed, told := 0, 0
	err = l.each(ctx, t, func(tx *db.Tx, h booking.Lapsed) error {
		switch {
		case h.Held:
			disputed++
			return nil
		case h.ToldAt.IsZero():
			told++
			return tellLeaving(ctx, tx, t, h.ID)
		case civil.DateOf(h.ToldAt, t.Loc).AddDays(leavingNotice).After(civil.DateOf(tx.Now, t.Loc)):
			told++
			return nil
		}
		if err := forgetHousehold(ctx, tx, by, h.ID); err != nil {
			return err
		}
		return privacy.Note(ctx, tx, run.ID, privacy.Line{Category: privacy.Families, Before: l.day, Removed: 1})
	})
	if err != nil {
		return err
	}
	if err := bySlices(ctx, t, p, privacy.Families, forgetEnrolments); err != nil {
		return err
	}
	return t.DB.Write(ctx, func(tx *db.Tx) error {
		return privacy.Note(ctx, tx, run.ID, privacy.Line{Category: privacy.Families, Before: l.day, Held: disputed + told, Why: whyFamilies(disputed, told)})
	})
}

func whyFamilies(disputed, told int) string {
	why := ""
	if told > 0 {
		why = ui.Count(told, "famille prévenue", "familles prévenues") + " depuis moins de trente jours"
	}
	if disputed > 0 {
		if why != "" {
			why += " ; "
		}
		why += ui.Count(disputed, "famille", "familles") + " : " + disputeHolds
	}
	return why
}

// cameBack takes back the word of leaving from who came back.
func (l lapse) cameBack(ctx context.Context, t *town.Town) error {
	after := ""
	for {
		var list []string
		err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if list, err = household.Leaving(ctx, tx, after, sliceSize); err != nil {
				return err
			}
			for _, id := range list {
				kept, err := booking.Keeps(ctx, tx, id, l.day, l.at)
				if err != nil {
					return err
				}
				if kept {
					if err := household.CameBack(ctx, tx, id); err != nil {
						return err
					}
				}
				after = id
			}
			return nil
		})
		if err != nil || len(list) < sliceSize {
			return err
		}
	}
}

// tellLeaving tells the adults of a household that it will be forgotten in a month, and how to keep it.
func tellLeaving(ctx context.Context, tx *db.Tx, t *town.Town, id string) error {
	l := &letter{subject: "Votre espace sera effacé dans trente jours", link: t.BaseURL + "/espace", words: "Garder mon espace",
		before: []string{"Plus personne ne s’est connecté à votre espace depuis longtemps, et aucun de vos enfants n’est inscrit. Comme le demande le règlement sur la protection des données, votre dossier sera effacé dans trente jours.",
			"Pour le garder, il suffit de vous connecter une fois."}}
	if err := l.send(ctx, tx, id, notify.Security, "leaving "+id+" "+tx.Now.String()); err != nil {
		return err
	}
	return household.ToldLeaving(ctx, tx, id)
}

// countFamilies counts the families that nothing keeps: they will be told, then forgotten.
func countFamilies(ctx context.Context, t *town.Town, p privacy.Policy) (line privacy.Line, err error) {
	line.Category = privacy.Families
	after := ""
	for {
		var list []booking.Lapsed
		err = t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			l := limitOf(t, p, privacy.Families, tx.Now)
			line.Before = l.day
			list, err = booking.Lapsing(ctx, tx, l.day, l.at, after, sliceSize)
			return err
		})
		for _, h := range list {
			after = h.ID
			if h.Held {
				line.Held++
			} else {
				line.Removed++
			}
		}
		if err != nil || len(list) < sliceSize {
			break
		}
	}
	if line.Held > 0 {
		line.Why = whyFamilies(line.Held, 0)
	}
	return line, err
}
