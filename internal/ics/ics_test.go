package ics_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/ics"
)

var (
	monday  = civil.MustParse("2026-12-07")
	changed = civil.At(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
)

func paris(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func write(t testing.TB, c ics.Calendar) string {
	t.Helper()
	var b strings.Builder
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lunch(text string) ics.Event {
	return ics.Event{UID: "b1@chatou.example", Days: civil.Range{From: monday, To: monday}, Summary: text, Stamp: changed}
}

func feed(events ...ics.Event) ics.Calendar {
	return ics.Calendar{Product: "-//Préau//FR", Events: events}
}

// property is the value of the first line of that name, unfolded and unescaped.
func property(t testing.TB, text, name string) string {
	t.Helper()
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(value)
		}
	}
	t.Fatalf("no %s in\n%s", name, text)
	return ""
}

func TestAWholeFeed(t *testing.T) {
	loc := paris(t)
	got := write(t, ics.Calendar{
		Product: "-//Préau//FR", Name: "Planning d’Antoine", Refresh: 12 * time.Hour, Zone: loc,
		Events: []ics.Event{
			{UID: "a@chatou.example", Days: civil.Range{From: civil.MustParse("2026-12-19"), To: civil.MustParse("2027-01-03")},
				Summary: "Vacances de Noël", Stamp: changed},
			{UID: "b@chatou.example", Start: civil.Wall(monday, civil.Clock(12, 0), 0, loc), End: civil.Wall(monday, civil.Clock(13, 20), 0, loc),
				Summary: "Restauration scolaire, Antoine", Location: "Élémentaire Jean Rostand", Description: "Repas\nmodifiable jusqu’au lundi 30 novembre",
				URL: "https://chatou.example/espace/planning", Stamp: changed, Sequence: 2, Busy: true},
			{UID: "c@chatou.example", Start: civil.Wall(monday, civil.Clock(16, 30), 0, loc), End: civil.Wall(monday, civil.Clock(18, 30), 0, loc),
				Summary: "Accueil du soir", Stamp: changed, Sequence: 3, Cancelled: true},
		},
	})
	want, err := os.ReadFile("testdata/feed.ics")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s", got)
	}
}

