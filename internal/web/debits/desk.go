package debits

import (
	"math"
	"net/http"
	"strconv"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/mandate"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// batchesView is the desk: the batches, and what mandates there are.
type batchesView struct {
	Ready    bool // the creditor is known
	Settings bool // the agent may settle it
	Batches  []mandate.Batch
	Counts   map[mandate.State]int
	Today    civil.Date
	Next     string // address of those before
}

// listed is how many lines a page of a list has.
const listed = 100

func (p Pages) batches(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	v := batchesView{Settings: who.May(staff.Settings, "")}
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	before, err := strconv.ParseInt(q.Raw("avant"), 10, 64)
	if err != nil || before < 1 {
		before = math.MaxInt64
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		set, err := mandate.SettingsOf(r.Context(), tx)
		if err != nil {
			return err
		}
		v.Ready, v.Today = set.Ready(), civil.DateOf(tx.Now, web.Town(r).Loc)
		if v.Counts, err = mandate.Counts(r.Context(), tx); err != nil {
			return err
		}
		v.Batches, err = mandate.Batches(r.Context(), tx, before, listed+1)
		return err
	})
	if err != nil {
		return err
	}
	if len(v.Batches) > listed {
		v.Batches = v.Batches[:listed]
		v.Next = deskPath + "?avant=" + strconv.FormatInt(v.Batches[listed-1].Number, 10)
	}
	return web.Render(w, r, http.StatusOK, batchesPage(p.desk(w, r, "Prélèvements", who), v))
}

// late says that the file of a batch should have left already.
func (v batchesView) late(b mandate.Batch) bool {
	return b.State() == mandate.Ready && b.Count > 0 && v.Today.After(b.DueOn.AddDays(-1))
}

// planView is what a batch would hold.
type planView struct {
	mandate.Plan
	Submission string // of the batch that the form would make: sent twice, it makes one
	Set        mandate.Settings
	Earliest   civil.Date
	Form       *web.Form
}

// preview shows what a batch of a day would hold; without a day, of the first one possible. It writes nothing.
func (p Pages) preview(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	day := q.Date("echeance")
	if q.Has("echeance") && q.Err() != nil {
		day = civil.Date{}
	}
	return p.showPreview(w, r, who, day, q)
}

func (p Pages) showPreview(w http.ResponseWriter, r *http.Request, who staff.Agent, day civil.Date, form *web.Form) error {
	v := planView{Form: form, Submission: db.NewID()}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Set, err = mandate.SettingsOf(r.Context(), tx); err != nil {
			return err
		}
		today := civil.DateOf(tx.Now, web.Town(r).Loc)
		v.Earliest = mandate.Earliest(today, v.Set.Lead)
		if day.IsZero() && !form.Has("echeance") {
			day = v.Earliest
		}
		if wrong := mandate.CheckDue(day, today, v.Set.Lead); form.Blame(wrong) {
			return nil
		}
		v.Plan, err = mandate.Preview(r.Context(), tx, day)
		return err
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if form.Err() != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, planPage(p.desk(w, r, "Préparer un lot", who, ui.Link{Label: "Préparer un lot"}), v))
}

func (p Pages) make(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	day := f.Date("echeance")
	var b mandate.Batch
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		b, err = mandate.Make(r.Context(), tx, who, f.Raw("envoi"), day, civil.DateOf(tx.Now, web.Town(r).Loc))
		return err
	})
	if f.Blame(err) || f.Err() != nil {
		return p.showPreview(w, r, who, day, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le lot " + b.Name() + " est en préparation", Text: "Les familles reçoivent l’avis de prélèvement dans les minutes qui viennent."})
	return web.Redirect(w, r, batchPath+b.ID)
}

// batchView is one batch.
type batchView struct {
	mandate.Batch
	Debits []mandate.Debit
	Stale  []mandate.Debit // that the families paid otherwise since
	Next   string          // address of the page that follows
	Late   bool
	Form   *web.Form
}

func (p Pages) batch(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showBatch(w, r, who, http.StatusOK, nil)
}

func (p Pages) showBatch(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := batchView{Form: form}
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Batch, err = mandate.BatchByID(r.Context(), tx, r.PathValue("lot")); err != nil {
			return err
		}
		v.Late = v.State() == mandate.Ready && v.Count > 0 && civil.DateOf(tx.Now, web.Town(r).Loc).After(v.DueOn.AddDays(-1))
		if v.State() == mandate.Ready {
			if v.Stale, err = mandate.Stale(r.Context(), tx, v.ID); err != nil {
				return err
			}
		}
		v.Debits, err = mandate.DebitsOf(r.Context(), tx, v.ID, q.Raw("apres"), listed+1)
		return err
	})
	if err != nil {
		return err
	}
	if len(v.Debits) > listed {
		v.Debits = v.Debits[:listed]
		v.Next = batchPath + v.ID + "?apres=" + v.Debits[listed-1].EndToEnd
	}
	return web.Render(w, r, status, batchPage(p.desk(w, r, v.Name(), who, ui.Link{Label: v.Name()}), v))
}

