package ui

import "strconv"

// FileSize writes how heavy a file is, as it is read beside a link: "84 ko", "1,2 Mo". It is rounded up: nothing weighs less than it says.
func FileSize(bytes int64) string {
	const kilo, mega = 1000, 1000 * 1000
	switch {
	case bytes < kilo:
		return Number(int(bytes)) + "\u00a0octets"
	case bytes < mega-kilo:
		return strconv.FormatInt((bytes+kilo-1)/kilo, 10) + "\u00a0ko"
	}
	tenths := (bytes + mega/10 - 1) / (mega / 10)
	if tenths%10 == 0 {
		return Number(int(tenths/10)) + "\u00a0Mo"
	}
	return Number(int(tenths/10)) + "," + strconv.FormatInt(tenths%10, 10) + "\u00a0Mo"
}
