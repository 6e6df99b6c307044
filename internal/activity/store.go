package activity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"strings"

	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
)

const catalogueKey = "catalogue"

// Load reads the catalogue of the town: from memory when its version has not changed since, else whole.
func Load(ctx context.Context, tx *db.Tx) (*Catalogue, error) {
	return db.Once(tx, catalogueKey, func() (*Catalogue, error) { return load(ctx, tx) })
}

func load(ctx context.Context, tx *db.Tx) (*Catalogue, error) {
	version, err := catalogueVersion(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.Memo(tx, catalogueKey, version, func() (*Catalogue, error) {
		c := &Catalogue{Version: version}
		for _, load := range []func(context.Context, *db.Tx) error{
			c.loadCalendar, c.loadSites, c.loadActivities, c.loadOptions, c.loadActivitySites, c.loadCapacities, c.loadClosures, c.loadGrids,
		} {
			if err := load(ctx, tx); err != nil {
				return nil, fmt.Errorf("catalogue: %w", err)
			}
		}
		return c, nil
	})
}

func catalogueVersion(ctx context.Context, tx *db.Tx) (string, error) {
	versions, err := db.All(ctx, tx, `SELECT version FROM catalogue_version WHERE id = 1`, db.Value[string])
	if err != nil || len(versions) == 0 {
		return "", err
	}
	return versions[0], nil
}

// touch changes the version: whoever reads from now on reads the catalogue again. The version is drawn, never counted, so that
// one that was rolled back is never met again.
func touch(ctx context.Context, tx *db.Tx) error {
	tx.Forget(catalogueKey)
	_, err := tx.Exec(ctx, `INSERT INTO catalogue_version (id, version) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET version = excluded.version`, db.NewID())
	return err
}

func (c *Catalogue) loadCalendar(ctx context.Context, tx *db.Tx) error {
	years, err := SchoolYears(ctx, tx)
	c.Calendar = &calendar.Calendar{Years: years}
	return err
}

// SchoolYears lists what the town's calendar knows, oldest year first.
func SchoolYears(ctx context.Context, tx *db.Tx) ([]calendar.SchoolYear, error) {
	years, err := db.All(ctx, tx, `SELECT label, first_day, last_day, source, confirmed FROM school_years ORDER BY label`,
		func(s db.Scanner) (y calendar.SchoolYear, err error) {
			return y, s.Scan(&y.Label, &y.FirstDay, &y.LastDay, &y.Source, &y.Confirmed)
		})
	if err != nil {
		return nil, err
	}
	byLabel := make(map[string]*calendar.SchoolYear, len(years))
	for i := range years {
		byLabel[years[i].Label] = &years[i]
	}
	type row struct {
		year string
		h    calendar.Holiday
	}
	rows, err := db.All(ctx, tx, `SELECT school_year, name, from_day, to_day FROM school_holidays ORDER BY from_day`,
		func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.year, &r.h.Name, &r.h.From, &r.h.To) })
	for _, r := range rows {
		byLabel[r.year].Holidays = append(byLabel[r.year].Holidays, r.h)
	}
	return years, err
}

func (c *Catalogue) loadSites(ctx context.Context, tx *db.Tx) error {
	sites, err := db.All(ctx, tx, `SELECT id, code, name, kind, address, phone, archived_at IS NOT NULL FROM sites ORDER BY name, id`,
		func(s db.Scanner) (*Site, error) {
			v := new(Site)
			return v, s.Scan(&v.ID, &v.Code, &v.Name, &v.Kind, &v.Address, &v.Phone, &v.Archived)
		})
	c.Sites, c.siteByID = sites, make(map[string]*Site, len(sites))
	for _, s := range sites {
		c.siteByID[s.ID] = s
	}
	return err
}

func (c *Catalogue) loadActivities(ctx context.Context, tx *db.Tx) error {
	list, err := db.All(ctx, tx, `SELECT id, code, name, kind, noun, noun_plural, runs_on, weekdays, cancel_rule, add_rule, opening_rule,
		priority_opening_rule, grace_minutes, instruction, is_right, waiting, waiting_order, offer_hours, promotion_margin_hours, min_age_months,
		max_age_months, levels, residents_only, needs_paid_up, position, archived_at IS NOT NULL, cesu, cost_cents
		FROM activities ORDER BY position, name, id`, scanActivity)
	c.Activities, c.activityByID = list, make(map[string]*Activity, len(list))
	for _, a := range list {
		c.activityByID[a.ID] = a
	}
	return err
}

func scanActivity(s db.Scanner) (*Activity, error) {
	a := new(Activity)
	var cancel, add, opening, priority, order, levels string
	var minAge, maxAge, cost sql.NullInt64
	if err := s.Scan(&a.ID, &a.Code, &a.Name, &a.Kind, &a.Noun, &a.NounPlural, &a.RunsOn, &a.Weekdays, &cancel, &add, &opening, &priority,
		&a.GraceMinutes, &a.Instruction, &a.IsRight, &a.Waiting, &order, &a.OfferHours, &a.MarginHours, &minAge, &maxAge, &levels,
		&a.ResidentsOnly, &a.NeedsPaidUp, &a.Position, &a.Archived, &a.CESU, &cost); err != nil {
		return nil, err
	}
	a.WaitingByPoints, a.oneDeadline = order == "points", cancel == add
	a.MinAge, a.MaxAge = nullable(minAge), nullable(maxAge)
	a.CostPrice = (*money.Cents)(nullable(cost))
	a.Levels = strings.Fields(levels)
	return a, a.parseRules(cancel, add, opening, priority)
}

