package public

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/news"
	"preau/internal/town"
	"preau/internal/web"
)

// atomFeed and the types below are RFC 4287, what of it a reader of news needs.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  atomAuthor  `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Links     []atomLink `xml:"link"`
	Summary   string     `xml:"summary,omitempty"`
	Content   atomText   `xml:"content"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// feedEntries is how many news the feed holds.
const feedEntries = 20

// feed lists the news that are for everyone, for a reader of news. What is for the families of one activity is never there.
func (p Pages) feed(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var f atomFeed
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := news.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		profile, err := t.Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		items := b.Showing(tx.Now, nil)
		f = atomOf(t, profile, items[:min(feedEntries, len(items))], tx.Now)
		return nil
	})
	if err != nil {
		return err
	}
	body, err := xml.Marshal(f)
	if err != nil {
		return err
	}
	body = append([]byte(xml.Header), body...)
	h := w.Header()
	h.Set("Content-Type", "application/atom+xml; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a visitor who has left is nobody's failure
	return nil
}

func atomOf(t *town.Town, p town.Profile, items []*news.Item, now civil.Instant) atomFeed {
	f := atomFeed{Lang: "fr", ID: t.BaseURL + feedPath, Title: "Actualités – " + p.Portal + " – " + p.Name, Author: atomAuthor{p.Name},
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: t.BaseURL + feedPath}, {Rel: "alternate", Type: "text/html", Href: t.BaseURL + newsPath}}}
	updated := civil.Instant{}
	for _, i := range items {
		e := atomEntry{ID: "urn:preau:" + t.ID + ":" + i.ID, Title: i.Title, Published: i.Shown().String(), Updated: laterOf(i.Shown(), i.MadeAt).String(),
			Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: t.BaseURL + newsPath + "/" + i.Slug}}, Summary: i.Teaser(), Content: atomText{"html", absolute(i.HTML, t.BaseURL)}}
		updated = laterOf(updated, laterOf(i.Shown(), i.MadeAt))
		f.Entries = append(f.Entries, e)
	}
	if updated.IsZero() {
		updated = now
	}
	f.Updated = updated.String()
	return f
}

func laterOf(a, b civil.Instant) civil.Instant {
	if a.Before(b) {
		return b
	}
	return a
}

// absolute writes in full the addresses of this site: a reader of news shows the text elsewhere.
func absolute(html, base string) string {
	return strings.ReplaceAll(html, `href="/`, `href="`+base+`/`)
}

// robots tells search engines to stay out of what belongs to somebody; a demonstration is not to be found at all.
func (p Pages) robots(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	body := "User-agent: *\nDisallow: /espace\nDisallow: /bureau\nDisallow: /agenda/\nDisallow: /activation/\nDisallow: /mot-de-passe/\nDisallow: /recherche\nSitemap: " + t.BaseURL + "/sitemap.xml\n"
	if t.Demo {
		body = "User-agent: *\nDisallow: /\n"
	}
	return plain(w, "text/plain; charset=utf-8", body)
}

type urlSet struct {
	XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []urlLoc `xml:"url"`
}

type urlLoc struct {
	Loc      string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

// sitemap lists the pages that anyone may find.
func (p Pages) sitemap(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var set urlSet
	for _, path := range []string{"/", newsPath, activitiesPath, downloadsPath, contactPath, "/accessibilite", "/donnees-personnelles", "/mentions-legales"} {
		set.URLs = append(set.URLs, urlLoc{Loc: t.BaseURL + path})
	}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := loadShelf(r.Context(), tx, t.Loc)
		if err != nil {
			return err
		}
		for _, o := range s.offers {
			set.URLs = append(set.URLs, urlLoc{Loc: t.BaseURL + o.Href})
		}
		for _, i := range s.board.Showing(tx.Now, nil) {
			set.URLs = append(set.URLs, urlLoc{Loc: t.BaseURL + newsPath + "/" + i.Slug, Modified: civil.DateOf(laterOf(i.Shown(), i.MadeAt), t.Loc).String()})
		}
		return nil
	})
	if err != nil {
		return err
	}
	body, err := xml.Marshal(set)
	if err != nil {
		return err
	}
	return plain(w, "application/xml; charset=utf-8", xml.Header+string(body))
}

// plain sends a text that machines read; it may be kept for an hour.
func plain(w http.ResponseWriter, kind, body string) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(body)) // a visitor who has left is nobody's failure
	return nil
}
