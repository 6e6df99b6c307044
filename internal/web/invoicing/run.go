package invoicing

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"preau/internal/billing"
	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/notify"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// runPage is one run: how far it is, what it comes to, what deserves a look, what was issued.
type runPage struct {
	billing.Preview
	Name    string
	Badge   badge
	Notes   []noteLine
	Issued  billing.Issued
	Told    int // e-mails about what was issued
	Sent    int // of them, sent
	Batches []batchLine
	On, Due string
	By, At  string
}

// noteLine counts the households to look at for one reason.
type noteLine struct {
	Kind       billing.NoteKind
	Label, Why string
	N          int
	Href       string
	Icon       string
	Tone       ui.Kind
}

// batchLine is a file to print.
type batchLine struct {
	billing.Batch
	When, Until string
}

// reasons say, for each kind of note, what it means and what to do; in the order of what hurts most.
var reasons = []noteLine{
	{Kind: billing.NoteUnpriced, Label: "Sans tarif", Why: "Aucune grille ne donne de prix : ces jours, ou ces forfaits, ne sont pas facturés. Complétez les tarifs, puis préparez de nouveau.", Icon: "circle-alert", Tone: ui.Bad},
	{Kind: billing.NoteUnpointed, Label: "Jours non pointés", Why: "Réservé, et la feuille de présence ne dit rien : facturé au prix normal.", Icon: "triangle-alert", Tone: ui.Warn},
	{Kind: billing.NoteNoQuotient, Label: "Sans quotient familial", Why: "Le tarif le plus élevé est appliqué.", Icon: "triangle-alert", Tone: ui.Warn},
	{Kind: billing.NoteDoubled, Label: "Total plus que doublé", Why: "Plus de deux fois la facture précédente.", Icon: "triangle-alert", Tone: ui.Warn},
	{Kind: billing.NoteCredit, Label: "Total négatif", Why: "La Ville rend plus qu’elle ne demande : un avoir est émis.", Icon: "undo-2", Tone: ui.Accent},
	{Kind: billing.NotePending, Label: "Présents en attente d’instruction", Why: "Venus alors que leur demande attendait une réponse : facturé au prix normal.", Icon: "hourglass", Tone: ui.Warn},
	{Kind: billing.NoteElsewhere, Label: "Déjà facturés ailleurs", Why: "Ces jours sont facturés à un autre foyer, ou dans un autre brouillon : ils attendent.", Icon: "info", Tone: ui.Plain},
	{Kind: billing.NoteCarried, Label: "Reportés", Why: "Sous le minimum : attendent la facturation suivante.", Icon: "info", Tone: ui.Plain},
}

func (p Pages) run(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t, v := web.Town(r), runPage{}
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, r, r.PathValue("run")) })
	if err != nil {
		return err
	}
	page := frame(w, r, who, "Facturation, "+v.Name, ui.Link{Label: v.Name})
	return web.Render(w, r, http.StatusOK, runView(page, v))
}

func (v *runPage) load(ctx context.Context, tx *db.Tx, r *http.Request, id string) (err error) {
	if v.Preview, err = billing.RunPreview(ctx, tx, id); err != nil {
		return err
	}
	loc := web.Town(r).Loc
	v.Name, v.Badge = runName(&v.Run), runBadge(v.State)
	if v.HouseholdID != "" {
		v.Name += ", " + v.Household
	}
	for _, n := range reasons {
		if c := v.Preview.Notes[n.Kind]; c.N > 0 {
			n.N, n.Href = c.N, runPath+id+"/a-voir?motif="+string(n.Kind)
			v.Notes = append(v.Notes, n)
		}
	}
	if v.State != billing.RunIssued {
		return nil
	}
	v.On, v.Due, v.By, v.At = v.IssuedOn.Long(), v.DueOn.Long(), v.IssuedBy, when(v.IssuedAt, loc)
	if v.Issued, err = billing.IssuedBy(ctx, tx, id); err != nil {
		return err
	}
	if err := v.readMails(ctx, tx, id); err != nil {
		return err
	}
	batches, err := billing.BatchesOf(ctx, tx, id)
	for _, b := range batches {
		v.Batches = append(v.Batches, batchLine{b, when(b.MadeAt, loc), when(b.ExpiresAt, loc)})
	}
	return err
}

// readMails counts the e-mails that tell families of what the run issued.
func (v *runPage) readMails(ctx context.Context, tx *db.Tx, id string) error {
	owners, err := billing.OwnersOf(ctx, tx, id)
	if err != nil {
		return err
	}
	people, err := household.GuardiansOfMany(ctx, tx, slices.Sorted(maps.Values(owners)))
	if err != nil {
		return err
	}
	var told []notify.Message
	for document, owner := range owners {
		for _, g := range people[owner] {
			m := notify.Message{Once: billing.TellOnce(document), AccountID: g.AccountID}
			if g.AccountID == "" {
				m.Address = g.Email
			}
			told = append(told, m)
		}
	}
	v.Told, v.Sent, err = notify.CountSent(ctx, tx, told)
	return err
}

// documentsPage lists the invoices and credit notes of a run.
type documentsPage struct {
	Run            billing.Run
	Name           string
	Lines          []documentLine
	Previous, Next string
	Where          string
}

