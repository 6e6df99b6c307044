// Package upload looks at a file that somebody sent: what it really is, whatever its name says, and whether it may be kept. A picture is
// made again from its pixels; a PDF is kept as it is when nothing in it can act. Everything else is refused, with a reason that tells
// the sender what to do.
package upload

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"preau/internal/picture"
)

// MaxBytes is the largest file taken.
const MaxBytes = 10 << 20

// Accept is what a file field says it takes. Telephones that photograph in HEIC send JPEG to a field that asks for it.
const Accept = "image/jpeg,image/png,application/pdf"

// PDF is the media type of what is kept as it came; pictures have those of package picture.
const PDF = "application/pdf"

// Reason says why a file is refused.
type Reason string

// The reasons.
const (
	Empty     Reason = "empty"
	TooLarge  Reason = "too_large"
	Heic      Reason = "heic"
	Kind      Reason = "kind"      // neither PDF, JPEG nor PNG
	Damaged   Reason = "damaged"   // begins well and does not end so
	Pixels    Reason = "pixels"    // a picture too large to be opened
	Encrypted Reason = "encrypted" // a PDF behind a password
	Active    Reason = "active"    // a PDF that does something, or carries other files
	Opaque    Reason = "opaque"    // a PDF whose parts cannot be looked into
)

// French says it to who sent the file.
func (r Reason) French() string {
	switch r {
	case Empty:
		return "Ce fichier est vide. Choisissez-en un autre."
	case TooLarge:
		return "Ce fichier dépasse 10 Mo. Réduisez-le, ou envoyez ses pages séparément."
	case Heic:
		return "Cette photo est au format HEIC, qui ne se lit pas partout. Envoyez-la en JPEG : sur iPhone, Réglages, Appareil photo, Formats, « Le plus compatible »."
	case Kind:
		return "Ce fichier n’est ni un PDF, ni une image JPEG ou PNG. Envoyez l’un de ces formats, ou une photo du document."
	case Damaged:
		return "Ce fichier est endommagé ou incomplet. Ouvrez-le pour le vérifier, puis envoyez-le à nouveau."
	case Pixels:
		return "Cette image a trop de pixels pour être ouverte. Réduisez-la, ou photographiez le document."
	case Encrypted:
		return "Ce PDF est protégé par un mot de passe. Enregistrez-en une copie sans protection, ou photographiez le document."
	case Active:
		return "Ce PDF contient des éléments actifs (programme, formulaire, fichier joint), qui ne sont pas acceptés. Imprimez-le en PDF, ou photographiez le document."
	}
	return "Ce PDF est fait d’une manière qui ne peut pas être vérifiée. Imprimez-le en PDF, ou photographiez le document."
}

// Refusal is a file that is not taken.
type Refusal struct{ Reason Reason }

// Error is the form for logs.
func (r *Refusal) Error() string { return "upload refused: " + string(r.Reason) }

func refuse(r Reason) error { return &Refusal{r} }

// ReasonOf gives the reason when err is a refusal of this package.
func ReasonOf(err error) (Reason, bool) {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Reason, true
	}
	return "", false
}

// File is what may be kept.
type File struct {
	Name  string // without folders, with the extension of what it is
	Type  string // PDF, picture.JPEG or picture.PNG
	Bytes []byte
}

// Pictures of documents are kept at 300 dots per inch of a sheet of paper at most. A PNG that stays heavier than a photo becomes one.
const (
	sheetPixels = 3508
	heavyPNG    = 3 << 20
)

// Check looks at what was sent under a name, and gives what may be kept of it.
func Check(name string, content []byte) (File, error) {
	switch {
	case len(content) == 0:
		return File{}, refuse(Empty)
	case len(content) > MaxBytes:
		return File{}, refuse(TooLarge)
	case bytes.HasPrefix(content, []byte("%PDF-")):
		if reason := checkPDF(content); reason != "" {
			return File{}, refuse(reason)
		}
		return File{Name: CleanName(name, PDF), Type: PDF, Bytes: content}, nil
	case picture.Type(content) == "":
		if heic(content) {
			return File{}, refuse(Heic)
		}
		return File{}, refuse(Kind)
	}
	p, err := clean(content)
	switch {
	case errors.Is(err, picture.ErrTooLarge):
		return File{}, refuse(Pixels)
	case err != nil:
		return File{}, refuse(Damaged)
	}
	return File{Name: CleanName(name, p.Type), Type: p.Type, Bytes: p.Bytes}, nil
}

func clean(content []byte) (picture.Picture, error) {
	o := picture.Options{MaxWidth: sheetPixels, MaxHeight: sheetPixels}
	p, err := picture.Clean(content, o)
	if err == nil && p.Type == picture.PNG && len(p.Bytes) > heavyPNG {
		o.JPEG = true
		return picture.Clean(content, o)
	}
	return p, err
}

// heic recognises the photos of recent telephones by their first box.
func heic(content []byte) bool {
	if len(content) < 12 || string(content[4:8]) != "ftyp" {
		return false
	}
	switch string(content[8:12]) {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif":
		return true
	}
	return false
}

// Extension is that of a media type that is kept.
func Extension(kind string) string {
	switch kind {
	case PDF:
		return ".pdf"
	case picture.JPEG:
		return ".jpg"
	case picture.PNG:
		return ".png"
	}
	return ""
}

// ShownName is a sent file's name as its sender is told of it: cleaned, with the extension it came with.
func ShownName(name string) string {
	shown := CleanName(name, "")
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 6 && !strings.ContainsFunc(name[dot+1:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		shown += name[dot:]
	}
	return shown
}

const maxName = 80 // runes, without the extension

// CleanName makes of a sent file's name one that can be shown and given to a download: no folder, no control or invisible character, no
// character that a system forbids, and the extension of what the file is.
func CleanName(name, kind string) string {
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "")
	}
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune(`<>:"|?*%;`, r), !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". -")
	if runes := []rune(name); len(runes) > maxName {
		name = strings.TrimSpace(string(runes[:maxName]))
	}
	if name == "" {
		name = "document"
	}
	return name + Extension(kind)
}
