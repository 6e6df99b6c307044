package pay

import (
	"context"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	facts "preau/internal/paybox"
	"preau/internal/payfip"
	"preau/internal/payment"
	"preau/internal/town"
	"preau/internal/web"
)

// callMost is more than any bank sends, in bytes.
const callMost = 16 << 10

// payboxNotice takes a call of Paybox, by GET or by POST. What it says is verified on the bytes as they came. It is answered 200 with nothing,
// whatever was said: only when we could not write it down is the bank to call again.
func (p Pages) payboxNotice(w http.ResponseWriter, r *http.Request) error {
	raw := []byte(r.URL.RawQuery)
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, callMost))
		if err != nil {
			return silent(w, http.StatusOK) // too long to be the bank, or cut on the way: it will call again
		}
		if len(body) > 0 {
			raw = body
		}
	}
	if r.Method == http.MethodHead || len(raw) == 0 {
		return silent(w, http.StatusOK)
	}
	t := web.Town(r)
	if err := hearPaybox(r.Context(), t, raw); err != nil {
		t.Log.ErrorContext(r.Context(), "a payment was not written down", "error", err)
		return silent(w, http.StatusServiceUnavailable)
	}
	return silent(w, http.StatusOK)
}

func hearPaybox(ctx context.Context, t *town.Town, raw []byte) error {
	keys, err := publicKeys(ctx, t)
	if err != nil {
		return err
	}
	signed, err := facts.Verify(raw, keys)
	if err != nil {
		if !strings.Contains(string(raw), "=") {
			return nil // whatever walks by
		}
		return strange(ctx, t, payment.Event{Bank: payment.Paybox, Kind: payment.BadSignature, Reference: said(raw, "reference"), Code: said(raw, "erreur")})
	}
	n, err := facts.ReadNotice(signed)
	if err != nil {
		return strange(ctx, t, payment.Event{Bank: payment.Paybox, Kind: payment.Unreadable, Detail: string(signed)})
	}
	return t.DB.Write(ctx, func(tx *db.Tx) error { return payment.Heard(ctx, tx, n, t.KeyFor(payment.ReferenceKey), t.Loc) })
}

func strange(ctx context.Context, t *town.Town, e payment.Event) error {
	return t.DB.Write(ctx, func(tx *db.Tx) error { return payment.Strange(ctx, tx, e) })
}

// publicKeys are those of the bank; none when no contract was settled, and then nothing is believed.
func publicKeys(ctx context.Context, t *town.Town) (keys []*rsa.PublicKey, err error) {
	err = t.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := payment.ContractsOf(ctx, tx)
		if err != nil {
			return err
		}
		keys, err = facts.ParseKeys(c.Paybox.PublicKeys)
		return err
	})
	return keys, err
}

// said reads a field of what nobody signed, for the journal.
func said(raw []byte, name string) string {
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return ""
	}
	return values.Get(name)
}

// payfipNotice takes a call of PayFiP: an identifier, which anybody could send. It only makes us ask.
func (p Pages) payfipNotice(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		return silent(w, http.StatusOK)
	}
	t := web.Town(r)
	_, err := p.learn(r.Context(), t, operationOf(w, r))
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Log.ErrorContext(r.Context(), "a payment was not written down", "error", err)
		return silent(w, http.StatusServiceUnavailable)
	}
	return silent(w, http.StatusOK)
}

// payfipReturn takes the browser back from PayFiP, by GET or by POST and without our cookie: it asks as the call does, and leads to the page
// of the payment, which says who may look.
//
// It is a GET that may write, and soundly: the browser brings an identifier and nothing that is believed; what is written is what PayFiP itself
// answers to our question, the same that the call or the next sweep would write; asked again, it says nothing new, and what is paid is not
// asked about. Whoever opens the address by mistake, or ten times, or a program that follows links, only makes us know sooner.
func (p Pages) payfipReturn(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	a, err := p.learn(r.Context(), t, operationOf(w, r))
	if fault.Is(err, fault.NotFound) {
		return web.Redirect(w, r, paymentsPath)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, paymentsPath+"/"+a.ID+"?retour=payfip")
}

// operationOf is the identifier that PayFiP gives back, in either case; empty when it is none.
func operationOf(w http.ResponseWriter, r *http.Request) string {
	r.Body = http.MaxBytesReader(w, r.Body, callMost)
	if err := r.ParseForm(); err != nil {
		return ""
	}
	for _, name := range []string{"idop", "idOp", "idOP", "IDOP"} {
		if id := r.Form.Get(name); payfip.ValidOperation(id) {
			return id
		}
	}
	return ""
}

// learn asks PayFiP what became of a payment, outside of any transaction, and writes it down. What is paid is not asked again.
func (p Pages) learn(ctx context.Context, t *town.Town, operation string) (a payment.Attempt, err error) {
	if operation == "" {
		return a, fault.NotFoundf("Ce paiement n’existe pas.")
	}
	var c payment.Contracts
	err = t.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = payment.ByOperation(ctx, tx, operation); err != nil {
			return err
		}
		c, err = payment.ContractsOf(ctx, tx)
		return err
	})
	if err != nil || a.State == payment.Paid {
		return a, err
	}
	answer, asked := p.banksOf(t).payfip.Payment(ctx, c.PayFiP.Base, operation)
	if asked != nil && errors.Is(ctx.Err(), context.Canceled) {
		return a, nil // who asked has left; it will be asked again
	}
	err = t.DB.Write(ctx, func(tx *db.Tx) error {
		a, err = payment.Learnt(ctx, tx, a.ID, answer, asked, t.Loc)
		return err
	})
	return a, err
}
