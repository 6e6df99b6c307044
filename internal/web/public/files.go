package public

import (
	"net/http"
	"strconv"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/news"
	"preau/internal/picture"
	"preau/internal/web"
)

// readFile reads a stored file for who may see what shows it; shown answers an error otherwise.
func readFile(r *http.Request, id string, shown func(b *news.Board, now civil.Instant) error) ([]byte, error) {
	t := web.Town(r)
	var file blob.File
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := news.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		if err := shown(b, tx.Now); err != nil {
			return err
		}
		file, err = blob.Find(r.Context(), tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t.Files.Read(r.Context(), file)
}

// logo serves the town's own sign, the present one only.
func (p Pages) logo(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var file blob.File
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		profile, err := t.Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		id := r.PathValue("file")
		if profile.LogoFile() != id || id == "" {
			return fault.NotFoundf("Ce logo n’est pas celui de la ville.")
		}
		file, err = blob.Find(r.Context(), tx, id)
		return err
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Read(r.Context(), file)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", picture.Type(content))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}
