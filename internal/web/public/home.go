package public

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/news"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// newsOnHome is how many news the first page shows.
const newsOnHome = 3

// shelf is what the town shows everyone, made from its settings and its publications; it is made again when one of them changes, or the
// day does.
type shelf struct {
	catalogue *activity.Catalogue
	board     *news.Board
	offers    []offer
	dates     []coming
}

// loadShelf reads it: two short queries, and the rest from memory.
func loadShelf(ctx context.Context, tx *db.Tx, loc *time.Location) (*shelf, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	b, err := news.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	today := civil.DateOf(tx.Now, loc)
	return db.Memo(tx, "public.shelf", c.Version+" "+b.Version+" "+today.String(), func() (*shelf, error) {
		return &shelf{catalogue: c, board: b, offers: offers(c, today), dates: comingDates(c, today, loc)}, nil
	})
}

// homeView is what the first page shows.
type homeView struct {
	Offers []offer
	Dates  []coming
	News   []ui.Story
	Name   string // of who is signed in
	Space  ui.Link
	SignUp bool // an account can be opened on-line
	Follow bool // the news follow a choice of themes
}

func (p Pages) home(w http.ResponseWriter, r *http.Request) error {
	v, err := p.whoLooks(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var s *shelf
	var now civil.Instant
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		now = tx.Now
		s, err = loadShelf(r.Context(), tx, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	list := v.Choice.Arrange(s.board.Showing(now, nil))
	list = list[:min(newsOnHome, len(list))]
	page := p.frame(w, r, "Accueil", "/")
	show := front{town: page.Town, shelf: s, news: list, dates: upTo(s.dates, now)}
	if !v.signedIn() && page.Flash == nil && len(v.Choice.Themes) == 0 {
		return p.sendFront(w, r, page, show)
	}
	h := p.homeOf(show, t.Loc)
	h.Follow = len(v.Choice.Themes) > 0
	switch {
	case v.signedIn() && v.Kind == identity.Staff:
		h.Name, h.Space = v.Name, ui.Link{Href: signin.OfficeHome, Label: "Ouvrir le bureau"}
	case v.signedIn():
		h.Name, h.Space = v.Name, ui.Link{Href: signin.FamilyHome, Label: "Ouvrir mon espace"}
	}
	return web.Render(w, r, http.StatusOK, homePage(page, h))
}

func (p Pages) homeOf(f front, loc *time.Location) homeView {
	return homeView{SignUp: p.signUp(), Offers: f.shelf.offers, Dates: f.dates, News: stories(f.news, loc)}
}

// front is what the first page shows to nobody in particular: as long as it is the same, the page is.
type front struct {
	town  *ui.Town
	shelf *shelf
	news  []*news.Item
	dates []coming

	page *web.Prepared
}

func (f *front) same(g *front) bool {
	return f.town == g.town && f.shelf == g.shelf && slices.Equal(f.news, g.news) && slices.Equal(f.dates, g.dates)
}

// sendFront sends the first page as it was drawn, or draws it.
func (p Pages) sendFront(w http.ResponseWriter, r *http.Request, page ui.Page, f front) error {
	t := web.Town(r)
	if kept, ok := p.fronts.Load(t.ID); ok {
		if k, ok := kept.(*front); ok && k.same(&f) {
			return k.page.Send(w, r)
		}
	}
	var err error
	if f.page, err = web.Prepare(r.Context(), homePage(page, p.homeOf(f, t.Loc))); err != nil {
		return err
	}
	p.fronts.Store(t.ID, &f)
	return f.page.Send(w, r)
}

func (p Pages) contact(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	v := contactView{}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		profile, err := t.Profile(r.Context(), tx)
		v.Services = profile.Services
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, contactPage(p.frame(w, r, "Contact", contactPath), v))
}
