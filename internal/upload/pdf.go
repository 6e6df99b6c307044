package upload

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"regexp"
	"strconv"
)

// What is decompressed of one PDF to look into it, at most: what holds objects is small beside what holds pictures.
const (
	maxObjects = 2_000    // streams of objects
	maxOneFlat = 8 << 20  // bytes of one
	maxAllFlat = 40 << 20 // bytes of all
	maxTail    = 1 << 10  // bytes after the end
	maxNames   = 40       // letters of a name that could be one of ours
	maxOpened  = 20       // objects that could be what opening does: one for each time the file was saved
	maxAction  = 64 << 10 // bytes of what opening does
	maxRead    = 64 << 20 // bytes of dictionaries, which may be read again inside of one another
)

// active are the names without which a PDF cannot run a program, open another, send a form, or carry files and films. They are looked for
// everywhere, also where no object should be: a reader that mends damaged files may find one there.
var active = map[string]bool{
	"JavaScript": true, "Launch": true, "EmbeddedFile": true, "EmbeddedFiles": true, "Filespec": true, "FileAttachment": true,
	"RichMedia": true, "RichMediaExecute": true, "Rendition": true, "Movie": true, "Sound": true, "3DD": true,
	"XFA": true, "SubmitForm": true, "ImportData": true, "GoToE": true, "GoToR": true, "SetOCGState": true, "Collection": true,
}

// checkPDF gives the reason for which a PDF is refused, or "". It does not build the document: it looks at every name in its bytes and in
// the streams that hold objects, so that no trick of structure hides one.
func checkPDF(content []byte) Reason {
	end := bytes.LastIndex(content, []byte("%%EOF"))
	if end < 0 || !bytes.Contains(content[max(0, end-4096):end], []byte("startxref")) {
		return Damaged
	}
	if tail := bytes.TrimSpace(content[end+5:]); len(tail) > maxTail || bytes.Contains(tail, []byte("PK\x05\x06")) || bytes.Contains(tail, []byte("<")) {
		return Opaque // a second file behind the first
	}
	streams, reason := objectStreams(content)
	if reason != "" {
		return reason
	}
	all := append([][]byte{content}, streams...)
	for _, part := range all {
		if reason := checkNames(part); reason != "" {
			return reason
		}
	}
	o := opening{all: all, seen: map[string]bool{}}
	for _, part := range all {
		if !o.quiet(part) {
			return Active
		}
	}
	return ""
}

// checkNames looks at every name: /JavaScript, also written /J#61vaScript.
func checkNames(part []byte) Reason {
	for at := 0; ; {
		next := bytes.IndexByte(part[at:], '/')
		if next < 0 {
			return ""
		}
		at += next + 1
		name := nameAt(part[at:])
		if active[name] {
			return Active
		}
		if name == "Encrypt" {
			return Encrypted
		}
	}
}

// nameAt reads a name after its slash, with its #xx decoded.
func nameAt(b []byte) string {
	var buf [maxNames]byte
	n := 0
	for i := 0; i < len(b) && n < len(buf); i++ {
		c := b[i]
		if c == '#' && i+2 < len(b) {
			if v, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				c = byte(v)
				i += 2
				buf[n] = c
				n++
				continue
			}
		}
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte("/<>[](){}%"), c) >= 0 {
			break
		}
		buf[n] = c
		n++
	}
	return string(buf[:n])
}

var beginsObject = []byte("obj")

// objectStreams decompresses the streams that hold objects, which are those whose dictionary says where the first one is. An object is
// looked for wherever its word stands, also inside of another and whatever stands before it: a file may point anywhere, and between a
// number and its object there may be comments, or zeros.
func objectStreams(content []byte) (streams [][]byte, reason Reason) {
	total, read := 0, 0
	for at := 0; ; {
		next := bytes.Index(content[at:], beginsObject)
		if next < 0 {
			return streams, ""
		}
		at += next + len(beginsObject)
		d, rest, ok := dictionary(content[at:])
		if read += d.length; read > maxRead {
			return nil, Opaque
		}
		if !ok || !d.names["First"] && !d.names["ObjStm"] {
			continue
		}
		data, found, reason := objectsIn(d, rest)
		if reason != "" {
			return nil, reason
		}
		if !found {
			continue
		}
		total += len(data)
		if streams = append(streams, data); len(streams) > maxObjects || total > maxAllFlat {
			return nil, Opaque
		}
	}
}

// objectsIn decompresses what follows the dictionary of a stream of objects; false when it is no stream, or one in clear, which is in the
// content.
func objectsIn(d dict, rest []byte) (data []byte, found bool, reason Reason) {
	data, found, reason = streamData(rest)
	if !found || reason != "" {
		return nil, false, reason
	}
	for name := range d.names {
		if filters[name] {
			return nil, false, Opaque
		}
	}
	switch {
	case d.flates == 1:
		data, reason = inflate(data)
		return data, true, reason
	case d.flates > 1, d.names["Filter"], d.names["F"]:
		return nil, false, Opaque // compressed again, said elsewhere, or in another file
	}
	return nil, false, ""
}

// dict is what is known of a dictionary.
type dict struct {
	names  map[string]bool // those of what it holds too
	flates int             // how often it names the compression that is looked into
	length int             // bytes
}

