package calendar

import (
	"maps"
	"slices"
	"strings"
	"time"

	"preau/internal/civil"
)

// findings is what a file says about one zone, before it is cut into school years. Years go by the one they begin in.
type findings struct {
	blocks  []Holiday          // every holiday but summers
	first   map[int]civil.Date // first day of class
	summers map[int]civil.Date // first day of the summer that ends the year
	covers  func(firstYear int) bool
}

func newFindings() *findings {
	return &findings{first: map[int]civil.Date{}, summers: map[int]civil.Date{}, covers: func(int) bool { return true }}
}

// beginsIn is the year in which the school year around d began; school years change on 1 August.
func beginsIn(d civil.Date) int {
	if d.Month >= time.August {
		return d.Year
	}
	return d.Year - 1
}

// wholeYear is the number of holidays a full year has: Toussaint, Noël, hiver, printemps. With fewer the file is cut short.
const wholeYear = 4

// years cuts what was found into whole school years. A year whose end, or one of whose four holidays, is missing is left out:
// its days stay unknown. Where the file does not tell the first day of class, it is the first open day of September.
func (f *findings) years(source string) ([]SchoolYear, error) {
	slices.SortFunc(f.blocks, func(a, b Holiday) int { return a.From.Compare(b.From) })
	list := []SchoolYear{}
	for _, begins := range slices.Sorted(maps.Keys(f.summers)) {
		y := SchoolYear{Label: labelOf(begins), LastDay: f.summers[begins].AddDays(-1), Source: source, Confirmed: true}
		first, told := f.first[begins]
		if !told {
			first = civil.Date{Year: begins, Month: time.September, Day: 1}
		}
		if !told && !f.covers(begins) {
			continue
		}
		y.FirstDay = firstOpenDay(first)
		y.Holidays = f.within(y)
		if len(y.Holidays) < wholeYear {
			continue
		}
		if err := y.Check(); err != nil {
			return nil, wholeFile(err.Error())
		}
		list = append(list, y)
	}
	if len(list) == 0 {
		return nil, wholeFile("Le fichier ne contient aucune année scolaire complète pour cette zone.")
	}
	return list, nil
}

// within is the holidays that touch the days of class of a year.
func (f *findings) within(y SchoolYear) []Holiday {
	var list []Holiday
	for _, h := range f.blocks {
		if h.To.After(y.FirstDay) && !h.From.After(y.LastDay) {
			list = append(list, h)
		}
	}
	return list
}

func firstOpenDay(d civil.Date) civil.Date {
	for !openDay(d) {
		d = d.AddDays(1)
	}
	return d
}

// holidayName spells the holidays as they are shown, whatever capitals the file uses.
func holidayName(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "’", "'")
	for _, known := range []string{"Toussaint", "Noël", "hiver", "printemps", "été", "Ascension"} {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(known)) {
			continue
		}
		switch known {
		case "Toussaint":
			return "Vacances de la Toussaint"
		case "Ascension":
			return "Pont de l'Ascension"
		case "été":
			return Summer
		case "hiver":
			return "Vacances d'hiver"
		}
		return "Vacances de " + known
	}
	return text
}
