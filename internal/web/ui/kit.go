package ui

// swatch is one colour of the kit.
type swatch struct{ class, name, token string }

var swatches = []swatch{
	{"bg-accent", "Accent", "--accent"}, {"bg-accent-strong", "Accent fort", "--accent-strong"},
	{"bg-accent-line", "Accent, trait", "--accent-line"}, {"bg-accent-soft", "Accent doux", "--accent-soft"},
	{"bg-deep", "Bandeau", "--deep"}, {"bg-paper", "Papier", "--paper"}, {"bg-surface", "Surface", "--surface"},
	{"bg-sunken", "Creux", "--sunken"}, {"bg-line", "Trait de champ", "--line-strong"}, {"bg-ink-2", "Encre 2", "--ink-2"},
	{"bg-ink", "Encre", "--ink"}, {"bg-straw", "Paille", "--straw"}, {"bg-straw-soft", "Paille douce", "--straw-soft"},
	{"bg-brick", "Brique", "--brick"}, {"bg-leaf", "Feuille", "--leaf"}, {"bg-plum", "Prune", "--plum"},
}

// kitTowns are colours that towns might choose, a light yellow among them: the rule darkens it.
var kitTowns = []struct{ class, name, colour string }{
	{"town-1", "Canotier", "#17566f"}, {"town-2", "Garance", "#8c2f39"}, {"town-3", "Platane", "#2f6b3a"},
	{"town-4", "Mimosa", "#f2b705, assombri par la règle"}, {"town-5", "Violette", "#5b3a8e"},
}

// kitDay is one state of a day's cell in the kit. The calendar page writes the same markup.
type kitDay struct {
	from, state, was  string // data-from, data-state, data-was
	weekday, num      string
	icon, word        string // the state when the box is ticked, or the only state
	offIcon, offWord  string // the state when it is not
	rule              string
	box, ticked, last bool
	today             bool
}

var kitDays = []kitDay{
	{from: "free", weekday: "mardi", num: "8", icon: "plus", word: "Ajouté", offIcon: "square", offWord: "Libre", rule: "Modifiable jusqu’au mar. 1er déc. 23 h 59", box: true},
	{from: "booked", weekday: "lundi", num: "7", icon: "check", word: "Réservé", offIcon: "minus", offWord: "Retiré", rule: "Modifiable jusqu’au lun. 30 nov. 23 h 59", box: true, ticked: true},
	{from: "free", weekday: "mardi", num: "8", icon: "plus", word: "Ajouté", offIcon: "square", offWord: "Libre", rule: "Modifiable jusqu’au mar. 1er déc. 23 h 59", box: true, ticked: true},
	{from: "booked", weekday: "vendredi", num: "11", icon: "check", word: "Réservé", offIcon: "minus", offWord: "Retiré", rule: "Modifiable jusqu’au ven. 4 déc. 23 h 59", box: true},
	{from: "booked", weekday: "lundi", num: "14", icon: "check", word: "Réservé", offIcon: "minus", offWord: "Retiré", rule: "Modifiable jusqu’à ce soir 23 h 59", box: true, ticked: true, last: true},
	{state: "pending", weekday: "vendredi", num: "4", icon: "hourglass", word: "En attente d’instruction", rule: "Demandé le mer. 25 nov."},
	{state: "waiting", weekday: "jeudi", num: "17", icon: "list-ordered", word: "Liste d’attente, rang 3", offIcon: "minus", offWord: "Liste quittée", rule: "1 place à attribuer lun. 7 déc.", box: true, ticked: true},
	{state: "full", weekday: "vendredi", num: "18", icon: "list-ordered", word: "Liste d’attente demandée", offIcon: "ban", offWord: "Complet", rule: "Cochez pour rejoindre la liste d’attente", box: true},
	{state: "locked", was: "booked", weekday: "lundi", num: "30", icon: "check", word: "Réservé", rule: "Verrouillé depuis lun. 23 nov. 23 h 59", today: true},
	{state: "locked", weekday: "mardi", num: "1", word: "Non réservé", rule: "Verrouillé depuis mar. 24 nov. 23 h 59"},
	{state: "closed", weekday: "jeudi", num: "3", icon: "door-closed", word: "Fermé : grève", rule: "Repas annulé, non facturé"},
	{state: "outside", weekday: "vendredi", num: "1", icon: "calendar-off", word: "Hors période", rule: "Janvier ouvre le 7 déc."},
}

// locked says whether the cell shows a padlock where the box would be.
func (d kitDay) locked() bool { return d.state == "locked" || d.state == "pending" }

var kitChart = Bars{
	ID: "k-chart", Title: "Repas réservés et servis, de septembre à décembre 2026", Series: []string{"Servis", "Réservés"},
	Groups: []BarGroup{{"Sept.", []int{398, 412}}, {"Oct.", []int{301, 388}}, {"Nov.", []int{390, 405}}, {"Déc.", []int{268, 276}}},
}

var kitOptions = []Option{{Value: "standard", Label: "Standard"}, {Value: "sans-porc", Label: "Sans porc"}, {Value: "vege", Label: "Végétarien"}}

var kitTabs = []Tab{
	{Href: "#k7", Label: "Restauration", Icon: "utensils", Current: true},
	{Href: "#k7", Label: "Étude", Icon: "book-open"},
	{Href: "#k7", Label: "Demandes", Icon: "clipboard-list", Count: 4},
}

var kitDiffs = []Diff{{Label: "Numéro et voie", Old: "12 rue des Landes", New: "4 avenue Foch", Now: "12 rue des Landes", Changed: true}, {Label: "Commune", Old: "Chatou", New: "Chatou", Now: "Chatou"}}

var kitStories = []Story{
	{Href: "#k10", Title: "Mercredis : des bateaux sur la Seine", Summary: "Atelier de maquettes, avant une mise à l’eau au printemps.", Day: "28 novembre 2026", At: "2026-11-28",
		Theme: "Mercredis et vacances", Pinned: true, HTML: "<p>Pendant trois mercredis, les enfants construisent des <strong>maquettes</strong>.</p>"},
	{Href: "#k10", Title: "Étude surveillée : changement de salle", Summary: "Pendant les travaux, au premier étage.", Day: "26 novembre 2026", At: "2026-11-26",
		Theme: "Garderie, étude et TAP", Mark: "Pour vous : activité de vos enfants"},
}
