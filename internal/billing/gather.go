package billing

import (
	"context"
	"errors"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
)

// householdsAtATime is how many households a slice has: a write of some thousand rows, well below the time in which a family waits.
const householdsAtATime = 50

// Slice is the next step of the preparation of a run, read and composed outside of any write. Keep writes it down.
type Slice struct {
	run      Run
	step     step
	done     string // the last household of the slice
	drafts   []*draft
	notes    []noteRow
	rechecks []recheckRow
	last     bool
}

// step is what a slice does.
type step int

const (
	stepOver    step = iota // nothing is left to do
	stepClear               // throw drafts away
	stepRecheck             // find whose earlier days have changed
	stepCompose             // make drafts
)

// begun is done_to once the rechecks of a preparation are written: it comes before every id.
const begun = " "

// recheckRow is a household whose earlier days are looked at again.
type recheckRow struct {
	Household string     `json:"h"`
	From      civil.Date `json:"d"`
}

// Gather reads what the next step of a preparation needs and composes it. It is for a read: nothing of it holds the town up.
func Gather(ctx context.Context, tx *db.Tx, runID string) (s Slice, err error) {
	if s.run, err = RunByID(ctx, tx, runID); err != nil {
		return s, err
	}
	if s.run.State != RunPreparing && s.run.State != RunAbandoned {
		return s, nil
	}
	if s.run.doneTo == "" {
		left, err := db.Exists(ctx, tx, leftovers+` LIMIT 1`, runID)
		if err != nil || left {
			s.step = stepClear
			return s, err
		}
		if s.run.State == RunAbandoned {
			return s, nil
		}
		s.step = stepRecheck
		s.rechecks, err = rechecksOf(ctx, tx, &s.run)
		return s, err
	}
	s.step = stepCompose
	homes, err := s.homes(ctx, tx)
	if err != nil || len(homes) == 0 {
		s.last = true
		return s, err
	}
	s.done = homes[len(homes)-1]
	s.last = len(homes) < householdsAtATime || s.run.HouseholdID != ""
	g := &gatherer{ctx: ctx, tx: tx, run: &s.run, homes: homes, out: &s}
	return s, g.do()
}

// leftovers are drafts that no longer serve: those of the run that is prepared again, and of runs that were abandoned.
const leftovers = `SELECT i.id FROM invoices i JOIN billing_runs r ON r.id = i.run_id WHERE i.number IS NULL AND (r.id = $1 OR r.state = 'abandoned')`

// homes are the households of the next slice.
func (s *Slice) homes(ctx context.Context, tx *db.Tx) ([]string, error) {
	if id := s.run.HouseholdID; id != "" {
		if s.run.doneTo >= id {
			return nil, nil
		}
		return []string{id}, nil
	}
	return db.All(ctx, tx, `SELECT id FROM households WHERE id > $1 ORDER BY id LIMIT $2`, db.Value[string], s.run.doneTo, int64(householdsAtATime))
}

// gatherer composes the bills of the households of a slice.
type gatherer struct {
	ctx   context.Context
	tx    *db.Tx
	run   *Run
	homes []string
	out   *Slice

	catalogue *activity.Catalogue
	quoter    *activity.Quoter
	settings  Settings
	since     map[string]civil.Date // the first day a household is looked at again; absent: the first of the run
	first     civil.Date            // the earliest of them
	standings map[string]household.Standing
	children  map[string]household.Child
	aids      activity.Aids
	facts     []attendance.Fact
	fees      []feeFact
	billed    map[string][]billed // by household: what may concern it, in the order of keys
	before    map[string]money.Cents
	tally     map[noteKey]*noteRow
}

// noteKey is a household and a reason to look at it.
type noteKey struct {
	household string
	kind      NoteKind
}

