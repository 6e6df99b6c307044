package blob

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The form of a stored file: this line, then the content in pieces of 64 KiB, each sealed with AES-256-GCM. The nonce is the number of
// the piece and, in its last byte, whether it is the last: pieces can be neither exchanged, repeated nor cut off. A key seals one
// file only, so no nonce serves twice; the identifier of the file is sealed with each piece.
const (
	magic      = "preau file 1\n"
	pieceBytes = 64 << 10
	tagBytes   = 16
)

var errDamaged = errors.New("blob: the stored file is damaged, or sealed with another key")

// pieces reads a stream in pieces, turning each into another.
type pieces struct {
	in    *bufio.Reader
	size  int // of a whole piece, read
	turn  func(dst, nonce, piece []byte) ([]byte, error)
	piece []byte
	out   []byte
	ready []byte // what of out was not given yet
	n     uint64
	err   error
}

func newPieces(in io.Reader, size int, turn func(dst, nonce, piece []byte) ([]byte, error)) *pieces {
	return &pieces{in: bufio.NewReaderSize(in, size+1), size: size, turn: turn, piece: make([]byte, size), out: make([]byte, 0, pieceBytes+tagBytes)}
}

// Read gives what the pieces became; a piece that does not open gives nothing.
func (p *pieces) Read(b []byte) (int, error) {
	for len(p.ready) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		p.next()
	}
	n := copy(b, p.ready)
	p.ready = p.ready[n:]
	return n, nil
}

func (p *pieces) next() {
	n, err := io.ReadFull(p.in, p.piece)
	last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !last {
		p.err = err
		return
	}
	if !last {
		_, err := p.in.Peek(1)
		last = errors.Is(err, io.EOF)
		if err != nil && !last {
			p.err = err
			return
		}
	}
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[3:], p.n)
	if last {
		nonce[11] = 1
		p.err = io.EOF
	}
	p.n++
	if p.out, err = p.turn(p.out[:0], nonce, p.piece[:n]); err != nil {
		p.err = err
		return
	}
	p.ready = p.out
}

// encrypted gives the stored form of a file.
func encrypted(key []byte, id string, plain io.Reader) (io.Reader, error) {
	box, err := gcm(key)
	if err != nil {
		return nil, err
	}
	return io.MultiReader(strings.NewReader(magic), newPieces(plain, pieceBytes, func(dst, nonce, piece []byte) ([]byte, error) {
		return box.Seal(dst, nonce, piece, []byte(id)), nil
	})), nil
}

// decrypted gives the content of a stored file.
func decrypted(key []byte, id string, stored io.Reader) (io.Reader, error) {
	box, err := gcm(key)
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(stored, head); err != nil || string(head) != magic {
		return nil, fmt.Errorf("file %s: %w", id, errors.Join(errDamaged, err))
	}
	return newPieces(stored, pieceBytes+tagBytes, func(dst, nonce, piece []byte) ([]byte, error) {
		plain, err := box.Open(dst, nonce, piece, []byte(id))
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", id, errDamaged)
		}
		return plain, nil
	}), nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
