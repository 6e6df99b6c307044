// Package clamd asks a ClamAV daemon about a file, through the command INSTREAM of its protocol: the content goes in pieces, each after
// its length, and the answer is one line.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Client asks one daemon. It holds no connection: a file is rare, and the daemon is near.
type Client struct {
	Network string // "tcp" or "unix"
	Address string // "127.0.0.1:3310", "/run/clamav/clamd.ctl"
}

const (
	patience   = 2 * time.Minute
	pieceBytes = 64 << 10
	maxAnswer  = 1 << 10
)

// Parse reads an address as it is configured: "tcp://127.0.0.1:3310" or "unix:///run/clamav/clamd.ctl".
func Parse(address string) (*Client, error) {
	if path, ok := strings.CutPrefix(address, "unix://"); ok && strings.HasPrefix(path, "/") {
		return &Client{"unix", path}, nil
	}
	if host, ok := strings.CutPrefix(address, "tcp://"); ok {
		if _, _, err := net.SplitHostPort(host); err == nil {
			return &Client{"tcp", host}, nil
		}
	}
	return nil, fmt.Errorf("%q is neither tcp://host:port nor unix:///path", address)
}

// Scan gives the name of what was found in the content, or "" when nothing was. An error means that nobody knows: the daemon is away, or
// the content was larger than it takes (StreamMaxLength in its configuration).
func (c *Client) Scan(ctx context.Context, content io.Reader) (virus string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, c.Network, c.Address)
	if err != nil {
		return "", fmt.Errorf("antivirus: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return "", err
		}
	}
	sent := send(conn, content)
	var unreadable *readError
	if errors.As(sent, &unreadable) {
		return "", fmt.Errorf("antivirus: %w", unreadable.error)
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, maxAnswer)).ReadString(0)
	if err != nil {
		return "", fmt.Errorf("antivirus: %w", errors.Join(sent, err))
	}
	return verdict(strings.TrimSuffix(answer, "\x00"), sent)
}

// readError is a content that could not be read: the daemon waits for the rest, and will not answer.
type readError struct{ error }

func send(conn io.Writer, content io.Reader) error {
	if _, err := io.WriteString(conn, "zINSTREAM\x00"); err != nil {
		return err
	}
	piece := make([]byte, 4+pieceBytes)
	for {
		n, err := io.ReadFull(content, piece[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(piece, uint32(n))
			if _, err := conn.Write(piece[:4+n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			_, err := conn.Write(make([]byte, 4))
			return err
		}
		if err != nil {
			return &readError{err}
		}
	}
}

// verdict reads the daemon's line: "stream: OK", "stream: Eicar-Signature FOUND", "INSTREAM size limit exceeded. ERROR". What was found
// counts even if not all was sent; that nothing was found only when all was.
func verdict(answer string, sent error) (string, error) {
	text, ok := strings.CutPrefix(answer, "stream: ")
	if name, found := strings.CutSuffix(text, " FOUND"); ok && found && name != "" {
		return name, nil
	}
	if text == "OK" && sent == nil {
		return "", nil
	}
	return "", fmt.Errorf("antivirus: %w", errors.Join(fmt.Errorf("it answers %q", answer), sent))
}
