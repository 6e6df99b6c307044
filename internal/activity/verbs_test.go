package activity_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

func each(t *testing.T, test func(t *testing.T, w *worldtest.World)) {
	t.Helper()
	t.Parallel()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, worldtest.Chatou(t, tn)) })
}

// said is the kind of a refusal and the fields it stands beside: "invalid code, nom".
func said(err error) string {
	refusal, ok := fault.As(err)
	switch {
	case err == nil:
		return "done"
	case !ok:
		return err.Error()
	}
	return strings.TrimSpace(string(refusal.Kind) + " " + strings.Join(slices.Sorted(maps.Keys(refusal.Fields)), ", "))
}

func load(t *testing.T, w *worldtest.World) (c *activity.Catalogue) {
	t.Helper()
	w.Read(func(tx *db.Tx) (err error) { c, err = activity.Load(t.Context(), tx); return err })
	return c
}

func try(t *testing.T, w *worldtest.World, do func(tx *db.Tx) error) string {
	t.Helper()
	return said(w.DB.Write(t.Context(), do))
}

func TestSavingASite(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		for _, c := range []struct {
			name string
			site activity.Site
			want string
		}{
			{"nothing is said", activity.Site{}, "invalid code, nom, type"},
			{"spaces are nothing", activity.Site{Name: " ", Code: " ", Kind: activity.Loisirs}, "invalid code, nom"},
			{"a kind that does not exist", activity.Site{Name: "Gymnase", Code: "GYM", Kind: "gymnase"}, "invalid type"},
			{"a code already taken", activity.Site{Name: "Autre", Code: "ROSTAND", Kind: activity.Elementaire}, "invalid code"},
			{"a site that does not exist", activity.Site{ID: "none", Name: "Gymnase", Code: "GYM", Kind: activity.Loisirs}, "not_found"},
			{"a new one", activity.Site{Name: "Gymnase", Code: "GYM", Kind: activity.Loisirs}, "done"},
			{"archived", activity.Site{ID: w.Site["LOISIRS"], Name: "Centre", Code: "LOISIRS", Kind: activity.Loisirs, Archived: true}, "done"},
		} {
			if got := try(t, w, func(tx *db.Tx) error { _, err := activity.SaveSite(t.Context(), tx, c.site); return err }); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		if s, ok := load(t, w).Site(w.Site["LOISIRS"]); !ok || !s.Archived || s.Name != "Centre" {
			t.Errorf("%+v", s)
		}
	})
}

func TestSavingAnActivity(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		months := func(n int64) *int64 { return &n }
		good := func() activity.Activity {
			return activity.Activity{Code: "CHORALE", Name: "Chorale", Kind: activity.Evening, Noun: "soir", NounPlural: "soirs", RunsOn: "school", Weekdays: "12",
				Cancel: calendar.MustRule("24h"), Add: calendar.MustRule("7d"), Waiting: activity.NoWaiting, OfferHours: 48, MarginHours: 24,
				SiteIDs: []string{w.Site["ROSTAND"]}, Options: []activity.Option{{Code: "SOIR", Name: "Soir", Starts: civil.Clock(16, 30), Ends: civil.Clock(17, 30)}}}
		}
		save := func(a activity.Activity) (id, got string) {
			got = try(t, w, func(tx *db.Tx) (err error) {
				id, err = activity.SaveActivity(t.Context(), tx, a, civil.DateOf(tx.Now, w.Loc), w.Loc)
				return err
			})
			return id, got
		}
		for _, c := range []struct {
			name   string
			change func(*activity.Activity)
			want   string
		}{
			{"no words", func(a *activity.Activity) { a.Name, a.Code, a.Noun, a.NounPlural = "", " ", "", "" }, "invalid code, nom, unite, unites"},
			{"no day", func(a *activity.Activity) { a.Weekdays = "" }, "invalid jours"},
			{"no kind, no period", func(a *activity.Activity) { a.Kind, a.RunsOn = "chant", "toujours" }, "invalid genre, periode"},
			{"ages the wrong way round", func(a *activity.Activity) { a.MinAge, a.MaxAge = months(72), months(36) }, "invalid age_max"},
			{"nowhere", func(a *activity.Activity) { a.SiteIDs = nil }, "invalid sites"},
			{"a place that does not exist", func(a *activity.Activity) { a.SiteIDs = []string{"none"} }, "invalid sites"},
			{"nothing to book", func(a *activity.Activity) { a.Options = nil }, "invalid options"},
			{"an option without a name", func(a *activity.Activity) { a.Options[0].Name = "" }, "invalid options"},
			{"a code with a space", func(a *activity.Activity) { a.Options[0].Code = "LE SOIR" }, "invalid options"},
			{"the same code twice", func(a *activity.Activity) { a.Options = append(a.Options, a.Options[0]) }, "invalid options"},
			{"an option that ends before it begins", func(a *activity.Activity) { a.Options[0].Ends = civil.Clock(16, 0) }, "invalid options"},
			{"a deadline that never comes", func(a *activity.Activity) { a.Cancel = calendar.MustRule("block-15cd@23:59") }, "invalid delai_annulation"},
			{"the code of another", func(a *activity.Activity) { a.Code = "CANTINE" }, "invalid code"},
			{"an activity that does not exist", func(a *activity.Activity) { a.ID = "none" }, "not_found"},
		} {
			a := good()
			c.change(&a)
			if _, got := save(a); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		before := load(t, w)
		id, got := save(good())
		if got != "done" {
			t.Fatal(got)
		}
		after := load(t, w)
		a, ok := after.Activity(id)
		if !ok || after.Version == before.Version || len(a.LiveOptions()) != 1 || !a.OfferedAt(w.Site["ROSTAND"]) {
			t.Fatalf("%+v", a)
		}
		first := a.Options[0].ID
		changed := *a
		changed.Options = []activity.Option{{Code: "TARD", Name: "Tard", Starts: civil.Clock(17, 30), Ends: civil.Clock(18, 30)}}
		if _, got := save(changed); got != "done" {
			t.Fatal(got)
		}
		a, _ = load(t, w).Activity(id)
		if old, ok := a.OptionByID(first); !ok || !old.Archived || len(a.LiveOptions()) != 1 {
			t.Errorf("an option no longer offered is archived, since bookings refer to it: %+v", a.Options)
		}
		changed = *a
		changed.Options = append(a.LiveOptions(), activity.Option{Code: "SOIR", Name: "Soir", Starts: civil.Clock(16, 0), Ends: civil.Clock(17, 0)})
		save(changed)
		a, _ = load(t, w).Activity(id)
		if old, _ := a.OptionByID(first); old == nil || old.Archived || old.Starts != civil.Clock(16, 0) {
			t.Errorf("an option offered again is the same one: %+v", a.Options)
		}
	})
}

