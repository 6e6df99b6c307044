package calendar_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"preau/internal/calendar"
	"preau/internal/civil"
)

func day(s string) civil.Date { return civil.MustParse(s) }

func paris(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// weekOf draws the seven days from a Monday: C class, H holidays, P public holiday, - weekend, ? unknown.
func weekOf(c *calendar.Calendar, monday string) string {
	var b strings.Builder
	for i := range 7 {
		b.WriteByte("?C-HP"[c.Day(day(monday).AddDays(i)).Kind])
	}
	return b.String()
}

func TestTheLeafletsYear(t *testing.T) {
	c := calendar.Embedded("C")
	cases := []struct{ name, monday, want string }{
		{"the year begins on Thursday 1 September 2016, after the summer", "2016-08-29", "HHHCC--"},
		{"week 48, from 28/11 to 04/12, has its five days", "2016-11-28", "CCCCC--"},
		{"the week of 05/12 has its five days", "2016-12-05", "CCCCC--"},
		{"the week of 12/12 ends with the holidays on Saturday", "2016-12-12", "CCCCCHH"},
		{"the week of 19/12 is empty, its Sunday Christmas", "2016-12-19", "HHHHHHP"},
		{"the week of 26/12 is empty, its Sunday New Year’s Day", "2016-12-26", "HHHHHHP"},
		{"class begins again on Tuesday 3 January 2017", "2017-01-02", "HCCCC--"},
		{"the Armistice of 2016 is a Friday in term", "2016-11-07", "CCCCP--"},
		{"the Toussaint holidays end on Wednesday 2 November", "2016-10-31", "HPHCC--"},
		{"the last day is Friday 7 July 2017", "2017-07-03", "CCCCCHH"},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			if got := weekOf(c, x.monday); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
	year, ok := c.Year(day("2016-12-05"))
	if !ok || year.Label != "2016-2017" || year.FirstDay != day("2016-09-01") || year.LastDay != day("2017-07-07") || !year.Confirmed {
		t.Errorf("the leaflet's period runs from 01/09/2016 to 07/07/2017, got %+v", year)
	}
}

func TestTheDemosYear(t *testing.T) {
	c := calendar.Embedded("C")
	cases := []struct{ name, monday, want string }{
		{"the first day is Tuesday 1 September 2026", "2026-08-31", "HCCCC--"},
		{"Toussaint begins on Saturday 17 October", "2026-10-12", "CCCCCHH"},
		{"Toussaint ends on Sunday 1 November, a public holiday inside it", "2026-10-26", "HHHHHHP"},
		{"class begins again on Monday 2 November", "2026-11-02", "CCCCC--"},
		{"Wednesday 11 November is a public holiday", "2026-11-09", "CCPCC--"},
		{"Christmas begins on Saturday 19 December", "2026-12-14", "CCCCCHH"},
		{"Christmas Day lies in the holidays", "2026-12-21", "HHHHPHH"},
		{"New Year's Day lies in the holidays", "2026-12-28", "HHHHPHH"},
		{"class begins again on Monday 4 January 2027", "2027-01-04", "CCCCC--"},
		{"winter begins on Saturday 6 February", "2027-02-01", "CCCCCHH"},
		{"winter ends on Sunday 21 February", "2027-02-15", "HHHHHHH"},
		{"Easter Monday, 29 March, is in term", "2027-03-29", "PCCCCHH"},
		{"spring ends on Sunday 18 April", "2027-04-12", "HHHHHHH"},
		{"Ascension is Thursday 6 May, its bridge is for the town to close, and 8 May is a Saturday", "2027-05-03", "CCCPCP-"},
		{"Whit Monday is 17 May", "2027-05-17", "PCCCC--"},
		{"the last day is Friday 2 July, and then nothing is known", "2027-06-28", "CCCCC??"},
		{"the summer after the last known year is unknown, public holidays too", "2027-07-12", "???????"},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			if got := weekOf(c, x.monday); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
	year, _ := c.Year(day("2026-12-07"))
	if year.Confirmed || year.Source != "saisi, à confirmer" {
		t.Errorf("the year typed by hand says so: %+v", year)
	}
}

func TestDayNamesAndBlocks(t *testing.T) {
	c := calendar.Embedded("C")
	christmas := c.Day(day("2026-12-25"))
	if christmas.Kind != calendar.PublicHoliday || christmas.Name != "Noël" || christmas.Block == nil || christmas.Block.Name != "Vacances de Noël" {
		t.Errorf("Christmas is a public holiday inside a block: %+v", christmas)
	}
	if ref := christmas.Block.Reference(); ref != day("2026-12-21") {
		t.Errorf("the Christmas block counts from %v", ref)
	}
	summer := c.Day(day("2026-08-03"))
	if summer.Kind != calendar.SchoolHoliday || summer.Name != calendar.Summer || summer.Block.Range() != (civil.Range{From: day("2026-07-04"), To: day("2026-08-31")}) {
		t.Errorf("the summer between two known years: %+v", summer)
	}
	if d := c.Day(day("1980-01-07")); d != (calendar.Day{}) {
		t.Errorf("before the first year: %+v", d)
	}
	var nothing *calendar.Calendar
	if d := nothing.Day(day("2026-12-07")); d.Kind != calendar.Unknown {
		t.Errorf("no calendar knows %+v", d)
	}
	if _, ok := nothing.Year(day("2026-12-07")); ok || nothing.Blocks(civil.Range{From: day("2026-01-01"), To: day("2026-12-31")}) != nil {
		t.Error("no calendar knows years")
	}
}

func TestBlocks(t *testing.T) {
	c := calendar.Embedded("C")
	var names []string
	for _, h := range c.Blocks(civil.Range{From: day("2026-05-04"), To: day("2026-12-19")}) {
		names = append(names, h.Name)
	}
	if got := strings.Join(names, ", "); got != "Vacances d'été, Vacances de la Toussaint, Vacances de Noël" {
		t.Errorf("got %s", got)
	}
}

func TestAMissingYearIsUnknownNotSummer(t *testing.T) {
	c := calendar.Embedded("C")
	var kept []calendar.SchoolYear
	for _, y := range c.Years {
		if y.Label != "2024-2025" {
			kept = append(kept, y)
		}
	}
	gap := &calendar.Calendar{Years: kept}
	for _, d := range []string{"2024-07-20", "2024-11-12", "2025-08-20"} {
		if kind := gap.Day(day(d)).Kind; kind != calendar.Unknown {
			t.Errorf("%s is %v", d, kind)
		}
	}
}

func TestWithReplacesByLabel(t *testing.T) {
	c := calendar.Embedded("C")
	year, _ := c.Year(day("2026-12-07"))
	year.Confirmed, year.LastDay = true, day("2027-07-06")
	next := c.With(year)
	if len(next.Years) != len(c.Years) || next.Day(day("2027-07-06")).Kind != calendar.Class {
		t.Error("the official year replaces the typed one")
	}
	if c.Day(day("2027-07-06")).Kind != calendar.Unknown {
		t.Error("the calendar it came from has changed")
	}
	if got := calendar.Embedded("Z"); len(got.Years) != 0 {
		t.Errorf("zone Z has %d years", len(got.Years))
	}
}

func TestPublicHolidaysAgreeWithThePublishedList(t *testing.T) {
	file, err := os.Open("testdata/jours-feries-2024-2035.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for year := 2024; year <= 2035; year++ {
		for _, h := range calendar.PublicHolidays(year) {
			got = append(got, []string{h.From.String(), h.Name})
		}
	}
	if len(got) != len(rows)-1 {
		t.Fatalf("%d public holidays, %d published", len(got), len(rows)-1)
	}
	for i, row := range rows[1:] {
		if got[i][0] != row[0] || got[i][1] != row[1] {
			t.Errorf("computed %v, published %v", got[i], row)
		}
	}
}

func TestEaster(t *testing.T) {
	for year, want := range map[int]string{1818: "1818-03-22", 1943: "1943-04-25", 2000: "2000-04-23", 2008: "2008-03-23", 2038: "2038-04-25"} {
		if got := calendar.Easter(year).String(); got != want {
			t.Errorf("Easter %d is %s, want %s", year, got, want)
		}
	}
	if name, _ := calendar.PublicHolidayName(day("2008-05-01")); name != "Fête du Travail" {
		t.Errorf("1 May 2008, also Ascension, is %q", name)
	}
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1583, 4000).Draw(t, "year")
		easter := calendar.Easter(year)
		if easter.Weekday() != time.Sunday || easter.Before(civil.New(year, 3, 22)) || easter.After(civil.New(year, 4, 25)) {
			t.Fatalf("Easter %d is %s", year, easter.Long())
		}
	})
}

