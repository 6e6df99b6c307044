package attendance_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func civilHours(n int) time.Duration { return time.Duration(n) * time.Hour }

// roll is the world with two agents who call the roll at Jean Rostand, on Monday 7 December at midday, Antoine's and Léo's lunches being booked.
type roll struct {
	*worldtest.World
	t        *testing.T
	sofiane  staff.Agent
	nadia    staff.Agent
	session  attendance.Session
	sequence int
}

func newRoll(t *testing.T, tn *towntest.Town) *roll {
	r := &roll{World: booked(t, tn), t: t}
	r.Write(func(tx *db.Tx) error {
		r.sofiane, r.nadia = r.AddAgent(tx, "sofiane", staff.Animation, "ROSTAND"), r.AddAgent(tx, "nadia", staff.Animation)
		return nil
	})
	r.session = attendance.Session{ActivityID: r.Activity["CANTINE"], SiteID: r.Site["ROSTAND"], Day: civil.MustParse("2026-12-07")}
	r.SetClock("2026-12-07T12:00")
	return r
}

// entry is what an agent says of Antoine at a wall time of that Monday.
func (r *roll) entry(who staff.Agent, came attendance.Came, at string) attendance.Entry {
	r.sequence++
	return attendance.Entry{ID: fmt.Sprintf("entry-%026d", r.sequence), AgentID: who.ID, Session: r.session, ChildID: r.Antoine.ID, Came: came, At: r.At("2026-12-07T" + at)}
}

func (r *roll) replay(who staff.Agent, entries ...attendance.Entry) (answers []attendance.Answer) {
	r.t.Helper()
	r.Write(func(tx *db.Tx) (err error) {
		answers, err = attendance.Replay(r.t.Context(), tx, who, entries, r.Loc)
		return err
	})
	return answers
}

// truth is what holds of a child, in words.
func (r *roll) truth(child string, day civil.Date) string {
	r.t.Helper()
	var out []string
	r.Read(func(tx *db.Tx) (err error) {
		out, err = db.All(r.t.Context(), tx, `SELECT came || ' ' || coalesce(arrived, '-') || ' ' || coalesce(departed, '-') || CASE WHEN late_pickup THEN ' late' ELSE '' END || ' ' || household_id || ' ' || menu
			FROM attendances WHERE child_id = $1 AND day = $2`, db.Value[string], child, day)
		return err
	})
	return strings.Join(out, "; ")
}

// open lists the days an activity runs.
func (r *roll) open(code string, span civil.Range) (days []civil.Date) {
	r.Read(func(tx *db.Tx) error {
		c, err := activity.Load(r.t.Context(), tx)
		a, _ := c.Activity(r.Activity[code])
		for d := range span.Days() {
			if c.Service(a, "", d).Why == activity.Open {
				days = append(days, d)
			}
		}
		return err
	})
	return days
}

func clock(h, m int) *civil.TimeOfDay { t := civil.Clock(h, m); return &t }

// An entry that comes twice is one entry, and the last word by the device's clock holds.
func TestARollCallIsReplayed(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		r := newRoll(t, tn)
		absent, present := r.entry(r.sofiane, attendance.Absent, "11:50"), r.entry(r.sofiane, attendance.Present, "11:55")
		present.Arrived = clock(11, 54)
		if a := r.replay(r.sofiane, present); a[0].Result != attendance.Recorded || a[0].Conflict != nil {
			t.Errorf("first: %+v", a)
		}
		if a := r.replay(r.sofiane, present, absent, absent); a[0].Result != attendance.Already || a[1].Result != attendance.Recorded || a[2].Result != attendance.Already {
			t.Errorf("again: %+v", a)
		}
		if got, want := r.truth(r.Antoine.ID, r.session.Day), "present 11:54 - "+r.Claire.HouseholdID+" standard"; got != want {
			t.Errorf("the truth is %q, want %q", got, want)
		}
		if n := count(t, r.World, `SELECT count(*) FROM attendance_entries`); n != 2 {
			t.Errorf("%d entries are kept", n)
		}
		r.replay(r.sofiane, r.entry(r.sofiane, attendance.Unpointed, "11:58"))
		if got := r.truth(r.Antoine.ID, r.session.Day); got != "" {
			t.Errorf("taken back, there is still %q", got)
		}
		ahead := r.entry(r.sofiane, attendance.Absent, "23:00") // a clock that is wrong does not win for ever
		r.replay(r.sofiane, ahead)
		r.SetClock("2026-12-07T12:05")
		r.replay(r.sofiane, r.entry(r.sofiane, attendance.Present, "12:04"))
		if got := r.truth(r.Antoine.ID, r.session.Day); !strings.HasPrefix(got, "present") {
			t.Errorf("after an entry from the future, %q", got)
		}
	})
}

