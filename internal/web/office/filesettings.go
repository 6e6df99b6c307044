package office

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"preau/internal/ban"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	fileSettingsPath = parametersPath + "/dossier"
	consentsPath     = fileSettingsPath + "/autorisations"
	addressesPath    = fileSettingsPath + "/adresses"
	addressesMax     = 16 << 20 // bytes of a file of addresses: a commune has less than one; a département goes by the command line
)

func (p Pages) fileSettingsRoutes(s *web.Server) {
	s.Handle("GET /bureau/parametres/dossier", p.Door.Office(staff.Settings, p.fileSettings))
	s.Handle("POST /bureau/parametres/dossier", p.Door.Office(staff.Settings, p.saveFileSettings))
	s.Handle("GET /bureau/parametres/dossier/autorisations/{nature}", p.Door.Office(staff.Settings, p.consentText))
	s.Handle("POST /bureau/parametres/dossier/autorisations/{nature}", p.Door.Office(staff.Settings, p.saveConsentText))
	s.Handle("POST /bureau/parametres/dossier/adresses", p.Door.Office(staff.Settings, p.importAddresses))
}

// fileSettingsView is what the town decides of the families' files.
type fileSettingsView struct {
	Settings  dossier.Settings
	Services  []ui.Option
	Consents  []consentRow
	Addresses string // what was imported
	Form      *web.Form
	Import    *web.Form // the import of addresses, when it could not be taken
}

// consentRow is one kind of consent with the text asked now.
type consentRow struct {
	Kind          dossier.ConsentKind
	Title, Detail string
	Asked         bool
}

func (v fileSettingsView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) fileSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showFileSettings(w, r, who, http.StatusOK, fileSettingsView{})
}

func (p Pages) showFileSettings(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v fileSettingsView) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Settings, err = dossier.ReadSettings(r.Context(), tx); err != nil {
			return err
		}
		book, err := dossier.ReadAddressBook(r.Context(), tx)
		if err != nil {
			return err
		}
		if book.Count > 0 {
			v.Addresses = ui.Count(book.Count, "adresse importée", "adresses importées") + " le " + civil.DateOf(book.At, t.Loc).DayMonthYear()
		}
		texts, err := dossier.ConsentTexts(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Consents = consentRows(texts)
		agents, err := staff.List(r.Context(), tx)
		v.Services = serviceOptions(agents)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Dossier des familles", parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Label: "Dossier des familles"}}
	return web.Render(w, r, status, fileSettingsPage(page, v))
}

// serviceOptions lists the services of the agents.
func serviceOptions(agents []staff.Agent) []ui.Option {
	list := []ui.Option{{Label: "tous les services"}}
	for _, a := range agents {
		if a.Service != "" && !slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == a.Service }) {
			list = append(list, ui.Option{Value: a.Service, Label: a.Service})
		}
	}
	return list
}

func consentRows(texts []dossier.ConsentText) []consentRow {
	var list []consentRow
	for _, kind := range dossier.ConsentKinds {
		row := consentRow{Kind: kind, Title: kind.French(), Detail: "pas demandé"}
		for _, t := range texts {
			if t.Kind == kind && !t.Ended {
				row.Asked, row.Detail = true, "texte n° "+strconv.FormatInt(t.Version, 10)+" : "+t.Title
			}
		}
		list = append(list, row)
	}
	return list
}

// modeOptions are the modes the town may choose for a field.
func modeOptions(d dossier.Definition) []ui.Option {
	var list []ui.Option
	for _, m := range d.Modes {
		list = append(list, ui.Option{Value: string(m), Label: m.French()})
	}
	return list
}

func (p Pages) saveFileSettings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := dossier.Settings{Fields: map[dossier.Field]dossier.FieldSetting{}, ConfirmFrom: f.Date("confirmation")}
	for _, d := range dossier.Definitions() {
		s.Fields[d.Field] = dossier.FieldSetting{Mode: dossier.Mode(f.Text(string(d.Field), 20)), Service: f.Text("service_"+string(d.Field), 200)}
	}
	s.RemindAfter, _ = f.Int("relance", 0, 90)
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.SaveSettings(r.Context(), tx, who, s) })
	}
	if f.Err() != nil || (err != nil && f.Blame(err)) {
		return p.showFileSettings(w, r, who, http.StatusUnprocessableEntity, fileSettingsView{Form: f})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Les réglages du dossier sont enregistrés"})
	return web.Redirect(w, r, fileSettingsPath)
}

