package office

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"preau/internal/money"
	"preau/internal/staff"
)

// actNames says the acts in French; one that is not here is shown as it is written.
var actNames = map[string]string{
	"account.sign_in":              "S’est connecté",
	"account.change_password":      "A changé son mot de passe",
	"account.reset_password":       "A choisi un mot de passe par un lien",
	"account.revoke_device":        "A déconnecté un appareil",
	"account.revoke_other_devices": "A déconnecté ses autres appareils",
	"account.revoke_all_devices":   "S’est déconnecté partout",
	"account.add_authenticator":    "A activé sa seconde étape",
	"account.remove_authenticator": "A désactivé sa seconde étape",
	"account.renew_recovery_codes": "A renouvelé ses codes de secours",
	"account.add_passkey":          "A ajouté une clé d’accès",
	"account.remove_passkey":       "A retiré une clé d’accès",
	"till.undo":                    "A annulé un bordereau de la régie",
	"till.void":                    "A annulé une quittance",
	"till.close":                   "A arrêté la caisse",
	"till.deposit":                 "A remis ou versé des recettes",
	"till.handover":                "A enregistré une remise de service",
	"till.settings":                "A réglé la régie",
	"account.link":                 "A rattaché son espace à un fournisseur d’identité",
	"account.unlink":               "A retiré un rattachement",
	"account.ask_email_change":     "A demandé à changer d’adresse de connexion",
	"account.change_email":         "A changé d’adresse de connexion",
	"account.cancel_email_change":  "A annulé un changement d’adresse",
	"account.reset_factors":        "A effacé une seconde étape",
	"policy.sign_in":               "A réglé la seconde étape des agents",
	"agent.reset_factors":          "A effacé la seconde étape d’un agent",
	"agent.create":                 "A ajouté un agent",
	"token.issue":                  "A créé une clé pour un logiciel",
	"token.revoke":                 "A révoqué la clé d’un logiciel",
	"agent.edit":                   "A changé un agent",
	"agent.suspend":                "A suspendu un agent",
	"agent.restore":                "A rétabli un agent",
	"household.create":             "A ouvert un dossier famille",
	"household.edit":               "A changé un dossier famille",
	"household.load":               "A importé des dossiers famille",
	"household.residence":          "A changé la résidence d’une famille",
	"household.quotient":           "A saisi un quotient familial",
	"household.exception":          "A accordé une dérogation de tarif",
	"household.exception.end":      "A mis fin à une dérogation de tarif",
	"aid.grant":                    "A ajouté une aide",
	"aid.end":                      "A mis fin à une aide",
	"quotient_service.set":         "A raccordé le service des quotients",
	"quotient_service.drop":        "A coupé le service des quotients",
	"quotient_service.ask":         "A demandé un quotient à la CAF ou à la MSA",
	"quotient_service.refuse":      "A noté le choix de la famille sur les demandes à la CAF",
	"grid.draft":                   "A préparé une grille de tarifs",
	"grid.drop":                    "A supprimé un brouillon de grille",
	"grid.publish":                 "A publié une grille de tarifs",
	"grid.withdraw":                "A retiré une grille de tarifs",
	"activity.prices":              "A changé les CESU ou le prix de revient d’une activité",
	"simulation.start":             "A lancé une simulation de tarifs",
	"guardian.add":                 "A ajouté un responsable",
	"guardian.contact":             "A changé les coordonnées d’un responsable",
	"guardian.account":             "A relié un compte à un responsable",
	"child.add":                    "A ajouté un enfant",
	"child.link":                   "A rattaché un enfant à un second foyer",
	"child.edit":                   "A changé l’identité d’un enfant",
	"guardian.edit":                "A changé le nom d’un responsable",
	"dossier.declare":              "A déclaré un changement à vérifier",
	"dossier.change":               "A changé le dossier",
	"dossier.withdraw":             "A retiré un changement déclaré",
	"dossier.accept":               "A accepté un changement déclaré",
	"dossier.refuse":               "A refusé un changement déclaré",
	"dossier.confirm":              "A confirmé le dossier",
	"dossier.remind":               "A relancé les familles qui n’ont pas confirmé",
	"dossier.settings":             "A réglé le dossier des familles",
	"dossier.addresses":            "A importé les adresses de la commune",
	"dossier.vaccination_check":    "A noté un carnet de vaccination comme vu",
	"health.view":                  "A lu la santé d’un enfant",
	"contact.add":                  "A désigné une personne pour un enfant",
	"contact.end":                  "A retiré une personne désignée",
	"photo.set":                    "A ajouté ou remplacé la photo d’un enfant",
	"photo.remove":                 "A retiré la photo d’un enfant",
	"consent.answer":               "A répondu à une autorisation",
	"consent.text":                 "A écrit un texte d’autorisation",
	"consent.end":                  "A cessé de demander une autorisation",
	"note.add":                     "A ajouté une note",
	"note.end":                     "A retiré une note",
	"child.menu":                   "A changé le menu d’un enfant",
	"schooling.set":                "A saisi la scolarité d’un enfant",
	"custody.rule":                 "A saisi une règle de garde alternée",
	"custody.dates":                "A saisi des dates de garde",
	"custody.decide":               "A tranché des dates de garde",
	"custody.rule.end":             "A mis fin à une règle de garde",
	"custody.dates.end":            "A retiré des dates de garde",
	"custody.keep":                 "A gardé des réservations malgré un changement de garde",
	"custody.cancel":               "A annulé des réservations après un changement de garde",
	"hold.place":                   "A bloqué les réservations d’une famille",
	"hold.lift":                    "A débloqué les réservations d’une famille",
	"feed.create":                  "A créé un lien d’agenda",
	"feed.revoke":                  "A supprimé un lien d’agenda",
	"booking.submit":               "A envoyé une demande de réservation",
	"booking.instruct":             "A instruit une réservation",
	"booking.override":             "A dérogé pour une réservation",
	"enrolment.create":             "A inscrit un enfant",
	"enrolment.end":                "A terminé une inscription",
	"enrolment.load":               "A importé des inscriptions",
	"closure.create":               "A fermé une période",
	"closure.undo":                 "A annulé une fermeture",
	"booking.accept-offer":         "A accepté une place proposée",
	"booking.decline-offer":        "A refusé une place proposée",
	"absence.announce":             "A signalé une absence",
	"rollcall.close":               "A clos un pointage",
	"rollcall.reopen":              "A rouvert un pointage",
	"absence.claim":                "A déposé un justificatif d’absence",
	"absence.withdraw":             "A retiré un justificatif d’absence",
	"absence.rule":                 "A répondu à un justificatif d’absence",
	"absence.settings":             "A réglé les justificatifs d’absence",
	"event.declare":                "A déclaré un événement",
	"event.undo":                   "A annulé un événement",
	"household.view":               "A consulté un dossier famille",
	"document.deposit":             "A déposé un document",
	"document.send":                "A transmis un document au service",
	"document.replace":             "A remplacé un document",
	"document.delete":              "A supprimé un document",
	"document.accept":              "A accepté un document",
	"document.refuse":              "A refusé un document",
	"document.infected":            "A supprimé un document dangereux",
	"document.forget":              "A effacé un document au terme de sa conservation",
	"document.type":                "A réglé un type de document",
	"document.settings":            "A réglé l’espace de documents",
	"document.view":                "A ouvert un document",
	"thread.view":                  "A lu un échange",
	"household.erase":              "A effacé un dossier famille",
	"guardian.erase":               "A effacé un responsable",
	"privacy.copy":                 "A demandé une copie de ses données",
	"privacy.ask":                  "A demandé l’effacement de ses données",
	"privacy.withdraw":             "A retiré sa demande d’effacement",
	"privacy.decide":               "A répondu à une demande d’effacement",
	"privacy.policy":               "A changé les durées de conservation",
	"thread.start":                 "A écrit à un service",
	"thread.reply":                 "A répondu à un service",
	"thread.answer":                "A répondu à une famille",
	"thread.assign":                "A attribué un échange",
	"thread.close":                 "A clos un échange",
	"calendar.import":              "A importé un calendrier scolaire",
	"calendar.edit":                "A changé une année scolaire",
	"site.save":                    "A changé un établissement",
	"counter.begin":                "A commencé à agir au nom d’une famille",
	"counter.end":                  "A fini d’agir au nom d’une famille",
	"school.successor":             "A dit où continue une école maternelle",
	"activity.save":                "A réglé une activité",
	"activity.places":              "A changé les places d’une activité",
	"activity.grid":                "A publié une grille de tarifs",
	"import.run":                   "A importé un fichier",
	"key.issue":                    "A fait une clé de famille",
	"key.revoke":                   "A révoqué une clé de famille",
	"key.letters":                  "A préparé des lettres avec les clés des familles",
	"key.download":                 "A téléchargé des lettres avec les clés des familles",
	"guardian.birth":               "A saisi la naissance d’un responsable",
	"household.merge":              "A réuni deux dossiers famille",
	"household.unmerge":            "A séparé deux dossiers réunis",
	"run.prepare":                  "A préparé une facturation",
	"run.issue":                    "A émis une facturation",
	"run.abandon":                  "A abandonné une facturation",
	"billing.settings":             "A réglé la facturation",
	"invoice.settings":             "A réglé la présentation des factures",
	"invoice.print":                "A préparé l’impression de factures",
	"invoice.download":             "A téléchargé des factures à imprimer",
	"invoice.paperless":            "A changé la façon de recevoir les factures",
	"invoice.handed_over":          "A remis une facture au Trésor public",
	"invoice.taken_back":           "A repris une facture au Trésor public",
	"invoice.written_off":          "A accordé une remise sur une facture",
	"payment.reject":               "A enregistré le rejet d’un paiement en ligne",
	"payment.refund":               "A remboursé un paiement en ligne",
	"mandate.signed":               "A signé un mandat de prélèvement",
	"mandate.account":              "A changé le compte d’un mandat",
	"mandate.suspended":            "A suspendu un mandat",
	"mandate.resumed":              "A repris un mandat suspendu",
	"mandate.revoked":              "A mis fin à un mandat",
	"mandate.lapsed":               "Mandat devenu caduc",
	"debit.batch":                  "A préparé des prélèvements",
	"debit.send":                   "A remis des prélèvements à la banque",
	"debit.cancel":                 "A abandonné des prélèvements",
	"debit.reject":                 "A saisi le rejet d’un prélèvement",
	"plan.agree":                   "A accordé un échéancier",
	"plan.cancel":                  "A mis fin à un échéancier",
	"certificate.make":             "A préparé les attestations fiscales",
	"rollover.begin":               "A fait passer les enfants dans l’année suivante",
	"rollover.undo":                "A annulé le passage dans l’année suivante",
	"job.retry":                    "A relancé une tâche en échec",
	"job.drop":                     "A abandonné une tâche en échec",
	"settings.change":              "A changé un réglage",
	"town.identity":                "A changé l’identité de la ville",
	"town.service":                 "A changé un service de la ville",
	"town.service_order":           "A changé l’ordre des services",
	"town.service_removed":         "A retiré un service de la ville",
	"town.notice":                  "A changé les mentions légales",
	"town.logo":                    "A changé le logo de la ville",
	"news.save":                    "A écrit une actualité",
	"news.publish":                 "A publié une actualité",
	"news.withdraw":                "A retiré une actualité",
	"download.save":                "A écrit un document à télécharger",
	"download.publish":             "A publié un document à télécharger",
	"download.withdraw":            "A retiré un document à télécharger",
	"town.accessibility":           "A changé la déclaration d’accessibilité",
}

