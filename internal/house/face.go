package house

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// freshFor is how long what a town shows of itself is believed before its settings are read again.
const freshFor = 2 * time.Second

// readTimeout bounds that reading.
const readTimeout = 5 * time.Second

// faces keeps what the pages of each town show of it. A page never waits for it but the first: once it is no longer fresh, the next
// page asked has it read again beside its own answer.
type faces struct {
	log   *slog.Logger
	links []ui.Link // at the foot, without what the town says in them
	feed  string    // address of the feed of the news, when there is one
	known sync.Map  // town id → *face
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
	var said sayings
	err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		said.today = civil.DateOf(tx.Now, t.Loc)
		if said.profile, err = t.Profile(ctx, tx); err != nil {
			return err
		}
		said.accessibility, err = town.AccessibilityOf(ctx, tx)
		return err
	})
	if err != nil {
		f.log.Warn("the town's settings could not be read", "town", t.ID, "error", err)
	}
	if err == nil || c.shown.Load() == nil {
		c.shown.Store(ui.NewTown(f.draw(t, said)))
	}
	time.AfterFunc(freshFor, func() { c.stale.Store(true) })
}

// sayings are the settings that show on every page.
type sayings struct {
	profile       town.Profile
	accessibility town.Accessibility
	today         civil.Date
}

// footContacts is how many services stand at the foot of every page; the others are on the page of contacts.
const footContacts = 4

// draw is the face of a town that says this of itself.
func (f *faces) draw(t *town.Town, said sayings) ui.Town {
	p := said.profile
	out := ui.Town{Name: p.Name, Portal: p.Portal, Colour: p.Accent, Logo: p.Logo, Feed: f.feed}
	if out.Name == "" {
		out.Name = t.Name // the settings could not be read
	}
	for i, s := range p.Services {
		if i < footContacts {
			out.Contacts = append(out.Contacts, ui.Contact{Title: s.Title, Lines: solid(s.Lines()), Phone: s.Phone, Email: s.Email})
		}
	}
	for _, l := range f.links {
		if l.Href == accessibilityPath {
			l.Label += " : " + said.accessibility.Conformity(said.today).French()
		}
		out.Links = append(out.Links, l)
	}
	if t.Demo {
		out.Ribbon = "Cette ville est une démonstration : les familles et les messages sont inventés."
		out.RibbonLink = ui.Link{Href: "/demo", Label: "Comptes, horloge et messagerie"}
	}
	return out
}

// solid keeps the hours of lines whole.
func solid(lines []string) []string {
	for i := range lines {
		lines[i] = words.SolidHours(lines[i])
	}
	return lines
}

const (
	accessibilityPath = "/accessibilite"
	feedPath          = "/actualites.atom"
)

// served takes, of what every page may link to, what has a page.
func (f *faces) served(routes []web.Route) {
	has := func(path string) bool {
		return slices.ContainsFunc(routes, func(r web.Route) bool { return r.Path == path && r.Method == http.MethodGet })
	}
	for _, l := range []ui.Link{
		{Href: accessibilityPath, Label: "Accessibilité"},
		{Href: "/donnees-personnelles", Label: "Données personnelles"},
		{Href: "/mentions-legales", Label: "Mentions légales"},
	} {
		if has(l.Href) {
			f.links = append(f.links, l)
		}
	}
	if has(feedPath) {
		f.feed = feedPath
	}
}