func (a *Activity) parseRules(cancel, add, opening, priority string) (err error) {
	if a.Cancel, err = calendar.ParseRule(cancel); err != nil {
		return fmt.Errorf("activity %s, cancel rule: %w", a.Code, err)
	}
	if a.Add, err = calendar.ParseRule(add); err != nil {
		return fmt.Errorf("activity %s, add rule: %w", a.Code, err)
	}
	if a.Opening, err = calendar.ParseOpening(opening); err != nil {
		return fmt.Errorf("activity %s, opening: %w", a.Code, err)
	}
	if a.PriorityOpening, err = calendar.ParseOpening(priority); err != nil {
		return fmt.Errorf("activity %s, priority opening: %w", a.Code, err)
	}
	return nil
}

func nullable(n sql.NullInt64) *int64 {
	if !n.Valid {
		return nil
	}
	return &n.Int64
}

func (c *Catalogue) loadOptions(ctx context.Context, tx *db.Tx) error {
	options, err := db.All(ctx, tx, `SELECT id, activity_id, code, name, starts, ends, position, archived_at IS NOT NULL
		FROM activity_options ORDER BY activity_id, position, starts, id`,
		func(s db.Scanner) (o Option, err error) {
			return o, s.Scan(&o.ID, &o.ActivityID, &o.Code, &o.Name, &o.Starts, &o.Ends, &o.Position, &o.Archived)
		})
	for _, o := range options {
		a := c.activityByID[o.ActivityID]
		a.Options = append(a.Options, o)
	}
	return err
}

func (c *Catalogue) loadActivitySites(ctx context.Context, tx *db.Tx) error {
	pairs, err := db.All(ctx, tx, `SELECT activity_id, site_id FROM activity_sites ORDER BY activity_id, site_id`,
		func(s db.Scanner) (p [2]string, err error) { return p, s.Scan(&p[0], &p[1]) })
	for _, p := range pairs {
		a := c.activityByID[p[0]]
		a.SiteIDs = append(a.SiteIDs, p[1])
	}
	return err
}

func (c *Catalogue) loadCapacities(ctx context.Context, tx *db.Tx) error {
	list, err := db.All(ctx, tx, `SELECT activity_id, site_id, option_id, age_group, from_day, only_day, places FROM capacities ORDER BY from_day, id`, scanCapacity)
	c.capacities = make(map[placeKey][]Capacity)
	for _, k := range list {
		key := placeKey{k.ActivityID, k.SiteID, k.OptionID, k.AgeGroup}
		c.capacities[key] = append(c.capacities[key], k)
	}
	return err
}

func scanCapacity(s db.Scanner) (k Capacity, err error) {
	var places sql.NullInt64
	err = s.Scan(&k.ActivityID, &k.SiteID, &k.OptionID, &k.AgeGroup, &k.From, &k.OnlyDay, &places)
	k.Places = nullable(places)
	return k, err
}

const closureColumns = `id, coalesce(site_id, ''), coalesce(activity_id, ''), from_day, to_day, reason, created_at, created_by, settled_at, undone_at, undone_by`

func scanClosure(s db.Scanner) (k Closure, err error) {
	return k, s.Scan(&k.ID, &k.SiteID, &k.ActivityID, &k.From, &k.To, &k.Reason, &k.CreatedAt, &k.CreatedBy, &k.SettledAt, &k.UndoneAt, &k.UndoneBy)
}

func (c *Catalogue) loadClosures(ctx context.Context, tx *db.Tx) (err error) {
	c.closures, err = db.All(ctx, tx, `SELECT `+closureColumns+` FROM closures WHERE undone_at IS NULL ORDER BY from_day, id`, scanClosure)
	c.closuresByDay = make(map[civil.Date][]*Closure)
	for i := range c.closures {
		k := &c.closures[i]
		for d := k.From; !d.After(k.To); d = d.AddDays(1) {
			c.closuresByDay[d] = append(c.closuresByDay[d], k)
		}
	}
	return err
}

// AllClosures lists closures, undone ones too, latest first day first.
func AllClosures(ctx context.Context, tx *db.Tx, limit int) ([]Closure, error) {
	closures, err := db.All(ctx, tx, `SELECT `+closureColumns+` FROM closures ORDER BY from_day DESC, id LIMIT $1`, scanClosure, limit)
	sort.SliceStable(closures, func(i, j int) bool { return closures[i].From.After(closures[j].From) })
	return closures, err
}

// ClosureByID finds a closure, undone or not; fault.NotFound when there is none.
func ClosureByID(ctx context.Context, tx *db.Tx, id string) (Closure, error) {
	k, err := db.One(ctx, tx, `SELECT `+closureColumns+` FROM closures WHERE id = $1`, scanClosure, id)
	if errors.Is(err, db.ErrNoRows) {
		return k, fault.NotFoundf("Cette fermeture n’existe pas.")
	}
	return k, err
}
