package dossier_test

import (
	"strings"
	"testing"

	"preau/internal/audit"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dossier"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var today = day("2026-12-01")

// each runs a test on the world of each engine, at 10:00 on 1 December 2026.
func each(t *testing.T, test func(t *testing.T, w *worldtest.World, key []byte)) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		test(t, w, tn.KeyFor("health"))
	})
}

// declare has a guardian declare a field.
func declare(t *testing.T, w *worldtest.World, key []byte, who household.Guardian, n dossier.Declaration) (out dossier.Outcome, err error) {
	t.Helper()
	err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) { out, err = dossier.Declare(t.Context(), tx, key, who, n); return err })
	return out, err
}

func queue(t *testing.T, w *worldtest.World, who staff.Agent) (list []dossier.Waits) {
	t.Helper()
	w.Read(func(tx *db.Tx) (err error) {
		list, err = dossier.Queue(t.Context(), tx, who, today, dossier.QueueFilter{})
		return err
	})
	return list
}

var newHome = dossier.Content{"adresse": "4 avenue Foch", "code_postal": "78400", "commune": "Chatou"}

func TestAnAddressWaitsForACheck(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		_, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Address, New: dossier.Content{"adresse": "", "code_postal": "7840", "commune": "Chatou"}})
		if f, ok := fault.As(err); !ok || f.Fields["adresse"] == "" || f.Fields["code_postal"] == "" {
			t.Errorf("a wrong address: %v", err)
		}
		if out, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Address, New: newHome}); err != nil || out != dossier.ToCheck {
			t.Fatalf("declared: %s, %v", out, err)
		}
		list := queue(t, w, w.Instructor)
		if len(list) != 1 || list[0].New["adresse"] != "4 avenue Foch" || list[0].Old["adresse"] != "1 rue de Claire" || list[0].Moved || list[0].Household != "Martin Claire" {
			t.Fatalf("queue: %+v", list)
		}
		id := list[0].ID
		w.Read(func(tx *db.Tx) error {
			h, err := household.ByID(t.Context(), tx, w.Claire.HouseholdID)
			if h.Address != "1 rue de Claire" {
				t.Errorf("changed before the check: %q", h.Address)
			}
			return err
		})
		outside := household.Residence{From: today, Resident: false}
		w.Write(func(tx *db.Tx) error {
			if err := dossier.Refuse(t.Context(), tx, w.Instructor, today, id, dossier.Verdict{}); !fault.Is(err, fault.Invalid) {
				t.Errorf("refused without a reason: %v", err)
			}
			return dossier.Accept(t.Context(), tx, key, w.Instructor, today, id, dossier.Verdict{Residence: &outside})
		})
		w.Write(func(tx *db.Tx) error {
			h, err := household.ByID(t.Context(), tx, w.Claire.HouseholdID)
			standing, err2 := household.StandingOf(t.Context(), tx, h.ID)
			if h.Address != "4 avenue Foch" || err != nil || err2 != nil || standing.ResidentOn(today) || !standing.ResidentOn(today.AddDays(-1)) {
				t.Errorf("after the check: %+v, %v %v", h, err, err2)
			}
			if err := dossier.Accept(t.Context(), tx, key, w.Instructor, today, id, dossier.Verdict{}); !fault.Is(err, fault.Conflict) {
				t.Errorf("accepted twice: %v", err)
			}
			return nil
		})
	})
}

func TestAChangeThatMovedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		if _, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Address, New: newHome}); err != nil {
			t.Fatal(err)
		}
		w.Write(func(tx *db.Tx) error {
			h, err := household.ByID(t.Context(), tx, w.Claire.HouseholdID)
			if err != nil {
				return err
			}
			h.Address = "9 rue de l’Agent"
			return household.EditHousehold(t.Context(), tx, household.ByAgent(w.Instructor), h)
		})
		list := queue(t, w, w.Instructor)
		if len(list) != 1 || !list[0].Moved || list[0].Now["adresse"] != "9 rue de l’Agent" {
			t.Fatalf("queue: %+v", list)
		}
		w.Write(func(tx *db.Tx) error {
			if err := dossier.Accept(t.Context(), tx, key, w.Instructor, today, list[0].ID, dossier.Verdict{}); !fault.Is(err, fault.Conflict) {
				t.Errorf("accepted over another value: %v", err)
			}
			return dossier.Accept(t.Context(), tx, key, w.Instructor, today, list[0].ID, dossier.Verdict{Over: true})
		})
	})
}

