package family

import (
	"context"
	"slices"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/web/ui"
)

// newsShown is how many news the first page of a family shows.
const newsShown = 3

// newsFor lists the news for a family: those of its children's activities first, then what is at the top for everyone.
func newsFor(ctx context.Context, tx *db.Tx, kin []booking.Kin) ([]*news.Item, error) {
	b, err := news.Load(ctx, tx)
	if err != nil || len(b.News) == 0 {
		return nil, err
	}
	var activities []string
	for _, k := range kin {
		for _, e := range k.Enrolments {
			activities = append(activities, e.Activity.ID)
		}
	}
	list := slices.DeleteFunc(b.Showing(tx.Now, activities), func(i *news.Item) bool { return i.ActivityID == "" && !i.Pinned })
	slices.SortStableFunc(list, func(x, y *news.Item) int {
		switch {
		case (x.ActivityID != "") == (y.ActivityID != ""):
			return 0
		case x.ActivityID != "":
			return -1
		}
		return 1
	})
	return list[:min(newsShown, len(list))], nil
}

// stories writes news for the first page, without pictures: the children's week is what it is for.
func (h *homeData) stories() []ui.Story {
	var list []ui.Story
	for _, i := range h.news {
		day := civil.DateOf(i.Shown(), h.loc)
		s := ui.Story{Href: "/actualites/" + i.Slug, Title: i.Title, Summary: i.Teaser(), Day: day.DayMonthYear(), At: day.String(), Theme: i.Theme.French(), Pinned: i.Pinned}
		if i.ActivityID != "" {
			s.Mark = "Pour vous : activité de vos enfants"
		}
		list = append(list, s)
	}
	return list
}
