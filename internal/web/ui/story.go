package ui

// Story is a piece of news, in a list or by itself.
type Story struct {
	Href, Title, Summary string
	Day, At              string // "27 novembre 2026", "2026-11-27"
	Theme                string
	Picture, Alt         string // address of the picture, and what it says
	Pinned               bool
	Mark                 string // why it is shown to this reader and not to all; empty: it is for everyone
	HTML                 string // the text, safe; empty in a list
}
