package dossier

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/picture"
	"preau/internal/upload"
)

// Photo is the photo of a child as its family sees it, and whether those who take the roll-call may see it: they do while the consent
// ImageInternal holds, and no longer.
type Photo struct {
	ID      string // of the file; empty: there is none
	MadeAt  civil.Instant
	MadeBy  string          // name
	Offered bool            // the town takes photos, and asks for the consent at the child's age
	Consent ConsentStanding // of ImageInternal; what stands in it means nothing unless Offered
}

// Allowed tells whether a photo may be kept and shown: the town takes photos, and the consent holds.
func (p Photo) Allowed() bool { return p.Offered && p.Consent.State == Given }

// photoSide is the width and the height of a photo as it is kept, in pixels: a face on a tablet, and no more than that.
const photoSide = 480

// TakePhoto makes of a file that a family sent a square photo without anything beside its pixels, and stores it; nobody knows of it until
// SetPhoto. Errors: fault.Invalid beside "photo", which leaves nothing.
func TakePhoto(ctx context.Context, files *blob.Files, content []byte) (blob.File, error) {
	if len(content) > upload.MaxBytes {
		return blob.File{}, fault.Invalidf("photo", "Cette photo dépasse 10 Mo. Choisissez-en une plus légère.")
	}
	var made picture.Picture
	var refused error
	err := document.InTurn(ctx, func() {
		made, refused = picture.Clean(content, picture.Options{RatioWidth: 1, RatioHeight: 1, MaxWidth: photoSide, MaxHeight: photoSide, JPEG: true})
	})
	switch {
	case err != nil:
		return blob.File{}, err
	case errors.Is(refused, picture.ErrTooLarge):
		return blob.File{}, fault.Invalidf("photo", "Cette photo a trop de pixels pour être ouverte. Choisissez-en une plus petite.")
	case errors.Is(refused, picture.ErrDamaged):
		return blob.File{}, fault.Invalidf("photo", "Cette photo est endommagée ou incomplète. Choisissez-en une autre.")
	case refused != nil:
		return blob.File{}, fault.Invalidf("photo", "Choisissez une photo au format JPEG ou PNG. Un iPhone l’envoie ainsi depuis « Photos ».")
	}
	return files.Put(ctx, bytes.NewReader(made.Bytes), upload.MaxBytes)
}

// PhotoOf gives the photo of a child of the guardian's household, which both households of a shared child see. Errors: fault.NotFound for
// the child.
func PhotoOf(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, today civil.Date) (Photo, error) {
	child, err := household.ChildOf(ctx, tx, who, childID)
	if err != nil {
		return Photo{}, err
	}
	p, err := keptPhoto(ctx, tx, childID)
	if err != nil {
		return p, err
	}
	s, err := ReadSettings(ctx, tx)
	if err != nil || !s.Shows(PhotoOfChild) || !s.Shows(Consents) {
		return p, err
	}
	list, err := ConsentsOf(ctx, tx, child, today)
	if i := slices.IndexFunc(list, func(c ConsentStanding) bool { return c.Text.Kind == ImageInternal }); i >= 0 {
		p.Offered, p.Consent = true, list[i]
	}
	return p, err
}

// keptPhoto reads the row of a child's photo; none is no error.
func keptPhoto(ctx context.Context, tx *db.Tx, childID string) (Photo, error) {
	p, err := db.One(ctx, tx, `SELECT file_id, made_at, made_by_name FROM child_photos WHERE child_id = $1`, func(s db.Scanner) (p Photo, err error) {
		return p, s.Scan(&p.ID, &p.MadeAt, &p.MadeBy)
	}, childID)
	if errors.Is(err, db.ErrNoRows) {
		return Photo{}, nil
	}
	return p, err
}

