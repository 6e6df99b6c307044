package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"preau/internal/activity"
	"preau/internal/db"
)

// siteOut is an establishment.
type siteOut struct {
	Code string `json:"code" doc:"Code of the site, as the town wrote it" example:"ROSTAND"`
	Name string `json:"name" example:"Élémentaire Jean Rostand"`
	Kind string `json:"kind" example:"elementaire"`
}

// activityOut is an activity with what can be booked of it.
type activityOut struct {
	Code    string      `json:"code" example:"CANTINE"`
	Name    string      `json:"name" example:"Restauration scolaire"`
	Kind    string      `json:"kind" example:"canteen"`
	Sites   []string    `json:"sites" doc:"Codes of the sites that offer it"`
	Options []optionOut `json:"options"`
}

type optionOut struct {
	Code   string `json:"code" example:"REPAS"`
	Name   string `json:"name" example:"Repas"`
	Starts string `json:"starts" example:"11:45"`
	Ends   string `json:"ends" example:"13:30"`
}

type referenceOut struct {
	Body struct {
		Sites      []siteOut     `json:"sites"`
		Activities []activityOut `json:"activities"`
	}
}

// reference is what every other operation names: sites, activities and their options, by code.
func reference(a huma.API, m *doors) {
	operation(a, m, "", huma.Operation{OperationID: "reference", Method: http.MethodGet, Path: "/api/v1/reference",
		Summary: "Sites, activities and options, by code"},
		func(ctx context.Context, _ *struct{}) (*referenceOut, error) {
			return read(ctx, func(tx *db.Tx, _ caller) (*referenceOut, error) {
				c, err := activity.Load(ctx, tx)
				if err != nil {
					return nil, err
				}
				return describe(c), nil
			})
		})
}

func describe(c *activity.Catalogue) *referenceOut {
	var out referenceOut
	code := map[string]string{}
	out.Body.Sites, out.Body.Activities = []siteOut{}, []activityOut{}
	for _, s := range c.Sites {
		code[s.ID] = s.Code
		if s.Archived {
			continue
		}
		out.Body.Sites = append(out.Body.Sites, siteOut{s.Code, s.Name, string(s.Kind)})
	}
	for _, a := range c.Activities {
		one := activityOut{Code: a.Code, Name: a.Name, Kind: string(a.Kind), Sites: []string{}, Options: []optionOut{}}
		for _, id := range a.SiteIDs {
			one.Sites = append(one.Sites, code[id])
		}
		for _, o := range a.LiveOptions() {
			one.Options = append(one.Options, optionOut{o.Code, o.Name, o.Starts.String(), o.Ends.String()})
		}
		out.Body.Activities = append(out.Body.Activities, one)
	}
	return &out
}
