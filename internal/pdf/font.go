package pdf

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The two faces of our documents.
const (
	regular = 0
	bold    = 1
)

//go:embed font/regular.ttf
var regularFile []byte

//go:embed font/bold.ttf
var boldFile []byte

var faces = sync.OnceValue(func() [2]*face {
	return [2]*face{readFace("AtkinsonHyperlegibleNext-Regular", regularFile), readFace("AtkinsonHyperlegibleNext-Bold", boldFile)}
})

// face is a font as its file tells it. The files are ours and tried by the tests: what they hold is not doubted here.
type face struct {
	name    string
	tables  map[string][]byte
	perEm   int
	glyphs  map[rune]uint16
	advance []uint16 // by glyph
	offsets []uint32 // of each glyph's outline in glyf, and the end
	ascent  int
	descent int
	box     [4]int
}

// embedded is a face in one document, with the glyphs that its text uses.
type embedded struct {
	face   *face
	object int
	used   map[uint16]rune
}

func readFace(name string, file []byte) *face {
	f := &face{name: name, tables: map[string][]byte{}, glyphs: map[rune]uint16{}}
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		record := file[12+16*i:]
		at, n := binary.BigEndian.Uint32(record[8:]), binary.BigEndian.Uint32(record[12:])
		f.tables[string(record[:4])] = file[at : at+n]
	}
	head, hhea := f.tables["head"], f.tables["hhea"]
	f.perEm = int(binary.BigEndian.Uint16(head[18:]))
	for i := range f.box {
		f.box[i] = f.scaled(signed(head[36+2*i:]))
	}
	f.ascent, f.descent = f.scaled(signed(hhea[4:])), f.scaled(signed(hhea[6:]))
	count := int(binary.BigEndian.Uint16(f.tables["maxp"][4:]))
	f.readAdvances(count, int(binary.BigEndian.Uint16(hhea[34:])))
	f.readOffsets(count, binary.BigEndian.Uint16(head[50:]) == 0)
	f.readCharacters()
	return f
}

func (f *face) readAdvances(count, full int) {
	f.advance = make([]uint16, count)
	for i := range f.advance {
		f.advance[i] = binary.BigEndian.Uint16(f.tables["hmtx"][4*min(i, full-1):])
	}
}

func (f *face) readOffsets(count int, short bool) {
	f.offsets = make([]uint32, count+1)
	for i := range f.offsets {
		if short {
			f.offsets[i] = 2 * uint32(binary.BigEndian.Uint16(f.tables["loca"][2*i:]))
		} else {
			f.offsets[i] = binary.BigEndian.Uint32(f.tables["loca"][4*i:])
		}
	}
}

// readCharacters reads the table of format 4, which every font has for the characters that our pages write.
func (f *face) readCharacters() {
	cmap := f.tables["cmap"]
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		sub := cmap[binary.BigEndian.Uint32(cmap[4+8*i+4:]):]
		if binary.BigEndian.Uint16(sub) != 4 {
			continue
		}
		n := int(binary.BigEndian.Uint16(sub[6:])) // twice the segments
		for s := 0; s < n; s += 2 {
			last, first := int(binary.BigEndian.Uint16(sub[14+s:])), int(binary.BigEndian.Uint16(sub[16+n+s:]))
			delta, away := int(binary.BigEndian.Uint16(sub[16+2*n+s:])), int(binary.BigEndian.Uint16(sub[16+3*n+s:]))
			for c := first; c <= last && c < 0xFFFF; c++ {
				glyph := c
				if away != 0 {
					glyph = int(binary.BigEndian.Uint16(sub[16+3*n+s+away+2*(c-first):]))
				}
				if glyph != 0 || away == 0 {
					f.glyphs[rune(c)] = uint16(glyph + delta)
				}
			}
		}
		return
	}
}

// drawn is the character that is drawn for another one: spaces are drawn alike, and what the font does not have is a question mark.
func (f *face) drawn(r rune) rune {
	switch r {
	case '\u00a0', '\u202f', '\u2009', '\t':
		return ' '
	case '\u2011':
		return '-'
	}
	if _, ok := f.glyphs[r]; !ok {
		return '?'
	}
	return r
}

// glyph finds the drawing of a character.
func (f *face) glyph(r rune) uint16 { return f.glyphs[f.drawn(r)] }

// width is the length of a text, in millimetres at a size in points.
func (f *face) width(s string, size float64) float64 {
	sum := 0
	for _, r := range s {
		sum += int(f.advance[f.glyph(r)])
	}
	return float64(sum) / float64(f.perEm) * size / point
}

func (f *face) scaled(n int) int { return n * 1000 / f.perEm }

