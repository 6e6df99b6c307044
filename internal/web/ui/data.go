package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Tab is one entry of Tabs or Seg.
type Tab struct {
	Href, Label, Icon string
	Count             int
	Current           bool
}

// Column is the head of one column of a table.
type Column struct {
	Label  string
	Num    bool   // numbers, set to the right
	Hidden bool   // the label is only read by screen readers: a column of buttons
	Sort   string // address that sorts by this column; empty when it does not sort
	Dir    string // "ascending" or "descending" when the table is sorted by it
}

// Event is one moment of a Timeline.
type Event struct {
	When string // as read: "lun. 30 nov. 2026, 9 h 12"
	At   string // for machines: "2026-11-30T09:12"
	What string
	By   string // who did it
	Now  bool   // the present state
}

// Bars is a chart of one or two series of whole numbers, and the table of the same numbers under it.
type Bars struct {
	ID     string // unique in the page
	Title  string
	Series []string // one or two names
	Groups []BarGroup
}

// BarGroup is one place on the axis, with a value for each series.
type BarGroup struct {
	Label  string
	Values []int
}

const (
	chartWidth, chartHeight = 480, 220
	chartTop, chartBase     = 40, 184
)

// highest is the greatest value of the chart, at least 1.
func (c Bars) highest() int {
	top := 1
	for _, g := range c.Groups {
		for _, v := range g.Values {
			top = max(top, v)
		}
	}
	return top
}

// svg draws the chart. It holds only numbers and the labels given, which are escaped.
func (c Bars) svg() string {
	if len(c.Groups) == 0 {
		return ""
	}
	top, slot := c.highest(), chartWidth/len(c.Groups)
	width := min(36, slot/(len(c.Series)+1))
	b := make([]byte, 0, 2048)
	for y := chartTop; y <= chartBase; y += 48 {
		b = append(b, `<line x1="0" x2="480" y1="`+strconv.Itoa(y)+`" y2="`+strconv.Itoa(y)+`"/>`...)
	}
	for i, g := range c.Groups {
		left := i*slot + (slot-len(g.Values)*(width+4))/2
		for j, v := range g.Values {
			x, h := left+j*(width+4), v*(chartBase-chartTop-8)/top
			y := chartBase - h
			b = append(b, `<rect class="bar`+strconv.Itoa(j+1)+`" x="`+strconv.Itoa(x)+`" y="`+strconv.Itoa(y)+`" width="`+strconv.Itoa(width)+`" height="`+strconv.Itoa(h)+`" rx="3"/>`...)
			b = append(b, `<text class="v" text-anchor="middle" x="`+strconv.Itoa(x+width/2)+`" y="`+strconv.Itoa(y-6)+`">`+Number(v)+`</text>`...)
		}
		b = append(b, `<text text-anchor="middle" x="`+strconv.Itoa(i*slot+slot/2)+`" y="206">`+templ.EscapeString(g.Label)+`</text>`...)
	}
	return string(b)
}

// legend is the key of the calendar's days, the same on every page: it is written once.
var legend = func() string {
	b := `<dl class="legend">`
	for _, l := range []struct{ attr, icon, word, what string }{
		{`data-state="l-free"`, "square", "Libre", "Cochez pour réserver."},
		{`data-was="booked"`, "check", "Réservé", "Enregistré. Décochez pour retirer."},
		{`data-state="l-added"`, "plus", "Ajouté", "Changé ici, pas encore envoyé."},
		{`data-state="l-removed"`, "minus", "Retiré", "Changé ici, pas encore envoyé."},
		{`data-state="pending"`, "hourglass", "En attente d’instruction", "Le service répond avant le jour."},
		{`data-state="waiting"`, "list-ordered", "Liste d’attente", "Avec votre rang. Un <span class=\"nowrap\">e-mail</span> vous prévient."},
		{`data-state="full"`, "ban", "Complet", "Cochez pour rejoindre la liste d’attente."},
		{`data-state="locked"`, "lock", "Verrouillé", "Le délai est passé\u00a0; le jour dit depuis quand."},
		{`data-state="closed"`, "door-closed", "Fermé", "Vacances, férié, grève\u00a0: rien n’est facturé."},
		{`data-state="outside"`, "calendar-off", "Hors période", "Pas ouvert à la réservation."},
	} {
		b += `<div><dt>` + l.word + `</dt><dd>` + l.what + `</dd><dd class="day" ` + l.attr + ` aria-hidden="true"><span class="day__tile">` + IconTag(l.icon, "i") + `</span></dd></div>`
	}
	return b + `</dl>`
}()

func (c Bars) columns() []Column {
	columns := []Column{{Label: "Période"}}
	for _, name := range c.Series {
		columns = append(columns, Column{Label: name, Num: true})
	}
	return columns
}
