package dunning

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/mandate"
	"preau/internal/money"
	"preau/internal/staff"
	"preau/internal/town"
)

// Kept is what a household paid in a year for one child.
type Kept struct {
	ChildID string      `json:"child"`
	Name    string      `json:"name"`
	BornOn  civil.Date  `json:"born_on"`
	Cents   money.Cents `json:"cents"`
	CESU    money.Cents `json:"cesu"` // of which with CESU titles, whose employer's part the family takes off
}

// Sheet is what a certificate says beside its number.
type Sheet struct {
	Town     string   `json:"town"`
	Address  string   `json:"address"`
	SIRET    string   `json:"siret"`
	Payer    string   `json:"payer"`
	Lines    []string `json:"lines"` // the payer's address
	Children []Kept   `json:"children"`
}

// Certificate is what a household paid for the care, outside of its home, of children under six (CGI, article 200 quater B).
type Certificate struct {
	ID          string
	HouseholdID string
	Year        int
	Number      int64
	MadeOn      civil.Date
	Total       money.Cents
	Sheet
}

// Name is its number as it is written: "AF2026-000012".
func (c Certificate) Name() string { return fmt.Sprintf("AF%d-%06d", c.Year, c.Number) }

// CertifyKind is the kind of the job that makes the certificates of a year; its payload is a CertifyPayload.
const CertifyKind = "dunning.certify"

// CertifyPayload names the year.
type CertifyPayload struct {
	Year int `json:"year"`
}

// paid is money that went to an invoice.
type paid struct {
	invoice string
	on      civil.Date
	cents   money.Cents
	cesu    bool
}

// document is an invoice or a credit note, and what of it counts for each child.
type document struct {
	total  money.Cents
	note   bool // a credit note
	on     civil.Date
	counts map[string]money.Cents
}

