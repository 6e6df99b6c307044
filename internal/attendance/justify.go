package attendance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"preau/internal/activity"
	"preau/internal/audit"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
	"preau/internal/town"
)

// A certificate excuses days of absence. A family claims days of a child with a document, an agent enters a paper that it was given; an agent
// then accepts or refuses, whole or by day. A day that is accepted is excused: billing takes it away, from the next invoice or by a credit note.

const justifySettingsKey = "attendance.justify"

// TellClaimKind is the kind of the job that tells a family where a claim stands; its payload is a TellClaimPayload.
const TellClaimKind = "attendance.tell-claim"

// TellClaimPayload names a claim and what happened to it.
type TellClaimPayload struct {
	ClaimID string        `json:"claim"`
	What    ClaimState    `json:"what"`
	At      civil.Instant `json:"at"`
}

// ClaimState is where a claim stands.
type ClaimState string

// The states.
const (
	ClaimOpen      ClaimState = "open"
	ClaimDecided   ClaimState = "decided"
	ClaimWithdrawn ClaimState = "withdrawn"
)

// Claim is days of absence that a household asks to have excused.
type Claim struct {
	ID, Number    string
	ChildID       string
	HouseholdID   string
	MadeAt        civil.Instant
	MadeByName    string
	ArrivedAt     civil.Instant // what the time limit is compared with
	Paper         bool          // given on paper, and entered by an agent
	Words         string        // what the family adds
	WithdrawnAt   civil.Instant
	DecidedAt     civil.Instant
	DecidedByName string
	Days          []ClaimDay
}

// Target is what documents are sent with.
func (c Claim) Target() string { return "absence:" + c.ID }

// State is where the claim stands.
func (c Claim) State() ClaimState {
	switch {
	case !c.WithdrawnAt.IsZero():
		return ClaimWithdrawn
	case !c.DecidedAt.IsZero():
		return ClaimDecided
	}
	return ClaimOpen
}

// Late counts the days for which the claim came too late.
func (c Claim) Late() (n int) {
	for _, d := range c.Days {
		if d.Late(c.ArrivedAt) {
			n++
		}
	}
	return n
}

// Count counts the days of a decision.
func (c Claim) Count(d Decision) (n int) {
	for _, day := range c.Days {
		if day.Decision == d {
			n++
		}
	}
	return n
}

// ReadJustifySettings reads what the town decided about certificates.
func ReadJustifySettings(ctx context.Context, tx *db.Tx) (JustifySettings, error) {
	return town.ReadSetting(ctx, tx, justifySettingsKey, StandardJustify)
}

// SaveJustifySettings writes it. Errors: fault.Invalid beside "heures", "ecart", "carence", "retour".
func SaveJustifySettings(ctx context.Context, tx *db.Tx, by staff.Agent, s JustifySettings) error {
	wrong := map[string]string{}
	for _, c := range []struct {
		field       string
		n, min, max int
	}{{"heures", s.Hours, 1, 720}, {"ecart", s.Gap, 0, 31}, {"carence", s.Waiting, 0, 15}, {"retour", s.Back, 7, 366}} {
		if c.n < c.min || c.n > c.max {
			wrong[c.field] = fmt.Sprintf("Indiquez un nombre entre %d et %d.", c.min, c.max)
		}
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	if err := town.WriteSetting(ctx, tx, justifySettingsKey, s); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor(), ActorName: by.Name, Act: "absence.settings", Subject: "settings", Detail: s})
}

// past is what the runs of some children are made of, and the rules that judge their days.
type past struct {
	settings JustifySettings
	moments  map[string][]Moment // by child
}

// pastOf reads everything of some children over a span, whichever household booked it: the same queries for one child and for a hundred.
func pastOf(ctx context.Context, tx *db.Tx, children []string, span civil.Range) (past, error) {
	p := past{moments: map[string][]Moment{}}
	var err error
	if p.settings, err = ReadJustifySettings(ctx, tx); err != nil {
		return p, err
	}
	homes, err := household.HouseholdsOfMany(ctx, tx, children)
	if err != nil {
		return p, err
	}
	facts, err := Facts(ctx, tx, homes, span)
	if err != nil {
		return p, err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return p, err
	}
	told, err := toldDays(ctx, tx, children, span)
	if err != nil {
		return p, err
	}
	for _, f := range facts {
		if f.Came != Present && (f.Booked != BookedDay || f.Closed != "") {
			continue
		}
		s := Moment{Day: f.Day, Came: f.Came}
		if a, ok := c.Activity(f.ActivityID); ok {
			if o, ok := a.OptionByID(f.OptionID); ok {
				s.Starts = o.Starts
			}
		}
		if s.Came == Unpointed && told[childDay{f.ChildID, f.Day}] {
			s.Came = Absent
		}
		p.moments[f.ChildID] = append(p.moments[f.ChildID], s)
	}
	return p, nil
}