func TestSettingPlaces(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		a, _ := load(t, w).Activity(w.Activity["CANTINE"])
		k := activity.Capacity{ActivityID: a.ID, SiteID: w.Site["ROSTAND"], OptionID: a.Options[0].ID}
		set := func(places int64, from string, only bool, change func(*activity.Capacity)) string {
			k := k
			k.From, k.OnlyDay, k.Places = civil.MustParse(from), only, &places
			if change != nil {
				change(&k)
			}
			return try(t, w, func(tx *db.Tx) error { return activity.SetCapacity(t.Context(), tx, k, "essai") })
		}
		if got := set(-1, "2026-12-01", false, nil); got != "invalid places" {
			t.Errorf("fewer than none: %s", got)
		}
		if got := set(1, "2026-12-01", false, func(k *activity.Capacity) { k.SiteID = "none" }); got != "not_found" {
			t.Errorf("nowhere: %s", got)
		}
		set(40, "2026-12-01", false, nil)
		set(30, "2026-12-14", false, nil)
		set(5, "2026-12-08", true, nil)
		set(50, "2026-12-01", false, nil) // the same day again: the last word
		set(20, "2026-12-01", false, func(k *activity.Capacity) { k.AgeGroup = "elementaire" })
		set(0, "2027-01-01", false, func(k *activity.Capacity) { k.Places = nil })
		c := load(t, w)
		for day, want := range map[string]int64{"2026-11-30": -1, "2026-12-01": 50, "2026-12-08": 5, "2026-12-09": 50, "2026-12-14": 30, "2027-01-04": -1} {
			got := int64(-1)
			if n := c.Places(k.ActivityID, k.SiteID, k.OptionID, "", civil.MustParse(day)); n != nil {
				got = *n
			}
			if got != want {
				t.Errorf("%s: %d places, want %d", day, got, want)
			}
		}
		if n := c.Places(k.ActivityID, k.SiteID, k.OptionID, "elementaire", civil.MustParse("2026-12-02")); n == nil || *n != 20 {
			t.Errorf("an age group has its own places: %v", n)
		}
	})
}

func TestGridsTakeOver(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		id := w.Activity["MATIN"] // flat, 1,80 € since 2015
		save := func(g tariff.Grid) string {
			return try(t, w, func(tx *db.Tx) error { _, err := activity.SaveGrid(t.Context(), tx, g); return err })
		}
		grid := func(from string, cents money.Cents) tariff.Grid {
			return tariff.Grid{ActivityID: id, Name: "2027", Kind: tariff.Flat, Flat: cents, From: civil.MustParse(from)}
		}
		nameless, dateless, wrong, elsewhere := grid("2027-01-01", 200), grid("2027-01-01", 200), grid("2027-01-01", 200), grid("2027-01-01", 200)
		nameless.Name, dateless.From, elsewhere.ActivityID = " ", civil.Date{}, "none"
		wrong.Kind = tariff.Brackets
		for _, c := range []struct {
			name string
			grid tariff.Grid
			want string
		}{
			{"no name", nameless, "invalid nom"}, {"no day", dateless, "invalid du"}, {"brackets without any", wrong, "invalid tranches"},
			{"of no activity", elsewhere, "not_found"}, {"the next", grid("2027-01-01", 200), "done"}, {"the same day again", grid("2027-01-01", 210), "invalid du"},
		} {
			if got := save(c.grid); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		c := load(t, w)
		for day, want := range map[string]money.Cents{"2026-12-31": 180, "2027-01-01": 200} {
			if p, ok := c.Price(id, "", civil.MustParse(day), tariff.Facts{}); !ok || p.Cents != want {
				t.Errorf("%s costs %d, want %d", day, p.Cents, want)
			}
		}
	})
}

