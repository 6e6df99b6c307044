package registration_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"preau/internal/civil"
	"preau/internal/place"
	"preau/internal/registration"
)

var today = civil.MustParse("2026-12-01")

// claire is a person of whom nothing is wrong.
func claire() registration.Person {
	return registration.Person{Civility: "mme", LastName: "Martin", FirstNames: "Claire, Jeanne", BornOn: civil.MustParse("1988-04-12"), Email: "claire@famille.example"}
}

// fields are the names of what is wrong, in order.
func fields(wrong map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(wrong)), " ")
}

func TestCheckIdentity(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*registration.Person)
		wrong  string
	}{
		"Nothing is wrong with a whole identity":                 {func(*registration.Person) {}, ""},
		"The birth date may be left out":                         {func(p *registration.Person) { p.BornOn = civil.Date{} }, ""},
		"The starred fields are asked for, all at once":          {func(p *registration.Person) { *p = registration.Person{} }, "civilite nom prenoms"},
		"A civility is one of the two":                           {func(p *registration.Person) { p.Civility = "dr" }, "civilite"},
		"A name has letters of any alphabet":                     {func(p *registration.Person) { p.LastName, p.FirstNames = "Nguyễn-Ω’Brien", "Żaneta" }, ""},
		"A name has no figure":                                   {func(p *registration.Person) { p.LastName = "Martin2" }, "nom"},
		"A name is not a dash alone":                             {func(p *registration.Person) { p.FirstNames = "-" }, "prenoms"},
		"A name is no mark-up":                                   {func(p *registration.Person) { p.BirthName = "<b>Le Goff</b>" }, "nom_naissance"},
		"A name of 100 letters is kept":                          {func(p *registration.Person) { p.LastName = strings.Repeat("é", 100) }, ""},
		"A name of 101 letters is too long":                      {func(p *registration.Person) { p.LastName = strings.Repeat("é", 101) }, "nom"},
		"Nobody is born tomorrow":                                {func(p *registration.Person) { p.BornOn = today.AddDays(1) }, "naissance"},
		"The day before turning 15, the date is that of a child": {func(p *registration.Person) { p.BornOn = civil.MustParse("2011-12-02") }, "naissance"},
		"On turning 15, one may open a space":                    {func(p *registration.Person) { p.BornOn = civil.MustParse("2011-12-01") }, ""},
		"At 121, the year is mistyped":                           {func(p *registration.Person) { p.BornOn = civil.MustParse("1905-12-01") }, "naissance"},
		"A country is one of the list":                           {func(p *registration.Person) { p.BirthCountry = "99999" }, "pays"},
		"A department is one of the list":                        {func(p *registration.Person) { p.BirthCountry, p.BirthDepartment = place.France, "99" }, "departement"},
		"A commune without its department cannot be found":       {func(p *registration.Person) { p.BirthCountry, p.BirthPlace = place.France, "Brest" }, "departement"},
		"A commune that the department does not have is told": {func(p *registration.Person) {
			p.BirthCountry, p.BirthDepartment, p.BirthPlace = place.France, "78", "Brest"
		}, "commune"},
		"In France, the commune may be left out":                  {func(p *registration.Person) { p.BirthCountry = place.France }, ""},
		"Abroad, the town is free":                                {func(p *registration.Person) { p.BirthCountry, p.BirthPlace = "99352", "Oran" }, ""},
		"Abroad, the town is no longer than a hundred characters": {func(p *registration.Person) { p.BirthCountry, p.BirthPlace = "99352", strings.Repeat("a", 101) }, "commune"},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := claire()
			c.change(&p)
			if got := fields(registration.CheckIdentity(p, today)); got != c.wrong {
				t.Errorf("wrong: %q, want %q", got, c.wrong)
			}
		})
	}
}

func TestSettleBirthplace(t *testing.T) {
	for sentence, c := range map[string]struct {
		country, department, typed string
		commune, kept              string // what is found, and how it is written
		choices                    bool   // several, or some that look like it
	}{
		"A commune of the department is found, however it is typed": {place.France, "78", " CHATOU", "78146", "Chatou", false},
		"A code tells the department too":                           {place.France, "", "29019", "29019", "Brest", false},
		"What looks like a commune gives some to choose from":       {place.France, "78", "Chato", "", "Chato", true},
		"When several communes bore the name, one chooses":          {place.France, "29", "brest", "", "brest", true},
		"Abroad, the department goes":                               {"99352", "29", "Oran", "", "Oran", false},
		"Nothing typed, nothing found":                              {place.France, "29", "", "", "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			p, choices := registration.SettleBirthplace(registration.Person{BirthCountry: c.country, BirthDepartment: c.department, BirthPlace: c.typed, BirthCommune: "forged"})
			if p.BirthCommune != c.commune || p.BirthPlace != c.kept || (len(choices) > 0) != c.choices {
				t.Errorf("commune %q, place %q, %d choices", p.BirthCommune, p.BirthPlace, len(choices))
			}
			if c.country != place.France && p.BirthDepartment != "" {
				t.Errorf("the department %s stays abroad", p.BirthDepartment)
			}
		})
	}
}

