package mandate_test

import (
	"context"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/towntest"
)

// office is a town that offers direct debits, with a family and two agents.
type office struct {
	*towntest.Town
	t                *testing.T
	key              []byte
	regie, direction staff.Agent
	claire           household.Guardian
}

func settings() (mandate.Settings, mandate.Typed) {
	return mandate.Settings{On: true, Name: "Régie enfance de la Ville d’Essai", Street: "5 rue Marconi", Postcode: "78400", City: "Essai", Version: sepa.Pain00808,
			First: true, Notice: 14, Lead: 6, Rejections: 2},
		mandate.Typed{SIRET: "73282932000074", ICS: "FR72ZZZ123456", IBAN: "FR76 1007 1780 0000 0010 0012 310", BIC: "TRPUFRP1", Prefix: "PF78146"}
}

func open(t *testing.T, tn *towntest.Town) *office {
	t.Helper()
	o := &office{Town: tn, t: t, key: tn.KeyFor(mandate.KeyPurpose)}
	ctx := context.Background()
	tn.Write(func(tx *db.Tx) (err error) {
		if o.direction, err = staff.Create(ctx, tx, staff.Agent{}, staff.NewAgent{Login: "direction", Email: "direction@mairie.example", Name: "Direction", Role: staff.Direction}); err != nil {
			return err
		}
		if o.regie, err = staff.Create(ctx, tx, staff.Agent{}, staff.NewAgent{Login: "regie", Email: "regie@mairie.example", Name: "Régie", Role: staff.Regie}); err != nil {
			return err
		}
		s, typed := settings()
		if err := mandate.Save(ctx, tx, o.direction, s, typed); err != nil {
			return err
		}
		o.claire = o.family(tx, "Claire", "Martin")
		return nil
	})
	return o
}

// family adds a household of one guardian.
func (o *office) family(tx *db.Tx, first, last string) household.Guardian {
	o.t.Helper()
	by := household.By{Actor: "system", Name: "Essai"}
	h, err := household.CreateHousehold(o.t.Context(), tx, by, household.Household{Name: last + " " + first, Address: "12 rue des Landes", PostalCode: "78400", City: "Essai"})
	if err != nil {
		o.t.Fatal(err)
	}
	g, err := household.AddGuardian(o.t.Context(), tx, by, household.Guardian{HouseholdID: h.ID, FirstName: first, LastName: last, Email: strings.ToLower(first) + "@famille.example"})
	if err != nil {
		o.t.Fatal(err)
	}
	return g
}

const (
	compte = "FR14 2004 1010 0505 0001 3M02 606"
	autre  = "FR7630006000011234567890189"
)

// signature is what a family fills in on a day.
func (o *office) signature(tx *db.Tx, iban string) mandate.Signature {
	o.t.Helper()
	set, err := mandate.SettingsOf(o.t.Context(), tx)
	if err != nil {
		o.t.Fatal(err)
	}
	today := civil.DateOf(tx.Now, o.Loc)
	return mandate.Signature{Typed: iban, Holder: "Claire Martin", Street: "12 rue des Landes", PostalCode: "78400", City: "Essai", SignedOn: today, Today: today,
		Agreed: true, Terms: set.TermsVersion()}
}

func (o *office) sign(g household.Guardian, iban string) (m mandate.Mandate) {
	o.t.Helper()
	o.Write(func(tx *db.Tx) (err error) {
		m, err = mandate.Sign(o.t.Context(), tx, o.key, g, o.signature(tx, iban))
		return err
	})
	return m
}

// wants runs a verb that must be refused.
func (o *office) wants(kind fault.Kind, verb func(tx *db.Tx) error) *fault.Error {
	o.t.Helper()
	err := o.DB.Write(o.t.Context(), verb)
	refusal, ok := fault.As(err)
	if !ok || refusal.Kind != kind {
		o.t.Fatalf("%v, want %s", err, kind)
	}
	return refusal
}

