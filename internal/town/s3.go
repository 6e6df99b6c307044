package town

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"preau/internal/blob"
)

// S3Config is the [town.s3] section: the store of the bucket that files names.
type S3Config struct {
	Endpoint   string `toml:"endpoint"`
	Region     string `toml:"region"`
	Key        string `toml:"key"`
	Secret     string `toml:"-"` // from the environment
	SecretFile string `toml:"secret_file"`
}

// variables adds the variables of the environment under a prefix.
func (c *S3Config) variables(places map[string]*string, prefix string) {
	for key, place := range map[string]*string{
		"ENDPOINT": &c.Endpoint, "REGION": &c.Region, "KEY": &c.Key, "SECRET": &c.Secret, "SECRET_FILE": &c.SecretFile,
	} {
		places[prefix+key] = place
	}
}

// inBucket begins the value of files when they are in a bucket: s3://bucket/prefix.
const inBucket = "s3://"

// bucketName is what every store takes.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// checkPlace verifies where the files are, and keeps it.
func (c *TownConfig) checkPlace() []error {
	rest, remote := strings.CutPrefix(c.Files, inBucket)
	if !remote {
		c.place = &blob.Disk{Folder: c.Files}
		if c.S3 != (S3Config{}) {
			return []error{c.wrap("s3", errors.New("files is a folder: it would be s3://bucket/prefix"))}
		}
		return nil
	}
	var errs []error
	wrong := func(key string, err error) { errs = append(errs, c.wrap(key, err)) }
	bucket, prefix, _ := strings.Cut(rest, "/")
	if !bucketName.MatchString(bucket) {
		wrong("files", fmt.Errorf("%q is not s3://bucket/prefix", c.Files))
	}
	secret := c.S3.Secret
	if secret == "" && c.S3.SecretFile != "" {
		raw, err := os.ReadFile(c.S3.SecretFile)
		if err != nil {
			wrong("s3.secret_file", err)
		} else if secret = strings.TrimSpace(string(raw)); secret == "" {
			wrong("s3.secret_file", errors.New("the file is empty"))
		}
	} else if secret == "" {
		wrong("s3.secret_file", errors.New("it is missing: a file, or the variable …_S3_SECRET"))
	}
	for key, value := range map[string]string{"s3.key": c.S3.Key, "s3.region": c.S3.Region} {
		if value == "" {
			wrong(key, errors.New("it is missing"))
		}
	}
	place, err := blob.NewS3(blob.S3Config{Bucket: bucket, Prefix: prefix, Endpoint: c.S3.Endpoint, Region: c.S3.Region, Key: c.S3.Key, Secret: secret})
	if err != nil {
		return append(errs, fmt.Errorf("town %q, s3.%w", c.ID, err))
	}
	c.place = place
	return errs
}

// patience is how long a bucket may take to answer when the town is opened.
const patience = 20 * time.Second

// reach asks for the bucket, when the files are in one: a wrong key is told now, and not to the first family.
func (c *TownConfig) reach(ctx context.Context) error {
	bucket, ok := c.place.(*blob.S3)
	if !ok {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := bucket.Check(ctx); err != nil {
		return c.wrap("files", err)
	}
	return nil
}
