package web

import (
	"net/http"
	"strings"
)

// policy lets a page use this server and nothing else: no inline script or style, no frame, no third party.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; img-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'"

// The values are shared slices: header maps are only read by net/http once set.
var (
	policyValue      = []string{policy}
	nosniffValue     = []string{"nosniff"}
	referrerValue    = []string{"no-referrer"}
	sameOriginValue  = []string{"same-origin"}
	permissionsValue = []string{"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"}
	transportValue   = []string{"max-age=31536000"}
)

// setHeaders writes the headers that every answer carries.
func setHeaders(h http.Header, secure bool) {
	h["Content-Security-Policy"] = policyValue
	h["X-Content-Type-Options"] = nosniffValue
	h["Referrer-Policy"] = referrerValue
	h["Cross-Origin-Opener-Policy"] = sameOriginValue
	h["Cross-Origin-Resource-Policy"] = sameOriginValue
	h["Permissions-Policy"] = permissionsValue
	if secure {
		h["Strict-Transport-Security"] = transportValue
	}
}

// AllowForms lets the page that is about to be drawn send a form to other sites too, by their origins ("https://tpeweb.paybox.com"): what
// leads to a bank. They come from the town's settings, never from a visitor.
func AllowForms(w http.ResponseWriter, origins ...string) {
	for _, o := range origins {
		if o == "" || strings.ContainsAny(o, " ;,'\"*") {
			return // not an origin: the page's form is then refused by the browser
		}
	}
	if len(origins) > 0 {
		w.Header()["Content-Security-Policy"] = []string{strings.Replace(policy, "form-action 'self'", "form-action 'self' "+strings.Join(origins, " "), 1)}
	}
}
