// Package paybox calls Paybox: to know which of its servers takes payments before a family is sent there, and to ask PPPS for a refund or
// what became of a payment. What is sent and answered is read and written by the package of the same name among the facts.
package paybox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"preau/internal/paybox"
	"preau/internal/remote"
)

// ErrAway is a bank none of whose servers takes payments now.
var ErrAway = errors.New("paybox: no server takes payments")

// ErrUnsure is a question that left and got no answer: it may have been done.
var ErrUnsure = errors.New("paybox: no answer; it may have been done")

// How long what a server said of itself is believed, and how long its silence is.
const (
	upFor   = time.Minute
	awayFor = 15 * time.Second
)

// Times within which a server answers.
const (
	checkTimeout  = 2500 * time.Millisecond
	directTimeout = 20 * time.Second
)

// Client calls the bank. It serves any number of goroutines.
type Client struct {
	check, direct *remote.Client
	mu            sync.Mutex
	servers       map[string]*server
}

// server is what is known of one of the bank's servers.
type server struct {
	mu    sync.Mutex
	up    bool
	asked time.Time
}

// New makes a client. outside is nil but in a demonstration.
func New(log *slog.Logger, outside remote.Outside) *Client {
	return &Client{check: remote.New(remote.Options{Timeout: checkTimeout, Answer: 64 << 10, Log: log, Outside: outside}),
		direct: remote.New(remote.Options{Timeout: directTimeout, Answer: 64 << 10, Log: log, Outside: outside}), servers: map[string]*server{}}
}

// Server gives the first of the servers ("https://tpeweb.paybox.com", in their order) that takes payments; ErrAway when none does. now is
// the world's time.
func (c *Client) Server(ctx context.Context, now time.Time, servers []string) (string, error) {
	for _, address := range servers {
		if c.up(ctx, now, address) {
			return address, nil
		}
	}
	return "", ErrAway
}

func (c *Client) up(ctx context.Context, now time.Time, address string) bool {
	s := c.server(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := awayFor
	if s.up {
		keep = upFor
	}
	if age := now.Sub(s.asked); !s.asked.IsZero() && age >= 0 && age < keep {
		return s.up
	}
	up := c.Up(ctx, address)
	if ctx.Err() != nil { // a visitor who left says nothing of the bank
		return false
	}
	s.up, s.asked = up, now
	return s.up
}

// Up asks one of the servers whether it takes payments, whatever is known of it.
func (c *Client) Up(ctx context.Context, address string) bool {
	answer, err := c.check.Get(ctx, address+"/load.html", http.Header{})
	return err == nil && answer.Status == http.StatusOK && paybox.Up(answer.Body)
}

func (c *Client) server(address string) *server {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.servers[address]
	if s == nil {
		s = &server{}
		c.servers[address] = s
	}
	return s
}

// Ask puts a question to PPPS at the first of the addresses ("https://ppps.paybox.com/PPPS.php") that can be reached. What only reads is
// asked again elsewhere when there is no answer; a refund is not, because the first may have been done: then the error is ErrUnsure, as it
// is when every server of the bank fails, or answers about what only reads that it cannot tell.
func (c *Client) Ask(ctx context.Context, addresses []string, key []byte, q paybox.Question) (paybox.Reply, error) {
	fields, err := q.Form(key)
	if err != nil {
		return paybox.Reply{}, err
	}
	last, reads := errors.New("paybox: PPPS has no address"), q.Type == paybox.Inquiry
	for _, address := range addresses {
		r, err := c.ask(ctx, address, paybox.Encode(fields))
		switch {
		case err == nil && r.Code != "00001" && r.Code != "00003" && !(reads && r.Unsure()): // not a failure of that server
			return r, nil
		case err == nil:
			last = fmt.Errorf("%w (PPPS answers %s)", ErrUnsure, r.Code)
		case !reads && !unreached(err):
			return r, fmt.Errorf("%w (%w)", ErrUnsure, err)
		case reads || !errors.Is(last, ErrUnsure): // what one server left open, another that is away does not settle
			last = err
		}
	}
	return paybox.Reply{}, last
}

func (c *Client) ask(ctx context.Context, address, body string) (paybox.Reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return paybox.Reply{}, errors.New("paybox: an address that cannot be read")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.direct.Do(r)
	if err != nil {
		return paybox.Reply{}, err
	}
	if answer.Status != http.StatusOK {
		return paybox.Reply{}, fmt.Errorf("paybox: PPPS answers with status %d", answer.Status)
	}
	return paybox.ParseReply(answer.Body)
}

// unreached reports whether a call failed before anything was sent.
func unreached(err error) bool {
	var op *net.OpError
	return errors.Is(err, remote.ErrInsecure) || errors.As(err, &op) && op.Op == "dial"
}
