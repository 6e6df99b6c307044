package demo_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/demo"
	"preau/internal/house"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/webtest"
)

// start makes a demonstration on SQLite whose clock starts at a wall time.
func start(t *testing.T, now string, families int) *demo.Demo {
	t.Helper()
	return open(t, demo.Options{Database: "sqlite:" + filepath.Join(t.TempDir(), "demo.db"), Now: now, Families: families})
}

func open(t *testing.T, o demo.Options) *demo.Demo {
	t.Helper()
	o.Files = filepath.Join(t.TempDir(), "files")
	o.BaseURL, o.Hosts, o.Log = "http://chatou.localhost", []string{"chatou.localhost"}, slog.New(slog.DiscardHandler)
	d, err := demo.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Town.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// site is the whole portal of a demonstration.
func site(t *testing.T, d *demo.Demo) *webtest.Site {
	t.Helper()
	towns, err := town.NewSet(d.Town)
	if err != nil {
		t.Fatal(err)
	}
	h := house.New(towns, house.Options{Log: slog.New(slog.DiscardHandler), Demo: d})
	t.Cleanup(h.Wait)
	return webtest.NewSite(t, h)
}

// guardian finds the guardian of a login.
func guardian(t *testing.T, d *demo.Demo, login string) (g household.Guardian) {
	t.Helper()
	read(t, d, func(tx *db.Tx) error {
		a, err := identity.Find(t.Context(), tx, login)
		if err != nil {
			return err
		}
		g, err = household.GuardianOf(t.Context(), tx, a.ID)
		return err
	})
	return g
}

func read(t *testing.T, d *demo.Demo, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Town.DB.Read(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// planned gives the days of December that a child has in an activity, by state.
func planned(t *testing.T, d *demo.Demo, login, child, code string, span civil.Range) map[civil.Date]booking.State {
	t.Helper()
	days := map[civil.Date]booking.State{}
	read(t, d, func(tx *db.Tx) error {
		lines, err := booking.Planning(t.Context(), tx, guardianIn(t, tx, login), span, d.Town.Loc)
		for _, l := range lines {
			if l.Child == child && l.Activity.Code == code {
				days[l.Day] = l.State
			}
		}
		return err
	})
	return days
}

func guardianIn(t *testing.T, tx *db.Tx, login string) household.Guardian {
	t.Helper()
	a, err := identity.Find(t.Context(), tx, login)
	if err != nil {
		t.Fatal(err)
	}
	g, err := household.GuardianOf(t.Context(), tx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The leaflet's page: Antoine's canteen in December 2016, lunches on Monday, Tuesday, Thursday and Friday of weeks 48 to 50, nothing in
// weeks 51 and 52; his enrolment runs from 01/09/2016 to 07/07/2017.
func TestTheLeafletsDecember(t *testing.T) {
	d := start(t, "2016-12-01T10:00", 20)
	span := civil.Range{From: civil.MustParse("2016-11-28"), To: civil.MustParse("2017-01-01")}
	got := planned(t, d, "claire.martin", "Antoine", "RESTAURATION", span)
	for day := range span.Days() {
		_, week := day.ISOWeek()
		weekday := day.Weekday()
		want := week <= 50 && (weekday == time.Monday || weekday == time.Tuesday || weekday == time.Thursday || weekday == time.Friday)
		if (got[day] == booking.StateBooked) != want {
			t.Errorf("%s: %q, booked should be %v", day.Long(), got[day], want)
		}
	}
	read(t, d, func(tx *db.Tx) error {
		list, err := booking.EnrolmentsOf(t.Context(), tx, guardianIn(t, tx, "claire.martin"))
		for _, e := range list {
			if p := e.Enrolment.Period; p.From.String() != "2016-09-01" || p.To.String() != "2017-07-07" {
				t.Errorf("%s, %s: from %s to %s", e.Child.FirstName, e.Activity.Name, p.From, p.To)
			}
		}
		if list[0].Child.FirstName != "Antoine" || list[0].Site.Name != "Élémentaire Jean Rostand" {
			t.Errorf("first enrolment: %s at %s", list[0].Child.FirstName, list[0].Site.Name)
		}
		return err
	})
}

// Karim has Léo from Friday 11 December 16:00 to Friday 18 December 16:00: that week's lunches are his, the Friday before Claire's.
func TestEachParentHasTheirDays(t *testing.T) {
	d := start(t, "2026-12-01T10:00", 0)
	span := civil.Range{From: civil.MustParse("2026-12-07"), To: civil.MustParse("2026-12-18")}
	claire := planned(t, d, "claire.martin", "Léo", "RESTAURATION", span)
	karim := planned(t, d, "karim.benali", "Léo", "RESTAURATION", span)
	for day := range span.Days() {
		_, his := karim[day]
		_, hers := claire[day]
		if his && hers {
			t.Errorf("%s is both parents'", day.Long())
		}
		if his && !day.After(civil.MustParse("2026-12-11")) {
			t.Errorf("%s is Claire's, not Karim's", day.Long())
		}
		if hers && day.After(civil.MustParse("2026-12-11")) {
			t.Errorf("%s is Karim's, not Claire's", day.Long())
		}
	}
	if len(claire) == 0 || len(karim) == 0 {
		t.Errorf("Claire has %d days, Karim %d", len(claire), len(karim))
	}
	if soir := planned(t, d, "karim.benali", "Léo", "SOIR", span); soir[civil.MustParse("2026-12-11")] != booking.StateBooked {
		t.Error("the evening of Friday 11 December is Karim's")
	}
}

// Whatever the season, the town starts, has an offer, a waiting list and something to instruct while there is class ahead, and its
// counters agree with its bookings.
func TestTheTownStartsInAnySeason(t *testing.T) {
	for _, c := range []struct {
		now   string
		class bool // enough class ahead for the story
	}{
		{"2026-11-30T23:59:30", true}, {"2026-07-14T12:00", true},
		{"2027-03-28T03:30", true}, {"2027-06-30T18:00", false}, {"1995-01-17T10:00", true},
	} {
		t.Run(c.now, func(t *testing.T) {
			d := start(t, c.now, 30)
			read(t, d, func(tx *db.Tx) error {
				if shown := tx.Now.Sub(d.Begun); shown < 0 || shown > time.Minute {
					t.Errorf("the clock shows %s", tx.Now)
				}
				drifts, err := booking.Drifts(t.Context(), tx)
				if len(drifts) > 0 {
					t.Errorf("counters drift: %v", drifts)
				}
				if err != nil || !c.class {
					return err
				}
				offers, err := booking.Offers(t.Context(), tx, guardianIn(t, tx, "claire.martin"))
				if len(offers) != 1 {
					t.Errorf("%d offers, want 1", len(offers))
				}
				for _, state := range []booking.State{booking.StateWaiting, booking.StatePending, booking.StateClosed} {
					found, err := db.Exists(t.Context(), tx, `SELECT 1 FROM bookings WHERE state = $1`, state)
					if err != nil {
						return err
					}
					if !found {
						t.Errorf("no booking is %s", state)
					}
				}
				return err
			})
		})
	}
}

// A database that the demonstration did not make is refused and left as it was; its own is opened again with what is in it.
func TestOnlyItsOwnDatabase(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	if _, err := demo.Start(t.Context(), demo.Options{Database: tn.Database.DSN, Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, demo.ErrNotOurs) {
		t.Errorf("another town's database: %v", err)
	}
	path := "sqlite:" + filepath.Join(t.TempDir(), "demo.db")
	first := open(t, demo.Options{Database: path, Now: "2026-12-01T10:00"})
	id := guardian(t, first, "claire.martin").ID
	again := open(t, demo.Options{Database: path, Now: "2026-12-02T10:00"})
	if guardian(t, again, "claire.martin").ID != id {
		t.Error("the town was made again")
	}
}

func TestOnPostgres(t *testing.T) {
	o := demo.Options{Database: towntest.Postgres(t), Schema: "demo_" + db.NewID()[:10], Now: "2026-12-01T10:00", Families: 10}
	first := open(t, o)
	again := open(t, o)
	if guardian(t, first, "karim.benali").ID != guardian(t, again, "karim.benali").ID {
		t.Error("the town was made again")
	}
}

func TestWhereTheClockStarts(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	known := calendar.Embedded("C")
	at := func(wall string) civil.Instant {
		i, err := demo.ParseNow(wall, loc)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	for _, c := range []struct{ machine, want string }{
		{"2026-11-24T09:30", "2026-11-24T09:30"},
		{"2026-07-20T09:30", "2026-07-20T09:30"}, // the summer before a known year
		{"2027-07-20T09:30", "2026-12-01T10:00"}, // after the last known year: its first Tuesday of December
		{"2031-01-01T00:00", "2026-12-01T10:00"},
	} {
		got, moved := demo.StartAt(at(c.machine), known, loc)
		if got != at(c.want) || moved != (c.machine != c.want) {
			t.Errorf("on %s: starts at %s (moved %v), want %s", c.machine, got, moved, c.want)
		}
	}
	for _, bad := range []string{"demain", "2026-13-01T10:00", "2026-12-01T25:00", "01/12/2026"} {
		if i, err := demo.ParseNow(bad, loc); err == nil {
			t.Errorf("%q is read as %s", bad, i)
		}
	}
	if _, err := demo.Start(t.Context(), demo.Options{Database: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Now: "2040-01-01T10:00"}); err == nil {
		t.Error("a year without a calendar is accepted")
	}
}
