package paper

import (
	"context"
	"strings"
	"unicode/utf8"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/payment"
	"preau/internal/sepa"
	"preau/internal/till"
	"preau/internal/town"
)

// Settings is what the town prints of its régie, and of how it is paid.
type Settings struct {
	Service string `json:"service"` // under the town's name: "Régie Enfance, Famille, Éducation"; empty: the town's first service
	Address string `json:"address"` // lines; empty: the first service's
	Desk    string `json:"desk"`    // where and when the till is open, a sentence; empty: nothing is paid there
	Cheque  string `json:"cheque"`  // to whose order; empty: no cheques
	Cash    bool   `json:"cash"`
	CESU    bool   `json:"cesu"`
	Holder  string `json:"holder"` // of the account, for transfers
	IBAN    string `json:"iban"`   // empty: no transfers
	BIC     string `json:"bic"`
	PayFiP  string `json:"payfip"` // the number that the DGFiP gave to the town, six digits; empty: none
	Notice  string `json:"notice"` // legal notice at the end of each invoice
}

const settingsKey = "paper.invoice"

// ReadSettings reads what the town prints on its invoices.
func ReadSettings(ctx context.Context, tx *db.Tx) (Settings, error) {
	return town.ReadSetting(ctx, tx, settingsKey, Settings{})
}

// SaveSettings writes what the town prints on its invoices. Errors: fault.Invalid beside the field.
func SaveSettings(ctx context.Context, tx *db.Tx, s Settings, by household.By) error {
	wrong := map[string]string{}
	for field, text := range map[string]string{"service": s.Service, "adresse": s.Address, "guichet": s.Desk, "ordre": s.Cheque, "titulaire": s.Holder} {
		if utf8.RuneCountInString(text) > 300 {
			wrong[field] = "C’est trop long : 300 caractères au plus."
		}
	}
	if utf8.RuneCountInString(s.Notice) > 1500 {
		wrong["mentions"] = "C’est trop long : 1 500 caractères au plus."
	}
	if strings.TrimSpace(s.IBAN) != "" {
		iban, err := sepa.ParseIBAN(s.IBAN)
		if s.IBAN = string(iban); err != nil {
			wrong["iban"] = "Cet IBAN n’est pas valable : vérifiez chaque caractère."
		}
		if strings.TrimSpace(s.Holder) == "" {
			wrong["titulaire"] = "Indiquez le titulaire du compte, tel que la banque le connaît."
		}
	}
	if strings.TrimSpace(s.BIC) != "" {
		bic, err := sepa.ParseBIC(s.BIC)
		if s.BIC = string(bic); err != nil {
			wrong["bic"] = "Ce BIC n’est pas valable."
		}
	}
	if s.PayFiP = strings.Join(strings.Fields(s.PayFiP), ""); s.PayFiP != "" && (len(s.PayFiP) != 6 || strings.Trim(s.PayFiP, "0123456789") != "") {
		wrong["payfip"] = "L’identifiant PayFiP a six chiffres, zéros compris."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, settingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "invoice.settings", Detail: s})
}

// Maker makes the sheets of a town: it knows what is the same on all of them.
type Maker struct {
	Town     string // "Ville de Chatou"
	Host     string // "famille.chatou.example"
	Service  town.Service
	Settings Settings
	Online   bool        // families may pay on the town's site now
	CashMost money.Cents // what the till takes in cash for an invoice; 0: no limit
	Today    civil.Date
}

// NewMaker reads what all the sheets of a town share.
func NewMaker(ctx context.Context, tx *db.Tx, t *town.Town) (Maker, error) {
	m := Maker{Today: civil.DateOf(tx.Now, t.Loc)}
	_, m.Host, _ = strings.Cut(t.BaseURL, "://")
	profile, err := t.Profile(ctx, tx)
	if err != nil {
		return m, err
	}
	m.Town, m.Service = profile.Name, profile.First()
	if m.Settings, err = ReadSettings(ctx, tx); err != nil {
		return m, err
	}
	contracts, err := payment.ContractsOf(ctx, tx)
	if err != nil {
		return m, err
	}
	office, err := till.OfficeOf(ctx, tx)
	m.Online, m.CashMost = len(contracts.Open()) > 0, office.CashMost
	return m, err
}

// from is the sender of the sheets, a line each.
func (m Maker) from() []string {
	service, address := m.Settings.Service, m.Settings.Address
	if service == "" {
		service = m.Service.Title
	}
	if address == "" {
		address = m.Service.Address
	}
	lines := []string{m.Town}
	if service != "" {
		lines = append(lines, service)
	}
	for line := range strings.Lines(address) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if m.Service.Phone != "" {
		lines = append(lines, "Tél. : "+m.Service.Phone)
	}
	return lines
}
