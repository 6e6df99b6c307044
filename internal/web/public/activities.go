package public

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/news"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// themeOffers are the activities of one theme.
type themeOffers struct {
	Theme  news.Theme
	Offers []offer
}

func (p Pages) activities(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var groups []themeOffers
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		s, err := loadShelf(r.Context(), tx, t.Loc)
		if err == nil {
			groups = byTheme(s.offers)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, activitiesPage(p.frame(w, r, "Activités", activitiesPath), groups))
}

func byTheme(list []offer) []themeOffers {
	var out []themeOffers
	for _, theme := range news.Themes {
		g := themeOffers{Theme: theme}
		for _, o := range list {
			if o.Theme == theme {
				g.Offers = append(g.Offers, o)
			}
		}
		if len(g.Offers) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// activityView is everything the settings say of an activity, in words. Nothing here is written by hand: what the page says is what the
// rules do.
type activityView struct {
	Name, Icon string
	Days       string
	Options    []string // "Repas, de 11 h 30 à 13 h 30"
	Sites      []*activity.Site
	Who        []string // conditions
	Rules      []rule
	Full       string // what happens when a day is full
	Left       []siteLeft
	LeftAt     string // the instant of the counts
	Prices     []priceTable
	Closed     []string // closures to come
}

// rule is one rule with what it gives next.
type rule struct{ Name, Words, Example string }

// siteLeft is the places left at one site.
type siteLeft struct {
	Site    string
	Columns []string // of options
	Rows    []leftRow
}

// leftRow is one day; a cell says how many places are left.
type leftRow struct {
	Day   string
	Cells []string
}

// priceTable is one grid, as of its first day.
type priceTable struct {
	Title, Since string
	Outside      bool // non-residents have a price of their own
	Rows         []priceRow
	Rules        []string // sentences
	ByQuotient   bool
}

type priceRow struct{ Bracket, Resident, Outside string }

func (p Pages) activity(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var v activityView
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(c.Activities, func(a *activity.Activity) bool {
			return !a.Archived && strings.EqualFold(a.Code, r.PathValue("code"))
		})
		if i < 0 {
			return fault.NotFoundf("Cette activité n’est pas proposée.")
		}
		a := c.Activities[i]
		v = describe(c, a, tx.Now, t.Loc)
		today := civil.DateOf(tx.Now, t.Loc)
		seats, err := booking.PlacesLeft(r.Context(), tx, c, a, civil.Range{From: today, To: today.AddDays(leftAhead)})
		v.Left = placesLeft(c, a, seats, tx.Now, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Name, activitiesPath)
	page.Crumbs = []ui.Link{{Href: "/", Label: "Accueil"}, {Href: activitiesPath, Label: "Activités"}, {Label: v.Name}}
	return web.Render(w, r, http.StatusOK, activityPage(page, v))
}

// describe says an activity in words, with examples from now on.
func describe(c *activity.Catalogue, a *activity.Activity, now civil.Instant, loc *time.Location) activityView {
	today := civil.DateOf(now, loc)
	v := activityView{Name: a.Name, Icon: kinds[a.Kind].icon, Days: days(a), Who: conditions(a), Full: whenFull(a), LeftAt: civil.FrenchInstant(now, loc)}
	for _, o := range a.LiveOptions() {
		v.Options = append(v.Options, words.SolidHours(o.Name+", de "+o.Starts.French()+" à "+o.Ends.French()))
	}
	for _, id := range a.SiteIDs {
		if s, ok := c.Site(id); ok && !s.Archived {
			v.Sites = append(v.Sites, s)
		}
	}
	v.Rules = rules(c, a, now, loc)
	for i := range v.Rules {
		v.Rules[i].Words, v.Rules[i].Example = words.SolidHours(v.Rules[i].Words), words.SolidHours(v.Rules[i].Example)
	}
	v.Prices = prices(c, a, today)
	for _, k := range c.Closures() {
		if !k.To.Before(today) && !k.From.After(today.AddDays(datesAhead)) && closes(c, a, &k) {
			v.Closed = append(v.Closed, closureWords(c, &k))
		}
	}
	return v
}

// closes says whether a closure takes a day of service from an activity.
func closes(c *activity.Catalogue, a *activity.Activity, k *activity.Closure) bool {
	for day := range (civil.Range{From: k.From, To: k.To}).Days() {
		for _, site := range a.SiteIDs {
			if k.Covers(a.ID, site, day) && c.Service(a, site, day).Why == activity.Closed {
				return true
			}
		}
	}
	return false
}

func closureWords(c *activity.Catalogue, k *activity.Closure) string {
	when := "le " + k.From.Long()
	if k.To != k.From {
		when = "du " + k.From.Long() + " au " + k.To.Long()
	}
	if s, ok := c.Site(k.SiteID); ok {
		when += ", " + s.Name
	}
	return words.UpperFirst(when) + " : " + words.Typeset(words.LowerFirst(k.Reason))
}

// conditions says for whom an activity is.
func conditions(a *activity.Activity) []string {
	var out []string
	if len(a.Levels) > 0 {
		out = append(out, "Classes : "+words.List(a.Levels)+".")
	}
	switch {
	case a.MinAge != nil && a.MaxAge != nil:
		out = append(out, "De "+words.Age(*a.MinAge)+" à "+words.Age(*a.MaxAge)+", le jour de l’accueil.")
	case a.MinAge != nil:
		out = append(out, "À partir de "+words.Age(*a.MinAge)+", le jour de l’accueil.")
	case a.MaxAge != nil:
		out = append(out, "Jusqu’à "+words.Age(*a.MaxAge)+", le jour de l’accueil.")
	}
	if a.ResidentsOnly {
		out = append(out, "Réservé aux familles qui habitent la commune.")
	}
	if a.NeedsPaidUp {
		out = append(out, "Le dossier de la famille ne doit pas être bloqué.")
	}
	return append(out, "L’enfant doit être inscrit à l’activité avant de réserver des jours.")
}

// rules says when days may be added and cancelled, each with the next example.
func rules(c *activity.Catalogue, a *activity.Activity, now civil.Instant, loc *time.Location) []rule {
	add := func(t activity.Terms) civil.Instant { return t.AddUntil }
	cancel := func(t activity.Terms) civil.Instant { return t.CancelUntil }
	var out []rule
	if a.Add.String() == a.Cancel.String() {
		out = append(out, rule{"Réserver ou annuler", words.UpperFirst(a.Add.French()), deadlineExample(c, a, now, loc, add)})
	} else {
		out = append(out, rule{"Réserver", words.UpperFirst(a.Add.French()), deadlineExample(c, a, now, loc, add)},
			rule{"Annuler", words.UpperFirst(a.Cancel.French()), deadlineExample(c, a, now, loc, cancel)})
	}
	if a.Opening.String() != "" {
		out = append(out, rule{"Ouverture des réservations", words.UpperFirst(a.Opening.French()), openingExample(c, a, now, loc, false)})
	}
	if a.PriorityOpening.String() != "" {
		out = append(out, rule{"Pour les habitants de la commune", words.UpperFirst(a.PriorityOpening.French()), openingExample(c, a, now, loc, true)})
	}
	if a.Instruction {
		out = append(out, rule{Name: "Accord", Words: "Un agent accepte chaque réservation"})
	}
	return out
}

// examplesAhead is how many days ahead an example is looked for.
const examplesAhead = 200

// deadlineExample is the first day to come that can still be changed, and until when.
func deadlineExample(c *activity.Catalogue, a *activity.Activity, now civil.Instant, loc *time.Location, of func(activity.Terms) civil.Instant) string {
	today := civil.DateOf(now, loc)
	for day := range (civil.Range{From: today, To: today.AddDays(examplesAhead)}).Days() {
		terms, ok := termsOn(c, a, day, false, loc)
		if ok && !of(terms).IsZero() && !of(terms).Before(now.Second()) {
			return "Pour le " + day.Long() + " : jusqu’au " + civil.FrenchInstant(of(terms), loc) + "."
		}
	}
	return ""
}

// openingExample is the next opening, or that what comes is open already.
func openingExample(c *activity.Catalogue, a *activity.Activity, now civil.Instant, loc *time.Location, priority bool) string {
	today := civil.DateOf(now, loc)
	for day := range (civil.Range{From: today, To: today.AddDays(examplesAhead)}).Days() {
		terms, ok := termsOn(c, a, day, priority, loc)
		if ok && terms.Opens.After(now) {
			return "Le " + day.Long() + " ouvre le " + civil.FrenchInstant(terms.Opens, loc) + "."
		}
	}
	return "Tous les jours connus du calendrier sont déjà ouverts."
}

// whenFull says what happens when no place is left.
func whenFull(a *activity.Activity) string {
	switch {
	case a.IsRight:
		return "C’est un droit : quand un jour est complet, la demande n’est pas refusée, elle attend l’accord d’un agent."
	case a.Waiting == activity.AutoWaiting:
		return "Quand un jour est complet, vous pouvez rejoindre la liste d’attente. Une place qui se libère est donnée à la première demande, et un e-mail vous prévient ; à moins de " +
			ui.Count(int(a.MarginHours), "heure", "heures") + " du dernier moment pour annuler, elle vous est seulement proposée."
	case a.Waiting == activity.OfferWaiting:
		return "Quand un jour est complet, vous pouvez rejoindre la liste d’attente. Une place qui se libère est proposée à la première demande, qui a " + ui.Count(int(a.OfferHours), "heure", "heures") + " pour l’accepter."
	}
	return "Quand un jour est complet, il n’y a pas de liste d’attente."
}

// prices lays out the grids in force, and those to come. Each price is asked of the grid as for a family: the page shows what is billed.
func prices(c *activity.Catalogue, a *activity.Activity, today civil.Date) []priceTable {
	var out []priceTable
	shown := map[string]int{}
	add := func(g tariff.Grid, option activity.Option) {
		if at, ok := shown[g.ID]; ok {
			out[at].Title += ", " + option.Name
			return
		}
		shown[g.ID] = len(out)
		out = append(out, tableOf(g, option.Name))
	}
	for _, o := range a.LiveOptions() {
		if g, ok := tariff.InForce(c.Grids(a.ID), o.ID, today); ok {
			add(g, o)
		}
	}
	for _, o := range a.LiveOptions() {
		for _, g := range c.Grids(a.ID) {
			if g.From.After(today) && (g.OptionID == "" || g.OptionID == o.ID) && g.AgeGroup == "" && !g.Per.Fee() {
				add(g, o)
			}
		}
	}
	return append(out, otherPrices(c, a, today)...)
}

// priceRows are the prices of a grid, before reductions.
func priceRows(g tariff.Grid) []priceRow {
	price := func(c money.Cents) string {
		if c != 0 {
			return c.String()
		}
		return "gratuit"
	}
	var rows []priceRow
	for _, row := range g.Rows() {
		rows = append(rows, priceRow{row.Label, price(row.Resident), price(row.Outside)})
	}
	return rows
}

func leftColumns(s siteLeft) []ui.Column {
	columns := []ui.Column{{Label: "Jour"}}
	for _, name := range s.Columns {
		columns = append(columns, ui.Column{Label: name})
	}
	return columns
}

func priceColumns(t priceTable) []ui.Column {
	columns := []ui.Column{{Label: "Tarif"}, {Label: "Prix", Num: true}}
	if t.ByQuotient {
		columns[0].Label = "Quotient familial"
	}
	if t.Outside {
		columns[1].Label = "Habitants"
		columns = append(columns, ui.Column{Label: "Hors commune", Num: true})
	}
	return columns
}