// Two agents without network say different things of one child: both words are kept, the later one holds, and each is told of the other's.
func TestTwoDevicesDisagree(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	here, gone := r.entry(r.sofiane, attendance.Present, "11:50"), r.entry(r.nadia, attendance.Absent, "11:55")
	here.Known, gone.Known = r.At("2026-12-07T11:00"), r.At("2026-12-07T11:00")
	r.replay(r.nadia, gone)
	r.SetClock("2026-12-07T12:10")
	a := r.replay(r.sofiane, here)
	if k := a[0].Conflict; a[0].Result != attendance.Recorded || k == nil || !k.Holds || k.By != "nadia" || k.Came != attendance.Absent {
		t.Errorf("the earlier word: %+v, %+v", a[0], k)
	}
	if got := r.truth(r.Antoine.ID, r.session.Day); !strings.HasPrefix(got, "absent") {
		t.Errorf("the truth is %q", got)
	}
	a = r.replay(r.nadia, gone) // sent again: the answer says whom it met
	if k := a[0].Conflict; a[0].Result != attendance.Already || k == nil || k.Holds || k.By != "sofiane" {
		t.Errorf("the later word: %+v", k)
	}
	r.SetClock("2026-12-07T12:20")
	seen := r.entry(r.sofiane, attendance.Present, "12:15")
	seen.Known = r.At("2026-12-07T12:12")
	if a := r.replay(r.sofiane, seen); a[0].Conflict != nil {
		t.Errorf("changed knowingly, and still a conflict: %+v", a[0].Conflict)
	}
}

// What is turned away, and why: nothing of it is kept.
func TestEntriesTurnedAway(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	base := r.entry(r.sofiane, attendance.Present, "11:50")
	for why, change := range map[string]func(*attendance.Entry){
		"autre agent":                   func(e *attendance.Entry) { e.AgentID = r.nadia.ID },
		"numéro valable":                func(e *attendance.Entry) { e.ID = "x" },
		"vos établissements":            func(e *attendance.Entry) { e.SiteID = r.Site["SABINETTES"] },
		"plus connu":                    func(e *attendance.Entry) { e.ChildID = db.NewID() },
		"pas encore venu":               func(e *attendance.Entry) { e.Day = civil.MustParse("2026-12-08") },
		"pas d’accueil":                 func(e *attendance.Entry) { e.Day = civil.MustParse("2026-12-06") },
		"n’est pas de cette":            func(e *attendance.Entry) { e.OptionID = db.NewID() },
		"ni arrivée ni départ":          func(e *attendance.Entry) { e.Came, e.Arrived = attendance.Absent, clock(8, 0) },
		"avant l’arrivée":               func(e *attendance.Entry) { e.Arrived, e.Departed = clock(12, 0), clock(11, 0) },
		"ne dit pas":                    func(e *attendance.Entry) { e.Came = "perhaps" },
		"L’heure de ce pointage manque": func(e *attendance.Entry) { e.At = civil.Instant{} },
	} {
		e := base
		change(&e)
		if a := r.replay(r.sofiane, e); a[0].Result != attendance.Turned || !strings.Contains(a[0].Why, why) {
			t.Errorf("%s: %+v", why, a[0])
		}
	}
	if n := count(t, r.World, `SELECT count(*) FROM attendance_entries`); n != 0 {
		t.Errorf("%d entries were kept", n)
	}
	r.replay(r.nadia, func() attendance.Entry { e := base; e.AgentID = r.nadia.ID; return e }())
	if a := r.replay(r.sofiane, base); a[0].Result != attendance.Turned {
		t.Errorf("the number of another's entry was taken: %+v", a[0])
	}
}

