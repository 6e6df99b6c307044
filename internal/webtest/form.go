package webtest

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// Form is a form of the page, with the answers it holds. It changes as a person would change it: a value that the page does not offer
// cannot be chosen, a box that is disabled cannot be ticked.
type Form struct {
	page   *Page
	node   *html.Node
	fields []field
	button *html.Node
	files  map[string][]file
}

// field is one name and value that will be sent, unless it is off.
type field struct {
	node        *html.Node
	name, value string
	on          bool
}

type file struct {
	name    string
	content []byte
}

// Form takes the form that holds the button whose words are label.
func (p *Page) Form(label string) *Form {
	p.t.Helper()
	for _, b := range p.All("button, input[type=submit]") {
		if (Text(b) == plain(label) || plain(Attr(b, "value")) == plain(label)) && Attr(b, "type") != "button" {
			if form := p.formOf(b); form != nil {
				return p.read(form, b)
			}
		}
	}
	p.t.Fatalf("%s: no button %q in a form; there are %q", p.URL.Path, label, p.Texts("button"))
	return nil
}

// FormAt takes the first form that a selector finds; it is sent with its first button.
func (p *Page) FormAt(selector string) *Form {
	p.t.Helper()
	found := p.All(selector)
	if len(found) == 0 {
		p.t.Fatalf("%s: no form %q", p.URL.Path, selector)
	}
	return p.read(found[0], cascadia.Query(found[0], submits))
}

// Submit sends the form that holds the button, its answers as they are on the page.
func (p *Page) Submit(label string) *Page {
	p.t.Helper()
	return p.Form(label).Send()
}

var submits = cascadia.MustCompile("button:not([type=button]):not([type=reset]), input[type=submit]")

// formOf finds the form of a control: the one it names, or the one around it.
func (p *Page) formOf(n *html.Node) *html.Node {
	if id := Attr(n, "form"); id != "" {
		for _, f := range p.All("form") {
			if Attr(f, "id") == id {
				return f
			}
		}
		return nil
	}
	for ; n != nil; n = n.Parent {
		if n.Data == "form" {
			return n
		}
	}
	return nil
}

// read gathers the controls of a form with the answers they hold.
func (p *Page) read(form, button *html.Node) *Form {
	p.t.Helper()
	f := &Form{page: p, node: form, button: button, files: map[string][]file{}}
	for _, n := range p.All("input[name], select[name], textarea[name]") {
		if p.formOf(n) != form || disabled(n) {
			continue
		}
		kind := Attr(n, "type")
		switch {
		case n.Data == "select":
			f.fields = append(f.fields, field{n, Attr(n, "name"), chosen(n), true})
		case n.Data == "textarea":
			f.fields = append(f.fields, field{n, Attr(n, "name"), strings.TrimPrefix(raw(n), "\n"), true})
		case kind == "submit" || kind == "button" || kind == "file" || kind == "image":
		case kind == "checkbox" || kind == "radio":
			value := Attr(n, "value")
			if !hasAttr(n, "value") {
				value = "on"
			}
			f.fields = append(f.fields, field{n, Attr(n, "name"), value, hasAttr(n, "checked")})
		default:
			f.fields = append(f.fields, field{n, Attr(n, "name"), Attr(n, "value"), true})
		}
	}
	return f
}

func disabled(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if (n.Data == "fieldset" || n.Data == "input" || n.Data == "select" || n.Data == "textarea") && hasAttr(n, "disabled") {
			return true
		}
	}
	return false
}

func raw(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(c.Data)
	}
	return b.String()
}

var anyOption = cascadia.MustCompile("option")

// chosen is the value of a select: the selected option, else the first.
func chosen(n *html.Node) string {
	options := cascadia.QueryAll(n, anyOption)
	for _, o := range options {
		if hasAttr(o, "selected") {
			return optionValue(o)
		}
	}
	if len(options) > 0 {
		return optionValue(options[0])
	}
	return ""
}

func optionValue(o *html.Node) string {
	if hasAttr(o, "value") {
		return Attr(o, "value")
	}
	return Text(o)
}

// Value is the answer that a field holds; for boxes, the first ticked.
func (f *Form) Value(name string) string {
	for _, v := range f.fields {
		if v.name == name && v.on {
			return v.value
		}
	}
	return ""
}

