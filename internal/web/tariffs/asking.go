package tariffs

import (
	"errors"
	"net/http"
	"strings"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/remote/particulier"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

func (p Pages) refuseAsking(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.change(w, r, who, "", "Le choix de la famille est enregistré", func(tx *db.Tx, f *web.Form, id string) error {
		choice := f.One("choix", "Choisissez ce que veut la famille.", "refus", "accord")
		if f.Err() != nil {
			return f.Err()
		}
		return household.RefuseAsking(r.Context(), tx, household.ByAgent(who), id, choice == "refus")
	})
}

// askQuotient writes that it asks the CAF, asks outside of any transaction, and keeps the value, its month and who computed it.
func (p Pages) askQuotient(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if !mayChange(who) {
		return fault.Forbiddenf("Vos droits permettent de lire ces tarifs, non de les changer.")
	}
	id, effect := r.PathValue("household"), day(f, "effet")
	var access particulier.Access
	var person particulier.Person
	if !f.Yes("informee") {
		f.Fail("informee", "Informez d’abord la famille : elle peut refuser, et envoyer un justificatif à la place.")
	}
	if effect.IsZero() {
		f.Fail("effet", "Indiquez à partir de quel jour le quotient s’applique.")
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		guardian := f.Raw("responsable")
		if access, person, err = askable(r, tx, id, guardian); err != nil {
			return err
		}
		if f.Err() != nil {
			return f.Err()
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "quotient_service.ask", Subject: "guardian:" + guardian, Household: id})
	})
	if fault.Is(err, fault.Invalid) {
		f.Blame(err)
		err = nil
	}
	if err != nil {
		return err
	}
	if f.Err() != nil {
		return p.showHousehold(w, r, who, http.StatusUnprocessableEntity, householdView{Form: f, Which: formAsk})
	}
	got, err := particulier.New(web.Town(r).Log).Quotient(r.Context(), access, person, civil.Month{})
	if err != nil {
		problem := "Le service n’a pas pu être joint. Recommencez plus tard, ou saisissez le quotient d’après un justificatif."
		var refusal *particulier.Refusal
		if errors.As(err, &refusal) {
			problem = refusal.Words()
		}
		web.Town(r).Log.WarnContext(r.Context(), "quotient not given", "error", err)
		return p.showHousehold(w, r, who, http.StatusBadGateway, householdView{Form: f, Which: formAsk, Problem: problem})
	}
	source := "API Particulier (CAF)"
	if got.Provider == "MSA" {
		source = "API Particulier (MSA)"
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := household.AddQuotient(r.Context(), tx, household.ByAgent(who), id, household.Quotient{Value: got.Value, Kind: "caf", Source: source, ReferenceMonth: got.Month.String(), EffectiveOn: effect})
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Quotient reçu : " + tariff.Quotient(got.Value), Text: "Il s’applique à partir du " + effect.DayMonthYear() + ". Rien d’autre n’a été conservé."})
	return web.Redirect(w, r, familiesPath+"/"+id+"/tarifs")
}

// askable says how to ask about a guardian of the household, or why one may not.
func askable(r *http.Request, tx *db.Tx, householdID, guardianID string) (a particulier.Access, person particulier.Person, err error) {
	s, on, err := household.QuotientServiceOf(r.Context(), tx, web.Town(r).KeyFor(household.AskingPurpose))
	if err != nil {
		return a, person, err
	}
	if !on || s.Locked {
		return a, person, fault.Refusedf("La ville n’est pas raccordée au service des quotients.")
	}
	_, refused, err := household.RefusalOf(r.Context(), tx, householdID)
	if err != nil {
		return a, person, err
	}
	if refused {
		return a, person, fault.Refusedf("La famille a refusé que la ville interroge la CAF : demandez-lui un justificatif.")
	}
	g, err := household.GuardianByID(r.Context(), tx, guardianID)
	if err != nil {
		return a, person, err
	}
	if g.HouseholdID != householdID {
		return a, person, fault.NotFoundf("Ce responsable n’est pas de ce foyer.")
	}
	person = household.AskedOf(g)
	if lacks := person.Lacks(); len(lacks) > 0 {
		return a, person, fault.Invalidf("responsable", "Il manque %s.", strings.Join(lacks, ", "))
	}
	return s.Access, person, nil
}

// askable are the guardians the service can be asked about.
func (v householdView) askable() []ui.Option {
	var list []ui.Option
	for _, g := range v.Guardians {
		if len(g.Lacks) == 0 {
			list = append(list, ui.Option{Value: g.ID, Label: g.Name()})
		}
	}
	return list
}

// serviceView is how the town asks the CAF.
type serviceView struct {
	Service household.QuotientService
	On      bool
	Form    *web.Form
}

func (v serviceView) bases() []ui.Option {
	return []ui.Option{{Value: particulier.Production, Label: "API Particulier"}, {Value: particulier.Staging, Label: "API Particulier, essai (données fictives)"}}
}

func (p Pages) service(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showService(w, r, who, http.StatusOK, serviceView{})
}

func (p Pages) showService(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v serviceView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Service, v.On, err = household.QuotientServiceOf(r.Context(), tx, web.Town(r).KeyFor(household.AskingPurpose))
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, servicePage(p.frame(w, r, "Quotients par API Particulier", who), v))
}

func (p Pages) saveService(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	s := household.QuotientService{Access: particulier.Access{Base: f.Raw("adresse"), Recipient: f.Text("siret", 30), Token: f.Secret("jeton", 8000)}, EndsOn: f.Date("fin")}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			return household.SetQuotientService(r.Context(), tx, household.ByAgent(who), web.Town(r).KeyFor(household.AskingPurpose), s)
		})
		if err == nil {
			web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le service est raccordé"})
			return web.Redirect(w, r, servicePath)
		}
		if !f.Blame(err) {
			return err
		}
	}
	return p.showService(w, r, who, http.StatusUnprocessableEntity, serviceView{Form: f})
}

func (p Pages) dropService(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return household.DropQuotientService(r.Context(), tx, household.ByAgent(who)) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le service est coupé", Text: "Le jeton est oublié."})
	return web.Redirect(w, r, servicePath)
}
