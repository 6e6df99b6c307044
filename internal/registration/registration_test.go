package registration_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/identity"
	"preau/internal/registration"
	"preau/internal/towntest"
)

var ctx = context.Background()

var secret = bytes.Repeat([]byte{3}, 32)

// photo stores a file and gives its id.
func photo(t *testing.T, tn *towntest.Town) string {
	t.Helper()
	file, err := tn.Files.Put(ctx, strings.NewReader("a face"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	tn.Write(func(tx *db.Tx) error { return blob.Record(ctx, tx, file) })
	return file.ID
}

func register(t *testing.T, tn *towntest.Town, login, email, photoID string) (o registration.Outcome, err error) {
	t.Helper()
	p := claire()
	p.Email = email
	err = tn.DB.Write(ctx, func(tx *db.Tx) (err error) {
		o, err = registration.Register(ctx, tx, registration.New{Person: p, Login: login, PasswordHash: "hash", PhotoID: photoID})
		return err
	})
	return o, err
}

func activate(tn *towntest.Town, token string) (a registration.Activated, err error) {
	err = tn.DB.Write(ctx, func(tx *db.Tx) (err error) {
		a, err = registration.Activate(ctx, tx, token)
		return err
	})
	return a, err
}

func count(tn *towntest.Town, query string, args ...any) (n int) {
	tn.Read(func(tx *db.Tx) error { return tx.QueryRow(ctx, query, args...).Scan(&n) })
	return n
}

func TestALinkOpensOneSpace(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		face := photo(t, tn)
		o, err := register(t, tn, "claire.martin", "claire@famille.example", face)
		if err != nil || o.Token == "" || o.Owner != nil {
			t.Fatalf("%+v %v", o, err)
		}
		if count(tn, `SELECT count(*) FROM accounts`) != 0 {
			t.Error("an account before its link was used")
		}
		if _, err := activate(tn, "forged"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a forged link: %v", err)
		}
		a, err := activate(tn, o.Token)
		if err != nil || a.Account.Name != "Claire Martin" || a.Account.Login != "claire.martin" || a.Person != withEmail("claire@famille.example") {
			t.Fatalf("%+v %v", a, err)
		}
		if _, err := activate(tn, o.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("the same link again: %v", err)
		}
		tn.Write(func(tx *db.Tx) error {
			p, err := registration.PersonOf(ctx, tx, a.Account.ID)
			if err != nil || p != a.Person {
				t.Errorf("kept %+v %v", p, err)
			}
			if _, err := blob.Find(ctx, tx, face); err != nil {
				t.Errorf("the photo: %v", err)
			}
			if err := registration.Erase(ctx, tx, a.Account.ID); err != nil {
				return err
			}
			if _, err := registration.PersonOf(ctx, tx, a.Account.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("after erasure: %v", err)
			}
			if _, err := blob.Find(ctx, tx, face); !fault.Is(err, fault.NotFound) {
				t.Errorf("the photo after erasure: %v", err)
			}
			return nil
		})
	})
}

func withEmail(email string) registration.Person {
	p := claire()
	p.Email = email
	return p
}

func TestALinkEndsAfterTwoDays(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		o, err := register(t, tn, "claire.martin", "claire@famille.example", "")
		if err != nil {
			t.Fatal(err)
		}
		tn.Clock.Advance(registration.LinkLife)
		if _, err := activate(tn, o.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("a link of two days: %v", err)
		}
		var again string
		tn.Write(func(tx *db.Tx) (err error) {
			_, again, err = registration.Again(ctx, tx, " CLAIRE@famille.example")
			return err
		})
		if _, err := activate(tn, again); err != nil {
			t.Errorf("the new link: %v", err)
		}
		if err := tn.DB.Write(ctx, func(tx *db.Tx) error { _, _, err := registration.Again(ctx, tx, "claire@famille.example"); return err }); !fault.Is(err, fault.NotFound) {
			t.Errorf("another link for a space that is open: %v", err)
		}
	})
}

