package document_test

import (
	"testing"
	"time"

	"preau/internal/civil"
	"preau/internal/document"
)

var (
	tax       = document.Type{ID: "tax", Name: "Avis d’impôt", Subject: document.OfHousehold, Asked: document.OfEveryone, Validity: document.ForMonths, Months: 12, KeepMonths: 12}
	insurance = document.Type{ID: "insurance", Name: "Assurance scolaire", Subject: document.OfChild, Asked: document.OfEveryone, Validity: document.SchoolYear, KeepMonths: 3}
	swimming  = document.Type{ID: "swimming", Name: "Attestation de natation", Subject: document.OfChild, Asked: document.OfEnrolled, Activities: []string{"pool"}, AgeFrom: 6, AgeTo: 11, Validity: document.ForEver}
	proof     = document.Type{ID: "proof", Name: "Justificatif de domicile", Subject: document.OfHousehold, Asked: document.OfEnrolled, Activities: []string{"pool"}, Validity: document.ForMonths, Months: 3}
	pregnancy = document.Type{ID: "pregnancy", Name: "Déclaration de grossesse", Subject: document.OfHousehold, Asked: document.OfNobody, Validity: document.ForEver}
)

func day(s string) civil.Date { return civil.MustParse(s) }

func TestUntil(t *testing.T) {
	for _, tt := range []struct {
		name           string
		kind           document.Type
		accepted, want string
	}{
		{"a tax notice counts a year", tax, "2026-12-01", "2027-12-01"},
		{"three months from the end of November", proof, "2026-11-30", "2027-02-28"},
		{"an insurance given in September", insurance, "2026-09-03", "2027-08-31"},
		{"given in May: for this school year", insurance, "2027-05-31", "2027-08-31"},
		{"given in June: for the next one", insurance, "2027-06-01", "2028-08-31"},
	} {
		got := document.Until(tt.kind, day(tt.accepted), time.June)
		if got != day(tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := document.Until(pregnancy, day("2026-12-01"), time.June); !got.IsZero() {
		t.Errorf("without end: %s", got)
	}
}

func TestState(t *testing.T) {
	d := document.Document{Stored: document.Accepted, ValidUntil: day("2026-12-01")}
	for on, want := range map[string]document.State{"2026-12-01": document.Accepted, "2026-12-02": document.Expired} {
		if got := d.State(day(on)); got != want || d.Counts(day(on)) != (want == document.Accepted) {
			t.Errorf("on %s: %s", on, got)
		}
	}
	for state, counts := range map[document.State]bool{document.Kept: false, document.Scanning: false, document.ToCheck: true, document.Refused: false} {
		if got := (document.Document{Stored: state}).Counts(day("2026-12-01")); got != counts {
			t.Errorf("%s counts: %v", state, got)
		}
	}
}

// What a family still has to give.
func TestNeeds(t *testing.T) {
	antoine := document.Person{ChildID: "antoine", FirstName: "Antoine", BornOn: day("2018-03-14"), Activities: []string{"pool", "canteen"}}
	leo := document.Person{ChildID: "leo", FirstName: "Léo", BornOn: day("2022-05-02"), Activities: []string{"pool"}}
	types := []document.Type{tax, insurance, swimming, proof, pregnancy}
	give := func(t document.Type, child string, s document.State, until string) document.Document {
		d := document.Document{ID: t.ID + child + string(s), Type: t, ChildID: child, Stored: s}
		if until != "" {
			d.ValidUntil = day(until)
		}
		return d
	}
	for _, tt := range []struct {
		name   string
		people []document.Person
		given  []document.Document
		want   string
	}{
		{"nobody: the household's own", nil, nil, "tax/missing"},
		{"two children; the younger is not of the age to swim", []document.Person{antoine, leo}, nil,
			"tax/missing insurance:Antoine/missing insurance:Léo/missing swimming:Antoine/missing proof/missing"},
		{"not enrolled in swimming", []document.Person{{ChildID: "leo", FirstName: "Léo", BornOn: leo.BornOn}}, nil, "tax/missing insurance:Léo/missing"},
		{"sent: the family has done its part", nil, []document.Document{give(tax, "", document.ToCheck, "")}, ""},
		{"stored and not sent", nil, []document.Document{give(tax, "", document.Kept, "")}, "tax/not_sent"},
		{"expired, a new one is refused", nil, []document.Document{give(tax, "", document.Refused, ""), give(tax, "", document.Accepted, "2026-11-01")}, "tax/refused"},
		{"a new one waits beside the expired", nil, []document.Document{give(tax, "", document.ToCheck, ""), give(tax, "", document.Accepted, "2026-11-01")}, ""},
		{"a child's does not count for its brother", []document.Person{leo}, []document.Document{give(tax, "", document.Accepted, ""), give(insurance, "antoine", document.Accepted, "2027-08-31"), give(proof, "", document.Accepted, "2026-12-31")},
			"insurance:Léo/missing"},
	} {
		got := ""
		for _, n := range document.Needs(types, tt.people, tt.given, day("2026-12-01")) {
			if got != "" {
				got += " "
			}
			got += n.Type.ID
			if n.Child != "" {
				got += ":" + n.Child
			}
			got += "/" + string(n.Why)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// The law holds what was sent; a request under way holds what it leans on.
func TestHolds(t *testing.T) {
	law := tax
	law.ByLaw = true
	for name, tt := range map[string]struct {
		d    document.Document
		held bool
	}{
		"private":                {document.Document{Type: law, Stored: document.Kept}, false},
		"accepted":               {document.Document{Type: tax, Stored: document.Accepted}, false},
		"accepted, by law":       {document.Document{Type: law, Stored: document.Accepted}, true},
		"refused, by law":        {document.Document{Type: law, Stored: document.Refused}, false},
		"of a request under way": {document.Document{Type: tax, Stored: document.ToCheck, Held: true}, true},
	} {
		if got := document.Holds(tt.d); (got != "") != tt.held {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Kept as long as its type says after it stopped to serve; what was never sent is the family's own.
func TestForgetOn(t *testing.T) {
	sent := civil.At(time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC))
	for name, tt := range map[string]struct {
		d    document.Document
		want string
	}{
		"private":            {document.Document{Type: tax, Stored: document.Kept}, ""},
		"awaits its check":   {document.Document{Type: tax, Stored: document.ToCheck, SentAt: sent}, ""},
		"valid for ever":     {document.Document{Type: pregnancy, Stored: document.Accepted, SentAt: sent}, ""},
		"valid until a day":  {document.Document{Type: tax, Stored: document.Accepted, SentAt: sent, ValidUntil: day("2027-09-01")}, "2028-09-01"},
		"refused":            {document.Document{Type: insurance, Stored: document.Refused, SentAt: sent, DecidedAt: sent}, "2026-12-01"},
		"replaced":           {document.Document{Type: insurance, Stored: document.Accepted, SentAt: sent, ReplacedAt: sent, ValidUntil: day("2027-08-31")}, "2026-12-01"},
		"infected, not sent": {document.Document{Type: insurance, Stored: document.Refused, DecidedAt: sent}, "2026-12-01"},
	} {
		got := ""
		if on := document.ForgetOn(tt.d, time.UTC); !on.IsZero() {
			got = on.String()
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// A certificate of absence is kept two months after it was decided, whatever was decided; until then, and while it waits, it stays.
func TestCertificatesAreKeptTwoMonths(t *testing.T) {
	loc := time.UTC
	at := civil.At(time.Date(2026, time.December, 11, 9, 0, 0, 0, loc))
	certificate := document.Type{ID: document.Certificate, KeepMonths: document.CertificateMonths}
	for name, c := range map[string]struct {
		d    document.Document
		want civil.Date
	}{
		"accepted":         {document.Document{Type: certificate, Stored: document.Accepted, SentAt: at, DecidedAt: at}, civil.MustParse("2027-02-11")},
		"refused":          {document.Document{Type: certificate, Stored: document.Refused, SentAt: at, DecidedAt: at}, civil.MustParse("2027-02-11")},
		"waiting":          {document.Document{Type: certificate, Stored: document.ToCheck, SentAt: at}, civil.Date{}},
		"of another type":  {document.Document{Type: document.Type{ID: "other", KeepMonths: 2}, Stored: document.Accepted, SentAt: at, DecidedAt: at}, civil.Date{}},
		"still the family": {document.Document{Type: certificate, Stored: document.Kept}, civil.Date{}},
	} {
		if got := document.ForgetOn(c.d, loc); got != c.want {
			t.Errorf("%s: forgotten on %s, want %s", name, got, c.want)
		}
	}
}
