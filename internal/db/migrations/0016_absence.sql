-- +goose Up

-- document_types: the certificates of absence are a type of every town; the rules of absences lean on its id.
INSERT INTO document_types (id, name, name_key, help, subject, asked, age_from, age_to, blocking, validity, months, keep_months, by_law, position)
VALUES ('absence', 'Justificatif d’absence', 'absence', 'Certificat médical ou autre justificatif, avec les jours qu’il couvre. Il est effacé deux mois après la réponse du service.',
  'child', 'nobody', 0, 0, FALSE, 'none', 0, 2, FALSE, 900);

-- absence_numbers: the last number given in a year.
CREATE TABLE absence_numbers (
  year bigint NOT NULL PRIMARY KEY,
  last bigint NOT NULL
);

-- absence_claims: a household asks that days of absence of a child be excused, with a document or with a paper that an agent was given. What
-- counts for the time limit is the instant it arrived.
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

-- absence_claim_days: one day of a claim, and what was decided of it. The first day of its run and the last instant are those that the
-- decision was taken on; before it, they are computed from what is known of the child.
CREATE TABLE absence_claim_days (
  claim_id text NOT NULL REFERENCES absence_claims (id) ON DELETE CASCADE,
  day date NOT NULL,
  decision text NOT NULL DEFAULT '' CHECK (decision IN ('', 'accepted', 'waiting', 'refused')),
  reason text NOT NULL DEFAULT '',
  first_day date,
  until instant,
  PRIMARY KEY (claim_id, day)
);

-- town_events: what happens to some children on some days, whatever their families booked: a strike, a teacher away, a class on a trip, a
-- site without service. One that closes has a closure, which frees the places; the others leave the bookings, and no absence is billed. An
-- event is undone by another that names it. reached is how far its job is: the last household told.
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