func (g *gatherer) do() error {
	for _, read := range []func() error{g.readTerms, g.readRechecks, g.readFacts, g.readPeople, g.readFees, g.readBilled, g.readBefore} {
		if err := read(); err != nil {
			return err
		}
	}
	g.tally = map[noteKey]*noteRow{}
	facts, fees := g.facts, g.fees
	for _, home := range g.homes {
		n, m := 0, 0
		for n < len(facts) && facts[n].HouseholdID == home {
			n++
		}
		for m < len(fees) && fees[m].household == home {
			m++
		}
		if err := g.household(home, facts[:n], fees[:m]); err != nil {
			return err
		}
		facts, fees = facts[n:], fees[m:]
	}
	for _, n := range g.tally {
		g.out.notes = append(g.out.notes, *n)
	}
	return nil
}

func (g *gatherer) readTerms() (err error) {
	if g.catalogue, err = activity.Load(g.ctx, g.tx); err != nil {
		return err
	}
	g.quoter = g.catalogue.Quoter()
	g.settings, err = ReadSettings(g.ctx, g.tx)
	return err
}

// readRechecks says from which day on each household is looked at.
func (g *gatherer) readRechecks() error {
	g.since, g.first = map[string]civil.Date{}, g.run.Period.From
	list, err := db.All(g.ctx, g.tx, `SELECT household_id, from_day FROM run_rechecks WHERE run_id = $1
		AND household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))`,
		func(s db.Scanner) (r recheckRow, err error) { return r, s.Scan(&r.Household, &r.From) }, g.run.ID, db.JSON(g.homes))
	for _, r := range list {
		g.since[r.Household] = r.From
		if r.From.Before(g.first) {
			g.first = r.From
		}
	}
	return err
}

// scope is the days a household is looked at.
func (g *gatherer) scope(home string) civil.Range {
	if from, ok := g.since[home]; ok {
		return civil.Range{From: from, To: g.run.Period.To}
	}
	return g.run.Period
}

// readFacts reads the facts of the slice: of the run's days for all, of earlier ones for those that changed.
func (g *gatherer) readFacts() (err error) {
	if g.facts, err = attendance.Facts(g.ctx, g.tx, g.homes, g.run.Period); err != nil || len(g.since) == 0 {
		return err
	}
	var again []string
	for _, home := range g.homes {
		if _, ok := g.since[home]; ok {
			again = append(again, home)
		}
	}
	earlier, err := attendance.Facts(g.ctx, g.tx, again, civil.Range{From: g.first, To: g.run.Period.From.AddDays(-1)})
	for _, f := range earlier {
		if !f.Day.Before(g.since[f.HouseholdID]) {
			g.facts = append(g.facts, f)
		}
	}
	slices.SortStableFunc(g.facts, func(a, b attendance.Fact) int { return strings.Compare(a.HouseholdID, b.HouseholdID) })
	return err
}

// readPeople reads who the households are, and who helps them to pay.
func (g *gatherer) readPeople() (err error) {
	if g.standings, err = household.StandingsOf(g.ctx, g.tx, g.homes); err != nil {
		return err
	}
	ids := map[string]bool{}
	for i := range g.facts {
		ids[g.facts[i].ChildID] = true
	}
	for _, s := range g.standings {
		for _, c := range s.Children {
			ids[c.ID] = true
		}
	}
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	if g.children, err = household.ChildrenByID(g.ctx, g.tx, list); err != nil {
		return err
	}
	g.aids, err = activity.AidsOf(g.ctx, g.tx, g.homes, civil.Range{From: g.first, To: g.run.Period.To})
	return err
}

