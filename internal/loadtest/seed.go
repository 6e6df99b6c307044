package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/tariff"
)

// The town that is measured: 1,000 households, 1,800 children in six schools, 55 lunches a child and a school year, 1,000 mornings.
const (
	householdCount = 1000
	childCount     = 1800
	lunchDays      = 55
	password       = "préau-de-Chatou-2026"
	agentLogin     = "agent.liste"
	agentToken     = "session-of-the-agent"
	thisYear       = 2026 // the school year 2026-2027
)

var (
	pageMonth = civil.Month{Year: 2026, Month: time.November} // fully booked, all of it can still be changed
	sheetDay  = civil.New(2026, 11, 10)
	freeFrom  = civil.New(2027, 1, 1) // nothing is booked from here on
	rawFrom   = civil.New(2100, 1, 1) // raw transactions write where no rule looks
)

// seeder fills an empty town, one transaction a step, a statement for thousands of rows.
type seeder struct {
	ctx      context.Context
	tx       *db.Tx
	loc      *time.Location
	err      error
	homes    int // households
	kids     int // children
	schools  []string
	centre   string
	canteen  *activity.Activity
	morning  *activity.Activity
	children []childRow
	hash     string
}

// homeRow is a household as the statements read it, with its guardian, their account and their session.
type homeRow struct {
	ID       string `json:"id"`
	Guardian string `json:"guardian"`
	Account  string `json:"account"`
	N        string `json:"n"`
	QF       int    `json:"qf"`
	Token    string `json:"token"` // its hash
}

// tokenOf is the session cookie of the guardian of a household: everyone is signed in, since signing in is slow on purpose.
func tokenOf(household int) string { return fmt.Sprintf("session-of-household-%05d", household) }

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// childRow is a child as the statements read it.
type childRow struct {
	ID   string `json:"id"`
	Home string `json:"home"`
	N    string `json:"n"`
	Born string `json:"born"`
	Site string `json:"site"`
}