// factNames says in French what an entry keeps, by the key without case; one that is not here is shown as it is written.
var factNames = map[string]string{
	"cents": "montant", "total": "total", "counted": "compté", "expected": "attendu", "number": "numéro", "slip": "bordereau", "month": "mois", "batch": "lot", "rum": "RUM", "note": "note",
	"invoices": "factures", "pages": "pages", "receipt": "quittance", "reversal": "annulation", "instalments": "échéances", "electronic": "sans papier",
	"bookings": "réservations", "channel": "moyen", "years": "années scolaires", "accepted": "acceptés", "accent": "couleur", "act": "acte", "activity": "activité", "added": "ajouts", "address": "adresse", "bornon": "né le", "children": "enfants", "field": "information", "given": "accepté", "title": "titre", "version": "version",
	"changeoverday": "jour de passage", "changeovertime": "heure de passage", "city": "commune", "civility": "civilité", "classname": "classe", "code": "code", "contested": "contesté",
	"day": "jour", "days": "jours", "device": "appareil", "devices": "appareils", "email": "e-mail", "end": "fin", "firstname": "prénom", "from": "du",
	"fromday": "du", "guardians": "responsables", "households": "familles", "kind": "nature", "lastname": "nom", "level": "niveau", "menu": "menu",
	"name": "nom", "option": "formule", "phone": "téléphone", "postalcode": "code postal", "reason": "motif", "reference": "référence", "refused": "refusés",
	"removed": "retraits", "resident": "réside dans la commune", "role": "rôle", "rows": "lignes", "service": "service", "since": "depuis", "site": "établissement", "sites": "établissements",
	"state": "état", "to": "au", "today": "au", "value": "valeur", "way": "façon d’entrer", "provider": "fournisseur", "staff_factor": "seconde étape demandée", "grace_days": "délai en jours", "weeks": "semaines", "year": "année", "schoolyear": "année scolaire", "settled": "traité",
}

