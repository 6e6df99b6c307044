package notify

import (
	"context"
	"slices"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
)

// Topic is what a message is about; accounts mute by topic.
type Topic string

// The topics.
const (
	Bookings   Topic = "bookings"   // what was booked or cancelled
	Waiting    Topic = "waiting"    // waiting list: places given or offered
	Closures   Topic = "closures"   // the town closes a day, or opens it again
	Enrolments Topic = "enrolments" // enrolled, moved, ended
	Custody    Topic = "custody"    // whose days a child of two households has
	File       Topic = "file"       // the file: what was checked, what the other parent changed, the yearly confirmation
	Documents  Topic = "documents"  // a document was accepted or refused, or expires
	Reminders  Topic = "reminders"  // last day to change
	Digest     Topic = "digest"     // the week to come, on Sunday evening
	Answers    Topic = "answers"    // a service answers in a thread
	Bills      Topic = "bills"      // invoices and credit notes
	Payments   Topic = "payments"   // what was paid on line, or given back
	Absences   Topic = "absences"   // agents: a family announces an absence too late to cancel it
	Requests   Topic = "requests"   // what a request has become
	Desk       Topic = "desk"       // agents: what awaits them
	Pending    Topic = "pending"    // agents: bookings that await an answer, gathered
	Kitchen    Topic = "kitchen"    // the kitchens: how many meals they make
	Debits     Topic = "debits"     // what is debited or was not paid: mandates, debits, reminders, payment plans
	Security   Topic = "security"   // the account itself
	Access     Topic = "access"     // single-use links
)

// Entry describes a topic on the preferences page.
type Entry struct {
	Topic Topic
	Label string // in French
	Help  string // one sentence in French
	Kind  identity.Kind
}

var entries = []Entry{
	{Bookings, "Réservations", "Ce qui vient d’être réservé ou annulé pour vos enfants, par vous, par l’autre responsable ou par la mairie.", identity.Family},
	{Waiting, "Listes d’attente", "Une place se libère, ou vous est proposée pour un temps limité.", identity.Family},
	{Closures, "Fermetures", "Une journée est fermée (grève, travaux), ou rouverte.", identity.Family},
	{Enrolments, "Inscriptions", "Un enfant est inscrit à une activité, change d’établissement ou termine.", identity.Family},
	{Custody, "Garde partagée", "Les jours de garde d’un enfant de deux foyers ont changé.", identity.Family},
	{File, "Dossier", "Un changement que vous avez déclaré est vérifié, une information d’un enfant partagé a changé, le dossier est à confirmer.", identity.Family},
	{Documents, "Documents", "Le service accepte ou refuse un document, ou l’un des vôtres expire.", identity.Family},
	{Bills, "Factures", "Une facture ou un avoir est prêt.", identity.Family},
	{Reminders, "Rappels", "La veille du dernier moment pour changer une réservation.", identity.Family},
	{Digest, "La semaine à venir", "Le dimanche soir : les jours de chaque enfant, les délais, ce qui manque, et un lien pour signaler une absence.", identity.Family},
	{Answers, "Réponses des services", "Un service répond à l’un de vos messages.", identity.Family},
	{Payments, "Paiements en ligne", "L’accusé de réception d’un paiement, avec le numéro de la quittance, et les remboursements.", identity.Family},
	{Requests, "Démarches", "Une démarche est enregistrée, avance, attend votre réponse ou est décidée.", identity.Family},
	{Desk, "Demandes et messages des familles", "Une demande ou un message d’une famille attend votre service.", identity.Staff},
	{Pending, "Réservations à instruire", "Des réservations attendent une réponse dans vos établissements, ou une activité de droit est complète.", identity.Staff},
	{Absences, "Absences signalées", "Une famille signale une absence après le délai, ou un événement (grève, sortie de classe) change qui vient, dans vos établissements.", identity.Staff},
}

// Topics lists what an account of this kind may mute, in the order of the page.
func Topics(k identity.Kind) []Entry {
	var out []Entry
	for _, e := range entries {
		if e.Kind == k {
			out = append(out, e)
		}
	}
	return out
}

// Mutable reports whether the topic may be muted: what concerns the safety of the account, or a debit to come, may not.
func (t Topic) Mutable() bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Topic == t })
}

// Preferences is the address of the page where the topic is muted; empty when it cannot be.
func (t Topic) Preferences() string {
	for _, e := range entries {
		if e.Topic == t && e.Kind == identity.Staff {
			return "/bureau/profil"
		}
		if e.Topic == t {
			return "/espace/preferences"
		}
	}
	return ""
}

// Periodic reports whether the messages come by the clock and not from an act: their e-mails carry a link that stops them at once.
func (t Topic) Periodic() bool { return t == Reminders || t == Digest }

// UnsubscribeTicket is the purpose of the town's tickets that mute a topic from an e-mail: account, topic.
const UnsubscribeTicket = "unsubscribe"

// Label names the topic in French; the topic itself when it cannot be muted.
func (t Topic) Label() string {
	for _, e := range entries {
		if e.Topic == t {
			return e.Label
		}
	}
	if t == Debits {
		return "Prélèvements et relances"
	}
	return "Mon accès"
}

// A debit is announced whatever the family's preferences: the rules of direct debits ask for it.
func (t Topic) known() bool {
	return t.Mutable() || t == Debits || t == Security || t == Access || t == Kitchen
}

// keepsText reports whether the text is kept after sending.
func (t Topic) keepsText() bool { return t != Access }

// Muted lists the topics an account does not want by e-mail.
func Muted(ctx context.Context, tx *db.Tx, accountID string) ([]Topic, error) {
	return db.All(ctx, tx, `SELECT topic FROM muted_topics WHERE account_id = $1 ORDER BY topic`, db.Value[Topic], accountID)
}

// Mute stops the mails of a topic for an account; muting twice keeps the first date.
func Mute(ctx context.Context, tx *db.Tx, accountID string, t Topic) error {
	if !t.Mutable() {
		return fault.Refusedf("Ces messages concernent la sécurité de votre espace : ils sont toujours envoyés.")
	}
	_, err := tx.Exec(ctx, `INSERT INTO muted_topics (account_id, topic, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, accountID, string(t), tx.Now)
	return err
}

// Unmute sends the mails of a topic again.
func Unmute(ctx context.Context, tx *db.Tx, accountID string, t Topic) error {
	_, err := tx.Exec(ctx, `DELETE FROM muted_topics WHERE account_id = $1 AND topic = $2`, accountID, string(t))
	return err
}