// seed makes the town with so many years of history, the present one included.
func seed(ctx context.Context, d *db.DB, loc *time.Location, years int) error {
	s := &seeder{ctx: ctx, loc: loc, homes: householdCount, kids: childCount}
	var err error
	if s.hash, err = identity.Hash(ctx, password); err != nil {
		return err
	}
	steps := []func(){s.places, s.activities, s.people, s.agent}
	for y := thisYear - years + 1; y <= thisYear; y++ {
		steps = append(steps, func() { s.schoolYear(y) }, func() { s.acts(y) })
	}
	steps = append(steps, s.counters)
	for _, step := range steps {
		if err := d.Write(ctx, func(tx *db.Tx) error {
			s.tx = tx
			step()
			return s.err
		}); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	return d.Checkpoint(ctx)
}

func (s *seeder) must(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *seeder) exec(query string, args ...any) {
	if s.err == nil {
		_, err := s.tx.Exec(s.ctx, query, args...)
		s.must(err)
	}
}

// insert runs a statement that reads its rows from a JSON list, a few thousand at a time.
func insert[T any](s *seeder, rows []T, query string, more ...any) {
	for len(rows) > 0 {
		n := min(len(rows), 4000)
		s.exec(query, append([]any{db.JSON(rows[:n])}, more...)...)
		rows = rows[n:]
	}
}

func (s *seeder) places() {
	for i, name := range []string{"Jules Ferry", "Jean Moulin", "Marie Curie", "Les Tilleuls", "Les Acacias", "Les Érables"} {
		kind := activity.Elementaire
		if i >= 3 {
			kind = activity.Maternelle
		}
		id, err := activity.SaveSite(s.ctx, s.tx, activity.Site{Code: fmt.Sprintf("ECOLE%d", i), Name: name, Kind: kind})
		s.must(err)
		s.schools = append(s.schools, id)
	}
	id, err := activity.SaveSite(s.ctx, s.tx, activity.Site{Code: "LOISIRS", Name: "Centre de loisirs", Kind: activity.Loisirs})
	s.must(err)
	s.centre = id
	s.must(activity.SaveSchoolYears(s.ctx, s.tx, calendar.Embedded("C").Years))
}

func (s *seeder) activities() {
	option := func(name, starts, ends string) []activity.Option {
		from, err := civil.ParseTime(starts)
		s.must(err)
		to, err := civil.ParseTime(ends)
		s.must(err)
		return []activity.Option{{Code: "O", Name: name, Starts: from, Ends: to}}
	}
	outside := money.Cents(680)
	for i, a := range []activity.Activity{
		{Code: "CANTINE", Name: "Restauration scolaire", Noun: "repas", NounPlural: "repas", Kind: activity.Canteen, RunsOn: "school", Weekdays: "1245",
			Cancel: calendar.MustRule("7d"), Waiting: activity.AutoWaiting, Options: option("Repas", "11:45", "13:30"), SiteIDs: s.schools},
		{Code: "MATIN", Name: "Garderie du matin", Noun: "matin", NounPlural: "matins", Kind: activity.Morning, RunsOn: "school", Weekdays: "1245",
			Cancel: calendar.MustRule("24h"), Waiting: activity.NoWaiting, Options: option("Matin", "07:30", "08:30"), SiteIDs: s.schools},
		{Code: "MERCREDI", Name: "Accueil de loisirs du mercredi", Noun: "mercredi", NounPlural: "mercredis", Kind: activity.Wednesday, RunsOn: "school", Weekdays: "3",
			Cancel: calendar.MustRule("48h"), Waiting: activity.OfferWaiting, Options: option("Après-midi", "13:30", "18:30"), SiteIDs: []string{s.centre}},
	} {
		a.Add, a.OfferHours, a.MarginHours, a.Position = a.Cancel, 48, 24, int64(i)
		id, err := activity.SaveActivity(s.ctx, s.tx, a, civil.DateOf(s.tx.Now, s.loc), s.loc)
		s.must(err)
		g := tariff.Grid{ActivityID: id, Name: a.Name, Kind: tariff.Brackets, NonResident: &outside, From: civil.New(2015, 9, 1),
			Brackets: []tariff.Bracket{{From: 0, Price: 100}, {From: 400_00, Price: 210}, {From: 800_00, Price: 340}, {From: 1200_00, Price: 460}}}
		if a.Kind == activity.Canteen {
			g.FoodPercent, g.Unbooked = 100_00, []tariff.Step{{Change: tariff.Change{Percent: 50_00}}}
		}
		_, err = activity.SaveGrid(s.ctx, s.tx, g)
		s.must(err)
	}
	c, err := activity.Load(s.ctx, s.tx)
	s.must(err)
	if s.err != nil {
		return
	}
	s.canteen, s.morning = c.Activities[0], c.Activities[1]
	for _, site := range s.schools {
		places := int64(350)
		s.must(activity.SetCapacity(s.ctx, s.tx, activity.Capacity{ActivityID: s.canteen.ID, SiteID: site, OptionID: s.canteen.Options[0].ID,
			From: civil.New(2015, 9, 1), Places: &places}, "essai"))
	}
}

// people makes the households, each with one guardian who has an account and one or two children.
func (s *seeder) people() {
	var homes []homeRow
	for i := range s.homes {
		h := homeRow{db.NewID(), db.NewID(), db.NewID(), fmt.Sprintf("%04d", i), 100_00 + i*2_50, hashOf(tokenOf(i))}
		homes = append(homes, h)
		for j := range 2 {
			if j == 1 && i >= s.kids-s.homes {
				break
			}
			n := len(s.children)
			s.children = append(s.children, childRow{db.NewID(), h.ID, fmt.Sprintf("%04d", n), civil.New(2017+n%4, time.Month(1+n%12), 1+n%28).String(), s.schools[n%6]})
		}
	}
	now, since := s.tx.Now, civil.New(2015, 1, 1)
	insert(s, homes, `INSERT INTO households (id, reference, name, name_search, address_line, postal_code, city, created_at)
		SELECT value ->> 'id', 'F-' || (value ->> 'n'), 'Famille ' || (value ->> 'n'), 'famille ' || (value ->> 'n'), '1 rue des Lilas', '78400', 'Chatou', $2
		FROM json_each(CAST($1 AS text))`, now)
	insert(s, homes, `INSERT INTO accounts (id, login, login_key, email, email_key, name, kind, password_hash, password_changed_at, created_at)
		SELECT value ->> 'account', 'parent.' || (value ->> 'n'), 'parent.' || (value ->> 'n'), 'p' || (value ->> 'n') || '@famille.example',
		'p' || (value ->> 'n') || '@famille.example', 'Camille ' || (value ->> 'n'), 'family', $2, $3, $3 FROM json_each(CAST($1 AS text))`, s.hash, now)
	s.signIn(homes)
	insert(s, homes, `INSERT INTO guardians (id, household_id, account_id, reference, civility, first_name, last_name, name_search, email, phone, created_at)
		SELECT value ->> 'guardian', value ->> 'id', value ->> 'account', 'R-' || (value ->> 'n'), '', 'Camille', 'Famille ' || (value ->> 'n'),
		'camille ' || (value ->> 'n'), 'p' || (value ->> 'n') || '@famille.example', '', $2 FROM json_each(CAST($1 AS text))`, now)
	insert(s, homes, `INSERT INTO residences (household_id, from_day, resident) SELECT value ->> 'id', $2, $3 FROM json_each(CAST($1 AS text))`, since, true)
	insert(s, homes, `INSERT INTO quotients (id, household_id, value_hundredths, kind, source, reference_month, effective_on, known_at)
		SELECT 'q' || (value ->> 'id'), value ->> 'id', CAST(value ->> 'qf' AS bigint), 'caf', 'essai', '2015-01', $2, $3 FROM json_each(CAST($1 AS text))`, since, now)
	insert(s, s.children, `INSERT INTO children (id, reference, first_name, last_name, name_search, born_on, menu, created_at)
		SELECT value ->> 'id', 'E-' || (value ->> 'n'), 'Liam', 'Enfant ' || (value ->> 'n'), 'enfant ' || (value ->> 'n'), date(value ->> 'born'), 'standard', $2
		FROM json_each(CAST($1 AS text))`, now)
	insert(s, s.children, `INSERT INTO household_children (household_id, child_id, since) SELECT value ->> 'home', value ->> 'id', $2 FROM json_each(CAST($1 AS text))`, now)
}

func (s *seeder) signIn(homes []homeRow) {
	insert(s, homes, `INSERT INTO sign_ins (id, token_hash, account_id, created_at, seen_at, expires_at, device)
		SELECT 's' || (value ->> 'account'), value ->> 'token', value ->> 'account', $2, $2, $3, 'Firefox' FROM json_each(CAST($1 AS text))`,
		s.tx.Now, s.tx.Now.Add(8*time.Hour))
}

func (s *seeder) agent() {
	_, err := staff.Create(s.ctx, s.tx, staff.Agent{}, staff.NewAgent{Login: agentLogin, Email: "agent@mairie.example", Name: "Agent Liste", Service: "Éducation",
		Role: staff.Direction, PasswordHash: s.hash})
	s.must(err)
	s.exec(`INSERT INTO sign_ins (id, token_hash, account_id, created_at, seen_at, expires_at, device)
		SELECT 's-agent', $1, id, $2, $2, $3, 'Firefox' FROM accounts WHERE login = $4`, hashOf(agentToken), s.tx.Now, s.tx.Now.Add(8*time.Hour), agentLogin)
}

// enrolmentRow is an enrolment as the statements read it, with the days to book.
type enrolmentRow struct {
	ID       string `json:"id"`
	Child    string `json:"child"`
	Home     string `json:"home"`
	Activity string `json:"activity"`
	Site     string `json:"site"`
	days     []string
	option   string
}

// schoolYear enrols every child for the year that begins in September and books its days.
func (s *seeder) schoolYear(year int) {
	c, err := activity.Load(s.ctx, s.tx)
	if s.must(err); s.err != nil {
		return
	}
	from, to := civil.New(year, 9, 1), civil.New(year+1, 7, 2)
	var lunches []string
	for d := range (civil.Range{From: from, To: to}).Days() {
		if len(lunches) < lunchDays && c.Service(s.canteen, s.schools[0], d).Why == activity.Open {
			lunches = append(lunches, d.String())
		}
	}
	label := fmt.Sprintf("%d-%d", year, year+1)
	insert(s, s.children, `INSERT INTO schoolings (child_id, school_year, site_id, level, class_name)
		SELECT value ->> 'id', $2, value ->> 'site', 'CP', 'CP A' FROM json_each(CAST($1 AS text))`, label)
	var enrolments []enrolmentRow
	for i, k := range s.children {
		mornings := lunches[:0]
		if i < 1000 {
			mornings = lunches[20:21]
		}
		enrolments = append(enrolments,
			enrolmentRow{db.NewID(), k.ID, k.Home, s.canteen.ID, k.Site, lunches, s.canteen.Options[0].ID},
			enrolmentRow{db.NewID(), k.ID, k.Home, s.morning.ID, k.Site, mornings, s.morning.Options[0].ID})
	}
	insert(s, enrolments, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, created_at, created_by)
		SELECT value ->> 'id', value ->> 'child', value ->> 'activity', value ->> 'site', $2, $3, $4, 'essai' FROM json_each(CAST($1 AS text))`, from, to, s.tx.Now)
	s.book(enrolments, civil.Wall(from.AddDays(-30), civil.Clock(20, 0), 0, s.loc))
}

func (s *seeder) book(enrolments []enrolmentRow, at civil.Instant) {
	type bookingRow struct {
		ID     string `json:"id"`
		E      string `json:"e"`
		H      string `json:"h"`
		Day    string `json:"day"`
		Option string `json:"o"`
	}
	var rows []bookingRow
	for _, e := range enrolments {
		for _, day := range e.days {
			rows = append(rows, bookingRow{db.NewID(), e.ID, e.Home, day, e.option})
		}
	}
	insert(s, rows, `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at,
			points, over_capacity, late, seq)
		SELECT v.value ->> 'id', e.id, e.child_id, v.value ->> 'h', e.activity_id, e.site_id, v.value ->> 'o', date(v.value ->> 'day'), '', 'booked', $2, $2, 0, $3, $3, 1
		FROM json_each(CAST($1 AS text)) v JOIN enrolments e ON e.id = v.value ->> 'e'`, at, false)
	insert(s, rows, `INSERT INTO booking_events (booking_id, seq, at, state, actor, reason)
		SELECT value ->> 'id', 1, $2, 'booked', 'account:essai', '' FROM json_each(CAST($1 AS text))`, at)
}

// acts writes the journal and the answers that the bookings of a year leave behind: ten acts a child.
func (s *seeder) acts(year int) {
	type act struct {
		ID   string `json:"id"`
		Home string `json:"h"`
	}
	var acts []act
	for range 10 {
		for _, k := range s.children {
			acts = append(acts, act{db.NewID(), k.Home})
		}
	}
	at := civil.Wall(civil.New(year, 9, 10), civil.Clock(20, 0), 0, s.loc)
	insert(s, acts, `INSERT INTO submissions (id, actor, household_id, at, outcome) SELECT value ->> 'id', 'account:essai', value ->> 'h', $2, '{}'
		FROM json_each(CAST($1 AS text))`, at)
	insert(s, acts, `INSERT INTO audit_entries (id, at, actor, actor_name, act, household_id, detail)
		SELECT value ->> 'id', $2, 'account:essai', 'Essai', 'booking.submit', value ->> 'h', '{}' FROM json_each(CAST($1 AS text))`, at)
}

// counters counts the bookings, as the engine would have.
func (s *seeder) counters() {
	s.exec(`INSERT INTO seats (activity_id, site_id, option_id, day, age_group, wanted, places, booked)
		SELECT activity_id, site_id, option_id, day, '', CASE WHEN activity_id = $1 THEN 350 END, CASE WHEN activity_id = $1 THEN 350 END, count(*)
		FROM bookings GROUP BY activity_id, site_id, option_id, day`, s.canteen.ID)
}
