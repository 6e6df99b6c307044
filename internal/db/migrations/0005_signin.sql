-- +goose Up

-- first_sign_in_at: since then a browser that was never seen is worth a word. factor_due_at: until then an agent may still go without
-- a second factor; null when none is asked, or when it was never counted.
ALTER TABLE accounts ADD COLUMN first_sign_in_at instant;
ALTER TABLE accounts ADD COLUMN factor_due_at instant;

-- authenticators: the application that makes an account's codes; one without confirmed_at is being set up. secret is sealed with the
-- town's key. last_step is the last half-minute a code was taken for: that code and older ones are refused.
CREATE TABLE authenticators (
  account_id text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  secret text NOT NULL,
  created_at instant NOT NULL,
  confirmed_at instant,
  last_step bigint NOT NULL
);

-- recovery_codes: each opens once, in place of the authenticator; code_hash is keyed with the town's key.
CREATE TABLE recovery_codes (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  code_hash text NOT NULL,
  created_at instant NOT NULL,
  used_at instant,
  PRIMARY KEY (account_id, code_hash)
);

-- passkeys: credential is what WebAuthn keeps of a key (its public half, its counter).
CREATE TABLE passkeys (
  id text NOT NULL PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  credential_id text NOT NULL UNIQUE,
  name text NOT NULL,
  credential json NOT NULL,
  created_at instant NOT NULL,
  last_used_at instant
);
CREATE INDEX passkeys_by_account ON passkeys (account_id, created_at);

-- sign_in_steps: what stands between two requests of one sign-in; taken once. account_id is null while nobody is known.
CREATE TABLE sign_in_steps (
  token_hash text NOT NULL PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('second_factor', 'passkey', 'new_passkey', 'new_link', 'state')),
  account_id text REFERENCES accounts (id) ON DELETE CASCADE,
  content text NOT NULL,
  created_at instant NOT NULL,
  expires_at instant NOT NULL
);
CREATE INDEX sign_in_steps_by_expiry ON sign_in_steps (expires_at);
CREATE INDEX sign_in_steps_by_account ON sign_in_steps (account_id) WHERE account_id IS NOT NULL;

-- identity_links: who an account is for FranceConnect or ProConnect. subject is unique in its authority (the identity provider behind
-- ProConnect; nothing for FranceConnect).
CREATE TABLE identity_links (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  provider text NOT NULL CHECK (provider IN ('franceconnect', 'proconnect')),
  authority text NOT NULL,
  subject text NOT NULL,
  created_at instant NOT NULL,
  last_used_at instant,
  PRIMARY KEY (account_id, provider),
  UNIQUE (provider, authority, subject)
);

-- provider_sessions: the id_token of a session opened through a provider, sealed with the town's key, to close it there too.
CREATE TABLE provider_sessions (
  sign_in_id text NOT NULL PRIMARY KEY REFERENCES sign_ins (id) ON DELETE CASCADE,
  provider text NOT NULL,
  id_token text NOT NULL
);

-- email_changes: a new address takes effect when it is confirmed; the old one may undo it for a time.
CREATE TABLE email_changes (
  id text NOT NULL PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  old_email text NOT NULL,
  new_email text NOT NULL,
  confirm_hash text NOT NULL UNIQUE,
  cancel_hash text NOT NULL UNIQUE,
  created_at instant NOT NULL,
  confirmed_at instant,
  cancelled_at instant
);
CREATE INDEX email_changes_by_account ON email_changes (account_id, created_at);
