package rollcall

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"preau/internal/activity"
	"preau/internal/attendance"
	"preau/internal/audit"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/sheet"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const kitchenPath = "/bureau/cuisine"

func (p Pages) kitchenRoutes(s *web.Server) {
	s.Handle("GET "+kitchenPath, p.Door.Office(staff.Lists, p.kitchen))
	s.Handle("GET "+kitchenPath+"/reglages", p.Door.Office(staff.Settings, p.kitchenMail))
	s.Handle("POST "+kitchenPath+"/reglages", p.Door.Office(staff.Settings, p.saveKitchenMail))
}

// kitchenView is how many meals are made on a day.
type kitchenView struct {
	Day, Previous, Next civil.Date
	Form                *web.Form
	Days                []attendance.KitchenDay
	Settings            bool
	Now                 string
	Loc                 func(civil.Instant) string
}

func (p Pages) kitchen(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	v := kitchenView{Day: q.Date("jour"), Form: q, Settings: who.May(staff.Settings, "")}
	v.Loc = func(i civil.Instant) string { return words.Solid(civil.FrenchInstant(i, t.Loc)) }
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Now = v.Loc(tx.Now)
		if v.Day.IsZero() {
			v.Day = civil.DateOf(tx.Now, t.Loc)
		}
		v.Days, err = attendance.ReadKitchen(r.Context(), tx, func(site string) bool { return who.May(staff.Lists, site) }, v.Day, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	v.Previous, v.Next = v.Day.AddDays(-1), v.Day.AddDays(1)
	if q.Raw("format") == "csv" && q.Err() == nil {
		return v.download(w)
	}
	status := http.StatusOK
	if q.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, kitchenPage(signin.OfficePage(w, r, "Cuisine, "+v.Day.Long(), kitchenPath, who), v))
}

// download sends the counts as a spreadsheet, a line a site and moment.
func (v kitchenView) download(w http.ResponseWriter) error {
	head := []string{"Jour", "Établissement", "Moment"}
	for _, menu := range household.Menus {
		head = append(head, words.Menu(menu))
	}
	rows := [][]string{append(head, "Total", "À préparer")}
	for _, d := range v.Days {
		for _, m := range []struct {
			when  string
			meals attendance.Meals
		}{{orderedWord(d), d.Ordered}, {"Final", d.Final}} {
			row := []string{v.Day.Numeric(), d.Site.Name, m.when}
			for _, menu := range household.Menus {
				row = append(row, strconv.FormatInt(m.meals.Menus[menu], 10))
			}
			rows = append(rows, append(row, strconv.FormatInt(m.meals.Total, 10), strconv.FormatInt(m.meals.Cooked(), 10)))
		}
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, rows); err != nil {
		return err
	}
	return web.Download(w, sheet.ContentType, "cuisine-"+v.Day.String()+".csv", b.Bytes())
}

// orderedWord says of when the first count is.
func orderedWord(d attendance.KitchenDay) string {
	if d.Passed {
		return "À la limite"
	}
	return "À cette heure"
}

// sums adds the sites up.
func (v kitchenView) sums(final bool) (sum attendance.Meals) {
	sum.Menus = map[string]int64{}
	for _, d := range v.Days {
		m := d.Ordered
		if final {
			m = d.Final
		}
		sum.Total += m.Total
		for menu, n := range m.Menus {
			sum.Menus[menu] += n
		}
	}
	return sum
}

func meals(n int64) string { return ui.Number(int(n)) }

// pointedText says how far the roll-call of a site is.
func pointedText(d attendance.KitchenDay) string {
	text := ui.Number(int(d.Pointed)) + " pointés sur " + ui.Number(int(d.Expected))
	if d.Announced > 0 {
		text += ", " + ui.Count(int(d.Announced), "absence signalée trop tard, non déduite", "absences signalées trop tard, non déduites")
	}
	return text
}

func menuColumns(first string) []ui.Column {
	list := []ui.Column{{Label: first}}
	for _, menu := range household.Menus {
		list = append(list, ui.Column{Label: words.Menu(menu), Num: true})
	}
	return append(list, ui.Column{Label: "À préparer", Num: true})
}

// mailView is when the kitchens are written to.
type mailView struct {
	Sites []*activity.Site
	Mail  attendance.KitchenMail
	Form  *web.Form
}

func (v *mailView) load(r *http.Request, tx *db.Tx) error {
	c, err := activity.Load(r.Context(), tx)
	if err != nil {
		return err
	}
	v.Mail, err = attendance.KitchenMailOf(r.Context(), tx)
	for _, s := range c.Sites {
		eats := slices.ContainsFunc(c.Activities, func(a *activity.Activity) bool {
			return !a.Archived && a.OfferedAt(s.ID) && slices.ContainsFunc(a.LiveOptions(), booking.ServesMeal)
		})
		if eats && !s.Archived {
			v.Sites = append(v.Sites, s)
		}
	}
	return err
}

func (p Pages) kitchenMail(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	var v mailView
	if err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r, tx) }); err != nil {
		return err
	}
	return showMail(w, r, who, http.StatusOK, v)
}

func showMail(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v mailView) error {
	page := signin.OfficePage(w, r, "E-mail aux cuisines", kitchenPath, who)
	page.Crumbs = []ui.Link{{Href: kitchenPath, Label: "Cuisine"}, {Label: "E-mail aux cuisines"}}
	return web.Render(w, r, status, mailPage(page, v))
}

func (p Pages) saveKitchenMail(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	v := mailView{Form: f}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := v.load(r, tx); err != nil {
			return err
		}
		before := v.Mail
		v.Mail = attendance.KitchenMail{On: f.Yes("envoyer"), Recipients: map[string][]string{}}
		hour, ok := f.Int("heure", 0, 23)
		if !ok {
			f.Fail("heure", "Choisissez une heure de 0 à 23.")
		}
		v.Mail.Hour = hour
		for _, s := range v.Sites {
			list := strings.FieldsFunc(f.Text("cuisine-"+s.ID, 400), func(c rune) bool { return c == ',' || c == ';' || c == ' ' })
			if len(list) > 0 {
				v.Mail.Recipients[s.ID] = list
			}
		}
		if f.Err() != nil {
			return nil
		}
		if err := attendance.SaveKitchenMail(r.Context(), tx, v.Mail); f.Blame(err) {
			return nil
		} else if err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "settings.change", Subject: "attendance.kitchen",
			Detail: map[string]any{"before": before, "after": v.Mail}})
	})
	if err != nil {
		return err
	}
	if f.Err() != nil {
		return showMail(w, r, who, http.StatusUnprocessableEntity, v)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’envoi aux cuisines est enregistré"})
	return web.Redirect(w, r, kitchenPath+"/reglages")
}

func hourOptions() (list []ui.Option) {
	for h := range 24 {
		list = append(list, ui.Option{Value: strconv.Itoa(h), Label: strconv.Itoa(h) + "\u00a0h"})
	}
	return list
}
