package office

import (
	"context"
	"time"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/staff"
	"preau/internal/web/ui"
)

// How much of each list the first page shows.
const (
	fewRequests = 5
	fewQueues   = 3
	deadShown   = 20
	soon        = 7 // days ahead for which a closure is still said
)

// alerts gathers what the agent should know first, the most pressing above.
func (v *todayView) alerts(ctx context.Context, tx *db.Tx, who staff.Agent, loc *time.Location) error {
	today := civil.DateOf(tx.Now, loc)
	if who.May(staff.Settings, "") {
		if err := v.deadAlert(ctx, tx, loc); err != nil {
			return err
		}
	}
	if v.Instructs {
		if err := v.requestAlert(ctx, tx, who, today, loc); err != nil {
			return err
		}
	}
	if who.May(staff.Lists, "") {
		if err := v.queueAlerts(ctx, tx, who, today); err != nil {
			return err
		}
	}
	if !v.MayClose {
		return nil
	}
	closures, err := booking.Closures(ctx, tx, who, closuresShown)
	for _, k := range closures {
		if !k.Settled || (k.UndoneAt.IsZero() && k.Freed > 0 && !k.To.Before(today) && !k.From.After(today.AddDays(soon))) {
			v.Alerts = append(v.Alerts, closureAlert(k))
		}
	}
	return err
}

func (v *todayView) requestAlert(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date, loc *time.Location) error {
	list, err := booking.PendingList(ctx, tx, who)
	if err != nil || len(list) == 0 {
		return err
	}
	v.Waiting = int64(len(list))
	v.Requests = requestLines(list, loc)[:min(len(list), fewRequests)]
	first := list[0].Line.Day
	a := alert{Icon: "hourglass", Strong: many(v.Waiting, "demande attend", "demandes attendent"), Href: requestsPath, Label: "Les traiter"}
	switch {
	case first.Before(today):
		a.Bad, a.Icon, a.Text = true, "triangle-alert", "une réponse, et le jour de la première est passé\u00a0: "+solid(first.WeekdayDayMonth())+"."
	case !first.After(today.AddDays(1)):
		a.Bad, a.Icon, a.Text = true, "triangle-alert", "une réponse, la première pour "+when(first, today)+"."
	default:
		a.Text = "une réponse, la première pour le " + solid(first.WeekdayDayMonth()) + "."
	}
	v.Alerts = append(v.Alerts, a)
	return nil
}

// when is "aujourd’hui" or "demain".
func when(d, today civil.Date) string {
	if d == today {
		return "aujourd’hui"
	}
	return "demain"
}

func (v *todayView) queueAlerts(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date) error {
	queues, err := booking.Queues(ctx, tx, who, today)
	for i, q := range queues {
		if i == fewQueues {
			rest := int64(len(queues) - fewQueues)
			v.Alerts = append(v.Alerts, alert{Icon: "list-ordered", Strong: many(rest, "autre journée", "autres journées"), Text: "avec une liste d’attente.",
				Href: requestsPath + "?vue=attente", Label: "Les voir toutes"})
			break
		}
		v.Alerts = append(v.Alerts, queueAlert(q))
	}
	return err
}

func queueAlert(q booking.Queue) alert {
	text := "\u00a0: " + many(q.Booked, "place prise", "places prises")
	if q.Places != nil {
		text += " sur " + ui.Number(int(*q.Places))
	}
	if q.Waiting > 0 {
		text += ", " + many(q.Waiting, "enfant en attente", "enfants en attente")
	}
	if q.Offered > 0 {
		text += ", " + many(q.Offered, "place proposée", "places proposées") + " à une famille"
	}
	return alert{Icon: "list-ordered", Strong: queueName(q) + ", " + solid(q.Day.ShortNoYear()) + ", " + lowered(q.Site.Name), Text: text + ".",
		Href: sheetAddress(q.Activity, q.Site, q.Day) + "#attente", Label: "Voir la liste d’attente"}
}

// queueName is the activity, and the option when there are several.
func queueName(q booking.Queue) string {
	if len(q.Activity.LiveOptions()) > 1 {
		return q.Activity.Name + " (" + lowered(q.Option.Name) + ")"
	}
	return q.Activity.Name
}

func closureAlert(k booking.ClosureView) alert {
	a := alert{Icon: "door-closed", Strong: k.Reason + ", " + closureDays(k.Closure.From, k.Closure.To), Href: closuresPath + "/" + k.ID, Label: "Voir la fermeture"}
	switch {
	case !k.Settled && !k.UndoneAt.IsZero():
		a.Text, a.Label = "\u00a0: annulée, "+many(k.Left, "réservation encore à rétablir.", "réservations encore à rétablir."), "Suivre"
	case !k.Settled:
		a.Text, a.Label = "\u00a0: "+many(k.Left, "réservation encore à libérer.", "réservations encore à libérer."), "Suivre"
	default:
		a.Text = "\u00a0: " + many(k.Freed, "réservation annulée", "réservations annulées") + ", " + many(k.Households, "famille prévenue.", "familles prévenues.")
	}
	return a
}

// jobNames says in French what a task does; one that is not here is shown by its kind.
var jobNames = map[string]string{
	booking.TellFamily:       "Prévenir une famille d’un changement de réservation",
	booking.TellPromotion:    "Prévenir une famille d’une place de la liste d’attente",
	booking.TellClosure:      "Prévenir une famille d’une fermeture",
	booking.TellCustody:      "Prévenir un foyer d’un changement de garde",
	booking.SettleClosure:    "Libérer ou rétablir les réservations d’une fermeture",
	household.SettleRollover: "Passer les enfants dans l’année suivante, ou revenir en arrière",
	booking.ExpireOffer:      "Reprendre une place proposée sans réponse",
	notify.JobKind:           "Envoyer un e-mail",
}

func (v *todayView) deadAlert(ctx context.Context, tx *db.Tx, loc *time.Location) error {
	n, err := job.Count(ctx, tx, job.Dead)
	if err != nil || n == 0 {
		return err
	}
	rows, err := job.List(ctx, tx, job.Dead, deadShown)
	for _, row := range rows {
		what, ok := jobNames[row.Kind]
		if !ok {
			what = row.Kind
		}
		v.DeadJobs = append(v.DeadJobs, deadJob{ID: row.ID, What: what, Since: civil.ShortInstant(row.FinishedAt, loc), Error: row.LastError})
	}
	v.Alerts = append(v.Alerts, alert{Bad: true, Icon: "triangle-alert", Strong: many(n, "tâche a échoué", "tâches ont échoué"),
		Text: "après plusieurs essais et " + map[bool]string{true: "ne sera", false: "ne seront"}[n == 1] + " plus tentée" + map[bool]string{true: "", false: "s"}[n == 1] + ".", Href: "#taches", Label: "Voir lesquelles"})
	return err
}

// menuCounts lists menus with their number, in the order of the forms, leaving out those nobody has.
func menuCounts(count func(menu string) int64) []menuCount {
	var out []menuCount
	for _, m := range menus {
		if n := count(m); n > 0 {
			out = append(out, menuCount{Menu: m, N: n})
		}
	}
	return out
}
