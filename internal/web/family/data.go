package family

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/privacy"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const dataPath = "/espace/donnees"

func (p Pages) dataRoutes(s *web.Server) {
	s.Handle("GET /espace/donnees", p.Door.Family(p.data))
	s.Handle("POST /espace/donnees/copies", p.Door.Family(p.askCopy))
	s.Handle("GET /espace/donnees/copies/{copie}", p.Door.Family(p.copy))
	s.Handle("POST /espace/donnees/effacement", p.Door.Family(p.askErasure))
	s.Handle("POST /espace/donnees/effacement/retrait", p.Door.Family(p.withdrawErasure))
	s.Handle("GET /espace/donnees/consultations", p.Door.Family(p.views))
}

// dataView is what a guardian can do with their data.
type dataView struct {
	ui.Page
	Copies   []copyLine
	Making   bool
	Children []ui.Link // the files of the children, to put right
	Fates    []privacy.Fate
	Request  *requestView
	Form     *web.Form
}

// copyLine is one copy of the data.
type copyLine struct {
	ID, Asked, Until, Size string
	Ready                  bool
}

// requestView is the latest request to be forgotten.
type requestView struct {
	Made, State, Answer string
	Kind                ui.Kind
	Open                bool
}

func (v dataView) field(f ui.Field) ui.Field { return v.Form.Field(f) }

func (p Pages) data(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	return p.showData(w, r, who, http.StatusOK, nil)
}

func (p Pages) showData(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, form *web.Form) error {
	t, v := web.Town(r), dataView{Form: form}
	if err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who, t.Loc) }); err != nil {
		return err
	}
	v.Page = p.frame(w, r, "Mes données", profilePath, who.Name())
	return web.Render(w, r, status, dataPage(v))
}

func (v *dataView) load(ctx context.Context, tx *db.Tx, who household.Guardian, loc *time.Location) error {
	copies, err := privacy.Copies(ctx, tx, who)
	if err != nil {
		return err
	}
	for _, c := range copies {
		line := copyLine{ID: c.ID, Asked: civil.ShortInstant(c.AskedAt, loc), Ready: c.Ready(tx.Now), Size: bytesText(c.Size)}
		if !c.ExpiresAt.IsZero() {
			line.Until = civil.DateOf(c.ExpiresAt, loc).DayMonthYear()
		}
		v.Making = v.Making || c.ReadyAt.IsZero()
		v.Copies = append(v.Copies, line)
	}
	children, err := household.Children(ctx, tx, who.HouseholdID)
	if err != nil {
		return err
	}
	for _, c := range children {
		v.Children = append(v.Children, ui.Link{Href: "/espace/enfants/" + c.ID, Label: "La fiche " + of(c.FirstName)})
	}
	situation, err := privacy.SituationOf(ctx, tx, who, loc)
	if err != nil {
		return err
	}
	v.Fates = privacy.Fates(situation)
	request, found, err := privacy.Last(ctx, tx, who)
	if found {
		v.Request = newRequest(request, loc)
	}
	return err
}

func newRequest(r privacy.Request, loc *time.Location) *requestView {
	v := &requestView{Made: civil.FrenchInstant(r.MadeAt, loc), Answer: r.Answer, Open: r.Open()}
	switch {
	case r.Open():
		v.Kind, v.State = ui.Warn, "En attente de la réponse de la mairie"
	case !r.WithdrawnAt.IsZero():
		v.Kind, v.State = ui.Plain, "Retirée par vous"
	case r.Accepted:
		v.Kind, v.State = ui.Good, "Acceptée"
	default:
		v.Kind, v.State = ui.Bad, "Refusée"
	}
	return v
}

// bytesText is a size as people read it: "2,4 Mo".
func bytesText(n int64) string {
	switch {
	case n == 0:
		return ""
	case n < 1<<20:
		return strconv.FormatInt(max(1, n>>10), 10) + "\u00a0ko"
	}
	tenths := n * 10 >> 20
	return strconv.FormatInt(tenths/10, 10) + "," + strconv.FormatInt(tenths%10, 10) + "\u00a0Mo"
}

func (p Pages) askCopy(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return privacy.AskCopy(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La copie se prépare", Text: "Un message vous prévient dès qu’elle est prête, en général dans la minute."})
	return web.Redirect(w, r, dataPath)
}

// copy sends a copy that is ready. Its bytes are read from the files at rest as they go out.
func (p Pages) copy(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	t := web.Town(r)
	var file blob.File
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := privacy.CopyOf(r.Context(), tx, who, r.PathValue("copie"))
		if err != nil {
			return err
		}
		file, err = blob.Find(r.Context(), tx, c.FileID)
		return err
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	return web.Send(w, web.File{Kind: "application/zip", Name: "mes-donnees.zip", Size: file.Size, Content: content})
}

func (p Pages) askErasure(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if !f.Yes("compris") {
		f.Fail("compris", "Cochez la case : votre espace ne pourra pas être rétabli.")
		return p.showData(w, r, who, http.StatusUnprocessableEntity, f)
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return privacy.Ask(r.Context(), tx, who, f.Raw("message")) })
	if err != nil && f.Blame(err) {
		return p.showData(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre demande est envoyée", Text: "La mairie vous répond par e-mail dans le mois."})
	return web.Redirect(w, r, dataPath)
}

func (p Pages) withdrawErasure(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return privacy.Withdraw(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre demande est retirée", Text: "Rien n’est effacé."})
	return web.Redirect(w, r, dataPath)
}
