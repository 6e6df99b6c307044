package office

import (
	"strconv"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/calendar"
	"preau/internal/civil"
	"preau/internal/household"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// newActivity is what an empty form offers.
func newActivity() activity.Activity {
	return activity.Activity{Kind: activity.Canteen, RunsOn: "school", Weekdays: "1245", Cancel: calendar.MustRule("7d"), Add: calendar.MustRule("7d"),
		Waiting: activity.AutoWaiting, OfferHours: 48, MarginHours: 24}
}

// readActivity reads the form onto an activity: id and history stay. What cannot be read is blamed on its field.
func readActivity(f *web.Form, a activity.Activity) activity.Activity {
	a.Name, a.Code = f.Text("nom", 120), f.Text("code", 20)
	a.Kind, a.RunsOn = activity.Kind(f.Raw("genre")), f.Raw("periode")
	a.Noun, a.NounPlural = f.Text("unite", 40), f.Text("unites", 40)
	a.Weekdays = strings.Join(f.All("jours"), "")
	rule := func(name string, into *calendar.Rule) {
		parsed, err := calendar.ParseRule(f.Text(name, 200))
		if err != nil {
			f.Fail(name, err.Error())
			return
		}
		*into = parsed
	}
	rule("delai_annulation", &a.Cancel)
	rule("delai_reservation", &a.Add)
	opening := func(name string, into *calendar.Opening) {
		parsed, err := calendar.ParseOpening(f.Text(name, 100))
		if err != nil {
			f.Fail(name, err.Error())
			return
		}
		*into = parsed
	}
	opening("ouverture", &a.Opening)
	opening("ouverture_prioritaire", &a.PriorityOpening)
	a.GraceMinutes = number(f, "grace", 0, 30, 0)
	a.Instruction, a.IsRight, a.ResidentsOnly, a.NeedsPaidUp = f.Yes("instruction"), f.Yes("droit"), f.Yes("commune"), f.Yes("a_jour")
	a.Waiting, a.WaitingByPoints = activity.Waiting(f.One("attente", "Choisissez.", "none", "auto", "offer")), f.Raw("ordre") == "points"
	a.OfferHours, a.MarginHours = number(f, "heures_offre", 1, 336, 48), number(f, "marge", 0, 720, 24)
	a.MinAge, a.MaxAge = months(f, "age_min"), months(f, "age_max")
	a.Levels = f.All("niveaux")
	a.SiteIDs = f.All("sites")
	a.Archived = f.Yes("archive")
	a.Options = readOptions(f)
	return a
}

func number(f *web.Form, name string, low, high, otherwise int) int64 {
	if n, ok := f.Int(name, low, high); ok {
		return int64(n)
	}
	return int64(otherwise)
}

func months(f *web.Form, name string) *int64 {
	n, ok := f.Int(name, 0, 240)
	if !ok {
		return nil
	}
	value := int64(n)
	return &value
}

// readOptions reads "CODE ; nom ; 11:45 ; 13:30", one option a line.
func readOptions(f *web.Form) []activity.Option {
	var out []activity.Option
	for i, line := range strings.Split(f.Lines("options", 2000), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := strings.Split(line, ";")
		if len(parts) != 4 {
			f.Fail("options", "Ligne "+strconv.Itoa(i+1)+" : écrivez « CODE ; nom ; début ; fin », par exemple « REPAS ; Repas ; 11:45 ; 13:30 ».")
			return out
		}
		starts, err1 := civil.ParseTime(strings.TrimSpace(parts[2]))
		ends, err2 := civil.ParseTime(strings.TrimSpace(parts[3]))
		if err1 != nil || err2 != nil {
			f.Fail("options", "Ligne "+strconv.Itoa(i+1)+" : écrivez les heures comme 11:45.")
			return out
		}
		out = append(out, activity.Option{Code: strings.TrimSpace(parts[0]), Name: strings.TrimSpace(parts[1]), Starts: starts, Ends: ends})
	}
	return out
}

// writeOptions is the text that readOptions reads.
func writeOptions(a activity.Activity) string {
	var lines []string
	for _, o := range a.LiveOptions() {
		lines = append(lines, o.Code+" ; "+o.Name+" ; "+o.Starts.String()+" ; "+o.Ends.String())
	}
	return strings.Join(lines, "\n")
}

// effects are the last moments of the next twenty days the activity runs: what its rules mean.
func effects(c *activity.Catalogue, a *activity.Activity, today civil.Date, ctx calendar.Context) []effect {
	plan := calendar.Plan{From: today, Serves: func(d civil.Date) bool {
		site := ""
		if len(a.SiteIDs) > 0 {
			site = a.SiteIDs[0]
		}
		return c.Service(a, site, d).Why == activity.Open
	}}
	if len(a.Options) > 0 {
		plan.Start = a.Options[0].Starts
	}
	adds, cancels := a.Add.Preview(ctx, plan, 20), a.Cancel.Preview(ctx, plan, 20)
	var out []effect
	for i := range min(len(adds), len(cancels)) {
		out = append(out, effect{Day: adds[i].Day.Short(), Add: deadline(adds[i].Deadline, ctx.Loc), Cancel: deadline(cancels[i].Deadline, ctx.Loc)})
	}
	return out
}

func deadline(at civil.Instant, loc *time.Location) string {
	if at.IsZero() {
		return "aucun"
	}
	return civil.ShortInstant(at, loc)
}

func activityKinds() []ui.Option {
	names := map[activity.Kind]string{activity.Canteen: "Restauration", activity.Morning: "Garderie du matin", activity.Evening: "Garderie du soir", activity.Study: "Étude",
		activity.TAP: "Temps d’activités périscolaires", activity.Wednesday: "Mercredi", activity.Holiday: "Vacances"}
	var out []ui.Option
	for _, k := range activity.Kinds {
		out = append(out, ui.Option{Value: string(k), Label: names[k]})
	}
	return out
}

func weekdayOptions() []ui.Option {
	var out []ui.Option
	for i := 1; i <= 7; i++ {
		out = append(out, ui.Option{Value: strconv.Itoa(i), Label: strings.ToUpper(civil.WeekdayName(time.Weekday(i % 7))[:1]) + civil.WeekdayName(time.Weekday(i % 7))[1:]})
	}
	return out
}

func levelOptions() []ui.Option {
	var out []ui.Option
	for _, l := range household.Levels {
		out = append(out, ui.Option{Value: l, Label: l})
	}
	return out
}

func siteOptions(sites []*activity.Site) []ui.Option {
	var out []ui.Option
	for _, s := range sites {
		if !s.Archived {
			out = append(out, ui.Option{Value: s.ID, Label: s.Name})
		}
	}
	return out
}

func optionOptions(a activity.Activity) []ui.Option {
	var out []ui.Option
	for _, o := range a.LiveOptions() {
		out = append(out, ui.Option{Value: o.ID, Label: o.Name})
	}
	return out
}

func monthsText(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func orderWord(a activity.Activity) string {
	if a.WaitingByPoints {
		return "points"
	}
	return "date"
}

// chosen are the boxes of a list as they were typed, or as they are stored.
func (v activityView) chosen(name string, stored []string) []string {
	if v.Form != nil {
		return v.Form.All(name)
	}
	return stored
}

func waitingWord(a *activity.Activity) string {
	switch {
	case a.IsRight:
		return "attend un agent"
	case a.Waiting == activity.AutoWaiting:
		return "liste d’attente, place donnée d’office"
	case a.Waiting == activity.OfferWaiting:
		return "liste d’attente, place proposée"
	}
	return "refusé"
}

// gridWords says a grid in one sentence.
func gridWords(g tariff.Grid) string {
	text := g.Formula()
	if g.Kind == tariff.Brackets {
		var parts []string
		for _, b := range g.Brackets {
			parts = append(parts, "dès "+tariff.Quotient(b.From)+" : "+b.Price.String())
		}
		text = strings.Join(parts, ", ")
	}
	if g.Per != tariff.PerDay {
		text += " " + g.Per.PerWords()
	}
	if g.NonResident != nil {
		text += " ; hors commune : " + g.NonResident.String()
	}
	return text
}