// Values are all the answers held under a name: the ticked boxes.
func (f *Form) Values(name string) []string {
	var values []string
	for _, v := range f.fields {
		if v.name == name && v.on {
			values = append(values, v.value)
		}
	}
	return values
}

// Fill types a text, or chooses an option of a list by its value.
func (f *Form) Fill(name, value string) *Form {
	f.page.t.Helper()
	for i, v := range f.fields {
		if v.name != name || Attr(v.node, "type") == "checkbox" || Attr(v.node, "type") == "radio" {
			continue
		}
		if v.node.Data == "select" && !slices.ContainsFunc(cascadia.QueryAll(v.node, anyOption), func(o *html.Node) bool { return optionValue(o) == value }) {
			f.page.t.Fatalf("%s: the list %q does not offer %q", f.page.URL.Path, name, value)
		}
		f.fields[i].value = value
		return f
	}
	f.page.t.Fatalf("%s: no field %q to fill", f.page.URL.Path, name)
	return f
}

// Tick ticks boxes, or a radio button.
func (f *Form) Tick(name string, values ...string) *Form {
	f.page.t.Helper()
	return f.set(name, true, values)
}

// Untick unticks boxes.
func (f *Form) Untick(name string, values ...string) *Form {
	f.page.t.Helper()
	return f.set(name, false, values)
}

func (f *Form) set(name string, on bool, values []string) *Form {
	f.page.t.Helper()
	for _, value := range values {
		found := false
		for i, v := range f.fields {
			kind := Attr(v.node, "type")
			if v.name != name || (kind != "checkbox" && kind != "radio") {
				continue
			}
			switch {
			case v.value == value:
				f.fields[i].on, found = on, true
			case kind == "radio" && on:
				f.fields[i].on = false
			}
		}
		if !found {
			f.page.t.Fatalf("%s: no box %q of value %q to change", f.page.URL.Path, name, value)
		}
	}
	return f
}

// Attach chooses a file.
func (f *Form) Attach(name, filename string, content []byte) *Form {
	f.page.t.Helper()
	f.files[name] = []file{{filename, content}}
	return f
}

// Also chooses one more file of a field that takes several.
func (f *Form) Also(name, filename string, content []byte) *Form {
	f.page.t.Helper()
	f.files[name] = append(f.files[name], file{filename, content})
	return f
}

// Send sends the form with its button, as a browser would.
func (f *Form) Send() *Page {
	f.page.t.Helper()
	action, method, kind := Attr(f.node, "action"), Attr(f.node, "method"), Attr(f.node, "enctype")
	values := f.encode()
	if f.button != nil {
		if a := Attr(f.button, "formaction"); a != "" {
			action = a
		}
		if m := Attr(f.button, "formmethod"); m != "" {
			method = m
		}
	}
	target := *f.page.URL
	if action != "" {
		t, err := f.page.URL.Parse(action)
		if err != nil {
			f.page.t.Fatal(err)
		}
		target = *t
	}
	target.Fragment = ""
	if !strings.EqualFold(method, http.MethodPost) {
		target.RawQuery = values.Encode()
		return f.page.visitor.Get(target.String())
	}
	if kind == "multipart/form-data" {
		body, boundary := f.multipart(values)
		return f.page.visitor.send(http.MethodPost, target.String(), boundary, body)
	}
	return f.page.visitor.Post(target.String(), values)
}

// encode lists what is sent: the fields that are on, and the button that was pressed.
func (f *Form) encode() url.Values {
	values := url.Values{}
	for _, v := range f.fields {
		if v.on {
			values.Add(v.name, v.value)
		}
	}
	if f.button != nil && Attr(f.button, "name") != "" {
		values.Add(Attr(f.button, "name"), Attr(f.button, "value"))
	}
	return values
}

func (f *Form) multipart(values url.Values) (*bytes.Buffer, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, list := range values {
		for _, v := range list {
			if err := w.WriteField(name, v); err != nil {
				f.page.t.Fatal(err)
			}
		}
	}
	for name, files := range f.files {
		for _, file := range files {
			part, err := w.CreateFormFile(name, file.name)
			if err == nil {
				_, err = part.Write(file.content)
			}
			if err != nil {
				f.page.t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		f.page.t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}
