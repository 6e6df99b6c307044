package office

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	threadsPath  = "/bureau/messages"
	threadsShown = 100
)

func (p Pages) threadRoutes(s *web.Server) {
	s.Handle("GET /bureau/messages", p.Door.Office(staff.Answer, p.threads))
	s.Handle("GET /bureau/messages/{thread}", p.Door.Office(staff.Answer, p.thread))
	s.Handle("POST /bureau/messages/{thread}", p.Door.Office(staff.Answer, p.answerThread))
	s.Handle("GET /bureau/messages/{thread}/documents/{document}/{page}", p.Door.Office(staff.Answer, p.threadPage))
	s.Handle("POST /bureau/messages/{thread}/attribution", p.Door.Office(staff.Answer, p.assignThread))
	s.Handle("POST /bureau/messages/{thread}/cloture", p.Door.Office(staff.Answer, p.closeThread))
}

// threadsView is a box of conversations.
type threadsView struct {
	Box   thread.Box
	Lines []threadLine
	Tabs  []ui.Tab
}

// threadLine is one conversation of the list.
type threadLine struct {
	thread.Line
	When, About string
}

var boxes = []struct {
	box           thread.Box
	label, nobody string
}{
	{thread.ToAnswer, "À répondre", "Aucune famille n’attend de réponse"},
	{thread.Waiting, "Répondus", "Aucun échange n’attend la famille"},
	{thread.Ended, "Clos", "Aucun échange n’est clos"},
}

func (v threadsView) nothing() string {
	for _, b := range boxes {
		if b.box == v.Box {
			return b.nobody
		}
	}
	return ""
}

func (p Pages) threads(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	t, v := web.Town(r), threadsView{Box: thread.Box(q.Raw("boite"))}
	if v.nothing() == "" {
		v.Box = thread.ToAnswer
	}
	var list []thread.Line
	waiting := 0
	err = t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if list, err = thread.Queue(r.Context(), tx, who, v.Box, threadsShown); err != nil {
			return err
		}
		waiting, err = thread.WaitingCount(r.Context(), tx, who)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range list {
		v.Lines = append(v.Lines, threadLine{Line: l, When: civil.ShortInstant(l.LastAt, t.Loc), About: about(l)})
	}
	for _, b := range boxes {
		tab := ui.Tab{Href: threadsPath + "?boite=" + string(b.box), Label: b.label, Current: b.box == v.Box}
		if b.box == thread.ToAnswer {
			tab.Href, tab.Count = threadsPath, waiting
		}
		v.Tabs = append(v.Tabs, tab)
	}
	return web.Render(w, r, http.StatusOK, threadsPage(p.frame(w, r, "Messages des familles", threadsPath, who), v))
}

func about(l thread.Line) string {
	if l.Child == "" {
		return l.Service
	}
	return l.Service + ", pour " + l.Child
}

// talkView is one conversation as an agent sees it.
type talkView struct {
	Thread   thread.Thread
	Home     household.Household
	MayOpen  bool // the file of the household
	Under    string
	Entries  []talkEntry
	Pieces   []ui.Link // pages of the documents attached
	Agents   []ui.Option
	Assigned string
	Form     *web.Form
}

// talkEntry is what somebody said.
type talkEntry struct {
	By, When, At, Text string
	Other              bool // the family speaks
}

func (v talkView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) thread(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showThread(w, r, who, http.StatusOK, nil)
}

func (p Pages) showThread(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	t, v := web.Town(r), talkView{Form: form, MayOpen: who.May(staff.Search, "")}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, r.PathValue("thread"), t.Loc) })
	if err != nil {
		return err
	}
	if err := seen(r, who, "thread.view", v.Home.ID); err != nil {
		return err
	}
	page := p.frame(w, r, v.Thread.Subject, threadsPath, who)
	page.Crumbs = []ui.Link{{Href: threadsPath, Label: "Messages"}, {Label: v.Thread.Subject}}
	return web.Render(w, r, status, talkPage(page, v))
}

func (v *talkView) load(ctx context.Context, tx *db.Tx, who staff.Agent, id string, loc *time.Location) (err error) {
	if v.Thread, err = thread.ForAgent(ctx, tx, who, id); err != nil {
		return err
	}
	if v.Home, err = household.ByID(ctx, tx, v.Thread.HouseholdID); err != nil {
		return err
	}
	v.Under = v.Thread.Service
	if v.Thread.ChildID != "" {
		children, err := household.ChildrenByID(ctx, tx, []string{v.Thread.ChildID})
		if err != nil {
			return err
		}
		v.Under += ", pour " + children[v.Thread.ChildID].FirstName
	}
	agents, err := thread.Answerers(ctx, tx, v.Thread)
	if err != nil {
		return err
	}
	v.Agents = []ui.Option{{Label: "Personne en particulier"}}
	for _, a := range agents {
		v.Agents = append(v.Agents, ui.Option{Value: a.ID, Label: a.Name})
	}
	if i := slices.IndexFunc(agents, func(a staff.Agent) bool { return a.ID == v.Thread.AssignedTo }); i >= 0 {
		v.Assigned = agents[i].ID
	}
	documents, err := thread.Attached(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, d := range documents {
		for _, part := range d.Parts {
			v.Pieces = append(v.Pieces, ui.Link{Href: threadsPath + "/" + id + "/documents/" + d.ID + "/" + itoa(part.Number), Label: d.Type.Name + ", " + d.Whose() + ", " + part.Name})
		}
	}
	entries, err := thread.Entries(ctx, tx, id)
	for _, e := range entries {
		v.Entries = append(v.Entries, talkEntry{By: e.AuthorName, When: civil.ShortInstant(e.At, loc), At: e.At.String(), Text: e.Body, Other: e.Side == thread.Family})
	}
	return err
}

func (p Pages) answerThread(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id, closing := r.PathValue("thread"), f.Has("clore")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return thread.Answer(r.Context(), tx, who, id, f.Raw("message"), closing)
	})
	if err != nil && f.Blame(err) {
		return p.showThread(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: "La réponse est envoyée", Text: "La famille est prévenue par e-mail."}
	if closing {
		said.Title = "La réponse est envoyée, l’échange est clos"
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, threadsPath)
}

func (p Pages) assignThread(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("thread")
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return thread.Assign(r.Context(), tx, who, id, f.Raw("agent"))
	})
	if err != nil && f.Blame(err) {
		return p.showThread(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’attribution est enregistrée"})
	return web.Redirect(w, r, threadsPath+"/"+id)
}

func (p Pages) closeThread(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	id := r.PathValue("thread")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return thread.Close(r.Context(), tx, who, id) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’échange est clos", Text: "Il s’ouvrira de nouveau si la famille y répond."})
	return web.Redirect(w, r, threadsPath)
}

// threadPage sends a page of a document that the family attached.
func (p Pages) threadPage(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t := web.Town(r)
	n, err := strconv.Atoi(r.PathValue("page"))
	if err != nil {
		return fault.NotFoundf("Cette page n’existe pas.")
	}
	var part document.Part
	var file blob.File
	err = t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		part, file, err = thread.OpenPage(r.Context(), tx, who, r.PathValue("thread"), r.PathValue("document"), n)
		return err
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return web.Send(w, web.File{Kind: part.Type, Name: "document-" + strconv.Itoa(n) + extensions[part.Type], Size: file.Size, Content: content})
}

// extensions of the kinds of files that the vault takes.
var extensions = map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
