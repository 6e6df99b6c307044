package work

import (
	"context"
	"html"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/notify"
)

// letter is what an e-mail about bookings says, before it is laid out as text and as HTML.
type letter struct {
	subject string
	before  []string // paragraphs
	groups  []*group
	after   []string // paragraphs
	link    string   // address
	words   string   // of the link
}

// group is what is said of one child in one activity.
type group struct {
	title string
	items []*item
}

// item is one sentence and the days it holds for.
type item struct {
	sentence    string
	days        []civil.Date
	link, words string // a link of its own, or empty
}

// add files a day under its child and activity, then under its sentence, in the order they come.
func (l *letter) add(title, sentence string, day civil.Date) {
	g := find(&l.groups, func(g *group) bool { return g.title == title }, func() *group { return &group{title: title} })
	i := find(&g.items, func(i *item) bool { return i.sentence == sentence }, func() *item { return &item{sentence: sentence} })
	i.days = append(i.days, day)
}

// say files a sentence under a title, with a link of its own when it has one.
func (l *letter) say(title, sentence, link, words string) {
	g := find(&l.groups, func(g *group) bool { return g.title == title }, func() *group { return &group{title: title} })
	g.items = append(g.items, &item{sentence: sentence, link: link, words: words})
}

func find[T any](list *[]*T, is func(*T) bool, make func() *T) *T {
	for _, v := range *list {
		if is(v) {
			return v
		}
	}
	v := make()
	*list = append(*list, v)
	return v
}

// months writes the days of an item, a line a month: "décembre 2026 : lun. 7, mar. 8". One day alone is written in full.
func (i *item) months() []string {
	if len(i.days) == 1 {
		return []string{i.days[0].Long()}
	}
	var lines []string
	var month civil.Month
	for _, d := range i.days {
		short := civil.ShortWeekdayName(d.Weekday()) + " " + dayNumber(d)
		if m := (civil.Month{Year: d.Year, Month: d.Month}); len(lines) == 0 || m != month {
			lines, month = append(lines, m.French()+" : "+short), m
			continue
		}
		lines[len(lines)-1] += ", " + short
	}
	return lines
}

func dayNumber(d civil.Date) string {
	if d.Day == 1 {
		return "1er"
	}
	return strconv.Itoa(d.Day)
}

// text is the letter in plain text.
func (l *letter) text(greeting string) string {
	var b strings.Builder
	b.WriteString(greeting + "\n")
	for _, p := range l.before {
		b.WriteString("\n" + p + "\n")
	}
	for _, g := range l.groups {
		b.WriteString("\n" + g.title + "\n")
		for _, i := range g.items {
			b.WriteString("- " + i.sentence + "\n")
			for _, line := range i.months() {
				b.WriteString("    " + line + "\n")
			}
			if i.link != "" {
				b.WriteString("    " + i.words + " : " + i.link + "\n")
			}
		}
	}
	for _, p := range l.after {
		b.WriteString("\n" + p + "\n")
	}
	if l.link != "" {
		b.WriteString("\n" + l.words + " : " + l.link + "\n")
	}
	return b.String()
}

// html is the letter as trusted HTML.
func (l *letter) html(ctx context.Context, greeting string) (string, error) {
	var b strings.Builder
	err := letterBody(l, greeting).Render(ctx, &b)
	return b.String(), err
}

// send tells a letter to both guardians of a household, each as they wish: an account may mute the topic; a guardian without an
// account is written to at the address of the file. once names what is told.
func (l *letter) send(ctx context.Context, tx *db.Tx, householdID string, topic notify.Topic, once string) error {
	guardians, err := household.Guardians(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if g.AccountID == "" && g.Email == "" {
			continue
		}
		greeting := "Bonjour " + g.FirstName + ","
		body, err := l.html(ctx, greeting)
		if err != nil {
			return err
		}
		m := notify.Message{AccountID: g.AccountID, Topic: topic, Subject: cut(l.subject), Text: l.text(greeting), HTML: body, Once: once}
		if g.AccountID == "" {
			m.Address = g.Email
		}
		if err := notify.Tell(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// toldHousehold says whether a guardian of a household was told something, by the name it was sent with.
func toldHousehold(ctx context.Context, tx *db.Tx, householdID, once string) (bool, error) {
	guardians, err := household.Guardians(ctx, tx, householdID)
	if err != nil {
		return false, err
	}
	var told []notify.Message
	for _, g := range guardians {
		told = append(told, notify.Message{AccountID: g.AccountID, Once: once}, notify.Message{Address: g.Email, Once: once})
	}
	kept, _, err := notify.CountSent(ctx, tx, told)
	return kept > 0, err
}

// tell tells a letter to one account.
func (l *letter) tell(ctx context.Context, tx *db.Tx, accountID, greeting string, topic notify.Topic, once string) error {
	body, err := l.html(ctx, greeting)
	if err != nil {
		return err
	}
	return notify.Tell(ctx, tx, notify.Message{AccountID: accountID, Topic: topic, Subject: cut(l.subject), Text: l.text(greeting), HTML: body, Once: once})
}

// longestSubject bounds a subject, in bytes, so that it is shown whole.
const longestSubject = 140

// cut shortens a subject at a word.
func cut(subject string) string {
	if len(subject) <= longestSubject {
		return subject
	}
	at := strings.LastIndexByte(subject[:longestSubject], ' ')
	return subject[:max(at, 1)] + "…"
}

// lines writes a paragraph's line ends as HTML.
func lines(p string) string { return strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") }

// once adds a word to a list that does not hold it yet.
func once(list []string, word string) []string {
	for _, w := range list {
		if w == word {
			return list
		}
	}
	return append(list, word)
}
