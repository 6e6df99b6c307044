package office

import (
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const typesPath = parametersPath + "/documents"

// typesView is what the town asks of families, and how it keeps it.
type typesView struct {
	Types    []document.Type
	Settings document.Settings
	Names    map[string]string // of activities
	Form     *web.Form
}

func (p Pages) documentTypes(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDocumentTypes(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDocumentTypes(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := typesView{Form: form, Names: map[string]string{}}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Types, err = document.Types(r.Context(), tx); err != nil {
			return err
		}
		if v.Settings, err = document.ReadSettings(r.Context(), tx); err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, a := range c.Activities {
			v.Names[a.ID] = a.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Documents demandés", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: "Documents demandés"}}
	return web.Render(w, r, status, documentTypesPage(page, v))
}

func (p Pages) saveVaultSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := document.Settings{QuotaMB: figure(f, "quota", 0, 1_000_000), WarnDays: figure(f, "prevenir", 0, 1_000), RenewMonth: time.Month(figure(f, "renouveler", 0, 12))}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return document.SaveSettings(r.Context(), tx, who, s) })
		if err != nil && !f.Blame(err) {
			return err
		}
	}
	if f.Err() != nil {
		return p.showDocumentTypes(w, r, who, http.StatusUnprocessableEntity, f)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Réglages enregistrés"})
	return web.Redirect(w, r, typesPath)
}

// typeView is one type in its form.
type typeView struct {
	document.Type
	Activities []ui.Option
	Form       *web.Form
}

func (p Pages) documentType(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDocumentType(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDocumentType(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := typeView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Type, err = readType(r, tx); err != nil {
			return err
		}
		c, err := activity.Load(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, a := range c.Activities {
			if !a.Archived {
				v.Activities = append(v.Activities, ui.Option{Value: a.ID, Label: a.Name})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if form != nil {
		v.Type.Activities, v.Blocking, v.ByLaw, v.Archived = form.All("activites"), form.Has("bloquant"), form.Has("loi"), form.Has("archive")
	}
	title := v.Name
	if v.ID == "" {
		title = "Ajouter un document"
	}
	page := p.frame(w, r, title, parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Href: typesPath, Label: "Documents demandés"}, {Label: title}}
	return web.Render(w, r, status, documentTypePage(page, v))
}

// readType finds the type of the address; "nouveau" is one that is not there yet.
func readType(r *http.Request, tx *db.Tx) (document.Type, error) {
	if r.PathValue("type") == "nouveau" {
		return document.Type{Subject: document.OfHousehold, Asked: document.OfNobody, Validity: document.ForEver, KeepMonths: 12}, nil
	}
	return document.TypeByID(r.Context(), tx, r.PathValue("type"))
}

func (p Pages) saveDocumentType(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	k := document.Type{Name: f.Raw("nom"), Help: f.Raw("aide"), Activities: f.All("activites"), AgeFrom: figure(f, "age_de", 0, 100), AgeTo: figure(f, "age_a", 0, 100),
		Blocking: f.Has("bloquant"), Months: figure(f, "mois", 0, 1000), KeepMonths: figure(f, "conservation", 0, 1000), ByLaw: f.Has("loi"), Archived: f.Has("archive")}
	k.Subject = document.Subject(f.One("concerne", "Choisissez qui il concerne.", string(document.OfHousehold), string(document.OfChild)))
	k.Asked = document.Asked(f.One("demande", "Choisissez à qui il est demandé.", string(document.OfNobody), string(document.OfEveryone), string(document.OfEnrolled)))
	k.Validity = document.Validity(f.One("validite", "Choisissez combien de temps il est valable.", string(document.ForEver), string(document.ForMonths), string(document.SchoolYear)))
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			old, err := readType(r, tx)
			if err != nil {
				return err
			}
			k.ID, k.Position = old.ID, old.Position
			_, err = document.SaveType(r.Context(), tx, who, k)
			return err
		})
		if err != nil && !f.Blame(err) {
			return err
		}
	}
	if f.Err() != nil {
		return p.showDocumentType(w, r, who, http.StatusUnprocessableEntity, f)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Type de document enregistré", Text: k.Name})
	return web.Redirect(w, r, typesPath)
}

// askedText says of whom a type is asked.
func (v typesView) askedText(t document.Type) string {
	who := map[document.Subject]string{document.OfHousehold: "les foyers", document.OfChild: "les enfants"}[t.Subject]
	text := "À personne : déposé si la famille le souhaite"
	switch t.Asked {
	case document.OfEveryone:
		text = "À tous " + who
	case document.OfEnrolled:
		text = "Inscription : "
		for i, id := range t.Activities {
			if i > 0 {
				text += ", "
			}
			text += v.Names[id]
		}
	}
	if t.AgeFrom > 0 || t.AgeTo > 0 {
		text += ", " + ageText(t.AgeFrom, t.AgeTo)
	}
	return text
}

func ageText(from, to int) string {
	switch {
	case to == 0:
		return "à partir de " + ui.Count(from, "an", "ans")
	case from == 0:
		return "jusqu’à " + ui.Count(to, "an", "ans")
	}
	return "de " + itoa(from) + " à " + ui.Count(to, "an", "ans")
}

func validityText(t document.Type) string {
	switch t.Validity {
	case document.ForMonths:
		return itoa(t.Months) + " mois"
	case document.SchoolYear:
		return "L’année scolaire"
	}
	return "Sans limite"
}

// renewMonths are the answers to "from which month": the school year ends in August.
func renewMonths() []ui.Option {
	var options []ui.Option
	for m := time.January; m <= time.August; m++ {
		options = append(options, ui.Option{Value: itoa(int(m)), Label: civil.MonthName(m)})
	}
	return options
}

// documentEvents writes who opened a document.
func documentEvents(v documentView) []ui.Event {
	var out []ui.Event
	for _, view := range v.Views {
		day, at := civil.DateOf(view.At, v.loc), civil.TimeOf(view.At, v.loc)
		what := "A ouvert « " + view.What + " »"
		if view.What == "fiche" {
			what = "A consulté ce document"
		}
		out = append(out, ui.Event{When: day.Short() + ", " + at.French(), At: day.String() + "T" + at.String(), What: what, By: view.Agent})
	}
	return out
}

// address is where the form is sent.
func (v typeView) address() string {
	if v.ID == "" {
		return typesPath + "/nouveau"
	}
	return typesPath + "/" + v.ID
}

// figure reads a whole number; an empty field is 0.
func figure(f *web.Form, name string, low, high int) int {
	n, _ := f.Int(name, low, high)
	return n
}
