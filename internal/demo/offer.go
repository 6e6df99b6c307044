package demo

import (
	"context"
	"slices"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
	"preau/internal/tariff"
	"preau/internal/town"
)

// sites are the leaflet's two schools among others, and where children spend their Wednesdays and holidays.
var sites = []activity.Site{
	{Code: "ROSTAND", Name: "Élémentaire Jean Rostand", Kind: activity.Elementaire, Address: "2 rue de l’École, 78400 Chatou"},
	{Code: "HUGO", Name: "Élémentaire Victor-Hugo", Kind: activity.Elementaire, Address: "14 avenue Victor-Hugo, 78400 Chatou"},
	{Code: "SABINETTES", Name: "Maternelle Sabinettes", Kind: activity.Maternelle, Address: "8 rue des Sabinettes, 78400 Chatou"},
	{Code: "VALFLEURI", Name: "Maternelle Val-Fleuri", Kind: activity.Maternelle, Address: "3 allée du Val-Fleuri, 78400 Chatou"},
	{Code: "ILE", Name: "Accueil de loisirs de l’Île", Kind: activity.Loisirs, Address: "Île des Impressionnistes, 78400 Chatou"},
}

// Sites an activity is offered at.
var (
	schools     = []string{"ROSTAND", "HUGO", "SABINETTES", "VALFLEURI"}
	elementary  = []string{"ROSTAND", "HUGO"}
	nurseries   = []string{"SABINETTES", "VALFLEURI"}
	leisure     = []string{"ILE"}
	elementLvls = []string{"CP", "CE1", "CE2", "CM1", "CM2", "ULIS"}
	nurseryLvls = []string{"TPS", "PS", "MS", "GS"}
)

// offer is one activity of the demonstration: its rules are the leaflet's.
type offer struct {
	activity.Activity
	sites  []string
	prices map[string][]money.Cents // by option code, "" for all: four brackets, or one price
}

// offers are what the town offers, in the order of the menus.
func offers() []offer {
	list := []offer{
		{Activity: activity.Activity{Code: "RESTAURATION", Name: "Restauration scolaire", Kind: activity.Canteen, Noun: "repas", NounPlural: "repas",
			RunsOn: "school", Weekdays: "1245", Cancel: calendar.MustRule("7d"), IsRight: true, Waiting: activity.NoWaiting,
			Options: []activity.Option{option("REPAS", "Repas", "11:30", "13:30")}},
			sites: schools, prices: map[string][]money.Cents{"": {100, 210, 340, 460}}},
		{Activity: activity.Activity{Code: "MATIN", Name: "Garderie du matin", Kind: activity.Morning, Noun: "matin", NounPlural: "matins",
			RunsOn: "school", Weekdays: "1245", Cancel: calendar.MustRule("24h"), Waiting: activity.NoWaiting,
			Options: []activity.Option{option("MATIN", "Matin", "07:30", "08:30")}},
			sites: schools, prices: map[string][]money.Cents{"": {180}}},
		{Activity: activity.Activity{Code: "SOIR", Name: "Garderie du soir", Kind: activity.Evening, Noun: "soir", NounPlural: "soirs",
			RunsOn: "school", Weekdays: "1245", Cancel: calendar.MustRule("24h"), Waiting: activity.NoWaiting, Levels: nurseryLvls,
			Options: []activity.Option{option("SOIR", "Soir", "16:30", "18:30")}},
			sites: nurseries, prices: map[string][]money.Cents{"": {250}}},
		{Activity: activity.Activity{Code: "ETUDE", Name: "Étude surveillée", Kind: activity.Study, Noun: "étude", NounPlural: "études",
			RunsOn: "school", Weekdays: "1245", Cancel: calendar.MustRule("24h"), Waiting: activity.NoWaiting, Levels: elementLvls,
			Options: []activity.Option{option("ETUDE", "Étude", "16:30", "18:00")}},
			sites: elementary, prices: map[string][]money.Cents{"": {220}}},
		{Activity: activity.Activity{Code: "TAP", Name: "Temps d’activités périscolaires", Kind: activity.TAP, Noun: "atelier", NounPlural: "ateliers",
			RunsOn: "school", Weekdays: "5", Cancel: calendar.MustRule("24h"), Waiting: activity.NoWaiting, Levels: elementLvls, Instruction: true,
			Options: []activity.Option{option("ATELIER", "Atelier", "15:00", "16:30")}},
			sites: elementary, prices: map[string][]money.Cents{"": {0}}},
		{Activity: activity.Activity{Code: "MERCREDI", Name: "Accueil de loisirs du mercredi", Kind: activity.Wednesday, Noun: "mercredi", NounPlural: "mercredis",
			RunsOn: "school", Weekdays: "3", Cancel: calendar.MustRule("48h"), Waiting: activity.OfferWaiting,
			Options: []activity.Option{option("APREM", "Après-midi", "13:30", "18:30"), option("JOURNEE", "Journée avec repas", "08:00", "18:30")}},
			sites: leisure, prices: map[string][]money.Cents{"APREM": {300, 500, 750, 1000}, "JOURNEE": {500, 900, 1400, 1900}}},
		{Activity: activity.Activity{Code: "VACANCES", Name: "Accueil de loisirs des vacances", Kind: activity.Holiday, Noun: "journée", NounPlural: "journées",
			RunsOn: "holiday", Weekdays: "12345", Cancel: calendar.MustRule("2w"), Opening: calendar.MustOpening("block-6w@09:00"), Waiting: activity.AutoWaiting,
			Options: []activity.Option{option("JOURNEE", "Journée avec repas", "08:00", "18:30"), option("APREM", "Après-midi", "13:30", "18:30")}},
			sites: leisure, prices: map[string][]money.Cents{"JOURNEE": {500, 900, 1400, 1900}, "APREM": {300, 500, 750, 1000}}},
	}
	for i := range list {
		a := &list[i].Activity
		a.Add, a.OfferHours, a.MarginHours, a.Position = a.Cancel, 48, 24, int64(i)
	}
	return list
}

