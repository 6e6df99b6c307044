package office

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"preau/internal/activity"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/news"
	"preau/internal/prose"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// desk is where agents write one kind of publication. News and downloads are written, read again, published and withdrawn alike.
type desk struct {
	Pages
	kind news.Kind
	path string
	word deskWord
}

// deskWord is how a kind of publication is called.
type deskWord struct {
	Many, Add, Intro, Empty, EmptyNext string
	Saved, Published, Withdrawn        string
}

func (p Pages) publicationRoutes(s *web.Server) {
	for _, d := range []desk{
		{p, news.News, "/bureau/actualites", deskWord{"Actualités", "Écrire une actualité", "Ce que la ville annonce aux familles, sur la page d’accueil et dans « Actualités ».",
			"Aucune actualité", "Écrivez la première : rien n’est montré avant que vous la publiiez.", "L’actualité est enregistrée", "L’actualité est publiée", "L’actualité est retirée"}},
		{p, news.Download, "/bureau/documents", deskWord{"Documents à télécharger", "Ajouter un document", "Formulaires, règlements et menus que chacun peut télécharger.",
			"Aucun document", "Ajoutez le premier : un formulaire, un règlement, un menu.", "Le document est enregistré", "Le document est publié", "Le document est retiré"}},
	} {
		s.Handle("GET "+d.path, p.Door.Office(staff.Publish, d.list))
		s.Handle("GET "+d.path+"/{id}", p.Door.Office(staff.Publish, d.form))
		s.Handle("POST "+d.path+"/{id}", p.Door.Office(staff.Publish, d.save))
		s.Handle("GET "+d.path+"/{id}/versions/{version}", p.Door.Office(staff.Publish, d.version))
		s.Handle("POST "+d.path+"/{id}/versions/{version}", p.Door.Office(staff.Publish, d.takeUp))
		s.Handle("POST "+d.path+"/{id}/publication", p.Door.Office(staff.Publish, d.publish))
		s.Handle("POST "+d.path+"/{id}/retrait", p.Door.Office(staff.Publish, d.withdraw))
		s.Handle("GET "+d.path+"/fichiers/{file}", p.Door.Office(staff.Publish, d.file))
	}
}

// pieceLine is a publication in the list.
type pieceLine struct {
	Href, Title, Slug string
	State             news.State
	Waits             bool // a later version is not published
	Theme, For        string
	Window, Written   string
	File              string // format and size
	Pinned            bool
}

func (d desk) list(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t := web.Town(r)
	var lines []pieceLine
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := news.List(r.Context(), tx, d.kind)
		if err != nil {
			return err
		}
		names, err := activityNames(r.Context(), tx)
		for i := range list {
			lines = append(lines, d.line(&list[i], names, tx.Now, t.Loc))
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, publicationsPage(d.frame(w, r, d.word.Many, d.path, who), d, lines))
}

func (d desk) line(p *news.Publication, names map[string]string, now civil.Instant, loc *time.Location) pieceLine {
	l := pieceLine{Href: d.path + "/" + p.ID, Title: p.Title, Slug: p.Slug, State: p.State(now), Waits: p.Unpublished(), Theme: p.Theme.French(), For: "Tout le monde",
		Window: window(p, loc), Written: civil.ShortInstant(p.MadeAt, loc) + ", " + p.MadeByName, Pinned: p.Pinned}
	if p.ActivityID != "" {
		l.For = "Familles inscrites : " + names[p.ActivityID]
	}
	if p.FileID != "" {
		l.File = p.Format.French() + ", " + ui.FileSize(p.FileSize)
	}
	return l
}

// window says when families see a publication.
func window(p *news.Publication, loc *time.Location) string {
	from, until := p.From, p.Until
	switch {
	case from.IsZero() && until.IsZero():
		return "dès la publication, sans fin"
	case until.IsZero():
		return "à partir du " + civil.ShortInstant(from, loc)
	case from.IsZero():
		return "jusqu’au " + civil.ShortInstant(until, loc)
	}
	return "du " + civil.ShortInstant(from, loc) + " au " + civil.ShortInstant(until, loc)
}

func activityNames(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range c.Activities {
		names[a.ID] = a.Name
	}
	return names, nil
}

// versionView is one version, as families see it or would.
type versionView struct {
	Desk      desk
	Piece     news.Publication
	State     news.State
	Story     ui.Story
	Published bool // families see this very version
	Latest    bool
	For       string
	Window    string
	Size      string
	Address   string // on the site
	Past      []ui.Event
	Versions  []int64 // to look at, the latest first
}

func (v versionView) here() string { return v.Desk.path + "/" + v.Piece.ID }