func TestYearsThatDoNotHold(t *testing.T) {
	good := calendar.SchoolYear{Label: "2026-2027", FirstDay: day("2026-09-01"), LastDay: day("2027-07-02"), Holidays: []calendar.Holiday{
		{Name: "Toussaint", From: day("2026-10-17"), To: day("2026-11-01")}, {Name: "Noël", From: day("2026-12-19"), To: day("2027-01-03")},
	}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		damage func(y *calendar.SchoolYear)
	}{
		{"no first day", func(y *calendar.SchoolYear) { y.FirstDay = civil.Date{} }},
		{"a label of another year", func(y *calendar.SchoolYear) { y.Label = "2025-2026" }},
		{"ends before it begins", func(y *calendar.SchoolYear) { y.LastDay = day("2026-08-01") }},
		{"lasts two years", func(y *calendar.SchoolYear) { y.LastDay = day("2028-07-01") }},
		{"a holiday without a name", func(y *calendar.SchoolYear) { y.Holidays[0].Name = "" }},
		{"a holiday the wrong way round", func(y *calendar.SchoolYear) { y.Holidays[0].To = day("2026-10-01") }},
		{"a holiday before the first day", func(y *calendar.SchoolYear) { y.Holidays[0].From = day("2026-08-01") }},
		{"holidays that overlap", func(y *calendar.SchoolYear) { y.Holidays[0].To = day("2026-12-20") }},
		{"a holiday after the last day", func(y *calendar.SchoolYear) { y.Holidays[1].To = day("2027-07-03") }},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			y := good
			y.Holidays = append([]calendar.Holiday(nil), good.Holidays...)
			x.damage(&y)
			if err := y.Check(); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestDayDoesNotAllocate(t *testing.T) {
	c := calendar.Embedded("C")
	first := day("2026-11-30")
	if n := testing.AllocsPerRun(100, func() {
		for i := range 45 {
			c.Day(first.AddDays(i))
		}
	}); n > 0 {
		t.Errorf("45 days cost %v allocations", n)
	}
}
