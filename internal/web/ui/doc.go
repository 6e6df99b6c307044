// Package ui is what Préau looks like: the layouts, the components, the style sheets, the icons, the font and the little script.
//
// A page is a templ component that wraps its content in one of three layouts (Public, Family, Office) and is made of the components
// of this package, each drawn once. All of them, in all their states, stand on the page /style of a demonstration town.
//
// Nothing here knows a domain: components take words, addresses and numbers. What they say in French is given by the pages, except
// the words that belong to the frame itself ("Aller au contenu", "Fil d’Ariane"). Class names are the other half of the interface:
// pages may use those of the style sheets in css/ directly where a component would only repeat the markup.
package ui
