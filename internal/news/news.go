// Package news is what the town tells its families: news, and documents to download.
//
// Both are publications. An agent writes one and saves it as often as needed, each time as a new version; families see the version that
// was published, and go on seeing it while the next one is written. Withdrawn, it is seen by nobody and keeps its history. Its address is
// made of its first title and never changes, so that a link in a letter stays good.
//
// What families see is little and read on every page, so it is read whole as one Board, and again only when something was published or
// withdrawn. Whether the window of a piece of news is open, and who may see it, is decided at each reading from the clock.
package news

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/staff"
)

// Kind is the kind of a publication.
type Kind string

const (
	News     Kind = "news"
	Download Kind = "download"
)

// Limits of what is written, in characters.
const (
	MaxTitle   = 120
	MaxSummary = 300
	MaxBody    = 20000
	MaxAlt     = 300
)

// Content is what an agent writes: one version of a publication.
type Content struct {
	Title      string
	Summary    string // one or two sentences, for lists
	Body       string // Markdown; of a download, empty
	Theme      Theme
	ActivityID string // news only for families with a child enrolled there; empty: everyone
	Pinned     bool
	From       civil.Instant // zero: from its publication
	Until      civil.Instant // exclusive; zero: no end
	PictureID  string        // file, at reading size; empty: no picture
	ThumbID    string        // the same picture, for lists
	PictureAlt string        // what the picture says, for who does not see it
	FileID     string        // of a download
	Format     Format        // of its file
}

// Publication is a piece of news or a download, with one version of its content.
type Publication struct {
	ID               string
	Kind             Kind
	Slug             string // its address on the site
	Latest           int64  // the last version written
	Published        int64  // the version families see; 0: none
	CreatedAt        civil.Instant
	FirstPublishedAt civil.Instant
	WithdrawnAt      civil.Instant
	Version          int64 // that Content is
	MadeAt           civil.Instant
	MadeByName       string
	FileSize         int64 // bytes, of the download's file

	Content
}

// Edit is a version being saved.
type Edit struct {
	ID   string // empty: a new publication
	Kind Kind
	Base int64 // the version it was written from; saving is refused when a later one exists
	Content
}

// Save writes a new version, which families do not see yet, and gives the publication's id. Errors: fault.Invalid beside the fields
// "titre", "resume", "texte", "theme", "fin", "alternative", "fichier"; fault.NotFound; fault.Conflict when someone saved in between.
func Save(ctx context.Context, tx *db.Tx, by staff.Agent, e Edit) (string, error) {
	if err := allowed(by); err != nil {
		return "", err
	}
	e.Title, e.Summary, e.PictureAlt = strings.TrimSpace(e.Title), strings.TrimSpace(e.Summary), strings.TrimSpace(e.PictureAlt)
	if err := fault.InvalidFields(check(e)); err != nil {
		return "", err
	}
	version := e.Base + 1
	if e.ID == "" {
		id, err := create(ctx, tx, e)
		if err != nil {
			return "", err
		}
		e.ID, version = id, 1
	} else if n, err := tx.Exec(ctx, `UPDATE publications SET latest = $3 WHERE id = $1 AND kind = $2 AND latest = $4`, e.ID, e.Kind, version, e.Base); err != nil {
		return "", err
	} else if n == 0 {
		return "", whyNotSaved(ctx, tx, e)
	}
	if err := insertVersion(ctx, tx, by, e, version); err != nil {
		return "", err
	}
	return e.ID, record(ctx, tx, by, "save", e.Kind, e.ID, map[string]any{"title": e.Title, "version": version})
}

func whyNotSaved(ctx context.Context, tx *db.Tx, e Edit) error {
	if _, err := ByID(ctx, tx, e.Kind, e.ID, 0); err != nil {
		return err
	}
	return fault.Conflictf("Quelqu’un d’autre a enregistré une version entre-temps. Ouvrez-la dans un autre onglet, puis reportez-y ce que vous avez écrit.")
}

