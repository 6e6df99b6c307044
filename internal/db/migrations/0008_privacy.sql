-- +goose Up

CREATE INDEX messages_unread ON messages (account_id) WHERE read_at IS NULL;
CREATE INDEX messages_by_age ON messages (created_at, id);

-- mail_choices: what an account asked for about its e-mails, beside the topics it muted. A row is a choice made.
CREATE TABLE mail_choices (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  choice text NOT NULL CHECK (choice IN ('answer_text')),
  since instant NOT NULL,
  PRIMARY KEY (account_id, choice)
);

-- deadline_reminders: the last moments a household was reminded of, so that each is told once.
CREATE TABLE deadline_reminders (
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  until instant NOT NULL,
  told_at instant NOT NULL,
  PRIMARY KEY (household_id, until)
);
CREATE INDEX deadline_reminders_by_until ON deadline_reminders (until);

-- threads: a conversation between a household and a service of the town.
CREATE TABLE threads (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  service text NOT NULL,
  child_id text REFERENCES children (id),
  site_id text REFERENCES sites (id),
  subject text NOT NULL,
  created_at instant NOT NULL,
  last_at instant NOT NULL,
  waits text NOT NULL CHECK (waits IN ('service', 'family', 'nobody')),
  assigned_to text REFERENCES agents (id),
  closed_at instant,
  closed_by text NOT NULL DEFAULT '',
  CHECK ((waits = 'nobody') = (closed_at IS NOT NULL))
);
CREATE INDEX threads_by_household ON threads (household_id, last_at);
CREATE INDEX threads_open ON threads (last_at, id) WHERE closed_at IS NULL;
CREATE INDEX threads_closed ON threads (closed_at, id) WHERE closed_at IS NOT NULL;

-- thread_entries: what was said in a thread, never edited. The side says who speaks.
CREATE TABLE thread_entries (
  id text NOT NULL PRIMARY KEY,
  thread_id text NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  at instant NOT NULL,
  side text NOT NULL CHECK (side IN ('family', 'service')),
  author text NOT NULL,
  author_name text NOT NULL,
  body text NOT NULL
);
CREATE INDEX thread_entries_by_thread ON thread_entries (thread_id, at, id);

-- thread_reads: until when a guardian has read a thread.
CREATE TABLE thread_reads (
  thread_id text NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  guardian_id text NOT NULL REFERENCES guardians (id) ON DELETE CASCADE,
  read_at instant NOT NULL,
  PRIMARY KEY (thread_id, guardian_id)
);

-- absence_notices: a family said beforehand that a child will not come on a day. What was in time was cancelled; the rest stays billed.
CREATE TABLE absence_notices (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL REFERENCES children (id),
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  day date NOT NULL,
  at instant NOT NULL,
  cancelled json NOT NULL,
  billed json NOT NULL,
  UNIQUE (child_id, household_id, day)
);
CREATE INDEX absence_notices_by_day ON absence_notices (day, child_id);

-- data_exports: the copies of their data that guardians asked for.
CREATE TABLE data_exports (
  id text NOT NULL PRIMARY KEY,
  guardian_id text NOT NULL REFERENCES guardians (id) ON DELETE CASCADE,
  asked_at instant NOT NULL,
  ready_at instant,
  expires_at instant,
  file_id text REFERENCES files (id),
  size_bytes bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0)
);
CREATE INDEX data_exports_by_guardian ON data_exports (guardian_id, asked_at);
CREATE UNIQUE INDEX data_exports_one_at_a_time ON data_exports (guardian_id) WHERE ready_at IS NULL;

-- erasure_requests: guardians who ask to be forgotten; an agent decides, a job does it.
CREATE TABLE erasure_requests (
  id text NOT NULL PRIMARY KEY,
  guardian_id text NOT NULL REFERENCES guardians (id),
  household_id text NOT NULL REFERENCES households (id),
  made_at instant NOT NULL,
  words text NOT NULL DEFAULT '',
  withdrawn_at instant,
  decided_at instant,
  decided_by text NOT NULL DEFAULT '',
  accepted boolean NOT NULL DEFAULT FALSE,
  answer text NOT NULL DEFAULT '',
  done_at instant,
  outcome json NOT NULL
);
CREATE UNIQUE INDEX erasure_requests_one_open ON erasure_requests (guardian_id) WHERE withdrawn_at IS NULL AND decided_at IS NULL;
CREATE INDEX erasure_requests_by_time ON erasure_requests (made_at, id);

-- retention_runs: each night's application of the retention table, or a preview of it (nothing removed).
CREATE TABLE retention_runs (
  id text NOT NULL PRIMARY KEY,
  at instant NOT NULL,
  preview boolean NOT NULL,
  by_name text NOT NULL,
  finished_at instant
);
CREATE INDEX retention_runs_by_time ON retention_runs (at, id);

-- retention_lines: what a run did in one category: how much was removed, how much the law or a case held, and why.
CREATE TABLE retention_lines (
  run_id text NOT NULL REFERENCES retention_runs (id) ON DELETE CASCADE,
  category text NOT NULL,
  before_day date NOT NULL,
  removed bigint NOT NULL CHECK (removed >= 0),
  held bigint NOT NULL CHECK (held >= 0),
  why text NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, category)
);

-- A household, a guardian or a child that was erased keeps its row, without anything that says who it was, for the counts that lean on it.
ALTER TABLE households ADD COLUMN erased_at instant;
ALTER TABLE guardians ADD COLUMN erased_at instant;
ALTER TABLE children ADD COLUMN erased_at instant;
ALTER TABLE households ADD COLUMN leaving_told_at instant;
