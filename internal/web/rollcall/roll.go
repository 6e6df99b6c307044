package rollcall

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

// rollView is the page of a roll-call. Without a session it is the shell that a device shows without network: the script fills it.
type rollView struct {
	named
	Roll    attendance.Roll
	Agent   staff.Agent
	Tally   attendance.Tally
	Groups  []group
	Classes []ui.Tab
	Class   string
	Meal    bool // lunch is served: menus matter
	Several bool // options
	Now     civil.Instant
	Until   civil.Instant // when the device forgets the list: midnight
	Today   bool
	Shell   bool
	Loc     *time.Location
}

// group is one class of a roll-call.
type group struct {
	Name string
	Rows []row
}

// row is one child as the page shows it.
type row struct {
	attendance.RollLine
	Collect []string // who may come for it, with a telephone
	Alone   string   // from when it may leave alone; empty: not
	Flags   []flag
}

type flag struct {
	Kind       ui.Kind
	Icon, Word string
}

func (p Pages) roll(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := rollView{Agent: who, Class: q.Text("classe", 40), Loc: web.Town(r).Loc}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx) })
	if err != nil {
		return err
	}
	private(w)
	page := web.Frame(w, r, ui.Page{Title: v.title() + ", " + v.Day.Long(), User: who.Name, Task: true})
	return web.Render(w, r, http.StatusOK, rollPage(page, v))
}

// load reads the roll-call of the address.
func (v *rollView) load(r *http.Request, tx *db.Tx) error {
	t := web.Town(r)
	c, err := activity.Load(r.Context(), tx)
	if err != nil {
		return err
	}
	if v.named, err = asked(r, c, v.Agent); err != nil {
		return err
	}
	if v.Roll, err = attendance.ReadRoll(r.Context(), tx, v.Agent, v.Session, t.KeyFor("health")); err != nil {
		return err
	}
	v.Now, v.Today = tx.Now, v.Session.Today(tx.Now, v.Loc)
	v.Until = civil.Wall(civil.DateOf(tx.Now, v.Loc).AddDays(1), 0, 0, v.Loc)
	v.Tally = v.Roll.Tally()
	v.Several = len(v.Activity.LiveOptions()) > 1
	v.Meal = slices.ContainsFunc(v.Activity.LiveOptions(), booking.ServesMeal)
	return v.group(r.Context(), tx)
}

// group puts the children in their classes, with what the page says of each.
func (v *rollView) group(ctx context.Context, tx *db.Tx) error {
	var homes []string
	for i := range v.Roll.Lines {
		homes = append(homes, v.Roll.Lines[i].HouseholdID)
	}
	guardians, err := household.GuardiansOfMany(ctx, tx, homes)
	if err != nil {
		return err
	}
	v.Classes = []ui.Tab{{Href: v.path(), Label: "Toutes", Current: v.Class == ""}}
	for i := range v.Roll.Lines {
		l := v.Roll.Lines[i]
		name := l.Class()
		if name == "" {
			name = "Sans classe connue"
		}
		if n := len(v.Classes); v.Classes[n-1].Label != name {
			v.Classes = append(v.Classes, ui.Tab{Href: address(v.path(), "classe", name), Label: name, Current: v.Class == name})
		}
		if v.Class != "" && v.Class != name {
			continue
		}
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Name != name {
			v.Groups = append(v.Groups, group{Name: name})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, v.row(l, guardians[l.HouseholdID]))
	}
	return nil
}

// row is a child with its marks, and who may come for it.
func (v *rollView) row(l attendance.RollLine, guardians []household.Guardian) row {
	out := row{RollLine: l}
	for _, g := range guardians {
		out.Collect = append(out.Collect, strings.TrimSpace(g.Name()+" "+words.Solid(household.FrenchPhone(g.Phone))))
	}
	for _, c := range l.Care.Collect {
		name := c.Name
		if c.Relation != "" {
			name += " (" + c.Relation + ")"
		}
		out.Collect = append(out.Collect, name+" "+words.Solid(household.FrenchPhone(c.Phone)))
	}
	if l.Care.Alone {
		out.Alone = words.Solid(l.Care.From.French())
	}
	out.Flags = v.flags(l)
	return out
}

