package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"preau/internal/sheet"
)

func TestWriteForExcel(t *testing.T) {
	var b bytes.Buffer
	err := sheet.Write(&b, [][]string{
		{"Nom", "Repas", "Montant"},
		{"Éloïse; dite \"Lou\"", "12", "-12,50"},
		{"=HYPERLINK(\"http://x\")", "+1+1", "@SUM(A1)"},
		{"\t=1", "-2+3", "+ 3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffNom;Repas;Montant\r\n" +
		"\"Éloïse; dite \"\"Lou\"\"\";12;-12,50\r\n" +
		"\"'=HYPERLINK(\"\"http://x\"\")\";'+1+1;'@SUM(A1)\r\n" +
		"'\t=1;'-2+3;'+ 3\r\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"utf-8, semicolons":        {"nom;ville\nZoé;Chatou\n", "[nom ville] 2[Zoé Chatou]"},
		"mark, CRLF, commas":       {"\ufeffnom,ville\r\n\"Dupont; fils\",Chatou\r\n", "[nom ville] 2[Dupont; fils Chatou]"},
		"Windows-1252":             {"pr\xe9nom;ville\nZo\xeb;\x8cuvre\n", "[prénom ville] 2[Zoë Œuvre]"},
		"empty lines and ends":     {"\n\nnom;ville;;\n;;\n\n a ; b ;;\n", "[nom ville] 6[a b]"},
		"a line in a cell":         {"nom;note\nA;\"un\ndeux\"\nB;x", "[nom note] 2[A un\ndeux] 4[B x]"},
		"what Write made comes":    {"nom;x\n'=A1;'été\n", "[nom x] 2[=A1 'été]"},
		"one column":               {"nom\nA\n", "[nom] 2[A]"},
		"semicolon inside quotes":  {"\"a;b;c\",d\n1,2\n", "[a;b;c d] 2[1 2]"},
		"header alone, no newline": {"nom;ville", "[nom ville]"},
	} {
		table, err := sheet.Read(strings.NewReader(tt.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := fmt.Sprint(table.Header)
		for _, r := range table.Rows {
			got += fmt.Sprintf(" %d%v", r.Line, r.Cells)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestReadListsEveryBadLine(t *testing.T) {
	table, err := sheet.Read(strings.NewReader("a;b\n1;2\n1\n3;4;5\n\"x\" y;2\n5;6\n"))
	var lines []int
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var le *sheet.LineError
		if !errors.As(e, &le) {
			t.Fatalf("%v is not about a line", e)
		}
		lines = append(lines, le.Line)
	}
	slices.Sort(lines)
	if !slices.Equal(lines, []int{3, 4, 5}) || len(table.Rows) != 2 {
		t.Errorf("bad lines %v, %d good ones", lines, len(table.Rows))
	}
	for _, in := range []string{"", "\n\n", "PK\x03\x04\x00\x00"} {
		if _, err := sheet.Read(strings.NewReader(in)); err == nil {
			t.Errorf("%q passed", in)
		}
	}
}

// Whatever is read does not crash, and what was read can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add("nom;ville\nZoé;Chatou\n")
	f.Add("\ufeffa,b\r\n\"1\",'=2\r\n")
	f.Add("a;b\n\"x\" y;2\n")
	f.Fuzz(func(t *testing.T, in string) {
		table, err := sheet.Read(strings.NewReader(in))
		if err != nil {
			return
		}
		rows := [][]string{table.Header}
		for _, r := range table.Rows {
			if len(r.Cells) != len(table.Header) {
				t.Fatalf("line %d has %d cells of %d", r.Line, len(r.Cells), len(table.Header))
			}
			rows = append(rows, r.Cells)
		}
		var b bytes.Buffer
		if err := sheet.Write(&b, rows); err != nil {
			t.Fatal(err)
		}
		again, err := sheet.Read(&b)
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if len(again.Rows) != len(table.Rows) {
			t.Fatalf("%d rows, then %d", len(table.Rows), len(again.Rows))
		}
		for i, r := range again.Rows {
			if !slices.Equal(r.Cells, table.Rows[i].Cells) {
				t.Fatalf("row %d: %q, then %q", i, table.Rows[i].Cells, r.Cells)
			}
		}
	})
}
