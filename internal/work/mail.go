// Package work is what the town does after the page is answered: one file per kind of job.
package work

import (
	"context"
	"slices"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/job"
	"preau/internal/mail"
	"preau/internal/notify"
	"preau/internal/town"
	"preau/internal/work/layout"
)

// Mail sends one message of package notify (jobs of notify.JobKind) in the town's layout. A message that was sent is not sent
// again: the date is written after sending, and the Message-ID is the message's own, so that the rare one sent twice because the
// process died in between is seen as one.
func Mail(t *town.Town) job.Handler {
	return job.Handle(func(ctx context.Context, j notify.Job) error {
		var m notify.Stored
		var p town.Profile
		err := t.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if m, err = notify.Outgoing(ctx, tx, j.Message); err != nil {
				return err
			}
			p, err = t.Profile(ctx, tx)
			return err
		})
		if fault.Is(err, fault.NotFound) || err == nil && !m.SentAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		out, err := compose(ctx, t, p, m)
		if err != nil {
			return job.Permanent(err)
		}
		if err := t.Mail.Send(ctx, out); err != nil {
			if mail.IsPermanent(err) {
				return job.Permanent(err)
			}
			return err
		}
		return t.DB.Write(ctx, func(tx *db.Tx) error { return notify.Sent(ctx, tx, m) })
	})
}

// compose lays a message out; what may be muted says where.
func compose(ctx context.Context, t *town.Town, p town.Profile, m notify.Stored) (mail.Message, error) {
	l := layout.Letter{Town: p.Name, Portal: p.Portal, Colour: p.Accent, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Home: t.BaseURL, Demo: t.Demo}
	if s := p.First(); s.Title != "" {
		l.Service = strings.Join(slices.DeleteFunc([]string{s.Title, s.Phone, s.Email}, func(v string) bool { return v == "" }), ", ")
	}
	if m.Topic.Mutable() && m.AccountID != "" {
		l.Preferences = t.BaseURL + m.Topic.Preferences()
	}
	if m.Topic.Periodic() && m.AccountID != "" {
		l.Unsubscribe = t.BaseURL + "/desabonnement/" + t.Ticket(notify.UnsubscribeTicket, m.AccountID, string(m.Topic))
	}
	page, err := layout.HTML(ctx, l)
	if err != nil {
		return mail.Message{}, err
	}
	return mail.Message{
		ID: m.ID, To: m.Address, Subject: p.Name + " – " + m.Subject, Text: layout.Text(l), HTML: page, Kind: string(m.Topic),
		Unsubscribe: l.Unsubscribe,
	}, nil
}
