-- The present schema, made from the migrations by `go test ./internal/db -update`. Not to be edited.

CREATE TABLE settings (
  key text NOT NULL PRIMARY KEY,
  value json NOT NULL,
  updated_at instant NOT NULL
);

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
, first_sign_in_at TEXT CHECK (first_sign_in_at IS strftime('%Y-%m-%dT%H:%M:%fZ', first_sign_in_at)), factor_due_at TEXT CHECK (factor_due_at IS strftime('%Y-%m-%dT%H:%M:%fZ', factor_due_at)));

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

CREATE TABLE sign_in_attempts (
  id text NOT NULL PRIMARY KEY,
  subject text NOT NULL,
  at instant NOT NULL
);
CREATE INDEX sign_in_attempts_by_subject ON sign_in_attempts (subject, at);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (at);

CREATE TABLE known_devices (
  token_hash text NOT NULL,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  first_seen_at instant NOT NULL,
  last_seen_at instant NOT NULL,
  PRIMARY KEY (token_hash, account_id)
);

CREATE TABLE password_resets (
  token_hash text NOT NULL PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at instant NOT NULL,
  expires_at instant NOT NULL,
  used_at instant
);
CREATE INDEX password_resets_by_account ON password_resets (account_id, created_at);

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

CREATE TABLE muted_topics (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  topic text NOT NULL,
  since instant NOT NULL,
  PRIMARY KEY (account_id, topic)
);

CREATE TABLE households (
  id text NOT NULL PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  name text NOT NULL,
  name_search text NOT NULL,
  address_line text NOT NULL DEFAULT '',
  postal_code text NOT NULL DEFAULT '',
  city text NOT NULL DEFAULT '',
  created_at instant NOT NULL
, erased_at TEXT CHECK (erased_at IS strftime('%Y-%m-%dT%H:%M:%fZ', erased_at)), leaving_told_at TEXT CHECK (leaving_told_at IS strftime('%Y-%m-%dT%H:%M:%fZ', leaving_told_at)));
CREATE INDEX households_by_name ON households (name_search, id);

CREATE TABLE residences (
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  from_day date NOT NULL,
  resident boolean NOT NULL,
  PRIMARY KEY (household_id, from_day)
);

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
, born_on TEXT CHECK (born_on IS date(born_on)), birth_name TEXT NOT NULL DEFAULT '', birth_country TEXT NOT NULL DEFAULT '', birth_commune TEXT NOT NULL DEFAULT '', erased_at TEXT CHECK (erased_at IS strftime('%Y-%m-%dT%H:%M:%fZ', erased_at)));
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
, erased_at TEXT CHECK (erased_at IS strftime('%Y-%m-%dT%H:%M:%fZ', erased_at)));
CREATE INDEX children_by_name ON children (name_search, id);

CREATE TABLE household_children (
  household_id text NOT NULL REFERENCES households (id),
  child_id text NOT NULL REFERENCES children (id),
  since instant NOT NULL,
  PRIMARY KEY (household_id, child_id)
);
CREATE INDEX household_children_by_child ON household_children (child_id, household_id);

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
  created_by text NOT NULL, ended_at TEXT CHECK (ended_at IS strftime('%Y-%m-%dT%H:%M:%fZ', ended_at)), ended_by TEXT NOT NULL DEFAULT '',
  FOREIGN KEY (household_id, child_id) REFERENCES household_children (household_id, child_id),
  CHECK (to_day IS NULL OR to_day >= from_day),
  CHECK (weeks <> 'alternate' OR first_day IS NOT NULL)
);
CREATE INDEX custody_rules_by_child ON custody_rules (child_id, from_day);

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

CREATE TABLE schoolings (
  child_id text NOT NULL REFERENCES children (id),
  school_year text NOT NULL,
  site_id text NOT NULL REFERENCES sites (id),
  level text NOT NULL CHECK (level IN ('TPS', 'PS', 'MS', 'GS', 'CP', 'CE1', 'CE2', 'CM1', 'CM2', 'ULIS')),
  class_name text NOT NULL DEFAULT '', rollover_id TEXT,
  PRIMARY KEY (child_id, school_year)
);
CREATE INDEX schoolings_by_site ON schoolings (site_id, school_year);

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

CREATE TABLE calendar_feeds (
  id text NOT NULL PRIMARY KEY,
  guardian_id text NOT NULL REFERENCES guardians (id),
  secret_hash text NOT NULL UNIQUE,
  secret_sealed text NOT NULL,
  created_at instant NOT NULL,
  revoked_at instant
);
CREATE UNIQUE INDEX calendar_feeds_live ON calendar_feeds (guardian_id) WHERE revoked_at IS NULL;

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

CREATE TABLE catalogue_version (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  version text NOT NULL
);

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
, cesu TEXT NOT NULL DEFAULT 'never' CHECK (cesu IN ('never', 'always', 'under_6')), cost_cents INTEGER CHECK (cost_cents > 0));

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

CREATE TABLE activity_sites (
  activity_id text NOT NULL REFERENCES activities (id),
  site_id text NOT NULL REFERENCES sites (id),
  PRIMARY KEY (activity_id, site_id)
);

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

CREATE TABLE submissions (
  id text NOT NULL PRIMARY KEY,
  enrolment_id text REFERENCES enrolments (id),
  actor text NOT NULL,
  household_id text REFERENCES households (id),
  at instant NOT NULL,
  outcome json NOT NULL
);
CREATE INDEX submissions_by_household ON submissions (household_id, at);

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
CREATE INDEX bookings_offers ON bookings (household_id) WHERE state = 'offered';
CREATE INDEX bookings_pending_by_session ON bookings (activity_id, site_id, day) WHERE state = 'pending';

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

CREATE TABLE agent_digests (
  agent_id text NOT NULL PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
  pace text NOT NULL CHECK (pace IN ('hour', 'half_day')),
  told_at instant
);

CREATE TABLE school_successors (
  site_id text NOT NULL PRIMARY KEY REFERENCES sites (id),
  next_site_id text NOT NULL REFERENCES sites (id)
);

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
CREATE INDEX schoolings_by_rollover ON schoolings (rollover_id) WHERE rollover_id IS NOT NULL;

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

