// Package privacy holds what the town promises about personal data: how long each kind is kept and why, what a person asked for
// their own (a copy, to be forgotten), and the journal of what was forgotten.
//
// The retention table is a list of categories written here, with the least and the most that the law or its authority lets (the
// sources are in docs/security.md); the town sets the months between the two, looks at a preview, and switches the nightly run on.
// The run itself is a job of package work, which calls the domains: each forgets its own rows, by slices. What may not be forgotten
// yet is counted, with the reason.
//
// A guardian may ask for a copy of their data: a job makes a ZIP, kept a week behind their sign-in. They may ask to be forgotten: an
// agent decides, since a town must keep some things, and the answer says which, until when and by which rule.
package privacy

import (
	"context"
	"slices"
	"strconv"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/town"
)

// Category is a line of the retention table.
type Category struct {
	ID      string
	Label   string // what the data are, in French
	What    string // which data, for the register
	People  string // whose
	Purpose string // what they serve
	From    string // what the months count from
	Months  int    // unless the town says otherwise
	Least   int    // months that the law, or a time limit for appeal, asks for
	Most    int    // months beyond which the authority calls it too long
	Basis   string // legal basis of the processing, and why it is kept so long
	Then    string // what happens at the end
}

// The categories, by the name that settings and journals know.
const (
	Bookings = "bookings"
	Families = "families"
	Messages = "messages"
	Threads  = "threads"
	Views    = "views"
	Journal  = "journal"
	Mandates = "mandates"
)

// Categories is the retention table, in the order of the page.
func Categories() []Category { return slices.Clone(categories) }

var categories = []Category{
	{Bookings, "Réservations, présences prévues et absences signalées", "Jours réservés ou annulés par enfant et activité, demandes envoyées, listes d’attente, absences signalées",
		"Enfants et responsables légaux", "Accueillir les enfants, préparer les repas, établir la facture", "la fin de l’année scolaire du jour réservé", 12, 12, 120,
		"Mission d’intérêt public (RGPD, art. 6-1-e) ; le temps de contester une facture, puis celui de la comptabilité publique quand le jour a été facturé.", "Effacement"},
	{Families, "Comptes, foyers et enfants qui n’utilisent plus le service", "Identité, coordonnées, adresse, quotient familial, école et classe, garde, inscriptions, compte et appareils",
		"Responsables légaux et enfants", "Tenir le dossier de la famille", "la dernière connexion et la fin de la dernière inscription", 24, 12, 36,
		"Mission d’intérêt public ; référence de la CNIL : trois ans au plus sans contact.", "Message trente jours avant, puis effacement des noms, coordonnées et comptes"},
	{Messages, "Messages reçus de la mairie", "Copie des e-mails envoyés aux familles et aux agents", "Titulaires d’un compte", "Prouver ce qui a été dit, et quand", "l’envoi du message", 12, 2, 36,
		"Mission d’intérêt public ; au moins le délai de recours de deux mois (code de justice administrative, art. R421-1).", "Effacement"},
	{Threads, "Échanges entre les familles et les services", "Questions, réponses, auteurs", "Responsables légaux et agents", "Répondre aux familles", "la clôture de l’échange", 24, 2, 36,
		"Mission d’intérêt public ; au moins le délai de recours de deux mois (code de justice administrative, art. R421-1).", "Effacement"},
	{Views, "Traces de consultation des dossiers", "Qui a ouvert quel dossier, et quand", "Agents et responsables légaux", "Contrôler les accès et montrer à la famille qui a consulté son dossier", "la consultation", 12, 6, 12,
		"Obligation de sécurité (RGPD, art. 32) ; CNIL, délibération 2021-122 : de six mois à un an.", "Effacement"},
	{Journal, "Journal des actes", "Qui a fait quoi, sur quel dossier", "Agents et responsables légaux", "Rendre compte des décisions, corriger les erreurs", "l’acte", 36, 12, 72,
		"Mission d’intérêt public et sécurité (RGPD, art. 32) ; le temps de contester ce qui a été décidé.", "Effacement"},
	{Mandates, "Mandats de prélèvement", "Titulaire et numéro du compte (chiffré), texte signé, changements", "Titulaires des comptes", "Prélever les factures, prouver qu’elles pouvaient l’être", "la fin du mandat", 36, 14, 60,
		"Exécution du mandat signé ; le titulaire peut contester un prélèvement pendant treize mois (code monétaire et financier, art. L133-24).", "Effacement"},
}

// ByID finds a category.
func ByID(id string) (Category, bool) {
	i := slices.IndexFunc(categories, func(c Category) bool { return c.ID == id })
	if i < 0 {
		return Category{}, false
	}
	return categories[i], true
}

// Policy is what the town settled.
type Policy struct {
	On     bool           `json:"on"`     // the nightly run deletes
	Months map[string]int `json:"months"` // by category; one that is not here has the default
	// Names shows families which agent looked at their file, beside the service; they may always ask for it.
	Names bool `json:"names"`
}

const policyKey = "privacy.policy"

// PolicyOf reads what the town settled; until it did, the run is off and agents are named.
func PolicyOf(ctx context.Context, tx *db.Tx) (Policy, error) {
	return town.ReadSetting(ctx, tx, policyKey, Policy{Names: true})
}

// MonthsOf is how long a category is kept, in months.
func (p Policy) MonthsOf(c Category) int {
	if n, settled := p.Months[c.ID]; settled {
		return n
	}
	return c.Months
}

// Save writes what the town settled. Errors: fault.Invalid beside the category's id, fault.Forbidden.
func Save(ctx context.Context, tx *db.Tx, who staff.Agent, p Policy) error {
	if !who.May(staff.Settings, "") {
		return fault.Forbiddenf("Seule la direction règle les durées de conservation.")
	}
	wrong := map[string]string{}
	for _, c := range categories {
		if n := p.MonthsOf(c); n < c.Least || n > c.Most {
			wrong[c.ID] = "Choisissez de " + strconv.Itoa(c.Least) + " à " + strconv.Itoa(c.Most) + " mois."
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	before, err := PolicyOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, policyKey, p); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "privacy.policy", Subject: policyKey, Detail: map[string]any{"before": before, "after": p}})
}

// Line is what a run did in one category, or would do.
type Line struct {
	Category string
	Before   civil.Date // what is older goes
	Removed  int        // what went
	Held     int        // what should have gone and stays
	Why      string     // why it stays, in French
}

// Run is one application of the retention table, or a preview of it.
type Run struct {
	ID         string
	At         civil.Instant
	Preview    bool
	By         string // name of the agent, or of the program
	FinishedAt civil.Instant
	Lines      []Line
}
