package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"preau/internal/fault"
	"preau/internal/web/ui"
)

// trouble is the page of something that went wrong. It is also an error, for what the server itself refuses.
type trouble struct {
	status    int
	title     string
	what      string
	reference bool // the visitor is given the request's reference
}

func (t *trouble) Error() string { return t.title }

// The one table from kinds of refusal to statuses and pages. What a refusal says takes the place of the sentence here.
var troubles = map[fault.Kind]*trouble{
	fault.NotFound:  errNoPage,
	fault.Forbidden: {status: http.StatusForbidden, title: "Vous n’avez pas accès à cette page", what: "Votre compte ne donne pas ce droit."},
	fault.Refused:   {status: http.StatusUnprocessableEntity, title: "Ce n’est pas possible", what: "La règle de la ville ne le permet pas."},
	fault.Invalid:   {status: http.StatusUnprocessableEntity, title: "Votre demande est à corriger", what: "Une réponse manque ou n’a pas pu être lue."},
	fault.Conflict:  {status: http.StatusConflict, title: "Quelque chose a changé entre-temps", what: "Rouvrez la page pour voir où les choses en sont."},
}

var (
	errNoPage      = &trouble{status: http.StatusNotFound, title: "Cette page n’existe pas", what: "L’adresse est peut-être incomplète, ou ce que vous cherchez n’existe plus."}
	errNoMethod    = &trouble{status: http.StatusMethodNotAllowed, title: "Cette adresse ne s’ouvre pas ainsi", what: "Revenez à l’accueil et reprenez votre chemin."}
	errUnknownHost = &trouble{status: http.StatusMisdirectedRequest, title: "Aucune ville à cette adresse", what: "Vérifiez le nom du site dans la barre d’adresse."}
	errCrossOrigin = &trouble{status: http.StatusForbidden, title: "Ce formulaire vient d’un autre site", what: "Par sécurité, rien n’a été enregistré. Revenez à l’accueil et recommencez depuis ce site."}
	errTooLarge    = &trouble{status: http.StatusRequestEntityTooLarge, title: "C’est trop volumineux", what: "Le fichier ou le texte envoyé dépasse la taille acceptée. Rien n’a été enregistré."}
	failure        = &trouble{status: http.StatusInternalServerError, title: "Quelque chose n’a pas fonctionné", reference: true,
		what: "Le problème vient de nous, pas de vous. Réessayez dans un moment\u00a0; s’il persiste, donnez cette référence au service."}
)

func unrouted(status int) *trouble {
	if status == http.StatusMethodNotAllowed {
		return errNoMethod
	}
	return errNoPage
}

// elsewhere is the error of a visitor who must first go to another page.
type elsewhere string

func (e elsewhere) Error() string { return "elsewhere" }

// Elsewhere sends the visitor to another page of this site, as an error: for what Guard resolves.
func Elsewhere(path string) error { return elsewhere(path) }

// fail is the one place where an error becomes a page.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var to elsewhere
	if errors.As(err, &to) {
		_ = Redirect(w, r, string(to)) // always nil
		return
	}
	s.show(w, r, s.explain(r, err))
}

// explain chooses the page for an error; what is nobody's refusal is logged with the reference that the visitor is given.
func (s *Server) explain(r *http.Request, err error) *trouble {
	var own *trouble
	if errors.As(err, &own) {
		return own
	}
	if refusal, ok := fault.As(err); ok {
		if known, ok := troubles[refusal.Kind]; ok {
			page := *known
			if refusal.Message != "" {
				page.what = refusal.Message
			}
			return &page
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errTooLarge
	}
	level := slog.LevelError
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		level = slog.LevelInfo // the visitor left
	}
	s.config.Log.LogAttrs(r.Context(), level, "failed", slog.String("id", of(r).id), slog.String("route", r.Pattern), slog.String("error", err.Error()))
	return failure
}

// show writes the page of a trouble, unless an answer has already begun.
func (s *Server) show(w http.ResponseWriter, r *http.Request, t *trouble) {
	st := of(r)
	st.routed = true
	reference := ""
	if t.reference {
		reference = st.id
	}
	page := ui.Page{Town: st.face(), Title: t.title}
	way := ui.Link{Href: "/", Label: "Revenir à l’accueil"}
	switch {
	case strings.HasPrefix(r.URL.Path, "/espace"):
		way = ui.Link{Href: "/espace", Label: "Revenir à mon espace"}
	case strings.HasPrefix(r.URL.Path, "/bureau"):
		way = ui.Link{Href: "/bureau", Label: "Revenir au bureau"}
	case t == errUnknownHost:
		way = ui.Link{}
	}
	if err := Render(w, r, t.status, ui.TroublePage(page, t.title, t.what, reference, way)); err != nil {
		s.config.Log.Error("the page of an error failed", "id", st.id, "error", err)
	}
}
