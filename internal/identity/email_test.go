package identity_test

import (
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/towntest"
)

func askEmail(t *testing.T, tn *towntest.Town, a identity.Account, to string) (c identity.EmailChange, err error) {
	t.Helper()
	err = tn.DB.Write(t.Context(), func(tx *db.Tx) error {
		c, err = identity.AskEmailChange(t.Context(), tx, a, to)
		return err
	})
	return c, err
}

func confirmEmail(t *testing.T, tn *towntest.Town, token string) error {
	t.Helper()
	return tn.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := identity.ConfirmEmailChange(t.Context(), tx, token)
		return err
	})
}

func cancelEmail(t *testing.T, tn *towntest.Town, token string) error {
	t.Helper()
	return tn.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := identity.CancelEmailChange(t.Context(), tx, token)
		return err
	})
}

func emailOf(t *testing.T, tn *towntest.Town, id string) (email string) {
	t.Helper()
	tn.Read(func(tx *db.Tx) error {
		a, err := identity.ByID(t.Context(), tx, id)
		email = a.Email
		return err
	})
	return email
}

func TestEmailChange(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		for _, wrong := range []string{"", "claire", "CLAIRE.martin@famille.example", "a@b.example\r\nBcc: c@d.example"} {
			if _, err := askEmail(t, tn, a, wrong); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		first, err := askEmail(t, tn, a, "first@famille.example")
		if err != nil {
			t.Fatal(err)
		}
		c, err := askEmail(t, tn, a, "claire@neuf.example")
		if err != nil {
			t.Fatal(err)
		}
		if err := confirmEmail(t, tn, first.Confirm); !fault.Is(err, fault.NotFound) {
			t.Errorf("a change that a later one replaced: %v", err)
		}
		if err := confirmEmail(t, tn, c.Cancel); !fault.Is(err, fault.NotFound) {
			t.Errorf("the old address's token confirms: %v", err)
		}
		if emailOf(t, tn, a.ID) != a.Email {
			t.Error("the address changed before it was confirmed")
		}
		if err := confirmEmail(t, tn, c.Confirm); err != nil {
			t.Fatal(err)
		}
		if emailOf(t, tn, a.ID) != "claire@neuf.example" {
			t.Error("not changed")
		}
		if err := confirmEmail(t, tn, c.Confirm); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		e, _, ok := try(t, tn, attempt{login: "claire@neuf.example", password: password})
		if !ok {
			t.Fatal("the new address does not open")
		}
		tn.Clock.Advance(7*24*time.Hour - time.Minute)
		if err := cancelEmail(t, tn, c.Cancel); err != nil {
			t.Fatal(err)
		}
		if emailOf(t, tn, a.ID) != a.Email || resolves(t, tn, e.Token) {
			t.Error("undone, the old address is back and the sessions have ended")
		}
		if err := cancelEmail(t, tn, c.Cancel); !fault.Is(err, fault.NotFound) {
			t.Errorf("cancelled twice: %v", err)
		}
	})
}

func TestEmailChangeEnds(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		c, err := askEmail(t, tn, a, "claire@neuf.example")
		if err != nil {
			t.Fatal(err)
		}
		tn.Clock.Advance(24 * time.Hour)
		if err := confirmEmail(t, tn, c.Confirm); !fault.Is(err, fault.NotFound) {
			t.Errorf("a day later: %v", err)
		}
		tn.Clock.Advance(6 * 24 * time.Hour)
		if err := cancelEmail(t, tn, c.Cancel); !fault.Is(err, fault.NotFound) {
			t.Errorf("seven days later: %v", err)
		}
		// Cancelled before it is confirmed, nothing happens; and nobody's sessions end.
		e := in(t, tn)
		if c, err = askEmail(t, tn, a, "claire@neuf.example"); err != nil {
			t.Fatal(err)
		}
		if err := cancelEmail(t, tn, c.Cancel); err != nil {
			t.Fatal(err)
		}
		if err := confirmEmail(t, tn, c.Confirm); !fault.Is(err, fault.NotFound) {
			t.Errorf("confirmed after it was cancelled: %v", err)
		}
		if !resolves(t, tn, e.Token) {
			t.Error("the session ended")
		}
		for range 4 {
			if _, err = askEmail(t, tn, a, "claire@neuf.example"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err = askEmail(t, tn, a, "claire@neuf.example"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a sixth in a day: %v", err)
		}
	})
}