func signed(b []byte) int { return int(int16(binary.BigEndian.Uint16(b))) }

// writeFont embeds a face: the glyphs used, their widths, and the characters that they stand for.
func (d *Doc) writeFont(e *embedded) {
	f := e.face
	glyphs := make([]uint16, 0, len(e.used))
	for g := range e.used {
		glyphs = append(glyphs, g)
	}
	slices.Sort(glyphs)
	var widths, characters strings.Builder
	for _, g := range glyphs {
		fmt.Fprintf(&widths, "%d[%d]", g, f.scaled(int(f.advance[g])))
		fmt.Fprintf(&characters, "1 beginbfchar <%04X> <%s> endbfchar\n", g, strings.Trim(textString(string(e.used[g])), "<>")[4:])
	}
	name := "PREAUX+" + f.name
	file, descriptor, cid, unicode := d.reserve(), d.reserve(), d.reserve(), d.reserve()
	subset := f.subset(glyphs)
	d.stream(file, fmt.Sprintf("/Length1 %d", len(subset)), subset)
	d.object(descriptor, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"+
		"/CapHeight 668/StemV 80/FontFile2 %d 0 R>>", name, f.box[0], f.box[1], f.box[2], f.box[3], f.ascent, f.descent, file))
	d.object(cid, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
		"/FontDescriptor %d 0 R/CIDToGIDMap/Identity/W[%s]>>", name, descriptor, widths.String()))
	d.stream(unicode, "", []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) "+
		"/Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n"+
		characters.String()+"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"))
	d.object(e.object, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, cid, unicode))
}

// subset is the font's file with the outlines of these glyphs alone; glyphs keep their numbers.
func (f *face) subset(glyphs []uint16) []byte {
	keep := map[uint16]bool{0: true}
	for _, g := range glyphs {
		f.keep(g, keep)
	}
	var outlines bytes.Buffer
	loca := make([]byte, 0, 4*len(f.offsets))
	for g := range len(f.offsets) - 1 {
		loca = binary.BigEndian.AppendUint32(loca, uint32(outlines.Len()))
		if keep[uint16(g)] {
			outlines.Write(f.outline(uint16(g)))
			outlines.Write(make([]byte, (4-outlines.Len()%4)%4))
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(outlines.Len()))
	head := slices.Clone(f.tables["head"])
	copy(head[8:12], []byte{0, 0, 0, 0})
	copy(head[50:52], []byte{0, 1}) // long offsets
	return fontFile(map[string][]byte{"head": head, "loca": loca, "glyf": outlines.Bytes(), "hhea": f.tables["hhea"], "hmtx": f.tables["hmtx"],
		"maxp": f.tables["maxp"], "cvt ": f.tables["cvt "], "fpgm": f.tables["fpgm"], "prep": f.tables["prep"]})
}

func (f *face) outline(g uint16) []byte { return f.tables["glyf"][f.offsets[g]:f.offsets[g+1]] }

// keep notes a glyph and those that it is composed of (é is e and an accent).
func (f *face) keep(g uint16, kept map[uint16]bool) {
	if kept[g] {
		return
	}
	kept[g] = true
	outline := f.outline(g)
	if len(outline) < 10 || signed(outline) >= 0 {
		return
	}
	for at, more := 10, true; more; {
		flags := binary.BigEndian.Uint16(outline[at:])
		f.keep(binary.BigEndian.Uint16(outline[at+2:]), kept)
		at += 6
		if flags&1 != 0 { // the arguments are words
			at += 2
		}
		switch {
		case flags&8 != 0: // a scale
			at += 2
		case flags&0x40 != 0: // one for x, one for y
			at += 4
		case flags&0x80 != 0: // a matrix
			at += 8
		}
		more = flags&0x20 != 0
	}
}

// fontFile puts tables together as a TrueType file.
func fontFile(tables map[string][]byte) []byte {
	var names []string
	for name, content := range tables {
		if content != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	n := len(names)
	power := 1
	for power*2 <= n {
		power *= 2
	}
	shift := 0
	for 1<<shift < power {
		shift++
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, power * 16, shift, (n - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*n
	var body []byte
	for _, name := range names {
		content := tables[name]
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, sum(content))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(content)))
		body = append(body, content...)
		body = append(body, make([]byte, (4-len(content)%4)%4)...)
	}
	return append(out, body...)
}

// sum is the checksum of a table.
func sum(b []byte) uint32 {
	var total uint32
	for len(b) >= 4 {
		total += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	var rest [4]byte
	copy(rest[:], b)
	return total + binary.BigEndian.Uint32(rest[:])
}
