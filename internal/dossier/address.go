package dossier

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"preau/internal/audit"
	"preau/internal/ban"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/household"
	"preau/internal/town"
)

// AddressBook says which addresses of the commune the town imported, to propose them as families type.
type AddressBook struct {
	Import string        `json:"import"` // id
	Count  int           `json:"count"`
	At     civil.Instant `json:"at"`
}

const bookKey = "dossier.addresses"

// ReadAddressBook reads what was imported; the zero one when nothing was.
func ReadAddressBook(ctx context.Context, tx *db.Tx) (AddressBook, error) {
	return town.ReadSetting(ctx, tx, bookKey, AddressBook{})
}

// importSlice is how many addresses one transaction writes or removes.
const importSlice = 2000

// ImportAddresses takes addresses in place of those imported before. It writes in slices beside the old ones, then changes over at
// once, then removes the old ones: a search always finds one import whole, and a crash leaves rows that the next import removes.
func ImportAddresses(ctx context.Context, d *db.DB, by household.By, list []ban.Address) (AddressBook, error) {
	book := AddressBook{Import: db.NewID(), Count: len(list)}
	for rest := list; len(rest) > 0; {
		n := min(len(rest), importSlice)
		if err := d.Write(ctx, func(tx *db.Tx) error { return insertAddresses(ctx, tx, book.Import, rest[:n]) }); err != nil {
			return book, err
		}
		rest = rest[n:]
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		book.At = tx.Now
		if err := town.WriteSetting(ctx, tx, bookKey, book); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "dossier.addresses", Detail: map[string]int{"rows": book.Count}})
	})
	for err == nil {
		var n int64
		err = d.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(ctx, `DELETE FROM ban_addresses WHERE (import_id, id) IN (SELECT import_id, id FROM ban_addresses WHERE import_id <> $1 LIMIT $2)`,
				book.Import, int64(importSlice))
			return err
		})
		if n == 0 {
			break
		}
	}
	return book, err
}

func insertAddresses(ctx context.Context, tx *db.Tx, importID string, list []ban.Address) error {
	rows := make([]map[string]string, len(list))
	for i, a := range list {
		rows[i] = map[string]string{"id": a.ID, "line": a.Line(), "search": household.Fold(a.Street), "number": strconv.Itoa(a.Number), "code": a.PostalCode, "city": a.City}
	}
	_, err := tx.Exec(ctx, `INSERT INTO ban_addresses (import_id, id, line, line_search, number, postal_code, city)
		SELECT CAST($1 AS text), value ->> 'id', value ->> 'line', value ->> 'search', CAST(value ->> 'number' AS bigint), value ->> 'code', value ->> 'city'
		FROM json_each(CAST($2 AS text))`, importID, db.JSON(rows))
	return err
}

// FoundAddress is an address of the commune that fits what was typed.
type FoundAddress struct{ ID, Line, PostalCode, City string }

// addressesShown is the most that one search proposes.
const addressesShown = 8

// FindAddresses proposes addresses for what is being typed: a number, if any, and the beginning of words of the street, accents or
// not. Nothing when the town imported none, or when fewer than three letters of a street are given.
func FindAddresses(ctx context.Context, tx *db.Tx, typed string) ([]FoundAddress, error) {
	book, err := ReadAddressBook(ctx, tx)
	if err != nil || book.Import == "" {
		return nil, err
	}
	number, street := splitAddress(typed)
	if len(street) < 3 {
		return nil, nil
	}
	low, high := int64(0), int64(1<<31)
	if number > 0 {
		low, high = int64(number), int64(number)
	}
	return db.All(ctx, tx, `SELECT id, line, postal_code, city FROM ban_addresses
		WHERE import_id = $1 AND (line_search LIKE $2 ESCAPE '\' OR line_search LIKE $3 ESCAPE '\') AND number BETWEEN $4 AND $5
		ORDER BY line_search, number, line LIMIT $6`, scanAddress,
		book.Import, household.LikeEscape(street)+"%", "% "+household.LikeEscape(street)+"%", low, high, int64(addressesShown))
}

// AddressByID finds an address that was proposed; the zero one when it is gone.
func AddressByID(ctx context.Context, tx *db.Tx, id string) (FoundAddress, error) {
	a, err := db.One(ctx, tx, `SELECT id, line, postal_code, city FROM ban_addresses WHERE id = $1 ORDER BY import_id LIMIT 1`, scanAddress, id)
	if errors.Is(err, db.ErrNoRows) {
		return FoundAddress{}, nil
	}
	return a, err
}

func scanAddress(s db.Scanner) (a FoundAddress, err error) {
	return a, s.Scan(&a.ID, &a.Line, &a.PostalCode, &a.City)
}

// splitAddress takes the number out of what was typed: "12 bis, rue des Lan" is 12 and "rue des lan".
func splitAddress(typed string) (number int, street string) {
	words := strings.Fields(household.Fold(strings.NewReplacer(",", " ", ";", " ").Replace(typed)))
	if len(words) > 0 {
		if n, err := strconv.Atoi(words[0]); err == nil && n > 0 && n < 100_000 {
			number, words = n, words[1:]
		}
	}
	if len(words) > 1 && (words[0] == "bis" || words[0] == "ter" || words[0] == "quater") {
		words = words[1:]
	}
	return number, strings.Join(words, " ")
}
