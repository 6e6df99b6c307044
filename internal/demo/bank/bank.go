// Package bank is a bank for tests and the demonstration: a Paybox and a PayFiP that keep to what the real ones say they do, with keys
// of their own, and let whoever pays choose what becomes of the payment. No money moves.
//
// The Paybox verifies the form's signature on the fields in the order in which they came, refuses a field that it does not know, a
// reference that was paid already, and a text that it cannot read; it signs what it sends to the town, calls it up to three times until
// it answers 2xx without redirecting, and signs what the browser brings back. The PayFiP speaks SOAP, refuses with the codes of the real
// one, and lets a payment be begun for fifteen minutes.
package bank

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Caller calls the town, as a bank's own server does; the answer's status is all that it looks at.
type Caller func(ctx context.Context, method, address, body string) (status int, err error)

// callTimeout is how long the bank waits for the town.
const callTimeout = 20 * time.Second

// HTTP is the Caller of a bank in its own house. It follows no redirect.
func HTTP(transport http.RoundTripper) Caller {
	client := &http.Client{Transport: transport, Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context, method, address, body string) (status int, err error) {
		r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader([]byte(body)))
		if err != nil {
			return 0, err
		}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(r)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, answer.Body.Close()) }()
		content, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		if err == nil && len(content) > 0 {
			err = fmt.Errorf("the town answers %d with a body", answer.StatusCode)
		}
		return answer.StatusCode, err
	}
}

// bodyMost bounds what either takes.
const bodyMost = 64 << 10

func readBody(r *http.Request) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, bodyMost))
	return string(b), err
}
