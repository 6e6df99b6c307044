package office

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
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
	Detail   []string // "rôle : régie"
}

// families of acts that the filter offers, by the beginning of their name.
var actKinds = []ui.Option{
	{Value: "", Label: "Tous les actes"},
	{Value: "booking.", Label: "Réservations"},
	{Value: "enrolment.", Label: "Inscriptions"},
	{Value: "household.", Label: "Familles"},
	{Value: "activity.", Label: "Activités"},
	{Value: "closure.", Label: "Fermetures"},
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
		v.page(entries, web.Town(r).Loc, !before.At.IsZero())
		agents, err := staff.List(r.Context(), tx)
		v.Actors = []ui.Option{{Value: "", Label: "Tout le monde"}}
		for _, a := range agents {
			v.Actors = append(v.Actors, ui.Option{Value: a.Actor(), Label: a.Name})
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, journalList(p.frame(w, r, "Journal", journalPath, who), v))
}

// page keeps one page of the entries and says where the others are.
func (v *journalView) page(entries []audit.Entry, loc *time.Location, later bool) {
	if later {
		v.Newest = v.address(audit.Entry{})
	}
	if len(entries) > journalSize {
		entries = entries[:journalSize]
		v.Older = v.address(entries[len(entries)-1])
	}
	for _, e := range entries {
		v.Entries = append(v.Entries, journalLine{
			When: civil.ShortInstant(e.At, loc), At: e.At.String(), Who: e.ActorName, What: actName(e.Act), Detail: details(e.Detail),
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

// actNames says the acts in French; one that is not here is shown as it is written.
var actNames = map[string]string{
	"account.sign_in":              "S’est connecté",
	"account.change_password":      "A changé son mot de passe",
	"account.reset_password":       "A choisi un mot de passe par un lien",
	"account.revoke_device":        "A déconnecté un appareil",
	"account.revoke_other_devices": "A déconnecté ses autres appareils",
	"agent.create":                 "A ajouté un agent",
	"agent.edit":                   "A changé un agent",
	"agent.suspend":                "A suspendu un agent",
	"agent.restore":                "A rétabli un agent",
}

func actName(act string) string {
	if name, ok := actNames[act]; ok {
		return name
	}
	return act
}

// details writes what the entry keeps, one line a key, the keys in order; nested values as they are stored.
func details(detail any) []string {
	raw, ok := detail.(json.RawMessage)
	if !ok {
		return nil
	}
	var facts map[string]json.RawMessage
	if json.Unmarshal(raw, &facts) != nil {
		return nil
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		value := strings.Trim(string(facts[key]), `"`)
		if value != "" && value != "null" && value != "[]" {
			out = append(out, key+" : "+value)
		}
	}
	return out
}
