package family_test

import (
	"testing"

	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/staff"
)

// A family finds on its first page the news of its children's activities, and what is at the top for everyone; not those of others.
func TestNewsOfTheChildrensActivities(t *testing.T) {
	s, enter := chatou(t, "2026-12-01T10:00")
	publish := func(title, activity string, pinned bool) {
		t.Helper()
		s.Write(func(tx *db.Tx) error {
			id, err := news.Save(t.Context(), tx, staff.Agent{}, news.Edit{Kind: news.News, Content: news.Content{Title: title, Body: "Le texte.", Theme: news.Care, ActivityID: activity, Pinned: pinned}})
			if err != nil {
				return err
			}
			return news.Publish(t.Context(), tx, staff.Agent{}, news.News, id, 1)
		})
	}
	publish("Salle de l’étude", s.Activity["ETUDE"], false)
	publish("À la une pour tous", "", true)
	publish("Pour tous, sans plus", "", false)
	claire := enter("claire.martin").Get("/espace").Want(200)
	if got := claire.Texts(".news h3"); len(got) != 2 || got[0] != "Salle de l’étude" || got[1] != "À la une pour tous" {
		t.Errorf("Claire reads %q", got)
	}
	if got := enter("karim.benali").Get("/espace").Texts(".news h3"); len(got) != 1 || got[0] != "À la une pour tous" {
		t.Errorf("Karim reads %q", got)
	}
}
