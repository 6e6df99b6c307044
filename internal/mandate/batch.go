package mandate

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"preau/internal/audit"
	"preau/internal/billing"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/money"
	"preau/internal/sepa"
	"preau/internal/staff"
)

// Batch is the collections of one day, in one file.
type Batch struct {
	ID          string
	Number      int64
	DueOn       civil.Date
	Creditor    Settings // as they were when it was made
	MadeAt      civil.Instant
	MadeBy      string        // a name
	GatheredAt  civil.Instant // zero: its debits are being gathered
	SentAt      civil.Instant
	SentBy      string
	CollectedAt civil.Instant
	CancelledAt civil.Instant
	CancelledBy string

	// What it holds, without what was taken out.
	Count, Rejected      int
	Cents, RejectedCents money.Cents
}

// BatchState is where a batch stands.
type BatchState string

// The states.
const (
	Gathering BatchState = "gathering"
	Ready     BatchState = "ready" // its file can be fetched
	Sent      BatchState = "sent"
	Collected BatchState = "collected" // the till has its receipts
	Cancelled BatchState = "cancelled"
)

// State says where the batch stands.
func (b Batch) State() BatchState {
	switch {
	case !b.CancelledAt.IsZero():
		return Cancelled
	case !b.CollectedAt.IsZero():
		return Collected
	case !b.SentAt.IsZero():
		return Sent
	case !b.GatheredAt.IsZero():
		return Ready
	}
	return Gathering
}

// Name is how the batch is called on screen and for the bank: "PRLV-20261210-0003".
func (b Batch) Name() string {
	return fmt.Sprintf("PRLV-%04d%02d%02d-%04d", b.DueOn.Year, int(b.DueOn.Month), b.DueOn.Day, b.Number)
}

// Share is what a debit pays of one invoice.
type Share struct {
	InvoiceID string
	Number    string
	Cents     money.Cents
}

// Planned is what a household would be debited.
type Planned struct {
	Mandate   Mandate
	Household string // its name
	Sequence  sepa.Sequence
	Changed   bool // its account changed since the last debit
	Shares    []Share
	Cents     money.Cents
}

// Excluded is an invoice of a household with a mandate that a batch leaves out.
type Excluded struct {
	HouseholdID string
	Household   string
	Number      string
	Cents       money.Cents
	Why         Reason
	From        civil.Date // the first day on which it could be debited; zero when it is not a matter of days
}

// Plan is what a batch would hold.
type Plan struct {
	DueOn    civil.Date
	Debits   []Planned
	Excluded []Excluded
	Cents    money.Cents
}

// gatherSlice is how many mandates one transaction goes through.
const gatherSlice = 200

// The kinds of the jobs of a batch; their payload is a BatchPayload.
const (
	GatherKind   = "mandate.gather"
	AnnounceKind = "mandate.announce" // tells families what will be debited
	WithdrawKind = "mandate.withdraw" // tells them that it will not
)

// CollectKind is the kind of the daily job that records what was debited.
const CollectKind = "mandate.collect"

// BatchPayload names a batch.
type BatchPayload struct {
	BatchID string `json:"batch"`
}

// Preview says what a batch of a day would hold, and what it would leave out. It writes nothing.
func Preview(ctx context.Context, tx *db.Tx, dueOn civil.Date) (p Plan, err error) {
	p.DueOn = dueOn
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return p, err
	}
	for after := ""; ; {
		list, err := standing(ctx, tx, after, gatherSlice)
		if err != nil {
			return p, err
		}
		debits, out, err := plan(ctx, tx, set, list, dueOn)
		if err != nil {
			return p, err
		}
		p.Debits, p.Excluded = append(p.Debits, debits...), append(p.Excluded, out...)
		if len(list) < gatherSlice {
			break
		}
		after = list[len(list)-1].ID
	}
	for _, d := range p.Debits {
		p.Cents += d.Cents
	}
	return p, nil
}