// judge gives days of a child with their run and last instant.
func (p past) judge(childID string, days []civil.Date, loc *time.Location) []ClaimDay {
	if len(days) == 0 {
		return nil
	}
	span := runSpan(days)
	var moments []Moment
	for _, m := range p.moments[childID] {
		if !m.Day.Before(span.From) && !m.Day.After(span.To) {
			moments = append(moments, m)
		}
	}
	return judge(days, moments, p.settings, loc)
}

// runSpan is how far around days their runs are looked for.
func runSpan(days []civil.Date) civil.Range {
	return civil.Range{From: slices.MinFunc(days, civil.Date.Compare).AddDays(-92), To: slices.MaxFunc(days, civil.Date.Compare)}
}

// Judged gives days of a child with their run and last instant, as things are known now.
func Judged(ctx context.Context, tx *db.Tx, childID string, days []civil.Date, loc *time.Location) ([]ClaimDay, error) {
	if len(days) == 0 {
		return nil, nil
	}
	p, err := pastOf(ctx, tx, []string{childID}, runSpan(days))
	return p.judge(childID, days, loc), err
}

// Ahead is how far ahead days of illness may be claimed, in days.
const Ahead = 31

// Candidate is a day that a family may claim.
type Candidate struct {
	ClaimDay
	Told    bool   // the absence was announced
	What    string // what was booked: "Restauration scolaire, Garderie du soir"
	Claimed *Claim // the claim that holds it already, nil when none does
}

// Candidates lists the days of a child that the guardian's household booked and may claim: those that were missed, and those of which nothing
// is known yet, past and to come. Errors: fault.NotFound for a child of another family.
func Candidates(ctx context.Context, tx *db.Tx, who household.Guardian, childID string, loc *time.Location) ([]Candidate, error) {
	if _, err := household.ChildOf(ctx, tx, who, childID); err != nil {
		return nil, err
	}
	return candidates(ctx, tx, who.HouseholdID, childID, loc)
}

func candidates(ctx context.Context, tx *db.Tx, householdID, childID string, loc *time.Location) ([]Candidate, error) {
	s, err := ReadJustifySettings(ctx, tx)
	if err != nil {
		return nil, err
	}
	today := civil.DateOf(tx.Now, loc)
	span := civil.Range{From: today.AddDays(-s.Back), To: today.AddDays(Ahead)}
	facts, err := Facts(ctx, tx, []string{householdID}, span)
	if err != nil {
		return nil, err
	}
	c, err := activity.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	told, err := toldDays(ctx, tx, []string{childID}, span)
	if err != nil {
		return nil, err
	}
	claims, err := ClaimsOf(ctx, tx, householdID)
	if err != nil {
		return nil, err
	}
	byDay := map[civil.Date]*Candidate{}
	for i := range facts {
		f := &facts[i]
		if f.ChildID != childID || f.Booked != BookedDay || f.Closed != "" || f.Came == Present {
			continue
		}
		d := byDay[f.Day]
		if d == nil {
			d = &Candidate{ClaimDay: ClaimDay{Day: f.Day, Came: f.Came}, Told: told[childDay{childID, f.Day}], Claimed: claimOf(claims, childID, f.Day)}
			byDay[f.Day] = d
		}
		if f.Came == Absent {
			d.Came = Absent
		}
		if a, ok := c.Activity(f.ActivityID); ok {
			d.What = strings.TrimPrefix(d.What+", "+a.Name, ", ")
		}
	}
	return completeCandidates(ctx, tx, childID, byDay, loc)
}

// completeCandidates adds to the days known to be missed their run and last instant; the others have none until they are chosen.
func completeCandidates(ctx context.Context, tx *db.Tx, childID string, byDay map[civil.Date]*Candidate, loc *time.Location) ([]Candidate, error) {
	var missed []civil.Date
	for day, d := range byDay {
		if d.Came == Absent || d.Told {
			missed = append(missed, day)
		}
	}
	judged, err := Judged(ctx, tx, childID, missed, loc)
	for _, j := range judged {
		d := byDay[j.Day]
		d.First, d.Until, d.Waits = j.First, j.Until, j.Waits
	}
	out := make([]Candidate, 0, len(byDay))
	for _, d := range byDay {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Candidate) int { return a.Day.Compare(b.Day) })
	return out, err
}

// claimOf finds the claim that holds a day: one that was withdrawn, or that refused the day, holds it no more.
func claimOf(claims []Claim, childID string, day civil.Date) *Claim {
	for i := range claims {
		c := &claims[i]
		if c.ChildID != childID || c.State() == ClaimWithdrawn {
			continue
		}
		if slices.ContainsFunc(c.Days, func(d ClaimDay) bool { return d.Day == day && d.Decision != DayRefused }) {
			return c
		}
	}
	return nil
}

