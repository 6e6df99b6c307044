package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"preau/internal/calendar"
	"preau/internal/civil"
)

func TestOpenings(t *testing.T) {
	cases := []struct{ name, opening, service, want string }{
		{"block of 21/12/2026, 6 weeks, 09:00: Mon 09/11/2026 at 09:00:00", "block-6w@09:00", "2026-12-21", "2026-11-09 09:00:00"},
		{"the whole block opens at once", "block-6w@09:00", "2026-12-31", "2026-11-09 09:00:00"},
		{"a day in term counts from itself", "block-6w@09:00", "2026-12-09", "2026-10-28 09:00:00"},
		{"weeks before the day", "6w@09:00", "2026-12-07", "2026-10-26 09:00:00"},
		{"days before the day, from midnight", "10d", "2026-12-11", "2026-12-01 00:00:00"},
		{"one instant for every day", "2026-11-09@09:00", "2027-03-01", "2026-11-09 09:00:00"},
		{"nothing written is always open", "", "2026-12-07", "always"},
	}
	c := town(t)
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			at, ok := calendar.MustOpening(x.opening).Opens(c.Calendar.Service(day(x.service), civil.Clock(8, 0)), c)
			got := "always"
			if ok {
				got = at.Time().In(c.Loc).Format("2006-01-02 15:04:05")
			}
			if got != x.want {
				t.Errorf("opens %s, want %s", got, x.want)
			}
		})
	}
	opens, _ := calendar.MustOpening("block-6w@09:00").Opens(c.Calendar.Service(day("2026-12-21"), civil.Clock(8, 0)), c)
	if now := civil.Wall(day("2026-11-09"), civil.Clock(8, 59), 59, c.Loc); !now.Before(opens) || now.Add(time.Second) != opens {
		t.Error("09:00:00 is accepted, 08:59:59 is refused")
	}
}

func TestOpeningsInFrench(t *testing.T) {
	cases := []struct{ opening, canonical, french string }{
		{"", "", "toujours ouvert"},
		{"  ", "", "toujours ouvert"},
		{"2026-11-09 @ 09:00", "2026-11-09@09:00", "à partir du lundi 9 novembre 2026, 9 h"},
		{"06W@09:00", "6w@09:00", "à partir de 6 semaines avant, 9 h"},
		{"block-6w@09:00", "block-6w@09:00", "à partir de 6 semaines avant les vacances, 9 h"},
		{"10d", "10d", "à partir de 10 jours avant"},
	}
	for _, x := range cases {
		o, err := calendar.ParseOpening(x.opening)
		if err != nil {
			t.Errorf("%q: %v", x.opening, err)
			continue
		}
		if o.String() != x.canonical || o.French() != x.french {
			t.Errorf("%q is %q, %q", x.opening, o, o.French())
		}
	}
	for _, text := range []string{"6", "6h", "6wd@09:00", "block-6h", "6w@9", "2026-02-30", "@09:00", "block-2026-11-09"} {
		o, err := calendar.ParseOpening(text)
		var syntax *calendar.SyntaxError
		if err == nil || !errors.As(err, &syntax) || !strings.Contains(syntax.Reason, "«") {
			t.Errorf("%q is %q, %v", text, o, err)
		}
	}
}

func FuzzParseOpening(f *testing.F) {
	for _, text := range []string{"", "2026-11-09@09:00", "6w@09:00", "block-6w@09:00", "10d"} {
		f.Add(text)
	}
	c := town(f)
	s := c.Calendar.Service(day("2026-12-22"), civil.Clock(8, 0))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := calendar.ParseOpening(text)
		if err != nil {
			return
		}
		if back, err := calendar.ParseOpening(o.String()); err != nil || back != o {
			t.Fatalf("%q is %q, which reads as %q, %v", text, o, back, err)
		}
		if _, ok := o.Opens(s, c); ok != (o.String() != "") || o.French() == "" {
			t.Fatalf("%q opens: %v", text, ok)
		}
	})
}
