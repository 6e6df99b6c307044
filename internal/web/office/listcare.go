package office

import (
	"context"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/staff"
)

// leaving are the kinds of activities that end with someone coming for the child.
var leaving = []activity.Kind{activity.Evening, activity.Study, activity.TAP, activity.Wednesday, activity.Holiday}

// addCare adds to the children of a list what those who receive them must know, as far as the agent's rights go: whether there is a
// PAI, who may collect them, and whether they leave alone.
func (v *sheetView) addCare(ctx context.Context, tx *db.Tx, who staff.Agent, key []byte) error {
	v.Health = who.May(staff.Health, v.Sheet.Site.ID)
	v.Pickup = who.May(staff.RollCall, v.Sheet.Site.ID) && slices.Contains(leaving, v.Sheet.Activity.Kind)
	if !v.Health && !v.Pickup {
		return nil
	}
	var asked []dossier.CareRequest
	var homes []string
	for _, l := range v.Sheet.Lines {
		asked, homes = append(asked, dossier.CareRequest{ChildID: l.ChildID, HouseholdID: l.HouseholdID}), append(homes, l.HouseholdID)
	}
	care, err := dossier.CareOf(ctx, tx, key, asked, v.Day)
	if err != nil {
		return err
	}
	guardians, err := household.GuardiansOfMany(ctx, tx, homes)
	for _, list := range [][]sheetRow{v.Coming, v.Pending, v.Queue} {
		for i := range list {
			l := &list[i]
			in := care[dossier.CareRequest{ChildID: l.ChildID, HouseholdID: l.HouseholdID}]
			l.PAI = v.Health && in.PAI
			if v.Pickup {
				l.Collect = collectors(guardians[l.HouseholdID], in.Collect)
			}
			if v.Pickup && in.Alone {
				l.Alone = "part seul à partir de " + solid(in.From.French())
			}
		}
	}
	return err
}

// collectors names who may come for a child, each with a telephone number: the guardians of the household whose day it is, then those
// it named.
func collectors(guardians []household.Guardian, named []dossier.ChildContact) []string {
	var list []string
	for _, g := range guardians {
		list = append(list, strings.TrimSpace(g.Name()+" "+solid(household.FrenchPhone(g.Phone))))
	}
	for _, c := range named {
		name := c.Name
		if c.Relation != "" {
			name += " (" + c.Relation + ")"
		}
		list = append(list, name+" "+solid(household.FrenchPhone(c.Phone)))
	}
	return list
}

// instructions tells whether the list has its column.
func (v sheetView) instructions() bool { return v.Health || v.Pickup }
