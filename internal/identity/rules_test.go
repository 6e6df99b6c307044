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

// A first tie to FranceConnect or ProConnect: who vouches, what the town knows, what it says.
func TestWhoseIdentity(t *testing.T) {
	family := func(name string) identity.Account {
		return identity.Account{Kind: identity.Family, Name: name, Email: "c@famille.example"}
	}
	staff := identity.Account{Kind: identity.Staff, Name: "Nadia Ferrand", Email: "Nadia.Ferrand@mairie.example"}
	franceConnect := func(given, family, usual string) identity.Claim {
		return identity.Claim{Provider: identity.FranceConnect, GivenNames: given, FamilyName: family, UsualName: usual}
	}
	for name, c := range map[string]struct {
		account identity.Account
		claim   identity.Claim
		ok      bool
	}{
		"name of birth":                     {family("Claire Martin"), franceConnect("Claire Marie", "MARTIN", ""), true},
		"name in use":                       {family("Claire Martin"), franceConnect("Claire", "Duval", "Martin"), true},
		"a second given name is used":       {family("Marie Martin"), franceConnect("Claire Marie", "Martin", ""), true},
		"accents, hyphens, capitals":        {family("Zoé Le Gall-Morvan"), franceConnect("ZOE", "LE GALL MORVAN", ""), true},
		"both names":                        {family("Claire Martin-Duval"), franceConnect("Claire", "Duval", "Martin"), true},
		"the other parent":                  {family("Claire Martin"), franceConnect("Julien", "Martin", ""), false},
		"a namesake by given name":          {family("Claire Martin"), franceConnect("Claire", "Durand", ""), false},
		"no family name":                    {family("Claire Martin"), franceConnect("Claire", "", ""), false},
		"no given name":                     {family("Claire Martin"), franceConnect("", "Martin", ""), false},
		"an agent's account":                {staff, franceConnect("Nadia", "Ferrand", ""), false},
		"ProConnect, a family's account":    {family("Nadia Ferrand"), identity.Claim{Provider: identity.ProConnect, GivenNames: "Nadia", UsualName: "Ferrand", Email: "c@famille.example"}, false},
		"ProConnect, the agent":             {staff, identity.Claim{Provider: identity.ProConnect, GivenNames: "Nadia", UsualName: "FERRAND", Email: "nadia.ferrand@MAIRIE.example"}, true},
		"ProConnect, another e-mail":        {staff, identity.Claim{Provider: identity.ProConnect, GivenNames: "Nadia", UsualName: "Ferrand", Email: "n.ferrand@mairie.example"}, false},
		"ProConnect, the e-mail of another": {staff, identity.Claim{Provider: identity.ProConnect, GivenNames: "Paul", UsualName: "Roux", Email: "nadia.ferrand@mairie.example"}, false},
	} {
		if reason := identity.Mismatch(c.account, identity.Known{}, c.claim); (reason == "") != c.ok {
			t.Errorf("%s: %q", name, reason)
		}
	}
}

func TestCodesAreSlowed(t *testing.T) {
	last := civil.At(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		failures int
		after    time.Duration
		want     time.Duration
	}{
		{0, 0, 0}, {4, 0, 0}, {5, 0, 2 * time.Second}, {5, 2 * time.Second, 0}, {6, 0, 4 * time.Second}, {10, 0, 64 * time.Second},
		{13, 0, 512 * time.Second}, {14, 0, 15 * time.Minute}, {1000, 0, 15 * time.Minute}, {1000, 15 * time.Minute, 0},
		{1000, -time.Hour, 15 * time.Minute}, // a clock that went back does not make the wait longer
	} {
		if got := identity.CodeWait(c.failures, last, last.Add(c.after)); got != c.want {
			t.Errorf("%d failures, %v later: %v, want %v", c.failures, c.after, got, c.want)
		}
	}
}

// What the town knows of a birth must be what the State says; what it does not know proves nothing.
func TestWhoseBirth(t *testing.T) {
	a := identity.Account{Kind: identity.Family, Name: "Claire Martin"}
	claim := func(family, born, place string) identity.Claim {
		return identity.Claim{Provider: identity.FranceConnect, GivenNames: "Claire", FamilyName: family, BornOn: born, BirthPlace: place}
	}
	for name, c := range map[string]struct {
		known identity.Known
		claim identity.Claim
		ok    bool
	}{
		"nothing known":                {identity.Known{}, claim("Martin", "1986-04-12", "78146"), true},
		"the same day":                 {identity.Known{BornOn: "1986-04-12"}, claim("Martin", "1986-04-12", "78146"), true},
		"another day":                  {identity.Known{BornOn: "1986-04-12"}, claim("Martin", "1986-04-13", "78146"), false},
		"another year, presumed day":   {identity.Known{BornOn: "1986-04-12"}, claim("Martin", "1987-00-00", ""), false},
		"a presumed day":               {identity.Known{BornOn: "1986-04-12"}, claim("Martin", "1986-04-00", ""), true},
		"a presumed month":             {identity.Known{BornOn: "1986-04-12"}, claim("Martin", "1986-00-00", ""), true},
		"an unreadable day":            {identity.Known{BornOn: "1986-04-12"}, claim("Martin", "1986", ""), false},
		"a namesake born elsewhere":    {identity.Known{BirthPlace: "78146"}, claim("Martin", "", "13055"), false},
		"a commune that merged":        {identity.Known{BirthPlace: "78524"}, claim("Martin", "", "78158"), true},
		"Paris and an arrondissement":  {identity.Known{BirthPlace: "75056"}, claim("Martin", "", "75112"), true},
		"the birth name that is known": {identity.Known{BirthName: "Duval"}, claim("DUVAL", "", ""), true},
		"a birth name that is not":     {identity.Known{BirthName: "Duval"}, claim("Durand", "", ""), false},
	} {
		if reason := identity.Mismatch(a, c.known, c.claim); (reason == "") != c.ok {
			t.Errorf("%s: %q", name, reason)
		}
	}
}
