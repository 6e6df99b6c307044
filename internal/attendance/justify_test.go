package attendance_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"preau/internal/attendance"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// deposit stores the photo of a certificate, as a form would.
func deposit(t *testing.T, w *worldtest.World) (d document.Deposit) {
	t.Helper()
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 32, 32)), nil); err != nil {
		t.Fatal(err)
	}
	part, file, err := document.Take(t.Context(), w.Files, "certificat.jpg", photo.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	d.Parts, d.Files = append(d.Parts, part), append(d.Files, file)
	return d
}

func file(t *testing.T, w *worldtest.World, days ...string) (c attendance.Claim, err error) {
	t.Helper()
	n := attendance.NewClaim{UploadID: db.NewID(), ChildID: w.Leo.ID, Words: "Une angine", Deposit: deposit(t, w)}
	for _, d := range days {
		n.Days = append(n.Days, civil.MustParse(d))
	}
	for range 2 { // the second time finds the first claim
		err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
			c, _, err = attendance.FileClaim(t.Context(), tx, w.Claire, n, w.Loc)
			return err
		})
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

func rule(t *testing.T, w *worldtest.World, id string, r attendance.Ruling) (f attendance.ClaimFile, err error) {
	t.Helper()
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		f, err = attendance.Rule(t.Context(), tx, w.Instructor, id, r, w.Loc)
		return err
	})
	return f, err
}

// outcomes says what each booked day of Léo comes to: "07 nothing".
func outcomes(t *testing.T, w *worldtest.World) string {
	t.Helper()
	var out []string
	w.Read(func(tx *db.Tx) error {
		list, err := attendance.Facts(t.Context(), tx, []string{w.Claire.HouseholdID}, civil.Range{From: civil.MustParse("2026-12-01"), To: civil.MustParse("2026-12-31")})
		for _, f := range list {
			if f.ChildID == w.Leo.ID {
				out = append(out, fmt.Sprintf("%02d %s", f.Day.Day, f.Outcome()))
			}
		}
		return err
	})
	return strings.Join(out, ", ")
}

// A certificate at 71 hours is in time and excuses, one at 73 hours is late and excuses only against a reason; a refusal brings the charge back.
func TestACertificateExcusesItsDays(t *testing.T) {
	for _, c := range []struct {
		name, at string
		late     int
	}{
		{"71 hours after the midnight that ends the first day", "2026-12-10T23:00", 0},
		{"73 hours after it", "2026-12-11T01:00", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
				w := booked(t, tn)
				point(t, w, w.Claire.HouseholdID, w.Leo.ID, "CANTINE", "SABINETTES", "REPAS", "2026-12-07", "absent")
				point(t, w, w.Claire.HouseholdID, w.Leo.ID, "MATIN", "SABINETTES", "MATIN", "2026-12-07", "absent")
				w.SetClock(c.at)
				claim, err := file(t, w, "2026-12-07")
				if err != nil || claim.Number != "A2026-00001" {
					t.Fatalf("claim %q, %v", claim.Number, err)
				}
				var queue []attendance.ClaimFile
				w.Read(func(tx *db.Tx) (err error) {
					queue, _, err = attendance.ClaimQueue(t.Context(), tx, w.Instructor, w.Site["SABINETTES"], 0, 10, w.Loc)
					return err
				})
				if len(queue) != 1 || queue[0].Claim.Late() != c.late || len(queue[0].Documents) != 1 || queue[0].Documents[0].Stored != document.ToCheck {
					t.Fatalf("queue: %+v", queue)
				}
				if got := outcomes(t, w); got != "07 missed, 07 missed" {
					t.Errorf("before the answer: %s", got)
				}
				if _, err := rule(t, w, claim.ID, attendance.Ruling{Reason: strings.Repeat("é", 501)}); !strings.Contains(fmt.Sprint(err), "500 caractères au plus") {
					t.Errorf("a reason of 501 characters: %v", err)
				}
				yes := attendance.Ruling{Accept: []civil.Date{civil.MustParse("2026-12-07")}}
				_, err = rule(t, w, claim.ID, yes)
				if c.late > 0 != fault.Is(err, fault.Invalid) {
					t.Fatalf("accepted without a reason: %v", err)
				}
				if c.late > 0 {
					yes.Override = "Hospitalisation"
					if _, err = rule(t, w, claim.ID, yes); err != nil {
						t.Fatal(err)
					}
				}
				if got := outcomes(t, w); got != "07 nothing, 07 nothing" {
					t.Errorf("accepted: %s", got)
				}
				f, err := rule(t, w, claim.ID, attendance.Ruling{Reason: "Le nom de l’enfant manque."})
				if !fault.Is(err, fault.Conflict) {
					t.Errorf("decided twice from one page: %v", err)
				}
				if f, err = rule(t, w, claim.ID, attendance.Ruling{Seen: f.DecidedAt, Reason: strings.Repeat("é", 480)}); err != nil || f.Count(attendance.DayRefused) != 1 {
					t.Errorf("corrected: %+v, %v", f, err)
				}
				if got := outcomes(t, w); got != "07 missed, 07 missed" {
					t.Errorf("refused after all: %s", got)
				}
				latest(t, w)
			})
		})
	}
}

