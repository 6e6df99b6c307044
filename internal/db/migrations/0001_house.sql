-- +goose Up

-- settings: what the town decides about itself, one JSON value a key.
CREATE TABLE settings (
  key text NOT NULL PRIMARY KEY,
  value json NOT NULL,
  updated_at instant NOT NULL
);

-- jobs: work queued in the transaction that causes it.
CREATE TABLE jobs (
  id text NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  payload json NOT NULL,
  unique_key text UNIQUE,
  state text NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
  run_at instant NOT NULL,
  attempt bigint NOT NULL DEFAULT 0,
  lease_until instant,
  last_error text NOT NULL DEFAULT '',
  created_at instant NOT NULL,
  finished_at instant
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE state = 'done';

-- audit_entries: who did what to which record, written with the act.
CREATE TABLE audit_entries (
  id text NOT NULL PRIMARY KEY,
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  act text NOT NULL,
  subject text NOT NULL DEFAULT '',
  household_id text,
  detail json NOT NULL
);
CREATE INDEX audit_by_time ON audit_entries (at, id);
CREATE INDEX audit_by_household ON audit_entries (household_id, at) WHERE household_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit_entries (actor, at);

-- accounts: a login; belongs to one guardian or one agent.
CREATE TABLE accounts (
  id text NOT NULL PRIMARY KEY,
  login text NOT NULL,
  login_key text NOT NULL UNIQUE,
  email text NOT NULL,
  email_key text NOT NULL UNIQUE,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('family', 'staff')),
  password_hash text NOT NULL,
  password_changed_at instant NOT NULL,
  created_at instant NOT NULL,
  suspended_at instant
);

-- sign_ins: one row a signed-in device; token_hash is the SHA-256 of the cookie.
CREATE TABLE sign_ins (
  id text NOT NULL PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at instant NOT NULL,
  seen_at instant NOT NULL,
  expires_at instant NOT NULL,
  device text NOT NULL DEFAULT '',
  revoked_at instant
);
CREATE INDEX sign_ins_by_account ON sign_ins (account_id, seen_at);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

-- sign_in_attempts: failures only, kept a day, to slow guessing; subject is a keyed hash of the login or the address.
CREATE TABLE sign_in_attempts (
  id text NOT NULL PRIMARY KEY,
  subject text NOT NULL,
  at instant NOT NULL
);
CREATE INDEX sign_in_attempts_by_subject ON sign_in_attempts (subject, at);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (at);

-- known_devices: browsers that signed in to this account before; they are not slowed.
CREATE TABLE known_devices (
  token_hash text NOT NULL,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  first_seen_at instant NOT NULL,
  last_seen_at instant NOT NULL,
  PRIMARY KEY (token_hash, account_id)
);

-- password_resets: single-use links.
CREATE TABLE password_resets (
  token_hash text NOT NULL PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at instant NOT NULL,
  expires_at instant NOT NULL,
  used_at instant
);
CREATE INDEX password_resets_by_account ON password_resets (account_id, created_at);

-- sites: schools and leisure centres. One place of the town.
CREATE TABLE sites (
  id text NOT NULL PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('maternelle', 'elementaire', 'loisirs', 'creche')),
  address text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  created_at instant NOT NULL,
  archived_at instant
);

-- agents: the town's staff; sites an agent is limited to stand in agent_sites (none = all).
CREATE TABLE agents (
  id text NOT NULL PRIMARY KEY,
  account_id text NOT NULL UNIQUE REFERENCES accounts (id),
  name text NOT NULL,
  service text NOT NULL DEFAULT '',
  role text NOT NULL CHECK (role IN ('instruction', 'regie', 'animation', 'direction')),
  created_at instant NOT NULL,
  suspended_at instant
);
CREATE TABLE agent_sites (
  agent_id text NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  site_id text NOT NULL REFERENCES sites (id),
  PRIMARY KEY (agent_id, site_id)
);

