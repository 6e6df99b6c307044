package identity_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"preau/internal/db"
	"preau/internal/identity"
	"preau/internal/towntest"
)

func TestThrottlePerAccount(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		wrong := func(address string) time.Duration {
			return knock(t, tn, attempt{login: "claire.martin", address: address}).Wait
		}
		for i := range 5 {
			if wait := wrong(fmt.Sprintf("192.0.2.%d", i)); wait != 0 {
				t.Fatalf("try %d waits %v", i+1, wait)
			}
		}
		if wait := wrong("198.51.100.1"); wait != 2*time.Second {
			t.Errorf("sixth try from another address waits %v, want 2s", wait)
		}
		if _, wait, ok := try(t, tn, attempt{login: "claire.martin", password: password, address: "198.51.100.1"}); ok || wait == 0 {
			t.Error("the right password is looked at before the delay")
		}
		if wait := knock(t, tn, attempt{login: "claire.martin@famille.example"}).Wait; wait == 0 {
			t.Error("the e-mail of the account gives fresh tries")
		}
		tn.Clock.Advance(2 * time.Second)
		if _, wait, ok := try(t, tn, attempt{login: "claire.martin", password: password, address: "198.51.100.1"}); !ok {
			t.Errorf("after the delay the right password is refused (wait %v): delays never lock", wait)
		}
		for range 20 {
			wrong("203.0.113.9")
			tn.Clock.Advance(time.Minute)
		}
		if wait := wrong("203.0.113.9"); wait > time.Minute {
			t.Errorf("delay of %v, want a minute at most", wait)
		}
	})
}

func TestThrottlePerAddress(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		for i := range 40 {
			if wait := knock(t, tn, attempt{login: fmt.Sprintf("login%d", i), address: "2001:db8:1:2::1"}).Wait; wait != 0 {
				t.Fatalf("try %d waits %v", i+1, wait)
			}
		}
		if wait := knock(t, tn, attempt{login: "fresh", address: "2001:db8:1:2:ffff::9"}).Wait; wait == 0 {
			t.Error("another address of the same network is not slowed")
		}
		if wait := knock(t, tn, attempt{login: "fresh", address: "2001:db8:1:3::1"}).Wait; wait != 0 {
			t.Errorf("another network waits %v", wait)
		}
	})
}

// A browser that signed in before is not slowed by what strangers try; it is by its own failures, later and apart.
func TestKnownDeviceIsNotSlowed(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		device := in(t, tn).Device
		for range 10 {
			tn.Clock.Advance(time.Minute)
			knock(t, tn, attempt{login: "claire.martin", address: "203.0.113.9"})
		}
		e, wait, ok := try(t, tn, attempt{login: "claire.martin", password: password, device: device})
		if !ok {
			t.Fatalf("the known browser waits %v", wait)
		}
		if _, _, ok := try(t, tn, attempt{login: "claire.martin", password: password, device: device}); ok {
			t.Error("the device token used before still counts as known: it must change at each sign-in")
		}
		if wait := knock(t, tn, attempt{login: "claire.martin", device: e.Device}).Wait; wait != 0 {
			t.Errorf("the new device token waits %v", wait)
		}
		for range 30 {
			wait = knock(t, tn, attempt{login: "claire.martin", device: e.Device}).Wait
		}
		if wait == 0 {
			t.Error("a known browser guesses without end")
		}
	})
}

// Many tries at the same instant get no more chances than one after the other.
func TestThrottleHoldsAgainstParallelTries(t *testing.T) {
	towntest.Each(t, func(t *testing.T, tn *towntest.Town) {
		claire(tn)
		var looked atomic.Int64
		var tries sync.WaitGroup
		for range 50 {
			tries.Go(func() {
				err := tn.DB.Write(t.Context(), func(tx *db.Tx) error {
					c, err := identity.Knock(t.Context(), tx, identity.Attempt{Login: "claire.martin", Address: "192.0.2.1", Key: tn.KeyFor("sign-in")})
					if c.Wait == 0 {
						looked.Add(1)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		tries.Wait()
		if looked.Load() != 5 {
			t.Errorf("%d passwords would be looked at, want 5", looked.Load())
		}
	})
}
