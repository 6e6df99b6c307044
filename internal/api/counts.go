package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/staff"
)

type countsIn struct {
	Day string `query:"day" format:"date" required:"true" example:"2026-12-07"`
}

type countOut struct {
	Activity    string `json:"activity"`
	Site        string `json:"site"`
	Option      string `json:"option"`
	Menu        string `json:"menu" enum:"standard,sans_porc,sans_viande,vegetarien,panier_pai"`
	Booked      int    `json:"booked" doc:"A place is kept, and the service runs"`
	Present     int    `json:"present" doc:"Pointed as there, booked or not"`
	Absent      int    `json:"absent" doc:"Booked, and pointed as not there"`
	Unannounced int    `json:"unannounced" doc:"There without a booking; part of present"`
}

type countsOut struct {
	Body struct {
		Day    string     `json:"day" format:"date"`
		Counts []countOut `json:"counts"`
	}
}

func counting(a huma.API, m *doors) {
	operation(a, m, staff.CountsRead, huma.Operation{OperationID: "counts", Method: http.MethodGet, Path: "/api/v1/counts",
		Summary: "How many children a day, by activity, site, option and menu", Errors: []int{http.StatusUnprocessableEntity}}, counts)
}

func counts(ctx context.Context, in *countsIn) (*countsOut, error) {
	day, err := civil.Parse(in.Day)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("Ce jour n’existe pas.")
	}
	return read(ctx, func(tx *db.Tx, who caller) (*countsOut, error) {
		c, err := activity.Load(ctx, tx)
		if err != nil {
			return nil, err
		}
		list, err := attendance.Counts(ctx, tx, day, who.agent.Sites)
		if err != nil {
			return nil, err
		}
		var out countsOut
		out.Body.Day, out.Body.Counts = day.String(), []countOut{}
		for _, n := range list {
			one := countOut{Menu: n.Menu, Booked: n.Booked, Present: n.Present, Absent: n.Absent, Unannounced: n.Unannounced}
			if a, ok := c.Activity(n.ActivityID); ok {
				one.Activity = a.Code
				if o, ok := a.OptionByID(n.OptionID); ok {
					one.Option = o.Code
				}
			}
			if s, ok := c.Site(n.SiteID); ok {
				one.Site = s.Code
			}
			out.Body.Counts = append(out.Body.Counts, one)
		}
		return &out, nil
	})
}
