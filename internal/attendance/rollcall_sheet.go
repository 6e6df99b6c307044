package attendance

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/blob"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/town"
)

// RollLine is one child of a roll-call, with what those who receive it must know.
type RollLine struct {
	ChildID, HouseholdID     string
	FirstName, LastName      string
	Level, ClassName, School string
	Menu                     string
	OptionID, Option         string
	Under6                   bool
	State                    booking.State // empty: no booking that stands
	Late                     bool          // booked past the deadline
	Announced                civil.Instant // when the family said that the child would not come; zero: it did not
	Care                     dossier.Care

	Came              Came
	Arrived, Departed *civil.TimeOfDay
	LatePickup        bool
	By                string        // who said so
	At                civil.Instant // when
	Said              []Entry       // all that was said, the first first
}

// Expected tells whether a place is kept for the child.
func (l *RollLine) Expected() bool { return l.State == booking.StateBooked }

// Roll is the roll-call of a session.
type Roll struct {
	Session
	Activity *activity.Activity
	Site     *activity.Site
	Service  activity.ServiceDay
	Lines    []RollLine // by class, then by name
	Closing  *Closing   // nil: open
	Adults   int
	Staffed  bool // somebody said how many adults there are
	Ratio    Ratio
	Regime   Regime
	Guests   []Guest // names noted without network, to be found
}

// RollSettings is what the town decides about roll-calls.
type RollSettings struct {
	Ratios map[string]RatioSetting `json:"ratios"` // by activity
}

// RatioSetting is where the number of adults of an activity comes from.
type RatioSetting struct {
	Regime Regime `json:"regime"`
	Own    Ratio  `json:"own"` // of TownRatio
}

const rollKey = "attendance.rollcall"

// RollSettingsOf reads what the town decided about roll-calls.
func RollSettingsOf(ctx context.Context, tx *db.Tx) (RollSettings, error) {
	return town.ReadSetting(ctx, tx, rollKey, RollSettings{})
}

// SaveRollSettings writes it, and for how many days roll-calls may be opened again; the caller has checked it, and records who did.
func SaveRollSettings(ctx context.Context, tx *db.Tx, s RollSettings, reopenDays int) error {
	if err := town.WriteSetting(ctx, tx, rollKey, s); err != nil {
		return err
	}
	return town.WriteSetting(ctx, tx, reopenKey, reopenDays)
}

// Of is the setting of an activity, or what is usual where the town said nothing.
func (s RollSettings) Of(a *activity.Activity) RatioSetting {
	if r, ok := s.Ratios[a.ID]; ok {
		return r
	}
	return RatioSetting{Regime: usual(a.Kind)}
}

// Ratio is how many children one adult may look after at an activity, taken at its longest option.
func (s RollSettings) Ratio(a *activity.Activity) (Regime, Ratio) {
	minutes := 0
	for _, o := range a.LiveOptions() {
		minutes = max(minutes, int(o.Ends-o.Starts))
	}
	set := s.Of(a)
	return set.Regime, set.Regime.Ratio(minutes, set.Own)
}

// ReadRoll reads the roll-call of a session: who is expected, who came without, and what was said of each. key opens health. Errors:
// fault.NotFound for a site that is not the agent's.
func ReadRoll(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, key []byte) (Roll, error) {
	r := Roll{Session: s}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return r, err
	}
	if r.Activity, r.Site, err = s.at(c, who); err != nil {
		return r, err
	}
	r.Service = c.Service(r.Activity, s.SiteID, s.Day)
	if err := r.readLines(ctx, tx, yearOf(c, s.Day)); err != nil {
		return r, err
	}
	if err := r.readSaid(ctx, tx); err != nil {
		return r, err
	}
	if err := r.readCare(ctx, tx, key); err != nil {
		return r, err
	}
	closings, err := closingsOf(ctx, tx, civil.Range{From: s.Day, To: s.Day})
	if err != nil {
		return r, err
	}
	r.Closing = standing(closings[s])
	if r.Adults, r.Staffed, err = staffing(ctx, tx, s); err != nil {
		return r, err
	}
	if r.Guests, err = guestsOf(ctx, tx, s); err != nil {
		return r, err
	}
	settings, err := RollSettingsOf(ctx, tx)
	r.Regime, r.Ratio = settings.Ratio(r.Activity)
	return r, err
}

