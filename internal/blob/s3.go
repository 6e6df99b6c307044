package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"preau/internal/db"
)

// S3Config says where a bucket is and who asks.
type S3Config struct {
	Bucket, Prefix string // Prefix may be empty: then the bucket is the town's alone
	Endpoint       string // https://host, or http:// on this machine
	Region         string
	Key, Secret    string
}

// S3 keeps files in a bucket of a store that speaks S3's protocol. A file is one object, written by one request: under its name there is
// all of it, or nothing.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
}

// Tries of one request; the pauses between them grow to a second.
const s3Tries = 4

// NewS3 prepares a bucket; it connects to nothing.
func NewS3(c S3Config) (*S3, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("endpoint: %q is not a scheme and a host, as https://s3.ville.example", c.Endpoint)
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("endpoint: it must begin with https://")
	}
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(c.Key, c.Secret, ""), Secure: u.Scheme == "https", Region: c.Region, MaxRetries: s3Tries})
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	s := &S3{client: client, bucket: c.Bucket, prefix: strings.Trim(c.Prefix, "/")}
	if s.prefix != "" {
		s.prefix += "/"
	}
	return s, nil
}

// Check asks for the bucket: its address, the key and the secret are right, and it is there.
func (s *S3) Check(ctx context.Context) error {
	there, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", s.bucket, err)
	}
	if !there {
		return fmt.Errorf("bucket %s: it does not exist", s.bucket)
	}
	return nil
}

func (s *S3) object(name string) string { return s.prefix + name }

// Put gathers the content, sealed as it is, in a file without a name, since the store wants to know its size; then sends it.
func (s *S3) Put(ctx context.Context, name string, content io.Reader) (err error) {
	part, err := os.CreateTemp("", "preau-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, part.Close()) }()
	if err := os.Remove(part.Name()); err != nil { // it goes with the process, however that ends
		return err
	}
	size, err := io.Copy(part, content)
	if err != nil {
		return err
	}
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = s.client.PutObject(ctx, s.bucket, s.object(name), part, size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", SendContentMd5: true, DisableMultipart: true})
	return err
}

// Open reads a file; fs.ErrNotExist when there is none.
func (s *S3) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	object, err := s.client.GetObject(ctx, s.bucket, s.object(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	if _, err := object.Stat(); err != nil { // nothing was asked of the store before
		if missing(err) {
			err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return nil, errors.Join(err, object.Close())
	}
	return object, nil
}

func missing(err error) bool { return minio.ToErrorResponse(err).Code == minio.NoSuchKey }

// Remove removes a file; one that is not there is no error.
func (s *S3) Remove(ctx context.Context, name string) error {
	err := s.client.RemoveObject(ctx, s.bucket, s.object(name), minio.RemoveObjectOptions{})
	if missing(err) {
		return nil
	}
	return err
}

// List tells of every file under the prefix. What does not have the name of a file was put there by somebody else, and is left alone.
func (s *S3) List(ctx context.Context, each func(Entry) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for o := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix}) {
		if o.Err != nil {
			return o.Err
		}
		name := path.Base(o.Key)
		if o.Key != s.object(name) || len(name) != len(db.NewID()) {
			continue
		}
		if err := each(Entry{Name: name, Size: o.Size, Written: o.LastModified}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Now is the instant as the store dates an object, cut to the second.
func (s *S3) Now(ctx context.Context) (_ time.Time, err error) {
	name := s.object(".clock-" + db.NewID())
	if _, err := s.client.PutObject(ctx, s.bucket, name, strings.NewReader("?"), 1, minio.PutObjectOptions{}); err != nil {
		return time.Time{}, err
	}
	defer func() {
		err = errors.Join(err, s.client.RemoveObject(context.WithoutCancel(ctx), s.bucket, name, minio.RemoveObjectOptions{}))
	}()
	o, err := s.client.StatObject(ctx, s.bucket, name, minio.StatObjectOptions{})
	if err != nil {
		return time.Time{}, fmt.Errorf("clock of the store: %w", err)
	}
	return o.LastModified.Truncate(time.Second), nil
}
