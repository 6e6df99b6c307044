package family

import (
	"context"
	"net/http"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const offersPath = "/espace/propositions"

// answeredFor is how long an offer that is over stays on the page.
const answeredFor = 30 * 24 * time.Hour

func (p Pages) offerRoutes(s *web.Server) {
	s.Handle("GET /espace/propositions", p.Door.Counter(p.offers))
	s.Handle("POST /espace/propositions/{booking}", p.Door.Counter(p.answerOffer))
}

// offersPage is the places offered, then what is still waited for, then what became of earlier offers.
type offersPage struct {
	ui.Page
	Problem  string
	Offers   []offerView
	Waiting  []wishLine
	Pending  []wishLine
	Answered []wishLine
}

// offerView is one place offered.
type offerView struct {
	ID, Icon         string
	Child, Day, What string
	Hours, Site      string
	Until            string
	Price, After     string // what it costs, and until when it can be cancelled once accepted
	Passed           bool   // the time to answer is over, and the place goes on
}

func (p Pages) offers(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showOffers(w, r, who, http.StatusOK, "")
}

func (p Pages) showOffers(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, problem string) error {
	t := web.Town(r)
	page := offersPage{Problem: problem}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return page.read(r.Context(), tx, who, t.Loc) })
	if err != nil {
		return err
	}
	page.Page = p.frame(w, r, "Propositions", offersPath, who.Name())
	return web.Render(w, r, status, offersView(page))
}

func (page *offersPage) read(ctx context.Context, tx *db.Tx, who household.Guardian, loc *time.Location) error {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return err
	}
	s := newScene(tx.Now, loc)
	wishes, err := booking.Wishes(ctx, tx, who, c, s.today, loc)
	if err != nil {
		return err
	}
	s.rank(wishes)
	standing, err := household.StandingOf(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for i := range wishes {
		switch q := &wishes[i]; q.State {
		case booking.StateOffered:
			page.Offers = append(page.Offers, s.offer(q, price(c, q, standing)))
		case booking.StatePending:
			page.Pending = append(page.Pending, s.wishLine(q))
		default:
			page.Waiting = append(page.Waiting, s.wishLine(q))
		}
	}
	past, err := booking.PastOffers(ctx, tx, who, c, tx.Now.Add(-answeredFor))
	for i := range past {
		page.Answered = append(page.Answered, s.answered(&past[i]))
	}
	return err
}

// price is what a place would cost the household, "" when no price is set.
func price(c *activity.Catalogue, p *booking.PlanLine, s household.Standing) string {
	facts := s.PriceFacts(p.ChildID, p.Day)
	facts.AgeGroup = p.AgeGroup
	found, ok := c.Price(p.ActivityID, p.OptionID, p.Day, facts)
	if !ok {
		return ""
	}
	return found.Cents.String()
}

func (s *scene) offer(p *booking.PlanLine, price string) offerView {
	out := offerView{ID: p.ID, Icon: kindIcon(p.Activity.Kind), Child: p.Child, Day: p.Day.Long(), What: lineName(p), Site: p.Site.Name,
		Hours: p.Option.Starts.French() + " – " + p.Option.Ends.French(), Price: price,
		Until: civil.FrenchInstant(p.OfferedUntil, s.loc), Passed: !s.open(p.OfferedUntil)}
	switch {
	case p.Until.IsZero() || !s.open(p.Until):
		out.After = "Une fois acceptée, elle ne pourra plus être annulée : elle sera facturée."
	default:
		out.After = "Une fois acceptée, elle reste annulable jusqu’au " + civil.FrenchInstant(p.Until, s.loc) + "."
	}
	return out
}

// answered says what became of an offer.
func (s *scene) answered(a *booking.Answered) wishLine {
	when := civil.FrenchInstant(a.At, s.loc)
	out := wishLine{Icon: "x", Day: a.Day.Short(), At: a.Day.String(), What: lineName(&a.PlanLine) + "\u00a0: " + a.Child, State: "déclinée", Note: "Le " + when + "."}
	switch {
	case a.Became == booking.StateBooked:
		out.Icon, out.State = "check", "acceptée"
	case a.Expired:
		out.Icon, out.State, out.Note = "timer", "passée sans réponse", "Le délai s’est terminé le "+when+" : la place est allée à la famille suivante. Vous pouvez revenir sur la liste depuis le calendrier."
	case a.Became == booking.StateClosed || a.Became == booking.StateWaiting:
		out.Icon, out.State, out.Note = "door-closed", "annulée par une fermeture", "Le "+when+"."
	}
	return out
}

// answerOffer accepts or declines one place. What is too late is said on the page itself.
func (p Pages) answerOffer(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	answer := f.One("reponse", "Choisissez d’accepter ou de décliner.", "accepter", "decliner")
	if err := f.Err(); err != nil {
		return err
	}
	accept := answer == "accepter"
	t := web.Town(r)
	var line booking.Line
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		line, err = booking.AnswerOffer(r.Context(), tx, who, r.PathValue("booking"), accept, t.Loc)
		return err
	})
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Refused {
		return p.showOffers(w, r, who, http.StatusUnprocessableEntity, refusal.Message)
	} else if ok && refusal.Kind == fault.Conflict {
		return p.showOffers(w, r, who, http.StatusConflict, refusal.Message)
	}
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "Place acceptée pour le " + line.Day.WeekdayDayMonth(), Text: "Elle est réservée. Un e-mail le confirme."}
	if !accept {
		said = ui.Flash{Kind: ui.Plain, Title: "Place déclinée pour le " + line.Day.WeekdayDayMonth(), Text: "Elle est proposée à la famille suivante. Vous pouvez revenir sur la liste depuis le calendrier."}
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, offersPath)
}
