// Package api answers the town's other software: the kitchen's, the badge reader's, the accounts'. It is a REST interface described by an OpenAPI
// document at /api/openapi.json; each request carries a token made in /bureau/parametres/cles-api, and each operation asks for one of its purposes.
//
// What a page may not do, a token may not do either: the same verbs decide, in one transaction. Answers and refusals are JSON; a refusal is a problem
// of RFC 9457. Days are civil days of the town, instants are in UTC, amounts are integer cents. Lists are read by pages: "after" is the last id of the
// page before, and what was issued or received never changes, so that who keeps the last id reads what is new and nothing else.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/town"
	"preau/internal/web"
)

// Version is that of the interface: it changes when something that holds today no longer would.
const Version = "1.0.0"

// caller is the software that asks: the town it asks, its token and the agent who answers for it.
type caller struct {
	town  *town.Town
	token staff.Token
	agent staff.Agent
	now   civil.Instant
	held  error // why it may not ask, nil when it may
}

type callerKey struct{}

func asking(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// Routes adds the interface to a server.
func Routes(s *web.Server) {
	m := &doors{server: s}
	c := huma.DefaultConfig("Préau", Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/openapi", "", ""
	c.CreateHooks = nil
	c.Info.Description = "Effectifs du jour, pointages, factures et encaissements d’une ville, pour ses autres logiciels."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	a := humago.New(m, c)
	m.operations = map[string]staff.Scope{}
	reference(a, m)
	counting(a, m)
	pointing(a, m)
	money(a, m)
}

// doors registers the operations as routes of the server, each with the purpose it asks for: the route table says who may ask.
type doors struct {
	server     *web.Server
	operations map[string]staff.Scope // by pattern
}

// HandleFunc takes one route from the library.
func (m *doors) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	scope, known := m.operations[pattern]
	if !known {
		if pattern == "GET /api/openapi.json" {
			m.server.Handle(pattern, web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
				handler(w, r)
				return nil
			}))
		}
		return // other forms of the description: one is enough
	}
	m.server.Handle(pattern, web.Guard("token:"+string(scope), func(_ http.ResponseWriter, r *http.Request) (caller, error) {
		return identify(r, scope)
	}, func(w http.ResponseWriter, r *http.Request, who caller) error {
		w.Header().Set("Cache-Control", "no-store")
		if who.held != nil {
			problem(w, who.held)
			return nil
		}
		handler(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
		return nil
	}))
}

// ServeHTTP is part of what the library asks for; requests come through the server, never through here.
func (m *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.server.ServeHTTP(w, r) }

// identify finds who asks. A failure of ours is an error; what the caller lacks is in held.
func identify(r *http.Request, scope staff.Scope) (c caller, err error) {
	c.town = web.Town(r)
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		c.held = huma.Error401Unauthorized("Présentez une clé : « Authorization: Bearer … ».")
		return c, nil
	}
	err = c.town.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c.now = tx.Now
		c.token, c.agent, err = staff.TokenOf(r.Context(), tx, strings.TrimSpace(secret), c.town.Loc)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		c.held = huma.Error401Unauthorized("Cette clé n’est pas valable, ou ne l’est plus.")
		return c, nil
	case err != nil:
		return c, err
	case scope != "" && !c.token.Allows(scope):
		c.held = huma.Error403Forbidden("Cette clé ne sert pas à cela : il lui faut l’usage « " + string(scope) + " ».")
		return c, nil
	case scope != "" && !c.agent.MayAnswerFor(scope):
		c.held = huma.Error403Forbidden("L’agent qui répond de cette clé n’a plus le droit qu’il faut pour l’usage « " + string(scope) + " ».")
		return c, nil
	}
	return c, c.used(r.Context())
}

// used writes once an hour that the token serves.
func (c caller) used(ctx context.Context) error {
	if last := c.token.LastUsedAt; !last.IsZero() && c.now.Sub(last) < time.Hour {
		return nil
	}
	return c.town.DB.Write(ctx, func(tx *db.Tx) error { return staff.TokenUsed(ctx, tx, c.token.ID) })
}

// problem writes a refusal as RFC 9457 says.
func problem(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var known huma.StatusError
	if errors.As(err, &known) {
		status = known.GetStatus()
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(db.JSON(err)))
}

// refusal turns a refusal of a verb into a problem; anything else is logged and told without a detail.
func refusal(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	f, ok := fault.As(err)
	if !ok {
		slog.ErrorContext(ctx, "api", "error", err)
		return huma.Error500InternalServerError("Quelque chose n’a pas fonctionné. Réessayez ; si cela dure, prévenez la mairie.")
	}
	status := map[fault.Kind]int{fault.Invalid: http.StatusUnprocessableEntity, fault.Refused: http.StatusConflict, fault.NotFound: http.StatusNotFound,
		fault.Forbidden: http.StatusForbidden, fault.Conflict: http.StatusConflict}[f.Kind]
	var details []error
	for field, message := range f.Fields {
		details = append(details, &huma.ErrorDetail{Location: "body." + field, Message: message})
	}
	return huma.NewError(status, f.Message, details...)
}

// read answers from one transaction that writes nothing.
func read[T any](ctx context.Context, fn func(tx *db.Tx, c caller) (T, error)) (out T, err error) {
	c := asking(ctx)
	err = c.town.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = fn(tx, c)
		return err
	})
	return out, refusal(ctx, err)
}

// operation registers one operation under the purpose it asks for; an empty purpose is any valid token.
func operation[I, O any](a huma.API, m *doors, scope staff.Scope, o huma.Operation, handler func(context.Context, *I) (*O, error)) {
	o.Security = []map[string][]string{{"token": {}}}
	o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden)
	m.operations[strings.ToUpper(o.Method)+" "+o.Path] = scope
	huma.Register(a, o, handler)
}
