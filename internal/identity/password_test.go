package identity_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/towntest"
)

const better = "Marelle-et-corde-9"

func TestHashIsArgon2id(t *testing.T) {
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", hash)
	}
	again, err := identity.Hash(t.Context(), password)
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are the same (%v)", err)
	}
}

// owner reads the present password's challenge as the profile page does.
func owner(t *testing.T, tn *towntest.Town, a identity.Account) (c identity.Challenge) {
	t.Helper()
	tn.Write(func(tx *db.Tx) (err error) {
		c, err = identity.Owner(t.Context(), tx, a, tn.KeyFor("sign-in"))
		return err
	})
	return c
}

func TestChangePasswordEndsTheOtherSessions(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		here, there := in(t, tn), in(t, tn)
		c := owner(t, tn, a)
		if ok, err := c.Matches(t.Context(), "x"); ok || err != nil {
			t.Fatalf("a wrong present password: %v, %v", ok, err)
		}
		newHash, err := identity.Hash(t.Context(), better)
		if err != nil {
			t.Fatal(err)
		}
		var e identity.Entry
		tn.Write(func(tx *db.Tx) error {
			e, err = identity.ChangePassword(t.Context(), tx, here.Session, c, newHash)
			return err
		})
		if resolves(t, tn, there.Token) || resolves(t, tn, here.Token) {
			t.Error("a session from before the change is alive")
		}
		if !resolves(t, tn, e.Token) {
			t.Error("the one who changed the password is signed out")
		}
		if _, _, ok := try(t, tn, attempt{login: a.Login, password: password}); ok {
			t.Error("the old password still opens")
		}
		if _, _, ok := try(t, tn, attempt{login: a.Login, password: better}); !ok {
			t.Error("the new password does not open")
		}
		err = tn.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := identity.ChangePassword(t.Context(), tx, e.Session, c, newHash)
			return err
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("the same change twice: %v", err)
		}
	})
}

func TestPresentPasswordIsThrottled(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		for i := range 5 {
			if c := owner(t, tn, a); c.Wait != 0 {
				t.Fatalf("try %d waits %v", i+1, c.Wait)
			}
		}
		if c := owner(t, tn, a); c.Wait == 0 {
			t.Error("the present password can be tried without end")
		}
	})
}

// ask asks a link by e-mail, as the page does.
func ask(t *testing.T, tn *towntest.Town, login string) (token string, found bool) {
	t.Helper()
	tn.Write(func(tx *db.Tx) (err error) {
		_, token, found, err = identity.AskReset(t.Context(), tx, identity.Attempt{Login: login, Address: "192.0.2.1", Key: tn.KeyFor("sign-in")})
		return err
	})
	return token, found
}

func TestResetLinkServesOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		before := in(t, tn)
		if _, found := ask(t, tn, "personne"); found {
			t.Error("a link for nobody")
		}
		other, _ := ask(t, tn, "claire.martin")
		token, found := ask(t, tn, "CLAIRE.MARTIN@famille.example")
		if !found {
			t.Fatal("no link")
		}
		tn.Read(func(tx *db.Tx) error {
			r, err := identity.FindReset(t.Context(), tx, token)
			if r.Account.ID != a.ID || r.First {
				t.Errorf("reset %+v", r)
			}
			return err
		})
		newHash, err := identity.Hash(t.Context(), better)
		if err != nil {
			t.Fatal(err)
		}
		use := func(token string) error {
			return tn.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, _, err := identity.UseReset(t.Context(), tx, token, newHash)
				return err
			})
		}
		if err := use(token); err != nil {
			t.Fatal(err)
		}
		for name, spent := range map[string]string{"the same link": token, "an older link": other, "no link": "x"} {
			if err := use(spent); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if resolves(t, tn, before.Token) {
			t.Error("a session from before the reset is alive")
		}
		if _, _, ok := try(t, tn, attempt{login: a.Login, password: better}); !ok {
			t.Error("the new password does not open")
		}
	})
}

func TestResetLinkEnds(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		token, _ := ask(t, tn, "claire.martin")
		find := func() (err error) {
			tn.Read(func(tx *db.Tx) error {
				_, err = identity.FindReset(t.Context(), tx, token)
				return nil
			})
			return err
		}
		tn.Clock.Advance(time.Hour - time.Second)
		if err := find(); err != nil {
			t.Errorf("within the hour: %v", err)
		}
		tn.Clock.Advance(time.Second)
		if err := find(); !fault.Is(err, fault.NotFound) {
			t.Errorf("after an hour: %v", err)
		}
	})
}

func TestResetLinksAreCounted(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		for i := range 3 {
			if _, found := ask(t, tn, "claire.martin"); !found {
				t.Fatalf("link %d refused", i+1)
			}
		}
		if _, found := ask(t, tn, "claire.martin"); found {
			t.Error("one account can be flooded with mails")
		}
		tn.Clock.Advance(time.Hour + time.Second)
		if _, found := ask(t, tn, "claire.martin"); !found {
			t.Error("an hour later it is still refused")
		}
	})
}

// An invited agent has no password until the link is used.
func TestInvitation(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		var token string
		tn.Write(func(tx *db.Tx) error {
			a, err := identity.Create(t.Context(), tx, identity.NewAccount{Login: "nadia", Email: "n@mairie.example", Name: "Nadia Ferrand", Kind: identity.Staff})
			if err != nil {
				return err
			}
			token, err = identity.NewReset(t.Context(), tx, a.ID, identity.InviteLife)
			return err
		})
		if _, _, ok := try(t, tn, attempt{login: "nadia", password: ""}); ok {
			t.Error("an account without a password opens")
		}
		tn.Clock.Advance(6 * 24 * time.Hour)
		tn.Read(func(tx *db.Tx) error {
			r, err := identity.FindReset(t.Context(), tx, token)
			if !r.First {
				t.Error("an invitation looks like a reset")
			}
			return err
		})
	})
}
