package identity_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"preau/internal/audit"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/towntest"
)

const password = "preau-demo-2026"

// hash is made once: hashing is slow on purpose.
var hash = func() string {
	h, err := identity.Hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return h
}()

// claire opens the account the tests use.
func claire(tn *towntest.Town) (a identity.Account) {
	tn.Write(func(tx *db.Tx) (err error) {
		a, err = identity.Create(context.Background(), tx, identity.NewAccount{
			Login: "claire.martin", Email: "Claire.Martin@famille.example", Name: "Claire Martin", Kind: identity.Family, PasswordHash: hash,
		})
		return err
	})
	return a
}

// attempt is a try from one address and one browser.
type attempt struct{ login, password, address, device string }

// knock counts a try, which stays a failure unless something enters.
func knock(t *testing.T, tn *towntest.Town, a attempt) (c identity.Challenge) {
	t.Helper()
	if a.address == "" {
		a.address = "192.0.2.1"
	}
	tn.Write(func(tx *db.Tx) (err error) {
		c, err = identity.Knock(t.Context(), tx, identity.Attempt{Login: a.login, Address: a.address, Device: a.device, Key: tn.KeyFor("sign-in")})
		return err
	})
	return c
}

// try signs in as a page does: knock, compare, enter.
func try(t *testing.T, tn *towntest.Town, a attempt) (e identity.Entry, wait time.Duration, ok bool) {
	t.Helper()
	c := knock(t, tn, a)
	ok, err := c.Matches(t.Context(), a.password)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return identity.Entry{}, c.Wait, false
	}
	tn.Write(func(tx *db.Tx) (err error) {
		e, err = identity.Enter(t.Context(), tx, c, "Firefox sur Linux")
		return err
	})
	return e, c.Wait, true
}

// in signs in and fails the test when that is refused.
func in(t *testing.T, tn *towntest.Town) identity.Entry {
	t.Helper()
	e, wait, ok := try(t, tn, attempt{login: "claire.martin", password: password})
	if !ok {
		t.Fatalf("the right password is refused (wait %v)", wait)
	}
	return e
}

// resolves says whether a token opens a session.
func resolves(t *testing.T, tn *towntest.Town, token string) bool {
	t.Helper()
	var err error
	tn.Read(func(tx *db.Tx) error {
		_, err = identity.Resolve(t.Context(), tx, token)
		return nil
	})
	if err != nil && !errors.Is(err, identity.ErrSignedOut) {
		t.Fatal(err)
	}
	return err == nil
}

func TestAccountsAreUniqueWhateverTheCase(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		for _, c := range []struct {
			name, login, email, field string
		}{
			{"same login in capitals", "CLAIRE.MARTIN", "other@famille.example", "identifiant"},
			{"same e-mail in capitals", "claire.m", "CLAIRE.MARTIN@FAMILLE.EXAMPLE", "email"},
			{"an @ in the login", "claire@martin", "other@famille.example", "identifiant"},
			{"an accent in the login", "clémence", "other@famille.example", "identifiant"},
			{"no e-mail", "clemence", "", "email"},
			{"a header in the e-mail", "clemence", "a@b.example\r\nBcc: x@y.example", "email"},
		} {
			err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := identity.Create(t.Context(), tx, identity.NewAccount{Login: c.login, Email: c.email, Name: "X Y", Kind: identity.Family})
				return err
			})
			if f, ok := fault.As(err); !ok || f.Fields[c.field] == "" {
				t.Errorf("%s: %v, want a word on %q", c.name, err, c.field)
			}
		}
		tn.Read(func(tx *db.Tx) error {
			for _, name := range []string{"Claire.Martin", " claire.martin ", "claire.martin@famille.EXAMPLE"} {
				if found, err := identity.Find(t.Context(), tx, name); err != nil || found.ID != a.ID {
					t.Errorf("Find(%q) = %q, %v", name, found.Login, err)
				}
			}
			if _, err := identity.Find(t.Context(), tx, "personne"); !fault.Is(err, fault.NotFound) {
				t.Errorf("Find of nobody: %v", err)
			}
			return nil
		})
	})
}

func TestSignInByLoginOrEmail(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		for _, login := range []string{"claire.martin", "Claire.Martin", "claire.martin@famille.example"} {
			e, _, ok := try(t, tn, attempt{login: login, password: password})
			if !ok || e.Session.Account.ID != a.ID || !resolves(t, tn, e.Token) {
				t.Errorf("%s is not signed in", login)
			}
		}
		for _, wrong := range []attempt{
			{login: "claire.martin", password: "preau-demo-2027"},
			{login: "claire.martin", password: ""},
			{login: "personne", password: password},
			{login: "", password: password},
		} {
			if _, _, ok := try(t, tn, wrong); ok {
				t.Errorf("%+v is signed in", wrong)
			}
		}
		tn.Read(func(tx *db.Tx) error {
			entries, err := audit.List(t.Context(), tx, audit.Filter{Act: "account.sign_in"})
			if len(entries) != 3 {
				t.Errorf("%d sign-ins in the journal, want 3", len(entries))
			}
			return err
		})
	})
}

// Nothing that the browser held before becomes a session: each sign-in makes its own token, stored only as a hash.
func TestEachSignInHasItsOwnToken(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		first, second := in(t, tn), in(t, tn)
		if first.Token == second.Token || first.Session.ID == second.Session.ID || first.Device == second.Device {
			t.Error("two sign-ins share a token")
		}
		if resolves(t, tn, "chosen-by-the-attacker") || resolves(t, tn, "") {
			t.Error("a token nobody made opens a session")
		}
		tn.Read(func(tx *db.Tx) error {
			stored, err := db.All(t.Context(), tx, `SELECT token_hash FROM sign_ins UNION ALL SELECT token_hash FROM known_devices`, db.Value[string])
			for _, s := range stored {
				for _, token := range []string{first.Token, second.Token, first.Device, second.Device} {
					if strings.Contains(s, token) {
						t.Error("a token is stored in clear")
					}
				}
				if resolves(t, tn, s) {
					t.Error("what is stored opens a session")
				}
			}
			return err
		})
	})
}

func TestSuspendedAccount(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		e := in(t, tn)
		tn.Write(func(tx *db.Tx) error { return identity.Suspend(t.Context(), tx, a.ID) })
		if resolves(t, tn, e.Token) {
			t.Error("the session outlives the suspension")
		}
		var c identity.Challenge
		tn.Write(func(tx *db.Tx) (err error) {
			c, err = identity.Knock(t.Context(), tx, identity.Attempt{Login: a.Login, Key: tn.KeyFor("sign-in")})
			return err
		})
		err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := identity.Enter(t.Context(), tx, c, "")
			return err
		})
		if !fault.Is(err, fault.Refused) {
			t.Errorf("a suspended account enters: %v", err)
		}
		tn.Write(func(tx *db.Tx) error { return identity.Restore(t.Context(), tx, a.ID) })
		in(t, tn)
	})
}

// An unknown login takes as long as a known one: the same work is done.
func TestUnknownLoginTakesAsLong(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	claire(tn)
	// Nearly all the time of a try is one argon2id, which takes 19 MiB: memory can be counted, where a busy machine makes time lie.
	hashes := func(login string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		try(t, tn, attempt{login: login, password: "Marelle-et-corde-9"})
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / (19 << 20)
	}
	if known, unknown := hashes("claire.martin"), hashes("personne"); known != 1 || unknown != 1 {
		t.Errorf("a known login costs %d hashes, an unknown one %d", known, unknown)
	}
}
