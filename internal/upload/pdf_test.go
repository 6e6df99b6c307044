package upload_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
	"time"

	"preau/internal/upload"
)

// flate compresses as a PDF does.
func flate(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

// pdfOf makes a PDF of the text of its objects.
func pdfOf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n")
	return b.Bytes()
}

const (
	catalogue = "<< /Type /Catalog /Pages 2 0 R >>"
	pages     = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
	page      = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
)

// inObjects hides an object in a compressed stream of objects.
func inObjects(object, dictionary string) string {
	data := flate("7 0 " + object)
	return fmt.Sprintf("<< /Type /ObjStm /N 1 /First 4 %s /Length %d >>\nstream\n%s\nendstream", dictionary, len(data), data)
}

// inOne is a stream of objects with what it holds as it is.
func inOne(dictionary, data string) string {
	return fmt.Sprintf("<< /Type /ObjStm /N 1 /First 4 %s /Length %d >>\nstream\n%s\nendstream", dictionary, len(data), data)
}

func TestPDF(t *testing.T) {
	const run = "<< /S /JavaScript /JS (app.alert(1)) >>"
	bomb := flate("7 0 " + strings.Repeat(" ", 9<<20))
	for name, tt := range map[string]struct {
		content []byte
		want    upload.Reason
	}{
		"plain":                          {pdfOf(catalogue, pages, page), ""},
		"opens on its first page":        {pdfOf("<< /Type /Catalog /Pages 2 0 R /OpenAction [3 0 R /XYZ null null 0] >>", pages, page), ""},
		"opens through an action":        {pdfOf("<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>", pages, page, "<< /S /GoTo /D [3 0 R /Fit] >>"), ""},
		"objects in a stream":            {pdfOf(catalogue, pages, page, inObjects("<< /Author (Claire) >>", "/Filter /FlateDecode")), ""},
		"opens through a hidden action":  {pdfOf("<< /OpenAction 7 0 R >>", pages, page, inObjects("<< /S /GoTo /D [3 0 R /Fit] >>", "/Filter /FlateDecode")), ""},
		"links to a site":                {pdfOf(catalogue, pages, page, "<< /S /URI /URI (https://chatou.example) >>"), ""},
		"program":                        {pdfOf(catalogue, pages, page, run), upload.Active},
		"program, written otherwise":     {pdfOf(catalogue, pages, page, "<< /S /J#61va#53cript /JS (x) >>"), upload.Active},
		"program in a stream of objects": {pdfOf(catalogue, pages, page, inObjects(run, "/Filter /FlateDecode")), upload.Active},
		"in one that hides its place":    {pdfOf(catalogue, pages, page, inObjects(run, "/Filter /FlateDecode /X (obj) /Y <00>")), upload.Active},
		"in one whose name is hidden":    {pdfOf(catalogue, pages, page, strings.Replace(inObjects(run, "/Filter /FlateDecode"), "/Type /ObjStm", "", 1)), upload.Active},
		"in one compressed twice":        {pdfOf(catalogue, pages, page, inObjects(run, "/Filter [/ASCIIHexDecode /FlateDecode]")), upload.Opaque},
		"in one deflated twice":          {pdfOf(catalogue, pages, page, inOne("/Filter [/FlateDecode /FlateDecode]", flate(flate("7 0 "+run)))), upload.Opaque},
		"in one deflated twice, briefly": {pdfOf(catalogue, pages, page, inOne("/Filter [/Fl /Fl]", flate(flate("7 0 "+run)))), upload.Opaque},
		"in one that ends on a string":   {pdfOf(catalogue, pages, page, strings.Replace(inObjects(run, "/Filter /FlateDecode"), " >>\nstream", " /X<ab>>>\nstream", 1)), upload.Active},
		"in one of a long dictionary":    {pdfOf(catalogue, pages, page, inObjects(run, "/Pad ("+strings.Repeat("a", 70<<10)+") /Filter /FlateDecode")), upload.Active},
		"in one after zeros":             {bytes.Replace(pdfOf(catalogue, pages, page, inObjects(run, "/Filter /FlateDecode")), []byte("4 0 obj"), []byte("4\x000\x00obj"), 1), upload.Active},
		"in one after a comment":         {bytes.Replace(pdfOf(catalogue, pages, page, inObjects(run, "/Filter /FlateDecode")), []byte("4 0 obj"), []byte("4 %\n0 %\nobj"), 1), upload.Active},
		"in one without an end of line":  {pdfOf(catalogue, pages, page, strings.Replace(inObjects(run, "/Filter /FlateDecode"), "stream\n", "stream", 1)), upload.Opaque},
		"dictionaries without an end":    {pdfOf(catalogue, pages, page, strings.Repeat("obj<<", 40_000)), upload.Opaque},
		"in one with a predictor":        {pdfOf(catalogue, pages, page, inObjects(run, "/Filter /FlateDecode /DecodeParms << /Predictor 12 >>")), upload.Opaque},
		"in one whose filter is away":    {pdfOf(catalogue, pages, page, inObjects(run, "/Filter 9 0 R")), upload.Opaque},
		"bomb":                           {pdfOf(catalogue, pages, page, "<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\n"+bomb+"\nendstream"), upload.Opaque},
		"launches":                       {pdfOf(catalogue, pages, page, "<< /S /Launch /F (cmd.exe) >>"), upload.Active},
		"carries a file":                 {pdfOf(catalogue, pages, page, "<< /Names << /EmbeddedFiles 5 0 R >> >>"), upload.Active},
		"form of Adobe":                  {pdfOf(catalogue, pages, page, "<< /AcroForm << /XFA 5 0 R >> >>"), upload.Active},
		"film":                           {pdfOf(catalogue, pages, page, "<< /Subtype /RichMedia >>"), upload.Active},
		"sends a form":                   {pdfOf(catalogue, pages, page, "<< /S /SubmitForm /F (https://x) >>"), upload.Active},
		"opens a site":                   {pdfOf("<< /OpenAction << /S /URI /URI (https://x) >> >>", pages, page), upload.Active},
		"opens a site elsewhere":         {pdfOf("<< /OpenAction 4 0 R >>", pages, page, "<< /S /URI /URI (https://x) >>"), upload.Active},
		"opens who knows what":           {pdfOf("<< /OpenAction 44 0 R >>", pages, page), upload.Active},
		"password":                       {bytes.Replace(pdfOf(catalogue, pages, page), []byte("/Size"), []byte("/Encrypt 5 0 R /Size"), 1), upload.Encrypted},
		"cut":                            {pdfOf(catalogue, pages, page)[:120], upload.Damaged},
		"only its first line":            {[]byte("%PDF-1.7\n"), upload.Damaged},
		"a ZIP behind":                   {append(pdfOf(catalogue, pages, page), "PK\x03\x04…PK\x05\x06"...), upload.Opaque},
		"a page behind":                  {append(pdfOf(catalogue, pages, page), "<script>alert(1)</script>"...), upload.Opaque},
		"a page before":                  {append([]byte("<html><script>alert(1)</script>"), pdfOf(catalogue, pages, page)...), upload.Kind},
	} {
		f, err := upload.Check("doc.pdf", tt.content)
		got, _ := upload.ReasonOf(err)
		if got != tt.want || err == nil && (f.Type != upload.PDF || !bytes.Equal(f.Bytes, tt.content)) {
			t.Errorf("%s: %q, want %q (%v)", name, got, tt.want, err)
		}
	}
}

