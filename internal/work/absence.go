package work

import (
	"context"

	"preau/internal/attendance"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/words"
)

// tellAbsence tells the team of each site of an absence announced too late to cancel it, and the family what that means.
func tellAbsence(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p attendance.TellPayload) error {
		return t.DB.Write(ctx, func(tx *db.Tx) error {
			n, err := attendance.ByID(ctx, tx, p.NoticeID)
			if fault.Is(err, fault.NotFound) {
				return nil // forgotten meanwhile
			}
			if err != nil {
				return err
			}
			children, err := household.ChildrenByID(ctx, tx, []string{n.ChildID})
			if err != nil {
				return err
			}
			if err := tellTeams(ctx, tx, t, n, children[n.ChildID]); err != nil {
				return err
			}
			child := children[n.ChildID].FirstName
			l := &letter{subject: "Absence " + words.Of(child) + " signalée, " + n.Day.WeekdayDayMonth(), link: t.BaseURL + "/espace/planning", words: "Voir le planning",
				before: []string{"L’équipe est prévenue que " + child + " ne viendra pas. Le délai pour annuler est passé : ce qui suit reste facturé.",
					"En cas de maladie, envoyez le certificat depuis votre espace, page « Absences » : arrivé à temps, il évite la facture."}}
			for _, i := range n.Billed {
				l.add(child, i.Activity+", "+i.Site+" : reste facturé", n.Day)
			}
			return l.send(ctx, tx, n.HouseholdID, notify.Bookings, "absence "+n.ID+" "+n.At.String())
		})
	})
}

// tellTeams tells the agents of each site where the child was expected.
func tellTeams(ctx context.Context, tx *db.Tx, t *town.Town, n attendance.Notice, child household.Child) error {
	agents, err := staff.List(ctx, tx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, i := range n.Billed {
		if seen[i.SiteID] {
			continue
		}
		seen[i.SiteID] = true
		for _, a := range teamOf(agents, i.SiteID) {
			l := &letter{subject: "Absence : " + child.Name() + ", " + n.Day.WeekdayDayMonth(), link: t.BaseURL + "/bureau/listes?jour=" + n.Day.String(), words: "Voir les listes du jour",
				before: []string{"Sa famille signale que " + child.Name() + " ne viendra pas. Le délai est passé : le jour reste réservé et facturé."}}
			for _, same := range n.Billed {
				if same.SiteID == i.SiteID {
					l.add(i.Site, same.Activity+", "+same.Option, n.Day)
				}
			}
			if err := l.tell(ctx, tx, a.AccountID, "Bonjour "+a.Name+",", notify.Absences, "absence "+n.ID+" "+i.SiteID+" "+n.At.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

// teamOf are the agents who call the roll at a site: those of that site, or those of all sites when it has none of its own.
func teamOf(agents []staff.Agent, siteID string) []staff.Agent {
	var own, all []staff.Agent
	for _, a := range agents {
		switch {
		case !a.May(staff.RollCall, siteID):
		case len(a.Sites) > 0:
			own = append(own, a)
		default:
			all = append(all, a)
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}
