package dossier

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
)

const (
	// gathered is how long changes of a child's file are gathered before the other household is told of them, all at once: who
	// copies a vaccination record enters ten lines in ten minutes.
	gathered = 15 * time.Minute
	// settling is waited for after that, so that a change made in the last second is committed before the list is read.
	settling = time.Minute
	// mostTold bounds how many changes of one household and quarter of an hour are read.
	mostTold = 500
)

// Told is the payload of a job of TellOther: a household changed what it shares of a child, and the other household is told. It
// holds no name and no value: ChangesTold reads the journal of the household that made the changes.
type Told struct {
	ChildID     string        `json:"child"`
	HouseholdID string        `json:"household"` // to tell
	ChangedIn   string        `json:"in"`        // household that made the changes
	From        civil.Instant `json:"from"`      // start of the quarter of an hour
}

// Key names what is told, once.
func (t Told) Key() string {
	return TellOther + ":" + t.ChildID + ":" + t.HouseholdID + ":" + t.ChangedIn + ":" + t.From.String()
}

// tellOther queues what the other household of a child is told: one job a quarter of an hour, however many changes it sees.
func tellOther(ctx context.Context, tx *db.Tx, childID, own string) error {
	homes, err := household.HouseholdsOf(ctx, tx, childID)
	if err != nil {
		return err
	}
	from := civil.At(tx.Now.Time().Truncate(gathered))
	for _, home := range homes {
		if home == own {
			continue
		}
		t := Told{ChildID: childID, HouseholdID: home, ChangedIn: own, From: from}
		if err := job.Queue(ctx, tx, TellOther, t, job.Key(t.Key()), job.At(from.Add(gathered+settling))); err != nil {
			return err
		}
	}
	return nil
}

// ChangesTold lists, in the order of a page, the labels of what changed of a child in the quarter of an hour, and who changed it.
// What is one household's alone is left out.
func ChangesTold(ctx context.Context, tx *db.Tx, t Told) (labels, by []string, err error) {
	var entries []audit.Entry
	for _, act := range []string{"dossier.change", "photo."} {
		list, err := audit.List(ctx, tx, audit.Filter{Household: t.ChangedIn, Act: act, Since: t.From, Until: t.From.Add(gathered), Limit: mostTold})
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, list...)
	}
	changed := map[string]bool{}
	for _, e := range slices.Backward(entries) {
		var said struct {
			Field string `json:"field"`
		}
		raw, _ := e.Detail.(json.RawMessage)
		if err := json.Unmarshal(raw, &said); err != nil {
			return nil, nil, err
		}
		i := slices.IndexFunc(definitions, func(d Definition) bool { return d.Label == said.Field })
		if e.Subject != "child:"+t.ChildID || i < 0 || definitions[i].Private {
			continue
		}
		changed[said.Field] = true
		if !slices.Contains(by, e.ActorName) {
			by = append(by, e.ActorName)
		}
	}
	for _, d := range definitions {
		if changed[d.Label] {
			labels = append(labels, d.Label)
		}
	}
	return labels, by, nil
}
