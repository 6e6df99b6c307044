package rollcall

import (
	"errors"
	"net/http"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/picture"
	"preau/internal/staff"
	"preau/internal/web"
)

// photo shows the photo of a child of a roll-call. Nothing keeps it: neither the browser, nor the service worker, which answers for pages
// alone, nor the list of the device.
func (p Pages) photo(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var file blob.File
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		n, err := asked(r, c, who)
		if err != nil {
			return err
		}
		file, err = attendance.PhotoOf(r.Context(), tx, who, n.Session, r.PathValue("enfant"))
		return err
	})
	if err != nil {
		return err
	}
	content, err := web.Town(r).Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return errors.Join(web.ServeFile(w, picture.JPEG, "photo.jpg", file.Size, content, false), content.Close())
}

// photoHref is the address of a child's photo on a roll-call.
func (v *rollView) photoHref(l row) string { return v.path() + "/enfants/" + l.ChildID + "/photo" }
