package ui

import (
	"maps"
	"regexp"
	"slices"

	"github.com/a-h/templ"
)

var symbol = regexp.MustCompile(`<symbol id="([^"]+)"`)

// icons holds the markup of each icon of the sprite, written once: pages only copy it.
var icons, iconTags = func() (map[string]templ.Component, map[string]string) {
	made, tags := map[string]templ.Component{}, map[string]string{}
	for _, m := range symbol.FindAllStringSubmatch(string(read("icon/icons.svg")), -1) {
		tag := IconTag(m[1], "i")
		tags[m[1]], made[m[1]] = tag, templ.Raw(tag)
	}
	return made, tags
}()

// Icon is a small drawing beside a word, hidden from screen readers: the word says it. Names are Lucide's, those of icon/icons.svg;
// a name that is not in the sprite draws nothing, and a test finds it.
func Icon(name string) templ.Component {
	if c, ok := icons[name]; ok {
		return c
	}
	return templ.NopComponent
}

// IconHTML is the same markup as a string, for pages written with many icons.
func IconHTML(name string) string { return iconTags[name] }

// IconTag writes the markup of an icon with the given class attribute ("i i--l").
func IconTag(name, class string) string {
	return `<svg class="` + class + `" aria-hidden="true"><use href="` + iconHref + `#` + templ.EscapeString(name) + `"></use></svg>`
}

// IconNames lists the icons that exist, for the kit and for the test that looks for misspelt names.
func IconNames() []string { return slices.Sorted(maps.Keys(iconTags)) }