// A second declaration takes the place of the first; a family takes back its own only; saying what is known changes nothing.
func TestDeclarationsReplaceAndAreTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		for _, line := range []string{"4 avenue Foch", "5 avenue Foch"} {
			c := dossier.Content{"adresse": line, "code_postal": "78400", "commune": "Chatou"}
			if _, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Address, New: c}); err != nil {
				t.Fatal(err)
			}
		}
		list := queue(t, w, w.Instructor)
		if len(list) != 1 || list[0].New["adresse"] != "5 avenue Foch" {
			t.Fatalf("queue: %+v", list)
		}
		w.Write(func(tx *db.Tx) error {
			if err := dossier.Withdraw(t.Context(), tx, w.Karim, list[0].ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("taken back by another family: %v", err)
			}
			return dossier.Withdraw(t.Context(), tx, w.Claire, list[0].ID)
		})
		if list := queue(t, w, w.Instructor); len(list) != 0 {
			t.Errorf("still waits: %+v", list)
		}
		same := dossier.Content{"adresse": "1 rue de Claire", "code_postal": "78400", "commune": "Chatou"}
		if out, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Address, New: same}); err != nil || out != dossier.Unchanged {
			t.Errorf("what is known: %s, %v", out, err)
		}
	})
}

func TestContactOfTheFileChangesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		out, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Phone, New: dossier.Content{"telephone": "06 39 98 01 77"}})
		if err != nil || out != dossier.Done {
			t.Fatalf("%s, %v", out, err)
		}
		if _, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Email, New: dossier.Content{"email": "pas une adresse"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a wrong e-mail: %v", err)
		}
		w.Read(func(tx *db.Tx) error {
			g, err := household.GuardianByID(t.Context(), tx, w.Claire.ID)
			if g.Phone != "+33639980177" || g.Email != w.Claire.Email {
				t.Errorf("%+v", g)
			}
			return err
		})
	})
}

// What is the town's to settle: a field it shows only is not the family's to change; a hidden one neither.
func TestTheTownSettlesFields(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		save := func(f dossier.Field, m dossier.Mode) (err error) {
			w.Write(func(tx *db.Tx) error {
				err = dossier.SaveSettings(t.Context(), tx, w.Direction, dossier.Settings{Fields: map[dossier.Field]dossier.FieldSetting{f: {Mode: m, Service: " Scolaire "}}})
				return nil
			})
			return err
		}
		if err := save(dossier.Identity, dossier.Editable); !fault.Is(err, fault.Invalid) {
			t.Errorf("an identity edited at once: %v", err)
		}
		if err := save(dossier.Menu, dossier.Shown); err != nil {
			t.Fatal(err)
		}
		menu := dossier.Declaration{Field: dossier.Menu, ChildID: w.Antoine.ID, New: dossier.Content{"menu": "vegetarien"}}
		if _, err := declare(t, w, key, w.Claire, menu); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a menu that is shown: %v", err)
		}
		if err := save(dossier.Menu, dossier.Checked); err != nil {
			t.Fatal(err)
		}
		if out, err := declare(t, w, key, w.Claire, menu); err != nil || out != dossier.ToCheck {
			t.Errorf("a menu that is checked: %s, %v", out, err)
		}
		if list := queue(t, w, w.Instructor); len(list) != 1 || list[0].Service != "Scolaire" || list[0].Child != "Antoine Martin" {
			t.Errorf("queue: %+v", list)
		}
		w.Read(func(tx *db.Tx) error {
			for service, want := range map[string]int{"Scolaire": 1, "Petite enfance": 0} {
				list, err := dossier.Queue(t.Context(), tx, w.Instructor, today, dossier.QueueFilter{Service: service})
				if err != nil || len(list) != want {
					t.Errorf("queue of %s: %d, %v", service, len(list), err)
				}
			}
			return nil
		})
	})
}

// The queue of an agent of some sites holds the families of those sites.
func TestTheQueueOfASite(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		var rostand, sabinettes staff.Agent
		w.Write(func(tx *db.Tx) error {
			rostand, sabinettes = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"), w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			return nil
		})
		if _, err := declare(t, w, key, w.Karim, dossier.Declaration{Field: dossier.Address, New: newHome}); err != nil {
			t.Fatal(err)
		}
		if n, m := len(queue(t, w, rostand)), len(queue(t, w, sabinettes)); n != 0 || m != 1 {
			t.Errorf("%d at Rostand, %d at Sabinettes: Karim's Léo is at Sabinettes", n, m)
		}
		id := queue(t, w, sabinettes)[0].ID
		w.Write(func(tx *db.Tx) error {
			if err := dossier.Accept(t.Context(), tx, key, rostand, today, id, dossier.Verdict{}); !fault.Is(err, fault.NotFound) {
				t.Errorf("accepted from another site: %v", err)
			}
			for who, want := range map[*staff.Agent]int{&rostand: 0, &sabinettes: 1, &w.Instructor: 1} {
				if n, err := dossier.WaitingCount(t.Context(), tx, *who, today); n != want || err != nil {
					t.Errorf("%s counts %d, %v", who.Name, n, err)
				}
			}
			return nil
		})
	})
}

