package house_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/house"
	"preau/internal/mail"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// The variables that make the test program a server to be killed.
const (
	victimDSN    = "HOUSE_TEST_VICTIM_DSN"
	victimSchema = "HOUSE_TEST_VICTIM_SCHEMA"
	victimStart  = "HOUSE_TEST_VICTIM_START" // of the town's clock, RFC 3339
	victimFolder = "HOUSE_TEST_VICTIM_FOLDER"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(victimDSN); dsn != "" {
		fmt.Println(serveVictim(dsn))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveVictim is the whole house on a port of this machine, with its workers, until it is killed.
func serveVictim(dsn string) error {
	start, err := time.Parse(time.RFC3339, os.Getenv(victimStart))
	if err != nil {
		return err
	}
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return err
	}
	begun := time.Now()
	clock := func() time.Time { return start.Add(time.Since(begun)) }
	log := slog.New(slog.DiscardHandler)
	d, err := db.Open(context.Background(), db.Config{DSN: dsn, Schema: os.Getenv(victimSchema), Clock: clock, Log: log})
	if err != nil {
		return err
	}
	t := &town.Town{ID: "essai", Name: "Ville d’Essai", Hosts: []string{"127.0.0.1"}, BaseURL: "http://127.0.0.1", DB: d, Loc: loc,
		Key: bytes.Repeat([]byte{7}, 32), Mail: &mail.Memory{Clock: clock}, Log: log}
	t.KeepFiles(&blob.Disk{Folder: os.Getenv(victimFolder)})
	set, err := town.NewSet(t)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return house.New(set, house.Options{Log: log}).Run(context.Background(), l)
}

// victim is a server that will be killed.
type victim struct {
	cmd     *exec.Cmd
	address string
}

func startVictim(t *testing.T, tn *towntest.Town, folder string) *victim {
	t.Helper()
	tn.Clock.Advance(time.Minute)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimDSN+"="+tn.Database.DSN, victimSchema+"="+tn.Database.Schema,
		victimStart+"="+tn.Clock.Now().Format(time.RFC3339), victimFolder+"="+folder)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "127.0.0.1:") {
		t.Fatalf("the server said %q: %v", line, err)
	}
	return &victim{cmd, "http://" + strings.TrimSpace(line)}
}

// kill ends the server as a power cut would, without a word.
func (v *victim) kill(t *testing.T) {
	t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := v.cmd.Wait(); !errors.As(err, &ended) {
		t.Fatalf("the server ended by itself: %v", err)
	}
}

// save is one submission as its family knows it.
type save struct {
	id        string
	add       bool
	days      []string
	confirmed bool // the family has had its answer
}

// saver is a family that books and cancels without end.
type saver struct {
	login, enrolment string
	client           http.Client
	saves            []save
}

// savedDays is how many days a submission changes.
const savedDays = 5

// wish is the n-th submission: five days are booked, then the same are cancelled, then the next five.
func (s *saver) wish(n int, days []string) save {
	first := n / 2 * savedDays % len(days)
	return save{id: db.NewID(), add: n%2 == 0, days: days[first : first+savedDays]}
}

// send asks for a submission; it may be asked again with the same id.
func (s *saver) send(v *victim, w *save) error {
	var boxes, days []string
	for _, d := range w.days {
		boxes, days = append(boxes, d+":REPAS"), append(days, d)
	}
	form := url.Values{"envoi": {w.id}}
	if w.add {
		form["jour"] = boxes
	} else {
		form["vu"], form["visible"] = boxes, days
	}
	res, err := s.client.PostForm(v.address+"/espace/reservations/"+s.enrolment, form)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("%s: answered %d", s.login, res.StatusCode)
	}
	w.confirmed = true
	return nil
}

func (s *saver) signIn(t *testing.T, v *victim) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.client = http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := s.client.PostForm(v.address+"/connexion", url.Values{"identifiant": {s.login}, "mot_de_passe": {worldtest.Password}})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s could not sign in: %d %v", s.login, res.StatusCode, err)
	}
}

// The server is killed while families save: whatever a family was told is booked is there afterwards, and no submission is there by
// half. What nobody was told of is there as a whole or not at all, and can be sent again.
func TestKilledWhileFamiliesSave(t *testing.T) {
	const families, enough = 6, 30
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		savers, folder := make([]*saver, families), t.TempDir()
		w.Write(func(tx *db.Tx) error {
			w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", families-1) // the last family waits, or is promoted
			for i := range savers {
				g := w.AddHousehold(tx, fmt.Sprintf("essai.%d", i), "Parent", fmt.Sprintf("Essai%d", i), 900_00)
				c := w.AddChild(tx, g, fmt.Sprintf("Enfant%d", i), "Essai", "2018-05-05", "CE2", "ROSTAND")
				savers[i] = &saver{login: fmt.Sprintf("essai.%d", i), enrolment: w.Enrol(tx, g.ID, c, "CANTINE", "ROSTAND")}
			}
			return nil
		})
		v := startVictim(t, tn, folder)
		for _, s := range savers {
			s.signIn(t, v)
		}
		days := lunchDays(civil.MustParse("2027-01-04"), 4*savedDays)
		for range 2 {
			saveUntilKilled(t, v, savers, days, enough)
			settled(t, w, savers)
			v = startVictim(t, tn, folder)
			for _, s := range savers {
				if last := &s.saves[len(s.saves)-1]; !last.confirmed { // as a family that sees an error tries again
					if err := s.send(v, last); err != nil {
						t.Fatal(err)
					}
				}
			}
			settled(t, w, savers)
		}
		v.kill(t)
	})
}

