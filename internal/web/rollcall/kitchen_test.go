package rollcall_test

import (
	"net/url"
	"strings"
	"testing"

	"preau/internal/db"
	"preau/internal/sheet"
	"preau/internal/staff"
)

// How many meals, by menu and site, as ordered and as the roll-call corrects them; the same as a spreadsheet; and who is written to.
func TestTheKitchen(t *testing.T) {
	d := newDesk(t)
	v := d.in("sofiane")
	const day = "/bureau/cuisine?jour=2026-12-14"
	p := v.Get(day).Want(200).Says("h1", "Cuisine").Says(".kitchen", "Élémentaire Jean Rostand", "0 pointés sur 4", "À préparer", "limite : lundi 7 décembre 2026 à 23 h 59")
	v.Post(lunch, url.Values{"vu": {d.Child["Élise"].ID + "=unpointed"}, "c-" + d.Child["Élise"].ID: {"absent"}}).Want(200)
	if rows := v.Get(day).Texts("tbody tr"); len(rows) != 2 || !strings.HasSuffix(rows[0], "3 0 0 0 0 3") || !strings.HasSuffix(rows[1], "3 1 0 0 0 4") {
		t.Errorf("rows %q", rows)
	}
	file := v.Get(day + "&format=csv").Want(200)
	table, err := sheet.Read(strings.NewReader(file.Body))
	if err != nil || len(table.Rows) != 2 || table.Rows[0].Cells[2] != "À la limite" || table.Rows[1].Cells[9] != "3" {
		t.Errorf("file %+v, %v", table, err)
	}
	v.Get("/bureau/cuisine?jour=2026-12-12").Want(200).Says("main", "Aucun repas ce jour-là")
	v.Get("/bureau/cuisine?jour=hier").Want(422)
	p.Follow("/bureau/cuisine/reglages").Want(403)

	d.Write(func(tx *db.Tx) error { d.AddAgent(tx, "sabine", staff.Animation, "SABINETTES"); return nil })
	if p := d.in("sabine").Get(day).Want(200); strings.Contains(p.Text("main"), "Rostand") {
		t.Error("the kitchen of another site is shown")
	}
	chief := d.in("direction")
	form := chief.Get("/bureau/cuisine/reglages").Want(200).Form("Enregistrer l’envoi")
	form.Tick("envoyer", "oui").Fill("heure", "9").Fill("cuisine-"+d.Site["ROSTAND"], "cuisine").Send().Want(422).Says("main", "adresses e-mail complètes")
	chief.Get("/bureau/cuisine/reglages").Form("Enregistrer l’envoi").Tick("envoyer", "oui").Fill("heure", "9").Fill("cuisine-"+d.Site["ROSTAND"], "a@essai.example, b@essai.example").Send().
		Want(200).Says(".flash", "L’envoi aux cuisines est enregistré")
}
