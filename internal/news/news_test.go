package news_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/news"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// board reads what is published.
func board(t *testing.T, tn *towntest.Town) (b *news.Board) {
	t.Helper()
	tn.Read(func(tx *db.Tx) (err error) {
		b, err = news.Load(t.Context(), tx)
		return err
	})
	return b
}

func meal(title string) news.Edit {
	return news.Edit{Kind: news.News, Content: news.Content{Title: title, Summary: "En deux mots.", Body: "Le **texte**.", Theme: news.Lunch}}
}

func isConflict(err error) bool { return fault.Is(err, fault.Conflict) }

// A piece of news is written, published, rewritten while families see the first text, withdrawn, and published again at the same address.
func TestTheLifeOfNews(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		ctx := t.Context()
		var id string
		write := func(f func(tx *db.Tx) error) {
			t.Helper()
			tn.Clock.Advance(time.Minute)
			tn.Write(f)
		}
		write(func(tx *db.Tx) (err error) {
			id, err = news.Save(ctx, tx, w.Instructor, meal("Le repas de Noël"))
			return err
		})
		if b := board(t, tn); len(b.News) != 0 || b.Version != "" {
			t.Errorf("a draft is on the board: %+v", b)
		}
		write(func(tx *db.Tx) error { return news.Publish(ctx, tx, w.Instructor, news.News, id, 1) })
		first := board(t, tn)
		if len(first.News) != 1 || first.News[0].Slug != "le-repas-de-noel" || first.News[0].HTML != "<p>Le <strong>texte</strong>.</p>\n" || !strings.Contains(first.News[0].Folded, "le repas de noel en deux mots") {
			t.Fatalf("board: %+v", first.News)
		}
		write(func(tx *db.Tx) error {
			e := meal("Le repas de Noël change de jour")
			e.ID, e.Base = id, 1
			if _, err := news.Save(ctx, tx, w.Direction, e); err != nil {
				return err
			}
			if _, err := news.Save(ctx, tx, w.Instructor, e); !isConflict(err) {
				t.Errorf("a version written over another: %v", err)
			}
			p, err := news.ByID(ctx, tx, news.News, id, 0)
			if err != nil || !p.Unpublished() || p.Version != 2 || p.Slug != "le-repas-de-noel" || p.MadeByName != w.Direction.Name {
				t.Errorf("saved: %+v, %v", p, err)
			}
			if err := news.Publish(ctx, tx, w.Instructor, news.News, id, 1); !isConflict(err) {
				t.Errorf("an old version published: %v", err)
			}
			return nil
		})
		if b := board(t, tn); b != first {
			t.Error("a version saved and not published changes what families see")
		}
		write(func(tx *db.Tx) error { return news.Publish(ctx, tx, w.Instructor, news.News, id, 2) })
		if b := board(t, tn); b.News[0].Title != "Le repas de Noël change de jour" || b.News[0].FirstPublishedAt != first.News[0].FirstPublishedAt {
			t.Errorf("second: %+v", b.News[0])
		}
		write(func(tx *db.Tx) error { return news.Withdraw(ctx, tx, w.Instructor, news.News, id) })
		if b := board(t, tn); len(b.News) != 0 {
			t.Error("withdrawn, and still there")
		}
		write(func(tx *db.Tx) error {
			if err := news.Withdraw(ctx, tx, w.Instructor, news.News, id); err != nil {
				t.Errorf("twice: %v", err)
			}
			if err := news.Publish(ctx, tx, w.Instructor, news.News, id, 2); err != nil {
				return err
			}
			past, err := news.History(ctx, tx, id)
			var acts []string
			for _, p := range past {
				acts = append(acts, p.Act)
			}
			if want := []string{"publish", "withdraw", "publish", "save", "publish", "save"}; !slices.Equal(acts, want) {
				t.Errorf("history %q", acts)
			}
			return err
		})
		if b := board(t, tn); b.News[0].Slug != "le-repas-de-noel" {
			t.Error("the address has changed")
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		ctx := t.Context()
		tn.Write(func(tx *db.Tx) error {
			bad := news.Edit{Kind: news.News, Content: news.Content{Title: " ", Summary: strings.Repeat("é", 301), Theme: "politique", From: tx.Now, Until: tx.Now, PictureID: "x", ThumbID: "x"}}
			_, err := news.Save(ctx, tx, w.Instructor, bad)
			f, _ := fault.As(err)
			for _, field := range []string{"titre", "resume", "theme", "fin", "alternative"} {
				if f == nil || f.Fields[field] == "" {
					t.Errorf("%s is not refused: %v", field, err)
				}
			}
			if _, err := news.Save(ctx, tx, w.Instructor, news.Edit{Kind: news.Download, Content: news.Content{Title: "x", Theme: news.Payment}}); !fault.Is(err, fault.Invalid) {
				t.Errorf("a download without a file: %v", err)
			}
			e := meal("Sans texte")
			e.Body = " "
			id, err := news.Save(ctx, tx, w.Instructor, e)
			if err != nil {
				return err
			}
			if err := news.Publish(ctx, tx, w.Instructor, news.News, id, 1); !fault.Is(err, fault.Invalid) {
				t.Errorf("published without a text: %v", err)
			}
			reader := staff.Agent{ID: "x", Role: staff.Animation}
			_, save := news.Save(ctx, tx, reader, meal("x"))
			for _, err := range []error{save, news.Publish(ctx, tx, reader, news.News, id, 1), news.Withdraw(ctx, tx, reader, news.News, id)} {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("an agent without the right: %v", err)
				}
			}
			e.ID, e.Base = "nobody", 3
			_, save = news.Save(ctx, tx, w.Instructor, e)
			for _, err := range []error{save, news.Publish(ctx, tx, w.Instructor, news.Download, id, 1), news.Withdraw(ctx, tx, w.Instructor, news.News, "nobody")} {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("what is not there: %v", err)
				}
			}
			return nil
		})
		err := tn.DB.Write(ctx, func(tx *db.Tx) error {
			e := meal("Pour personne")
			e.ActivityID = "nobody"
			_, err := news.Save(ctx, tx, w.Instructor, e)
			return err
		})
		if f, ok := fault.As(err); !ok || f.Fields["public"] == "" {
			t.Errorf("an activity that is not there: %v", err)
		}
	})
}

