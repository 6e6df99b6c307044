// Package webtest has the two visitors of the tests.
//
// Visitor clicks through pages as HTML: it keeps cookies, follows links and redirects, fills the forms that are on the page and sends
// them as a browser would. It is fast, and it fails where a page offers no way: a link or a button that is not there cannot be pressed.
// Browser is Chromium, for what only a browser shows: the two widths, with and without script, the keyboard, and axe-core's rules of
// accessibility (axe/, MPL-2.0, used by tests only).
package webtest