// PaidForCare is what a household paid in a year for the care of each child under six on its first day: by the day of payment, food and
// penalties excluded, aids deducted. A payment counts in proportion of what it paid; a credit note takes back what it corrects.
func PaidForCare(ctx context.Context, tx *db.Tx, householdID string, year int) ([]Kept, error) {
	documents, err := documentsOf(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	payments, err := paymentsOf(ctx, tx, householdID, civil.New(year, 12, 31))
	if err != nil {
		return nil, err
	}
	cents, cesu := sumUp(documents, payments, year)
	children, err := household.ChildrenByID(ctx, tx, slices.Collect(maps.Keys(cents)))
	if err != nil {
		return nil, err
	}
	var out []Kept
	for id, n := range cents {
		if c, known := children[id]; known && n > 0 && UnderSix(c.BornOn, year) {
			out = append(out, Kept{ChildID: id, Name: c.Name(), BornOn: c.BornOn, Cents: n, CESU: max(cesu[id], 0)})
		}
	}
	slices.SortFunc(out, func(a, b Kept) int { return cmp.Or(a.BornOn.Compare(b.BornOn), cmp.Compare(a.ChildID, b.ChildID)) })
	return out, nil
}

// sumUp counts what was paid in a year for each child, and of it with CESU: what was paid until its end less what was paid until the end of the
// year before, invoice by invoice.
func sumUp(documents map[string]document, payments []paid, year int) (cents, cesu map[string]money.Cents) {
	cents, cesu = map[string]money.Cents{}, map[string]money.Cents{}
	before, until, titles := map[string]money.Cents{}, map[string]money.Cents{}, map[string]money.Cents{}
	for _, p := range payments {
		until[p.invoice] += p.cents
		if p.on.Year < year {
			before[p.invoice] += p.cents
		} else if p.cesu {
			titles[p.invoice] += p.cents
		}
	}
	for id, d := range documents {
		for child, counts := range d.counts {
			switch {
			case d.note && d.on.Year == year:
				cents[child] += counts // negative
			case !d.note:
				cents[child] += part(until[id], counts, d.total) - part(before[id], counts, d.total)
			}
		}
		if !d.note {
			for child, n := range shareTitles(titles[id], until[id], d) {
				cesu[child] += n
			}
		}
	}
	return cents, cesu
}

// shareTitles cuts the CESU titles that went to an invoice between the children, by what counts for each; no title counts twice, and none for
// more than was paid for the child.
func shareTitles(titles, until money.Cents, d document) map[string]money.Cents {
	out := map[string]money.Cents{}
	if titles <= 0 {
		return out
	}
	var children []string
	var weights []int64
	for _, child := range slices.Sorted(maps.Keys(d.counts)) {
		if n := d.counts[child]; n > 0 {
			children, weights = append(children, child), append(weights, int64(n))
		}
	}
	for i, n := range money.Share(titles, weights) {
		out[children[i]] = min(n, part(until, d.counts[children[i]], d.total))
	}
	return out
}

// documentsOf reads what of each invoice and credit note of a household counts.
func documentsOf(ctx context.Context, tx *db.Tx, householdID string) (map[string]document, error) {
	type key struct{ invoice, child, activity string }
	sums, out := map[key]spent{}, map[string]document{}
	_, err := db.All(ctx, tx, `SELECT i.id, i.kind, i.issued_on, i.total_cents, l.child_id, l.activity_id, l.attribute, CAST(sum(l.total_cents) AS bigint)
		FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id WHERE i.household_id = $1 AND i.number IS NOT NULL
		GROUP BY i.id, i.kind, i.issued_on, i.total_cents, l.child_id, l.activity_id, l.attribute`, func(s db.Scanner) (struct{}, error) {
		var k key
		var kind billing.Kind
		var attribute billing.Attribute
		var d document
		var cents money.Cents
		if err := s.Scan(&k.invoice, &kind, &d.on, &d.total, &k.child, &k.activity, &attribute, &cents); err != nil {
			return struct{}{}, err
		}
		d.note, d.counts = kind == billing.KindCreditNote, map[string]money.Cents{}
		if _, known := out[k.invoice]; !known {
			out[k.invoice] = d
		}
		sum := sums[k]
		switch attribute {
		case billing.Care:
			sum.care += cents
		case billing.Food:
			sum.food += cents
		case billing.Aid:
			sum.aid += cents
		}
		sums[k] = sum
		return struct{}{}, nil
	}, householdID)
	for k, sum := range sums {
		out[k.invoice].counts[k.child] += sum.eligible()
	}
	return out, err
}

// paymentsOf reads what went to the invoices of a household until a day, by the day on which it was paid. What was taken back counts for
// nothing, whenever it was; what was given up was not paid.
func paymentsOf(ctx context.Context, tx *db.Tx, householdID string, until civil.Date) ([]paid, error) {
	return db.All(ctx, tx, `SELECT a.invoice_id, coalesce(r.paid_on, e.day), CAST(sum(a.cents) AS bigint), coalesce(r.means, '') IN ('cesu', 'ecesu')
		FROM allocations a JOIN ledger_entries e ON e.id = a.credit_id LEFT JOIN receipts r ON e.source = 'receipt:' || r.id
		WHERE e.household_id = $1 AND a.invoice_id IS NOT NULL AND e.kind IN ('payment', 'credit_note') AND coalesce(r.paid_on, e.day) <= $2
		GROUP BY a.invoice_id, coalesce(r.paid_on, e.day), coalesce(r.means, '')`,
		func(s db.Scanner) (p paid, err error) { return p, s.Scan(&p.invoice, &p.on, &p.cents, &p.cesu) }, householdID, until)
}

// certifySlice is how many households one transaction goes through.
const certifySlice = 50

// CertifySlice makes the certificates of a year for the households that follow after, and says where it stopped; empty when all are done. A
// household whose certificate says the same already keeps it.
func CertifySlice(ctx context.Context, tx *db.Tx, year int, after string, made town.Profile, today civil.Date) (string, error) {
	ids, err := db.All(ctx, tx, `SELECT DISTINCT household_id FROM invoices WHERE number IS NOT NULL AND household_id > $1 ORDER BY household_id LIMIT $2`,
		db.Value[string], after, certifySlice)
	if err != nil {
		return "", err
	}
	set, err := mandate.SettingsOf(ctx, tx)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if err := certify(ctx, tx, id, year, made, set.SIRET, today); err != nil {
			return "", err
		}
	}
	if len(ids) == certifySlice {
		return ids[len(ids)-1], nil
	}
	return "", nil
}