-- messages: what is told to an account; each is also sent by e-mail unless muted.
CREATE TABLE messages (
  id text NOT NULL PRIMARY KEY,
  account_id text REFERENCES accounts (id) ON DELETE CASCADE,
  address text NOT NULL,
  topic text NOT NULL,
  subject text NOT NULL,
  body_text text NOT NULL,
  body_html text NOT NULL,
  created_at instant NOT NULL,
  sent_at instant,
  read_at instant
);
CREATE INDEX messages_by_account ON messages (account_id, created_at);

-- muted_topics: what an account does not want by e-mail.
CREATE TABLE muted_topics (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  topic text NOT NULL,
  since instant NOT NULL,
  PRIMARY KEY (account_id, topic)
);

-- households: who pays together.
CREATE TABLE households (
  id text NOT NULL PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  name text NOT NULL,
  name_search text NOT NULL,
  address_line text NOT NULL DEFAULT '',
  postal_code text NOT NULL DEFAULT '',
  city text NOT NULL DEFAULT '',
  created_at instant NOT NULL
);
CREATE INDEX households_by_name ON households (name_search, id);

-- residences: resident or not, dated; the one in force on a day is the latest from_day not after it.
CREATE TABLE residences (
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  from_day date NOT NULL,
  resident boolean NOT NULL,
  PRIMARY KEY (household_id, from_day)
);

-- quotients: the QF in hundredths, dated: effective_on is civil, known_at is when the town learned it.
CREATE TABLE quotients (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  value_hundredths bigint NOT NULL CHECK (value_hundredths >= 0),
  kind text NOT NULL CHECK (kind IN ('caf', 'impots')),
  source text NOT NULL,
  reference_month text NOT NULL,
  effective_on date NOT NULL,
  known_at instant NOT NULL,
  UNIQUE (household_id, effective_on, known_at)
);

CREATE TABLE guardians (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  account_id text UNIQUE REFERENCES accounts (id),
  reference text NOT NULL UNIQUE,
  civility text NOT NULL CHECK (civility IN ('', 'mme', 'm')),
  first_name text NOT NULL,
  last_name text NOT NULL,
  name_search text NOT NULL,
  email text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  created_at instant NOT NULL
);
CREATE INDEX guardians_by_household ON guardians (household_id);
CREATE INDEX guardians_by_name ON guardians (name_search, id);
CREATE INDEX guardians_by_phone ON guardians (phone) WHERE phone <> '';

CREATE TABLE children (
  id text NOT NULL PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  first_name text NOT NULL,
  last_name text NOT NULL,
  name_search text NOT NULL,
  born_on date NOT NULL,
  menu text NOT NULL DEFAULT 'standard' CHECK (menu IN ('standard', 'sans_porc', 'sans_viande', 'vegetarien', 'panier_pai')),
  created_at instant NOT NULL
);
CREATE INDEX children_by_name ON children (name_search, id);

-- household_children: a child may belong to two households (garde alternee).
CREATE TABLE household_children (
  household_id text NOT NULL REFERENCES households (id),
  child_id text NOT NULL REFERENCES children (id),
  since instant NOT NULL,
  PRIMARY KEY (household_id, child_id)
);
CREATE INDEX household_children_by_child ON household_children (child_id, household_id);

-- custody_rules: the weeks a household claims for a child; a household without a rule has the rest.
CREATE TABLE custody_rules (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL,
  household_id text NOT NULL,
  weeks text NOT NULL CHECK (weeks IN ('even', 'odd', 'alternate')),
  changeover_weekday bigint NOT NULL CHECK (changeover_weekday BETWEEN 1 AND 7),
  changeover_time text NOT NULL,
  first_day date,
  holidays text NOT NULL CHECK (holidays IN ('weeks', 'first_half_even_years', 'first_half_odd_years')),
  from_day date NOT NULL,
  to_day date,
  created_at instant NOT NULL,
  created_by text NOT NULL,
  FOREIGN KEY (household_id, child_id) REFERENCES household_children (household_id, child_id),
  CHECK (to_day IS NULL OR to_day >= from_day),
  CHECK (weeks <> 'alternate' OR first_day IS NOT NULL)
);
CREATE INDEX custody_rules_by_child ON custody_rules (child_id, from_day);

