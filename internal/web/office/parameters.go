package office

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	parametersPath = "/bureau/parametres"
	calendarsPath  = parametersPath + "/calendrier"
	sitesPath      = parametersPath + "/etablissements"
	calendarMax    = 4 << 20 // bytes of a calendar file
)

func (p Pages) parameterRoutes(s *web.Server) {
	s.Handle("GET /bureau/parametres", p.Door.Office(staff.Settings, p.parameters))
	s.Handle("POST /bureau/parametres/calendrier/apercu", p.Door.Office(staff.Settings, p.previewCalendar))
	s.Handle("POST /bureau/parametres/calendrier", p.Door.Office(staff.Settings, p.importCalendar))
	s.Handle("GET /bureau/parametres/calendrier/{annee}", p.Door.Office(staff.Settings, p.schoolYear))
	s.Handle("POST /bureau/parametres/calendrier/{annee}", p.Door.Office(staff.Settings, p.saveSchoolYear))
	s.Handle("GET /bureau/parametres/etablissements/{site}", p.Door.Office(staff.Settings, p.site))
	s.Handle("POST /bureau/parametres/etablissements/{site}", p.Door.Office(staff.Settings, p.saveSite))
}

// parametersView is what the town knows of its calendar and its places.
type parametersView struct {
	Years []calendar.SchoolYear
	Sites []*activity.Site
	Zone  string // of the town
	Form  *web.Form
	Lines []calendar.LineError // of a file that could not be read
	More  int
}

func (p Pages) parameters(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showParameters(w, r, who, http.StatusOK, parametersView{})
}

func (p Pages) showParameters(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v parametersView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Years = recent(c.Calendar.Years, civil.DateOf(tx.Now, web.Town(r).Loc))
		v.Sites = c.Sites
		p, err := web.Town(r).Profile(r.Context(), tx)
		v.Zone = p.SchoolZone
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, parametersPage(p.frame(w, r, "Paramètres", parametersPath, who), v))
}

// recent keeps the school years that end from a year ago on, the latest first.
func recent(years []calendar.SchoolYear, today civil.Date) []calendar.SchoolYear {
	list := slices.DeleteFunc(slices.Clone(years), func(y calendar.SchoolYear) bool { return y.LastDay.Before(today.AddDays(-400)) })
	slices.Reverse(list)
	return list
}

// yearChange is one school year of a file beside what the town knows.
type yearChange struct {
	Year    calendar.SchoolYear
	Known   bool
	Same    bool
	Changes []string
}

// previewView is what an import would change.
type calendarPreview struct {
	Changes []yearChange
	Years   string // the years as JSON, posted back by the confirmation
	Count   int
	Struck  booking.Struck // the bookings to come that lose their service
	Grew    bool           // other bookings than those of the page before
	ByHand  bool           // typed by the agent, not read from a file
}

// previewCalendar reads a file and shows what it would change. It writes nothing.
func (p Pages) previewCalendar(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	content, _ := f.File("fichier", calendarMax)
	if len(content) == 0 && f.Err() == nil {
		f.Fail("fichier", "Choisissez le fichier du calendrier.")
	}
	zone := f.One("zone", "Choisissez la zone.", "A", "B", "C")
	kind := f.One("format", "Choisissez le format du fichier.", "officiel", "ouvert")
	if f.Err() != nil {
		return p.showParameters(w, r, who, http.StatusUnprocessableEntity, parametersView{Form: f})
	}
	years, err := readCalendar(kind, zone, content)
	var bad *calendar.ImportError
	if errors.As(err, &bad) {
		f.Fail("fichier", "Ce fichier n’a pas pu être lu : le détail est sous le formulaire.")
		return p.showParameters(w, r, who, http.StatusUnprocessableEntity, parametersView{Form: f, Lines: bad.Lines, More: bad.More})
	}
	if err != nil {
		return err
	}
	return p.showCalendarPreview(w, r, who, http.StatusOK, calendarPreview{}, years)
}

func readCalendar(kind, zone string, content []byte) ([]calendar.SchoolYear, error) {
	if kind == "ouvert" {
		return calendar.ParseOpenData(bytes.NewReader(content), zone)
	}
	return calendar.ParseOfficialCSV(bytes.NewReader(content), zone)
}

