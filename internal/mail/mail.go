// Package mail sends a message: through the town's SMTP server, or to a list in memory that the demo and the tests read.
package mail

import (
	"context"
	"errors"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	"preau/internal/civil"
)

// Message is one e-mail to one address.
type Message struct {
	ID      string // ours; becomes the Message-ID, so that a message sent twice is seen as one
	To      string // a bare address
	Subject string // one line
	Text    string // always there
	HTML    string // the same said in HTML; may be empty
	// Unsubscribe is an address that stops such messages when it is posted to, without signing in (RFC 8058); empty: none.
	Unsubscribe string
	Kind        string // what it is about, for the log and the demo's mailbox; not sent
}

// Sender takes a message to where it is delivered from. An error that IsPermanent reports is not worth another try.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// IsPermanent reports whether a message will never pass: its address is none, or the server refuses it for good.
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}

// check refuses what is no message before it goes anywhere.
func (m Message) check() error {
	a, err := netmail.ParseAddress(m.To)
	switch {
	case err != nil:
		return permanentError{errors.New("address: it is none")} // the reason would quote it, in the log
	case a.Address != m.To:
		return permanentError{errors.New("address: it must be bare, without a name")}
	case m.Subject == "" || strings.ContainsAny(m.Subject, "\r\n\x00"):
		return permanentError{errors.New("subject: one line is needed")}
	case m.Text == "":
		return permanentError{errors.New("text: it is empty")}
	}
	return nil
}

// memoryLimit is how many messages a Memory keeps.
const memoryLimit = 500

// Memory is a Sender that keeps the last 500 messages instead of sending them. Its zero value is ready.
type Memory struct {
	// Clock says when a message was received; nil leaves Received.At zero.
	Clock func() time.Time

	mu   sync.Mutex
	kept []Received // oldest first
	fail error
}

// Received is a message a Memory keeps.
type Received struct {
	Message
	At civil.Instant // zero without a Clock
}

// Send keeps the message. Sent again under the same ID it replaces itself, as a mailbox would show it once.
func (s *Memory) Send(_ context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	r := Received{Message: m}
	if s.Clock != nil {
		r.At = civil.At(s.Clock())
	}
	for i, k := range s.kept {
		if m.ID != "" && k.ID == m.ID {
			s.kept[i] = r
			return nil
		}
	}
	if len(s.kept) == memoryLimit {
		s.kept = append(s.kept[:0], s.kept[1:]...)
	}
	s.kept = append(s.kept, r)
	return nil
}

// List gives the messages kept, the latest first.
func (s *Memory) List() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Received, 0, len(s.kept))
	for i := len(s.kept) - 1; i >= 0; i-- {
		out = append(out, s.kept[i])
	}
	return out
}

// To gives the messages kept for an address, the latest first.
func (s *Memory) To(address string) []Received {
	var out []Received
	for _, r := range s.List() {
		if r.To == address {
			out = append(out, r)
		}
	}
	return out
}

// Clear forgets every message.
func (s *Memory) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}

// Fail makes each following Send return err, as a server that is down would; nil repairs it.
func (s *Memory) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}
