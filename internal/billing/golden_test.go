package billing_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"preau/internal/activity"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// golden is the town of testdata/golden: README.md there works out by hand what each family owes.
type golden struct {
	*worldtest.World
	t        *testing.T
	children map[string]household.Child
	homes    map[string]string // household by child, as days.txt names it
	names    map[string]string // of households, by id
	strike   string
}

func goldenTown(t *testing.T, tn *towntest.Town) *golden {
	w := worldtest.Chatou(t, tn)
	g := &golden{World: w, t: t, children: map[string]household.Child{"antoine": w.Antoine, "leo": w.Leo, "leo@karim": w.Leo},
		homes: map[string]string{"antoine": w.Claire.HouseholdID, "leo": w.Claire.HouseholdID, "leo@karim": w.Karim.HouseholdID},
		names: map[string]string{w.Claire.HouseholdID: "Martin", w.Karim.HouseholdID: "Benali"}}
	tn.SetClock("2026-09-01T08:00")
	w.Write(func(tx *db.Tx) error {
		g.prices(tx)
		g.families(tx)
		closure, err := activity.AddClosure(ctx, tx, activity.Closure{ActivityID: w.Activity["CANTINE"], SiteID: w.Site["ROSTAND"], From: civil.MustParse("2026-12-10"), To: civil.MustParse("2026-12-10"), Reason: "Grève", CreatedBy: agent.Actor})
		g.strike = closure.ID
		return err
	})
	tn.SetClock("2026-12-31T20:00")
	g.happened("testdata/golden/days.txt")
	return g
}

func (g *golden) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// prices votes the price lists of README.md, for the school year.
func (g *golden) prices(tx *db.Tx) {
	cents := func(c money.Cents) *money.Cents { return &c }
	start := civil.MustParse("2026-09-01")
	for code, grid := range map[string]tariff.Grid{
		"CANTINE": {Name: "Restauration 2026-2027", Kind: tariff.Brackets, NonResident: cents(680), Brackets: []tariff.Bracket{{From: 0, Price: 100}, {From: 400_00, Price: 210}, {From: 800_00, Price: 340}, {From: 1200_00, Price: 460}},
			Terms: tariff.Terms{OwnMeal: cents(100), FoodPercent: 100_00, Unbooked: []tariff.Step{{Change: tariff.Change{Percent: 50_00}}}}},
		"MATIN": {Name: "Garderie du matin 2026-2027", Kind: tariff.Flat, Flat: 180, Terms: tariff.Terms{Unbooked: []tariff.Step{{Change: tariff.Change{Price: cents(300)}}}}},
		"SOIR": {Name: "Garderie du soir 2026-2027", Kind: tariff.Flat, Per: tariff.PerHalfHour, Flat: 80, Terms: tariff.Terms{Unbooked: []tariff.Step{{Change: tariff.Change{Percent: 25_00}}},
			LatePickup: []tariff.Step{{}, {After: 1, Change: tariff.Change{Price: cents(500)}}}}},
		"MERCREDI": {Name: "Mercredis 2026-2027", Kind: tariff.Effort, Rate: 6000, Floor: 300, Ceiling: 900, Terms: tariff.Terms{NonResidentMore: 50_00, Ranks: []int64{10_00}, LateAdded: &tariff.Change{Percent: 20_00}}},
	} {
		grid.ActivityID, grid.From = g.Activity[code], start
		_, err := activity.SaveGrid(ctx, tx, grid)
		g.must(err)
	}
	c, err := activity.Load(ctx, tx)
	g.must(err)
	holidays, _ := c.Activity(g.Activity["VACANCES"])
	day, _ := holidays.Option("JOURNEE")
	morning, _ := holidays.Option("MATINEE")
	for _, grid := range []tariff.Grid{
		{ActivityID: holidays.ID, OptionID: day.ID, Name: "Vacances, journée 2026-2027", Kind: tariff.Flat, Flat: 1200, Terms: tariff.Terms{FoodCents: cents(340)}},
		{ActivityID: holidays.ID, OptionID: morning.ID, Name: "Vacances, matinée 2026-2027", Kind: tariff.Flat, Flat: 600},
	} {
		grid.From = start
		_, err := activity.SaveGrid(ctx, tx, grid)
		g.must(err)
	}
	study := g.AddActivity(tx, worldtest.Plan{Code: "ETUDE-MOIS", Name: "Étude au mois", Noun: "étude", Plural: "études", Kind: activity.Study, RunsOn: "school", Weekdays: "1245", Rule: "24h",
		Options: []activity.Option{{Code: "ETUDE", Name: "Étude", Starts: civil.Clock(16, 30), Ends: civil.Clock(18, 0)}}, Sites: []string{"ROSTAND"}, Waiting: activity.NoWaiting, Price: 220})
	g.Activity["ETUDE-MOIS"] = study
	_, err = activity.SaveGrid(ctx, tx, tariff.Grid{ActivityID: study, Name: "Étude 2026-2027", Kind: tariff.Flat, Per: tariff.PerMonth, Flat: 2200, From: start, Terms: tariff.Terms{Prorata: true}})
	g.must(err)
}