// flags are the marks of a child, what is dangerous first.
func (v *rollView) flags(l attendance.RollLine) (list []flag) {
	add := func(kind ui.Kind, icon, word string) { list = append(list, flag{kind, icon, word}) }
	switch {
	case l.Care.PAI && v.Meal && l.Menu == "panier_pai":
		add(ui.Bad, "heart-pulse", "PAI : panier")
	case l.Care.PAI:
		add(ui.Bad, "heart-pulse", "PAI")
	case l.Care.Allergy != "":
		add(ui.Bad, "triangle-alert", "Allergie")
	}
	if v.Meal && l.Menu != "standard" && (l.Menu != "panier_pai" || !l.Care.PAI) {
		add(ui.Plain, "utensils", words.Menu(l.Menu))
	}
	if !l.Announced.IsZero() {
		at := "Absence signalée le " + words.Solid(civil.ShortInstant(l.Announced, v.Loc))
		if civil.DateOf(l.Announced, v.Loc) == v.Day {
			at = "Absence signalée à " + words.Solid(civil.TimeOf(l.Announced, v.Loc).French())
		}
		add(ui.Warn, "info", at)
	}
	switch {
	case l.State == "":
		add(ui.Plum, "user-plus", "Sans réservation")
	case l.State == booking.StatePending:
		add(ui.Warn, "hourglass", "En attente d’instruction")
	case !l.Expected():
		add(ui.Plum, "list-ordered", "Liste d’attente")
	}
	if v.Several {
		add(ui.Plain, "clock", l.Option)
	}
	return list
}

// under is the line below the title: the day and the hour.
func (v *rollView) under() string {
	if v.Shell {
		return ""
	}
	options := v.Activity.LiveOptions()
	return words.UpperFirst(v.Day.WeekdayDayMonth()) + ", " + words.Solid(options[0].Starts.French())
}

// tally is "7 sur 142".
func (v *rollView) tally() string {
	return ui.Number(v.Tally.Pointed) + " sur " + ui.Number(v.Tally.Expected)
}

// tallyMore goes on from tally.
func (v *rollView) tallyMore() string {
	text := "enfants pointés, " + ui.Count(v.Tally.Absent, "absent", "absents")
	if v.Tally.Unbooked > 0 {
		text += ", " + ui.Number(v.Tally.Unbooked) + " sans réservation"
	}
	return text
}

// groupTally is "7 pointés sur 11".
func groupTally(g group) string {
	expected, pointed := 0, 0
	for i := range g.Rows {
		if g.Rows[i].Expected() {
			expected++
			if g.Rows[i].Came != attendance.Unpointed {
				pointed++
			}
		}
	}
	return ui.Count(pointed, "pointé", "pointés") + " sur " + ui.Number(expected)
}

// ratioText says how many adults the children present need, and how many there are.
func (v *rollView) ratioText() (text string, short bool) {
	there := ui.Count(v.Tally.Under6+v.Tally.Over6, "enfant présent", "enfants présents")
	if v.Tally.Under6 > 0 && v.Tally.Over6 > 0 {
		there += ", dont " + ui.Number(v.Tally.Under6) + " de moins de 6 ans"
	}
	if v.Roll.Ratio == (attendance.Ratio{}) {
		return there + ". Aucun taux d’encadrement n’est fixé pour cette activité.", false
	}
	need := v.Roll.Ratio.Adults(v.Tally.Under6, v.Tally.Over6)
	text = there + " : il faut " + ui.Count(need, "adulte", "adultes") + "."
	if !v.Roll.Staffed {
		return text + " Indiquez combien sont là.", need > 0
	}
	text += " " + ui.Count(v.Roll.Adults, "adulte là", "adultes là")
	if short = v.Roll.Adults < need; short {
		text += " : il en manque " + ui.Number(need-v.Roll.Adults)
	}
	return text + ".", short
}

// rule says where the number comes from.
func (v *rollView) rule() string {
	if v.Roll.Ratio == (attendance.Ratio{}) {
		return ""
	}
	return "1 adulte pour " + ui.Number(v.Roll.Ratio.Under6) + " enfants de moins de 6 ans, 1 pour " + ui.Number(v.Roll.Ratio.Over6) + " de 6 ans et plus (" + regimeName(v.Roll.Regime) + ")."
}