// Health is sealed in the database, and each view by an agent stands in the journal of both households.
func TestHealthIsSealedAndItsViewsAreWritten(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		secret := "Arachide : injecter l’adrénaline"
		c := dossier.Content{"pai": "oui", "pai_fin": "2027-07-31", "allergies": "Arachide", "protocole": secret}
		if out, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Health, ChildID: w.Leo.ID, New: c}); err != nil || out != dossier.ToCheck {
			t.Fatalf("%s, %v", out, err)
		}
		list := queue(t, w, w.Instructor)
		if len(list) != 1 || !list[0].Closed() || list[0].New != nil {
			t.Fatalf("the queue opens health: %+v", list)
		}
		w.Write(func(tx *db.Tx) error {
			if err := dossier.ViewChange(t.Context(), tx, key, w.Instructor, &list[0]); err != nil || list[0].New["protocole"] != secret {
				t.Errorf("viewed: %+v, %v", list[0].New, err)
			}
			return dossier.Accept(t.Context(), tx, key, w.Instructor, today, list[0].ID, dossier.Verdict{})
		})
		w.Write(func(tx *db.Tx) error {
			f, err := dossier.ViewHealth(t.Context(), tx, key, w.Instructor, w.Leo.ID)
			if err != nil || f.Content["protocole"] != secret {
				t.Errorf("health: %+v, %v", f, err)
			}
			for _, home := range []string{w.Claire.HouseholdID, w.Karim.HouseholdID} {
				entries, err := audit.List(t.Context(), tx, audit.Filter{Household: home, Act: "health.view"})
				if err != nil || len(entries) != 2 {
					t.Errorf("%d views in the journal, %v", len(entries), err)
				}
			}
			for _, query := range []string{`SELECT content FROM file_facts`, `SELECT old_content || new_content FROM declared_changes`, `SELECT CAST(detail AS text) FROM audit_entries`, `SELECT CAST(payload AS text) FROM jobs`} {
				texts, err := db.All(t.Context(), tx, query, db.Value[string])
				if err != nil || strings.Contains(strings.Join(texts, ""), "rachide") {
					t.Errorf("%s: %v in clear, %v", query, texts, err)
				}
			}
			return nil
		})
	})
}

func TestAMealFromHomeNeedsAPAI(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		menu := dossier.Declaration{Field: dossier.Menu, ChildID: w.Antoine.ID, New: dossier.Content{"menu": "panier_pai"}}
		if _, err := declare(t, w, key, w.Claire, menu); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a PAI: %v", err)
		}
		if _, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Health, ChildID: w.Antoine.ID, New: dossier.Content{"pai": "oui"}}); err != nil {
			t.Fatal(err)
		}
		w.Write(func(tx *db.Tx) error {
			return dossier.Accept(t.Context(), tx, key, w.Instructor, today, queue(t, w, w.Instructor)[0].ID, dossier.Verdict{})
		})
		if out, err := declare(t, w, key, w.Claire, menu); err != nil || out != dossier.Done {
			t.Errorf("with a PAI: %s, %v", out, err)
		}
	})
}

// Another family's child is not found, whatever is asked.
func TestAnotherFamilysChild(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		w.Write(func(tx *db.Tx) error {
			ctx, id := t.Context(), w.Antoine.ID
			_, declared := dossier.Declare(ctx, tx, key, w.Karim, dossier.Declaration{Field: dossier.Menu, ChildID: id, New: dossier.Content{"menu": "standard"}})
			_, contacts := dossier.ContactsOf(ctx, tx, w.Karim, id)
			_, pending := dossier.DeclaredOf(ctx, tx, key, w.Karim, id)
			for name, err := range map[string]error{"declare": declared, "contacts": contacts, "pending": pending,
				"contact":   dossier.AddContact(ctx, tx, w.Karim, dossier.ChildContact{Name: "X", Phone: "0639980111", Emergency: true}, []string{id}),
				"injection": dossier.AddInjection(ctx, tx, w.Karim, id, "ror", today, today),
				"removal":   dossier.EndInjection(ctx, tx, w.Karim, id, today),
				"consent":   dossier.AnswerConsent(ctx, tx, w.Karim, id, dossier.ConsentAnswer{}, today),
			} {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v, want not found", name, err)
				}
			}
			return nil
		})
	})
}

