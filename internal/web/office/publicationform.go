package office

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/news"
	"preau/internal/picture"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// maxUpload is the largest file taken, in bytes.
const maxUpload = 5 << 20

// pieceView is a publication being written.
type pieceView struct {
	Desk       desk
	Piece      news.Publication
	State      news.State
	Form       *web.Form
	Activities []*activity.Activity
	Loc        *time.Location
	Picture    string // address of the picture it has
	Size       string // of the file it has
}

func (v pieceView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v pieceView) action() string {
	if v.Piece.ID == "" {
		return v.Desk.path + "/nouveau"
	}
	return v.Desk.path + "/" + v.Piece.ID
}

// base is the version the form was opened on; it comes back with the form, so that nobody writes over somebody else.
func (v pieceView) base() string {
	if v.Form != nil {
		return v.Form.Raw("base")
	}
	return strconv.FormatInt(v.Piece.Latest, 10)
}

func (v pieceView) day(at civil.Instant) string {
	if at.IsZero() {
		return ""
	}
	return civil.DateOf(at, v.Loc).String()
}

func (v pieceView) hour(at civil.Instant) string {
	if at.IsZero() {
		return ""
	}
	return civil.TimeOf(at, v.Loc).String()
}

func themeOptions() []ui.Option {
	out := []ui.Option{{Label: "Choisir"}}
	for _, t := range news.Themes {
		out = append(out, ui.Option{Value: string(t), Label: t.French()})
	}
	return out
}

func (v pieceView) publicOptions() []ui.Option {
	out := []ui.Option{{Label: "Tout le monde"}}
	for _, a := range v.Activities {
		if !a.Archived || a.ID == v.Piece.ActivityID {
			out = append(out, ui.Option{Value: a.ID, Label: "Familles inscrites : " + a.Name})
		}
	}
	return out
}

func (d desk) form(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return d.showForm(w, r, who, http.StatusOK, nil)
}

func (d desk) showForm(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, f *web.Form) error {
	t := web.Town(r)
	v := pieceView{Desk: d, Form: f, Loc: t.Loc}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Activities = c.Activities
		if id := r.PathValue("id"); id != "nouveau" {
			v.Piece, err = news.ByID(r.Context(), tx, d.kind, id, 0)
			v.State = v.Piece.State(tx.Now)
		}
		return err
	})
	if err != nil {
		return err
	}
	if v.Piece.PictureID != "" {
		v.Picture = d.path + "/fichiers/" + v.Piece.ThumbID
	}
	if v.Piece.FileID != "" {
		v.Size = v.Piece.Format.French() + ", " + ui.FileSize(v.Piece.FileSize)
	}
	title := d.word.Add
	if v.Piece.ID != "" {
		title = v.Piece.Title
	}
	page := d.frame(w, r, title, d.path, who)
	page.Crumbs = []ui.Link{{Href: d.path, Label: d.word.Many}, {Label: title}}
	return web.Render(w, r, status, pieceForm(page, v))
}

// save writes a new version, and shows it as families would see it. Nothing typed is lost when something is wrong.
func (d desk) save(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	e, err := d.read(r, f)
	if err != nil {
		return err
	}
	var stored []blob.File
	if f.Err() == nil {
		if stored, err = d.take(r, f, &e); err != nil {
			return err
		}
	}
	if f.Err() == nil {
		var id string
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			for _, file := range stored {
				if err := blob.Record(r.Context(), tx, file); err != nil {
					return err
				}
			}
			id, err = news.Save(r.Context(), tx, who, e)
			return err
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: d.word.Saved, Text: "Voici ce que verront les familles. Rien ne change pour elles avant la publication."})
			return web.Redirect(w, r, d.path+"/"+id+"/versions/"+strconv.FormatInt(e.Base+1, 10))
		}
		if lost := web.Town(r).Files.Discard(r.Context(), stored...); lost != nil {
			return errors.Join(err, lost)
		}
		if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Conflict {
			f.Fail("titre", refusal.Message)
			return d.showForm(w, r, who, http.StatusConflict, f)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return d.showForm(w, r, who, http.StatusUnprocessableEntity, f)
}

