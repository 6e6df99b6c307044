package notify

import (
	"context"
	"errors"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// Received is a message in the inbox of an account: the same as its e-mail, kept even when the e-mail is muted.
type Received struct {
	Stored
	ReadAt civil.Instant // zero: not read
}

// Mark is a place in an inbox: the last message seen. The zero mark is before the latest one.
type Mark struct {
	At civil.Instant
	ID string
}

const selectReceived = `SELECT id, account_id, address, topic, subject, body_text, body_html, created_at, sent_at, read_at FROM messages`

func scanReceived(r db.Scanner) (m Received, err error) {
	m.Stored, err = scanMessage(also{r, &m.ReadAt})
	return m, err
}

// also reads one more column after those that a scan function knows.
type also struct {
	row  db.Scanner
	more any
}

// Scan reads a row into dest, and its last column apart.
func (s also) Scan(dest ...any) error { return s.row.Scan(append(dest, s.more)...) }

// Page lists the messages told to an account from a mark on, the latest first.
func Page(ctx context.Context, tx *db.Tx, accountID string, after Mark, limit int) ([]Received, error) {
	if after.At.IsZero() {
		return db.All(ctx, tx, selectReceived+` WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`, scanReceived, accountID, int64(limit))
	}
	return db.All(ctx, tx, selectReceived+` WHERE account_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`,
		scanReceived, accountID, after.At, after.ID, int64(limit))
}

// Open reads a message of an account; another account's is not found.
func Open(ctx context.Context, tx *db.Tx, accountID, id string) (Received, error) {
	m, err := db.One(ctx, tx, selectReceived+` WHERE id = $1 AND account_id = $2`, scanReceived, id, accountID)
	if errors.Is(err, db.ErrNoRows) {
		return Received{}, fault.NotFoundf("Ce message n’existe plus.")
	}
	return m, err
}

// Unread counts the messages that an account has not opened yet.
func Unread(ctx context.Context, tx *db.Tx, accountID string) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE account_id = $1 AND read_at IS NULL`, accountID).Scan(&n)
	return n, err
}

// MarkRead writes that a message was read, or that it was not. Reading twice keeps the first date.
func MarkRead(ctx context.Context, tx *db.Tx, accountID, id string, read bool) error {
	if _, err := Open(ctx, tx, accountID, id); err != nil {
		return err
	}
	if !read {
		_, err := tx.Exec(ctx, `UPDATE messages SET read_at = NULL WHERE id = $1`, id)
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE messages SET read_at = $2 WHERE id = $1 AND read_at IS NULL`, id, tx.Now)
	return err
}

// MarkAllRead writes that every message of an account was read, and says how many were not.
func MarkAllRead(ctx context.Context, tx *db.Tx, accountID string) (int, error) {
	n, err := tx.Exec(ctx, `UPDATE messages SET read_at = $2 WHERE account_id = $1 AND read_at IS NULL`, accountID, tx.Now)
	return int(n), err
}

// Choice is something an account asks for about its e-mails, beside the topics it mutes. Without a row the answer is no.
type Choice string

// AnswerText puts the text of a service's answer in the e-mail, which otherwise only says that there is one.
const AnswerText Choice = "answer_text"

// Chose reports whether an account asked for a choice.
func Chose(ctx context.Context, tx *db.Tx, accountID string, c Choice) (bool, error) {
	return db.Exists(ctx, tx, `SELECT 1 FROM mail_choices WHERE account_id = $1 AND choice = $2`, accountID, string(c))
}

// SetChoice writes a choice, or takes it back.
func SetChoice(ctx context.Context, tx *db.Tx, accountID string, c Choice, yes bool) error {
	if !yes {
		_, err := tx.Exec(ctx, `DELETE FROM mail_choices WHERE account_id = $1 AND choice = $2`, accountID, string(c))
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO mail_choices (account_id, choice, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, accountID, string(c), tx.Now)
	return err
}

// CountBefore is how many messages ForgetBefore would delete in all.
func CountBefore(ctx context.Context, tx *db.Tx, before civil.Instant) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE created_at < $1`, before).Scan(&n)
	return n, err
}

// ForgetBefore deletes up to limit messages told before an instant, read or not, and says how many: for the retention table.
func ForgetBefore(ctx context.Context, tx *db.Tx, before civil.Instant, limit int) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)`, before, int64(limit))
	return int(n), err
}
