package family

import (
	"context"
	"net/http"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/dossier"
	"preau/internal/household"
	"preau/internal/web"
	"preau/internal/web/ui"
	"preau/internal/words"
)

const (
	householdPath = "/espace/foyer"
	childrenPath  = "/espace/enfants/"
)

// slugs name the fields in addresses and in the ids of the pages.
var slugs = map[string]dossier.Field{
	"adresse": dossier.Address, "nom": dossier.GuardianName, "email": dossier.Email, "telephone": dossier.Phone,
	"identite": dossier.Identity, "menu": dossier.Menu, "medecin": dossier.Doctor, "sante": dossier.Health, "assurance": dossier.Insurance,
}

// part is one field of the file as a page shows it: what is known, what waits, and the form that changes it.
type part struct {
	Slug    string
	Title   string
	Action  string // address the form is sent to
	Items   []dossier.Item
	Known   dossier.Content
	Said    string // who said it, and when
	Mode    dossier.Mode
	Waits   *waits
	Others  []waits // declared by the other parent of a shared child
	Form    *web.Form
	Open    bool
	Note    string      // under the title: what the field is for
	Missing string      // said in place of an empty field
	Label   string      // of the button that opens the form
	Proofs  []ui.Option // documents of the vault that may be joined to what is declared
	Choose  bool        // address: a search of the addresses of the commune stands above the form
}

// waits is a declared change that waits.
type waits struct {
	ID    string
	Title string
	Since string
	By    string
	Diffs []ui.Diff
	Mine  bool
}

func (p part) field(f ui.Field) ui.Field { return p.Form.Field(f) }

// shown tells whether the page has anything to show of the field.
func (p part) shown() bool { return p.Mode != dossier.Hidden }

// editable tells whether the family may change it.
func (p part) editable() bool { return p.Mode == dossier.Editable || p.Mode == dossier.Checked }

// send is what the button of the form says.
func (p part) send() string {
	if p.Mode == dossier.Checked {
		return "Envoyer au service pour vérification"
	}
	return "Enregistrer"
}

// known lists the items with something to show; a field with nothing has none.
func (p part) known() []ui.Diff {
	if p.Known.Empty() {
		return nil
	}
	var list []ui.Diff
	for _, i := range p.Items {
		if p.Known[i.Key] != "" || len(p.Items) == 1 {
			list = append(list, ui.Diff{Label: i.Label, Old: words.Item(i, p.Known[i.Key])})
		}
	}
	return list
}

// missing is what stands in place of an empty field.
func (p part) missing() string {
	if p.Missing != "" {
		return p.Missing
	}
	return "Rien n’est renseigné."
}

// newWaits shows a declared change.
func newWaits(c dossier.Change, loc *time.Location) waits {
	w := waits{ID: c.ID, Title: c.Definition().Label, Since: solid(civil.ShortInstant(c.DeclaredAt, loc)), By: c.ByName}
	w.Diffs = diffs(c.Definition(), c.Old, c.New)
	return w
}

func diffs(d dossier.Definition, was, now dossier.Content) []ui.Diff {
	var list []ui.Diff
	for _, i := range d.Items {
		if was[i.Key] == "" && now[i.Key] == "" {
			continue
		}
		list = append(list, ui.Diff{Label: i.Label, Old: words.Item(i, was[i.Key]), New: words.Item(i, now[i.Key]), Changed: was[i.Key] != now[i.Key]})
	}
	return list
}

// fill adds to parts what waits, and the form that could not be taken.
func fill(parts []*part, mine, others []dossier.Change, wrong *rejected, loc *time.Location) {
	for _, p := range parts {
		f := slugs[p.Slug]
		for _, c := range mine {
			if c.Field == f {
				w := newWaits(c, loc)
				w.Mine = true
				p.Waits = &w
			}
		}
		for _, c := range others {
			if c.Field == f {
				p.Others = append(p.Others, newWaits(c, loc))
			}
		}
		if wrong != nil && wrong.slug == p.Slug {
			p.Form, p.Open = wrong.form, true
		}
	}
}

// addProofs offers the documents of the household's vault beside what an agent will check.
func addProofs(ctx context.Context, tx *db.Tx, who household.Guardian, parts []*part) error {
	list, err := document.List(ctx, tx, who)
	options := []ui.Option{{Label: "aucun"}}
	for _, d := range list {
		if d.Stored != document.Scanning && d.Stored != document.Refused && d.ReplacedAt.IsZero() {
			options = append(options, ui.Option{Value: d.ID, Label: d.Type.Name + ", " + d.Whose()})
		}
	}
	for _, p := range parts {
		if p.Mode == dossier.Checked {
			p.Proofs = options
		}
	}
	return err
}

// rejected is a form of a page that could not be taken: the page is shown again with it.
type rejected struct {
	slug string
	form *web.Form
}

// healthKey is the town's key for what is sealed in the file.
func healthKey(r *http.Request) []byte { return web.Town(r).KeyFor("health") }

// declare takes the form of a field. It gives the form back when something is wrong with it.
func (p Pages) declare(w http.ResponseWriter, r *http.Request, who household.Guardian, childID string) (*rejected, dossier.Outcome, error) {
	slug := r.PathValue("rubrique")
	d, ok := dossier.Define(slugs[slug])
	if !ok || (d.Of == dossier.OfChild) != (childID != "") {
		return nil, "", noSuchPart
	}
	f, err := web.ReadForm(w, r)
	if err != nil {
		return nil, "", err
	}
	content := dossier.Content{}
	for _, i := range d.Items {
		if i.Kind == dossier.Lines {
			content[i.Key] = f.Lines(i.Key, 2000)
		} else {
			content[i.Key] = f.Text(i.Key, 120)
		}
	}
	if f.Err() != nil {
		return &rejected{slug, f}, "", nil
	}
	proof := f.Text("justificatif", 60)
	var out dossier.Outcome
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		out, err = dossier.Declare(r.Context(), tx, healthKey(r), who, dossier.Declaration{Field: d.Field, ChildID: childID, New: content, DocumentID: proof})
		return err
	})
	if err != nil && f.Blame(err) {
		return &rejected{slug, f}, "", nil
	}
	return nil, out, err
}

// sayOutcome tells what a declaration led to, on the next page.
func sayOutcome(w http.ResponseWriter, r *http.Request, out dossier.Outcome, what string) {
	switch out {
	case dossier.ToCheck:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Votre changement est envoyé au service", Text: "Un agent le vérifie. D’ici là, l’ancienne information reste valable ; un e-mail vous donnera la réponse."})
	case dossier.Unchanged:
		web.Flash(w, r, ui.Flash{Title: "Rien n’a changé", Text: "Ce que vous avez envoyé est ce que nous savions déjà."})
	case dossier.Done:
		web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: what + " : c’est enregistré"})
	}
}

// withdraw takes back a change that waits.
func (p Pages) withdraw(w http.ResponseWriter, r *http.Request, who household.Guardian) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return dossier.Withdraw(r.Context(), tx, who, r.PathValue("changement"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "Le changement est retiré", Text: "L’ancienne information reste valable."})
	return web.Redirect(w, r, web.Local(f.Raw("retour"), householdPath))
}
