package signup

import (
	"errors"
	"html"
	"net/http"
	"slices"
	"strings"

	"preau/internal/blob"
	"preau/internal/civil"
	"preau/internal/db"
	"preau/internal/fault"
	"preau/internal/picture"
	"preau/internal/place"
	"preau/internal/registration"
	"preau/internal/web"
	"preau/internal/web/ui"
)

// choice is one of several communes that bear the name that was typed, or nearly.
type choice struct{ code, label string }

// candidates are the communes to choose from when what was typed is not one alone.
func candidates(p registration.Person) []choice {
	if p.BirthCommune != "" {
		return nil
	}
	_, found := registration.SettleBirthplace(p)
	var out []choice
	for _, c := range found {
		out = append(out, choice{c.Code, c.Name + " (" + c.Code + ")"})
	}
	return out
}

// identity is the first tab. It carries the photo, which is made ready before the transaction.
func (p Pages) identity(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(w, r)
	if err != nil {
		return err
	}
	file, kept, err := p.takePhoto(r, form)
	if err != nil {
		return err
	}
	used := false
	err = p.save(w, r, 0, func(tx *db.Tx, f *web.Form, d *draft, today civil.Date) error {
		if wrong := form.Wrong()["photo"]; wrong != "" {
			f.Fail("photo", wrong)
		}
		readIdentity(f, &d.Person)
		blame(f, registration.CheckIdentity(d.Person, today))
		if (kept || f.Yes("sans_photo")) && d.PhotoID != "" {
			if err := blob.Drop(r.Context(), tx, d.PhotoID); err != nil {
				return err
			}
			d.PhotoID = ""
		}
		if !kept {
			return nil
		}
		if err := blob.Record(r.Context(), tx, file); err != nil {
			return err
		}
		d.PhotoID, used = file.ID, true
		return nil
	})
	if kept && (!used || err != nil) {
		err = errors.Join(err, web.Town(r).Files.Discard(r.Context(), file))
	}
	return err
}

// Size of a photo as it is kept: that of an identity photo, in pixels.
const photoWidth, photoHeight = 420, 540

// takePhoto makes of the file that was sent an identity photo without anything beside its pixels, and stores it; kept is false when none
// was sent, or when it is not one.
func (p Pages) takePhoto(r *http.Request, f *web.Form) (file blob.File, kept bool, err error) {
	content, _ := f.File("photo", web.MaxBody)
	if content == nil {
		return blob.File{}, false, nil
	}
	made, err := picture.Clean(content, picture.Options{RatioWidth: 35, RatioHeight: 45, MaxWidth: photoWidth, MaxHeight: photoHeight, JPEG: true})
	switch {
	case errors.Is(err, picture.ErrTooLarge):
		f.Fail("photo", "Cette image est trop grande. Choisissez-en une plus petite.")
	case err != nil:
		f.Fail("photo", "Choisissez une photo au format JPEG ou PNG. Un iPhone l’envoie ainsi depuis « Photos ».")
	}
	if err != nil {
		return blob.File{}, false, nil
	}
	file, err = web.Town(r).Files.Put(r.Context(), strings.NewReader(string(made.Bytes)), web.MaxBody)
	return file, err == nil, err
}

func readIdentity(f *web.Form, p *registration.Person) {
	p.Civility = f.Text("civilite", 10)
	p.LastName, p.BirthName, p.FirstNames = f.Text("nom", 200), f.Text("nom_naissance", 200), f.Text("prenoms", 200)
	p.BornOn = f.Date("naissance")
	p.BirthCountry, p.BirthDepartment, p.BirthPlace = f.Text("pays", 5), f.Text("departement", 3), f.Text("commune", 100)
	settled, found := registration.SettleBirthplace(*p)
	if code := f.Text("commune_code", 5); settled.BirthCommune == "" && code != "" {
		if i := slices.IndexFunc(found, func(c place.Commune) bool { return c.Code == code }); i >= 0 {
			settled.BirthCommune, settled.BirthPlace = found[i].Code, found[i].Name
		}
	}
	*p = settled
}

func (p Pages) address(w http.ResponseWriter, r *http.Request) error {
	return p.save(w, r, 1, func(_ *db.Tx, f *web.Form, d *draft, _ civil.Date) error {
		d.Person.Address, d.Person.Complement = f.Text("adresse", 200), f.Text("complement", 200)
		d.Person.PostalCode, d.Person.City = strings.ReplaceAll(f.Text("code_postal", 10), " ", ""), f.Text("ville", 100)
		blame(f, registration.CheckAddress(d.Person))
		return nil
	})
}

func (p Pages) contact(w http.ResponseWriter, r *http.Request) error {
	return p.save(w, r, 2, func(_ *db.Tx, f *web.Form, d *draft, _ civil.Date) error {
		d.Person.Email, d.Person.Mobile, d.Person.Phone = f.Text("email", 254), f.Text("portable", 30), f.Text("telephone", 30)
		settled, wrong := registration.SettleContact(d.Person)
		d.Person = settled
		blame(f, wrong)
		return nil
	})
}

// photo shows the visitor their own, from their draft.
func (p Pages) photo(w http.ResponseWriter, r *http.Request) error {
	t := web.Town(r)
	var file blob.File
	err := t.DB.Read(r.Context(), func(tx *db.Tx) error {
		d, err := load(r, tx)
		if err == nil && d.PhotoID == "" {
			err = fault.NotFoundf("Vous n’avez pas choisi de photo.")
		}
		if err == nil {
			file, err = blob.Find(r.Context(), tx, d.PhotoID)
		}
		return err
	})
	if err != nil {
		return err
	}
	content, err := t.Files.Read(r.Context(), file)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", picture.JPEG)
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(content) // a visitor who has left is nobody's failure
	return nil
}

// suggestions is how many communes are proposed while typing.
const suggestions = 12

// communes answers the type-ahead of the birthplace: options for a list, in HTML. It is public data.
func (p Pages) communes(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, c := range place.Like(q.Text("departement", 3), q.Text("debut", 100), suggestions) {
		b.WriteString(`<option value="` + html.EscapeString(c.Name) + `"></option>`)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write([]byte(b.String())) // a visitor who has left is nobody's failure
	return nil
}

func countryOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Non précisé"}}
	for _, c := range place.Countries() {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	return out
}

func departmentOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Né à l’étranger, ou non précisé"}}
	for _, d := range place.Departments() {
		out = append(out, ui.Option{Value: d.Code, Label: d.Code + " – " + d.Name})
	}
	return out
}

func (v view) communeOptions() []ui.Option {
	var out []ui.Option
	for _, c := range v.communes {
		out = append(out, ui.Option{Value: c.code, Label: c.label})
	}
	return out
}
