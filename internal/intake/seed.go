package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/sheet"
	"preau/internal/town"
)

// SeedOptions says which invented families to make.
type SeedOptions struct {
	Families int   // how many; a separated parent's household comes beside
	Seed     int64 // the same seed in the same town makes the same families
	By       household.By
}

// Seed fills a town with invented families, enrolled in the activities it has for the present school year, or the next when it
// begins within the summer. It writes sheets and imports them, so it can be run again, and another seed adds other families. A
// town without any site first becomes the leaflet's Chatou. No person is real: e-mails end in .example and telephone numbers
// are of the ranges kept for fiction.
func Seed(ctx context.Context, t *town.Town, o SeedOptions) (Report, error) {
	s := &seed{o: o, rand: rand.New(rand.NewPCG(uint64(o.Seed), 0x5ed)), sheets: map[string]*table{}, emails: map[string]int{}}
	if err := s.prepare(ctx, t); err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	for i := range o.Families {
		s.family(i + 1)
	}
	in, err := s.folder()
	if err != nil {
		return Report{}, err
	}
	report, err := run(ctx, t.DB, in, Options{By: o.By, Loc: t.Loc})
	if len(report.Problems) > 0 {
		return report, fmt.Errorf("seed: %w (%s)", err, report.Problems[0])
	}
	return report, err
}

// seed is a seeding under way.
type seed struct {
	o          SeedOptions
	rand       *rand.Rand
	year       calendar.SchoolYear
	nurseries  []*activity.Site
	elementary []*activity.Site
	activities []*activity.Activity
	leisure    []*activity.Site
	sheets     map[string]*table
	emails     map[string]int
}

type table struct{ rows [][]string }

var errNoSchool = errors.New("the town has no school, or no school calendar")

// prepare makes the leaflet's town when there is none, and looks at what the town offers.
func (s *seed) prepare(ctx context.Context, t *town.Town) error {
	var c *activity.Catalogue
	var today civil.Date
	err := t.DB.Write(ctx, func(tx *db.Tx) (err error) {
		today = civil.DateOf(tx.Now, t.Loc)
		if c, err = activity.Load(ctx, tx); err != nil || len(c.Sites) > 0 {
			return err
		}
		if err = Chatou(ctx, tx, knownYears(today), t.Loc); err != nil {
			return err
		}
		c, err = activity.Load(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, site := range c.Sites {
		switch {
		case site.Archived:
		case site.Kind == activity.Maternelle:
			s.nurseries = append(s.nurseries, site)
		case site.Kind == activity.Elementaire:
			s.elementary = append(s.elementary, site)
		case site.Kind == activity.Loisirs:
			s.leisure = append(s.leisure, site)
		}
	}
	for _, a := range c.Activities {
		if !a.Archived {
			s.activities = append(s.activities, a)
		}
	}
	var ok bool
	s.year, ok = yearAround(c.Calendar, today)
	if !ok || len(s.nurseries)+len(s.elementary) == 0 {
		return errNoSchool
	}
	return nil
}

// knownYears are the school years of the embedded calendar of zone C around a day: the present one, the two before and all after;
// the last three when none covers the day.
func knownYears(today civil.Date) []calendar.SchoolYear {
	all := calendar.Embedded("C").Years
	at := len(all) - 1
	for i, y := range all {
		if !y.LastDay.Before(today) {
			at = i
			break
		}
	}
	return all[max(0, at-2):]
}

// yearAround is the school year of a day, or the next one, or the last there is.
func yearAround(c *calendar.Calendar, today civil.Date) (calendar.SchoolYear, bool) {
	for _, y := range c.Years {
		if !y.LastDay.Before(today) {
			return y, true
		}
	}
	if len(c.Years) == 0 {
		return calendar.SchoolYear{}, false
	}
	return c.Years[len(c.Years)-1], true
}

// add writes a line of a sheet; the cells come in the order of the columns of its kind.
func (s *seed) add(kindName string, cells map[string]string) {
	k, t := kindOf(kindName), s.sheets[kindName]
	if t == nil {
		t = &table{rows: [][]string{k.names()}}
		s.sheets[kindName] = t
	}
	row := make([]string, 0, len(k.columns))
	for _, c := range k.columns {
		row = append(row, cells[c.name])
	}
	t.rows = append(t.rows, row)
}

// folder is the sheets as an import reads them.
func (s *seed) folder() (folder, error) {
	in := folder{}
	for name, t := range s.sheets {
		var b bytes.Buffer
		if err := sheet.Write(&b, t.rows); err != nil {
			return nil, err
		}
		in[name+".csv"] = b.Bytes()
	}
	return in, nil
}

func (s *seed) chance(percent int) bool { return s.rand.IntN(100) < percent }

// weighted draws an index; the weights need not add up to anything.
func (s *seed) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := s.rand.IntN(total)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}

// common draws from a list whose first words are the most frequent.
func (s *seed) common(list []string) string {
	return list[min(s.rand.IntN(len(list)), s.rand.IntN(len(list)))]
}

// email makes an address that nobody else of this seed has.
func (s *seed) email(first, last string) string {
	name := strings.ReplaceAll(asciiOnly(household.Fold(first)), " ", "-") + "." + strings.ReplaceAll(asciiOnly(household.Fold(last)), " ", "")
	s.emails[name]++
	if n := s.emails[name]; n > 1 {
		name += strconv.Itoa(n)
	}
	return name + "@famille.example"
}

// asciiOnly keeps small letters, digits and spaces.
func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 'ı' {
			return 'i'
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == ' ' {
			return r
		}
		return -1
	}, s)
}

// phone draws a number of the ranges that the regulator keeps for fiction.
func (s *seed) phone() string {
	prefix := "06 39 98"
	if s.chance(15) {
		prefix = "01 99 00"
	}
	return fmt.Sprintf("%s %02d %02d", prefix, s.rand.IntN(100), s.rand.IntN(100))
}
