package mandate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/sepa"
	"preau/internal/staff"
	"preau/internal/town"
)

// Settings is what the town settles about direct debits.
type Settings struct {
	On       bool      `json:"on"` // families may sign on line
	Name     string    `json:"name"`
	SIRET    string    `json:"siret"`
	ICS      sepa.ICS  `json:"ics"`
	IBAN     sepa.IBAN `json:"iban"`
	BIC      sepa.BIC  `json:"bic"`
	Street   string    `json:"street"`
	Postcode string    `json:"postcode"`
	City     string    `json:"city"`
	Prefix   string    `json:"prefix"` // of the RUM of new mandates
	// Version is the version of the file; First sends the first debit of a mandate as such (FRST) and the others as recurrent.
	Version sepa.Version `json:"version"`
	First   bool         `json:"first"`
	// Notice is how many days before its debit an invoice is sent, at least; Lead how many working days before it the file goes to the bank.
	Notice int `json:"notice"`
	Lead   int `json:"lead"`
	// Rejections is after how many rejected debits in a row a mandate is suspended.
	Rejections int `json:"rejections"`
	// Treasury adds the holder of the account at the Treasury to the file, its accountant being the creditor; Service names the file.
	Treasury bool   `json:"treasury"`
	Holder   string `json:"holder"`
	Service  string `json:"service"`
}

const settingsKey = "mandate.settings"

// SettingsOf reads them; until the town has settled them no direct debit is offered.
func SettingsOf(ctx context.Context, tx *db.Tx) (Settings, error) {
	return town.ReadSetting(ctx, tx, settingsKey, Settings{Prefix: "PF", Version: sepa.Pain00808, First: true, Notice: 14, Lead: 6, Rejections: 2})
}

// Ready says whether the creditor is known.
func (s Settings) Ready() bool { return s.ICS != "" && s.IBAN != "" && s.Name != "" }

// Offered says whether families may sign a mandate on line.
func (s Settings) Offered() bool { return s.On && s.Ready() }

// AddressLine is the creditor's address in one line.
func (s Settings) AddressLine() string {
	return strings.Trim(s.Street+", "+strings.TrimSpace(s.Postcode+" "+s.City), ", ")
}

// Terms is what a debtor agrees to, word for word: the text of the European Payments Council, with the creditor.
func (s Settings) Terms() string {
	return "En signant ce mandat, vous autorisez " + s.Name + " à envoyer des instructions à votre banque pour débiter votre compte, et votre banque à débiter " +
		"votre compte conformément aux instructions de " + s.Name + ".\n" +
		"Vous bénéficiez du droit d’être remboursé par votre banque suivant les conditions décrites dans la convention que vous avez passée avec elle. " +
		"Une demande de remboursement doit être présentée dans les 8 semaines suivant la date de débit de votre compte pour un prélèvement autorisé, " +
		"et au plus tard dans les 13 mois en cas de prélèvement non autorisé.\n" +
		"Créancier : " + s.Name + ", " + s.AddressLine() + ". Identifiant du créancier SEPA (ICS) : " + string(s.ICS) + ". Paiement récurrent : une fois par facture, à la date annoncée sur la facture."
}

// TermsVersion names the terms: other words, another version.
func (s Settings) TermsVersion() string {
	sum := sha256.Sum256([]byte(s.Terms()))
	return hex.EncodeToString(sum[:6])
}

// Typed is what an agent typed of the identifiers.
type Typed struct{ SIRET, ICS, IBAN, BIC, Prefix string }

// Save writes the settings. Errors: fault.Forbidden; fault.Invalid beside "nom", "siret", "ics", "iban", "bic", "rum", "adresse", "version",
// "preavis", "delai", "rejets".
func Save(ctx context.Context, tx *db.Tx, who staff.Agent, s Settings, typed Typed) error {
	if !who.May(staff.Settings, "") {
		return fault.Forbiddenf("Seule la direction règle le prélèvement.")
	}
	before, err := SettingsOf(ctx, tx)
	if err != nil {
		return err
	}
	wrong := map[string]string{}
	keep := func(field, message string, err error) {
		if err != nil {
			wrong[field] = message
		}
	}
	s.SIRET, err = sepa.ParseSIRET(typed.SIRET)
	keep("siret", "Un SIRET a 14 chiffres ; celui-ci n’est pas valide.", err)
	s.ICS, err = sepa.ParseICS(typed.ICS)
	keep("ics", "Cet identifiant de créancier n’est pas valide. Il ressemble à FR72ZZZ123456.", err)
	s.IBAN, err = sepa.ParseIBAN(typed.IBAN)
	if err != nil {
		wrong["iban"] = wrongIBAN(err)
	}
	s.BIC = ""
	if strings.TrimSpace(typed.BIC) != "" {
		s.BIC, err = sepa.ParseBIC(typed.BIC)
		keep("bic", "Un BIC a 8 ou 11 lettres et chiffres.", err)
	}
	if p, err := sepa.ParseRUM(typed.Prefix); err != nil || len(p) > 20 {
		wrong["rum"] = "De 1 à 20 lettres et chiffres, sans espace."
	} else {
		s.Prefix = string(p)
	}
	for field, bad := range map[string]bool{"nom": sepa.Text(s.Name, 70) == "", "adresse": s.Street == "" || s.City == ""} {
		if bad {
			wrong[field] = "À remplir : ces mots figurent sur le mandat."
		}
	}
	if s.Version != sepa.Pain00802 && s.Version != sepa.Pain00808 {
		wrong["version"] = "Choisissez une version de la liste."
	}
	for field, n := range map[string]struct {
		value  int
		within Bounds
	}{"preavis": {s.Notice, NoticeDays}, "delai": {s.Lead, LeadDays}, "rejets": {s.Rejections, RejectionsMost}} {
		if n.value < n.within.Low || n.value > n.within.High {
			wrong[field] = "Ce nombre est trop petit ou trop grand."
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, settingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "settings.change", Subject: settingsKey,
		Detail: map[string]any{"before": before, "after": s}})
}