// lunchDays are n days of class from a Monday of January 2027 on.
func lunchDays(from civil.Date, n int) []string {
	var days []string
	for d := from; len(days) < n; d = d.AddDays(1) {
		if wd := d.Weekday(); wd != time.Saturday && wd != time.Sunday && wd != time.Wednesday {
			days = append(days, d.String())
		}
	}
	return days
}

// saveUntilKilled has every family save as fast as it can, and kills the server when enough were confirmed, in the middle of others.
func saveUntilKilled(t *testing.T, v *victim, savers []*saver, days []string, enough int64) {
	t.Helper()
	var confirmed atomic.Int64
	var dead atomic.Bool
	reached := make(chan struct{})
	failed := make([]error, len(savers))
	var wait sync.WaitGroup
	for i, s := range savers {
		wait.Go(func() {
			for {
				s.saves = append(s.saves, s.wish(len(s.saves), days))
				if err := s.send(v, &s.saves[len(s.saves)-1]); err != nil {
					if !dead.Load() {
						failed[i] = err
					}
					return
				}
				if confirmed.Add(1) == enough {
					close(reached)
				}
			}
		})
	}
	select {
	case <-reached:
	case <-time.After(12 * time.Second):
		t.Errorf("only %d submissions were confirmed", confirmed.Load())
	}
	dead.Store(true)
	v.kill(t)
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// settled checks what the database holds against what families were told.
func settled(t *testing.T, w *worldtest.World, savers []*saver) {
	t.Helper()
	w.Write(func(*db.Tx) error { return nil }) // a transaction that the killed server left under way on PostgreSQL has ended by now
	w.Read(func(tx *db.Tx) error {
		for _, s := range savers {
			if err := s.check(t, tx); err != nil {
				return err
			}
		}
		drifts, err := booking.Drifts(t.Context(), tx)
		if len(drifts) > 0 {
			t.Errorf("counters differ from the bookings: %+v", drifts)
		}
		if err != nil {
			return err
		}
		n, err := db.One(t.Context(), tx, `SELECT count(*) FROM bookings b LEFT JOIN booking_events e ON e.booking_id = b.id AND e.seq = b.seq
			WHERE e.state IS NULL OR e.state <> b.state`, db.Value[int])
		if n > 0 {
			t.Errorf("%d bookings are not what their last event says", n)
		}
		return err
	})
}

// check finds each submission of a family whole, with its act in the journal and its message to send, or not at all.
func (s *saver) check(t *testing.T, tx *db.Tx) error {
	t.Helper()
	want := map[string]bool{}
	for _, w := range s.saves {
		var there, events, acts, jobs int
		for _, q := range []struct {
			to  *int
			sql string
		}{
			{&there, `SELECT count(*) FROM submissions WHERE id = $1`},
			{&events, `SELECT count(*) FROM booking_events WHERE submission_id = $1`},
			{&acts, `SELECT count(*) FROM audit_entries WHERE act = 'booking.submit' AND CAST(detail AS text) LIKE '%' || $1 || '%'`},
			{&jobs, `SELECT count(*) FROM jobs WHERE kind = 'booking.tell' AND CAST(payload AS text) LIKE '%' || $1 || '%'`},
		} {
			if err := tx.QueryRow(t.Context(), q.sql, w.id).Scan(q.to); err != nil {
				return err
			}
		}
		if w.confirmed && there != 1 {
			t.Errorf("%s: a confirmed submission is lost", s.login)
		}
		if events != there*savedDays || acts != there || jobs != there {
			t.Errorf("%s: a submission is there %d times, with %d events, %d acts and %d messages", s.login, there, events, acts, jobs)
		}
		for _, d := range w.days {
			if there == 1 {
				want[d] = w.add
			}
		}
	}
	got, err := db.All(t.Context(), tx, `SELECT CAST(day AS text) FROM bookings WHERE enrolment_id = $1 AND state IN ('booked', 'waiting', 'offered') ORDER BY day`,
		db.Value[string], s.enrolment)
	var days []string
	for d, booked := range want {
		if booked {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	if !slices.Equal(got, days) {
		t.Errorf("%s has %v, and was told %v", s.login, got, days)
	}
	return err
}
