package main_test

import (
	"database/sql"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"preau/internal/towntest"
)

// The subcommands as they are typed. The scripts know a few commands more: `spoil file statement`, `free PORT` chooses a free port for a variable, and
// `get [-host name] url status` asks for a page, waiting for the server to be there, with its body on the standard output.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			return os.MkdirAll(e.WorkDir+"/tmp", 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"free":     free,
			"spoil":    spoil,
			"get":      get,
			"postgres": func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], towntest.Postgres(t)) },
		},
	})
}

// spoil does to a database what nobody should: `spoil file statement`.
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: spoil file statement")
	}
	d, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = d.Exec(args[1])
	ts.Check(errors.Join(err, d.Close()))
}

func free(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], port)
}

func get(ts *testscript.TestScript, _ bool, args []string) {
	host := ""
	if len(args) == 4 && args[0] == "-host" {
		host, args = args[1], args[2:]
	}
	if len(args) != 2 {
		ts.Fatalf("usage: get [-host name] url status")
	}
	answer, err := ask(args[0], host)
	ts.Check(err)
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(answer.Body.Close())
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
	if strconv.Itoa(answer.StatusCode) != args[1] {
		ts.Fatalf("%s: %s, want %s", args[0], answer.Status, args[1])
	}
}

// ask tries for ten seconds: the server may still be starting.
func ask(url, host string) (*http.Response, error) {
	r, err := http.NewRequest(http.MethodGet, url, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	if host != "" {
		r.Host = host
	}
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		answer, err := client.Do(r)
		if err == nil || time.Since(start) > 10*time.Second {
			return answer, err
		}
	}
}
