package rollcall

import (
	"net/http"
	"net/url"
	"strings"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// indexView is where an agent chooses a roll-call.
type indexView struct {
	Day, Today, Previous, Next civil.Date
	Form                       *web.Form
	Calls                      []attendance.RollCall
	Left                       []attendance.RollCall // begun, and not done
	Settings                   bool
	Agent                      staff.Agent
}

func (p Pages) index(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	v := indexView{Day: q.Date("jour"), Form: q, Settings: who.May(staff.Settings, ""), Agent: who}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Today = civil.DateOf(tx.Now, t.Loc)
		if v.Day.IsZero() {
			v.Day = v.Today
		}
		if v.Calls, err = attendance.RollCalls(r.Context(), tx, who, v.Day); err != nil {
			return err
		}
		v.Left, err = attendance.ToPoint(r.Context(), tx, who, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	v.Previous, v.Next = v.Day.AddDays(-1), v.Day.AddDays(1)
	status := http.StatusOK
	if q.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, indexPage(signin.OfficePage(w, r, "Pointage du "+v.Day.Long(), home, who), v))
}

// done says how far a roll-call is.
func done(c attendance.RollCall) string {
	switch {
	case c.ClosedDay != "":
		return "Fermé : " + lowered(c.ClosedDay)
	case c.Closing != nil && c.Closing.Unpointed > 0:
		return "Clos, " + ui.Count(int(c.Closing.Unpointed), "enfant non pointé", "enfants non pointés")
	case c.Closing != nil:
		return "Clos"
	case c.Expected == 0:
		return "Personne n’est attendu"
	case c.Left() == 0:
		return "Tous pointés, à clore"
	case c.Pointed == 0:
		return "À pointer"
	}
	return ui.Count(int(c.Left()), "enfant à pointer", "enfants à pointer")
}

// tone is that of done.
func tone(c attendance.RollCall) (kind ui.Kind, icon string) {
	switch {
	case c.ClosedDay != "":
		return ui.Plain, "door-closed"
	case c.Closing != nil && c.Closing.Unpointed > 0:
		return ui.Warn, "triangle-alert"
	case c.Closing != nil:
		return ui.Good, "circle-check"
	case c.Expected > 0 && c.Left() == 0:
		return ui.Accent, "check"
	case c.Expected == 0:
		return ui.Plain, "users"
	}
	return ui.Warn, "hourglass"
}

// callHref is the address of a session, or of nothing where the day is closed.
func callHref(c attendance.RollCall) string { return path(c.Activity, c.Site, c.Day) }

// lowered writes a title inside a sentence: its first letter small.
func lowered(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToLower(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

func dayLabel(d civil.Date) string { return words.UpperFirst(d.ShortNoYear()) }

func itoa(n int) string { return ui.Number(n) }

// address adds what is not empty to a path.
func address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
