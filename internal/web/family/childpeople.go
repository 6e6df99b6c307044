package family

import (
	"context"
	"net/http"
	"slices"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// The names of the folded forms of the page, beside those of the fields.
const (
	peopleSlug  = "personnes"
	vaccineSlug = "vaccinations"
)

func saidBy(f dossier.Fact, loc *time.Location) string {
	if f.ID == "" {
		return ""
	}
	return "Indiqué par " + f.MadeByName + " le " + civil.DateOf(f.MadeAt, loc).DayMonthYear() + "."
}

// reading is what each part of a page is read with.
type reading struct {
	settings dossier.Settings
	today    civil.Date
	loc      *time.Location
	wrong    *rejected
}

func (v *childView) loadContacts(ctx context.Context, tx *db.Tx, who household.Guardian, in reading) error {
	v.Contacts.Mode = in.settings.Mode(dossier.Contacts)
	list, err := dossier.ContactsOf(ctx, tx, who, v.Child.ID)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.EndedAt.IsZero() {
			v.Contacts.Live = append(v.Contacts.Live, c)
		} else {
			v.Contacts.Ended = append(v.Contacts.Ended, endedContact{Name: c.Name, Until: civil.DateOf(c.EndedAt, in.loc).DayMonthYear()})
		}
	}
	children, err := household.Children(ctx, tx, who.HouseholdID)
	for _, c := range children {
		v.Contacts.Siblings = append(v.Contacts.Siblings, ui.Option{Value: c.ID, Label: c.FirstName})
		v.Contacts.Chosen = append(v.Contacts.Chosen, c.ID)
	}
	if wrong := in.wrong; wrong != nil && wrong.slug == peopleSlug {
		v.Contacts.Form, v.Contacts.Open, v.Contacts.Chosen = wrong.form, true, wrong.form.All("enfants")
	}
	return err
}

func (v contactsView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (v vaccinesView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

// roles are what a contact is for.
func (v contactsView) roles() []string {
	if v.Form == nil {
		return []string{"chercher"}
	}
	return v.Form.All("role")
}

// relationWords follows a name: ", grand-père".
func relationWords(c dossier.ChildContact) string {
	if c.Relation == "" {
		return ""
	}
	return ", " + c.Relation
}

func roleWords(c dossier.ChildContact) string {
	switch {
	case c.MayCollect && c.Emergency:
		return "Peut venir chercher l’enfant, à prévenir en urgence"
	case c.MayCollect:
		return "Peut venir chercher l’enfant"
	}
	return "À prévenir en urgence"
}

func (p Pages) addContact(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("enfant")
	roles, children := f.All("role"), f.All("enfants")
	c := dossier.ChildContact{Name: f.Text("contact_nom", 120), Relation: f.Text("lien", 60), Phone: f.Text("contact_telephone", 30),
		MayCollect: slices.Contains(roles, "chercher"), Emergency: slices.Contains(roles, "urgence")}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if _, err := household.ChildOf(r.Context(), tx, who, id); err != nil {
			return err
		}
		return dossier.AddContact(r.Context(), tx, who, c, children)
	})
	if err != nil && f.Blame(err) {
		return p.showChild(w, r, who, &rejected{peopleSlug, f})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: c.Name + " est dans votre liste"})
	return web.Redirect(w, r, childrenPath+id+"#"+peopleSlug)
}

func (p Pages) endContact(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	id := r.PathValue("enfant")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return dossier.EndContact(r.Context(), tx, who, id, r.PathValue("personne"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Cette personne est retirée", Text: "À partir de maintenant, l’enfant ne lui est plus confié."})
	return web.Redirect(w, r, childrenPath+id+"#"+peopleSlug)
}

func (v *vaccinesView) load(ctx context.Context, tx *db.Tx, c household.Child, in reading) error {
	v.Mode = in.settings.Mode(dossier.Vaccination)
	shots, err := dossier.Shots(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	v.Report = dossier.ReportVaccines(c.BornOn, in.today, dossier.GivenBy(shots))
	v.Entered = injections(shots)
	seen, err := dossier.VaccinationChecked(ctx, tx, c.ID)
	if until, bad := civil.Parse(seen.Content["jusqu_au"]); bad == nil && !until.Before(in.today) {
		v.Seen = until.DayMonthYear()
	}
	if wrong := in.wrong; wrong != nil && wrong.slug == vaccineSlug {
		v.Form, v.Open = wrong.form, true
	}
	return err
}

// injections gathers doses by the day they were given.
func injections(shots []dossier.Shot) []injectionLine {
	var list []injectionLine
	names := map[string]string{"MenACWY": "Méningocoques ACWY", "MenB": "Méningocoque B"}
	for _, v := range dossier.Obligations(civil.New(2018, 1, 1)) {
		names[v.Code] = v.Name
	}
	for _, s := range shots {
		day := s.GivenOn.String()
		if n := len(list); n > 0 && list[n-1].Day == day {
			list[n-1].What += ", " + words.LowerFirst(names[s.Vaccine])
			continue
		}
		list = append(list, injectionLine{Day: day, When: s.GivenOn.DayMonthYear(), What: names[s.Vaccine], By: s.By})
	}
	return list
}

// summary says in one sentence where the child is with vaccines.
func (v vaccinesView) summary() (ui.Kind, string) {
	switch {
	case v.Seen != "":
		return ui.Good, "Carnet vu par le service : en ordre jusqu’au " + v.Seen
	case v.Report.Missing == 0:
		return ui.Good, "Toutes les vaccinations obligatoires à son âge sont notées"
	}
	return ui.Warn, "Il manque " + ui.Count(v.Report.Missing, "vaccination obligatoire", "vaccinations obligatoires")
}

func injectionOptions() []ui.Option {
	list := []ui.Option{{Label: "Choisissez"}}
	for _, n := range dossier.Injections {
		list = append(list, ui.Option{Value: n.Code, Label: n.Name})
	}
	return list
}

func (p Pages) addInjection(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id, day := r.PathValue("enfant"), f.Date("vaccin_date")
	code := f.Text("vaccin", 40)
	if f.Err() != nil {
		return p.showChild(w, r, who, &rejected{vaccineSlug, f})
	}
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		return dossier.AddInjection(r.Context(), tx, who, id, code, day, civil.DateOf(tx.Now, t.Loc))
	})
	if err != nil && f.Blame(err) {
		return p.showChild(w, r, who, &rejected{vaccineSlug, f})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La vaccination du " + day.DayMonthYear() + " est notée"})
	return web.Redirect(w, r, childrenPath+id+"#"+vaccineSlug)
}

func (p Pages) endInjection(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	day, err := civil.Parse(r.PathValue("jour"))
	if err != nil {
		return noSuchPart
	}
	id := r.PathValue("enfant")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.EndInjection(r.Context(), tx, who, id, day) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La vaccination du " + day.DayMonthYear() + " est retirée"})
	return web.Redirect(w, r, childrenPath+id+"#"+vaccineSlug)
}