CREATE TABLE registration_drafts (
  token_hash text NOT NULL PRIMARY KEY,
  sealed text NOT NULL,
  photo_id text,
  touched_at instant NOT NULL
);
CREATE INDEX registration_drafts_by_time ON registration_drafts (touched_at);

CREATE TABLE persons (
  account_id text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  person json NOT NULL,
  photo_id text,
  changed_at instant NOT NULL
);

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

CREATE TABLE request_numbers (
  year bigint NOT NULL PRIMARY KEY,
  last bigint NOT NULL CHECK (last > 0)
);

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

CREATE TABLE authenticators (
  account_id text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  secret text NOT NULL,
  created_at instant NOT NULL,
  confirmed_at instant,
  last_step bigint NOT NULL
);

CREATE TABLE recovery_codes (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  code_hash text NOT NULL,
  created_at instant NOT NULL,
  used_at instant,
  PRIMARY KEY (account_id, code_hash)
);

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

CREATE TABLE provider_sessions (
  sign_in_id text NOT NULL PRIMARY KEY REFERENCES sign_ins (id) ON DELETE CASCADE,
  provider text NOT NULL,
  id_token text NOT NULL
);

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

CREATE TABLE file_facts (
  id text NOT NULL PRIMARY KEY,
  field text NOT NULL CHECK (field IN ('doctor', 'health', 'insurance', 'vaccination_check')),
  child_id text NOT NULL REFERENCES children (id),
  household_id text REFERENCES households (id),
  content text NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  ended_at instant,
  CHECK ((field = 'insurance') = (household_id IS NOT NULL))
);
CREATE UNIQUE INDEX file_facts_open ON file_facts (child_id, field, coalesce(household_id, '')) WHERE ended_at IS NULL;

