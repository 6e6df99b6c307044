package blob_test

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"preau/internal/blob"
)

var fileKey = bytes.Repeat([]byte{3}, 32)

const piece = 64 << 10

func stored(t testing.TB, id string, plain []byte) []byte {
	t.Helper()
	in, err := blob.Encrypted(fileKey, id, bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(id string, stored io.Reader) ([]byte, error) {
	in, err := blob.Decrypted(fileKey, id, stored)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(in)
}

// Content of any length comes back, however it is read; what is cut, lengthened, exchanged or altered does not pass for it.
func TestStoredForm(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 3*piece), rapid.SampledFrom([]int{0, 1, piece - 1, piece, piece + 1, 2 * piece})).Draw(rt, "size")
		plain := bytes.Repeat([]byte("Antoine, Léo. "), size/14+1)[:size]
		kept := stored(t, "a", plain)
		if size > 20 && bytes.Contains(kept, plain[:14]) {
			rt.Fatal("the content shows")
		}
		if got, err := opened("a", iotest.HalfReader(bytes.NewReader(kept))); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("%d bytes came back as %d: %v", size, len(got), err)
		}
		cut := rapid.IntRange(0, len(kept)-1).Draw(rt, "cut")
		if got, err := opened("a", bytes.NewReader(kept[:cut])); err == nil {
			rt.Fatalf("cut at %d of %d: %d bytes", cut, len(kept), len(got))
		}
		altered := bytes.Clone(kept)
		altered[cut] ^= 1
		for name, wrong := range map[string][]byte{"altered": altered, "longer": append(bytes.Clone(kept), 0)} {
			if _, err := opened("a", bytes.NewReader(wrong)); err == nil {
				rt.Fatalf("%s at %d of %d passes", name, cut, len(kept))
			}
		}
		if _, err := opened("b", bytes.NewReader(kept)); err == nil {
			rt.Fatal("one file passes for another")
		}
	})
}

// Cutting between two pieces, or exchanging two, is noticed.
func TestPiecesStayInOrder(t *testing.T) {
	plain := append(bytes.Repeat([]byte{1}, piece), bytes.Repeat([]byte{2}, piece)...)
	kept := stored(t, "a", plain)
	head, whole := len("preau file 1\n"), piece+16
	first, second := kept[head:head+whole], kept[head+whole:]
	if _, err := opened("a", bytes.NewReader(kept[:head+whole])); err == nil {
		t.Error("cut after a piece")
	}
	swapped := append(append(bytes.Clone(kept[:head]), second...), first...)
	if _, err := opened("a", bytes.NewReader(swapped)); err == nil {
		t.Error("pieces exchanged")
	}
}

func FuzzStoredForm(f *testing.F) {
	f.Add(stored(f, "a", []byte("content")))
	f.Add([]byte("preau file 1\n"))
	f.Fuzz(func(t *testing.T, kept []byte) {
		if got, err := opened("a", bytes.NewReader(kept)); err == nil && string(got) != "content" {
			t.Errorf("%d bytes pass", len(got))
		}
	})
}
