package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/town"
	"preau/internal/towntest"
)

func keysOf(tn *towntest.Town) identity.Keys {
	return identity.Keys{Attempts: tn.KeyFor("sign-in"), Authenticators: tn.KeyFor("authenticators"), Recovery: tn.KeyFor("recovery codes"), Links: tn.KeyFor("identity links")}
}

// phone is an authenticator in somebody's hand.
type phone struct {
	tn     *towntest.Town
	secret string
}

// shows is the code at a distance from the town's clock.
func (p phone) shows(t *testing.T, away time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(p.secret, p.tn.Clock.Now().Add(away))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// typed is a code typed now.
func typed(tn *towntest.Town, text string) identity.Code {
	return identity.Code{Typed: text, At: civil.At(tn.Clock.Now())}
}

// pair sets up an authenticator, and moves the clock past the code that was used for it.
func pair(t *testing.T, tn *towntest.Town, a identity.Account) (phone, []string) {
	t.Helper()
	var pending identity.Authenticator
	tn.Write(func(tx *db.Tx) (err error) {
		if err = identity.BeginAuthenticator(t.Context(), tx, a, keysOf(tn)); err != nil {
			return err
		}
		pending, err = identity.PendingAuthenticator(t.Context(), tx, a, keysOf(tn), "Ville d’Essai")
		return err
	})
	p := phone{tn, pending.Secret}
	var codes []string
	tn.Write(func(tx *db.Tx) (err error) {
		var v identity.Verdict
		v, codes, err = identity.ConfirmAuthenticator(t.Context(), tx, a, keysOf(tn), typed(tn, p.shows(t, 0)))
		if err == nil && !v.OK {
			t.Fatalf("the first code: %+v", v)
		}
		return err
	})
	tn.Clock.Advance(time.Minute)
	return p, codes
}

// step answers the second step.
func step(t *testing.T, tn *towntest.Town, token, text string) (e identity.Entry, v identity.Verdict, err error) {
	t.Helper()
	err = tn.DB.Write(t.Context(), func(tx *db.Tx) error {
		e, v, err = identity.EnterWithCode(t.Context(), tx, token, keysOf(tn), typed(tn, text), identity.Browser{Name: "Firefox sur Linux"})
		return err
	})
	return e, v, err
}

func TestCodeAfterThePassword(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		p, codes := pair(t, tn, a)
		if len(codes) != 10 {
			t.Fatalf("%d recovery codes", len(codes))
		}
		e := in(t, tn)
		if e.Token != "" || e.Step == "" {
			t.Fatalf("the password alone opens: %+v", e)
		}
		for name, text := range map[string]string{"too old": p.shows(t, -90*time.Second), "too early": p.shows(t, 90*time.Second), "words": "bonjour"} {
			if _, v, err := step(t, tn, e.Step, text); err != nil || v.OK {
				t.Errorf("%s: %+v %v", name, v, err)
			}
		}
		entry, v, err := step(t, tn, e.Step, p.shows(t, 0)[:3]+" "+p.shows(t, 0)[3:])
		if err != nil || !v.OK || !resolves(t, tn, entry.Token) {
			t.Fatalf("the right code: %+v %v", v, err)
		}
		if _, _, err := step(t, tn, e.Step, p.shows(t, 0)); !fault.Is(err, fault.NotFound) {
			t.Errorf("a step that has served: %v", err)
		}
		// The same code, seen over a shoulder, in another sign-in; then the one before it, which the skew would take.
		again := in(t, tn)
		for _, away := range []time.Duration{0, -30 * time.Second} {
			if _, v, err := step(t, tn, again.Step, p.shows(t, away)); err != nil || v.OK || !v.Replayed {
				t.Errorf("replayed at %v: %+v %v", away, v, err)
			}
		}
		tn.Clock.Advance(30 * time.Second)
		if _, v, _ := step(t, tn, again.Step, p.shows(t, 30*time.Second)); !v.OK {
			t.Error("a clock half a minute ahead is refused")
		}
		late := in(t, tn)
		tn.Clock.Advance(10 * time.Minute)
		if _, _, err := step(t, tn, late.Step, p.shows(t, 0)); !fault.Is(err, fault.NotFound) {
			t.Errorf("a step of ten minutes: %v", err)
		}
	})
}