// NewClaim is what a family files.
type NewClaim struct {
	UploadID   string // made by the form: the same one sent again is the same claim
	ChildID    string
	Days       []civil.Date
	Words      string
	DocumentID string           // a certificate of the vault, or empty
	Deposit    document.Deposit // one that comes with the claim, when there is none
}

// maxWords bounds what a family adds, in characters.
const maxWords = 600

// CheckClaim says whether a claim would be taken, before its files are read: fault.Invalid beside "enfant", "jour", "precision".
func CheckClaim(ctx context.Context, tx *db.Tx, who household.Guardian, n NewClaim, loc *time.Location) error {
	if _, err := household.ChildOf(ctx, tx, who, n.ChildID); err != nil {
		return err
	}
	return checkDays(ctx, tx, who.HouseholdID, n, loc)
}

func checkDays(ctx context.Context, tx *db.Tx, householdID string, n NewClaim, loc *time.Location) error {
	if len(n.Days) == 0 {
		return fault.Invalidf("jour", "Choisissez au moins un jour d’absence.")
	}
	if utf8.RuneCountInString(n.Words) > maxWords {
		return fault.Invalidf("precision", "Ce texte est trop long : %d caractères au plus.", maxWords)
	}
	known, err := candidates(ctx, tx, householdID, n.ChildID, loc)
	if err != nil {
		return err
	}
	for _, day := range n.Days {
		i := slices.IndexFunc(known, func(c Candidate) bool { return c.Day == day })
		switch {
		case i < 0:
			return fault.Invalidf("jour", "Le %s ne peut pas être justifié : rien n’y est réservé, ou l’enfant était là.", day.Long())
		case known[i].Claimed != nil:
			return fault.Invalidf("jour", "Le %s a déjà un justificatif, numéro %s.", day.Long(), known[i].Claimed.Number)
		}
	}
	return nil
}

// FileClaim files a claim of a family with its document. What arrives is dated by the clock of the transaction, which runs once the upload is
// whole. The same upload again gives the first claim, and false: the caller discards the files. Errors: those of CheckClaim and of
// document.Store; fault.Invalid beside "fichier" when there is no document.
func FileClaim(ctx context.Context, tx *db.Tx, who household.Guardian, n NewClaim, loc *time.Location) (Claim, bool, error) {
	if old, found, err := claimByUpload(ctx, tx, who.HouseholdID, n.UploadID); err != nil || found {
		return old, false, err
	}
	if err := CheckClaim(ctx, tx, who, n, loc); err != nil {
		return Claim{}, false, err
	}
	c := Claim{ID: db.NewID(), ChildID: n.ChildID, HouseholdID: who.HouseholdID, MadeByName: who.Name(), ArrivedAt: tx.Now, Words: strings.TrimSpace(n.Words)}
	if n.DocumentID == "" {
		d := n.Deposit
		d.UploadID, d.TypeID, d.ChildID, d.Target = n.UploadID, document.Certificate, n.ChildID, c.Target()
		if _, _, err := document.Store(ctx, tx, who, d); err != nil {
			return Claim{}, false, err
		}
	} else if err := reuse(ctx, tx, who, n, c.Target()); err != nil {
		return Claim{}, false, err
	}
	c, err := writeClaim(ctx, tx, c, n, household.ByGuardian(who), loc)
	return c, err == nil, err
}

// reuse sends a certificate of the vault with a claim.
func reuse(ctx context.Context, tx *db.Tx, who household.Guardian, n NewClaim, target string) error {
	list, err := document.Certificates(ctx, tx, who.HouseholdID, n.ChildID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(d document.Document) bool { return d.ID == n.DocumentID }) {
		return fault.Invalidf("fichier", "Ce document ne peut pas servir ici. Choisissez-en un autre.")
	}
	return document.Send(ctx, tx, who, n.DocumentID, target)
}

