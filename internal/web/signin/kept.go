package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"preau/internal/civil"
	"preau/internal/web"
)

// A form posted after its session ended is kept in the sign-in page itself, sealed with the town's key: nothing is stored on the
// server, and nobody can make a form that we did not receive. Passwords are never kept.
const (
	keptBytes = 64 << 10
	keptLife  = 2 * time.Hour
)

// keptForm is what was posted, and where.
type keptForm struct {
	Path   string
	Fields []keptField
	At     civil.Instant
}

type keptField struct{ Name, Value string }

// secrets are the fields that are left out.
var secrets = []string{"mot_de_passe", "actuel", "nouveau", "confirmation", "code", "reponse"}

// keep seals the form of a request; empty when there is none, or when it is too large or holds a file.
func keep(w http.ResponseWriter, r *http.Request, now civil.Instant) string {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	form, err := web.ReadForm(w, r)
	if err != nil {
		return ""
	}
	k := keptForm{Path: r.URL.RequestURI(), At: now}
	for name, values := range form.Values() {
		for _, v := range values {
			if !slices.Contains(secrets, name) {
				k.Fields = append(k.Fields, keptField{name, v})
			}
		}
	}
	slices.SortStableFunc(k.Fields, func(a, b keptField) int { return strings.Compare(a.Name, b.Name) })
	content, err := json.Marshal(k)
	if err != nil {
		return ""
	}
	body := base64.RawURLEncoding.EncodeToString(content)
	if len(body) > keptBytes {
		return ""
	}
	return body + "." + sealForm(r, body)
}

// unkeep opens what keep sealed. The path must be of the side the visitor belongs to.
func unkeep(r *http.Request, sealed string, now civil.Instant) (keptForm, bool) {
	body, mac, ok := strings.Cut(sealed, ".")
	if !ok || !hmac.Equal([]byte(mac), []byte(sealForm(r, body))) {
		return keptForm{}, false
	}
	content, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return keptForm{}, false
	}
	var k keptForm
	if err := json.Unmarshal(content, &k); err != nil || now.After(k.At.Add(keptLife)) {
		return keptForm{}, false
	}
	return k, true
}

func sealForm(r *http.Request, body string) string {
	mac := hmac.New(sha256.New, web.Town(r).KeyFor("kept form"))
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