-- custody_dates: explicit dates win over rules; a decision of an agent wins over both.
CREATE TABLE custody_dates (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL,
  household_id text NOT NULL,
  starts_at instant NOT NULL,
  ends_at instant NOT NULL,
  decided boolean NOT NULL,
  reason text NOT NULL DEFAULT '',
  created_at instant NOT NULL,
  created_by text NOT NULL,
  ended_at instant,
  FOREIGN KEY (household_id, child_id) REFERENCES household_children (household_id, child_id),
  CHECK (ends_at > starts_at)
);
CREATE INDEX custody_dates_by_child ON custody_dates (child_id, starts_at);

-- schoolings: the school, level and class of a child, by school year (label 2026-2027).
CREATE TABLE schoolings (
  child_id text NOT NULL REFERENCES children (id),
  school_year text NOT NULL,
  site_id text NOT NULL REFERENCES sites (id),
  level text NOT NULL CHECK (level IN ('TPS', 'PS', 'MS', 'GS', 'CP', 'CE1', 'CE2', 'CM1', 'CM2', 'ULIS')),
  class_name text NOT NULL DEFAULT '',
  PRIMARY KEY (child_id, school_year)
);
CREATE INDEX schoolings_by_site ON schoolings (site_id, school_year);

-- holds: booking blocked since ... by ...; lifted by a second date.
CREATE TABLE holds (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  reason text NOT NULL,
  since instant NOT NULL,
  since_by text NOT NULL,
  lifted_at instant,
  lifted_by text NOT NULL DEFAULT ''
);
CREATE INDEX holds_by_household ON holds (household_id) WHERE lifted_at IS NULL;

-- calendar_feeds: the secret address of a guardian's iCalendar feed.
CREATE TABLE calendar_feeds (
  id text NOT NULL PRIMARY KEY,
  guardian_id text NOT NULL REFERENCES guardians (id),
  secret_hash text NOT NULL UNIQUE,
  secret_sealed text NOT NULL,
  created_at instant NOT NULL,
  revoked_at instant
);
CREATE UNIQUE INDEX calendar_feeds_live ON calendar_feeds (guardian_id) WHERE revoked_at IS NULL;

-- school_years and school_holidays: what the calendar of the town knows.
CREATE TABLE school_years (
  label text NOT NULL PRIMARY KEY,
  first_day date NOT NULL,
  last_day date NOT NULL,
  source text NOT NULL,
  confirmed boolean NOT NULL,
  updated_at instant NOT NULL,
  CHECK (last_day > first_day)
);
CREATE TABLE school_holidays (
  id text NOT NULL PRIMARY KEY,
  school_year text NOT NULL REFERENCES school_years (label) ON DELETE CASCADE,
  name text NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  CHECK (to_day >= from_day)
);
CREATE UNIQUE INDEX school_holidays_from ON school_holidays (school_year, from_day);

-- catalogue_version: changes with every change of sites, calendar, activities, capacities, closures or grids, so that a reader knows its copy is current.
CREATE TABLE catalogue_version (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  version text NOT NULL
);

