// Package seal hides short values at rest (the secret of a feed, an IBAN, the key of a file) with a key that is not in the
// database: AES-256-GCM, bound to the record it belongs to, so that a sealed value moved to another row does not open.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

// ErrNotOpened is what a value answers that was sealed with another key, for another record, or that was altered.
var ErrNotOpened = errors.New("sealed with another key, or altered")

// Seal hides a value with a key of 32 bytes. Record says whose it is: the identifier of its row, and of its column where a row
// has several.
func Seal(key []byte, record string, plain []byte) (string, error) {
	box, err := boxOf(key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, plain, []byte(record))), nil
}

// Open gives back what Seal hid for the same record.
func Open(key []byte, record, sealed string) ([]byte, error) {
	box, err := boxOf(key)
	if err != nil {
		return nil, err
	}
	data, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(data) < box.NonceSize() {
		return nil, fmt.Errorf("%s: %w", record, ErrNotOpened)
	}
	plain, err := box.Open(nil, data[:box.NonceSize()], data[box.NonceSize():], []byte(record))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", record, ErrNotOpened)
	}
	return plain, nil
}

// Again opens a value with one key and seals it with another: what a change of the town's key does to each.
func Again(from, to []byte, record, sealed string) (string, error) {
	plain, err := Open(from, record, sealed)
	if err != nil {
		return "", err
	}
	return Seal(to, record, plain)
}

// KeyID names a key without telling it: 16 hexadecimal digits.
func KeyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("preau key id:"), key...))
	return hex.EncodeToString(sum[:8])
}

func boxOf(key []byte) (cipher.AEAD, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("a key of %d bytes, want %d", len(key), KeyBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
