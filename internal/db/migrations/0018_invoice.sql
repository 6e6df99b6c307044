-- +goose Up

-- invoice_choices: whether a household wants its invoices without paper; its latest row holds.
CREATE TABLE invoice_choices (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  seq bigint NOT NULL,
  electronic boolean NOT NULL,
  at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL
);
CREATE INDEX invoice_choices_by_household ON invoice_choices (household_id, at, seq);

-- invoice_batches: the invoices of a run in one file, to be printed; the file goes at expires_at. everyone: also for the households that
-- do without paper. pages is known once the file is ready.
CREATE TABLE invoice_batches (
  id text NOT NULL PRIMARY KEY,
  run_id text NOT NULL REFERENCES billing_runs (id),
  everyone boolean NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  total bigint NOT NULL CHECK (total >= 0),
  done bigint NOT NULL DEFAULT 0,
  pages bigint NOT NULL DEFAULT 0,
  file_id text,
  ready_at instant,
  expires_at instant,
  CHECK (ready_at IS NULL OR expires_at IS NOT NULL)
);
CREATE INDEX invoice_batches_by_run ON invoice_batches (run_id, made_at);
