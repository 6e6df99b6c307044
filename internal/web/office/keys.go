package office

import (
	"net/http"
	"strings"
	"time"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/pdf"
	"preau/internal/staff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const keysPath = "/bureau/cles"

func (p Pages) keyRoutes(s *web.Server) {
	s.Handle("GET /bureau/cles", p.Door.Office(staff.Enrol, p.keys))
	s.Handle("POST /bureau/cles", p.Door.Office(staff.Enrol, p.makeLetters))
	s.Handle("POST /bureau/cles/revocation", p.Door.Office(staff.Enrol, p.revokeKey))
	s.Handle("GET /bureau/cles/lettres/{batch}", p.Door.Office(staff.Enrol, p.letters))
	s.Handle("GET /bureau/cles/lettres/{batch}/{file}", p.Door.Office(staff.Enrol, p.downloadLetters))
}

// keysShown is how many people the page lists; the search finds the others.
const keysShown = 200

// keysView is who has a key.
type keysView struct {
	Lines   []household.KeyLine
	More    int // that the page does not show
	Found   int
	State   household.KeyState // the filter; empty: all
	Query   string
	Counts  map[household.KeyState]int // of those without a space
	Spaces  int                        // who have one
	Ready   int                        // who have neither a space nor a key that waits
	Batches []household.KeyBatch
	Year    string
	Today   civil.Date
	Loc     *time.Location
	Form    *web.Form
}

// wholeTown refuses agents of some sites: a letter concerns a household, wherever its children are.
func wholeTown(who staff.Agent) error {
	if len(who.Sites) > 0 {
		return fault.Forbiddenf("Les clés et les foyers concernent toute la ville : votre accès est limité à certains établissements.")
	}
	return nil
}

func (p Pages) keys(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	return p.showKeys(w, r, who, http.StatusOK, nil)
}

func (p Pages) showKeys(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, form *web.Form) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	v := keysView{Query: q.Text("q", 100), State: household.KeyState(q.Text("etat", 20)), Counts: map[household.KeyState]int{}, Loc: web.Town(r).Loc, Form: form}
	err = web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		v.Today = civil.DateOf(tx.Now, v.Loc)
		v.Year = household.SchoolYearOf(v.Today)
		lines, err := household.KeyLines(r.Context(), tx, v.Year, q.Text("foyer", 40))
		if err != nil {
			return err
		}
		v.sift(lines)
		v.Batches, err = household.LatestLetters(r.Context(), tx, 5)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, keysPage(p.frame(w, r, "Clés enfance", keysPath, who), v))
}

// stateOpened is the filter of who has a space already.
const stateOpened = household.KeyState("espace")

// sift counts everybody and keeps those asked for.
func (v *keysView) sift(lines []household.KeyLine) {
	wanted := strings.Fields(household.Fold(v.Query))
	for _, l := range lines {
		state := l.Key.State(v.Today)
		if l.Guardian.AccountID != "" {
			state = stateOpened
			v.Spaces++
		} else {
			v.Counts[state]++
			if state != household.KeyLive {
				v.Ready++
			}
		}
		name := household.Fold(l.Guardian.Name() + " " + l.Household.Name + " " + l.Household.Reference)
		if v.State != "" && v.State != state || !holdsAll(name, wanted) {
			continue
		}
		if v.Found++; len(v.Lines) < keysShown {
			v.Lines = append(v.Lines, l)
		}
	}
	v.More = v.Found - len(v.Lines)
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// makeLetters asks for keys and letters: for who is ticked, or for all of those without a space, with or without those whose key waits.
func (p Pages) makeLetters(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	t := web.Town(r)
	var b household.KeyBatch
	err = t.DB.Write(r.Context(), func(tx *db.Tx) error {
		today := civil.DateOf(tx.Now, t.Loc)
		lines, err := household.KeyLines(r.Context(), tx, household.SchoolYearOf(today), "")
		if err != nil {
			return err
		}
		title, chosen := chooseLetters(form, lines, today)
		b, err = household.StartLetters(r.Context(), tx, household.ByAgent(who), title, chosen)
		return err
	})
	if err != nil {
		if form.Blame(err) {
			return p.showKeys(w, r, who, http.StatusUnprocessableEntity, form)
		}
		return err
	}
	return web.Redirect(w, r, keysPath+"/lettres/"+b.ID)
}

// chooseLetters gives who is to receive a letter, and what was asked in words.
func chooseLetters(form *web.Form, lines []household.KeyLine, today civil.Date) (title string, chosen []string) {
	ticked := map[string]bool{}
	for _, id := range form.All("responsable") {
		ticked[id] = true
	}
	title = "personnes choisies"
	switch form.Raw("pour") {
	case "sans":
		title = "familles sans espace ni clé en attente"
	case "tous":
		title = "toutes les familles sans espace"
	}
	for _, l := range lines {
		live := l.Key.State(today) == household.KeyLive
		switch {
		case l.Guardian.AccountID != "":
		case form.Raw("pour") == "sans" && !live, form.Raw("pour") == "tous", form.Raw("pour") == "choisis" && ticked[l.Guardian.ID]:
			chosen = append(chosen, l.Guardian.ID)
		}
	}
	return title, chosen
}

func (p Pages) revokeKey(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	err = web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) error {
		return household.RevokeKey(r.Context(), tx, household.ByAgent(who), form.Raw("responsable"))
	})
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: "La clé est révoquée", Text: "La lettre envoyée ne vaut plus rien. Une autre peut être faite."})
	return web.Redirect(w, r, keysPath)
}