func TestClosuresHoldAtOnceAndAreUndoneOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		day := civil.MustParse
		add := func(k activity.Closure) (out activity.Closure, got string) {
			got = try(t, w, func(tx *db.Tx) (err error) { out, err = activity.AddClosure(t.Context(), tx, k); return err })
			return out, got
		}
		for _, c := range []struct {
			name    string
			closure activity.Closure
			want    string
		}{
			{"nothing is said", activity.Closure{}, "invalid du, motif"},
			{"ends before it begins", activity.Closure{From: day("2026-12-14"), To: day("2026-12-13"), Reason: "Grève"}, "invalid au"},
			{"two years", activity.Closure{From: day("2026-12-14"), To: day("2028-12-13"), Reason: "Travaux"}, "invalid au"},
			{"nowhere", activity.Closure{SiteID: "none", From: day("2026-12-14"), To: day("2026-12-14"), Reason: "Grève"}, "not_found"},
		} {
			if _, got := add(c.closure); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		k, got := add(activity.Closure{SiteID: w.Site["ROSTAND"], From: day("2026-12-14"), To: day("2026-12-15"), Reason: "Grève", CreatedBy: "essai"})
		if got != "done" {
			t.Fatal(got)
		}
		why := func(site, on string) activity.Why {
			c := load(t, w)
			a, _ := c.Activity(w.Activity["CANTINE"])
			return c.Service(a, w.Site[site], day(on)).Why
		}
		if why("ROSTAND", "2026-12-14") != activity.Closed || why("SABINETTES", "2026-12-14") != activity.Open || why("ROSTAND", "2026-12-17") != activity.Open {
			t.Error("the closure does not hold for its site and its days")
		}
		undo := func(id string) string {
			return try(t, w, func(tx *db.Tx) error { _, err := activity.UndoClosure(t.Context(), tx, id, "essai"); return err })
		}
		if got := []string{undo("none"), undo(k.ID), undo(k.ID)}; !slices.Equal(got, []string{"not_found", "done", "conflict"}) {
			t.Errorf("undone: %q", got)
		}
		if why("ROSTAND", "2026-12-14") != activity.Open {
			t.Error("still closed once undone")
		}
	})
}

func TestSchoolYearsDoNotOverlap(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		day := civil.MustParse
		next := calendar.SchoolYear{Label: "2027-2028", FirstDay: day("2027-09-01"), LastDay: day("2028-07-04"), Source: "essai",
			Holidays: []calendar.Holiday{{Name: "Toussaint", From: day("2027-10-23"), To: day("2027-11-07")}}}
		for _, c := range []struct {
			name   string
			change func(*calendar.SchoolYear)
			want   string
		}{
			{"begins before the year before ends", func(y *calendar.SchoolYear) { y.FirstDay = day("2027-07-01") }, "invalid calendrier"},
			{"holidays after its end", func(y *calendar.SchoolYear) { y.Holidays[0].To = day("2028-08-01") }, "invalid calendrier"},
			{"holidays that meet", func(y *calendar.SchoolYear) {
				y.Holidays = append(y.Holidays, calendar.Holiday{Name: "Pont", From: day("2027-11-07"), To: day("2027-11-12")})
			}, "invalid calendrier"},
			{"a good one", func(*calendar.SchoolYear) {}, "done"},
			{"in its own place", func(y *calendar.SchoolYear) { y.LastDay = day("2028-07-05") }, "done"},
		} {
			y := next
			y.Holidays = slices.Clone(next.Holidays)
			c.change(&y)
			if got := try(t, w, func(tx *db.Tx) error { return activity.SaveSchoolYears(t.Context(), tx, []calendar.SchoolYear{y}) }); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		c := load(t, w)
		if got := c.Calendar.Day(day("2027-10-25")).Kind; got != calendar.SchoolHoliday {
			t.Errorf("a day of the new holidays is %v", got)
		}
		moved := next
		moved.Holidays = []calendar.Holiday{{Name: "Toussaint", From: day("2027-10-30"), To: day("2027-11-14")}}
		if k := c.WithYears([]calendar.SchoolYear{moved}); k.Calendar.Day(day("2027-10-25")).Kind != calendar.Class || c.Calendar.Day(day("2027-10-25")).Kind != calendar.SchoolHoliday {
			t.Error("foreseeing a calendar changes the one that holds, or does not foresee")
		}
	})
}
