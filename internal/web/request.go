package web

import (
	"crypto/rand"
	"encoding/base32"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"preau/internal/town"
	"preau/internal/web/ui"
)

// state is what the server knows of one request.
type state struct {
	server *Server
	town   *town.Town
	id     string
	start  time.Time
	client netip.Addr
	secure bool
	routed bool // a registered handler took it
}

type stateKey struct{}

// of finds the state of a request; a request that did not come through the server has none, which is a mistake of ours.
func of(r *http.Request) *state {
	st, ok := r.Context().Value(stateKey{}).(*state)
	if !ok {
		panic("web: a request that did not come through the server")
	}
	return st
}

// Town is the town whose pages are asked.
func Town(r *http.Request) *town.Town { return of(r).town }

// ClientAddr is the address the request comes from: the connection's, or what a trusted proxy says of it. It is for throttling;
// it is never logged.
func ClientAddr(r *http.Request) netip.Addr { return of(r).client }

// Secure says whether the visitor's connection is encrypted; cookies follow it.
func Secure(r *http.Request) bool { return of(r).secure }

// RequestID is the reference under which the request stands in the log, short enough to be read out on the telephone.
func RequestID(r *http.Request) string { return of(r).id }

// face is what the pages of the request's town show of it; for a host that is no town's, only the portal's name.
func (st *state) face() *ui.Town {
	if st.town == nil || st.server.config.Face == nil {
		return nowhere
	}
	return st.server.config.Face(st.town)
}

var nowhere = ui.NewTown(ui.Town{Name: "Préau"})

var idAlphabet = base32.NewEncoding("23456789abcdefghjkmnpqrstuvwxyz0").WithPadding(base32.NoPadding)

// newID makes a reference of 40 random bits: "k7q2-9xmb".
func newID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails: the process stops if the system has no randomness
	s := idAlphabet.EncodeToString(b[:])
	return s[:4] + "-" + s[4:]
}

// peer says where a request comes from, believing only the configured proxies, the nearest first.
func (s *Server) peer(r *http.Request) (client netip.Addr, secure bool) {
	client, secure = remote(r.RemoteAddr), r.TLS != nil
	if len(s.config.Trusted) == 0 || !s.trusts(client) {
		return client, secure
	}
	secure = secure || strings.EqualFold(lastOf(r.Header.Values("X-Forwarded-Proto")), "https")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(client); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap()
	}
	return client, secure
}

func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.config.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func remote(addr string) netip.Addr {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

func lastOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	list := strings.Split(values[len(values)-1], ",")
	return strings.TrimSpace(list[len(list)-1])
}
