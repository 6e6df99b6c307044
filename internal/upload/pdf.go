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

	maxDictionary = 64 << 10 // bytes
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
	for _, part := range all {
		if !opensQuietly(part, all) {
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

var beginsObject = regexp.MustCompile(`\d\s+\d+\s+obj`)

// objectStreams decompresses the streams that hold objects, which are those whose dictionary says where the first one is. An object is
// looked for wherever it may begin, also inside of another: a file may point anywhere.
func objectStreams(content []byte) (streams [][]byte, reason Reason) {
	total := 0
	for _, at := range beginsObject.FindAllIndex(content, -1) {
		names, rest, ok := dictionary(content[at[1]:])
		if !ok || !names["First"] && !names["ObjStm"] {
			continue
		}
		data, ok := streamData(rest)
		if !ok {
			continue
		}
		for name := range names {
			if filters[name] {
				return nil, Opaque
			}
		}
		switch {
		case names["FlateDecode"], names["Fl"]:
			if data, reason = inflate(data); reason != "" {
				return nil, reason
			}
		case names["Filter"]:
			return nil, Opaque // said elsewhere
		default:
			continue // in clear: it is in the content
		}
		total += len(data)
		if streams = append(streams, data); len(streams) > maxObjects || total > maxAllFlat {
			return nil, Opaque
		}
	}
	return streams, ""
}

// dictionary reads the dictionary at the beginning of b, and gives its names, those of what it holds too, and what follows it.
func dictionary(b []byte) (names map[string]bool, rest []byte, ok bool) {
	b = skipSpace(b)
	if !bytes.HasPrefix(b, []byte("<<")) {
		return nil, nil, false
	}
	names = map[string]bool{}
	depth := 0
	for i := 0; i < len(b) && i < maxDictionary; i++ {
		switch {
		case b[i] == '/':
			names[nameAt(b[i+1:])] = true
		case b[i] == '(':
			i += stringLength(b[i:]) - 1
		case b[i] == '%':
			i += len(b[i:]) - len(skipLine(b[i:])) - 1
		case bytes.HasPrefix(b[i:], []byte("<<")):
			depth++
			i++
		case bytes.HasPrefix(b[i:], []byte(">>")):
			depth--
			i++
			if depth == 0 {
				return names, b[i+1:], true
			}
		}
	}
	return nil, nil, false
}

// streamData gives what follows the word stream.
func streamData(b []byte) ([]byte, bool) {
	b, ok := bytes.CutPrefix(skipSpace(b), []byte("stream"))
	if !ok {
		return nil, false
	}
	return skipLine(b), true
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

// opensQuietly says whether what a document does when it is opened is to show a place of itself: most programs that make PDFs ask for that.
func opensQuietly(part []byte, all [][]byte) bool {
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
		if m := reference.FindSubmatch(value); m == nil || !referenceGoesTo(string(m[1]), all) {
			return false
		}
	}
}

// goesTo says whether a dictionary is an action that shows a place of the document.
func goesTo(value []byte) bool {
	if !bytes.HasPrefix(value, []byte("<<")) {
		return false
	}
	names, _, ok := dictionary(value)
	return ok && names["GoTo"] && !names["URI"]
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
