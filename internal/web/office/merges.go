package office

import (
	"net/http"
	"strings"
	"time"

	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const mergesPath = "/bureau/fusions"

func (p Pages) mergeRoutes(s *web.Server) {
	s.Handle("GET /bureau/fusions", p.Door.Office(staff.Enrol, p.merges))
	s.Handle("POST /bureau/fusions", p.Door.Office(staff.Enrol, p.merge))
	s.Handle("POST /bureau/fusions/{merge}/annulation", p.Door.Office(staff.Enrol, p.unmerge))
}

// mergesView asks for two files, shows them side by side, and lists what can be undone.
type mergesView struct {
	Form    *web.Form
	Preview *household.MergeView
	List    []mergeLine
	Loc     *time.Location
}

// mergeLine is a merge that can still be undone.
type mergeLine struct {
	household.Merge
	Kept, Merged string // names
}

func (p Pages) merges(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showMerges(w, r, who, q)
}

func (p Pages) showMerges(w http.ResponseWriter, r *http.Request, who staff.Agent, form *web.Form) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	v := mergesView{Form: form, Loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		if form.Has("garder") || form.Has("reprendre") {
			if err := v.preview(r, tx); err != nil {
				return err
			}
		}
		return v.list(r, tx)
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if form.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	page := p.frame(w, r, "Fusionner deux foyers", joinsPath, who)
	page.Crumbs = []ui.Link{{Href: joinsPath, Label: "Demandes de foyer"}, {Label: "Fusionner deux foyers"}}
	return web.Render(w, r, status, mergesPage(page, v))
}

// preview finds the two files by their numbers.
func (v *mergesView) preview(r *http.Request, tx *db.Tx) error {
	ids, err := twoFiles(r, tx, v.Form)
	if err != nil || v.Form.Err() != nil {
		return err
	}
	preview, err := household.PreviewMerge(r.Context(), tx, ids[0], ids[1])
	if err != nil {
		if v.Form.Blame(err) {
			return nil
		}
		return err
	}
	v.Preview = &preview
	return nil
}

// twoFiles reads the numbers of two files as ids, and says beside the field which one does not exist.
func twoFiles(r *http.Request, tx *db.Tx, f *web.Form) ([2]string, error) {
	var ids [2]string
	for i, field := range []string{"garder", "reprendre"} {
		reference := strings.TrimSpace(f.Text(field, 60))
		known, err := household.KnownHouseholds(r.Context(), tx, []string{reference})
		if err != nil {
			return ids, err
		}
		if ids[i] = known[reference]; ids[i] == "" {
			f.Fail(field, "Aucun dossier n’a ce numéro. Recopiez-le depuis la page du foyer.")
		}
	}
	return ids, nil
}

func (v *mergesView) list(r *http.Request, tx *db.Tx) error {
	list, err := household.Merges(r.Context(), tx)
	if err != nil {
		return err
	}
	for _, m := range list {
		kept, err := household.ByID(r.Context(), tx, m.KeptID)
		if err != nil {
			return err
		}
		merged, err := household.ByID(r.Context(), tx, m.MergedID)
		if err != nil {
			return err
		}
		v.List = append(v.List, mergeLine{m, kept.Name + " (" + kept.Reference + ")", merged.Name + " (" + merged.Reference + ")"})
	}
	return nil
}

func (p Pages) merge(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		ids, err := twoFiles(r, tx, form)
		if err != nil || form.Err() != nil {
			return err
		}
		_, err = household.MergeHouseholds(r.Context(), tx, household.ByAgent(who), ids[0], ids[1])
		return err
	})
	if err != nil && !form.Blame(err) {
		return err
	}
	if form.Err() != nil {
		return p.showMerges(w, r, who, form)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les deux foyers sont fusionnés", Text: "Rien n’est perdu, et la fusion peut être défaite pendant trente jours."})
	return web.Redirect(w, r, mergesPath)
}

func (p Pages) unmerge(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return household.UndoMerge(r.Context(), tx, household.ByAgent(who), r.PathValue("merge"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La fusion est défaite", Text: "Chaque foyer a retrouvé ce qui était à lui."})
	return web.Redirect(w, r, mergesPath)
}
