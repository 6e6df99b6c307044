package words

// Debited says when an invoice is debited, notice being how many days after it was sent at least: "à une date annoncée, au moins 14 jours après
// l’envoi de la facture".
func Debited(notice int) string {
	if notice == 0 {
		return "à une date annoncée"
	}
	return "à une date annoncée, au moins " + count(int64(notice), "jour", "jours") + " après l’envoi de la facture"
}
