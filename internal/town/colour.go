package town

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// MinContrast is the contrast that a text of any size needs on its ground (WCAG 2.2, criterion 1.4.3; RGAA 3.2).
const MinContrast = 4.5

var hexColour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Readable gives the colour nearest to c, "#rrggbb" in lower case, that can be read on white and under white: c itself when its
// contrast is enough, else the same hue darkened until it is. ok is false when c is no such colour.
//
// Pages derive their shades from the hue and keep the contrast by themselves, light or dark; e-mails and letters have no style sheet
// and take the colour as it is.
func Readable(c string) (readable string, ok bool) {
	if !hexColour.MatchString(c) {
		return "", false
	}
	if Contrast(c, "#ffffff") >= MinContrast {
		return c, true
	}
	l, a, b := toOKLab(c)
	for l > 0 {
		l -= 0.005
		if d := fromOKLab(l, a, b); Contrast(d, "#ffffff") >= MinContrast {
			return d, true
		}
	}
	return "#000000", true
}

// Contrast is the ratio of two colours' luminances, from 1 (the same) to 21 (black and white), as WCAG computes it.
func Contrast(c, d string) float64 {
	high, low := luminance(c), luminance(d)
	if low > high {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

func luminance(c string) float64 {
	r, g, b := linear(c)
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// linear gives the three lights of a colour, from 0 to 1.
func linear(c string) (r, g, b float64) {
	n, err := strconv.ParseUint(c[1:], 16, 32)
	if err != nil {
		return 0, 0, 0 // the callers have matched the form
	}
	light := func(v uint64) float64 {
		x := float64(v&0xff) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return light(n >> 16), light(n >> 8), light(n)
}

// toOKLab and fromOKLab are Björn Ottosson's space, where lightness changes and hue stays: the one that CSS calls oklch.
func toOKLab(c string) (lightness, a, b float64) {
	r, g, bl := linear(c)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*bl)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*bl)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*bl)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s
}

func fromOKLab(lightness, a, b float64) string {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	code := func(x float64) int {
		x = min(max(x, 0), 1)
		if x <= 0.0031308 {
			x *= 12.92
		} else {
			x = 1.055*math.Pow(x, 1/2.4) - 0.055
		}
		return int(math.Round(x * 255))
	}
	return fmt.Sprintf("#%02x%02x%02x", code(4.0767416621*l-3.3077115913*m+0.2309699292*s),
		code(-1.2684380046*l+2.6097574011*m-0.3413193965*s), code(-0.0041960863*l-0.7034186147*m+1.7076147010*s))
}
