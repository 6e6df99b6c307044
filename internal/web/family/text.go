package family

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"preau/internal/civil"
	"preau/internal/words"
)

func itoa(n int) string { return strconv.Itoa(n) }

func upper(s string) string { return words.UpperFirst(s) }

// dayNumber is "7", and "1er" for the first of a month.
func dayNumber(d civil.Date) string {
	n, _, _ := strings.Cut(d.DayMonth(), " ")
	return n
}

// shortMonth is "déc.".
func shortMonth(d civil.Date) string {
	parts := strings.Split(d.ShortNoYear(), " ")
	return parts[len(parts)-1]
}

// of writes "d’Antoine" or "de Léo".
func of(name string) string {
	for _, r := range name {
		if strings.ContainsRune("aeiouyhàâäéèêëîïôöùûü", unicode.ToLower(r)) {
			return "d’" + name
		}
		break
	}
	return "de " + name
}

// solid keeps a date or an hour on one line.
func solid(s string) string { return words.Solid(s) }

// shortInstant is "lun. 30 nov. 23 h 59", on one line.
func shortInstant(at civil.Instant, loc *time.Location) string {
	return solid(civil.ShortInstant(at, loc))
}
