package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
)

const (
	maxFieldBytes = 4 << 10
	maxFields     = 40
)

// Upload is a form with files that is read as it comes: nothing of a file is written to a temporary folder, and no more than one is in
// memory. Its fields stand before its files, as in the page.
type Upload struct {
	Form *Form

	reader *multipart.Reader
	next   *multipart.Part
}

// ReadUpload reads the fields of a form until its first file.
func ReadUpload(r *http.Request) (*Upload, error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, errUnreadable
	}
	u := &Upload{Form: &Form{values: url.Values{}}, reader: reader}
	if err := u.fields(); err != nil {
		return nil, err
	}
	return u, u.Form.check()
}

// fields reads on until a file that was chosen, or the end.
func (u *Upload) fields() error {
	for n := 0; ; n++ {
		part, err := u.reader.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			u.next = nil
			return nil
		case err != nil:
			return broken(err)
		case part.FileName() != "":
			u.next = part
			return nil
		case n > maxFields:
			return errUnreadable
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
		if err != nil {
			return broken(err)
		}
		if _, file := part.Header["Content-Type"]; file {
			continue // a file field in which nothing was chosen
		}
		if len(value) > maxFieldBytes {
			return errUnreadable
		}
		u.Form.values.Add(part.FormName(), string(value))
	}
}

// broken is what a body that stopped in the middle, or that is too large, answers.
func broken(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return errUnreadable
}

// Next gives the name and the content of the next file, at most max bytes and one more of it, so that who asks sees that there is more;
// false at the end.
func (u *Upload) Next(max int64) (name string, content []byte, more bool, err error) {
	if u.next == nil {
		return "", nil, false, nil
	}
	part := u.next
	content, err = io.ReadAll(io.LimitReader(part, max+1))
	if err != nil {
		return "", nil, false, broken(err)
	}
	return part.FileName(), content, true, u.fields()
}
