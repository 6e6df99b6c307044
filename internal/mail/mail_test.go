package mail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"preau/internal/mail"
)

// sink is an SMTP server that keeps what it is given.
type sink struct {
	mu   sync.Mutex
	got  [][]byte
	from string
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s}, nil }

type session struct{ sink *sink }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch {
	case strings.HasPrefix(to, "gone@"):
		return &smtp.SMTPError{Code: 550, Message: "<" + strings.ToUpper(to) + ">: no such user"}
	case strings.HasPrefix(to, "full@"):
		return &smtp.SMTPError{Code: 452, Message: "mailbox full"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.got = append(s.sink.got, b)
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func start(t *testing.T) (*sink, *mail.SMTP) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{}
	server := smtp.NewServer(s)
	server.ErrorLog = log.New(io.Discard, "", 0)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: n, Security: mail.NoTLS, From: "Ville de Chatou <espace@chatou.example>"})
	if err != nil {
		t.Fatal(err)
	}
	return s, sender
}

func TestSMTP(t *testing.T) {
	sink, sender := start(t)
	err := sender.Send(t.Context(), mail.Message{
		ID: "abc", To: "claire@famille.example", Subject: "Ville de Chatou – Réservations de décembre",
		Text: "Bonjour,\nle déjeuner est réservé.", HTML: "<p>Bonjour,</p>", Kind: "booking",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sink.got) != 1 || sink.from != "espace@chatou.example" {
		t.Fatalf("the server got %d messages from %q", len(sink.got), sink.from)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(sink.got[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Ville de Chatou – Réservations de décembre" {
		t.Errorf("subject %q: %v", subject, err)
	}
	for header, want := range map[string]string{
		"Message-ID": "<abc@chatou.example>", "To": "<claire@famille.example>", "From": `"Ville de Chatou" <espace@chatou.example>`,
		"Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "",
	} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"le déjeuner est réservé.", "<p>Bonjour,</p>"} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("part %q: %v", text, err)
		}
	}
}

func TestWhatIsWorthAnotherTry(t *testing.T) {
	_, sender := start(t)
	for to, permanent := range map[string]bool{
		"gone@famille.example": true, "full@famille.example": false, "no address": true, "Name <a@b.example>": true, "": true,
	} {
		err := sender.Send(t.Context(), mail.Message{To: to, Subject: "S", Text: "T"})
		if err == nil || mail.IsPermanent(err) != permanent {
			t.Errorf("to %q: permanent %v, %v", to, mail.IsPermanent(err), err)
		}
	}
	for _, to := range []string{"gone@famille.example", "full@famille.example", "claire martin@famille.example"} {
		if err := sender.Send(t.Context(), mail.Message{To: to, Subject: "S", Text: "T"}); err == nil || strings.Contains(strings.ToLower(err.Error()), "famille") {
			t.Errorf("the error, which goes to the log, names who was written to: %v", err)
		}
	}
	down, err := mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: 1, Security: mail.NoTLS, From: "a@b.example"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := down.Send(ctx, mail.Message{To: "a@b.example", Subject: "S", Text: "T"}); err == nil || mail.IsPermanent(err) {
		t.Errorf("server down: %v", err)
	}
}

func TestNoMessage(t *testing.T) {
	for name, m := range map[string]mail.Message{
		"two lines":  {To: "a@b.example", Subject: "S\r\nBcc: x@y.example", Text: "T"},
		"no subject": {To: "a@b.example", Text: "T"},
		"no text":    {To: "a@b.example", Subject: "S"},
	} {
		if err := new(mail.Memory).Send(t.Context(), m); !mail.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadConfiguration(t *testing.T) {
	for name, c := range map[string]mail.SMTPConfig{
		"from": {Host: "h", From: "nobody"}, "security": {Host: "h", From: "a@b.example", Security: "ssl"}, "host": {From: "a@b.example"},
	} {
		if _, err := mail.NewSMTP(c); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMemory(t *testing.T) {
	var box mail.Memory
	send := func(id, to string) {
		t.Helper()
		if err := box.Send(t.Context(), mail.Message{ID: id, To: to, Subject: id, Text: "T"}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 510 {
		send(strconv.Itoa(i), "a@b.example")
	}
	send("last", "c@d.example")
	send("last", "c@d.example")
	if got := box.List(); len(got) != 500 || got[0].ID != "last" || got[499].ID != "11" {
		t.Errorf("%d kept, from %s to %s", len(got), got[0].ID, got[len(got)-1].ID)
	}
	if got := box.To("c@d.example"); len(got) != 1 {
		t.Errorf("to c: %v", got)
	}
	down := errors.New("down")
	box.Fail(down)
	if err := box.Send(t.Context(), mail.Message{To: "a@b.example", Subject: "S", Text: "T"}); !errors.Is(err, down) {
		t.Errorf("down: %v", err)
	}
	box.Clear()
	if got := box.List(); len(got) != 0 {
		t.Errorf("after Clear: %v", got)
	}
}
