package identity_test

import (
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/fault"
	"preau/internal/identity"
)

// The cases of the rule for passwords, as the town's own staff may read them.
func TestPasswordRule(t *testing.T) {
	own := []string{"claire.martin", "c.martin@famille.example", "Claire Martin"}
	for _, c := range []struct {
		name, password, says string
	}{
		{"the demo's password", "preau-demo-2026", ""},
		{"twelve characters of three kinds", "Bx7marelle-q", ""},
		{"a phrase is easier to keep", "la marelle du préau sèche vite", ""},
		{"four words without accents", "girafe tambour plancher virgule", ""},
		{"eleven characters", "Bx7marelle-", "au moins 12"},
		{"an accent is one character", "Bx7mérelle-", "au moins 12"},
		{"two kinds only", "marelle12345x", "Mélangez"},
		{"lower case only, too short for a phrase", "marellepreaux", "Mélangez"},
		{"repetition", "Aa1!Aa1!Aa1!", "répétitions"},
		{"a phrase that repeats", "lalalalalalalalalalala", "répétitions"},
		{"the most used one, decorated", "Motdepasse2024!", "plus utilisés"},
		{"with substitutions", "M0td3p@sse-42", "plus utilisés"},
		{"two common words", "Bonjour-Soleil-75", "plus utilisés"},
		{"a suite of the keyboard", "Azertyuiop123!", "plus utilisés"},
		{"a suite of digits and letters", "abcdef-123456-A", "plus utilisés"},
		{"the login inside", "xx-Claire.Martin-9", "ni votre identifiant"},
		{"the name inside", "Marelle-martin-9", "ni votre identifiant"},
		{"the e-mail inside", "c.martin+Marelle9", "ni votre identifiant"},
		{"too long to hash", strings.Repeat("marelle Préau 9 ", 20), "trop long"},
		{"a NUL", "Bx7marelle-\x00q", "illisible"},
	} {
		err := identity.CheckPassword("mot_de_passe", c.password, own...)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %q refused: %v", c.name, c.password, err)
			}
			continue
		}
		f, ok := fault.As(err)
		if !ok || f.Kind != fault.Invalid || !strings.Contains(f.Fields["mot_de_passe"], c.says) {
			t.Errorf("%s: %q answers %v, wanted words about %q", c.name, c.password, err, c.says)
		}
	}
}

func TestThrottleGrowsToAMinuteAndNeverLocks(t *testing.T) {
	now := civil.At(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		failures int
		want     time.Duration
	}{
		{0, 0}, {4, 0}, {5, 2 * time.Second}, {6, 4 * time.Second}, {7, 8 * time.Second}, {9, 32 * time.Second},
		{10, time.Minute}, {10_000, time.Minute},
	} {
		if got := identity.Wait(c.failures, 5, now, now); got != c.want {
			t.Errorf("after %d failures: %v, want %v", c.failures, got, c.want)
		}
	}
	if got := identity.Wait(6, 5, now, now.Add(3*time.Second)); got != time.Second {
		t.Errorf("three seconds later: %v, want 1s", got)
	}
	if got := identity.Wait(6, 5, now.Add(time.Hour), now); got != 4*time.Second {
		t.Errorf("after the clock went back: %v, want no more than the delay", got)
	}
}

func TestDeviceName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                    "Firefox sur Linux",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36":                  "Chrome sur Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1": "Safari sur iPhone",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0":                 "Edge sur Windows",
		"": "Navigateur",
	} {
		if got := identity.DeviceName(agent); got != want {
			t.Errorf("DeviceName(%q) = %q, want %q", agent, got, want)
		}
	}
}

func TestValidEmail(t *testing.T) {
	for address, want := range map[string]bool{
		"claire.martin@famille.example": true,
		"claire@localhost":              false,
		"claire":                        false,
		"a@b.example\r\nBcc: x@y.fr":    false,
		"Claire <a@b.example>":          false,
		"a@b.example,c@d.example":       false,
		"a b@c.example":                 false,
		"":                              false,
	} {
		if got := identity.ValidEmail(address); got != want {
			t.Errorf("ValidEmail(%q) = %v, want %v", address, got, want)
		}
	}
}
