package family

import (
	"strings"

	"preau/internal/civil"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// The table of the calendar has some forty days of a dozen values each: it is most of the page, so it is written by hand.

// calendarTable draws the weeks.
func calendarTable(p *calendarPage) ui.Drawn {
	return func(m ui.Markup) ui.Markup {
		m = m.Raw(`<table class="cal" role="table" aria-labelledby="mois"><caption class="vh">`).Text(p.Heading).Raw(", ").Text(words.LowerFirst(p.View.title())).
			Raw(`. Une case cochée est un jour réservé ou demandé ; les semaines sont en lignes, les jours en colonnes.</caption><colgroup><col class="cal__wk">`)
		for i := range p.Columns {
			m = m.Raw(`<col`).Attr("class", p.Columns[i].Class).Raw(`>`)
		}
		m = m.Raw(`</colgroup><thead role="rowgroup"><tr role="row"><td role="cell"></td>`)
		for i := range p.Columns {
			m = p.Columns[i].head(m)
		}
		m = m.Raw(`</tr></thead><tbody role="rowgroup">`)
		for i := range p.Rows {
			m = p.Rows[i].draw(m)
		}
		return m.Raw(`</tbody></table>`)
	}
}

func (c *column) head(m ui.Markup) ui.Markup {
	m = m.Raw(`<th role="columnheader" scope="col"`)
	if !c.On {
		m = m.Raw(` class="cal__off"`)
	}
	m = m.Raw(`>`).Text(c.Short)
	if c.Note != "" {
		m = m.Raw(`<br><small>`).Text(c.Note).Raw(`</small>`)
	}
	return m.Raw(`</th>`)
}

func (r *row) draw(m ui.Markup) ui.Markup {
	m = m.Raw(`<tr role="row"`)
	switch {
	case r.Short && r.Past:
		m = m.Raw(` class="cal__short cal__past"`)
	case r.Short:
		m = m.Raw(` class="cal__short"`)
	case r.Past:
		m = m.Raw(` class="cal__past"`)
	}
	m = m.Raw(`><th role="rowheader" scope="row"><span class="vh">Semaine </span><b><span class="only-l" aria-hidden="true">S </span>` +
		`<span class="only-s" aria-hidden="true">Semaine </span>`).Text(r.Week).Raw(`</b> `).Text(r.Dates).Raw(`</th>`)
	for i := range r.Cells {
		m = r.Cells[i].draw(m)
	}
	return m.Raw(`</tr>`)
}

func (c *cell) draw(m ui.Markup) ui.Markup {
	switch {
	case c.None != "":
		return m.Raw(`<td role="cell" class="cal__none"><span>`).Int(c.Day.Day).Raw(`</span><span class="vh">`).Text(c.None).Raw(`</span></td>`)
	case len(c.Tiles) == 1:
		m = c.Tiles[0].states(m.Raw(`<td role="cell"`), c.Today)
		if c.Span > 1 {
			m = m.Raw(` colspan="`).Int(c.Span).Raw(`"`)
		}
		return c.Tiles[0].draw(m.Raw(`>`), c).Raw(`</td>`)
	}
	m = m.Raw(`<td role="cell" class="days">`)
	for i := range c.Tiles {
		m = c.Tiles[i].states(m.Raw(`<div`), c.Today).Raw(`>`)
		m = c.Tiles[i].draw(m, c).Raw(`</div>`)
	}
	return m.Raw(`</td>`)
}

// states are the attributes that say how a day is drawn.
func (t *tile) states(m ui.Markup, today bool) ui.Markup {
	if t.Last {
		m = m.Raw(` class="day day--last"`)
	} else {
		m = m.Raw(` class="day"`)
	}
	if today {
		m = m.Raw(` data-today`)
	}
	if t.From != "" {
		m = m.Attr("data-from", t.From)
	}
	if t.State != "" {
		m = m.Attr("data-state", t.State)
	}
	if t.WasBooked {
		m = m.Raw(` data-was="booked"`)
	}
	return m
}

// draw writes what is in a day: the box and its label, the date, the state, until when it may be changed.
func (t *tile) draw(m ui.Markup, c *cell) ui.Markup {
	m = m.Raw(`<div class="day__tile">`)
	if t.Box {
		m = t.input(m, c)
	}
	m = t.date(m, c)
	if t.Lock {
		m = m.Raw(`<span class="day__lock">`).Icon("lock").Raw(`</span>`)
	}
	if t.Option != "" {
		m = m.Raw(`<span class="day__option">`).Text(t.Option).Raw(`</span>`)
	}
	if t.Box {
		m = t.id(m.Raw(`<span class="day__state" id="s-`)).Raw(`"><span class="on">`).Icon(t.OnIcon).Raw(`<span>`).Text(t.OnWord).
			Raw(`</span></span><span class="off">`).Icon(t.OffIcon).Raw(`<span>`).Text(t.OffWord).
			Raw(`</span></span></span><span class="day__box" aria-hidden="true">`).Icon("check").Raw(`</span>`)
	} else {
		m = m.Raw(`<span class="day__state"><span>`).Icon(t.OnIcon).Raw(`<span>`).Text(t.OnWord).Raw(`</span></span></span>`)
	}
	if t.Rule != "" {
		m = t.id(m.Raw(`<span class="day__rule" id="r-`)).Raw(`">`).Text(t.Rule).Raw(`</span>`)
	}
	return m.Raw(`</div>`)
}

// id adds what tells the elements of this tile from those of others: "2026-12-07-REPAS".
func (t *tile) id(m ui.Markup) ui.Markup {
	day, option, _ := strings.Cut(t.Value, ":")
	return m.Text(day).Raw("-").Text(option)
}

func (t *tile) input(m ui.Markup, c *cell) ui.Markup {
	m = t.id(m.Raw(`<label for="j-`)).Raw(`"><span class="vh">`).Text(t.Name).Raw(`, `).Text(c.Day.WeekdayDayMonth())
	m = t.id(m.Raw(`</span></label><input class="day__in" id="j-`)).Raw(`" type="checkbox" name="jour"`).Attr("value", t.Value)
	if t.Ticked {
		m = m.Raw(` checked`)
	}
	m = t.id(t.id(m.Raw(` aria-describedby="s-`)).Raw(` r-`)).Raw(`"`)
	if t.Price != 0 {
		m = m.Raw(` data-price="`).Int(int(t.Price)).Raw(`"`)
	}
	if t.Was {
		m = m.Raw(` data-was="1"`)
	}
	return m.Raw(`>`)
}

// date writes the day: seen only where the label of a box already says it.
func (t *tile) date(m ui.Markup, c *cell) ui.Markup {
	if !t.Box && c.Span > 1 {
		return m.Raw(`<span class="day__date"><span class="vh">du `).Text(c.Day.WeekdayDayMonth()).Raw(` au `).Text(c.Last.WeekdayDayMonth()).
			Raw(`</span><span aria-hidden="true" class="day__num day__num--range">`).Int(c.Day.Day).Raw(` – `).Int(c.Last.Day).Raw(`</span></span>`)
	}
	m = m.Raw(`<span class="day__date"`)
	if t.Box {
		m = m.Raw(` aria-hidden="true"`)
	}
	m = m.Raw(`><span class="day__dow">`).Text(weekday(c.Day)).Raw(`</span> <span class="day__num">`).Int(c.Day.Day).Raw(`</span>`)
	if !t.Box {
		m = m.Raw(`<span class="vh">`).Text(civil.MonthName(c.Day.Month)).Raw(`</span>`)
	}
	if c.Today {
		m = m.Raw(`<span class="day__today">aujourd’hui</span>`)
	}
	return m.Raw(`</span>`)
}
