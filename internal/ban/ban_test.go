package ban_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"preau/internal/ban"
)

const head = "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y\n"

const sample = head +
	"78146_0260_00012;78146_0260;12;;Rue des Landes;78400;78146;Chatou;1;2\n" +
	"78146_0260_00012;78146_0260;12;;Rue des Landes;78400;78146;Chatou;3;4\n" +
	"78146_0260_00014_bis;78146_0260;14;bis;Rue des Landes;78400;78146;Chatou;1;2\n" +
	"78146_0100_00004;;4;;Quai du Canotier;78400;78146;Chatou;1;2\n" +
	"78190_0100_00004;;0;;Le \"Vieux\" Moulin;78290;78190;Croissy-sur-Seine;1;2\n"

func TestParse(t *testing.T) {
	list, err := ban.Parse(strings.NewReader("\xef\xbb\xbf"+sample), "78146")
	if err != nil || len(list) != 3 {
		t.Fatalf("%d addresses, %v", len(list), err)
	}
	want := ban.Address{ID: "78146_0260_00014_bis", Number: 14, Suffix: "bis", Street: "Rue des Landes", PostalCode: "78400", City: "Chatou", Commune: "78146"}
	if list[1] != want || list[1].Line() != "14 bis Rue des Landes" {
		t.Errorf("%+v", list[1])
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte(sample)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := ban.Parse(&z, "")
	if err != nil || len(all) != 4 || all[3].Line() != `Le "Vieux" Moulin` {
		t.Errorf("gzipped: %+v, %v", all, err)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name, file string
		line       int
	}{
		{"empty", "", 0},
		{"another file", "nom;prenom\nMartin;Claire\n", 1},
		{"no address", head, 0},
		{"another commune only", head + "x;;4;;Rue A;69001;69381;Lyon;1;2\n", 0},
		{"a number that is none", sample + "x;;douze;;Rue A;78400;78146;Chatou;1;2\n", 7},
		{"a postal code of letters", head + "x;;1;;Rue A;ABCDE;78146;Chatou;1;2\n", 2},
		{"columns missing", head + "x;;1\n", 2},
		{"no street", head + "x;;1;;;78400;78146;Chatou;1;2\n", 2},
		{"bytes that are no text", head + "x;;1;;Rue \xff;78400;78146;Chatou;1;2\n", 2},
		{"a broken gzip", "\x1f\x8bnothing", 0},
	} {
		_, err := ban.Parse(strings.NewReader(c.file), "78146")
		var bad *ban.Error
		if !errors.As(err, &bad) || bad.Line != c.line || bad.Reason == "" {
			t.Errorf("%s: %v, want a refusal of line %d", c.name, err, c.line)
		}
	}
}

// Whatever the bytes: an answer, and never an address that could not be written back.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Add([]byte(head + "\"a;b\n;;;\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		list, err := ban.Parse(bytes.NewReader(file), "")
		var bad *ban.Error
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("an error of another kind: %v", err)
		}
		for _, a := range list {
			if a.ID == "" || a.Street == "" || len(a.PostalCode) != 5 || strings.ContainsAny(a.Line(), "\r\n\x00") {
				t.Fatalf("%+v", a)
			}
		}
	})
}