// Who registers with somebody else's e-mail gets nothing, and takes nothing from them.
func TestAnEmailIsItsOwners(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		mine, err := register(t, tn, "claire.martin", "claire@famille.example", "")
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := register(t, tn, "impostor", "Claire@famille.example", photo(t, tn))
		if err != nil || theirs.Token == "" {
			t.Fatalf("the page must answer alike: %+v %v", theirs, err)
		}
		if _, err := activate(tn, mine.Token); err != nil {
			t.Errorf("the first link ended: %v", err)
		}
		if _, err := activate(tn, theirs.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("the other link after the space is open: %v", err)
		}
		if n := count(tn, `SELECT count(*) FROM registrations`) + count(tn, `SELECT count(*) FROM files`); n != 0 {
			t.Errorf("%d rows or photos of what can no longer be opened", n)
		}
		late, err := register(t, tn, "another", "claire@famille.example", "")
		if err != nil || late.Token != "" || late.Owner == nil || late.Owner.Login != "claire.martin" {
			t.Errorf("with the e-mail of an account: %+v %v", late, err)
		}
	})
}

func TestAUserNameIsReservedForTheTimeOfALink(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		first, err := register(t, tn, "claire.martin", "claire@famille.example", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := register(t, tn, "Claire.MARTIN", "other@famille.example", ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("another with the same user name: %v", err)
		}
		second, err := register(t, tn, "claire.martin", "claire@famille.example", "")
		if err != nil {
			t.Fatalf("one's own again: %v", err)
		}
		if _, err := activate(tn, first.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("one's own link from before: %v", err)
		}
		tn.Clock.Advance(registration.LinkLife + time.Second)
		other, err := register(t, tn, "claire.martin", "other@famille.example", "")
		if err != nil {
			t.Fatalf("once the link is over: %v", err)
		}
		if _, err := activate(tn, other.Token); err != nil {
			t.Error(err)
		}
		if _, err := activate(tn, second.Token); err == nil {
			t.Error("two spaces of one user name")
		}
	})
}

// An agent opens an account with the user name meanwhile: the link says so, and opens nothing.
func TestAUserNameTakenMeanwhile(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		o, err := register(t, tn, "claire.martin", "claire@famille.example", "")
		if err != nil {
			t.Fatal(err)
		}
		tn.Write(func(tx *db.Tx) error {
			_, err := identity.Create(ctx, tx, identity.NewAccount{Login: "claire.martin", Email: "homonym@famille.example", Name: "Claire Martin", Kind: identity.Family})
			return err
		})
		if _, err := activate(tn, o.Token); !fault.Is(err, fault.Conflict) {
			t.Errorf("%v", err)
		}
		if n := count(tn, `SELECT count(*) FROM persons`); n != 0 {
			t.Errorf("%d persons of no account", n)
		}
	})
}

func TestADraftIsSealedAndFoundByItsCookie(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		var token string
		tn.Write(func(tx *db.Tx) (err error) {
			token, err = registration.BeginDraft(ctx, tx, secret, registration.Draft{Person: claire()})
			return err
		})
		begun := tn.Clock.Now()
		tn.Clock.Advance(time.Minute)
		face := photo(t, tn)
		tn.Write(func(tx *db.Tx) error {
			d, err := registration.LoadDraft(ctx, tx, secret, token)
			if err != nil || d.Person != claire() || !d.BegunAt.Time().Equal(begun) {
				t.Errorf("%+v %v", d, err)
			}
			d.Login, d.PhotoID, d.Question, d.Wrong = "claire.martin", face, &registration.Question{Text: "Combien ?", Answers: []string{"8"}}, 1
			return registration.SaveDraft(ctx, tx, secret, token, d)
		})
		tn.Read(func(tx *db.Tx) error {
			d, err := registration.LoadDraft(ctx, tx, secret, token)
			if err != nil || d.Login != "claire.martin" || d.PhotoID != face || d.Question == nil || d.Wrong != 1 {
				t.Errorf("%+v %v", d, err)
			}
			for what, load := range map[string]func() (registration.Draft, error){
				"another cookie": func() (registration.Draft, error) { return registration.LoadDraft(ctx, tx, secret, token+"x") },
				"no cookie":      func() (registration.Draft, error) { return registration.LoadDraft(ctx, tx, secret, "") },
				"another key": func() (registration.Draft, error) {
					return registration.LoadDraft(ctx, tx, bytes.Repeat([]byte{4}, 32), token)
				},
			} {
				if _, err := load(); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", what, err)
				}
			}
			var kept string
			err = tx.QueryRow(ctx, `SELECT token_hash || sealed FROM registration_drafts`).Scan(&kept)
			if strings.Contains(kept, "Martin") || strings.Contains(kept, token) {
				t.Error("the database tells who is about to register, or the cookie")
			}
			return err
		})
		tn.Clock.Advance(24 * time.Hour)
		tn.Write(func(tx *db.Tx) error {
			if _, err := registration.LoadDraft(ctx, tx, secret, token); !fault.Is(err, fault.NotFound) {
				t.Errorf("a day later: %v", err)
			}
			return nil
		})
		tn.Clock.Advance(time.Second)
		tn.Write(func(tx *db.Tx) error { return registration.Sweep(ctx, tx) })
		if n := count(tn, `SELECT count(*) FROM registration_drafts`) + count(tn, `SELECT count(*) FROM files`); n != 0 {
			t.Errorf("%d drafts or photos are left", n)
		}
	})
}

