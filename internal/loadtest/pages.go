package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// page is something that is asked for.
type page struct {
	name string
	ask  func(n int) []byte // the n-th request: another household's each time
}

// pagesOf are the pages that are measured.
func pagesOf(t *seeded) []page {
	first := map[int]target{}
	for _, v := range t.targets {
		if _, ok := first[v.household]; !ok {
			first[v.household] = v
		}
	}
	of := func(n int) target { return first[n*37%householdCount] }
	return []page{
		{"calendar, a month", func(n int) []byte {
			return request("GET", "/espace/reservations/"+of(n).enrolment+"?mois="+pageMonth.String(), tokenOf(of(n).household), "")
		}},
		{"home", func(n int) []byte { return request("GET", "/espace", tokenOf(of(n).household), "") }},
		{"day list, 300 children", func(int) []byte {
			return request("GET", "/bureau/listes?activite=CANTINE&etablissement=ECOLE0&jour="+sheetDay.String(), agentToken, "")
		}},
	}
}

// load asks for a page.
func (p page) load(clients int, span time.Duration) load {
	return load{clients: clients, warm: span / 4, span: span, status: 200, next: func(client, n int) []byte { return packed(p.ask(client*131 + n)) }}
}

// pages measures each page beside a bare handler that sends the same bytes, one after the other at each number of clients.
func (b *bench) pages(t *seeded, server *process) error {
	b.printf("| page | clients | requests/s | CPU a request | bare handler | ratio |\n|---|---|---|---|---|---|\n")
	for _, p := range pagesOf(t) {
		if b.only != "" && b.only != "pages" && !strings.HasPrefix(p.name, b.only) {
			continue
		}
		bare, size, err := b.bare(p, server)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		for _, clients := range levels {
			var page, floor measured
			for range turns {
				m, err := p.load(clients, b.span/turns).drive(server)
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				page = page.and(m)
				if m, err = p.load(clients, b.span/turns).drive(bare); err != nil {
					return fmt.Errorf("bare %s: %w", p.name, err)
				}
				floor = floor.and(m)
			}
			b.printf("| %s (%d kB) | %d | %.0f | %.3f ms | %.3f ms | %.1f |\n", p.name, size>>10, clients, page.rate(), ms(page.each()), ms(floor.each()),
				float64(page.each())/float64(floor.each()))
		}
		if err := bare.stop(); err != nil {
			return err
		}
	}
	return nil
}

// bare starts a handler that sends a page as it is now.
func (b *bench) bare(p page, server *process) (*process, int, error) {
	c, err := dial(server.addr)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	a, err := c.get(p.ask(0))
	if err != nil {
		return nil, 0, err
	}
	if a.status != 200 {
		return nil, 0, fmt.Errorf("answered %d", a.status)
	}
	file := filepath.Join(b.dir, "page.html")
	if err := os.WriteFile(file, a.content, 0o600); err != nil {
		return nil, 0, err
	}
	bare, err := start(b.ctx, "bare", file)
	return bare, len(a.content), err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
