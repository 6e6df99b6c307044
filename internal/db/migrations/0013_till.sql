-- +goose Up

-- revenue_offices: régies, with what the act that founded each of them says; zero cents of a limit: none.
CREATE TABLE revenue_offices (
  id text NOT NULL PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  payee text NOT NULL,
  cash_most_cents bigint NOT NULL CHECK (cash_most_cents >= 0),
  ceiling_cents bigint NOT NULL CHECK (ceiling_cents >= 0),
  float_cents bigint NOT NULL CHECK (float_cents >= 0),
  cesu_code text NOT NULL,
  cesu_surplus text NOT NULL CHECK (cesu_surplus IN ('credit', 'refused')),
  cesu_grace_months bigint NOT NULL CHECK (cesu_grace_months BETWEEN 0 AND 24),
  deposit_days bigint NOT NULL CHECK (deposit_days BETWEEN 1 AND 366)
);

-- till_counters: the last number of a series of an office in a year; it moves in the transaction that uses the number, so that none is lost.
CREATE TABLE till_counters (
  office_id text NOT NULL REFERENCES revenue_offices (id),
  series text NOT NULL CHECK (series IN ('receipt', 'session', 'deposit', 'handover')),
  year bigint NOT NULL,
  last_number bigint NOT NULL CHECK (last_number >= 1),
  PRIMARY KEY (office_id, series, year)
);

-- till_sessions: a day at the till, from its opening to its closing, when the cash was counted; one is open at a time.
CREATE TABLE till_sessions (
  id text NOT NULL PRIMARY KEY,
  office_id text NOT NULL REFERENCES revenue_offices (id),
  year bigint NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  day date NOT NULL,
  float_cents bigint NOT NULL CHECK (float_cents >= 0),
  opened_at instant NOT NULL,
  opened_by text NOT NULL,
  opened_by_name text NOT NULL,
  closed_at instant,
  closed_by text NOT NULL DEFAULT '',
  closed_by_name text NOT NULL DEFAULT '',
  expected_cents bigint NOT NULL DEFAULT 0,
  counted_cents bigint NOT NULL DEFAULT 0,
  remark text NOT NULL DEFAULT '',
  CONSTRAINT till_sessions_difference CHECK (closed_at IS NULL OR expected_cents = counted_cents OR remark <> '')
);
CREATE UNIQUE INDEX till_sessions_number ON till_sessions (office_id, year, number);
CREATE UNIQUE INDEX till_sessions_one_open ON till_sessions (office_id) WHERE closed_at IS NULL;