-- activities: what can be booked, with the town's rules for it.
CREATE TABLE activities (
  id text NOT NULL PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('canteen', 'morning', 'evening', 'study', 'tap', 'wednesday', 'holiday')),
  noun text NOT NULL,
  noun_plural text NOT NULL,
  runs_on text NOT NULL CHECK (runs_on IN ('school', 'holiday')),
  weekdays text NOT NULL,
  cancel_rule text NOT NULL,
  add_rule text NOT NULL,
  opening_rule text NOT NULL DEFAULT '',
  priority_opening_rule text NOT NULL DEFAULT '',
  grace_minutes bigint NOT NULL DEFAULT 0 CHECK (grace_minutes BETWEEN 0 AND 30),
  instruction boolean NOT NULL,
  is_right boolean NOT NULL,
  waiting text NOT NULL CHECK (waiting IN ('none', 'auto', 'offer')),
  waiting_order text NOT NULL CHECK (waiting_order IN ('date', 'points')),
  offer_hours bigint NOT NULL DEFAULT 48 CHECK (offer_hours BETWEEN 1 AND 336),
  promotion_margin_hours bigint NOT NULL DEFAULT 24 CHECK (promotion_margin_hours BETWEEN 0 AND 720),
  min_age_months bigint CHECK (min_age_months >= 0),
  max_age_months bigint CHECK (max_age_months >= 0),
  levels text NOT NULL DEFAULT '',
  residents_only boolean NOT NULL,
  needs_paid_up boolean NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  created_at instant NOT NULL,
  updated_at instant NOT NULL,
  archived_at instant
);

-- activity_options: what is booked in one day of an activity; options of one activity exclude each other.
CREATE TABLE activity_options (
  id text NOT NULL PRIMARY KEY,
  activity_id text NOT NULL REFERENCES activities (id),
  code text NOT NULL,
  name text NOT NULL,
  starts text NOT NULL,
  ends text NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  archived_at instant,
  UNIQUE (activity_id, code),
  CHECK (ends > starts)
);

-- activity_sites: where an activity is offered.
CREATE TABLE activity_sites (
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  PRIMARY KEY (activity_id, site_id)
);

-- capacities: places of an option at a site from a day on; age_group '' is everyone. The latest from_day not after the day holds; a single day may have its own (only_day).
CREATE TABLE capacities (
  id text NOT NULL PRIMARY KEY,
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  option_id text NOT NULL REFERENCES activity_options (id),
  age_group text NOT NULL DEFAULT '' CHECK (age_group IN ('', 'maternelle', 'elementaire')),
  from_day date NOT NULL,
  only_day boolean NOT NULL,
  places bigint CHECK (places >= 0),
  created_at instant NOT NULL,
  created_by text NOT NULL,
  UNIQUE (activity_id, site_id, option_id, age_group, from_day, only_day)
);

-- closures: a day or more without service, for the town, a site, an activity, or an activity at a site.
CREATE TABLE closures (
  id text NOT NULL PRIMARY KEY,
  site_id text REFERENCES sites (id),
  activity_id text REFERENCES activities (id),
  from_day date NOT NULL,
  to_day date NOT NULL,
  reason text NOT NULL,
  created_at instant NOT NULL,
  created_by text NOT NULL,
  settled_at instant,
  undone_at instant,
  undone_by text NOT NULL DEFAULT '',
  undo_settled_at instant,
  CHECK (to_day >= from_day)
);
CREATE INDEX closures_by_day ON closures (to_day, from_day) WHERE undone_at IS NULL;

-- grids: dated prices of an activity's options (option_id NULL: all of them).
CREATE TABLE grids (
  id text NOT NULL PRIMARY KEY,
  activity_id text NOT NULL REFERENCES activities (id),
  option_id text REFERENCES activity_options (id),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('flat', 'brackets')),
  from_day date NOT NULL,
  non_resident_cents bigint CHECK (non_resident_cents >= 0),
  flat_cents bigint CHECK (flat_cents >= 0),
  created_at instant NOT NULL,
  CHECK (kind <> 'flat' OR flat_cents IS NOT NULL)
);
CREATE UNIQUE INDEX grids_dated ON grids (activity_id, coalesce(option_id, ''), from_day);
CREATE TABLE grid_brackets (
  grid_id text NOT NULL REFERENCES grids (id) ON DELETE CASCADE,
  from_hundredths bigint NOT NULL CHECK (from_hundredths >= 0),
  cents bigint NOT NULL CHECK (cents >= 0),
  PRIMARY KEY (grid_id, from_hundredths)
);

