-- +goose Up

-- reminders: an invoice was overdue and its family was reminded, once a level.
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

-- payment_plans: dated instalments that an agent agreed with a family for some invoices. One of a household is open at a time.
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

-- debt_holds: the holds that a debt placed, to be lifted when it is paid.
CREATE TABLE debt_holds (
  hold_id text NOT NULL PRIMARY KEY REFERENCES holds (id),
  household_id text NOT NULL REFERENCES households (id),
  lifted_at instant
);
CREATE INDEX debt_holds_by_household ON debt_holds (household_id);

-- tax_certificates: what a household paid in a year for the care of children under six; a later one of the same year takes the place of the
-- one before. sheet holds what was printed of the town and of the household.
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
