package office

import (
	"net/http"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// closuresView is the list of closures: those to come, then the others.
type closuresView struct {
	Coming, Past []closureLine
}

// closureLine is a closure in words.
type closureLine struct {
	booking.ClosureView
	Days, Scope, By string
	MayUndo         bool
}

// closureView is the page of one closure.
type closureView struct {
	closureLine
	Made, Undone string // when and by whom
	Of           int64  // bookings freed and to free, for the bar
}

// returnView is what undoing a closure would bring back.
type returnView struct {
	closureLine
	Return   booking.Return
	Back     []dayGroup
	Passed   int64      // bookings of days that are over
	KeepTo   civil.Date // the last day that is over; zero when there is no choice to make
	AllOver  bool       // every day is over
	KeepWord string
}

func lineOf(k booking.ClosureView, who staff.Agent) closureLine {
	l := closureLine{ClosureView: k, Days: closureDays(k.From, k.To), Scope: "Toute la ville", By: k.CreatedBy}
	if k.Site != nil {
		l.Scope = k.Site.Name
	}
	if k.Activity != nil {
		l.Scope = k.Activity.Name + ", " + lowered(l.Scope)
	}
	l.MayUndo = k.UndoneAt.IsZero() && booking.MayClose(who, k.Closure)
	return l
}

func (p Pages) closures(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v closuresView
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := booking.Closures(r.Context(), tx, who, closuresShown)
		today := civil.DateOf(tx.Now, t.Loc)
		for _, k := range list {
			if k.UndoneAt.IsZero() && !k.To.Before(today) {
				v.Coming = append([]closureLine{lineOf(k, who)}, v.Coming...)
			} else {
				v.Past = append(v.Past, lineOf(k, who))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, closuresPage(p.frame(w, r, "Fermetures", closuresPath, who), v))
}

func (p Pages) closure(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v closureView
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		k, err := booking.ClosureOf(r.Context(), tx, who, r.PathValue("closure"))
		if err != nil {
			return err
		}
		v.closureLine = lineOf(k, who)
		v.Of = k.Freed + k.Left
		v.Made = civil.FrenchInstant(k.CreatedAt, t.Loc)
		if !k.UndoneAt.IsZero() {
			v.Undone = civil.FrenchInstant(k.UndoneAt, t.Loc)
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Reason, closuresPath, who)
	page.Crumbs = []ui.Link{{Href: closuresPath, Label: "Fermetures"}, {Label: v.Reason}}
	return web.Render(w, r, http.StatusOK, closurePage(page, v))
}

// previewReturn says what comes back if the closure is undone, and asks to confirm.
func (p Pages) previewReturn(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v returnView
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		k, err := booking.ClosureOf(r.Context(), tx, who, r.PathValue("closure"))
		if err != nil {
			return err
		}
		v.closureLine = lineOf(k, who)
		if !v.MayUndo {
			return nil
		}
		today := civil.DateOf(tx.Now, t.Loc)
		v.Return, err = booking.PreviewReturn(r.Context(), tx, k.Closure)
		v.Back, v.Passed, v.AllOver = byDay(v.Return.Groups, today), v.Return.Passed(today), k.To.Before(today)
		if k.From.Before(today) && !v.AllOver {
			v.KeepTo = today.AddDays(-1)
			v.KeepWord = closureDays(k.From, v.KeepTo)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case !v.UndoneAt.IsZero():
		return p.alreadyOpen(w, r, v.ID)
	case !v.MayUndo:
		return fault.Forbiddenf("Vous n’avez pas le droit de rouvrir ces jours.")
	}
	page := p.frame(w, r, "Relire avant de rouvrir", closuresPath, who)
	page.Crumbs = []ui.Link{{Href: closuresPath, Label: "Fermetures"}, {Href: closuresPath + "/" + v.ID, Label: v.Reason}, {Label: "Rouvrir"}}
	return web.Render(w, r, http.StatusOK, returnPage(page, v))
}

// alreadyOpen leads to a closure that was undone meanwhile, by a second click or by somebody else.
func (p Pages) alreadyOpen(w http.ResponseWriter, r *http.Request, id string) error {
	web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Cette fermeture a déjà été annulée", Text: "Rien n’a changé."})
	return web.Redirect(w, r, closuresPath+"/"+id)
}

// reopen undoes a closure; "garder" says that days that are over stay closed.
func (p Pages) reopen(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t, id := web.Town(r), r.PathValue("closure")
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		var keep civil.Date
		if form.Raw("passe") == "garder" {
			keep = civil.DateOf(tx.Now, t.Loc).AddDays(-1)
		}
		return booking.Reopen(r.Context(), tx, who, id, keep)
	})
	if fault.Is(err, fault.Conflict) {
		return p.alreadyOpen(w, r, id)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Rouvert", Text: "Les réservations reviennent et les familles sont prévenues dans les minutes qui viennent."})
	return web.Redirect(w, r, closuresPath+"/"+id)
}
