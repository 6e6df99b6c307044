package family

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/upload"
	"preau/internal/web"
)

// documentPage sends one page of a document; ?telecharger saves it.
func (p Pages) documentPage(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	number, err := strconv.Atoi(r.PathValue("page"))
	if err != nil {
		return fault.NotFoundf("Cette page n’existe pas.")
	}
	var part document.Part
	var file blob.File
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		part, file, err = document.Page(r.Context(), tx, who, r.PathValue("document"), number)
		return err
	})
	if err != nil {
		return err
	}
	content, err := web.Town(r).Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return errors.Join(web.ServeFile(w, part.Type, part.Name, file.Size, content, r.URL.Query().Has("telecharger")), content.Close())
}

// packed is a file of the archive.
type packed struct {
	name string
	file blob.File
	at   civil.Instant
}

// allDocuments sends everything the household stored as one ZIP, written while it is sent.
func (p Pages) allDocuments(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var list []packed
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		docs, err := document.List(r.Context(), tx, who)
		for _, d := range docs {
			if d.Stored == document.Scanning {
				continue
			}
			for _, part := range d.Parts {
				file, err := blob.Find(r.Context(), tx, part.FileID)
				if err != nil {
					return err
				}
				list = append(list, packed{archiveName(d, part, len(list)+1), file, d.DepositedAt})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.NotFoundf("Il n’y a pas encore de document à télécharger.")
	}
	return web.Stream(w, "application/zip", "mes-documents.zip", func(out io.Writer) error { return pack(r.Context(), web.Town(r).Files, out, list) })
}

// archiveName is "03 Assurance scolaire - Léo - attestation.pdf".
func archiveName(d document.Document, part document.Part, n int) string {
	prefix := ""
	if n < 10 {
		prefix = "0"
	}
	return upload.CleanName(prefix+itoa(n)+" "+d.Type.Name+" - "+d.Whose()+" - "+part.Name, part.Type)
}

func pack(ctx context.Context, files *blob.Files, out io.Writer, list []packed) error {
	z := zip.NewWriter(out)
	for _, one := range list {
		entry, err := z.CreateHeader(&zip.FileHeader{Name: one.name, Method: zip.Store, Modified: one.at.Time()}) // they are compressed already
		if err != nil {
			return err
		}
		content, err := files.Open(ctx, one.file)
		if err != nil {
			return err
		}
		if _, err := io.Copy(entry, content); err != nil {
			return errors.Join(err, content.Close())
		}
		if err := content.Close(); err != nil {
			return err
		}
	}
	return z.Close()
}
