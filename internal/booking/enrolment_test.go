package booking_test

import (
	"errors"
	"testing"

	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/worldtest"
)

// said names a refusal in one word: its kind and field, or the rule that says no.
func said(err error) string {
	var no *booking.NotEligible
	if errors.As(err, &no) {
		return string(no.Refusal.Reason)
	}
	if refusal, ok := fault.As(err); ok {
		word := string(refusal.Kind)
		for field := range refusal.Fields {
			word += " " + field
		}
		return word
	}
	if err != nil {
		return err.Error()
	}
	return "done"
}

func TestEnrolling(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		var rostand, games staff.Agent
		w.Write(func(tx *db.Tx) error {
			rostand, games = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"), w.AddAgent(tx, "jeux", staff.Animation)
			_, err := tx.Exec(t.Context(), `UPDATE activities SET levels = 'CP CE1 CE2', residents_only = $1 WHERE code = 'TAP'`, true)
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `UPDATE catalogue_version SET version = 'essai'`)
			return err
		})
		good := booking.EnrolRequest{ChildID: w.Antoine.ID, ActivityID: w.Activity["TAP"], SiteID: w.Site["ROSTAND"],
			Period: civil.Range{From: civil.MustParse("2026-12-01"), To: civil.MustParse("2027-07-02")}}
		for _, c := range []struct {
			name   string
			who    staff.Agent
			change func(*booking.EnrolRequest)
			want   string
		}{
			{"no such activity", w.Instructor, func(r *booking.EnrolRequest) { r.ActivityID = "none" }, "invalid activite"},
			{"a place where it is not offered", w.Instructor, func(r *booking.EnrolRequest) { r.SiteID = w.Site["LOISIRS"] }, "invalid site"},
			{"no first day", w.Instructor, func(r *booking.EnrolRequest) { r.Period.From = civil.Date{} }, "invalid au"},
			{"ends before it begins", w.Instructor, func(r *booking.EnrolRequest) { r.Period.To = civil.MustParse("2026-11-30") }, "invalid au"},
			{"no such child", w.Instructor, func(r *booking.EnrolRequest) { r.ChildID = "none" }, "not_found"},
			{"a role that does not enrol", games, func(*booking.EnrolRequest) {}, "forbidden"},
			{"an agent of another site", rostand, func(r *booking.EnrolRequest) { r.SiteID = w.Site["SABINETTES"] }, "forbidden"},
			{"a level that is not taken", w.Instructor, func(r *booking.EnrolRequest) { r.ChildID, r.SiteID = w.Leo.ID, w.Site["SABINETTES"] }, "wrong_level"},
			{"the same, spaces for a reason", w.Instructor, func(r *booking.EnrolRequest) {
				r.ChildID, r.SiteID, r.Override = w.Leo.ID, w.Site["SABINETTES"], "  "
			}, "wrong_level"},
			{"the same, with a reason", w.Instructor, func(r *booking.EnrolRequest) {
				r.ChildID, r.SiteID, r.Override = w.Leo.ID, w.Site["SABINETTES"], "fratrie"
			}, "done"},
			{"an agent of the site", rostand, func(*booking.EnrolRequest) {}, "done"},
			{"the same again", w.Instructor, func(*booking.EnrolRequest) {}, "conflict"},
			{"a period that meets it", w.Instructor, func(r *booking.EnrolRequest) { r.Period.From = civil.MustParse("2027-07-02") }, "conflict"},
		} {
			r := good
			c.change(&r)
			err := w.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := booking.Enrol(t.Context(), tx, c.who, r); return err })
			if got := said(err); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		w.Read(func(tx *db.Tx) error {
			list, err := booking.EnrolmentsOfChild(t.Context(), tx, w.Leo.ID)
			for _, v := range list {
				if v.Activity.Code == "TAP" && v.Enrolment.OverrideReason != "fratrie" {
					t.Errorf("the reason kept is %q", v.Enrolment.OverrideReason)
				}
			}
			var n int
			if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM audit_entries WHERE act = 'enrolment.create'`).Scan(&n); err != nil {
				return err
			}
			if n != 3 { // Léo's in both of his households
				t.Errorf("%d entries in the journal, want 3", n)
			}
			return err
		})
		submit(t, w, w.Claire, "s", add(enrolmentIn(t, w, w.Antoine.ID, "TAP"), "TAP", "2026-12-08")...)
	})
}

func enrolmentIn(t *testing.T, w *worldtest.World, child, code string) (id string) {
	t.Helper()
	w.Read(func(tx *db.Tx) error {
		list, err := booking.EnrolmentsOfChild(t.Context(), tx, child)
		for _, v := range list {
			if v.Activity.Code == code && v.Enrolment.EndedAt.IsZero() {
				id = v.Enrolment.ID
			}
		}
		return err
	})
	return id
}

func TestEndingAnEnrolment(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "s", add(lunch, "REPAS", "2026-12-10", "2026-12-11", "2026-12-14")...)
		var sabinettes staff.Agent
		w.Write(func(tx *db.Tx) error {
			sabinettes = w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			return nil
		})
		end := func(who staff.Agent, id, last, reason string) (n int, err error) {
			err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				n, err = booking.EndEnrolment(t.Context(), tx, who, id, civil.MustParse(last), reason, w.Loc)
				return err
			})
			noDrift(t, w)
			return n, err
		}
		for _, c := range []struct {
			name, id, last, reason string
			who                    staff.Agent
			want                   string
		}{
			{"no such enrolment", "none", "2026-12-10", "départ", w.Instructor, "not_found"},
			{"no reason", lunch, "2026-12-10", " ", w.Instructor, "invalid motif"},
			{"after its end", lunch, "2027-07-03", "départ", w.Instructor, "invalid au"},
			{"another site", lunch, "2026-12-10", "départ", sabinettes, "forbidden"},
		} {
			if _, err := end(c.who, c.id, c.last, c.reason); said(err) != c.want {
				t.Errorf("%s: %s, want %s", c.name, said(err), c.want)
			}
		}
		if n, err := end(w.Instructor, lunch, "2026-12-10", "déménagement"); n != 2 || err != nil {
			t.Errorf("%d bookings cancelled, %v; want the 11th and the 14th", n, err)
		}
		if n, err := end(w.Instructor, w.Enrolment["antoine/ETUDE"], "2010-01-01", "saisie par erreur"); n != 0 || err != nil {
			t.Errorf("an enrolment taken back: %d, %v", n, err)
		}
		w.Read(func(tx *db.Tx) error {
			v, err := booking.EnrolmentByID(t.Context(), tx, w.Enrolment["antoine/ETUDE"])
			if !v.Enrolment.Period.To.Before(v.Enrolment.Period.From) {
				t.Errorf("a period is left: %+v", v.Enrolment.Period)
			}
			return err
		})
		o := submit(t, w, w.Claire, "again", add(lunch, "REPAS", "2026-12-14")...)
		if o.Decisions[0].Refusal.Reason != booking.OutOfPeriod {
			t.Errorf("after the end: %+v", o.Decisions[0])
		}
	})
}

func TestMovingAnEnrolment(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		lunch := w.Enrolment["antoine/CANTINE"]
		submit(t, w, w.Claire, "s", add(lunch, "REPAS", "2026-12-10", "2026-12-14", "2026-12-15")...)
		w.Write(func(tx *db.Tx) error { w.SetPlaces(tx, "CANTINE", "SABINETTES", "REPAS", 0); return nil })
		var rostand staff.Agent
		w.Write(func(tx *db.Tx) error { rostand = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"); return nil })
		move := func(who staff.Agent, id, site, from string) (moved int, err error) {
			err = w.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				_, moved, err = booking.MoveEnrolment(t.Context(), tx, who, id, site, civil.MustParse(from), "")
				return err
			})
			noDrift(t, w)
			return moved, err
		}
		for _, c := range []struct {
			name, id, site, from string
			who                  staff.Agent
			want                 string
		}{
			{"no such enrolment", "none", w.Site["SABINETTES"], "2026-12-14", w.Instructor, "not_found"},
			{"a day outside", lunch, w.Site["SABINETTES"], "2027-07-03", w.Instructor, "invalid du"},
			{"the same site", lunch, w.Site["ROSTAND"], "2026-12-14", w.Instructor, "invalid site"},
			{"a site where it is not offered", lunch, w.Site["LOISIRS"], "2026-12-14", w.Instructor, "invalid site"},
			{"to a site that is not the agent's", lunch, w.Site["SABINETTES"], "2026-12-14", rostand, "forbidden"},
		} {
			if _, err := move(c.who, c.id, c.site, c.from); said(err) != c.want {
				t.Errorf("%s: %s, want %s", c.name, said(err), c.want)
			}
		}
		if n, err := move(w.Instructor, lunch, w.Site["SABINETTES"], "2026-12-14"); n != 2 || err != nil {
			t.Fatalf("%d bookings moved, %v", n, err)
		}
		w.Read(func(tx *db.Tx) error {
			var there, here int
			if err := tx.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE site_id = $1), count(*) FILTER (WHERE site_id = $2) FROM bookings WHERE state = 'booked'`,
				w.Site["SABINETTES"], w.Site["ROSTAND"]).Scan(&there, &here); err != nil {
				return err
			}
			if there != 2 || here != 1 {
				t.Errorf("%d bookings at the new site, %d at the old one", there, here)
			}
			return nil
		})
	})
}
