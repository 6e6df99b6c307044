package demo

import (
	"context"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/demo/bank"
	"preau/internal/dunning"
	"preau/internal/household"
	"preau/internal/mandate"
	"preau/internal/paper"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/town"
)

// identity writes what the town says of itself: the services of the leaflet, at addresses that lead to nobody.
func (d *Demo) identity(ctx context.Context, tx *db.Tx) error {
	const hours = "du lundi au vendredi, 8 h 30 – 12 h et 13 h 30 – 17 h 30"
	err := town.SaveProfile(ctx, tx, town.Profile{Name: d.Town.Name, Portal: "Espace Citoyens", SchoolZone: "C", Accent: "#17566f", Services: []town.Service{
		{ID: "pole", Title: "Pôle Enfance, Famille, Éducation", Address: "5 rue Marconi\n78400 Chatou", Phone: "01 99 00 46 60", Email: "espace@chatou.example", Hours: hours},
		{ID: "education", Title: "Service Éducation", Address: "5 rue Marconi\n78400 Chatou", Phone: "01 99 00 46 62", Email: "education@chatou.example",
			Hours: hours + "\nfermé le jeudi matin"},
		{ID: "petite-enfance", Title: "Service Petite enfance", Address: "5 rue Marconi\n78400 Chatou", Phone: "01 99 00 49 98", Email: "petite-enfance@chatou.example",
			Hours: hours + "\nsur rendez-vous le mercredi"},
	}})
	if err != nil {
		return err
	}
	err = town.SaveNotice(ctx, tx, town.Notice{
		Publisher: d.Town.Name + " (démonstration)\nHôtel de ville\n78400 Chatou\n01 99 00 46 60",
		Director:  "La maire de la ville de démonstration",
		Host:      "Cet ordinateur : la démonstration n’est hébergée nulle part ailleurs.\n01 99 00 46 60",
		DPO:       "Le délégué à la protection des données\nHôtel de ville, 78400 Chatou", DPOEmail: "donnees@chatou.example",
	})
	if err != nil {
		return err
	}
	if err := mandate.Save(ctx, tx, staff.Agent{Name: d.Town.Name, Role: staff.Direction}, mandate.Settings{On: true, Name: "Régie enfance – Ville de Chatou", Street: "5 rue Marconi",
		Postcode: "78400", City: "Chatou", Version: sepa.Pain00808, First: true, Notice: 14, Lead: 6, Rejections: 2},
		mandate.Typed{SIRET: "21780146300019", ICS: "FR72ZZZ123456", IBAN: "FR7610071780000000100012310", BIC: "TRPUFRP1", Prefix: "PF78146"}); err != nil {
		return err
	}
	if err := paper.SaveSettings(ctx, tx, paper.Settings{Service: "Régie enfance", Desk: "À la régie, 5 rue Marconi, aux heures d’ouverture.", Cheque: "Régie enfance Chatou", Cash: true, CESU: true,
		Holder: "Régie enfance – Ville de Chatou", IBAN: "FR7610071780000000100012310", BIC: "TRPUFRP1", PayFiP: bank.ClientNumber,
		Notice: "Cette facture peut être contestée devant le tribunal administratif dans les deux mois.",
	}, household.By{Name: d.Town.Name}); err != nil {
		return err
	}
	if err := dunning.Save(ctx, tx, staff.Agent{Name: d.Town.Name, Role: staff.Direction}, dunning.Settings{On: true, First: 10, Second: 20, HandOver: 15, Least: 15_00, HoldDays: 60}); err != nil {
		return err
	}
	return town.SaveAccessibility(ctx, tx, town.Accessibility{
		ContactEmail: "accessibilite@chatou.example",
		Environment:  "Chromium, au clavier et sans JavaScript ; vérification automatique de chaque page par axe-core.",
	}, civil.DateOf(tx.Now, d.Town.Loc))
}