func (d desk) version(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t := web.Town(r)
	n, err := strconv.ParseInt(r.PathValue("version"), 10, 32)
	if err != nil || n < 1 {
		return fault.NotFoundf("Cette version n’existe pas.")
	}
	v := versionView{Desk: d}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Piece, err = news.ByID(r.Context(), tx, d.kind, r.PathValue("id"), n); err != nil {
			return err
		}
		past, err := news.History(r.Context(), tx, v.Piece.ID)
		if err != nil {
			return err
		}
		names, err := activityNames(r.Context(), tx)
		v.fill(past, names, tx.Now, t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	page := d.frame(w, r, v.Piece.Title, d.path, who)
	page.Crumbs = []ui.Link{{Href: d.path, Label: d.word.Many}, {Href: v.here(), Label: "Modifier"}, {Label: "Version " + strconv.FormatInt(n, 10)}}
	return web.Render(w, r, http.StatusOK, versionPage(page, v))
}

func (v *versionView) fill(past []news.Past, names map[string]string, now civil.Instant, loc *time.Location) {
	p := &v.Piece
	v.State, v.Published, v.Latest = p.State(now), p.Published == p.Version, p.Latest == p.Version
	l := v.Desk.line(p, names, now, loc)
	v.For, v.Window, v.Size = l.For, l.Window, l.File
	v.Address = "/actualites/" + p.Slug
	if p.Kind == news.Download {
		v.Address = "/documents-a-telecharger/" + p.Slug
	}
	shown := (&news.Item{Publication: *p}).Shown()
	if shown.IsZero() {
		shown = now
	}
	day := civil.DateOf(shown, loc)
	v.Story = ui.Story{Day: day.DayMonthYear(), At: day.String(), Theme: p.Theme.French(), Alt: p.PictureAlt, Pinned: p.Pinned, HTML: prose.HTML(p.Body)}
	if p.PictureID != "" {
		v.Story.Picture = v.Desk.path + "/fichiers/" + p.PictureID
	}
	acts := map[string]string{"save": "enregistrée", "publish": "publiée", "withdraw": "retirée"}
	for i, h := range past {
		number := strconv.FormatInt(h.Version, 10)
		v.Past = append(v.Past, ui.Event{When: civil.ShortInstant(h.At, loc), At: h.At.String(), What: "Version " + number + " " + acts[h.Act], By: h.By, Now: i == 0})
		if h.Act == "save" {
			v.Versions = append(v.Versions, h.Version)
		}
	}
}

// publish has families see the version that the agent was looking at.
func (d desk) publish(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	version, _ := f.Int("version", 1, 1<<30)
	id := r.PathValue("id")
	var state news.State
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := news.Publish(r.Context(), tx, who, d.kind, id, int64(version)); err != nil {
			return err
		}
		p, err := news.ByID(r.Context(), tx, d.kind, id, int64(version))
		state = p.State(tx.Now)
		return err
	})
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.Invalid {
		web.Flash(w, r, ui.Flash{Kind: ui.Bad, Title: "Rien n’est publié", Text: refusal.Message})
		return web.Redirect(w, r, d.path+"/"+id)
	}
	if err != nil {
		return err
	}
	said := ui.Flash{Kind: ui.Good, Title: d.word.Published, Text: "Les familles la voient dès maintenant."}
	switch {
	case state == news.Scheduled:
		said.Text = "Les familles la verront quand sa période commencera."
	case state == news.Over:
		said.Kind, said.Text = ui.Warn, "Sa période est terminée : les familles ne la voient pas. Changez ses dates pour la montrer."
	case d.kind == news.Download:
		said.Text = "Il est en ligne dès maintenant, à une adresse qui ne changera pas."
	}
	web.Flash(w, r, said)
	return web.Redirect(w, r, d.path+"/"+id+"/versions/"+strconv.Itoa(version))
}

func (d desk) withdraw(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	id := r.PathValue("id")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return news.Withdraw(r.Context(), tx, who, d.kind, id) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: d.word.Withdrawn, Text: "Plus personne ne la voit. Vous pouvez la publier à nouveau."})
	return web.Redirect(w, r, d.path)
}

// takeUp makes an old version the latest one again, as a draft to read before it is published.
func (d desk) takeUp(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	n, err := strconv.ParseInt(r.PathValue("version"), 10, 32)
	if err != nil || n < 1 {
		return fault.NotFoundf("Cette version n’existe pas.")
	}
	var latest int64
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		old, err := news.ByID(r.Context(), tx, d.kind, r.PathValue("id"), n)
		if err != nil {
			return err
		}
		latest = old.Latest + 1
		_, err = news.Save(r.Context(), tx, who, news.Edit{ID: old.ID, Kind: d.kind, Base: old.Latest, Content: old.Content})
		return err
	})
	if err != nil {
		return err
	}
	number := strconv.FormatInt(latest, 10)
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La version " + strconv.FormatInt(n, 10) + " est reprise", Text: "C’est maintenant la version " + number + ", à relire avant de la publier."})
	return web.Redirect(w, r, d.path+"/"+r.PathValue("id")+"/versions/"+number)
}

// file shows agents a picture or a document of any version, published or not.
func (d desk) file(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	t := web.Town(r)
	var file blob.File
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		ok, err := news.Holds(r.Context(), tx, d.kind, r.PathValue("file"))
		if err != nil {
			return err
		}
		if !ok {
			return fault.NotFoundf("Ce fichier n’existe pas.")
		}
		file, err = blob.Find(r.Context(), tx, r.PathValue("file"))
		return err
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Read(r.Context(), file)
	if err != nil {
		return err
	}
	format, _ := news.FormatOf(content)
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Type", format.ContentType())
	if d.kind == news.Download {
		return web.Download(w, format.ContentType(), "document."+string(format), content)
	}
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}