// latest looks for the last answers at a site where they are not the last of the town.
func latest(t *testing.T, w *worldtest.World) {
	t.Helper()
	paper := attendance.Paper{UploadID: db.NewID(), HouseholdID: w.Claire.HouseholdID, ChildID: w.Antoine.ID, Days: []civil.Date{civil.MustParse("2026-12-07")}, ArrivedOn: civil.MustParse("2026-12-08")}
	w.Write(func(tx *db.Tx) error {
		c, err := attendance.FilePaper(t.Context(), tx, w.Instructor, paper, w.Loc)
		if err != nil {
			return err
		}
		tx.Now = tx.Now.Add(1e9)
		_, err = attendance.Rule(t.Context(), tx, w.Instructor, c.ID, attendance.Ruling{Accept: paper.Days}, w.Loc)
		return err
	})
	for site, first := range map[string]string{"": w.Antoine.ID, w.Site["SABINETTES"]: w.Leo.ID} {
		w.Read(func(tx *db.Tx) error {
			list, err := attendance.LatestClaims(t.Context(), tx, w.Instructor, site, 1, w.Loc)
			if len(list) != 1 || list[0].Child.ID != first || list[0].Household.Name == "" {
				t.Errorf("the last answer at %q: %+v", site, list)
			}
			return err
		})
	}
}

// A claim is decided by day; it may be taken back before, and its document is private again.
func TestAClaimByDayAndTakenBack(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := booked(t, tn)
		w.SetClock("2026-12-07T09:00")
		if _, err := file(t, w, "2026-12-08"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a day on which nothing is booked: %v", err)
		}
		claim, err := file(t, w, "2026-12-07")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file(t, w, "2026-12-07"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a day that is claimed already: %v", err)
		}
		w.Write(func(tx *db.Tx) error { return attendance.Withdraw(t.Context(), tx, w.Claire, claim.ID, w.Loc) })
		w.Read(func(tx *db.Tx) error {
			list, err := document.Certificates(t.Context(), tx, w.Claire.HouseholdID, w.Leo.ID)
			if len(list) != 1 || list[0].Stored != document.Kept || !list[0].SentAt.IsZero() {
				t.Errorf("the document of a claim that was taken back: %+v", list)
			}
			if n, err := attendance.CountClaims(t.Context(), tx, w.Instructor); n != 0 || err != nil {
				t.Errorf("%d claims wait, %v", n, err)
			}
			if _, err := attendance.ClaimOf(t.Context(), tx, w.Karim, claim.ID, w.Loc); !fault.Is(err, fault.NotFound) {
				t.Errorf("another family's claim: %v", err)
			}
			return err
		})
		if _, err := rule(t, w, claim.ID, attendance.Ruling{Reason: "x"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("decided after it was taken back: %v", err)
		}
		w.Write(func(tx *db.Tx) error { // again, with the same document
			list, err := document.Certificates(t.Context(), tx, w.Claire.HouseholdID, w.Leo.ID)
			if err != nil {
				return err
			}
			claim, _, err = attendance.FileClaim(t.Context(), tx, w.Claire, attendance.NewClaim{UploadID: db.NewID(), ChildID: w.Leo.ID,
				Days: []civil.Date{civil.MustParse("2026-12-07")}, DocumentID: list[0].ID}, w.Loc)
			return err
		})
		if claim.Number != "A2026-00002" {
			t.Errorf("number %s", claim.Number)
		}
		w.Read(func(tx *db.Tx) error {
			jobs, err := job.List(t.Context(), tx, job.Ready, 50)
			n := 0
			for _, j := range jobs {
				n += strings.Count(j.Kind, attendance.TellClaimKind)
			}
			if n != 2 {
				t.Errorf("%d acknowledgements, want 2", n)
			}
			return err
		})
		forgotten(t, w)
	})
}

