package attendance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/document"
	"preau/internal/fault"
	"preau/internal/household"
	"preau/internal/job"
	"preau/internal/staff"
)

// ClaimFile is a claim before an agent, with whose it is.
type ClaimFile struct {
	Claim
	Child     household.Child
	Household household.Household
	Sites     []string // ids of the sites at which its days were booked
	Documents []document.Document
}

// mayDecide tells whether an agent decides claims of some sites: one limited to sites decides those of theirs.
func mayDecide(who staff.Agent, sites []string) bool {
	if len(sites) == 0 {
		return who.MayEverywhere(staff.Check)
	}
	return slices.ContainsFunc(sites, func(id string) bool { return who.May(staff.Check, id) })
}

// ClaimQueue lists the claims that await an answer at the agent's sites, the longest waiting first; siteID keeps those of one site. At most
// limit of them, after the first skip, and how many there are in all.
func ClaimQueue(ctx context.Context, tx *db.Tx, who staff.Agent, siteID string, skip, limit int, loc *time.Location) (files []ClaimFile, total int, err error) {
	list, err := loadClaims(ctx, tx, `withdrawn_at IS NULL AND decided_at IS NULL`)
	if err != nil {
		return nil, 0, err
	}
	sites, err := sitesOfClaims(ctx, tx, `c.withdrawn_at IS NULL AND c.decided_at IS NULL`)
	if err != nil {
		return nil, 0, err
	}
	for _, c := range list {
		at := sites[c.ID]
		if !mayDecide(who, at) || siteID != "" && !slices.Contains(at, siteID) {
			continue
		}
		if total++; total > skip && len(files) < limit {
			files = append(files, ClaimFile{Claim: c, Sites: at})
		}
	}
	return files, total, complete(ctx, tx, files, loc)
}

// CountClaims says how many claims await an answer at the agent's sites.
func CountClaims(ctx context.Context, tx *db.Tx, who staff.Agent) (n int64, err error) {
	if len(who.Sites) == 0 {
		err = tx.QueryRow(ctx, `SELECT count(*) FROM absence_claims WHERE withdrawn_at IS NULL AND decided_at IS NULL`).Scan(&n)
		return n, err
	}
	sites, err := sitesOfClaims(ctx, tx, `c.withdrawn_at IS NULL AND c.decided_at IS NULL`)
	for _, at := range sites {
		if mayDecide(who, at) {
			n++
		}
	}
	return n, err
}

// LatestClaims lists the claims that were decided last at the agent's sites, the latest first; siteID keeps those of one site.
func LatestClaims(ctx context.Context, tx *db.Tx, who staff.Agent, siteID string, limit int, loc *time.Location) ([]ClaimFile, error) {
	at := who.Sites
	if siteID != "" {
		at = []string{siteID}
	}
	list, err := loadClaims(ctx, tx, `id IN (SELECT c.id FROM absence_claims c WHERE c.decided_at IS NOT NULL
		AND ($2 = '' OR EXISTS (SELECT 1 FROM absence_claim_days d JOIN bookings b ON b.child_id = c.child_id AND b.day = d.day AND b.household_id = c.household_id AND b.state = 'booked'
			WHERE d.claim_id = c.id AND b.site_id IN (SELECT CAST(value AS text) FROM json_each(CAST($3 AS text)))))
		ORDER BY c.decided_at DESC, c.id LIMIT $1)`, int64(limit), limited(at), db.JSON(at))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Claim) int { return b.DecidedAt.Compare(a.DecidedAt) })
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	sites, err := sitesOfClaims(ctx, tx, `c.id IN (SELECT CAST(value AS text) FROM json_each(CAST($1 AS text)))`, db.JSON(ids))
	if err != nil {
		return nil, err
	}
	var files []ClaimFile
	for _, c := range list {
		if mayDecide(who, sites[c.ID]) {
			files = append(files, ClaimFile{Claim: c, Sites: sites[c.ID]})
		}
	}
	return files, complete(ctx, tx, files, loc)
}

// ClaimFor gives a claim to an agent who may decide it; fault.NotFound otherwise.
func ClaimFor(ctx context.Context, tx *db.Tx, who staff.Agent, id string, loc *time.Location) (ClaimFile, error) {
	c, err := ClaimByID(ctx, tx, id, loc)
	if err != nil {
		return ClaimFile{}, err
	}
	return fileOf(ctx, tx, who, c, loc)
}

