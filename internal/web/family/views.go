package family

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/privacy"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const viewsShown = 60

// viewsView is who looked at the household's file or changed it, by day.
type viewsView struct {
	ui.Page
	Only         string // "consultations", or everything
	Days         []viewsDay
	Older, First string
}

// viewsDay is one day, with its acts.
type viewsDay struct {
	Day, Title string
	Acts       []viewLine
}

// viewLine is one act; the same act of the same person on one day is one line.
type viewLine struct {
	Hour, Who, What string
	Looked          bool
	Times           int
}

// said is "a consulté votre dossier, 3 fois".
func (l viewLine) said() string {
	if l.Times < 2 {
		return l.What
	}
	return l.What + ", " + itoa(l.Times) + " fois"
}

func (p Pages) views(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, v := web.Town(r), viewsView{}
	mark := readMark(q.Raw("apres"))
	var names actors
	var list []audit.Entry
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if list, err = audit.List(r.Context(), tx, audit.Filter{Household: who.HouseholdID, Before: audit.Entry{At: mark.At, ID: mark.ID}, Limit: viewsShown + 1}); err != nil {
			return err
		}
		names, err = readActors(r.Context(), tx, who)
		return err
	})
	if err != nil {
		return err
	}
	if len(list) > viewsShown {
		list = list[:viewsShown]
		last := list[viewsShown-1]
		v.Older = dataPath + "/consultations?apres=" + url.QueryEscape(last.At.String()+"~"+last.ID)
	}
	if !mark.At.IsZero() {
		v.First = dataPath + "/consultations"
	}
	v.arrange(list, names, t.Loc)
	v.Page = p.frame(w, r, "Qui a consulté ou modifié mon dossier", profilePath, who.Name())
	v.Crumbs = []ui.Link{{Href: dataPath, Label: "Mes données"}, {Label: "Qui a consulté ou modifié mon dossier"}}
	return web.Render(w, r, http.StatusOK, viewsPage(v))
}

// arrange puts the entries in days, the latest first.
func (v *viewsView) arrange(list []audit.Entry, names actors, loc *time.Location) {
	for _, e := range list {
		day := civil.DateOf(e.At, loc)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day != day.String() {
			v.Days = append(v.Days, viewsDay{Day: day.String(), Title: upper(day.Long())})
		}
		d := &v.Days[len(v.Days)-1]
		line := viewLine{Hour: solid(civil.TimeOf(e.At, loc).French()), Who: names.of(e), What: words.Act(e.Act), Looked: words.Looked(e.Act), Times: 1}
		if i := slices.IndexFunc(d.Acts, func(o viewLine) bool { return o.Who == line.Who && o.What == line.What }); i >= 0 {
			d.Acts[i].Times++
			continue
		}
		d.Acts = append(d.Acts, line)
	}
}

// actors name who did something, as the family may know them.
type actors struct {
	who    household.Guardian
	own    []household.Guardian
	agents map[string]staff.Agent
	names  bool
}

func readActors(ctx context.Context, tx *db.Tx, who household.Guardian) (a actors, err error) {
	a.who, a.agents = who, map[string]staff.Agent{}
	policy, err := privacy.PolicyOf(ctx, tx)
	if err != nil {
		return a, err
	}
	a.names = policy.Names
	if a.own, err = household.Guardians(ctx, tx, who.HouseholdID); err != nil {
		return a, err
	}
	agents, err := staff.List(ctx, tx)
	for _, g := range agents {
		a.agents[g.Actor()] = g
	}
	return a, err
}

// of names an author: agents by their service, and by name where the town says so; the adults of another household are not named.
func (a actors) of(e audit.Entry) string {
	switch {
	case e.Actor == a.who.Actor() || e.Actor == "account:"+a.who.AccountID:
		return a.who.Name() + " (vous)"
	case strings.HasPrefix(e.Actor, "guardian:"):
		if slices.ContainsFunc(a.own, func(g household.Guardian) bool { return g.Actor() == e.Actor }) {
			return e.ActorName
		}
		return "L’autre foyer de l’enfant"
	case strings.HasPrefix(e.Actor, "agent:"):
		service := a.agents[e.Actor].Service
		if service == "" {
			service = "La mairie"
		}
		if a.names {
			return service + " (" + e.ActorName + ")"
		}
		return service
	}
	return "Automatiquement"
}
