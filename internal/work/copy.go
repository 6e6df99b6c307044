package work

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/privacy"
	"preau/internal/town"
)

// maxCopy bounds a copy of data, in bytes: beyond, the vault alone is larger than what a telephone takes.
const maxCopy = 1 << 30

// makeCopy makes the copy of their data that a guardian asked for: the data as JSON for machines and as HTML for people, and the
// files of the vault. What it reads is the guardian's and their household's; nothing of another household of a shared child.
func makeCopy(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, p privacy.CopyPayload) error {
		var who household.Guardian
		var own ownData
		err := t.DB.Read(ctx, func(tx *db.Tx) error {
			c, err := privacy.CopyByID(ctx, tx, p.CopyID)
			if err != nil {
				return err
			}
			if !c.ReadyAt.IsZero() {
				return errMade
			}
			if who, err = household.GuardianByID(ctx, tx, c.GuardianID); err != nil {
				return err
			}
			own, err = readOwn(ctx, tx, t, who)
			return err
		})
		if errors.Is(err, errMade) || fault.Is(err, fault.NotFound) {
			return nil // made already, or the guardian is gone
		}
		if err != nil {
			return err
		}
		file, err := storeCopy(ctx, t, own)
		if err != nil {
			return err
		}
		err = t.DB.Write(ctx, func(tx *db.Tx) error {
			fresh, err := privacy.Made(ctx, tx, p.CopyID, file)
			if err != nil || !fresh || who.AccountID == "" {
				return err
			}
			l := &letter{subject: "La copie de vos données est prête", link: t.BaseURL + "/espace/donnees", words: "Télécharger la copie",
				before: []string{"Elle reste à votre disposition sept jours, dans votre espace."}}
			return l.tell(ctx, tx, who.AccountID, "Bonjour "+who.FirstName+",", notify.Security, "copy "+p.CopyID)
		})
		if err != nil {
			return errors.Join(err, t.Files.Discard(ctx, file))
		}
		return nil
	})
}

var errMade = errors.New("the copy is made")

// storeCopy writes the archive while it is being stored: it is never whole in memory.
func storeCopy(ctx context.Context, t *town.Town, own ownData) (blob.File, error) {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(writeCopy(ctx, t, own, w)) }()
	file, err := t.Files.Put(ctx, r, maxCopy)
	_ = r.CloseWithError(err) // the writer stops, whatever happened
	return file, err
}

func writeCopy(ctx context.Context, t *town.Town, own ownData, out io.Writer) error {
	z := zip.NewWriter(out)
	data, err := json.MarshalIndent(own.sections(), "", "  ")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := copyPage(own).Render(ctx, &page); err != nil {
		return err
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{"LISEZMOI.txt", []byte(readMe)}, {"donnees.json", data}, {"donnees.html", page.Bytes()}} {
		if err := addFile(z, f.name, bytes.NewReader(f.content)); err != nil {
			return err
		}
	}
	for _, d := range own.Files {
		content, err := t.Files.Open(ctx, d.file)
		if err != nil {
			return err
		}
		err = addFile(z, d.Name, content)
		if err := errors.Join(err, content.Close()); err != nil {
			return err
		}
	}
	return z.Close()
}

func addFile(z *zip.Writer, name string, content io.Reader) error {
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}

const readMe = "Copie de vos données personnelles.\r\n\r\ndonnees.html s’ouvre dans un navigateur et se lit comme une page.\r\n" +
	"donnees.json contient la même chose pour un autre logiciel.\r\nfichiers/ contient les documents et les photos que vous avez déposés.\r\n\r\n" +
	"Gardez cette archive pour vous : elle contient tout votre dossier.\r\n"

// vaultName is the name of a document's page in the archive: its number, then what may stand in a file's name of any system.
func vaultName(n int, name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, path.Base("/"+strings.ReplaceAll(name, `\`, "/")))
	return "fichiers/" + strconv.Itoa(n) + "-" + strings.Trim(clean, " .")
}
