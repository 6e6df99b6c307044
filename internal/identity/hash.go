package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// argon2id parameters: OWASP's 19 MiB, two passes, one lane.
const (
	hashMemory = 19 * 1024 // KiB
	hashTime   = 2
	hashLanes  = 1
	hashBytes  = 32
	saltBytes  = 16
	// longestPassword bounds what a visitor can make us hash.
	longestPassword = 256 // bytes
)

// slots bounds the hashes under way in the process, since each takes 19 MiB and one processor.
var slots = make(chan struct{}, min(max(runtime.GOMAXPROCS(0), 2), 4))

// dummy is compared when there is no such login, so that the answer takes as long.
var dummy = encode(make([]byte, saltBytes), make([]byte, hashBytes), hashMemory, hashTime, hashLanes)

// Hash makes the argon2id text (PHC) of a password. It takes tens of milliseconds and may wait for a turn: never call it
// inside a transaction. It does not judge the password: CheckPassword does.
func Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	sum, err := derive(ctx, password, salt, hashMemory, hashTime, hashLanes, hashBytes)
	if err != nil {
		return "", err
	}
	return encode(salt, sum, hashMemory, hashTime, hashLanes), nil
}

// matches compares a password with a PHC text; an empty text matches nothing and costs as much.
func matches(ctx context.Context, password, phc string) (bool, error) {
	usable := phc != ""
	if !usable {
		phc = dummy
	}
	memory, passes, lanes, salt, want, err := decode(phc)
	if err != nil {
		return false, err
	}
	got, err := derive(ctx, password, salt, memory, passes, lanes, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && usable && len(password) <= longestPassword, nil
}

func derive(ctx context.Context, password string, salt []byte, memory, passes uint32, lanes uint8, size uint32) ([]byte, error) {
	if len(password) > longestPassword {
		password = password[:longestPassword]
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-slots }()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, passes, memory, lanes, size), nil
}

func encode(salt, sum []byte, memory, passes uint32, lanes uint8) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

func decode(phc string) (memory, passes uint32, lanes uint8, salt, sum []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return 0, 0, 0, nil, nil, errors.New("identity: unknown form of password hash")
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: password hash: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: password hash: %w", err)
	}
	if sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: password hash: %w", err)
	}
	return memory, passes, lanes, salt, sum, nil
}
