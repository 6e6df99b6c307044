-- +goose Up

-- what the menu of every page counts, read with who is asking.
CREATE INDEX bookings_offers ON bookings (household_id) WHERE state = 'offered';
CREATE INDEX bookings_pending_by_session ON bookings (activity_id, site_id, day) WHERE state = 'pending';
