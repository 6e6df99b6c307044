package intake

import (
	"context"
	"time"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/tariff"
)

// chatouSites are the leaflet's two schools among others, and where children spend their Wednesdays and holidays.
var chatouSites = []activity.Site{
	{Code: "ROSTAND", Name: "Élémentaire Jean Rostand", Kind: activity.Elementaire, Address: "2 rue de l’École, 78400 Chatou"},
	{Code: "HUGO", Name: "Élémentaire Victor-Hugo", Kind: activity.Elementaire, Address: "14 avenue Victor-Hugo, 78400 Chatou"},
	{Code: "SABINETTES", Name: "Maternelle Sabinettes", Kind: activity.Maternelle, Address: "8 rue des Sabinettes, 78400 Chatou"},
	{Code: "VALFLEURI", Name: "Maternelle Val-Fleuri", Kind: activity.Maternelle, Address: "3 allée du Val-Fleuri, 78400 Chatou"},
	{Code: "ILE", Name: "Accueil de loisirs de l’Île", Kind: activity.Loisirs, Address: "Île des Impressionnistes, 78400 Chatou"},
}

// offer is one activity of the leaflet's town, with where it takes place and what it costs.
type offer struct {
	activity.Activity
	rule    string
	sites   []string
	prices  map[string][]money.Cents // by option code, "" for all: one price, or one for each of four brackets
	outside map[string]money.Cents   // of non-residents, by option code
}

// chatouOffers are the activities of the leaflet with its deadlines, in the order of a menu.
func chatouOffers() []offer {
	schools, elementary, nurseries, leisure := []string{"ROSTAND", "HUGO", "SABINETTES", "VALFLEURI"}, []string{"ROSTAND", "HUGO"}, []string{"SABINETTES", "VALFLEURI"}, []string{"ILE"}
	elementaryLevels, nurseryLevels := []string{"CP", "CE1", "CE2", "CM1", "CM2", "ULIS"}, []string{"TPS", "PS", "MS", "GS"}
	halfDay, fullDay := []money.Cents{300, 500, 750, 1000}, []money.Cents{500, 900, 1400, 1900}
	return []offer{
		{Activity: activity.Activity{Code: "RESTAURATION", Name: "Restauration scolaire", Kind: activity.Canteen, Noun: "repas", NounPlural: "repas",
			RunsOn: "school", Weekdays: "1245", IsRight: true, Waiting: activity.NoWaiting,
			Options: []activity.Option{hours("REPAS", "Repas", 11, 30, 13, 30)}},
			rule: "7d", sites: schools, prices: map[string][]money.Cents{"": {100, 210, 340, 460}}, outside: map[string]money.Cents{"": 680}},
		{Activity: activity.Activity{Code: "MATIN", Name: "Garderie du matin", Kind: activity.Morning, Noun: "matin", NounPlural: "matins",
			RunsOn: "school", Weekdays: "1245", Waiting: activity.NoWaiting,
			Options: []activity.Option{hours("MATIN", "Matin", 7, 30, 8, 30)}},
			rule: "24h", sites: schools, prices: map[string][]money.Cents{"": {180}}},
		{Activity: activity.Activity{Code: "SOIR", Name: "Garderie du soir", Kind: activity.Evening, Noun: "soir", NounPlural: "soirs",
			RunsOn: "school", Weekdays: "1245", Waiting: activity.NoWaiting, Levels: nurseryLevels,
			Options: []activity.Option{hours("SOIR", "Soir", 16, 30, 18, 30)}},
			rule: "24h", sites: nurseries, prices: map[string][]money.Cents{"": {250}}},
		{Activity: activity.Activity{Code: "ETUDE", Name: "Étude surveillée", Kind: activity.Study, Noun: "étude", NounPlural: "études",
			RunsOn: "school", Weekdays: "1245", Waiting: activity.NoWaiting, Levels: elementaryLevels,
			Options: []activity.Option{hours("ETUDE", "Étude", 16, 30, 18, 0)}},
			rule: "24h", sites: elementary, prices: map[string][]money.Cents{"": {220}}},
		{Activity: activity.Activity{Code: "TAP", Name: "Temps d’activités périscolaires", Kind: activity.TAP, Noun: "atelier", NounPlural: "ateliers",
			RunsOn: "school", Weekdays: "5", Waiting: activity.NoWaiting, Levels: elementaryLevels, Instruction: true,
			Options: []activity.Option{hours("ATELIER", "Atelier", 15, 0, 16, 30)}},
			rule: "24h", sites: elementary, prices: map[string][]money.Cents{"": {0}}},
		{Activity: activity.Activity{Code: "MERCREDI", Name: "Accueil de loisirs du mercredi", Kind: activity.Wednesday, Noun: "mercredi", NounPlural: "mercredis",
			RunsOn: "school", Weekdays: "3", Waiting: activity.OfferWaiting,
			Options: []activity.Option{hours("APREM", "Après-midi", 13, 30, 18, 30), hours("JOURNEE", "Journée avec repas", 8, 0, 18, 30)}},
			rule: "48h", sites: leisure, prices: map[string][]money.Cents{"APREM": halfDay, "JOURNEE": fullDay}, outside: map[string]money.Cents{"APREM": 1500, "JOURNEE": 2800}},
		{Activity: activity.Activity{Code: "VACANCES", Name: "Accueil de loisirs des vacances", Kind: activity.Holiday, Noun: "journée", NounPlural: "journées",
			RunsOn: "holiday", Weekdays: "12345", Opening: calendar.MustOpening("block-6w@09:00"), Waiting: activity.AutoWaiting,
			Options: []activity.Option{hours("JOURNEE", "Journée avec repas", 8, 0, 18, 30), hours("APREM", "Après-midi", 13, 30, 18, 30)}},
			rule: "2w", sites: leisure, prices: map[string][]money.Cents{"JOURNEE": fullDay, "APREM": halfDay}, outside: map[string]money.Cents{"APREM": 1500, "JOURNEE": 2800}},
	}
}