func TestWholeDaysEndTheDayAfter(t *testing.T) {
	got := write(t, feed(lunch("Repas")))
	if !strings.Contains(got, "DTSTART;VALUE=DATE:20261207\r\nDTEND;VALUE=DATE:20261208\r\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestTimedEvents(t *testing.T) {
	loc := paris(t)
	second := civil.Wall(civil.MustParse("2026-10-25"), civil.Clock(2, 30), 0, loc)
	cases := []struct {
		name  string
		zone  *time.Location
		start civil.Instant
		want  string
	}{
		{"on the clocks of Paris in winter", loc, civil.Wall(monday, civil.Clock(16, 30), 0, loc), "DTSTART;TZID=Europe/Paris:20261207T163000"},
		{"on the clocks of Paris in summer", loc, civil.Wall(civil.MustParse("2026-07-01"), civil.Clock(16, 30), 0, loc), "DTSTART;TZID=Europe/Paris:20260701T163000"},
		{"without a zone, in UTC", nil, civil.Wall(monday, civil.Clock(16, 30), 0, loc), "DTSTART:20261207T153000Z"},
		{"in another zone, in UTC", time.FixedZone("Indian/Reunion", 4*3600), civil.Wall(monday, civil.Clock(16, 30), 0, loc), "DTSTART:20261207T153000Z"},
		{"the first of two 02:30", loc, second.Add(-time.Hour), "DTSTART;TZID=Europe/Paris:20261025T023000"},
		{"the second of two 02:30, in UTC", loc, second, "DTSTART:20261025T013000Z"},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			c := feed(ics.Event{UID: "a@b", Start: x.start, End: x.start.Add(time.Hour), Summary: "Accueil", Stamp: changed})
			c.Zone = x.zone
			got := write(t, c)
			if !strings.Contains(got, x.want+"\r\n") {
				t.Errorf("no %s in\n%s", x.want, got)
			}
			if strings.Contains(got, "BEGIN:VTIMEZONE") != strings.Contains(got, "X-WR-TIMEZONE") || strings.Contains(got, "VTIMEZONE") != (x.zone == loc) {
				t.Errorf("the rules of Paris are written when they are used:\n%s", got)
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	for every, want := range map[time.Duration]string{12 * time.Hour: "PT12H", 90 * time.Minute: "PT90M", 0: "", time.Second: ""} {
		c := feed()
		c.Refresh = every
		got := write(t, c)
		if want == "" && strings.Contains(got, "REFRESH") || want != "" && !strings.Contains(got, "REFRESH-INTERVAL;VALUE=DURATION:"+want+"\r\nX-PUBLISHED-TTL:"+want+"\r\n") {
			t.Errorf("%v:\n%s", every, got)
		}
	}
}

func TestNothingEscapesItsLine(t *testing.T) {
	e := lunch("Repas\r\nBEGIN:VALARM")
	e.UID, e.URL, e.Location = "x\r\nATTENDEE:mailto:a@b", "https://a.example/\r\nORGANIZER:x", "a\x00\xff\x1bb"
	got := write(t, feed(e))
	for line := range strings.SplitSeq(got, "\r\n") {
		for _, name := range []string{"BEGIN:VALARM", "ATTENDEE", "ORGANIZER"} {
			if strings.HasPrefix(line, name) {
				t.Errorf("injected %q", line)
			}
		}
	}
	if property(t, got, "LOCATION") != "ab" {
		t.Errorf("location %q", property(t, got, "LOCATION"))
	}
}

func TestBadEventsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	start := civil.Wall(monday, civil.Clock(12, 0), 0, paris(t))
	cases := map[string]ics.Event{
		"no UID":     {Days: civil.Range{From: monday, To: monday}, Stamp: changed},
		"no stamp":   {UID: "a", Days: civil.Range{From: monday, To: monday}},
		"no day":     {UID: "a", Days: civil.Range{From: monday, To: monday.AddDays(-1)}, Stamp: changed},
		"no time":    {UID: "a", Stamp: changed},
		"ends early": {UID: "a", Start: start, End: start.Add(-time.Minute), Stamp: changed},
	}
	for name, e := range cases {
		var b strings.Builder
		if err := feed(lunch("Repas"), e).Write(&b); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, wrote %q", name, err, b.String())
		}
	}
	if err := feed().Write(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("a broken connection: %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// checkLines is what RFC 5545 asks of every feed.
func checkLines(text string) error {
	body, ok := strings.CutSuffix(text, "\r\n")
	if !ok {
		return errors.New("the last line does not end")
	}
	for line := range strings.SplitSeq(body, "\r\n") {
		switch {
		case len(line) > 75:
			return errors.New("a line is longer than 75 octets: " + line)
		case !utf8.ValidString(line):
			return errors.New("a character is cut: " + line)
		case strings.ContainsAny(line, "\r\n") || line == "":
			return errors.New("a line is broken: " + line)
		}
	}
	return nil
}

func TestTextsReadBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("aé€🍎 ;,:\n\"’x0"))).Draw(rt, "text")
		got := write(t, feed(lunch(text)))
		if err := checkLines(got); err != nil {
			rt.Fatal(err)
		}
		if back := property(t, got, "SUMMARY"); back != text {
			rt.Fatalf("%q reads back as %q", text, back)
		}
	})
}

func FuzzWrite(f *testing.F) {
	f.Add("Repas", "Élémentaire Jean Rostand")
	f.Add(strings.Repeat("é", 100), "\r\n\\;,\x00\xff")
	f.Fuzz(func(t *testing.T, summary, location string) {
		e := lunch(summary)
		e.Location, e.URL = location, location
		got := write(t, feed(e))
		if err := checkLines(got); err != nil {
			t.Fatal(err)
		}
		if strings.Count("\r\n"+got, "\r\nBEGIN:") != 2 {
			t.Fatalf("injected:\n%s", got)
		}
	})
}
