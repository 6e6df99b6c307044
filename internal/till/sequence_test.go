package till_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/till"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

// tellers does anything at the till, in any order, and keeps its own account of it beside.
type tellers struct {
	*counter
	r       *rand.Rand
	live    []till.Receipt
	known   map[string]bool
	taken   money.Cents // by the family
	paid    money.Cents // paid over
	unknown money.Cents // that named nobody
	session string
	done    int
	undone  int
}

func (s *tellers) write(act func(tx *db.Tx) error) bool {
	s.t.Helper()
	err := s.DB.Write(ctx, act)
	if _, refused := fault.As(err); err != nil && !refused {
		s.t.Fatal(err)
	}
	if err == nil {
		s.done++
	}
	return err == nil
}

func (s *tellers) step(n int) {
	switch s.r.IntN(8) {
	case 0:
		s.write(func(tx *db.Tx) error {
			v, err := till.Open(ctx, tx, s.agent, money.Cents(s.r.IntN(3))*50_00, today)
			if err == nil {
				s.session = v.ID
			}
			return err
		})
	case 1:
		s.closeAnyhow()
	case 2, 3, 4:
		s.takeAnything(n)
	case 5:
		s.voidOne()
	case 6:
		s.sendSome()
	case 7:
		s.assignOne()
	}
}

func (s *tellers) closeAnyhow() {
	if s.session == "" {
		return
	}
	if s.write(func(tx *db.Tx) error {
		held, err := till.Balances(ctx, tx, till.DefaultOffice)
		if err != nil {
			return err
		}
		_, err = till.Close(ctx, tx, s.agent, s.session, till.Count{1: max(0, int(held[till.AccountCash])+s.r.IntN(3)-1)}, "à un centime près", today)
		return err
	}) {
		s.session = ""
	}
}

func (s *tellers) takeAnything(n int) {
	t := till.Take{HouseholdID: s.home, PayerName: "Claire Martin", Day: today, By: s.agent.Actor(), Source: fmt.Sprint("acte:", n), Reference: "r",
		Means: till.AllMeans()[s.r.IntN(len(till.AllMeans()))], Cents: money.Cents(s.r.IntN(400_00) + 1)}
	switch t.Means {
	case till.Cheque:
		t.Cheques = []till.Slip{{Bank: "b", Number: fmt.Sprint(n), Drawer: "x", Cents: t.Cents}}
	case till.CESU:
		t.Titles = []till.Title{{Issuer: "i", Number: fmt.Sprint(1000 + s.r.IntN(40)), Vintage: 2026, Cents: t.Cents}}
	case till.Transfer:
		if s.r.IntN(2) == 0 {
			t.HouseholdID = ""
		}
	}
	var r till.Receipt
	if s.write(func(tx *db.Tx) (err error) { r, err = till.Record(ctx, tx, t); return err }) {
		s.live = append(s.live, r)
		if t.HouseholdID == "" {
			s.unknown += t.Cents
		} else {
			s.taken += t.Cents
		}
	}
}

// pick takes a receipt out of those that stand.
func (s *tellers) pick() (int, till.Receipt, bool) {
	if len(s.live) == 0 {
		return 0, till.Receipt{}, false
	}
	i := s.r.IntN(len(s.live))
	return i, s.live[i], true
}

func (s *tellers) voidOne() {
	i, r, ok := s.pick()
	if !ok {
		return
	}
	if s.write(func(tx *db.Tx) error { _, err := till.Void(ctx, tx, r.ID, "essai", s.agent.Actor(), today); return err }) {
		s.live = append(s.live[:i], s.live[i+1:]...)
		if r.HouseholdID == "" && !s.known[r.ID] {
			s.unknown -= r.Cents
		} else {
			s.taken -= r.Cents
		}
	}
}

func (s *tellers) sendSome() {
	var d till.Deposit
	sent := s.write(func(tx *db.Tx) error {
		w, err := till.WaitingOf(ctx, tx, till.DefaultOffice)
		if err != nil {
			return err
		}
		x := till.Sending{Kind: till.DepositCheques}
		for _, c := range w.Cheques {
			if s.r.IntN(2) == 0 {
				x.Cheques = append(x.Cheques, c.ID)
			}
		}
		if s.r.IntN(2) == 0 {
			x.Kind, x.CESU, x.Account = till.DepositTreasury, s.r.IntN(2) == 0, w.Account/2
			x.Count = till.Count{1: int(w.Cash) / 2}
		}
		d, err = till.Send(ctx, tx, s.agent, x, today)
		return err
	})
	if sent && s.r.IntN(3) == 0 && s.write(func(tx *db.Tx) error { _, err := till.UndoDeposit(ctx, tx, s.agent, d.ID, "essai", today); return err }) {
		s.undone++
		return
	}
	if sent && d.Kind == till.DepositTreasury {
		s.paid += d.Total()
	}
}

func (s *tellers) assignOne() {
	_, r, ok := s.pick()
	if !ok || r.HouseholdID != "" {
		return
	}
	if s.write(func(tx *db.Tx) error {
		_, err := till.Assign(ctx, tx, s.agent, till.Sorting{ReceiptID: r.ID, HouseholdID: s.home, Day: today})
		return err
	}) {
		s.known[r.ID] = true
		s.unknown -= r.Cents
		s.taken += r.Cents
	}
}

// Whatever is done at the till and in whatever order, numbers, sums, chains and the family's account hold, and nothing is lost: what was taken
// is owed or was paid over.
func TestAnySequenceHolds(t *testing.T) {
	tn := towntest.New(t, db.SQLite)
	c := &counter{World: worldtest.Chatou(t, tn), t: t}
	c.Write(func(tx *db.Tx) error { c.agent = c.AddAgent(tx, "regie", staff.Regie); return nil })
	c.home = c.Claire.HouseholdID
	owed := money.Cents(0)
	for i := range 8 {
		c.owe(int64(i+1), money.Cents(i+1)*90_00, money.Cents(i)*30_00)
		owed += money.Cents(i+1) * 90_00
	}
	s := &tellers{counter: c, r: rand.New(rand.NewPCG(20, 28)), known: map[string]bool{}}
	for n := range 250 {
		s.step(n)
		if n%50 == 49 {
			c.sound()
		}
	}
	if s.done < 80 || s.paid == 0 || s.undone == 0 || len(s.known) == 0 {
		t.Errorf("%d acts, %s paid over, %d sorted: the sequence shows little", s.done, s.paid, len(s.known))
	}
	c.Read(func(tx *db.Tx) error {
		held, err := till.Balances(ctx, tx, till.DefaultOffice)
		due := -held[till.AccountDue] - held[till.AccountPaidOver]
		if due != s.taken || -held[till.AccountUnsorted] != s.unknown {
			t.Errorf("taken %s and unsorted %s; the journal owes and paid over %s and %s", s.taken, s.unknown, due, -held[till.AccountUnsorted])
		}
		return err
	})
	var text string
	c.Read(func(tx *db.Tx) error {
		held, err := till.Balances(ctx, tx, till.DefaultOffice)
		for _, a := range till.Accounts() {
			if held[a] != 0 {
				text += fmt.Sprintf(", %s %s", a, held[a].Decimal())
			}
		}
		return err
	})
	c.owes(owed-s.taken, text[2:])
}
