// Package pdftest reads PDF files as other programs do: qpdf says whether one is sound, pdftotext what stands in it.
package pdftest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Text checks that a file is sound and gives the text of each of its pages, in reading order.
func Text(t *testing.T, file []byte) []string {
	t.Helper()
	run(t, file, "qpdf", "--check")
	pages := strings.Split(string(run(t, file, "pdftotext")), "\f")
	return pages[:len(pages)-1] // each page ends with its feed
}

// Structure gives the tree of tags with its text, as a screen reader goes through it.
func Structure(t *testing.T, file []byte) string {
	t.Helper()
	return string(run(t, file, "pdfinfo", "-struct-text"))
}

// Info gives what the file says of itself: title, tagged or not, pages.
func Info(t *testing.T, file []byte) string {
	t.Helper()
	return string(run(t, file, "pdfinfo"))
}

func run(t *testing.T, file []byte, name string, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, path)
	if name == "pdftotext" {
		args = append(args, "-")
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Run(); err != nil || strings.Contains(trouble.String(), "Syntax Error") {
		t.Fatalf("%s: %v\n%s%s", name, err, out.String(), trouble.String())
	}
	return out.Bytes()
}
