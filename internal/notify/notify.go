// Package notify tells things to people: each message is kept, and sent by e-mail unless its topic is muted.
//
// Tell writes the message and queues the mail in the transaction of what it tells about, so that neither happens without the
// other. The job that sends (package work) reads the message with Outgoing and writes Sent; sending twice is prevented by the
// date it was sent. What concerns the safety of the account cannot be muted, and a message that carries a single-use link
// loses its text once sent.
package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/job"
)

// JobKind is the kind of the jobs that send one message; the payload is a Job.
const JobKind = "mail"

// Job is the payload of a job of JobKind.
type Job struct {
	Message string `json:"message"`
}

// Message is what to tell, to an account or to a bare address.
type Message struct {
	AccountID string // empty: Address only
	Address   string // e-mail; empty: the account's
	Topic     Topic
	Subject   string // one line, in French
	Text      string // plain text, in French, without greeting nor signature: the layout adds them
	HTML      string // the same as trusted HTML, made by a template; empty: made of Text
	// Once names what is told, in words nobody else could guess (an id in them): the same thing told again to the same person,
	// by a job that runs twice, is not. Empty: it is.
	Once string
}

// longestSubject bounds a subject, in bytes.
const longestSubject = 200

// Tell keeps a message and queues its mail, unless the account muted the topic: the message is then only kept.
func Tell(ctx context.Context, tx *db.Tx, m Message) error {
	if !m.Topic.known() {
		return errors.New("notify: unknown topic " + string(m.Topic))
	}
	if m.Address == "" && m.AccountID != "" {
		a, err := identity.ByID(ctx, tx, m.AccountID)
		if err != nil {
			return err
		}
		m.Address = a.Email
	}
	if !identity.ValidEmail(m.Address) {
		return fault.Invalidf("email", "Cette adresse e-mail ne peut pas recevoir de message.")
	}
	if m.Subject == "" || len(m.Subject) > longestSubject || strings.ContainsFunc(m.Subject, unicode.IsControl) {
		return errors.New("notify: a subject is one line of at most 200 bytes")
	}
	id := m.id()
	fresh, err := insert(ctx, tx, id, m)
	if err != nil || !fresh {
		return err
	}
	muted, err := isMuted(ctx, tx, m)
	if err != nil || muted {
		return err
	}
	return job.Queue(ctx, tx, JobKind, Job{Message: id}, job.Key(JobKind+":"+id))
}

// id is drawn, or follows from what is told once and to whom.
func (m Message) id() string {
	if m.Once == "" {
		return db.NewID()
	}
	who := m.AccountID
	if who == "" {
		who = m.Address
	}
	sum := sha256.Sum256([]byte(m.Once + "\x00" + who))
	return hex.EncodeToString(sum[:16])
}

// Stored is a message as it was kept.
type Stored struct {
	ID string
	Message
	CreatedAt civil.Instant
	SentAt    civil.Instant // zero: not sent, or muted
}

// Outgoing reads the message that a job must send, or answers not found.
func Outgoing(ctx context.Context, tx *db.Tx, id string) (Stored, error) {
	m, err := db.One(ctx, tx, selectMessages+` WHERE id = $1`, scanMessage, id)
	if errors.Is(err, db.ErrNoRows) {
		return Stored{}, fault.NotFoundf("Ce message n’existe plus.")
	}
	return m, err
}

// Sent writes that a message was sent. The text of one that carries a single-use link is not kept.
func Sent(ctx context.Context, tx *db.Tx, m Stored) error {
	if !m.Topic.keepsText() {
		const gone = "Ce message contenait un lien à usage unique. Son texte n’est pas conservé."
		m.Text, m.HTML = gone, "<p>"+gone+"</p>"
	}
	_, err := tx.Exec(ctx, `UPDATE messages SET sent_at = $2, body_text = $3, body_html = $4 WHERE id = $1 AND sent_at IS NULL`,
		m.ID, tx.Now, m.Text, m.HTML)
	return err
}

const selectMessages = `SELECT id, account_id, address, topic, subject, body_text, body_html, created_at, sent_at FROM messages`

func scanMessage(r db.Scanner) (Stored, error) {
	var m Stored
	var account *string
	err := r.Scan(&m.ID, &account, &m.Address, &m.Topic, &m.Subject, &m.Text, &m.HTML, &m.CreatedAt, &m.SentAt)
	if account != nil {
		m.AccountID = *account
	}
	return m, err
}

func insert(ctx context.Context, tx *db.Tx, id string, m Message) (fresh bool, err error) {
	var account *string
	if m.AccountID != "" {
		account = &m.AccountID
	}
	n, err := tx.Exec(ctx, `INSERT INTO messages (id, account_id, address, topic, subject, body_text, body_html, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`, id, account, m.Address, string(m.Topic), m.Subject, m.Text, m.HTML, tx.Now)
	return n > 0, err
}

func isMuted(ctx context.Context, tx *db.Tx, m Message) (bool, error) {
	if m.AccountID == "" || !m.Topic.Mutable() {
		return false, nil
	}
	return db.Exists(ctx, tx, `SELECT 1 FROM muted_topics WHERE account_id = $1 AND topic = $2`, m.AccountID, string(m.Topic))
}

// CountSent counts, of messages told with Once to an account or an address, those that were kept and those that were sent by e-mail.
func CountSent(ctx context.Context, tx *db.Tx, told []Message) (kept, sent int, err error) {
	ids := make([]string, 0, len(told))
	for _, m := range told {
		if m.Once != "" && m.AccountID+m.Address != "" {
			ids = append(ids, m.id())
		}
	}
	err = tx.QueryRow(ctx, `SELECT count(*), count(sent_at) FROM messages WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.JSON(ids)).Scan(&kept, &sent)
	return kept, sent, err
}