// MayOpenDocument tells whether an agent may open a document by its own address: a certificate sent with claims belongs to those who may decide
// one of them, and does not exist for others: fault.NotFound.
func MayOpenDocument(ctx context.Context, tx *db.Tx, who staff.Agent, documentID string, loc *time.Location) error {
	targets, err := document.CertificateTargets(ctx, tx, documentID)
	for _, target := range targets {
		id, claim := strings.CutPrefix(target, Claim{}.Target())
		if !claim {
			continue
		}
		if _, err = ClaimFor(ctx, tx, who, id, loc); !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return err
}

func fileOf(ctx context.Context, tx *db.Tx, who staff.Agent, c Claim, loc *time.Location) (ClaimFile, error) {
	sites, err := sitesOfClaims(ctx, tx, `c.id = $1`, c.ID)
	if err != nil {
		return ClaimFile{}, err
	}
	if !mayDecide(who, sites[c.ID]) {
		return ClaimFile{}, fault.NotFoundf("Ce justificatif n’existe pas.")
	}
	files := []ClaimFile{{Claim: c, Sites: sites[c.ID]}}
	err = complete(ctx, tx, files, loc)
	return files[0], err
}

// complete adds to claims whose they are, their documents, and what is known of their days: a few queries, however many they are.
func complete(ctx context.Context, tx *db.Tx, files []ClaimFile, loc *time.Location) error {
	if len(files) == 0 {
		return nil
	}
	var claims []*Claim
	var childIDs, homeIDs, targets []string
	for i := range files {
		c := &files[i].Claim
		claims, childIDs, homeIDs, targets = append(claims, c), append(childIDs, c.ChildID), append(homeIDs, c.HouseholdID), append(targets, c.Target())
	}
	if err := known(ctx, tx, claims, loc); err != nil {
		return err
	}
	children, err := household.ChildrenByID(ctx, tx, childIDs)
	if err != nil {
		return err
	}
	homes, err := household.ByIDs(ctx, tx, homeIDs)
	if err != nil {
		return err
	}
	documents, err := document.AttachedToMany(ctx, tx, targets)
	for i := range files {
		f := &files[i]
		f.Child, f.Household, f.Documents = children[f.ChildID], homes[f.HouseholdID], documents[f.Target()]
	}
	return err
}

// sitesOfClaims gives the sites at which the days of some claims were booked, by claim; the condition is on c.
func sitesOfClaims(ctx context.Context, tx *db.Tx, where string, args ...any) (map[string][]string, error) {
	out := map[string][]string{}
	type pair struct{ claim, site string }
	pairs, err := db.All(ctx, tx, `SELECT DISTINCT c.id, coalesce(b.site_id, '') FROM absence_claims c JOIN absence_claim_days d ON d.claim_id = c.id
		LEFT JOIN bookings b ON b.child_id = c.child_id AND b.day = d.day AND b.household_id = c.household_id AND b.state = 'booked'
		WHERE `+where+` ORDER BY 1, 2`, func(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.claim, &p.site) }, args...)
	for _, p := range pairs {
		if p.site != "" {
			out[p.claim] = append(out[p.claim], p.site)
		} else if out[p.claim] == nil {
			out[p.claim] = []string{}
		}
	}
	return out, err
}

// Ruling is what an agent decides of a claim.
type Ruling struct {
	Seen     civil.Instant // when the claim was decided, as the agent's page showed it; zero: not yet
	Accept   []civil.Date  // the days accepted; the others are refused
	Reason   string        // of what is refused, for the family
	Override string        // why days for which the claim came too late are accepted all the same
}

// Rule decides a claim, once or to correct a decision. A day accepted is excused, unless it is one of the first days that the town never
// excuses; a day refused is billed again. Errors: fault.NotFound, fault.Conflict when another agent decided meanwhile, fault.Invalid beside
// "decision" while the antivirus has not answered, "motif", "derogation".
func Rule(ctx context.Context, tx *db.Tx, who staff.Agent, id string, r Ruling, loc *time.Location) (ClaimFile, error) {
	f, err := ClaimFor(ctx, tx, who, id, loc)
	if err != nil {
		return f, err
	}
	switch {
	case f.State() == ClaimWithdrawn:
		return f, fault.Conflictf("La famille a retiré ce justificatif.")
	case f.DecidedAt != r.Seen:
		return f, fault.Conflictf("%s a déjà répondu à ce justificatif. Regardez sa réponse avant de la changer.", f.DecidedByName)
	}
	if slices.ContainsFunc(f.Documents, func(d document.Document) bool { return d.Stored == document.Scanning }) {
		return f, fault.Invalidf("decision", "L’antivirus regarde encore ce document, que personne n’a pu lire. Répondez dans quelques instants.")
	}
	r.Reason, r.Override = strings.TrimSpace(r.Reason), strings.TrimSpace(r.Override)
	if err := f.check(r); err != nil {
		return f, err
	}
	accepted := false
	for i := range f.Days {
		if err := f.ruleDay(ctx, tx, who, &f.Days[i], r); err != nil {
			return f, err
		}
		accepted = accepted || f.Days[i].Decision != DayRefused
	}
	f.DecidedAt, f.DecidedByName = tx.Now, who.Name
	if _, err := tx.Exec(ctx, `UPDATE absence_claims SET decided_at = $2, decided_by_name = $3 WHERE id = $1`, id, tx.Now, who.Name); err != nil {
		return f, err
	}
	if err := document.Judge(ctx, tx, who, f.Target(), accepted, r.Reason); err != nil {
		return f, err
	}
	if err := noteClaim(ctx, tx, f.Claim, household.ByAgent(who), "absence.rule",
		map[string]any{"accepted": len(r.Accept), "reason": r.Reason, "override": r.Override}); err != nil {
		return f, err
	}
	return f, job.Queue(ctx, tx, TellClaimKind, TellClaimPayload{id, ClaimDecided, tx.Now})
}