func check(e Edit) map[string]string {
	wrong := map[string]string{}
	long := func(field, text string, most int) {
		if utf8.RuneCountInString(text) > most {
			wrong[field] = "C’est trop long : " + strconv.Itoa(most) + " caractères au plus."
		}
	}
	long("titre", e.Title, MaxTitle)
	long("resume", e.Summary, MaxSummary)
	long("texte", e.Body, MaxBody)
	long("alternative", e.PictureAlt, MaxAlt)
	if e.Title == "" {
		wrong["titre"] = "Indiquez un titre."
	}
	if !e.Theme.Valid() {
		wrong["theme"] = "Choisissez un thème."
	}
	if !e.From.IsZero() && !e.Until.IsZero() && !e.From.Before(e.Until) {
		wrong["fin"] = "La fin doit venir après le début."
	}
	if e.PictureID != "" && e.PictureAlt == "" {
		wrong["alternative"] = "Décrivez l’image en une phrase, pour les personnes qui ne la voient pas."
	}
	if e.Kind == Download && e.FileID == "" {
		wrong["fichier"] = "Choisissez le fichier à télécharger."
	}
	return wrong
}

// Publish has families see a version, from now or from the start of its window. Publishing the one they see already changes nothing.
// Errors: fault.Invalid when a text is missing, fault.NotFound, fault.Conflict when it is not the latest version.
func Publish(ctx context.Context, tx *db.Tx, by staff.Agent, kind Kind, id string, version int64) error {
	if err := allowed(by); err != nil {
		return err
	}
	p, err := ByID(ctx, tx, kind, id, version)
	if err != nil {
		return err
	}
	if p.Latest != version {
		return fault.Conflictf("Une version plus récente a été enregistrée. Relisez-la avant de publier.")
	}
	if kind == News && strings.TrimSpace(p.Body) == "" {
		return fault.Invalidf("texte", "Écrivez le texte avant de publier.")
	}
	if p.Published == version {
		return nil
	}
	if p.FirstPublishedAt.IsZero() {
		p.FirstPublishedAt = tx.Now
	}
	if _, err := tx.Exec(ctx, `UPDATE publications SET published = $2, withdrawn_at = NULL, first_published_at = $3 WHERE id = $1`, id, version, p.FirstPublishedAt); err != nil {
		return err
	}
	return act(ctx, tx, by, p, "publish")
}

// Withdraw takes back what families see; it keeps its history and its address. What nobody sees is left as it is.
func Withdraw(ctx context.Context, tx *db.Tx, by staff.Agent, kind Kind, id string) error {
	if err := allowed(by); err != nil {
		return err
	}
	p, err := ByID(ctx, tx, kind, id, 0)
	if err != nil || p.Published == 0 {
		return err
	}
	p.Version = p.Published
	if _, err := tx.Exec(ctx, `UPDATE publications SET published = NULL, withdrawn_at = $2 WHERE id = $1`, id, tx.Now); err != nil {
		return err
	}
	return act(ctx, tx, by, p, "withdraw")
}

// act writes what was done to what families see, and has everyone read the board again.
func act(ctx context.Context, tx *db.Tx, by staff.Agent, p Publication, what string) error {
	actor, name := author(by)
	_, err := tx.Exec(ctx, `INSERT INTO publication_acts (id, publication_id, version, act, at, actor, actor_name) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		db.NewID(), p.ID, p.Version, what, tx.Now, actor, name)
	if err != nil {
		return err
	}
	if err := record(ctx, tx, by, what, p.Kind, p.ID, map[string]any{"title": p.Title, "version": p.Version}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO board_version (id, version) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET version = excluded.version`, db.NewID())
	return err
}

func record(ctx context.Context, tx *db.Tx, by staff.Agent, act string, kind Kind, id string, detail any) error {
	actor, name := author(by)
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, ActorName: name, Act: string(kind) + "." + act, Subject: string(kind) + ":" + id, Detail: detail})
}

// author names who writes; the zero Agent is the program.
func author(by staff.Agent) (actor, name string) {
	if by.ID == "" {
		return "system", "Préau"
	}
	return by.Actor(), by.Name
}

func allowed(by staff.Agent) error {
	if by.ID != "" && !by.May(staff.Publish, "") {
		return fault.Forbiddenf("Votre rôle ne permet pas d’écrire des actualités ni des documents à télécharger.")
	}
	return nil
}

// Slug makes an address of a title: "Le repas de Noël, jeudi" is "le-repas-de-noel-jeudi".
func Slug(title string) string {
	words := strings.FieldsFunc(household.Fold(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	var b strings.Builder
	for _, w := range words {
		if b.Len() > 0 && b.Len()+len(w) > 60 {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(w[:min(len(w), 60)])
	}
	if b.Len() == 0 {
		return "page"
	}
	return b.String()
}
