package calendar_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"preau/internal/calendar"
	"preau/internal/civil"
)

func officialFile(t testing.TB) string {
	t.Helper()
	file, err := os.Open("testdata/vacances-scolaires-1990-2026.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheEmbeddedYearsAreThoseOfTheOfficialFile(t *testing.T) {
	text := officialFile(t)
	want, err := os.ReadFile("official.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, zone := range []string{"A", "B", "C"} {
		years, err := calendar.ParseOfficialCSV(strings.NewReader(text), zone)
		if err != nil {
			t.Fatal(err)
		}
		if len(years) != 36 || years[0].Label != "1990-1991" || years[35].Label != "2025-2026" {
			t.Errorf("zone %s has %d years, %s to %s", zone, len(years), years[0].Label, years[len(years)-1].Label)
		}
		lines, err := calendar.Encode(zone, years)
		if err != nil {
			t.Fatal(err)
		}
		got += lines
	}
	if got != string(want) {
		t.Error("official.txt is not what the official file says: run go generate ./internal/calendar")
	}
}

// Each day of the embedded calendar is compared with its line in the official file.
func TestEveryDayOfTheOfficialFile(t *testing.T) {
	c := calendar.Embedded("C")
	compared := 0
	for line := range strings.Lines(officialFile(t)) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		d, err := civil.Parse(cells[0])
		if err != nil || d.Before(day("1990-09-03")) || d.After(day("2026-07-03")) {
			continue
		}
		got := c.Day(d)
		switch {
		case cells[3] == "True" && (got.Block == nil || got.Block.Name != cells[4]):
			t.Errorf("%s is %+v, the file says %s", d, got, cells[4])
		case cells[3] == "False" && got.Block != nil && got.Block.Name != calendar.Summer: // summers last until the first open day
			t.Errorf("%s is %+v, the file says class", d, got)
		}
		compared++
	}
	if compared != 13088 {
		t.Errorf("%d days compared", compared)
	}
}

func TestPlaceholdersAfterTheLastSummerAreUnknown(t *testing.T) {
	years, err := calendar.ParseOfficialCSV(strings.NewReader(officialFile(t)), "A")
	if err != nil {
		t.Fatal(err)
	}
	c := &calendar.Calendar{Years: years}
	for _, d := range []string{"2026-09-01", "2026-10-05", "2026-12-25"} {
		if kind := c.Day(day(d)).Kind; kind != calendar.Unknown {
			t.Errorf("%s is %v", d, kind)
		}
	}
}

func TestAnOfficialFileCutShort(t *testing.T) {
	lines := strings.SplitAfter(officialFile(t), "\n")
	from := func(first, last string) string {
		text, on := lines[0], false
		for _, line := range lines[1:] {
			on = on && !strings.HasPrefix(line, last) || strings.HasPrefix(line, first)
			if on {
				text += line
			}
		}
		return text
	}
	cases := []struct{ name, first, last, want string }{
		{"one whole year with the days around it", "2016-08-15", "2017-07-20", "2016-2017"},
		{"a year that begins in the middle is left out", "2015-11-15", "2017-07-20", "2016-2017"},
		{"a year that has not ended is left out", "2015-08-15", "2017-06-01", "2015-2016"},
		{"no whole year", "2016-11-15", "2017-07-20", "Le fichier ne contient aucune année scolaire complète pour cette zone."},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			years, err := calendar.ParseOfficialCSV(strings.NewReader(from(x.first, x.last)), "C")
			got := labels(years)
			if err != nil {
				got = err.Error()
			}
			if got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
		})
	}
}

func labels(years []calendar.SchoolYear) string {
	var list []string
	for _, y := range years {
		list = append(list, y.Label)
	}
	return strings.Join(list, " ")
}

// openData is zone C as the ministry's export gives it: a line for each académie, midnights of Paris in UTC.
const openData = `description;population;start_date;end_date;location;zones;annee_scolaire
Vacances d'Été;Enseignants;2026-07-03T22:00:00+00:00;2026-08-30T22:00:00+00:00;Paris;Zone C;2025-2026
Vacances d'Été;Élèves;2026-07-03T22:00:00+00:00;2026-08-31T22:00:00+00:00;Paris;Zone C;2025-2026
Vacances d'Été;Élèves;2026-07-03T22:00:00+00:00;2026-08-31T22:00:00+00:00;Versailles;Zone C;2025-2026
Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Paris;Zone C;2026-2027
Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Versailles;Zone C;2026-2027
Vacances de Noël;-;2026-12-18T23:00:00+00:00;2027-01-03T23:00:00+00:00;Versailles;Zone C;2026-2027
Vacances d'Hiver;-;2027-02-12T23:00:00+00:00;2027-02-28T23:00:00+00:00;Lyon;Zone A;2026-2027
Vacances d'Hiver;-;2027-02-05T23:00:00+00:00;2027-02-21T23:00:00+00:00;Versailles;Zone C;2026-2027
Vacances de Printemps;-;2027-04-02T22:00:00+00:00;2027-04-18T22:00:00+00:00;Versailles;Zone C;2026-2027
Pont de l'Ascension;-;2027-05-06T22:00:00+00:00;2027-05-06T22:00:00+00:00;Versailles;Zone C;2026-2027
Début des Vacances d'Été;-;2027-07-02T22:00:00+00:00;2027-07-02T22:00:00+00:00;Versailles;Zone C;2026-2027
`

