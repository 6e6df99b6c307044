package town

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// ticketMAC is how much of the signature a ticket carries, in bytes: short enough for a link in an e-mail, too long to guess.
const ticketMAC = 18

// Ticket makes a text that only this town can have made, for links in e-mails that act without signing in: it carries its parts in
// clear, and a signature for one purpose. What may be done with it, once, and until when is for who reads it to decide.
func (t *Town) Ticket(purpose string, parts ...string) string {
	body := base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x00")))
	return body + "." + t.ticketMAC(purpose, body)
}

// ReadTicket gives back the n parts of a ticket; false for any other text, another purpose or another town.
func (t *Town) ReadTicket(purpose, ticket string, n int) ([]string, bool) {
	body, mac, found := strings.Cut(ticket, ".")
	if !found || !hmac.Equal([]byte(mac), []byte(t.ticketMAC(purpose, body))) {
		return nil, false
	}
	content, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return nil, false
	}
	parts := strings.Split(string(content), "\x00")
	return parts, len(parts) == n
}

func (t *Town) ticketMAC(purpose, body string) string {
	mac := hmac.New(sha256.New, t.KeyFor("ticket "+purpose))
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:ticketMAC])
}
