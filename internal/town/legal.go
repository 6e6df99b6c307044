package town

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
)

// Notice is what the law has a site say of who stands behind it (loi 2004-575, article 1-1), and of who answers for personal data
// (RGPD, articles 13 and 37).
type Notice struct {
	Publisher string `json:"publisher"` // lines: name, address, telephone of the town
	Director  string `json:"director"`  // of the publication: "Prénom Nom, maire"
	Host      string `json:"host"`      // lines: name, address, telephone of who hosts the site
	DPO       string `json:"dpo"`       // lines: the data protection officer, with an address
	DPOEmail  string `json:"dpo_email"`
}

const noticeKey = "town.notice"

// LegalNotice reads it; empty until the town has filled it.
func LegalNotice(ctx context.Context, tx *db.Tx) (Notice, error) {
	return ReadSetting(ctx, tx, noticeKey, Notice{})
}

// SaveNotice writes it, or says per field what is wrong.
func SaveNotice(ctx context.Context, tx *db.Tx, n Notice) error {
	wrong := map[string]string{}
	within(wrong, "editeur", n.Publisher, 1, 600, "Indiquez le nom et l’adresse de la mairie.")
	within(wrong, "directeur", n.Director, 1, 200, "Indiquez qui dirige la publication : d’ordinaire, la ou le maire.")
	within(wrong, "hebergeur", n.Host, 1, 600, "Indiquez le nom, l’adresse et le téléphone de l’hébergeur.")
	within(wrong, "dpo", n.DPO, 1, 600, "Indiquez qui est délégué à la protection des données.")
	if !emailOrNone(n.DPOEmail) {
		wrong["dpo_email"] = "Cette adresse e-mail n’est pas valable."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	return WriteSetting(ctx, tx, noticeKey, n)
}

// Missing lists, in French, what the notice does not say yet.
func (n Notice) Missing() []string {
	var out []string
	for _, f := range []struct{ value, name string }{
		{n.Publisher, "l’éditeur"}, {n.Director, "le directeur de la publication"}, {n.Host, "l’hébergeur"}, {n.DPO, "le délégué à la protection des données"},
	} {
		if strings.TrimSpace(f.value) == "" {
			out = append(out, f.name)
		}
	}
	return out
}

// Conformity is how far the site follows the RGAA, as the declaration words it.
type Conformity string

const (
	// NotConform: less than half of the criteria, or no audit that is still valid. It is what holds until an audit says better.
	NotConform Conformity = "non"
	// PartlyConform: at least half of the criteria.
	PartlyConform Conformity = "partielle"
	// FullyConform: all of them.
	FullyConform Conformity = "totale"
)

// French is the state as it is written at the foot of every page: "Accessibilité : non conforme".
func (c Conformity) French() string {
	switch c {
	case FullyConform:
		return "totalement conforme"
	case PartlyConform:
		return "partiellement conforme"
	}
	return "non conforme"
}

// Accessibility is what the accessibility declaration says (loi 2005-102, article 47; décret 2019-768; model of the RGAA 4.1).
type Accessibility struct {
	AuditedOn    civil.Date `json:"audited_on"` // zero: never audited
	AuditedBy    string     `json:"audited_by"`
	Criteria     int        `json:"criteria"`  // that apply to the site, of the 106
	Respected    int        `json:"respected"` // among them
	NotConform   string     `json:"not_conform"`
	Burden       string     `json:"burden"` // derogations for disproportionate burden, with the alternative offered
	Exempt       string     `json:"exempt"` // contents the law does not cover
	Environment  string     `json:"environment"`
	Pages        string     `json:"pages"`  // that were audited
	SchemeURL    string     `json:"scheme"` // the plan of several years
	PlanURL      string     `json:"plan"`   // the plan of the year
	DeclaredOn   civil.Date `json:"declared_on"`
	ContactEmail string     `json:"contact_email"`
}

const accessibilityKey = "town.accessibility"

// AuditYears is how long an audit supports a declaration: it is made again every three years (décret 2019-768, article 5).
const AuditYears = 3

// Conformity follows from the audit, on a day: an audit of more than three years supports nothing any more.
func (a Accessibility) Conformity(today civil.Date) Conformity {
	switch {
	case a.AuditedOn.IsZero() || a.Criteria == 0 || a.AuditedOn.AddMonths(12*AuditYears).Before(today):
		return NotConform
	case a.Respected == a.Criteria:
		return FullyConform
	case 2*a.Respected >= a.Criteria:
		return PartlyConform
	}
	return NotConform
}

// Rate is the share of criteria that are respected, in whole percents rounded down: nothing is said better than it is.
func (a Accessibility) Rate() int {
	if a.Criteria == 0 {
		return 0
	}
	return 100 * a.Respected / a.Criteria
}

// AccessibilityOf reads what was declared; empty until the town has.
func AccessibilityOf(ctx context.Context, tx *db.Tx) (Accessibility, error) {
	return ReadSetting(ctx, tx, accessibilityKey, Accessibility{})
}

// rgaaCriteria is how many criteria the RGAA 4.1 has.
const rgaaCriteria = 106

// SaveAccessibility writes the declaration, dated from today, or says per field what is wrong.
func SaveAccessibility(ctx context.Context, tx *db.Tx, a Accessibility, today civil.Date) error {
	wrong := map[string]string{}
	switch audited := !a.AuditedOn.IsZero(); {
	case a.AuditedOn.After(today):
		wrong["audit_le"] = "Cette date n’est pas encore passée."
	case audited && strings.TrimSpace(a.AuditedBy) == "":
		wrong["audit_par"] = "Indiquez qui a fait l’audit."
	case audited && a.Criteria == 0:
		wrong["criteres"] = "Indiquez combien de critères s’appliquent, sur 106."
	case !audited && (a.Criteria > 0 || a.AuditedBy != ""):
		wrong["audit_le"] = "Indiquez la date de l’audit."
	}
	if a.Criteria < 0 || a.Criteria > rgaaCriteria {
		wrong["criteres"] = "Le RGAA 4.1 compte 106 critères."
	}
	if a.Respected < 0 || a.Respected > a.Criteria {
		wrong["respectes"] = "Ce nombre dépasse celui des critères qui s’appliquent."
	}
	if a.Respected < a.Criteria && strings.TrimSpace(a.NotConform) == "" {
		wrong["non_conforme"] = "Des critères ne sont pas respectés : dites quels contenus sont concernés."
	}
	for field, text := range map[string]string{"non_conforme": a.NotConform, "derogations": a.Burden, "exempts": a.Exempt, "environnement": a.Environment, "pages": a.Pages} {
		within(wrong, field, text, 0, 4000, "")
	}
	for field, address := range map[string]string{"schema": a.SchemeURL, "plan": a.PlanURL} {
		if !webAddressOrNone(address) {
			wrong[field] = "Indiquez une adresse qui commence par https://."
		}
	}
	if !emailOrNone(a.ContactEmail) {
		wrong["contact"] = "Cette adresse e-mail n’est pas valable."
	}
	if err := fault.InvalidFields(wrong); err != nil {
		return err
	}
	a.DeclaredOn = today
	return WriteSetting(ctx, tx, accessibilityKey, a)
}

func webAddressOrNone(address string) bool {
	u, err := url.Parse(address)
	return address == "" || err == nil && slices.Contains([]string{"http", "https"}, u.Scheme) && u.Host != "" && len(address) <= 500
}
