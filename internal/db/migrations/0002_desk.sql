-- +goose Up

-- what the menu of every page counts, read with who is asking.
CREATE INDEX bookings_offers ON bookings (household_id) WHERE state = 'offered';
CREATE INDEX bookings_pending_by_session ON bookings (activity_id, site_id, day) WHERE state = 'pending';

-- a custody rule that was replaced before it began, or taken back, is ended: it stays to be read, and no longer counts.
ALTER TABLE custody_rules ADD COLUMN ended_at instant;
ALTER TABLE custody_rules ADD COLUMN ended_by text NOT NULL DEFAULT '';

-- counter_visits: an agent acts for a guardian, at the counter or on the telephone. One at a time in a session of the agent.
CREATE TABLE counter_visits (
  id text NOT NULL PRIMARY KEY,
  agent_id text NOT NULL REFERENCES agents (id),
  sign_in_id text NOT NULL,
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  channel text NOT NULL CHECK (channel IN ('counter', 'phone', 'letter')),
  began_at instant NOT NULL,
  seen_at instant NOT NULL,
  ended_at instant
);
CREATE UNIQUE INDEX counter_visits_open ON counter_visits (sign_in_id) WHERE ended_at IS NULL;
CREATE INDEX counter_visits_by_household ON counter_visits (household_id, began_at);
CREATE INDEX counter_visits_by_guardian ON counter_visits (guardian_id);

-- agent_digests: how often an agent wants to be told of the bookings that await an answer, and when it was done last.
CREATE TABLE agent_digests (
  agent_id text NOT NULL PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
  pace text NOT NULL CHECK (pace IN ('hour', 'half_day')),
  told_at instant
);

-- school_successors: the elementary school where the children of a nursery school go on.
CREATE TABLE school_successors (
  site_id text NOT NULL PRIMARY KEY REFERENCES sites (id),
  next_site_id text NOT NULL REFERENCES sites (id)
);

-- rollovers: the children of a school year pass to the next one, settled in slices; undone by a second date.
CREATE TABLE rollovers (
  id text NOT NULL PRIMARY KEY,
  from_year text NOT NULL,
  to_year text NOT NULL,
  created_at instant NOT NULL,
  created_by text NOT NULL,
  settled_at instant,
  undone_at instant,
  undone_by text NOT NULL DEFAULT '',
  undo_settled_at instant
);
CREATE UNIQUE INDEX rollovers_standing ON rollovers (to_year) WHERE undone_at IS NULL;

-- a schooling that a rollover wrote, and that nobody has changed since.
ALTER TABLE schoolings ADD COLUMN rollover_id text;
CREATE INDEX schoolings_by_rollover ON schoolings (rollover_id) WHERE rollover_id IS NOT NULL;
