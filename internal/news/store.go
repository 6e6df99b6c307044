package news

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/staff"
)

// create adds a publication under an address made of its title, with a number when it is taken.
func create(ctx context.Context, tx *db.Tx, e Edit) (string, error) {
	base := Slug(e.Title)
	taken, err := db.All(ctx, tx, `SELECT slug FROM publications WHERE kind = $1 AND (slug = $2 OR slug LIKE $3)`, db.Value[string], e.Kind, base, base+"-%")
	if err != nil {
		return "", err
	}
	used := map[string]bool{}
	for _, s := range taken {
		used[s] = true
	}
	slug := base
	for n := 2; used[slug]; n++ {
		slug = base + "-" + strconv.Itoa(n)
	}
	id := db.NewID()
	_, err = tx.Exec(ctx, `INSERT INTO publications (id, kind, slug, latest, created_at) VALUES ($1, $2, $3, 1, $4)`, id, e.Kind, slug, tx.Now)
	return id, err
}

func insertVersion(ctx context.Context, tx *db.Tx, by staff.Agent, e Edit, version int64) error {
	actor, name := author(by)
	_, err := tx.Exec(ctx, `INSERT INTO publication_versions (publication_id, version, title, summary, body, theme, activity_id, pinned, from_at, until_at,
		picture_id, thumb_id, picture_alt, file_id, file_format, made_at, made_by, made_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		e.ID, version, e.Title, e.Summary, e.Body, e.Theme, none(e.ActivityID), e.Pinned, e.From, e.Until,
		none(e.PictureID), none(e.ThumbID), e.PictureAlt, none(e.FileID), e.Format, tx.Now, actor, name)
	if db.IsForeignKey(err) {
		return fault.Invalidf("public", "Cette activité n’existe pas.")
	}
	return err
}

func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}

const columns = `p.id, p.kind, p.slug, p.latest, coalesce(p.published, 0), p.created_at, p.first_published_at, p.withdrawn_at, v.version, v.made_at, v.made_by_name,
	v.title, v.summary, v.body, v.theme, coalesce(v.activity_id, ''), v.pinned, v.from_at, v.until_at, coalesce(v.picture_id, ''), coalesce(v.thumb_id, ''), v.picture_alt,
	coalesce(v.file_id, ''), v.file_format, f.size_bytes`

const joined = ` FROM publications p JOIN publication_versions v ON v.publication_id = p.id LEFT JOIN files f ON f.id = v.file_id `

func scan(s db.Scanner) (p Publication, err error) {
	var size sql.NullInt64
	err = s.Scan(&p.ID, &p.Kind, &p.Slug, &p.Latest, &p.Published, &p.CreatedAt, &p.FirstPublishedAt, &p.WithdrawnAt, &p.Version, &p.MadeAt, &p.MadeByName,
		&p.Title, &p.Summary, &p.Body, &p.Theme, &p.ActivityID, &p.Pinned, &p.From, &p.Until, &p.PictureID, &p.ThumbID, &p.PictureAlt, &p.FileID, &p.Format, &size)
	p.FileSize = size.Int64
	return p, err
}

var errNone = fault.NotFoundf("Cette page n’existe pas ou plus.")

// ByID reads a publication with one version of its content; version 0 is the latest.
func ByID(ctx context.Context, tx *db.Tx, kind Kind, id string, version int64) (Publication, error) {
	p, err := db.One(ctx, tx, `SELECT `+columns+joined+`WHERE p.id = $1 AND p.kind = $2 AND v.version = CASE WHEN CAST($3 AS bigint) = 0 THEN p.latest ELSE CAST($3 AS bigint) END`, scan, id, kind, version)
	if errors.Is(err, db.ErrNoRows) {
		return p, errNone
	}
	return p, err
}

// List reads every publication of a kind, the latest written first: with the version that families see where there is one, else with
// the last one written.
func List(ctx context.Context, tx *db.Tx, kind Kind) ([]Publication, error) {
	return db.All(ctx, tx, `SELECT `+columns+joined+`WHERE p.kind = $1 AND v.version = coalesce(p.published, p.latest) ORDER BY v.made_at DESC, p.id`, scan, kind)
}

// Holds says whether a file belongs to a publication of a kind, in whatever version.
func Holds(ctx context.Context, tx *db.Tx, kind Kind, fileID string) (bool, error) {
	return db.Exists(ctx, tx, `SELECT 1 FROM publication_versions v JOIN publications p ON p.id = v.publication_id
		WHERE p.kind = $1 AND (v.picture_id = $2 OR v.thumb_id = $2 OR v.file_id = $2)`, kind, fileID)
}

// Past is one moment of a publication's life.
type Past struct {
	At      civil.Instant
	By      string
	Act     string // "save", "publish", "withdraw"
	Version int64
}

// History lists what was done to a publication, the latest first.
func History(ctx context.Context, tx *db.Tx, id string) ([]Past, error) {
	return db.All(ctx, tx, `SELECT made_at, made_by_name, 'save', version, 0 AS later FROM publication_versions WHERE publication_id = $1
		UNION ALL SELECT at, actor_name, act, version, 1 FROM publication_acts WHERE publication_id = $1 ORDER BY 1 DESC, 4 DESC, 5 DESC`,
		func(s db.Scanner) (h Past, err error) {
			var later int64
			return h, s.Scan(&h.At, &h.By, &h.Act, &h.Version, &later)
		}, id)
}

// ChoiceOf reads what an account follows; nothing until it has chosen.
func ChoiceOf(ctx context.Context, tx *db.Tx, accountID string) (Choice, error) {
	c, err := db.One(ctx, tx, `SELECT themes, only_these FROM theme_choices WHERE account_id = $1`, func(s db.Scanner) (Choice, error) {
		var themes string
		var only bool
		err := s.Scan(&themes, &only)
		return ParseChoice(themes, only), err
	}, accountID)
	if errors.Is(err, db.ErrNoRows) {
		return Choice{}, nil
	}
	return c, err
}

// Choose writes what an account follows.
func Choose(ctx context.Context, tx *db.Tx, accountID string, c Choice) error {
	_, err := tx.Exec(ctx, `INSERT INTO theme_choices (account_id, themes, only_these, since) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id) DO UPDATE SET themes = excluded.themes, only_these = excluded.only_these, since = excluded.since`,
		accountID, c.Text(" "), c.Only, tx.Now)
	return err
}

// Text writes the themes of a choice, as ParseChoice reads them.
func (c Choice) Text(separator string) string {
	words := make([]string, len(c.Themes))
	for i, t := range c.Themes {
		words[i] = string(t)
	}
	return strings.Join(words, separator)
}
