package payment

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/paybox"
	"preau/internal/payfip"
	"preau/internal/seal"
)

// ContractKey is the purpose of the key that seals the secrets of contracts.
const ContractKey = "payment.contracts"

// Contracts are what ties the town to its banks.
type Contracts struct {
	Paybox PayboxTerms
	PayFiP PayFiPTerms
}

// PayboxTerms is the contract with Paybox, without its signing key.
type PayboxTerms struct {
	On bool `json:"-"`
	paybox.Contract
	Servers    []string `json:"servers"`     // "https://tpeweb.paybox.com", the primary first
	Path       string   `json:"path"`        // "/cgi/FramepagepaiementRWD.cgi"
	PublicKeys string   `json:"public_keys"` // PEM, one or several
	Direct     []string `json:"direct"`      // addresses of PPPS; none: refunds are made in the bank's own office
	Post       bool     `json:"post"`        // the bank calls with POST
	Sealed     string   `json:"-"`           // the signing key, sealed; empty: none yet
}

// PayFiPTerms is the contract with the DGFiP.
type PayFiPTerms struct {
	On     bool   `json:"-"`
	Client string `json:"client"` // numcli
	Mode   string `json:"mode"`   // payfip.Test, Activation or Production
	Base   string `json:"base"`   // "https://www.payfip.gouv.fr/tpa"
}

// Rehearses reports whether families are led to a service that takes no money, and says that it did.
func (p PayFiPTerms) Rehearses() bool { return p.On && p.Mode == payfip.Test }

// What holds before a town has settled anything: the addresses of the real banks, and the key that Verifone has published since 2014.
func defaults() Contracts {
	return Contracts{
		Paybox: PayboxTerms{Contract: paybox.Contract{Rank: "32"}, Servers: []string{"https://tpeweb.paybox.com", "https://tpeweb1.paybox.com"}, Path: "/cgi/FramepagepaiementRWD.cgi", PublicKeys: published},
		PayFiP: PayFiPTerms{Mode: payfip.Test, Base: "https://www.payfip.gouv.fr/tpa"},
	}
}

