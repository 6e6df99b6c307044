package booking

import (
	"context"
	"errors"
	"time"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
)

// TellPromotion is the kind of the job that tells a household about its place on a waiting list: booked, offered, or an offer
// that passed. Its payload is a PromotionPayload.
const TellPromotion = "booking.tell-promotion"

// PromotionPayload names the booking and what happened to it.
type PromotionPayload struct {
	BookingID string `json:"booking"`
	What      string `json:"what"` // "booked", "offered" or "expired"
}

// Offered is the result of a promotion that keeps a place until the family answers; Refusal.At is until when.
const Offered Result = "offered"

// ExpireOffer is the kind of the job that takes an unanswered offer back; its payload is an ExpirePayload.
const ExpireOffer = "booking.expire-offer"

// ExpirePayload names the booking whose offer ends.
type ExpirePayload struct {
	BookingID string `json:"booking"`
}

// promoteFreed gives each freed place to the first who waits for it.
func promoteFreed(ctx context.Context, tx *db.Tx, freed []*Line, loc *time.Location) error {
	seen := map[SeatKey]bool{}
	for _, l := range freed {
		key := SeatKey{ActivityID: l.ActivityID, SiteID: l.SiteID, OptionID: l.OptionID, Day: l.Day}
		if seen[key] {
			continue
		}
		seen[key] = true
		if err := Promote(ctx, tx, key, loc); err != nil {
			return err
		}
	}
	return nil
}

// Promote fills the free places of one option of one day from its waiting list, in the order of the activity, as far as the
// rules let it: booked at once, or offered until an instant. A child who may no longer come (moved, overlapping hours, custody)
// is passed over and keeps the place in the queue.
func Promote(ctx context.Context, tx *db.Tx, key SeatKey, loc *time.Location) error {
	queue, err := waitingLines(ctx, tx, key)
	if err != nil || len(queue) == 0 {
		return err
	}
	for i := range queue {
		full, err := promoteOne(ctx, tx, &queue[i], loc)
		if err != nil {
			return err
		}
		if full {
			return nil
		}
	}
	return nil
}

// rankPoints is what a booking weighs in its queue: the points of the enrolment where the activity orders by points, else
// nothing, and the date alone counts.
func rankPoints(booking, activity string) string {
	return `CASE WHEN ` + activity + `.waiting_order = 'points' THEN ` + booking + `.points ELSE 0 END`
}

// waitingLines is the waiting list of one option of one day, first in order first.
func waitingLines(ctx context.Context, tx *db.Tx, key SeatKey) ([]Line, error) {
	return db.All(ctx, tx, `SELECT `+lineColumns+` FROM bookings b JOIN activities a ON a.id = b.activity_id
		WHERE b.activity_id = $1 AND b.site_id = $2 AND b.option_id = $3 AND b.day = $4 AND b.state = 'waiting'
		ORDER BY `+rankPoints("b", "a")+` DESC, b.made_at, b.id`, scanLine, key.ActivityID, key.SiteID, key.OptionID, key.Day)
}

// promoteOne tries the place for one family. full: there is no place left, or the time for it has passed, so nobody after has one.
func promoteOne(ctx context.Context, tx *db.Tx, l *Line, loc *time.Location) (full bool, err error) {
	b, err := openForAgent(ctx, tx, l.EnrolmentID, l.HouseholdID, civil.Range{From: l.Day, To: l.Day}, loc)
	if err != nil {
		return false, err
	}
	o, ok := b.Activity.OptionByID(l.OptionID)
	if !ok {
		return true, nil
	}
	f := b.Facts(l.Day, o)
	if len(f.Seats) == 0 || f.Seats[0].Free() <= 0 {
		return true, nil
	}
	result, until := Promotion(f, tx.Now)
	if result == Refused {
		return true, nil
	}
	f.Live = nil
	if v := DecideAdd(f, tx.Now, Override{Deadline: true}); v.Result != Booked && v.Result != Pending {
		return false, nil
	}
	if b.Activity.Instruction {
		return b.submitToAgent(ctx, tx, l, f.Seats[0].Free())
	}
	return false, b.promote(ctx, tx, l, result, until)
}

