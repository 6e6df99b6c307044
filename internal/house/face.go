package house

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"preau/internal/db"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// freshFor is how long what a town shows of itself is believed before its settings are read again.
const freshFor = 2 * time.Second

// readTimeout bounds that reading.
const readTimeout = 5 * time.Second

// faces keeps what the pages of each town show of it. A page never waits for it but the first: once it is no longer fresh, the next
// page asked has it read again beside its own answer.
type faces struct {
	log   *slog.Logger
	links []ui.Link
	known sync.Map // town id → *face
}

// face is one town's.
type face struct {
	once  sync.Once
	shown atomic.Pointer[ui.Town]
	stale atomic.Bool
}

func newFaces(log *slog.Logger) *faces { return &faces{log: log} }

// of gives what the pages of a town show of it.
func (f *faces) of(t *town.Town) *ui.Town {
	v, ok := f.known.Load(t.ID)
	if !ok {
		v, _ = f.known.LoadOrStore(t.ID, &face{})
	}
	c, _ := v.(*face)
	c.once.Do(func() { f.read(t, c) })
	if c.stale.CompareAndSwap(true, false) {
		go f.read(t, c)
	}
	return c.shown.Load()
}

// read prepares a face from the town's settings; when they cannot be read, the old one stays.
func (f *faces) read(t *town.Town, c *face) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	var profile town.Profile
	err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		profile, err = town.Settings(ctx, tx)
		return err
	})
	if err != nil {
		f.log.Warn("the town's settings could not be read", "town", t.ID, "error", err)
	}
	if err == nil || c.shown.Load() == nil {
		c.shown.Store(ui.NewTown(f.draw(t, profile)))
	}
	time.AfterFunc(freshFor, func() { c.stale.Store(true) })
}

// draw is the face of a town with this profile.
func (f *faces) draw(t *town.Town, p town.Profile) ui.Town {
	out := ui.Town{Name: t.Name, Colour: p.Accent, Links: f.links}
	if p.Service != "" {
		c := ui.Contact{Title: p.Service, Phone: p.Phone, Email: p.Email}
		for _, line := range []string{p.Address, p.Hours} {
			if line != "" {
				c.Lines = append(c.Lines, line)
			}
		}
		out.Contacts = []ui.Contact{c}
	}
	if t.Demo {
		out.Ribbon = "Cette ville est une démonstration : les familles et les messages sont inventés."
		out.RibbonLink = ui.Link{Href: "/demo", Label: "Comptes, horloge et messagerie"}
	}
	return out
}

// legalLinks are the small links at the foot of each page, those that have a page.
func legalLinks(routes []web.Route) []ui.Link {
	var links []ui.Link
	for _, l := range []ui.Link{
		{Href: "/accessibilite", Label: "Accessibilité"},
		{Href: "/donnees-personnelles", Label: "Données personnelles"},
		{Href: "/mentions-legales", Label: "Mentions légales"},
	} {
		for _, r := range routes {
			if r.Path == l.Href && r.Method == "GET" {
				links = append(links, l)
			}
		}
	}
	return links
}