CREATE TABLE declared_changes (
  id text NOT NULL PRIMARY KEY,
  field text NOT NULL,
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text REFERENCES guardians (id),
  child_id text REFERENCES children (id),
  old_content text NOT NULL,
  new_content text NOT NULL,
  document_id text NOT NULL DEFAULT '',
  declared_at instant NOT NULL,
  declared_by text NOT NULL REFERENCES guardians (id),
  declared_by_name text NOT NULL,
  decision text NOT NULL DEFAULT '' CHECK (decision IN ('', 'accepted', 'refused', 'withdrawn', 'replaced')),
  decided_at instant,
  decided_by text NOT NULL DEFAULT '',
  decided_by_name text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  CHECK ((decision = '') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX declared_changes_open ON declared_changes (field, household_id, coalesce(guardian_id, ''), coalesce(child_id, '')) WHERE decided_at IS NULL;
CREATE INDEX declared_changes_waiting ON declared_changes (declared_at, id) WHERE decided_at IS NULL;
CREATE INDEX declared_changes_by_household ON declared_changes (household_id, declared_at);
CREATE INDEX declared_changes_by_child ON declared_changes (child_id, declared_at) WHERE child_id IS NOT NULL;

CREATE TABLE child_contacts (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL,
  household_id text NOT NULL,
  name text NOT NULL,
  relation text NOT NULL DEFAULT '',
  phone text NOT NULL,
  may_collect boolean NOT NULL,
  emergency boolean NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT '',
  FOREIGN KEY (household_id, child_id) REFERENCES household_children (household_id, child_id),
  CHECK (may_collect OR emergency)
);
CREATE INDEX child_contacts_by_child ON child_contacts (child_id, household_id, made_at);

CREATE TABLE vaccinations (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL REFERENCES children (id),
  vaccine text NOT NULL,
  given_on date NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX vaccinations_live ON vaccinations (child_id, vaccine, given_on) WHERE ended_at IS NULL;

CREATE TABLE consent_texts (
  id text NOT NULL PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('image_internal', 'image_town', 'image_web', 'swimming', 'leave_alone', 'emergency')),
  version bigint NOT NULL CHECK (version > 0),
  title text NOT NULL,
  body text NOT NULL,
  renews boolean NOT NULL,
  needs_all boolean NOT NULL,
  min_age bigint NOT NULL DEFAULT 0 CHECK (min_age BETWEEN 0 AND 18),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  withdrawn_at instant,
  UNIQUE (kind, version)
);
CREATE UNIQUE INDEX consent_texts_live ON consent_texts (kind) WHERE withdrawn_at IS NULL;

CREATE TABLE consent_answers (
  id text NOT NULL PRIMARY KEY,
  child_id text NOT NULL REFERENCES children (id),
  turn bigint NOT NULL,
  text_id text NOT NULL REFERENCES consent_texts (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  guardian_name text NOT NULL,
  household_id text NOT NULL REFERENCES households (id),
  given boolean NOT NULL,
  from_time text,
  answered_at instant NOT NULL,
  recorded_by text NOT NULL,
  UNIQUE (child_id, turn)
);

CREATE TABLE file_confirmations (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  guardian_name text NOT NULL,
  confirmed_at instant NOT NULL
);
CREATE INDEX file_confirmations_by_household ON file_confirmations (household_id, confirmed_at);

CREATE TABLE household_notes (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  body text NOT NULL,
  made_at instant NOT NULL,
  agent_id text NOT NULL REFERENCES agents (id),
  agent_name text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT ''
);
CREATE INDEX household_notes_by_household ON household_notes (household_id, made_at);

CREATE TABLE ban_addresses (
  import_id text NOT NULL,
  id text NOT NULL,
  line text NOT NULL,
  line_search text NOT NULL,
  number bigint NOT NULL,
  postal_code text NOT NULL,
  city text NOT NULL,
  PRIMARY KEY (import_id, id)
);
CREATE INDEX ban_addresses_by_line ON ban_addresses (import_id, line_search, number);

CREATE TABLE files (
  id text NOT NULL PRIMARY KEY,
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  sha256 text NOT NULL,
  sealed_key text NOT NULL,
  key_id text NOT NULL,
  created_at instant NOT NULL
);

CREATE TABLE document_types (
  id text NOT NULL PRIMARY KEY,
  name text NOT NULL,
  name_key text NOT NULL UNIQUE,
  help text NOT NULL DEFAULT '',
  subject text NOT NULL CHECK (subject IN ('household', 'child')),
  asked text NOT NULL CHECK (asked IN ('nobody', 'everyone', 'enrolled')),
  age_from bigint NOT NULL DEFAULT 0 CHECK (age_from >= 0),
  age_to bigint NOT NULL DEFAULT 0 CHECK (age_to >= 0),
  blocking boolean NOT NULL,
  validity text NOT NULL CHECK (validity IN ('none', 'months', 'school_year')),
  months bigint NOT NULL DEFAULT 0 CHECK (months >= 0),
  keep_months bigint NOT NULL CHECK (keep_months >= 0),
  by_law boolean NOT NULL,
  position bigint NOT NULL,
  archived_at instant
);

CREATE TABLE document_type_activities (
  type_id text NOT NULL REFERENCES document_types (id) ON DELETE CASCADE,
  activity_id text NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
  PRIMARY KEY (type_id, activity_id)
);

CREATE TABLE documents (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  child_id text REFERENCES children (id),
  type_id text NOT NULL REFERENCES document_types (id),
  upload_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('scanning', 'kept', 'to_check', 'accepted', 'refused')),
  wanted boolean NOT NULL,
  deposited_by text NOT NULL,
  deposited_by_name text NOT NULL,
  deposited_at instant NOT NULL,
  sent_at instant,
  decided_at instant,
  decided_by_name text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  valid_until date,
  replaced_at instant,
  warned_at instant,
  ended_told_at instant,
  UNIQUE (household_id, upload_id)
);
CREATE INDEX documents_by_child ON documents (child_id, type_id) WHERE child_id IS NOT NULL;
CREATE INDEX documents_by_type ON documents (type_id);
CREATE INDEX documents_to_check ON documents (sent_at, id) WHERE state = 'to_check';
CREATE INDEX documents_valid ON documents (valid_until) WHERE valid_until IS NOT NULL;

CREATE TABLE document_parts (
  document_id text NOT NULL REFERENCES documents (id),
  number bigint NOT NULL CHECK (number >= 1),
  file_id text NOT NULL UNIQUE REFERENCES files (id),
  name text NOT NULL,
  media_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  PRIMARY KEY (document_id, number)
);

CREATE TABLE document_sendings (
  document_id text NOT NULL REFERENCES documents (id),
  target text NOT NULL,
  sent_at instant NOT NULL,
  sent_by_name text NOT NULL,
  settled_at instant,
  PRIMARY KEY (document_id, target)
);
CREATE INDEX document_sendings_by_target ON document_sendings (target);

CREATE TABLE document_views (
  id text NOT NULL PRIMARY KEY,
  document_id text NOT NULL REFERENCES documents (id),
  at instant NOT NULL,
  agent_id text NOT NULL,
  agent_name text NOT NULL,
  what text NOT NULL
);
CREATE INDEX document_views_by_document ON document_views (document_id, at);
CREATE INDEX messages_unread ON messages (account_id) WHERE read_at IS NULL;
CREATE INDEX messages_by_age ON messages (created_at, id);

CREATE TABLE mail_choices (
  account_id text NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  choice text NOT NULL CHECK (choice IN ('answer_text')),
  since instant NOT NULL,
  PRIMARY KEY (account_id, choice)
);

CREATE TABLE deadline_reminders (
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  until instant NOT NULL,
  told_at instant NOT NULL,
  PRIMARY KEY (household_id, until)
);
CREATE INDEX deadline_reminders_by_until ON deadline_reminders (until);

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

CREATE TABLE thread_reads (
  thread_id text NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  guardian_id text NOT NULL REFERENCES guardians (id) ON DELETE CASCADE,
  read_at instant NOT NULL,
  PRIMARY KEY (thread_id, guardian_id)
);

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

CREATE TABLE retention_runs (
  id text NOT NULL PRIMARY KEY,
  at instant NOT NULL,
  preview boolean NOT NULL,
  by_name text NOT NULL,
  finished_at instant
);
CREATE INDEX retention_runs_by_time ON retention_runs (at, id);

CREATE TABLE retention_lines (
  run_id text NOT NULL REFERENCES retention_runs (id) ON DELETE CASCADE,
  category text NOT NULL,
  before_day date NOT NULL,
  removed bigint NOT NULL CHECK (removed >= 0),
  held bigint NOT NULL CHECK (held >= 0),
  why text NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, category)
);

CREATE TABLE publications (
  id text NOT NULL PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('news', 'download')),
  slug text NOT NULL CHECK (slug <> ''),
  latest bigint NOT NULL CHECK (latest >= 1),
  published bigint CHECK (published >= 1 AND published <= latest),
  created_at instant NOT NULL,
  first_published_at instant,
  withdrawn_at instant,
  CONSTRAINT publications_withdrawn_or_published CHECK (published IS NULL OR withdrawn_at IS NULL)
);
CREATE UNIQUE INDEX publications_by_address ON publications (kind, slug);

CREATE TABLE publication_versions (
  publication_id text NOT NULL REFERENCES publications (id),
  version bigint NOT NULL CHECK (version >= 1),
  title text NOT NULL CHECK (title <> ''),
  summary text NOT NULL,
  body text NOT NULL,
  theme text NOT NULL,
  activity_id text REFERENCES activities (id),
  pinned boolean NOT NULL,
  from_at instant,
  until_at instant,
  picture_id text REFERENCES files (id),
  thumb_id text REFERENCES files (id),
  picture_alt text NOT NULL,
  file_id text REFERENCES files (id),
  file_format text NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  PRIMARY KEY (publication_id, version),
  CONSTRAINT publication_versions_window CHECK (from_at IS NULL OR until_at IS NULL OR until_at > from_at),
  CONSTRAINT publication_versions_picture CHECK ((picture_id IS NULL) = (thumb_id IS NULL)),
  CONSTRAINT publication_versions_file CHECK ((file_id IS NULL) = (file_format = ''))
);

CREATE TABLE publication_acts (
  id text NOT NULL PRIMARY KEY,
  publication_id text NOT NULL REFERENCES publications (id),
  version bigint NOT NULL,
  act text NOT NULL CHECK (act IN ('publish', 'withdraw')),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  FOREIGN KEY (publication_id, version) REFERENCES publication_versions (publication_id, version)
);
CREATE INDEX publication_acts_by_publication ON publication_acts (publication_id, at);

