package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// FaviconHref is the address of the small sign of the portal.
func FaviconHref() string { return faviconHref }

// RollCallWorker is the script that answers for the roll-call without network: it holds the shell, which names nobody, and the static files
// that the shell needs. scope is the address under which it answers, shell that of the page it shows, colour the town's.
func RollCallWorker(scope, shell, colour string) []byte {
	if !ValidColour(colour) {
		colour = DefaultColour
	}
	held := []string{appHref, ThemeHref(colour), scriptHref, rollCallHref, fontHref, iconHref, faviconHref}
	script := string(read("script/service.js"))
	sum := sha256.Sum256([]byte(strings.Join(held, " ") + shell + script))
	set, err := json.Marshal(map[string]any{"scope": scope, "shell": shell, "held": held, "version": hex.EncodeToString(sum[:6])})
	if err != nil {
		panic(err) // strings of this program
	}
	return []byte("const SET = " + string(set) + ";\n" + script)
}
