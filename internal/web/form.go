package web

import (
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"preau/internal/fault"
	"preau/internal/web/ui"
)

// What a form may hold at most. A calendar of a whole year with three options a day stays far below.
const (
	maxKeys     = 400
	maxValues   = 6000
	maxKeyBytes = 80
	maxEncoded  = 1 << 20 // bytes of an url-encoded body
)

// Form reads what was posted, strictly, and collects what is wrong with it. Each method reads one field and gives the zero value when
// the field is empty or wrong; Err says at the end whether anything was. The values stay as they were typed, to fill the page again.
type Form struct {
	values url.Values
	files  map[string][]*multipart.FileHeader
	wrong  map[string]string
}

var errUnreadable = fault.Invalidf("", "Ce formulaire n’a pas pu être lu. Rouvrez la page et recommencez.")

// ReadForm reads a posted form, url-encoded or multipart. What is in the address is left out: it is Query's.
func ReadForm(w http.ResponseWriter, r *http.Request) (*Form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, errUnreadable
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		r.Body = http.MaxBytesReader(w, r.Body, maxEncoded)
		err = r.ParseForm()
	case "multipart/form-data":
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody) // also where more is taken: see ReadUpload
		err = r.ParseMultipartForm(MaxBody)
	default:
		return nil, errUnreadable
	}
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, errUnreadable
	}
	f := &Form{values: r.PostForm}
	if r.MultipartForm != nil {
		f.values, f.files = r.MultipartForm.Value, r.MultipartForm.File
	}
	return f, f.check()
}

// Query reads the address's query with the same methods.
func Query(r *http.Request) (*Form, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errUnreadable
	}
	f := &Form{values: values}
	return f, f.check()
}

// check refuses what no page of ours sends: too much, or bytes that are not text.
func (f *Form) check() error {
	if len(f.values) > maxKeys {
		return errUnreadable
	}
	n := 0
	for key, values := range f.values {
		if n += len(values); n > maxValues || len(key) > maxKeyBytes || !readable(key) {
			return errUnreadable
		}
		for _, v := range values {
			if !readable(v) {
				return errUnreadable
			}
		}
	}
	return nil
}

// readable says whether s is text: valid UTF-8, without control characters but tabs and ends of line.
func readable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' })
}

// Raw is the field as it was typed; the first value when it was sent several times.
func (f *Form) Raw(name string) string {
	if values := f.values[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// All gives every value sent under name, in order.
func (f *Form) All(name string) []string { return f.values[name] }

// Has says whether the field was sent at all: a button that was pressed, a box that was ticked.
func (f *Form) Has(name string) bool { return len(f.values[name]) > 0 }

// Values gives all that was sent, to carry it along; the caller does not change it.
func (f *Form) Values() map[string][]string { return f.values }

// Fail says, in French, what is wrong with a field. The first word on a field is kept.
func (f *Form) Fail(name, message string) {
	if f.wrong == nil {
		f.wrong = map[string]string{}
	}
	if _, said := f.wrong[name]; !said {
		f.wrong[name] = message
	}
}

// Err is nil, or all that is wrong with the form (fault.Invalid).
func (f *Form) Err() error { return fault.InvalidFields(f.wrong) }

// Blame takes what a domain refused field by field, to show it with the form; it says whether err was such a refusal.
func (f *Form) Blame(err error) bool {
	refusal, ok := fault.As(err)
	if !ok || refusal.Kind != fault.Invalid || len(refusal.Fields) == 0 {
		return false
	}
	for name, message := range refusal.Fields {
		f.Fail(name, message)
	}
	return true
}

// Wrong gives what is wrong, field by field.
func (f *Form) Wrong() map[string]string { return maps.Clone(f.wrong) }

// Wrongs gives what is wrong for the list at the top of the form, in the order of its fields; nothing of a nil form.
func (f *Form) Wrongs(order ...string) []ui.Wrong {
	if f == nil {
		return nil
	}
	return ui.Wrongs(f.wrong, order...)
}

// Ticked says whether a box is ticked: as it was sent or, of a nil form, as it is kept.
func (f *Form) Ticked(name string, kept bool) bool {
	if f == nil {
		return kept
	}
	return f.Yes(name)
}

// Picked says whether one of several boxes of the same name is ticked, or was in what was sent; none of a nil form is.
func (f *Form) Picked(name, value string) bool {
	return f != nil && slices.Contains(f.values[name], value)
}

// Field fills a field with what was typed and what is wrong with it, to show the form again. A nil form changes nothing: the page
// is shown for the first time.
func (f *Form) Field(field ui.Field) ui.Field {
	if f == nil {
		return field
	}
	if field.Type != "password" && f.Has(field.Name) {
		field.Value = f.Raw(field.Name)
	}
	field.Error = f.wrong[field.Name]
	return field
}

// one is the only value of a field, trimmed and composed (é as one letter, whatever the keyboard sent).
func (f *Form) one(name string) string {
	values := f.values[name]
	if len(values) > 1 {
		f.Fail(name, "Une seule réponse est attendue.")
		return ""
	}
	if len(values) == 0 {
		return ""
	}
	return norm.NFC.String(strings.TrimSpace(values[0]))
}

// File gives the file sent under name, and its name; nothing when none was chosen. max is in bytes.
func (f *Form) File(name string, max int64) (content []byte, filename string) {
	sent := f.files[name]
	if len(sent) == 0 || sent[0].Size == 0 {
		return nil, ""
	}
	if len(sent) > 1 || sent[0].Size > max {
		f.Fail(name, "Ce fichier est trop volumineux.")
		return nil, ""
	}
	file, err := sent[0].Open()
	if err != nil {
		f.Fail(name, "Ce fichier n’a pas pu être lu.")
		return nil, ""
	}
	defer func() { _ = file.Close() }() // it is in memory
	content, err = io.ReadAll(io.LimitReader(file, max))
	if err != nil {
		f.Fail(name, "Ce fichier n’a pas pu être lu.")
		return nil, ""
	}
	return content, sent[0].Filename
}