CREATE TABLE board_version (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  version text NOT NULL
);

CREATE TABLE theme_choices (
  account_id text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  themes text NOT NULL,
  only_these boolean NOT NULL,
  since instant NOT NULL
);

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

CREATE TABLE price_grids (
  id text NOT NULL PRIMARY KEY,
  activity_id text NOT NULL REFERENCES activities (id),
  option_id text REFERENCES activity_options (id),
  age_group text NOT NULL DEFAULT '' CHECK (age_group IN ('', 'maternelle', 'elementaire')),
  per text NOT NULL DEFAULT 'day' CHECK (per IN ('day', 'half_hour', 'month', 'year')),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('flat', 'brackets', 'effort')),
  from_day date NOT NULL,
  voted_on date,
  flat_cents bigint CHECK (flat_cents >= 0),
  rate_millionths bigint CHECK (rate_millionths BETWEEN 1 AND 1000000),
  floor_cents bigint CHECK (floor_cents >= 0),
  ceiling_cents bigint CHECK (ceiling_cents >= floor_cents),
  non_resident_cents bigint CHECK (non_resident_cents >= 0),
  terms json NOT NULL DEFAULT '{}',
  created_at instant NOT NULL,
  created_by text NOT NULL DEFAULT '',
  published_at instant,
  published_by text NOT NULL DEFAULT '',
  withdrawn_at instant,
  withdrawn_by text NOT NULL DEFAULT '',
  CONSTRAINT price_grids_flat CHECK (kind <> 'flat' OR flat_cents IS NOT NULL),
  CONSTRAINT price_grids_effort CHECK (kind <> 'effort' OR (rate_millionths IS NOT NULL AND floor_cents IS NOT NULL AND ceiling_cents IS NOT NULL)),
  CONSTRAINT price_grids_fee CHECK (per IN ('day', 'half_hour') OR option_id IS NULL)
);
CREATE UNIQUE INDEX price_grids_dated ON price_grids (activity_id, coalesce(option_id, ''), age_group, (CASE WHEN per = 'half_hour' THEN 'day' ELSE per END), from_day) WHERE published_at IS NOT NULL AND withdrawn_at IS NULL;

CREATE TABLE price_brackets (
  grid_id text NOT NULL REFERENCES price_grids (id) ON DELETE CASCADE,
  from_hundredths bigint NOT NULL CHECK (from_hundredths >= 0),
  cents bigint NOT NULL CHECK (cents >= 0),
  PRIMARY KEY (grid_id, from_hundredths)
);

CREATE TABLE residence_exceptions (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  resident boolean NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  from_day date NOT NULL,
  to_day date,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT '',
  CHECK (to_day IS NULL OR to_day >= from_day)
);
CREATE INDEX residence_exceptions_by_household ON residence_exceptions (household_id) WHERE ended_at IS NULL;

CREATE TABLE aids (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id) ON DELETE CASCADE,
  child_id text REFERENCES children (id),
  activity_id text REFERENCES activities (id),
  payer text NOT NULL CHECK (payer IN ('employer', 'ccas', 'caf', 'other')),
  name text NOT NULL CHECK (name <> ''),
  day_cents bigint CHECK (day_cents > 0),
  percent bigint CHECK (percent BETWEEN 1 AND 10000),
  from_day date NOT NULL,
  to_day date,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  ended_at instant,
  ended_by text NOT NULL DEFAULT '',
  CHECK ((day_cents IS NULL) <> (percent IS NULL)),
  CHECK (to_day IS NULL OR to_day >= from_day)
);
CREATE INDEX aids_by_household ON aids (household_id) WHERE ended_at IS NULL;
CREATE INDEX aids_by_child ON aids (child_id) WHERE child_id IS NOT NULL;

CREATE TABLE quotient_services (
  id text NOT NULL PRIMARY KEY,
  base text NOT NULL CHECK (base <> ''),
  recipient text NOT NULL CHECK (recipient <> ''),
  token_sealed text NOT NULL,
  ends_on date,
  set_at instant NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL
);

CREATE TABLE quotient_refusals (
  household_id text NOT NULL PRIMARY KEY REFERENCES households (id) ON DELETE CASCADE,
  refused_at instant NOT NULL,
  refused_by text NOT NULL,
  refused_by_name text NOT NULL
);

CREATE TABLE simulations (
  id text NOT NULL PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  grids json NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  households bigint NOT NULL CHECK (households >= 0),
  done bigint NOT NULL CHECK (done >= 0),
  done_to text NOT NULL,
  result json NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  finished_at instant,
  CHECK (to_day >= from_day)
);
CREATE INDEX simulations_by_time ON simulations (made_at, id);

CREATE TABLE number_series (
  series text NOT NULL CHECK (series <> ''),
  year bigint NOT NULL,
  last bigint NOT NULL CHECK (last >= 0),
  PRIMARY KEY (series, year)
);

CREATE TABLE billing_runs (
  id text NOT NULL PRIMARY KEY,
  month text NOT NULL,
  household_id text REFERENCES households (id),
  from_day date NOT NULL,
  to_day date NOT NULL,
  examine_from date NOT NULL,
  state text NOT NULL CHECK (state IN ('preparing', 'prepared', 'issuing', 'issued', 'abandoned')),
  done_to text NOT NULL,
  created_at instant NOT NULL,
  created_by text NOT NULL,
  created_by_name text NOT NULL,
  gathered_at instant NOT NULL,
  prepared_at instant,
  issued_on date,
  due_on date,
  issue_asked_at instant,
  issued_by text NOT NULL DEFAULT '',
  issued_by_name text NOT NULL DEFAULT '',
  issued_at instant,
  abandoned_at instant,
  abandoned_by text NOT NULL DEFAULT '',
  CHECK (to_day >= from_day),
  CHECK (examine_from <= from_day),
  CHECK (due_on IS NULL OR due_on >= issued_on),
  CHECK ((state = 'issued') = (issued_at IS NOT NULL)),
  CHECK ((state = 'abandoned') = (abandoned_at IS NOT NULL))
);
CREATE UNIQUE INDEX billing_runs_month ON billing_runs (month) WHERE household_id IS NULL AND state <> 'abandoned';
CREATE UNIQUE INDEX billing_runs_one_household ON billing_runs (household_id) WHERE household_id IS NOT NULL AND state IN ('preparing', 'prepared', 'issuing');
CREATE INDEX billing_runs_by_time ON billing_runs (created_at, id);