func TestAMandateFromItsSignatureToItsEnd(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		o := open(t, tn)
		ctx := t.Context()
		m := o.sign(o.claire, compte)
		if m.RUM != "PF78146000001" || m.State() != mandate.Active || m.Account.Shown != "FR14 •••• •••• 2606" || m.Channel != mandate.Online {
			t.Errorf("%+v", m)
		}
		if !strings.Contains(m.Terms, "FR72ZZZ123456") || !strings.Contains(m.Terms, "Régie enfance de la Ville d’Essai") {
			t.Errorf("terms %q", m.Terms)
		}
		o.wants(fault.Conflict, func(tx *db.Tx) error {
			_, err := mandate.Sign(ctx, tx, o.key, o.claire, o.signature(tx, compte))
			return err
		})
		tn.Read(func(tx *db.Tx) error {
			got, ok, err := mandate.Standing(ctx, tx, o.claire.HouseholdID)
			if err != nil || !ok || got.ID != m.ID {
				t.Fatalf("%+v, %v, %v", got, ok, err)
			}
			if iban, err := got.Account.Open(o.key); err != nil || iban != "FR1420041010050500013M02606" {
				t.Errorf("the account opens as %q, %v", iban, err)
			}
			var sealed string
			if err := tx.QueryRow(ctx, `SELECT iban_sealed FROM mandate_accounts WHERE mandate_id = $1`, m.ID).Scan(&sealed); err != nil {
				return err
			}
			if strings.Contains(sealed, "20041") || sealed == "" {
				t.Error("the number of the account is not sealed")
			}
			return nil
		})
		o.wants(fault.Invalid, func(tx *db.Tx) error { return mandate.Suspend(ctx, tx, household.ByAgent(o.regie), m.ID, "") })
		tn.Write(func(tx *db.Tx) error {
			return mandate.Suspend(ctx, tx, household.ByAgent(o.regie), m.ID, "deux rejets")
		})
		tn.Write(func(tx *db.Tx) (err error) {
			m, err = mandate.ChangeAccount(ctx, tx, o.key, household.ByGuardian(o.claire), m.ID, o.signature(tx, autre))
			return err
		})
		tn.Read(func(tx *db.Tx) error {
			got, err := mandate.ByID(ctx, tx, m.ID)
			if err != nil || got.State() != mandate.Active || got.Account.Position != 2 || got.RUM != m.RUM || got.Account.Bank != "FR30006" {
				t.Errorf("after another account: %+v, %v", got, err)
			}
			return nil
		})
		if refusal := o.wants(fault.Invalid, func(tx *db.Tx) error {
			_, err := mandate.ChangeAccount(ctx, tx, o.key, household.ByGuardian(o.claire), m.ID, o.signature(tx, autre))
			return err
		}); refusal.Fields["iban"] == "" {
			t.Errorf("the same account: %+v", refusal)
		}
		tn.Write(func(tx *db.Tx) error {
			return mandate.Revoke(ctx, tx, household.ByGuardian(o.claire), m.ID, "family", "")
		})
		o.wants(fault.Conflict, func(tx *db.Tx) error {
			return mandate.Revoke(ctx, tx, household.ByGuardian(o.claire), m.ID, "family", "")
		})
		if again := o.sign(o.claire, compte); again.RUM != "PF78146000002" {
			t.Errorf("the next mandate is %s", again.RUM)
		}
		tn.Read(func(tx *db.Tx) error {
			events, err := mandate.Events(ctx, tx, m.ID)
			var kinds []string
			for _, e := range events {
				kinds = append(kinds, e.Kind)
			}
			history := strings.Join(kinds, " ")
			for _, kind := range []string{"signed", "suspended", "account", "resumed", "revoked"} {
				if !strings.Contains(history, kind) {
					t.Errorf("history %q does not say %s", history, kind)
				}
			}
			counts, err2 := mandate.Counts(ctx, tx)
			if err2 != nil || counts[mandate.Revoked] != 1 || counts[mandate.Active] != 1 {
				t.Errorf("%v, %v", counts, err2)
			}
			lines, err2 := mandate.List(ctx, tx, "", "", 10)
			if err2 != nil || len(lines) != 1 {
				t.Fatalf("%v, %v", lines, err2)
			}
			if err := mandate.Lines(ctx, tx, lines); err != nil || lines[0].RUM != "PF78146000002" || lines[0].Household != "Martin Claire" {
				t.Errorf("%+v, %v", lines, err)
			}
			return err
		})
	})
}