// refreshEvery is how often the page of letters being made asks for itself again, in seconds.
const refreshEvery = "3"

func (p Pages) letters(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	var b household.KeyBatch
	var now civil.Instant
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		now = tx.Now
		b, err = household.Letters(r.Context(), tx, r.PathValue("batch"))
		return err
	})
	if err != nil {
		return err
	}
	if b.ReadyAt.IsZero() {
		w.Header().Set("Refresh", refreshEvery)
	}
	page := p.frame(w, r, "Lettres « clé enfance »", keysPath, who)
	page.Crumbs = []ui.Link{{Href: keysPath, Label: "Clés enfance"}, {Label: "Lettres"}}
	return web.Render(w, r, http.StatusOK, lettersPage(page, b, !b.ReadyAt.IsZero() && (b.FileID == "" || now.After(b.ExpiresAt)), web.Town(r).Loc))
}

// downloadLetters sends the file while it is kept, and writes who took it in the journal.
func (p Pages) downloadLetters(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if err := wholeTown(who); err != nil {
		return err
	}
	t := web.Town(r)
	var file blob.File
	err := t.DB.Write(r.Context(), func(tx *db.Tx) error {
		b, err := household.Letters(r.Context(), tx, r.PathValue("batch"))
		if err != nil {
			return err
		}
		if b.FileID == "" || tx.Now.After(b.ExpiresAt) || r.PathValue("file") != "lettres.pdf" {
			return fault.NotFoundf("Ce fichier n’est plus conservé : il contenait des clés. Refaites les lettres si elles ne sont pas imprimées.")
		}
		if file, err = blob.Find(r.Context(), tx, b.FileID); err != nil {
			return err
		}
		return household.LettersRead(r.Context(), tx, household.ByAgent(who), b)
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Read(r.Context(), file)
	if err != nil {
		return err
	}
	return web.Download(w, pdf.ContentType, "lettres-cle-enfance.pdf", content)
}

// keyStates are the filters of the page, in order.
var keyStates = []struct {
	State household.KeyState
	Label string
}{
	{"", "Tous"}, {household.KeyNone, "Sans clé"}, {household.KeyLive, "Clé en attente"}, {stateOpened, "Avec un espace"},
	{household.KeyRevoked, "Révoquée"}, {household.KeyExpired, "Périmée"},
}

func (v keysView) tabs() []ui.Tab {
	var out []ui.Tab
	for _, s := range keyStates {
		n := v.Counts[s.State]
		if s.State == stateOpened {
			n = v.Spaces
		}
		href := keysPath
		if s.State != "" {
			href += "?etat=" + string(s.State)
		}
		out = append(out, ui.Tab{Href: href, Label: s.Label, Count: n, Current: s.State == v.State})
	}
	return out
}
