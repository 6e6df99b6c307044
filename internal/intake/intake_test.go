package intake_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/encoding/charmap"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/intake"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var by = household.By{Actor: "job:import", Name: "Import"}

func each(t *testing.T, test func(t *testing.T, w *worldtest.World)) {
	t.Helper()
	t.Parallel()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) { test(t, worldtest.Chatou(t, tn)) })
}

// files makes a folder from name and content pairs.
func files(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

// small is a correct import of two households that share a child.
func small() fstest.MapFS {
	return files(
		"ecoles.csv", lines("Code;Nom;Type;Adresse", "HUGO;Élémentaire Victor Hugo;élémentaire;1 rue Hugo"),
		"foyers.csv", lines("Référence;Nom;Adresse;Code postal;Ville;Résident;Quotient;Quotient nature;Quotient mois;Quotient effet",
			"F1;LEFÈVRE Anaïs;3 rue des Prés;78400;Chatou;oui;799,50;CAF;09/2026;01/09/2026", "F2;D’ALMEIDA João;;;;non;;;;"),
		"responsables.csv", lines("reference;foyer;civilite;nom;prenom;email;telephone",
			"R1;F1;Mme;Lefèvre;Anaïs;anais.lefevre@famille.example;06 39 98 11 22", "R2;F2;M.;d’Almeida;João;;639981123"),
		"enfants.csv", lines("reference;foyer;second_foyer;nom;prenom;naissance;menu",
			"E1;F1;;Lefèvre;Zoé;05/06/2018;Sans porc", "E2;F1;F2;Lefèvre-d’Almeida;Cœur-Marie;2021-02-28;"),
		"scolarites.csv", lines("enfant;annee_scolaire;ecole;niveau;classe", "E1;2026-2027;Élémentaire Victor Hugo;CE2;CE2 B", "E2;;SABINETTES;;"),
		"gardes.csv", lines("enfant;foyer;semaines;jour;heure;vacances;du", "E2;F2;paires;vendredi;16h30;première moitié années paires;01/09/2026"),
		"inscriptions.csv", lines("enfant;activite;site;du;au;points", "E1;MERCREDI;LOISIRS;01/09/2026;02/07/2027;3", "E2;Restauration scolaire;SABINETTES;01/09/2026;02/07/2027;"),
	)
}

func imports(t *testing.T, w *worldtest.World, in fs.FS) intake.Report {
	t.Helper()
	report, err := intake.Import(t.Context(), w.DB, in, intake.Options{By: by, Loc: w.Loc})
	if err != nil {
		t.Fatalf("import: %v\n%v", err, report.Problems)
	}
	return report
}

func count(t *testing.T, w *worldtest.World, table string) (n int64) {
	t.Helper()
	w.Read(func(tx *db.Tx) error { return tx.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n) })
	return n
}

var tables = []string{"sites", "households", "guardians", "children", "household_children", "schoolings", "custody_rules", "enrolments", "quotients", "residences"}