// read reads the form onto the version it was written from: the picture and the file stay unless others are sent.
func (d desk) read(r *http.Request, f *web.Form) (e news.Edit, err error) {
	t := web.Town(r)
	e.Kind = d.kind
	if id := r.PathValue("id"); id != "nouveau" {
		base, _ := f.Int("base", 1, 1<<30)
		err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
			p, err := news.ByID(r.Context(), tx, d.kind, id, int64(base))
			e.ID, e.Base, e.Content = p.ID, p.Version, p.Content
			return err
		})
		if err != nil {
			return e, err
		}
	}
	e.Title, e.Summary, e.Theme = f.Text("titre", news.MaxTitle), f.Lines("resume", news.MaxSummary), news.Theme(f.Raw("theme"))
	if d.kind == news.Download {
		return e, nil
	}
	e.Body, e.ActivityID, e.Pinned = f.Lines("texte", news.MaxBody), f.Raw("public"), f.Yes("epinglee")
	e.PictureAlt = f.Text("alternative", news.MaxAlt)
	e.From, e.Until = instant(f, "debut", t.Loc), instant(f, "fin", t.Loc)
	if f.Yes("sans_image") {
		e.PictureID, e.ThumbID, e.PictureAlt = "", "", ""
	}
	return e, nil
}

// instant reads a day and an hour; midnight when only the day is given.
func instant(f *web.Form, name string, loc *time.Location) civil.Instant {
	day := f.Date(name)
	at, _ := f.Time(name + "_heure")
	if day.IsZero() {
		if f.Raw(name+"_heure") != "" {
			f.Fail(name, "Indiquez aussi le jour.")
		}
		return civil.Instant{}
	}
	return civil.Wall(day, at, 0, loc)
}

// take keeps the picture or the file that was sent, if any: it is at rest, and not known before the version is written.
func (d desk) take(r *http.Request, f *web.Form, e *news.Edit) ([]blob.File, error) {
	if d.kind == news.Download {
		return takeDocument(r, f, e)
	}
	content, _ := f.File("image", maxUpload)
	if content == nil {
		return nil, nil
	}
	if strings.TrimSpace(e.PictureAlt) == "" {
		f.Fail("alternative", "Décrivez l’image en une phrase, pour les personnes qui ne la voient pas. Choisissez-la ensuite à nouveau.")
		return nil, nil
	}
	reading, thumb, err := news.Pictures(content)
	if err != nil {
		f.Fail("image", pictureRefusal(err))
		return nil, nil
	}
	stored, err := keep(r, reading, thumb)
	if err == nil {
		e.PictureID, e.ThumbID = stored[0].ID, stored[1].ID
	}
	return stored, err
}

func takeDocument(r *http.Request, f *web.Form, e *news.Edit) ([]blob.File, error) {
	content, _ := f.File("fichier", maxUpload)
	if content == nil {
		return nil, nil
	}
	format, ok := news.FormatOf(content)
	if !ok {
		f.Fail("fichier", "Ce fichier n’est ni un PDF, ni un texte ODT ou DOCX sans macro, ni une image PNG ou JPEG.")
		return nil, nil
	}
	if format == news.PNG || format == news.JPEG {
		cleaned, err := picture.Clean(content, picture.Options{})
		if err != nil {
			f.Fail("fichier", pictureRefusal(err))
			return nil, nil
		}
		content = cleaned.Bytes
	}
	stored, err := keep(r, content)
	if err == nil {
		e.FileID, e.Format = stored[0].ID, format
	}
	return stored, err
}

// keep puts files at rest, all of them or none.
func keep(r *http.Request, contents ...[]byte) ([]blob.File, error) {
	t := web.Town(r)
	var stored []blob.File
	for _, content := range contents {
		file, err := t.Files.Put(r.Context(), bytes.NewReader(content), web.MaxBody)
		if err != nil {
			return nil, errors.Join(err, t.Files.Discard(r.Context(), stored...))
		}
		stored = append(stored, file)
	}
	return stored, nil
}

// pictureRefusal says why a picture is not taken.
func pictureRefusal(err error) string {
	switch {
	case errors.Is(err, picture.ErrUnknown):
		return "Ce fichier n’est ni une image JPEG ni une image PNG."
	case errors.Is(err, picture.ErrTooLarge):
		return "Cette image compte trop de pixels. Réduisez-la avant de l’envoyer."
	}
	return "Cette image est abîmée ou incomplète."
}
