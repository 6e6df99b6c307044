-- +goose Up

-- number_series: the last number given in a series of a year. Numbers are taken in the transaction of what bears them, so there is no gap.
CREATE TABLE number_series (
  series text NOT NULL CHECK (series <> ''),
  year bigint NOT NULL,
  last bigint NOT NULL CHECK (last >= 0),
  PRIMARY KEY (series, year)
);

-- billing_runs: the bill of a month for everybody, or of a range of days for one household. Preparing and issuing go through the households
-- in the order of their ids; done_to is the last one of the phase under way.
CREATE TABLE billing_runs (
  id text NOT NULL PRIMARY KEY,
  month text NOT NULL,
  household_id text REFERENCES households (id),
  from_day date NOT NULL,
  to_day date NOT NULL,
  examine_from date NOT NULL,
  state text NOT NULL CHECK (state IN ('preparing', 'prepared', 'issuing', 'issued', 'abandoned')),
  done_to text NOT NULL,
  created_at instant NOT NULL,
  created_by text NOT NULL,
  created_by_name text NOT NULL,
  gathered_at instant NOT NULL,
  prepared_at instant,
  issued_on date,
  due_on date,
  issue_asked_at instant,
  issued_by text NOT NULL DEFAULT '',
  issued_by_name text NOT NULL DEFAULT '',
  issued_at instant,
  abandoned_at instant,
  abandoned_by text NOT NULL DEFAULT '',
  CHECK (to_day >= from_day),
  CHECK (examine_from <= from_day),
  CHECK (due_on IS NULL OR due_on >= issued_on),
  CHECK ((state = 'issued') = (issued_at IS NOT NULL)),
  CHECK ((state = 'abandoned') = (abandoned_at IS NOT NULL))
);
CREATE UNIQUE INDEX billing_runs_month ON billing_runs (month) WHERE household_id IS NULL AND state <> 'abandoned';
CREATE UNIQUE INDEX billing_runs_one_household ON billing_runs (household_id) WHERE household_id IS NOT NULL AND state IN ('preparing', 'prepared', 'issuing');
CREATE INDEX billing_runs_by_time ON billing_runs (created_at, id);

-- run_rechecks: households whose days before the run have changed since they were billed, with the first day to look at again.
CREATE TABLE run_rechecks (
  run_id text NOT NULL REFERENCES billing_runs (id),
  household_id text NOT NULL REFERENCES households (id),
  from_day date NOT NULL,
  PRIMARY KEY (run_id, household_id)
);
CREATE INDEX run_rechecks_by_household ON run_rechecks (household_id);

-- run_notes: what an agent should look at before a run is issued.
CREATE TABLE run_notes (
  run_id text NOT NULL REFERENCES billing_runs (id),
  household_id text NOT NULL REFERENCES households (id),
  kind text NOT NULL CHECK (kind IN ('no_quotient', 'unpointed', 'doubled', 'credit', 'carried', 'elsewhere', 'unpriced', 'pending')),
  count bigint NOT NULL CHECK (count > 0),
  cents bigint NOT NULL,
  from_day date NOT NULL,
  PRIMARY KEY (run_id, household_id, kind)
);
CREATE INDEX run_notes_by_kind ON run_notes (run_id, kind);
CREATE INDEX run_notes_by_household ON run_notes (household_id);

-- invoices: an invoice or a credit note. Without a number it is a draft, which may be deleted; once it has one, nothing of it changes
-- but whose it is (household_id, when two files are merged), when it was settled, and who recovers it.
CREATE TABLE invoices (
  id text NOT NULL PRIMARY KEY,
  run_id text NOT NULL REFERENCES billing_runs (id),
  household_id text NOT NULL REFERENCES households (id),
  kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  series text NOT NULL,
  year bigint,
  number bigint CHECK (number > 0),
  label text NOT NULL,
  payer_reference text NOT NULL,
  payer_name text NOT NULL,
  payer_line text NOT NULL,
  payer_postal_code text NOT NULL,
  payer_city text NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  total_cents bigint NOT NULL,
  earlier_cents bigint NOT NULL,
  before_cents bigint NOT NULL,
  made_at instant NOT NULL,
  issued_at instant,
  issued_on date,
  due_on date,
  settled_at instant,
  handed_at instant,
  handed_slip text NOT NULL DEFAULT '',
  CHECK (kind = 'credit_note' OR total_cents >= 0),
  CHECK (kind = 'invoice' OR total_cents <= 0),
  CHECK ((number IS NULL) = (issued_at IS NULL)),
  CHECK ((number IS NULL) = (issued_on IS NULL)),
  CHECK ((number IS NULL) = (label = '')),
  CHECK (settled_at IS NULL OR number IS NOT NULL),
  CHECK (handed_at IS NULL OR (number IS NOT NULL AND kind = 'invoice'))
);
CREATE UNIQUE INDEX invoices_numbered ON invoices (series, year, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX invoices_labelled ON invoices (label) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX invoices_one_a_run ON invoices (run_id, household_id, kind) WHERE number IS NULL;
CREATE INDEX invoices_by_run ON invoices (run_id, household_id);
CREATE INDEX invoices_by_household ON invoices (household_id, issued_on);
CREATE INDEX invoices_open ON invoices (due_on, id) WHERE settled_at IS NULL AND number IS NOT NULL AND kind = 'invoice';

-- invoice_lines: charges of the same child, activity, unit price and explanation.
CREATE TABLE invoice_lines (
  invoice_id text NOT NULL REFERENCES invoices (id),
  number bigint NOT NULL CHECK (number > 0),
  child_id text NOT NULL,
  child_name text NOT NULL,
  activity_id text NOT NULL,
  activity_name text NOT NULL,
  option_name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('service', 'late_pickup', 'fee', 'year_fee')),
  attribute text NOT NULL CHECK (attribute IN ('care', 'food', 'penalty', 'aid')),
  unit_cents bigint NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  total_cents bigint NOT NULL,
  explanation text NOT NULL,
  grid_id text NOT NULL,
  cesu boolean NOT NULL,
  corrects text NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  PRIMARY KEY (invoice_id, number),
  CHECK (total_cents = unit_cents * quantity)
);
CREATE INDEX invoice_lines_by_grid ON invoice_lines (grid_id);

