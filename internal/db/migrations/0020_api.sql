-- +goose Up

-- api_tokens: the keys by which other software asks, each for a few purposes. Only the hash of the secret is here. What is done with a token is
-- signed by the agent who answers for it.
CREATE TABLE api_tokens (
  id text NOT NULL PRIMARY KEY,
  name text NOT NULL,
  secret_hash bytes NOT NULL UNIQUE,
  agent_id text NOT NULL REFERENCES agents (id),
  scopes json NOT NULL,
  until date,
  created_at instant NOT NULL,
  created_by text NOT NULL,
  last_used_at instant,
  revoked_at instant,
  revoked_by text NOT NULL DEFAULT ''
);
CREATE INDEX api_tokens_by_agent ON api_tokens (agent_id);
