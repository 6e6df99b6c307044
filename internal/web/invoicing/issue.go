package invoicing

import (
	"context"
	"net/http"

	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// confirmPage asks to issue a run: what is sent, on which date, until when to pay.
type confirmPage struct {
	billing.Preview
	Name    string
	Seen    string // the preparation that was read
	On, Due civil.Date
	Looks   int // households that deserve a look
	Paper   int // letters to print
	Changed bool
	Form    *web.Form
}

func (p Pages) confirm(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showConfirm(w, r, who, http.StatusOK, confirmPage{})
}

func (p Pages) showConfirm(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v confirmPage) error {
	t := web.Town(r)
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		return v.load(r.Context(), tx, r.PathValue("run"), civil.DateOf(tx.Now, t.Loc))
	})
	if err != nil {
		return err
	}
	if v.State != billing.RunPrepared {
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Cette facturation n’est pas à émettre", Text: "Voici où elle en est."})
		return web.Redirect(w, r, runPath+v.ID)
	}
	return web.Render(w, r, status, confirmView(frame(w, r, who, "Émettre les factures", runCrumb(&v.Run), ui.Link{Label: "Émettre"}), v))
}

func (v *confirmPage) load(ctx context.Context, tx *db.Tx, id string, today civil.Date) (err error) {
	if v.Preview, err = billing.RunPreview(ctx, tx, id); err != nil {
		return err
	}
	settings, err := billing.ReadSettings(ctx, tx)
	if err != nil {
		return err
	}
	v.Name, v.Seen, v.On, v.Due = runName(&v.Run), v.PreparedAt.String(), today, today.AddDays(settings.DueDays)
	for kind, c := range v.Preview.Notes {
		if kind != billing.NoteCarried {
			v.Looks += c.N
		}
	}
	owners, err := billing.OwnersOf(ctx, tx, id)
	if err != nil {
		return err
	}
	homes := make([]string, 0, len(owners))
	for _, home := range owners {
		homes = append(homes, home)
	}
	electronic, err := billing.Paperless(ctx, tx, homes)
	for _, home := range homes {
		if !electronic[home] {
			v.Paper++
		}
	}
	return err
}

// issueLabel is the button: it says what it does.
func (v confirmPage) issueLabel() string {
	label := "Émettre " + ui.Count(v.Invoices.N, "facture", "factures")
	if n := v.CreditNotes.N; n > 0 {
		label += " et " + ui.Count(n, "avoir", "avoirs")
	}
	return label
}

// issue gives the invoices their numbers. What was prepared again since the page was read is shown again first.
func (p Pages) issue(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	on, due, id, changed := form.Date("emission"), form.Date("echeance"), r.PathValue("run"), false
	t := web.Town(r)
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		run, err := billing.RunByID(r.Context(), tx, id)
		if err != nil {
			return err
		}
		if changed = run.State == billing.RunPrepared && run.PreparedAt.String() != form.Raw("vu"); changed {
			return nil
		}
		if err := form.Err(); err != nil {
			return err
		}
		return billing.Issue(r.Context(), tx, id, on, due, civil.DateOf(tx.Now, t.Loc), household.ByAgent(who))
	})
	f, refused := fault.As(err)
	switch {
	case changed:
		return p.showConfirm(w, r, who, http.StatusConflict, confirmPage{Changed: true})
	case refused && f.Kind == fault.Conflict:
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Rien n’a changé", Text: f.Message})
	case err != nil && form.Blame(err):
		return p.showConfirm(w, r, who, http.StatusUnprocessableEntity, confirmPage{Form: form})
	case err != nil:
		return err
	default:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "L’émission a commencé", Text: "Les numéros sont donnés dans l’ordre ; les familles sont prévenues à mesure."})
	}
	return web.Redirect(w, r, runPath+id)
}
