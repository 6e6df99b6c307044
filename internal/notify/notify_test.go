package notify_test

import (
	"testing"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/job"
	"preau/internal/notify"
	"preau/internal/towntest"
)

func TestTellRefusesWhatCouldAddAHeader(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		for name, m := range map[string]notify.Message{
			"a second header in the address": {Address: "a@b.example\r\nBcc: x@y.example", Subject: "S"},
			"two addresses":                  {Address: "a@b.example, c@d.example", Subject: "S"},
			"a name with the address":        {Address: "A <a@b.example>", Subject: "S"},
			"no address":                     {Subject: "S"},
			"a second line in the subject":   {Address: "a@b.example", Subject: "S\nBcc: x@y.example"},
			"no subject":                     {Address: "a@b.example"},
		} {
			m.Topic, m.Text = notify.Security, "T"
			if err := tn.DB.Write(t.Context(), func(tx *db.Tx) error { return notify.Tell(t.Context(), tx, m) }); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		m := notify.Message{Address: "a@b.example", Topic: "gossip", Subject: "S", Text: "T"}
		if err := tn.DB.Write(t.Context(), func(tx *db.Tx) error { return notify.Tell(t.Context(), tx, m) }); err == nil {
			t.Error("a topic that does not exist: accepted")
		}
	})
}

// The mail exists if and only if what it tells about does.
func TestTellGoesWithItsTransaction(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		m := notify.Message{Address: "a@b.example", Topic: notify.Bookings, Subject: "S", Text: "T"}
		count := func() (n int64) {
			tn.Read(func(tx *db.Tx) (err error) {
				n, err = job.Count(t.Context(), tx, job.Ready)
				return err
			})
			return n
		}
		_ = tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			if err := notify.Tell(t.Context(), tx, m); err != nil {
				t.Error(err)
			}
			return fault.Refusedf("no")
		})
		if count() != 0 {
			t.Error("a mail about what was rolled back")
		}
		tn.Write(func(tx *db.Tx) error { return notify.Tell(t.Context(), tx, m) })
		if count() != 1 {
			t.Error("no mail about what was committed")
		}
	})
}

func TestMuting(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		var a identity.Account
		tn.Write(func(tx *db.Tx) (err error) {
			a, err = identity.Create(t.Context(), tx, identity.NewAccount{Login: "claire", Email: "c@famille.example", Name: "Claire", Kind: identity.Family})
			return err
		})
		muted := func() (out []notify.Topic) {
			tn.Read(func(tx *db.Tx) (err error) {
				out, err = notify.Muted(t.Context(), tx, a.ID)
				return err
			})
			return out
		}
		for range 2 {
			tn.Write(func(tx *db.Tx) error { return notify.Mute(t.Context(), tx, a.ID, notify.Reminders) })
		}
		if got := muted(); len(got) != 1 || got[0] != notify.Reminders {
			t.Errorf("muted %v", got)
		}
		for _, topic := range []notify.Topic{notify.Security, notify.Access} {
			err := tn.DB.Write(t.Context(), func(tx *db.Tx) error { return notify.Mute(t.Context(), tx, a.ID, topic) })
			if !fault.Is(err, fault.Refused) {
				t.Errorf("muting %s: %v", topic, err)
			}
		}
		tn.Write(func(tx *db.Tx) error { return notify.Unmute(t.Context(), tx, a.ID, notify.Reminders) })
		if got := muted(); len(got) != 0 {
			t.Errorf("muted %v after unmuting", got)
		}
	})
}

func TestTopicsAreSaidInFrench(t *testing.T) {
	for _, kind := range []identity.Kind{identity.Family, identity.Staff} {
		topics := notify.Topics(kind)
		if len(topics) == 0 {
			t.Errorf("%s: nothing to mute", kind)
		}
		for _, e := range topics {
			if e.Label == "" || e.Help == "" || !e.Topic.Mutable() || e.Topic.Preferences() == "" {
				t.Errorf("%s: %+v", kind, e)
			}
		}
	}
}

// What is told once is not told again by a job that runs twice; another person is still told.
func TestTellOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		for _, address := range []string{"a@b.example", "a@b.example", "c@d.example"} {
			tn.Write(func(tx *db.Tx) error {
				return notify.Tell(t.Context(), tx, notify.Message{Address: address, Topic: notify.Bookings, Subject: "S", Text: "T", Once: "submission 1"})
			})
		}
		tn.Read(func(tx *db.Tx) error {
			n, err := job.Count(t.Context(), tx, job.Ready)
			if n != 2 {
				t.Errorf("%d mails, want 2", n)
			}
			return err
		})
	})
}
