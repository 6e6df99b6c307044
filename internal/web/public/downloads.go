package public

import (
	"net/http"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/mandate"
	"preau/internal/news"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// fileLine is one document to download.
type fileLine struct {
	Href, Title, Summary string
	Facts                string // "PDF, 84 ko"
	Day                  string // of the version
}

// themeFiles are the documents of one theme.
type themeFiles struct {
	Theme news.Theme
	Files []fileLine
}

func (p Pages) downloads(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var groups []themeFiles
	debits := fileLine{} // the form of a mandate, written from the settings
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := news.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, theme := range news.Themes {
			g := themeFiles{Theme: theme}
			for _, d := range b.Offered(tx.Now) {
				if d.Theme == theme {
					g.Files = append(g.Files, fileLine{Href: downloadsPath + "/" + d.Slug, Title: d.Title, Summary: d.Summary, Facts: fileFacts(d),
						Day: civil.DateOf(d.MadeAt, t.Loc).DayMonthYear()})
				}
			}
			if len(g.Files) > 0 {
				groups = append(groups, g)
			}
		}
		set, err := mandate.SettingsOf(r.Context(), tx)
		if err == nil && set.Ready() {
			debits = mandateForm
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, downloadsPage(p.frame(w, r, "Documents à télécharger", downloadsPath), groups, debits))
}

// mandateForm is the paper form of a direct debit.
var mandateForm = fileLine{Href: "/prelevement/mandat.pdf", Title: "Mandat de prélèvement SEPA", Facts: "PDF", Summary: "Pour régler vos factures par prélèvement sans passer par votre espace : à remplir, signer et renvoyer avec un RIB."}

func fileFacts(d *news.Item) string { return d.Format.French() + ", " + ui.FileSize(d.FileSize) }

// asFile is what a browser may do with a file of the town's: save it, and run nothing of it, whatever it holds.
const asFile = "default-src 'none'; sandbox"

// download sends the file published at an address. The address outlives the file: a browser asks each time whether it is still the same.
func (p Pages) download(w http.ResponseWriter, r *http.Request) error {
	var found *news.Item
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := news.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		found, err = b.At(news.Download, r.PathValue("slug"), tx.Now, nil)
		return err
	})
	if err != nil {
		return err
	}
	tag := strconv.Quote(found.FileID)
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, no-cache")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	content, err := readFile(r, found.FileID, func(b *news.Board, now civil.Instant) error {
		i, err := b.WithFile(found.FileID, now, nil)
		if err == nil && i.Kind != news.Download {
			return fault.NotFoundf("")
		}
		return err
	})
	if err != nil {
		return err
	}
	h.Set("Content-Type", found.Format.ContentType())
	h.Set("Content-Disposition", `attachment; filename="`+found.Slug+"."+string(found.Format)+`"`)
	h.Set("Content-Security-Policy", asFile)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}