// A recovery code serves once, and only for its account; guessing codes does not slow it.
func TestRecoveryCodes(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		p, codes := pair(t, tn, a)
		e := in(t, tn)
		tell := 0
		for range 7 {
			_, v, err := step(t, tn, e.Step, "000000")
			if err != nil || v.OK {
				t.Fatalf("%+v %v", v, err)
			}
			if v.Tell {
				tell++
			}
		}
		if tell != 1 {
			t.Errorf("the owner is told %d times", tell)
		}
		if _, v, _ := step(t, tn, e.Step, p.shows(t, 0)); v.OK || v.Wait <= 0 {
			t.Errorf("after many tries the right code is looked at: %+v", v)
		}
		if _, v, err := step(t, tn, e.Step, strings.ToUpper(codes[3])); err != nil || !v.OK {
			t.Fatalf("a recovery code: %+v %v", v, err)
		}
		again := in(t, tn)
		if _, v, _ := step(t, tn, again.Step, codes[3]); v.OK || !v.Replayed {
			t.Errorf("a recovery code twice: %+v", v)
		}
		tn.Clock.Advance(24 * time.Hour)
		again = in(t, tn)
		if _, v, _ := step(t, tn, again.Step, p.shows(t, 0)); !v.OK {
			t.Errorf("a day later: %+v", v)
		}
		tn.Clock.Advance(time.Minute)
		tn.Write(func(tx *db.Tx) error {
			f, err := identity.FactorsOf(t.Context(), tx, a.ID)
			if f.Recovery != 9 {
				t.Errorf("%d recovery codes left", f.Recovery)
			}
			v, fresh, err2 := identity.RenewRecoveryCodes(t.Context(), tx, a, keysOf(tn), typed(tn, p.shows(t, 0)))
			if err2 != nil || !v.OK || len(fresh) != 10 || fresh[0] == codes[0] {
				t.Errorf("renewed: %+v %v", v, err2)
			}
			return err
		})
		again = in(t, tn)
		if _, v, _ := step(t, tn, again.Step, codes[5]); v.OK {
			t.Error("a code of the old page still opens")
		}
	})
}

// What the database holds of an authenticator opens nothing without the town's key, and nothing in another row.
func TestSecretsAreSealed(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		p, codes := pair(t, tn, a)
		tn.Read(func(tx *db.Tx) error {
			var secret, hash string
			if err := tx.QueryRow(t.Context(), `SELECT secret, (SELECT min(code_hash) FROM recovery_codes) FROM authenticators`).Scan(&secret, &hash); err != nil {
				return err
			}
			if strings.Contains(secret, p.secret) || strings.Contains(hash, strings.ReplaceAll(codes[0], "-", "")) {
				t.Error("a secret stands in clear")
			}
			return nil
		})
	})
}

func TestRemoveAnAuthenticator(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		p, _ := pair(t, tn, a)
		tn.Write(func(tx *db.Tx) error {
			if err := identity.BeginAuthenticator(t.Context(), tx, a, keysOf(tn)); !fault.Is(err, fault.Conflict) {
				t.Errorf("a second one over the first: %v", err)
			}
			v, err := identity.RemoveAuthenticator(t.Context(), tx, a, keysOf(tn), typed(tn, "123123"))
			if v.OK {
				t.Error("removed with a wrong code")
			}
			return err
		})
		tn.Write(func(tx *db.Tx) error {
			v, err := identity.RemoveAuthenticator(t.Context(), tx, a, keysOf(tn), typed(tn, p.shows(t, 0)))
			if !v.OK {
				t.Errorf("%+v", v)
			}
			return err
		})
		if e := in(t, tn); e.Token == "" {
			t.Error("a second step is still asked")
		}
	})
}

// agent opens an agent's account.
func agent(tn *towntest.Town) (a identity.Account) {
	tn.Write(func(tx *db.Tx) (err error) {
		a, err = identity.Create(context.Background(), tx, identity.NewAccount{
			Login: "claire.martin", Email: "c.martin@mairie.example", Name: "Claire Martin", Kind: identity.Staff, PasswordHash: hash,
		})
		return err
	})
	return a
}