func TestContactsAreOneHouseholds(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		add := func(who household.Guardian, c dossier.ChildContact, ids ...string) (err error) {
			w.Write(func(tx *db.Tx) error { err = dossier.AddContact(t.Context(), tx, who, c, ids); return nil })
			return err
		}
		grandpa := dossier.ChildContact{Name: "Jean Martin", Relation: "grand-père", Phone: "06 39 98 01 44", MayCollect: true}
		if err := add(w.Claire, grandpa, w.Antoine.ID, w.Leo.ID); err != nil {
			t.Fatal(err)
		}
		if err := add(w.Claire, grandpa, w.Leo.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("named twice: %v", err)
		}
		if err := add(w.Claire, dossier.ChildContact{Phone: "12"}); err == nil || !strings.Contains(err.Error(), "enfants") {
			t.Errorf("an empty one: %v", err)
		}
		if err := add(w.Karim, dossier.ChildContact{Name: "Samia Benali", Phone: "06 39 98 01 55", MayCollect: true}, w.Leo.ID); err != nil {
			t.Fatal(err)
		}
		w.Write(func(tx *db.Tx) error {
			his, err := dossier.ContactsOf(t.Context(), tx, w.Karim, w.Leo.ID)
			if err != nil || len(his) != 1 || his[0].Name != "Samia Benali" {
				t.Errorf("Karim's: %+v, %v", his, err)
			}
			hers, err := dossier.ContactsOf(t.Context(), tx, w.Claire, w.Leo.ID)
			if err != nil || len(hers) != 1 {
				t.Fatalf("Claire's: %+v, %v", hers, err)
			}
			if err := dossier.EndContact(t.Context(), tx, w.Karim, w.Leo.ID, hers[0].ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("ended by the other parent: %v", err)
			}
			care := func() map[dossier.CareRequest]dossier.Care {
				m, err := dossier.CareOf(t.Context(), tx, key, []dossier.CareRequest{{w.Leo.ID, w.Claire.HouseholdID}, {w.Leo.ID, w.Karim.HouseholdID}}, today)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			m := care()
			if c := m[dossier.CareRequest{ChildID: w.Leo.ID, HouseholdID: w.Karim.HouseholdID}].Collect; len(c) != 1 || c[0].Name != "Samia Benali" {
				t.Errorf("on Karim's days: %+v", c)
			}
			if err := dossier.EndContact(t.Context(), tx, w.Claire, w.Leo.ID, hers[0].ID); err != nil {
				t.Fatal(err)
			}
			if c := care()[dossier.CareRequest{ChildID: w.Leo.ID, HouseholdID: w.Claire.HouseholdID}].Collect; len(c) != 0 {
				t.Errorf("after it ended: %+v", c)
			}
			everyone, err := dossier.AllContacts(t.Context(), tx, w.Leo.ID)
			if err != nil || len(everyone) != 2 || everyone[1].EndedAt.IsZero() {
				t.Errorf("for agents, ended last: %+v, %v", everyone, err)
			}
			return nil
		})
	})
}

func TestVaccinationsAndTheRecordAnAgentSaw(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, _ []byte) {
		w.Write(func(tx *db.Tx) error {
			ctx := t.Context()
			for _, c := range []struct {
				code string
				day  civil.Date
			}{{"grippe", today}, {"ror", civil.Date{}}, {"ror", day("2020-01-01")}, {"ror", today.AddDays(1)}} {
				if err := dossier.AddInjection(ctx, tx, w.Karim, w.Leo.ID, c.code, c.day, today); !fault.Is(err, fault.Invalid) {
					t.Errorf("%s on %v: %v", c.code, c.day, err)
				}
			}
			for range 2 { // entered twice, it counts once
				if err := dossier.AddInjection(ctx, tx, w.Karim, w.Leo.ID, "hexavalent", day("2022-07-02"), today); err != nil {
					return err
				}
			}
			shots, err := dossier.Shots(ctx, tx, w.Leo.ID)
			if err != nil || len(shots) != 6 || shots[0].By != "Karim Benali" {
				t.Errorf("shots: %+v, %v", shots, err)
			}
			if err := dossier.EndInjection(ctx, tx, w.Claire, w.Leo.ID, day("2022-07-02")); err != nil {
				t.Errorf("taken back by the other parent: %v", err)
			}
			if err := dossier.EndInjection(ctx, tx, w.Claire, w.Leo.ID, day("2022-07-02")); !fault.Is(err, fault.NotFound) {
				t.Errorf("taken back twice: %v", err)
			}
			if err := dossier.CheckVaccination(ctx, tx, w.Instructor, w.Leo.ID, civil.Date{}); !fault.Is(err, fault.Invalid) {
				t.Errorf("without a date: %v", err)
			}
			if err := dossier.CheckVaccination(ctx, tx, w.Instructor, w.Leo.ID, day("2027-08-31")); err != nil {
				return err
			}
			seen, err := dossier.VaccinationChecked(ctx, tx, w.Leo.ID)
			if err != nil || seen.Content["jusqu_au"] != "2027-08-31" {
				t.Errorf("seen: %+v, %v", seen, err)
			}
			return nil
		})
	})
}