// A closed roll-call takes what was said before it was closed, however late it comes, and nothing said after; opened again, with a reason, it does.
func TestClosingARollCall(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		r := newRoll(t, tn)
		close := func() (k attendance.Closing) {
			r.Write(func(tx *db.Tx) (err error) {
				k, err = attendance.CloseRollCall(t.Context(), tx, r.nadia, r.session, r.Loc)
				return err
			})
			return k
		}
		reopen := func(who staff.Agent, reason string) error {
			return r.DB.Write(t.Context(), func(tx *db.Tx) error { return attendance.ReopenRollCall(t.Context(), tx, who, r.session, reason) })
		}
		first := close()
		if second := close(); first.Unpointed != 1 || second.ID != first.ID {
			t.Errorf("closed %+v, then %+v", first, second)
		}
		r.SetClock("2026-12-07T13:00")
		before, after := r.entry(r.sofiane, attendance.Present, "11:50"), r.entry(r.sofiane, attendance.Absent, "12:30")
		a := r.replay(r.sofiane, before, after)
		if a[0].Result != attendance.Recorded || a[1].Result != attendance.Turned || !a[1].Closed || !strings.Contains(a[1].Why, "nadia") {
			t.Errorf("answers %+v", a)
		}
		if err := reopen(r.sofiane, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		r.SetClock("2026-12-11T12:00")
		if err := reopen(r.sofiane, "Oubli"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("four days later: %v", err)
		}
		if err := reopen(r.Instructor, "Oubli"); err != nil {
			t.Errorf("by the office: %v", err)
		}
		if err := reopen(r.Instructor, "Oubli"); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		now := r.entry(r.sofiane, attendance.Absent, "12:30")
		now.At = r.At("2026-12-11T12:00")
		if a := r.replay(r.sofiane, now); a[0].Result != attendance.Recorded {
			t.Errorf("after it was opened again: %+v", a)
		}
	})
}

// Any order, any cut into batches and any repetition of the entries of two agents gives the same truth as their order in time, and loses none.
func TestReplayIsWithoutOrder(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		r := newRoll(t, tn)
		r.SetClock("2027-06-30T18:00")
		tries, days := checks(r.World, 20, 8), r.open("CANTINE", civil.Range{From: civil.MustParse("2026-09-01"), To: civil.MustParse("2027-06-30")})
		rapid.Check(t, func(x *rapid.T) {
			if !tries() {
				return
			}
			n := rapid.IntRange(1, 7).Draw(x, "entries")
			elsewhere := rapid.SliceOfN(rapid.Bool(), n, n).Draw(x, "elsewhere")
			var said [2][]attendance.Entry
			for i := range n {
				e := attendance.Entry{Came: rapid.SampledFrom([]attendance.Came{attendance.Present, attendance.Absent, attendance.Unpointed}).Draw(x, "came"),
					At: r.At("2026-12-07T11:00").Add(time.Duration(rapid.IntRange(0, 4).Draw(x, "minute")) * time.Minute)}
				if e.Came == attendance.Present && rapid.Bool().Draw(x, "times") {
					e.Arrived, e.LatePickup = clock(11, i), i%2 == 0
				}
				id := db.NewID()
				for k, child := range []string{r.Antoine.ID, r.Leo.ID} {
					e.ID, e.ChildID, e.Session = fmt.Sprintf("%s-%d", id, k), child, r.session
					e.Day = days[0]
					if elsewhere[i] && i%2 == 1 { // nadia calls the roll at every site
						e.SiteID = r.Site["SABINETTES"]
					}
					said[k] = append(said[k], e)
				}
			}
			days = days[1:]
			for k, list := range said {
				who := func(i int) staff.Agent { return []staff.Agent{r.sofiane, r.nadia}[i%2] }
				order := make([]int, 0, 2*n)
				for i := range n {
					order = append(order, i)
				}
				if k == 1 { // the same entries, some twice, in disorder
					for i := range n {
						if rapid.Bool().Draw(x, "twice") {
							order = append(order, i)
						}
					}
					draw := rand.New(rand.NewPCG(rapid.Uint64().Draw(x, "seed"), 1))
					draw.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
				}
				for _, i := range order {
					e := list[i]
					e.AgentID = who(i).ID
					for _, a := range r.replay(who(i), e) {
						if a.Result == attendance.Turned {
							x.Fatalf("turned away: %s", a.Why)
						}
					}
				}
			}
			strip := func(child int) string {
				words := strings.Fields(r.truth(said[child][0].ChildID, said[child][0].Day))
				return strings.Join(slices.DeleteFunc(words, func(s string) bool { return len(s) == 26 }), " ")
			}
			if in, out := strip(0), strip(1); in != out {
				x.Fatalf("in order %q, in disorder %q", in, out)
			}
		})
		if doubled := count(t, r.World, `SELECT count(*) FROM (SELECT child_id FROM attendances GROUP BY child_id, activity_id, day HAVING count(*) > 1) d`); doubled != 0 {
			t.Errorf("%d days have two truths", doubled)
		}
	})
}