func hours(code, name string, fromHour, fromMinute, toHour, toMinute int) activity.Option {
	return activity.Option{Code: code, Name: name, Starts: civil.Clock(fromHour, fromMinute), Ends: civil.Clock(toHour, toMinute)}
}

// Chatou gives a town without any site what the leaflet's town offers: the school years given, sites, activities with their
// deadlines, and prices from the first day of those years. Errors: fault.Conflict when the town has sites already.
func Chatou(ctx context.Context, tx *db.Tx, years []calendar.SchoolYear, loc *time.Location) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	if len(c.Sites) > 0 {
		return fault.Conflictf("Cette ville a déjà des établissements.")
	}
	if err := activity.SaveSchoolYears(ctx, tx, years); err != nil {
		return err
	}
	ids := map[string]string{}
	for _, s := range chatouSites {
		if ids[s.Code], err = activity.SaveSite(ctx, tx, s); err != nil {
			return err
		}
	}
	today := civil.DateOf(tx.Now, loc)
	if _, known := (&calendar.Calendar{Years: years}).Year(today); !known {
		today = years[len(years)-1].FirstDay // deadlines are tried on days that have a calendar
	}
	for i, o := range chatouOffers() {
		if err := addOffer(ctx, tx, o.placed(i, ids), offerDays{today, years[0].FirstDay, loc}); err != nil {
			return err
		}
	}
	return nil
}

// offerDays is when an offer is tried, from when its prices hold, and the town's zone.
type offerDays struct {
	today, from civil.Date
	loc         *time.Location
}

// placed is the offer with its rule, its place in menus and the ids of its sites.
func (o offer) placed(position int, siteIDs map[string]string) offer {
	o.Cancel, o.Add = calendar.MustRule(o.rule), calendar.MustRule(o.rule)
	o.OfferHours, o.MarginHours, o.Position = 48, 24, int64(position)
	for _, code := range o.sites {
		o.SiteIDs = append(o.SiteIDs, siteIDs[code])
	}
	return o
}

func addOffer(ctx context.Context, tx *db.Tx, o offer, days offerDays) error {
	id, err := activity.SaveActivity(ctx, tx, o.Activity, days.today, days.loc)
	if err != nil {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	a, _ := c.Activity(id)
	for code, prices := range o.prices {
		g := tariff.Grid{ActivityID: id, Name: o.Name, Kind: tariff.Flat, Flat: prices[0], From: days.from}
		if option, ok := a.Option(code); ok {
			g.OptionID, g.Name = option.ID, o.Name+", "+option.Name
		}
		if outside, ok := o.outside[code]; ok {
			g.NonResident = &outside
		}
		if len(prices) > 1 {
			g.Kind = tariff.Brackets
			for i, from := range []int64{0, 400_00, 800_00, 1200_00} {
				g.Brackets = append(g.Brackets, tariff.Bracket{From: from, Price: prices[i]})
			}
		}
		chatouTerms(&g, o, code)
		if _, err := activity.SaveGrid(ctx, tx, g); err != nil {
			return err
		}
	}
	return nil
}

// chatouTerms are the rules that go with the prices of the leaflet, of several kinds: meals that a quotient decides, evening care by the
// half-hour begun, a leisure centre by a rate of the quotient.
func chatouTerms(g *tariff.Grid, o offer, code string) {
	cents := func(c money.Cents) *money.Cents { return &c }
	half := []tariff.Step{{Change: tariff.Change{Percent: 50_00}}}
	late := func(price money.Cents) []tariff.Step {
		return []tariff.Step{{}, {After: 2, Change: tariff.Change{Price: cents(price)}}}
	}
	switch o.Kind {
	case activity.Canteen:
		g.FoodPercent, g.OwnMeal, g.Unbooked = 100_00, cents(120), half
	case activity.Evening:
		g.Per, g.Flat, g.Unbooked, g.LatePickup = tariff.PerHalfHour, 65, half, late(500)
	case activity.Wednesday, activity.Holiday:
		g.Kind, g.Brackets, g.Ranks, g.Unbooked, g.LatePickup = tariff.Effort, nil, []int64{10_00, 20_00}, half, late(1000)
		g.Rate, g.Floor, g.Ceiling = 8_000, 300, 1000 // half a day: 0.8 % of the quotient
		if code == "JOURNEE" {
			g.Rate, g.Floor, g.Ceiling, g.FoodCents = 15_000, 500, 1900, cents(340)
		}
	}
}