func counts(t *testing.T, w *worldtest.World) (out []int64) {
	t.Helper()
	for _, table := range tables {
		out = append(out, count(t, w, table))
	}
	return out
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		report := imports(t, w, small())
		want := intake.Report{Sites: intake.Count{Read: 1, New: 1}, Households: intake.Count{Read: 2, New: 2}, Guardians: intake.Count{Read: 2, New: 2},
			Children: intake.Count{Read: 2, New: 2}, Schoolings: intake.Count{Read: 2}, Custody: intake.Count{Read: 1, New: 1}, Enrolments: intake.Count{Read: 2, New: 2}}
		if report.Sites != want.Sites || report.Households != want.Households || report.Guardians != want.Guardians || report.Children != want.Children ||
			report.Schoolings != want.Schoolings || report.Custody != want.Custody || report.Enrolments != want.Enrolments {
			t.Errorf("report %+v, want %+v", report, want)
		}
		w.Read(func(tx *db.Tx) error {
			hits, err := household.Search(t.Context(), tx, "lefevre coeur")
			if err != nil || len(hits) != 2 {
				t.Fatalf("search: %+v, %v", hits, err)
			}
			home := hits[1]
			if home.Name != "LEFÈVRE Anaïs" || !slices.Equal(home.Children, []string{"Zoé", "Cœur-Marie"}) {
				t.Errorf("household: %+v", home)
			}
			s, err := household.StandingOf(t.Context(), tx, home.HouseholdID)
			q, ok := s.QuotientOn(civil.MustParse("2026-12-01"))
			if err != nil || !ok || q.Value != 79950 || q.ReferenceMonth != "2026-09" || !s.ResidentOn(civil.MustParse("2026-12-01")) {
				t.Errorf("standing: %+v, %v", s, err)
			}
			children, err := household.Children(t.Context(), tx, home.HouseholdID)
			if err != nil || children[0].Menu != "sans_porc" || children[1].LastName != "Lefèvre-d’Almeida" || !children[1].Shared {
				t.Errorf("children: %+v, %v", children, err)
			}
			schoolings, err := household.Schoolings(t.Context(), tx, children[1].ID)
			if err != nil || len(schoolings) != 1 || schoolings[0].Level != "GS" || schoolings[0].SchoolYear != "2026-2027" || schoolings[0].SiteID != w.Site["SABINETTES"] {
				t.Errorf("schooling from the birth date: %+v, %v", schoolings, err)
			}
			c, err := household.CustodyOf(t.Context(), tx, children[1].ID)
			if err != nil || len(c.Rules) != 1 || c.Rules[0].Time != civil.Clock(16, 30) || c.Rules[0].Holidays != household.FirstHalfEvenYears {
				t.Errorf("custody: %+v, %v", c, err)
			}
			list, err := booking.EnrolmentsOfChild(t.Context(), tx, children[0].ID)
			if err != nil || len(list) != 1 || list[0].Activity.Code != "MERCREDI" || list[0].Enrolment.Points != 3 {
				t.Errorf("enrolments: %+v, %v", list, err)
			}
			guardians, err := household.Guardians(t.Context(), tx, hits[0].HouseholdID)
			if err != nil || guardians[0].Phone != "+33639981123" || guardians[0].Civility != "m" {
				t.Errorf("guardian: %+v, %v", guardians, err)
			}
			return nil
		})
	})
}

func TestImportTwiceDoublesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		imports(t, w, small())
		before := counts(t, w)
		w.SetClock("2026-12-08T10:00")
		report := imports(t, w, small())
		if after := counts(t, w); !slices.Equal(before, after) {
			t.Errorf("%v: %v, then %v", tables, before, after)
		}
		if n := report.Sites.New + report.Households.New + report.Guardians.New + report.Children.New + report.Custody.New + report.Enrolments.New; n != 0 {
			t.Errorf("%d new rows told: %+v", n, report)
		}
	})
}

func TestImportOfOneFileLater(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		imports(t, w, small())
		imports(t, w, files("responsables.csv", "reference,foyer,nom,prenom,telephone\nR2,F2,d’Almeida,João,06 39 98 55 66\nR3,F1,Petit,Marc,\n"))
		imports(t, w, files("scolarites.csv", "enfant;ecole;niveau;classe\nE1;HUGO;ULIS;\n"))
		imports(t, w, files("scolarites.csv", "enfant;ecole;classe\nE1;ROSTAND;\n"))
		imports(t, w, files("inscriptions.csv", "enfant,activite,site,du,au\nE1,ETUDE,ROSTAND,2026-09-01,2027-07-02\n"))
		w.Read(func(tx *db.Tx) error {
			known, err := household.KnownHouseholds(t.Context(), tx, []string{"F1", "F2"})
			if err != nil {
				return err
			}
			one, err := household.Guardians(t.Context(), tx, known["F1"])
			if err != nil || len(one) != 2 {
				t.Errorf("F1: %+v, %v", one, err)
			}
			children, err := household.KnownChildren(t.Context(), tx, []string{"E1"})
			if err != nil {
				return err
			}
			schoolings, err := household.Schoolings(t.Context(), tx, children["E1"])
			if err != nil || len(schoolings) != 1 || schoolings[0].Level != "ULIS" || schoolings[0].ClassName != "CE2 B" || schoolings[0].SiteID != w.Site["ROSTAND"] {
				t.Errorf("an empty cell changed something: %+v, %v", schoolings, err)
			}
			two, err := household.Guardians(t.Context(), tx, known["F2"])
			if err != nil || len(two) != 1 || two[0].Phone != "+33639985566" || two[0].Civility != "m" {
				t.Errorf("F2: %+v, %v", two, err)
			}
			return nil
		})
	})
}

func TestImportIsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		before := counts(t, w)
		for name, change := range map[string]func(fstest.MapFS){
			"a bad date": func(in fstest.MapFS) {
				in["enfants.csv"].Data = []byte(strings.ReplaceAll(string(in["enfants.csv"].Data), "05/06/2018", "31/02/2018"))
			},
			"an enrolment against a rule of the town": func(in fstest.MapFS) {
				in["inscriptions.csv"].Data = append(in["inscriptions.csv"].Data, "E1;ETUDE;SABINETTES;01/09/2026;02/07/2027;\r\n"...)
			},
			"only checked": nil,
		} {
			in, o := small(), intake.Options{By: by, Loc: w.Loc, Check: change == nil}
			if change != nil {
				change(in)
			}
			report, err := intake.Import(t.Context(), w.DB, in, o)
			if (change != nil) != fault.Is(err, fault.Refused) || (change == nil && err != nil) {
				t.Errorf("%s: %v, %v", name, err, report.Problems)
			}
			if o.Check && report.Children.New != 2 {
				t.Errorf("%s: %+v", name, report)
			}
			if after := counts(t, w); !slices.Equal(before, after) {
				t.Errorf("%s: %v: %v, then %v", name, tables, before, after)
			}
		}
	})
}

func TestProblemsAreAllTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		in := files(
			"foyers.csv", lines("reference;nom;quotient;resident", "F1;UN;8oo;oui", ";DEUX;;", "F3;TROIS;;peut-être", "F4;QUATRE;;", "F4;QUATRE;;", "F4;AUTRE;;", "F5;CINQ"),
			"responsables.csv", lines("reference;foyer;nom;prenom;email;telephone;age", "R1;F9;A;B;pas une adresse;12;"),
			"enfants.csv", lines("reference;foyer;nom;naissance", "E1;F1;A;01/01/2020"),
			"scolarites.csv", lines("enfant;ecole;niveau", "E9;SABINETTES;CP", "E8;Nulle part;6e"),
			"gardes.csv", lines("enfant;foyer;semaines;jour;heure;du;au", "E1;F1;parfois;vendredi;25h;01/09/2026;01/01/2026"),
			"inscriptions.csv", lines("enfant;activite;site;du;au", "E9;PISCINE;LOISIRS;02/07/2027;01/09/2026", "E9;PISCINE;LOISIRS;01/09/2026;02/07/2027"),
			"bidule.csv", "a;b\n1;2\n", "vide.csv", "",
		)
		report, err := intake.Import(t.Context(), w.DB, in, intake.Options{By: by, Loc: w.Loc})
		if !fault.Is(err, fault.Refused) {
			t.Fatalf("error %v", err)
		}
		var got []string
		for _, p := range report.Problems {
			got = append(got, p.String())
		}
		for _, want := range []string{
			"bidule.csv : Fichier inconnu.", "foyers.csv, ligne 2, colonne « quotient » : « 8oo »", "foyers.csv, ligne 3, colonne « reference » : Cette cellule ne peut pas être vide.",
			"foyers.csv, ligne 4, colonne « resident » : « peut-être »", "foyers.csv, ligne 7, colonne « reference » : Déjà donné autrement (foyers.csv, ligne 5).",
			"foyers.csv, ligne 8 : La ligne n’a pas autant de cellules", "responsables.csv, ligne 1, colonne « age » : Colonne inconnue.",
			"responsables.csv, ligne 2, colonne « email »", "responsables.csv, ligne 2, colonne « telephone »",
			"enfants.csv, ligne 1, colonne « prenom » : Cette colonne manque.", "scolarites.csv, ligne 2, colonne « enfant » : L’enfant « E9 » n’existe ni",
			"scolarites.csv, ligne 3, colonne « niveau » : « 6e »", "gardes.csv, ligne 2, colonne « semaines »", "gardes.csv, ligne 2, colonne « heure »",
			"gardes.csv, ligne 2, colonne « au » : Le dernier jour est avant le premier.", "inscriptions.csv, ligne 2, colonne « au » : Le dernier jour est avant le premier.",
			"inscriptions.csv, ligne 3, colonne « activite » : L’activité « PISCINE »", "vide.csv : Fichier inconnu.",
		} {
			if !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, want) }) {
				t.Errorf("not told: %s\ntold:\n%s", want, strings.Join(got, "\n"))
			}
		}
		if count(t, w, "households") != 2 {
			t.Error("something was written")
		}
	})
}

func TestWhatBelongsToTheTownIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		imports(t, w, small())
		for _, c := range []struct{ file, text, want string }{
			{"responsables.csv", "reference;foyer;nom;prenom\nR1;F2;Lefèvre;Anaïs\n", "responsables.csv, ligne 2, colonne « foyer » : Ce responsable est déjà dans le foyer F1."},
			{"enfants.csv", "reference;foyer;nom;prenom;naissance\nE2;F-claire.martin;L;M;28/02/2021\n", "enfants.csv, ligne 2, colonne « foyer » : Cet enfant serait dans plus de deux foyers (F1, F2, F-claire.martin)."},
			{"enfants.csv", "reference;foyer;nom;prenom;naissance\nE3;F1;L;M;28/02/2031\n", "enfants.csv, ligne 2, colonne « naissance » : Cette date est dans l’avenir."},
			{"gardes.csv", "enfant;foyer;semaines;jour;heure;du\nE1;F2;paires;lundi;8h;01/09/2026\n", "gardes.csv, ligne 2, colonne « foyer » : L’enfant n’est pas dans ce foyer."},
			{"gardes.csv", "enfant;foyer;semaines;jour;heure;du\nE2;F2;alternées;lundi;8h;01/09/2026\n", "gardes.csv, ligne 2, colonne « premier_jour » : Indiquez le premier jour"},
			{"scolarites.csv", "enfant;ecole\nE1;LOISIRS\n", "scolarites.csv, ligne 2, colonne « ecole » : Cet établissement n’est pas une école."},
			{"inscriptions.csv", "enfant;activite;site;du;au\nE1;MERCREDI;LOISIRS;02/09/2026;02/07/2027\n", "inscriptions.csv, ligne 2 : Cet enfant est déjà inscrit à cette activité"},
		} {
			report, err := intake.Import(t.Context(), w.DB, files(c.file, c.text), intake.Options{By: by, Loc: w.Loc})
			if !fault.Is(err, fault.Refused) || len(report.Problems) != 1 || !strings.HasPrefix(report.Problems[0].String(), c.want) {
				t.Errorf("want %s\ngot %v, %v", c.want, report.Problems, err)
			}
		}
	})
}

func TestNotEligibleUnlessSaidWhy(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		imports(t, w, small())
		w.Write(func(tx *db.Tx) error {
			c, err := activity.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			a, _ := c.Activity(w.Activity["ETUDE"])
			study := *a
			study.Levels = []string{"CM1", "CM2"}
			_, err = activity.SaveActivity(t.Context(), tx, study, civil.DateOf(tx.Now, w.Loc), w.Loc)
			return err
		})
		const head, line = "enfant;activite;site;du;au;derogation\n", "E1;ETUDE;ROSTAND;01/09/2026;02/07/2027;"
		report, err := intake.Import(t.Context(), w.DB, files("inscriptions.csv", head+line+"\n"), intake.Options{By: by, Loc: w.Loc})
		if !fault.Is(err, fault.Refused) || len(report.Problems) != 1 || !strings.Contains(report.Problems[0].Reason, "réservé aux classes de CM1, CM2") {
			t.Errorf("%v, %v", report.Problems, err)
		}
		if report := imports(t, w, files("inscriptions.csv", head+line+"Frère déjà inscrit\n")); report.Enrolments.New != 1 {
			t.Errorf("%+v", report)
		}
	})
}

func TestImportReadsWhatSpreadsheetsSave(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		text := lines("référence;nom", "F1;LEFÈVRE Anaïs – Œuvre")
		latin, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []fs.FS{
			files("Foyers.csv", latin), files("foyers.CSV", "\ufeff"+text), files("export/foyers.csv", text),
			files("foyers.csv", strings.ReplaceAll(text, ";", ",")), files("foyers.csv", strings.ReplaceAll(text, "\r\n", "\r")),
		} {
			imports(t, w, in)
		}
		w.Read(func(tx *db.Tx) error {
			hits, err := household.Search(t.Context(), tx, "anais oeuvre")
			if err != nil || len(hits) != 1 || hits[0].Name != "LEFÈVRE Anaïs – Œuvre" {
				t.Errorf("%+v, %v", hits, err)
			}
			return nil
		})
	})
}

func TestNothingToImport(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		if _, err := intake.Import(t.Context(), w.DB, files("lisez-moi.txt", "rien"), intake.Options{By: by, Loc: w.Loc}); !fault.Is(err, fault.Refused) {
			t.Errorf("%v", err)
		}
	})
}