// SetPhoto makes a file that TakePhoto stored the photo of a child, in place of the one before, which goes. Either household of a shared
// child may; the other one is told. Errors: fault.NotFound for the child; fault.Invalid beside "photo" without the consent.
func SetPhoto(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, file blob.File, today civil.Date) error {
	old, err := PhotoOf(ctx, tx, who, childID, today)
	if err != nil {
		return err
	}
	if !old.Allowed() {
		return fault.Invalidf("photo", "La photo n’est pas gardée sans l’autorisation « %s ».", ImageInternal.French())
	}
	if err := blob.Record(ctx, tx, file); err != nil {
		return err
	}
	if old.ID == "" {
		_, err = tx.Exec(ctx, `INSERT INTO child_photos (child_id, file_id, made_at, made_by, made_by_name) VALUES ($1, $2, $3, $4, $5)`,
			childID, file.ID, tx.Now, who.Actor(), who.ActorName())
	} else {
		_, err = tx.Exec(ctx, `UPDATE child_photos SET file_id = $2, made_at = $3, made_by = $4, made_by_name = $5 WHERE child_id = $1`,
			childID, file.ID, tx.Now, who.Actor(), who.ActorName())
		if err == nil {
			err = blob.Drop(ctx, tx, old.ID)
		}
	}
	if err != nil {
		return err
	}
	return notePhoto(ctx, tx, who, "photo.set", childID)
}

// RemovePhoto forgets the photo of a child, whether it is shown or not. Errors: fault.NotFound for the child, or when it has no photo.
func RemovePhoto(ctx context.Context, tx *db.Tx, who household.Guardian, childID string) error {
	if _, err := household.ChildOf(ctx, tx, who, childID); err != nil {
		return err
	}
	p, err := keptPhoto(ctx, tx, childID)
	if err != nil {
		return err
	}
	if p.ID == "" {
		return fault.NotFoundf("Cet enfant n’a pas de photo.")
	}
	if err := dropPhoto(ctx, tx, childID); err != nil {
		return err
	}
	return notePhoto(ctx, tx, who, "photo.remove", childID)
}

// dropPhoto forgets a child's photo, if it has one, and its file.
func dropPhoto(ctx context.Context, tx *db.Tx, childID string) error {
	p, err := keptPhoto(ctx, tx, childID)
	if err != nil || p.ID == "" {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM child_photos WHERE child_id = $1`, childID); err != nil {
		return err
	}
	return blob.Drop(ctx, tx, p.ID)
}

// notePhoto writes what was done to a photo in the journals, and has the other household told.
func notePhoto(ctx context.Context, tx *db.Tx, who household.Guardian, act, childID string) error {
	d, _ := Define(PhotoOfChild)
	if err := noteChild(ctx, tx, household.ByGuardian(who), act, childID, who.HouseholdID, map[string]string{"field": d.Label}); err != nil {
		return err
	}
	return tellOther(ctx, tx, childID, who.HouseholdID)
}

// ShownPhoto gives the file of a child's photo to those who receive the child: who may ask is the caller's to decide. fault.NotFound when
// there is none, or when its consent does not hold.
func ShownPhoto(ctx context.Context, tx *db.Tx, childID string) (blob.File, error) {
	shown, err := shownPhotos(ctx, tx, db.JSON([]string{childID}))
	if err != nil {
		return blob.File{}, err
	}
	if shown[childID] == "" {
		return blob.File{}, fault.NotFoundf("Aucune photo n’est montrée pour cet enfant.")
	}
	return blob.Find(ctx, tx, shown[childID])
}

// shownPhotos gives the files of the photos that may be shown, by child.
func shownPhotos(ctx context.Context, tx *db.Tx, ids string) (map[string]string, error) {
	rows, err := db.All(ctx, tx, `SELECT child_id, file_id FROM child_photos`+among("child_id"), func(s db.Scanner) (r [2]string, err error) { return r, s.Scan(&r[0], &r[1]) }, ids)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	s, err := ReadSettings(ctx, tx)
	if err != nil || !s.Shows(PhotoOfChild) {
		return nil, err
	}
	consents, err := standings(ctx, tx, ImageInternal, ids)
	out := map[string]string{}
	for _, r := range rows {
		if consents[r[0]].State == Given {
			out[r[0]] = r[1]
		}
	}
	return out, err
}
