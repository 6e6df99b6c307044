package rollcall

import (
	"net/http"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// write runs an act on the session of the address in one transaction.
func write(r *http.Request, who staff.Agent, act func(tx *db.Tx, n named) error) (n named, err error) {
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		if n, err = asked(r, c, who); err != nil {
			return err
		}
		return act(tx, n)
	})
	return n, err
}

// point records entries made with a form of the page, and says what became of them.
func point(r *http.Request, tx *db.Tx, who staff.Agent, entries []attendance.Entry) (answers []attendance.Answer, err error) {
	for part := range slices.Chunk(entries, attendance.BatchLimit) {
		for i := range part {
			part[i].ID, part[i].AgentID, part[i].At = db.NewID(), who.ID, tx.Now
			if part[i].Source == "" {
				part[i].Source = attendance.Online
			}
		}
		list, err := attendance.Replay(r.Context(), tx, who, part, web.Town(r).Loc)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			if a.Result == attendance.Turned {
				return nil, fault.Refusedf("%s", a.Why)
			}
		}
		answers = append(answers, list...)
	}
	return answers, nil
}

// save records what changed on the page since it was drawn: what somebody else said meanwhile of a child that was not touched stays.
func (p Pages) save(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var others bool
	var class string
	var done, waiting, met int
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		f, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		others, class = f.Raw("outil") == "tous", f.Text("classe", 40)
		roll, err := attendance.ReadRoll(r.Context(), tx, who, n.Session, web.Town(r).KeyFor("health"))
		if err != nil {
			return err
		}
		entries, left := changed(f, roll, others)
		answers, err := point(r, tx, who, entries)
		for _, a := range answers {
			if a.Conflict != nil {
				met++
			}
		}
		done, waiting = len(entries), left
		return err
	})
	if err != nil {
		return err
	}
	flash := ui.Flash{Kind: ui.Good, Title: ui.Count(done, "enfant pointé", "enfants pointés")}
	if done == 0 {
		flash = ui.Flash{Title: "Rien n’a changé"}
	}
	if others && waiting > 0 {
		flash.Text = ui.Count(waiting, "enfant dont l’absence est signalée reste à pointer.", "enfants dont l’absence est signalée restent à pointer.")
	}
	if met > 0 {
		flash.Kind, flash.Text = ui.Warn, strings.TrimSpace(flash.Text+" "+ui.Count(met, "enfant avait été pointé autrement par un autre agent : l’historique garde les deux.", "enfants avaient été pointés autrement par un autre agent : l’historique garde les deux."))
	}
	web.Flash(w, r, flash)
	return web.Redirect(w, r, address(n.path(), "classe", class))
}

// changed reads the entries of a form: each « vu » says how a child stood when the page was drawn, « c-child » how it stands now. With others,
// the children expected of whom nothing is said are present, but for those whose absence was announced; waiting counts these.
func changed(f *web.Form, roll attendance.Roll, others bool) (entries []attendance.Entry, waiting int) {
	lines := map[string]*attendance.RollLine{}
	for i := range roll.Lines {
		lines[roll.Lines[i].ChildID] = &roll.Lines[i]
	}
	known, err := civil.ParseInstant(f.Raw("dessine"))
	if err != nil {
		known = civil.Instant{}
	}
	for _, seen := range f.All("vu") {
		child, was, _ := strings.Cut(seen, "=")
		l := lines[child]
		if l == nil {
			continue
		}
		now := attendance.Came(f.Raw("c-" + child))
		if now == "" && others && l.Expected() && l.Came == attendance.Unpointed {
			if !l.Announced.IsZero() {
				waiting++
				continue
			}
			now = attendance.Present
		}
		if now == "" || string(now) == was || now == l.Came {
			continue
		}
		entries = append(entries, attendance.Entry{Session: roll.Session, ChildID: child, OptionID: l.OptionID, Came: now, Known: known})
	}
	return entries, waiting
}

// detail records the times of one child, its late pick-up, or takes back what was said of it.
func (p Pages) detail(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var class string
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		f, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		class = f.Text("classe", 40)
		e := attendance.Entry{Session: n.Session, ChildID: r.PathValue("enfant"), OptionID: f.Text("formule", 40), Came: attendance.Unpointed}
		if f.Raw("acte") != "annuler" {
			e.Came, e.LatePickup = attendance.Present, f.Yes("retard")
			if t, ok := f.Time("arrivee"); ok {
				e.Arrived = &t
			}
			if t, ok := f.Time("depart"); ok {
				e.Departed = &t
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		_, err = point(r, tx, who, []attendance.Entry{e})
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "C’est noté"})
	return web.Redirect(w, r, address(n.path(), "classe", class)+"#e-"+r.PathValue("enfant"))
}

// staffing says how many adults there are.
func (p Pages) staffing(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		f, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		adults, ok := f.Int("adultes", 0, 200)
		if !ok {
			f.Fail("adultes", "Écrivez un nombre d’adultes entre 0 et 200.")
		}
		if err := f.Err(); err != nil {
			return err
		}
		return attendance.SetStaffing(r.Context(), tx, who, n.Session, adults)
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, n.path()+"#encadrement")
}

// findView finds a child who came without a booking.
type findView struct {
	named
	Form  *web.Form
	Query string
	Note  string // a name noted without network, which a found child takes away
	Found []attendance.Found
	Asked bool
	Here  map[string]bool // already on the roll-call
}

func (p Pages) find(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := findView{Form: q, Query: q.Text("q", 80), Note: q.Text("note", 40), Here: map[string]bool{}}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		if v.named, err = asked(r, c, who); err != nil {
			return err
		}
		if strings.TrimSpace(v.Query) == "" {
			return nil
		}
		v.Asked = true
		if v.Found, err = attendance.FindChildren(r.Context(), tx, v.Query, v.Session, 30); q.Blame(err) {
			return nil
		}
		if err != nil {
			return err
		}
		roll, err := attendance.ReadRoll(r.Context(), tx, who, v.Session, web.Town(r).KeyFor("health"))
		for i := range roll.Lines {
			v.Here[roll.Lines[i].ChildID] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	private(w)
	status := http.StatusOK
	if q.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, findPage(frame(w, r, who, v.named, "Ajouter un enfant"), v))
}

// class is the class and the school of a child found.
func foundClass(f attendance.Found) string {
	l := attendance.RollLine{Level: f.Level, ClassName: f.ClassName}
	return strings.Trim(l.Class()+", "+f.School, ", ")
}

// add says that a child found came without a booking.
func (p Pages) add(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		f, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		child := f.Needed("enfant", 40, "Choisissez un enfant.")
		option, note := f.Text("formule", 40), f.Text("note", 40)
		if err := f.Err(); err != nil {
			return err
		}
		if note != "" {
			if again, err := attendance.FindGuest(r.Context(), tx, who, n.Session, note, child); again || err != nil {
				return err
			}
		}
		_, err = point(r, tx, who, []attendance.Entry{{Session: n.Session, ChildID: child, OptionID: option, Came: attendance.Present}})
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’enfant est ajouté, présent sans réservation", Text: "La famille paie le prix sans réservation, s’il y en a un."})
	return web.Redirect(w, r, n.path())
}

// dropGuest says that a name noted without network is nobody's.
func (p Pages) dropGuest(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	n, err := write(r, who, func(tx *db.Tx, n named) error {
		f, err := web.ReadForm(w, r)
		if err != nil {
			return err
		}
		return attendance.SettleGuest(r.Context(), tx, who, n.Session, f.Text("note", 40))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Title: "Le nom n’est plus gardé"})
	return web.Redirect(w, r, n.path())
}