CREATE TABLE run_rechecks (
  run_id text NOT NULL REFERENCES billing_runs (id),
  household_id text NOT NULL REFERENCES households (id),
  from_day date NOT NULL,
  PRIMARY KEY (run_id, household_id)
);
CREATE INDEX run_rechecks_by_household ON run_rechecks (household_id);

CREATE TABLE run_notes (
  run_id text NOT NULL REFERENCES billing_runs (id),
  household_id text NOT NULL REFERENCES households (id),
  kind text NOT NULL CHECK (kind IN ('no_quotient', 'unpointed', 'doubled', 'credit', 'carried', 'elsewhere', 'unpriced', 'pending')),
  count bigint NOT NULL CHECK (count > 0),
  cents bigint NOT NULL,
  from_day date NOT NULL,
  PRIMARY KEY (run_id, household_id, kind)
);
CREATE INDEX run_notes_by_kind ON run_notes (run_id, kind);
CREATE INDEX run_notes_by_household ON run_notes (household_id);

CREATE TABLE invoices (
  id text NOT NULL PRIMARY KEY,
  run_id text NOT NULL REFERENCES billing_runs (id),
  household_id text NOT NULL REFERENCES households (id),
  kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  series text NOT NULL,
  year bigint,
  number bigint CHECK (number > 0),
  label text NOT NULL,
  payer_reference text NOT NULL,
  payer_name text NOT NULL,
  payer_line text NOT NULL,
  payer_postal_code text NOT NULL,
  payer_city text NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  total_cents bigint NOT NULL,
  earlier_cents bigint NOT NULL,
  before_cents bigint NOT NULL,
  made_at instant NOT NULL,
  issued_at instant,
  issued_on date,
  due_on date,
  settled_at instant,
  handed_at instant,
  handed_slip text NOT NULL DEFAULT '',
  CHECK (kind = 'credit_note' OR total_cents >= 0),
  CHECK (kind = 'invoice' OR total_cents <= 0),
  CHECK ((number IS NULL) = (issued_at IS NULL)),
  CHECK ((number IS NULL) = (issued_on IS NULL)),
  CHECK ((number IS NULL) = (label = '')),
  CHECK (settled_at IS NULL OR number IS NOT NULL),
  CHECK (handed_at IS NULL OR (number IS NOT NULL AND kind = 'invoice'))
);
CREATE UNIQUE INDEX invoices_numbered ON invoices (series, year, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX invoices_labelled ON invoices (label) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX invoices_one_a_run ON invoices (run_id, household_id, kind) WHERE number IS NULL;
CREATE INDEX invoices_by_run ON invoices (run_id, household_id);
CREATE INDEX invoices_by_household ON invoices (household_id, issued_on);
CREATE INDEX invoices_open ON invoices (due_on, id) WHERE settled_at IS NULL AND number IS NOT NULL AND kind = 'invoice';

CREATE TABLE invoice_lines (
  invoice_id text NOT NULL REFERENCES invoices (id),
  number bigint NOT NULL CHECK (number > 0),
  child_id text NOT NULL,
  child_name text NOT NULL,
  activity_id text NOT NULL,
  activity_name text NOT NULL,
  option_name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('service', 'late_pickup', 'fee', 'year_fee')),
  attribute text NOT NULL CHECK (attribute IN ('care', 'food', 'penalty', 'aid')),
  unit_cents bigint NOT NULL,
  quantity bigint NOT NULL CHECK (quantity > 0),
  total_cents bigint NOT NULL,
  explanation text NOT NULL,
  grid_id text NOT NULL,
  cesu boolean NOT NULL,
  corrects text NOT NULL,
  from_day date NOT NULL,
  to_day date NOT NULL,
  PRIMARY KEY (invoice_id, number),
  CHECK (total_cents = unit_cents * quantity)
);
CREATE INDEX invoice_lines_by_grid ON invoice_lines (grid_id);

CREATE TABLE charges (
  invoice_id text NOT NULL,
  number bigint NOT NULL CHECK (number > 0),
  line bigint NOT NULL,
  child_id text NOT NULL,
  activity_id text NOT NULL,
  day date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('service', 'late_pickup', 'fee', 'year_fee')),
  part bigint NOT NULL CHECK (part >= 0),
  cents bigint NOT NULL,
  reverses_invoice text,
  reverses_number bigint,
  reversed_in text REFERENCES invoices (id),
  PRIMARY KEY (invoice_id, number),
  FOREIGN KEY (invoice_id, line) REFERENCES invoice_lines (invoice_id, number),
  FOREIGN KEY (reverses_invoice, reverses_number) REFERENCES charges (invoice_id, number),
  CHECK ((reverses_invoice IS NULL) = (reverses_number IS NULL)),
  CHECK (reverses_invoice IS NULL OR reversed_in IS NULL)
);
CREATE UNIQUE INDEX charges_once ON charges (child_id, day, activity_id, kind, part) WHERE reverses_invoice IS NULL AND reversed_in IS NULL;
CREATE UNIQUE INDEX charges_reversed_once ON charges (reverses_invoice, reverses_number) WHERE reverses_invoice IS NOT NULL;
CREATE INDEX charges_reversed ON charges (reversed_in) WHERE reversed_in IS NOT NULL;

