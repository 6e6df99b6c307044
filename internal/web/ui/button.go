package ui

import "github.com/a-h/templ"

// Button is something to press: a link when it has an address, a button otherwise. Its label is a verb that says what will happen
// ("Réserver 12 repas").
type Button struct {
	Label       string
	Href        string // an address makes it a link
	Kind        string // "", "main" (one per page), "danger", "bare" (looks like a link), "straw" (on the dark bar)
	Size        string // "", "l", "s"
	Icon        string // before the label
	After       string // icon after the label
	IconOnly    bool   // the label is only read by screen readers
	Name, Value string // sent with the form, for a form of several buttons
	Form        string // id of the form, for a button that stands outside it
	Action      string // address the form is sent to instead of its own
	Type        string // "submit" unless set ("button" for scripts)
	Disabled    bool
	Attrs       templ.Attributes // the rest: data-… for the script, aria-…
}

func (b Button) class() string {
	class := "btn"
	if b.Kind != "" {
		class += " btn--" + b.Kind
	}
	if b.Size != "" {
		class += " btn--" + b.Size
	}
	if b.IconOnly {
		class += " btn--icon"
	}
	return class
}

func (b Button) kind() string {
	if b.Type == "" {
		return "submit"
	}
	return b.Type
}
