-- +goose Up

-- what the menu of every page counts, read with who is asking.
CREATE INDEX bookings_offers ON bookings (household_id) WHERE state = 'offered';
CREATE INDEX bookings_pending_by_session ON bookings (activity_id, site_id, day) WHERE state = 'pending';

-- a custody rule that was replaced before it began, or taken back, is ended: it stays to be read, and no longer counts.
ALTER TABLE custody_rules ADD COLUMN ended_at instant;
ALTER TABLE custody_rules ADD COLUMN ended_by text NOT NULL DEFAULT '';
