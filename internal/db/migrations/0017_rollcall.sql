-- +goose Up

-- rollcall_closings: a roll-call was closed, and how many of the children expected it said nothing of; opened again by a second date, with why.
CREATE TABLE rollcall_closings (
  id text NOT NULL PRIMARY KEY,
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  day date NOT NULL,
  closed_at instant NOT NULL,
  closed_by text NOT NULL REFERENCES agents (id),
  unpointed bigint NOT NULL CHECK (unpointed >= 0),
  reopened_at instant,
  reopened_by text REFERENCES agents (id),
  reason text NOT NULL DEFAULT '',
  CHECK ((reopened_at IS NULL) = (reopened_by IS NULL)),
  CHECK (reopened_at IS NULL OR reopened_at >= closed_at)
);
CREATE UNIQUE INDEX rollcall_closings_open ON rollcall_closings (activity_id, site_id, day) WHERE reopened_at IS NULL;
CREATE INDEX rollcall_closings_by_session ON rollcall_closings (activity_id, site_id, day, closed_at);

-- rollcall_staffing: how many adults look after the children of a roll-call; the latest row holds.
CREATE TABLE rollcall_staffing (
  id text NOT NULL PRIMARY KEY,
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  day date NOT NULL,
  adults bigint NOT NULL CHECK (adults BETWEEN 0 AND 200),
  at instant NOT NULL,
  by text NOT NULL REFERENCES agents (id)
);
CREATE INDEX rollcall_staffing_by_session ON rollcall_staffing (activity_id, site_id, day, at);

-- rollcall_guests: a child who came without a booking while there was no network: the name that the agent wrote, until somebody says who it
-- is. Then the name goes: the entry of the roll-call says it.
CREATE TABLE rollcall_guests (
  id text NOT NULL PRIMARY KEY,
  agent_id text NOT NULL REFERENCES agents (id),
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  day date NOT NULL,
  name text NOT NULL,
  device_at instant NOT NULL,
  received_at instant NOT NULL,
  settled_at instant,
  settled_by text REFERENCES agents (id),
  CHECK (settled_at IS NULL OR name = '')
);
CREATE INDEX rollcall_guests_waiting ON rollcall_guests (activity_id, site_id, day) WHERE settled_at IS NULL;

-- what was booked once and is not any more: the meals ordered when the deadline passed count it.
CREATE INDEX bookings_ended ON bookings (activity_id, site_id, day) WHERE state IN ('cancelled', 'closed');
