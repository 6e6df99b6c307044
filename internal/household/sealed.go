package household

import "preau/internal/town"

// Sealed says what is sealed here: the secrets of calendar feeds, to show them again to their owners, and the token of the service of quotients.
func Sealed() []town.Sealed {
	return []town.Sealed{{Purpose: "feeds", Select: "SELECT id, secret_sealed FROM calendar_feeds ORDER BY id",
		Update: "UPDATE calendar_feeds SET secret_sealed = $2 WHERE id = $1"},
		{Purpose: AskingPurpose, Select: "SELECT id, token_sealed FROM quotient_services ORDER BY id", Update: "UPDATE quotient_services SET token_sealed = $2 WHERE id = $1"}}
}
