package rollcall

import (
	"net/http"
	"strconv"
	"strings"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// paperView is the printed sheet of a session, and the page where it is copied afterwards: the numbers are the same.
type paperView struct {
	rollView
	Rows   []row // expected, numbered from 1
	Form   *web.Form
	Absent map[string]bool            // ticked
	Check  bool                       // numbers were just turned into ticks: the names are to be looked at
	Seen   map[string]attendance.Came // how each child stood when the page was first drawn; nil: as now
	Drawn  civil.Instant              // when that was
	Met    []string                   // what was said since, and the sheet does not say
}

// loadPaper reads who is expected, in the order of the sheet.
func (v *paperView) loadPaper(r *http.Request, tx *db.Tx) error {
	if err := v.load(r, tx); err != nil {
		return err
	}
	for _, g := range v.Groups {
		for _, l := range g.Rows {
			if l.Expected() {
				v.Rows = append(v.Rows, l)
			}
		}
	}
	return nil
}

func (p Pages) paper(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := paperView{rollView: rollView{Agent: who, Loc: web.Town(r).Loc}}
	if err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.loadPaper(r, tx) }); err != nil {
		return err
	}
	private(w)
	page := frame(w, r, who, v.named, "Feuille de pointage")
	page.Wide = true
	return web.Render(w, r, http.StatusOK, paperPage(page, v))
}

func (p Pages) quickForm(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := paperView{rollView: rollView{Agent: who, Loc: web.Town(r).Loc}, Absent: map[string]bool{}}
	if err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.loadPaper(r, tx) }); err != nil {
		return err
	}
	for i := range v.Rows {
		v.Absent[v.Rows[i].ChildID] = v.Rows[i].Came == attendance.Absent
	}
	private(w)
	return web.Render(w, r, http.StatusOK, quickPage(frame(w, r, who, v.named, "Saisie de la feuille"), v))
}

// quick copies a sheet: the children ticked are absent, all the others expected are present. Numbers are first turned into ticks, so that
// the names are seen before anything is written.
func (p Pages) quick(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := paperView{rollView: rollView{Agent: who, Loc: web.Town(r).Loc}, Absent: map[string]bool{}}
	absent := 0
	n, err := write(r, who, func(tx *db.Tx, _ named) (err error) {
		if err := v.loadPaper(r, tx); err != nil {
			return err
		}
		if v.Form, err = web.ReadForm(w, r); err != nil {
			return err
		}
		v.tick()
		v.readSeen()
		if v.Form.Err() != nil || v.Check {
			return nil
		}
		var entries []attendance.Entry
		for i := range v.Rows {
			l := &v.Rows[i]
			e := attendance.Entry{Session: v.Session, ChildID: l.ChildID, OptionID: l.OptionID, Came: attendance.Present, Source: attendance.OnPaper, Known: v.Drawn}
			if v.Absent[l.ChildID] {
				e.Came = attendance.Absent
				absent++
			}
			if e.Came == l.Came {
				continue
			}
			entries = append(entries, e)
			v.meet(l)
		}
		if len(v.Met) > 0 {
			return nil
		}
		_, err = point(r, tx, who, entries)
		return err
	})
	if err != nil {
		return err
	}
	if v.Form.Err() != nil || v.Check || len(v.Met) > 0 {
		private(w)
		status := http.StatusOK
		if v.Form.Err() != nil {
			status = http.StatusUnprocessableEntity
		} else if len(v.Met) > 0 {
			status, v.Seen, v.Drawn = http.StatusConflict, nil, v.Now // what is shown now was seen
		}
		return web.Render(w, r, status, quickPage(frame(w, r, who, v.named, "Saisie de la feuille"), v))
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La feuille est saisie : " + ui.Count(len(v.Rows)-absent, "présent", "présents") + ", " + ui.Count(absent, "absent", "absents")})
	return web.Redirect(w, r, n.path())
}

// tick reads the boxes, and turns the numbers typed into boxes.
func (v *paperView) tick() {
	for _, id := range v.Form.All("absent") {
		v.Absent[id] = true
	}
	typed := v.Form.Text("numeros", 400)
	for _, word := range strings.FieldsFunc(typed, func(c rune) bool { return c == ' ' || c == ',' || c == ';' || c == '.' || c == '\u00a0' }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > len(v.Rows) {
			v.Form.Fail("numeros", "Le numéro "+word+" n’est pas sur la feuille : elle va de 1 à "+ui.Number(len(v.Rows))+".")
			return
		}
		if id := v.Rows[n-1].ChildID; !v.Absent[id] {
			v.Absent[id], v.Check = true, true
		}
	}
	v.Check = v.Check || v.Form.Raw("etape") == "cocher"
}

// readSeen reads how the children stood when the page was drawn.
func (v *paperView) readSeen() {
	v.Seen = map[string]attendance.Came{}
	for _, seen := range v.Form.All("vu") {
		child, was, _ := strings.Cut(seen, "=")
		v.Seen[child] = attendance.Came(was)
	}
	if drawn, err := civil.ParseInstant(v.Form.Raw("dessine")); err == nil {
		v.Drawn = drawn
	}
}

// meet notes a child of whom the sheet says something else than what was said since the page was drawn, or who was not on it then.
func (v *paperView) meet(l *row) {
	was, drawn := v.Seen[l.ChildID]
	switch {
	case !drawn:
		v.Met = append(v.Met, l.FirstName+" "+l.LastName+" n’était pas sur la feuille")
	case was != l.Came && len(l.Said) > 0:
		v.Met = append(v.Met, l.FirstName+" "+l.LastName+", "+v.said(l.Said[len(l.Said)-1]))
	case was != l.Came:
		v.Met = append(v.Met, l.FirstName+" "+l.LastName+" a été pointé autrement")
	}
}

// drawn is when what the page says was read.
func (v *paperView) drawn() civil.Instant {
	if v.Drawn.IsZero() {
		return v.Now
	}
	return v.Drawn
}

// seenOf is how a child stood when the page was first drawn, as the form carries it; a child who was not there then is still not seen.
func (v *paperView) seenOf(l row) string {
	if v.Seen == nil {
		return l.ChildID + "=" + string(l.Came)
	}
	if was, ok := v.Seen[l.ChildID]; ok {
		return l.ChildID + "=" + string(was)
	}
	return ""
}

// numbered is a child on the sheet.
func numbered(i int, r row) string { return ui.Number(i+1) + ". " + r.LastName + " " + r.FirstName }