func TestOpenData(t *testing.T) {
	years, err := calendar.ParseOpenData(strings.NewReader(openData), "C")
	if err != nil {
		t.Fatal(err)
	}
	want := []calendar.SchoolYear{{Label: "2026-2027", FirstDay: day("2026-09-01"), LastDay: day("2027-07-02"), Confirmed: true,
		Source: "données ouvertes du ministère", Holidays: []calendar.Holiday{
			{Name: "Vacances de la Toussaint", From: day("2026-10-17"), To: day("2026-11-01")},
			{Name: "Vacances de Noël", From: day("2026-12-19"), To: day("2027-01-03")},
			{Name: "Vacances d'hiver", From: day("2027-02-06"), To: day("2027-02-21")},
			{Name: "Vacances de printemps", From: day("2027-04-03"), To: day("2027-04-18")},
			{Name: "Pont de l'Ascension", From: day("2027-05-07"), To: day("2027-05-09")},
		}}}
	if !reflect.DeepEqual(years, want) {
		t.Errorf("got %+v", years)
	}
	c := calendar.Embedded("C").With(years...)
	if y, _ := c.Year(day("2026-12-07")); !y.Confirmed {
		t.Error("the official file replaces what was typed")
	}
}

func TestOpenDataSpellings(t *testing.T) {
	plain := strings.NewReplacer("T22:00:00+00:00", "", "T23:00:00+00:00", "").Replace(openData)
	for name, text := range map[string]string{
		"offsets of Paris":                    strings.NewReplacer("2026-10-16T22:00:00+00:00", "2026-10-17T00:00:00+02:00", "2026-11-01T23:00:00+00:00", "2026-11-02T00:00:00+01:00").Replace(openData),
		"commas":                              strings.ReplaceAll(openData, ";", ","),
		"a byte order mark and Windows lines": "\ufeff" + strings.ReplaceAll(openData, "\n", "\r\n"),
		"Windows-1252":                        latin(strings.ReplaceAll(openData, "'", "’")),
		"the first day":                       strings.Replace(openData, "Vacances d'Été;Élèves;2026-07-03T22:00:00+00:00;2026-08-31T22:00:00+00:00;Paris;Zone C;2025-2026", "Rentrée scolaire des élèves;-;2026-08-31T22:00:00+00:00;2026-08-31T22:00:00+00:00;Paris;Zone C;2026-2027", 1),
		"no first day":                        openData[:strings.Index(openData, "Vacances d'Été")] + openData[strings.Index(openData, "Vacances de la Toussaint"):],
	} {
		years, err := calendar.ParseOpenData(strings.NewReader(text), "C")
		if err != nil || len(years) != 1 || years[0].FirstDay != day("2026-09-01") || len(years[0].Holidays) != 5 || years[0].Holidays[0].From != day("2026-10-17") {
			t.Errorf("%s: %+v, %v", name, years, err)
		}
	}
	if years, err := calendar.ParseOpenData(strings.NewReader(plain), "C"); err != nil || years[0].LastDay != day("2027-07-02") {
		t.Errorf("plain dates: %+v, %v", years, err)
	}
}

// latin writes text in Windows-1252.
func latin(text string) string {
	var b []byte
	for _, r := range text {
		if r == '’' {
			r = 0x92
		}
		b = append(b, byte(r))
	}
	return string(b)
}

func TestHolidaysBeginTheDayAfterClass(t *testing.T) {
	cases := []struct{ name, start, want string }{
		{"those who leave on a Friday have class that day", "2026-10-16", "2026-10-17"},
		{"those who leave on a Tuesday too", "2026-10-20", "2026-10-21"},
		{"on a Wednesday and on a Saturday there is none", "2026-10-21", "2026-10-21"},
		{"nor on a public holiday", "2026-11-11", "2026-11-11"},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			text := strings.ReplaceAll(strings.ReplaceAll(openData, "2026-10-16T22:00:00+00:00", x.start), "2026-11-01T23:00:00+00:00", "2026-11-20")
			years, err := calendar.ParseOpenData(strings.NewReader(text), "C")
			if err != nil || years[0].Holidays[0].From != day(x.want) {
				t.Errorf("%+v, %v", years, err)
			}
		})
	}
}

