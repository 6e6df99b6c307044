package office

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"preau/internal/attendance"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const papersPath = "/bureau/justificatifs"

// queueShown is how many documents the queue lists: those that wait the longest.
const queueShown = 100

func (p Pages) documentRoutes(s *web.Server) {
	s.Handle("GET /bureau/justificatifs", p.Door.Office(staff.Check, p.documentQueue))
	s.Handle("GET /bureau/justificatifs/{document}", p.Door.Office(staff.Check, p.document))
	s.Handle("POST /bureau/justificatifs/{document}", p.Door.Office(staff.Check, p.decideDocument))
	s.Handle("GET /bureau/justificatifs/{document}/pages/{page}", p.Door.Office(staff.Check, p.documentPage).Large(0, 10*time.Minute))
	s.Handle("GET /bureau/parametres/documents", p.Door.Office(staff.Settings, p.documentTypes))
	s.Handle("POST /bureau/parametres/documents", p.Door.Office(staff.Settings, p.saveVaultSettings))
	s.Handle("GET /bureau/parametres/documents/{type}", p.Door.Office(staff.Settings, p.documentType))
	s.Handle("POST /bureau/parametres/documents/{type}", p.Door.Office(staff.Settings, p.saveDocumentType))
}

// queueView is what awaits a check.
type documentQueueView struct {
	Lines []document.Waiting
	Total int
	today civil.Date
	loc   *time.Location
}

func (p Pages) documentQueue(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := documentQueueView{loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.today = civil.DateOf(tx.Now, v.loc)
		if v.Lines, err = document.Queue(r.Context(), tx, queueShown); err != nil {
			return err
		}
		n, err := document.CountWaiting(r.Context(), tx)
		v.Total = int(n)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, documentQueuePage(p.frame(w, r, "Justificatifs", papersPath, who), v))
}

// documentView is a document before an agent.
type documentView struct {
	document.Document
	Household household.Household
	Views     []document.View
	Until     civil.Date // proposed
	Search    bool       // the agent may open the family's file
	Form      *web.Form
	today     civil.Date
	loc       *time.Location
}

// document shows a document that a family sent; that it was opened is written down, for the family to see.
func (p Pages) document(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDocument(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDocument(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := documentView{Form: form, Search: who.May(staff.Search, ""), loc: web.Town(r).Loc}
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		v.today = civil.DateOf(tx.Now, v.loc)
		if err = attendance.MayOpenDocument(r.Context(), tx, who, r.PathValue("document"), v.loc); err != nil {
			return err
		}
		if v.Document, err = document.Open(r.Context(), tx, who, r.PathValue("document")); err != nil {
			return err
		}
		if v.Household, err = household.ByID(r.Context(), tx, v.HouseholdID); err != nil {
			return err
		}
		settings, err := document.ReadSettings(r.Context(), tx)
		if err != nil {
			return err
		}
		if v.Until = v.ValidUntil; v.Until.IsZero() {
			v.Until = document.Until(v.Type, v.today, settings.RenewMonth)
		}
		v.Views, err = document.Views(r.Context(), tx, v.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := p.frame(w, r, v.Type.Name, papersPath, who)
	page.Crumbs = []ui.Link{{Href: papersPath, Label: "Justificatifs"}, {Label: v.Type.Name}}
	return web.Render(w, r, status, documentPage(page, v))
}

// decideDocument writes an agent's answer, and leads to the next document that waits.
func (p Pages) decideDocument(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	c := document.Decision{Seen: document.State(f.Raw("vu")), Reason: f.Raw("motif")}
	switch f.One("decision", "Choisissez une réponse.", "accepter", "refuser") {
	case "accepter":
		c.Accept = true
		if f.Raw("jusque") != "" {
			c.Until = f.Date("jusque")
		}
	}
	if f.Err() != nil {
		return p.showDocument(w, r, who, http.StatusUnprocessableEntity, f)
	}
	var next []document.Waiting
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if err = attendance.MayOpenDocument(r.Context(), tx, who, r.PathValue("document"), web.Town(r).Loc); err != nil {
			return err
		}
		if err = document.Decide(r.Context(), tx, who, r.PathValue("document"), c, web.Town(r).Loc); err != nil {
			return err
		}
		next, err = document.Queue(r.Context(), tx, 1)
		return err
	})
	if f.Blame(err) {
		return p.showDocument(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	title := "Document refusé"
	if c.Accept {
		title = "Document accepté"
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: title, Text: "La famille est prévenue."})
	if len(next) == 0 {
		return web.Redirect(w, r, papersPath)
	}
	return web.Redirect(w, r, papersPath+"/"+next[0].ID)
}

// documentPage sends a page of a document, under its own address and its own policy.
func (p Pages) documentPage(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	number, err := strconv.Atoi(r.PathValue("page"))
	if err != nil {
		return fault.NotFoundf("Cette page n’existe pas.")
	}
	var part document.Part
	var file blob.File
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if err = attendance.MayOpenDocument(r.Context(), tx, who, r.PathValue("document"), web.Town(r).Loc); err != nil {
			return err
		}
		part, file, err = document.OpenPage(r.Context(), tx, who, r.PathValue("document"), number)
		return err
	})
	if err != nil {
		return err
	}
	content, err := web.Town(r).Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return errors.Join(web.ServeFile(w, part.Type, part.Name, file.Size, content, r.URL.Query().Has("telecharger")), content.Close())
}

// paperState shows where a document stands, as an agent reads it.
func paperState(s document.State) (kind ui.Kind, icon, word string) {
	switch s {
	case document.ToCheck:
		return ui.Warn, "hourglass", "À vérifier"
	case document.Accepted:
		return ui.Good, "circle-check", "Accepté"
	case document.Refused:
		return ui.Bad, "circle-alert", "Refusé"
	}
	return ui.Bad, "timer", "Expiré"
}

// waited is "depuis 3 jours".
func waited(since civil.Instant, today civil.Date, loc *time.Location) string {
	days := today.DaysSince(civil.DateOf(since, loc))
	switch {
	case days <= 0:
		return "aujourd’hui"
	case days == 1:
		return "hier"
	}
	return "depuis " + ui.Count(days, "jour", "jours")
}

// weight writes a size as people read it.
func weight(bytes int64) string {
	if bytes < 1<<20 {
		return ui.Number(int(max(1, bytes>>10))) + "\u00a0ko"
	}
	return ui.Number(int(bytes>>20)) + "," + strconv.Itoa(int(bytes*10>>20)%10) + "\u00a0Mo"
}