// An address that is somebody's is never taken from them, whenever it became theirs.
func TestEmailOfAnother(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		other := func(login, email string) (o identity.Account) {
			tn.Write(func(tx *db.Tx) (err error) {
				o, err = identity.Create(t.Context(), tx, identity.NewAccount{Login: login, Email: email, Name: "Karim Benali", Kind: identity.Family})
				return err
			})
			return o
		}
		karim := other("karim", "karim@famille.example")
		c, err := askEmail(t, tn, a, "KARIM@famille.example")
		if err != nil || c.Holder != karim.ID {
			t.Fatalf("%+v %v", c, err)
		}
		if err := confirmEmail(t, tn, c.Confirm); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken: %v", err)
		}
		if c, err = askEmail(t, tn, a, "neuve@famille.example"); err != nil {
			t.Fatal(err)
		}
		other("karim.b", "neuve@famille.example")
		if err := confirmEmail(t, tn, c.Confirm); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken since: %v", err)
		}
	})
}

// Who knew the password and asked for another address gains nothing from it once the owner has changed the password.
func TestANewPasswordEndsAChangeOfAddressThatWaits(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		c, err := askEmail(t, tn, a, "intrus@ailleurs.example")
		if err != nil {
			t.Fatal(err)
		}
		tn.Write(func(tx *db.Tx) error {
			token, err := identity.NewReset(t.Context(), tx, a.ID, identity.ResetLife)
			if err != nil {
				return err
			}
			_, _, err = identity.UseReset(t.Context(), tx, token, "$argon2id$another")
			return err
		})
		if err := confirmEmail(t, tn, c.Confirm); !fault.Is(err, fault.NotFound) {
			t.Errorf("confirmed after the password was chosen anew: %v", err)
		}
		if got := emailOf(t, tn, a.ID); got != a.Email {
			t.Errorf("the address is now %s", got)
		}
	})
}

// Moving the account on once more does not take the old address's right to undo.
func TestUndoingAChangeOfAddressUndoesTheLaterOnes(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		first, err := askEmail(t, tn, a, "intrus@ailleurs.example")
		if err != nil {
			t.Fatal(err)
		}
		if err := confirmEmail(t, tn, first.Confirm); err != nil {
			t.Fatal(err)
		}
		tn.Clock.Advance(time.Hour)
		now := a
		now.Email = "intrus@ailleurs.example"
		second, err := askEmail(t, tn, now, "intrus@encore.example")
		if err != nil {
			t.Fatal(err)
		}
		if err := confirmEmail(t, tn, second.Confirm); err != nil {
			t.Fatal(err)
		}
		if err := cancelEmail(t, tn, first.Cancel); err != nil {
			t.Errorf("the first address cannot undo: %v", err)
		}
		if got := emailOf(t, tn, a.ID); got != a.Email {
			t.Errorf("the address is %s", got)
		}
		if err := cancelEmail(t, tn, second.Cancel); !fault.Is(err, fault.NotFound) {
			t.Errorf("the later change can still be undone: %v", err)
		}
	})
}

// A link to choose a password ends when the address it was sent to is no longer the account's.
func TestAnotherAddressEndsTheLinksOfTheOneBefore(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		for name, change := range map[string]func(tx *db.Tx) error{
			"by the direction": func(tx *db.Tx) error {
				return identity.Edit(t.Context(), tx, a.ID, a.Name, "claire@juste.example")
			},
			"by the owner": func(tx *db.Tx) error {
				owner, err := identity.ByID(t.Context(), tx, a.ID)
				if err != nil {
					return err
				}
				c, err := identity.AskEmailChange(t.Context(), tx, owner, "claire@neuf.example")
				if err != nil {
					return err
				}
				_, err = identity.ConfirmEmailChange(t.Context(), tx, c.Confirm)
				return err
			},
		} {
			var token string
			tn.Write(func(tx *db.Tx) (err error) {
				if token, err = identity.NewReset(t.Context(), tx, a.ID, identity.InviteLife); err != nil {
					return err
				}
				return change(tx)
			})
			tn.Read(func(tx *db.Tx) error {
				if _, err := identity.FindReset(t.Context(), tx, token); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: the link still works: %v", name, err)
				}
				return nil
			})
		}
	})
}
