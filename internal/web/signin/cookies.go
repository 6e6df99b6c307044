package signin

import (
	"net/http"
	"net/url"

	"preau/internal/identity"
	"preau/internal/web"
)

const (
	sessionCookie = "seance"
	deviceCookie  = "appareil"
	deviceAge     = 180 * 24 * 3600 // seconds
	stepCookie    = "etape"         // of a second step
	stepAge       = 600
	claimCookie   = "identite" // of an identity that waits for its account
	claimAge      = 1200
	flowCookie    = "passage" // of a visit to a provider
	flowAge       = 1800
)

// cookieName adds the prefix that binds a cookie to this host and to https.
func cookieName(r *http.Request, name string) string {
	if web.Secure(r) {
		return "__Host-" + name
	}
	return name
}

// token reads a cookie; empty when there is none.
func token(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie writes a token; age 0 lasts until the browser closes, a negative age removes the cookie.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r, name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: web.Secure(r), SameSite: http.SameSiteLaxMode,
	})
}

// give hands the browser what a sign-in opened.
func give(w http.ResponseWriter, r *http.Request, e identity.Entry) {
	setCookie(w, r, sessionCookie, e.Token, 0)
	setCookie(w, r, deviceCookie, e.Device, deviceAge)
}

// loginFor is the address of the sign-in page that returns to a page afterwards.
func loginFor(path string) string {
	return LoginPath + "?suite=" + url.QueryEscape(path)
}