// plan decides what some mandates are debited on a day.
func plan(ctx context.Context, tx *db.Tx, set Settings, list []Mandate, dueOn civil.Date) (debits []Planned, out []Excluded, err error) {
	open, err := openInvoices(ctx, tx, list)
	if err != nil {
		return nil, nil, err
	}
	before, err := lastDebits(ctx, tx, list)
	if err != nil {
		return nil, nil, err
	}
	names, err := householdNames(ctx, tx, list)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range list {
		d := Planned{Mandate: m, Household: names[m.HouseholdID]}
		for _, i := range open[m.HouseholdID] {
			why, from := judge(set, m, i, dueOn)
			if why != "" {
				out = append(out, Excluded{HouseholdID: m.HouseholdID, Household: d.Household, Number: i.Number, Cents: i.Rest, Why: why, From: from})
				continue
			}
			d.Shares, d.Cents = append(d.Shares, Share{i.InvoiceID, i.Number, i.Rest}), d.Cents+i.Rest
		}
		if len(d.Shares) > 0 {
			d.Sequence, d.Changed = sequence(set.First, before[m.ID], m.Account)
			debits = append(debits, d)
		}
	}
	return debits, out, nil
}

// invoice is an open invoice, and what keeps it out of a batch.
type invoice struct {
	billing.Open
	reserved bool
	paused   bool
	paying   bool
}

// openInvoices reads what the households of some mandates owe.
func openInvoices(ctx context.Context, tx *db.Tx, list []Mandate) (map[string][]invoice, error) {
	out := map[string][]invoice{}
	homes, ids := make([]string, len(list)), []string{}
	for i, m := range list {
		homes[i] = m.HouseholdID
	}
	due, err := billing.DueOf(ctx, tx, homes)
	if err != nil {
		return nil, err
	}
	for _, o := range due {
		out[o.HouseholdID] = append(out[o.HouseholdID], invoice{Open: o})
		ids = append(ids, o.InvoiceID)
	}
	reserved, err := InBatch(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	paused, err := pauses(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	paying, err := beingPaid(ctx, tx, ids)
	for _, invoices := range out {
		for i := range invoices {
			_, invoices[i].reserved = reserved[invoices[i].InvoiceID]
			invoices[i].paused, invoices[i].paying = paused[invoices[i].InvoiceID], paying[invoices[i].InvoiceID]
		}
	}
	return out, err
}

// Make begins a batch for a day; a job gathers its debits. id is of db.NewID, drawn by who asks: the same id twice is the same batch. Errors:
// fault.Forbidden; fault.Refused until the creditor is known; fault.Invalid beside "echeance"; fault.Conflict while another is being gathered.
func Make(ctx context.Context, tx *db.Tx, who staff.Agent, id string, dueOn, today civil.Date) (Batch, error) {
	if !who.May(staff.Bill, "") {
		return Batch{}, fault.Forbiddenf("Votre rôle ne permet pas de préparer un prélèvement.")
	}
	if len(id) != len(db.NewID()) || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return Batch{}, fault.Invalidf("echeance", "Rouvrez la page et recommencez.")
	}
	if first, err := BatchByID(ctx, tx, id); !fault.Is(err, fault.NotFound) {
		return first, err
	}
	set, err := SettingsOf(ctx, tx)
	if err != nil {
		return Batch{}, err
	}
	if !set.Ready() {
		return Batch{}, fault.Refusedf("Renseignez d’abord le créancier dans les réglages du prélèvement.")
	}
	if err := CheckDue(dueOn, today, set.Lead); err != nil {
		return Batch{}, err
	}
	if busy, err := db.Exists(ctx, tx, `SELECT 1 FROM debit_batches WHERE gathered_at IS NULL AND cancelled_at IS NULL`); err != nil {
		return Batch{}, err
	} else if busy {
		return Batch{}, fault.Conflictf("Un autre lot est en cours de préparation. Attendez quelques instants.")
	}
	b := Batch{ID: id, DueOn: dueOn, Creditor: set, MadeAt: tx.Now, MadeBy: who.Name}
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) + 1 FROM debit_batches`).Scan(&b.Number); err != nil {
		return b, err
	}
	if err := insertBatch(ctx, tx, b, household.ByAgent(who)); err != nil {
		return b, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "debit.batch", Subject: "batch:" + b.ID, Detail: map[string]string{"batch": b.Name()}}); err != nil {
		return b, err
	}
	return b, job.Queue(ctx, tx, GatherKind, BatchPayload{b.ID})
}

// GatherSlice adds the debits of the mandates that follow after, a few hundred of them, and says where it stopped; empty when all are done:
// the file is then ready and the families are told. What was gathered already is not found again, so that a job may begin anew.
func GatherSlice(ctx context.Context, tx *db.Tx, batchID, after string) (string, error) {
	b, err := BatchByID(ctx, tx, batchID)
	if err != nil || b.State() != Gathering {
		return "", err
	}
	list, err := standing(ctx, tx, after, gatherSlice)
	if err != nil {
		return "", err
	}
	debits, _, err := plan(ctx, tx, b.Creditor, list, b.DueOn)
	if err != nil {
		return "", err
	}
	for _, d := range debits {
		if err := insertDebit(ctx, tx, b, d); err != nil {
			return "", err
		}
	}
	if len(list) == gatherSlice {
		return list[len(list)-1].ID, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE debit_batches SET gathered_at = $2 WHERE id = $1`, b.ID, tx.Now); err != nil {
		return "", err
	}
	return "", job.Queue(ctx, tx, AnnounceKind, BatchPayload{b.ID})
}