func (p Pages) showCalendarPreview(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v calendarPreview, years []calendar.SchoolYear) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		known, err := activity.SchoolYears(r.Context(), tx)
		if err != nil {
			return err
		}
		var kept []calendar.SchoolYear
		for _, y := range recent(years, civil.DateOf(tx.Now, web.Town(r).Loc)) {
			c := compareYear(known, y)
			v.Changes = append(v.Changes, c)
			if !c.Same {
				kept = append(kept, y)
			}
		}
		v.Count, v.Years = len(kept), db.JSON(kept)
		v.Struck, err = booking.StruckBy(r.Context(), tx, kept, web.Town(r).Loc)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Aperçu du calendrier", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: "Aperçu du calendrier"}}
	return web.Render(w, r, status, calendarPreviewPage(page, v))
}

// compareYear says what a year of a file changes to the one the town knows.
func compareYear(known []calendar.SchoolYear, y calendar.SchoolYear) yearChange {
	c := yearChange{Year: y}
	i := slices.IndexFunc(known, func(k calendar.SchoolYear) bool { return k.Label == y.Label })
	if i < 0 {
		c.Changes = []string{"Nouvelle année scolaire, du " + y.FirstDay.DayMonthYear() + " au " + y.LastDay.DayMonthYear()}
		return c
	}
	c.Known = true
	old := known[i]
	if old.FirstDay != y.FirstDay {
		c.Changes = append(c.Changes, "Premier jour de classe : "+y.FirstDay.DayMonthYear()+", au lieu du "+old.FirstDay.DayMonthYear())
	}
	if old.LastDay != y.LastDay {
		c.Changes = append(c.Changes, "Dernier jour de classe : "+y.LastDay.DayMonthYear()+", au lieu du "+old.LastDay.DayMonthYear())
	}
	for _, h := range y.Holidays {
		if !slices.ContainsFunc(old.Holidays, func(k calendar.Holiday) bool { return k.From == h.From && k.To == h.To }) {
			c.Changes = append(c.Changes, "Sans classe : "+h.Name+", du "+h.From.DayMonthYear()+" au "+h.To.DayMonthYear())
		}
	}
	for _, k := range old.Holidays {
		if !slices.ContainsFunc(y.Holidays, func(h calendar.Holiday) bool { return k.From == h.From && k.To == h.To }) {
			c.Changes = append(c.Changes, "N’y est plus : "+k.Name+", du "+k.From.DayMonthYear()+" au "+k.To.DayMonthYear())
		}
	}
	if len(c.Changes) == 0 && !old.Confirmed && y.Confirmed {
		c.Changes = []string{"Dates confirmées par le fichier officiel"}
	}
	c.Same = len(c.Changes) == 0
	return c
}

// importCalendar writes the years that the preview showed.
func (p Pages) importCalendar(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	var years []calendar.SchoolYear
	if err := json.Unmarshal([]byte(f.Raw("annees")), &years); err != nil || len(years) == 0 {
		return fault.Invalidf("annees", "Cet aperçu n’est plus valable. Choisissez le fichier à nouveau.")
	}
	act, seen := "calendar.import", f.Raw("vu")
	if f.Raw("acte") == "saisie" {
		act = "calendar.edit"
	}
	struck, err := p.writeYears(r, who, act, years, seen)
	if fault.Is(err, fault.Conflict) {
		return p.showCalendarPreview(w, r, who, http.StatusConflict, calendarPreview{Grew: true, ByHand: act == "calendar.edit"}, years)
	}
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "Le calendrier est à jour", Text: ui.Count(len(years), "année scolaire enregistrée", "années scolaires enregistrées") + "."}
	if struck.Bookings > 0 {
		said.Text += " " + many(struck.Bookings, "réservation est annulée et ne sera pas facturée", "réservations sont annulées et ne seront pas facturées") + " ; les familles sont prévenues dans les minutes qui viennent."
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, parametersPath)
}

// writeYears writes school years and frees the bookings they leave without service. When their number is not the one seen, nothing
// is written: fault.Conflict, so that it is shown again.
func (p Pages) writeYears(r *http.Request, who staff.Agent, act string, years []calendar.SchoolYear, seen string) (struck booking.Struck, err error) {
	var labels []string
	for _, y := range years {
		if err := y.Check(); err != nil {
			return struck, fault.Invalidf("calendrier", "%s", err.Error())
		}
		labels = append(labels, y.Label)
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if struck, err = booking.ChangeCalendar(r.Context(), tx, who, years, web.Town(r).Loc); err != nil {
			return err
		}
		if struck.Bookings > 0 && seen != strconv.FormatInt(struck.Bookings, 10) {
			return fault.Conflictf("D’autres réservations sont concernées.")
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: act, Subject: "calendar", Detail: map[string]any{"years": strings.Join(labels, " "), "bookings": struck.Bookings}})
	})
	return struck, err
}
