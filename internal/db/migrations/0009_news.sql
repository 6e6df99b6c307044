-- +goose Up

-- publications: a piece of news or a download. slug is its address and does not change; published is the version that families
-- see, null when they see none.
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

-- publication_versions: what was written, each time it was saved; never changed. A piece of news has a window and may have a
-- picture, a download has its file.
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

-- publication_acts: who published which version, or withdrew it, and when.
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

-- board_version: drawn anew at each change of what families see.
CREATE TABLE board_version (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  version text NOT NULL
);

-- theme_choices: the themes that an account follows, separated by spaces.
CREATE TABLE theme_choices (
  account_id text NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  themes text NOT NULL,
  only_these boolean NOT NULL,
  since instant NOT NULL
);