// A site speaks of the children it has: what another takes back, or denies, undoes nothing of a presence, and the site of the place has the word.
func TestASiteTakesBackItsOwnWord(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	elsewhere := func(came attendance.Came, at string) attendance.Entry {
		e := r.entry(r.nadia, came, at)
		e.SiteID = r.Site["SABINETTES"]
		return e
	}
	for _, c := range []struct {
		what string
		said attendance.Entry
		want string
	}{
		{"absent where no place is kept says nothing", elsewhere(attendance.Absent, "11:40"), ""},
		{"present where the place is", r.entry(r.sofiane, attendance.Present, "11:45"), "present"},
		{"added by another site", elsewhere(attendance.Present, "11:50"), "present"},
		{"taken back by that site", elsewhere(attendance.Unpointed, "11:51"), "present"},
		{"denied by that site", elsewhere(attendance.Absent, "11:52"), "present"},
		{"absent where the place is", r.entry(r.sofiane, attendance.Absent, "11:53"), "absent"},
		{"and found at the other site", elsewhere(attendance.Present, "11:54"), "present"},
	} {
		if a := r.replay(map[bool]staff.Agent{true: r.sofiane, false: r.nadia}[c.said.AgentID == r.sofiane.ID], c.said); a[0].Result != attendance.Recorded {
			t.Fatalf("%s: %+v", c.what, a[0])
		}
		if got, _, _ := strings.Cut(r.truth(r.Antoine.ID, r.session.Day), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// A child whose family was erased is turned away, and holds nothing else back.
func TestAnErasedFamilyBlocksNoQueue(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	gone, other := r.entry(r.sofiane, attendance.Present, "11:50"), r.entry(r.sofiane, attendance.Present, "11:51")
	gone.Day, other.ChildID = civil.MustParse("2026-12-03"), r.Leo.ID
	r.Write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM household_children WHERE child_id = $1`, r.Antoine.ID)
		return err
	})
	a := r.replay(r.sofiane, gone, other)
	if a[0].Result != attendance.Turned || !strings.Contains(a[0].Why, "plus connu") || a[1].Result != attendance.Recorded {
		t.Errorf("answers %+v", a)
	}
}

// Two entries of a device whose clock is ahead, sent at once: the one said last holds, whatever their numbers.
func TestACorrectionFromTheFutureHolds(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	right, wrong := r.entry(r.sofiane, attendance.Present, "12:40"), r.entry(r.sofiane, attendance.Absent, "12:30")
	r.replay(r.sofiane, wrong, right)
	if got := r.truth(r.Antoine.ID, r.session.Day); !strings.HasPrefix(got, "present") {
		t.Errorf("the truth is %q", got)
	}
	again := r.entry(r.sofiane, attendance.Absent, "12:50") // the clock of the town has not moved
	r.replay(r.sofiane, again, right)
	if got := r.truth(r.Antoine.ID, r.session.Day); !strings.HasPrefix(got, "absent") {
		t.Errorf("then the truth is %q", got)
	}
}

// checks bounds how many times a property is tried on each engine.
func checks(w *worldtest.World, sqlite, postgres int) func() bool {
	left := sqlite
	if w.DB.Engine() == db.Postgres {
		left = postgres
	}
	return func() bool { left--; return left >= 0 }
}

// Two devices send at once: each entry is there once, and what holds is the last word.
func TestTwoDevicesAtOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		r := newRoll(t, tn)
		var mine, theirs []attendance.Entry
		for i := range 12 {
			mine = append(mine, r.entry(r.sofiane, []attendance.Came{attendance.Present, attendance.Absent}[i%2], fmt.Sprintf("11:%02d", 10+2*i)))
			theirs = append(theirs, r.entry(r.nadia, attendance.Present, fmt.Sprintf("11:%02d", 11+2*i)))
		}
		var both sync.WaitGroup
		for _, d := range []struct {
			who  staff.Agent
			list []attendance.Entry
		}{{r.sofiane, mine}, {r.nadia, theirs}, {r.sofiane, mine}} {
			both.Go(func() {
				for part := range slices.Chunk(d.list, 3) {
					if err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
						_, err := attendance.Replay(t.Context(), tx, d.who, part, r.Loc)
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		if n := count(t, r.World, `SELECT count(*) FROM attendance_entries`); n != 24 {
			t.Errorf("%d entries, want 24", n)
		}
		if got := r.truth(r.Antoine.ID, r.session.Day); !strings.HasPrefix(got, "present") {
			t.Errorf("the last word was present, and the truth is %q", got)
		}
	})
}

// Who came without a booking: paid by the household that holds the child when the service starts.
func TestUnbookedPresenceHasAPayer(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	r.SetClock("2026-12-11T19:00")
	for _, c := range []struct{ code, household string }{{"MATIN", r.Claire.HouseholdID}, {"SOIR", r.Karim.HouseholdID}} { // changeover on Friday of an even week at 16 h
		e := r.entry(r.nadia, attendance.Present, "12:00")
		e.Session = attendance.Session{ActivityID: r.Activity[c.code], SiteID: r.Site["SABINETTES"], Day: civil.MustParse("2026-12-11")}
		e.ChildID, e.At = r.Leo.ID, r.At("2026-12-11T18:00")
		if a := r.replay(r.nadia, e); a[0].Result != attendance.Recorded {
			t.Fatalf("%s: %+v", c.code, a)
		}
		if n := count(t, r.World, `SELECT count(*) FROM attendances WHERE household_id = '`+c.household+`' AND activity_id = '`+r.Activity[c.code]+`'`); n != 1 {
			t.Errorf("%s is not due by the household whose hour it is", c.code)
		}
	}
}

// What the page of a roll-call reads: who is expected, who came without, how many, and what is left to point.
func TestReadingARollCall(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		r := newRoll(t, tn)
		key := r.KeyFor("health")
		read := func() (out attendance.Roll) {
			r.Read(func(tx *db.Tx) (err error) {
				out, err = attendance.ReadRoll(t.Context(), tx, r.sofiane, r.session, key)
				return err
			})
			return out
		}
		left := func() (out []attendance.RollCall) {
			r.Read(func(tx *db.Tx) (err error) {
				out, err = attendance.ToPoint(t.Context(), tx, r.sofiane, r.Loc)
				return err
			})
			return out
		}
		if list := left(); len(list) != 1 || list[0].Left() != 1 || list[0].Activity.Code != "CANTINE" {
			t.Errorf("to point: %+v", list)
		}
		guest := r.entry(r.sofiane, attendance.Present, "11:40")
		guest.ChildID = r.Leo.ID
		r.replay(r.sofiane, guest, r.entry(r.sofiane, attendance.Absent, "11:41"))
		got := read()
		if tally := got.Tally(); tally != (attendance.Tally{Expected: 1, Pointed: 1, Absent: 1, Present: 1, Unbooked: 1, Under6: 1}) {
			t.Errorf("tally %+v", tally)
		}
		if got.Lines[0].FirstName != "Léo" || got.Lines[1].By != "sofiane" || got.Regime != attendance.NoRatio {
			t.Errorf("roll %+v", got.Lines)
		}
		if list := left(); len(list) != 0 {
			t.Errorf("all is said, and still to point: %+v", list)
		}
		r.Write(func(tx *db.Tx) error { return attendance.SetStaffing(t.Context(), tx, r.sofiane, r.session, 4) })
		if got := read(); !got.Staffed || got.Adults != 4 {
			t.Errorf("adults %+v", got.Adults)
		}
		r.Read(func(tx *db.Tx) error {
			for text, want := range map[string]int{"le": 1, "BEN lé": 1, "ma": 1, "zz": 0} {
				found, err := attendance.FindChildren(t.Context(), tx, text, r.session, 20)
				if err != nil || len(found) != want {
					t.Errorf("%q finds %d, %v", text, len(found), err)
				}
			}
			if _, err := attendance.FindChildren(t.Context(), tx, "l", r.session, 20); !fault.Is(err, fault.Invalid) {
				t.Errorf("one letter: %v", err)
			}
			_, err := attendance.ReadRoll(t.Context(), tx, r.sofiane, attendance.Session{ActivityID: r.session.ActivityID, SiteID: r.Site["SABINETTES"], Day: r.session.Day}, key)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("another's site: %v", err)
			}
			return nil
		})
	})
}

// A name noted without network waits to be found, once, and is then no longer kept.
func TestNamesNotedWithoutNetwork(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	r := newRoll(t, tn)
	g := attendance.Guest{ID: db.NewID(), AgentID: r.sofiane.ID, Session: r.session, Name: "Lucas  Petit", At: r.At("2026-12-07T11:52")}
	note := func(g attendance.Guest) (a []attendance.Answer) {
		r.Write(func(tx *db.Tx) (err error) {
			a, err = attendance.NoteGuests(t.Context(), tx, r.sofiane, []attendance.Guest{g}, r.Loc)
			return err
		})
		return a
	}
	if a, again := note(g), note(g); a[0].Result != attendance.Recorded || again[0].Result != attendance.Already {
		t.Errorf("noted %+v, %+v", a, again)
	}
	other := g
	other.ID, other.AgentID = db.NewID(), r.nadia.ID
	if a := note(other); a[0].Result != attendance.Turned {
		t.Errorf("another's: %+v", a)
	}
	r.Write(func(tx *db.Tx) error {
		roll, err := attendance.ReadRoll(t.Context(), tx, r.nadia, r.session, r.KeyFor("health"))
		if err != nil || len(roll.Guests) != 1 || roll.Guests[0].Name != "Lucas Petit" {
			t.Errorf("waiting: %+v, %v", roll.Guests, err)
		}
		if err := attendance.SettleGuest(t.Context(), tx, r.nadia, r.session, db.NewID()); !fault.Is(err, fault.NotFound) {
			t.Errorf("a name that nobody noted: %v", err)
		}
		if err := attendance.SettleGuest(t.Context(), tx, r.nadia, r.session, g.ID); err != nil {
			return err
		}
		return attendance.SettleGuest(t.Context(), tx, r.nadia, r.session, g.ID) // the button pressed twice
	})
	if n := count(t, r.World, `SELECT count(*) FROM rollcall_guests WHERE name <> ''`); n != 0 {
		t.Error("the name is still kept")
	}
}
