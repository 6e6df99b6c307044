package signin

import (
	"context"
	"net/http"

	"preau/internal/attendance"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/counter"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dossier"
	"preau/internal/payment"
	"preau/internal/request"
	"preau/internal/staff"
	"preau/internal/thread"
)

// Frame is what stands around every page of who is signed in, whatever the page: it is read with who is asking, in the same
// transaction, so that a page neither asks for it nor forgets it.
type Frame struct {
	Offers   int // a family: places of the waiting lists that wait for an answer
	Unread   int // a family: messages not read yet
	Threads  int // an agent: messages of families that wait for an answer
	Changes  int // an agent: changes of files that await a check at the agent's sites
	Papers   int // an agent: documents of families to check
	Absences int // an agent: certificates of absence to decide at the agent's sites
	Requests int // an agent: bookings that await an answer at the agent's sites
	Joins    int // an agent: requests to join or create a household that await the town
	Odd      int // an agent of the whole town who bills: what banks said that somebody is to look at
	// Visit is the visit of an agent who acts for the guardian, on the family's pages; the zero Visit for the guardian.
	Visit counter.Visit
}

type frameKey struct{}

// withFrame hands the frame to the pages of a request.
func withFrame(r *http.Request, f Frame) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), frameKey{}, f))
}

// FrameOf is the frame of a request that came through a door; the zero Frame of any other.
func FrameOf(r *http.Request) Frame {
	f, _ := r.Context().Value(frameKey{}).(Frame)
	return f
}

// officeFrame counts what waits for an agent, of what the agent may open.
func officeFrame(ctx context.Context, tx *db.Tx, who staff.Agent, today civil.Date) (f Frame, err error) {
	if who.May(staff.Instruct, "") {
		f.Requests, err = booking.PendingCount(ctx, tx, who)
		if err == nil {
			f.Changes, err = dossier.WaitingCount(ctx, tx, who, today)
		}
	}
	if err == nil && who.May(staff.Check, "") {
		var n int64
		n, err = document.CountWaiting(ctx, tx)
		f.Papers = int(n)
		if err == nil {
			n, err = attendance.CountClaims(ctx, tx, who)
			f.Absences = int(n)
		}
	}
	if err == nil && who.May(staff.Enrol, "") {
		f.Joins, err = request.CountOpen(ctx, tx)
	}
	if err == nil && who.MayEverywhere(staff.Bill) {
		f.Odd, err = payment.CountOdd(ctx, tx)
	}
	if err == nil {
		f.Threads, err = thread.WaitingCount(ctx, tx, who)
	}
	return f, err
}
