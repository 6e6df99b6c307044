package towntest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"preau/internal/db"
)

// PostgresVariable names the environment variable with the address of a PostgreSQL database to test on. Without it, the
// first test that needs one starts a server of its own, which ends with the test process.
const PostgresVariable = "PREAU_TEST_POSTGRES"

// serverScript makes a server in $1 with the programs of $2 and runs it until its standard input ends, that is until the
// process that started it does, however it ends. Nothing in it is durable.
const serverScript = `
set -e
cd "$1"
trap 'rm -rf "$1"' EXIT
"$2/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1
"$2/postgres" -D data -k "$1" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
  -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=200 -c max_locks_per_transaction=256 \
  >>log 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server || true
`

var server struct {
	once  sync.Once
	dsn   string
	pool  *db.Pool
	err   error
	alive *os.File // the server lives as long as this is open
}

// Postgres gives the address of the PostgreSQL database of this test run. It fails the test when there is none to be had.
func Postgres(t testing.TB) string {
	t.Helper()
	server.once.Do(startServer)
	if server.err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", server.err)
	}
	return server.dsn
}

func pool(t testing.TB) *db.Pool {
	Postgres(t)
	return server.pool
}

func startServer() {
	server.dsn = os.Getenv(PostgresVariable)
	if server.dsn == "" {
		if server.dsn, server.err = launch(); server.err != nil {
			return
		}
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		server.pool, server.err = db.OpenPool(context.Background(), server.dsn, 24)
		if server.err == nil || time.Now().After(deadline) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// launch starts a server in a temporary folder, as the user postgres when the tests run as root.
func launch() (dsn string, err error) {
	programs, err := findPrograms()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "preau-postgres-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("/bin/sh", "-c", serverScript, "sh", dir, programs)
	if os.Geteuid() == 0 {
		if cmd.SysProcAttr, err = asPostgres(dir); err != nil {
			return "", err
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	cmd.Stdin = r
	server.alive = w
	if err := cmd.Start(); err != nil {
		return "", err
	}
	if err := r.Close(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return "postgres://postgres@/postgres?host=" + dir, awaitSocket(dir, ended)
}

// awaitSocket returns once the server of dir listens, or with its log when it does not come up.
func awaitSocket(dir string, ended <-chan error) error {
	for range 1500 {
		if _, err := os.Stat(filepath.Join(dir, ".s.PGSQL.5432")); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the server did not start: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "log"))
	return errors.Join(fmt.Errorf("the server does not answer: %s", bytes.TrimSpace(text)), err)
}

// findPrograms gives the folder of initdb and postgres: the newest of Debian's, or the one of the path.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range found {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("not installed: apt-get install postgresql, or set " + PostgresVariable)
}

func version(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return 0
	}
	return n
}

// asPostgres hands dir to the user postgres and runs a command as that user: a PostgreSQL server refuses to run as root.
func asPostgres(dir string) (*syscall.SysProcAttr, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
