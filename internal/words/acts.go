package words

import "strings"

// familyActs says the acts of the journal to the family whose file it is; acts that are not here are said by their noun.
var familyActs = map[string]string{
	"household.view": "a consulté votre dossier", "household.create": "a ouvert votre dossier", "household.edit": "a changé le nom ou l’adresse de votre dossier",
	"household.load": "a importé votre dossier", "household.residence": "a changé votre commune de résidence", "household.quotient": "a saisi votre quotient familial",
	"household.exception": "vous a accordé une dérogation de tarif", "household.exception.end": "a mis fin à votre dérogation de tarif",
	"aid.grant": "a ajouté une aide à vos factures", "aid.end": "a mis fin à une aide", "quotient_service.ask": "a demandé votre quotient à la CAF ou à la MSA", "quotient_service.refuse": "a noté le choix de votre foyer sur les demandes à la CAF",
	"household.erase": "a effacé votre dossier", "guardian.add": "a ajouté un responsable", "guardian.contact": "a changé des coordonnées", "guardian.account": "a relié un compte à votre dossier",
	"guardian.erase": "a effacé un responsable", "child.add": "a ajouté un enfant", "child.link": "a rattaché un enfant à votre foyer", "child.menu": "a changé un menu",
	"photo.set": "a ajouté ou remplacé la photo d’un enfant", "photo.remove": "a retiré la photo d’un enfant",
	"schooling.set": "a saisi l’école ou la classe", "hold.place": "a bloqué vos réservations", "hold.lift": "a débloqué vos réservations", "feed.create": "a créé un lien d’agenda",
	"feed.revoke": "a supprimé un lien d’agenda", "booking.submit": "a demandé des réservations", "booking.instruct": "a répondu à une demande de réservation", "booking.override": "a réservé ou annulé pour vous",
	"booking.accept-offer": "a accepté une place proposée", "booking.decline-offer": "a refusé une place proposée", "enrolment.create": "a inscrit un enfant", "enrolment.end": "a terminé une inscription",
	"absence.announce": "a signalé une absence", "absence.claim": "a déposé un justificatif d’absence", "absence.withdraw": "a retiré un justificatif d’absence", "absence.rule": "a répondu à un justificatif d’absence", "thread.start": "a écrit à un service", "thread.reply": "a répondu à un service", "thread.answer": "vous a répondu", "thread.assign": "a attribué votre message à un agent",
	"thread.close": "a clos un échange", "thread.view": "a lu vos messages à un service", "health.view": "a consulté les informations de santé", "document.view": "a ouvert un document", "document.store": "a déposé un document",
	"document.send": "a envoyé un document au service", "document.accept": "a accepté un document", "document.refuse": "a refusé un document", "document.delete": "a supprimé un document",
	"document.forget": "a supprimé un document arrivé au terme de sa conservation", "privacy.copy": "a demandé une copie de ses données", "privacy.ask": "a demandé l’effacement de ses données",
	"privacy.withdraw": "a retiré sa demande d’effacement", "privacy.decide": "a répondu à une demande d’effacement",
}

// familyNouns say what an act was about when the act itself has no words.
var familyNouns = map[string]string{
	"custody": "a changé la garde d’un enfant", "booking": "a changé des réservations", "enrolment": "a changé une inscription", "document": "a agi sur un document", "consent": "a répondu à une autorisation",
	"contact": "a changé une personne à prévenir", "file": "a changé une fiche", "change": "a traité un changement déclaré", "health": "a changé les informations de santé", "vaccination": "a changé les vaccinations",
	"note": "a écrit une note interne", "household": "a changé votre dossier", "guardian": "a changé un responsable", "child": "a changé la fiche d’un enfant", "request": "a traité une démarche", "key": "a agi sur une clé enfance",
	"mandate": "a agi sur votre mandat de prélèvement", "debit": "a agi sur un prélèvement", "plan": "a agi sur votre échéancier", "invoice": "a agi sur une facture", "run": "a agi sur votre facturation",
	"till": "a agi sur un encaissement", "payment": "a agi sur un paiement en ligne", "event": "a déclaré un événement", "counter": "a agi en votre nom",
}

// Act says an act of the journal to the family whose file it is: "a consulté votre dossier".
func Act(act string) string {
	if words, ok := familyActs[act]; ok {
		return words
	}
	noun, verb, _ := strings.Cut(act, ".")
	switch {
	case verb == "view":
		return "a consulté votre dossier"
	case familyNouns[noun] != "":
		return familyNouns[noun]
	}
	return "a agi sur votre dossier"
}

// Looked reports whether an act only looked.
func Looked(act string) bool { return strings.HasSuffix(act, ".view") }
