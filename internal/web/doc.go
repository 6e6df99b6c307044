// Package web is the server under the pages: which town is asked, who is asking, forms in, pages and refusals out.
//
// A handler reads a form, opens one transaction, and renders or redirects; it returns an error instead of writing one. This package
// holds the one table from the kinds of package fault to statuses and pages (trouble.go), the headers that every answer carries
// (headers.go), the request log (log.go) and the strict reading of forms (form.go). Doors register their handlers with
// Server.Handle; the access each route asks for is part of its registration, so that a test can list all of them (Server.Routes).
package web