const published = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDe+hkicNP7ROHUssGNtHwiT2Ew
HFrSk/qwrcq8v5metRtTTFPE/nmzSkRnTs3GMpi57rBdxBBJW5W9cpNyGUh0jNXc
VrOSClpD5Ri2hER/GcNrxVRP7RlWOqB1C03q4QYmwjHZ+zlM4OUhCCAtSWflB4wC
Ka1g88CjFwRw/PB9kwIDAQAB
-----END PUBLIC KEY-----
`

// Open are the banks through which families may pay now, PayFiP after the other.
func (c Contracts) Open() (banks []Bank) {
	if c.Paybox.On {
		banks = append(banks, Paybox)
	}
	if c.PayFiP.On {
		banks = append(banks, PayFiP)
	}
	return banks
}

// Key is the key that signs the forms of Paybox. town is the town's, for ContractKey.
func (p PayboxTerms) Key(town []byte) ([]byte, error) {
	if p.Sealed == "" {
		return nil, errors.New("payment: the contract with Paybox has no signing key")
	}
	return seal.Open(town, string(Paybox), p.Sealed)
}

// ContractsOf reads them.
func ContractsOf(ctx context.Context, tx *db.Tx) (Contracts, error) {
	c := defaults()
	type row struct {
		bank          Bank
		on            bool
		terms, sealed string
	}
	rows, err := db.All(ctx, tx, `SELECT bank, enabled, terms, secret FROM payment_contracts`, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.bank, &r.on, &r.terms, &r.sealed) })
	if err != nil {
		return c, err
	}
	for _, r := range rows {
		if r.bank == Paybox {
			c.Paybox = PayboxTerms{On: r.on, Sealed: r.sealed}
			err = json.Unmarshal([]byte(r.terms), &c.Paybox)
		} else {
			c.PayFiP = PayFiPTerms{On: r.on}
			err = json.Unmarshal([]byte(r.terms), &c.PayFiP)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// SavePaybox settles the contract with Paybox. secret is the signing key as the bank shows it, empty to keep the one there is; town is the
// town's key for ContractKey. Errors: fault.Invalid beside the fields of the form.
func SavePaybox(ctx context.Context, tx *db.Tx, p PayboxTerms, secret string, town []byte) error {
	before, err := ContractsOf(ctx, tx)
	if err != nil {
		return err
	}
	p.Sealed = before.Paybox.Sealed
	wrong := p.wrong()
	if secret != "" {
		key, err := paybox.ParseKey(secret)
		if err != nil {
			wrong["cle"] = "La clé est faite de chiffres et des lettres de A à F, comme la banque l’affiche."
		} else if p.Sealed, err = seal.Seal(town, string(Paybox), key); err != nil {
			return err
		}
	}
	if p.On && p.Sealed == "" && wrong["cle"] == "" {
		wrong["cle"] = "Sans la clé de la banque, aucun paiement ne peut être signé."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	return save(ctx, tx, Paybox, p.On, p, p.Sealed)
}

// wrong says what no contract can be. What is not settled yet is only asked of one that is on.
func (p PayboxTerms) wrong() map[string]string {
	wrong := map[string]string{}
	number := func(field, value, message string, least, most int) {
		if value == "" && !p.On {
			return
		}
		if len(value) < least || len(value) > most || strings.Trim(value, "0123456789") != "" {
			wrong[field] = message
		}
	}
	number("site", p.Site, "Le site a 7 chiffres.", 7, 7)
	number("rang", p.Rank, "Le rang a 2 ou 3 chiffres.", 2, 3)
	number("identifiant", p.Identifier, "L’identifiant a de 1 à 9 chiffres.", 1, 9)
	if len(p.Servers) == 0 || slices.ContainsFunc(p.Servers, func(a string) bool { return !isOrigin(a) }) {
		wrong["serveurs"] = "Indiquez une adresse par ligne, par exemple https://tpeweb.paybox.com."
	}
	if !strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, " ?#;,'\"") {
		wrong["chemin"] = "Le chemin commence par / et n’a ni espace ni point d’interrogation."
	}
	if slices.ContainsFunc(p.Direct, func(a string) bool { return !isAddress(a) }) {
		wrong["ppps"] = "Indiquez une adresse par ligne, par exemple https://ppps.paybox.com/PPPS.php."
	}
	if _, err := paybox.ParseKeys(p.PublicKeys); err != nil {
		wrong["cles_publiques"] = "Collez une ou plusieurs clés publiques, chacune de « -----BEGIN PUBLIC KEY----- » à « -----END PUBLIC KEY----- »."
	}
	return wrong
}

// SavePayFiP settles the contract with the DGFiP. Errors: fault.Invalid beside the fields of the form.
func SavePayFiP(ctx context.Context, tx *db.Tx, p PayFiPTerms) error {
	wrong := map[string]string{}
	if (p.On || p.Client != "") && (len(p.Client) != 6 || strings.Trim(p.Client, "0123456789") != "") {
		wrong["numcli"] = "Le numéro de client a 6 chiffres."
	}
	if !slices.Contains([]string{payfip.Test, payfip.Activation, payfip.Production}, p.Mode) {
		wrong["saisie"] = "Choisissez le mode."
	}
	if !isAddress(p.Base) || strings.HasSuffix(p.Base, "/") {
		wrong["base"] = "Indiquez une adresse sans barre à la fin, par exemple https://www.payfip.gouv.fr/tpa."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	return save(ctx, tx, PayFiP, p.On, p, "")
}

func save(ctx context.Context, tx *db.Tx, bank Bank, on bool, terms any, secret string) error {
	_, err := tx.Exec(ctx, `INSERT INTO payment_contracts (bank, enabled, terms, secret, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bank) DO UPDATE SET enabled = excluded.enabled, terms = excluded.terms, secret = excluded.secret, changed_at = excluded.changed_at`,
		string(bank), on, db.JSON(terms), secret, tx.Now)
	return err
}

// isAddress reports whether s is an address a server can be called at: https, or http on this machine; nothing that could end a header.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(s, " ;,'\"\\") {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1")
}

// isOrigin reports whether s is an address without a slash at its end, under which the bank has its pages.
func isOrigin(s string) bool { return isAddress(s) && !strings.HasSuffix(s, "/") }
