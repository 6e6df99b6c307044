package payment

import "preau/internal/town"

// Sealed says what is sealed here: the keys that sign payments.
func Sealed() []town.Sealed {
	return []town.Sealed{{Purpose: ContractKey, Select: "SELECT bank, secret FROM payment_contracts WHERE secret <> '' ORDER BY bank",
		Update: "UPDATE payment_contracts SET secret = $2 WHERE bank = $1"}}
}
