package ui

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Field is one question of a form. The label is tied to it, the hint and the error are read with it.
type Field struct {
	Name     string // as posted
	Label    string
	Hint     string // how to answer, before the field
	Error    string // what is wrong with the answer, and how to repair it
	Value    string // the answer, as it was typed; dates "2026-12-07", times "16:30"
	ID       string // "f-" + Name unless set
	Type     string // "text" unless set: email, password, tel, search, number, date, time
	Auto     string // autocomplete token: "username", "email", "current-password", …
	Mode     string // inputmode: "numeric", "decimal"
	Size     string // "", "short"
	Max      int    // greatest number of characters; 0 for none
	Rows     int    // of a text area; 4 unless set
	Accept   string // kinds of files taken, for File
	List     string // id of a <datalist> that proposes answers
	Multiple bool   // File takes several
	Camera   bool   // File opens a telephone's camera
	Required bool   // the answer may not be left empty
	Optional bool   // says "facultatif" beside the label
	Disabled bool
}

// Option is one answer of a list of choices.
type Option struct {
	Value, Label string
	Sub          string // a second line, for cards
	Disabled     bool
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return FieldID(f.Name)
}

// FieldID is the id of the field posted under name, the one that an error summary points to.
func FieldID(name string) string { return "f-" + name }

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) class() string {
	switch {
	case f.Type == "date" || f.Type == "time":
		return "in in--date"
	case f.Size != "":
		return "in in--" + f.Size
	}
	return "in"
}

// describedBy lists the hint and the error that belong to the field.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-h")
	}
	if f.Error != "" {
		ids = append(ids, f.id()+"-e")
	}
	return strings.Join(ids, " ")
}

func (f Field) rows() string {
	if f.Rows == 0 {
		return "4"
	}
	return strconv.Itoa(f.Rows)
}

// optionID is the id of the i-th choice; the first has the field's own, so that an error summary leads to it.
func (f Field) optionID(i int) string {
	if i == 0 {
		return f.id()
	}
	return f.id() + "-" + strconv.Itoa(i)
}

// Wrong is one answer to correct: the field's name, and what is said of it.
type Wrong struct{ Name, Message string }

// Wrongs lists the messages of a form in the order of its fields; those of fields that order does not name follow by name.
func Wrongs(messages map[string]string, order ...string) []Wrong {
	var list []Wrong
	for _, name := range order {
		if m := messages[name]; m != "" {
			list = append(list, Wrong{name, m})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		if !slices.Contains(order, name) {
			list = append(list, Wrong{name, messages[name]})
		}
	}
	return list
}

func wrongTitle(n int) string {
	if n == 1 {
		return "Une réponse est à corriger"
	}
	return Number(n) + " réponses sont à corriger"
}

// attrs is a few attributes in the order they are written; unlike a map, it costs no sorting.
type attrs = templ.OrderedAttributes

// aria ties the hint and the error to the field, and says that the answer is wrong.
func (f Field) aria() attrs {
	var a attrs
	if by := f.describedBy(); by != "" {
		a = append(a, templ.KeyValue[string, any]{Key: "aria-describedby", Value: by})
	}
	if f.Error != "" {
		a = append(a, templ.KeyValue[string, any]{Key: "aria-invalid", Value: "true"})
	}
	return a
}

// common are the attributes of every field that is typed in.
func (f Field) common() attrs {
	a := attrs{{Key: "id", Value: f.id()}, {Key: "name", Value: f.Name}}
	for _, kv := range [...]struct{ key, value string }{{"autocomplete", f.Auto}, {"inputmode", f.Mode}, {"list", f.List}} {
		if kv.value != "" {
			a = append(a, templ.KeyValue[string, any]{Key: kv.key, Value: kv.value})
		}
	}
	if f.Max > 0 {
		a = append(a, templ.KeyValue[string, any]{Key: "maxlength", Value: strconv.Itoa(f.Max)})
	}
	if f.Required {
		a = append(a, templ.KeyValue[string, any]{Key: "aria-required", Value: "true"})
	}
	if f.Disabled {
		a = append(a, templ.KeyValue[string, any]{Key: "disabled", Value: true})
	}
	return append(a, f.aria()...)
}

// camera asks a telephone for a photo instead of a file.
func (f Field) camera() attrs {
	if !f.Camera {
		return nil
	}
	return attrs{{Key: "capture", Value: "environment"}}
}

func (f Field) fileIcon() string {
	if f.Camera {
		return "camera"
	}
	return "upload"
}

func isIn(value string, list []string) bool { return slices.Contains(list, value) }

func yes(value string) string {
	if value == "" {
		return "oui"
	}
	return value
}
