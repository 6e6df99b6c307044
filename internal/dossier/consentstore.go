package dossier

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"

	"preau/internal/audit"
)

// TellConflict is the kind of the jobs that tell both households that their answers differ.
const TellConflict = "dossier.tell_conflict"

// ConflictTold is the payload of a job of TellConflict.
type ConflictTold struct {
	ChildID  string      `json:"child"`
	Kind     ConsentKind `json:"kind"`
	AnswerID string      `json:"answer"` // that made them differ
}

const selectText = `SELECT t.id, t.kind, t.version, t.title, t.body, t.renews, t.needs_all, t.min_age, t.made_at, t.made_by_name, t.withdrawn_at IS NOT NULL FROM consent_texts t`

func scanText(s db.Scanner) (t ConsentText, err error) {
	return t, s.Scan(&t.ID, &t.Kind, &t.Version, &t.Title, &t.Body, &t.Renews, &t.NeedsAll, &t.MinAge, &t.MadeAt, &t.MadeBy, &t.Ended)
}

// ConsentTexts lists every version of every text, by kind, the latest first.
func ConsentTexts(ctx context.Context, tx *db.Tx) ([]ConsentText, error) {
	list, err := db.All(ctx, tx, selectText+` ORDER BY t.version DESC`, scanText)
	slices.SortStableFunc(list, func(a, b ConsentText) int {
		return slices.Index(ConsentKinds, a.Kind) - slices.Index(ConsentKinds, b.Kind)
	})
	return list, err
}

// liveTexts lists the texts asked now, in the order of a page.
func liveTexts(ctx context.Context, tx *db.Tx) ([]ConsentText, error) {
	list, err := ConsentTexts(ctx, tx)
	return slices.DeleteFunc(list, func(t ConsentText) bool { return t.Ended }), err
}

// SaveConsentText writes a new version of what the town asks; the version before stays with its answers. Errors: fault.Invalid beside
// "nature", "titre", "texte", "age".
func SaveConsentText(ctx context.Context, tx *db.Tx, who staff.Agent, t ConsentText) (ConsentText, error) {
	wrong := map[string]string{}
	t.Title, t.Body = strings.TrimSpace(t.Title), strings.TrimSpace(t.Body)
	if !slices.Contains(ConsentKinds, t.Kind) {
		wrong["nature"] = "Choisissez ce qui est demandé."
	}
	if t.Title == "" || utf8.RuneCountInString(t.Title) > longestLine {
		wrong["titre"] = "Écrivez un titre court."
	}
	if t.Body == "" || utf8.RuneCountInString(t.Body) > 2*longestLines {
		wrong["texte"] = "Écrivez ce que la famille accepte ou refuse."
	}
	if t.MinAge < 0 || t.MinAge > 18 {
		wrong["age"] = "Indiquez un âge entre 0 et 18 ans."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return t, err
	}
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) + 1 FROM consent_texts WHERE kind = $1`, string(t.Kind)).Scan(&t.Version); err != nil {
		return t, err
	}
	if err := endText(ctx, tx, t.Kind); err != nil {
		return t, err
	}
	t.ID, t.MadeAt, t.MadeBy = db.NewID(), tx.Now, who.Name
	if _, err := tx.Exec(ctx, `INSERT INTO consent_texts (id, kind, version, title, body, renews, needs_all, min_age, made_at, made_by, made_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, string(t.Kind), t.Version, t.Title, t.Body, t.Renews, t.NeedsAll, t.MinAge, tx.Now, who.Actor(), who.Name); err != nil {
		return t, err
	}
	return t, audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "consent.text", Detail: map[string]any{"kind": t.Kind, "version": t.Version, "title": t.Title}})
}

// EndConsentText stops asking a kind; answers stay.
func EndConsentText(ctx context.Context, tx *db.Tx, who staff.Agent, kind ConsentKind) error {
	if err := endText(ctx, tx, kind); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Act: "consent.end", Detail: map[string]any{"kind": kind}})
}

func endText(ctx context.Context, tx *db.Tx, kind ConsentKind) error {
	_, err := tx.Exec(ctx, `UPDATE consent_texts SET withdrawn_at = $2 WHERE kind = $1 AND withdrawn_at IS NULL`, string(kind), tx.Now)
	return err
}