-- charges: one fact on one day, or a part of its price. A charge of a credit note is the exact opposite of the one it reverses, which is
-- live no more. The same child, activity, day and kind has one live price: the database refuses a second.
CREATE TABLE charges (
  invoice_id text NOT NULL,
  number bigint NOT NULL CHECK (number > 0),
  line bigint NOT NULL,
  child_id text NOT NULL,
  activity_id text NOT NULL,
  day date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('service', 'late_pickup', 'fee', 'year_fee')),
  part bigint NOT NULL CHECK (part >= 0),
  cents bigint NOT NULL,
  reverses_invoice text,
  reverses_number bigint,
  reversed_in text REFERENCES invoices (id),
  PRIMARY KEY (invoice_id, number),
  FOREIGN KEY (invoice_id, line) REFERENCES invoice_lines (invoice_id, number),
  FOREIGN KEY (reverses_invoice, reverses_number) REFERENCES charges (invoice_id, number),
  CHECK ((reverses_invoice IS NULL) = (reverses_number IS NULL)),
  CHECK (reverses_invoice IS NULL OR reversed_in IS NULL)
);
CREATE UNIQUE INDEX charges_once ON charges (child_id, day, activity_id, kind, part) WHERE reverses_invoice IS NULL AND reversed_in IS NULL;
CREATE UNIQUE INDEX charges_reversed_once ON charges (reverses_invoice, reverses_number) WHERE reverses_invoice IS NOT NULL;
CREATE INDEX charges_reversed ON charges (reversed_in) WHERE reversed_in IS NOT NULL;

-- ledger_entries: what each household owes and is owed, append-only. An account is the household for which it was written; its entries are
-- chained by their hashes. household_id says whose it is now, and changes only when two files are merged.
CREATE TABLE ledger_entries (
  id text NOT NULL PRIMARY KEY,
  account_id text NOT NULL,
  household_id text NOT NULL REFERENCES households (id),
  seq bigint NOT NULL CHECK (seq > 0),
  kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'payment', 'refund', 'write_off', 'reversal', 'transfer')),
  cents bigint NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  invoice_id text REFERENCES invoices (id),
  reverses text REFERENCES ledger_entries (id),
  label text NOT NULL,
  day date NOT NULL,
  at instant NOT NULL,
  made_by text NOT NULL,
  prev text NOT NULL,
  hash text NOT NULL,
  CHECK (kind NOT IN ('invoice', 'refund') OR cents >= 0),
  CHECK (kind NOT IN ('credit_note', 'payment', 'write_off') OR cents <= 0),
  CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
);
CREATE UNIQUE INDEX ledger_entries_by_source ON ledger_entries (source);
CREATE UNIQUE INDEX ledger_entries_by_account ON ledger_entries (account_id, seq);
CREATE UNIQUE INDEX ledger_entries_reversed_once ON ledger_entries (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX ledger_entries_by_household ON ledger_entries (household_id, day);
CREATE INDEX ledger_entries_by_invoice ON ledger_entries (invoice_id) WHERE invoice_id IS NOT NULL;

-- allocations: which credit of a household pays which debt, append-only: what is taken back is a second row, negative.
CREATE TABLE allocations (
  id text NOT NULL PRIMARY KEY,
  credit_id text NOT NULL REFERENCES ledger_entries (id),
  debit_id text NOT NULL REFERENCES ledger_entries (id),
  invoice_id text REFERENCES invoices (id),
  cents bigint NOT NULL CHECK (cents <> 0),
  at instant NOT NULL
);
CREATE INDEX allocations_by_credit ON allocations (credit_id);
CREATE INDEX allocations_by_debit ON allocations (debit_id);
CREATE INDEX allocations_by_invoice ON allocations (invoice_id) WHERE invoice_id IS NOT NULL;

-- invoice_acts: what happened to an invoice after its issue, and who did it.
CREATE TABLE invoice_acts (
  id text NOT NULL PRIMARY KEY,
  invoice_id text NOT NULL REFERENCES invoices (id),
  act text NOT NULL CHECK (act IN ('handed_over', 'taken_back', 'written_off')),
  at instant NOT NULL,
  day date NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  slip text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  cents bigint NOT NULL
);
CREATE INDEX invoice_acts_by_invoice ON invoice_acts (invoice_id, at);
