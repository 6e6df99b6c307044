-- +goose Up

-- payment_contracts: what ties the town to each bank; the secret is sealed with the town's key.
CREATE TABLE payment_contracts (
  bank text NOT NULL PRIMARY KEY CHECK (bank IN ('paybox', 'payfip')),
  enabled boolean NOT NULL,
  terms json NOT NULL,
  secret text NOT NULL,
  changed_at instant NOT NULL
);

-- payment_attempts: a family was sent to a bank to pay invoices. The amount and its shares are fixed here, and never by a browser. What
-- became of it is what the bank says to the server; paid is paid, whatever is said afterwards. client and mode are those of the contract with
-- PayFiP when it began: its answers are about them, whatever is settled since.
CREATE TABLE payment_attempts (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  payer_name text NOT NULL CHECK (payer_name <> ''),
  email text NOT NULL,
  bank text NOT NULL CHECK (bank IN ('paybox', 'payfip')),
  reference text NOT NULL UNIQUE CHECK (reference <> ''),
  cents bigint NOT NULL CHECK (cents > 0),
  state text NOT NULL CHECK (state IN ('open', 'pending', 'paid', 'refused', 'failed', 'cancelled', 'expired')),
  created_at instant NOT NULL,
  changed_at instant NOT NULL,
  operation text UNIQUE,
  client text NOT NULL DEFAULT '',
  mode text NOT NULL DEFAULT '',
  call_number text NOT NULL DEFAULT '',
  transaction_number text NOT NULL DEFAULT '',
  receipt_id text REFERENCES receipts (id),
  CHECK ((state = 'paid') = (receipt_id IS NOT NULL))
);
CREATE INDEX payment_attempts_by_household ON payment_attempts (household_id, created_at);
CREATE INDEX payment_attempts_by_guardian ON payment_attempts (guardian_id);
CREATE INDEX payment_attempts_live ON payment_attempts (created_at) WHERE state IN ('open', 'pending');
CREATE INDEX payment_attempts_by_time ON payment_attempts (created_at, id);
CREATE INDEX payment_attempts_by_receipt ON payment_attempts (receipt_id) WHERE receipt_id IS NOT NULL;

-- payment_shares: what an attempt is to pay of each invoice, as it was open when the attempt began.
CREATE TABLE payment_shares (
  attempt_id text NOT NULL REFERENCES payment_attempts (id),
  position bigint NOT NULL,
  invoice_id text NOT NULL REFERENCES invoices (id),
  invoice_number text NOT NULL,
  cents bigint NOT NULL CHECK (cents > 0),
  PRIMARY KEY (attempt_id, position)
);
CREATE UNIQUE INDEX payment_shares_by_invoice ON payment_shares (invoice_id, attempt_id);

-- payment_events: everything that was said of payments, by banks, families, agents and the clock; append-only. odd: somebody is to look at it.
-- attempt_id is null for what is about no payment of this town.
CREATE TABLE payment_events (
  id text NOT NULL PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  attempt_id text REFERENCES payment_attempts (id),
  at instant NOT NULL,
  bank text NOT NULL CHECK (bank IN ('paybox', 'payfip')),
  kind text NOT NULL CHECK (kind <> ''),
  odd boolean NOT NULL,
  reference text NOT NULL,
  code text NOT NULL,
  cents bigint NOT NULL,
  detail text NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL
);
CREATE INDEX payment_events_by_attempt ON payment_events (attempt_id, seq) WHERE attempt_id IS NOT NULL;
CREATE INDEX payment_events_odd ON payment_events (seq) WHERE odd;
CREATE INDEX payment_events_by_kind ON payment_events (kind, at);

-- payment_reviews: an agent has looked at what was odd.
CREATE TABLE payment_reviews (
  event_id text NOT NULL PRIMARY KEY REFERENCES payment_events (id),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL
);

-- payment_refunds: money given back, whole, asked of the bank or done elsewhere and recorded here; or taken back by the bank of who paid (reject).
CREATE TABLE payment_refunds (
  id text NOT NULL PRIMARY KEY,
  attempt_id text NOT NULL REFERENCES payment_attempts (id),
  way text NOT NULL CHECK (way IN ('bank', 'hand', 'reject')),
  number bigint UNIQUE,
  cents bigint NOT NULL CHECK (cents > 0),
  reason text NOT NULL CHECK (reason <> ''),
  state text NOT NULL CHECK (state IN ('asked', 'unsure', 'done', 'refused')),
  code text NOT NULL,
  asked_at instant NOT NULL,
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  settled_at instant,
  receipt_id text REFERENCES receipts (id),
  CHECK ((way = 'bank') = (number IS NOT NULL)),
  CHECK ((state IN ('done', 'refused')) = (settled_at IS NOT NULL))
);
CREATE UNIQUE INDEX payment_refunds_once ON payment_refunds (attempt_id) WHERE state <> 'refused';
CREATE INDEX payment_refunds_by_attempt ON payment_refunds (attempt_id);
CREATE INDEX payment_refunds_by_receipt ON payment_refunds (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE INDEX payment_refunds_open ON payment_refunds (asked_at) WHERE state = 'asked';