// With another key health is taken for a PAI, and says so; sealed again with the new key, it is read as before.
func TestAnotherKey(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		said := dossier.Content{"pai": "", "allergies": "Arachide"}
		if _, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Health, ChildID: w.Antoine.ID, New: said}); err != nil {
			t.Fatal(err)
		}
		next := w.KeyFor("another key")
		w.Write(func(tx *db.Tx) error {
			if err := dossier.Accept(t.Context(), tx, key, w.Instructor, today, queue(t, w, w.Instructor)[0].ID, dossier.Verdict{}); err != nil {
				return err
			}
			f, err := dossier.HealthOf(t.Context(), tx, next, w.Antoine.ID)
			if err != nil || f.Content["pai"] != "oui" || strings.Contains(f.Content["allergies"], "rachide") {
				t.Errorf("with another key: %+v, %v", f.Content, err)
			}
			if n, err := dossier.Reseal(t.Context(), tx, key, next); n != 3 || err != nil {
				t.Errorf("%d values sealed again, %v; want the fact, the old and the new", n, err)
			}
			f, err = dossier.HealthOf(t.Context(), tx, next, w.Antoine.ID)
			if err != nil || f.Content["allergies"] != "Arachide" {
				t.Errorf("sealed again: %+v, %v", f.Content, err)
			}
			return nil
		})
	})
}

// A proof of the family's vault goes with what it declares: agents see it from then on, and it is held until the answer.
func TestAProofGoesWithAChange(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, key []byte) {
		bill := proof(t, w, w.Claire)
		if _, err := declare(t, w, key, w.Karim, dossier.Declaration{Field: dossier.Address, New: newHome, DocumentID: bill}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a document of another family: %v", err)
		}
		if _, err := declare(t, w, key, w.Claire, dossier.Declaration{Field: dossier.Address, New: newHome, DocumentID: bill}); err != nil {
			t.Fatal(err)
		}
		held := func() bool {
			var d document.Document
			w.Read(func(tx *db.Tx) (err error) { d, err = document.Find(t.Context(), tx, w.Claire, bill); return err })
			return d.Held
		}
		list := queue(t, w, w.Instructor)
		w.Read(func(tx *db.Tx) error {
			attached, err := document.Attached(t.Context(), tx, dossier.Target(list[0].ID))
			if err != nil || len(attached) != 1 || attached[0].ID != bill || !held() {
				t.Errorf("attached: %+v, held %v, %v", attached, held(), err)
			}
			return nil
		})
		w.Write(func(tx *db.Tx) error {
			return dossier.Accept(t.Context(), tx, key, w.Instructor, today, list[0].ID, dossier.Verdict{})
		})
		if held() {
			t.Error("still held after the answer")
		}
	})
}

// proof stores a document in the vault of a family.
func proof(t *testing.T, w *worldtest.World, who household.Guardian) (id string) {
	t.Helper()
	f, err := w.Files.Put(t.Context(), strings.NewReader("page"), 100)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(func(tx *db.Tx) error {
		kind, err := document.SaveType(t.Context(), tx, w.Direction, document.Type{Name: "Facture d’énergie", Subject: document.OfHousehold, Asked: document.OfNobody, Validity: document.ForEver, KeepMonths: 3})
		if err != nil {
			return err
		}
		d, _, err := document.Store(t.Context(), tx, who, document.Deposit{TypeID: kind, UploadID: db.NewID(), Files: []blob.File{f},
			Parts: []document.Part{{Name: "facture.pdf", Type: "application/pdf", Size: f.Size}}})
		id = d.ID
		return err
	})
	return id
}
