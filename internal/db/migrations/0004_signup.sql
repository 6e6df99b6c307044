-- +goose Up

-- guardians: what a person's birth is told by, as civil registers do; empty when the town never asked. birth_country is a COG code
-- (99100 France), birth_commune an INSEE code, for who was born in France.
ALTER TABLE guardians ADD COLUMN born_on date;
ALTER TABLE guardians ADD COLUMN birth_name text NOT NULL DEFAULT '';
ALTER TABLE guardians ADD COLUMN birth_country text NOT NULL DEFAULT '';
ALTER TABLE guardians ADD COLUMN birth_commune text NOT NULL DEFAULT '';

-- key_batches: keys made together and printed as letters; the file goes at expires_at. file_id and
-- photo_id name files of package blob.
CREATE TABLE key_batches (
  id text NOT NULL PRIMARY KEY,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  title text NOT NULL,
  guardians json NOT NULL,
  total bigint NOT NULL,
  done bigint NOT NULL DEFAULT 0,
  file_id text,
  ready_at instant,
  expires_at instant,
  CHECK (done <= total),
  CHECK (ready_at IS NULL OR expires_at IS NOT NULL)
);
CREATE INDEX key_batches_by_time ON key_batches (made_at);

-- access_keys: the "cle enfance" of a guardian; key_hash is keyed with the town's key, the clear is only on the letter.
CREATE TABLE access_keys (
  id text NOT NULL PRIMARY KEY,
  guardian_id text NOT NULL REFERENCES guardians (id) ON DELETE CASCADE,
  key_hash text NOT NULL UNIQUE,
  batch_id text REFERENCES key_batches (id),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  expires_on date NOT NULL,
  used_at instant,
  used_by text REFERENCES accounts (id),
  revoked_at instant,
  revoked_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX access_keys_one_live ON access_keys (guardian_id) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX access_keys_by_guardian ON access_keys (guardian_id, made_at);

-- registrations: spaces asked for and not opened yet; token_hash is the SHA-256 of the link in the e-mail.
CREATE TABLE registrations (
  id text NOT NULL PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  login text NOT NULL,
  login_key text NOT NULL,
  email text NOT NULL,
  email_key text NOT NULL,
  password_hash text NOT NULL,
  person json NOT NULL,
  photo_id text,
  key_id text REFERENCES access_keys (id) ON DELETE SET NULL,
  made_at instant NOT NULL,
  expires_at instant NOT NULL
);
CREATE UNIQUE INDEX registrations_by_login ON registrations (login_key);
CREATE INDEX registrations_by_email ON registrations (email_key);
CREATE INDEX registrations_by_expiry ON registrations (expires_at);

-- registration_drafts: what a visitor typed before sending, sealed with the town's key; token_hash is of a cookie.
CREATE TABLE registration_drafts (
  token_hash text NOT NULL PRIMARY KEY,
  sealed text NOT NULL,
  photo_id text,
  touched_at instant NOT NULL
);
CREATE INDEX registration_drafts_by_time ON registration_drafts (touched_at);

-- persons: who the owner of a family account says they are.
CREATE TABLE persons (
  account_id text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  person json NOT NULL,
  photo_id text,
  changed_at instant NOT NULL
);

-- requests: what families file and agents instruct.
CREATE TABLE requests (
  id text NOT NULL PRIMARY KEY,
  number text UNIQUE,
  kind text NOT NULL CHECK (kind IN ('household')),
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('draft', 'submitted', 'in_progress', 'waiting', 'accepted', 'refused', 'withdrawn')),
  content json NOT NULL,
  service text NOT NULL DEFAULT '',
  agent text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  household_id text REFERENCES households (id),
  made_at instant NOT NULL,
  submitted_at instant,
  due_on date,
  decided_at instant,
  changed_at instant NOT NULL,
  CHECK (state = 'draft' OR number IS NOT NULL AND submitted_at IS NOT NULL AND due_on IS NOT NULL),
  CHECK (state <> 'refused' OR reason <> ''),
  CHECK (state NOT IN ('accepted', 'refused', 'withdrawn') OR decided_at IS NOT NULL)
);
CREATE UNIQUE INDEX requests_one_open ON requests (account_id, kind) WHERE state IN ('draft', 'submitted', 'in_progress', 'waiting');
CREATE INDEX requests_open ON requests (submitted_at) WHERE state IN ('submitted', 'in_progress', 'waiting');

-- request_steps: what happened to a request, in order; shown to the family and to the agents.
CREATE TABLE request_steps (
  request_id text NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  step text NOT NULL CHECK (step IN ('submitted', 'taken', 'asked', 'answered', 'message', 'accepted', 'refused', 'withdrawn')),
  body text NOT NULL DEFAULT '',
  PRIMARY KEY (request_id, seq)
);

-- request_numbers: the last number given in a year.
CREATE TABLE request_numbers (
  year bigint NOT NULL PRIMARY KEY,
  last bigint NOT NULL CHECK (last > 0)
);

-- household_merges: two files found to be one family's; moved says what came from merged_id, so that it can go back.
CREATE TABLE household_merges (
  id text NOT NULL PRIMARY KEY,
  kept_id text NOT NULL REFERENCES households (id),
  merged_id text NOT NULL REFERENCES households (id),
  at instant NOT NULL,
  by_actor text NOT NULL,
  by_name text NOT NULL,
  moved json NOT NULL,
  undone_at instant,
  undone_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX household_merges_one ON household_merges (merged_id) WHERE undone_at IS NULL;
