package intake

import (
	"preau/internal/activity"
	"preau/internal/civil"
)

// ReadOnly reads and checks files in a town that knows nothing.
func ReadOnly(files map[string][]byte) Report {
	r := &reading{seen: map[string]seen{}, catalogue: &activity.Catalogue{}, inHouseholds: map[string]bool{}, inChildren: map[string]civil.Date{},
		today: civil.MustParse("2026-12-01"), yearStart: civil.MustParse("2026-09-01"), schoolYear: "2026-2027"}
	r.readAll(files)
	r.check()
	r.report.sort()
	return r.report
}