// families adds those of README.md to the Martins and the Benalis.
func (g *golden) families(tx *db.Tx) {
	quotient := func(home string, value int64, from string) {
		_, err := household.AddQuotient(ctx, tx, agent, home, household.Quotient{Value: value, Kind: "caf", Source: "attestation", ReferenceMonth: from[:7], EffectiveOn: civil.MustParse(from)})
		g.must(err)
	}
	quotient(g.Claire.HouseholdID, 912_00, "2026-09-01")
	quotient(g.Karim.HouseholdID, 650_00, "2026-09-01")
	for _, f := range []struct {
		first, last string
		quotient    int64
		children    string
	}{
		{"Julie", "Dubois", 300_00, "emma"}, {"Linh", "Nguyen", 0, "minh"}, {"Sonia", "Petit", 799_50, "zoe"}, {"David", "Roux", 912_00, "lou max tom"}, {"Anne", "Leroy", 1500_00, "eva"},
		{"Inès", "Garnier", 350_00, "nour"}, {"Rémi", "Faure", 700_00, "ana"}, {"Ivan", "Blanc", 700_00, "leon"}, {"Marc", "Simon", 700_00, "jade"}, {"Claude", "Morel", 2000_00, "paul"},
	} {
		home := g.AddHousehold(tx, strings.ToLower(f.last), f.first, f.last, f.quotient)
		g.names[home.HouseholdID] = f.last
		for i, name := range strings.Fields(f.children) {
			c := g.AddChild(tx, home, strings.ToUpper(name[:1])+name[1:], f.last, fmt.Sprintf("20%d-05-0%d", 17+i, i+1), "CE1", "SABINETTES")
			g.children[name], g.homes[name] = c, home.HouseholdID
		}
	}
	quotient(g.homes["zoe"], 800_00, "2026-12-08")
	g.must(household.SetResidence(ctx, tx, agent, g.homes["emma"], household.Residence{From: civil.MustParse("2026-09-01")}))
	for child, a := range map[string]activity.Aid{
		"nour/CANTINE":  {Payer: activity.CCAS, Name: "CCAS de Chatou", Percent: 50_00},
		"nour/VACANCES": {Payer: activity.CAF, Name: "CAF des Yvelines", DayCents: 400},
		"nour/MATIN":    {Payer: activity.Employer, Name: "Employeur", DayCents: 500},
	} {
		name, code, _ := strings.Cut(child, "/")
		a.HouseholdID, a.ActivityID, a.From = g.homes[name], g.Activity[code], civil.MustParse("2026-09-01")
		_, err := activity.GrantAid(ctx, tx, agent, a)
		g.must(err)
	}
	for name, last := range map[string]string{"ana": "2027-07-02", "leon": "2026-12-15"} {
		_, err := tx.Exec(ctx, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, 'essai')`,
			db.NewID(), g.children[name].ID, g.Activity["ETUDE-MOIS"], g.Site["ROSTAND"], civil.MustParse("2026-12-01"), civil.MustParse(last), tx.Now)
		g.must(err)
	}
}

// happened writes the days of a file, as bookings and the roll-call leave them, and the certificate that was in time.
func (g *golden) happened(file string) {
	g.t.Helper()
	content, err := os.ReadFile(file)
	g.must(err)
	g.Write(func(tx *db.Tx) error {
		for line := range strings.Lines(string(content)) {
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
				for _, number := range strings.Split(words[3], ",") {
					n, err := strconv.Atoi(number)
					g.must(err)
					g.day(tx, words, civil.New(2026, 12, n))
				}
			}
		}
		for _, day := range []string{"2026-12-03", "2026-12-04"} {
			g.excuse(tx, "antoine", day)
		}
		return nil
	})
}

func (g *golden) excuse(tx *db.Tx, child, day string) {
	_, err := tx.Exec(ctx, `INSERT INTO excused_days (id, child_id, day, source, since, by) VALUES ($1, $2, $3, 'certificate:essai', $4, 'essai')`, db.NewID(), g.children[child].ID, civil.MustParse(day), tx.Now)
	g.must(err)
}

// day writes one child's day: words are those of a line of the file.
func (g *golden) day(tx *db.Tx, words []string, day civil.Date) {
	g.t.Helper()
	name, code, option, booked, came := words[0], words[1], words[2], words[4], words[5]
	child, home := g.children[name].ID, g.homes[name]
	c, err := activity.Load(ctx, tx)
	g.must(err)
	a, _ := c.Activity(g.Activity[code])
	o, _ := a.Option(option)
	site := map[string]string{"MERCREDI": g.Site["LOISIRS"], "VACANCES": g.Site["LOISIRS"]}[code]
	if site == "" {
		site = g.Site[map[bool]string{true: "ROSTAND", false: "SABINETTES"}[name == "antoine"]]
	}
	if booked != "none" {
		state, late, closure := booked, booked == "late", any(nil)
		switch booked {
		case "late":
			state = "booked"
		case "closed":
			closure = g.strike
		}
		_, err := tx.Exec(ctx, `INSERT INTO bookings (id, enrolment_id, child_id, household_id, activity_id, site_id, option_id, day, age_group, state, since, made_at, closure_id, over_capacity, late, seq)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $10, $11, false, $12, 1)`, db.NewID(), g.enrolment(tx, child, a.ID, site), child, home, a.ID, site, o.ID, day, state, tx.Now, closure, late)
		g.must(err)
	}
	if came == "-" {
		return
	}
	var arrived, departed any
	late, menu := false, "standard"
	for _, extra := range words[6:] {
		switch from, to, hours := strings.Cut(extra, "-"); {
		case hours:
			arrived, departed = from, to
		case extra == "retard":
			late = true
		case extra == "panier":
			menu = "panier_pai"
		}
	}
	entry := db.NewID()
	_, err = tx.Exec(ctx, `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, arrived, departed, late_pickup, source, device_at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'online', $12, $12)`, entry, g.Direction.ID, child, a.ID, site, o.ID, day, came, arrived, departed, late, tx.Now)
	g.must(err)
	_, err = tx.Exec(ctx, `INSERT INTO attendances (id, child_id, activity_id, day, site_id, option_id, household_id, came, arrived, departed, late_pickup, age_group, menu, entry_id, device_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $1, $13, $13)`, entry, child, a.ID, day, site, o.ID, home, came, arrived, departed, late, menu, tx.Now)
	g.must(err)
}

// takeBack says that the roll-call was mistaken: the child is not pointed any more.
func (g *golden) takeBack(tx *db.Tx, child, code, day string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO attendance_entries (id, agent_id, child_id, activity_id, site_id, option_id, day, came, late_pickup, source, device_at, received_at)
		SELECT 'taken-back-' || a.entry_id, $4, a.child_id, a.activity_id, a.site_id, a.option_id, a.day, 'unpointed', false, 'online', $5, $5 FROM attendances a
		WHERE a.child_id = $1 AND a.activity_id = $2 AND a.day = $3`, g.children[child].ID, g.Activity[code], civil.MustParse(day), g.Direction.ID, tx.Now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM attendances WHERE child_id = $1 AND activity_id = $2 AND day = $3`, g.children[child].ID, g.Activity[code], civil.MustParse(day))
	return err
}

// enrolment finds the enrolment of a child, and makes one that ended before anything was billed where there is none.
func (g *golden) enrolment(tx *db.Tx, child, activityID, site string) (id string) {
	g.t.Helper()
	list, err := db.All(ctx, tx, `SELECT id FROM enrolments WHERE child_id = $1 AND activity_id = $2`, db.Value[string], child, activityID)
	g.must(err)
	if len(list) > 0 {
		return list[0]
	}
	id = db.NewID()
	_, err = tx.Exec(ctx, `INSERT INTO enrolments (id, child_id, activity_id, site_id, from_day, to_day, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, 'essai')`,
		id, child, activityID, site, civil.MustParse("2026-09-01"), civil.MustParse("2027-07-02"), tx.Now)
	g.must(err)
	return id
}

// bill prepares and issues a month, and writes what it issued as testdata/golden has it: the families by name.
func (g *golden) bill(month string) string {
	g.t.Helper()
	r := run(g.t, g.Town, month, true)
	var papers []string
	g.Read(func(tx *db.Tx) error {
		list, err := billing.List(ctx, tx, billing.Filter{RunID: r.ID})
		for _, i := range list {
			full, err := billing.InvoiceByID(ctx, tx, i.ID)
			g.must(err)
			var out strings.Builder
			fmt.Fprintf(&out, "%s, %s : %s\n", g.names[i.HouseholdID], map[billing.Kind]string{billing.KindInvoice: "facture", billing.KindCreditNote: "avoir"}[i.Kind], plain(i.Total.String()))
			for _, l := range full.Lines {
				fmt.Fprintf(&out, "  %s, %s, %s × %s = %s (%s) — %s\n", l.ChildName, l.ActivityName, strconv.Itoa(l.Quantity), plain(l.Unit.String()), plain(l.Total.String()), l.Attribute, plain(l.Explanation))
			}
			papers = append(papers, out.String())
		}
		return err
	})
	slices.Sort(papers) // numbers go by the ids of households, which are not the same twice
	return strings.Join(papers, "")
}

// plain turns the spaces of typography into spaces that one can type.
func plain(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2212", "-").Replace(s)
}

// The golden month: every kind of family, worked out by hand; then what January corrects.
func TestTheGoldenMonth(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		g := goldenTown(t, tn)
		g.same("testdata/golden/december.txt", g.bill("2026-12"))
		tn.SetClock("2027-01-31T20:00")
		tn.Write(func(tx *db.Tx) error {
			g.excuse(tx, "antoine", "2026-12-17")
			g.excuse(tx, "antoine", "2026-12-18")
			g.day(tx, strings.Fields("antoine CANTINE REPAS 5 booked present"), civil.MustParse("2027-01-05"))
			if _, err := household.AddQuotient(ctx, tx, agent, g.homes["minh"], household.Quotient{Value: 500_00, Kind: "caf", Source: "attestation", ReferenceMonth: "2026-12", EffectiveOn: civil.MustParse("2026-12-01")}); err != nil {
				return err
			}
			return g.takeBack(tx, "emma", "CANTINE", "2026-12-04")
		})
		g.same("testdata/golden/january.txt", g.bill("2027-01"))
	})
}

func (g *golden) same(file, got string) {
	g.t.Helper()
	want, err := os.ReadFile(file)
	g.must(err)
	if got != string(want) {
		g.t.Errorf("%s says\n%s\nand the program bills\n%s", file, want, got)
	}
}
