package billing

import (
	"cmp"
	"slices"

	"preau/internal/civil"
	"preau/internal/money"
	"preau/internal/tariff"
)

// key names what is billed once: a child, an activity, a day, and what of it.
type key struct {
	child, activity string
	day             civil.Date
	kind            ChargeKind
}

// compare orders keys by child, day, activity and kind.
func (k *key) compare(o *key) int {
	return cmp.Or(cmp.Compare(k.child, o.child), k.day.Compare(o.day), cmp.Compare(k.activity, o.activity), cmp.Compare(k.kind, o.kind))
}

// owed is what a key should cost, in parts, and the option it is about.
type owed struct {
	key
	option string
	parts  []tariff.Part
}

// billed is a live charge: a part of what a key was billed, and the words of its line.
type billed struct {
	key
	part      int
	cents     money.Cents
	invoice   string
	number    int64 // in its invoice
	household string
	run       string
	label     string // of its invoice; "" for a draft
	line      Line   // without amounts and days
}

// same tells whether a key was billed what it should cost. Only what it is for and the amount count: a sentence that is written otherwise
// today corrects nothing.
func same(o *owed, b []billed) bool {
	if len(o.parts) != len(b) {
		return false
	}
	for i := range b {
		if b[i].part != i || b[i].cents != o.parts[i].Cents || b[i].line.Attribute != o.parts[i].Attribute {
			return false
		}
	}
	return true
}

// change is what a household's bill has to do: charges to write and charges to reverse.
type change struct {
	charge    []owed
	reverse   []billed
	elsewhere []key // due, and live in another household's invoice or in another draft: it has to wait
}

// settle compares what should be billed with what is, both in the order of their keys. What is billed to another household, or in a draft
// of another run, is left as it is.
func (c *change) settle(household, run string, should []owed, is []billed) {
	for len(should) > 0 || len(is) > 0 {
		n := 0
		for n < len(is) && is[n].key == is[0].key {
			n++
		}
		order := -1
		switch {
		case len(should) == 0:
			order = 1
		case len(is) > 0:
			order = should[0].compare(&is[0].key)
		}
		ours := n > 0 && is[0].household == household && is[0].label != ""
		switch {
		case order < 0:
			c.charge = append(c.charge, should[0])
		case order == 0 && !same(&should[0], is[:n]) && !ours:
			c.elsewhere = append(c.elsewhere, should[0].key)
		case order == 0 && is[0].household != household:
			c.elsewhere = append(c.elsewhere, should[0].key)
		case order == 0 && !same(&should[0], is[:n]):
			c.reverse = append(c.reverse, is[:n]...)
			c.charge = append(c.charge, should[0])
		case order > 0 && ours:
			c.reverse = append(c.reverse, is[:n]...)
		}
		if order <= 0 {
			should = should[1:]
		}
		if order >= 0 {
			is = is[n:]
		}
	}
}

// keepBilled leaves what was billed for days that the run may not correct any more as it is. The fee of a year, dated from its first day, is
// corrected as long as one of its months is looked at.
func (c *change) keepBilled(from civil.Date) {
	kept := map[key]bool{}
	c.reverse = slices.DeleteFunc(c.reverse, func(b billed) bool {
		old := b.day.Before(from) && b.kind != YearFeeCharge
		if old {
			kept[b.key] = true
		}
		return old
	})
	c.charge = slices.DeleteFunc(c.charge, func(o owed) bool { return kept[o.key] })
}

// draft is a document that has no number yet.
type draft struct {
	id, household string
	kind          Kind
	total         money.Cents
	earlier       money.Cents
	lines         []Line
	charges       []chargeRow
}

// names gives the words of a line.
type names interface {
	words(o *owed, p *tariff.Part) Line
}

// lineKey is what charges of one line have in common.
type lineKey struct {
	child, activity, option string
	kind                    ChargeKind
	attribute               Attribute
	cents                   money.Cents
	why, corrects           string
	cesu                    bool
}

