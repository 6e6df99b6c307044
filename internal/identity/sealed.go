package identity

import "preau/internal/town"

// Sealed says what is sealed here and lasts: the secrets of authenticators. What is sealed for minutes, on the way to a provider of
// identity, is not worth it; recovery codes are kept as keyed hashes, and are drawn again after a change of key.
func Sealed() []town.Sealed {
	return []town.Sealed{{Purpose: "authenticators", Select: "SELECT account_id, secret FROM authenticators ORDER BY account_id",
		Update: "UPDATE authenticators SET secret = $2 WHERE account_id = $1"}}
}
