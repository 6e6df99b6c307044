package signin

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/registration"
	"preau/internal/web"
)

// inactive says whether a login and its password are those of a space that waits for the link of its e-mail. It takes as long when none
// does, and is said to who knows the password alone.
func (d *Door) inactive(r *http.Request, form *web.Form) (bool, error) {
	var waiting registration.Waiting
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		waiting, err = registration.Pending(r.Context(), tx, form.Raw("identifiant"))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, err
	}
	return waiting.Matches(r.Context(), form.Raw("mot_de_passe"))
}
