package tariffs

import (
	"bytes"
	"encoding/json"
	"net/http"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
	"preau/internal/tariff"
	"preau/internal/web"
	"preau/internal/web/ui"
)

const (
	quotientsPath = "/bureau/tarifs/quotients"
	servicePath   = "/bureau/parametres/quotients"
	fileMost      = 2 << 20 // bytes of a file of quotients
)

func (p Pages) quotientRoutes(s *web.Server) {
	s.Handle("GET /bureau/tarifs/quotients", p.Door.Office(staff.Search, p.importForm))
	s.Handle("POST /bureau/tarifs/quotients/apercu", p.Door.Office(staff.Search, p.previewImport))
	s.Handle("POST /bureau/tarifs/quotients", p.Door.Office(staff.Search, p.takeImport))
	s.Handle("GET /bureau/parametres/quotients", p.Door.Office(staff.Settings, p.service))
	s.Handle("POST /bureau/parametres/quotients", p.Door.Office(staff.Settings, p.saveService))
	s.Handle("POST /bureau/parametres/quotients/arret", p.Door.Office(staff.Settings, p.dropService))
}

// importView is a file of quotients being read.
type importView struct {
	Form              *web.Form
	Problem           string
	Month, Effect     string // proposed
	Lines             []household.QuotientLine
	New, Known, Wrong int
	Carried, Source   string // what the confirmation posts back
}

func (v importView) verb() string { return "Enregistrer " + ui.Count(v.New, "quotient", "quotients") }

// value is the quotient of a line; empty when it could not be read.
func value(l household.QuotientLine) string {
	if l.Problem != "" && l.Value == 0 {
		return ""
	}
	return tariff.Quotient(l.Value)
}

func before(q *int64) string {
	if q == nil {
		return "non connu"
	}
	return tariff.Quotient(*q)
}

func (p Pages) importForm(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	if !mayChange(who) {
		return fault.Forbiddenf("Vos droits ne permettent pas d’importer des quotients.")
	}
	return p.showImport(w, r, who, http.StatusOK, importView{})
}

func (p Pages) showImport(w http.ResponseWriter, r *http.Request, who staff.Agent, status int, v importView) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error {
		month := civil.MonthOf(civil.DateOf(tx.Now, web.Town(r).Loc))
		v.Month, v.Effect = month.String(), month.Next().First().String()
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, importPage(p.frame(w, r, "Importer des quotients", who), v))
}

// previewImport reads a file and shows what it would change. It writes nothing.
func (p Pages) previewImport(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if !mayChange(who) {
		return fault.Forbiddenf("Vos droits ne permettent pas d’importer des quotients.")
	}
	content, _ := f.File("fichier", fileMost)
	if len(content) == 0 { // what is already said of the field is kept
		f.Fail("fichier", "Choisissez le fichier des quotients.")
	}
	defaults := household.Quotient{Kind: f.One("nature", "Choisissez la nature.", "caf", "impots"), EffectiveOn: day(f, "effet")}
	if m := f.Month("mois"); m != (civil.Month{}) {
		defaults.ReferenceMonth = m.String()
	} else {
		f.Fail("mois", "Indiquez le mois de référence.")
	}
	if defaults.EffectiveOn.IsZero() {
		f.Fail("effet", "Indiquez à partir de quel jour les quotients s’appliquent.")
	}
	source := f.Needed("source", 120, "Indiquez d’où vient le fichier.")
	if f.Err() != nil {
		return p.showImport(w, r, who, http.StatusUnprocessableEntity, importView{Form: f})
	}
	lines, err := household.ReadQuotients(bytes.NewReader(content), defaults)
	if err != nil {
		return p.showImport(w, r, who, http.StatusUnprocessableEntity, importView{Form: f, Problem: "Ce fichier n’a pas pu être lu : " + err.Error() + "."})
	}
	return p.showLines(w, r, who, lines, source)
}

func (p Pages) showLines(w http.ResponseWriter, r *http.Request, who staff.Agent, lines []household.QuotientLine, source string) error {
	err := web.Town(r).DB.Read(r.Context(), func(tx *db.Tx) error { return household.MatchQuotients(r.Context(), tx, lines) })
	if err != nil {
		return err
	}
	v := importView{Lines: lines, Source: source}
	kept := []household.QuotientLine{}
	for _, l := range lines {
		switch {
		case l.Problem != "":
			v.Wrong++
		case l.Known:
			v.Known++
		default:
			v.New++
			kept = append(kept, l)
		}
	}
	v.Carried = db.JSON(kept)
	return web.Render(w, r, http.StatusOK, importPreview(p.frame(w, r, "Relire les quotients", who), v))
}

// takenAtOnce is how many lines one transaction writes: families go on booking in between, and taking a file again writes nothing twice.
const takenAtOnce = 200

// takeImport writes what the preview showed.
func (p Pages) takeImport(w http.ResponseWriter, r *http.Request, who staff.Agent) error {
	f, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	if !mayChange(who) {
		return fault.Forbiddenf("Vos droits ne permettent pas d’importer des quotients.")
	}
	var lines []household.QuotientLine
	if err := json.Unmarshal([]byte(f.Raw("lignes")), &lines); err != nil || len(lines) > household.MostQuotients {
		return fault.Invalidf("fichier", "Le fichier n’a pas pu être relu : importez-le de nouveau.")
	}
	source := f.Needed("source", 120, "Indiquez d’où vient le fichier.")
	if f.Err() != nil {
		return f.Err()
	}
	taken := 0
	for first := 0; first < len(lines); first += takenAtOnce {
		slice := lines[first:min(first+takenAtOnce, len(lines))]
		n := 0
		err := web.Town(r).DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			if err = household.MatchQuotients(r.Context(), tx, slice); err != nil {
				return err
			}
			n, err = household.TakeQuotients(r.Context(), tx, household.ByAgent(who), slice, source)
			return err
		})
		if err != nil {
			return err
		}
		taken += n
	}
	web.Flash(w, r, ui.Flash{Kind: ui.Good, Title: ui.Count(taken, "quotient est enregistré", "quotients sont enregistrés")})
	return web.Redirect(w, r, quotientsPath)
}
