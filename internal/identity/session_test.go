package identity_test

import (
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/towntest"
)

func TestSessionEnds(t *testing.T) {
	for _, c := range []struct {
		kind identity.Kind
		idle time.Duration
	}{{identity.Family, 2 * time.Hour}, {identity.Staff, time.Hour}} {
		towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
			tn.Write(func(tx *db.Tx) error {
				_, err := identity.Create(t.Context(), tx, identity.NewAccount{
					Login: "claire.martin", Email: "c@famille.example", Name: "Claire Martin", Kind: c.kind, PasswordHash: hash,
				})
				return err
			})
			e := in(t, tn)
			tn.Clock.Advance(c.idle - time.Second)
			if !resolves(t, tn, e.Token) {
				t.Fatalf("%s: ended before %v without use", c.kind, c.idle)
			}
			tn.Clock.Advance(time.Second)
			if resolves(t, tn, e.Token) {
				t.Errorf("%s: alive after %v without use", c.kind, c.idle)
			}

			e = in(t, tn)
			for range 11 * 2 { // used every half hour for eleven hours
				tn.Clock.Advance(30 * time.Minute)
				tn.Write(func(tx *db.Tx) error { return identity.Touch(t.Context(), tx, e.Session.ID) })
			}
			if !resolves(t, tn, e.Token) {
				t.Fatalf("%s: in use and ended before twelve hours", c.kind)
			}
			tn.Clock.Advance(30 * time.Minute)
			tn.Write(func(tx *db.Tx) error { return identity.Touch(t.Context(), tx, e.Session.ID) })
			tn.Clock.Advance(30 * time.Minute)
			if resolves(t, tn, e.Token) {
				t.Errorf("%s: alive after twelve hours", c.kind)
			}
		})
	}
}

func TestSessionIsTouchedOnceAMinute(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		e := in(t, tn)
		if e.Session.Due(e.Session.SeenAt.Add(59 * time.Second)) {
			t.Error("due before a minute")
		}
		if !e.Session.Due(e.Session.SeenAt.Add(time.Minute)) {
			t.Error("not due after a minute")
		}
	})
}

func TestDevicesAreListedAndRevoked(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		phone, desk, library := in(t, tn), in(t, tn), in(t, tn)
		tn.Read(func(tx *db.Tx) error {
			list, err := identity.Sessions(t.Context(), tx, a)
			if len(list) != 3 || list[0].Device != "Firefox sur Linux" {
				t.Errorf("devices %+v", list)
			}
			return err
		})
		tn.Write(func(tx *db.Tx) error { return identity.Revoke(t.Context(), tx, a, library.Session.ID) })
		if resolves(t, tn, library.Token) || !resolves(t, tn, phone.Token) {
			t.Error("revoking one device")
		}
		err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			return identity.Revoke(t.Context(), tx, identity.Account{ID: "someone-else"}, phone.Session.ID)
		})
		if !fault.Is(err, fault.NotFound) || !resolves(t, tn, phone.Token) {
			t.Errorf("another account's device: %v", err)
		}
		tn.Write(func(tx *db.Tx) error {
			n, err := identity.RevokeOthers(t.Context(), tx, a, phone.Session.ID)
			if n != 1 {
				t.Errorf("%d others revoked, want 1", n)
			}
			return err
		})
		if resolves(t, tn, desk.Token) || !resolves(t, tn, phone.Token) {
			t.Error("revoking the others")
		}
		tn.Write(func(tx *db.Tx) error { return identity.SignOut(t.Context(), tx, phone.Token) })
		if resolves(t, tn, phone.Token) {
			t.Error("alive after signing out")
		}
	})
}

func TestSweepForgetsWhatNoLongerServes(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		in(t, tn)
		try(t, tn, attempt{login: "personne", password: "x"})
		count := func() (n int) {
			tn.Read(func(tx *db.Tx) error {
				return tx.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM sign_ins) + (SELECT count(*) FROM sign_in_attempts) + (SELECT count(*) FROM known_devices)`).Scan(&n)
			})
			return n
		}
		tn.Write(func(tx *db.Tx) error { return identity.Sweep(t.Context(), tx) })
		if count() != 4 {
			t.Errorf("%d rows at once, want a session, a device and the two traces of a failure", count())
		}
		tn.Clock.Advance(181 * 24 * time.Hour)
		tn.Write(func(tx *db.Tx) error { return identity.Sweep(t.Context(), tx) })
		if count() != 0 {
			t.Errorf("%d rows after six months, want none", count())
		}
	})
}
