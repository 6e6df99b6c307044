package office

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/sheet"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	journalPath = "/bureau/journal"
	journalSize = 50
)

func (p Pages) journalRoutes(s *web.Server) {
	s.Handle("GET /bureau/journal", p.Door.Office(staff.Audit, p.journal))
}

// journalView is a page of the journal and the filter that gave it.
type journalView struct {
	Act     string
	Actor   string
	Home    household.Household // the family it is narrowed to; without id: all
	From    string              // "2026-12-01", or empty
	To      string
	Form    *web.Form
	CSV     string // address of the same entries as a spreadsheet
	Actors  []ui.Option
	Entries []journalLine
	Newest  string // address of the first page; empty when this is it
	Older   string // address of the page after; empty at the end
}

// journalLine is one act in words.
type journalLine struct {
	When, At string
	Who      string
	What     string
	On       string   // the family or the agent it is about
	Home     string   // id of the family, or empty
	Detail   []string // "rôle : Régie"
}

// families of acts that the filter offers, by the beginning of their name.
var actKinds = []ui.Option{
	{Value: "", Label: "Tous les actes"},
	{Value: "booking.", Label: "Réservations"},
	{Value: "absence.", Label: "Absences signalées"},
	{Value: "enrolment.", Label: "Inscriptions"},
	{Value: "document.", Label: "Documents"},
	{Value: "privacy.", Label: "Données personnelles"},
	{Value: "closure.", Label: "Fermetures"},
	{Value: "household.", Label: "Dossiers famille"},
	{Value: "guardian.", Label: "Responsables"},
	{Value: "child.", Label: "Enfants"},
	{Value: "custody.", Label: "Garde alternée"},
	{Value: "hold.", Label: "Blocages"},
	{Value: "thread.", Label: "Échanges avec les familles"},
	{Value: "settings.", Label: "Réglages"},
	{Value: "agent.", Label: "Agents"},
	{Value: "account.", Label: "Comptes et connexions"},
}

func (p Pages) journal(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := journalView{Act: q.Text("acte", 40), Actor: q.Text("auteur", 80), From: q.Raw("du"), To: q.Raw("au"), Form: q}
	v.Home.ID = q.Text("foyer", 40)
	filter := v.filter(q, web.Town(r).Loc)
	if q.Raw("format") == "csv" && q.Err() == nil {
		return p.journalSheet(w, r, v, filter)
	}
	before := audit.Entry{ID: q.Text("apres", 40)}
	if before.At, err = civil.ParseInstant(q.Raw("avant")); err != nil {
		before = audit.Entry{}
	}
	filter.Before, filter.Limit = before, journalSize+1
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		entries, err := audit.List(r.Context(), tx, filter)
		if err != nil {
			return err
		}
		names, err := v.names(r.Context(), tx, entries)
		v.page(entries, names, web.Town(r).Loc, !before.At.IsZero())
		return err
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if q.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, journalList(p.frame(w, r, "Journal", journalPath, who), v))
}

// filter is what was asked; a date that cannot be read is said beside its field, and does not filter.
func (v journalView) filter(q *web.Form, loc *time.Location) audit.Filter {
	f := audit.Filter{Act: v.Act, Actor: v.Actor, Household: v.Home.ID}
	if day := q.Date("du"); !day.IsZero() {
		f.Since = civil.Wall(day, 0, 0, loc)
	}
	if day := q.Date("au"); !day.IsZero() {
		f.Until = civil.Wall(day.AddDays(1), 0, 0, loc)
	}
	return f
}

func (v journalView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// journalRows is the most entries of one spreadsheet; who needs more narrows the dates.
const journalRows = 20_000

// journalSheet sends the entries as a spreadsheet. That somebody took them away is an entry of its own.
func (p Pages) journalSheet(w http.ResponseWriter, r *http.Request, v journalView, f audit.Filter) error {
	f.Limit = journalRows
	rows := [][]string{{"Quand", "Qui", "Acte", "Sur", "Détail"}}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		entries, err := audit.List(r.Context(), tx, f)
		if err != nil {
			return err
		}
		names, err := v.names(r.Context(), tx, entries)
		for _, e := range entries {
			l := newJournalLine(e, names, web.Town(r).Loc)
			rows = append(rows, []string{civil.FrenchInstant(e.At, web.Town(r).Loc), l.Who, l.What, l.On, strings.Join(l.Detail, " ; ")})
		}
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, rows); err != nil {
		return err
	}
	return web.Download(w, sheet.ContentType, "journal.csv", b.Bytes())
}

// names lists the agents for the filter, and says what the identifiers of the entries stand for: agents, sites, families.
func (v *journalView) names(ctx context.Context, tx *db.Tx, entries []audit.Entry) (map[string]string, error) {
	agents, err := staff.List(ctx, tx)
	if err != nil {
		return nil, err
	}
	sites, err := staff.Sites(ctx, tx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	v.Actors = []ui.Option{{Value: "", Label: "Tout le monde"}}
	for _, a := range agents {
		v.Actors = append(v.Actors, ui.Option{Value: a.Actor(), Label: a.Name})
		names[a.Actor()] = a.Name
	}
	for _, s := range sites {
		names[s.ID] = s.Name
	}
	if v.Home.ID != "" {
		if v.Home, err = household.ByID(ctx, tx, v.Home.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	for _, e := range entries {
		if e.Household == "" || names[e.Household] != "" {
			continue
		}
		h, err := household.ByID(ctx, tx, e.Household)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		names[e.Household] = h.Name
	}
	return names, nil
}

// page keeps one page of the entries and says where the others are.
func (v *journalView) page(entries []audit.Entry, names map[string]string, loc *time.Location, later bool) {
	if later {
		v.Newest = v.address(audit.Entry{}, "")
	}
	if len(entries) > journalSize {
		entries = entries[:journalSize]
		v.Older = v.address(entries[len(entries)-1], "")
	}
	v.CSV = v.address(audit.Entry{}, "csv")
	for _, e := range entries {
		v.Entries = append(v.Entries, newJournalLine(e, names, loc))
	}
}

func newJournalLine(e audit.Entry, names map[string]string, loc *time.Location) journalLine {
	on := names[e.Household]
	if on == "" && e.Subject != e.Actor {
		on = names[e.Subject]
	}
	return journalLine{When: civil.ShortInstant(e.At, loc), At: e.At.String(), Who: e.ActorName, What: actName(e.Act), On: on, Home: e.Household, Detail: details(e.Detail, names)}
}

// address is that of the page after an entry, with the same filter.
func (v *journalView) address(after audit.Entry, format string) string {
	q := url.Values{}
	for name, value := range map[string]string{"acte": v.Act, "auteur": v.Actor, "foyer": v.Home.ID, "du": v.From, "au": v.To, "apres": after.ID, "format": format} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if after.ID != "" {
		q.Set("avant", after.At.String())
	}
	if len(q) == 0 {
		return journalPath
	}
	return journalPath + "?" + q.Encode()
}
