package public

import (
	"net/http"
	"strconv"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/news"
	"preau/internal/picture"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// picturePath is the address of a picture. Its file never changes, and neither does what it shows.
func picturePath(fileID string) string {
	if fileID == "" {
		return ""
	}
	return newsPath + "/image/" + fileID
}

// stories makes a list of news.
func stories(items []*news.Item, loc *time.Location) []ui.Story {
	list := make([]ui.Story, len(items))
	for n, i := range items {
		day := civil.DateOf(i.Shown(), loc)
		list[n] = ui.Story{Href: newsPath + "/" + i.Slug, Title: i.Title, Summary: i.Teaser(), Day: day.DayMonthYear(), At: day.String(), Theme: i.Theme.French(),
			Picture: picturePath(i.ThumbID), Alt: i.PictureAlt, Pinned: i.Pinned}
		if i.ActivityID != "" {
			list[n].Mark = "Pour vous : activité de vos enfants"
		}
	}
	return list
}

// newsPerPage is how many news a page of the list shows.
const newsPerPage = 9

// newsListView is one page of the list of news.
type newsListView struct {
	Cards          []ui.Story
	Themes         []ui.Tab // to show one theme only
	Previous, Next string
	Where          string
	Only           bool // the choice of the visitor leaves news out
	Following      bool
}

func (p Pages) newsList(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	theme := news.Theme(q.Text("theme", 30))
	page, ok := q.Int("page", 1, 1000)
	if !ok {
		page = 1
	}
	if q.Err() != nil || theme != "" && !theme.Valid() {
		return fault.NotFoundf("Cette page de la liste n’existe pas.")
	}
	who, err := p.whoLooks(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var v newsListView
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := news.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		all := b.Showing(tx.Now, who.Activities)
		v.Themes = themeTabs(all, theme)
		list := who.Choice.Arrange(all)
		if theme != "" {
			list = ofTheme(all, theme)
		} else {
			v.Following, v.Only = len(who.Choice.Themes) > 0, len(list) < len(all)
		}
		v.show(list, theme, page, t.Loc)
		return nil
	})
	if err != nil {
		return err
	}
	if page > 1 && len(v.Cards) == 0 {
		return fault.NotFoundf("Cette page de la liste n’existe pas.")
	}
	return web.Render(w, r, http.StatusOK, newsListPage(p.frame(w, r, "Actualités", newsPath), v))
}

func ofTheme(items []*news.Item, theme news.Theme) []*news.Item {
	var out []*news.Item
	for _, i := range items {
		if i.Theme == theme {
			out = append(out, i)
		}
	}
	return out
}

// themeTabs offers the themes that have news.
func themeTabs(items []*news.Item, current news.Theme) []ui.Tab {
	tabs := []ui.Tab{{Href: newsPath, Label: "Toutes", Current: current == ""}}
	for _, theme := range news.Themes {
		if theme == current || len(ofTheme(items, theme)) > 0 {
			tabs = append(tabs, ui.Tab{Href: newsPath + "?theme=" + string(theme), Label: theme.French(), Current: theme == current})
		}
	}
	return tabs
}

// show cuts a page out of the list.
func (v *newsListView) show(list []*news.Item, theme news.Theme, page int, loc *time.Location) {
	from := min((page-1)*newsPerPage, len(list))
	to := min(from+newsPerPage, len(list))
	v.Cards = stories(list[from:to], loc)
	address := func(n int) string {
		if theme != "" {
			return newsPath + "?theme=" + string(theme) + "&page=" + strconv.Itoa(n)
		}
		return newsPath + "?page=" + strconv.Itoa(n)
	}
	if page > 1 {
		v.Previous = address(page - 1)
	}
	if to < len(list) {
		v.Next = address(page + 1)
	}
	if v.Previous != "" || v.Next != "" {
		v.Where = strconv.Itoa(from+1) + " à " + strconv.Itoa(to) + " sur " + strconv.Itoa(len(list))
	}
}

func (p Pages) newsItem(w http.ResponseWriter, r *http.Request) error {
	who, err := p.whoLooks(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var v ui.Story
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := news.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		i, err := b.At(news.News, r.PathValue("slug"), tx.Now, who.Activities)
		if err != nil {
			return err
		}
		v = stories([]*news.Item{i}, t.Loc)[0]
		v.Picture, v.HTML = picturePath(i.PictureID), i.HTML
		return nil
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Title, newsPath)
	page.Crumbs = []ui.Link{{Href: "/", Label: "Accueil"}, {Href: newsPath, Label: "Actualités"}, {Label: v.Title}}
	return web.Render(w, r, http.StatusOK, newsPage(page, v))
}

// picture serves a picture of the news to who may see the news. A file never changes: browsers keep it.
func (p Pages) picture(w http.ResponseWriter, r *http.Request) error {
	who, err := p.whoLooks(r)
	if err != nil {
		return err
	}
	id := r.PathValue("file")
	open := false
	content, err := readFile(r, id, func(b *news.Board, now civil.Instant) error {
		i, err := b.WithFile(id, now, who.Activities)
		if err == nil && i.Kind != news.News {
			return fault.NotFoundf("")
		}
		open = err == nil && i.ActivityID == ""
		return err
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", picture.Type(content))
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	if open {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}
