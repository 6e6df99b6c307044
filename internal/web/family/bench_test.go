package family_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/klauspost/compress/gzhttp"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/towntest"
	"preau/internal/web"
	"preau/internal/web/family"
	"preau/internal/web/signin"
	"preau/internal/web/signin/signintest"
	"preau/internal/worldtest"
)

// booked is a server whose Antoine has lunch every day of December, and the request of that page, signed in.
func booked(b *testing.B) (http.Handler, *http.Request) {
	tn := towntest.New(b, "sqlite")
	w := worldtest.Chatou(b, tn)
	h := signintest.New(b, tn, func(s *web.Server, d *signin.Door) { family.Pages{Door: d}.Routes(s) })
	id := w.Enrolment["antoine/CANTINE"]
	w.SetClock("2026-11-20T10:00")
	w.Write(func(tx *db.Tx) error {
		var changes []booking.Change
		for d := range (civil.Range{From: civil.MustParse("2026-12-01"), To: civil.MustParse("2026-12-18")}).Days() {
			changes = append(changes, booking.Change{EnrolmentID: id, Day: d, Option: "REPAS", Add: true})
		}
		_, err := booking.Submit(b.Context(), tx, w.Claire, booking.Request{SubmissionID: "banc", EnrolmentID: id, Changes: changes}, w.Loc)
		return err
	})
	v := h.Visitor()
	v.Get("/connexion").Form("Ouvrir mon espace").Fill("identifiant", "claire.martin").Fill("mot_de_passe", worldtest.Password).Send()
	r := httptest.NewRequest("GET", "/espace/reservations/"+id+"?mois=2026-12", nil)
	r.Host = signintest.Host
	r.Header.Set("Accept-Encoding", "gzip")
	for _, c := range v.Cookies() {
		r.AddCookie(c)
	}
	return h.Server, r
}

// BenchmarkCalendarPage is the month of a fully booked child, signed in, gzip included, without the network.
func BenchmarkCalendarPage(b *testing.B) {
	server, r := booked(b)
	for b.Loop() {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r.Clone(b.Context()))
		if w.Code != http.StatusOK {
			b.Fatalf("status %d", w.Code)
		}
	}
}

// BenchmarkBareHandler sends the same bytes through the same compression: what a page costs at the very least.
func BenchmarkBareHandler(b *testing.B) {
	server, r := booked(b)
	plain := r.Clone(b.Context())
	plain.Header.Del("Accept-Encoding")
	drawn := httptest.NewRecorder()
	server.ServeHTTP(drawn, plain)
	page := drawn.Body.Bytes()
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(web.GzipLevel))
	if err != nil {
		b.Fatal(err)
	}
	bare := wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}))
	b.ReportMetric(float64(len(page)), "page-bytes")
	for b.Loop() {
		bare.ServeHTTP(httptest.NewRecorder(), r.Clone(b.Context()))
	}
}