// consentTextView is one kind of consent: the text asked now, and all its versions.
type consentTextView struct {
	Kind     dossier.ConsentKind
	Now      dossier.ConsentText // what fills the form
	Asked    bool
	Versions []versionRow
	Form     *web.Form
}

type versionRow struct{ Number, When, Who, Title, Body, Until string }

func (v consentTextView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) consentText(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showConsentText(w, r, who, http.StatusOK, nil)
}

func (p Pages) showConsentText(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := consentTextView{Kind: dossier.ConsentKind(r.PathValue("nature")), Form: form}
	if !slices.Contains(dossier.ConsentKinds, v.Kind) {
		return noSuchConsent
	}
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		texts, err := dossier.ConsentTexts(r.Context(), tx)
		for _, in := range texts {
			if in.Kind != v.Kind {
				continue
			}
			if v.Now.ID == "" {
				v.Now = in
			}
			row := versionRow{Number: strconv.FormatInt(in.Version, 10), When: civil.DateOf(in.MadeAt, t.Loc).DayMonthYear(), Who: in.MadeBy, Title: in.Title, Body: in.Body, Until: "remplacé"}
			if !in.Ended {
				v.Asked, row.Until = true, "demandé aujourd’hui"
			}
			v.Versions = append(v.Versions, row)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Kind.French(), parametersPath, who)
	page.Crumbs = []ui.Link{{Href: parametersPath, Label: "Paramètres"}, {Href: fileSettingsPath, Label: "Dossier des familles"}, {Label: v.Kind.French()}}
	return web.Render(w, r, status, consentTextPage(page, v))
}

func (p Pages) saveConsentText(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	kind := dossier.ConsentKind(r.PathValue("nature"))
	if !slices.Contains(dossier.ConsentKinds, kind) {
		return noSuchConsent
	}
	age, _ := f.Int("age", 0, 18)
	t := dossier.ConsentText{Kind: kind, Title: f.Text("titre", 120), Body: f.Lines("texte", 4000), Renews: f.Yes("renouvelle"), NeedsAll: f.Yes("accord"), MinAge: int64(age)}
	ends := f.Raw("geste") == "retirer"
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			if ends {
				return dossier.EndConsentText(r.Context(), tx, who, kind)
			}
			_, err := dossier.SaveConsentText(r.Context(), tx, who, t)
			return err
		})
	}
	if f.Err() != nil || (err != nil && f.Blame(err)) {
		return p.showConsentText(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "La nouvelle version est demandée aux familles"}
	if ends {
		said = ui.Flash{Kind: ui.Good, Title: "Cette autorisation n’est plus demandée", Text: "Les réponses déjà données sont gardées."}
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, consentsPath+"/"+string(kind))
}

// importAddresses takes the file of addresses of the commune.
func (p Pages) importAddresses(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	content, _ := f.File("fichier", addressesMax)
	if len(content) == 0 && f.Err() == nil {
		f.Fail("fichier", "Choisissez le fichier des adresses.")
	}
	commune := f.Text("insee", 5)
	var list []ban.Address
	if f.Err() == nil {
		list, err = ban.Parse(bytes.NewReader(content), commune)
		if bad := (*ban.Error)(nil); errors.As(err, &bad) {
			f.Fail("fichier", upperFirst(bad.Error()))
		} else if err != nil {
			return err
		}
	}
	if f.Err() != nil {
		return p.showFileSettings(w, r, who, http.StatusUnprocessableEntity, fileSettingsView{Import: f})
	}
	book, err := dossier.ImportAddresses(r.Context(), web.Town(r).DB, household.ByAgent(who), list)
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: ui.Count(book.Count, "adresse est importée", "adresses sont importées"), Text: "Elles sont proposées aux familles pendant qu’elles écrivent."})
	return web.Redirect(w, r, fileSettingsPath)
}
