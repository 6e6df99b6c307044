package family

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	inboxPath  = "/espace/messages"
	inboxShown = 25
)

func (p Pages) inboxRoutes(s *web.Server) {
	s.Handle("GET /espace/messages", p.Door.Family(p.inbox))
	s.Handle("POST /espace/messages/lus", p.Door.Family(p.readAll))
	s.Handle("GET /espace/messages/{message}", p.Door.Family(p.message))
	s.Handle("POST /espace/messages/{message}/lecture", p.Door.Family(p.openMessage))
	s.Handle("POST /espace/messages/{message}/non-lu", p.Door.Family(p.keepUnread))
}

// inboxPage lists what the town told, the latest first.
type inboxPage struct {
	ui.Page
	Lines        []inboxLine
	Unread       int
	Older, First string // addresses; empty when there is none
}

// inboxLine is one message of the list.
type inboxLine struct {
	ID, Subject, Begins string
	Topic, Icon         string
	When, At            string
	New                 bool
}

// messagePage is one message.
type messagePage struct {
	ui.Page
	inboxLine
	Text, Home string
	How        string // "Envoyé aussi à claire@…, lun. 30 nov. 2026 à 10 h 04"
}

// topicIcons are the icons of the topics in a list; a letter for the others.
var topicIcons = map[notify.Topic]string{
	notify.Bookings: "calendar-check", notify.Waiting: "list-ordered", notify.Closures: "door-closed", notify.Enrolments: "clipboard-list",
	notify.Reminders: "timer", notify.Digest: "calendar-days", notify.Answers: "message-square", notify.Security: "shield", notify.Access: "key-round",
}

func newInboxLine(m notify.Received, loc *time.Location) inboxLine {
	l := inboxLine{ID: m.ID, Subject: m.Subject, Begins: begins(m.Text), Topic: m.Topic.Label(), Icon: topicIcons[m.Topic],
		When: civil.ShortInstant(m.CreatedAt, loc), At: m.CreatedAt.String(), New: m.ReadAt.IsZero()}
	if l.Icon == "" {
		l.Icon = "mail"
	}
	return l
}

// begins is the start of a message, on one line, without its greeting and without its lines that are links.
func begins(text string) string {
	first, rest, more := strings.Cut(strings.TrimSpace(text), "\n")
	if more && strings.HasPrefix(first, "Bonjour") {
		text = rest
	}
	var words []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "://") {
			words = append(words, strings.Fields(line)...)
		}
	}
	text = strings.Join(words, " ")
	const shown = 120
	if utf8.RuneCountInString(text) <= shown {
		return text
	}
	runes := []rune(text)[:shown]
	cut := string(runes)
	if at := strings.LastIndexByte(cut, ' '); at > 0 {
		cut = cut[:at]
	}
	return cut + "…"
}

func (p Pages) inbox(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, page := web.Town(r), inboxPage{}
	mark := readInboxMark(q.Raw("apres"))
	var list []notify.Received
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if list, err = notify.Page(r.Context(), tx, who.AccountID, mark, inboxShown+1); err != nil {
			return err
		}
		page.Unread, err = notify.Unread(r.Context(), tx, who.AccountID)
		return err
	})
	if err != nil {
		return err
	}
	if len(list) > inboxShown {
		list = list[:inboxShown]
		last := list[inboxShown-1]
		page.Older = inboxPath + "?apres=" + url.QueryEscape(last.CreatedAt.String()+"~"+last.ID)
	}
	if mark != (notify.Mark{}) {
		page.First = inboxPath
	}
	for _, m := range list {
		page.Lines = append(page.Lines, newInboxLine(m, t.Loc))
	}
	page.Page = p.frame(w, r, "Messages", inboxPath, who.Name())
	return web.Render(w, r, http.StatusOK, inboxView(page))
}

// readInboxMark reads where a page begins; what cannot be read is the first page.
func readInboxMark(text string) notify.Mark {
	m := readMark(text)
	return notify.Mark{At: m.At, ID: m.ID}
}

func (p Pages) message(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t := web.Town(r)
	var m notify.Received
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		m, err = notify.Open(r.Context(), tx, who.AccountID, r.PathValue("message"))
		return err
	})
	if err != nil {
		return err
	}
	page := messagePage{inboxLine: newInboxLine(m, t.Loc), Text: m.Text, Home: t.BaseURL, How: sentHow(m, t.Loc)}
	page.Page = p.frame(w, r, m.Subject, inboxPath, who.Name())
	page.Crumbs = []ui.Link{{Href: inboxPath, Label: "Messages"}, {Label: m.Subject}}
	return web.Render(w, r, http.StatusOK, messageView(page))
}

// sentHow says whether the message also went by e-mail.
func sentHow(m notify.Received, loc *time.Location) string {
	if m.SentAt.IsZero() {
		return "Ce message n’est pas parti par e-mail : il est seulement ici."
	}
	return "Envoyé aussi à " + m.Address + ", " + civil.FrenchInstant(m.SentAt, loc) + "."
}

// openMessage is pressing the subject of a message that is not read yet: looking at a page changes nothing, pressing a button does.
func (p Pages) openMessage(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.markMessage(w, r, who, true, inboxPath+"/"+url.PathEscape(r.PathValue("message")))
}

func (p Pages) keepUnread(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.markMessage(w, r, who, false, inboxPath)
}

func (p Pages) markMessage(w http.ResponseWriter, r *http.Request, who household.Guardian, read bool, then string) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return notify.MarkRead(r.Context(), tx, who.AccountID, r.PathValue("message"), read)
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, then)
}

func (p Pages) readAll(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	var n int
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		n, err = notify.MarkAllRead(r.Context(), tx, who.AccountID)
		return err
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: ui.Count(n, "message marqué comme lu", "messages marqués comme lus")})
	return web.Redirect(w, r, inboxPath)
}

// mailTabs are the two pages of messages.
func mailTabs(here string) []ui.Tab {
	return []ui.Tab{
		{Href: inboxPath, Label: "Reçus", Icon: "mail", Current: here == inboxPath},
		{Href: threadsPath, Label: "Échanges", Icon: "message-square", Current: here == threadsPath},
	}
}
