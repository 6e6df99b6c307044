package activity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/money"
	"preau/internal/tariff"
)

// KeptGrid is a grid as it is stored: a draft, published, or withdrawn.
type KeptGrid struct {
	tariff.Grid
	CreatedAt   civil.Instant
	PublishedAt civil.Instant // zero: a draft
	WithdrawnAt civil.Instant // zero: it stands
}

// Draft tells whether the grid prices nothing yet.
func (k *KeptGrid) Draft() bool { return k.PublishedAt.IsZero() }

// Mark tells what the grid says from what it said before it was corrected.
func (k *KeptGrid) Mark() string {
	sum := sha256.Sum256([]byte(db.JSON(k.Grid)))
	return hex.EncodeToString(sum[:8])
}

// Stands tells whether the grid prices the days from its first one on.
func (k *KeptGrid) Stands() bool { return !k.PublishedAt.IsZero() && k.WithdrawnAt.IsZero() }

const selectKept = `SELECT id, activity_id, coalesce(option_id, ''), age_group, per, name, kind, from_day, voted_on, flat_cents, rate_millionths, floor_cents,
	ceiling_cents, non_resident_cents, CAST(terms AS text), created_at, published_at, withdrawn_at FROM price_grids`

func scanKept(s db.Scanner) (k KeptGrid, err error) {
	k.Grid, err = scanGrid(extra{s, []any{&k.CreatedAt, &k.PublishedAt, &k.WithdrawnAt}})
	return k, err
}

// extra scans some columns more than its caller asks for.
type extra struct {
	db.Scanner
	more []any
}

// Scan scans both.
func (e extra) Scan(dest ...any) error { return e.Scanner.Scan(append(dest, e.more...)...) }

// KeptGrids lists every grid of an activity, drafts and withdrawn ones too, the latest first day first.
func KeptGrids(ctx context.Context, tx *db.Tx, activityID string) ([]KeptGrid, error) {
	list, err := db.All(ctx, tx, selectKept+` WHERE activity_id = $1 ORDER BY from_day DESC, created_at DESC, id`, scanKept, activityID)
	if err != nil {
		return nil, err
	}
	return list, keptBrackets(ctx, tx, list)
}

// Drafts lists the grids that are prepared for any activity, the latest made first.
func Drafts(ctx context.Context, tx *db.Tx) ([]KeptGrid, error) {
	list, err := db.All(ctx, tx, selectKept+` WHERE published_at IS NULL ORDER BY created_at DESC, id`, scanKept)
	if err != nil {
		return nil, err
	}
	return list, keptBrackets(ctx, tx, list)
}

func keptBrackets(ctx context.Context, tx *db.Tx, list []KeptGrid) error {
	grids := make([]tariff.Grid, len(list))
	for i := range list {
		grids[i] = list[i].Grid
	}
	err := withBrackets(ctx, tx, grids)
	for i := range list {
		list[i].Grid = grids[i]
	}
	return err
}

// GridByID finds a grid, whatever its state; fault.NotFound.
func GridByID(ctx context.Context, tx *db.Tx, id string) (KeptGrid, error) {
	k, err := db.One(ctx, tx, selectKept+` WHERE id = $1`, scanKept, id)
	if errors.Is(err, db.ErrNoRows) {
		return k, fault.NotFoundf("Cette grille n’existe pas.")
	}
	if err != nil {
		return k, err
	}
	list := []KeptGrid{k}
	err = keptBrackets(ctx, tx, list)
	return list[0], err
}

// SaveDraft writes a grid that prices nothing yet, new (empty ID) or in place of the draft it was. A new one that a draft says already, word for
// word, is that draft: the button was pressed twice. Errors: fault.Invalid beside the
// field, fault.Conflict when it was published meanwhile, fault.NotFound.
func SaveDraft(ctx context.Context, tx *db.Tx, by household.By, g tariff.Grid) (string, error) {
	if err := gridProblems(&g); err != nil {
		return "", err
	}
	if g.ID == "" {
		if id, err := draftLike(ctx, tx, g); err != nil || id != "" {
			return id, err
		}
		g.ID = db.NewID()
	} else if err := dropDraft(ctx, tx, g.ID); err != nil {
		return "", err
	}
	if err := insertGrid(ctx, tx, &g, by.Actor, false); err != nil {
		return "", err
	}
	return g.ID, gridNote(ctx, tx, by, "grid.draft", &g)
}

