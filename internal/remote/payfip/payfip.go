// Package payfip calls PayFiP: to create a payment, to know what became of one, and to know who a client number is. What is sent and
// answered is read and written by the package of the same name among the facts.
package payfip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"preau/internal/payfip"
	"preau/internal/remote"
)

// timeout within which the service answers, or does not.
const timeout = 15 * time.Second

// Client calls the service. It serves any number of goroutines.
type Client struct {
	out *remote.Client
}

// New makes a client. outside is nil but in a demonstration.
func New(log *slog.Logger, outside remote.Outside) *Client {
	return &Client{out: remote.New(remote.Options{Timeout: timeout, Answer: 64 << 10, Log: log, Outside: outside})}
}

// Page is where a payment that was created is made: base is "https://www.payfip.gouv.fr/tpa".
func Page(base, operation string) string {
	return base + "/paiementws.web?idop=" + url.QueryEscape(operation)
}

// Create creates a payment, and gives its identifier.
func (c *Client) Create(ctx context.Context, base string, o payfip.Order) (operation string, err error) {
	envelope, err := o.Envelope()
	if err != nil {
		return "", err
	}
	return call(ctx, c, base, envelope, payfip.ParseCreated)
}

// Payment asks what became of a payment; a *payfip.Fault is an answer too (see payfip.Read).
func (c *Client) Payment(ctx context.Context, base, operation string) (payfip.Payment, error) {
	return call(ctx, c, base, payfip.DetailEnvelope(operation), payfip.ParseDetail)
}

// Who asks whose a client number is: the lines of its name.
func (c *Client) Who(ctx context.Context, base, number string) ([]string, error) {
	return call(ctx, c, base, payfip.ClientEnvelope(number), func(body []byte) ([]string, error) {
		_, lines, err := payfip.ParseClient(body)
		return lines, err
	})
}

// call sends an envelope. A fault comes with the status 500, so the body is read whatever the status says.
func call[T any](ctx context.Context, c *Client, base string, envelope []byte, parse func([]byte) (T, error)) (T, error) {
	var none T
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/services/securite", bytes.NewReader(envelope))
	if err != nil {
		return none, errors.New("payfip: an address that cannot be read")
	}
	r.Header.Set("Content-Type", payfip.ContentType)
	r.Header.Set("SOAPAction", `""`)
	answer, err := c.out.Do(r)
	if err != nil {
		return none, err
	}
	v, err := parse(answer.Body)
	var fault *payfip.Fault
	if err != nil && !errors.As(err, &fault) && answer.Status != http.StatusOK {
		return none, fmt.Errorf("payfip: the service answers with status %d", answer.Status)
	}
	if err == nil && answer.Status != http.StatusOK {
		return none, fmt.Errorf("payfip: an answer with status %d", answer.Status)
	}
	return v, err
}
