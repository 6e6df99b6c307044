package intake_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/intake"
	"preau/internal/worldtest"
)

func TestImportOfAnotherShape(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		export := os.DirFS("testdata/export")
		for _, fresh := range []bool{true, false} {
			r := imports(t, w, export)
			want := intake.Count{Read: 3}
			if fresh {
				want.New = 3
			}
			if r.Children != want || r.Sites.Read != 2 || r.Households.Read != 2 || r.Guardians.Read != 2 || r.Schoolings.Read != 3 || r.Enrolments.Read != 2 {
				t.Errorf("report %+v", r)
			}
		}
		w.Read(func(tx *db.Tx) error {
			hits, err := household.Search(t.Context(), tx, "girard parent1")
			if err != nil || len(hits) != 1 || hits[0].Guardians[0] != "Parent1 GIRARD" {
				t.Fatalf("search: %+v, %v", hits, err)
			}
			children, err := household.Children(t.Context(), tx, hits[0].HouseholdID)
			if err != nil || len(children) != 1 || children[0].Name() != "Liam GIRARD" {
				t.Fatalf("children: %+v, %v", children, err)
			}
			schoolings, err := household.Schoolings(t.Context(), tx, children[0].ID)
			if err != nil || schoolings[0].Level != "CM2" {
				t.Errorf("schooling: %+v, %v", schoolings, err)
			}
			return nil
		})
	})
}

func TestBadMapping(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		good, err := os.ReadFile("testdata/export/correspondance.toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ from, to, want string }{
			{`code = "{school}"`, `code = "{ecole}"`, "children.csv, ligne 1, colonne « ecole » : Cette colonne, citée dans correspondance.toml, manque."},
			{`vers = "ecoles"`, `vers = "lycees"`, "correspondance.toml, colonne « vers » : « lycees » n’est pas possible."},
			{`adresse = `, `rue = `, "correspondance.toml, colonne « rue » : Cette colonne n’existe pas dans foyers."},
			{`quotient = "{qf}"`, "quotient = ", "correspondance.toml : Le fichier ne peut pas être lu"},
			{`seulement = `, `sauf = `, "correspondance.toml, colonne « table.sauf.accueil_de_loisirs » : Ce réglage n’existe pas."},
			{`"families.csv"`, `"familles.csv"`, "correspondance.toml, colonne « fichier » : Le fichier « familles.csv » n’est pas là."},
			{`naissance = "{birth}"`, ``, "correspondance.toml, colonne « naissance » : Dites d’où vient cette colonne de enfants (fichier children.csv)."},
		} {
			in := copied(t)
			in["correspondance.toml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(good), c.from, c.to, 1))}
			report, err := intake.Import(t.Context(), w.DB, in, intake.Options{By: by, Loc: w.Loc})
			found := false
			for _, p := range report.Problems {
				found = found || strings.HasPrefix(p.String(), c.want)
			}
			if !fault.Is(err, fault.Refused) || !found {
				t.Errorf("want %s\ngot %v, %v", c.want, report.Problems, err)
			}
		}
	})
}

func copied(t *testing.T) fstest.MapFS {
	t.Helper()
	out, from := fstest.MapFS{}, os.DirFS("testdata/export")
	names, err := fs.Glob(from, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: text}
	}
	return out
}
