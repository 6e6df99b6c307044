package signin

import (
	"net/http"
	"net/url"

	"preau/internal/civil"
	"preau/internal/identity"
	"preau/internal/town"
	"preau/internal/web"
)

// keys are the town's keys for signing in.
func keys(t *town.Town) identity.Keys {
	return identity.Keys{
		Attempts: t.KeyFor("sign-in"), Authenticators: t.KeyFor("authenticators"), Recovery: t.KeyFor("recovery codes"), Links: t.KeyFor("identity links"),
	}
}

// site is the town's site for passkeys: the configured address, whatever host name was asked.
func site(t *town.Town) identity.Site {
	host := ""
	if u, err := url.Parse(t.BaseURL); err == nil {
		host = u.Hostname()
	}
	return identity.Site{Host: host, Origin: t.BaseURL, Name: t.Name}
}

// browser is what is known of the browser of a request.
func browser(r *http.Request) identity.Browser {
	return identity.Browser{Name: identity.DeviceName(r.UserAgent()), Token: token(r, deviceCookie)}
}

// code reads a code typed in the field "code"; now is the transaction's.
func code(t *town.Town, form *web.Form, now civil.Instant) identity.Code {
	return identity.Code{Typed: form.Raw("code"), At: t.World(now)}
}
