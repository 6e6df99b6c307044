package pay

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"preau/internal/audit"
	"preau/internal/db"
	facts "preau/internal/payfip"
	"preau/internal/payment"
	"preau/internal/remote/payfip"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
	"preau/internal/web/signin"
	"preau/internal/web/ui"
)

// settingsView is the town's contracts, and what the banks answered when they were tried.
type settingsView struct {
	payment.Contracts
	Tried  []tried
	Paybox *web.Form // of the form that could not be saved
	PayFiP *web.Form
	Notice string // the address that Paybox calls
}

// tried is what a bank answered.
type tried struct {
	What, Said string
	OK         bool
}

func (p Pages) settings(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	return p.showSettings(w, r, who, http.StatusOK, settingsView{})
}

func (p Pages) showSettings(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v settingsView) error {
	v.Notice = web.Town(r).BaseURL + payboxNotice
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Contracts, err = payment.ContractsOf(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	page := signin.OfficePage(w, r, "Paiement en ligne", "/bureau/parametres", who)
	page.Crumbs = []ui.Link{{Href: "/bureau/parametres", Label: "Paramètres"}, {Label: "Paiement en ligne"}}
	return web.Render(w, r, status, settingsPage(page, v))
}

// savePaybox settles the contract with Paybox.
func (p Pages) savePaybox(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	terms := payment.PayboxTerms{On: f.Yes("ouvert"), Servers: addresses(f.Lines("serveurs", 1000)), Path: f.Text("chemin", 200), PublicKeys: strings.TrimSpace(f.Lines("cles_publiques", 8000)) + "\n",
		Direct: addresses(f.Lines("ppps", 1000)), Post: f.One("methode", "Choisissez comment la banque appelle.", "GET", "POST") == "POST"}
	terms.Site, terms.Rank, terms.Identifier = f.Text("site", 20), f.Text("rang", 20), f.Text("identifiant", 20)
	secret := f.Secret("cle", 600)
	t := web.Town(r)
	if f.Err() == nil {
		err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
			before, err := payment.ContractsOf(r.Context(), tx)
			if err != nil {
				return err
			}
			if err := payment.SavePaybox(r.Context(), tx, terms, strings.Join(strings.Fields(secret), ""), t.KeyFor(payment.ContractKey)); err != nil {
				return err
			}
			return settled(r.Context(), tx, who, "payment.paybox", before.Paybox, map[string]any{"terms": terms, "on": terms.On, "key_changed": secret != ""})
		})
	}
	return p.saved(w, r, who, f, err, func(v *settingsView) { v.Paybox = f })
}

// savePayFiP settles the contract with the DGFiP.
func (p Pages) savePayFiP(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	terms := payment.PayFiPTerms{On: f.Yes("ouvert"), Client: f.Text("numcli", 20), Mode: f.One("saisie", "Choisissez le mode.", facts.Test, facts.Activation, facts.Production), Base: f.Text("base", 200)}
	if f.Err() == nil {
		err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
			before, err := payment.ContractsOf(r.Context(), tx)
			if err != nil {
				return err
			}
			if err := payment.SavePayFiP(r.Context(), tx, terms); err != nil {
				return err
			}
			return settled(r.Context(), tx, who, "payment.payfip", before.PayFiP, map[string]any{"terms": terms, "on": terms.On})
		})
	}
	return p.saved(w, r, who, f, err, func(v *settingsView) { v.PayFiP = f })
}

// settled writes a change of a contract in the journal, without its key.
func settled(ctx context.Context, tx *db.Tx, who staff.Agent, subject string, before, after any) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "settings.change", Subject: subject, Detail: map[string]any{"before": before, "after": after}})
}

func (p Pages) saved(w http.ResponseWriter, r *http.Request, who staff.Agent, f *web.Form, err error, keep func(*settingsView)) error {
	if f.Blame(err) || f.Err() != nil {
		var v settingsView
		keep(&v)
		return p.showSettings(w, r, who, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le contrat est enregistré", Text: "Essayez la connexion pour vérifier que la banque répond."})
	return web.Redirect(w, r, settingsPath)
}

// addresses reads one a line.
func addresses(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// tryBanks asks each bank whether it is there: nothing is paid, and nothing is written.
func (p Pages) tryBanks(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	t := web.Town(r)
	var c payment.Contracts
	var v settingsView
	err := t.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = payment.ContractsOf(r.Context(), tx)
		return err
	})
	if err != nil {
		return err
	}
	v.Tried = append(p.tryPaybox(r.Context(), t, c.Paybox), p.tryPayFiP(r.Context(), t, c.PayFiP)...)
	return p.showSettings(w, r, who, http.StatusOK, v)
}

func (p Pages) tryPaybox(ctx context.Context, t *town.Town, c payment.PayboxTerms) (out []tried) {
	if c.Site == "" {
		return nil
	}
	_, err := c.Key(t.KeyFor(payment.ContractKey))
	out = append(out, outcome("Paybox, clé de signature", err == nil, "lisible", "manquante, ou scellée avec une autre clé de la ville"))
	for _, address := range c.Servers {
		up := p.banksOf(t).paybox.Up(ctx, address)
		out = append(out, outcome("Paybox, "+address, up, "prend les paiements", "ne répond pas, ou ne prend pas de paiement"))
	}
	return out
}

func (p Pages) tryPayFiP(ctx context.Context, t *town.Town, c payment.PayFiPTerms) []tried {
	if c.Client == "" {
		return nil
	}
	lines, err := p.banksOf(t).payfip.Who(ctx, c.Base, c.Client)
	var f *facts.Fault
	switch {
	case errors.As(err, &f):
		return []tried{{"PayFiP, client " + c.Client, "refusé : " + f.Label + " (" + f.Code + ")", false}}
	case err != nil:
		return []tried{{"PayFiP, " + payfip.Page(c.Base, ""), "ne répond pas", false}}
	}
	return []tried{{"PayFiP, client " + c.Client, strings.Join(lines, ", "), true}}
}

func outcome(what string, ok bool, good, bad string) tried {
	if ok {
		return tried{what, good, true}
	}
	return tried{what, bad, false}
}

// ticked is whether the box that opens a bank is ticked: as it was sent, or as it is.
func ticked(f *web.Form, on bool) bool {
	if f != nil {
		return f.Has("ouvert")
	}
	return on
}

func keyHint(c payment.PayboxTerms) string {
	if c.Sealed == "" {
		return "Comme la banque l’affiche, d’habitude 128 caractères. Elle est gardée scellée et n’est plus jamais montrée."
	}
	return "Une clé est enregistrée, scellée. Laissez vide pour la garder."
}

func method(c payment.PayboxTerms) string {
	if c.Post {
		return http.MethodPost
	}
	return http.MethodGet
}

func triedKind(list []tried) ui.Kind {
	for _, t := range list {
		if !t.OK {
			return ui.Warn
		}
	}
	return ui.Good
}
