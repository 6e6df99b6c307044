package db_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/db"
)

type box struct {
	label  string
	day    civil.Date
	at     civil.Instant
	open   bool
	detail string
	bytes  []byte
}

func scanBox(s db.Scanner) (box, error) {
	var b box
	err := s.Scan(&b.label, &b.day, &b.at, &b.open, &b.detail, &b.bytes)
	return b, err
}

func TestValuesComeBackTheSame(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		at := civil.At(time.Date(2026, 12, 7, 23, 59, 59, 123456789, time.UTC))
		day := civil.MustParse("2026-12-07")
		want := box{"Étiquette 'é' 🙂", day, at, true, `{"k":"v"}`, []byte{0, 1, 255}}
		write(t, d, `INSERT INTO boxes (id, label, made_on, made_at, open, detail, content) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			"a", want.label, want.day, want.at, want.open, db.JSON(map[string]string{"k": "v"}), want.bytes)
		write(t, d, "INSERT INTO boxes (id, label, made_on, made_at) VALUES ('b', 'B', $1, $2)", civil.Date{}, civil.Instant{})
		err := d.Read(ctx, func(tx *db.Tx) error {
			got, err := db.One(ctx, tx, `SELECT label, made_on, made_at, open, detail, content FROM boxes
				WHERE made_on = $1 AND made_at <= $2 AND open AND detail ->> 'k' = 'v'`, scanBox, day, at)
			got.detail = strings.ReplaceAll(got.detail, " ", "")
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if err != nil {
				return err
			}
			none, err := db.Exists(ctx, tx, "SELECT 1 FROM boxes WHERE id = 'b' AND made_on IS NULL AND made_at IS NULL")
			if !none {
				t.Error("a zero date or instant is not NULL")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestNothingFound(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Read(ctx, func(tx *db.Tx) error {
			if _, err := db.One(ctx, tx, "SELECT label FROM boxes", db.Value[string]); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("One: %v", err)
			}
			all, err := db.All(ctx, tx, "SELECT label FROM boxes", db.Value[string])
			if len(all) != 0 || err != nil {
				t.Errorf("All: %v, %v", all, err)
			}
			some, err := db.Exists(ctx, tx, "SELECT 1 FROM boxes")
			if some || err != nil {
				t.Errorf("Exists: %v, %v", some, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Lists and rows as JSON text, the set-wise way of the house.
func TestLists(t *testing.T) {
	type row struct {
		ID    string     `json:"id"`
		Day   civil.Date `json:"-"`
		DayS  string     `json:"day"`
		Count int64      `json:"count"`
		Open  string     `json:"open"`
	}
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		rows := []row{{ID: "a", DayS: "2026-12-07", Count: 3, Open: "1"}, {ID: "b", DayS: "2026-12-08", Count: 4, Open: "0"}}
		err := d.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `INSERT INTO boxes (id, label, made_on, made_at, count, open)
				SELECT value ->> 'id', 'L' || (value ->> 'id'), date(value ->> 'day'), $2, CAST(value ->> 'count' AS bigint), (value ->> 'open') = '1'
				FROM json_each(CAST($1 AS text)) WHERE true ON CONFLICT DO NOTHING`, db.JSON(rows), tx.Now)
			if n != 2 {
				t.Errorf("%d rows written", n)
			}
			if err != nil {
				return err
			}
			ids, err := db.All(ctx, tx, `UPDATE boxes SET count = count + 1
				WHERE made_on IN (SELECT date(value) FROM json_each(CAST($1 AS text))) AND NOT open RETURNING id`,
				db.Value[string], db.JSON([]string{"2026-12-07", "2026-12-08"}))
			if fmt.Sprint(ids) != "[b]" {
				t.Errorf("updated %v", ids)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, "SELECT CAST(sum(count) AS bigint) FROM boxes WHERE made_on >= $1", civil.MustParse("2026-12-07")); n != 8 {
			t.Errorf("sum %d, want 8", n)
		}
		if n := count(t, d, "SELECT count(*) FROM boxes WHERE id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))",
			db.JSON([]string(nil))); n != 0 {
			t.Errorf("an empty list found %d", n)
		}
	})
}

func TestPlaceholdersInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Read(ctx, func(tx *db.Tx) error {
			var a, b, c string
			err := tx.QueryRow(ctx, "SELECT CAST($2 AS text), CAST($1 AS text), CAST($2 AS text)", "one", "two").Scan(&a, &b, &c)
			if a+b+c != "twoonetwo" {
				t.Errorf("got %s %s %s", a, b, c)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestViolations(t *testing.T) {
	tests := []struct {
		query string
		rule  db.Rule
		name  string
	}{
		{"INSERT INTO boxes (id, label) VALUES ('a', 'X')", db.Unique, "boxes_pkey"},
		{"INSERT INTO boxes (id, label) VALUES ('x', 'A')", db.Unique, "boxes_label_key"},
		{"INSERT INTO boxes (id, label, count) VALUES ('x', 'X', -1)", db.Check, "boxes_count"},
		{"INSERT INTO slips (box_id, seq) VALUES ('z', 1)", db.ForeignKey, ""},
		{"INSERT INTO slips (box_id, seq) VALUES ('a', 1)", db.Unique, "slips_pkey"},
		{"INSERT INTO slips (box_id, seq) VALUES ('b', 101)", db.Unique, "slips_last"},
		{"INSERT INTO boxes (id, label) VALUES ('x', NULL)", db.NotNull, "boxes.label"},
	}
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A'), ('b', 'B')")
		write(t, d, "INSERT INTO slips (box_id, seq) VALUES ('a', 1), ('a', 101)")
		for _, tt := range tests {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), tt.query)
				return fmt.Errorf("wrapped: %w", err)
			})
			var v *db.Violation
			if !errors.As(err, &v) || v.Rule != tt.rule || v.Name != tt.name {
				t.Errorf("%s: %v", tt.query, err)
			}
			_, unique := db.IsUnique(err)
			_, check := db.IsCheck(err)
			if unique != (tt.rule == db.Unique) || check != (tt.rule == db.Check) || db.IsForeignKey(err) != (tt.rule == db.ForeignKey) {
				t.Errorf("%s: told apart wrongly", tt.query)
			}
		}
	})
}

// SQLite is as strict as PostgreSQL about what is a date, an instant, a number, a JSON text.
func TestTypesAreKept(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for _, set := range []string{"made_on = '2026-02-30'", "made_on = 'demain'", "made_at = 'noon'", "detail = '{'", "count = '12a'"} {
			write(t, d, "INSERT INTO boxes (id, label) VALUES ('a', 'A') ON CONFLICT DO NOTHING")
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "UPDATE boxes SET "+set)
				return err
			})
			if err == nil {
				t.Errorf("%s passed", set)
			}
		}
	})
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := db.NewID()
		if len(id) != 26 || id != strings.ToLower(id) || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}
