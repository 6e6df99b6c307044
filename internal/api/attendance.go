package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
)

// entryIn is what a badge reader says of one child.
type entryIn struct {
	ID       string `json:"id" pattern:"^[a-z0-9-]{16,40}$" doc:"Made by you, once for ever: the same id twice is one entry"`
	Child    string `json:"child" doc:"The child's number in the portal" example:"E-20317"`
	Activity string `json:"activity" example:"CANTINE"`
	Site     string `json:"site" example:"ROSTAND"`
	Option   string `json:"option,omitempty" doc:"Without it: the one booked, else the activity's first"`
	Day      string `json:"day" format:"date"`
	Came     string `json:"came" enum:"present,absent,unpointed" doc:"unpointed takes back what was said"`
	Arrived  string `json:"arrived,omitempty" pattern:"^[0-2][0-9]:[0-5][0-9]$" example:"07:42"`
	Departed string `json:"departed,omitempty" pattern:"^[0-2][0-9]:[0-5][0-9]$" example:"18:05"`
	Late     bool   `json:"late_pickup,omitempty"`
	At       string `json:"at" format:"date-time" doc:"When it was said, by your clock: of two words the later one holds"`
}

type attendanceIn struct {
	Body struct {
		Entries []entryIn `json:"entries" minItems:"1" maxItems:"500"`
	}
}

type answerOut struct {
	ID       string `json:"id"`
	Result   string `json:"result" enum:"recorded,already,refused"`
	Why      string `json:"why,omitempty"`
	Conflict bool   `json:"conflict,omitempty" doc:"Somebody else said otherwise; what holds is the later word"`
}

type attendanceOut struct {
	Body struct {
		Answers []answerOut `json:"answers" doc:"One for each entry, in the order given"`
	}
}

func pointing(a huma.API, m *doors) {
	operation(a, m, staff.AttendanceWrite, huma.Operation{OperationID: "attendance", Method: http.MethodPost, Path: "/api/v1/attendance",
		Summary: "Say who came: entries are kept once, in any order", Errors: []int{http.StatusUnprocessableEntity}, DefaultStatus: http.StatusOK}, sayWhoCame)
}

func sayWhoCame(ctx context.Context, in *attendanceIn) (*attendanceOut, error) {
	c := asking(ctx)
	out := &attendanceOut{}
	err := c.town.DB.Write(ctx, func(tx *db.Tx) error {
		catalogue, err := activity.Load(ctx, tx)
		if err != nil {
			return err
		}
		references := make([]string, len(in.Body.Entries))
		for i := range in.Body.Entries {
			references[i] = in.Body.Entries[i].Child
		}
		children, err := household.ChildrenByReference(ctx, tx, references)
		if err != nil {
			return err
		}
		out.Body.Answers = make([]answerOut, len(in.Body.Entries))
		var entries []attendance.Entry
		var places []int
		for i := range in.Body.Entries {
			e, why := in.Body.Entries[i].entry(catalogue, children, c.agent.ID)
			out.Body.Answers[i] = answerOut{ID: in.Body.Entries[i].ID, Result: string(attendance.Turned), Why: why}
			if why == "" {
				entries, places = append(entries, e), append(places, i)
			}
		}
		if len(entries) == 0 {
			return nil
		}
		answers, err := attendance.Replay(ctx, tx, c.agent, entries, c.town.Loc)
		for k, a := range answers {
			out.Body.Answers[places[k]] = answerOut{ID: a.ID, Result: string(a.Result), Why: a.Why, Conflict: a.Conflict != nil}
		}
		return err
	})
	return out, refusal(ctx, err)
}

// entry finds what the codes name; why says which one names nothing.
func (e *entryIn) entry(c *activity.Catalogue, children map[string]household.Child, agentID string) (out attendance.Entry, why string) {
	out = attendance.Entry{ID: e.ID, AgentID: agentID, Came: attendance.Came(e.Came), LatePickup: e.Late, Source: attendance.Imported}
	child, ok := children[e.Child]
	if !ok {
		return out, "Aucun enfant n’a ce numéro."
	}
	out.ChildID = child.ID
	a := findActivity(c, e.Activity)
	if a == nil {
		return out, "Aucune activité n’a ce code."
	}
	out.ActivityID = a.ID
	for _, s := range c.Sites {
		if s.Code == e.Site {
			out.SiteID = s.ID
		}
	}
	if out.SiteID == "" {
		return out, "Aucun établissement n’a ce code."
	}
	if e.Option != "" {
		o, ok := a.Option(e.Option)
		if !ok {
			return out, "Aucune formule de cette activité n’a ce code."
		}
		out.OptionID = o.ID
	}
	var err error
	if out.Day, err = civil.Parse(e.Day); err != nil {
		return out, "Ce jour n’existe pas."
	}
	if out.At, err = civil.ParseInstant(e.At); err != nil {
		return out, "Cet instant n’existe pas."
	}
	if out.Arrived, err = clock(e.Arrived); err != nil {
		return out, "L’heure d’arrivée n’existe pas."
	}
	if out.Departed, err = clock(e.Departed); err != nil {
		return out, "L’heure de départ n’existe pas."
	}
	return out, ""
}

// clock reads a time of day; nil when none is given.
func clock(s string) (*civil.TimeOfDay, error) {
	if s == "" {
		return nil, nil
	}
	t, err := civil.ParseTime(s)
	return &t, err
}

func findActivity(c *activity.Catalogue, code string) *activity.Activity {
	for _, a := range c.Activities {
		if a.Code == code {
			return a
		}
	}
	return nil
}