func actName(act string) string {
	if name, ok := actNames[act]; ok {
		return name
	}
	return act
}

// identifiers, and instants of technical interest, tell a reader nothing.
var (
	identifier = regexp.MustCompile(`^([a-z]+:)?[a-z2-7]{26}$`)
	technical  = []string{"id", "householdid", "createdat", "updatedat", "settledat"}
)

// details writes what an entry keeps in words, the keys in order; of a change, only what changed. names says what identifiers stand
// for, where the page knows it.
func details(detail any, names map[string]string) []string {
	raw, ok := detail.(json.RawMessage)
	if !ok {
		return nil
	}
	var facts map[string]any
	if json.Unmarshal(raw, &facts) != nil {
		return nil
	}
	before, wasThere := facts["before"].(map[string]any)
	after, isThere := facts["after"].(map[string]any)
	var out []string
	if wasThere && isThere {
		for _, key := range slices.Sorted(maps.Keys(after)) {
			was, is := value(key, before[key], names), value(key, after[key], names)
			if was != is {
				out = append(out, factName(key)+" : "+orNothing(was)+" → "+orNothing(is))
			}
		}
		return out
	}
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		if v := value(key, facts[key], names); v != "" {
			out = append(out, factName(key)+" : "+v)
		}
	}
	return out
}

