package family

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	documentsPath = "/espace/documents"
	depositPath   = documentsPath + "/nouveau"
	zipPath       = documentsPath + "/tout"
)

func (p Pages) documentRoutes(s *web.Server) {
	s.Handle("GET /espace/documents", p.Door.Family(p.documents))
	s.Handle("GET /espace/documents/nouveau", p.Door.Family(p.newDocument))
	s.Handle("POST /espace/documents", p.Door.Family(p.deposit).Large(depositBytes, depositTime))
	s.Handle("GET /espace/documents/tout", p.Door.Family(p.allDocuments).Large(0, depositTime))
	s.Handle("GET /espace/documents/{document}", p.Door.Family(p.document))
	s.Handle("GET /espace/documents/{document}/pages/{page}", p.Door.Family(p.documentPage).Large(0, depositTime))
	s.Handle("POST /espace/documents/{document}/transmission", p.Door.Family(p.sendDocument))
	s.Handle("POST /espace/documents/{document}/suppression", p.Door.Family(p.deleteDocument))
}

// vault is what the pages of documents read.
type vault struct {
	now      civil.Instant
	today    civil.Date
	types    []document.Type
	children []household.Child
	given    []document.Document // of the household
	needs    []document.Need
	used     int64
	settings document.Settings
	loc      *time.Location
}

// readVault reads the documents of a household and what is asked of it.
func readVault(ctx context.Context, tx *db.Tx, who household.Guardian, loc *time.Location) (v vault, err error) {
	v.now, v.today, v.loc = tx.Now, civil.DateOf(tx.Now, loc), loc
	if v.given, err = document.List(ctx, tx, who); err != nil {
		return v, err
	}
	if v.children, err = household.Children(ctx, tx, who.HouseholdID); err != nil {
		return v, err
	}
	if v.settings, err = document.ReadSettings(ctx, tx); err != nil {
		return v, err
	}
	for _, d := range v.given {
		v.used += d.Size()
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return v, err
	}
	kin, err := booking.KinOf(ctx, tx, who, c, v.today)
	if err != nil {
		return v, err
	}
	v.types, v.needs, err = readNeeds(ctx, tx, who, kin, v.today)
	return v, err
}

// readNeeds says what a household still has to give.
func readNeeds(ctx context.Context, tx *db.Tx, who household.Guardian, kin []booking.Kin, today civil.Date) ([]document.Type, []document.Need, error) {
	types, err := document.Types(ctx, tx)
	if err != nil || !slices.ContainsFunc(types, func(t document.Type) bool { return t.Asked != document.OfNobody }) {
		return types, nil, err
	}
	given, err := document.Given(ctx, tx, who.HouseholdID)
	if err != nil {
		return types, nil, err
	}
	var people []document.Person
	for _, k := range kin {
		p := document.Person{ChildID: k.Child.ID, FirstName: k.Child.FirstName, BornOn: k.Child.BornOn}
		for _, e := range k.Enrolments {
			p.Activities = append(p.Activities, e.Activity.ID)
		}
		people = append(people, p)
	}
	return types, document.Needs(types, people, given, today), nil
}

// documentsPage is the vault on screen.
type documentsPage struct {
	ui.Page
	vault
	Current, Old []document.Document
}

func (p Pages) documents(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	page := documentsPage{Page: p.frame(w, r, "Mes documents", documentsPath, who.Name())}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		page.vault, err = readVault(r.Context(), tx, who, web.Town(r).Loc)
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range page.given {
		if d.ReplacedAt.IsZero() {
			page.Current = append(page.Current, d)
		} else {
			page.Old = append(page.Old, d)
		}
	}
	return web.Render(w, r, http.StatusOK, documentsView(page))
}

// documentPageView is one document.
type documentPageView struct {
	ui.Page
	document.Document
	vault
	Views []document.View
}

func (p Pages) document(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	loc := web.Town(r).Loc
	var v documentPageView
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.now, v.today, v.loc = tx.Now, civil.DateOf(tx.Now, loc), loc
		if v.Document, err = document.Find(r.Context(), tx, who, r.PathValue("document")); err != nil {
			return err
		}
		v.Views, err = document.Views(r.Context(), tx, v.ID)
		return err
	})
	if err != nil {
		return err
	}
	v.Page = p.frame(w, r, v.Type.Name, documentsPath, who.Name())
	v.Crumbs = []ui.Link{{Href: documentsPath, Label: "Mes documents"}, {Label: v.Type.Name}}
	return web.Render(w, r, http.StatusOK, documentView(v))
}

func (p Pages) sendDocument(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	id := r.PathValue("document")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return document.Send(r.Context(), tx, who, id, document.YearlyFile)
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Document transmis au service", Text: "Vous serez prévenu de sa réponse par e-mail."})
	return web.Redirect(w, r, documentsPath+"/"+id)
}

func (p Pages) deleteDocument(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return document.Delete(r.Context(), tx, who, r.PathValue("document"))
	})
	if fault.Is(err, fault.Refused) {
		refusal, _ := fault.As(err)
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Ce document n’est pas supprimé", Text: refusal.Message})
		return web.Redirect(w, r, documentsPath+"/"+r.PathValue("document"))
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Document supprimé"})
	return web.Redirect(w, r, documentsPath)
}