// readLines reads who is expected or waits, and who came without a booking.
func (r *Roll) readLines(ctx context.Context, tx *db.Tx, year string) error {
	type read struct {
		RollLine
		madeAt civil.Instant
		born   civil.Date
	}
	scan := func(s db.Scanner) (l read, err error) {
		return l, s.Scan(&l.ChildID, &l.HouseholdID, &l.FirstName, &l.LastName, &l.born, &l.Menu, &l.Level, &l.ClassName, &l.School, &l.OptionID, &l.State, &l.Late, &l.madeAt)
	}
	const columns = `c.first_name, c.last_name, c.born_on, c.menu, coalesce(g.level, ''), coalesce(g.class_name, ''), coalesce(t.name, '')`
	const joins = ` LEFT JOIN schoolings g ON g.child_id = c.id AND g.school_year = $4 LEFT JOIN sites t ON t.id = g.site_id `
	lines, err := db.All(ctx, tx, `SELECT c.id, b.household_id, `+columns+`, b.option_id, b.state, b.late, b.made_at FROM bookings b JOIN children c ON c.id = b.child_id`+joins+`
		WHERE b.activity_id = $1 AND b.site_id = $2 AND b.day = $3 AND b.state IN ('booked', 'pending', 'waiting', 'offered') ORDER BY c.name_search, c.id`,
		scan, r.ActivityID, r.SiteID, r.Day, year)
	if err != nil {
		return err
	}
	guests, err := db.All(ctx, tx, `SELECT c.id, a.household_id, `+columns+`, a.option_id, '', false, a.recorded_at FROM attendances a JOIN children c ON c.id = a.child_id`+joins+`
		WHERE a.activity_id = $1 AND a.site_id = $2 AND a.day = $3 AND a.came = 'present' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.child_id = a.child_id AND b.activity_id = a.activity_id
			AND b.site_id = a.site_id AND b.day = a.day AND b.state IN ('booked', 'pending', 'waiting', 'offered')) ORDER BY c.name_search, c.id`, scan, r.ActivityID, r.SiteID, r.Day, year)
	if err != nil {
		return err
	}
	notices, err := Announced(ctx, tx, r.Day)
	if err != nil {
		return err
	}
	for _, l := range append(lines, guests...) {
		l.Came, l.Under6 = Unpointed, under6(l.born, r.Day)
		if o, ok := r.Activity.OptionByID(l.OptionID); ok {
			l.Option = o.Name
		}
		for _, n := range notices[l.ChildID] {
			if l.State != "" && n.Covers(l.HouseholdID, l.madeAt) {
				l.Announced = n.At
			}
		}
		r.Lines = append(r.Lines, l.RollLine)
	}
	slices.SortStableFunc(r.Lines, func(a, b RollLine) int {
		return cmp.Or(cmp.Compare(levelRank(a.Level), levelRank(b.Level)), strings.Compare(a.Class(), b.Class()))
	})
	return nil
}

// Class is "CE2 A": the class's own name when it says the level, else both.
func (l *RollLine) Class() string {
	if l.ClassName == "" || strings.HasPrefix(l.ClassName, l.Level) {
		return cmp.Or(l.ClassName, l.Level)
	}
	return l.Level + " " + l.ClassName
}

// levelRank orders levels as school goes; a child without one comes last.
func levelRank(level string) int {
	if i := slices.Index(household.Levels, level); i >= 0 {
		return i
	}
	return len(household.Levels)
}

// readSaid adds what was said of each child, and what holds.
func (r *Roll) readSaid(ctx context.Context, tx *db.Tx) error {
	said, err := db.All(ctx, tx, selectEntry+` WHERE e.activity_id = $1 AND e.site_id = $2 AND e.day = $3 ORDER BY e.device_at, e.id`, scanEntry, r.ActivityID, r.SiteID, r.Day)
	byChild := map[string][]Entry{}
	for _, e := range said {
		byChild[e.ChildID] = append(byChild[e.ChildID], e)
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		l.Said = byChild[l.ChildID]
		if e, ok := holding(l.Said); ok {
			l.Came, l.Arrived, l.Departed, l.LatePickup, l.By, l.At = e.Came, e.Arrived, e.Departed, e.LatePickup, e.AgentName, e.At
		}
	}
	return err
}

