package signin

import (
	"net/http"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/web"
)

// JoinPath is where an account without a household finds what it can do: enter a key, ask for its household.
const JoinPath = "/espace/demarches"

// Account opens a handler to every signed-in account of a family, tied to a household or not.
func (d *Door) Account(h func(http.ResponseWriter, *http.Request, identity.Session) error) web.Endpoint {
	return web.Guard("family", d.account, func(w http.ResponseWriter, r *http.Request, v visit[identity.Session]) error {
		if v.ended {
			return d.again(w, r, v.now)
		}
		return h(w, r, v.who)
	})
}

// account resolves cookie → session, of a family.
func (d *Door) account(_ http.ResponseWriter, r *http.Request) (v visit[identity.Session], err error) {
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		v.now = tx.Now
		if v.who, err = d.session(r, tx); err != nil {
			return err
		}
		if staffed(v.who) {
			return notAgents(r)
		}
		return nil
	})
	v.ended, err = ended(r, err)
	return v, err
}

// notAgents sends agents who open a family's page to their own, and refuses what they post.
func notAgents(r *http.Request) error {
	if r.Method == http.MethodGet {
		return web.Elsewhere(OfficeHome)
	}
	return fault.Forbiddenf("Cette page est celle des familles. Vous êtes connecté comme agent.")
}

// untied sends an account without a household to where it can ask for one.
func untied(r *http.Request) error {
	if r.Method == http.MethodGet {
		return web.Elsewhere(JoinPath)
	}
	return fault.Forbiddenf("Votre espace n’est encore rattaché à aucun foyer. Saisissez votre clé enfance ou demandez votre rattachement dans « Démarches ».")
}
