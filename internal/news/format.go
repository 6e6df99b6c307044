package news

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
)

// Format is a kind of file that may be downloaded.
type Format string

const (
	PDF  Format = "pdf"
	ODT  Format = "odt"
	DOCX Format = "docx"
	PNG  Format = "png"
	JPEG Format = "jpg"
)

// maxPart is how much is read of a part of an office document to know what it is.
const maxPart = 64 << 10

// FormatOf recognises a file by its content, whatever its name says; false for any other format. A text document that carries macros is
// none of them.
func FormatOf(content []byte) (Format, bool) {
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return PDF, true
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, true
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return JPEG, true
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return officeFormat(content)
	}
	return "", false
}

func officeFormat(content []byte) (Format, bool) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil || len(archive.File) == 0 {
		return "", false
	}
	part := func(name string) string {
		for _, f := range archive.File {
			if f.Name == name {
				return readPart(f)
			}
		}
		return ""
	}
	for _, f := range archive.File {
		if strings.HasPrefix(f.Name, "Basic/") || strings.HasSuffix(strings.ToLower(f.Name), "vbaproject.bin") {
			return "", false
		}
	}
	if part("mimetype") == "application/vnd.oasis.opendocument.text" {
		return ODT, true
	}
	types := part("[Content_Types].xml")
	if strings.Contains(types, "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml") {
		return DOCX, true
	}
	return "", false
}

func readPart(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer func() { _ = r.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(r, maxPart))
	if err != nil {
		return ""
	}
	return string(text)
}

// ContentType is what an answer says of a file of this format.
func (f Format) ContentType() string {
	switch f {
	case PDF:
		return "application/pdf"
	case ODT:
		return "application/vnd.oasis.opendocument.text"
	case DOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case PNG:
		return "image/png"
	case JPEG:
		return "image/jpeg"
	}
	return "application/octet-stream"
}

// French names the format beside a link.
func (f Format) French() string {
	if f == JPEG {
		return "JPEG"
	}
	return strings.ToUpper(string(f))
}