func TestBadFilesAreToldLineByLine(t *testing.T) {
	const header = "date,vacances_zone_a,vacances_zone_b,vacances_zone_c,nom_vacances\n"
	official := func(text string) error {
		_, err := calendar.ParseOfficialCSV(strings.NewReader(text), "C")
		return err
	}
	open := func(text string) error {
		_, err := calendar.ParseOpenData(strings.NewReader(text), "C")
		return err
	}
	cases := []struct {
		name string
		err  error
		want string
	}{
		{"another file", official("nom;prénom\n"), "La colonne « date » manque."},
		{"an empty file", open(""), "La colonne « description » manque."},
		{"a day that does not exist", official(header + "2026-02-30,False,False,False,\n"), "Ligne 2 : « 2026-02-30 » n’est pas une date comme 2026-12-07."},
		{"a day missing", official(header + "2026-02-01,False,False,False,\n2026-02-03,False,False,False,\n"), "Ligne 3 : le 2026-02-02 est attendu, et non le 2026-02-03."},
		{"neither true nor false", official(header + "2026-02-01,False,False,oui,\n2026-02-02,False\n"),
			"Ligne 2 : « oui » n’est ni True ni False. Ligne 3 : « » n’est ni True ni False."},
		{"an unreadable start", open(strings.Replace(openData, "2026-10-16T22:00:00+00:00", "17 octobre", 1)), "Ligne 5 : « 17 octobre » n’est pas une date de début."},
		{"an unreadable end", open(strings.Replace(openData, "2026-11-01T23:00:00+00:00", "", 1)), "Ligne 5 : «  » n’est pas une date de fin."},
		{"the wrong way round", open(strings.Replace(openData, "2026-11-01T23:00:00+00:00", "2026-01-01", 1)), "Ligne 5 : la fin (2026-01-01) ne suit pas le début (2026-10-17)."},
		{"two académies that disagree", open(strings.Replace(openData, "2026-10-16T22:00:00+00:00", "2026-10-15T22:00:00+00:00", 1)),
			"Ligne 6 : « Vacances de la Toussaint » n’a pas les mêmes dates qu’à la ligne 5."},
		{"holidays that overlap", open(strings.Replace(openData, "2027-04-02T22:00:00+00:00", "2027-02-12T22:00:00+00:00", 1)),
			"Année scolaire 2026-2027 : « Vacances de printemps » commence avant la rentrée ou pendant d’autres vacances."},
		{"a year without its summer", open(strings.Replace(openData, "Début des Vacances d'Été", "Fin des cours", 1)), "Le fichier ne contient aucune année scolaire complète pour cette zone."},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			if x.err == nil || strings.ReplaceAll(x.err.Error(), "«  »", "« »") != strings.ReplaceAll(x.want, "«  »", "« »") {
				t.Errorf("got %v, want %s", x.err, x.want)
			}
		})
	}
	for _, parse := range []func(io.Reader, string) ([]calendar.SchoolYear, error){calendar.ParseOfficialCSV, calendar.ParseOpenData} {
		if _, err := parse(strings.NewReader(""), "D"); err == nil || err.Error() != "La zone est A, B ou C." {
			t.Errorf("zone D: %v", err)
		}
		if _, err := parse(failing{}, "C"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a broken upload: %v", err)
		}
		if _, err := parse(strings.NewReader(strings.Repeat("x", 17<<20)), "C"); err == nil || !strings.Contains(err.Error(), "trop grand") {
			t.Errorf("a huge file: %v", err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestManyBadLinesAreCounted(t *testing.T) {
	text := "date,vacances_zone_c,nom_vacances\n" + strings.Repeat("hier,False,\n", 80)
	_, err := calendar.ParseOfficialCSV(strings.NewReader(text), "C")
	var bad *calendar.ImportError
	if !errors.As(err, &bad) || len(bad.Lines) != 50 || bad.More != 30 || !strings.HasSuffix(err.Error(), "Et 30 autres lignes.") {
		t.Errorf("got %v", err)
	}
}

func TestEncodeRefusesAnUnknownHoliday(t *testing.T) {
	_, err := calendar.Encode("C", []calendar.SchoolYear{{Holidays: []calendar.Holiday{{Name: "Carnaval"}}}})
	if err == nil {
		t.Error("accepted")
	}
}

// checkYears is what both imports promise: whole years, in order, that hold together.
func checkYears(years []calendar.SchoolYear) error {
	for i, y := range years {
		if err := y.Check(); err != nil {
			return err
		}
		if i > 0 && !years[i-1].LastDay.Before(y.FirstDay) {
			return fmt.Errorf("%s begins before %s ends", y.Label, years[i-1].Label)
		}
	}
	if len(years) == 0 {
		return errors.New("no year and no error")
	}
	return nil
}

func FuzzParseOpenData(f *testing.F) {
	f.Add(openData)
	f.Add(latin(openData[:400]))
	f.Fuzz(func(t *testing.T, text string) {
		years, err := calendar.ParseOpenData(strings.NewReader(text), "C")
		if err == nil {
			err = checkYears(years)
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParseOfficialCSV(f *testing.F) {
	text := officialFile(f)
	header := text[:strings.Index(text, "\n")+1]
	year := text[strings.Index(text, "2016-08-20"):strings.Index(text, "2017-07-10")]
	f.Add(header + year)
	f.Add(header + year[:200])
	f.Add(header + "2016-08-31,True,True,True,Vacances d'été\n2016-09-01,False,False,False,\n")
	f.Fuzz(func(t *testing.T, text string) {
		years, err := calendar.ParseOfficialCSV(strings.NewReader(text), "C")
		if err == nil {
			err = checkYears(years)
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
