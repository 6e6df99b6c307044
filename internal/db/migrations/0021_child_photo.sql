-- +goose Up

-- child_photos: the photo of a child, one at most, that a family adds for those who take the roll-call. Replaced, the file before goes.
CREATE TABLE child_photos (
  child_id text NOT NULL PRIMARY KEY REFERENCES children (id),
  file_id text NOT NULL UNIQUE REFERENCES files (id),
  made_at instant NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL
);
