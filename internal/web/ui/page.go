package ui

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/a-h/templ"
)

// Town is what every page shows of its town. Make it with NewTown, once per change of the settings: the head and the foot of the
// pages are written then, and only copied afterwards.
type Town struct {
	Name     string // "Ville de Chatou"
	Portal   string // "Espace Citoyens"
	Colour   string // "#rrggbb"; anything else is DefaultColour
	Logo     string // address of a picture; empty: the roof of a préau
	Feed     string // address of the feed of the news; empty when there is none
	Contacts []Contact
	Links    []Link // small links at the bottom: accessibility, personal data, legal notice
	// Ribbon is a sentence above every page of a demonstration; empty in a real town. RibbonLink follows it, when it has a label.
	Ribbon     string
	RibbonLink Link

	head, foot, mark string
}

// Contact is one service of the town, at the foot of every page.
type Contact struct {
	Title string
	Lines []string // address, hours
	Phone string   // "01 34 80 46 62"
	Email string
}

// Link is an address and its words.
type Link struct{ Href, Label string }

// NewTown prepares t for the layouts.
func NewTown(t Town) *Town {
	if t.Portal == "" {
		t.Portal = "Espace Citoyens"
	}
	if !ValidColour(t.Colour) {
		t.Colour = DefaultColour
	}
	t.head = headHTML(t.Colour) + feedHTML(t.Feed, t.Name)
	t.mark = markHTML(t.Logo)
	t.foot = text(footer(&t))
	return &t
}

// headHTML is what stands in <head> after the title.
func headHTML(colour string) string {
	return `<meta name="color-scheme" content="light dark">` +
		`<link rel="icon" href="` + faviconHref + `" type="image/svg+xml">` +
		`<link rel="preload" href="` + fontHref + `" as="font" type="font/woff2" crossorigin>` +
		`<link rel="stylesheet" href="` + appHref + `">` +
		`<link rel="stylesheet" href="` + ThemeHref(colour) + `">` +
		`<link rel="stylesheet" href="` + printHref + `" media="print">` +
		`<script src="` + scriptHref + `" defer></script>`
}

// feedHTML tells news readers where the feed is.
func feedHTML(feed, town string) string {
	if feed == "" {
		return ""
	}
	return `<link rel="alternate" type="application/atom+xml" title="` + templ.EscapeString("Actualités – "+town) + `" href="` + templ.EscapeString(feed) + `">`
}

// markHTML is the town's sign beside its name: a picture that adds no word to it.
func markHTML(logo string) string {
	if logo == "" {
		return brandMark
	}
	return `<img class="brand__mark brand__mark--logo" src="` + templ.EscapeString(logo) + `" alt="">`
}

// text renders a component that is known not to fail: it writes to memory and reads nothing from the context.
func text(c templ.Component) string {
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		panic(err)
	}
	return b.String()
}

// Page is what a layout needs to know of the page it frames.
type Page struct {
	Town   *Town
	Title  string    // "Planning"; the layout adds the portal and the town
	Nav    []NavItem // the items this visitor may see
	Here   string    // address of the current item of Nav
	User   string    // name of who is signed in; empty for a visitor
	Me     string    // address of the page about oneself; empty when there is none
	Crumbs []Link    // from home to this page; the last one is this page and its address is not used
	Flash  *Flash    // what the last act did
	Task   bool      // a step of a task: on a phone, the bar at the bottom leaves room for the task's own
	Wide   bool      // printed in landscape
	Query  string    // what stands in the office's search box
	Acting *Acting   // an agent acts for the family whose page it is; nil: nobody does
	Kit    bool      // the page shows the kit itself and needs its style sheet
}

// Acting says on a family's page that an agent acts in its name.
type Acting struct {
	For     string // name of the guardian
	Receipt string // address of what was done
	End     string // address that a form ends it at
}

// NavItem is one entry of a menu.
type NavItem struct {
	Href, Label, Icon string
	Group             string // heading above the item in the office's menu; items of one group follow each other
	Count             int    // what waits there; shown when it is not zero
	Counted           string // what is counted, read after the number: "à accepter"
	More              bool   // on a phone, where a bar has room for five, behind « Plus »
}

// FamilyNav is the menu of a family's space. offers is how many offers of the waiting list wait for an answer.
func FamilyNav(offers int) []NavItem {
	return []NavItem{
		{Href: "/espace", Label: "Accueil", Icon: "house"},
		{Href: "/espace/planning", Label: "Planning", Icon: "calendar-days"},
		{Href: "/espace/factures", Label: "Factures", Icon: "receipt-text"},
		{Href: "/espace/messages", Label: "Messages", Icon: "mail", Counted: "à lire"},
		{Href: "/espace/foyer", Label: "Foyer", Icon: "users", More: true},
		{Href: "/espace/propositions", Label: "Propositions", Icon: "bell", Count: offers, Counted: "à accepter ou à refuser", More: true},
		{Href: "/espace/absences", Label: "Absences", Icon: "calendar-off", More: true},
		{Href: "/espace/documents", Label: "Documents", Icon: "folder", More: true},
		{Href: "/espace/historique", Label: "Historique", Icon: "history", More: true},
	}
}

