package public_test

import (
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/privacy"
	"preau/internal/tariff"
	"preau/internal/town"
	"preau/internal/towntest"
)

func TestActivitiesByTheme(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	p := s.visitor().Get("/activites").Want(200)
	if got := strings.Join(p.Texts("main h2"), "|"); got != "Restauration scolaire|Garderie, étude et TAP|Mercredis et vacances" {
		t.Errorf("themes %q", got)
	}
	p.Click("Étude surveillée").Want(200).WantPath("/activites/etude").Says("main", "Élémentaire Jean Rostand", "Étude, de 16 h 30 à 18 h")
	s.visitor().Get("/activites/rien").Want(404)
}

// The page is written from the settings: when they change, it changes, and an archived activity has none.
func TestAnActivityPageSaysItsRules(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		s := open(t, tn)
		v := s.visitor()
		v.Get("/activites/cantine").Want(200).Says("h1", "Restauration scolaire").Says("main",
			"Réserver ou annuler Jusqu’à 7 jours avant, 23 h 59.", "Pour le mardi 8 décembre 2026 : jusqu’au mardi 1er décembre 2026 à 23 h 59.",
			"liste d’attente", "De 400 à moins de 800 2,10 €", "À partir de 1 200 4,60 €", "Hors commune", "6,80 €", "« Restauration scolaire 2026-2027 », à partir du 1er septembre 2015", "la tranche la plus haute s’applique")
		var canteen activity.Activity
		change := func(f func(a *activity.Activity)) {
			t.Helper()
			s.Write(func(tx *db.Tx) error {
				c, err := activity.Load(t.Context(), tx)
				if err != nil {
					return err
				}
				found, _ := c.Activity(s.Activity["CANTINE"])
				canteen = *found
				f(&canteen)
				_, err = activity.SaveActivity(t.Context(), tx, canteen, civil.DateOf(tx.Now, s.Loc), s.Loc)
				return err
			})
		}
		change(func(a *activity.Activity) {
			low, high := int64(36), int64(144)
			a.Add, a.Cancel, a.Opening = calendar.MustRule("2wd@12:00"), calendar.MustRule("24h"), calendar.MustOpening("2w@09:00")
			a.MinAge, a.MaxAge, a.Levels, a.ResidentsOnly, a.NeedsPaidUp, a.Instruction, a.IsRight = &low, &high, []string{"CP", "CE1"}, true, true, true, true
		})
		v.Get("/activites/cantine").Says("main", "Réserver Jusqu’à 2 jours ouvrés avant, 12 h.", "Annuler Jusqu’à 24 heures avant.", "Pour le jeudi 3 décembre 2026 : jusqu’au mardi 1er décembre 2026 à 12 h.",
			"Ouverture des réservations À partir de 2 semaines avant, 9 h.", "Le jeudi 17 décembre 2026 ouvre le jeudi 3 décembre 2026 à 9 h.",
			"De 3 ans à 12 ans", "Classes : CP et CE1.", "habitent la commune", "Un agent accepte chaque réservation", "C’est un droit")
		change(func(a *activity.Activity) { a.Archived = true })
		v.Get("/activites/cantine").Want(404)
		if strings.Contains(v.Get("/").Body, "Restauration scolaire") {
			t.Error("an archived activity is on the first page")
		}
	})
}

// Places left are those that a booking would find: free ones where there is a limit, and nothing said where there is none.
func TestPlacesLeft(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		s := open(t, tn)
		v := s.visitor()
		if v.Get("/activites/cantine").Has("#h-places") {
			t.Error("places are counted where there is no limit")
		}
		two := int64(2)
		s.Write(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			a, _ := c.Activity(s.Activity["CANTINE"])
			k := activity.Capacity{ActivityID: a.ID, SiteID: s.Site["ROSTAND"], OptionID: a.Options[0].ID, From: civil.MustParse("2026-12-01"), Places: &two}
			if err := activity.SetCapacity(t.Context(), tx, k, "test"); err != nil {
				return err
			}
			return booking.ApplyCapacity(t.Context(), tx, k)
		})
		book := func(child string) {
			s.Write(func(tx *db.Tx) error {
				enrolment := s.Enrolment[child+"/CANTINE"]
				_, err := booking.Submit(t.Context(), tx, s.Claire, booking.Request{SubmissionID: db.NewID(), EnrolmentID: enrolment,
					Changes: []booking.Change{{EnrolmentID: enrolment, Day: civil.MustParse("2026-12-08"), Option: "REPAS", Add: true}}}, s.Loc)
				return err
			})
		}
		book("antoine")
		v.Get("/activites/cantine").Says("main", "Places encore libres", "Élémentaire Jean Rostand", "mardi 8 décembre 2026 1 place sur 2", "jeudi 10 décembre 2026 2 places sur 2")
	})
}

