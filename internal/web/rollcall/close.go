package rollcall

import (
	"net/http"

	"preau/internal/attendance"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// closeView lists whom nothing is said of, before the roll-call is closed.
type closeView struct {
	rollView
	Missing []row
}

func (p Pages) closeForm(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := closeView{rollView: rollView{Agent: who, Loc: web.Town(r).Loc}}
	if err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx) }); err != nil {
		return err
	}
	for _, g := range v.Groups {
		for _, l := range g.Rows {
			if l.Expected() && l.Came == attendance.Unpointed {
				v.Missing = append(v.Missing, l)
			}
		}
	}
	private(w)
	return web.Render(w, r, http.StatusOK, closePage(frame(w, r, who, v.named, "Clore le pointage"), v))
}

func (p Pages) close(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		_, err := attendance.CloseRollCall(r.Context(), tx, who, n.Session, web.Town(r).Loc)
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le pointage est clos"})
	return web.Redirect(w, r, n.path())
}

func (p Pages) reopen(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		f, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		return attendance.ReopenRollCall(r.Context(), tx, who, n.Session, f.Text("motif", 200))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le pointage est rouvert", Text: "Ce qui change est ajouté : rien de ce qui a été noté n’est effacé."})
	return web.Redirect(w, r, n.path())
}
