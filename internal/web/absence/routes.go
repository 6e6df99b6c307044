// Package absence holds the pages of absences: where families announce and justify them, where agents answer, and where the town says what
// happens to a class or to everyone.
package absence

import (
	"strconv"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/document"
	"preau/internal/upload"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/words"
)

// Pages are the handlers of the package.
type Pages struct {
	Door *signin.Door
}

const (
	familyPath  = "/espace/absences"
	tellPath    = familyPath + "/signalement"
	claimPath   = familyPath + "/justificatif"
	deskPath    = "/bureau/absences"
	paperPath   = deskPath + "/papier"
	settingPath = deskPath + "/reglages"
	eventsPath  = "/bureau/evenements"
	sheetPath   = "/bureau/justificatifs/" // a document before an agent: each view is written down there
)

// A certificate is at most as large as any document, and takes as long to send.
const (
	claimBytes = document.MaxParts*upload.MaxBytes + 1<<20
	claimTime  = 15 * time.Minute
)

// Routes adds the pages to a server.
func (p Pages) Routes(s *web.Server) {
	s.Handle("GET /espace/absences", p.Door.Family(p.absences))
	s.Handle("POST /espace/absences", p.Door.Family(p.fileClaim).Large(claimBytes, claimTime))
	s.Handle("GET /espace/absences/justificatif", p.Door.Family(p.newClaim))
	s.Handle("GET /espace/absences/signalement", p.Door.Family(p.tellForm))
	s.Handle("POST /espace/absences/signalement", p.Door.Family(p.tell))
	s.Handle("GET /espace/absences/{absence}", p.Door.Family(p.claim))
	s.Handle("POST /espace/absences/{absence}/retrait", p.Door.Family(p.withdraw))
	p.deskRoutes(s)
	p.eventRoutes(s)

}

func itoa(n int) string { return strconv.Itoa(n) }

func of(name string) string { return words.Of(name) }

func upper(s string) string { return words.UpperFirst(s) }

// instant is "jeudi 10 décembre 2026 à 23 h 59", its hour on one line.
func instant(at civil.Instant, loc *time.Location) string {
	return words.SolidHours(civil.FrenchInstant(at, loc))
}

// days writes days in a row: "lun. 7, mar. 8 et jeu. 10 déc. 2026".
func days(list []civil.Date) string {
	parts := make([]string, len(list))
	for i, d := range list {
		parts[i] = words.Solid(d.ShortNoYear())
	}
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " et " + parts[len(parts)-1]
}
