package news

import (
	"context"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/prose"
)

// Item is a published thing as it is read: its text made into a page once.
type Item struct {
	Publication
	HTML   string // of the body, safe
	Plain  string // the words of the body
	Folded string // all that can be searched, as household.Fold writes it
}

// Board is all that is published, whatever its window and its public. It is never changed after it was read.
type Board struct {
	Version   string // of what is published; empty when nothing ever was
	News      []*Item
	Downloads []*Item

	byAddress map[Kind]map[string]*Item
	files     map[string]*Item
}

// Load reads the board of the town: from memory when nothing was published or withdrawn since, else whole.
func Load(ctx context.Context, tx *db.Tx) (*Board, error) {
	versions, err := db.All(ctx, tx, `SELECT version FROM board_version WHERE id = 1`, db.Value[string])
	if err != nil {
		return nil, err
	}
	version := ""
	if len(versions) > 0 {
		version = versions[0]
	}
	return db.Memo(tx, "board", version, func() (*Board, error) { return read(ctx, tx, version) })
}

func read(ctx context.Context, tx *db.Tx, version string) (*Board, error) {
	list, err := db.All(ctx, tx, `SELECT `+columns+joined+`WHERE v.version = p.published ORDER BY p.id`, scan)
	if err != nil {
		return nil, err
	}
	b := &Board{Version: version, byAddress: map[Kind]map[string]*Item{News: {}, Download: {}}, files: map[string]*Item{}}
	for _, p := range list {
		i := &Item{Publication: p, HTML: prose.HTML(p.Body), Plain: prose.Text(p.Body)}
		i.Folded = household.Fold(p.Title + " " + p.Summary + " " + i.Plain + " " + p.Theme.French())
		b.byAddress[p.Kind][p.Slug] = i
		for _, id := range []string{p.PictureID, p.ThumbID, p.FileID} {
			if id != "" {
				b.files[id] = i
			}
		}
		if p.Kind == News {
			b.News = append(b.News, i)
		} else {
			b.Downloads = append(b.Downloads, i)
		}
	}
	slices.SortStableFunc(b.News, func(x, y *Item) int { return y.Shown().Compare(x.Shown()) })
	slices.SortStableFunc(b.Downloads, func(x, y *Item) int { return strings.Compare(household.Fold(x.Title), household.Fold(y.Title)) })
	return b, nil
}

// Showing lists the news somebody may see at an instant, the latest first; activities are those their children are enrolled in.
func (b *Board) Showing(now civil.Instant, activities []string) []*Item {
	return visible(b.News, now, activities)
}

// Offered lists the documents that anyone may download at an instant, by title.
func (b *Board) Offered(now civil.Instant) []*Item { return visible(b.Downloads, now, nil) }

func visible(items []*Item, now civil.Instant, activities []string) []*Item {
	var out []*Item
	for _, i := range items {
		if i.Visible(now, activities) {
			out = append(out, i)
		}
	}
	return out
}

// At finds what is published at an address, for somebody who may see it; errNone is the same for what never was.
func (b *Board) At(kind Kind, slug string, now civil.Instant, activities []string) (*Item, error) {
	i, ok := b.byAddress[kind][slug]
	if !ok || !i.Visible(now, activities) {
		return nil, errNone
	}
	return i, nil
}

// WithFile finds what shows a file, for somebody who may see it.
func (b *Board) WithFile(fileID string, now civil.Instant, activities []string) (*Item, error) {
	i, ok := b.files[fileID]
	if !ok || !i.Visible(now, activities) {
		return nil, errNone
	}
	return i, nil
}

// Teaser is what stands under a title in a list: the summary, or the beginning of the text where there is none.
func (i *Item) Teaser() string {
	if i.Summary != "" || len(i.Plain) == 0 {
		return i.Summary
	}
	const most = 160 // characters
	text := []rune(strings.ReplaceAll(i.Plain, "\n", " "))
	if len(text) <= most {
		return string(text)
	}
	return strings.TrimRight(string(text[:most]), " ,;:") + "…"
}