// OfficeNav is the whole menu of the agents. The door keeps the items that the agent's rights allow, and sets the counts.
func OfficeNav() []NavItem {
	return []NavItem{
		{Href: "/bureau", Label: "Aujourd’hui", Icon: "house"},
		{Href: "/bureau/demandes", Label: "Demandes", Icon: "clipboard-list", Counted: "à traiter"},
		{Href: "/bureau/justificatifs", Label: "Justificatifs", Icon: "file-text", Counted: "à vérifier"},
		{Href: "/bureau/familles", Label: "Familles", Icon: "users"},
		{Href: "/bureau/verifications", Label: "Vérifications", Icon: "list-checks", Counted: "à vérifier"},
		{Href: "/bureau/messages", Label: "Messages", Icon: "mail", Counted: "à répondre"},
		{Href: "/bureau/demandes-de-foyer", Label: "Demandes de foyer", Icon: "user-plus", Counted: "à instruire"},
		{Href: "/bureau/cles", Label: "Clés enfance", Icon: "key-round"},
		{Href: "/bureau/pointage", Label: "Pointage", Icon: "circle-check", Group: "Accueil des enfants"},
		{Href: "/bureau/listes", Label: "Listes du jour", Icon: "list-checks", Group: "Accueil des enfants"},
		{Href: "/bureau/cuisine", Label: "Cuisine", Icon: "utensils", Group: "Accueil des enfants"},
		{Href: "/bureau/inscriptions", Label: "Inscriptions", Icon: "calendar-check", Group: "Accueil des enfants"},
		{Href: "/bureau/absences", Label: "Absences", Icon: "calendar-off", Group: "Accueil des enfants", Counted: "à répondre"},
		{Href: "/bureau/evenements", Label: "Événements", Icon: "flag", Group: "Accueil des enfants"},
		{Href: "/bureau/fermetures", Label: "Fermetures", Icon: "door-closed", Group: "Accueil des enfants"},
		{Href: "/bureau/facturation", Label: "Facturation", Icon: "receipt-text", Group: "Argent"},
		{Href: "/bureau/encaissements", Label: "Encaissements", Icon: "wallet", Group: "Argent"},
		{Href: "/bureau/paiements", Label: "Paiements en ligne", Icon: "credit-card", Group: "Argent", Counted: "à regarder"},
		{Href: "/bureau/prelevements", Label: "Prélèvements", Icon: "landmark", Group: "Argent"},
		{Href: "/bureau/impayes", Label: "Impayés", Icon: "hourglass", Group: "Argent"},
		{Href: "/bureau/actualites", Label: "Actualités", Icon: "megaphone", Group: "Site public"},
		{Href: "/bureau/documents", Label: "Documents", Icon: "file-down", Group: "Site public"},
		{Href: "/bureau/activites", Label: "Activités", Icon: "tent-tree", Group: "Réglages"},
		{Href: "/bureau/parametres/tarifs", Label: "Tarifs", Icon: "receipt-text", Group: "Réglages"},
		{Href: "/bureau/parametres", Label: "Paramètres", Icon: "settings", Group: "Réglages"},
		{Href: "/bureau/donnees", Label: "Données personnelles", Icon: "shield", Group: "Réglages"},
		{Href: "/bureau/agents", Label: "Agents", Icon: "user-cog", Group: "Réglages"},
		{Href: "/bureau/journal", Label: "Journal", Icon: "scroll-text", Group: "Réglages"},
	}
}

// behindPlus gives the items that a phone shows behind « Plus ».
func behindPlus(nav []NavItem) []NavItem {
	var plus []NavItem
	for _, item := range nav {
		if item.More {
			plus = append(plus, item)
		}
	}
	return plus
}

// counted is what waits behind several items together.
func counted(items []NavItem) (n int) {
	for _, item := range items {
		n += item.Count
	}
	return n
}

func hereAmong(items []NavItem, here string) bool {
	return slices.ContainsFunc(items, func(i NavItem) bool { return i.Href == here })
}

func navClass(item NavItem) string {
	if item.More {
		return "nav__a nav__a--more"
	}
	return "nav__a"
}

// opensGroup says whether a heading stands above item i of the menu.
func opensGroup(nav []NavItem, i int) bool {
	return nav[i].Group != "" && (i == 0 || nav[i-1].Group != nav[i].Group)
}

// startsList says whether a new list starts at item i of the menu.
func startsList(nav []NavItem, i int) bool { return i == 0 || nav[i-1].Group != nav[i].Group }

func endsList(nav []NavItem, i int) bool { return i == len(nav)-1 || nav[i+1].Group != nav[i].Group }

// Flash is one sentence told once, on the page that follows an act.
type Flash struct {
	Kind  Kind   `json:"k,omitempty"`
	Title string `json:"t"`
	Text  string `json:"x,omitempty"`
}

// Kind is the tone of a message or of a badge. Each has its icon: colour never speaks alone.
type Kind string

const (
	Plain  Kind = ""       // neutral; a note that informs
	Accent Kind = "accent" // the town's colour: booked, new
	Good   Kind = "good"   // done, paid
	Warn   Kind = "warn"   // attention: soon, waiting for someone
	Bad    Kind = "bad"    // error, too late
	Plum   Kind = "plum"   // waiting list
)

func (k Kind) icon() string {
	switch k {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-alert"
	case Plum:
		return "list-ordered"
	}
	return "info"
}

func bodyClass(p Page, tabbar bool) string {
	class := ""
	if tabbar {
		class = "has-tabbar"
	}
	if p.Task {
		class += " is-task"
	}
	if p.Wide {
		class += " print-wide"
	}
	return class
}

func number(n int) string { return strconv.Itoa(n) }

// Count writes a number and the noun it counts: Count(1, "ajout", "ajouts") is "1 ajout". Zero is singular, as in French.
func Count(n int, one, many string) string {
	if n > 1 || n < -1 {
		return Number(n) + " " + many
	}
	return Number(n) + " " + one
}

// Number writes a whole number with narrow no-break spaces between thousands: "1 186".
func Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	out := make([]byte, 0, len(digits)+6)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, "\u202f"...)
		}
		out = append(out, digits[i])
	}
	return sign + string(out)
}
