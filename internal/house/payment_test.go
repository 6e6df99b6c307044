package house_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"preau/internal/billing"
	"preau/internal/db"
	"preau/internal/demo/bank"
	"preau/internal/house"
	facts "preau/internal/paybox"
	"preau/internal/payment"
	"preau/internal/till"
	"preau/internal/town"
	"preau/internal/towntest"
	"preau/internal/worldtest"
)

const callPath = "/paiement/paybox/notification"

// payers is a world in which Claire has begun to pay some invoices, and a bank that knows of it.
type payers struct {
	*worldtest.World
	bank  *bank.Paybox
	calls []string // what the bank says of each: paid
}

func newPayers(t *testing.T, tn *towntest.Town, b *bank.Paybox, attempts int) *payers {
	t.Helper()
	p := &payers{World: worldtest.Chatou(t, tn), bank: b}
	key, err := facts.ParseKey(bank.KeyHex)
	if err != nil {
		t.Fatal(err)
	}
	p.Write(func(tx *db.Tx) error {
		c, err := payment.ContractsOf(t.Context(), tx)
		if err != nil {
			return err
		}
		c.Paybox.On, c.Paybox.Contract, c.Paybox.PublicKeys = true, bank.Contract, b.PublicKey()
		if err := payment.SavePaybox(t.Context(), tx, c.Paybox, bank.KeyHex, p.KeyFor(payment.ContractKey)); err != nil {
			return err
		}
		for i := range attempts {
			_, number := p.Owe(tx, p.Claire.HouseholdID, int64(i+1), 1000)
			a, err := payment.Begin(t.Context(), tx, payment.Wish{Guardian: p.Claire, Bank: payment.Paybox, Invoices: []string{number}, Key: p.KeyFor(payment.ReferenceKey)})
			if err != nil {
				return err
			}
			fields, err := facts.Order{Contract: bank.Contract, Total: a.Cents, Reference: a.Reference, Email: a.Email, At: p.Clock.Now()}.Form(key)
			if err != nil {
				return err
			}
			o, err := b.Receive(facts.Encode(fields))
			if err != nil {
				return err
			}
			p.calls = append(p.calls, b.Notice(o, bank.Accept))
		}
		return nil
	})
	return p
}

// count gives how many attempts are paid, how many receipts there are and what Claire owes; the till must hold.
func (p *payers) count(t *testing.T) (paid, receipts int, owed int64) {
	t.Helper()
	p.Write(func(*db.Tx) error { return nil }) // what a killed server left under way on PostgreSQL has ended by now
	p.Read(func(tx *db.Tx) error {
		var errs [4]error
		var balance any
		paid, errs[0] = db.One(t.Context(), tx, `SELECT count(*) FROM payment_attempts WHERE state = 'paid'`, db.Value[int])
		receipts, errs[1] = db.One(t.Context(), tx, `SELECT count(*) FROM receipts`, db.Value[int])
		cents, err := billing.Balance(t.Context(), tx, p.Claire.HouseholdID)
		balance, errs[2], owed = cents, err, int64(cents)
		broken, err := till.Verify(t.Context(), tx)
		errs[3] = err
		for _, b := range broken {
			t.Errorf("%s (balance %v)", b, balance)
		}
		return errors.Join(errs[:]...)
	})
	return paid, receipts, owed
}

func quietBank(t *testing.T) *bank.Paybox {
	t.Helper()
	b, err := bank.NewPaybox("http://banque.example", func(context.Context, string, string, string) (int, error) { return 200, nil }, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The server is killed while the bank calls: what was answered 200 is recorded, nothing is by half, and the bank's next calls make up for the rest.
func TestKilledWhileTheBankCalls(t *testing.T) {
	const attempts, enough = 12, 5
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		p, folder := newPayers(t, tn, quietBank(t), attempts), t.TempDir()
		v := startVictim(t, tn, folder)
		client := http.Client{Timeout: 10 * time.Second}
		call := func(address, raw string) bool {
			r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address+callPath+"?"+raw, nil)
			if err != nil {
				return false
			}
			res, err := client.Do(r)
			return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
		}
		var confirmed atomic.Int64
		var wait sync.WaitGroup
		reached := make(chan struct{})
		for _, raw := range p.calls {
			wait.Go(func() {
				if call(v.address, raw) && confirmed.Add(1) == enough {
					close(reached)
				}
			})
		}
		<-reached
		v.kill(t)
		wait.Wait()
		paid, receipts, owed := p.count(t)
		if int64(paid) < confirmed.Load() || receipts != paid || owed != int64(attempts-paid)*1000 {
			t.Errorf("%d were confirmed; %d are paid, %d receipts, %d cents owed", confirmed.Load(), paid, receipts, owed)
		}
		v = startVictim(t, tn, folder)
		for _, raw := range p.calls {
			if !call(v.address, raw) {
				t.Error("a call after the restart is not answered")
			}
		}
		v.kill(t)
		if paid, receipts, owed := p.count(t); paid != attempts || receipts != attempts || owed != 0 {
			t.Errorf("in the end %d are paid, %d receipts, %d cents owed", paid, receipts, owed)
		}
	})
}

// Two towns of one server have the same bank: what it says of one is nothing to the other, which writes it down.
func TestOneBankOfTwoTowns(t *testing.T) {
	for _, engine := range towntest.Engines {
		t.Run(engine, func(t *testing.T) {
			b := quietBank(t)
			var set []*town.Town
			var both []*payers
			for _, name := range []string{"ici", "ailleurs"} {
				tn := towntest.New(t, engine)
				tn.ID, tn.Hosts, tn.BaseURL, tn.Key = name, []string{name + ".example"}, "https://"+name+".example", []byte(fmt.Sprintf("%-32s", name))
				both = append(both, newPayers(t, tn, b, 1))
				set = append(set, tn.Town)
			}
			towns, err := town.NewSet(set...)
			if err != nil {
				t.Fatal(err)
			}
			h := house.New(towns, house.Options{Log: slog.New(slog.DiscardHandler)})
			defer h.Wait()
			for i, want := range []struct {
				host         string
				here, there  int
				unknownThere int
			}{{"ailleurs.example", 0, 0, 1}, {"ici.example", 1, 0, 1}, {"ici.example", 1, 0, 1}} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+want.host+callPath+"?"+both[0].calls[0], nil))
				here, _, _ := both[0].count(t)
				there, _, _ := both[1].count(t)
				var foreign int
				both[1].Read(func(tx *db.Tx) (err error) {
					foreign, err = db.One(t.Context(), tx, `SELECT count(*) FROM payment_events WHERE kind = 'foreign' AND odd`, db.Value[int])
					return err
				})
				if w.Code != 200 || w.Body.Len() != 0 || here != want.here || there != want.there || foreign != want.unknownThere {
					t.Errorf("call %d: answered %d %q; %d paid here, %d there, %d written down there", i, w.Code, w.Body, here, there, foreign)
				}
			}
		})
	}
}
