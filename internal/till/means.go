package till

import "slices"

// Means is how money came.
type Means string

// The means, as they are kept.
const (
	Cash        Means = "cash"
	Cheque      Means = "cheque"
	CESU        Means = "cesu"  // paper titles, counted one by one
	ECESU       Means = "ecesu" // a reference, no paper
	Transfer    Means = "transfer"
	Card        Means = "card" // on line, through the bank's payment page
	PayFiPCard  Means = "payfip_card"
	PayFiPDebit Means = "payfip_debit"
	DirectDebit Means = "direct_debit"
)

// AllMeans lists the means in the order of a slip.
func AllMeans() []Means {
	return []Means{Cash, Cheque, CESU, ECESU, Transfer, Card, PayFiPCard, PayFiPDebit, DirectDebit}
}

// CounterMeans lists those that an agent takes.
func CounterMeans() []Means { return []Means{Cheque, Cash, CESU, ECESU, Transfer} }

// French names the means on screen and on paper.
func (m Means) French() string {
	switch m {
	case Cash:
		return "Espèces"
	case Cheque:
		return "Chèque"
	case CESU:
		return "CESU papier"
	case ECESU:
		return "e-CESU"
	case Transfer:
		return "Virement"
	case Card:
		return "Carte bancaire en ligne"
	case PayFiPCard:
		return "PayFiP, carte bancaire"
	case PayFiPDebit:
		return "PayFiP, prélèvement unique"
	case DirectDebit:
		return "Prélèvement automatique"
	}
	return string(m)
}

// Valid reports whether m is one of AllMeans.
func (m Means) Valid() bool { return slices.Contains(AllMeans(), m) }

// OverTheCounter says whether the money passes through the drawer, which must then be open.
func (m Means) OverTheCounter() bool { return m == Cash || m == Cheque || m == CESU }

// OnLine says whether a bank told us of the money after it had moved it: then it is recorded whatever has changed meanwhile.
func (m Means) OnLine() bool {
	return slices.Contains([]Means{Card, PayFiPCard, PayFiPDebit, DirectDebit}, m)
}

// Account is where the money lies once cashed.
func (m Means) Account() Account {
	switch m {
	case Cash:
		return AccountCash
	case Cheque:
		return AccountCheques
	case CESU, ECESU:
		return AccountCESU
	}
	return AccountBank
}

// Account is one of the few accounts of a régie, kept by double entry. A debit is positive: what the office holds; a credit negative:
// what it owes.
type Account string

// The accounts.
const (
	AccountCash       Account = "cash"       // the drawer, float included
	AccountCheques    Account = "cheques"    // cheques that have not left for the bank
	AccountCESU       Account = "cesu"       // titles and e-CESU that await the treasury
	AccountBank       Account = "account"    // the deposit account at the treasury (compte DFT)
	AccountTreasury   Account = "treasury"   // what the accountant of the town has received
	AccountDue        Account = "due"        // takings that are owed to the town
	AccountPaidOver   Account = "paid_over"  // takings that were paid over
	AccountUnsorted   Account = "unsorted"   // money that nobody is known for yet
	AccountFloat      Account = "float"      // the float that the treasury lent
	AccountDifference Account = "difference" // what a count found too much or missing
)

// Accounts lists the accounts in the order of a balance.
func Accounts() []Account {
	return []Account{AccountCash, AccountCheques, AccountCESU, AccountBank, AccountTreasury, AccountDue, AccountUnsorted, AccountPaidOver, AccountFloat, AccountDifference}
}

// French names the account on screen and in exports.
func (a Account) French() string {
	switch a {
	case AccountCash:
		return "Caisse"
	case AccountCheques:
		return "Chèques à l’encaissement"
	case AccountCESU:
		return "CESU"
	case AccountBank:
		return "Compte DFT"
	case AccountTreasury:
		return "Versements au comptable"
	case AccountDue:
		return "Recettes à verser"
	case AccountPaidOver:
		return "Recettes versées"
	case AccountUnsorted:
		return "Recettes à classer"
	case AccountFloat:
		return "Fonds de caisse"
	case AccountDifference:
		return "Excédents et déficits"
	}
	return string(a)
}

// Holds says whether the account says what the office holds (a debit) rather than what it owes.
func (a Account) Holds() bool {
	return slices.Contains([]Account{AccountCash, AccountCheques, AccountCESU, AccountBank, AccountTreasury}, a)
}
