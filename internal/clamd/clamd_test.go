package clamd_test

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"preau/internal/clamd"
	"preau/internal/clamd/clamdtest"
)

func TestScan(t *testing.T) {
	d := clamdtest.Start(t)
	for name, tt := range map[string]struct {
		content []byte
		want    string
	}{
		"clean":         {bytes.Repeat([]byte("page "), 100_000), ""},
		"empty":         {nil, ""},
		"a virus":       {clamdtest.Eicar, "Eicar-Signature"},
		"in the middle": {append(append(bytes.Repeat([]byte{'x'}, 64<<10-10), clamdtest.Eicar...), 'y'), "Eicar-Signature"},
	} {
		if got, err := d.Scan(t.Context(), bytes.NewReader(tt.content)); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// Whatever goes wrong, a file that nobody looked at is not taken for a clean one.
func TestNobodyKnows(t *testing.T) {
	d := clamdtest.Start(t)
	d.Limit = 100
	if got, err := d.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 1000))); err == nil {
		t.Errorf("too large: %q", got)
	}
	if got, err := d.Scan(t.Context(), iotest.ErrReader(errors.New("gone"))); err == nil {
		t.Errorf("unreadable: %q", got)
	}
	away := &clamd.Client{Network: "tcp", Address: "127.0.0.1:1"}
	if got, err := away.Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Errorf("away: %q", got)
	}
	for _, line := range []string{"", "stream: OK", "stream:  FOUND\x00", "OK\x00", "stream: OK then\x00"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(line))
			_ = conn.Close()
		}()
		odd := &clamd.Client{Network: "tcp", Address: l.Addr().String()}
		if got, err := odd.Scan(t.Context(), strings.NewReader("x")); err == nil {
			t.Errorf("%q is taken for %q", line, got)
		}
		_ = l.Close()
	}
}

func TestParse(t *testing.T) {
	for address, want := range map[string]string{"tcp://127.0.0.1:3310": "tcp 127.0.0.1:3310", "unix:///run/clamav/clamd.ctl": "unix /run/clamav/clamd.ctl"} {
		c, err := clamd.Parse(address)
		if err != nil || c.Network+" "+c.Address != want {
			t.Errorf("%s: %+v, %v", address, c, err)
		}
	}
	for _, wrong := range []string{"", "127.0.0.1:3310", "tcp://127.0.0.1", "unix://clamd", "http://x:1"} {
		if _, err := clamd.Parse(wrong); err == nil {
			t.Errorf("%q passes", wrong)
		}
	}
}
