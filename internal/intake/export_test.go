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

// Columns are the columns of each file, and whether they are required.
func Columns() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, k := range kinds {
		out[k.name] = map[string]bool{}
		for _, c := range k.columns {
			out[k.name][c.name] = c.needed
		}
	}
	return out
}