// forgotten goes on after a claim that nobody answered: it is forgotten with its certificate. Another is not answered before the antivirus; what
// it says stays as long as a dispute.
func forgotten(t *testing.T, w *worldtest.World) {
	t.Helper()
	old := func(forget func(context.Context, *db.Tx, civil.Date, int) (int, error)) (n int) {
		w.Write(func(tx *db.Tx) (err error) {
			n, err = forget(t.Context(), tx, civil.MustParse("2027-08-01"), 50)
			return err
		})
		return n
	}
	if n := old(attendance.ForgetClaims); n != 2 || count(t, w, `SELECT count(*) FROM documents`) != 0 {
		t.Errorf("%d claims are forgotten, want 2, and the certificate that awaited an answer with one", n)
	}
	n := attendance.NewClaim{UploadID: db.NewID(), ChildID: w.Leo.ID, Days: []civil.Date{civil.MustParse("2026-12-07")}, Deposit: deposit(t, w)}
	n.Deposit.Scan = true
	var c attendance.Claim
	w.Write(func(tx *db.Tx) (err error) {
		c, _, err = attendance.FileClaim(t.Context(), tx, w.Claire, n, w.Loc)
		return err
	})
	if _, err := rule(t, w, c.ID, attendance.Ruling{Accept: n.Days}); !fault.Is(err, fault.Invalid) {
		t.Errorf("answered before the antivirus: %v", err)
	}
	var hold household.Hold
	w.Write(func(tx *db.Tx) (err error) {
		f, err := attendance.ClaimFor(t.Context(), tx, w.Instructor, c.ID, w.Loc)
		if err != nil {
			return err
		}
		if err := document.Scanned(t.Context(), tx, f.Documents[0].ID, ""); err != nil {
			return err
		}
		if err := attendance.SetStaffing(t.Context(), tx, w.Direction, attendance.Session{ActivityID: w.Activity["CANTINE"], SiteID: w.Site["SABINETTES"], Day: n.Days[0]}, 3); err != nil {
			return err
		}
		hold, err = household.PlaceHold(t.Context(), tx, household.ByAgent(w.Direction), w.Claire.HouseholdID, "Désaccord sur une facture")
		return err
	})
	point(t, w, w.Claire.HouseholdID, w.Leo.ID, "CANTINE", "SABINETTES", "REPAS", "2026-12-07", "absent")
	if _, err := rule(t, w, c.ID, attendance.Ruling{Accept: n.Days}); err != nil {
		t.Fatal(err)
	}
	if _, err := announce(t, w, w.Claire, w.Leo, "2026-12-07"); err != nil {
		t.Fatal(err)
	}
	if n := old(attendance.ForgetDays) + old(attendance.ForgetSessions) + old(attendance.ForgetClaims) + old(attendance.ForgetBefore); n != 0 {
		t.Errorf("%d traces of a dispute are forgotten", n)
	}
	w.Write(func(tx *db.Tx) error {
		return household.LiftHold(t.Context(), tx, household.ByAgent(w.Direction), hold.ID)
	})
	for what, n := range map[string]int{"days": old(attendance.ForgetDays), "sessions": old(attendance.ForgetSessions), "claims": old(attendance.ForgetClaims), "notices": old(attendance.ForgetBefore)} {
		if n != 1 {
			t.Errorf("%d %s are forgotten after it, want 1", n, what)
		}
	}
	if n := count(t, w, `SELECT count(*) FROM excused_days`) + count(t, w, `SELECT count(*) FROM rollcall_staffing`); n != 0 {
		t.Errorf("%d rows are kept for ever", n)
	}
}

// The first days that a town never excuses stay billed; a paper counts from the day it was given.
func TestWaitingDaysAndPaper(t *testing.T) {
	w := booked(t, towntest.New(t, db.SQLite))
	w.SetClock("2026-12-14T09:00")
	w.Write(func(tx *db.Tx) error {
		s := attendance.StandardJustify
		s.Waiting = 16
		if err := attendance.SaveJustifySettings(t.Context(), tx, w.Direction, s); !fault.Is(err, fault.Invalid) {
			t.Errorf("sixteen waiting days: %v", err)
		}
		s.Waiting = 1
		return attendance.SaveJustifySettings(t.Context(), tx, w.Direction, s)
	})
	paper := attendance.Paper{UploadID: db.NewID(), HouseholdID: w.Claire.HouseholdID, ChildID: w.Leo.ID, Days: []civil.Date{civil.MustParse("2026-12-07")}, ArrivedOn: civil.MustParse("2026-12-10")}
	var c attendance.Claim
	w.Write(func(tx *db.Tx) (err error) {
		c, err = attendance.FilePaper(t.Context(), tx, w.Instructor, paper, w.Loc)
		return err
	})
	if c.Late() != 0 {
		t.Error("a paper given on the last day is late")
	}
	f, err := rule(t, w, c.ID, attendance.Ruling{Accept: paper.Days})
	if err != nil || f.Count(attendance.DayInWaiting) != 1 {
		t.Errorf("%+v, %v", f.Days, err)
	}
	if got := outcomes(t, w); got != "07 not_pointed, 07 not_pointed" {
		t.Errorf("a waiting day: %s", got)
	} // The same answer again, to correct another: the day waits still.
	f, err = rule(t, w, c.ID, attendance.Ruling{Seen: f.DecidedAt, Accept: paper.Days})
	if err != nil || f.Count(attendance.DayInWaiting) != 1 {
		t.Errorf("answered again: %+v, %v", f.Days, err)
	}
}
