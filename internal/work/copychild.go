package work

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/words"
)

// children are those of the household, with this household's part of their custody.
func (r *reader) children() error {
	children, err := household.Children(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	s := &section{ID: "enfants", Title: "Mes enfants"}
	for _, c := range children {
		s.add("prénom", c.FirstName, "nom", c.LastName, "né(e) le", day(c.BornOn), "menu", words.Menu(c.Menu), "référence", c.Reference)
		schoolings, err := household.Schoolings(r.ctx, r.tx, c.ID)
		if err != nil {
			return err
		}
		for _, g := range schoolings {
			s.add("enfant", c.FirstName, "année scolaire", g.SchoolYear, "niveau", g.Level, "classe", g.ClassName)
		}
		custody, err := household.CustodyOf(r.ctx, r.tx, c.ID)
		if err != nil {
			return err
		}
		for _, rule := range custody.Rules {
			if rule.HouseholdID == r.who.HouseholdID {
				s.add("enfant", c.FirstName, "semaines de garde", string(rule.Weeks), "à partir du", day(rule.From), "jusqu’au", day(rule.To))
			}
		}
	}
	r.put(s)
	return nil
}

// files are what the family told of its children: health, contacts, insurance, vaccinations, consents of this household.
func (r *reader) files() error {
	children, err := household.Children(r.ctx, r.tx, r.who.HouseholdID)
	if err != nil {
		return err
	}
	s := &section{ID: "fiches", Title: "Les fiches de mes enfants"}
	for _, c := range children {
		if err := r.childFile(s, c); err != nil {
			return err
		}
	}
	r.put(s)
	return nil
}

func (r *reader) childFile(s *section, c household.Child) error {
	doctor, err := dossier.DoctorOf(r.ctx, r.tx, c.ID)
	if err != nil {
		return err
	}
	health, err := dossier.HealthOf(r.ctx, r.tx, r.t.KeyFor("health"), c.ID)
	if err != nil {
		return err
	}
	insurances, err := dossier.Insurances(r.ctx, r.tx, c.ID)
	if err != nil {
		return err
	}
	facts := map[string]dossier.Content{"médecin": doctor.Content, "santé": health.Content}
	for _, i := range insurances {
		if i.HouseholdID == r.who.HouseholdID {
			facts["assurance"] = i.Content
		}
	}
	for _, kind := range []string{"médecin", "santé", "assurance"} {
		for _, name := range slices.Sorted(maps.Keys(facts[kind])) {
			s.add("enfant", c.FirstName, "rubrique", kind, strings.ReplaceAll(name, "_", " "), facts[kind][name])
		}
	}
	contacts, err := dossier.ContactsOf(r.ctx, r.tx, r.who, c.ID)
	if err != nil {
		return err
	}
	for _, k := range contacts {
		s.add("enfant", c.FirstName, "personne", k.Name, "lien", k.Relation, "téléphone", household.FrenchPhone(k.Phone), "peut venir chercher", yesNo(k.MayCollect), "à prévenir", yesNo(k.Emergency))
	}
	shots, err := dossier.Shots(r.ctx, r.tx, c.ID)
	if err != nil {
		return err
	}
	for _, v := range shots {
		s.add("enfant", c.FirstName, "vaccin", v.Vaccine, "fait le", day(v.GivenOn))
	}
	if err := r.childPhoto(s, c); err != nil {
		return err
	}
	answers, err := dossier.ConsentAnswers(r.ctx, r.tx, c.ID)
	for _, a := range answers {
		if a.HouseholdID == r.who.HouseholdID {
			s.add("enfant", c.FirstName, "autorisation", a.Kind.French(), "version", strconv.Itoa(int(a.Version)), "réponse", yesNo(a.Given), "par", a.Guardian, "le", r.when(a.At))
		}
	}
	return err
}

// childPhoto adds the photo of a child, shown or not; its file goes along.
func (r *reader) childPhoto(s *section, c household.Child) error {
	p, err := dossier.PhotoOf(r.ctx, r.tx, r.who, c.ID, civil.DateOf(r.tx.Now, r.t.Loc))
	if err != nil || p.ID == "" {
		return err
	}
	f, err := blob.Find(r.ctx, r.tx, p.ID)
	if err != nil {
		return err
	}
	name := vaultName(len(r.out.Files)+1, "photo-"+c.FirstName+".jpg")
	r.out.Files = append(r.out.Files, ownFile{name, f})
	s.add("enfant", c.FirstName, "photo", name, "ajoutée le", r.when(p.MadeAt))
	return nil
}
