package request_test

import (
	"context"
	"strings"
	"testing"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/identity"
	"preau/internal/request"
	"preau/internal/staff"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

var ctx = context.Background()

// each runs a test in Chatou, on each engine, with an account that no household has.
func each(t *testing.T, test func(t *testing.T, w *worldtest.World, lea identity.Account)) {
	t.Helper()
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		w := worldtest.Chatou(t, tn)
		test(t, w, account(w, "lea.petit", "Léa Petit"))
	})
}

func account(w *worldtest.World, login, name string) (a identity.Account) {
	w.Write(func(tx *db.Tx) (err error) {
		a, err = identity.Create(ctx, tx, identity.NewAccount{Login: login, Email: login + "@famille.example", Name: name, Kind: identity.Family})
		return err
	})
	return a
}

var wish = request.Content{Wish: request.Create, Children: []request.Child{{FirstName: "Zoé", LastName: "Petit", BornOn: civil.MustParse("2019-03-02")},
	{FirstName: "Tom", LastName: "Petit", BornOn: civil.MustParse("2021-03-02")}}}

func submit(t *testing.T, w *worldtest.World, a identity.Account, c request.Content) (r request.Request) {
	t.Helper()
	w.Write(func(tx *db.Tx) (err error) {
		r, err = request.Submit(ctx, tx, w.Town.Town, a, c)
		return err
	})
	return r
}

// try does something in a transaction of its own.
func try(w *worldtest.World, do func(tx *db.Tx) error) error { return w.DB.Write(ctx, do) }

