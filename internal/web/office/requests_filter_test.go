package office_test

import (
	"net/url"
	"slices"
	"testing"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
)

// allInstructed has every activity instructed by an agent.
func (d *desk) allInstructed() {
	d.t.Helper()
	d.Write(func(tx *db.Tx) error {
		c, err := activity.Load(d.t.Context(), tx)
		if err != nil {
			return err
		}
		for _, a := range c.Activities {
			changed := *a
			changed.Instruction = true
			if _, err := activity.SaveActivity(d.t.Context(), tx, changed, civil.DateOf(tx.Now, d.Loc), d.Loc); err != nil {
				return err
			}
		}
		return nil
	})
}

// Requests that await an agent can be narrowed to an activity, to a site, and to both.
func TestRequestsAreFiltered(t *testing.T) {
	d := newDesk(t)
	d.allInstructed()
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15")
	d.book(d.Claire, d.Enrolment["antoine/MATIN"], "MATIN", "2026-12-17")
	d.book(d.Claire, d.Enrolment["leo/CANTINE"], "REPAS", "2026-12-10")
	v := d.in("direction")
	for _, c := range []struct {
		query string
		want  []string // days, in the order of the page
	}{
		{"", []string{"jeu. 10 déc.", "lun. 14 déc.", "mar. 15 déc.", "jeu. 17 déc."}},
		{"?activite=CANTINE", []string{"jeu. 10 déc.", "lun. 14 déc.", "mar. 15 déc."}},
		{"?activite=MATIN", []string{"jeu. 17 déc."}},
		{"?etablissement=SABINETTES", []string{"jeu. 10 déc."}},
		{"?activite=CANTINE&etablissement=ROSTAND", []string{"lun. 14 déc.", "mar. 15 déc."}},
		{"?activite=MATIN&etablissement=SABINETTES", nil},
		{"?activite=INCONNUE", nil},
	} {
		p := v.Get("/bureau/demandes" + c.query).Want(200)
		if days := p.Texts("main td[data-h=Jour]"); !slices.Equal(days, c.want) {
			t.Errorf("%q shows %q, want %q", c.query, days, c.want)
		}
		if !p.Has("[name=activite]") || !p.Has("[name=etablissement]") {
			t.Errorf("%q: no filter", c.query)
		}
		p.Says("[aria-label=Bureau]", "Demandes4 à traiter")
	}
}

// The menu says on every page of an agent how many requests wait at the agent's sites, and on none of who does not answer them.
func TestTheMenuCountsRequestsOnEveryPage(t *testing.T) {
	d := newDesk(t)
	d.right(0)
	d.book(d.Claire, d.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")
	pages := []string{"/bureau", "/bureau/demandes", "/bureau/familles", "/bureau/familles/" + d.Claire.HouseholdID, "/bureau/listes", "/bureau/inscriptions", "/bureau/profil"}
	for login, want := range map[string]string{"rostand": "Demandes1 à traiter", "direction": "Demandes1 à traiter", "sabinettes": "Demandes"} {
		v := d.in(login)
		for _, path := range pages {
			if got := v.Get(path).Want(200).Text("[aria-label=Bureau] a[href='/bureau/demandes']"); got != want {
				t.Errorf("%s on %s: %q, want %q", login, path, got, want)
			}
		}
	}
}

// An agent chooses how often to be told; who does not answer requests is not asked.
func TestAnAgentChoosesThePace(t *testing.T) {
	d := newDesk(t)
	v := d.in("rostand")
	p := v.Get("/bureau/profil").Want(200).Form("Enregistrer le rythme").Tick("rythme", "half_day").Send().Want(200).Says("[role=status]", "enregistrés")
	if got := p.Form("Enregistrer le rythme").Value("rythme"); got != "half_day" {
		t.Errorf("the pace is %q", got)
	}
	v.Post("/bureau/profil/rythme", url.Values{"rythme": {"souvent"}}).Want(422)
	if d.in("animateur").Get("/bureau/profil").Want(200).Has("[name=rythme]") {
		t.Error("who does not answer requests is asked how often to be told of them")
	}
}
