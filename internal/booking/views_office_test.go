package booking_test

import (
	"testing"

	"preau/internal/activity"
	"preau/internal/booking"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
	"preau/internal/worldtest"
)

// What an agent's first page counts, at the agent's sites only.
func TestWhatAnAgentsDayHolds(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		aRight(t, w, 0)
		who, lunch := another(t, w, "ferrand", "CANTINE")
		var school, nursery staff.Agent
		w.Write(func(tx *db.Tx) error {
			w.SetPlaces(tx, "CANTINE", "ROSTAND", "REPAS", 1)
			school, nursery = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND"), w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			_, err := tx.Exec(t.Context(), `UPDATE children SET menu = 'sans_porc' WHERE id = $1`, w.Leo.ID)
			return err
		})
		submit(t, w, who, "1", add(lunch, "REPAS", "2026-12-14")...)
		submit(t, w, w.Claire, "2", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")...)
		submit(t, w, w.Claire, "3", add(w.Enrolment["antoine/DROIT"], "REPAS", "2026-12-15")...)
		submit(t, w, w.Karim, "4", add(w.Enrolment["leo/CANTINE"], "REPAS", "2026-12-14")...)
		submit(t, w, w.Karim, "5", add(w.Enrolment["leo/MATIN"], "MATIN", "2026-12-14")...)
		day := civil.MustParse("2026-12-14")
		for _, c := range []struct {
			who     staff.Agent
			queues  int64
			pending int
			meals   int64
			counts  int
		}{{w.Direction, 1, 1, 2, 9}, {school, 1, 1, 1, 5}, {nursery, 0, 0, 1, 4}} {
			w.Read(func(tx *db.Tx) error {
				queues, err := booking.Queues(t.Context(), tx, c.who, civil.MustParse("2026-12-01"))
				if err != nil {
					return err
				}
				n, err := booking.PendingCount(t.Context(), tx, c.who)
				if err != nil {
					return err
				}
				kitchen, err := booking.KitchenCounts(t.Context(), tx, c.who, day)
				if err != nil {
					return err
				}
				var meals int64
				for _, k := range kitchen {
					meals += k.Total
				}
				counts, err := booking.DayCounts(t.Context(), tx, c.who, day)
				if int64(len(queues)) != c.queues || n != c.pending || meals != c.meals || len(counts) != c.counts {
					t.Errorf("%s: %d queues, %d pending, %d meals, %d counts", c.who.Name, len(queues), n, meals, len(counts))
				}
				if c.queues > 0 && (queues[0].Waiting != 1 || queues[0].Booked != 1 || *queues[0].Places != 1 || queues[0].Option.Code != "REPAS") {
					t.Errorf("queue %+v", queues[0])
				}
				return err
			})
		}
		w.Read(func(tx *db.Tx) error {
			kitchen, err := booking.KitchenCounts(t.Context(), tx, w.Direction, day)
			if len(kitchen) != 2 || kitchen[0].Site.Name != "Élémentaire Jean Rostand" || kitchen[1].Menus["sans_porc"] != 1 {
				t.Errorf("kitchen %+v", kitchen)
			}
			return err
		})
	})
}

func TestADayListSaysWhoComes(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14")...)
		w.Read(func(tx *db.Tx) error {
			s, err := booking.DaySheet(t.Context(), tx, w.Activity["CANTINE"], w.Site["ROSTAND"], civil.MustParse("2026-12-14"))
			if err != nil {
				return err
			}
			if len(s.Lines) != 1 || s.Lines[0].EnrolmentID != w.Enrolment["antoine/CANTINE"] || s.Lines[0].HouseholdID != w.Claire.HouseholdID ||
				s.Lines[0].Level != "CE2" || s.Menus["standard"] != 1 || s.Options[0].Booked != 1 {
				t.Errorf("sheet %+v", s)
			}
			if _, err := booking.DaySheet(t.Context(), tx, "nope", w.Site["ROSTAND"], s.Day); !fault.Is(err, fault.NotFound) {
				t.Errorf("an unknown activity: %v", err)
			}
			return nil
		})
	})
}

func TestAClosureSaysHowFarItIs(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World) {
		submit(t, w, w.Claire, "1", add(w.Enrolment["antoine/CANTINE"], "REPAS", "2026-12-14", "2026-12-15", "2026-12-17")...)
		submit(t, w, w.Claire, "2", add(w.Enrolment["antoine/MATIN"], "MATIN", "2026-12-14")...)
		snow := closeDays(t, w, days("2026-12-14", "2026-12-15", "Neige"))
		check := func(step string, freed, left int64, settled bool) {
			t.Helper()
			w.Read(func(tx *db.Tx) error {
				v, err := booking.ClosureOf(t.Context(), tx, w.Direction, snow.ID)
				if v.Freed != freed || v.Left != left || v.Settled != settled {
					t.Errorf("%s: %d freed, %d left, settled %v", step, v.Freed, v.Left, v.Settled)
				}
				return err
			})
		}
		check("just closed", 0, 3, false)
		settle(t, w, snow, false)
		check("settled", 3, 0, true)

		strike := closeDays(t, w, activity.Closure{SiteID: w.Site["ROSTAND"], From: civil.MustParse("2026-12-15"), To: civil.MustParse("2026-12-17"), Reason: "Grève"})
		settle(t, w, strike, false)
		w.Write(func(tx *db.Tx) error {
			_, err := booking.EndEnrolment(t.Context(), tx, w.Instructor, w.Enrolment["antoine/MATIN"], civil.MustParse("2026-12-11"), "déménagement", w.Loc)
			return err
		})
		w.Read(func(tx *db.Tx) error {
			r, err := booking.PreviewReturn(t.Context(), tx, snow)
			if r.Bookings != 1 || r.Kept != 1 || len(r.Keepers) != 1 || len(r.Lost) != 1 || len(r.Groups) != 1 || r.Groups[0].Booked != 1 || r.Households != 1 {
				t.Errorf("return %+v", r)
			}
			if len(r.Lost) == 1 && r.Lost[0].Child != "Antoine Martin" {
				t.Errorf("lost %+v", r.Lost)
			}
			if r.Passed(civil.MustParse("2026-12-15")) != 1 || r.Passed(civil.MustParse("2026-12-14")) != 0 {
				t.Error("days that passed are miscounted")
			}
			return err
		})
		reopen(t, w, snow)
		check("just undone", 0, 3, false)
		settle(t, w, snow, true)
		check("brought back", 0, 0, true)
		w.Read(func(tx *db.Tx) error {
			var nursery staff.Agent
			nursery.Role, nursery.Sites = staff.Direction, []string{w.Site["SABINETTES"]}
			list, err := booking.Closures(t.Context(), tx, nursery, 10)
			if len(list) != 1 || list[0].ID != snow.ID {
				t.Errorf("an agent of another site sees %d closures", len(list))
			}
			if _, err := booking.ClosureOf(t.Context(), tx, nursery, strike.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("a closure of another site: %v", err)
			}
			return err
		})
	})
}