func TestWhatAMandateAsks(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	ctx := t.Context()
	for name, c := range map[string]struct {
		spoil func(s *mandate.Signature)
		field string
	}{
		"no account":                    {func(s *mandate.Signature) { s.Typed = "" }, "iban"},
		"two digits exchanged":          {func(s *mandate.Signature) { s.Typed = "FR7630006000011234567980189" }, "iban"},
		"an account outside the area":   {func(s *mandate.Signature) { s.Typed = "US64SVBKUS6S3300958879" }, "iban"},
		"no holder":                     {func(s *mandate.Signature) { s.Holder = " " }, "titulaire"},
		"no street":                     {func(s *mandate.Signature) { s.Street = "" }, "adresse"},
		"the box is not ticked":         {func(s *mandate.Signature) { s.Agreed = false }, "accord"},
		"signed on a day still to come": {func(s *mandate.Signature) { s.SignedOn = s.Today.AddDays(1) }, "signe_le"},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := o.wants(fault.Invalid, func(tx *db.Tx) error {
				s := o.signature(tx, compte)
				c.spoil(&s)
				_, err := mandate.Sign(ctx, tx, o.key, o.claire, s)
				return err
			})
			if len(refusal.Fields) != 1 || refusal.Fields[c.field] == "" {
				t.Errorf("%+v, want a word on %s", refusal.Fields, c.field)
			}
		})
	}
	o.wants(fault.Conflict, func(tx *db.Tx) error {
		s := o.signature(tx, compte)
		s.Terms = "another"
		_, err := mandate.Sign(ctx, tx, o.key, o.claire, s)
		return err
	})
	mine := o.sign(o.claire, compte)
	refusal := o.wants(fault.Invalid, func(tx *db.Tx) error {
		s := o.signature(tx, autre)
		s.Agreed = false
		_, err := mandate.ChangeAccount(ctx, tx, o.key, household.ByGuardian(o.claire), mine.ID, s)
		return err
	})
	if refusal.Fields["accord"] == "" {
		t.Errorf("another account without the box: %+v", refusal)
	}
	tn.Write(func(tx *db.Tx) error {
		return mandate.Revoke(ctx, tx, household.ByGuardian(o.claire), mine.ID, "family", "")
	})
	german := o.sign(o.claire, "DE89 3704 0044 0532 0130 00")
	if german.Account.Bank != "DE" {
		t.Errorf("a German account: %+v", german.Account)
	}
}

