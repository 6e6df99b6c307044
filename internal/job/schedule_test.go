package job_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/job"
	"preau/internal/towntest"
)

// Two workers plan the same daily job once; days without any worker are caught up once.
func TestPeriodic(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		var ran []string
		make := func() *job.Worker {
			return &job.Worker{
				DB: tn.DB, Log: tn.Log,
				Periodic: []job.Periodic{job.Every("nightly", job.Daily(civil.Clock(3, 30), tn.Loc))},
				Handlers: map[string]job.Handler{"nightly": job.Handle(func(_ context.Context, p job.Planned) error {
					ran = append(ran, civil.DateOf(p.At, tn.Loc).String())
					return nil
				})},
			}
		}
		one, two := make(), make()
		step := func(wall string) {
			tn.SetClock(wall)
			runDue(t, one)
			runDue(t, two)
		}
		step("2026-12-01T10:00")
		step("2026-12-02T03:29:59")
		step("2026-12-02T03:30")
		step("2026-12-02T23:00")
		step("2026-12-06T12:00")
		one = make() // a restart
		step("2026-12-06T13:00")
		step("2026-12-07T04:00")
		if want := []string{"2026-12-02", "2026-12-03", "2026-12-07"}; !slices.Equal(ran, want) {
			t.Errorf("ran for %v, want %v", ran, want)
		}
	})
}

func TestSchedules(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	wall := func(day string, hour, minute int) civil.Instant {
		return civil.Wall(civil.MustParse(day), civil.Clock(hour, minute), 0, loc)
	}
	daily := job.Daily(civil.Clock(2, 30), loc)
	for _, tt := range []struct{ after, want civil.Instant }{
		{wall("2026-12-01", 2, 29), wall("2026-12-01", 2, 30)},
		{wall("2026-12-01", 2, 30), wall("2026-12-02", 2, 30)},
		{wall("2027-03-27", 12, 0), wall("2027-03-28", 3, 30)}, // the hour that does not exist
	} {
		if got := daily(tt.after); got != tt.want {
			t.Errorf("daily after %s: %s, want %s", tt.after, got, tt.want)
		}
	}
	if got, want := job.Interval(15*time.Minute)(wall("2026-12-01", 2, 15)), wall("2026-12-01", 2, 30); got != want {
		t.Errorf("every quarter of an hour: %s, want %s", got, want)
	}
}

func TestDoneJobsArePurged(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worker(tn, &diary{})
		queue(t, tn, "a")
		runDue(t, w)
		tn.Clock.Advance(29 * 24 * time.Hour)
		runDue(t, w)
		if n := len(list(t, tn, job.Done)); n != 1 {
			t.Errorf("%d done after 29 days, want 1", n)
		}
		tn.Clock.Advance(2 * 24 * time.Hour)
		runDue(t, w)
		if n := len(list(t, tn, job.Done)); n != 0 {
			t.Errorf("%d done after 31 days, want 0", n)
		}
	})
}