// writeClaim numbers a claim and writes it, its days and the message that acknowledges it.
func writeClaim(ctx context.Context, tx *db.Tx, c Claim, n NewClaim, by household.By, loc *time.Location) (Claim, error) {
	year := civil.DateOf(tx.Now, loc).Year
	var last int64
	if err := tx.QueryRow(ctx, `INSERT INTO absence_numbers (year, last) VALUES ($1, 1) ON CONFLICT (year) DO UPDATE SET last = absence_numbers.last + 1 RETURNING last`,
		int64(year)).Scan(&last); err != nil {
		return c, err
	}
	c.Number, c.MadeAt = fmt.Sprintf("A%d-%05d", year, last), tx.Now
	if err := insertClaim(ctx, tx, c, n.UploadID, by); err != nil {
		return c, err
	}
	days := slices.Clone(n.Days)
	slices.SortFunc(days, civil.Date.Compare)
	days = slices.Compact(days)
	for _, d := range days {
		if _, err := tx.Exec(ctx, `INSERT INTO absence_claim_days (claim_id, day) VALUES ($1, $2)`, c.ID, d); err != nil {
			return c, err
		}
	}
	var err error
	if c.Days, err = Judged(ctx, tx, c.ChildID, days, loc); err != nil {
		return c, err
	}
	if err := noteClaim(ctx, tx, c, by, "absence.claim", nil); err != nil {
		return c, err
	}
	return c, job.Queue(ctx, tx, TellClaimKind, TellClaimPayload{c.ID, ClaimOpen, tx.Now})
}

// Withdraw takes a claim back before it is decided; its document is private again. Doing it again changes nothing. Errors: fault.NotFound,
// fault.Conflict once it was decided.
func Withdraw(ctx context.Context, tx *db.Tx, who household.Guardian, id string, loc *time.Location) error {
	c, err := ClaimOf(ctx, tx, who, id, loc)
	if err != nil || c.State() == ClaimWithdrawn {
		return err
	}
	if c.State() == ClaimDecided {
		return fault.Conflictf("Le service a déjà répondu à ce justificatif.")
	}
	if _, err := tx.Exec(ctx, `UPDATE absence_claims SET withdrawn_at = $2 WHERE id = $1`, id, tx.Now); err != nil {
		return err
	}
	if err := document.TakeBack(ctx, tx, c.Target()); err != nil {
		return err
	}
	return noteClaim(ctx, tx, c, household.ByGuardian(who), "absence.withdraw", nil)
}

// ClaimOf gives a claim of the guardian's household; another family's is fault.NotFound. Days that are not decided have their run and last
// instant as things are known now.
func ClaimOf(ctx context.Context, tx *db.Tx, who household.Guardian, id string, loc *time.Location) (Claim, error) {
	return oneClaim(ctx, tx, loc, `id = $1 AND household_id = $2`, id, who.HouseholdID)
}

// ClaimByID gives a claim to jobs; fault.NotFound when it is forgotten.
func ClaimByID(ctx context.Context, tx *db.Tx, id string, loc *time.Location) (Claim, error) {
	return oneClaim(ctx, tx, loc, `id = $1`, id)
}

func oneClaim(ctx context.Context, tx *db.Tx, loc *time.Location, where string, args ...any) (Claim, error) {
	list, err := loadClaims(ctx, tx, where, args...)
	if err != nil {
		return Claim{}, err
	}
	if len(list) == 0 {
		return Claim{}, fault.NotFoundf("Ce justificatif n’existe pas.")
	}
	return list[0], known(ctx, tx, []*Claim{&list[0]}, loc)
}

// known fills the days of claims that are not decided.
func known(ctx context.Context, tx *db.Tx, claims []*Claim, loc *time.Location) error {
	var children []string
	var all []civil.Date
	for _, c := range claims {
		children, all = append(children, c.ChildID), append(all, c.days()...)
	}
	if len(all) == 0 {
		return nil
	}
	p, err := pastOf(ctx, tx, children, runSpan(all))
	if err != nil {
		return err
	}
	for _, c := range claims {
		for i, j := range p.judge(c.ChildID, c.days(), loc) {
			d := &c.Days[i]
			d.Came, d.Waits = j.Came, j.Waits
			if d.Until.IsZero() {
				d.First, d.Until = j.First, j.Until
			}
		}
	}
	return nil
}

// days are the days of a claim alone.
func (c *Claim) days() []civil.Date {
	out := make([]civil.Date, len(c.Days))
	for i := range c.Days {
		out[i] = c.Days[i].Day
	}
	return out
}

// ClaimsOf lists the claims of a household, the latest first.
func ClaimsOf(ctx context.Context, tx *db.Tx, householdID string) ([]Claim, error) {
	list, err := loadClaims(ctx, tx, `household_id = $1`, householdID)
	slices.SortFunc(list, func(a, b Claim) int { return cmp.Or(b.MadeAt.Compare(a.MadeAt), cmp.Compare(b.Number, a.Number)) })
	return list, err
}

func noteClaim(ctx context.Context, tx *db.Tx, c Claim, by household.By, act string, more map[string]any) error {
	detail := map[string]any{"number": c.Number, "days": len(c.Days)}
	for k, v := range more {
		detail[k] = v
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by.Actor, ActorName: by.Name, Act: act, Subject: "child:" + c.ChildID, Household: c.HouseholdID, Detail: detail})
}
