-- +goose Up

-- file_facts: what a family tells of a child beyond who it is, one dated row a statement; the row without an end holds. A child's
-- doctor, health and checked vaccination are the child's; an insurance is one household's. Health is sealed with the town's key.
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

-- declared_changes: what a family says has changed, old and new side by side until an agent decides.
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

-- child_contacts: who a household lets collect a child, and who is called. Ended, never erased.
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

-- vaccinations: one dose against one disease on one day.
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

-- consent_texts: what the town asks, word for word; a new version never rewrites an old one.
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

-- consent_answers: what a guardian answered to a text, and when; the latest of each guardian holds, all are kept. turn counts the
-- answers of a child: two of one instant have an order too.
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

-- file_confirmations: a guardian confirmed that the household's file is right.
CREATE TABLE file_confirmations (
  id text NOT NULL PRIMARY KEY,
  household_id text NOT NULL REFERENCES households (id),
  guardian_id text NOT NULL REFERENCES guardians (id),
  guardian_name text NOT NULL,
  confirmed_at instant NOT NULL
);
CREATE INDEX file_confirmations_by_household ON file_confirmations (household_id, confirmed_at);

-- household_notes: what agents write for each other about a household.
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

-- ban_addresses: the addresses of the commune, from the Base Adresse Nationale; those of the import in force (a setting) count.
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
