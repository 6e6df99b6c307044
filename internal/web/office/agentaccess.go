package office

import (
	"net/http"
	"strconv"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// resetAgentFactors removes the second step of an agent who has lost the telephone, and tells them.
func (p Pages) resetAgentFactors(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.onAgent(w, r, who, "n’a plus de seconde étape : son délai pour en ajouter une recommence à sa prochaine connexion", func(tx *db.Tx, a staff.Agent) error {
		if err := staff.ResetFactors(r.Context(), tx, who, a.ID); err != nil {
			return err
		}
		t := web.Town(r)
		return notify.Tell(r.Context(), tx, notify.Message{
			AccountID: a.AccountID, Topic: notify.Security, Subject: "Votre seconde étape est effacée",
			Text: "Bonjour " + a.Name + ",\n\n" +
				"La direction vient d’effacer la seconde étape de votre connexion et vos clés d’accès, et de déconnecter vos appareils. Connectez-vous avec votre mot de passe, puis ajoutez-en une nouvelle dans « Mon profil » :\n\n" +
				t.BaseURL + "/connexion\n\n" +
				"Si vous n’avez rien demandé, prévenez la direction.",
		})
	})
}

// savePolicy writes what is asked of agents who sign in.
func (p Pages) savePolicy(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	days, given := form.Int("delai", 0, 60)
	if !given {
		form.Fail("delai", "Indiquez un nombre de jours, 0 pour l’exiger tout de suite.")
	}
	if form.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			return staff.SavePolicy(r.Context(), tx, who, identity.Policy{StaffFactor: form.Yes("exiger"), GraceDays: days})
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La règle est enregistrée", Text: "Elle vaut dès la prochaine connexion de chacun."})
			return web.Redirect(w, r, agentsPath)
		}
		if !form.Blame(err) {
			return err
		}
	}
	return p.showAgents(w, r, who, http.StatusUnprocessableEntity, agentsView{Form: form})
}

// required says whether the box of the policy is ticked.
func (v agentsView) required() bool {
	if v.Form != nil {
		return v.Form.Yes("exiger")
	}
	return v.Policy.StaffFactor
}

func (v agentsView) grace() string { return strconv.Itoa(v.Policy.GraceDays) }
