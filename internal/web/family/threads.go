package family

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/household"
	"preau/internal/thread"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	threadsPath  = "/espace/echanges"
	threadsShown = 50
)

func (p Pages) threadRoutes(s *web.Server) {
	s.Handle("GET /espace/echanges", p.Door.Family(p.threads))
	s.Handle("GET /espace/echanges/nouveau", p.Door.Family(p.newThread))
	s.Handle("POST /espace/echanges", p.Door.Family(p.startThread))
	s.Handle("GET /espace/echanges/{thread}", p.Door.Family(p.thread))
	s.Handle("POST /espace/echanges/{thread}", p.Door.Family(p.reply))
	s.Handle("POST /espace/echanges/{thread}/lecture", p.Door.Family(p.readThread))
}

// threadsView lists the conversations of the household.
type threadsView struct {
	ui.Page
	Lines []threadLine
}

// threadLine is one conversation in the list.
type threadLine struct {
	ID, Subject, Under string // "Service Éducation, pour Léo, 3 messages"
	When, At           string
	New                bool
	State              threadState
}

// threadState is whose turn it is, in words.
type threadState struct {
	Kind       ui.Kind
	Icon, Word string
}

func stateOf(t thread.Thread) threadState {
	switch t.Waits {
	case thread.ForService:
		return threadState{ui.Warn, "hourglass", "Attend le service"}
	case thread.ForFamily:
		return threadState{ui.Good, "circle-check", "Le service a répondu"}
	}
	return threadState{ui.Plain, "lock", "Clos"}
}

func (p Pages) threads(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t, page := web.Town(r), threadsView{}
	var list []thread.Line
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = thread.List(r.Context(), tx, who, threadsShown)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range list {
		line := threadLine{ID: l.ID, Subject: l.Subject, Under: l.Service, When: civil.ShortInstant(l.LastAt, t.Loc), At: l.LastAt.String(), New: l.Unread, State: stateOf(l.Thread)}
		if l.Child != "" {
			line.Under += ", pour " + l.Child
		}
		line.Under += ", " + ui.Count(int(l.Entries), "message", "messages")
		page.Lines = append(page.Lines, line)
	}
	page.Page = p.frame(w, r, "Échanges avec un service", inboxPath, who.Name())
	return web.Render(w, r, http.StatusOK, threadsPage(page))
}

// writeView is the form that opens a conversation.
type writeView struct {
	ui.Page
	Form               *web.Form
	Services, Children []ui.Option
	Vault              []ui.Option // what can be attached
}

func (v writeView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) newThread(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showNewThread(w, r, who, http.StatusOK, nil)
}

func (p Pages) showNewThread(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, form *web.Form) error {
	v := writeView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	v.Page = p.frame(w, r, "Écrire à un service", inboxPath, who.Name())
	v.Crumbs = []ui.Link{{Href: threadsPath, Label: "Échanges"}, {Label: "Écrire à un service"}}
	return web.Render(w, r, status, writePage(v))
}

func (v *writeView) load(ctx context.Context, tx *db.Tx, who household.Guardian) error {
	services, err := thread.Services(ctx, tx)
	if err != nil {
		return err
	}
	if len(services) > 1 {
		v.Services = []ui.Option{{Label: "Choisissez un service"}}
	}
	for _, s := range services {
		v.Services = append(v.Services, ui.Option{Value: s, Label: s})
	}
	children, err := household.Children(ctx, tx, who.HouseholdID)
	v.Children = []ui.Option{{Label: "Aucun enfant en particulier"}}
	for _, c := range children {
		v.Children = append(v.Children, ui.Option{Value: c.ID, Label: c.FirstName})
	}
	if err != nil {
		return err
	}
	v.Vault, err = attachable(ctx, tx, who)
	return err
}

// attachable lists the documents of the vault that may be sent to a service.
func attachable(ctx context.Context, tx *db.Tx, who household.Guardian) (list []ui.Option, err error) {
	documents, err := document.List(ctx, tx, who)
	for _, d := range documents {
		if d.Stored != document.Scanning && d.Stored != document.Refused && d.ReplacedAt.IsZero() {
			list = append(list, ui.Option{Value: d.ID, Label: d.Type.Name, Sub: d.Whose()})
		}
	}
	return list, err
}

