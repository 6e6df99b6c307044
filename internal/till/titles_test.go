package till_test

import (
	"errors"
	"strings"
	"testing"

	"preau/internal/money"
	"preau/internal/till"
)

func TestTitlesAsTyped(t *testing.T) {
	common := till.Title{Issuer: "Edenred", Vintage: 2026, Cents: 15_00}
	cases := map[string]struct {
		text    string
		numbers string
		sum     money.Cents
		err     error
	}{
		"one a line":                     {"1234567890\n1234567891\n", "1234567890 1234567891", 30_00, nil},
		"a face value of its own":        {"1234567890 20,00\r\n1234567891;12.50 €", "1234567890 1234567891", 32_50, nil},
		"a run of numbers":               {"0998 à 1001", "0998 0999 1000 1001", 60_00, nil},
		"a run with its value":           {"9998 - 9999 10", "9998 9999", 20_00, nil},
		"long numbers":                   {"123456789012345678901234567898 à 123456789012345678901234567900", "123456789012345678901234567898 123456789012345678901234567899 123456789012345678901234567900", 45_00, nil},
		"empty lines":                    {"\n  \n1234", "1234", 15_00, nil},
		"nothing":                        {"", "", 0, nil},
		"letters":                        {"12A4", "", 0, till.ErrTitleNumber},
		"too short to be a number":       {"123", "", 0, till.ErrTitleNumber},
		"a value that is none":           {"1234 douze", "", 0, till.ErrTitleValue},
		"a value of nothing":             {"1234 0", "", 0, till.ErrTitleValue},
		"a value no title has":           {"1234 1000,01", "", 0, till.ErrTitleValue},
		"a run that goes down":           {"1235 à 1234", "", 0, till.ErrTitleRange},
		"a run of other lengths":         {"999 à 1001", "", 0, till.ErrTitleNumber},
		"a run of more than can be held": {"100000 à 999999", "", 0, till.ErrTitleRange},
		"twice":                          {"1234\n1233 à 1235", "", 0, till.ErrTitleTwice},
		"too many":                       {"1000 à 1199\n1200", "", 0, till.ErrTitleMany},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := till.ParseTitles(c.text, common)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			var numbers []string
			for _, title := range got {
				numbers = append(numbers, title.Number)
				if title.Issuer != "Edenred" || title.Vintage != 2026 {
					t.Errorf("%+v", title)
				}
			}
			if n := strings.Join(numbers, " "); n != c.numbers || till.TitlesSum(got) != c.sum {
				t.Errorf("%s, %s", n, till.TitlesSum(got))
			}
		})
	}
	var line *till.TitleError
	if _, err := till.ParseTitles("1234\n\n"+strings.Repeat("x", 300), common); !errors.As(err, &line) || line.Line != 3 || len(line.Text) > 70 {
		t.Errorf("the line at fault: %v", err)
	}
}

// Whatever is scanned, each title has a number of figures of its own and a value, or the first line at fault is named.
func FuzzParseTitles(f *testing.F) {
	for _, seed := range []string{"1234567890", "1234 à 1240 15,00", "0998 - 1001", "1234;12,50", "\r\n", "12\x00", "9999999999999999999999999999 à 9999999999999999999999999998", "1234 -5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := till.ParseTitles(text, till.Title{Issuer: "x", Vintage: 2026, Cents: 1})
		var line *till.TitleError
		if err != nil && (!errors.As(err, &line) || line.Line < 1 || got != nil) {
			t.Fatalf("%v, %v", got, err)
		}
		seen := map[string]bool{}
		for _, title := range got {
			if seen[title.Number] || title.Cents <= 0 || len(title.Number) < 4 || strings.Trim(title.Number, "0123456789") != "" {
				t.Fatalf("%+v", title)
			}
			seen[title.Number] = true
		}
		if len(got) > 200 {
			t.Fatalf("%d titles", len(got))
		}
	})
}