func option(code, name, starts, ends string) activity.Option {
	from, err := civil.ParseTime(starts)
	to, err2 := civil.ParseTime(ends)
	if err != nil || err2 != nil {
		panic("demo: hours of " + code)
	}
	return activity.Option{Code: code, Name: name, Starts: from, Ends: to}
}

// define writes what the town offers: its calendar, sites, activities, prices, and what it says of itself.
func (d *Demo) define(ctx context.Context, tx *db.Tx) error {
	if err := town.SaveSettings(ctx, tx, town.Profile{SchoolZone: "C", Accent: "#17566f", Service: "Pôle Enfance, Famille, Éducation",
		Address: "5 rue Marconi, 78400 Chatou", Phone: "01 99 00 46 62", Email: "education@chatou.example",
		Hours: "du lundi au vendredi, 8 h 30 – 12 h et 13 h 30 – 17 h 30"}); err != nil {
		return err
	}
	if err := activity.SaveSchoolYears(ctx, tx, d.years()); err != nil {
		return err
	}
	ids := map[string]string{}
	for _, s := range sites {
		id, err := activity.SaveSite(ctx, tx, s)
		if err != nil {
			return err
		}
		ids[s.Code] = id
	}
	for _, o := range offers() {
		if err := d.defineOffer(ctx, tx, o, ids); err != nil {
			return err
		}
	}
	return nil
}

// years are the school year of the demonstration, the two before it, and all that is known after.
func (d *Demo) years() []calendar.SchoolYear {
	all := calendar.Embedded("C").Years
	at := slices.IndexFunc(all, func(y calendar.SchoolYear) bool { return y.Label == d.year.Label })
	return all[max(0, at-2):]
}

func (d *Demo) defineOffer(ctx context.Context, tx *db.Tx, o offer, ids map[string]string) error {
	for _, code := range o.sites {
		o.SiteIDs = append(o.SiteIDs, ids[code])
	}
	id, err := activity.SaveActivity(ctx, tx, o.Activity, d.year.FirstDay, d.Town.Loc)
	if err != nil {
		return err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	a, _ := c.Activity(id)
	for code, prices := range o.prices {
		g := tariff.Grid{ActivityID: id, Name: o.Name + " " + d.year.Label, Kind: tariff.Flat, Flat: prices[0], From: d.years()[0].FirstDay}
		if opt, ok := a.Option(code); ok {
			g.OptionID, g.Name = opt.ID, o.Name+", "+opt.Name+", "+d.year.Label
		}
		if len(prices) > 1 {
			outside := prices[len(prices)-1] * 3 / 2
			g.Kind, g.NonResident = tariff.Brackets, &outside
			for i, from := range []int64{0, 400_00, 800_00, 1200_00} {
				g.Brackets = append(g.Brackets, tariff.Bracket{From: from, Price: prices[i]})
			}
		}
		if _, err := activity.SaveGrid(ctx, tx, g); err != nil {
			return err
		}
	}
	return nil
}