// dictionary reads the dictionary at the beginning of b, and gives what follows it.
func dictionary(b []byte) (d dict, rest []byte, ok bool) {
	b = skipSpace(b)
	if !bytes.HasPrefix(b, []byte("<<")) {
		return d, nil, false
	}
	d.names = map[string]bool{}
	depth := 0
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '/':
			d.name(nameAt(b[i+1:]))
		case b[i] == '(':
			i += stringLength(b[i:]) - 1
		case b[i] == '%':
			i += len(b[i:]) - len(skipLine(b[i:])) - 1
		case bytes.HasPrefix(b[i:], []byte("<<")):
			depth++
			i++
		case b[i] == '<': // a string of figures: its end is not that of the dictionary
			if end := bytes.IndexByte(b[i:], '>'); end > 0 {
				i += end
			}
		case bytes.HasPrefix(b[i:], []byte(">>")):
			depth--
			i++
			if depth == 0 {
				d.length = i + 1
				return d, b[i+1:], true
			}
		}
	}
	d.length = len(b)
	return d, nil, false
}

func (d *dict) name(name string) {
	if name == "FlateDecode" || name == "Fl" {
		d.flates++
	}
	d.names[name] = true
}

// streamData gives what follows the word stream and the end of its line. Readers do not agree on what a stream is whose line goes on.
func streamData(b []byte) (data []byte, found bool, reason Reason) {
	data, found = bytes.CutPrefix(skipSpace(b), []byte("stream"))
	if !found {
		return nil, false, ""
	}
	if line := bytes.TrimLeft(data, " \t"); len(line) == 0 || line[0] != '\r' && line[0] != '\n' {
		return nil, true, Opaque
	}
	return skipLine(data), true, ""
}

// stringLength is how long the string is that b begins with.
func stringLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

func skipSpace(b []byte) []byte {
	for {
		b = bytes.TrimLeft(b, " \t\r\n\f\x00")
		if !bytes.HasPrefix(b, []byte("%")) {
			return b
		}
		b = skipLine(b)
	}
}

// skipLine gives what stands after the end of the line.
func skipLine(b []byte) []byte {
	at := bytes.IndexAny(b, "\r\n")
	switch {
	case at < 0:
		return nil
	case bytes.HasPrefix(b[at:], []byte("\r\n")):
		return b[at+2:]
	}
	return b[at+1:]
}

// filters are what else a stream may be written with; what holds objects is refused with any of them.
var filters = map[string]bool{"DecodeParms": true, "DP": true,
	"ASCIIHexDecode": true, "AHx": true, "ASCII85Decode": true, "A85": true, "LZWDecode": true, "LZW": true,
	"RunLengthDecode": true, "RL": true, "Crypt": true, "CCITTFaxDecode": true, "DCTDecode": true, "JBIG2Decode": true, "JPXDecode": true,
	"BrotliDecode": true}

func inflate(b []byte) ([]byte, Reason) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, Damaged
	}
	out, err := io.ReadAll(io.LimitReader(z, maxOneFlat+1))
	switch {
	case len(out) > maxOneFlat:
		return nil, Opaque
	case err != nil && !errors.Is(err, zlib.ErrChecksum):
		return nil, Damaged
	}
	return out, ""
}

var reference = regexp.MustCompile(`^\s*(\d{1,9})\s+(\d{1,5})\s+R`)

// opening looks at what a document does when it is opened.
type opening struct {
	all  [][]byte        // the file and its streams of objects
	seen map[string]bool // numbers of objects that were looked up, which takes a walk through all
}

// quiet says whether it is to show a place of itself: most programs that make PDFs ask for that.
func (o opening) quiet(part []byte) bool {
	for at := 0; ; {
		next := bytes.IndexByte(part[at:], '/')
		if next < 0 {
			return true
		}
		at += next + 1
		if nameAt(part[at:]) != "OpenAction" {
			continue
		}
		value := part[at:]
		if stop := bytes.IndexAny(value, " \t\r\n[<"); stop >= 0 {
			value = bytes.TrimLeft(value[stop:], " \t\r\n")
		}
		if bytes.HasPrefix(value, []byte("[")) || goesTo(value) {
			continue
		}
		m := reference.FindSubmatch(value)
		if m == nil {
			return false
		}
		number := string(m[1])
		if o.seen[number] {
			continue
		}
		o.seen[number] = true
		if len(o.seen) > maxOpened || !referenceGoesTo(number, o.all) {
			return false
		}
	}
}

// goesTo says whether a dictionary is an action that shows a place of the document.
func goesTo(value []byte) bool {
	if !bytes.HasPrefix(value, []byte("<<")) {
		return false
	}
	d, _, ok := dictionary(value[:min(len(value), maxAction)])
	return ok && d.names["GoTo"] && !d.names["URI"]
}

// referenceGoesTo looks the object up, in the file and in its streams of objects.
func referenceGoesTo(number string, all [][]byte) bool {
	found := false
	for i, part := range all {
		if i == 0 {
			for _, at := range regexp.MustCompile(`(?:^|[^0-9])`+number+`\s+\d+\s+obj\s*`).FindAllIndex(part, -1) {
				value := part[at[1]:]
				if !bytes.HasPrefix(value, []byte("[")) && !goesTo(value) {
					return false
				}
				found = true
			}
			continue
		}
		if value, ok := inStream(part, number); ok {
			if !bytes.HasPrefix(value, []byte("[")) && !goesTo(value) {
				return false
			}
			found = true
		}
	}
	return found
}

// inStream finds an object in a stream of objects, which begins with pairs of number and place. Where the first object stands is in the
// dictionary, and also after the last pair.
func inStream(part []byte, number string) ([]byte, bool) {
	head := part
	if stop := bytes.IndexAny(part, "<[(/"); stop >= 0 {
		head = part[:stop]
	}
	fields := bytes.Fields(head)
	for i := 0; i+1 < len(fields); i += 2 {
		if string(fields[i]) != number {
			continue
		}
		place, err := strconv.Atoi(string(fields[i+1]))
		if err != nil || place < 0 || len(head)+place > len(part) {
			return nil, false
		}
		return bytes.TrimLeft(part[len(head)+place:], " \t\r\n"), true
	}
	return nil, false
}