// grouper puts charges in lines.
type grouper struct {
	*draft
	from  civil.Date // the first day of the period: what lies before is a correction
	index map[lineKey]int
}

func newDraft(id, household string, kind Kind, from civil.Date) *grouper {
	return &grouper{&draft{id: id, household: household, kind: kind}, from, map[lineKey]int{}}
}

// add puts one charge in its line; words are made once for each line.
func (g *grouper) add(k *key, part int, words *Line, cents money.Cents) *chargeRow {
	lk := lineKey{k.child, k.activity, words.OptionName, k.kind, words.Attribute, cents, words.Explanation, words.Corrects, words.CESU}
	at, found := g.index[lk]
	if !found {
		at = len(g.lines)
		g.index[lk] = at
		l := *words
		l.Number, l.ChildID, l.ActivityID, l.Kind, l.Unit, l.From, l.To = at+1, k.child, k.activity, k.kind, cents, k.day, k.day
		g.lines = append(g.lines, l)
	}
	l := &g.lines[at]
	l.Quantity++
	l.Total += cents
	if k.day.Before(l.From) {
		l.From = k.day
	}
	if k.day.After(l.To) {
		l.To = k.day
	}
	g.total += cents
	if k.day.Before(g.from) {
		g.earlier += cents
	}
	g.charges = append(g.charges, chargeRow{Invoice: g.id, Number: int64(len(g.charges) + 1), Line: int64(at + 1), Child: k.child, Activity: k.activity, Day: k.day,
		Kind: k.kind, Part: int64(part), Cents: cents})
	return &g.charges[len(g.charges)-1]
}

// compose makes the documents of a household: a credit note for what is reversed, an invoice for what is charged. What costs nothing at all
// makes no invoice.
func compose(id func() string, household string, from civil.Date, c *change, n names) (credit, invoice *draft) {
	if len(c.reverse) > 0 {
		g := newDraft(id(), household, KindCreditNote, from)
		for i := range c.reverse {
			b := &c.reverse[i]
			row := g.add(&b.key, b.part, &b.line, -b.cents)
			row.ReversesInvoice, row.ReversesNumber = b.invoice, b.number
		}
		credit = g.draft
	}
	if slices.ContainsFunc(c.charge, func(o owed) bool {
		return slices.ContainsFunc(o.parts, func(p tariff.Part) bool { return p.Cents != 0 })
	}) {
		g := newDraft(id(), household, KindInvoice, from)
		for i := range c.charge {
			o := &c.charge[i]
			for k := range o.parts {
				words := n.words(o, &o.parts[k])
				g.add(&o.key, k, &words, o.parts[k].Cents)
			}
		}
		g.order()
		invoice = g.draft
	}
	return credit, invoice
}

// attributeRank is the order of lines of one activity.
var attributeRank = map[Attribute]int{Care: 0, Food: 1, Penalty: 2, Aid: 3}

// order puts the lines in the order of a page: by child, activity, what they are for, then price.
func (d *draft) order() {
	perm := make([]int, len(d.lines))
	for i := range perm {
		perm[i] = i
	}
	slices.SortStableFunc(perm, func(i, j int) int {
		a, b := &d.lines[i], &d.lines[j]
		return cmp.Or(cmp.Compare(a.ChildName, b.ChildName), cmp.Compare(a.ChildID, b.ChildID), cmp.Compare(a.ActivityName, b.ActivityName), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(attributeRank[a.Attribute], attributeRank[b.Attribute]), a.From.Compare(b.From))
	})
	lines, to := make([]Line, len(perm)), make([]int64, len(perm))
	for at, i := range perm {
		lines[at] = d.lines[i]
		lines[at].Number = at + 1
		to[i] = int64(at + 1)
	}
	d.lines = lines
	for i := range d.charges {
		d.charges[i].Line = to[d.charges[i].Line-1]
	}
}