// readCare adds what must be known of each child: its health in one line, who may come for it, whether it leaves alone.
func (r *Roll) readCare(ctx context.Context, tx *db.Tx, key []byte) error {
	asked := make([]dossier.CareRequest, len(r.Lines))
	for i := range r.Lines {
		asked[i] = dossier.CareRequest{ChildID: r.Lines[i].ChildID, HouseholdID: r.Lines[i].HouseholdID}
	}
	care, err := dossier.CareOf(ctx, tx, key, asked, r.Day)
	for i := range r.Lines {
		r.Lines[i].Care = care[asked[i]]
	}
	return err
}

// PhotoOf gives the photo of a child to the agents of a session: while the child is on its roll-call, and the consent of its family holds.
// Errors: fault.NotFound.
func PhotoOf(ctx context.Context, tx *db.Tx, who staff.Agent, s Session, childID string) (blob.File, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return blob.File{}, err
	}
	if _, _, err := s.at(c, who); err != nil {
		return blob.File{}, err
	}
	there, err := db.Exists(ctx, tx, `SELECT 1 FROM bookings b WHERE b.child_id = $1 AND b.activity_id = $2 AND b.site_id = $3 AND b.day = $4 AND b.state IN ('booked', 'pending', 'waiting', 'offered')
		UNION ALL SELECT 1 FROM attendances a WHERE a.child_id = $1 AND a.activity_id = $2 AND a.site_id = $3 AND a.day = $4 AND a.came = 'present'`,
		childID, s.ActivityID, s.SiteID, s.Day)
	if err != nil {
		return blob.File{}, err
	}
	if !there {
		return blob.File{}, fault.NotFoundf("Cet enfant n’est pas sur ce pointage.")
	}
	return dossier.ShownPhoto(ctx, tx, childID)
}

// Tally is what a roll-call counts, as it stands.
type Tally struct {
	Expected, Pointed, Absent int
	Present, Under6, Over6    int // who came, booked or not, and still counts: Under6 and Over6 have not left
	Unbooked                  int
}

// Tally counts.
func (r *Roll) Tally() (t Tally) {
	for i := range r.Lines {
		l := &r.Lines[i]
		if l.Expected() {
			t.Expected++
			if l.Came != Unpointed {
				t.Pointed++
			}
		}
		switch {
		case l.Came == Absent && l.Expected():
			t.Absent++
		case l.Came == Present:
			t.Present++
			if !l.Expected() {
				t.Unbooked++
			}
			if l.Departed == nil && l.Under6 {
				t.Under6++
			} else if l.Departed == nil {
				t.Over6++
			}
		}
	}
	return t
}

// Found is a child that a search of the town found.
type Found struct {
	household.Child
	Level, ClassName, School string
}

// FindChildren finds children of the town by two letters or more of their names, whatever the accents, those of a school first. Errors:
// fault.Invalid beside "q".
func FindChildren(ctx context.Context, tx *db.Tx, text string, s Session, limit int) ([]Found, error) {
	words := strings.Fields(household.Fold(strings.ToValidUTF8(text, "")))
	if len(strings.Join(words, "")) < 2 {
		return nil, fault.Invalidf("q", "Écrivez au moins deux lettres du nom ou du prénom.")
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	query := `SELECT c.id, c.reference, c.first_name, c.last_name, c.born_on, c.menu, coalesce(g.level, ''), coalesce(g.class_name, ''), coalesce(t.name, '')
		FROM children c LEFT JOIN schoolings g ON g.child_id = c.id AND g.school_year = $1 LEFT JOIN sites t ON t.id = g.site_id
		WHERE EXISTS (SELECT 1 FROM household_children h WHERE h.child_id = c.id)`
	args := []any{yearOf(c, s.Day), s.SiteID, int64(limit)}
	for _, w := range words[:min(len(words), 4)] {
		args = append(args, household.LikeEscape(w)+"%", "% "+household.LikeEscape(w)+"%")
		query += ` AND (c.name_search LIKE $` + itoa(len(args)-1) + ` ESCAPE '\' OR c.name_search LIKE $` + itoa(len(args)) + ` ESCAPE '\')`
	}
	return db.All(ctx, tx, query+` ORDER BY CASE WHEN g.site_id = $2 THEN 0 ELSE 1 END, c.name_search, c.id LIMIT $3`, func(r db.Scanner) (f Found, err error) {
		return f, r.Scan(&f.ID, &f.Reference, &f.FirstName, &f.LastName, &f.BornOn, &f.Menu, &f.Level, &f.ClassName, &f.School)
	}, args...)
}

// Today tells whether a session is of the day that it is in the town.
func (s Session) Today(now civil.Instant, loc *time.Location) bool {
	return s.Day == civil.DateOf(now, loc)
}
