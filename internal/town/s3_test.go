package town_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"preau/internal/blob"
	"preau/internal/db"
	"preau/internal/town"
)

// inBucket is the good configuration with its files in a bucket.
func inBucket(more string) string {
	text := strings.Replace(good, `key_file`, `files = "s3://families/chatou"`+"\nkey_file", 1)
	return text + "[town.s3]\n" + more
}

const store = `endpoint = "https://s3.example"
region = "fr-par"
key = "AK"
secret_file = "DIR/short"
`

func TestBucketOfConfiguration(t *testing.T) {
	if _, err := load(t, inBucket(store)); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct{ from, to, want string }{
		{`endpoint = "https://s3.example"`, ``, "s3.endpoint"},
		{`https://s3.example`, `http://s3.example`, "s3.endpoint: it must begin with https"},
		{`region = "fr-par"`, ``, "s3.region: it is missing"},
		{`key = "AK"`, ``, "s3.key: it is missing"},
		{`secret_file = "DIR/short"`, ``, "s3.secret_file: it is missing"},
		{`DIR/short`, `DIR/missing`, "s3.secret_file"},
		{`region`, `secret = "in the file"` + "\nregion", "town.s3.secret: no such key"},
		{`s3://families/chatou`, `s3://Families`, "files"},
		{`s3://families/chatou`, `/var/lib/preau/files`, "s3: files is a folder"},
	} {
		_, err := load(t, strings.Replace(inBucket(store), tt.from, tt.to, 1))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s instead of %s: %v", tt.to, tt.from, err)
		}
	}
	second := strings.NewReplacer(`id = "chatou"`, `id = "vesinet"`, "famille.chatou.example", "vesinet.example", `, "chatou.example"`, "", "chatou.db", "vesinet.db").Replace(inBucket(store))
	if _, err := load(t, inBucket(store)+second); err == nil || !strings.Contains(err.Error(), "files: this place is another town's") {
		t.Errorf("two towns in one place: %v", err)
	}
}

// A town is opened with its files in the bucket; when the bucket is not there, it is told at once, with its key and without the secret.
func TestOpenInBucket(t *testing.T) {
	backend := s3mem.New()
	server := httptest.NewServer(gofakes3.New(backend).Server())
	defer server.Close()
	t.Setenv("PREAU_TOWN_CHATOU_S3_ENDPOINT", server.URL)
	t.Setenv("PREAU_TOWN_CHATOU_S3_SECRET", "a very secret key")
	cfg, err := load(t, inBucket("region = 'fr-par'\nkey = 'AK'\n"))
	if err != nil {
		t.Fatal(err)
	}
	options := town.Options{Migrate: true, Log: slog.New(slog.DiscardHandler)}
	if _, err := town.Open(t.Context(), cfg, options); err == nil || !strings.Contains(err.Error(), `town "chatou", files: bucket families`) || strings.Contains(err.Error(), "secret") {
		t.Errorf("without a bucket: %v", err)
	}
	if err := backend.CreateBucket("families"); err != nil {
		t.Fatal(err)
	}
	set, err := town.Open(t.Context(), cfg, options)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	tn := set.All()[0]
	f, err := tn.Files.Put(t.Context(), strings.NewReader("Avis"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := tn.DB.Write(t.Context(), func(tx *db.Tx) error { return blob.Record(t.Context(), tx, f) }); err != nil {
		t.Fatal(err)
	}
	if got, err := tn.Files.Read(t.Context(), f); err != nil || string(got) != "Avis" {
		t.Errorf("read %q: %v", got, err)
	}
	if o, err := backend.HeadObject("families", "chatou/"+f.ID); err != nil || o.Size <= 4 {
		t.Errorf("in the bucket: %+v, %v", o, err)
	}
}
