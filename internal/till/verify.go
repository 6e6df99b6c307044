package till

import (
	"context"
	"fmt"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/money"
)

// Verify looks at everything that must hold of the till, and says in plain sentences what does not: numbers follow each other in each series
// and year; each receipt and deposit has its entry in the journal and is as it was then; entries follow each other, are sealed by their hashes
// and sum to nothing; the balances are the sums of the lines; what is held in cheques and titles is what their account says; a reversal is the
// exact opposite of what it reverses.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	var broken []string
	for _, check := range []func(context.Context, *db.Tx) ([]string, error){checkNumbers, checkChain, checkBalances, checkPapers, checkReversals, checkShares, checkPayments} {
		found, err := check(ctx, tx)
		if err != nil {
			return nil, err
		}
		broken = append(broken, found...)
	}
	return broken, nil
}

// checkNumbers finds gaps and counters that do not agree with what was numbered.
func checkNumbers(ctx context.Context, tx *db.Tx) ([]string, error) {
	type series struct {
		office, series   string
		year, last       int64
		count, low, high int64
	}
	list, err := db.All(ctx, tx, `SELECT n.office_id, n.series, n.year, coalesce(c.last_number, 0), n.many, n.low, n.high FROM (
			SELECT office_id, 'receipt' AS series, year, count(*) AS many, min(number) AS low, max(number) AS high FROM receipts GROUP BY office_id, year
			UNION ALL SELECT office_id, 'session', year, count(*), min(number), max(number) FROM till_sessions GROUP BY office_id, year
			UNION ALL SELECT office_id, 'deposit', year, count(*), min(number), max(number) FROM deposits GROUP BY office_id, year
			UNION ALL SELECT office_id, 'handover', year, count(*), min(number), max(number) FROM handovers GROUP BY office_id, year) n
		LEFT JOIN till_counters c ON c.office_id = n.office_id AND c.series = n.series AND c.year = n.year
		UNION ALL SELECT c.office_id, c.series, c.year, c.last_number, 0, 1, 0 FROM till_counters c WHERE c.series = 'receipt'
			AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.office_id = c.office_id AND r.year = c.year)`,
		func(s db.Scanner) (v series, err error) {
			return v, s.Scan(&v.office, &v.series, &v.year, &v.last, &v.count, &v.low, &v.high)
		})
	var broken []string
	for _, s := range list {
		if s.low != 1 || s.high != s.count || s.last != s.high {
			broken = append(broken, fmt.Sprintf("till: series %s of %d: %d numbers from %d to %d, the counter says %d", s.series, s.year, s.count, s.low, s.high, s.last))
		}
	}
	return broken, err
}

// checkChain reads every journal from its first entry, a page at a time.
func checkChain(ctx context.Context, tx *db.Tx) ([]string, error) {
	offices, err := db.All(ctx, tx, `SELECT id FROM revenue_offices ORDER BY id`, db.Value[string])
	if err != nil {
		return nil, err
	}
	var broken []string
	for _, office := range offices {
		var last Entry
		for {
			page, err := Journal(ctx, tx, office, Filter{After: last.Seq, Limit: 1000})
			if err != nil {
				return nil, err
			}
			for _, e := range page {
				broken = append(broken, e.faults(last)...)
				last = e
			}
			if len(page) < 1000 {
				break
			}
		}
	}
	missing, err := db.All(ctx, tx, `SELECT 'receipt ' || r.year || '-' || r.number FROM receipts r WHERE NOT EXISTS (SELECT 1 FROM till_entries e WHERE e.subject_id = r.id AND e.kind IN ('receipt', 'reversal'))
		UNION ALL SELECT 'deposit ' || d.year || '-' || d.number FROM deposits d WHERE NOT EXISTS (SELECT 1 FROM till_entries e WHERE e.subject_id = d.id)
		UNION ALL SELECT 'entry ' || e.seq FROM till_entries e WHERE e.kind IN ('receipt', 'reversal', 'owner') AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.id = e.subject_id)
		UNION ALL SELECT 'entry ' || e.seq FROM till_entries e WHERE e.kind IN ('cheques', 'treasury', 'slip_reversal') AND NOT EXISTS (SELECT 1 FROM deposits d WHERE d.id = e.subject_id)`, db.Value[string])
	for _, m := range missing {
		broken = append(broken, "till: "+m+" has no counterpart in or out of the journal")
	}
	if err != nil {
		return nil, err
	}
	deposits, err := db.All(ctx, tx, selectDeposit+` ORDER BY d.year, d.number`, scanDeposit)
	if err != nil {
		return nil, err
	}
	for _, d := range deposits {
		if same, err := db.Exists(ctx, tx, `SELECT 1 FROM till_entries WHERE subject_id = $1 AND content = $2`, d.ID, d.content()); err != nil {
			return nil, err
		} else if !same {
			broken = append(broken, fmt.Sprintf("till: deposit %s is not what the journal says", d.Name()))
		}
	}
	return broken, nil
}