func TestCheckAddress(t *testing.T) {
	for sentence, c := range map[string]struct {
		person registration.Person
		wrong  string
	}{
		"An address may be left out":                   {registration.Person{}, ""},
		"A whole address":                              {registration.Person{Address: "1 rue Rostand", PostalCode: "78400", City: "Chatou"}, ""},
		"A postal code of Corsica begins with 20":      {registration.Person{PostalCode: "20000"}, ""},
		"A postal code has five figures":               {registration.Person{PostalCode: "7840"}, "code_postal"},
		"A postal code has no letter":                  {registration.Person{PostalCode: "2A000"}, "code_postal"},
		"Figures of another script are no postal code": {registration.Person{PostalCode: "٧٨٤٠٠"}, "code_postal"},
		"A street without its town is not an address":  {registration.Person{Address: "1 rue Rostand"}, "ville"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := fields(registration.CheckAddress(c.person)); got != c.wrong {
				t.Errorf("wrong: %q, want %q", got, c.wrong)
			}
		})
	}
}

func TestSettleContact(t *testing.T) {
	for sentence, c := range map[string]struct {
		email, mobile, phone string
		wrong, kept          string // kept: the mobile
	}{
		"An e-mail is enough":                 {"claire@famille.example", "", "", "", ""},
		"Spaces around an e-mail go":          {" claire@famille.example ", "", "", "", ""},
		"Without an e-mail, no link":          {"", "", "", "email", ""},
		"Half an e-mail":                      {"claire@", "", "", "email", ""},
		"Two e-mails":                         {"claire@famille.example, paul@famille.example", "", "", "email", ""},
		"A line break in an e-mail":           {"claire@famille.example\r\nBcc: x@y.example", "", "", "email", ""},
		"A telephone is written as it's kept": {"claire@famille.example", "06.39.98.00-00", "", "", "+33639980000"},
		"Each wrong telephone has its words":  {"claire@famille.example", "06", "0139", "portable telephone", "06"},
	} {
		t.Run(sentence, func(t *testing.T) {
			p, wrong := registration.SettleContact(registration.Person{Email: c.email, Mobile: c.mobile, Phone: c.phone})
			if got := fields(wrong); got != c.wrong || p.Mobile != c.kept {
				t.Errorf("wrong: %q, want %q; kept %q, want %q", got, c.wrong, p.Mobile, c.kept)
			}
		})
	}
}

// Whatever is typed is answered; and what is accepted can be written on a letter, in one line.
func FuzzCheckIdentity(f *testing.F) {
	f.Add("Martin", "Claire, Jeanne", "1988-04-12", place.France, "29", "Brest")
	f.Add("O’Brien-\u0301", ".", "2026-13-45", "99352", "", "\x00")
	f.Add("", ",", "", "", "2A", "29019")
	f.Fuzz(func(t *testing.T, last, first, born, country, department, town string) {
		p := registration.Person{Civility: "m", LastName: last, FirstNames: first, BirthCountry: country, BirthDepartment: department, BirthPlace: town}
		p.BornOn, _ = civil.Parse(born)
		p, _ = registration.SettleBirthplace(p)
		if len(registration.CheckIdentity(p, today)) > 0 {
			return
		}
		for _, s := range []string{p.LastName, p.FirstNames} {
			if strings.ContainsAny(s, "\n\r\x00<>&\"0123456789") || utf8.RuneCountInString(s) > 100 || s == "" {
				t.Errorf("accepted as a name: %q", s)
			}
		}
		if country == place.France && p.BirthPlace != "" && p.BirthCommune == "" {
			t.Errorf("a birthplace in France without its commune: %q", p.BirthPlace)
		}
		if !p.BornOn.IsZero() && (today.Age(p.BornOn) < 15 || p.BornOn.After(today)) {
			t.Errorf("born on %s", p.BornOn)
		}
	})
}

// What is kept of a contact is kept the same when it is settled again, as a draft does on each visit.
func FuzzSettleContact(f *testing.F) {
	f.Add("claire@famille.example", "06 39 98 00 00", "+33 1 39 98 00 00")
	f.Add(" a@b ", "(+33)", "٠٦")
	f.Fuzz(func(t *testing.T, email, mobile, phone string) {
		p, wrong := registration.SettleContact(registration.Person{Email: email, Mobile: mobile, Phone: phone})
		if again, twice := registration.SettleContact(p); again != p || !maps.Equal(wrong, twice) {
			t.Errorf("%+v then %+v; %v then %v", p, again, wrong, twice)
		}
		if wrong["email"] == "" && strings.ContainsAny(p.Email, " \r\n\x00,") {
			t.Errorf("accepted as an e-mail: %q", p.Email)
		}
	})
}