const selectAnswer = `SELECT a.id, t.kind, a.text_id, t.version, a.guardian_id, a.guardian_name, a.household_id, a.given, coalesce(a.from_time, '00:00'),
	a.answered_at, a.recorded_by FROM consent_answers a JOIN consent_texts t ON t.id = a.text_id`

func scanAnswer(s db.Scanner) (a ConsentAnswer, err error) {
	return a, s.Scan(&a.ID, &a.Kind, &a.TextID, &a.Version, &a.GuardianID, &a.Guardian, &a.HouseholdID, &a.Given, &a.From, &a.At, &a.Recorded)
}

// ConsentAnswers lists every answer given for a child, the earliest first.
func ConsentAnswers(ctx context.Context, tx *db.Tx, childID string) ([]ConsentAnswer, error) {
	return db.All(ctx, tx, selectAnswer+` WHERE a.child_id = $1 ORDER BY a.turn`, scanAnswer, childID)
}

// ConsentsOf says where a child is with each text that is asked at its age.
func ConsentsOf(ctx context.Context, tx *db.Tx, child household.Child, today civil.Date) ([]ConsentStanding, error) {
	texts, err := liveTexts(ctx, tx)
	if err != nil {
		return nil, err
	}
	answers, err := ConsentAnswers(ctx, tx, child.ID)
	if err != nil {
		return nil, err
	}
	homes, err := household.HouseholdsOf(ctx, tx, child.ID)
	var list []ConsentStanding
	for _, t := range texts {
		if int64(today.Age(child.BornOn)) >= t.MinAge {
			list = append(list, Stand(t, ofKind(answers, t.Kind), len(homes)))
		}
	}
	return list, err
}

func ofKind(answers []ConsentAnswer, kind ConsentKind) []ConsentAnswer {
	return slices.DeleteFunc(slices.Clone(answers), func(a ConsentAnswer) bool { return a.Kind != kind })
}

// AnswerConsent writes a guardian's answer to a text, as it was shown: fault.Conflict when the town has written another one meanwhile.
// A yes may be taken back by a no, and the other way; every answer is kept. When two guardians now differ, both households are told.
// Errors: fault.Invalid beside "heure"; fault.NotFound for the child; fault.Forbidden when families may not.
func AnswerConsent(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, a ConsentAnswer, today civil.Date) error {
	if err := mayChange(ctx, tx, Consents); err != nil {
		return err
	}
	child, err := household.ChildOf(ctx, tx, who, childID)
	if err != nil {
		return err
	}
	before, err := ConsentsOf(ctx, tx, child, today)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(before, func(s ConsentStanding) bool { return s.Text.ID == a.TextID })
	if i < 0 {
		return fault.Conflictf("Ce texte vient d’être remplacé par un autre. Relisez-le avant de répondre.")
	}
	text := before[i].Text
	if text.Kind == LeaveAlone && a.Given && a.From == 0 {
		return fault.Invalidf("heure", "Indiquez à partir de quelle heure.")
	}
	a.ID, a.Kind, a.GuardianID, a.Guardian, a.HouseholdID = db.NewID(), text.Kind, who.ID, who.Name(), who.HouseholdID
	var from *civil.TimeOfDay
	if text.Kind == LeaveAlone && a.Given {
		from = &a.From
	}
	if _, err := tx.Exec(ctx, `INSERT INTO consent_answers (id, child_id, turn, text_id, guardian_id, guardian_name, household_id, given, from_time, answered_at, recorded_by)
		SELECT $1, $2, (SELECT count(*) + 1 FROM consent_answers o WHERE o.child_id = $2), $3, $4, $5, $6, $7, $8, $9, $10`, a.ID, childID, a.TextID, a.GuardianID, a.Guardian, a.HouseholdID, a.Given, from, tx.Now, ""); err != nil {
		return err
	}
	if err := noteChild(ctx, tx, household.ByGuardian(who), "consent.answer", childID, who.HouseholdID, map[string]any{"title": text.Title, "given": a.Given}); err != nil {
		return err
	}
	after, err := ConsentsOf(ctx, tx, child, today)
	if err != nil || before[i].Conflict || !after[i].Conflict {
		return err
	}
	return job.Queue(ctx, tx, TellConflict, ConflictTold{childID, text.Kind, a.ID}, job.Key(TellConflict+":"+a.ID))
}