func certify(ctx context.Context, tx *db.Tx, householdID string, year int, made town.Profile, siret string, today civil.Date) error {
	children, err := PaidForCare(ctx, tx, householdID, year)
	if err != nil {
		return err
	}
	h, err := household.ByID(ctx, tx, householdID)
	if err != nil {
		return err
	}
	guardians, err := household.Guardians(ctx, tx, householdID)
	if err != nil {
		return err
	}
	sheet := Sheet{Town: made.Name, Address: made.First().Address, SIRET: siret, Payer: payerOf(h, guardians), Lines: []string{h.Address, h.PostalCode + " " + h.City}, Children: children}
	last, found, err := CertificateOf(ctx, tx, householdID, year)
	if err != nil || found && db.JSON(last.Children) == db.JSON(children) || !found && len(children) == 0 {
		return err
	}
	number, err := billing.TakeNumbers(ctx, tx, "AF", year, 1)
	if err != nil {
		return err
	}
	var total money.Cents
	for _, c := range children {
		total += c.Cents
	}
	_, err = tx.Exec(ctx, `INSERT INTO tax_certificates (id, household_id, year, number, made_on, made_at, made_by, sheet, total_cents) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		db.NewID(), householdID, year, number, today, tx.Now, "job:"+CertifyKind, db.JSON(sheet), total)
	return err
}

// payerOf names who paid: the guardians of the household, or what it is filed under.
func payerOf(h household.Household, guardians []household.Guardian) string {
	name := ""
	for i, g := range guardians {
		if i > 0 {
			name += " et "
		}
		name += g.Name()
	}
	if name == "" {
		return h.Name
	}
	return name
}

// StartCertificates asks for the certificates of a year that is over. Errors: fault.Forbidden, fault.Invalid beside "annee".
func StartCertificates(ctx context.Context, tx *db.Tx, who staff.Agent, year int, today civil.Date) error {
	if !who.May(staff.Bill, "") {
		return fault.Forbiddenf("Votre rôle ne permet pas d’établir les attestations.")
	}
	if year >= today.Year || year < today.Year-10 {
		return fault.Invalidf("annee", "Les attestations d’une année s’établissent à partir du 1er janvier suivant.")
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "certificate.make", Detail: map[string]int{"year": year}}); err != nil {
		return err
	}
	return job.Queue(ctx, tx, CertifyKind, CertifyPayload{year})
}

const selectCertificate = `SELECT id, household_id, year, number, made_on, total_cents, sheet FROM tax_certificates`

func scanCertificate(s db.Scanner) (c Certificate, err error) {
	var sheet string
	if err := s.Scan(&c.ID, &c.HouseholdID, &c.Year, &c.Number, &c.MadeOn, &c.Total, &sheet); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(sheet), &c.Sheet)
}

// CertificateOf is the certificate of a household for a year, the latest; found is false when there is none.
func CertificateOf(ctx context.Context, tx *db.Tx, householdID string, year int) (c Certificate, found bool, err error) {
	c, err = db.One(ctx, tx, selectCertificate+` WHERE household_id = $1 AND year = $2 ORDER BY number DESC LIMIT 1`, scanCertificate, householdID, year)
	if errors.Is(err, db.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// CertificatesOf lists those of a household, one a year, the latest first.
func CertificatesOf(ctx context.Context, tx *db.Tx, householdID string) ([]Certificate, error) {
	all, err := db.All(ctx, tx, selectCertificate+` WHERE household_id = $1 ORDER BY year DESC, number DESC`, scanCertificate, householdID)
	return slices.CompactFunc(all, func(a, b Certificate) bool { return a.Year == b.Year }), err
}

// CertificateCounts says how many certificates stand for each of the last years, the latest first.
func CertificateCounts(ctx context.Context, tx *db.Tx) ([]YearCount, error) {
	return db.All(ctx, tx, `SELECT year, count(DISTINCT household_id) FROM tax_certificates GROUP BY year ORDER BY year DESC LIMIT 10`,
		func(s db.Scanner) (y YearCount, err error) { return y, s.Scan(&y.Year, &y.Households) })
}

// YearCount is how many households have a certificate for a year.
type YearCount struct{ Year, Households int }