// stateBadge shows where a document stands: an icon, a word, a colour.
func stateBadge(s document.State) (kind ui.Kind, icon, word string) {
	switch s {
	case document.Scanning:
		return ui.Warn, "shield", "En cours d’analyse"
	case document.ToCheck:
		return ui.Warn, "hourglass", "À vérifier"
	case document.Accepted:
		return ui.Good, "circle-check", "Accepté"
	case document.Refused:
		return ui.Bad, "circle-alert", "Refusé"
	case document.Expired:
		return ui.Bad, "timer", "Expiré"
	}
	return ui.Plain, "lock", "Privé"
}

// stateText says in a sentence what the state means for the family.
func stateText(d document.Document, today civil.Date) string {
	switch d.State(today) {
	case document.Scanning:
		return "L’antivirus regarde ce document. Il s’ouvrira dans quelques instants."
	case document.ToCheck:
		return "Le service a reçu ce document et va le vérifier. Vous serez prévenu par e-mail."
	case document.Accepted:
		if d.ValidUntil.IsZero() {
			return "Le service a accepté ce document."
		}
		return "Le service a accepté ce document. Il est valable jusqu’au " + d.ValidUntil.DayMonthYear() + "."
	case document.Refused:
		return d.Reason
	case document.Expired:
		return "Ce document n’est plus valable depuis le " + d.ValidUntil.DayMonthYear() + ". Remplacez-le par un plus récent."
	}
	return "Vous seul le voyez. Le service n’y a pas accès tant que vous ne le lui transmettez pas."
}

// needTitle is "Assurance scolaire de Léo".
func needTitle(n document.Need) string {
	if n.Child == "" {
		return n.Type.Name
	}
	return n.Type.Name + " " + of(n.Child)
}

// needText says what is wrong with what is there.
func needText(n document.Need) string {
	text := map[document.Why]string{
		document.Missing:    "Ce document manque.",
		document.WasRefused: "Le document que vous avez envoyé a été refusé : " + n.Last.Reason,
		document.HasExpired: "Celui que vous aviez donné a expiré.",
		document.NotSent:    "Il est dans votre espace : il reste à le transmettre au service.",
		document.InScan:     "Il est en cours d’analyse par l’antivirus.",
	}[n.Why]
	if n.Type.Blocking {
		text += " Sans lui, aucun nouveau jour ne peut être réservé."
	}
	return text
}

// needLink leads to what answers a need.
func needLink(n document.Need) (label, href string) {
	switch n.Why {
	case document.NotSent:
		return "Transmettre", documentsPath + "/" + n.Last.ID
	case document.InScan:
		return "Voir", documentsPath + "/" + n.Last.ID
	case document.WasRefused, document.HasExpired:
		return "Remplacer", replaceHref(n.Last)
	}
	return "Déposer", depositPath + "?type=" + kindValue(n.Type.ID, n.ChildID)
}

func replaceHref(d document.Document) string {
	return depositPath + "?type=" + kindValue(d.Type.ID, d.ChildID) + "&remplace=" + d.ID
}

// kindValue is a type and whom it is about, as the form posts it.
func kindValue(typeID, childID string) string {
	if childID == "" {
		return typeID
	}
	return typeID + ":" + childID
}

// kindOptions are the answers to "what is it": each type for the household, or for each child.
func kindOptions(types []document.Type, children []household.Child) []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choisissez"}}
	for _, t := range types {
		if t.Archived || t.ID == document.Certificate { // those come with the days they cover
			continue
		}
		if t.Subject == document.OfHousehold {
			options = append(options, ui.Option{Value: t.ID, Label: t.Name})
			continue
		}
		for _, c := range children {
			options = append(options, ui.Option{Value: kindValue(t.ID, c.ID), Label: t.Name + " " + of(c.FirstName)})
		}
	}
	return options
}

// about is "Antoine, déposé le 1 décembre 2026 par Claire Martin".
func about(d document.Document, loc *time.Location) string {
	return d.Whose() + ", déposé le " + civil.DateOf(d.DepositedAt, loc).DayMonthYear()
}

// weight writes a size as people read it: "240 ko", "3,2 Mo".
func weight(bytes int64) string {
	if bytes < 1<<20 {
		return ui.Number(int(max(1, bytes>>10))) + "\u00a0ko"
	}
	tenths := bytes * 10 >> 20
	return strings.TrimSuffix(ui.Number(int(tenths/10))+","+itoa(int(tenths%10)), ",0") + "\u00a0Mo"
}

// viewEvents writes who opened a document, and what of it.
func viewEvents(views []document.View, loc *time.Location) []ui.Event {
	var out []ui.Event
	for _, v := range views {
		day, at := civil.DateOf(v.At, loc), civil.TimeOf(v.At, loc)
		what := "A ouvert « " + v.What + " »"
		if v.What == "fiche" {
			what = "A consulté ce document"
		}
		out = append(out, ui.Event{When: day.Short() + ", " + at.French(), At: day.String() + "T" + at.String(), What: what, By: v.Agent})
	}
	return out
}

// needsShown is how many documents the first page asks for; the others are on the page of documents.
const needsShown = 3

// askedTitle is "Il manque un document", "Il manque 4 documents".
func askedTitle(needs []document.Need) string {
	if len(needs) == 1 {
		return "Un document vous est demandé"
	}
	return upper(figure(len(needs))) + " documents vous sont demandés"
}
