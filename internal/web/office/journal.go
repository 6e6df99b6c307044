package office

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
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
	Detail   []string // "rôle : Régie"
}

// families of acts that the filter offers, by the beginning of their name.
var actKinds = []ui.Option{
	{Value: "", Label: "Tous les actes"},
	{Value: "booking.", Label: "Réservations"},
	{Value: "absence.", Label: "Absences signalées"},
	{Value: "enrolment.", Label: "Inscriptions"},
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
	v := journalView{Act: q.Text("acte", 40), Actor: q.Text("auteur", 80)}
	before := audit.Entry{ID: q.Text("apres", 40)}
	if before.At, err = civil.ParseInstant(q.Text("avant", 40)); err != nil {
		before = audit.Entry{}
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		entries, err := audit.List(r.Context(), tx, audit.Filter{Act: v.Act, Actor: v.Actor, Before: before, Limit: journalSize + 1})
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
	return web.Render(w, r, http.StatusOK, journalList(p.frame(w, r, "Journal", journalPath, who), v))
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
		v.Newest = v.address(audit.Entry{})
	}
	if len(entries) > journalSize {
		entries = entries[:journalSize]
		v.Older = v.address(entries[len(entries)-1])
	}
	for _, e := range entries {
		on := names[e.Household]
		if on == "" && e.Subject != e.Actor {
			on = names[e.Subject]
		}
		v.Entries = append(v.Entries, journalLine{
			When: civil.ShortInstant(e.At, loc), At: e.At.String(), Who: e.ActorName, What: actName(e.Act), On: on, Detail: details(e.Detail, names),
		})
	}
}

// address is that of the page after an entry, with the same filter.
func (v *journalView) address(after audit.Entry) string {
	q := url.Values{}
	for name, value := range map[string]string{"acte": v.Act, "auteur": v.Actor, "apres": after.ID} {
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
