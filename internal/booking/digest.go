package booking

import (
	"context"
	"errors"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// Pace is how often, at most, an agent is told of the bookings that await an answer.
type Pace string

// The paces.
const (
	EachHour    Pace = "hour"
	EachHalfDay Pace = "half_day" // in the morning and after lunch
)

// PaceOf is the pace an agent has chosen; each hour, unless the agent chose.
func PaceOf(ctx context.Context, tx *db.Tx, who staff.Agent) (Pace, error) {
	pace, _, err := digestOf(ctx, tx, who)
	return pace, err
}

func digestOf(ctx context.Context, tx *db.Tx, who staff.Agent) (pace Pace, told civil.Instant, err error) {
	err = tx.QueryRow(ctx, `SELECT pace, told_at FROM agent_digests WHERE agent_id = $1`, who.ID).Scan(&pace, &told)
	if errors.Is(err, db.ErrNoRows) {
		return EachHour, civil.Instant{}, nil
	}
	return pace, told, err
}

// SetPace writes the pace an agent chose. Errors: fault.Invalid beside "rythme".
func SetPace(ctx context.Context, tx *db.Tx, who staff.Agent, pace Pace) error {
	if pace != EachHour && pace != EachHalfDay {
		return fault.Invalidf("rythme", "Choisissez à quel rythme.")
	}
	_, err := tx.Exec(ctx, `INSERT INTO agent_digests (agent_id, pace) VALUES ($1, $2) ON CONFLICT (agent_id) DO UPDATE SET pace = excluded.pace`, who.ID, string(pace))
	return err
}

// AwaitingGroup is what awaits an answer in one activity at one site.
type AwaitingGroup struct {
	Activity *activity.Activity
	Site     *activity.Site
	First    civil.Date   // the first day asked for
	Waiting  int          // in all
	New      int          // asked since the agent was told last
	Full     []civil.Date // days that are full, though the activity is a right: each child has a place there
}

// Awaiting lists what awaits an agent's answer, when the agent is due to be told: something new was asked, and the pace allows it.
// Empty otherwise. In order of the first day.
func Awaiting(ctx context.Context, tx *db.Tx, who staff.Agent, loc *time.Location) ([]AwaitingGroup, error) {
	pace, told, err := digestOf(ctx, tx, who)
	if err != nil || !DueAgain(pace, told, tx.Now, loc) {
		return nil, err
	}
	list, err := PendingList(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	var out []AwaitingGroup
	fresh := 0
	for _, v := range list {
		i := slices.IndexFunc(out, func(g AwaitingGroup) bool { return g.Activity == v.Activity && g.Site == v.Site })
		if i < 0 {
			out = append(out, AwaitingGroup{Activity: v.Activity, Site: v.Site, First: v.Line.Day})
			i = len(out) - 1
		}
		out[i].Waiting++
		if told.IsZero() || v.Line.Since.After(told) {
			out[i].New++
			fresh++
		}
		if left, limited := v.Free(); v.Activity.IsRight && limited && left <= 0 && !slices.Contains(out[i].Full, v.Line.Day) {
			out[i].Full = append(out[i].Full, v.Line.Day)
		}
	}
	if fresh == 0 {
		return nil, nil
	}
	return out, nil
}

// ToldAwaiting writes that an agent was told of what awaits.
func ToldAwaiting(ctx context.Context, tx *db.Tx, who staff.Agent) error {
	_, err := tx.Exec(ctx, `INSERT INTO agent_digests (agent_id, pace, told_at) VALUES ($1, $2, $3) ON CONFLICT (agent_id) DO UPDATE SET told_at = excluded.told_at`,
		who.ID, string(EachHour), tx.Now)
	return err
}
