package office

import (
	"errors"
	"net/http"

	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/picture"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// The largest a logo is kept, in pixels: three times what it takes beside the town's name.
const logoWidth, logoHeight = 360, 120

// saveLogo changes the town's sign, or brings the drawing of Préau back.
func (p Pages) saveLogo(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if f.Yes("retirer") {
		if err := writeLogo(r, who, nil); err != nil {
			return err
		}
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le logo est retiré"})
		return web.Redirect(w, r, identityPath)
	}
	content, _ := f.File("logo", maxUpload)
	if content == nil {
		f.Fail("logo", "Choisissez une image PNG ou JPEG.")
		return p.showIdentity(w, r, who, http.StatusUnprocessableEntity, f)
	}
	cleaned, err := picture.Clean(content, picture.Options{MaxWidth: logoWidth, MaxHeight: logoHeight})
	if err != nil {
		f.Fail("logo", pictureRefusal(err))
		return p.showIdentity(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err := writeLogo(r, who, cleaned.Bytes); err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le logo est enregistré", Text: "Les pages le montrent dans quelques secondes."})
	return web.Redirect(w, r, identityPath)
}

// writeLogo keeps a picture as the logo in place of the one before; nil takes it away.
func writeLogo(r *http.Request, who staff.Agent, content []byte) error {
	t := web.Town(r)
	var stored []blob.File
	if content != nil {
		var err error
		if stored, err = keep(r, content); err != nil {
			return err
		}
	}
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		p, err := t.Profile(r.Context(), tx)
		if err != nil {
			return err
		}
		old := p.LogoFile()
		p.SetLogo("")
		if len(stored) > 0 {
			if err := blob.Record(r.Context(), tx, stored[0]); err != nil {
				return err
			}
			p.SetLogo(stored[0].ID)
		}
		if err := town.SaveProfile(r.Context(), tx, p); err != nil {
			return err
		}
		if old != "" {
			if err := blob.Drop(r.Context(), tx, old); err != nil {
				return err
			}
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "town.logo", Subject: "town", Detail: map[string]bool{"logo": p.Logo != ""}})
	})
	if err != nil {
		return errors.Join(err, t.Files.Discard(r.Context(), stored...))
	}
	return nil
}