// readBilled reads the live charges of the children of the slice, and hands each to the households whose children they are.
func (g *gatherer) readBilled() error {
	ids := make([]string, 0, len(g.children))
	for id := range g.children {
		ids = append(ids, id)
	}
	year := tariff.SchoolYear(g.first).From
	list, err := db.All(g.ctx, g.tx, `SELECT c.child_id, c.activity_id, c.day, c.kind, c.part, c.cents, c.invoice_id, c.number, i.household_id, i.run_id, i.label,
			n.child_name, n.activity_name, n.option_name, n.attribute, n.explanation, n.grid_id, n.cesu
		FROM charges c JOIN invoices i ON i.id = c.invoice_id JOIN invoice_lines n ON n.invoice_id = c.invoice_id AND n.number = c.line
		WHERE c.reverses_invoice IS NULL AND c.reversed_in IS NULL AND c.child_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))
			AND c.day >= $2 AND c.day <= $3`,
		func(s db.Scanner) (b billed, err error) {
			l := &b.line
			err = s.Scan(&b.child, &b.activity, &b.day, &b.kind, &b.part, &b.cents, &b.invoice, &b.number, &b.household, &b.run, &b.label,
				&l.ChildName, &l.ActivityName, &l.OptionName, &l.Attribute, &l.Explanation, &l.GridID, &l.CESU)
			l.Corrects = b.label
			return b, err
		}, db.JSON(ids), min2(year, g.first), g.run.Period.To)
	if err != nil || len(list) == 0 {
		return err
	}
	slices.SortFunc(list, func(a, b billed) int {
		if c := a.key.compare(&b.key); c != 0 {
			return c
		}
		return a.part - b.part
	})
	families := map[string][]string{}
	for home, s := range g.standings {
		for _, c := range s.Children {
			families[c.ID] = append(families[c.ID], home)
		}
	}
	g.billed = map[string][]billed{}
	for _, b := range list {
		homes := families[b.child]
		if !slices.Contains(homes, b.household) && slices.Contains(g.homes, b.household) {
			homes = append(homes[:len(homes):len(homes)], b.household)
		}
		for _, home := range homes {
			if scope := g.scope(home); scope.Contains(b.day) || b.kind == YearFeeCharge {
				g.billed[home] = append(g.billed[home], b)
			}
		}
	}
	return nil
}

func min2(a, b civil.Date) civil.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// readBefore reads what the run of the month before asked of each household.
func (g *gatherer) readBefore() error {
	g.before = map[string]money.Cents{}
	if g.run.HouseholdID != "" {
		return nil
	}
	_, err := db.All(g.ctx, g.tx, `SELECT i.household_id, CAST(sum(i.total_cents) AS bigint) FROM billing_runs r JOIN invoices i ON i.run_id = r.id AND i.kind = 'invoice'
		WHERE r.month = $1 AND r.household_id IS NULL AND r.state = 'issued' AND i.household_id IN (SELECT CAST(value AS text) FROM json_each(CAST($2 AS text)))
		GROUP BY i.household_id`,
		func(s db.Scanner) (struct{}, error) {
			var home string
			var c money.Cents
			err := s.Scan(&home, &c)
			g.before[home] = c
			return struct{}{}, err
		}, g.run.Month.Prev().String(), db.JSON(g.homes))
	return err
}

// household composes the bill of one household.
func (g *gatherer) household(home string, facts []attendance.Fact, fees []feeFact) error {
	standing := g.standings[home]
	should := make([]owed, 0, len(facts)+len(fees))
	counts, err := newCounts(g, home, facts)
	if err != nil {
		return err
	}
	for i := range facts {
		if should, err = g.price(&standing, &facts[i], counts, should); err != nil {
			return err
		}
	}
	for i := range fees {
		should = append(should, g.priceFee(&standing, &fees[i])...)
	}
	slices.SortFunc(should, func(a, b owed) int { return a.key.compare(&b.key) })
	is := slices.DeleteFunc(g.billed[home], func(b billed) bool {
		return b.kind == YearFeeCharge && !g.scope(home).Contains(b.day) && !has(should, &b.key)
	})
	var c change
	c.settle(home, g.run.ID, should, is)
	c.keepBilled(g.run.ExamineFrom)
	for i := range c.elsewhere {
		g.note(home, NoteElsewhere, 0, c.elsewhere[i].day)
	}
	credit, invoice := compose(db.NewID, home, g.run.Period.From, &c, g)
	g.judge(home, credit, invoice)
	return nil
}

func has(list []owed, k *key) bool {
	return slices.ContainsFunc(list, func(o owed) bool { return o.key == *k })
}

