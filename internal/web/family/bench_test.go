package family_test

import (
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

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

// BenchmarkCalendar is the month of a fully booked child, signed in, gzip included, without the network, in turns with a bare handler
// that sends the same bytes through the same compression: what a page costs at the very least. On a machine that does other things
// only the processor time and the ratio mean something.
func BenchmarkCalendar(b *testing.B) {
	server, r := booked(b)
	plain := r.Clone(b.Context())
	plain.Header.Del("Accept-Encoding")
	drawn := httptest.NewRecorder()
	server.ServeHTTP(drawn, plain)
	page := drawn.Body.Bytes()
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(web.GzipLevel), gzhttp.EnableZstd(false))
	if err != nil {
		b.Fatal(err)
	}
	bare := wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}))
	const turn = 50
	var cost [2]time.Duration
	n := 0
	for b.Loop() {
		n += turn
		for i, h := range []http.Handler{server, bare} {
			before := processor(b)
			for range turn {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r.Clone(b.Context()))
				if w.Code != http.StatusOK {
					b.Fatalf("status %d", w.Code)
				}
			}
			cost[i] += processor(b) - before
		}
	}
	b.ReportMetric(float64(len(page)), "page-bytes")
	b.ReportMetric(float64(cost[0].Microseconds())/float64(n), "cpu-µs/page")
	b.ReportMetric(float64(cost[1].Microseconds())/float64(n), "cpu-µs/bare")
	b.ReportMetric(float64(cost[0])/float64(cost[1]), "ratio")
}

// processor is the processor time this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
