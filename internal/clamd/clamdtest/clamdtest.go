// Package clamdtest is a ClamAV daemon for tests: it speaks INSTREAM, and knows one virus, the harmless one of EICAR.
package clamdtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"preau/internal/clamd"
)

// Eicar is the file that every antivirus takes for a virus, in two halves so that this source is not taken for one.
var Eicar = []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)

// Daemon is the daemon of one test.
type Daemon struct {
	*clamd.Client
	Limit int // bytes it takes

	mu   sync.Mutex
	seen int
}

// Start starts a daemon that ends with the test.
func Start(t testing.TB) *Daemon {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{Client: &clamd.Client{Network: "tcp", Address: l.Addr().String()}, Limit: 25 << 20}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { d.answer(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	return d
}

// Seen says how many files it was asked about.
func (d *Daemon) Seen() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen
}

func (d *Daemon) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	if command, err := in.ReadString(0); err != nil || command != "zINSTREAM\x00" {
		_, _ = io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	}
	var content []byte
	for {
		var size uint32
		if err := binary.Read(in, binary.BigEndian, &size); err != nil {
			return
		}
		if size == 0 {
			break
		}
		if len(content)+int(size) > d.Limit {
			_, _ = io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
		piece := make([]byte, size)
		if _, err := io.ReadFull(in, piece); err != nil {
			return
		}
		content = append(content, piece...)
	}
	d.mu.Lock()
	d.seen++
	d.mu.Unlock()
	if bytes.Contains(content, Eicar) {
		_, _ = io.WriteString(conn, "stream: Eicar-Signature FOUND\x00")
		return
	}
	_, _ = io.WriteString(conn, "stream: OK\x00")
}
