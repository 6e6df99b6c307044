package demo

import (
	"bytes"
	"strings"

	"preau/internal/civil"
	"preau/internal/pdf"
	"preau/internal/town"
)

// blank is where something is written by hand.
const blank = "…………………………………………………………………………………………"

// debitForm is the leaflet's "formulaire de demande de prélèvement": a SEPA mandate to fill in by hand. Its identifier of creditor is
// that of nobody.
func debitForm(p town.Profile, now civil.Instant) ([]byte, error) {
	service := p.First()
	return paperForm(pdf.Meta{Title: "Demande de prélèvement automatique", Author: p.Name, Created: now.Time()}, p, func(d *pdf.Doc) {
		d.Paragraph("Pour régler les factures de restauration, de garderie, d’étude et d’accueil de loisirs par prélèvement, remplissez ce formulaire, signez-le, joignez un relevé d’identité bancaire et renvoyez le tout à l’adresse ci-dessous.")
		d.Heading(2, "La famille")
		d.Facts([][2]string{{"Nom et prénom du payeur", blank}, {"Adresse", blank}, {"", blank}, {"Numéro de dossier famille", blank}, {"Prénoms des enfants", blank}})
		d.Heading(2, "Le compte à débiter")
		d.Facts([][2]string{{"Titulaire du compte", blank}, {"IBAN", blank}, {"BIC", blank}, {"Banque", blank}})
		d.Heading(2, "Le mandat")
		d.Facts([][2]string{{"Créancier", p.Name}, {"Identifiant créancier (ICS)", "FR00ZZZ000000, fictif : démonstration"}, {"Type de paiement", "répétitif"}, {"Référence du mandat", "attribuée par la ville, et communiquée avant le premier prélèvement"}})
		d.Paragraph("En signant ce mandat, vous autorisez la ville à demander à votre banque de débiter votre compte, et votre banque à le faire selon ces demandes. Vous pouvez demander à votre banque le remboursement d’un prélèvement dans les huit semaines qui suivent la date du débit, selon la convention que vous avez passée avec elle.")
		d.Facts([][2]string{{"Fait à, le", blank}, {"Signature", blank}})
		d.Small("À renvoyer à : " + service.Title + ", " + strings.ReplaceAll(service.Address, "\n", ", ") + ".")
		d.Small("Les données de ce formulaire servent au prélèvement des factures et sont conservées trente-six mois après le dernier. Pour y accéder ou les corriger, écrivez au délégué à la protection des données de la ville.")
	})
}

// collectForm names who may collect a child.
func collectForm(p town.Profile, now civil.Instant) ([]byte, error) {
	return paperForm(pdf.Meta{Title: "Personnes autorisées à venir chercher l’enfant", Author: p.Name, Created: now.Time()}, p, func(d *pdf.Doc) {
		d.Paragraph("À remettre au responsable de l’accueil, avec une copie d’une pièce d’identité de chaque personne nommée.")
		d.Facts([][2]string{{"Nom et prénom de l’enfant", blank}, {"Date de naissance", blank}, {"École et classe", blank}})
		for _, who := range []string{"Première personne", "Deuxième personne", "Troisième personne"} {
			d.Heading(2, who)
			d.Facts([][2]string{{"Nom et prénom", blank}, {"Lien avec l’enfant", blank}, {"Téléphone", blank}})
		}
		d.Facts([][2]string{{"Date et signature du responsable légal", blank}})
	})
}

func paperForm(m pdf.Meta, p town.Profile, write func(*pdf.Doc)) ([]byte, error) {
	var b bytes.Buffer
	d := pdf.New(&b, m)
	d.Part(p.Name + " – " + p.Portal)
	d.Small(p.Name)
	d.Heading(1, m.Title)
	write(d)
	err := d.Close()
	return b.Bytes(), err
}
