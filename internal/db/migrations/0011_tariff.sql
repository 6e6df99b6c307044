-- +goose Up

-- price_grids: the dated price lists, as voted. One that is published is never changed; one with a later day takes over from it.
-- Without published_at it is a draft, which prices nothing. terms: what moves the price from one child or occasion to another.
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

INSERT INTO price_grids (id, activity_id, option_id, name, kind, from_day, flat_cents, non_resident_cents, created_at, published_at)
  SELECT id, activity_id, option_id, name, kind, from_day, flat_cents, non_resident_cents, created_at, created_at FROM grids;
INSERT INTO price_brackets (grid_id, from_hundredths, cents) SELECT grid_id, from_hundredths, cents FROM grid_brackets;
UPDATE price_grids SET terms = '{"food_percent":10000}' WHERE activity_id IN (SELECT id FROM activities WHERE kind = 'canteen');
DROP TABLE grid_brackets;
DROP TABLE grids;

-- cesu: whether the care of an activity may be paid with CESU; cost_cents: what one booking costs the town, which no price may pass.
ALTER TABLE activities ADD COLUMN cesu text NOT NULL DEFAULT 'never' CHECK (cesu IN ('never', 'always', 'under_6'));
ALTER TABLE activities ADD COLUMN cost_cents bigint CHECK (cost_cents > 0);
UPDATE activities SET cesu = 'always' WHERE kind IN ('morning', 'evening', 'study');
UPDATE activities SET cesu = 'under_6' WHERE kind IN ('wednesday', 'holiday');

-- residence_exceptions: a household priced as resident, or not, in spite of where it lives, between two days.
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

-- aids: what an employer, the CCAS or the CAF pays of the price of a household's days; of one child or all, in one activity or all.
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

-- quotient_services: how the town asks for quotients of the CAF and the MSA. The token is sealed with the town's key.
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

-- quotient_refusals: households that do not want the town to ask; they send a paper instead.
CREATE TABLE quotient_refusals (
  household_id text NOT NULL PRIMARY KEY REFERENCES households (id) ON DELETE CASCADE,
  refused_at instant NOT NULL,
  refused_by text NOT NULL,
  refused_by_name text NOT NULL
);

-- simulations: past facts priced again under draft grids. Nothing of it is ever charged. It goes through the households in the order of
-- their ids; done_to is the last one, result what was added up so far.
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
