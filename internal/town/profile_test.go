package town_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/town"
	"preau/internal/towntest"
)

// refusedFields are the fields that a refusal names, sorted.
func refusedFields(err error) []string {
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Invalid {
		return nil
	}
	return slices.Sorted(maps.Keys(f.Fields))
}

func TestProfile(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := t.Context()
		tn.Write(func(tx *db.Tx) error {
			p, err := tn.Profile(ctx, tx)
			if err != nil || p.Name != tn.Name || p.Portal != "Espace Citoyens" || p.SchoolZone != "C" || p.First() != (town.Service{}) {
				t.Errorf("before: %+v, %v", p, err)
			}
			err = town.SaveProfile(ctx, tx, town.Profile{Name: strings.Repeat("n", 81), SchoolZone: "D", Accent: "blue"})
			if got := refusedFields(err); !slices.Equal(got, []string{"couleur", "nom", "portail", "zone"}) {
				t.Errorf("bad values: %v", got)
			}
			p.Name, p.SchoolZone, p.Accent = "Commune de Chatou", "A", "#AA3300"
			return town.SaveProfile(ctx, tx, p)
		})
		tn.Read(func(tx *db.Tx) error {
			p, err := tn.Profile(ctx, tx)
			if p.Name != "Commune de Chatou" || p.SchoolZone != "A" || p.Accent != "#aa3300" {
				t.Errorf("after: %+v", p)
			}
			return err
		})
	})
}

func TestServices(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := t.Context()
		tn.Write(func(tx *db.Tx) error {
			_, err := tn.SaveService(ctx, tx, town.Service{Phone: "zéro un", Email: "x", Hours: strings.Repeat("h", 501)})
			if got := refusedFields(err); !slices.Equal(got, []string{"email", "horaires", "telephone", "titre"}) {
				t.Errorf("bad values: %v", got)
			}
			first, err := tn.SaveService(ctx, tx, town.Service{Title: "Service Éducation", Address: "5 rue Marconi\n78400 Chatou", Hours: "le matin"})
			if err != nil {
				return err
			}
			second, err := tn.SaveService(ctx, tx, town.Service{Title: "Service Petite enfance"})
			if err != nil {
				return err
			}
			if err := tn.RaiseService(ctx, tx, second); err != nil {
				return err
			}
			p, err := tn.Profile(ctx, tx)
			if err != nil || p.First().ID != second || len(p.Services) != 2 {
				t.Errorf("order: %+v, %v", p.Services, err)
			}
			if s, _ := p.Service(first); !slices.Equal(s.Lines(), []string{"5 rue Marconi", "78400 Chatou", "le matin"}) {
				t.Errorf("lines: %q", s.Lines())
			}
			if _, err := tn.SaveService(ctx, tx, town.Service{ID: first, Title: "Pôle Enfance"}); err != nil {
				return err
			}
			if err := tn.RemoveService(ctx, tx, second); err != nil {
				return err
			}
			p, err = tn.Profile(ctx, tx)
			if err != nil || p.First().Title != "Pôle Enfance" || len(p.Services) != 1 {
				t.Errorf("after: %+v, %v", p.Services, err)
			}
			_, err = tn.SaveService(ctx, tx, town.Service{ID: "nobody", Title: "x"})
			for _, e := range []error{err, tn.RemoveService(ctx, tx, second), tn.RaiseService(ctx, tx, second)} {
				if !fault.Is(e, fault.NotFound) {
					t.Errorf("a service that is not there: %v", e)
				}
			}
			return nil
		})
	})
}

func TestReadableColours(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"#17566f", "#17566f"},
		{"#767676", "#767676"}, // 4.54: the lightest grey that passes
		{"#000000", "#000000"},
	} {
		if got, ok := town.Readable(c.in); !ok || got != c.want {
			t.Errorf("%s became %s", c.in, got)
		}
	}
	for _, light := range []string{"#ffffff", "#ffcc00", "#777777", "#00e5ff"} {
		if got, ok := town.Readable(light); !ok || got == light {
			t.Errorf("%s was left as it is: contrast %.2f", light, town.Contrast(light, "#ffffff"))
		}
	}
	for _, bad := range []string{"", "blue", "#17566", "#17566F", "17566f0", "#17566f;"} {
		if got, ok := town.Readable(bad); ok {
			t.Errorf("%q is taken for a colour: %s", bad, got)
		}
	}
}

func TestEveryColourIsMadeReadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := "#" + rapid.StringMatching(`[0-9a-f]{6}`).Draw(t, "colour")
		got, ok := town.Readable(c)
		if !ok || town.Contrast(got, "#ffffff") < town.MinContrast {
			t.Fatalf("%s became %s, contrast %.2f", c, got, town.Contrast(got, "#ffffff"))
		}
		if town.Contrast(c, "#ffffff") >= town.MinContrast && got != c {
			t.Fatalf("%s is readable and became %s", c, got)
		}
	})
}

// The state of the declaration follows from the audit: less than half or no valid audit, not conform; half or more, partly.
func TestConformity(t *testing.T) {
	today := civil.MustParse("2026-12-01")
	audit := func(day string, criteria, respected int) town.Accessibility {
		return town.Accessibility{AuditedOn: civil.MustParse(day), Criteria: criteria, Respected: respected}
	}
	for _, c := range []struct {
		name string
		a    town.Accessibility
		want town.Conformity
		rate int
	}{
		{"never audited", town.Accessibility{}, town.NotConform, 0},
		{"49 %", audit("2026-06-01", 100, 49), town.NotConform, 49},
		{"half", audit("2026-06-01", 106, 53), town.PartlyConform, 50},
		{"all but one", audit("2026-06-01", 106, 105), town.PartlyConform, 99},
		{"all", audit("2026-06-01", 80, 80), town.FullyConform, 100},
		{"three years ago, to the day", audit("2023-12-01", 80, 80), town.FullyConform, 100},
		{"more than three years ago", audit("2023-11-30", 80, 80), town.NotConform, 100},
	} {
		if got := c.a.Conformity(today); got != c.want || c.a.Rate() != c.rate {
			t.Errorf("%s: %s, %d %%", c.name, got, c.a.Rate())
		}
	}
	if town.PartlyConform.French() != "partiellement conforme" || town.Conformity("").French() != "non conforme" {
		t.Error("the words of the law")
	}
}

func TestLegalTexts(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx, today := t.Context(), civil.MustParse("2026-12-01")
		tn.Write(func(tx *db.Tx) error {
			n, err := town.LegalNotice(ctx, tx)
			if err != nil || len(n.Missing()) != 4 {
				t.Errorf("before: %+v, %v", n, err)
			}
			err = town.SaveNotice(ctx, tx, town.Notice{Publisher: "Mairie", DPOEmail: "x"})
			if got := refusedFields(err); !slices.Equal(got, []string{"directeur", "dpo", "dpo_email", "hebergeur"}) {
				t.Errorf("notice: %v", got)
			}
			n = town.Notice{Publisher: "Mairie", Director: "Le maire", Host: "Chez nous", DPO: "Mme Données"}
			if err := town.SaveNotice(ctx, tx, n); err != nil {
				return err
			}
			if read, err := town.LegalNotice(ctx, tx); err != nil || read != n || read.Missing() != nil {
				t.Errorf("after: %+v, %v", read, err)
			}
			for want, a := range map[string]town.Accessibility{
				"audit_le":     {AuditedOn: today.AddDays(1), Criteria: 1, Respected: 1},
				"audit_par":    {AuditedOn: today, Criteria: 1, Respected: 1},
				"criteres":     {AuditedOn: today, AuditedBy: "x", Criteria: 107, Respected: 107},
				"respectes":    {AuditedOn: today, AuditedBy: "x", Criteria: 10, Respected: 11},
				"non_conforme": {AuditedOn: today, AuditedBy: "x", Criteria: 10, Respected: 9},
				"schema":       {SchemeURL: "javascript:alert(1)"},
				"contact":      {ContactEmail: "x"},
			} {
				if got := refusedFields(town.SaveAccessibility(ctx, tx, a, today)); !slices.Equal(got, []string{want}) {
					t.Errorf("%s: %v", want, got)
				}
			}
			if err := town.SaveAccessibility(ctx, tx, town.Accessibility{AuditedOn: today, AuditedBy: "Cabinet", Criteria: 80, Respected: 80}, today); err != nil {
				return err
			}
			a, err := town.AccessibilityOf(ctx, tx)
			if a.DeclaredOn != today || a.Conformity(today) != town.FullyConform {
				t.Errorf("declared: %+v", a)
			}
			return err
		})
	})
}