func regimeName(r attendance.Regime) string {
	switch r {
	case attendance.SchoolTime:
		return "périscolaire, sans PEDT"
	case attendance.SchoolTimePEDT:
		return "périscolaire, avec PEDT"
	case attendance.HolidayTime:
		return "vacances"
	case attendance.TownRatio:
		return "règle de la ville"
	}
	return "aucun taux"
}

// left is how many children of the page nothing is said of.
func (v *rollView) left() (n int) {
	for _, g := range v.Groups {
		for i := range g.Rows {
			if g.Rows[i].Expected() && g.Rows[i].Came == attendance.Unpointed {
				n++
			}
		}
	}
	return n
}

// said is what was said of a child, in one line.
func (v *rollView) said(e attendance.Entry) string {
	return words.Solid(civil.TimeOf(e.At, v.Loc).French()) + " : " + came(e) + ", " + e.AgentName
}

// came says what an entry says.
func came(e attendance.Entry) string {
	switch {
	case e.Came == attendance.Absent:
		return "absent"
	case e.Came == attendance.Unpointed:
		return "pointage annulé"
	}
	text := "présent"
	if e.Arrived != nil {
		text += ", arrivé à " + words.Solid(e.Arrived.French())
	}
	if e.Departed != nil {
		text += ", parti à " + words.Solid(e.Departed.French())
	}
	if e.LatePickup {
		text += ", récupéré en retard"
	}
	return text
}

func clockValue(t *civil.TimeOfDay) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// closedText says who closed the roll-call.
func (v *rollView) closedText() string {
	k := v.Roll.Closing
	text := "Clos par " + k.ClosedByName + " le " + words.Solid(civil.ShortInstant(k.ClosedAt, v.Loc)) + "."
	if k.Unpointed > 0 {
		text += " " + ui.Count(int(k.Unpointed), "enfant attendu n’a pas été pointé : il sera facturé comme réservé.", "enfants attendus n’ont pas été pointés : ils seront facturés comme réservés.")
	}
	return text
}

// shell is the page a device opens without network: no name in it, the same for everybody.
func (p Pages) shell(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-cache")
	page := web.Frame(w, r, ui.Page{Title: "Pointage", Task: true, Flash: &ui.Flash{}})
	page.Flash = nil
	return web.Render(w, r, http.StatusOK, rollPage(page, rollView{Shell: true, Loc: web.Town(r).Loc}))
}

// address is that of the session; empty in the shell.
func (v *rollView) address() string {
	if v.Shell {
		return ""
	}
	return v.path()
}

// back leads to the sessions of the day.
func (v *rollView) back() string {
	if v.Shell {
		return home
	}
	return address(home, "jour", v.Day.String())
}

// adultsKnown is how many adults somebody said there are.
func (v *rollView) adultsKnown() string {
	if !v.Roll.Staffed {
		return ""
	}
	return ui.Number(v.Roll.Adults)
}

// most is the end of the bar of progress; a bar has one even where nobody is expected.
func (v *rollView) most() string { return ui.Number(max(1, v.Tally.Expected)) }

func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return ""
}

// summary is what stands on the line of a child that opens the rest.
func (v *rollView) summary(l row) string {
	switch {
	case l.Came == attendance.Unpointed:
		return "Consignes, horaires"
	case l.Arrived != nil || l.Departed != nil || l.LatePickup:
		return words.UpperFirst(strings.TrimPrefix(came(attendance.Entry{Came: l.Came, Arrived: l.Arrived, Departed: l.Departed, LatePickup: l.LatePickup}), "présent, "))
	}
	return "Noté à " + words.Solid(civil.TimeOf(l.At, v.Loc).French()) + " par " + l.By
}

func (v *rollView) leftText() string {
	if v.Shell {
		return ""
	}
	if n := v.left(); n > 0 {
		return ui.Count(n, "enfant à pointer", "enfants à pointer")
	}
	return "Tous les enfants attendus sont pointés"
}

func (v *rollView) keptText() string {
	if v.Shell || v.Class == "" {
		return ""
	}
	return v.Class
}