// submitToAgent hands the first of the waiting list to the agents, where they decide each booking: one a free place, since what
// awaits instruction takes none.
func (b *Board) submitToAgent(ctx context.Context, tx *db.Tx, l *Line, free int64) (full bool, err error) {
	var pending int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM bookings WHERE activity_id = $1 AND site_id = $2 AND option_id = $3 AND day = $4 AND state = 'pending'`,
		l.ActivityID, l.SiteID, l.OptionID, l.Day).Scan(&pending); err != nil {
		return false, err
	}
	if pending >= free {
		return true, nil
	}
	o := b.act(l, Pending)
	changes := newBatch(actorPromotion, o.SubmissionID)
	changes.move(l, StatePending)
	changes.reasons[l.ID] = reasonWaiting
	if err := storeAct(ctx, tx, o, actorPromotion, l, changes); err != nil {
		return false, err
	}
	return false, job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID})
}

// The actors and reasons of what happens by itself.
const (
	actorPromotion = "job:promotion"
	actorOffer     = "job:offer"
	reasonWaiting  = "liste d’attente"
	reasonExpired  = "proposition sans réponse"
	reasonDeclined = "proposition déclinée"
)

func (b *Board) promote(ctx context.Context, tx *db.Tx, l *Line, result Result, until civil.Instant) error {
	what, state := "booked", StateBooked
	if result != Booked {
		what, state, result = "offered", StateOffered, Offered
		if err := job.Queue(ctx, tx, ExpireOffer, ExpirePayload{l.ID}, job.At(until.Add(time.Second)), job.Key("offer:"+l.ID+":"+until.String())); err != nil {
			return err
		}
	}
	o := b.act(l, result)
	changes := newBatch(actorPromotion, o.SubmissionID)
	changes.move(l, state)
	changes.reasons[l.ID] = reasonWaiting
	if state == StateOffered {
		changes.offeredUntil[l.ID] = until
		o.Decisions[0].Refusal.At = until
	}
	b.seats.take(l)
	if err := storeAct(ctx, tx, o, actorPromotion, l, changes); err != nil {
		return err
	}
	if err := b.seats.flush(ctx, tx); err != nil {
		return err
	}
	return job.Queue(ctx, tx, TellPromotion, PromotionPayload{l.ID, what})
}

// act is the outcome of what happens to one booking, outside of any request: it is kept with the requests, so that the family's
// history misses nothing.
func (b *Board) act(l *Line, result Result) Outcome {
	d := Decision{Change: Change{EnrolmentID: l.EnrolmentID, Day: l.Day, Add: result != Cancelled}, Verdict: Verdict{Result: result}, BookingID: l.ID,
		Child: b.Child.FirstName, ChildID: b.Child.ID, Activity: b.Activity.Name, ActivityID: b.Activity.ID, Site: b.Site.Name,
		Noun: b.Activity.Noun, Plural: b.Activity.NounPlural, Was: l.State}
	if o, ok := b.Activity.OptionByID(l.OptionID); ok {
		d.Option, d.OptionName = o.Code, o.Name
	}
	if price, ok := b.Price(l.Day, l.OptionID); ok {
		d.Priced, d.Cents, d.Why = true, price.Cents, price.Explanation
	}
	return Outcome{SubmissionID: db.NewID(), EnrolmentID: l.EnrolmentID, Decisions: []Decision{d}, Written: true}
}

// storeAct writes an act with the changes it made.
func storeAct(ctx context.Context, tx *db.Tx, o Outcome, actor string, l *Line, changes *batch) error {
	if err := storeOutcome(ctx, tx, o, actor, l.HouseholdID); err != nil {
		return err
	}
	return changes.write(ctx, tx)
}

// AnswerOffer accepts or declines a place that was offered. Errors: fault.NotFound for another family's, fault.Refused when the
// offer has passed, fault.Conflict when it was already answered.
func AnswerOffer(ctx context.Context, tx *db.Tx, who household.Guardian, bookingID string, accept bool, loc *time.Location) (Line, error) {
	l, err := LineByID(ctx, tx, bookingID)
	if errors.Is(err, db.ErrNoRows) || (err == nil && l.HouseholdID != who.HouseholdID) {
		return l, fault.NotFoundf("Cette proposition n’existe pas.")
	}
	if err != nil {
		return l, err
	}
	if !who.MayAt(l.SiteID) {
		return l, notHere()
	}
	if l.State != StateOffered {
		return l, fault.Conflictf("Cette proposition a déjà reçu une réponse, ou son délai est passé.")
	}
	if accept && late(tx.Now, l.OfferedUntil) {
		return l, fault.Refusedf("Le délai pour accepter est passé depuis le %s.", civil.FrenchInstant(l.OfferedUntil, loc))
	}
	b, err := openForAgent(ctx, tx, l.EnrolmentID, l.HouseholdID, civil.Range{From: l.Day, To: l.Day}, loc)
	if err != nil {
		return l, err
	}
	act, result, state := "booking.decline-offer", Cancelled, StateCancelled
	if accept {
		act, result, state = "booking.accept-offer", Booked, StateBooked
	}
	o := b.act(&l, result)
	o.By, o.Agent = who.ActorName(), who.Counter != nil
	changes := newBatch(who.Actor(), o.SubmissionID)
	changes.move(&l, state)
	if !accept {
		changes.reasons[l.ID] = reasonDeclined
	}
	if err := storeAct(ctx, tx, o, who.Actor(), &l, changes); err != nil {
		return l, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.ActorName(), Act: act, Subject: "booking:" + l.ID, Household: l.HouseholdID,
		Detail: map[string]string{"day": l.Day.String()}}); err != nil {
		return l, err
	}
	if err := job.Queue(ctx, tx, TellFamily, TellPayload{o.SubmissionID}); err != nil || accept {
		return l, err
	}
	return l, freePlace(ctx, tx, &l, loc)
}

// freePlace gives back the place of a booking that no longer takes one, and passes it on.
func freePlace(ctx context.Context, tx *db.Tx, l *Line, loc *time.Location) error {
	book, err := seatsFor(ctx, tx, l)
	if err != nil {
		return err
	}
	book.release(l)
	if err := book.flush(ctx, tx); err != nil {
		return err
	}
	return promoteFreed(ctx, tx, []*Line{l}, loc)
}

// EndOffer takes back an offer that nobody answered in time, tells the family, and offers the place to the next. An offer that
// was answered, or renewed until later, is left alone.
func EndOffer(ctx context.Context, tx *db.Tx, bookingID string, loc *time.Location) error {
	l, err := LineByID(ctx, tx, bookingID)
	if err != nil {
		return err
	}
	if l.State != StateOffered || !late(tx.Now, l.OfferedUntil) {
		return nil
	}
	b, err := openForAgent(ctx, tx, l.EnrolmentID, l.HouseholdID, civil.Range{From: l.Day, To: l.Day}, loc)
	if err != nil {
		return err
	}
	o := b.act(&l, Cancelled)
	o.Reason = reasonExpired
	changes := newBatch(actorOffer, o.SubmissionID)
	changes.move(&l, StateCancelled)
	changes.reasons[l.ID] = reasonExpired
	if err := storeAct(ctx, tx, o, actorOffer, &l, changes); err != nil {
		return err
	}
	if err := job.Queue(ctx, tx, TellPromotion, PromotionPayload{l.ID, "expired"}); err != nil {
		return err
	}
	return freePlace(ctx, tx, &l, loc)
}

// LineByID finds a booking, whatever its state; db.ErrNoRows when there is none.
func LineByID(ctx context.Context, tx *db.Tx, id string) (Line, error) {
	return db.One(ctx, tx, `SELECT `+lineColumns+` FROM bookings b WHERE b.id = $1`, scanLine, id)
}

// before tells in SQL that the waiting booking o is not after b in the queue of activity a: counting them gives the rank of b.
var before = `(` + rankPoints("o", "a") + ` > ` + rankPoints("b", "a") + ` OR (` + rankPoints("o", "a") + ` = ` + rankPoints("b", "a") +
	` AND (o.made_at < b.made_at OR (o.made_at = b.made_at AND o.id <= b.id))))`

// Ranks gives the rank, from 1, of each waiting booking of a child over a span of days.
func Ranks(ctx context.Context, tx *db.Tx, childID string, span civil.Range) (map[string]int64, error) {
	type rank struct {
		id string
		n  int64
	}
	list, err := db.All(ctx, tx, `SELECT b.id, count(o.id) FROM bookings b JOIN bookings o ON o.activity_id = b.activity_id AND o.site_id = b.site_id
			AND o.option_id = b.option_id AND o.day = b.day AND o.state = 'waiting' JOIN activities a ON a.id = b.activity_id
			AND `+before+`
		WHERE b.child_id = $1 AND b.day >= $2 AND b.day <= $3 AND b.state = 'waiting' GROUP BY b.id`,
		func(s db.Scanner) (r rank, err error) { return r, s.Scan(&r.id, &r.n) }, childID, span.From, span.To)
	out := make(map[string]int64, len(list))
	for _, r := range list {
		out[r.id] = r.n
	}
	return out, err
}

// Offers lists the places offered to a household and not yet answered, the first to end first.
func Offers(ctx context.Context, tx *db.Tx, who household.Guardian) ([]Line, error) {
	return db.All(ctx, tx, `SELECT `+lineColumns+` FROM bookings b WHERE b.household_id = $1 AND b.state = 'offered' AND b.day >= $2 ORDER BY b.offered_until, b.id`,
		scanLine, who.HouseholdID, civil.DateOf(tx.Now, time.UTC).AddDays(-1))
}
