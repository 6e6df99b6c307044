-- +goose Up

-- attendance_entries: everything that was ever said of who came, never edited. The device of an agent makes the id, so that an entry sent
-- twice is one entry. An entry says the whole of what is known of a child at an activity on a day: it came or not, when, until when.
CREATE TABLE attendance_entries (
  id text NOT NULL PRIMARY KEY,
  agent_id text NOT NULL REFERENCES agents (id),
  child_id text NOT NULL REFERENCES children (id),
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  option_id text NOT NULL REFERENCES activity_options (id),
  day date NOT NULL,
  came text NOT NULL CHECK (came IN ('unpointed', 'present', 'absent')),
  arrived text,
  departed text,
  late_pickup boolean NOT NULL,
  source text NOT NULL CHECK (source IN ('online', 'device', 'paper', 'import')),
  device_at instant NOT NULL,
  received_at instant NOT NULL,
  CHECK (came = 'present' OR arrived IS NULL AND departed IS NULL AND NOT late_pickup)
);
CREATE INDEX attendance_entries_by_child ON attendance_entries (child_id, activity_id, day);
CREATE INDEX attendance_entries_by_session ON attendance_entries (activity_id, site_id, day);

-- attendances: what holds now of a child at an activity on a day; its entry says who said it. The household is the one that pays where nothing was booked.
CREATE TABLE attendances (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL REFERENCES children (id),
  activity_id text NOT NULL REFERENCES activities (id),
  day date NOT NULL,
  site_id text NOT NULL REFERENCES sites (id),
  option_id text NOT NULL REFERENCES activity_options (id),
  household_id text NOT NULL REFERENCES households (id),
  came text NOT NULL CHECK (came IN ('present', 'absent')),
  arrived text,
  departed text,
  late_pickup boolean NOT NULL,
  age_group text NOT NULL CHECK (age_group IN ('', 'maternelle', 'elementaire')),
  menu text NOT NULL CHECK (menu IN ('standard', 'sans_porc', 'sans_viande', 'vegetarien', 'panier_pai')),
  entry_id text NOT NULL REFERENCES attendance_entries (id),
  device_at instant NOT NULL,
  recorded_at instant NOT NULL,
  UNIQUE (child_id, activity_id, day),
  CHECK (came = 'present' OR arrived IS NULL AND departed IS NULL AND NOT late_pickup)
);
CREATE INDEX attendances_by_household ON attendances (household_id, day);
CREATE INDEX attendances_by_session ON attendances (activity_id, site_id, day);
CREATE INDEX attendances_by_entry ON attendances (entry_id);

-- excused_days: days of absence of a child that are not billed, all activities together; the source says what excuses them ("certificate:…").
CREATE TABLE excused_days (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL REFERENCES children (id),
  day date NOT NULL,
  source text NOT NULL,
  since instant NOT NULL,
  by text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX excused_days_once ON excused_days (child_id, day, source) WHERE ended_at IS NULL;
CREATE INDEX excused_days_by_source ON excused_days (source);