// A price to come is told before it holds.
func TestPricesToCome(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	s.Write(func(tx *db.Tx) error {
		_, err := activity.SaveGrid(t.Context(), tx, tariff.Grid{ActivityID: s.Activity["ETUDE"], Name: "Étude 2027", Kind: tariff.Flat, Flat: money.Cents(300), From: civil.MustParse("2027-01-01")})
		return err
	})
	s.visitor().Get("/activites/etude").Says("main", "Tarif unique 2,20 €", "Tarif unique 3,00 €", "« Étude 2027 », à partir du 1er janvier 2027")
}

func TestClosuresAreTold(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	s.Write(func(tx *db.Tx) error {
		_, err := activity.AddClosure(t.Context(), tx, activity.Closure{ActivityID: s.Activity["CANTINE"], From: civil.MustParse("2026-12-03"), To: civil.MustParse("2026-12-03"), Reason: "Grève des agents", CreatedBy: "test"})
		return err
	})
	v := s.visitor()
	v.Get("/").Says(".due", "jeu. 3 déc.", "toute la journée", "Grève des agents", "Restauration scolaire : fermé. Rien n’est facturé.")
	v.Get("/activites/cantine").Says(".note", "Le jeudi 3 décembre 2026 : grève des agents")
}

// The pages of the law say what the town has settled, and what it has not.
func TestLegalPages(t *testing.T) {
	s := open(t, towntest.New(t, db.SQLite))
	v := s.visitor()
	v.Get("/mentions-legales").Want(200).Says("main", "Cette page est incomplète", "l’éditeur, le directeur de la publication, l’hébergeur et le délégué")
	v.Get("/accessibilite").Want(200).Says("main", "Le site est non conforme", "Aucun audit", "Défenseur des droits", "01 99 00 46 62")
	v.Get("/donnees-personnelles").Want(200).Says("main", "CNIL", "mission d’intérêt public", "12 mois après la fin de l’année scolaire du jour réservé", "pas encore en marche")
	today := civil.MustParse("2026-12-01")
	s.Write(func(tx *db.Tx) error {
		if err := town.SaveNotice(t.Context(), tx, town.Notice{Publisher: "Mairie d’Essai\n1 place", Director: "Camille Durand", Host: "Hébergeur", DPO: "La déléguée", DPOEmail: "dpo@essai.example"}); err != nil {
			return err
		}
		return town.SaveAccessibility(t.Context(), tx, town.Accessibility{AuditedOn: today, AuditedBy: "un cabinet", Criteria: 80, Respected: 60, NotConform: "- Le calendrier\n- Les <b>PDF</b>",
			Burden: "Les plans", Exempt: "Les cartes", Environment: "Firefox et NVDA", Pages: "Accueil", SchemeURL: "https://essai.example/schema", PlanURL: "https://essai.example/plan", ContactEmail: "acces@essai.example"}, today)
	})
	v.Get("/mentions-legales").Says("main", "Mairie d’Essai", "Camille Durand", "Hébergeur")
	s.Write(func(tx *db.Tx) error {
		return privacy.Save(t.Context(), tx, s.Direction, privacy.Policy{On: true, Months: map[string]int{privacy.Bookings: 24}})
	})
	if p := v.Get("/donnees-personnelles").Says("main", "La déléguée", "dpo@essai.example", "24 mois après la fin de l’année scolaire"); strings.Contains(p.Body, "pas encore en marche") {
		t.Error("the page says that nothing is deleted")
	}
	v.Get("/accessibilite").Says("main", "partiellement conforme", "un cabinet", "75 % des critères", "60 sur 80", "Le calendrier", "Les <b>PDF</b>", "Les plans", "Les cartes", "Firefox et NVDA", "acces@essai.example", "établie le 1er décembre 2026")
}