func orNothing(s string) string {
	if s == "" {
		return "rien"
	}
	return s
}

func factName(key string) string {
	plain := strings.ToLower(strings.ReplaceAll(key, "_", ""))
	for _, k := range []string{plain, strings.TrimSuffix(plain, "id")} {
		if name, ok := factNames[k]; ok {
			return name
		}
	}
	return key
}

// value writes one fact; empty when it says nothing to a reader.
func value(key string, v any, names map[string]string) string {
	switch x := v.(type) {
	case nil:
		return ""
	case bool:
		if x {
			return "oui"
		}
		return "non"
	case string:
		if slices.Contains(technical, strings.ToLower(strings.ReplaceAll(key, "_", ""))) {
			return ""
		}
		return text(key, x, names)
	case float64:
		if strings.EqualFold(key, "cents") {
			return money.Cents(x).String()
		}
		return strings.TrimSuffix(fmt.Sprintf("%.2f", x), ".00")
	case []any:
		var parts []string
		for _, e := range x {
			if s := value(key, e, names); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if s := value(k, x[k], names); s != "" {
				parts = append(parts, factName(k)+" "+s)
			}
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}

// text writes a fact that is a text: a name for an identifier that the page knows, French for a role.
func text(key, s string, names map[string]string) string {
	if name, ok := names[s]; ok {
		return name
	}
	if identifier.MatchString(s) {
		return ""
	}
	if strings.EqualFold(key, "role") {
		return staff.Role(s).French()
	}
	return s
}
