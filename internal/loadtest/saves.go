package main

import (
	"errors"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"preau/internal/db"
)

// savesCount is how many months are saved in a turn.
const savesCount = childCount / 4

// save has clients save a month of lunches, each save another child's.
func (t *seeded) save(clients int) load {
	var next atomic.Int64
	from := t.saved
	if from+savesCount > len(t.free)*childCount {
		panic("every month of this town is saved: give -dir an empty folder")
	}
	t.saved += savesCount
	return load{clients: clients, status: 303, next: func(int, int) []byte {
		n := int(next.Add(1)) - 1
		if n >= savesCount {
			return nil
		}
		n += from
		v, month := t.targets[n%childCount], t.free[n/childCount]
		var days []string
		for _, d := range month {
			days = append(days, d.String()+":O")
		}
		form := url.Values{"envoi": {db.NewID()}, "jour": days}
		return request("POST", "/espace/reservations/"+v.enrolment, tokenOf(v.household), form.Encode())
	}}
}

// raw runs as many raw transactions.
func (b *bench) raw(t *seeded, clients int, bare bool, sample rawSample) (measured, error) {
	r := rawRun{targets: t.targets, clients: clients, count: savesCount, bare: bare, first: rawFrom.AddDays(t.rawRuns * lunches), sample: sample}
	t.rawRuns++
	cpu, begun := ownCPU(), time.Now()
	err := r.run(b.ctx, t.db)
	return measured{savesCount, time.Since(begun), ownCPU() - cpu}, err
}

// saves measures saving a month beside raw transactions, in turns.
func (b *bench) saves(t *seeded, server *process) error {
	if _, err := t.save(8).drive(server); err != nil { // to warm up, and to have a sample
		return err
	}
	sample, err := b.sample(t)
	if err != nil {
		return err
	}
	b.printf("\n| 16 lunches | clients | saves/s | CPU a save |\n|---|---|---|---|\n")
	for _, clients := range levels {
		var saved, whole, bare measured
		for range turns {
			m, err := t.save(clients).drive(server)
			if err != nil {
				return err
			}
			saved = saved.and(m)
			m, err = b.raw(t, clients, false, sample)
			whole = whole.and(m)
			m, bareErr := b.raw(t, clients, true, sample)
			bare = bare.and(m)
			if err := errors.Join(err, bareErr); err != nil {
				return err
			}
		}
		b.printf("| saved by a family | %d | %.0f | %.3f ms |\n", clients, saved.rate(), ms(saved.each()))
		b.printf("| raw transaction, the same rows | %d | %.0f (family: %.0f %%) | %.3f ms |\n", clients, whole.rate(), 100*saved.rate()/whole.rate(), ms(whole.each()))
		b.printf("| bare insert of 16 rows | %d | %.0f (family: %.0f %%) | %.3f ms |\n", clients, bare.rate(), 100*saved.rate()/bare.rate(), ms(bare.each()))
	}
	return nil
}

// sample reads what a real save left.
func (b *bench) sample(t *seeded) (s rawSample, err error) {
	err = t.db.Read(b.ctx, func(tx *db.Tx) error {
		return tx.QueryRow(b.ctx, `SELECT CAST(s.outcome AS text), CAST(a.detail AS text) FROM submissions s JOIN audit_entries a ON a.household_id = s.household_id AND a.at = s.at
			WHERE s.actor LIKE 'guardian:%' AND s.enrolment_id IS NOT NULL ORDER BY s.at DESC LIMIT 1`).Scan(&s.Outcome, &s.Detail)
	})
	if err == nil && !strings.Contains(s.Outcome, "decisions") {
		err = errors.New("no submission to take as a sample")
	}
	return s, err
}

// history measures pages of a town with many years of history beside one with a year, in turns.
func (b *bench) history() (err error) {
	var servers []*process
	var towns []*seeded
	for _, v := range []struct {
		file  string
		years int
	}{{"town-1.db", 1}, {"town-many.db", b.years}} {
		at := place{"sqlite:" + b.dir + "/" + v.file, ""}
		t, err := b.town(at, v.years)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, t.close()) }()
		server, err := start(b.ctx, "serve", "-db", at.dsn, "-no-jobs")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.stop()) }()
		servers, towns = append(servers, server), append(towns, t)
	}
	b.printf("\n## History\n\n| page, 8 clients | CPU with 1 year | with %d years | ratio |\n|---|---|---|---|\n", b.years)
	for i := range pagesOf(towns[0]) {
		var cost [2]measured
		for range turns {
			for j, t := range towns {
				m, err := pagesOf(t)[i].load(8, b.span/turns).drive(servers[j])
				if err != nil {
					return err
				}
				cost[j] = cost[j].and(m)
			}
		}
		b.printf("| %s | %.3f ms | %.3f ms | %.2f |\n", pagesOf(towns[0])[i].name, ms(cost[0].each()), ms(cost[1].each()), float64(cost[1].each())/float64(cost[0].each()))
	}
	return nil
}
