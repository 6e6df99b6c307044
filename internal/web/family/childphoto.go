package family

import (
	"context"
	"errors"
	"net/http"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/picture"
	"preau/internal/upload"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// photoSlug names the section of the photo on the page of a child.
const photoSlug = "photo"

// photoBytes is the largest form with a photo that is read: one that is a little too heavy is read to its end, and refused beside its field.
const photoBytes = 2*upload.MaxBytes + 1<<20

func (p Pages) photoRoutes(s *web.Server) {
	s.Handle("GET /espace/enfants/{enfant}/photo", p.Door.Family(p.childPhoto))
	s.Handle("POST /espace/enfants/{enfant}/photo", p.Door.Family(p.setChildPhoto).Large(photoBytes, depositTime))
	s.Handle("POST /espace/enfants/{enfant}/photo/retrait", p.Door.Family(p.removeChildPhoto))
}

// photoView is the section of the photo.
type photoView struct {
	dossier.Photo
	Src, Said string
	Form      *web.Form
	Open      bool
}

func (v *childView) loadPhoto(ctx context.Context, tx *db.Tx, who household.Guardian, in reading) (err error) {
	v.Photo.Photo, err = dossier.PhotoOf(ctx, tx, who, v.Child.ID, in.today)
	if v.Photo.ID != "" {
		v.Photo.Src = v.Path + "/photo?v=" + v.Photo.ID[:6] // another photo has another address
		v.Photo.Said = "Ajoutée le " + civil.DateOf(v.Photo.MadeAt, in.loc).DayMonthYear()
		if v.Photo.MadeBy != "" {
			v.Photo.Said += " par " + v.Photo.MadeBy
		}
	}
	if wrong := in.wrong; wrong != nil && wrong.slug == photoSlug {
		v.Photo.Form, v.Photo.Open = wrong.form, true
	}
	return err
}

func (v photoView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// shown tells whether there is anything to show: a town that takes no photos has no such section, but for a photo of before.
func (v photoView) shown() bool { return v.Offered || v.ID != "" }

// missing says what the consent lacks for a photo to be added.
func (v photoView) missing() string {
	switch v.Consent.State {
	case dossier.Denied:
		return "L’autorisation « " + v.Consent.Text.Title + " » est refusée."
	case dossier.Partial:
		return "L’autorisation « " + v.Consent.Text.Title + " » attend la réponse de l’autre parent."
	case dossier.NotAsked, dossier.Given:
	}
	return "L’autorisation « " + v.Consent.Text.Title + " » n’a pas encore de réponse."
}

// photoLabel is what the button that opens the form says.
func photoLabel(v childView) string {
	if v.Photo.ID == "" {
		return "Ajouter une photo"
	}
	return "Changer la photo"
}

// childPhoto shows a family the photo of its child.
func (p Pages) childPhoto(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t := web.Town(r)
	var file blob.File
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		photo, err := dossier.PhotoOf(r.Context(), tx, who, r.PathValue("enfant"), civil.DateOf(tx.Now, t.Loc))
		if err != nil {
			return err
		}
		if photo.ID == "" {
			return fault.NotFoundf("Cet enfant n’a pas de photo.")
		}
		file, err = blob.Find(r.Context(), tx, photo.ID)
		return err
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return errors.Join(web.ServeFile(w, picture.JPEG, "photo.jpg", file.Size, content, false), content.Close())
}

// setChildPhoto adds the photo of a child, or puts another one in its place. Whatever goes wrong, nothing of what was sent is left.
func (p Pages) setChildPhoto(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t, id := web.Town(r), r.PathValue("enfant")
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		_, err := household.ChildOf(r.Context(), tx, who, id)
		return err
	})
	if err != nil {
		return err
	}
	u, err := web.ReadUpload(r)
	if err != nil {
		return err
	}
	_, content, sent, err := u.Next(upload.MaxBytes)
	if err != nil {
		return err
	}
	if !sent {
		u.Form.Fail("photo", "Choisissez une photo.")
		return p.showChild(w, r, who, &rejected{photoSlug, u.Form})
	}
	err = p.keepPhoto(r, who, id, content)
	if err != nil && u.Form.Blame(err) {
		return p.showChild(w, r, who, &rejected{photoSlug, u.Form})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La photo est enregistrée", Text: "Les agents qui accueillent l’enfant la voient au pointage."})
	return web.Redirect(w, r, childrenPath+id+"#"+photoSlug)
}

// keepPhoto stores a photo and writes it; of one that is refused nothing is left.
func (p Pages) keepPhoto(r *http.Request, who household.Guardian, id string, content []byte) error {
	t := web.Town(r)
	file, err := dossier.TakePhoto(r.Context(), t.Files, content)
	if err != nil {
		return err
	}
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		return dossier.SetPhoto(r.Context(), tx, who, id, file, civil.DateOf(tx.Now, t.Loc))
	})
	if err == nil {
		return nil
	}
	if discarded := t.Files.Discard(context.WithoutCancel(r.Context()), file); discarded != nil {
		return errors.Join(err, discarded)
	}
	return err
}

func (p Pages) removeChildPhoto(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	id := r.PathValue("enfant")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.RemovePhoto(r.Context(), tx, who, id) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La photo est retirée", Text: "Elle est effacée : plus personne ne la voit."})
	return web.Redirect(w, r, childrenPath+id+"#h-photo")
}
