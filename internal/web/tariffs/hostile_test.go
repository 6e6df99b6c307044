package tariffs_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"preau/internal/tariff"
	"preau/internal/towntest"
	"preau/internal/webtest"
)

// nasty is what a keyboard that slips, a page left open or a machine sends in a field.
var nasty = []string{"", "-1", "99999999999999999999", "0001-01-01", "0 ; 1\n0 ; 99999999", strings.Repeat("9", 5000)}

// Whatever is sent to the pages of prices is answered without a failure, and no price changes.
func TestNoFormOfPricesBreaks(t *testing.T) {
	t.Parallel()
	w, v := desk(t, towntest.New(t, "sqlite"))
	canteen := "/bureau/parametres/tarifs/" + w.Activity["CANTINE"]
	draft := v.Get(canteen+"/nouvelle").Form("Voir qui paie quoi").Fill("nom", "Essai").Fill("du", "2027-09-01").Tick("genre", "flat").Fill("prix", "3,00").Send().Want(200).URL.Path
	before := loadGrids(t, w)
	home := "/bureau/familles/" + w.Claire.HouseholdID + "/tarifs"
	grid := url.Values{"nom": {"Essai"}, "du": {"2027-09-01"}, "genre": {"brackets"}, "tranches": {"0 ; 1\n400 ; 2"}, "prix": {"3"}, "taux": {"0,3"}, "minimum": {"1"}, "maximum": {"5"}, "pour": {"day"}, "vote": {""},
		"formule": {""}, "age": {""}, "hors_commune": {""}, "hors_commune_plus": {""}, "fratrie": {""}, "panier": {""}, "part_repas": {""}, "montant_repas": {""}, "absence": {""}, "hors_delai": {""},
		"non_reserve": {""}, "retard": {""}, "prorata": {""}}
	for path, form := range map[string]url.Values{
		canteen + "/nouvelle":             grid,
		canteen:                           {"cesu": {"never"}, "revient": {"6"}},
		draft + "/correction":             clone(grid, "lu", "x"),
		draft + "/publication":            {"lu": {"x"}},
		draft + "/suppression":            {"lu": {"x"}},
		draft + "/retrait":                {"lu": {"x"}},
		"/bureau/tarifs/simulation":       {"grilles": {draft[strings.LastIndex(draft, "/")+1:]}, "periode": {"2026-11"}},
		"/bureau/tarifs/quotients":        {"lignes": {`[{"r":"F-claire.martin","v":50000,"k":"caf","m":"2026-09","d":"2026-09-01"}]`}, "source": {"x"}},
		"/bureau/parametres/quotients":    {"adresse": {"x"}, "siret": {"21780146100005"}, "jeton": {"x"}, "fin": {""}},
		home + "/quotient":                {"quotient": {"500"}, "nature": {"caf"}, "source": {"x"}, "mois": {"2026-09"}, "effet": {"2026-09-01"}},
		home + "/derogations":             {"tarif": {"commune"}, "motif": {"Essai"}, "du": {"2026-09-01"}, "au": {""}},
		home + "/aides":                   {"payeur": {"ccas"}, "nom": {"A"}, "montant": {"10 %"}, "enfant": {""}, "activite": {""}, "du": {"2026-09-01"}, "au": {""}},
		home + "/caf":                     {"responsable": {w.Karim.ID}, "effet": {"2026-09-01"}, "informee": {"oui"}},
		home + "/refus":                   {"choix": {"x"}},
		home + "/derogations/inconnue":    {"dernier": {"2026-09-01"}},
		home + "/aides/inconnue":          {"dernier": {"2026-09-01"}},
		"/bureau/tarifs/quotients/apercu": {"source": {"x"}, "nature": {"caf"}, "mois": {"2026-09"}, "effet": {"2026-09-01"}},
	} {
		for field := range form {
			for _, value := range nasty {
				answered(t, v.Post(path, clone(form, field, value)), field, value)
			}
			answered(t, v.Post(path, url.Values{field: {"a", "b"}}), field, "twice")
		}
	}
	for _, query := range []string{"/nouvelle?de=" + draft, "/nouvelle?de=", "/nouvelle?de=%00", "/nouvelle?x=1"} {
		answered(t, v.Get(canteen+query), "query", query)
	}
	after := loadGrids(t, w)
	if !slices.EqualFunc(before, after, func(a, b tariff.Grid) bool { return a.ID == b.ID && a.From == b.From }) {
		t.Errorf("%d grids price the canteen, %d before", len(after), len(before))
	}
}

func clone(form url.Values, field, value string) url.Values {
	out := url.Values{}
	for k, list := range form {
		out[k] = list
	}
	out.Set(field, value)
	return out
}

func answered(t *testing.T, p *webtest.Page, field, value string) {
	t.Helper()
	if p.Status >= 500 {
		t.Errorf("%s: %s %.40q: status %d", p.URL.Path, field, value, p.Status)
	}
}
