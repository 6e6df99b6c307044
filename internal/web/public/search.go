package public

import (
	"net/http"
	"slices"
	"strings"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/news"
	"preau/internal/town"
	"preau/internal/web"
)

// found is one result of a search.
type found struct{ Href, Title, Text string }

// foundGroup is the results of one kind.
type foundGroup struct {
	ID, Title string
	Found     []found
}

// searchView is what a search gives.
type searchView struct {
	Query  string
	Groups []foundGroup
	Count  int
	Short  bool // too few letters to look for
}

const (
	minSearch = 2   // letters of a word that is looked for
	maxSearch = 100 // characters of a search
	maxFound  = 20  // results of one kind
)

// search looks for words in what the town shows: accents, capitals and hyphens do not matter, and each word must be there.
func (p Pages) search(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := searchView{Query: q.Text("q", maxSearch)}
	words := searchWords(v.Query)
	v.Short = v.Query != "" && len(words) == 0
	if len(words) > 0 {
		who, err := p.whoLooks(r)
		if err != nil {
			return err
		}
		if err := v.look(r, words, who.Activities); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, searchPage(p.frame(w, r, "Recherche", searchPath), v))
}

// searchWords folds a search and leaves out what is too short to mean anything.
func searchWords(query string) []string {
	return slices.DeleteFunc(strings.Fields(household.Fold(query)), func(w string) bool { return len(w) < minSearch })
}

func (v *searchView) look(r *http.Request, words, activities []string) error {
	t := web.Town(r)
	return t.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := loadShelf(r.Context(), tx, t.Loc)
		if err != nil {
			return err
		}
		profile, err := t.Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		v.add("activites", "Activités", foundActivities(s, words))
		v.add("actualites", "Actualités", foundNews(s.board.Showing(tx.Now, activities), words, func(i *news.Item) found {
			return found{newsPath + "/" + i.Slug, i.Title, civil.DateOf(i.Shown(), t.Loc).DayMonthYear() + " : " + i.Teaser()}
		}))
		v.add("documents", "Documents à télécharger", foundNews(s.board.Offered(tx.Now), words, func(i *news.Item) found {
			return found{downloadsPath + "/" + i.Slug, i.Title + " (" + fileFacts(i) + ")", i.Summary}
		}))
		v.add("services", "Services", foundServices(profile, words))
		return nil
	})
}

func (v *searchView) add(id, title string, list []found) {
	if len(list) > maxFound {
		list = list[:maxFound]
	}
	if len(list) > 0 {
		v.Groups = append(v.Groups, foundGroup{"h-" + id, title, list})
		v.Count += len(list)
	}
}

// hasAll says whether every word is in a folded text.
func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func foundNews(items []*news.Item, words []string, show func(*news.Item) found) []found {
	var out []found
	for _, i := range items {
		if hasAll(i.Folded, words) {
			out = append(out, show(i))
		}
	}
	return out
}

func foundActivities(s *shelf, words []string) []found {
	var out []found
	for _, o := range s.offers {
		a := activityAt(s.catalogue, o.Href)
		text := o.Name + " " + o.Summary + " " + o.Rule
		for _, option := range a.LiveOptions() {
			text += " " + option.Name
		}
		for _, id := range a.SiteIDs {
			if site, ok := s.catalogue.Site(id); ok {
				text += " " + site.Name + " " + site.Address
			}
		}
		if hasAll(household.Fold(text), words) {
			out = append(out, found{o.Href, o.Name, o.Summary})
		}
	}
	return out
}

func activityAt(c *activity.Catalogue, href string) *activity.Activity {
	i := slices.IndexFunc(c.Activities, func(a *activity.Activity) bool { return !a.Archived && activityPath(a) == href })
	if i < 0 {
		return &activity.Activity{}
	}
	return c.Activities[i]
}

func foundServices(p town.Profile, words []string) []found {
	var out []found
	for _, s := range p.Services {
		lines := strings.Join(s.Lines(), ", ")
		if hasAll(household.Fold(s.Title+" "+lines+" "+s.Phone+" "+s.Email), words) {
			out = append(out, found{contactPath + "#service-" + s.ID, s.Title, lines})
		}
	}
	return out
}
