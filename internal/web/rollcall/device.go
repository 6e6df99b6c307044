package rollcall

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// deviceList is all that a device may hold of a session: no document, no address, nobody's telephone, no reason of a menu, no allergy.
type deviceList struct {
	Agent    string        `json:"agent"` // whose list it is: another agent who signs in does not see it
	Name     string        `json:"agentName"`
	Path     string        `json:"path"`
	Activity string        `json:"activity"`
	Site     string        `json:"site"`
	Day      civil.Date    `json:"day"`
	Title    string        `json:"title"`
	Under    string        `json:"under"`
	Now      civil.Instant `json:"now"`
	Until    civil.Instant `json:"until"` // erased from then on
	Keep     bool          `json:"keep"`  // the device may keep it until then: it is of today
	Closed   string        `json:"closed,omitempty"`
	Adults   int           `json:"adults"`
	Staffed  bool          `json:"staffed"`
	Under6   int           `json:"under6"` // children an adult may look after
	Over6    int           `json:"over6"`
	Children []deviceChild `json:"children"`
}

// deviceChild is one child of it.
type deviceChild struct {
	ID        string           `json:"id"`
	First     string           `json:"first"`
	Last      string           `json:"last"`
	Class     string           `json:"class"`
	Menu      string           `json:"menu,omitempty"` // in French, when lunch is served and the menu is not the standard one
	PAI       bool             `json:"pai,omitempty"`
	Todo      string           `json:"todo,omitempty"` // one line
	Small     bool             `json:"small,omitempty"`
	Expected  bool             `json:"expected,omitempty"`
	State     string           `json:"state,omitempty"` // in French, when it is not expected
	Announced bool             `json:"announced,omitempty"`
	Option    string           `json:"option"`
	Came      attendance.Came  `json:"came"`
	Arrived   *civil.TimeOfDay `json:"arrived,omitempty"`
	Departed  *civil.TimeOfDay `json:"departed,omitempty"`
	Late      bool             `json:"late,omitempty"`
}

// todoLength is how long what to do may be on a device, in characters: one line.
const todoLength = 240

// oneLine writes a text in one line of a bounded length.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > todoLength {
		return string(r[:todoLength-1]) + "…"
	}
	return text
}

// list gives the device the session it has chosen.
func (p Pages) list(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := rollView{Agent: who, Loc: web.Town(r).Loc}
	if err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx) }); err != nil {
		return err
	}
	d := deviceList{Agent: who.ID, Name: who.Name, Path: v.path(), Activity: v.ActivityID, Site: v.SiteID, Day: v.Day, Title: v.title(), Under: v.under(), Now: v.Now, Until: v.Until, Keep: v.Today,
		Adults: v.Roll.Adults, Staffed: v.Roll.Staffed, Under6: v.Roll.Ratio.Under6, Over6: v.Roll.Ratio.Over6}
	if v.Roll.Closing != nil {
		d.Closed = v.closedText()
	}
	for _, g := range v.Groups {
		for i := range g.Rows {
			d.Children = append(d.Children, v.deviceChild(g.Rows[i], g.Name))
		}
	}
	return answer(w, d)
}

func (v *rollView) deviceChild(l row, class string) deviceChild {
	c := deviceChild{ID: l.ChildID, First: l.FirstName, Last: l.LastName, Class: class, PAI: l.Care.PAI, Small: l.Under6, Expected: l.Expected(), Announced: !l.Announced.IsZero(),
		Option: l.OptionID, Came: l.Came, Arrived: l.Arrived, Departed: l.Departed, Late: l.LatePickup}
	if l.Care.PAI {
		c.Todo = oneLine(l.Care.Todo)
	}
	if v.Meal && l.Menu != "standard" {
		c.Menu = words.Menu(l.Menu)
	}
	switch {
	case l.State == "":
		c.State = "Sans réservation"
	case !l.Expected():
		c.State = words.State(l.State)
	}
	return c
}

// answer writes JSON that nobody keeps.
func answer(w http.ResponseWriter, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a device that has left will ask again
	return nil
}

// sending is what a device sends of its queue.
type sending struct {
	Entries []attendance.Entry `json:"entries"`
	Guests  []attendance.Guest `json:"guests"`
}

// received is what became of it.
type received struct {
	Agent   string              `json:"agent"`
	Now     civil.Instant       `json:"now"`
	Answers []attendance.Answer `json:"answers"`
}

// most is the largest sending taken, in bytes.
const most = 512 << 10

// receive records a queue. It takes JSON alone, which no form of another site can send.
func (p Pages) receive(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return fault.Invalidf("", "Cet envoi n’a pas pu être lu.")
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return err
	}
	s, err := parseSending(content)
	if err != nil {
		return err
	}
	out := received{Agent: who.ID}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		out.Now = tx.Now
		answers, err := attendance.Replay(r.Context(), tx, who, s.Entries, web.Town(r).Loc)
		if err != nil {
			return err
		}
		guests, err := attendance.NoteGuests(r.Context(), tx, who, s.Guests, web.Town(r).Loc)
		out.Answers = append(answers, guests...)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, out)
}

// parseSending reads what a device sends.
func parseSending(content []byte) (s sending, err error) {
	if err := json.Unmarshal(content, &s); err != nil {
		return sending{}, fault.Invalidf("", "Cet envoi n’a pas pu être lu.")
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		for _, id := range []string{e.ID, e.AgentID, e.ChildID, e.ActivityID, e.SiteID, e.OptionID} {
			if strings.ContainsRune(id, 0) {
				return sending{}, fault.Invalidf("", "Cet envoi n’a pas pu être lu.")
			}
		}
		if e.Day.IsZero() {
			return sending{}, fault.Invalidf("", "Cet envoi n’a pas pu être lu.")
		}
		e.Source = attendance.OnDevice
	}
	for i := range s.Guests {
		g := &s.Guests[i]
		if strings.ContainsRune(g.ID+g.AgentID+g.ActivityID+g.SiteID, 0) || g.Day.IsZero() {
			return sending{}, fault.Invalidf("", "Cet envoi n’a pas pu être lu.")
		}
	}
	return s, nil
}

// manifest makes the roll-call an application of the device.
func (p Pages) manifest(w http.ResponseWriter, r *http.Request) error {
	face := web.Frame(w, r, ui.Page{Flash: &ui.Flash{}}).Town
	content, err := json.Marshal(map[string]any{
		"name": "Pointage, " + face.Name, "short_name": "Pointage", "lang": "fr", "start_url": home, "scope": home, "display": "standalone",
		"background_color": "#faf8f4", "theme_color": face.Colour,
		"icons": []map[string]string{{"src": ui.FaviconHref(), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(content) // a browser that has left is nobody's failure
	return nil
}

// worker is the script that answers without network, for the addresses of the roll-call alone.
func (p Pages) worker(w http.ResponseWriter, r *http.Request) error {
	face := web.Frame(w, r, ui.Page{Flash: &ui.Flash{}}).Town
	content := ui.RollCallWorker(home, shellPath, face.Colour)
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Service-Worker-Allowed", home)
	_, _ = w.Write(content) // a browser that has left is nobody's failure
	return nil
}
