// Package simulation replays what really happened in a past month or year under draft grids: who would have paid more or less, what the town
// would have received, which prices would have passed the cost of the service. It reads facts and writes its own rows; nothing of it is ever
// charged.
//
// A simulation goes through the households in slices: Next reads and prices one, outside of any write, and Keep adds it up. A process that dies
// loses one slice, and none is counted twice.
package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/tariff"
)

// JobKind is the job that runs a simulation.
const JobKind = "tariff.simulate"

// Payload is what the job is queued with.
type Payload struct{ SimulationID string }

// Simulation is a set of drafts tried on the days of a range.
type Simulation struct {
	ID         string
	Name       string
	Grids      []tariff.Grid // as they were when it was asked
	Period     civil.Range
	Households int64 // of the town, when it was asked
	Done       int64
	DoneTo     string // the last household
	Result     Result
	MadeAt     civil.Instant
	MadeByName string
	FinishedAt civil.Instant // zero: under way
}

// Sum is what one thing costs before and after.
type Sum struct {
	Before money.Cents `json:"b"`
	After  money.Cents `json:"a"`
}

// Case is a household whose bill changes much.
type Case struct {
	Household string `json:"h"`
	Quotient  *int64 `json:"q,omitempty"`
	Sum
}

// Band is the households of some quotients.
type Band struct {
	Households int64 `json:"n"`
	More       int64 `json:"m"`
	Less       int64 `json:"l"`
	Sum
}

// Result is what was added up. Households without anything to pay are not counted.
type Result struct {
	Total      Sum            `json:"total"`
	Households int64          `json:"households"`
	More       int64          `json:"more"`
	Less       int64          `json:"less"`
	Bands      []Band         `json:"bands"`   // one a band of Edges, then those whose quotient is not known
	Changes    []int64        `json:"changes"` // households by change a month: one a step of Steps
	Activities map[string]Sum `json:"activities"`
	AboveCost  Counts         `json:"above"`    // days whose price passes the cost price of the activity
	OneEuro    Counts         `json:"one_euro"` // meals at one euro or less
	Unpriced   int64          `json:"unpriced"` // days that no grid prices, before
	Rises      []Case         `json:"rises"`    // the households that would pay most more
	Falls      []Case         `json:"falls"`    // those that would pay most less
}

// Counts is a number of days before and after.
type Counts struct {
	Before int64 `json:"b"`
	After  int64 `json:"a"`
}

// Edges are where the bands of quotients begin, in hundredths.
var Edges = []int64{0, 400_00, 800_00, 1200_00, 1600_00}

// Steps are the changes of a month, in cents, that households are counted by: Changes[i] is from Steps[i-1] on, up to Steps[i].
var Steps = []money.Cents{-50_00, -20_00, -5_00, 0, 1, 5_00, 20_00, 50_00}

// casesKept is how many households of each side are named.
const casesKept = 10

const selectSimulation = `SELECT id, name, CAST(grids AS text), from_day, to_day, households, done, done_to, CAST(result AS text), made_at, made_by_name, finished_at FROM simulations`

func scan(s db.Scanner) (v Simulation, err error) {
	var grids, result string
	if err = s.Scan(&v.ID, &v.Name, &grids, &v.Period.From, &v.Period.To, &v.Households, &v.Done, &v.DoneTo, &result, &v.MadeAt, &v.MadeByName, &v.FinishedAt); err != nil {
		return v, err
	}
	if err = json.Unmarshal([]byte(grids), &v.Grids); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(result), &v.Result)
}

// mostGrids is how many drafts are tried together.
const mostGrids = 50