func overdue(t *testing.T, tn *towntest.Town, id string) (due bool) {
	t.Helper()
	tn.Read(func(tx *db.Tx) error {
		a, err := identity.ByID(t.Context(), tx, id)
		if err != nil {
			return err
		}
		due, err = identity.Overdue(t.Context(), tx, a)
		return err
	})
	return due
}

func TestAgentsHaveAWeek(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := agent(tn)
		tn.Clock.Advance(30 * 24 * time.Hour)
		if overdue(t, tn, a.ID) {
			t.Error("overdue before the first sign-in")
		}
		in(t, tn)
		tn.Clock.Advance(7*24*time.Hour - time.Minute)
		in(t, tn) // does not start the week again
		if overdue(t, tn, a.ID) {
			t.Error("overdue within the week")
		}
		tn.Clock.Advance(time.Minute)
		if !overdue(t, tn, a.ID) {
			t.Error("not overdue after a week")
		}
		tn.Write(func(tx *db.Tx) error {
			return identity.SavePolicy(t.Context(), tx, identity.Policy{StaffFactor: false, GraceDays: 7})
		})
		if overdue(t, tn, a.ID) {
			t.Error("overdue where the town asks for nothing")
		}
		tn.Write(func(tx *db.Tx) error {
			return identity.SavePolicy(t.Context(), tx, identity.Policy{StaffFactor: true, GraceDays: 2})
		})
		p, _ := pair(t, tn, a)
		if overdue(t, tn, a.ID) {
			t.Error("overdue with a second factor")
		}
		tn.Write(func(tx *db.Tx) error {
			_, err := identity.RemoveAuthenticator(t.Context(), tx, a, keysOf(tn), typed(tn, p.shows(t, 0)))
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("an agent goes without: %v", err)
			}
			return nil
		})
		tn.Write(func(tx *db.Tx) error { return identity.ResetFactors(t.Context(), tx, a.ID) })
		if e := in(t, tn); e.Token == "" || overdue(t, tn, a.ID) {
			t.Error("after a reset the time starts again")
		}
		tn.Clock.Advance(2 * 24 * time.Hour)
		if !overdue(t, tn, a.ID) {
			t.Error("the time after a reset never ends")
		}
		err := tn.DB.Write(t.Context(), func(tx *db.Tx) error { return identity.SavePolicy(t.Context(), tx, identity.Policy{GraceDays: 61}) })
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("61 days: %v", err)
		}
	})
}

// A browser that was never seen is told of, but not the very first, nor one that was known.
func TestStrangers(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		first := in(t, tn)
		if first.Stranger {
			t.Error("the very first sign-in is a stranger's")
		}
		known, _, _ := try(t, tn, attempt{login: "claire.martin", password: password, device: first.Device})
		if known.Stranger {
			t.Error("a known browser is a stranger")
		}
		if !in(t, tn).Stranger {
			t.Error("an unknown browser is not")
		}
	})
}

// With another key of the town nothing opens, until what is sealed is sealed again.
func TestResealAuthenticators(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		a := claire(tn)
		p, _ := pair(t, tn, a)
		before, after := keysOf(tn), keysOf(tn)
		after.Authenticators = town.KeyFor([]byte(strings.Repeat("x", 32)), "authenticators")
		token := in(t, tn).Step
		answer := func() (v identity.Verdict, err error) {
			err = tn.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, v, err = identity.EnterWithCode(t.Context(), tx, token, after, typed(tn, p.shows(t, 0)), identity.Browser{})
				return err
			})
			return v, err
		}
		if _, err := answer(); err == nil {
			t.Error("opened with another key")
		}
		for range 2 { // what is sealed with the new key already stays as it is
			tn.Write(func(tx *db.Tx) error {
				_, err := identity.ResealAuthenticators(t.Context(), tx, before.Authenticators, after.Authenticators)
				return err
			})
		}
		if v, err := answer(); err != nil || !v.OK {
			t.Errorf("%+v %v", v, err)
		}
	})
}
