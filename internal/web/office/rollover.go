package office

import (
	"context"
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const rolloverPath = parametersPath + "/passage"

func (p Pages) rolloverRoutes(s *web.Server) {
	s.Handle("GET /bureau/parametres/passage", p.Door.Office(staff.Settings, p.rollover))
	s.Handle("POST /bureau/parametres/passage", p.Door.Office(staff.Settings, p.beginRollover))
	s.Handle("POST /bureau/parametres/passage/suites", p.Door.Office(staff.Settings, p.saveSuccessors))
	s.Handle("POST /bureau/parametres/passage/exceptions", p.Door.Office(staff.Settings, p.saveException))
	s.Handle("POST /bureau/parametres/passage/{passage}/annulation", p.Door.Office(staff.Settings, p.undoRollover))
}

// rolloverView is what the passage to the next school year would do.
type rolloverView struct {
	From, To   string
	Groups     []passageGroup
	Passing    int
	Leaving    int
	Written    []household.Passage // the exceptions: their next year is written already
	Endings    []siteEnding        // schools whose children go on elsewhere after GS
	Lacking    bool
	Elementary []ui.Option
	Schools    []ui.Option
	Done       []rolloverLine
	Form       *web.Form
	names      map[string]string
	loc        *time.Location
}

// passageGroup counts the children of a level of a school.
type passageGroup struct {
	School, From, To string
	N                int
}

// siteEnding is a school with children at the end of nursery school.
type siteEnding struct{ ID, Name, Next string }

// rolloverLine is a passage that was done.
type rolloverLine struct {
	household.Rollover
	When, State string
	MayUndo     bool
}

func (v rolloverView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) rollover(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showRollover(w, r, who, http.StatusOK, nil)
}

func (p Pages) showRollover(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := rolloverView{Form: form, names: map[string]string{}, loc: web.Town(r).Loc}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		if v.From = household.SchoolYearOf(today); today.Month == 8 || today.Month == 9 {
			v.From = household.SchoolYearOf(today.AddDays(-90)) // the year that ended
		}
		v.To = household.NextSchoolYear(v.From)
		return v.load(r.Context(), tx)
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Passage dans l’année suivante", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: "Passage dans l’année suivante"}}
	return web.Render(w, r, status, rolloverPage(page, v))
}

func (v *rolloverView) load(ctx context.Context, tx *db.Tx) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	for _, s := range c.Sites {
		v.names[s.ID] = s.Name
		if s.Archived || (s.Kind != activity.Elementaire && s.Kind != activity.Maternelle) {
			continue
		}
		v.Schools = append(v.Schools, ui.Option{Value: s.ID, Label: s.Name})
		if s.Kind == activity.Elementaire {
			v.Elementary = append(v.Elementary, ui.Option{Value: s.ID, Label: s.Name})
		}
	}
	successors, err := household.Successors(ctx, tx)
	if err != nil {
		return err
	}
	list, err := household.Passages(ctx, tx, v.From)
	if err != nil {
		return err
	}
	for _, p := range list {
		v.count(p, successors)
	}
	done, err := household.Rollovers(ctx, tx)
	for _, r := range done {
		l := rolloverLine{Rollover: r, When: civil.DateOf(r.At, v.loc).DayMonthYear(), State: "en cours", MayUndo: r.UndoneAt.IsZero()}
		switch {
		case !r.UndoneAt.IsZero():
			l.State = "annulé"
		case !r.SettledAt.IsZero():
			l.State = "terminé"
		}
		v.Done = append(v.Done, l)
	}
	return err
}