// judge keeps the documents of a household, unless they wait for the next run, and says what deserves a look.
func (g *gatherer) judge(home string, credit, invoice *draft) {
	if credit == nil && invoice != nil && invoice.total < g.settings.Minimum && g.run.HouseholdID == "" {
		for i := range invoice.lines {
			g.note(home, NoteCarried, invoice.lines[i].Total, invoice.lines[i].From)
		}
		return
	}
	total := money.Cents(0)
	for _, d := range []*draft{credit, invoice} {
		if d != nil {
			total += d.total
			g.out.drafts = append(g.out.drafts, d)
		}
	}
	if total < 0 {
		g.note(home, NoteCredit, total, g.run.Period.From)
	}
	if last := g.before[home]; invoice != nil && last > 0 && invoice.total >= 2*last {
		g.note(home, NoteDoubled, last, g.run.Period.From)
	}
}

// note counts a day that deserves a look.
func (g *gatherer) note(home string, kind NoteKind, cents money.Cents, day civil.Date) {
	n := g.tally[noteKey{home, kind}]
	if n == nil {
		n = &noteRow{Household: home, Kind: kind, From: day}
		g.tally[noteKey{home, kind}] = n
	}
	n.Count++
	n.Cents += cents
	n.From = min2(n.From, day)
}

// price quotes what a fact owes, and adds it.
func (g *gatherer) price(s *household.Standing, f *attendance.Fact, counts *counts, to []owed) ([]owed, error) {
	outcome := f.Outcome()
	switch {
	case outcome == attendance.NotPointed:
		g.note(f.HouseholdID, NoteUnpointed, 0, f.Day)
	case f.Came == attendance.Present && (f.Booked == attendance.Pending || f.Booked == attendance.Waiting):
		g.note(f.HouseholdID, NotePending, 0, f.Day)
	}
	if outcome == attendance.Nothing && !f.LatePickup {
		return to, nil
	}
	facts := f.PriceFacts(s, g.aids)
	facts.UnbookedBefore, facts.LateBefore = counts.before(f)
	if occasion, due := outcome.Occasion(); due {
		parts, err := g.quoter.Quote(f.ActivityID, f.OptionID, f.Day, occasion, facts)
		if errors.Is(err, activity.ErrNoGrid) {
			g.note(f.HouseholdID, NoteUnpriced, 0, f.Day)
			return to, nil
		}
		if err != nil {
			return to, err
		}
		if len(parts) > 0 {
			to = append(to, owed{key{f.ChildID, f.ActivityID, f.Day, ServiceCharge}, f.OptionID, parts})
		}
	}
	if f.LatePickup {
		parts, err := g.quoter.Quote(f.ActivityID, f.OptionID, f.Day, tariff.LatePickup, facts)
		if err != nil && !errors.Is(err, activity.ErrNoGrid) {
			return to, err
		}
		if len(parts) > 0 {
			to = append(to, owed{key{f.ChildID, f.ActivityID, f.Day, LateCharge}, f.OptionID, parts})
		}
	}
	if facts.Quotient == nil && facts.Resident && g.byQuotient(f.ActivityID) {
		g.note(f.HouseholdID, NoteNoQuotient, 0, f.Day)
	}
	return to, nil
}

// byQuotient tells whether the prices of an activity depend on the quotient.
func (g *gatherer) byQuotient(activityID string) bool {
	return slices.ContainsFunc(g.catalogue.Grids(activityID), func(t tariff.Grid) bool { return t.Kind != tariff.Flat })
}

// words names what a line is about.
func (g *gatherer) words(o *owed, p *tariff.Part) Line {
	l := Line{Attribute: p.Attribute, Explanation: p.Explanation, GridID: p.GridID}
	child := g.children[o.child]
	l.ChildName = child.FirstName
	if a, ok := g.catalogue.Activity(o.activity); ok {
		l.ActivityName = a.Name
		l.CESU = a.CESUEligible(p.Attribute, child.BornOn, o.day)
		if option, ok := a.OptionByID(o.option); ok {
			l.OptionName = option.Name
		}
	}
	return l
}
