package household_test

import (
	"context"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/towntest"
)

var secret = []byte("a key of the town, 32 bytes long")

var by = household.By{Actor: "system", Name: "Essai"}

// oneFamily makes a household of two guardians.
func oneFamily(t *testing.T, tn *towntest.Town) (home household.Household, one, other household.Guardian) {
	t.Helper()
	ctx := context.Background()
	tn.Write(func(tx *db.Tx) (err error) {
		if home, err = household.CreateHousehold(ctx, tx, by, household.Household{Name: "MARTIN Claire"}); err != nil {
			return err
		}
		if one, err = household.AddGuardian(ctx, tx, by, household.Guardian{HouseholdID: home.ID, FirstName: "Claire", LastName: "Martin", BornOn: civil.MustParse("1988-04-12")}); err != nil {
			return err
		}
		other, err = household.AddGuardian(ctx, tx, by, household.Guardian{HouseholdID: home.ID, FirstName: "Paul", LastName: "Martin"})
		return err
	})
	return home, one, other
}

func account(t *testing.T, tn *towntest.Town, login string) (a identity.Account) {
	t.Helper()
	tn.Write(func(tx *db.Tx) (err error) {
		a, err = identity.Create(context.Background(), tx, identity.NewAccount{Login: login, Email: login + "@famille.example", Name: login, Kind: identity.Family})
		return err
	})
	return a
}

func issue(tn *towntest.Town, guardian household.Guardian) (key string) {
	tn.Write(func(tx *db.Tx) (err error) {
		key, err = household.IssueKey(context.Background(), tx, by, guardian.ID, household.NewKey{Secret: secret, Today: civil.DateOf(tx.Now, tn.Loc)})
		return err
	})
	return key
}

// tryKey enters a key and uses it for an account.
func tryKey(tn *towntest.Town, key, accountID string) error {
	ctx := context.Background()
	return tn.DB.Write(ctx, func(tx *db.Tx) error {
		k, _, err := household.CheckKey(ctx, tx, secret, key, civil.DateOf(tx.Now, tn.Loc))
		if err != nil {
			return err
		}
		return household.UseKey(ctx, tx, by, k, accountID)
	})
}

func TestKeyTiesOnce(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		_, one, other := oneFamily(t, tn)
		claire, paul := account(t, tn, "claire.martin"), account(t, tn, "paul.martin")
		first, second := issue(tn, one), issue(tn, other)
		if first == second {
			t.Fatal("two letters, one key")
		}
		if err := tryKey(tn, first, claire.ID); err != nil {
			t.Fatal(err)
		}
		tn.Read(func(tx *db.Tx) error {
			g, err := household.GuardianOf(context.Background(), tx, claire.ID)
			if g.ID != one.ID || g.BornOn != one.BornOn {
				t.Errorf("tied to %+v", g)
			}
			return err
		})
		again, never := tryKey(tn, first, paul.ID), tryKey(tn, "22222-AAAAA", paul.ID)
		if !fault.Is(again, fault.Invalid) || again.Error() != never.Error() {
			t.Errorf("a used key answers %v, one that never was %v", again, never)
		}
		if err := tryKey(tn, second, claire.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("one account for two guardians: %v", err)
		}
		if err := tryKey(tn, second, paul.ID); err != nil {
			t.Errorf("the other guardian's key: %v", err)
		}
	})
}

func TestKeyEnds(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := context.Background()
		home, one, other := oneFamily(t, tn)
		claire := account(t, tn, "claire.martin")
		old := issue(tn, one)
		key := issue(tn, one) // printed again
		if err := tryKey(tn, old, claire.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("the letter before: %v", err)
		}
		tn.Write(func(tx *db.Tx) error { return household.RevokeKey(ctx, tx, by, one.ID) })
		if err := tryKey(tn, key, claire.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("a revoked key: %v", err)
		}
		if err := tn.DB.Write(ctx, func(tx *db.Tx) error { return household.RevokeKey(ctx, tx, by, one.ID) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("revoked twice: %v", err)
		}
		late := issue(tn, other)
		tn.Clock.Advance(24 * 30 * 24 * time.Hour)
		if err := tryKey(tn, late, claire.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("a key of two years ago: %v", err)
		}
		tn.Read(func(tx *db.Tx) error {
			lines, err := household.KeyLines(ctx, tx, "2026-2027", home.ID)
			today := civil.DateOf(tx.Now, tn.Loc)
			if len(lines) != 2 || lines[0].Key.State(today) != household.KeyRevoked || lines[1].Key.State(today) != household.KeyExpired {
				t.Errorf("lines %+v", lines)
			}
			return err
		})
	})
}

func TestSetBirth(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		ctx := context.Background()
		_, one, _ := oneFamily(t, tn)
		tn.Write(func(tx *db.Tx) error {
			if err := household.SetBirth(ctx, tx, by, one.ID, household.Birth{Name: "Le Goff", Country: "99100", Commune: "29019"}); err != nil {
				return err
			}
			g, err := household.GuardianByID(ctx, tx, one.ID)
			if g.BornOn != one.BornOn || g.BirthName != "Le Goff" || g.BirthCommune != "29019" {
				t.Errorf("%+v", g)
			}
			return err
		})
	})
}