func (p Pages) file(w http.ResponseWriter, r *http.Request, _ staff.Agent) error {
	var content []byte
	var name string
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		content, name, err = mandate.File(r.Context(), tx, t.KeyFor(mandate.KeyPurpose), r.PathValue("lot"), t.Loc)
		return err
	})
	if err != nil {
		return err
	}
	return web.Download(w, "application/xml", name, content)
}

func (p Pages) send(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return mandate.Send(r.Context(), tx, who, r.PathValue("lot"), civil.DateOf(tx.Now, web.Town(r).Loc))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le lot est noté comme transmis", Text: "Au jour du prélèvement, les factures seront réglées et les quittances faites."})
	return web.Redirect(w, r, batchPath+r.PathValue("lot"))
}

func (p Pages) cancel(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error { return mandate.Cancel(r.Context(), tx, who, r.PathValue("lot")) })
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le lot est annulé", Text: "Ses factures sont de nouveau à régler, et les familles sont prévenues."})
	return web.Redirect(w, r, batchPath+r.PathValue("lot"))
}

// reject enters a list of rejections, all or none.
func (p Pages) reject(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	list, err := mandate.ParseRejections(f.Lines("liste", 20000))
	switch {
	case err != nil:
		f.Fail("liste", "À la "+err.Error()+".")
	case len(list) == 0:
		f.Fail("liste", "Collez les rejets, un par ligne.")
	}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			return mandate.RejectListed(r.Context(), tx, who, r.PathValue("lot"), list, civil.DateOf(tx.Now, web.Town(r).Loc))
		})
		if refusal, ok := fault.As(err); ok && refusal.Kind != fault.Forbidden {
			f.Fail("liste", refusal.Message)
		} else if err != nil {
			return err
		}
	}
	if f.Err() != nil {
		return p.showBatch(w, r, who, http.StatusUnprocessableEntity, f)
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: ui.Count(len(list), "rejet est enregistré", "rejets sont enregistrés"), Text: rejectedText})
	return web.Redirect(w, r, batchPath+r.PathValue("lot"))
}

// rejectedText is what a rejection does, once it is entered.
const rejectedText = "Ce que la banque a repris est de nouveau dû, et les familles sont prévenues."

// debitView is one debit, with what can be done with it.
type debitView struct {
	mandate.Debit
	Batch mandate.Batch
	Form  *web.Form
	Today civil.Date
}

func (p Pages) debit(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showDebit(w, r, who, http.StatusOK, nil)
}

func (p Pages) showDebit(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	v := debitView{Form: form}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Today = civil.DateOf(tx.Now, web.Town(r).Loc)
		if v.Debit, err = mandate.DebitByID(r.Context(), tx, r.PathValue("debit")); err != nil {
			return err
		}
		v.Batch, err = mandate.BatchByID(r.Context(), tx, v.BatchID)
		return err
	})
	if err != nil {
		return err
	}
	page := p.desk(w, r, v.EndToEnd, who, ui.Link{Href: batchPath + v.BatchID, Label: v.Batch.Name()}, ui.Link{Label: v.EndToEnd})
	return web.Render(w, r, status, debitPage(page, v))
}

func (p Pages) release(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	var d mandate.Debit
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		d, err = mandate.Release(r.Context(), tx, who, r.PathValue("debit"), f.Text("motif", 200))
		return err
	})
	if f.Blame(err) {
		return p.showDebit(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le prélèvement est retiré du lot"})
	return web.Redirect(w, r, batchPath+d.BatchID)
}

func (p Pages) rejectOne(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	rejection := mandate.Rejection{DebitID: r.PathValue("debit"), Code: f.Raw("code"), On: f.Date("le")}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return mandate.Reject(r.Context(), tx, who, rejection, civil.DateOf(tx.Now, web.Town(r).Loc))
	})
	if f.Blame(err) {
		return p.showDebit(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le rejet est enregistré", Text: rejectedText})
	return web.Redirect(w, r, "/bureau/prelevements/debits/"+rejection.DebitID)
}

// codeOptions are the codes of the banks.
func codeOptions() []ui.Option {
	list := []ui.Option{{Label: "Choisissez le code"}}
	for _, c := range mandate.Codes {
		list = append(list, ui.Option{Value: c.ID, Label: c.ID + " : " + c.Label})
	}
	return list
}

// why says why an invoice is left out.
func why(e mandate.Excluded) string {
	switch e.Why {
	case mandate.ReasonSuspended:
		return "Le mandat est suspendu"
	case mandate.ReasonReserved:
		return "Déjà dans un autre lot"
	case mandate.ReasonNotice:
		return "Facture trop récente : le délai d’avis court jusqu’au " + e.From.DayMonthYear()
	case mandate.ReasonNotDue:
		return "À échéance le " + e.From.DayMonthYear()
	case mandate.ReasonPaying:
		return "La famille est en train de la payer en ligne"
	case mandate.ReasonPaused:
		return "Un échéancier est en cours"
	}
	return string(e.Why)
}

func itoa(n int) string { return strconv.Itoa(n) }

func dateValue(d civil.Date) string { return d.String() }

// plural gives the noun that goes with a number.
func plural(n int, one, many string) string {
	if n < 2 {
		return one
	}
	return many
}