// Pause keeps invoices out of batches: another way to pay them was agreed.
func Pause(ctx context.Context, tx *db.Tx, invoiceIDs []string, why string) error {
	for _, id := range invoiceIDs {
		if _, err := tx.Exec(ctx, `INSERT INTO debit_pauses (invoice_id, why, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, why, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

// Unpause lets batches take invoices again.
func Unpause(ctx context.Context, tx *db.Tx, invoiceIDs []string) error {
	_, err := tx.Exec(ctx, `DELETE FROM debit_pauses WHERE invoice_id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.JSON(invoiceIDs))
	return err
}

func insertBatch(ctx context.Context, tx *db.Tx, b Batch, by household.By) error {
	creditor, err := json.Marshal(b.Creditor)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO debit_batches (id, number, due_on, creditor, made_at, made_by, made_by_name, sent_by, cancelled_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '')`, b.ID, b.Number, b.DueOn, string(creditor), b.MadeAt, by.Actor, by.Name)
	return err
}

// insertDebit writes what a mandate is debited, and reserves its invoices.
func insertDebit(ctx context.Context, tx *db.Tx, b Batch, d Planned) error {
	id := db.NewID()
	reference := sepa.Reference(d.Shares[0].Number + "-" + fmt.Sprint(b.Number))
	n, err := tx.Exec(ctx, `INSERT INTO debits (id, batch_id, household_id, mandate_id, account_id, end_to_end, rum, bank, sequence, new_account, amount_cents,
		receipt_id, rejected_code, rejected_by, released_why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', '')
		ON CONFLICT (batch_id, mandate_id) DO NOTHING`,
		id, b.ID, d.Mandate.HouseholdID, d.Mandate.ID, d.Mandate.Account.ID, reference, string(d.Mandate.RUM), d.Mandate.Account.Bank, string(d.Sequence), d.Changed, d.Cents)
	if err != nil || n == 0 {
		return err
	}
	for _, s := range d.Shares {
		if _, err := tx.Exec(ctx, `INSERT INTO debit_shares (id, debit_id, invoice_id, invoice_number, amount_cents) VALUES ($1, $2, $3, $4, $5)`,
			db.NewID(), id, s.InvoiceID, s.Number, s.Cents); err != nil {
			return err
		}
	}
	return nil
}
