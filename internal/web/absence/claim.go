package absence

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// claimView is the form that justifies absences.
type claimView struct {
	UploadID string // the same one sent again is the same claim
	Children []household.Child
	Child    household.Child // zero: not chosen yet
	Missed   []attendance.Candidate
	Others   bool // there are booked days of which nothing is known yet
	Chosen   []string
	Papers   []document.Document // certificates of the vault
	Paper    string              // "nouveau", or the id of one
	Settings attendance.JustifySettings
	Form     *web.Form
	Now      civil.Instant
	loc      *time.Location
}

// newClaim shows the form. The address may say for whom and which days: ?enfant=…&jour=….
func (p Pages) newClaim(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := claimView{UploadID: db.NewID(), Paper: "nouveau", Chosen: q.All("jour"), Form: q}
	return p.showClaimForm(w, r, who, http.StatusOK, v)
}

func (p Pages) showClaimForm(w http.ResponseWriter, r *http.Request, who household.Guardian, status int, v claimView) error {
	v.loc = web.Town(r).Loc
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return v.load(r.Context(), tx, who) })
	if err != nil {
		return err
	}
	page := signin.FamilyPage(w, r, "Justifier une absence", familyPath, who.Name())
	page.Crumbs = []ui.Link{{Href: familyPath, Label: "Absences"}, {Label: "Justifier une absence"}}
	return web.Render(w, r, status, claimFormPage(page, v))
}

// missedShown is how many days missed the form lists: the latest.
const missedShown = 25

func (v *claimView) load(ctx context.Context, tx *db.Tx, who household.Guardian) (err error) {
	v.Now = tx.Now
	if v.Children, err = household.Children(ctx, tx, who.HouseholdID); err != nil {
		return err
	}
	wanted := v.Form.Raw("enfant")
	for _, c := range v.Children {
		if c.ID == wanted || len(v.Children) == 1 {
			v.Child = c
		}
	}
	if v.Child.ID == "" {
		if wanted != "" {
			err = fault.NotFoundf("Cet enfant n’est pas de votre foyer.")
		}
		return err
	}
	if v.Settings, err = attendance.ReadJustifySettings(ctx, tx); err != nil {
		return err
	}
	list, err := attendance.Candidates(ctx, tx, who, v.Child.ID, v.loc)
	if err != nil {
		return err
	}
	for _, d := range list {
		switch {
		case d.Claimed != nil:
		case d.Until.IsZero():
			v.Others = true
		default:
			v.Missed = append(v.Missed, d)
		}
	}
	v.Missed = v.Missed[max(0, len(v.Missed)-missedShown):]
	v.Papers, err = document.Certificates(ctx, tx, who.HouseholdID, v.Child.ID)
	return err
}

// dayOptions are the days known to be missed, each with the last instant of its certificate.
func (v claimView) dayOptions() (out []ui.Option) {
	for _, d := range v.Missed {
		sub := d.What + ". Justificatif attendu jusqu’au " + instant(d.Until, v.loc)
		if v.Now.Second().After(d.Until) {
			sub = d.What + ". Le délai est passé depuis le " + instant(d.Until, v.loc) + " : vous pouvez encore l’envoyer, l’agent décidera"
		}
		label := upper(d.Day.Long())
		if d.Came != attendance.Absent {
			label += " (absence signalée)"
		}
		out = append(out, ui.Option{Value: d.Day.String(), Label: label, Sub: sub + "."})
	}
	return out
}

func (v claimView) paperOptions() []ui.Option {
	out := []ui.Option{{Value: "nouveau", Label: "Un nouveau document", Sub: "Photo ou PDF, plusieurs pages si besoin."}}
	for _, d := range v.Papers {
		out = append(out, ui.Option{Value: d.ID, Label: "Celui du " + civil.DateOf(d.DepositedAt, v.loc).DayMonthYear(), Sub: ui.Count(len(d.Parts), "page", "pages") + ", déjà dans votre espace."})
	}
	return out
}

// fileClaim reads a claim and its files as they come, stores what may be kept, and only then writes it. Whatever goes wrong, nothing is left of
// it. The same upload sent again finds the first.
func (p Pages) fileClaim(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	u, err := web.ReadUpload(r)
	if err != nil {
		return err
	}
	f := u.Form
	n := attendance.NewClaim{UploadID: f.Raw("depot"), ChildID: f.Raw("enfant"), Words: f.Lines("precision", 500)}
	if len(n.UploadID) < 20 || len(n.UploadID) > 40 {
		return fault.Invalidf("depot", "Cette page n’est plus valable. Rouvrez-la, puis choisissez à nouveau vos fichiers.")
	}
	if f.Raw("document") != "nouveau" {
		n.DocumentID = f.Raw("document")
	}
	n.Deposit.Scan = web.Town(r).Scanner != nil
	old, found, err := p.precheck(r, who, &n, f)
	if err != nil {
		return err
	}
	if found {
		return filed(w, r, old)
	}
	if n.DocumentID == "" {
		err := document.TakeAll(r.Context(), web.Town(r).Files, document.Sheets{Next: u.Next, Refused: func() bool { return f.Err() != nil },
			Fail: func(why string) { f.Fail("fichier", why) }}, &n.Deposit)
		if err != nil {
			return err
		}
	}
	claim, kept, err := p.storeClaim(r, who, n, f)
	if !kept {
		if discarded := web.Town(r).Files.Discard(context.WithoutCancel(r.Context()), n.Deposit.Files...); err != nil || discarded != nil {
			return errors.Join(err, discarded)
		}
	}
	if f.Err() != nil {
		v := claimView{UploadID: n.UploadID, Chosen: f.All("jour"), Paper: f.Raw("document"), Form: f}
		return p.showClaimForm(w, r, who, http.StatusUnprocessableEntity, v)
	}
	return filed(w, r, claim)
}

