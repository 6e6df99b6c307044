-- +goose Up

-- files: stored files, encrypted; the file is in the town's folder or bucket under its id, its key here, sealed with the town's.
CREATE TABLE files (
  id text NOT NULL PRIMARY KEY,
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  sha256 text NOT NULL,
  sealed_key text NOT NULL,
  key_id text NOT NULL,
  created_at instant NOT NULL
);

-- document_types: what families are asked for, as the town settles it.
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

-- documents: one deposit of a family; scanning until the antivirus has answered, kept until it is sent to the service.
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

-- document_parts: the pages of a document, in order; size_bytes is what counts in the household's quota.
CREATE TABLE document_parts (
  document_id text NOT NULL REFERENCES documents (id),
  number bigint NOT NULL CHECK (number >= 1),
  file_id text NOT NULL UNIQUE REFERENCES files (id),
  name text NOT NULL,
  media_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  PRIMARY KEY (document_id, number)
);

-- document_sendings: what a document was attached to; a request holds it until it is settled.
CREATE TABLE document_sendings (
  document_id text NOT NULL REFERENCES documents (id),
  target text NOT NULL,
  sent_at instant NOT NULL,
  sent_by_name text NOT NULL,
  settled_at instant,
  PRIMARY KEY (document_id, target)
);
CREATE INDEX document_sendings_by_target ON document_sendings (target);

-- document_views: which agent opened it, as the family is shown.
CREATE TABLE document_views (
  id text NOT NULL PRIMARY KEY,
  document_id text NOT NULL REFERENCES documents (id),
  at instant NOT NULL,
  agent_id text NOT NULL,
  agent_name text NOT NULL,
  what text NOT NULL
);
CREATE INDEX document_views_by_document ON document_views (document_id, at);
