package words

import "preau/internal/payment"

// PaymentState says where a payment on line stands.
func PaymentState(s payment.State) string {
	switch s {
	case payment.Open:
		return "En cours"
	case payment.Pending:
		return "En attente de la banque"
	case payment.Paid:
		return "Payé"
	case payment.Refused:
		return "Refusé par la banque"
	case payment.Failed:
		return "Échec technique"
	case payment.Cancelled:
		return "Annulé"
	case payment.Expired:
		return "Sans réponse de la banque"
	}
	return string(s)
}

// paymentEvents say what happened to a payment, to a family and to an agent alike.
var paymentEvents = map[payment.Kind]string{
	payment.Begun:            "Paiement commencé",
	payment.GivenUp:          "Paiement annulé depuis l’espace",
	payment.LeftAtBank:       "Paiement abandonné sur la page de la banque",
	payment.Unavailable:      "La banque n’a pas pu ouvrir le paiement",
	payment.Credited:         "Paiement confirmé par la banque",
	payment.Repeated:         "La banque confirme une nouvelle fois",
	payment.Late:             "Réponse tardive de la banque, sans effet",
	payment.Waits:            "La banque attend la réponse de l’émetteur de la carte",
	payment.RefusedByBank:    "Paiement refusé par la banque",
	payment.FailedAtBank:     "Problème technique à la banque",
	payment.RanOut:           "La banque n’a pas répondu à temps",
	payment.RefundAsked:      "Remboursement demandé",
	payment.Refunded:         "Paiement remboursé",
	payment.TakenBack:        "Paiement rejeté ou repris par la banque",
	payment.RefundRefused:    "Remboursement refusé par la banque",
	payment.RefundUnsure:     "Remboursement sans réponse de la banque",
	payment.Advance:          "Une partie n’avait plus de facture à payer : elle reste en avance",
	payment.PaidTwice:        "Payé deux fois : le second paiement est une avance",
	payment.BadSignature:     "Appel sans signature valable de la banque",
	payment.Unreadable:       "Appel signé de la banque, illisible",
	payment.UnknownReference: "Paiement dont la référence vient d’ici et manque dans la base",
	payment.ForeignReference: "Paiement d’une autre ville ou d’un autre logiciel",
	payment.WrongAmount:      "Montant différent de celui demandé",
	payment.WrongPayment:     "Réponse de PayFiP sur une autre dette, ou dans un autre mode",
	payment.NoAuthorisation:  "Accepté sans autorisation : à vérifier auprès de la banque",
	payment.Unclear:          "Réponse de la banque qui ne décide rien",
}

// PaymentEvent says what happened to a payment.
func PaymentEvent(k payment.Kind) string {
	if said, ok := paymentEvents[k]; ok {
		return said
	}
	return string(k)
}

// RefundState says where a refund stands.
func RefundState(f payment.Refund) string {
	switch s := f.State; s {
	case payment.RefundOpen:
		return "Demandé à la banque"
	case payment.RefundDoubt:
		return "Sans réponse : à vérifier"
	case payment.RefundDone:
		if f.Way == payment.ByReject {
			return "Rejeté ou repris par la banque"
		}
		return "Remboursé"
	case payment.RefundDenied:
		return "Refusé"
	default:
		return string(s)
	}
}