// precheck finds a claim of the same upload, the days that are meant, and what is wrong with them before any file is read.
func (p Pages) precheck(r *http.Request, who household.Guardian, n *attendance.NewClaim, f *web.Form) (old attendance.Claim, found bool, err error) {
	loc := web.Town(r).Loc
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if old, found, err = attendance.ClaimFiled(r.Context(), tx, who, n.UploadID); err != nil || found {
			return err
		}
		list, err := attendance.Candidates(r.Context(), tx, who, n.ChildID, loc)
		if err != nil {
			return err
		}
		n.Days = chosenDays(f, list)
		if f.Err() != nil {
			return nil
		}
		return attendance.CheckClaim(r.Context(), tx, who, *n, loc)
	})
	if f.Blame(err) {
		err = nil
	}
	return old, found, err
}

// chosenDays are the boxes ticked, and the booked days of the period written beside them.
func chosenDays(f *web.Form, list []attendance.Candidate) (out []civil.Date) {
	for _, text := range f.All("jour") {
		day, err := civil.Parse(text)
		if err != nil {
			f.Fail("jour", "Ce jour n’existe pas.")
			return nil
		}
		out = append(out, day)
	}
	if !f.Has("du") || f.Raw("du") == "" && f.Raw("au") == "" {
		return out
	}
	from, to := f.Date("du"), f.Date("au")
	if f.Raw("du") == "" {
		f.Fail("du", "Indiquez le premier jour.")
	}
	if f.Raw("au") == "" {
		to = from
	}
	if f.Err() != nil {
		return nil
	}
	met := false
	for _, c := range list {
		if c.Day.Before(from) || c.Day.After(to) || c.Claimed != nil {
			continue
		}
		met = true
		if !slices.Contains(out, c.Day) {
			out = append(out, c.Day)
		}
	}
	if !met {
		f.Fail("du", "Aucun jour réservé n’est à justifier dans cette période.")
	}
	return out
}

// storeClaim writes the claim; kept when its files are its own, and not those of one that came meanwhile.
func (p Pages) storeClaim(r *http.Request, who household.Guardian, n attendance.NewClaim, f *web.Form) (c attendance.Claim, kept bool, err error) {
	if f.Err() != nil {
		return c, false, nil
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		c, kept, err = attendance.FileClaim(r.Context(), tx, who, n, web.Town(r).Loc)
		return err
	})
	refusal, ok := fault.As(err)
	switch {
	case err == nil:
		return c, kept, nil
	case f.Blame(err):
		return c, false, nil
	case ok && refusal.Kind == fault.Refused:
		f.Fail("fichier", refusal.Message)
		return c, false, nil
	}
	return c, false, err
}

// filed answers a claim that is written: its page, or its address to the script that sent it.
func filed(w http.ResponseWriter, r *http.Request, c attendance.Claim) error {
	to := familyPath + "/" + c.ID
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Justificatif " + c.Number + " reçu", Text: "Un accusé de réception vous est envoyé par e-mail."})
	if r.Header.Get("Accept") != "application/json" {
		return web.Redirect(w, r, to)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(db.JSON(map[string]string{"to": to})))
	return nil
}

// oneView is one certificate that was sent.
type oneView struct {
	attendance.Claim
	Child     string
	Documents []document.Document
	loc       *time.Location
}

func (p Pages) claim(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	v := oneView{loc: web.Town(r).Loc}
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Claim, err = attendance.ClaimOf(r.Context(), tx, who, r.PathValue("absence"), v.loc); err != nil {
			return err
		}
		children, err := household.ChildrenByID(r.Context(), tx, []string{v.ChildID})
		if err != nil {
			return err
		}
		v.Child = children[v.ChildID].FirstName
		v.Documents, err = document.Attached(r.Context(), tx, v.Target())
		return err
	})
	if err != nil {
		return err
	}
	page := signin.FamilyPage(w, r, "Justificatif "+v.Number, familyPath, who.Name())
	page.Crumbs = []ui.Link{{Href: familyPath, Label: "Absences"}, {Label: v.Number}}
	return web.Render(w, r, http.StatusOK, onePage(page, v))
}

func (p Pages) withdraw(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	id := r.PathValue("absence")
	err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return attendance.Withdraw(r.Context(), tx, who, id, web.Town(r).Loc)
	})
	if fault.Is(err, fault.Conflict) {
		refusal, _ := fault.As(err)
		web.Flash(w, r, ui.Flash{Kind: ui.Warn, Title: "Ce justificatif n’est pas retiré", Text: refusal.Message})
		return web.Redirect(w, r, familyPath+"/"+id)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Justificatif retiré", Text: "Le document est de nouveau privé. Ces jours restent facturés."})
	return web.Redirect(w, r, familyPath)
}