-- receipts: what was cashed, numbered without a gap, never changed; a mistake is a second row that reverses the first, with its own
-- number and the opposite amount. household_id is null while nobody knows whose the money is.
CREATE TABLE receipts (
  id text NOT NULL PRIMARY KEY,
  office_id text NOT NULL REFERENCES revenue_offices (id),
  year bigint NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  day date NOT NULL,
  at instant NOT NULL,
  paid_on date NOT NULL,
  session_id text REFERENCES till_sessions (id),
  household_id text REFERENCES households (id),
  payer_name text NOT NULL CHECK (payer_name <> ''),
  means text NOT NULL CHECK (means IN ('cash', 'cheque', 'cesu', 'ecesu', 'transfer', 'card', 'payfip_card', 'payfip_debit', 'direct_debit')),
  cents bigint NOT NULL CHECK (cents <> 0),
  label text NOT NULL,
  reference text NOT NULL,
  source text NOT NULL UNIQUE,
  reverses_id text UNIQUE REFERENCES receipts (id),
  reason text NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  CONSTRAINT receipts_reversal CHECK ((reverses_id IS NOT NULL) = (cents < 0) AND (reverses_id IS NULL OR reason <> ''))
);
CREATE UNIQUE INDEX receipts_number ON receipts (office_id, year, number);
CREATE INDEX receipts_by_household ON receipts (household_id, day) WHERE household_id IS NOT NULL;
CREATE INDEX receipts_by_day ON receipts (office_id, day);
CREATE INDEX receipts_by_session ON receipts (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX receipts_unsorted ON receipts (office_id, at, number) WHERE household_id IS NULL AND reverses_id IS NULL;
CREATE INDEX receipts_in_order ON receipts (at, year, number, id);

-- receipt_shares: which invoices a receipt paid, as it was allocated when it was made; what is left is an advance.
CREATE TABLE receipt_shares (
  receipt_id text NOT NULL REFERENCES receipts (id),
  invoice_id text NOT NULL,
  invoice_number text NOT NULL,
  cents bigint NOT NULL CHECK (cents <> 0),
  PRIMARY KEY (receipt_id, invoice_id)
);
CREATE INDEX receipt_shares_by_invoice ON receipt_shares (invoice_id);

-- receipt_owners: whose money it was, once found, of a receipt that named nobody.
CREATE TABLE receipt_owners (
  id text NOT NULL PRIMARY KEY,
  receipt_id text NOT NULL UNIQUE REFERENCES receipts (id),
  household_id text NOT NULL REFERENCES households (id),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL
);
CREATE INDEX receipt_owners_by_household ON receipt_owners (household_id);

-- deposits: what left the till, numbered: cheques sent to be cashed, or takings paid over to the treasury. source: the form that asked for it, so that
-- a second click makes no second slip. A slip made by mistake is undone by one of the opposite amounts, which names it (reverses_id), says why, and keeps
-- which cheques and titles came back with it (returned: their ids).
CREATE TABLE deposits (
  id text NOT NULL PRIMARY KEY,
  office_id text NOT NULL REFERENCES revenue_offices (id),
  kind text NOT NULL CHECK (kind IN ('cheques', 'treasury')),
  year bigint NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  day date NOT NULL,
  at instant NOT NULL,
  cash_cents bigint NOT NULL,
  cheques_cents bigint NOT NULL,
  cesu_cents bigint NOT NULL,
  account_cents bigint NOT NULL,
  from_number text NOT NULL,
  to_number text NOT NULL,
  source text UNIQUE,
  reverses_id text UNIQUE REFERENCES deposits (id),
  reason text NOT NULL,
  returned json NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  CONSTRAINT deposits_something CHECK (cash_cents + cheques_cents + cesu_cents + account_cents <> 0),
  CONSTRAINT deposits_one_way CHECK ((reverses_id IS NULL AND cash_cents >= 0 AND cheques_cents >= 0 AND cesu_cents >= 0 AND account_cents >= 0)
    OR (reverses_id IS NOT NULL AND reason <> '' AND cash_cents <= 0 AND cheques_cents <= 0 AND cesu_cents <= 0 AND account_cents <= 0)),
  CONSTRAINT deposits_cheques_alone CHECK (kind = 'treasury' OR cash_cents + cesu_cents + account_cents = 0)
);
CREATE UNIQUE INDEX deposits_number ON deposits (office_id, year, number);

-- cheques: the cheques of a receipt; deposit_id is the slip they left the till with, freed_at when the receipt was reversed.
CREATE TABLE cheques (
  id text NOT NULL PRIMARY KEY,
  receipt_id text NOT NULL REFERENCES receipts (id),
  bank text NOT NULL CHECK (bank <> ''),
  number text NOT NULL CHECK (number <> ''),
  drawer text NOT NULL CHECK (drawer <> ''),
  cents bigint NOT NULL CHECK (cents > 0),
  deposit_id text REFERENCES deposits (id),
  freed_at instant
);
CREATE INDEX cheques_by_receipt ON cheques (receipt_id);
CREATE INDEX cheques_by_deposit ON cheques (deposit_id) WHERE deposit_id IS NOT NULL;
CREATE INDEX cheques_in_hand ON cheques (id) WHERE deposit_id IS NULL AND freed_at IS NULL;

-- cesu_titles: paper titles, one by one. A title is cashed once: freed_at lets one come back whose receipt was reversed.
CREATE TABLE cesu_titles (
  id text NOT NULL PRIMARY KEY,
  receipt_id text NOT NULL REFERENCES receipts (id),
  issuer text NOT NULL CHECK (issuer <> ''),
  number text NOT NULL CHECK (number <> ''),
  vintage bigint NOT NULL CHECK (vintage BETWEEN 1990 AND 2999),
  cents bigint NOT NULL CHECK (cents > 0),
  deposit_id text REFERENCES deposits (id),
  freed_at instant
);
CREATE UNIQUE INDEX cesu_titles_once ON cesu_titles (issuer, number) WHERE freed_at IS NULL;
CREATE INDEX cesu_titles_by_receipt ON cesu_titles (receipt_id);
CREATE INDEX cesu_titles_by_deposit ON cesu_titles (deposit_id) WHERE deposit_id IS NOT NULL;
CREATE INDEX cesu_titles_in_hand ON cesu_titles (id) WHERE deposit_id IS NULL AND freed_at IS NULL;

-- handovers: the office changed hands: who gave what to whom, as counted. source: the form that asked for it, once.
CREATE TABLE handovers (
  id text NOT NULL PRIMARY KEY,
  office_id text NOT NULL REFERENCES revenue_offices (id),
  year bigint NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  day date NOT NULL,
  at instant NOT NULL,
  from_name text NOT NULL,
  to_name text NOT NULL CHECK (to_name <> ''),
  remark text NOT NULL,
  balances json NOT NULL,
  last_receipt text NOT NULL,
  source text UNIQUE,
  actor text NOT NULL,
  actor_name text NOT NULL
);
CREATE UNIQUE INDEX handovers_number ON handovers (office_id, year, number);

-- cash_counts: notes and coins, by value in cents, of a closing, a deposit or a handover (owner_id).
CREATE TABLE cash_counts (
  owner_id text NOT NULL,
  value_cents bigint NOT NULL CHECK (value_cents > 0),
  quantity bigint NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (owner_id, value_cents)
);

-- till_entries: the journal of an office, append-only: each entry's hash seals it and the one before. content says what the entry is about as
-- it was, so that a receipt that was changed afterwards no longer agrees with it.
CREATE TABLE till_entries (
  office_id text NOT NULL REFERENCES revenue_offices (id),
  seq bigint NOT NULL CHECK (seq >= 1),
  day date NOT NULL,
  at instant NOT NULL,
  kind text NOT NULL CHECK (kind IN ('receipt', 'reversal', 'owner', 'float', 'difference', 'cheques', 'treasury', 'slip_reversal')),
  subject_id text NOT NULL,
  label text NOT NULL,
  content text NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  prev text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (office_id, seq)
);
CREATE INDEX till_entries_by_subject ON till_entries (subject_id);
CREATE INDEX till_entries_by_day ON till_entries (office_id, day, seq);

-- till_lines: what an entry does to each account; the lines of an entry sum to nothing.
CREATE TABLE till_lines (
  office_id text NOT NULL,
  seq bigint NOT NULL,
  account text NOT NULL CHECK (account IN ('cash', 'cheques', 'cesu', 'account', 'treasury', 'due', 'paid_over', 'unsorted', 'float', 'difference')),
  cents bigint NOT NULL CHECK (cents <> 0),
  PRIMARY KEY (office_id, seq, account),
  FOREIGN KEY (office_id, seq) REFERENCES till_entries (office_id, seq)
);
CREATE INDEX till_lines_by_account ON till_lines (office_id, account, seq);

-- till_balances: the sum of an account's lines, kept with each entry.
CREATE TABLE till_balances (
  office_id text NOT NULL REFERENCES revenue_offices (id),
  account text NOT NULL,
  cents bigint NOT NULL,
  CONSTRAINT till_balances_solid CHECK (cents >= 0 OR account NOT IN ('cash', 'cheques', 'cesu')),
  PRIMARY KEY (office_id, account)
);