// On paper an agent enters what the family signed, with the reference it had in another program if it had one.
func TestAPaperMandate(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	ctx := t.Context()
	paper := func(tx *db.Tx, rum string) mandate.Signature {
		s := o.signature(tx, compte)
		s.RUM, s.SignedOn, s.Agreed, s.Terms = rum, civil.New(2025, 9, 1), false, ""
		return s
	}
	var m mandate.Mandate
	tn.Write(func(tx *db.Tx) (err error) {
		m, err = mandate.Enter(ctx, tx, o.key, o.regie, o.claire.HouseholdID, paper(tx, "ancien-000042"))
		return err
	})
	if m.RUM != "ANCIEN-000042" || m.Channel != mandate.Paper || m.SignedOn != civil.New(2025, 9, 1) {
		t.Errorf("%+v", m)
	}
	var paul household.Guardian
	tn.Write(func(tx *db.Tx) error { paul = o.family(tx, "Paul", "Dupont"); return nil })
	refusal := o.wants(fault.Invalid, func(tx *db.Tx) error {
		_, err := mandate.Enter(ctx, tx, o.key, o.regie, paul.HouseholdID, paper(tx, "ANCIEN-000042"))
		return err
	})
	if refusal.Fields["rum"] == "" {
		t.Errorf("a reference that is taken: %+v", refusal)
	}
	tn.Write(func(tx *db.Tx) error { // in the form of our own numbering, with the number that comes next
		_, err := mandate.Enter(ctx, tx, o.key, o.regie, paul.HouseholdID, paper(tx, "PF78146000001"))
		return err
	})
	var lea household.Guardian
	tn.Write(func(tx *db.Tx) error { lea = o.family(tx, "Léa", "Petit"); return nil })
	if next := o.sign(lea, autre); next.RUM != "PF78146000002" {
		t.Errorf("the next mandate is %s", next.RUM)
	}
	o.wants(fault.Forbidden, func(tx *db.Tx) error {
		_, err := mandate.Enter(ctx, tx, o.key, staff.Agent{ID: "x", Role: staff.Animation}, paul.HouseholdID, paper(tx, ""))
		return err
	})
}

// A mandate that was not used for 36 months has lapsed; one that ended 36 months ago is forgotten. One on paper counts from its entry: what another
// program did with it is not known.
func TestLapseAndForgetting(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	ctx := t.Context()
	m := o.sign(o.claire, compte)
	var old mandate.Mandate
	tn.Write(func(tx *db.Tx) (err error) {
		s := o.signature(tx, autre)
		s.SignedOn = civil.New(2019, 9, 1)
		old, err = mandate.Enter(ctx, tx, o.key, o.regie, o.family(tx, "Paul", "Dupont").HouseholdID, s)
		return err
	})
	by := household.By{Actor: "job:mandate", Name: "Chaque nuit"}
	lapse := func(wall string) (state mandate.State) {
		tn.SetClock(wall)
		tn.Write(func(tx *db.Tx) error {
			if _, err := mandate.LapseSlice(ctx, tx, by, civil.DateOf(tx.Now, tn.Loc), tn.Loc, 10); err != nil {
				return err
			}
			got, err := mandate.ByID(ctx, tx, m.ID)
			if err != nil {
				return err
			}
			state = got.State()
			if got, err = mandate.ByID(ctx, tx, old.ID); got.State() != state {
				t.Errorf("the one on paper is %s on %s", got.State(), wall)
			}
			return err
		})
		return state
	}
	if got := lapse("2029-12-01T10:00"); got != mandate.Active {
		t.Errorf("after 36 months to the day: %s", got)
	}
	if got := lapse("2029-12-02T10:00"); got != mandate.Lapsed {
		t.Errorf("after 36 months and a day: %s", got)
	}
	tn.Write(func(tx *db.Tx) error {
		if n, err := mandate.CountBefore(ctx, tx, tn.At("2029-12-02T10:00")); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		n, err := mandate.ForgetBefore(ctx, tx, tn.At("2029-12-03T00:00"), 10)
		if n != 2 {
			t.Errorf("%d forgotten", n)
		}
		var left int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM mandate_accounts`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d accounts are left, %v", left, err)
		}
		return err
	})
}

func TestSettings(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	o := open(t, tn)
	s, typed := settings()
	s.Version, s.Notice, s.Name = "pain.001", 400, ""
	typed.ICS, typed.IBAN, typed.SIRET = "FR72ZZZ123457", "FR76", "12"
	refusal := o.wants(fault.Invalid, func(tx *db.Tx) error { return mandate.Save(t.Context(), tx, o.direction, s, typed) })
	for _, field := range []string{"nom", "ics", "iban", "siret", "version", "preavis"} {
		if refusal.Fields[field] == "" {
			t.Errorf("nothing is said of %s", field)
		}
	}
	o.wants(fault.Forbidden, func(tx *db.Tx) error { return mandate.Save(t.Context(), tx, o.regie, s, typed) })
}
