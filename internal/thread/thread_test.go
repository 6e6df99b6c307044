package thread_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
	"preau/internal/thread"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

const service = "Service Éducation"

// chatou is the world with a named service, at nine on a Tuesday.
func chatou(t *testing.T, tn *towntest.Town) *worldtest.World {
	w := worldtest.Chatou(t, tn)
	w.SetClock("2026-12-01T09:00")
	w.Write(func(tx *db.Tx) error {
		_, err := w.SaveService(t.Context(), tx, town.Service{Title: service})
		return err
	})
	return w
}

func start(t *testing.T, w *worldtest.World, who household.Guardian, n thread.New) (id string, err error) {
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		id, err = thread.Start(t.Context(), tx, who, n, w.Loc)
		return err
	})
	return id, err
}

// A thread is the household's: the other household of the same child does not see it, an agent of another site or role neither.
func TestWhoSeesAThread(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := chatou(t, tn)
		id, err := start(t, w, w.Claire, thread.New{Service: service, ChildID: w.Leo.ID, Subject: "Menu de Léo", Body: "Bonjour,\r\nLéo change de menu."})
		if err != nil {
			t.Fatal(err)
		}
		var rostand, sabinettes, animator staff.Agent
		w.Write(func(tx *db.Tx) error {
			rostand = w.AddAgent(tx, "rostand", staff.Instruction, "ROSTAND")
			sabinettes = w.AddAgent(tx, "sabinettes", staff.Instruction, "SABINETTES")
			animator = w.AddAgent(tx, "anim", staff.Animation)
			return nil
		})
		w.Read(func(tx *db.Tx) error {
			if _, err := thread.Of(t.Context(), tx, w.Karim, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("the other household: %v", err)
			}
			if list, err := thread.List(t.Context(), tx, w.Karim, 10); err != nil || len(list) != 0 {
				t.Errorf("the other household lists %v, %v", list, err)
			}
			for name, c := range map[string]struct {
				who  staff.Agent
				sees bool
			}{"direction": {w.Direction, true}, "instruction": {w.Instructor, true}, "of the site": {sabinettes, true}, "of another site": {rostand, false}, "animation": {animator, false}} {
				_, err := thread.ForAgent(t.Context(), tx, c.who, id)
				if c.sees != (err == nil) || !c.sees && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", name, err)
				}
				queue, err := thread.Queue(t.Context(), tx, c.who, thread.ToAnswer, 10)
				n, err2 := thread.WaitingCount(t.Context(), tx, c.who)
				if err != nil || err2 != nil || c.sees != (len(queue) == 1) || c.sees != (n == 1) {
					t.Errorf("%s: queue %v, %d waiting, %v %v", name, queue, n, err, err2)
				}
			}
			return nil
		})
	})
}

// A thread goes back and forth, is taken, closed, and opened again by the family.
func TestAThreadGoesOn(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := chatou(t, tn)
		id, err := start(t, w, w.Claire, thread.New{Service: service, Subject: "  Une   question ", Body: "Quand ?"})
		if err != nil {
			t.Fatal(err)
		}
		state := func() (th thread.Thread, unread bool) {
			w.Read(func(tx *db.Tx) error {
				list, err := thread.List(t.Context(), tx, w.Claire, 10)
				if len(list) != 1 {
					t.Fatalf("%d threads", len(list))
				}
				th, unread = list[0].Thread, list[0].Unread
				return err
			})
			return th, unread
		}
		if th, unread := state(); th.Subject != "Une question" || th.Waits != thread.ForService || unread {
			t.Errorf("begun: %+v, unread %v", th, unread)
		}
		w.Clock.Advance(time.Hour)
		w.Write(func(tx *db.Tx) error { return thread.Answer(t.Context(), tx, w.Instructor, id, "Lundi.", true) })
		if th, unread := state(); th.Waits != thread.ForNobody || !th.Closed() || th.AssignedTo != w.Instructor.ID || !unread {
			t.Errorf("answered and closed: %+v, unread %v", th, unread)
		}
		w.Write(func(tx *db.Tx) error { return thread.MarkRead(t.Context(), tx, w.Claire, id) })
		if _, unread := state(); unread {
			t.Error("read and still unread")
		}
		w.Clock.Advance(time.Minute)
		w.Write(func(tx *db.Tx) error { return thread.Reply(t.Context(), tx, w.Claire, id, "Merci !") })
		if th, _ := state(); th.Waits != thread.ForService || th.Closed() {
			t.Errorf("replied: %+v", th)
		}
		w.Write(func(tx *db.Tx) error { return thread.Assign(t.Context(), tx, w.Direction, id, w.Direction.ID) })
		w.Write(func(tx *db.Tx) error { return thread.Close(t.Context(), tx, w.Direction, id) })
		w.Read(func(tx *db.Tx) error {
			entries, err := thread.Entries(t.Context(), tx, id)
			var said []string
			for _, e := range entries {
				said = append(said, string(e.Side)+": "+e.Body)
			}
			if got := strings.Join(said, " | "); got != "family: Quand ? | service: Lundi. | family: Merci !" {
				t.Errorf("said %q", got)
			}
			jobs, err2 := job.List(t.Context(), tx, job.Ready, 10)
			n := 0
			for _, j := range jobs {
				if j.Kind == thread.TellKind {
					n++
				}
			}
			if n != 3 || err2 != nil {
				t.Errorf("%d entries to tell, want 3 (%v)", n, err2)
			}
			return err
		})
	})
}