// faults says what is wrong with an entry that follows another.
func (e Entry) faults(before Entry) (broken []string) {
	no := func(format string, args ...any) {
		broken = append(broken, fmt.Sprintf("till: entry %d: ", e.Seq)+fmt.Sprintf(format, args...))
	}
	if e.Seq != before.Seq+1 {
		no("it follows entry %d", before.Seq)
	}
	if e.Prev != before.Hash {
		no("it does not name the hash of the entry before")
	}
	if e.Hash != e.chain() {
		no("its hash is not that of what it says")
	}
	sum := money.Cents(0)
	for _, l := range e.Lines {
		sum += l.Cents
	}
	if sum != 0 || len(e.Lines) < 2 {
		no("its lines sum to %s", sum.Decimal())
	}
	if r := e.Receipt; r != nil {
		if r.content() != e.Content {
			no("receipt %s is not what it was", r.Name())
		}
		if a := r.Means.Account(); e.Kind == EntryReceipt && e.On(a) != r.Cents {
			no("receipt %s is of %s, and account %s moves by %s", r.Name(), r.Cents.Decimal(), a, e.On(a).Decimal())
		}
	}
	return broken
}

// checkBalances compares each balance with the sum of its lines.
func checkBalances(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, `SELECT b.account, b.cents, CAST(coalesce(sum(l.cents), 0) AS bigint) FROM till_balances b
		LEFT JOIN till_lines l ON l.office_id = b.office_id AND l.account = b.account GROUP BY b.office_id, b.account, b.cents HAVING b.cents <> coalesce(sum(l.cents), 0)`,
		func(s db.Scanner) (string, error) {
			var account string
			var kept, sum money.Cents
			err := s.Scan(&account, &kept, &sum)
			return fmt.Sprintf("till: account %s: the balance says %s, its lines %s", account, kept.Decimal(), sum.Decimal()), err
		})
}

// checkPapers compares cheques and titles in hand with what their accounts say.
func checkPapers(ctx context.Context, tx *db.Tx) ([]string, error) {
	var broken []string
	offices, err := db.All(ctx, tx, `SELECT id FROM revenue_offices ORDER BY id`, db.Value[string])
	if err != nil {
		return nil, err
	}
	for _, office := range offices {
		w, err := WaitingOf(ctx, tx, office)
		if err != nil {
			return nil, err
		}
		held, err := Balances(ctx, tx, office)
		if err != nil {
			return nil, err
		}
		if s := slips(w.Cheques); s != held[AccountCheques] {
			broken = append(broken, fmt.Sprintf("till: cheques in hand make %s, their account says %s", s.Decimal(), held[AccountCheques].Decimal()))
		}
		if w.ECESU < 0 {
			broken = append(broken, fmt.Sprintf("till: titles in hand make %s more than the account of CESU", (-w.ECESU).Decimal()))
		}
		if held[AccountFloat] > 0 {
			broken = append(broken, "till: the account of the float is a debit")
		}
	}
	return broken, nil
}

// checkReversals finds reversals that are not the opposite of what they reverse, and papers that still leave with a slip that was undone.
func checkReversals(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, `SELECT 'receipt', b.year, b.number FROM receipts b JOIN receipts r ON r.id = b.reverses_id
			WHERE b.cents <> -r.cents OR b.means <> r.means OR b.office_id <> r.office_id OR r.reverses_id IS NOT NULL
		UNION ALL SELECT 'deposit', b.year, b.number FROM deposits b JOIN deposits d ON d.id = b.reverses_id
			WHERE b.cash_cents <> -d.cash_cents OR b.cheques_cents <> -d.cheques_cents OR b.cesu_cents <> -d.cesu_cents OR b.account_cents <> -d.account_cents
				OR b.kind <> d.kind OR b.office_id <> d.office_id OR d.reverses_id IS NOT NULL
				OR EXISTS (SELECT 1 FROM cheques c WHERE c.deposit_id = d.id) OR EXISTS (SELECT 1 FROM cesu_titles t WHERE t.deposit_id = d.id)
		ORDER BY 1, 2, 3`,
		func(s db.Scanner) (string, error) {
			var what string
			var year int
			var n int64
			err := s.Scan(&what, &year, &n)
			return "till: " + what + " " + number(year, n) + " is not the opposite of the one it reverses", err
		})
}

// checkShares finds receipts that paid more than they took.
func checkShares(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, `SELECT r.year, r.number FROM receipts r JOIN receipt_shares s ON s.receipt_id = r.id GROUP BY r.id, r.year, r.number, r.cents
		HAVING (r.cents > 0 AND sum(s.cents) > r.cents) OR (r.cents < 0 AND sum(s.cents) < r.cents) ORDER BY r.year, r.number`,
		func(s db.Scanner) (string, error) {
			var year int
			var n int64
			err := s.Scan(&year, &n)
			return "till: receipt " + number(year, n) + " paid more than it took", err
		})
}

// checkPayments compares each receipt that stands with the payment in the household's ledger.
func checkPayments(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, `SELECT r.year, r.number, r.day FROM receipts r LEFT JOIN receipt_owners o ON o.receipt_id = r.id
		LEFT JOIN ledger_entries l ON l.source = 'receipt:' || r.id
		WHERE r.reverses_id IS NULL AND coalesce(r.household_id, o.household_id) IS NOT NULL
			AND (l.id IS NULL OR l.cents <> -r.cents OR (EXISTS (SELECT 1 FROM receipts b WHERE b.reverses_id = r.id)) <> (EXISTS (SELECT 1 FROM ledger_entries u WHERE u.reverses = l.id)))
		ORDER BY r.year, r.number`,
		func(s db.Scanner) (string, error) {
			var year int
			var n int64
			var day civil.Date
			err := s.Scan(&year, &n, &day)
			return "till: receipt " + number(year, n) + " of " + day.String() + " is not paid, or taken back, in the ledger of its household", err
		})
}
