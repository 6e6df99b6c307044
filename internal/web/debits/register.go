package debits

import (
	"net/http"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// registerView is the list of mandates.
type registerView struct {
	State  mandate.State
	Lines  []mandate.Line
	Counts map[mandate.State]int
	Next   string
}

func (p Pages) register(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	var v registerView
	switch s := mandate.State(q.Raw("etat")); s {
	case mandate.Active, mandate.Suspended, mandate.Revoked, mandate.Lapsed:
		v.State = s
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Counts, err = mandate.Counts(r.Context(), tx); err != nil {
			return err
		}
		if v.Lines, err = mandate.List(r.Context(), tx, v.State, q.Raw("apres"), listed+1); err != nil {
			return err
		}
		if len(v.Lines) > listed {
			v.Lines = v.Lines[:listed]
			last := v.Lines[listed-1]
			v.Next = registerPath + "?etat=" + string(v.State) + "&apres=" + queryEscape(last.Household+" "+last.ID)
		}
		return mandate.Lines(r.Context(), tx, v.Lines)
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, registerPage(p.desk(w, r, "Mandats", who, ui.Link{Label: "Mandats"}), v))
}

// mandateView is one mandate.
type mandateView struct {
	mandate.Mandate
	Home   household.Household
	Events []ui.Event
	Form   *web.Form
}

func (p Pages) mandate(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showMandate(w, r, who, http.StatusOK, nil)
}

func (p Pages) showMandate(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := mandateView{Form: form}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Mandate, err = mandate.ByID(r.Context(), tx, r.PathValue("mandat")); err != nil {
			return err
		}
		if v.Home, err = household.ByID(r.Context(), tx, v.HouseholdID); err != nil {
			return err
		}
		events, err := mandate.Events(r.Context(), tx, v.ID)
		for _, e := range events {
			v.Events = append(v.Events, ui.Event{When: civil.ShortInstant(e.At, t.Loc), At: e.At.String(), What: eventWord(e), By: e.By})
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, mandatePage(p.desk(w, r, string(v.RUM), who, ui.Link{Href: registerPath, Label: "Mandats"}, ui.Link{Label: string(v.RUM)}), v))
}

func eventWord(e mandate.Event) string {
	word := map[string]string{"signed": "Signé", "account": "Nouveau compte", "suspended": "Suspendu", "resumed": "Repris", "revoked": "Arrêté", "lapsed": "Expiré",
		"rejected": "Prélèvement rejeté"}[e.Kind]
	switch note := e.Note; note {
	case "":
	case string(mandate.Online):
		word += " en ligne"
	case string(mandate.Paper):
		word += " sur papier"
	default:
		word += " : " + note
	}
	return word
}

// changeState suspends, resumes or ends a mandate.
func (p Pages) changeState(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id, reason, by := r.PathValue("mandat"), f.Text("motif", 200), household.ByAgent(who)
	done := ""
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		switch f.Raw("acte") {
		case "suspendre":
			done = "Le mandat est suspendu"
			return mandate.Suspend(r.Context(), tx, by, id, reason)
		case "reprendre":
			done = "Le mandat reprend"
			return mandate.Resume(r.Context(), tx, by, id)
		case "arreter":
			done = "Le mandat est arrêté"
			return mandate.Revoke(r.Context(), tx, by, id, "town", reason)
		}
		return fault.Invalidf("acte", "Choisissez ce que devient le mandat.")
	})
	if f.Blame(err) {
		return p.showMandate(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: done, Text: "La famille est prévenue."})
	return web.Redirect(w, r, registerPath+"/"+id)
}

// paperView is the entry of a mandate that was signed on paper.
type paperView struct {
	Query string
	Hits  []household.Hit
	Home  household.Household
	Form  *web.Form
	Today civil.Date
}

func (p Pages) newPaper(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	return p.showPaper(w, r, who, http.StatusOK, paperView{Query: q.Raw("q")}, q.Raw("foyer"))
}

func (p Pages) showPaper(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v paperView, home string) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Today = civil.DateOf(tx.Now, web.Town(r).Loc)
		if home != "" {
			v.Home, err = household.ByID(r.Context(), tx, home)
		} else if v.Query != "" {
			v.Hits, err = household.Search(r.Context(), tx, v.Query)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.desk(w, r, "Saisir un mandat papier", who, ui.Link{Href: registerPath, Label: "Mandats"}, ui.Link{Label: "Saisir un mandat papier"})
	return web.Render(w, r, status, paperPage(page, v))
}

func (p Pages) enter(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	s := readSignature(f)
	s.RUM, s.SignedOn = f.Text("rum", 40), f.Date("signe_le")
	var m mandate.Mandate
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		s.Today = civil.DateOf(tx.Now, t.Loc)
		m, err = mandate.Enter(r.Context(), tx, t.KeyFor(mandate.KeyPurpose), who, f.Raw("foyer"), s)
		return err
	})
	if f.Blame(err) {
		return p.showPaper(w, r, who, http.StatusUnprocessableEntity, paperView{Form: f}, f.Raw("foyer"))
	}
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Conflict {
		f.Fail("foyer", refusal.Message)
		return p.showPaper(w, r, who, http.StatusConflict, paperView{Form: f}, f.Raw("foyer"))
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le mandat " + string(m.RUM) + " est enregistré", Text: "La famille est prévenue."})
	return web.Redirect(w, r, registerPath+"/"+m.ID)
}

// settingsView is what the town settles.
type settingsView struct {
	Set  mandate.Settings
	Form *web.Form
}

func (v settingsView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) settings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showSettings(w, r, who, http.StatusOK, nil)
}

func (p Pages) showSettings(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := settingsView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Set, err = mandate.SettingsOf(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, settingsPage(p.desk(w, r, "Réglages du prélèvement", who, ui.Link{Label: "Réglages"}), v))
}

func (p Pages) saveSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := mandate.Settings{On: f.Yes("propose"), Name: f.Text("nom", 70), Street: f.Text("adresse", 70), Postcode: f.Text("code_postal", 10), City: f.Text("commune", 35),
		Version: sepa.Version(f.Raw("version")), First: f.Yes("premier"), Treasury: f.Yes("tresor"), Holder: f.Text("titulaire", 70), Service: f.Text("service", 20)}
	s.Notice, _ = f.Int("preavis", mandate.NoticeDays.Low, mandate.NoticeDays.High)
	s.Lead, _ = f.Int("delai", mandate.LeadDays.Low, mandate.LeadDays.High)
	s.Rejections, _ = f.Int("rejets", mandate.RejectionsMost.Low, mandate.RejectionsMost.High)
	typed := mandate.Typed{SIRET: f.Text("siret", 20), ICS: f.Text("ics", 40), IBAN: f.Text("iban", 60), BIC: f.Text("bic", 20), Prefix: f.Text("rum", 20)}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return mandate.Save(r.Context(), tx, who, s, typed) })
	}
	if f.Blame(err) || f.Err() != nil {
		return p.showSettings(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les réglages du prélèvement sont enregistrés"})
	return web.Redirect(w, r, settingsPath)
}
