package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP is a Sender through a server. It opens a connection for each message: they come one by one from the job queue.
type SMTP struct {
	client *gomail.Client
	from   *netmail.Address
}

// The ways to secure the connection to the server.
const (
	StartTLS = "starttls" // encrypted after the first words; refused when the server cannot
	TLS      = "tls"      // encrypted from the start, port 465
	NoTLS    = "none"     // in clear: a server on the same machine only
)

// SMTPConfig says which server sends the town's mail and in whose name.
type SMTPConfig struct {
	Host     string
	Port     int // 0: 587 with starttls, 465 with tls, 25 with none
	Security string
	User     string // empty: no authentication
	Password string
	From     string // "Ville de Chatou <ne-pas-repondre@chatou.example>"
}

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	options := []gomail.Option{gomail.WithTimeout(20 * time.Second)}
	port := 587
	switch c.Security {
	case StartTLS, "":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		options, port = append(options, gomail.WithSSL()), 465
	case NoTLS:
		options, port = append(options, gomail.WithTLSPolicy(gomail.NoTLS)), 25
	default:
		return nil, fmt.Errorf("security: %q is none of starttls, tls, none", c.Security)
	}
	if c.Port != 0 {
		port = c.Port
	}
	options = append(options, gomail.WithPort(port))
	if c.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	client, err := gomail.NewClient(c.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("host %q: %w", c.Host, err)
	}
	return &SMTP{client: client, from: from}, nil
}

// Send delivers the message to the server. The server's refusal of the address or of the message is permanent; its refusal
// of us (log-in, sender) is not: it is repaired in the configuration.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	if err := msg.To(m.To); err != nil {
		return permanentError{withoutAddress(err, m.To)}
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	if m.ID != "" {
		msg.SetMessageIDWithValue(m.ID + "@" + s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:])
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		msg.SetGenHeader("List-Unsubscribe", "<"+m.Unsubscribe+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	err := withoutAddress(s.client.DialAndSendWithContext(ctx, msg), m.To)
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.ErrorCode() >= 500 &&
		(refused.Reason == gomail.ErrSMTPRcptTo || refused.Reason == gomail.ErrSMTPDataClose) {
		return permanentError{err}
	}
	return err
}

// namelessError is an error whose text goes to the log: it does not say to whom.
type namelessError struct {
	error
	text string
}

// Error is the text without the address.
func (e namelessError) Error() string { return e.text }

// Unwrap is the error as it was.
func (e namelessError) Unwrap() error { return e.error }

// withoutAddress takes the address of who is written to out of an error: the library names it, and so do most servers that refuse it.
func withoutAddress(err error, address string) error {
	if err == nil {
		return nil
	}
	whose := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(address))
	return namelessError{err, whose.ReplaceAllLiteralString(err.Error(), "(the recipient)")}
}