func messages(w *worldtest.World, accountID, subject string) (n int) {
	w.Read(func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE account_id = $1 AND subject LIKE $2`, accountID, subject+"%").Scan(&n)
	})
	return n
}

func TestARequestIsNumberedAndAcknowledged(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		draft := func(c request.Content) (r request.Request, err error) {
			err = try(w, func(tx *db.Tx) (err error) { r, err = request.SaveDraft(ctx, tx, lea, c); return err })
			return r, err
		}
		first, err := draft(request.Content{Wish: request.Join, Reference: "F-1"})
		if err != nil || first.Number != "" {
			t.Fatalf("%+v %v", first, err)
		}
		r := submit(t, w, lea, wish)
		if r.ID != first.ID || r.Number != "D2026-00001" || r.State != request.Submitted || r.DueOn != civil.MustParse("2026-12-16") {
			t.Errorf("%+v", r)
		}
		if n := messages(w, lea.ID, "Accusé de réception de votre démarche D2026-00001"); n != 1 {
			t.Errorf("%d acknowledgements", n)
		}
		if n := messages(w, w.Instructor.AccountID, "Une démarche attend"); n != 1 {
			t.Errorf("the agent was told %d times", n)
		}
		if _, err := draft(wish); !fault.Is(err, fault.Conflict) {
			t.Errorf("another while one is open: %v", err)
		}
		if err := try(w, func(tx *db.Tx) error { _, err := request.Submit(ctx, tx, w.Town.Town, lea, wish); return err }); !fault.Is(err, fault.Conflict) {
			t.Errorf("sent twice: %v", err)
		}
		karim := account(w, "karim.other", "Karim Autre")
		if other := submit(t, w, karim, wish); other.Number != "D2026-00002" {
			t.Errorf("the next number is %s", other.Number)
		}
		if err := try(w, func(tx *db.Tx) error { _, err := request.OfAccount(ctx, tx, karim.ID, r.ID); return err }); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's request: %v", err)
		}
		tied := identity.Account{ID: w.Claire.AccountID}
		if err := try(w, func(tx *db.Tx) error { _, err := request.Submit(ctx, tx, w.Town.Town, tied, wish); return err }); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked by who has a household: %v", err)
		}
	})
}

func TestARequestIsInstructed(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		r := submit(t, w, lea, wish)
		open := func() (n int) {
			w.Read(func(tx *db.Tx) (err error) { n, err = request.CountOpen(ctx, tx); return err })
			return n
		}
		do := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		if open() != 1 {
			t.Errorf("%d wait, want 1", open())
		}
		do("take", try(w, func(tx *db.Tx) error { return request.Take(ctx, tx, w.Town.Town, w.Instructor, r.ID) }))
		if err := try(w, func(tx *db.Tx) error { return request.Take(ctx, tx, w.Town.Town, w.Direction, r.ID) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken twice: %v", err)
		}
		if err := try(w, func(tx *db.Tx) error { return request.Ask(ctx, tx, w.Town.Town, w.Instructor, r.ID, " \n ") }); !fault.Is(err, fault.Invalid) {
			t.Errorf("asked nothing: %v", err)
		}
		do("ask", try(w, func(tx *db.Tx) error { return request.Ask(ctx, tx, w.Town.Town, w.Instructor, r.ID, "Quelle école ?") }))
		if open() != 0 {
			t.Error("what waits for the family waits for the town")
		}
		stranger := account(w, "max.curieux", "Max Curieux")
		if err := try(w, func(tx *db.Tx) error { return request.Answer(ctx, tx, w.Town.Town, stranger, r.ID, "Rostand") }); !fault.Is(err, fault.NotFound) {
			t.Errorf("a stranger answers: %v", err)
		}
		do("answer", try(w, func(tx *db.Tx) error { return request.Answer(ctx, tx, w.Town.Town, lea, r.ID, "Rostand") }))
		if err := try(w, func(tx *db.Tx) error { return request.Refuse(ctx, tx, w.Town.Town, w.Instructor, r.ID, "") }); !fault.Is(err, fault.Invalid) {
			t.Errorf("refused without a reason: %v", err)
		}
		do("refuse", try(w, func(tx *db.Tx) error {
			return request.Refuse(ctx, tx, w.Town.Town, w.Instructor, r.ID, "Vous habitez ailleurs.")
		}))
		if err := try(w, func(tx *db.Tx) error { return request.AcceptNew(ctx, tx, w.Town.Town, w.Instructor, r.ID, nil) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepted once refused: %v", err)
		}
		w.Read(func(tx *db.Tx) error {
			got, err := request.OfAccount(ctx, tx, lea.ID, r.ID)
			events, errEvents := request.Events(ctx, tx, r.ID)
			if err != nil || errEvents != nil || got.State != request.Refused || got.Reason != "Vous habitez ailleurs." || got.DecidedAt.IsZero() {
				t.Errorf("%+v %v %v", got, err, errEvents)
			}
			var steps []string
			for _, e := range events {
				steps = append(steps, string(e.Step))
			}
			if s := strings.Join(steps, " "); s != "submitted taken asked answered refused" {
				t.Errorf("steps: %s", s)
			}
			return nil
		})
		if again := submit(t, w, lea, wish); again.Number != "D2026-00002" {
			t.Errorf("after a refusal, another: %s", again.Number)
		}
	})
}

// A household is made of the children that the agent keeps, and the account is its guardian's.
func TestAcceptingMakesAHousehold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		r := submit(t, w, lea, wish)
		w.Write(func(tx *db.Tx) error { return request.AcceptNew(ctx, tx, w.Town.Town, w.Instructor, r.ID, []int{1, 7}) })
		w.Read(func(tx *db.Tx) error {
			g, err := household.GuardianOf(ctx, tx, lea.ID)
			if err != nil {
				return err
			}
			children, err := household.Children(ctx, tx, g.HouseholdID)
			if g.Name() != "Léa Petit" || len(children) != 1 || children[0].FirstName != "Tom" {
				t.Errorf("%s, %+v", g.Name(), children)
			}
			return err
		})
		if n := messages(w, lea.ID, "Votre démarche D2026-00001 est acceptée"); n != 1 {
			t.Errorf("told %d times", n)
		}
		if err := try(w, func(tx *db.Tx) error { return request.AcceptNew(ctx, tx, w.Town.Town, w.Instructor, r.ID, []int{0}) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepted twice: %v", err)
		}
	})
}

func TestAcceptingJoinsAHousehold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		r := submit(t, w, lea, request.Content{Wish: request.Join, Reference: "F-claire.martin"})
		accept := func(id string) error {
			return try(w, func(tx *db.Tx) error { return request.AcceptMember(ctx, tx, w.Town.Town, w.Instructor, r.ID, id) })
		}
		if err := accept("nowhere"); !fault.Is(err, fault.NotFound) {
			t.Errorf("to a household that is none: %v", err)
		}
		if err := try(w, func(tx *db.Tx) error {
			return request.AcceptGuardian(ctx, tx, w.Town.Town, w.Instructor, r.ID, w.Claire.ID)
		}); !fault.Is(err, fault.Conflict) {
			t.Errorf("to a guardian who has an account: %v", err)
		}
		if err := accept(w.Claire.HouseholdID); err != nil {
			t.Fatal(err)
		}
		if n := messages(w, w.Claire.AccountID, "Un espace est relié à votre foyer"); n != 1 {
			t.Errorf("the other guardian was told %d times", n)
		}
	})
}

func TestWithdrawing(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		withdraw := func(id string) error {
			return try(w, func(tx *db.Tx) error { return request.Withdraw(ctx, tx, w.Town.Town, lea, id) })
		}
		var draft request.Request
		w.Write(func(tx *db.Tx) (err error) { draft, err = request.SaveDraft(ctx, tx, lea, wish); return err })
		if err := try(w, func(tx *db.Tx) error { _, err := request.ByID(ctx, tx, draft.ID); return err }); !fault.Is(err, fault.NotFound) {
			t.Errorf("an agent sees a draft: %v", err)
		}
		if err := withdraw(draft.ID); err != nil {
			t.Fatal(err)
		}
		if err := withdraw(draft.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a draft thrown away is there: %v", err)
		}
		r := submit(t, w, lea, wish)
		if err := withdraw(r.ID); err != nil {
			t.Fatal(err)
		}
		if err := withdraw(r.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("withdrawn twice: %v", err)
		}
		if err := try(w, func(tx *db.Tx) error { return request.AcceptNew(ctx, tx, w.Town.Town, w.Instructor, r.ID, nil) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepted once withdrawn: %v", err)
		}
	})
}

// A key ties who its letter names; the key of somebody else's letter is looked at by an agent, and is not used up.
func TestEnteringAKey(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		var own, other household.Guardian
		keys := map[string]string{}
		w.Write(func(tx *db.Tx) (err error) {
			by := household.ByAgent(w.Instructor)
			for _, g := range []*household.Guardian{&own, &other} {
				*g = household.Guardian{HouseholdID: w.Karim.HouseholdID, FirstName: "Léa", LastName: "Petit"}
				if g == &other {
					g.FirstName, g.LastName = "Anne", "Grand"
				}
				if *g, err = household.AddGuardian(ctx, tx, by, *g); err != nil {
					return err
				}
				keys[g.LastName], err = household.IssueKey(ctx, tx, by, g.ID, household.NewKey{Secret: request.KeySecret(w.Town.Town), Today: today})
				if err != nil {
					return err
				}
			}
			return nil
		})
		enter := func(typed string) (out request.KeyOutcome, wrong error) {
			t.Helper()
			w.Write(func(tx *db.Tx) (err error) {
				out, wrong, err = request.TryKey(ctx, tx, w.Town.Town, lea, request.KeyTry{Typed: typed, Address: "192.0.2.1", Who: lea.ID})
				return err
			})
			return out, wrong
		}
		if _, wrong := enter("22222-AAAAA"); !fault.Is(wrong, fault.Invalid) {
			t.Errorf("a key that is none: %v", wrong)
		}
		out, wrong := enter(keys["Grand"])
		if wrong != nil || out.Tied || out.Request.State != request.Submitted {
			t.Fatalf("the letter of somebody else: %+v %v", out, wrong)
		}
		w.Write(func(tx *db.Tx) error { return request.Withdraw(ctx, tx, w.Town.Town, lea, out.Request.ID) })
		if out, wrong = enter(keys["Petit"]); wrong != nil || !out.Tied || out.Guardian.ID != own.ID {
			t.Errorf("one's own letter: %+v %v", out, wrong)
		}
	})
}

// Past six wrong keys in an hour, the right one is answered as a wrong one; the next hour, it works.
func TestKeysAreNotGuessed(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		var key string
		w.Write(func(tx *db.Tx) error {
			g, err := household.AddGuardian(ctx, tx, household.ByAgent(w.Instructor), household.Guardian{HouseholdID: w.Karim.HouseholdID, FirstName: "Léa", LastName: "Petit"})
			if err != nil {
				return err
			}
			key, err = household.IssueKey(ctx, tx, household.ByAgent(w.Instructor), g.ID, household.NewKey{Secret: request.KeySecret(w.Town.Town), Today: today})
			return err
		})
		check := func(typed string) (wrong error) {
			w.Write(func(tx *db.Tx) error {
				_, _, wrong = request.CheckKey(ctx, tx, w.Town.Town, request.KeyTry{Typed: typed, Address: "192.0.2.1", Who: lea.ID})
				return nil
			})
			return wrong
		}
		var before error
		for range 6 {
			before = check("22222-AAAAA")
		}
		if over := check(key); over == nil || before == nil || over.Error() != before.Error() {
			t.Errorf("the seventh try: %v, and the sixth %v", over, before)
		}
		w.SetClock("2026-12-01T11:01")
		if err := check(key); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// Only who instructs is told.
func TestAgentsWithoutTheRightAreNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *worldtest.World, lea identity.Account) {
		var play staff.Agent
		w.Write(func(tx *db.Tx) error { play = w.AddAgent(tx, "animatrice", staff.Animation); return nil })
		submit(t, w, lea, wish)
		if n := messages(w, play.AccountID, ""); n != 0 {
			t.Errorf("an agent who may not see it was told %d times", n)
		}
	})
}
