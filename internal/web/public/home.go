package public

import (
	"context"
	"net/http"
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
	h := homeView{SignUp: p.signUp(), Follow: len(v.Choice.Themes) > 0}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := loadShelf(r.Context(), tx, t.Loc)
		if err != nil {
			return err
		}
		h.Offers, h.Dates = s.offers, upTo(s.dates, tx.Now)
		list := v.Choice.Arrange(s.board.Showing(tx.Now, nil))
		h.News = stories(list[:min(newsOnHome, len(list))], t.Loc)
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case v.signedIn() && v.Kind == identity.Staff:
		h.Name, h.Space = v.Name, ui.Link{Href: signin.OfficeHome, Label: "Ouvrir le bureau"}
	case v.signedIn():
		h.Name, h.Space = v.Name, ui.Link{Href: signin.FamilyHome, Label: "Ouvrir mon espace"}
	}
	return web.Render(w, r, http.StatusOK, homePage(p.frame(w, r, "Accueil", "/"), h))
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
