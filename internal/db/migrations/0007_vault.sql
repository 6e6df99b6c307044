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
