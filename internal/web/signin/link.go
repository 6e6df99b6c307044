package signin

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/web"
)

// link ties the account of a new session to the identity that waits in the browser's cookie, and gives the provider's name.
func (d *Door) link(r *http.Request, tx *db.Tx, s identity.Session) (string, error) {
	t := web.Town(r)
	c, err := identity.Link(r.Context(), tx, keys(t), s.Account, token(r, claimCookie))
	if err != nil {
		return "", err
	}
	name := c.Provider.French()
	if err := tellAccess(r.Context(), tx, t, s.Account, name+" ouvre votre espace",
		"Votre espace vient d’être rattaché à "+name+" : cette identité l’ouvre désormais sans mot de passe."); err != nil {
		return "", err
	}
	return name, identity.KeepHint(r.Context(), tx, keys(t), s, c)
}
