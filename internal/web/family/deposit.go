package family

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/upload"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// A deposit is at most as many files of the greatest size as a document has pages, and takes at most the time of a slow line.
const (
	depositBytes = document.MaxParts*upload.MaxBytes + 1<<20
	depositTime  = 15 * time.Minute
)

// depositPage asks for a document.
type depositPage struct {
	ui.Page
	vault
	UploadID string // the same one sent again is the same deposit
	Kind     string // type, and child
	Replaces document.Document
	Send     string // "oui", "non", or not said yet
	Back     string // page of the file that asked for the document, or empty
	Form     *web.Form
}

// newDocument shows the form. The address may say what is wanted: ?type=…&remplace=….
func (p Pages) newDocument(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	page := depositPage{UploadID: db.NewID(), Kind: q.Raw("type"), Back: asker(q.Raw("retour"))}
	if page.Kind != "" {
		page.Send = "oui"
	}
	return p.showDeposit(w, r, who, http.StatusOK, page, q.Raw("remplace"))
}

func (p Pages) showDeposit(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, page depositPage, replaces string) error {
	loc := web.Town(r).Loc
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if page.vault, err = readVault(r.Context(), tx, who, loc); err != nil || replaces == "" {
			return err
		}
		page.Replaces, err = document.Find(r.Context(), tx, who, replaces)
		return err
	})
	if err != nil {
		return err
	}
	title := "Déposer un document"
	if page.Replaces.ID != "" {
		title = "Remplacer un document"
		page.Kind = kindValue(page.Replaces.Type.ID, page.Replaces.ChildID)
	}
	page.Page = p.frame(w, r, title, documentsPath, who.Name())
	page.Crumbs = []ui.Link{{Href: documentsPath, Label: "Mes documents"}, {Label: title}}
	return web.Render(w, r, status, depositView(page))
}

// deposit reads a document as it comes, looks at each file, stores what may be kept, and only then writes its row. Whatever goes wrong,
// nothing is left of it. The same upload sent again finds the first.
func (p Pages) deposit(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	u, err := web.ReadUpload(r)
	if err != nil {
		return err
	}
	f := u.Form
	d := document.Deposit{UploadID: f.Raw("depot"), Replaces: f.Raw("remplace"), Send: f.Raw("transmettre") == "oui", Scan: web.Town(r).Scanner != nil}
	d.TypeID, d.ChildID, _ = strings.Cut(f.Raw("type"), ":")
	if len(d.UploadID) < 20 || len(d.UploadID) > 40 {
		return fault.Invalidf("depot", "Cette page n’est plus valable. Rouvrez-la, puis choisissez à nouveau vos fichiers.")
	}
	if f.Raw("transmettre") == "" {
		f.Fail("transmettre", "Dites si ce document est transmis au service, ou gardé pour vous.")
	}
	old, found, err := p.precheck(r, who, d, f)
	if err != nil {
		return err
	}
	if found {
		return deposited(w, r, old.ID, asker(f.Raw("retour")))
	}
	stored, err := p.take(r, u, &d)
	if err != nil {
		return err
	}
	if f.Err() == nil {
		old, found, err = p.store(r, who, d, f)
		if err == nil && found {
			stored = nil
		}
	}
	if discarded := web.Town(r).Files.Discard(context.WithoutCancel(r.Context()), stored...); err != nil || discarded != nil {
		return errors.Join(err, discarded)
	}
	if f.Err() != nil {
		page := depositPage{UploadID: d.UploadID, Kind: f.Raw("type"), Send: f.Raw("transmettre"), Form: f, Back: asker(f.Raw("retour"))}
		return p.showDeposit(w, r, who, http.StatusUnprocessableEntity, page, d.Replaces)
	}
	return deposited(w, r, old.ID, asker(f.Raw("retour")))
}

// asker is the page of the family's file that a deposit goes back to; empty when the address names no such page.
func asker(back string) string {
	back = web.Local(back, "")
	path, _, _ := strings.Cut(back, "?")
	if path == householdPath || path == addressPath || path == householdPath+"/confirmation" || strings.HasPrefix(path, "/espace/enfants/") {
		return back
	}
	return ""
}

// precheck says whether the upload came before, and what is wrong with the answers before any file is read.
func (p Pages) precheck(r *http.Request, who household.Guardian, d document.Deposit, f *web.Form) (old document.Document, found bool, err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if old, found, err = document.Deposited(r.Context(), tx, who, d.UploadID); err != nil || found {
			return err
		}
		_, err = document.Check(r.Context(), tx, who, d)
		return err
	})
	return old, found, blame(f, err)
}

// store writes the deposit; fresh when it is this one, and not one that came meanwhile.
func (p Pages) store(r *http.Request, who household.Guardian, d document.Deposit, f *web.Form) (doc document.Document, fresh bool, err error) {
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		doc, fresh, err = document.Store(r.Context(), tx, who, d)
		return err
	})
	if err != nil {
		fresh = false
	}
	return doc, fresh, blame(f, err)
}

// blame puts a refusal beside its field; one that names none stands beside the files.
func blame(f *web.Form, err error) error {
	refusal, ok := fault.As(err)
	switch {
	case !ok || refusal.Kind == fault.NotFound:
		return err
	case refusal.Kind == fault.Invalid && len(refusal.Fields) > 0:
		if refusal.Fields["enfant"] != "" {
			f.Fail("type", refusal.Fields["enfant"])
		}
		f.Blame(err)
	default:
		f.Fail("fichier", refusal.Message)
	}
	return nil
}

// take reads the files one by one into the deposit.
func (p Pages) take(r *http.Request, u *web.Upload, d *document.Deposit) (stored []blob.File, err error) {
	err = document.TakeAll(r.Context(), web.Town(r).Files, document.Sheets{Next: u.Next, Refused: func() bool { return u.Form.Err() != nil },
		Fail: func(why string) { u.Form.Fail("fichier", why) }}, d)
	return d.Files, err
}

// deposited answers a deposit that is stored: a page to look at, or its address to the script that sent it.
func deposited(w http.ResponseWriter, r *http.Request, id, back string) error {
	said, to := ui.Flash{Kind: ui.Good, Title: "Votre document est déposé"}, documentsPath+"/"+id
	if back != "" {
		said.Text, to = "Choisissez-le comme justificatif, puis envoyez le changement.", back
	}
	web.Flash(w, r, said)
	if r.Header.Get("Accept") != "application/json" {
		return web.Redirect(w, r, to)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(db.JSON(map[string]string{"to": to})))
	return nil
}