// attached names the documents of a conversation: "Avis d’impôt, Le foyer".
func attached(ctx context.Context, tx *db.Tx, threadID string) (names []string, err error) {
	documents, err := thread.Attached(ctx, tx, threadID)
	for _, d := range documents {
		names = append(names, d.Type.Name+", "+d.Whose())
	}
	return names, err
}

// ticked are the documents that were ticked, when the form comes back with something to correct.
func ticked(f *web.Form) []string {
	if f == nil {
		return nil
	}
	return f.All("piece")
}

func (p Pages) startThread(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var id string
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		id, err = thread.Start(r.Context(), tx, who, thread.New{Service: f.Raw("service"), ChildID: f.Raw("enfant"), Subject: f.Raw("objet"), Body: f.Raw("message")}, t.Loc)
		if err != nil {
			return err
		}
		return thread.Attach(r.Context(), tx, who, id, f.All("piece"))
	})
	if err != nil && f.Blame(err) {
		return p.showNewThread(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre message est envoyé", Text: "Un e-mail vous dira quand le service aura répondu."})
	return web.Redirect(w, r, threadsPath+"/"+id)
}

// talkView is one conversation.
type talkView struct {
	ui.Page
	Thread  thread.Thread
	Under   string
	State   threadState
	Entries []talkEntry
	Pieces  []string    // documents attached
	Vault   []ui.Option // what can be attached
	Form    *web.Form
}

// talkEntry is what somebody said.
type talkEntry struct {
	By, When, At, Text string
	Other              bool // the other side speaks
}

func (v talkView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) thread(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showThread(w, r, who, http.StatusOK, nil)
}

func (p Pages) showThread(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, form *web.Form) error {
	t, v := web.Town(r), talkView{Form: form}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, r.PathValue("thread"), t.Loc) })
	if err != nil {
		return err
	}
	v.Page = p.frame(w, r, v.Thread.Subject, inboxPath, who.Name())
	v.Crumbs = []ui.Link{{Href: threadsPath, Label: "Échanges"}, {Label: v.Thread.Subject}}
	return web.Render(w, r, status, talkPage(v))
}

func (v *talkView) load(ctx context.Context, tx *db.Tx, who household.Guardian, id string, loc *time.Location) (err error) {
	if v.Thread, err = thread.Of(ctx, tx, who, id); err != nil {
		return err
	}
	v.Under, v.State = v.Thread.Service, stateOf(v.Thread)
	if v.Thread.ChildID != "" {
		child, err := household.ChildOf(ctx, tx, who, v.Thread.ChildID)
		if err != nil {
			return err
		}
		v.Under += ", pour " + child.FirstName
	}
	if v.Pieces, err = attached(ctx, tx, id); err != nil {
		return err
	}
	if v.Vault, err = attachable(ctx, tx, who); err != nil {
		return err
	}
	entries, err := thread.Entries(ctx, tx, id)
	for _, e := range entries {
		by := e.AuthorName
		switch {
		case e.Author == who.Actor():
			by = "Vous"
		case e.Side == thread.Service:
			by += ", " + v.Thread.Service
		}
		v.Entries = append(v.Entries, talkEntry{By: by, When: civil.ShortInstant(e.At, loc), At: e.At.String(), Text: e.Body, Other: e.Side == thread.Service})
	}
	return err
}

func (p Pages) reply(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("thread")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := thread.Reply(r.Context(), tx, who, id, f.Raw("message")); err != nil {
			return err
		}
		if err := thread.Attach(r.Context(), tx, who, id, f.All("piece")); err != nil {
			return err
		}
		return thread.MarkRead(r.Context(), tx, who, id)
	})
	if err != nil && f.Blame(err) {
		return p.showThread(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre message est envoyé"})
	return web.Redirect(w, r, threadsPath+"/"+id)
}

// readThread is pressing the subject of a conversation with something new in it.
func (p Pages) readThread(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	id := r.PathValue("thread")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return thread.MarkRead(r.Context(), tx, who, id) })
	if err != nil {
		return err
	}
	return web.Redirect(w, r, threadsPath+"/"+url.PathEscape(id))
}