-- enrolments: a child in an activity at a site over a period; opens the right to book.
CREATE TABLE enrolments (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL REFERENCES children (id),
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  from_day date NOT NULL,
  to_day date NOT NULL,
  points bigint NOT NULL DEFAULT 0,
  override_reason text NOT NULL DEFAULT '',
  created_at instant NOT NULL,
  created_by text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT '',
  end_reason text NOT NULL DEFAULT '',
  CHECK (to_day >= from_day OR ended_at IS NOT NULL)
);
CREATE INDEX enrolments_by_child ON enrolments (child_id, to_day);
CREATE INDEX enrolments_by_site ON enrolments (activity_id, site_id, from_day);

-- seats: the counter that guards a capacity; age_group '' counts everyone. wanted NULL: no limit.
CREATE TABLE seats (
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  option_id text NOT NULL REFERENCES activity_options (id),
  day date NOT NULL,
  age_group text NOT NULL DEFAULT '' CHECK (age_group IN ('', 'maternelle', 'elementaire')),
  wanted bigint CHECK (wanted >= 0),
  places bigint,
  booked bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (activity_id, site_id, day, option_id, age_group),
  CHECK (booked >= 0),
  CHECK (places IS NULL OR booked <= places)
);

-- bookings: a child, an option, a date. state is the present one; booking_events keep each change.
CREATE TABLE bookings (
  id text NOT NULL PRIMARY KEY,
  enrolment_id text NOT NULL REFERENCES enrolments (id),
  child_id text NOT NULL REFERENCES children (id),
  household_id text NOT NULL REFERENCES households (id),
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  option_id text NOT NULL REFERENCES activity_options (id),
  day date NOT NULL,
  age_group text NOT NULL CHECK (age_group IN ('', 'maternelle', 'elementaire')),
  state text NOT NULL CHECK (state IN ('booked', 'pending', 'waiting', 'offered', 'cancelled', 'refused', 'closed')),
  since instant NOT NULL,
  made_at instant NOT NULL,
  points bigint NOT NULL DEFAULT 0,
  offered_until instant,
  closure_id text REFERENCES closures (id),
  over_capacity boolean NOT NULL,
  late boolean NOT NULL,
  seq bigint NOT NULL,
  CHECK (state <> 'offered' OR offered_until IS NOT NULL),
  CHECK (state <> 'closed' OR closure_id IS NOT NULL)
);
CREATE UNIQUE INDEX bookings_one_live ON bookings (child_id, activity_id, day) WHERE state IN ('booked', 'pending', 'waiting', 'offered');
CREATE INDEX bookings_by_child ON bookings (child_id, day);
CREATE INDEX bookings_by_session ON bookings (activity_id, site_id, day, option_id) WHERE state IN ('booked', 'pending', 'waiting', 'offered');
CREATE INDEX bookings_pending ON bookings (day) WHERE state = 'pending';
CREATE INDEX bookings_offered ON bookings (offered_until) WHERE state = 'offered';
CREATE INDEX bookings_closed ON bookings (closure_id) WHERE state = 'closed';
CREATE INDEX bookings_by_household ON bookings (household_id, day);

-- submissions: one act of a family or an agent; its one-use id makes a double click find the first answer.
CREATE TABLE submissions (
  id text NOT NULL PRIMARY KEY,
  enrolment_id text REFERENCES enrolments (id),
  actor text NOT NULL,
  household_id text REFERENCES households (id),
  at instant NOT NULL,
  outcome json NOT NULL
);
CREATE INDEX submissions_by_household ON submissions (household_id, at);

-- booking_events: every change of a booking's state, never edited.
CREATE TABLE booking_events (
  booking_id text NOT NULL REFERENCES bookings (id),
  seq bigint NOT NULL,
  at instant NOT NULL,
  state text NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL DEFAULT '',
  submission_id text REFERENCES submissions (id),
  PRIMARY KEY (booking_id, seq)
);
