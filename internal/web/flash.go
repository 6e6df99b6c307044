package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"preau/internal/web/ui"
)

const (
	flashCookie = "mot"
	flashAge    = 60 // seconds: it is meant for the very next page
)

// Flash leaves a sentence for the next page. It travels in a signed cookie, so that every node of the server can show it.
func Flash(w http.ResponseWriter, r *http.Request, f ui.Flash) {
	content, err := json.Marshal(f)
	if err != nil {
		panic(err) // three strings
	}
	body := base64.RawURLEncoding.EncodeToString(content)
	setFlash(w, r, body+"."+sign(r, body), flashAge)
}

// takeFlash reads the sentence and forgets it. A cookie that we did not sign says nothing.
func takeFlash(w http.ResponseWriter, r *http.Request) *ui.Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	setFlash(w, r, "", -1)
	body, mac, ok := strings.Cut(c.Value, ".")
	if !ok || !hmac.Equal([]byte(mac), []byte(sign(r, body))) {
		return nil
	}
	content, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return nil
	}
	var f ui.Flash
	if err := json.Unmarshal(content, &f); err != nil {
		return nil
	}
	return &f
}

func setFlash(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: Secure(r), SameSite: http.SameSiteLaxMode})
}

// sign binds a flash to the town's key, and to this use of it.
func sign(r *http.Request, body string) string {
	mac := hmac.New(sha256.New, Town(r).KeyFor("flash"))
	mac.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