// A file made to be looked at for long is refused soon.
func TestPDFMadeToTakeLong(t *testing.T) {
	var many strings.Builder
	for n := range 20_000 {
		fmt.Fprintf(&many, "/OpenAction %d 0 R %d 0 obj[\n", 100+n, 100+n)
	}
	for name, objects := range map[string]string{
		"the same thing opened again":         strings.Repeat("/OpenAction 3 0 R\n", 50_000) + "3 0 obj[",
		"many things opened":                  many.String(),
		"things opened inside of one another": strings.Repeat("/OpenAction<</S/GoTo/X", 50_000) + strings.Repeat(">>", 50_000),
		"dictionaries inside of one another":  strings.Repeat("obj<</X", 50_000) + strings.Repeat(">>", 50_000),
	} {
		began := time.Now()
		_, _ = upload.Check("doc.pdf", pdfOf(catalogue, pages, page, objects))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}

func FuzzPDF(f *testing.F) {
	f.Add(pdfOf(catalogue, pages, page, inObjects("<< /A (b) >>", "/Filter /FlateDecode")))
	f.Add(pdfOf("<< /OpenAction 7 0 R >>", inObjects("<< /S /GoTo >>", "/Filter /FlateDecode")))
	f.Fuzz(func(t *testing.T, content []byte) {
		kept, err := upload.Check("x.pdf", content)
		if err == nil && kept.Type == upload.PDF && bytes.Contains(kept.Bytes, []byte("/JavaScript ")) {
			t.Error("a program passes")
		}
	})
}
