-- +goose Up

-- mandates: a family lets the town debit an account. rum names the mandate for the bank, once and for all; the account may change (see
-- mandate_accounts). One mandate of a household stands at a time.
CREATE TABLE mandates (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  rum text NOT NULL CHECK (rum <> ''),
  ics text NOT NULL CHECK (ics <> ''),
  creditor text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('online', 'paper')),
  signed_on date NOT NULL,
  signed_by text NOT NULL,
  terms_version text NOT NULL,
  terms text NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  suspended_at instant,
  suspended_why text NOT NULL,
  ended_at instant,
  ended_how text NOT NULL CHECK (ended_how IN ('', 'family', 'town', 'lapsed')),
  CONSTRAINT mandates_ended CHECK ((ended_at IS NULL) = (ended_how = ''))
);
CREATE UNIQUE INDEX mandates_by_rum ON mandates (rum);
CREATE UNIQUE INDEX mandates_standing ON mandates (household_id) WHERE ended_at IS NULL;
CREATE INDEX mandates_by_household ON mandates (household_id);

-- mandate_accounts: the accounts of a mandate, the last position being the one that is debited; never changed. The number of the account
-- is sealed; iban_shown is its first and last signs.
CREATE TABLE mandate_accounts (
  id text NOT NULL PRIMARY KEY,
  mandate_id text NOT NULL REFERENCES mandates (id) ON DELETE CASCADE,
  position bigint NOT NULL CHECK (position >= 1),
  iban_sealed text NOT NULL,
  iban_shown text NOT NULL,
  bank text NOT NULL,
  bic text NOT NULL,
  holder text NOT NULL,
  street text NOT NULL,
  postal_code text NOT NULL,
  city text NOT NULL,
  country text NOT NULL CHECK (length(country) = 2),
  signed_on date NOT NULL,
  signed_by text NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL
);
CREATE UNIQUE INDEX mandate_accounts_by_position ON mandate_accounts (mandate_id, position);

-- mandate_events: what happened to a mandate.
CREATE TABLE mandate_events (
  id text NOT NULL PRIMARY KEY,
  mandate_id text NOT NULL REFERENCES mandates (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('signed', 'account', 'suspended', 'resumed', 'revoked', 'lapsed', 'rejected')),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  note text NOT NULL
);
CREATE INDEX mandate_events_by_mandate ON mandate_events (mandate_id, at);

-- mandate_numbers: the last number given to a mandate.
CREATE TABLE mandate_numbers (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  last bigint NOT NULL
);

-- debit_batches: collections of one day, sent to the bank in one file. creditor is the town's settings as they were. gathered_at: all its
-- debits are there; sent_at: the file was given to the bank; collected_at: the till has them; cancelled_at: it was given up before it was sent.
CREATE TABLE debit_batches (
  id text NOT NULL PRIMARY KEY,
  number bigint NOT NULL CHECK (number >= 1),
  due_on date NOT NULL,
  creditor json NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  gathered_at instant,
  sent_at instant,
  sent_by text NOT NULL,
  collected_at instant,
  cancelled_at instant,
  cancelled_by text NOT NULL,
  CONSTRAINT debit_batches_cancelled_before_sent CHECK (cancelled_at IS NULL OR sent_at IS NULL)
);
CREATE UNIQUE INDEX debit_batches_by_number ON debit_batches (number);

-- debits: what one mandate is debited in a batch. collected_at: a receipt was made of it; rejected_at: the bank sent it back, and the receipt,
-- if there was one, was reversed; released_at: it was taken out before it was sent.
CREATE TABLE debits (
  id text NOT NULL PRIMARY KEY,
  batch_id text NOT NULL REFERENCES debit_batches (id),
  household_id text NOT NULL REFERENCES households (id),
  mandate_id text REFERENCES mandates (id) ON DELETE SET NULL,
  account_id text REFERENCES mandate_accounts (id) ON DELETE SET NULL,
  end_to_end text NOT NULL,
  rum text NOT NULL,
  bank text NOT NULL,
  sequence text NOT NULL CHECK (sequence IN ('OOFF', 'FRST', 'RCUR', 'FNAL')),
  new_account boolean NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  collected_at instant,
  receipt_id text NOT NULL,
  rejected_at instant,
  rejected_code text NOT NULL,
  rejected_on date,
  rejected_by text NOT NULL,
  released_at instant,
  released_why text NOT NULL
);
CREATE UNIQUE INDEX debits_by_reference ON debits (end_to_end);
CREATE UNIQUE INDEX debits_one_a_batch ON debits (batch_id, mandate_id);
CREATE INDEX debits_by_mandate ON debits (mandate_id);
CREATE INDEX debits_by_account ON debits (account_id);
CREATE INDEX debits_by_household ON debits (household_id);

-- debit_shares: the invoices of a debit. An invoice is in one debit at a time: until it is settled (collected, rejected or released).
CREATE TABLE debit_shares (
  id text NOT NULL PRIMARY KEY,
  debit_id text NOT NULL REFERENCES debits (id),
  invoice_id text NOT NULL REFERENCES invoices (id),
  invoice_number text NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  settled_at instant
);
CREATE UNIQUE INDEX debit_shares_reserve ON debit_shares (invoice_id) WHERE settled_at IS NULL;
CREATE INDEX debit_shares_by_debit ON debit_shares (debit_id);
CREATE INDEX debit_shares_by_invoice ON debit_shares (invoice_id);

-- debit_pauses: invoices that no batch takes, since another way to pay them was agreed.
CREATE TABLE debit_pauses (
  invoice_id text NOT NULL PRIMARY KEY REFERENCES invoices (id),
  why text NOT NULL CHECK (why <> ''),
  since instant NOT NULL
);