// count files a child under its school and level; the children come by school and level.
func (v *rolloverView) count(p household.Passage, successors map[string]string) {
	if p.From.Level == "GS" && (len(v.Endings) == 0 || v.Endings[len(v.Endings)-1].ID != p.From.SiteID) {
		v.Endings = append(v.Endings, siteEnding{p.From.SiteID, v.names[p.From.SiteID], successors[p.From.SiteID]})
	}
	to := p.Level + ", " + v.names[p.SiteID]
	switch p.Fate {
	case household.Written:
		v.Written = append(v.Written, p)
		return
	case household.Leaves:
		v.Leaving++
		to = "quitte l’école élémentaire"
	case household.Lacking:
		v.Lacking = true
		to = "CP, école à choisir"
	default:
		v.Passing++
	}
	g := passageGroup{School: v.names[p.From.SiteID], From: p.From.Level, To: to, N: 1}
	if n := len(v.Groups); n > 0 && v.Groups[n-1].School == g.School && v.Groups[n-1].From == g.From && v.Groups[n-1].To == g.To {
		v.Groups[n-1].N++
		return
	}
	v.Groups = append(v.Groups, g)
}

// whole refuses an agent limited to some sites: the passage is the whole town's.
func whole(who staff.Agent) error {
	if len(who.Sites) > 0 {
		return fault.Forbiddenf("Le passage concerne toutes les écoles : il revient à un agent qui n’est pas limité à certaines.")
	}
	return nil
}

// onRollover runs an act of the page and comes back to it, or shows what to correct.
func (p Pages) onRollover(w http.ResponseWriter, r *http.Request, who staff.Agent, said ui.Flash, act func(tx *db.Tx, f *web.Form) error) error {
	if err := whole(who); err != nil {
		return err
	}
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return act(tx, f) })
	if f.Err() != nil || f.Blame(err) {
		return p.showRollover(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, rolloverPath)
}

func (p Pages) beginRollover(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	said := ui.Flash{Kind: ui.Good, Title: "Les enfants passent dans l’année suivante", Text: "C’est fait dans les minutes qui viennent, et peut être annulé."}
	return p.onRollover(w, r, who, said, func(tx *db.Tx, f *web.Form) error {
		_, err := household.BeginRollover(r.Context(), tx, household.ByAgent(who), f.Raw("annee"))
		return err
	})
}

func (p Pages) undoRollover(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	said := ui.Flash{Kind: ui.Good, Title: "Le passage est annulé", Text: "Ce qu’un agent a changé depuis est gardé."}
	return p.onRollover(w, r, who, said, func(tx *db.Tx, _ *web.Form) error {
		return household.UndoRollover(r.Context(), tx, household.ByAgent(who), r.PathValue("passage"))
	})
}

// saveSuccessors writes where the children of each school go on after GS: a field "suite_ID" a school.
func (p Pages) saveSuccessors(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	said := ui.Flash{Kind: ui.Good, Title: "C’est enregistré"}
	return p.onRollover(w, r, who, said, func(tx *db.Tx, f *web.Form) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, s := range c.Sites {
			next := f.Raw("suite_" + s.ID)
			if next == "" {
				continue
			}
			if err := household.SetSuccessor(r.Context(), tx, household.ByAgent(who), s.ID, next); err != nil {
				return err
			}
		}
		return nil
	})
}

// saveException writes the next year of one child, which the passage then leaves alone: a repeat, another school.
func (p Pages) saveException(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	said := ui.Flash{Kind: ui.Good, Title: "L’exception est enregistrée", Text: "Le passage ne changera rien à cet enfant."}
	return p.onRollover(w, r, who, said, func(tx *db.Tx, f *web.Form) error {
		child, err := household.ChildByReference(r.Context(), tx, f.Needed("enfant", 60, "Indiquez le numéro de l’enfant."))
		if fault.Is(err, fault.NotFound) {
			f.Fail("enfant", "Aucun enfant n’a ce numéro.")
			return err
		}
		if err != nil {
			return err
		}
		return household.SetSchooling(r.Context(), tx, household.ByAgent(who), household.Schooling{ChildID: child.ID, SchoolYear: f.Raw("annee"),
			SiteID: f.Raw("ecole"), Level: f.Raw("niveau")})
	})
}