// longestReason bounds what an agent says of an answer, in characters.
const longestReason = 500

// check refuses a ruling that does not say why.
func (f *ClaimFile) check(r Ruling) error {
	wrong := map[string]string{}
	refused, late := 0, 0
	for _, d := range f.Days {
		switch {
		case !slices.Contains(r.Accept, d.Day):
			refused++
		case d.Late(f.ArrivedAt):
			late++
		}
	}
	if refused > 0 && r.Reason == "" {
		wrong["motif"] = "Dites à la famille, en une phrase, pourquoi ces jours restent facturés."
	}
	if late > 0 && r.Override == "" {
		wrong["derogation"] = "Ce justificatif est arrivé trop tard : dites pourquoi il est accepté quand même."
	}
	for field, text := range map[string]string{"motif": r.Reason, "derogation": r.Override} {
		if utf8.RuneCountInString(text) > longestReason {
			wrong[field] = fmt.Sprintf("C’est trop long : %d caractères au plus.", longestReason)
		}
	}
	return fault.InvalidFields(wrong)
}

// ruleDay writes what becomes of one day.
func (f *ClaimFile) ruleDay(ctx context.Context, tx *db.Tx, who staff.Agent, d *ClaimDay, r Ruling) error {
	d.Decision, d.Reason = DayRefused, r.Reason
	if slices.Contains(r.Accept, d.Day) {
		d.Decision, d.Reason = DayExcused, ""
		if d.Waits {
			d.Decision = DayInWaiting
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE absence_claim_days SET decision = $3, reason = $4, first_day = $5, until = $6 WHERE claim_id = $1 AND day = $2`,
		f.ID, d.Day, string(d.Decision), d.Reason, d.First, d.Until); err != nil {
		return err
	}
	source := "certificate:" + f.ID
	if d.Decision == DayExcused {
		_, err := tx.Exec(ctx, `INSERT INTO excused_days (id, child_id, day, source, since, by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			db.NewID(), f.ChildID, d.Day, source, tx.Now, who.Actor())
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE excused_days SET ended_at = $4, ended_by = $5 WHERE source = $1 AND child_id = $2 AND day = $3 AND ended_at IS NULL`,
		source, f.ChildID, d.Day, tx.Now, who.Actor())
	return err
}

// Paper is a certificate that a family gave on paper.
type Paper struct {
	UploadID    string // made by the form, as NewClaim's
	HouseholdID string
	ChildID     string
	Days        []civil.Date
	ArrivedOn   civil.Date // the day it was given: in time when that day is
	Words       string
}

// FilePaper enters a certificate given on paper, for an agent of one of the sites of its days. Errors: those of FileClaim, fault.Invalid beside
// "recu" for a day to come, fault.Forbidden.
func FilePaper(ctx context.Context, tx *db.Tx, who staff.Agent, p Paper, loc *time.Location) (Claim, error) {
	if old, found, err := claimByUpload(ctx, tx, p.HouseholdID, p.UploadID); err != nil || found {
		return old, err
	}
	if p.ArrivedOn.IsZero() || p.ArrivedOn.After(civil.DateOf(tx.Now, loc)) {
		return Claim{}, fault.Invalidf("recu", "Indiquez quel jour ce papier a été remis : aujourd’hui ou avant.")
	}
	member, err := db.Exists(ctx, tx, `SELECT 1 FROM household_children WHERE household_id = $1 AND child_id = $2`, p.HouseholdID, p.ChildID)
	if err != nil {
		return Claim{}, err
	}
	if !member {
		return Claim{}, fault.NotFoundf("Cet enfant n’est pas de ce foyer.")
	}
	n := NewClaim{UploadID: p.UploadID, ChildID: p.ChildID, Days: p.Days, Words: p.Words}
	if err := checkDays(ctx, tx, p.HouseholdID, n, loc); err != nil {
		return Claim{}, err
	}
	c := Claim{ID: db.NewID(), ChildID: p.ChildID, HouseholdID: p.HouseholdID, MadeByName: who.Name, ArrivedAt: civil.Wall(p.ArrivedOn, 0, 0, loc), Paper: true, Words: strings.TrimSpace(p.Words)}
	if c, err = writeClaim(ctx, tx, c, n, household.ByAgent(who), loc); err != nil {
		return c, err
	}
	sites, err := sitesOfClaims(ctx, tx, `c.id = $1`, c.ID)
	if err == nil && !mayDecide(who, sites[c.ID]) {
		err = fault.Forbiddenf("Cet enfant n’est pas d’un de vos établissements.")
	}
	return c, err
}

// PaperDays lists the days of a child that a certificate on paper may cover, for an agent.
func PaperDays(ctx context.Context, tx *db.Tx, householdID, childID string, loc *time.Location) ([]Candidate, error) {
	return candidates(ctx, tx, householdID, childID, loc)
}