// A sealed draft moved to the row of another cookie opens nothing.
func TestADraftIsTiedToItsCookie(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		tn.Write(func(tx *db.Tx) error {
			if _, err := registration.BeginDraft(ctx, tx, secret, registration.Draft{Person: claire()}); err != nil {
				return err
			}
			var theirs string
			if err := tx.QueryRow(ctx, `SELECT sealed FROM registration_drafts`).Scan(&theirs); err != nil {
				return err
			}
			mine, err := registration.BeginDraft(ctx, tx, secret, registration.Draft{})
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE registration_drafts SET sealed = $1`, theirs); err != nil {
				return err
			}
			if d, err := registration.LoadDraft(ctx, tx, secret, mine); !fault.Is(err, fault.NotFound) {
				t.Errorf("opened %+v, %v", d, err)
			}
			return nil
		})
	})
}

func TestSweepForgetsWhatNobodyCameBackTo(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		if _, err := register(t, tn, "claire.martin", "claire@famille.example", photo(t, tn)); err != nil {
			t.Fatal(err)
		}
		tn.Clock.Advance(registration.LinkLife + 14*24*time.Hour)
		tn.Write(func(tx *db.Tx) error { return registration.Sweep(ctx, tx) })
		if n := count(tn, `SELECT count(*) FROM registrations`); n != 1 {
			t.Errorf("%d registrations: one may still ask for another link", n)
		}
		tn.Clock.Advance(time.Second)
		tn.Write(func(tx *db.Tx) error { return registration.Sweep(ctx, tx) })
		if n := count(tn, `SELECT count(*) FROM registrations`) + count(tn, `SELECT count(*) FROM files`); n != 0 {
			t.Errorf("%d registrations or photos are left", n)
		}
	})
}

// A row that somebody changed in the database, or a cookie that they made up, opens nothing and breaks nothing.
func FuzzLoadDraft(f *testing.F) {
	tn := towntest.New(f, db.SQLite)
	var token, sealed string
	tn.Write(func(tx *db.Tx) (err error) {
		if token, err = registration.BeginDraft(ctx, tx, secret, registration.Draft{Person: claire()}); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT sealed FROM registration_drafts`).Scan(&sealed)
	})
	f.Add(token, sealed)
	f.Add("", "")
	f.Add("x\x00", sealed[:len(sealed)-2])
	f.Fuzz(func(t *testing.T, cookie, row string) {
		err := tn.DB.Write(ctx, func(tx *db.Tx) error {
			if !strings.Contains(row, "\x00") {
				if _, err := tx.Exec(ctx, `UPDATE registration_drafts SET sealed = $1`, strings.ToValidUTF8(row, "?")); err != nil {
					return err
				}
			}
			d, err := registration.LoadDraft(ctx, tx, secret, cookie)
			if err == nil && (cookie != token || row != sealed || d.Person != claire()) {
				t.Errorf("opened %+v", d)
			}
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