// Start asks for a simulation of some drafts on the days of a range. The same asked again by the same agent while it runs is one. Errors: fault.Invalid beside the field, fault.NotFound.
func Start(ctx context.Context, tx *db.Tx, by household.By, gridIDs []string, period civil.Range) (Simulation, error) {
	wrong := map[string]string{}
	switch {
	case len(gridIDs) == 0:
		wrong["grilles"] = "Cochez au moins une grille à essayer."
	case len(gridIDs) > mostGrids:
		wrong["grilles"] = "Cochez moins de grilles à la fois."
	}
	switch {
	case period.From.IsZero() || period.To.IsZero() || period.To.Before(period.From):
		wrong["periode"] = "Choisissez la période à rejouer."
	case period.Len() > 366:
		wrong["periode"] = "Une simulation rejoue une année au plus."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return Simulation{}, err
	}
	s := Simulation{ID: db.NewID(), Period: period, MadeAt: tx.Now, MadeByName: by.Name}
	var names []string
	for _, id := range gridIDs {
		k, err := activity.GridByID(ctx, tx, id)
		if err != nil {
			return s, err
		}
		for i := range s.Grids {
			if s.Grids[i].SameSeries(&k.Grid) {
				return s, fault.Invalidf("grilles", "« %s » et « %s » fixent les mêmes prix : essayez-les l’une après l’autre.", s.Grids[i].Name, k.Name)
			}
		}
		s.Grids = append(s.Grids, k.Grid)
		names = append(names, k.Name)
	}
	s.Name = strings.Join(names, ", ")
	running, err := db.All(ctx, tx, selectSimulation+` WHERE finished_at IS NULL AND made_by = $1 AND name = $2 AND from_day = $3 AND to_day = $4`, scan, by.Actor, s.Name, period.From, period.To)
	if err != nil {
		return s, err
	}
	for _, old := range running {
		if db.JSON(old.Grids) == db.JSON(s.Grids) {
			return old, nil
		}
	}
	n, err := db.One(ctx, tx, `SELECT count(*) FROM households`, db.Value[int64])
	if err != nil {
		return s, err
	}
	s.Households = n
	if _, err := tx.Exec(ctx, `INSERT INTO simulations (id, name, grids, from_day, to_day, households, done, done_to, result, made_at, made_by, made_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, $8, $9, $10)`,
		s.ID, s.Name, db.JSON(s.Grids), period.From, period.To, n, db.JSON(s.Result), s.MadeAt, by.Actor, by.Name); err != nil {
		return s, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "simulation.start", Subject: "simulation:" + s.ID,
		Detail: map[string]string{"from": period.From.String(), "to": period.To.String(), "grids": s.Name}}); err != nil {
		return s, err
	}
	return s, job.Queue(ctx, tx, JobKind, Payload{s.ID})
}

// ByID finds a simulation; fault.NotFound.
func ByID(ctx context.Context, tx *db.Tx, id string) (Simulation, error) {
	s, err := db.One(ctx, tx, selectSimulation+` WHERE id = $1`, scan, id)
	if errors.Is(err, db.ErrNoRows) {
		return s, fault.NotFoundf("Cette simulation n’existe pas.")
	}
	return s, err
}

// Latest lists simulations, the latest first.
func Latest(ctx context.Context, tx *db.Tx, limit int) ([]Simulation, error) {
	return db.All(ctx, tx, selectSimulation+` ORDER BY made_at DESC, id LIMIT $1`, scan, int64(limit))
}

// keptMonths is how long a simulation is kept: its cases are of households, and it serves to vote the prices of the year to come.
const keptMonths = 12

// ForgetOld deletes the simulations made more than a year before a day.
func ForgetOld(ctx context.Context, tx *db.Tx, today civil.Date, loc *time.Location) error {
	_, err := tx.Exec(ctx, `DELETE FROM simulations WHERE made_at < $1`, civil.Wall(today.AddMonths(-keptMonths), 0, 0, loc))
	return err
}

// ForgetHousehold takes a household that is forgotten out of the cases; the sums, which name nobody, stay.
func ForgetHousehold(ctx context.Context, tx *db.Tx, householdID string) error {
	list, err := db.All(ctx, tx, selectSimulation+` WHERE CAST(result AS text) LIKE $1`, scan, "%"+householdID+"%")
	if err != nil {
		return err
	}
	for i := range list {
		r := &list[i].Result
		r.forget([]string{householdID})
		if _, err := tx.Exec(ctx, `UPDATE simulations SET result = $2 WHERE id = $1`, list[i].ID, db.JSON(r)); err != nil {
			return err
		}
	}
	return nil
}

// forget takes households out of the cases.
func (r *Result) forget(householdIDs []string) {
	is := func(c Case) bool { return slices.Contains(householdIDs, c.Household) }
	r.Rises, r.Falls = slices.DeleteFunc(r.Rises, is), slices.DeleteFunc(r.Falls, is)
}

// Keep adds a slice up. A slice that was kept before, or that another process was quicker with, changes nothing. A household that was forgotten
// since the slice was read is counted, and named no more.
func Keep(ctx context.Context, tx *db.Tx, s *Slice) error {
	var finished any
	if s.Last {
		finished = tx.Now
	}
	var named []string
	for _, c := range slices.Concat(s.result.Rises, s.result.Falls) {
		named = append(named, c.Household)
	}
	gone, err := db.All(ctx, tx, `SELECT id FROM households WHERE erased_at IS NOT NULL AND id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.Value[string], db.JSON(named))
	if err != nil {
		return err
	}
	s.result.forget(gone)
	_, err = tx.Exec(ctx, `UPDATE simulations SET done = done + $3, done_to = $4, result = $5, finished_at = $6 WHERE id = $1 AND done_to = $2 AND finished_at IS NULL`,
		s.id, s.from, s.households, s.to, db.JSON(s.result), finished)
	return err
}