CREATE TABLE ledger_entries (
  id text NOT NULL PRIMARY KEY,
  account_id text NOT NULL,
  household_id text NOT NULL REFERENCES households (id),
  seq bigint NOT NULL CHECK (seq > 0),
  kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'payment', 'refund', 'write_off', 'reversal', 'transfer')),
  cents bigint NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  invoice_id text REFERENCES invoices (id),
  reverses text REFERENCES ledger_entries (id),
  label text NOT NULL,
  day date NOT NULL,
  at instant NOT NULL,
  made_by text NOT NULL,
  prev text NOT NULL,
  hash text NOT NULL,
  CHECK (kind NOT IN ('invoice', 'refund') OR cents >= 0),
  CHECK (kind NOT IN ('credit_note', 'payment', 'write_off') OR cents <= 0),
  CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
);
CREATE UNIQUE INDEX ledger_entries_by_source ON ledger_entries (source);
CREATE UNIQUE INDEX ledger_entries_by_account ON ledger_entries (account_id, seq);
CREATE UNIQUE INDEX ledger_entries_reversed_once ON ledger_entries (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX ledger_entries_by_household ON ledger_entries (household_id, day);
CREATE INDEX ledger_entries_by_invoice ON ledger_entries (invoice_id) WHERE invoice_id IS NOT NULL;

CREATE TABLE allocations (
  id text NOT NULL PRIMARY KEY,
  credit_id text NOT NULL REFERENCES ledger_entries (id),
  debit_id text NOT NULL REFERENCES ledger_entries (id),
  invoice_id text REFERENCES invoices (id),
  cents bigint NOT NULL CHECK (cents <> 0),
  at instant NOT NULL
);
CREATE INDEX allocations_by_credit ON allocations (credit_id);
CREATE INDEX allocations_by_debit ON allocations (debit_id);
CREATE INDEX allocations_by_invoice ON allocations (invoice_id) WHERE invoice_id IS NOT NULL;

CREATE TABLE invoice_acts (
  id text NOT NULL PRIMARY KEY,
  invoice_id text NOT NULL REFERENCES invoices (id),
  act text NOT NULL CHECK (act IN ('handed_over', 'taken_back', 'written_off')),
  at instant NOT NULL,
  day date NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  slip text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  cents bigint NOT NULL
);
CREATE INDEX invoice_acts_by_invoice ON invoice_acts (invoice_id, at);

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

CREATE TABLE till_counters (
  office_id text NOT NULL REFERENCES revenue_offices (id),
  series text NOT NULL CHECK (series IN ('receipt', 'session', 'deposit', 'handover')),
  year bigint NOT NULL,
  last_number bigint NOT NULL CHECK (last_number >= 1),
  PRIMARY KEY (office_id, series, year)
);

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

CREATE TABLE receipt_shares (
  receipt_id text NOT NULL REFERENCES receipts (id),
  invoice_id text NOT NULL,
  invoice_number text NOT NULL,
  cents bigint NOT NULL CHECK (cents <> 0),
  PRIMARY KEY (receipt_id, invoice_id)
);
CREATE INDEX receipt_shares_by_invoice ON receipt_shares (invoice_id);

CREATE TABLE receipt_owners (
  id text NOT NULL PRIMARY KEY,
  receipt_id text NOT NULL UNIQUE REFERENCES receipts (id),
  household_id text NOT NULL REFERENCES households (id),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL
);
CREATE INDEX receipt_owners_by_household ON receipt_owners (household_id);

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

CREATE TABLE cash_counts (
  owner_id text NOT NULL,
  value_cents bigint NOT NULL CHECK (value_cents > 0),
  quantity bigint NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (owner_id, value_cents)
);

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

CREATE TABLE till_lines (
  office_id text NOT NULL,
  seq bigint NOT NULL,
  account text NOT NULL CHECK (account IN ('cash', 'cheques', 'cesu', 'account', 'treasury', 'due', 'paid_over', 'unsorted', 'float', 'difference')),
  cents bigint NOT NULL CHECK (cents <> 0),
  PRIMARY KEY (office_id, seq, account),
  FOREIGN KEY (office_id, seq) REFERENCES till_entries (office_id, seq)
);
CREATE INDEX till_lines_by_account ON till_lines (office_id, account, seq);

CREATE TABLE till_balances (
  office_id text NOT NULL REFERENCES revenue_offices (id),
  account text NOT NULL,
  cents bigint NOT NULL,
  CONSTRAINT till_balances_solid CHECK (cents >= 0 OR account NOT IN ('cash', 'cheques', 'cesu')),
  PRIMARY KEY (office_id, account)
);

CREATE TABLE payment_contracts (
  bank text NOT NULL PRIMARY KEY CHECK (bank IN ('paybox', 'payfip')),
  enabled boolean NOT NULL,
  terms json NOT NULL,
  secret text NOT NULL,
  changed_at instant NOT NULL
);

CREATE TABLE payment_attempts (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  payer_name text NOT NULL CHECK (payer_name <> ''),
  email text NOT NULL,
  bank text NOT NULL CHECK (bank IN ('paybox', 'payfip')),
  reference text NOT NULL UNIQUE CHECK (reference <> ''),
  cents bigint NOT NULL CHECK (cents > 0),
  state text NOT NULL CHECK (state IN ('open', 'pending', 'paid', 'refused', 'failed', 'cancelled', 'expired')),
  created_at instant NOT NULL,
  changed_at instant NOT NULL,
  operation text UNIQUE,
  client text NOT NULL DEFAULT '',
  mode text NOT NULL DEFAULT '',
  call_number text NOT NULL DEFAULT '',
  transaction_number text NOT NULL DEFAULT '',
  receipt_id text REFERENCES receipts (id),
  CHECK ((state = 'paid') = (receipt_id IS NOT NULL))
);
CREATE INDEX payment_attempts_by_household ON payment_attempts (household_id, created_at);
CREATE INDEX payment_attempts_by_guardian ON payment_attempts (guardian_id);
CREATE INDEX payment_attempts_live ON payment_attempts (created_at) WHERE state IN ('open', 'pending');
CREATE INDEX payment_attempts_by_time ON payment_attempts (created_at, id);
CREATE INDEX payment_attempts_by_receipt ON payment_attempts (receipt_id) WHERE receipt_id IS NOT NULL;

CREATE TABLE payment_shares (
  attempt_id text NOT NULL REFERENCES payment_attempts (id),
  position bigint NOT NULL,
  invoice_id text NOT NULL REFERENCES invoices (id),
  invoice_number text NOT NULL,
  cents bigint NOT NULL CHECK (cents > 0),
  PRIMARY KEY (attempt_id, position)
);
CREATE UNIQUE INDEX payment_shares_by_invoice ON payment_shares (invoice_id, attempt_id);

CREATE TABLE payment_events (
  id text NOT NULL PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  attempt_id text REFERENCES payment_attempts (id),
  at instant NOT NULL,
  bank text NOT NULL CHECK (bank IN ('paybox', 'payfip')),
  kind text NOT NULL CHECK (kind <> ''),
  odd boolean NOT NULL,
  reference text NOT NULL,
  code text NOT NULL,
  cents bigint NOT NULL,
  detail text NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL
);
CREATE INDEX payment_events_by_attempt ON payment_events (attempt_id, seq) WHERE attempt_id IS NOT NULL;
CREATE INDEX payment_events_odd ON payment_events (seq) WHERE odd;
CREATE INDEX payment_events_by_kind ON payment_events (kind, at);

CREATE TABLE payment_reviews (
  event_id text NOT NULL PRIMARY KEY REFERENCES payment_events (id),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL
);

CREATE TABLE payment_refunds (
  id text NOT NULL PRIMARY KEY,
  attempt_id text NOT NULL REFERENCES payment_attempts (id),
  way text NOT NULL CHECK (way IN ('bank', 'hand', 'reject')),
  number bigint UNIQUE,
  cents bigint NOT NULL CHECK (cents > 0),
  reason text NOT NULL CHECK (reason <> ''),
  state text NOT NULL CHECK (state IN ('asked', 'unsure', 'done', 'refused')),
  code text NOT NULL,
  asked_at instant NOT NULL,
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  settled_at instant,
  receipt_id text REFERENCES receipts (id),
  CHECK ((way = 'bank') = (number IS NOT NULL)),
  CHECK ((state IN ('done', 'refused')) = (settled_at IS NOT NULL))
);
CREATE UNIQUE INDEX payment_refunds_once ON payment_refunds (attempt_id) WHERE state <> 'refused';
CREATE INDEX payment_refunds_by_attempt ON payment_refunds (attempt_id);
CREATE INDEX payment_refunds_by_receipt ON payment_refunds (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE INDEX payment_refunds_open ON payment_refunds (asked_at) WHERE state = 'asked';

CREATE TABLE mandates (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  rum text NOT NULL CHECK (rum <> ''),
  ics text NOT NULL CHECK (ics <> ''),
  creditor text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('online', 'paper')),
  signed_on date NOT NULL,
  signed_by text NOT NULL,
  terms_version text NOT NULL,
  terms text NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  suspended_at instant,
  suspended_why text NOT NULL,
  ended_at instant,
  ended_how text NOT NULL CHECK (ended_how IN ('', 'family', 'town', 'lapsed')),
  CONSTRAINT mandates_ended CHECK ((ended_at IS NULL) = (ended_how = ''))
);
CREATE UNIQUE INDEX mandates_by_rum ON mandates (rum);
CREATE UNIQUE INDEX mandates_standing ON mandates (household_id) WHERE ended_at IS NULL;
CREATE INDEX mandates_by_household ON mandates (household_id);

CREATE TABLE mandate_accounts (
  id text NOT NULL PRIMARY KEY,
  mandate_id text NOT NULL REFERENCES mandates (id) ON DELETE CASCADE,
  position bigint NOT NULL CHECK (position >= 1),
  iban_sealed text NOT NULL,
  iban_shown text NOT NULL,
  bank text NOT NULL,
  bic text NOT NULL,
  holder text NOT NULL,
  street text NOT NULL,
  postal_code text NOT NULL,
  city text NOT NULL,
  country text NOT NULL CHECK (length(country) = 2),
  signed_on date NOT NULL,
  signed_by text NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL
);
CREATE UNIQUE INDEX mandate_accounts_by_position ON mandate_accounts (mandate_id, position);

CREATE TABLE mandate_events (
  id text NOT NULL PRIMARY KEY,
  mandate_id text NOT NULL REFERENCES mandates (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('signed', 'account', 'suspended', 'resumed', 'revoked', 'lapsed', 'rejected')),
  at instant NOT NULL,
  actor text NOT NULL,
  actor_name text NOT NULL,
  note text NOT NULL
);
CREATE INDEX mandate_events_by_mandate ON mandate_events (mandate_id, at);

CREATE TABLE mandate_numbers (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  last bigint NOT NULL
);

CREATE TABLE debit_batches (
  id text NOT NULL PRIMARY KEY,
  number bigint NOT NULL CHECK (number >= 1),
  due_on date NOT NULL,
  creditor json NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  gathered_at instant,
  sent_at instant,
  sent_by text NOT NULL,
  collected_at instant,
  cancelled_at instant,
  cancelled_by text NOT NULL,
  CONSTRAINT debit_batches_cancelled_before_sent CHECK (cancelled_at IS NULL OR sent_at IS NULL)
);
CREATE UNIQUE INDEX debit_batches_by_number ON debit_batches (number);

CREATE TABLE debits (
  id text NOT NULL PRIMARY KEY,
  batch_id text NOT NULL REFERENCES debit_batches (id),
  household_id text NOT NULL REFERENCES households (id),
  mandate_id text REFERENCES mandates (id) ON DELETE SET NULL,
  account_id text REFERENCES mandate_accounts (id) ON DELETE SET NULL,
  end_to_end text NOT NULL,
  rum text NOT NULL,
  bank text NOT NULL,
  sequence text NOT NULL CHECK (sequence IN ('OOFF', 'FRST', 'RCUR', 'FNAL')),
  new_account boolean NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  collected_at instant,
  receipt_id text NOT NULL,
  rejected_at instant,
  rejected_code text NOT NULL,
  rejected_on date,
  rejected_by text NOT NULL,
  released_at instant,
  released_why text NOT NULL
);
CREATE UNIQUE INDEX debits_by_reference ON debits (end_to_end);
CREATE UNIQUE INDEX debits_one_a_batch ON debits (batch_id, mandate_id);
CREATE INDEX debits_by_mandate ON debits (mandate_id);
CREATE INDEX debits_by_account ON debits (account_id);
CREATE INDEX debits_by_household ON debits (household_id);

CREATE TABLE debit_shares (
  id text NOT NULL PRIMARY KEY,
  debit_id text NOT NULL REFERENCES debits (id),
  invoice_id text NOT NULL REFERENCES invoices (id),
  invoice_number text NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  settled_at instant
);
CREATE UNIQUE INDEX debit_shares_reserve ON debit_shares (invoice_id) WHERE settled_at IS NULL;
CREATE INDEX debit_shares_by_debit ON debit_shares (debit_id);
CREATE INDEX debit_shares_by_invoice ON debit_shares (invoice_id);

CREATE TABLE debit_pauses (
  invoice_id text NOT NULL PRIMARY KEY REFERENCES invoices (id),
  why text NOT NULL CHECK (why <> ''),
  since instant NOT NULL
);

CREATE TABLE absence_numbers (
  year bigint NOT NULL PRIMARY KEY,
  last bigint NOT NULL
);

CREATE TABLE absence_claims (
  id text NOT NULL PRIMARY KEY,
  number text NOT NULL UNIQUE,
  upload_id text NOT NULL UNIQUE,
  child_id text NOT NULL REFERENCES children (id),
  household_id text NOT NULL REFERENCES households (id),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  arrived_at instant NOT NULL,
  paper boolean NOT NULL,
  words text NOT NULL DEFAULT '',
  withdrawn_at instant,
  decided_at instant,
  decided_by_name text NOT NULL DEFAULT '',
  CHECK (withdrawn_at IS NULL OR decided_at IS NULL)
);
CREATE INDEX absence_claims_by_household ON absence_claims (household_id, made_at);
CREATE INDEX absence_claims_by_child ON absence_claims (child_id, made_at);
CREATE INDEX absence_claims_open ON absence_claims (made_at, id) WHERE withdrawn_at IS NULL AND decided_at IS NULL;

CREATE TABLE absence_claim_days (
  claim_id text NOT NULL REFERENCES absence_claims (id) ON DELETE CASCADE,
  day date NOT NULL,
  decision text NOT NULL DEFAULT '' CHECK (decision IN ('', 'accepted', 'waiting', 'refused')),
  reason text NOT NULL DEFAULT '',
  first_day date,
  until instant,
  PRIMARY KEY (claim_id, day)
);

CREATE TABLE town_events (
  id text NOT NULL PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('strike', 'teacher', 'trip', 'closure', 'other')),
  closes boolean NOT NULL,
  site_id text REFERENCES sites (id),
  activity_id text REFERENCES activities (id),
  school_id text REFERENCES sites (id),
  level text NOT NULL DEFAULT '',
  class_name text NOT NULL DEFAULT '',
  from_day date NOT NULL,
  to_day date NOT NULL,
  reason text NOT NULL,
  closure_id text REFERENCES closures (id),
  undoes_id text UNIQUE REFERENCES town_events (id),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  reached text NOT NULL DEFAULT '',
  told bigint NOT NULL DEFAULT 0 CHECK (told >= 0),
  finished_at instant,
  CHECK (from_day <= to_day),
  CHECK (closes = (closure_id IS NOT NULL)),
  CHECK (NOT closes OR school_id IS NULL),
  CHECK (school_id IS NOT NULL OR level = '' AND class_name = '')
);
CREATE INDEX town_events_by_day ON town_events (to_day, from_day);
CREATE INDEX town_events_by_closure ON town_events (closure_id);

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
CREATE INDEX bookings_ended ON bookings (activity_id, site_id, day) WHERE state IN ('cancelled', 'closed');

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