// draftLike finds a draft that says what a new one says.
func draftLike(ctx context.Context, tx *db.Tx, g tariff.Grid) (string, error) {
	drafts, err := Drafts(ctx, tx)
	for _, d := range drafts {
		id := d.ID
		if d.ID = ""; db.JSON(d.Grid) == db.JSON(g) {
			return id, err
		}
	}
	return "", err
}

// DropDraft deletes a draft.
func DropDraft(ctx context.Context, tx *db.Tx, by household.By, id string) error {
	k, err := GridByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := dropDraft(ctx, tx, id); err != nil {
		return err
	}
	return gridNote(ctx, tx, by, "grid.drop", &k.Grid)
}

func dropDraft(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Exec(ctx, `DELETE FROM price_grids WHERE id = $1 AND published_at IS NULL`, id)
	if err == nil && n == 0 {
		return fault.Conflictf("Cette grille a été publiée ou supprimée entre-temps : elle ne peut plus être modifiée.")
	}
	return err
}

// PublishGrid puts a draft in force from its first day. Errors: fault.Conflict when another grid of the same series begins that day, or when
// it is no draft any more.
func PublishGrid(ctx context.Context, tx *db.Tx, by household.By, id string) error {
	k, err := GridByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := gridProblems(&k.Grid); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE price_grids SET published_at = $2, published_by = $3 WHERE id = $1 AND published_at IS NULL`, id, tx.Now, by.Actor)
	if _, ok := db.IsUnique(err); ok {
		return fault.Conflictf("Une autre grille commence le %s pour les mêmes enfants : retirez-la, ou choisissez un autre premier jour.", k.From.DayMonthYear())
	}
	if err == nil && n == 0 {
		return fault.Conflictf("Cette grille est déjà publiée.")
	}
	if err != nil {
		return err
	}
	if err := gridNote(ctx, tx, by, "grid.publish", &k.Grid); err != nil {
		return err
	}
	return touch(ctx, tx)
}

// WithdrawGrid takes back a grid that no charge was made with: charged says whether one was, and then it is refused, since what was
// issued must still explain itself. The grid before it is in force again.
func WithdrawGrid(ctx context.Context, tx *db.Tx, by household.By, id string, charged bool) error {
	k, err := GridByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if charged {
		return fault.Conflictf("Des factures ont été faites avec cette grille : elle ne peut plus être retirée. Publiez une nouvelle grille à partir d’un autre jour.")
	}
	n, err := tx.Exec(ctx, `UPDATE price_grids SET withdrawn_at = $2, withdrawn_by = $3 WHERE id = $1 AND published_at IS NOT NULL AND withdrawn_at IS NULL`, id, tx.Now, by.Actor)
	if err == nil && n == 0 {
		return fault.Conflictf("Cette grille n’est pas en vigueur.")
	}
	if err != nil {
		return err
	}
	if err := gridNote(ctx, tx, by, "grid.withdraw", &k.Grid); err != nil {
		return err
	}
	return touch(ctx, tx)
}

func gridNote(ctx context.Context, tx *db.Tx, by household.By, act string, g *tariff.Grid) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: act, Subject: "activity:" + g.ActivityID,
		Detail: map[string]string{"grid": g.ID, "name": g.Name, "from": g.From.String()}})
}

// PriceSettings are what the town says of the prices of an activity beside its grids.
type PriceSettings struct {
	CESU      CESU
	CostPrice *money.Cents // nil: not told
}

// SetPrices changes them. Errors: fault.Invalid, fault.NotFound.
func SetPrices(ctx context.Context, tx *db.Tx, by household.By, activityID string, s PriceSettings) error {
	wrong := map[string]string{}
	if s.CESU != NeverCESU && s.CESU != AlwaysCESU && s.CESU != Under6CESU {
		wrong["cesu"] = "Choisissez si l’activité peut être payée en CESU."
	}
	var cost any
	if s.CostPrice != nil {
		cost = *s.CostPrice
		if *s.CostPrice <= 0 {
			wrong["revient"] = "Le prix de revient est supérieur à 0."
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE activities SET cesu = $2, cost_cents = $3 WHERE id = $1`, activityID, s.CESU, cost)
	if err := saved(ctx, tx, n, err); err != nil {
		return err
	}
	detail := map[string]string{"cesu": string(s.CESU)}
	if s.CostPrice != nil {
		detail["cost"] = s.CostPrice.Decimal()
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: "activity.prices", Subject: "activity:" + activityID, Detail: detail})
}

// AboveCost tells whether a price passes what one booking costs the town, where it is known: the law does not allow it for a meal.
func (a *Activity) AboveCost(price money.Cents) bool {
	return a.CostPrice != nil && price > *a.CostPrice
}
