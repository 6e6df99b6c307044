package family

import (
	"context"
	"net/http"

	"preau/internal/activity"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// confirmView is the whole file on one page, to be confirmed.
type confirmView struct {
	Due       string // since when it is asked; empty: it is not
	Confirmed string
	Blocks    []confirmBlock
	Waits     []waits
}

// confirmBlock is one part of the file: the household, a guardian, a child.
type confirmBlock struct {
	Title, Href string
	Lines       []ui.Diff // Label and Old
}

func (b *confirmBlock) add(label, value string) {
	if value == "" {
		value = "non renseigné"
	}
	b.Lines = append(b.Lines, ui.Diff{Label: label, Old: value})
}

func (p Pages) confirmation(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var v confirmView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx, who) })
	if err != nil {
		return err
	}
	page := p.frame(w, r, "Confirmer mon dossier", householdPath, who.Name())
	page.Crumbs = []ui.Link{{Href: householdPath, Label: "Mon foyer"}, {Label: "Confirmer mon dossier"}}
	return web.Render(w, r, http.StatusOK, confirmPage(page, v))
}

func (v *confirmView) load(r *http.Request, tx *db.Tx, who household.Guardian) error {
	ctx, loc := r.Context(), web.Town(r).Loc
	var h householdView
	if err := h.load(r, tx, who, nil); err != nil {
		return err
	}
	v.Due, v.Confirmed = h.Due, h.Confirmed
	home := confirmBlock{Title: "Le foyer", Href: householdPath}
	home.add("Adresse", h.Home.Address+", "+h.Home.PostalCode+" "+h.Home.City)
	home.add("Quotient familial", h.Quotient.Value)
	v.Blocks = append(v.Blocks, home)
	for _, g := range append([]household.Guardian{h.Me}, h.Others...) {
		b := confirmBlock{Title: civility(g), Href: householdPath + "#h-moi"}
		b.add("E-mail", g.Email)
		b.add("Téléphone", household.FrenchPhone(g.Phone))
		v.Blocks = append(v.Blocks, b)
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	children, err := household.Children(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := v.addChild(r, tx, who, c, child); err != nil {
			return err
		}
	}
	mine, err := dossier.DeclaredBy(ctx, tx, healthKey(r), who.HouseholdID)
	for _, change := range mine {
		v.Waits = append(v.Waits, newWaits(change, loc))
	}
	return err
}

// addChild recalls what is known of a child.
func (v *confirmView) addChild(r *http.Request, tx *db.Tx, who household.Guardian, c *activity.Catalogue, child household.Child) error {
	ctx, today := r.Context(), civil.DateOf(tx.Now, web.Town(r).Loc)
	b := confirmBlock{Title: child.Name(), Href: childrenPath + child.ID}
	b.add("Né(e) le", child.BornOn.DayMonthYear())
	view := childView{Child: child, Path: b.Href}
	settings, err := dossier.ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	if err := view.loadSchools(ctx, tx, c, today); err != nil {
		return err
	}
	b.add("École", schoolOfYear(view.Schools, household.SchoolYearOf(today)))
	if err := view.loadParts(r, tx, who, settings); err != nil {
		return err
	}
	for _, p := range view.Parts[1:] {
		if p.shown() {
			b.add(p.Title, p.inOneLine())
		}
	}
	if err := view.Vaccines.load(ctx, tx, child, reading{settings: settings, today: today}); err != nil {
		return err
	}
	if settings.Shows(dossier.Vaccination) {
		_, text := view.Vaccines.summary()
		b.add("Vaccinations", text)
	}
	if settings.Shows(dossier.Contacts) {
		people, err := peopleInOneLine(ctx, tx, who, child.ID)
		if err != nil {
			return err
		}
		b.add("Personnes désignées", people)
	}
	if err := view.loadConsents(ctx, tx, settings, today); err != nil {
		return err
	}
	for _, one := range view.Consents {
		b.add(one.Title, one.State)
	}
	v.Blocks = append(v.Blocks, b)
	return nil
}

func schoolOfYear(list []schoolLine, year string) string {
	for _, s := range list {
		if s.Year == year {
			return s.Where
		}
	}
	return ""
}

// inOneLine is what is known of a part, item after item.
func (p part) inOneLine() string {
	text := ""
	for _, i := range p.Items {
		if p.Known[i.Key] == "" {
			continue
		}
		if text != "" {
			text += ", "
		}
		if i.Kind == dossier.Yes {
			text += "PAI"
		} else {
			text += words.Item(i, p.Known[i.Key])
		}
	}
	return text
}

func peopleInOneLine(ctx context.Context, tx *db.Tx, who household.Guardian, childID string) (string, error) {
	list, err := dossier.ContactsOf(ctx, tx, who, childID)
	var names []string
	for _, c := range list {
		if c.EndedAt.IsZero() {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return "personne", err
	}
	return and(names), err
}

// confirm writes that the file is right.
func (p Pages) confirm(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return dossier.Confirm(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Merci, votre dossier est confirmé", Text: "Vous pouvez le changer à tout moment ; nous vous le redemanderons l’an prochain."})
	return web.Redirect(w, r, signin.FamilyHome)
}