func TestWhatAThreadRefuses(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := chatou(t, tn)
		for field, n := range map[string]thread.New{
			"service": {Service: "La police", Subject: "S", Body: "B"},
			"objet":   {Service: service, Subject: " ", Body: "B"},
			"message": {Service: service, Subject: "S", Body: strings.Repeat("é", thread.MaxBody+1)},
			"enfant":  {Service: service, Subject: "S", Body: "B", ChildID: w.Antoine.ID},
		} {
			_, err := start(t, w, w.Karim, n)
			refusal, ok := fault.As(err)
			if !ok || refusal.Fields[field] == "" || len(refusal.Fields) != 1 {
				t.Errorf("%s: %v", field, err)
			}
		}
		var stranger staff.Agent
		w.Write(func(tx *db.Tx) error { stranger = w.AddAgent(tx, "anim", staff.Animation); return nil })
		id, err := start(t, w, w.Karim, thread.New{Service: service, Subject: "S", Body: "B"})
		if err != nil {
			t.Fatal(err)
		}
		err = w.DB.Write(t.Context(), func(tx *db.Tx) error { return thread.Assign(t.Context(), tx, w.Direction, id, stranger.ID) })
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("given to who does not see it: %v", err)
		}
		for i := 0; err == nil || fault.Is(err, fault.Invalid); i++ {
			if err = w.DB.Write(t.Context(), func(tx *db.Tx) error { return thread.Reply(t.Context(), tx, w.Karim, id, "encore") }); i > 30 {
				t.Fatal("a household writes without end")
			}
		}
		if !fault.Is(err, fault.Refused) {
			t.Errorf("too many messages: %v", err)
		}
	})
}

// Only closed threads are old enough to be forgotten, by slices.
func TestClosedThreadsAreForgotten(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := chatou(t, tn)
		for i := range 3 {
			id, err := start(t, w, w.Claire, thread.New{Service: service, Subject: "S", Body: "B"})
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				w.Write(func(tx *db.Tx) error { return thread.Close(t.Context(), tx, w.Direction, id) })
			}
		}
		later := w.At("2028-01-01T00:00")
		count := func(at civil.Instant) (n int) {
			w.Read(func(tx *db.Tx) (err error) { n, err = thread.CountEndedBefore(t.Context(), tx, at); return err })
			return n
		}
		if count(later) != 2 || count(w.At("2026-12-01T09:00")) != 0 {
			t.Errorf("%d and %d to forget, want 2 and 0", count(later), count(w.At("2026-12-01T09:00")))
		}
		for want := range []int{1, 1, 0} {
			w.Write(func(tx *db.Tx) error {
				n, err := thread.EndedBefore(t.Context(), tx, later, 1)
				if expected := []int{1, 1, 0}[want]; n != expected {
					t.Errorf("slice %d forgot %d, want %d", want, n, expected)
				}
				return err
			})
		}
	})
}
