package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// conn is one client: a connection that stays open, written and read without ceremony so that the load costs little.
type conn struct {
	net.Conn
	in *bufio.Reader
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// answer is what a server said.
type answer struct {
	status  int
	content []byte
}

// request writes a request as a browser would send it.
func request(method, path, cookie, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html\r\n", method, path, hostName)
	if cookie != "" {
		fmt.Fprintf(&b, "Cookie: seance=%s\r\n", cookie)
	}
	if method == "POST" {
		fmt.Fprintf(&b, "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// packed asks for a compressed page.
func packed(r []byte) []byte {
	return bytes.Replace(r, []byte("Accept: "), []byte("Accept-Encoding: gzip\r\nAccept: "), 1)
}

// ask sends a request and passes over the content of the answer.
func (c *conn) ask(r []byte) (answer, error) {
	return c.do(r, func(body io.Reader) ([]byte, error) {
		_, err := io.Copy(io.Discard, body)
		return nil, err
	})
}

// get sends a request and keeps the content of the answer.
func (c *conn) get(r []byte) (answer, error) { return c.do(r, io.ReadAll) }

func (c *conn) do(r []byte, read func(io.Reader) ([]byte, error)) (a answer, err error) {
	if _, err := c.Write(r); err != nil {
		return a, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return a, err
	}
	a.status = res.StatusCode
	a.content, err = read(res.Body)
	return a, errors.Join(err, res.Body.Close())
}

// measured is what a run of requests cost the server.
type measured struct {
	requests int
	took     time.Duration
	cpu      time.Duration
}

func (m measured) rate() float64 { return float64(m.requests) / m.took.Seconds() }

// each is the processor time of one request.
func (m measured) each() time.Duration {
	if m.requests == 0 {
		return 0
	}
	return m.cpu / time.Duration(m.requests)
}

// and puts two runs together.
func (m measured) and(o measured) measured {
	return measured{m.requests + o.requests, m.took + o.took, m.cpu + o.cpu}
}

// load is what clients ask.
type load struct {
	clients    int
	warm, span time.Duration // the first is not counted; without span the run ends when next does
	status     int           // of every answer
	next       func(client, n int) []byte
}

// drive has clients ask one request after the other, and counts what that cost the server.
func (l load) drive(p *process) (m measured, err error) {
	var wait sync.WaitGroup
	var counted atomic.Int64
	var counting, ended atomic.Bool
	errs := make([]error, l.clients)
	for i := range l.clients {
		wait.Go(func() { errs[i] = l.client(p, i, &counting, &ended, &counted) })
	}
	time.Sleep(l.warm)
	before, err := p.cpu()
	begun := time.Now()
	counting.Store(true)
	if l.span > 0 {
		time.Sleep(l.span)
		counting.Store(false)
		m.took = time.Since(begun)
		ended.Store(true)
	}
	after, cpuErr := p.cpu()
	wait.Wait()
	if l.span == 0 {
		m.took = time.Since(begun)
		after, cpuErr = p.cpu()
	}
	m.requests, m.cpu = int(counted.Load()), after-before
	return m, errors.Join(append(errs, err, cpuErr)...)
}

func (l load) client(p *process, i int, counting, ended *atomic.Bool, counted *atomic.Int64) error {
	c, err := dial(p.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for n := 0; !ended.Load(); n++ {
		r := l.next(i, n)
		if r == nil {
			return nil
		}
		a, err := c.ask(r)
		if err != nil {
			return err
		}
		if a.status != l.status {
			return fmt.Errorf("answered %d, not %d: %.80q", a.status, l.status, r)
		}
		if counting.Load() || l.span == 0 {
			counted.Add(1)
		}
	}
	return nil
}
