package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"preau/internal/seal"
)

var one, two = bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)

// What was sealed opens with its key and for its record, and with nothing else.
func TestSeal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := seal.Seal(one, "row", plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := seal.Open(one, "row", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v", got, err)
		}
		for name, wrong := range map[string]func() ([]byte, error){
			"another key":    func() ([]byte, error) { return seal.Open(two, "row", sealed) },
			"another record": func() ([]byte, error) { return seal.Open(one, "other", sealed) },
			"cut":            func() ([]byte, error) { return seal.Open(one, "row", sealed[:len(sealed)-4]) },
			"nothing":        func() ([]byte, error) { return seal.Open(one, "row", "") },
		} {
			if got, err := wrong(); !errors.Is(err, seal.ErrNotOpened) {
				t.Fatalf("%s: %x, %v", name, got, err)
			}
		}
	})
}

func TestAgain(t *testing.T) {
	sealed, err := seal.Seal(one, "row", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.Again(one, two, "row", sealed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.Open(two, "row", again); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := seal.Again(one, two, "row", again); err == nil {
		t.Error("sealed again twice")
	}
	if seal.KeyID(one) == seal.KeyID(two) || len(seal.KeyID(one)) != 16 {
		t.Error("names of keys")
	}
	if _, err := seal.Seal(one[:5], "row", nil); err == nil {
		t.Error("a short key")
	}
}

func FuzzOpen(f *testing.F) {
	sealed, err := seal.Seal(one, "row", []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := seal.Open(one, "row", text); err == nil && string(got) != "secret" {
			t.Errorf("opened %q out of %q", got, text)
		}
	})
}