func TestTitlesMayBeTheSame(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := t.Context()
		var slugs []string
		tn.Write(func(tx *db.Tx) error {
			for range 3 {
				if _, err := news.Save(ctx, tx, staff.Agent{}, meal("Grève")); err != nil {
					return err
				}
			}
			list, err := news.List(ctx, tx, news.News)
			for _, p := range list {
				slugs = append(slugs, p.Slug)
			}
			return err
		})
		slices.Sort(slugs)
		if !slices.Equal(slugs, []string{"greve", "greve-2", "greve-3"}) {
			t.Errorf("%q", slugs)
		}
	})
}

// A download keeps its address when its file changes, and only what is published can be had.
func TestDownloads(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := t.Context()
		store := func(text string) blob.File {
			file, err := tn.Files.Put(ctx, bytes.NewReader([]byte(text)), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			return file
		}
		first, second := store("%PDF-1"), store("%PDF-1.7 plus long")
		var id string
		tn.Write(func(tx *db.Tx) (err error) {
			for _, f := range []blob.File{first, second} {
				if err := blob.Record(ctx, tx, f); err != nil {
					return err
				}
			}
			e := news.Edit{Kind: news.Download, Content: news.Content{Title: "Demande de prélèvement", Theme: news.Payment, FileID: first.ID, Format: news.PDF}}
			if id, err = news.Save(ctx, tx, staff.Agent{}, e); err != nil {
				return err
			}
			if err = news.Publish(ctx, tx, staff.Agent{}, news.Download, id, 1); err != nil {
				return err
			}
			e.ID, e.Base, e.FileID = id, 1, second.ID
			_, err = news.Save(ctx, tx, staff.Agent{}, e)
			return err
		})
		b := board(t, tn)
		d, err := b.At(news.Download, "demande-de-prelevement", civil.At(tn.Clock.Now()), nil)
		if err != nil || d.FileID != first.ID || d.FileSize != 6 {
			t.Errorf("before: %+v, %v", d, err)
		}
		if _, err := b.WithFile(second.ID, civil.At(tn.Clock.Now()), nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("a file that is not published: %v", err)
		}
		tn.Write(func(tx *db.Tx) error { return news.Publish(ctx, tx, staff.Agent{}, news.Download, id, 2) })
		d, err = board(t, tn).At(news.Download, "demande-de-prelevement", civil.At(tn.Clock.Now()), nil)
		if err != nil || d.FileID != second.ID || d.FileSize != 18 {
			t.Errorf("after: %+v, %v", d, err)
		}
		if _, err := board(t, tn).At(news.News, "demande-de-prelevement", civil.At(tn.Clock.Now()), nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("another kind: %v", err)
		}
	})
}

func TestChoicesAreKept(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		ctx := t.Context()
		tn.Write(func(tx *db.Tx) error {
			c, err := news.ChoiceOf(ctx, tx, w.Claire.AccountID)
			if err != nil || len(c.Themes) != 0 {
				t.Errorf("before: %+v, %v", c, err)
			}
			for _, text := range []string{"loisirs", "restauration loisirs"} {
				if err := news.Choose(ctx, tx, w.Claire.AccountID, news.ParseChoice(text, true)); err != nil {
					return err
				}
			}
			c, err = news.ChoiceOf(ctx, tx, w.Claire.AccountID)
			if err != nil || c.Text(" ") != "restauration loisirs" || !c.Only {
				t.Errorf("after: %+v, %v", c, err)
			}
			return nil
		})
	})
}