// documentLine is an invoice in a list.
type documentLine struct {
	billing.Invoice
	Name  string
	Badge badge
}

// documentsShown is how many documents a page lists.
const documentsShown = 100

func linesOf(list []billing.Invoice, today civil.Date) (out []documentLine) {
	for k := range list {
		out = append(out, documentLine{list[k], documentName(&list[k]), invoiceBadge(&list[k], today)})
	}
	return out
}

func (p Pages) documents(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(q.Raw("de"))
	if err != nil || from < 0 {
		from = 0
	}
	t, v := web.Town(r), documentsPage{}
	err = t.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Run, err = billing.RunByID(r.Context(), tx, r.PathValue("run")); err != nil {
			return err
		}
		list, err := billing.List(r.Context(), tx, billing.Filter{RunID: v.Run.ID, Limit: documentsShown + 1, Offset: from})
		here := runPath + v.Run.ID + "/factures?de="
		if len(list) > documentsShown {
			list = list[:documentsShown]
			v.Next = here + strconv.Itoa(from+documentsShown)
		}
		if from > 0 {
			v.Previous = here + strconv.Itoa(max(0, from-documentsShown))
		}
		v.Where = ui.Number(from+1) + " à " + ui.Number(from+len(list))
		v.Lines = linesOf(list, civil.DateOf(tx.Now, t.Loc))
		return err
	})
	if err != nil {
		return err
	}
	v.Name = runName(&v.Run)
	return web.Render(w, r, http.StatusOK, documentsView(frame(w, r, who, "Factures, "+v.Name, runCrumb(&v.Run), ui.Link{Label: "Factures"}), v))
}

// notesPage lists the households to look at for one reason.
type notesPage struct {
	Run    billing.Run
	Reason noteLine
	Lines  []billing.Note
	Draft  map[string]string // household → its invoice in the run
	More   bool
}

// notesShown is how many households a reason lists.
const notesShown = 300

func (p Pages) notes(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := notesPage{}
	for _, n := range reasons {
		if string(n.Kind) == q.Raw("motif") {
			v.Reason = n
		}
	}
	if v.Reason.Kind == "" {
		return fault.NotFoundf("Cette liste n’existe pas.")
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Run, err = billing.RunByID(r.Context(), tx, r.PathValue("run")); err != nil {
			return err
		}
		if v.Lines, err = billing.RunNotes(r.Context(), tx, v.Run.ID, v.Reason.Kind, notesShown+1); err != nil {
			return err
		}
		if v.More = len(v.Lines) > notesShown; v.More {
			v.Lines = v.Lines[:notesShown]
		}
		owners, err := billing.OwnersOf(r.Context(), tx, v.Run.ID)
		v.Draft = map[string]string{}
		for document, home := range owners {
			v.Draft[home] = max(v.Draft[home], document) // one of them, where there is a credit note too
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, notesView(frame(w, r, who, v.Reason.Label, runCrumb(&v.Run), ui.Link{Label: v.Reason.Label}), v))
}

// prepareAgain makes the drafts anew from the facts as they are now.
func (p Pages) prepareAgain(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, func(ctx context.Context, tx *db.Tx, id string) error {
		return billing.PrepareAgain(ctx, tx, id, household.ByAgent(who))
	})
}

// abandon gives a run up before it is issued.
func (p Pages) abandon(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.act(w, r, func(ctx context.Context, tx *db.Tx, id string) error {
		return billing.Abandon(ctx, tx, id, household.ByAgent(who))
	})
}

// act does something to a run and leads back to it; a run that changed meanwhile is shown as it is now.
func (p Pages) act(w http.ResponseWriter, r *http.Request, do func(context.Context, *db.Tx, string) error) error {
	id := r.PathValue("run")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return do(r.Context(), tx, id) })
	if f, ok := fault.As(err); ok && (f.Kind == fault.Conflict || f.Kind == fault.Refused) {
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Rien n’a changé", Text: f.Message})
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, runPath+id)
}

// print asks for the letters of a run.
func (p Pages) print(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	return p.act(w, r, func(ctx context.Context, tx *db.Tx, id string) error {
		_, err := billing.StartBatch(ctx, tx, id, form.Raw("pour") == "tous", household.ByAgent(who))
		return err
	})
}

// downloadBatch sends the letters of a run, and writes who took them.
func (p Pages) downloadBatch(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t := web.Town(r)
	var b billing.Batch
	var file blob.File
	err := t.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if b, err = billing.BatchByID(r.Context(), tx, r.PathValue("lot")); err != nil {
			return err
		}
		if b.FileID == "" {
			return fault.NotFoundf("Ce fichier n’est plus là. Refaites-le depuis la page de la facturation.")
		}
		if file, err = blob.Find(r.Context(), tx, b.FileID); err != nil {
			return err
		}
		return billing.BatchRead(r.Context(), tx, b, household.ByAgent(who))
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Open(r.Context(), file)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was read to its end, or the answer is broken
	return web.ServeFile(w, pdf.ContentType, "factures-a-imprimer.pdf", file.Size, content, true)
}
