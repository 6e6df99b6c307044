package billing_test

import (
	"testing"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/fault"
)

// Documents are dated of today, or of a day before it in the same year; numbers follow the dates; nothing is due before it is asked, or late at once.
func TestTheDatesOfAnIssue(t *testing.T) {
	date := func(s string) (d civil.Date) {
		if s != "" {
			d = civil.MustParse(s)
		}
		return d
	}
	for _, tt := range []struct{ on, due, last, today, wrong string }{
		{"2026-12-31", "2027-01-30", "", "2026-12-31", ""},
		{"2026-12-31", "2026-12-31", "2026-12-31", "2026-12-31", ""},
		{"2026-12-01", "2026-12-31", "2026-12-01", "2026-12-31", ""},
		{"2027-01-01", "2027-01-30", "", "2026-12-31", "emission"},
		{"2026-12-31", "2027-01-30", "", "2027-01-02", "emission"},
		{"2026-12-30", "2027-01-30", "2026-12-31", "2026-12-31", "emission"},
		{"2026-12-31", "2026-12-30", "", "2026-12-31", "echeance"},
		{"2026-12-01", "2026-12-30", "", "2026-12-31", "echeance"},
	} {
		err := billing.IssueDates(date(tt.on), date(tt.due), date(tt.last), date(tt.today))
		f, _ := fault.As(err)
		if tt.wrong == "" && err != nil || tt.wrong != "" && (f == nil || len(f.Fields) != 1 || f.Fields[tt.wrong] == "") {
			t.Errorf("dated %s, due %s, the last one %s, today %s: %v, want %q", tt.on, tt.due, tt.last, tt.today, err, tt.wrong)
		}
	}
}
