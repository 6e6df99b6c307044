package town_test

import (
	"slices"
	"testing"

	"preau/internal/town"
)

func keyed(b byte) *town.Town { return &town.Town{Key: slices.Repeat([]byte{b}, 32)} }

func TestTickets(t *testing.T) {
	tn := keyed(1)
	ticket := tn.Ticket("absence", "guardian", "Léo", "2026-12-08")
	if parts, ok := tn.ReadTicket("absence", ticket, 3); !ok || !slices.Equal(parts, []string{"guardian", "Léo", "2026-12-08"}) {
		t.Errorf("read %q, %v", parts, ok)
	}
	for name, ok := range map[string]func() ([]string, bool){
		"another purpose":     func() ([]string, bool) { return tn.ReadTicket("mute", ticket, 3) },
		"another town":        func() ([]string, bool) { return keyed(2).ReadTicket("absence", ticket, 3) },
		"another shape":       func() ([]string, bool) { return tn.ReadTicket("absence", ticket, 2) },
		"altered":             func() ([]string, bool) { return tn.ReadTicket("absence", "A"+ticket[1:], 3) },
		"without a signature": func() ([]string, bool) { return tn.ReadTicket("absence", ticket[:len(ticket)-24], 3) },
		"nothing":             func() ([]string, bool) { return tn.ReadTicket("absence", "", 1) },
	} {
		if _, read := ok(); read {
			t.Errorf("%s: read", name)
		}
	}
}

// Whatever comes in a link, only what this town signed is read.
func FuzzReadTicket(f *testing.F) {
	tn := keyed(1)
	f.Add(tn.Ticket("absence", "a", "b"))
	f.Add("YQBi.AAAA")
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		if parts, ok := tn.ReadTicket("absence", text, 2); ok && tn.Ticket("absence", parts...) != text {
			t.Errorf("%q was read as %q, which the town writes otherwise", text, parts)
		}
	})
}