CREATE TABLE reminders (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  invoice_id text NOT NULL REFERENCES invoices (id),
  level bigint NOT NULL CHECK (level IN (1, 2)),
  day date NOT NULL,
  at instant NOT NULL,
  letter boolean NOT NULL,
  rest_cents bigint NOT NULL CHECK (rest_cents > 0)
);
CREATE UNIQUE INDEX reminders_once ON reminders (invoice_id, level);
CREATE INDEX reminders_by_household ON reminders (household_id);
CREATE INDEX reminders_by_day ON reminders (day, household_id);

CREATE TABLE payment_plans (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  total_cents bigint NOT NULL CHECK (total_cents > 0),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  note text NOT NULL,
  ended_at instant,
  ended_how text NOT NULL CHECK (ended_how IN ('', 'kept', 'broken', 'cancelled')),
  CONSTRAINT payment_plans_ended CHECK ((ended_at IS NULL) = (ended_how = ''))
);
CREATE UNIQUE INDEX payment_plans_open ON payment_plans (household_id) WHERE ended_at IS NULL;
CREATE INDEX payment_plans_by_household ON payment_plans (household_id);

CREATE TABLE plan_invoices (
  plan_id text NOT NULL REFERENCES payment_plans (id),
  invoice_id text NOT NULL REFERENCES invoices (id),
  PRIMARY KEY (plan_id, invoice_id)
);
CREATE INDEX plan_invoices_by_invoice ON plan_invoices (invoice_id);

CREATE TABLE plan_instalments (
  plan_id text NOT NULL REFERENCES payment_plans (id),
  number bigint NOT NULL CHECK (number >= 1),
  due_on date NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  PRIMARY KEY (plan_id, number)
);

CREATE TABLE debt_holds (
  hold_id text NOT NULL PRIMARY KEY REFERENCES holds (id),
  household_id text NOT NULL REFERENCES households (id),
  lifted_at instant
);
CREATE INDEX debt_holds_by_household ON debt_holds (household_id);

CREATE TABLE tax_certificates (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  year bigint NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  made_on date NOT NULL,
  made_at instant NOT NULL,
  made_by text NOT NULL,
  sheet json NOT NULL,
  total_cents bigint NOT NULL CHECK (total_cents >= 0)
);
CREATE UNIQUE INDEX tax_certificates_numbered ON tax_certificates (year, number);
CREATE INDEX tax_certificates_by_household ON tax_certificates (household_id, year);

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

CREATE TABLE child_photos (
  child_id text NOT NULL PRIMARY KEY REFERENCES children (id),
  file_id text NOT NULL UNIQUE REFERENCES files (id),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL
);
